/*
 * cmd_cert_order.c - certificates by ACME: cert issue, cert renew
 *
 * What there is to do for one name is task/certify's; here it is begun for all
 * that are named, or registered, and told as it ends.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/domain_words.h"
#include "cli/net.h"
#include "cli/out.h"
#include "cli/registry_cli.h"
#include "io/conf.h"
#include "task/certify.h"
#include "task/push.h"

#include <unistd.h>

#define JSON_MAX (64u << 20)
#define TOLD	 10 /* names that the text of a wait is not told for */

/* What a command of this kind works with. */
struct work {
	struct cmd_env *env;
	struct registry_cli registry;
	struct net *net;
	struct net_parts parts;
	struct pusher *pusher; /* null: nobody here writes DNS */
	struct certify_dns dns_01;
	struct certifier *certifier;
	struct domain_words words;
	size_t left; /* jobs that have not ended */
	size_t issued;
	bool now, force, take_over;
	bool problem, unknown; /* how the worst ended */
	bool broken; /* memory was short */
	bool terminal; /* somebody watches */
	int64_t told_at; /* the wait that was told last */
	struct js_writer json;
	struct buf text;
};

/* ---- telling ---- */

/* note_end - what the exit status will be */
static void
note_end(struct work *w, const struct certify_result *r)
{
	w->issued += r->end == CERTIFY_ISSUED;
	if (r->end != CERTIFY_REFUSED && r->end != CERTIFY_FAILED &&
	    r->end != CERTIFY_LATER)
		return;
	switch (r->cause) {
	case CERTIFY_CAUSE_DNS:
	case CERTIFY_CAUSE_STORE:
	case CERTIFY_CAUSE_PROGRAM:
		w->unknown = true;
		break;
	default:
		w->problem = true;
		break;
	}
}

/* put_json - one element */
static void
put_json(struct work *w, const struct certify_result *r)
{
	struct js_writer *js = &w->json;

	js_object(js);
	js_kv_str(js, "domain", r->domain);
	js_kv_str(js, "host", r->host);
	js_kv_str(js, "end", certify_end_name(r->end));
	js_kv_str(js, "cause",
	    r->cause != CERTIFY_CAUSE_NONE ? certify_cause_name(r->cause)
					   : NULL);
	js_kv_str(js, "why", r->why[0] != '\0' ? r->why : NULL);
	js_kv_str(js, "fix", r->fix[0] != '\0' ? r->fix : NULL);
	js_kv_time(js, "until", r->cert.not_after_at);
	js_kv_time(js, "next", r->next_at);
	js_end_object(js);
}

/* color_of - of an end */
static enum out_color
color_of(enum certify_end end)
{
	switch (end) {
	case CERTIFY_ISSUED:
		return OUT_GREEN;
	case CERTIFY_REFUSED:
	case CERTIFY_FAILED:
		return OUT_RED;
	case CERTIFY_LATER:
		return OUT_YELLOW;
	default:
		return OUT_PLAIN;
	}
}

/* put_text - how it ended, for people */
static void
put_text(struct work *w, const struct certify_result *r)
{
	struct cmd_env *env = w->env;
	bool good = r->end == CERTIFY_ISSUED || r->end == CERTIFY_NOT_DUE;
	struct timefmt at;

	fprintf(env->out, "%s  ", r->host);
	out_color(env, color_of(r->end));
	fputs(certify_end_name(r->end), env->out);
	out_color(env, OUT_PLAIN);
	if (good)
		fprintf(env->out, ", valid until %s",
		    timefmt_rfc3339(&at, r->cert.not_after_at));
	fputc('\n', env->out);
	if (r->why[0] != '\0')
		out_wrap(env, env->out, 4, r->why);
	if (r->fix[0] != '\0')
		out_wrap(env, env->out, 4, r->fix);
	if (!good && r->cause != CERTIFY_CAUSE_UNREGISTERED &&
	    r->next_at > env->now_at)
		fprintf(env->out,
		    "    Tried again, by itself or by 'mtasts "
		    "cert renew', after %s\n",
		    timefmt_rfc3339(&at, r->next_at));
	fflush(env->out);
}

/* on_done - a job has ended */
static void
on_done(void *ctx, const struct certify_result *result)
{
	struct work *w = ctx;

	note_end(w, result);
	if (w->env->json)
		put_json(w, result);
	else
		put_text(w, result);
	if (--w->left == 0)
		loop_stop(w->parts.loop);
}

