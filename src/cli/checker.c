/*
 * checker.c - checking domains, for the commands check and scan
 *
 * Looking is task/inspect's work, judging core/judge's; here they are opened
 * and put behind each other.
 */
#include "cli/checker.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "cli/out.h"
#include "cli/registry_cli.h"
#include "core/domword.h"
#include "core/polname.h"
#include "task/inspect.h"
#include "task/inspect_own.h"

#include <sys/random.h>
#include <unistd.h>

/* Servers that greet slowly on purpose take up to ten seconds. */
#define PROBE_MS	15000
#define FETCH_MS	20000 /* over 5 s is told to be slow */
#define REMEMBER_MS	600000
#define WATCHED_MS	5000 /* the same, when each look is to be a new one */
#define PER_ADDRESS_MAX 100

struct checker {
	struct cmd_env *env;
	struct net *net;
	struct net_parts parts;
	struct prober *prober;
	struct inspector *inspector;
	struct inspector_conf conf;
	struct judge_conf judge;
	struct registry *registry; /* null: there is none to be read */
	char helo[256];
	void (*peek)(void *ctx, const struct seen *seen); /* or null */
	void *peek_ctx;
};

struct check_run {
	struct checker *checker;
	struct inspect *inspect;
	checker_callback *cb;
	void *ctx;
	int64_t begun_ms;
};

/* ---- options ---- */

/* pick - the checks of an option; CMD_USAGE after a message */
static enum cmd_status
pick(
    struct checker *c, const struct cmd_args *args, const char *option, bool on)
{
	const char *list = cmd_value(args, option);
	struct diag_quote q;
	struct str bad;

	if (list == NULL ||
	    audit_pick_add(&c->judge.pick, str_of(list), on, &bad))
		return CMD_FINE;
	out_error(c->env,
	    "--%s: there is no check %s; \"mtasts check --explain all\" lists "
	    "them",
	    option, diag_quote(&q, bad));
	return CMD_USAGE;
}

/* per_address - the option of that name */
static enum cmd_status
per_address(struct checker *c, const struct cmd_args *args)
{
	const char *text = cmd_value(args, "per-address");
	uint64_t n;

	if (text == NULL)
		return CMD_FINE;
	if (!str_u64(str_of(text), PER_ADDRESS_MAX, &n) || n == 0) {
		out_error(c->env,
		    "--per-address wants a number from 1 to %d, not '%s'",
		    PER_ADDRESS_MAX, text);
		return CMD_USAGE;
	}
	c->conf.per_address = (unsigned)n;
	return CMD_FINE;
}

/* read_options - all of them; the first that is wrong ends it */
static enum cmd_status
read_options(struct checker *c, const struct cmd_args *args)
{
	struct inspector_conf *conf = &c->conf;
	enum cmd_status status;

	conf->http_port = 80;
	conf->dns_port = 53;
	conf->no_smtp = cmd_flag(args, "no-smtp");
	conf->remember_ms =
	    cmd_value(args, "watch") != NULL ? WATCHED_MS : REMEMBER_MS;
	status = net_smtp_port(c->env, args, &conf->smtp_port);
	if (status == CMD_FINE)
		status = net_port(c->env, args, "http-port", &conf->http_port);
	if (status == CMD_FINE)
		status = net_port(c->env, args, "dns-port", &conf->dns_port);
	if (status == CMD_FINE)
		status = per_address(c, args);
	if (status == CMD_FINE)
		status = pick(c, args, "only", true);
	if (status == CMD_FINE)
		status = pick(c, args, "skip", false);
	return status;
}

/* ---- opening ---- */

/* probe_ms - how long one mail server may take */
static int64_t
probe_ms(const struct cmd_args *args)
{
	const char *text = cmd_value(args, "timeout");
	int64_t ms;

	/* net_open() has read it, and found it to be right. */
	if (text == NULL ||
	    timefmt_parse_duration(str_of(text), &ms) != MTASTS_OK)
		return PROBE_MS;
	return ms;
}

/* helo - the name in EHLO: this machine's, as far as it has one */
static const char *
helo(struct checker *c)
{
	struct mtasts_dname name;

	if (gethostname(c->helo, sizeof(c->helo) - 1) != 0 ||
	    mtasts_dname_parse(c->helo, strlen(c->helo), &name, NULL, NULL) !=
		MTASTS_OK)
		return "localhost";
	memcpy(c->helo, name.text, (size_t)name.len + 1);
	return c->helo;
}

/* look_own - into the registry, at the end of looking at a domain */
static void
look_own(void *ctx, const char *domain, struct seen *s)
{
	struct checker *c = ctx;

	if (c->registry != NULL && inspect_own(c->registry, s) != MTASTS_OK)
		out_error(
		    c->env, "the registry cannot be read about %s", domain);
}

/* open_own - the registry, when there is one; nothing depends on it */
static void
open_own(struct checker *c, struct registry_cli *r)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_err err = registry_cli_peek(r, c->env, diags);

	if (err == MTASTS_OK)
		c->registry = r->registry;
	else if (err != MTASTS_ENOENT)
		out_findings(c->env, c->env->err, diags);
	mtasts_diags_free(diags);
}

