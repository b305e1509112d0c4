/*
 * cmd_domain_edit.c - domain add, set, alias: changing one domain
 */
#include "cli/commands.h"

#include "cli/domain_live.h"
#include "cli/domain_print.h"
#include "cli/out.h"
#include "cli/registry_cli.h"

static const struct cmd_opt opts_add[] = {
	{ "force", NULL, "do it although it could not be checked" },
	{ "dry-run", NULL, "say what would happen, change nothing" },
	{ "from-live", NULL, "take over the policy that is published now" },
	{ "previous-max-age", "AGE", "of what was published before it (1y)" },
	NET_OPTIONS,
	{ NULL, NULL, NULL },
};

static const struct cmd_opt opts_change[] = {
	{ "force", NULL, "do it although it could not be checked" },
	{ "dry-run", NULL, "say what would happen, change nothing" },
	{ NULL, NULL, NULL },
};

/* settings_help - the settings, said once for all commands that take them */
#define SETTINGS_HELP                                                          \
	"Settings: mode=testing|enforce|none; mx=HOST[,HOST...] (names of MX " \
	"hosts, or *.NAME); max-age=1w; rua=mailto:ADDRESS[,...] (where TLS "  \
	"reports go); host=NAME or addresses=IP[,IP...] (the machine that "    \
	"serves policies); delegate=NAME (the domain's owner sets three "      \
	"CNAMEs that lead there); ttl=5m (of the DNS records). KEY=default "   \
	"drops what the domain has of its own. --mode testing is the same as " \
	"mode=testing."

/* open_job - the registry for writing, and the options of all changes */
static enum cmd_status
open_job(
    struct registry_cli *c, struct cmd_env *env, const struct cmd_args *args)
{
	enum cmd_status status = registry_cli_open(c, env, REGISTRY_WRITE);

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
	else
		fprintf(out,
		    "  %-10s %s (unchanged: senders see no "
		    "difference)\n",
		    "id", d->new_id);
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

/* run_edit - add or set: a name and settings */
static enum cmd_status
run_edit(struct cmd_env *env, const struct cmd_args *args,
    enum mtasts_err (*job)(const struct domain_job *, struct str,
	struct domain_edits, struct domain_result *))
{
	struct registry_cli c = { .env = env };
	struct domain_result result;
	struct domain_edits edits;
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
		status = registry_cli_edits(&c, args, 1, &edits);
	if (status == CMD_FINE)
		status = tell(&c,
		    job(&c.job, str_of(args->words[0]), edits, &result),
		    &result, args->words[0]);
	registry_cli_close(&c);
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
	struct registry_cli c = { .env = env };
	struct domain_result result;
	enum cmd_status status = open_job(&c, env, args);

	if (status == CMD_FINE)
		status = tell(&c,
		    domain_alias(&c.job, str_of(args->words[0]),
			str_of(args->words[1]), &result),
		    &result, args->words[0]);
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
		"Mode enforce, and dropping an mx in it, need --force as long "
		"as this version cannot look at the MX hosts "
		"itself.\n\n" SETTINGS_HELP,
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
