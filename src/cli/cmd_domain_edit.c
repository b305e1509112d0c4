/*
 * cmd_domain_edit.c - domain add, set, alias: changing one domain
 */
#include "cli/commands.h"

#include "cli/adder.h"
#include "cli/domain_live.h"
#include "cli/domain_print.h"
#include "cli/follow.h"
#include "cli/looker.h"
#include "cli/out.h"
#include "cli/registry_cli.h"

static const struct cmd_opt opts_add[] = {
	{ "force", NULL, "do it without looking whether it is safe" },
	{ "dry-run", NULL, "say what would happen, change nothing" },
	{ "from-live", NULL, "take over the policy that is published now" },
	{ "previous-max-age", "AGE", "of what was published before it (1y)" },
	ADDER_OPTIONS,
	LOOKER_OPTIONS,
	{ NULL, NULL, NULL },
};

static const struct cmd_opt opts_change[] = {
	{ "force", NULL, "do it without looking whether it is safe" },
	{ "dry-run", NULL, "say what would happen, change nothing" },
	LOOKER_OPTIONS,
	{ NULL, NULL, NULL },
};

/* settings_help - the settings, said once for all commands that take them */
#define SETTINGS_HELP                                                          \
	"Settings: mode=testing|enforce|none; mx=HOST[,HOST...] (names of MX " \
	"hosts, or *.NAME), mx=auto (what the MX records say, by rules) or "   \
	"mx=certificates (the names in this host's certificates); "            \
	"max-age=1w; rua=mailto:ADDRESS[,...] (where TLS reports go); "        \
	"host=NAME or addresses=IP[,IP...] (the machine that serves "          \
	"policies); delegate=NAME (the domain's owner sets three CNAMEs that " \
	"lead there); ttl=5m (of the DNS records). KEY=default drops what "    \
	"the domain has of its own. --mode testing is the same as "            \
	"mode=testing."

/* open_job - the registry for writing, and the options of all changes */
static enum cmd_status
open_job(
    struct registry_cli *c, struct cmd_env *env, const struct cmd_args *args)
{
	enum cmd_status status;

	/* Before rights are given up: it may be readable for root alone. */
	if (cmd_conf(env) == NULL)
		return CMD_UNKNOWN;
	status = registry_cli_open(c, env, REGISTRY_WRITE);
	c->job.force = cmd_flag(args, "force");
	c->job.dry_run = cmd_flag(args, "dry-run");
	return status;
}

/* headline - "example.org: added", and what else it is */
static void
headline(struct registry_cli *c, const struct domain_change *d)
{
	out_color(c->env, OUT_BOLD);
	fputs(d->name, c->env->out);
	out_color(c->env, OUT_PLAIN);
	fprintf(c->env->out, ": %s%s\n", domain_did_name(d->did),
	    c->job.dry_run ? " (dry run: nothing was changed)" : "");
}

/* tell_one - what became of one domain, and what to do in DNS */
static void
tell_one(struct registry_cli *c, const struct domain_result *result,
    const struct domain_change *d)
{
	FILE *out = c->env->out;

	headline(c, d);
	domain_print_settings(c->env, result);
	if (*d->target != '\0')
		fprintf(out, "  %-10s %s\n", "alias of", d->target);
	if (strcmp(d->old_id, d->new_id) != 0)
		fprintf(out, "  %-10s %s%s%s\n", "id", d->old_id,
		    *d->old_id != '\0' ? " -> " : "", d->new_id);
	else if (*d->new_id != '\0')
		fprintf(out,
		    "  %-10s %s (unchanged: senders see no "
		    "difference)\n",
		    "id", d->new_id);
	else
		fprintf(
		    out, "  %-10s none until its MX hosts are known\n", "id");
	domain_print_records(c->env, result);
	domain_print_delegates(c->env, result);
	if (d->did == DOMAIN_ADDED || domain_print_dns_too(result))
		fprintf(out, "All its records: mtasts dns %s\n", d->name);
}

/* tell - how the job ended */
static enum cmd_status
tell(struct registry_cli *c, enum mtasts_err err,
    const struct domain_result *result, const char *name)
{
	enum cmd_status status = registry_cli_done(c, err, result);
	const struct domain_change *d = err ? NULL : result->first;

	/* An alias may have changed its target, too; it comes last then. */
	while (d != NULL && d->next != NULL)
		d = d->next;
	if (d != NULL && !c->env->json)
		tell_one(c, result, d);
	return status;
}

/* What is to be done to a name. */
struct edit {
	struct str name, target;
	struct domain_edits edits;
	enum mtasts_err (*job)(const struct domain_job *job, struct str name,
	    struct domain_edits edits, struct domain_result *result);
};

/* edit_it - add or set, as a job that may want a look */
static enum mtasts_err
edit_it(const struct domain_job *job, void *ctx, struct domain_result *result)
{
	const struct edit *e = ctx;

	return e->job(job, e->name, e->edits, result);
}

/* alias_it - the same */
static enum mtasts_err
alias_it(const struct domain_job *job, void *ctx, struct domain_result *result)
{
	const struct edit *e = ctx;

	return domain_alias(job, e->name, e->target, result);
}

