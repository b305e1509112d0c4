/*
 * cmd_domain_view.c - domain list, domain show
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/out.h"
#include "cli/registry_cli.h"

#define JSON_MAX  (256u << 20)
#define CELL_MAX  2048
#define NAMES_MAX 10 /* aliases shown by name */

/* A list being printed: as a table or as JSON. */
struct listing {
	struct cmd_env *env;
	struct out_table *table;
	struct js_writer w;
	struct buf b;
	size_t count;
};

/* kv_time - a key and a time; left out when there is none */
static void
kv_time(struct js_writer *w, const char *key, int64_t at)
{
	struct timefmt t;

	if (at > 0)
		js_kv_str(w, key, timefmt_rfc3339(&t, at));
}

/* put_item - members of an object about a row */
static void
put_item(struct js_writer *w, const struct registry_row *row,
    enum domain_state state)
{
	js_kv_span(w, "domain", row->name);
	js_kv_str(w, "state", domain_state_name(state));
	js_kv_span(w, "alias_of", row->target);
	js_kv_span(w, "id", row->policy.id);
	if (row->served) {
		js_kv_str(w, "mode", mtasts_mode_name(row->policy.mode));
		js_kv_int(w, "max_age", row->policy.max_age_s);
		js_kv_int(w, "mx_count", row->policy.mx_count);
		kv_time(w, "since", row->policy.first_at);
	}
	kv_time(w, "until", row->until_at);
}

/* put_state - the last column: how it is, in a few words */
static void
put_state(
    struct buf *b, const struct registry_row *row, enum domain_state state)
{
	struct timefmt t;

	if (row->target.len > 0 && state == DOMAIN_SERVED)
		buf_putf(b, "alias of %" STR_FMT, STR_ARG(row->target));
	else if (state == DOMAIN_BEING_REMOVED)
		buf_putf(b, "removing until %.10s",
		    timefmt_rfc3339(&t, row->until_at));
	else if (state == DOMAIN_RUN_OUT)
		buf_puts(b, "run out: remove it");
	else
		buf_puts(b, domain_state_name(state));
}

/* list_row - one line of the table, which is made for the first */
static void
list_row(struct listing *l, const struct domain_item *item)
{
	static const char *const heads[] = { "DOMAIN", "MODE", "MX", "ID",
		"STATE" };
	const struct registry_row *row = item->row;
	const char *cells[5] = { "", "", "", "", "" };
	struct buf name, id, state;
	char count[24];

	buf_init(&name, CELL_MAX);
	buf_init(&id, CELL_MAX);
	buf_init(&state, CELL_MAX);
	buf_put_str(&name, row->name);
	buf_put_str(&id, row->policy.id);
	put_state(&state, row, item->state);
	snprintf(count, sizeof(count), "%u", row->policy.mx_count);
	if (l->count == 1)
		l->table = out_table_new(heads, 5);
	cells[0] = name.p;
	if (row->served) {
		cells[1] = mtasts_mode_name(row->policy.mode);
		cells[2] = count;
		cells[3] = id.p;
	}
	cells[4] = state.p;
	if (!buf_error(&name) && !buf_error(&id) && !buf_error(&state))
		out_table_row(l->table, cells);
	buf_free(&name);
	buf_free(&id);
	buf_free(&state);
}

/* list_item - one name, in the form that was asked for */
static bool
list_item(void *arg, const struct domain_item *item)
{
	struct listing *l = arg;

	l->count++;
	if (!l->env->json) {
		list_row(l, item);
		return true;
	}
	js_object(&l->w);
	put_item(&l->w, item->row, item->state);
	js_end_object(&l->w);
	return true;
}

/* run_list - "mtasts domain list" */
static enum cmd_status
run_list(struct cmd_env *env, const struct cmd_args *args)
{
	const char *filter = args->word_count > 0 ? args->words[0] : "";
	struct registry_cli c = { .env = env };
	struct listing l = { .env = env };
	enum mtasts_err err;
	enum cmd_status status;

	buf_init(&l.b, JSON_MAX);
	status = registry_cli_open(&c, env, REGISTRY_READ);
	if (status != CMD_FINE)
		goto out;
	js_begin(&l.w, &l.b, true);
	js_object(&l.w);
	js_key(&l.w, "domains");
	js_array(&l.w);
	err = domain_list(&c.job, str_of(filter), list_item, &l);
	js_end_array(&l.w);
	js_end_object(&l.w);
	if (!env->json && l.count > 0)
		out_table_print(env, l.table);
	if (err != MTASTS_OK)
		status = registry_cli_done(&c, err, NULL);
	else if (env->json)
		status = out_json(env, &l.b);
	else if (l.count == 0)
		fprintf(env->err, "mtasts: no domain%s%s\n",
		    *filter != '\0' ? " has this in its name: " : " yet",
		    filter);
out:
	buf_free(&l.b);
	registry_cli_close(&c);
	return status;
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

/* show_text - all about a name, for people */
static void
show_text(struct cmd_env *env, const struct domain_view *v)
{
	const struct registry_row *row = &v->row;
	struct buf b;

	buf_init(&b, CELL_MAX);
	buf_putf(&b, "%" STR_FMT ": ", STR_ARG(row->name));
	put_state(&b, row, v->state);
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
show_json(struct cmd_env *env, const struct domain_view *v)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, JSON_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	put_item(&w, &v->row, v->state);
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
	enum mtasts_err err;
	enum cmd_status status = registry_cli_open(&c, env, REGISTRY_READ);

	if (status != CMD_FINE)
		goto out;
	err = domain_show(&c.job, str_of(args->words[0]), &view);
	if (err != MTASTS_OK)
		status = registry_cli_done(&c, err, NULL);
	else if (env->json)
		status = show_json(env, &view);
	else
		show_text(env, &view);
out:
	registry_cli_close(&c);
	return status;
}

const struct cmd cmd_domain_list = {
	.name = "domain list",
	.usage = "[PART-OF-NAME]",
	.summary = "the domains whose policies are hosted here",
	.help =
	    "One line a domain or alias: mode, number of mx, id, and how it "
	    "is. With a word, only names that have it in them, and their "
	    "aliases.",
	.words_min = 0,
	.words_max = 1,
	.run = run_list,
};

const struct cmd cmd_domain_show = {
	.name = "domain show",
	.usage = "DOMAIN|ALIAS",
	.summary = "all about one domain: settings, policy, history",
	.words_min = 1,
	.words_max = 1,
	.run = run_show,
};