/* on_step - tell of a long wait, and of what is being done to who watches */
static void
on_step(void *ctx, enum certify_step step, int64_t until_at)
{
	struct work *w = ctx;
	struct timefmt at;

	if (step == CERTIFY_STEP_WAIT && until_at > w->told_at + TOLD) {
		w->told_at = until_at;
		fprintf(w->env->err,
		    "waiting until %s: acme.orders are made in "
		    "acme.orders-per\n",
		    timefmt_rfc3339(&at, until_at));
	} else if (step == CERTIFY_STEP_ORDER && w->terminal) {
		fprintf(w->env->err, "ordering; %zu to go\n", w->left);
	}
}

/* ---- what to work on ---- */

/* on_cert - a registered name; to renew by force is for our own */
static bool
on_cert(void *arg, const struct registry_cert *cert)
{
	struct work *w = arg;

	return (w->force && !cert->managed) ||
	    domain_words_add(&w->words, cert->domain);
}

/* read_domains - those that are named, or all */
static enum cmd_status
read_domains(struct work *w, const struct cmd_args *args)
{
	enum mtasts_err err = MTASTS_OK;

	w->words.registry = &w->registry;
	if (args->word_count > 0)
		return domain_words_read(&w->words, args);
	err = registry_each_cert(w->registry.registry, on_cert, w);
	return domain_words_end(&w->words, err);
}

/* ---- open, run, close ---- */

/* open_pusher - who writes records for dns-01, where one is configured */
static enum cmd_status
open_pusher(struct work *w, const struct cmd_args *args)
{
	struct pusher_conf conf = { .loop = w->parts.loop,
		.dns = w->parts.dns,
		.registry = w->registry.registry,
		.store_url = cmd_store_url(w->env),
		.conf = cmd_conf(w->env) };
	struct mtasts_diags *diags;
	enum cmd_status status;
	enum mtasts_err err;

	status = net_port(w->env, args, "dns-port", &conf.dns_port);
	if (status != CMD_FINE || conf.conf->push.count == 0)
		return status;
	diags = mtasts_diags_new();
	err = pusher_open(&conf, &w->pusher, diags);
	out_findings(w->env, w->env->err, diags);
	if (err != MTASTS_OK && mtasts_diags_count(diags) == 0)
		out_error(
		    w->env, "DNS cannot be written: %s", mtasts_strerror(err));
	mtasts_diags_free(diags);
	if (err == MTASTS_OK)
		push_certify_dns(w->pusher, &w->dns_01);
	return err == MTASTS_OK	  ? CMD_FINE
	    : err == MTASTS_ECONF ? CMD_PROBLEM
				  : CMD_UNKNOWN;
}

/* open_certifier - CMD_FINE, or a status after a message */
static enum cmd_status
open_certifier(struct work *w, const struct cmd_args *args)
{
	struct certifier_conf conf = { .loop = w->parts.loop,
		.dns = w->parts.dns,
		.registry = w->registry.registry,
		.store_url = cmd_store_url(w->env),
		.conf = cmd_conf(w->env),
		.ca_file = w->parts.ca_file,
		.dns_01 = w->pusher != NULL ? &w->dns_01 : NULL };
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_err err = certifier_open(&conf, &w->certifier, diags);

	out_findings(w->env, w->env->err, diags);
	if (err != MTASTS_OK && mtasts_diags_count(diags) == 0)
		out_error(w->env, "certificates cannot be ordered: %s",
		    mtasts_strerror(err));
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
	status = registry_cli_open(&w->registry, w->env, REGISTRY_WRITE);
	if (status == CMD_FINE)
		status = net_open(w->env, args, &w->net);
	if (status != CMD_FINE)
		return status;
	net_parts(w->net, &w->parts);
	status = open_pusher(w, args);
	if (status == CMD_FINE)
		status = open_certifier(w, args);
	return status == CMD_FINE ? read_domains(w, args) : status;
}

/* start_all - begin every job */
static void
start_all(struct work *w)
{
	struct certify_want want = { .now = w->now,
		.force = w->force,
		.take_over = w->take_over,
		.wait = true,
		.done = on_done,
		.step = on_step,
		.ctx = w };

	for (size_t i = 0; i < w->words.count; i++) {
		want.domain = w->words.v[i];
		if (certify_start(w->certifier, &want) != NULL)
			w->left++;
		else
			w->broken = true;
	}
}