/* open_parts - what looks; findings say what went wrong */
static enum mtasts_err
open_parts(
    struct checker *c, const struct cmd_args *args, struct mtasts_diags *diags)
{
	struct inspector_conf *conf = &c->conf;
	struct prober_conf prober = { c->parts.ca_file, helo(c), probe_ms(args),
		c->parts.loop };
	enum mtasts_err err;

	if (getrandom(conf->seed, sizeof(conf->seed), 0) !=
	    (ssize_t)sizeof(conf->seed))
		return MTASTS_ESYS;
	err = prober_open(&prober, &c->prober, diags);
	if (err != MTASTS_OK)
		return err;
	conf->loop = c->parts.loop;
	conf->dns = c->parts.dns;
	conf->fetcher = c->parts.fetcher;
	conf->prober = c->prober;
	conf->allowed = *fetcher_allowed(c->parts.fetcher);
	conf->https_port = c->parts.https_port;
	conf->timeout_ms = c->parts.timeout_ms;
	conf->own = look_own;
	conf->own_ctx = c;
	return inspector_open(conf, &c->inspector);
}

/* open_all - CMD_FINE, or a status after a message */
static enum cmd_status
open_all(struct checker *c, const struct cmd_args *args)
{
	struct mtasts_diags *diags;
	enum cmd_status status;
	enum mtasts_err err = MTASTS_ENOMEM;

	status = read_options(c, args);
	if (status == CMD_FINE)
		status = net_open_patient(c->env, args, FETCH_MS, &c->net);
	if (status != CMD_FINE)
		return status;
	net_parts(c->net, &c->parts);
	diags = mtasts_diags_new();
	if (diags != NULL)
		err = open_parts(c, args, diags);
	out_findings(c->env, c->env->err, diags);
	if (err != MTASTS_OK && mtasts_diags_count(diags) == 0)
		out_error(c->env, "the network cannot be used: %s",
		    mtasts_strerror(err));
	mtasts_diags_free(diags);
	return err == MTASTS_OK ? CMD_FINE : CMD_UNKNOWN;
}

enum cmd_status
checker_open(struct cmd_env *env, const struct cmd_args *args, unsigned wants,
    struct checker **out)
{
	struct checker *c = mem_zalloc(1, sizeof(*c));
	struct registry_cli r = { 0 };
	enum cmd_status status;

	if (c == NULL) {
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
	c->env = env;
	c->conf.mx_servers = (wants & CHECKER_SERVERS) != 0;
	status = open_all(c, args);
	if (status != CMD_FINE) {
		checker_close(c);
		return status;
	}
	if (wants & CHECKER_OWN)
		open_own(c, &r);
	net_wait_validation(c->net);
	*out = c;
	return CMD_FINE;
}

void
checker_close(struct checker *c)
{
	if (c == NULL)
		return;
	inspector_close(c->inspector);
	prober_close(c->prober);
	registry_close(c->registry);
	net_close(c->net);
	mem_free(c);
}

struct loop *
checker_loop(const struct checker *c)
{
	return c->parts.loop;
}

struct judge_conf *
checker_judgement(struct checker *c)
{
	return &c->judge;
}

/* ---- one domain ---- */

/* on_seen - all was looked at: judge it */
static void
on_seen(void *ctx, struct seen *seen)
{
	struct check_run *run = ctx;
	struct audit *audit = NULL;

	if (seen != NULL && run->checker->peek != NULL)
		run->checker->peek(run->checker->peek_ctx, seen);
	if (seen != NULL &&
	    judge(seen, &run->checker->judge, &audit) != MTASTS_OK)
		audit = NULL;
	if (audit != NULL)
		audit->took_ms = loop_now_ms() - run->begun_ms;
	seen_free(seen);
	run->cb(run->ctx, audit);
	mem_free(run);
}

struct check_run *
checker_start(
    struct checker *c, const char *domain, checker_callback *cb, void *ctx)
{
	struct check_run *run = mem_zalloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	run->checker = c;
	run->cb = cb;
	run->ctx = ctx;
	run->begun_ms = loop_now_ms();
	run->inspect = inspect_start(c->inspector, domain, on_seen, run);
	if (run->inspect == NULL) {
		mem_free(run);
		return NULL;
	}
	return run;
}

void
checker_peek(struct checker *c,
    void (*peek)(void *ctx, const struct seen *seen), void *ctx)
{
	c->peek = peek;
	c->peek_ctx = ctx;
}

void
checker_cancel(struct check_run *run)
{
	if (run == NULL)
		return;
	inspect_cancel(run->inspect);
	mem_free(run);
}

enum mtasts_err
checker_domain(
    struct str word, struct mtasts_dname *out, struct mtasts_diags *diags)
{
	static const struct diag_place nowhere;

	return polname_parse(domword_meant(word), out, nowhere, diags);
}
