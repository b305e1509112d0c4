/*
 * cmd_domain_live.c - domain add --from-live: going on with what is published
 *
 * Looks first, as a sender does; then task/domain has the registry say the very
 * same. Tells what was taken over and what comes next.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/domain_live.h"
#include "cli/domain_print.h"
#include "cli/out.h"
#include "cli/registry_cli.h"
#include "core/limits.h"
#include "core/polname.h"

#define YEAR_S 31557600 /* the longest max_age there is */

/* What the command works with. */
struct work {
	struct cmd_env *env;
	struct registry_cli registry;
	struct net *net;
	struct mtasts_dname name;
	struct domain_live_seen seen;
	struct domain_live live;
};

/* read_age - --previous-max-age; CMD_USAGE after a message */
static enum cmd_status
read_age(struct work *w, const struct cmd_args *args)
{
	const char *text = cmd_value(args, "previous-max-age");
	int64_t ms = YEAR_S * INT64_C(1000);

	if (text != NULL && strcmp(text, "1y") != 0 &&
	    (timefmt_parse_duration(str_of(text), &ms) != MTASTS_OK || ms < 0 ||
		ms / 1000 > YEAR_S)) {
		out_error(w->env,
		    "--previous-max-age is a time up to a year, such as 4w or "
		    "604800, not '%s'",
		    text);
		return CMD_USAGE;
	}
	w->live.previous_max_age_s = (uint32_t)(ms / 1000);
	return CMD_FINE;
}

/* read_name - the domain's; CMD_USAGE after findings */
static enum cmd_status
read_name(struct work *w, const char *word)
{
	static const struct diag_place nowhere;
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_err err =
	    polname_parse(str_of(word), &w->name, nowhere, diags);

	if (err != MTASTS_OK)
		out_findings(w->env, w->env->err, diags);
	mtasts_diags_free(diags);
	return err == MTASTS_OK ? CMD_FINE : CMD_USAGE;
}

/* look - what is published; a status after findings */
static enum cmd_status
look(struct work *w)
{
	enum cmd_status status = domain_live_look(
	    w->env, w->net, w->name.text, &w->seen, w->registry.diags);

	w->live.id = str_of(w->seen.id);
	w->live.body = buf_str(&w->seen.body);
	/* With findings about what is there, not about us. */
	if (status != CMD_FINE)
		out_findings(w->env, w->env->err, w->registry.diags);
	return status;
}

/* put_previous - until when something older may be held */
static void
put_previous(const struct work *w, const struct settings *merged)
{
	struct timefmt until;
	int64_t age_s = w->live.previous_max_age_s;

	if (age_s <= merged->max_age_s)
		return;
	fprintf(w->env->out, "  %-10s maybe, held by senders until %s\n",
	    "before it", timefmt_rfc3339(&until, w->env->now_at + age_s));
}

/* tell - what was taken over, and what comes next */
static void
tell(struct work *w, const struct domain_result *result)
{
	struct cmd_env *env = w->env;
	struct settings merged = { .max_age_s = 0 };
	struct mtasts_policy *policy = NULL;
	struct buf b;

	if (mtasts_policy_parse(
		w->live.body.p, w->live.body.len, &policy, NULL) == MTASTS_OK)
		merged.max_age_s = policy->max_age_s;
	mtasts_policy_free(policy);
	out_color(env, OUT_BOLD);
	fputs(w->name.text, env->out);
	out_color(env, OUT_PLAIN);
	fprintf(env->out, ": %s, as it is published now%s\n",
	    w->registry.job.dry_run ? "would be taken over" : "taken over",
	    w->registry.job.dry_run ? " (dry run: nothing was changed)" : "");
	domain_print_settings(env, result);
	fprintf(env->out, "  %-10s %s (unchanged: senders see no difference)\n",
	    "id", w->seen.id);
	put_previous(w, &merged);
	buf_init(&b, 4096);
	buf_putf(&b,
	    "Its text stays the same, byte for byte. The record with the id "
	    "stays as it is; let mta-sts.%s lead here when this host has a "
	    "certificate for it: \"mtasts publish %s\" sees to both.",
	    w->name.text, w->name.text);
	out_wrap(env, env->out, 0, b.p != NULL ? b.p : "");
	buf_free(&b);
}

/* take_over - look, then add */
static enum cmd_status
take_over(struct work *w, const struct cmd_args *args)
{
	struct registry_cli *c = &w->registry;
	struct domain_result result;
	struct domain_edits edits;
	enum cmd_status status = registry_cli_edits(c, args, 1, &edits);
	enum mtasts_err err;

	if (status == CMD_FINE)
		status = look(w);
	if (status != CMD_FINE)
		return status;
	err = domain_add_live(
	    &c->job, str_of(args->words[0]), &w->live, edits, &result);
	status = registry_cli_done(c, err, err ? NULL : &result);
	if (err == MTASTS_OK && !w->env->json)
		tell(w, &result);
	return status;
}

enum cmd_status
domain_live_add(struct cmd_env *env, const struct cmd_args *args)
{
	struct work w = { .env = env };
	enum cmd_status status = read_age(&w, args);

	if (status == CMD_FINE)
		status = read_name(&w, args->words[0]);
	/* Before rights are given up: it may be readable for root alone. */
	if (status == CMD_FINE && cmd_conf(env) == NULL)
		status = CMD_UNKNOWN;
	if (status == CMD_FINE)
		status = registry_cli_open(&w.registry, env, REGISTRY_WRITE);
	w.registry.job.force = cmd_flag(args, "force");
	w.registry.job.dry_run = cmd_flag(args, "dry-run");
	if (status == CMD_FINE)
		status = net_open(env, args, &w.net);
	if (status == CMD_FINE)
		status = take_over(&w, args);
	buf_free(&w.seen.body);
	net_close(w.net);
	registry_cli_close(&w.registry);
	return status;
}
