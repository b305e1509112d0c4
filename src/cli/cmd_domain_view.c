/*
 * cmd_domain_view.c - domain show: all about one name
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/domain_item.h"
#include "cli/out.h"
#include "cli/registry_cli.h"

#define JSON_MAX  (256u << 20)
#define CELL_MAX  2048
#define NAMES_MAX 10 /* aliases shown by name */

/* kv_time - a key and a time; left out when there is none */
static void
kv_time(struct js_writer *w, const char *key, int64_t at)
{
	struct timefmt t;

	if (at > 0)
		js_kv_str(w, key, timefmt_rfc3339(&t, at));
}

/* put_setting - one line: key, value, where it comes from */
static void
put_setting(
    struct cmd_env *env, const struct domain_view *v, enum settings_key key)
{
	struct buf b, line;
	bool own = v->own.set & (1u << key);

	buf_init(&b, 1u << 20);
	buf_init(&line, 2u << 20);
	settings_get(&v->merged, key, &b);
	fprintf(env->out, "  %-10s ", settings_key_name(key));
	buf_putf(
	    &line, "%s%s", b.len > 0 ? b.p : "-", own ? "" : "  (default)");
	fputs(line.p != NULL ? line.p : "", env->out);
	fputc('\n', env->out);
	buf_free(&line);
	buf_free(&b);
}

/* put_aliases - how many, and the first few by name */
static void
put_aliases(struct cmd_env *env, const struct domain_view *v)
{
	if (v->alias_count == 0)
		return;
	fprintf(env->out, "  %-10s ", "aliases");
	for (size_t i = 0; i < v->alias_count && i < NAMES_MAX; i++)
		fprintf(env->out, "%s%s", i > 0 ? ", " : "", v->aliases[i]);
	if (v->alias_count > NAMES_MAX)
		fprintf(env->out, " and %zu more", v->alias_count - NAMES_MAX);
	fputc('\n', env->out);
}

/* heading - a title in bold */
static void
heading(struct cmd_env *env, const char *text)
{
	out_color(env, OUT_BOLD);
	fputs(text, env->out);
	out_color(env, OUT_PLAIN);
	fputc('\n', env->out);
}

/* put_body - the served policy, line by line */
static void
put_body(struct cmd_env *env, struct str body)
{
	struct str line;
	struct buf b;

	buf_init(&b, 1u << 20);
	while (str_line(&body, &line, NULL)) {
		if (str_ends(line, STR("\r")))
			line.len--;
		buf_puts(&b, "  ");
		buf_printable(&b, line, line.len);
		buf_putc(&b, '\n');
	}
	if (b.p != NULL)
		fputs(b.p, env->out);
	buf_free(&b);
}

/* put_history - a table of what was served */
static void
put_history(struct cmd_env *env, const struct domain_view *v)
{
	static const char *const heads[] = { "ID", "MODE", "MAX-AGE", "MX",
		"FROM", "REPLACED" };
	struct out_table *t = out_table_new(heads, 6);

	for (size_t i = v->policy_count; i-- > 0;) {
		const struct registry_policy *p = &v->policies[i];
		struct timefmt age, from, to = { "" };
		char mx[24];
		const char *cells[6] = { p->id.p, mtasts_mode_name(p->mode),
			NULL, mx, NULL, "" };

		snprintf(mx, sizeof(mx), "%u", p->mx_count);
		cells[2] = timefmt_duration(&age, p->max_age_s * INT64_C(1000));
		cells[4] = timefmt_rfc3339(&from, p->first_at);
		if (p->replaced_at != 0)
			cells[5] = timefmt_rfc3339(&to, p->replaced_at);
		out_table_row(t, cells);
	}
	out_table_print(env, t);
}

/* put_line - one line of what is known beside the settings */
static void put_line(struct cmd_env *env, const char *what, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

static void
put_line(struct cmd_env *env, const char *what, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, CELL_MAX);
	va_start(ap, fmt);
	buf_vputf(&b, fmt, ap);
	va_end(ap);
	fprintf(env->out, "  %-10s %s\n", what, b.p != NULL ? b.p : "");
	buf_free(&b);
}

/* put_policy - since when strangers have it */
static void
put_policy(struct cmd_env *env, const struct overview *o)
{
	const struct registry_published *p = &o->published;
	struct timefmt at;

	timefmt_rfc3339(&at, p->live_at);
	if (o->policy == OVERVIEW_LIVE)
		put_line(env, "policy", "live since %s", at.text);
	else if (o->policy == OVERVIEW_WAITS)
		put_line(env, "policy",
		    "not live yet; that with id %" STR_FMT " is, since %s",
		    STR_ARG(p->live_id), at.text);
	else
		put_line(env, "policy", "not live yet");
}