/* tell_expected - when so many will have been ordered, if that takes long */
static void
tell_expected(struct work *w)
{
	struct timefmt at, in;
	int64_t end_at = 0;

	if (certify_expect_end(w->certifier, w->words.count, &end_at) !=
		MTASTS_OK ||
	    end_at <= w->env->now_at + TOLD)
		return;
	fprintf(w->env->err,
	    "%zu names: if all need one, the last certificate is ordered at "
	    "%s (in %s)\n",
	    w->words.count, timefmt_rfc3339(&at, end_at),
	    timefmt_ago(&in, end_at - w->env->now_at));
}

/* run_jobs - all of them to their end */
static enum cmd_status
run_jobs(struct work *w)
{
	enum mtasts_err err = MTASTS_OK;

	tell_expected(w);
	start_all(w);
	if (w->left > 0)
		err = loop_run(w->parts.loop);
	if (err != MTASTS_OK || w->broken) {
		out_error(w->env, "%s",
		    mtasts_strerror(err != MTASTS_OK ? err : MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
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
	w->force = cmd_flag(args, "force");
	w->terminal = isatty(fileno(env->err));
	status = open_all(w, args);
	if (status == CMD_FINE) {
		buf_init(&w->text, JSON_MAX);
		js_begin(&w->json, &w->text, true);
		js_object(&w->json);
		js_key(&w->json, "certificates");
		js_array(&w->json);
		status = run_jobs(w);
		js_end_array(&w->json);
		js_kv_int(&w->json, "issued", (int64_t)w->issued);
		js_end_object(&w->json);
		if (env->json)
			written = out_json(env, &w->text);
		buf_free(&w->text);
	}
	certifier_close(w->certifier);
	pusher_close(w->pusher);
	net_close(w->net);
	registry_cli_close(&w->registry);
	return written != CMD_FINE ? written : status;
}

/* run_issue - cert issue */
static enum cmd_status
run_issue(struct cmd_env *env, const struct cmd_args *args)
{
	struct work w = { .now = true, .take_over = cmd_flag(args, "force") };

	return run(env, args, &w);
}

/* run_renew - cert renew */
static enum cmd_status
run_renew(struct cmd_env *env, const struct cmd_args *args)
{
	struct work w = { .now = args->word_count > 0 };

	return run(env, args, &w);
}

#define ORDER_OPTIONS                                                          \
	{ "resolver", "ADDR:PORT", "DNS server to ask, trusted to validate" }, \
	    { "trust-anchor", "FILE", "validate here, by the keys in FILE" },  \
	    { "ca-file", "FILE", "certificates of the authorities" },          \
	    { "dns-port", "N", "port of authoritative servers (53)" },         \
	{                                                                      \
		"timeout", "S", "seconds for one lookup"                       \
	}

static const struct cmd_opt issue_opts[] = {
	{ "force", NULL, "even when none is due, or others keep it" },
	ORDER_OPTIONS,
	{ NULL, NULL, NULL },
};

static const struct cmd_opt renew_opts[] = {
	{ "force", NULL, "even when none is due" },
	ORDER_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct cmd cmd_cert_issue = {
	.name = "cert issue",
	.usage = "DOMAIN...",
	.summary = "get the certificate of a policy host by ACME, now",
	.help =
	    "Looks first whether an order can succeed: the domain is "
	    "registered, mta-sts. before it leads to our addresses (the "
	    "settings host and addresses), CAA records allow the authority. "
	    "Then uacme orders one, mtasts-host answers the authority, and "
	    "what came is verified and put where mtasts-host finds it. Until "
	    "then the old certificate stays.\n"
	    "\n"
	    "acme.enabled must be true. A domain whose certificate somebody "
	    "else keeps (certbot, dehydrated, lego) is left alone. No more "
	    "than acme.orders are made in acme.orders-per: the rest waits.",
	.opts = issue_opts,
	.words_min = 1,
	.words_max = SIZE_MAX,
	.run = run_issue,
};

const struct cmd cmd_cert_renew = {
	.name = "cert renew",
	.usage = "[DOMAIN...]",
	.summary = "renew the certificates that are due",
	.help =
	    "Of all registered domains, or of those that are named: gets a "
	    "certificate where there is none, and renews those with a third "
	    "of their lifetime left, at a time that differs by name. Those "
	    "that failed wait before they are tried again, from 5 minutes to "
	    "a day. To be run by a timer where no daemon does it:\n"
	    "\n"
	    "  mtasts cert renew",
	.opts = renew_opts,
	.words_min = 0,
	.words_max = SIZE_MAX,
	.run = run_renew,
};
