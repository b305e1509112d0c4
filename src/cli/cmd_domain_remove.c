/*
 * cmd_domain_remove.c - domain remove: leaving without harm
 *
 * RFC 8461 section 8.3. Says at each step what to do in DNS and until when.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/domain_print.h"
#include "cli/out.h"
#include "cli/registry_cli.h"
#include "task/push.h"

static const struct cmd_opt opts[] = {
	{ "now", NULL, "delete it at once, without waiting" },
	{ "dry-run", NULL, "say what would happen, change nothing" },
	{ NULL, NULL, NULL },
};

/* say - one wrapped paragraph */
static void say(struct cmd_env *env, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct cmd_env *env, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, 8192);
	va_start(ap, fmt);
	buf_vputf(&b, fmt, ap);
	va_end(ap);
	out_wrap(env, env->out, 0, b.p != NULL ? b.p : fmt);
	buf_free(&b);
}

/* is_pushed - is there a way into the zone, so that nobody has to set it? */
static bool
is_pushed(struct cmd_env *env, const struct domain_change *c)
{
	const struct conf *conf = cmd_conf(env);

	return conf != NULL && push_has_way(conf, c->record);
}

/* tell_begun - it serves mode none now */
static void
tell_begun(struct cmd_env *env, const struct domain_change *c)
{
	struct timefmt t;

	timefmt_rfc3339(&t, c->until_at);
	say(env,
	    "%s serves mode none from now on. Keep its DNS records and this "
	    "host for it until %s: by then all that it ever served has run out "
	    "at every sender.",
	    c->name, t.text);
	if (strcmp(c->old_id, c->new_id) != 0 && !is_pushed(env, c)) {
		fputs("Publish in DNS now, in place of what stands there:\n",
		    env->out);
		domain_print_record(env, c);
	}
	say(env,
	    "mtasts-publisher, or \"mtasts publish %s\" now and then, does all "
	    "of that by itself, takes its records out of DNS after that date, "
	    "and then deletes it. Without either, take them out and run "
	    "\"mtasts domain remove %s\" again.",
	    c->name, c->name);
}

/* tell_waiting - it was begun before, and is not over yet */
static void
tell_waiting(struct cmd_env *env, const struct domain_change *c)
{
	struct timefmt t;

	timefmt_rfc3339(&t, c->until_at);
	say(env,
	    "%s is being removed already; its DNS records and this host have "
	    "to stay until %s. With --now it is deleted at once.",
	    c->name, t.text);
}

/* tell_deleted - it is gone; who may still hold what it served? */
static void
tell_deleted(struct cmd_env *env, const struct domain_change *c)
{
	struct timefmt t;

	if (c->until_at <= env->now_at) {
		say(env,
		    "%s is deleted. All that it served has run out: its "
		    "records _mta-sts.%s and mta-sts.%s can go from DNS, and "
		    "its certificate, too.",
		    c->name, c->name, c->name);
		return;
	}
	say(env, "%s is deleted. Take _mta-sts.%s and mta-sts.%s out of DNS.",
	    c->name, c->name, c->name);
	if (c->enforce_at > env->now_at)
		say(env,
		    "Until %s, senders who fetched it in mode enforce go on "
		    "enforcing it: they defer mail to every MX that does not "
		    "fit it or has no valid certificate. Leave the MX hosts as "
		    "they are until then.",
		    timefmt_rfc3339(&t, c->enforce_at));
	else
		say(env,
		    "Senders may hold it until %s, but nobody defers mail: "
		    "none of them has it in mode enforce.",
		    timefmt_rfc3339(&t, c->until_at));
}

/* run_remove - "mtasts domain remove" */
static enum cmd_status
run_remove(struct cmd_env *env, const struct cmd_args *args)
{
	struct registry_cli c = { .env = env };
	struct domain_result result;
	enum mtasts_err err;
	enum cmd_status status = CMD_UNKNOWN;

	/* Before rights are given up: it may be readable for root alone. */
	if (cmd_conf(env) != NULL)
		status = registry_cli_open(&c, env, REGISTRY_WRITE);
	if (status != CMD_FINE)
		goto out;
	c.job.dry_run = cmd_flag(args, "dry-run");
	err = domain_remove(
	    &c.job, str_of(args->words[0]), cmd_flag(args, "now"), &result);
	status = registry_cli_done(&c, err, &result);
	if (err != MTASTS_OK || env->json)
		goto out;
	if (c.job.dry_run)
		say(env, "Dry run, nothing was changed. It would end so:");
	if (result.counts[DOMAIN_REMOVED] > 0)
		tell_deleted(env, result.first);
	else if (result.counts[DOMAIN_REMOVING] > 0)
		tell_begun(env, result.first);
	else
		tell_waiting(env, result.first);
out:
	registry_cli_close(&c);
	return status;
}

const struct cmd cmd_domain_remove = {
	.name = "domain remove",
	.usage = "DOMAIN|ALIAS",
	.summary = "stop hosting a domain, without harm to its mail",
	.help =
	    "Senders keep a policy for its max_age, so a domain cannot just "
	    "vanish. From now on it serves mode none; the date after which "
	    "it can go is printed. After that date mtasts-publisher, or "
	    "\"mtasts publish\", takes its records out of DNS and deletes it; "
	    "without them, run the command again. --now deletes it at once and says until when "
	    "senders may still enforce what it served.",
	.opts = opts,
	.words_min = 1,
	.words_max = 1,
	.run = run_remove,
};