/* put_published - how far publishing is, and what somebody has to do */
static void
put_published(struct cmd_env *env, const struct overview *o)
{
	struct timefmt tried, next;
	struct buf cert;

	if (o->published.tried_at == 0)
		return;
	heading(env, "Published");
	put_policy(env, o);
	put_line(env, "dns", "%s", o->dns);
	buf_init(&cert, CELL_MAX);
	domain_item_cert(o, env->now_at, &cert);
	if (cert.len > 0)
		put_line(env, "cert", "%" STR_FMT, STR_ARG(buf_str(&cert)));
	buf_free(&cert);
	put_line(env, "looked", "%s, again %s",
	    timefmt_rfc3339(&tried, o->published.tried_at),
	    o->published.next_at > 0
		? timefmt_rfc3339(&next, o->published.next_at)
		: "as soon as somebody looks");
	if (o->why[0] != '\0')
		out_labelled(env, 13, "why", str_of(o->why));
	if (o->fix[0] != '\0')
		out_labelled(env, 13, "to do", str_of(o->fix));
}

/* show_text - all about a name, for people */
static void
show_text(
    struct cmd_env *env, const struct domain_view *v, const struct overview *o)
{
	const struct registry_row *row = &v->row;
	struct buf b;

	buf_init(&b, CELL_MAX);
	buf_putf(&b, "%" STR_FMT ": ", STR_ARG(row->name));
	domain_item_state(o, &b);
	heading(env, b.p != NULL ? b.p : "");
	buf_free(&b);
	for (unsigned k = 0; k < SETTINGS_COUNT; k++)
		put_setting(env, v, (enum settings_key)k);
	if (row->served)
		fprintf(env->out, "  %-10s %" STR_FMT "\n", "id",
		    STR_ARG(row->policy.id));
	put_aliases(env, v);
	if (v->state == DOMAIN_NEEDS_MX)
		out_wrap(env, env->out, 2,
		    "These settings give no policy, since there is no mx; what "
		    "was served before is served on. Mend it with \"mtasts "
		    "domain set\".");
	put_published(env, o);
	if (row->served) {
		heading(env, "Policy");
		put_body(env, row->policy.body);
	}
	if (v->policy_count > 0) {
		heading(env, "History");
		put_history(env, v);
	}
}

/* put_policies - the history as an array */
static void
put_policies(struct js_writer *w, const struct domain_view *v)
{
	js_key(w, "history");
	js_array(w);
	for (size_t i = 0; i < v->policy_count; i++) {
		const struct registry_policy *p = &v->policies[i];

		js_object(w);
		js_kv_span(w, "id", p->id);
		js_kv_str(w, "mode", mtasts_mode_name(p->mode));
		js_kv_int(w, "max_age", p->max_age_s);
		kv_time(w, "first_at", p->first_at);
		kv_time(w, "replaced_at", p->replaced_at);
		js_kv_span(w, "body", p->body);
		js_end_object(w);
	}
	js_end_array(w);
}

/* show_json - the same for programs */
static enum cmd_status
show_json(
    struct cmd_env *env, const struct domain_view *v, const struct overview *o)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, JSON_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	domain_item_json(o, &w);
	js_key(&w, "own");
	export_settings(&w, &v->own);
	js_key(&w, "settings");
	export_settings(&w, &v->merged);
	js_kv_span(&w, "body", v->row.policy.body);
	js_key(&w, "aliases");
	js_array(&w);
	for (size_t i = 0; i < v->alias_count; i++)
		js_put_str(&w, str_of(v->aliases[i]));
	js_end_array(&w);
	put_policies(&w, v);
	js_end_object(&w);
	return out_json(env, &b);
}

/* run_show - "mtasts domain show" */
static enum cmd_status
run_show(struct cmd_env *env, const struct cmd_args *args)
{
	struct registry_cli c = { .env = env };
	struct domain_view view;
	struct overview o;
	enum mtasts_err err;
	enum cmd_status status = registry_cli_open(&c, env, REGISTRY_READ);

	if (status != CMD_FINE)
		goto out;
	err = domain_show(&c.job, str_of(args->words[0]), &view);
	if (err == MTASTS_OK)
		err = overview_of(&c.job, &view, &o);
	if (err != MTASTS_OK)
		status = registry_cli_done(&c, err, NULL);
	else if (env->json)
		status = show_json(env, &view, &o);
	else
		show_text(env, &view, &o);
out:
	registry_cli_close(&c);
	return status;
}

const struct cmd cmd_domain_show = {
	.name = "domain show",
	.usage = "DOMAIN|ALIAS",
	.summary = "all about one domain: settings, policy, history",
	.words_min = 1,
	.words_max = 1,
	.run = run_show,
};
