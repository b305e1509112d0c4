/*
 * cmd_domain_mx.c - domain refresh-mx: follow the MX records now
 *
 * For domains with mx=auto or mx=certificates. Looks, and hands what was seen
 * to task/domain_mx, which knows the rules.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/domain_print.h"
#include "cli/looker.h"
#include "cli/out.h"
#include "io/conf.h"
#include "task/domain_mx.h"

#define JSON_MAX (16u << 20)

/* A command under way. */
struct work {
	struct cmd_env *env;
	const struct cmd_args *args;
	struct registry_cli c;
	struct looker *looker;
	struct mxauto_seen *own; /* of certificates */
};

/* look_records - at one name; the seen is the looker's */
static enum cmd_status
look_records(struct work *w, const struct mxauto_seen **out)
{
	struct safe_looks looks;
	struct mtasts_dname name;
	const char *text = name.text;
	enum cmd_status status;

	if (checker_domain(str_of(w->args->words[0]), &name, w->c.diags) !=
	    MTASTS_OK)
		return registry_cli_done(&w->c, MTASTS_ESYNTAX, NULL);
	status = looker_open(w->env, w->args, &w->looker);
	if (status == CMD_FINE)
		status = looker_look(w->looker, &text, 1, &looks);
	if (status != CMD_FINE)
		return status;
	*out = looker_mx(w->looker, text);
	if (*out == NULL)
		return registry_cli_done(&w->c, MTASTS_ENOMEM, NULL);
	return CMD_FINE;
}

/* look - what there is to be seen, by the kind of list */
static enum cmd_status
look(struct work *w, const struct mxauto_seen **out)
{
	const struct conf_list *folders = &cmd_conf(w->env)->host.certificates;
	enum settings_mx from = SETTINGS_MX_GIVEN;
	enum mtasts_err err =
	    domain_mx_from(&w->c.job, str_of(w->args->words[0]), &from);

	if (err != MTASTS_OK)
		return registry_cli_done(&w->c, err, NULL);
	if (from == SETTINGS_MX_AUTO)
		return look_records(w, out);
	/* With a list by hand the job says so. */
	err = domain_mx_certificates(
	    folders->v, folders->count, w->env->now_at, &w->own);
	*out = w->own;
	return err == MTASTS_OK ? CMD_FINE
				: registry_cli_done(&w->c, err, NULL);
}

/* put_json - what it led to */
static enum cmd_status
put_json(struct work *w, const struct domain_mx_result *r)
{
	const struct domain_change *c = r->change.first;
	struct js_writer js;
	struct buf b;

	buf_init(&b, JSON_MAX);
	js_begin(&js, &b, true);
	js_object(&js);
	js_kv_str(&js, "domain", r->name);
	js_kv_str(&js, "from", settings_mx_name(r->from));
	js_kv_int(&js, "added", (int64_t)r->done.added);
	js_kv_int(&js, "dropped", (int64_t)r->done.dropped);
	js_kv_int(&js, "refused", (int64_t)r->done.refused);
	js_kv_int(&js, "waiting", (int64_t)r->done.waiting);
	js_kv_str(&js, "trouble", r->trouble[0] != '\0' ? r->trouble : NULL);
	js_kv_time(&js, "trouble_since", r->trouble_at);
	js_kv_bool(&js, "kept", r->kept);
	js_key(&js, "mx");
	js_array(&js);
	for (size_t i = 0; i < r->list.count; i++)
		js_put_str(&js, str_of(r->list.v[i]));
	js_end_array(&js);
	js_kv_str(
	    &js, "id", c != NULL && c->new_id[0] != '\0' ? c->new_id : NULL);
	js_kv_time(&js, "next", r->done.next_at);
	js_findings(&js, "findings", w->c.diags);
	js_end_object(&js);
	return out_json(w->env, &b);
}

/* put_text - the same for people */
static void
put_text(struct work *w, const struct domain_mx_result *r)
{
	struct cmd_env *env = w->env;
	struct timefmt t;
	struct buf b;

	out_color(env, OUT_BOLD);
	fputs(r->name, env->out);
	out_color(env, OUT_PLAIN);
	fprintf(env->out, ": mx=%s, %zu added, %zu dropped%s\n",
	    settings_mx_name(r->from), r->done.added, r->done.dropped,
	    w->c.job.dry_run ? " (dry run: nothing was changed)" : "");
	buf_init(&b, 1u << 20);
	for (size_t i = 0; i < r->list.count; i++)
		buf_putf(&b, "%s%s", i > 0 ? ", " : "", r->list.v[i]);
	out_labelled(
	    env, 12, "mx", r->list.count > 0 ? buf_str(&b) : STR("none yet"));
	buf_free(&b);
	fprintf(env->out, "  %-10s%s\n", "next look",
	    timefmt_rfc3339(&t, r->done.next_at));
	domain_print_records(env, &r->change);
	out_findings(env, env->err, w->c.diags);
}

/* tell - how it ended; 1 when something is wrong with the MX records */
static enum cmd_status
tell(struct work *w, enum mtasts_err err, const struct domain_mx_result *r)
{
	enum cmd_status status = CMD_FINE;

	if (err != MTASTS_OK)
		return registry_cli_done(&w->c, err, NULL);
	if (w->env->json)
		status = put_json(w, r);
	else
		put_text(w, r);
	if (status != CMD_FINE)
		return status;
	return r->trouble[0] != '\0' || r->done.refused > 0 || r->kept
	    ? CMD_PROBLEM
	    : CMD_FINE;
}

/* run_refresh - domain refresh-mx */
static enum cmd_status
run_refresh(struct cmd_env *env, const struct cmd_args *args)
{
	struct work w = { .env = env, .args = args };
	const struct mxauto_seen *seen = NULL;
	struct domain_mx_result result;
	enum cmd_status status;
	enum mtasts_err err;

	/* Before rights are given up: it may be readable for root alone. */
	if (cmd_conf(env) == NULL)
		return CMD_UNKNOWN;
	status = registry_cli_open(&w.c, env, REGISTRY_WRITE);
	w.c.job.dry_run = cmd_flag(args, "dry-run");
	if (status == CMD_FINE)
		status = look(&w, &seen);
	if (status == CMD_FINE) {
		err = domain_refresh_mx(
		    &w.c.job, str_of(args->words[0]), seen, &result);
		status = tell(&w, err, &result);
	}
	mxauto_seen_free(w.own);
	looker_close(w.looker);
	registry_cli_close(&w.c);
	return status;
}

static const struct cmd_opt opts[] = {
	{ "dry-run", NULL, "say what would happen, change nothing" },
	LOOKER_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct cmd cmd_domain_refresh_mx = {
	.name = "domain refresh-mx",
	.usage = "DOMAIN",
	.summary = "let a policy with mx=auto follow the MX records now",
	.help =
	    "Asks every authoritative name server for the MX records of the "
	    "domain or alias. A new host gets into the policy when all servers "
	    "name it, twice an hour apart unless the zone is signed, and when "
	    "STARTTLS and its certificate pass; one that is gone stays until "
	    "nobody can remember it any more, and in mode enforce for good. "
	    "When the servers differ, fail or say that there is no MX, "
	    "nothing changes and the exit status is 1. With mx=certificates "
	    "the names in the certificates of this host are taken instead.",
	.opts = opts,
	.words_min = 1,
	.words_max = 1,
	.run = run_refresh,
};
