/*
 * cmd_dns_push.c - live DNS beside the registry: dns diff, dns push
 *
 * What there is to do for one domain is task/push's; here it is begun for all
 * that are named, or registered, and told as it ends.
 */
#include "cli/commands.h"

#include "cli/domain_words.h"
#include "cli/net.h"
#include "cli/out.h"
#include "cli/push_print.h"
#include "cli/registry_cli.h"
#include "io/conf.h"
#include "task/push.h"

#define KIND_MAX 20 /* so many that ended alike are told, of --all */
#define JSON_MAX (256u << 20)

/* What a command of this kind works with. */
struct work {
	struct cmd_env *env;
	struct registry_cli registry;
	struct net *net;
	struct net_parts parts;
	struct pusher *pusher;
	struct domain_words words;
	size_t left; /* jobs that have not ended */
	bool writes; /* dns push */
	bool look, force;
	bool problem, unknown; /* how the worst ended */
	bool broken; /* memory was short */
	bool all; /* --all: what is as it should be is only counted */
	size_t ends[PUSH_ENDS];
	struct js_writer json;
	struct buf text;
};

/* note_end - what the exit status will be */
static void
note_end(struct work *w, const struct push_result *r)
{
	switch (r->end) {
	case PUSH_SAME:
	case PUSH_WRITTEN:
		w->problem |= !w->writes && push_print_customer(w->env, r);
		break;
	case PUSH_UNKNOWN:
		/* Looking at DNS again would not help. */
		w->problem |= r->unregistered;
		w->unknown |= !r->unregistered;
		break;
	default:
		w->problem = true;
		break;
	}
}

/* is_told - with --all only what is not in step, and not thousands of a kind */
static bool
is_told(const struct work *w, const struct push_result *r)
{
	if (!w->all)
		return true;
	if (r->end == PUSH_SAME && !push_print_customer(w->env, r))
		return false;
	return w->ends[r->end] <= KIND_MAX;
}

/* on_done - a job has ended */
static void
on_done(void *ctx, const struct push_result *result)
{
	struct work *w = ctx;

	note_end(w, result);
	w->ends[result->end]++;
	if (w->all)
		out_progress(w->env, 0, 0);
	if (w->env->json)
		push_print_json(w->env, &w->json, result);
	else if (is_told(w, result))
		push_print_text(w->env, result);
	w->left--;
	if (w->all)
		out_progress(w->env, w->words.count - w->left, w->words.count);
	if (w->left == 0)
		loop_stop(w->parts.loop);
}

/* tell_sum - how all of them ended */
static void
tell_sum(const struct work *w)
{
	bool any = false;

	if (w->env->json || !w->all)
		return;
	for (unsigned i = 0; i < PUSH_ENDS; i++) {
		if (w->ends[i] == 0)
			continue;
		fprintf(w->env->out, "%s%zu %s", any ? ", " : "", w->ends[i],
		    push_end_name((enum push_end)i));
		any = true;
	}
	fputs(any ? "\n" : "no domain\n", w->env->out);
	for (unsigned i = PUSH_SAME + 1; i < PUSH_ENDS; i++) {
		if (w->ends[i] <= KIND_MAX)
			continue;
		fprintf(w->env->out,
		    "Of each kind %d are told above; --json tells all.\n",
		    KIND_MAX);
		break;
	}
}

/* on_row - a registered name */
static bool
on_row(void *arg, const struct registry_row *row)
{
	struct work *w = arg;

	return domain_words_add(&w->words, row->name);
}

/* read_domains - those that are named, or all */
static enum cmd_status
read_domains(struct work *w, const struct cmd_args *args)
{
	bool all = cmd_flag(args, "all");
	enum mtasts_err err;

	w->words.registry = &w->registry;
	if (all == (args->word_count > 0)) {
		out_error(w->env,
		    all ? "--all or domains, not both"
			: "name domains, or say --all");
		return CMD_USAGE;
	}
	if (!all)
		return domain_words_read(&w->words, args);
	err = registry_each(w->registry.registry, on_row, w);
	return domain_words_end(&w->words, err);
}

/* read_wait - --wait, seconds; 0 without it */
static enum cmd_status
read_wait(struct work *w, const struct cmd_args *args, int64_t *ms)
{
	const char *text = cmd_value(args, "wait");
	uint64_t s = 0;

	*ms = 0;
	if (text == NULL)
		return CMD_FINE;
	if (!str_u64(str_of(text), 86400, &s) || s == 0) {
		out_error(w->env, "--wait wants seconds, from 1 to 86400");
		return CMD_USAGE;
	}
	*ms = (int64_t)s * 1000;
	return CMD_FINE;
}

/* open_pusher - CMD_FINE, or a status after a message */
static enum cmd_status
open_pusher(struct work *w, const struct cmd_args *args)
{
	struct pusher_conf conf = { .loop = w->parts.loop,
		.dns = w->parts.dns,
		/* Without it no key is needed. */
		.registry = w->look ? NULL : w->registry.registry,
		.store_url = cmd_store_url(w->env),
		.conf = cmd_conf(w->env),
		.ask_ms = w->parts.timeout_ms };
	struct mtasts_diags *diags;
	enum cmd_status status;
	enum mtasts_err err;

	status = net_port(w->env, args, "dns-port", &conf.dns_port);
	if (status == CMD_FINE)
		status = read_wait(w, args, &conf.verify_ms);
	if (status != CMD_FINE)
		return status;
	diags = mtasts_diags_new();
	err = pusher_open(&conf, &w->pusher, diags);
	out_findings(w->env, w->env->err, diags);
	if (err != MTASTS_OK && mtasts_diags_count(diags) == 0)
		out_error(
		    w->env, "DNS cannot be written: %s", mtasts_strerror(err));
	mtasts_diags_free(diags);
	if (err == MTASTS_ECONF)
		return CMD_PROBLEM;
	return err == MTASTS_OK ? CMD_FINE : CMD_UNKNOWN;
}

