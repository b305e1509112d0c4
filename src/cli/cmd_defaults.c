/*
 * cmd_defaults.c - defaults show, defaults set: what holds for all domains
 */
#include "cli/commands.h"

#include "cli/domain_print.h"
#include "cli/looker.h"
#include "cli/out.h"
#include "cli/registry_cli.h"

#define VALUE_MAX (1u << 20)

static const struct cmd_opt opts_set[] = {
	{ "force", NULL, "do it without looking whether it is safe" },
	{ "dry-run", NULL, "say what would happen, change nothing" },
	LOOKER_OPTIONS,
	{ NULL, NULL, NULL },
};

/* show_text - one line a setting */
static void
show_text(struct cmd_env *env, const struct settings *given,
    const struct settings *merged)
{
	for (unsigned k = 0; k < SETTINGS_COUNT; k++) {
		struct buf b;

		buf_init(&b, VALUE_MAX);
		settings_get(merged, (enum settings_key)k, &b);
		fprintf(env->out, "%-10s %s%s\n",
		    settings_key_name((enum settings_key)k),
		    b.len > 0 ? b.p : "-",
		    given->set & (1u << k) ? "" : "  (built in)");
		buf_free(&b);
	}
}

/* show_json - what was set, and what holds */
static enum cmd_status
show_json(struct cmd_env *env, const struct settings *given,
    const struct settings *merged)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, 8 * VALUE_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	js_key(&w, "set");
	export_settings(&w, given);
	js_key(&w, "settings");
	export_settings(&w, merged);
	js_end_object(&w);
	return out_json(env, &b);
}

/* run_show - "mtasts defaults show" */
static enum cmd_status
run_show(struct cmd_env *env, const struct cmd_args *args)
{
	struct settings given, builtin, merged;
	struct registry_cli c = { .env = env };
	enum cmd_status status = registry_cli_open(&c, env, REGISTRY_READ);
	enum mtasts_err err;

	if (status != CMD_FINE)
		goto out;
	err = domain_defaults(&c.job, &given);
	if (err != MTASTS_OK) {
		status = registry_cli_done(&c, err, NULL);
		goto out;
	}
	settings_builtin(&builtin);
	settings_merge(&builtin, &given, &merged);
	if (env->json)
		status = show_json(env, &given, &merged);
	else
		show_text(env, &given, &merged);
out:
	registry_cli_close(&c);
	return status;
}

/* tell - what the new defaults did to the domains */
static void
tell(struct registry_cli *c, const struct domain_result *result)
{
	struct cmd_env *env = c->env;

	fprintf(env->out, "defaults%s\n",
	    c->job.dry_run ? " (dry run: nothing was changed)" : "");
	domain_print_settings(env, result);
	fprintf(env->out,
	    "  %-10s %zu with a new id, %zu keep their old policy\n", "domains",
	    result->counts[DOMAIN_CHANGED], result->counts[DOMAIN_KEPT]);
	domain_print_records(env, result);
	if (domain_print_dns_too(result))
		fputs("Other DNS records may change: mtasts dns DOMAIN\n",
		    env->out);
}

/* set_it - as a job that may want a look */
static enum mtasts_err
set_it(const struct domain_job *job, void *ctx, struct domain_result *result)
{
	const struct domain_edits *edits = ctx;

	return domain_defaults_set(job, *edits, result);
}

/* run_set - "mtasts defaults set" */
static enum cmd_status
run_set(struct cmd_env *env, const struct cmd_args *args)
{
	struct registry_cli c = { .env = env };
	struct domain_result result;
	struct domain_edits edits;
	struct looker_job job = { set_it, &edits };
	enum mtasts_err err = MTASTS_OK;
	enum cmd_status status;

	/* Before rights are given up: it may be readable for root alone. */
	if (cmd_conf(env) == NULL)
		return CMD_UNKNOWN;
	status = registry_cli_open(&c, env, REGISTRY_WRITE);
	if (status == CMD_FINE)
		status = registry_cli_edits(&c, args, 0, &edits);
	if (status != CMD_FINE)
		goto out;
	c.job.force = cmd_flag(args, "force");
	c.job.dry_run = cmd_flag(args, "dry-run");
	status = looker_run(&c, args, &job, &result, &err);
	if (status != CMD_FINE)
		goto out;
	status = registry_cli_done(&c, err, &result);
	if (err == MTASTS_OK && !env->json)
		tell(&c, &result);
out:
	registry_cli_close(&c);
	return status;
}

const struct cmd cmd_defaults_show = {
	.name = "defaults show",
	.usage = "",
	.summary = "what holds where a domain says nothing",
	.words_min = 0,
	.words_max = 0,
	.run = run_show,
};

const struct cmd cmd_defaults_set = {
	.name = "defaults set",
	.usage = "KEY=VALUE...",
	.summary = "change what holds where a domain says nothing",
	.help =
	    "Takes the settings of \"mtasts domain set\". Every domain whose "
	    "policy changes by it gets a new id, and its _mta-sts record "
	    "must follow. A domain that would have no mx, or for which mode "
	    "enforce would keep mail away (it is looked at first, see "
	    "\"mtasts domain set\"), keeps its old policy; it is named, and "
	    "the exit status is 1.",
	.opts = opts_set,
	.words_min = 1,
	.words_max = SIZE_MAX,
	.takes_settings = true,
	.run = run_set,
};
