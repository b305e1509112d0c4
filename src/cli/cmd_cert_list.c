/*
 * cmd_cert_list.c - cert list: the certificates of all policy hosts
 *
 * What there is in the folders, and what the registry knows of orders; asks
 * nobody.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/out.h"
#include "cli/registry_cli.h"
#include "io/conf.h"
#include "task/certify.h"

#include <stdio.h>

#define JSON_MAX (256u << 20)
#define DAY_S	 86400

/* A list being made. */
struct listing {
	struct cmd_env *env;
	bool problems; /* only those */
	size_t shown, bad;
	struct out_table *table;
	struct js_writer json;
	struct buf text;
};

/* is_problem - should someone look? */
static bool
is_problem(const struct certify_item *item)
{
	return item->age >= CERTPLAN_SOON ||
	    item->state == REGISTRY_CERT_REFUSED ||
	    item->state == REGISTRY_CERT_FAILED;
}

/* days_left - whole days; negative after the end */
static int64_t
days_left(const struct certify_item *item, int64_t at)
{
	int64_t left = item->cert.not_after_at - at;

	return left >= 0 ? left / DAY_S : -((-left + DAY_S - 1) / DAY_S);
}

/* put_json - one element */
static void
put_json(struct listing *l, const struct certify_item *item)
{
	bool there = item->cert.not_after_at > 0;
	struct js_writer *js = &l->json;

	js_object(js);
	js_kv_str(js, "domain", item->domain);
	js_kv_str(js, "host", item->host);
	js_kv_str(js, "age", certplan_age_name(item->age));
	js_kv_bool(js, "others", item->others);
	js_kv_str(js, "issuer", item->issuer[0] != '\0' ? item->issuer : NULL);
	js_kv_str(js, "folder", there ? item->dir : NULL);
	js_kv_time(js, "from", item->cert.not_before_at);
	js_kv_time(js, "until", item->cert.not_after_at);
	if (there)
		js_kv_int(js, "days_left", days_left(item, l->env->now_at));
	js_kv_str(js, "state", registry_cert_state_name(item->state));
	js_kv_int(js, "failures", item->failures);
	js_kv_str(js, "why", item->why[0] != '\0' ? item->why : NULL);
	js_kv_time(js, "next", item->next_at);
	js_end_object(js);
}

/* put_next - when it is looked at again, for people */
static void
put_next(char *out, size_t size, const struct certify_item *item, int64_t at)
{
	struct timefmt in;

	if (item->others)
		snprintf(out, size, "by others");
	else if (item->next_at <= at)
		snprintf(out, size, "now");
	else
		snprintf(
		    out, size, "in %s", timefmt_ago(&in, item->next_at - at));
}

/* put_row - one line of the table */
static void
put_row(struct listing *l, const struct certify_item *item)
{
	int64_t at = l->env->now_at;
	char days[24] = "-", next[48];
	const char *state = certplan_age_name(item->age);
	const char *cells[6] = { item->host, days, state, next,
		item->issuer[0] != '\0' ? item->issuer : "-", item->why };

	if (item->cert.not_after_at > 0)
		snprintf(
		    days, sizeof(days), "%lld", (long long)days_left(item, at));
	put_next(next, sizeof(next), item, at);
	if (item->state == REGISTRY_CERT_REFUSED ||
	    item->state == REGISTRY_CERT_FAILED)
		cells[2] = item->age <= CERTPLAN_DUE
		    ? registry_cert_state_name(item->state)
		    : state;
	out_table_row(l->table, cells);
}

/* on_item - one name */
static bool
on_item(void *ctx, const struct certify_item *item)
{
	struct listing *l = ctx;
	bool bad = is_problem(item);

	l->bad += bad;
	if (l->problems && !bad)
		return true;
	l->shown++;
	if (l->env->json)
		put_json(l, item);
	else
		put_row(l, item);
	return true;
}

/* fill - all names; the error of certify_list() */
static enum mtasts_err
fill(struct listing *l, struct registry_cli *c)
{
	struct certify_list list = { .registry = c->registry,
		.conf = cmd_conf(l->env),
		.at = l->env->now_at,
		.fn = on_item,
		.ctx = l };

	return list.conf != NULL ? certify_list(&list) : MTASTS_ECONF;
}

/* list_json - as JSON */
static enum cmd_status
list_json(struct listing *l, struct registry_cli *c)
{
	enum mtasts_err err;

	buf_init(&l->text, JSON_MAX);
	js_begin(&l->json, &l->text, true);
	js_object(&l->json);
	js_key(&l->json, "certificates");
	js_array(&l->json);
	err = fill(l, c);
	js_end_array(&l->json);
	js_kv_int(&l->json, "problems", (int64_t)l->bad);
	js_end_object(&l->json);
	if (err == MTASTS_OK)
		return out_json(l->env, &l->text);
	buf_free(&l->text);
	return registry_cli_done(c, err, NULL);
}

/* list_text - as a table */
static enum cmd_status
list_text(struct listing *l, struct registry_cli *c)
{
	static const char *const heads[] = { "POLICY HOST", "DAYS", "STATE",
		"NEXT LOOK", "ISSUER", "WHY" };
	enum mtasts_err err = MTASTS_ENOMEM;

	l->table = out_table_new(heads, 6);
	if (l->table != NULL)
		err = fill(l, c);
	if (err == MTASTS_OK && l->shown == 0) {
		out_table_print(l->env, l->table);
		fputs(
		    l->problems ? "no problems\n" : "no domain is registered\n",
		    l->env->err);
		return CMD_FINE;
	}
	out_table_print(l->env, l->table);
	return err == MTASTS_OK ? CMD_FINE : registry_cli_done(c, err, NULL);
}

/* run_list - cert list */
static enum cmd_status
run_list(struct cmd_env *env, const struct cmd_args *args)
{
	struct listing l = { .env = env,
		.problems = cmd_flag(args, "problems") };
	struct registry_cli c = { 0 };
	enum cmd_status status;

	if (cmd_conf(env) == NULL)
		return CMD_UNKNOWN;
	status = registry_cli_open(&c, env, REGISTRY_READ);
	if (status == CMD_FINE)
		status = env->json ? list_json(&l, &c) : list_text(&l, &c);
	if (status == CMD_FINE && l.problems && l.bad > 0)
		status = CMD_PROBLEM;
	registry_cli_close(&c);
	return status;
}

static const struct cmd_opt opts[] = {
	{ "problems", NULL, "only those that someone should look at" },
	{ NULL, NULL, NULL },
};

const struct cmd cmd_cert_list = {
	.name = "cert list",
	.usage = "",
	.summary = "the certificates of all policy hosts",
	.help =
	    "Of every registered domain: how many days its certificate is "
	    "still valid, who issued it, when it is looked at again, and why "
	    "the last try did not succeed. A certificate that somebody else "
	    "keeps is shown as 'by others'.\n"
	    "\n"
	    "The state is fine, due (less than a third of the lifetime left), "
	    "soon (less than a sixth), urgent (less than a fifteenth), "
	    "expired or missing; refused or failed when only the last try for "
	    "a new one went wrong.",
	.opts = opts,
	.words_min = 0,
	.words_max = 0,
	.run = run_list,
};