/* open_all - CMD_FINE, or a status after a message */
static enum cmd_status
open_all(struct work *w, const struct cmd_args *args)
{
	enum cmd_status status;

	/* Before rights are given up: it may be readable for root alone. */
	if (cmd_conf(w->env) == NULL)
		return CMD_UNKNOWN;
	status = registry_cli_open(
	    &w->registry, w->env, w->look ? REGISTRY_READ : REGISTRY_WRITE);
	if (status == CMD_FINE)
		status = read_domains(w, args);
	if (status == CMD_FINE)
		status = net_open(w->env, args, &w->net);
	if (status != CMD_FINE)
		return status;
	net_parts(w->net, &w->parts);
	return open_pusher(w, args);
}

/* run_jobs - all of them to their end */
static enum cmd_status
run_jobs(struct work *w)
{
	struct push_want want = {
		.look = w->look, .force = w->force, .done = on_done, .ctx = w
	};
	enum mtasts_err err = MTASTS_OK;

	for (size_t i = 0; i < w->words.count; i++) {
		want.domain = w->words.v[i];
		if (push_start(w->pusher, &want) != NULL)
			w->left++;
		else
			w->broken = true;
	}
	if (w->left > 0)
		err = loop_run(w->parts.loop);
	if (err != MTASTS_OK || w->broken) {
		out_error(w->env, "%s",
		    mtasts_strerror(err != MTASTS_OK ? err : MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
	tell_sum(w);
	if (w->problem)
		return CMD_PROBLEM;
	return w->unknown ? CMD_UNKNOWN : CMD_FINE;
}

/* run - both commands */
static enum cmd_status
run(struct cmd_env *env, const struct cmd_args *args, struct work *w)
{
	enum cmd_status status, written = CMD_FINE;

	w->env = env;
	w->all = cmd_flag(args, "all");
	status = open_all(w, args);
	if (status == CMD_FINE) {
		buf_init(&w->text, JSON_MAX);
		js_begin(&w->json, &w->text, true);
		js_object(&w->json);
		js_key(&w->json, "domains");
		js_array(&w->json);
		status = run_jobs(w);
		js_end_array(&w->json);
		js_end_object(&w->json);
		if (env->json)
			written = out_json(env, &w->text);
		buf_free(&w->text);
	}
	pusher_close(w->pusher);
	net_close(w->net);
	registry_cli_close(&w->registry);
	return written != CMD_FINE ? written : status;
}

/* run_diff - dns diff */
static enum cmd_status
run_diff(struct cmd_env *env, const struct cmd_args *args)
{
	struct work w = { .look = true };

	return run(env, args, &w);
}

/* run_push - dns push */
static enum cmd_status
run_push(struct cmd_env *env, const struct cmd_args *args)
{
	struct work w = { .writes = true,
		.look = cmd_flag(args, "dry-run"),
		.force = cmd_flag(args, "force") };

	return run(env, args, &w);
}

#define LOOK_OPTIONS                                                          \
	{ "all", NULL, "all registered domains" },                            \
	    { "resolver", "ADDR:PORT",                                        \
		    "DNS server to ask, trusted to validate" },               \
	    { "trust-anchor", "FILE", "validate here, by the keys in FILE" }, \
	    { "dns-port", "N", "port of authoritative servers (53)" },        \
	{                                                                     \
		"timeout", "S", "seconds for one lookup"                      \
	}

static const struct cmd_opt diff_opts[] = {
	LOOK_OPTIONS,
	{ NULL, NULL, NULL },
};

static const struct cmd_opt push_opts[] = {
	{ "dry-run", NULL, "only look, and say what would be written" },
	{ "force", NULL, "replace what somebody else wrote, too" },
	{ "wait", "S", "seconds that servers may lag (60)" },
	LOOK_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct cmd cmd_dns_diff = {
	.name = "dns diff",
	.usage = "[DOMAIN...]",
	.summary = "compare live DNS with what a domain has to publish",
	.help =
	    "Asks every authoritative server of the zones for the records of "
	    "the domain, at each of its addresses, and says which of them "
	    "are to be added, changed or removed, and which server differs. "
	    "Records are compared by meaning: other blanks, the order of "
	    "addresses and the case of names are no difference. Another TTL, "
	    "and records that lead to the same place in another way, are "
	    "told but do not count.\n"
	    "\n"
	    "A value that is not wanted and was never written by mtasts is "
	    "somebody else's: it is told, and not replaced. Nothing is "
	    "written; no key is needed.",
	.opts = diff_opts,
	.words_min = 0,
	.words_max = SIZE_MAX,
	.run = run_diff,
};

const struct cmd cmd_dns_push = {
	.name = "dns push",
	.usage = "[DOMAIN...]",
	.summary = "write into DNS what a domain has to publish",
	.help =
	    "Compares as dns diff does, writes what differs by the way that "
	    "push: of the configuration has for the zone (dynamic updates "
	    "with TSIG, PowerDNS's API, or a program of yours), and then "
	    "asks all authoritative servers until they agree. One that lags "
	    "is named.\n"
	    "\n"
	    "What somebody else wrote stays, without --force. Other TXT "
	    "records of a name stay in any case. Of a domain that was "
	    "removed and has run out, what was written goes. The customer's "
	    "part of a delegated domain is only told, unless its zone is "
	    "written here, too.",
	.opts = push_opts,
	.words_min = 0,
	.words_max = SIZE_MAX,
	.run = run_push,
};