/* run_job - look if need be, do it, tell how it ended */
static enum cmd_status
run_job(struct registry_cli *c, const struct cmd_args *args,
    const struct looker_job *job)
{
	struct domain_result result;
	enum mtasts_err err = MTASTS_OK;
	enum cmd_status status = looker_run(c, args, job, &result, &err);

	if (status == CMD_FINE && err == MTASTS_OK && cmd_flag(args, "rollout"))
		err = adder_begin(c, str_of(args->words[0]));
	return status == CMD_FINE ? tell(c, err, &result, args->words[0])
				  : status;
}

/* run_edit - add or set: a name and settings */
static enum cmd_status
run_edit(struct cmd_env *env, const struct cmd_args *args,
    enum mtasts_err (*job)(const struct domain_job *, struct str,
	struct domain_edits, struct domain_result *))
{
	struct edit e = { .name = str_of(args->words[0]), .job = job };
	struct looker_job run = { edit_it, &e };
	struct registry_cli c = { .env = env };
	enum cmd_status status;

	if (strchr(args->words[0], '=') != NULL) {
		out_error(env,
		    "the domain comes before its settings, as in \"mtasts "
		    "domain add example.org %s\"",
		    args->words[0]);
		return CMD_USAGE;
	}
	status = open_job(&c, env, args);
	if (status == CMD_FINE)
		status = registry_cli_edits(&c, args, 1, &e.edits);
	if (status == CMD_FINE && cmd_flag(args, "rollout") &&
	    adder_edits(&c, &e.edits) != MTASTS_OK)
		status = registry_cli_done(&c, MTASTS_ENOMEM, NULL);
	if (status == CMD_FINE)
		status = run_job(&c, args, &run);
	registry_cli_close(&c);
	if (status == CMD_FINE && adder_wanted(env, args))
		status = follow_domain(env, args->words[0]);
	return status;
}

/* run_add - "mtasts domain add" */
static enum cmd_status
run_add(struct cmd_env *env, const struct cmd_args *args)
{
	if (cmd_flag(args, "from-live"))
		return domain_live_add(env, args);
	if (cmd_value(args, "previous-max-age") != NULL) {
		out_error(env, "--previous-max-age goes with --from-live");
		return CMD_USAGE;
	}
	return run_edit(env, args, domain_add);
}

/* run_set - "mtasts domain set" */
static enum cmd_status
run_set(struct cmd_env *env, const struct cmd_args *args)
{
	return run_edit(env, args, domain_set);
}

/* run_alias - "mtasts domain alias" */
static enum cmd_status
run_alias(struct cmd_env *env, const struct cmd_args *args)
{
	struct edit e = { .name = str_of(args->words[0]),
		.target = str_of(args->words[1]) };
	struct looker_job run = { alias_it, &e };
	struct registry_cli c = { .env = env };
	enum cmd_status status = open_job(&c, env, args);

	if (status == CMD_FINE)
		status = run_job(&c, args, &run);
	registry_cli_close(&c);
	return status;
}

const struct cmd cmd_domain_add = {
	.name = "domain add",
	.usage = "DOMAIN [KEY=VALUE...]",
	.summary = "host the policy of one more domain",
	.help =
	    "Registers a mail domain. What is not given comes from the "
	    "defaults (\"mtasts defaults show\"); without more it begins in "
	    "mode testing, in which senders only report. A domain that is "
	    "being removed is taken up again.\n"
	    "\n"
	    "--rollout also begins its roll-out (\"mtasts rollout\"): a day's "
	    "max-age in mode testing, then enforced in steps, each on what is "
	    "seen of the domain. Where mtasts-publisher runs, nothing else is "
	    "to be done: --wait shows how it brings the domain out.\n"
	    "\n"
	    "--from-live takes over what another tool publishes: its id and "
	    "text stay as they are, so that senders see no difference; mode, "
	    "mx and max-age become settings. Senders may still remember what "
	    "was published before that: a removal waits for "
	    "--previous-max-age, or a year. The network options go with "
	    "it.\n\n" SETTINGS_HELP,
	.opts = opts_add,
	.words_min = 1,
	.words_max = SIZE_MAX,
	.takes_settings = true,
	.run = run_add,
};

const struct cmd cmd_domain_set = {
	.name = "domain set",
	.usage = "DOMAIN KEY=VALUE...",
	.summary = "change the settings of a domain",
	.help = "Prints what changed, the id, and the DNS record that has to "
		"follow. The id changes only when the policy means something "
		"else: mode, max-age or the set of mx.\n\n"
		"Before mode enforce, and before an mx is dropped in it, the "
		"MX hosts of the domain and of all its aliases are looked at, "
		"and its policy host. It is refused, with each reason, while "
		"one of them would keep mail away; --force does it all the "
		"same. When it cannot be looked at the exit status is "
		"3.\n\n" SETTINGS_HELP,
	.opts = opts_change,
	.words_min = 2,
	.words_max = SIZE_MAX,
	.takes_settings = true,
	.run = run_set,
};

const struct cmd cmd_domain_alias = {
	.name = "domain alias",
	.usage = "ALIAS DOMAIN",
	.summary = "let a name serve the policy of another domain",
	.help = "The alias serves the policy of the domain, under the same id, "
		"whenever that changes; it has DNS records of its own. Its MX "
		"hosts must fit that policy. \"mtasts domain remove ALIAS\" "
		"ends it.",
	.opts = opts_change,
	.words_min = 2,
	.words_max = 2,
	.run = run_alias,
};
