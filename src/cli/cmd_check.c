/*
 * cmd_check.c - check: everything a stranger can see of a domain
 *
 * Several domains are looked at side by side and told in their order. With
 * --watch they are looked at again and again, and what has changed is told.
 */
#include "cli/commands.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "cli/audit_out.h"
#include "cli/check_watch.h"
#include "cli/checker.h"
#include "cli/out.h"

#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#define AT_ONCE	     20
#define SHOW_MS	     1000
#define EXPLAIN_MAX  (1u << 20)
#define WATCH_MIN_MS 10000
#define WATCH_MAX_MS (7 * 86400000LL)

/* A domain of the command line. */
struct target {
	struct checking *c;
	struct mtasts_dname name;
	struct check_run *run; /* while it is under way */
	struct audit *audit; /* when it is ready */
	bool over; /* ready, or lost for want of memory */
};

struct checking {
	struct cmd_env *env;
	const struct cmd_args *args;
	struct checker *checker;
	struct loop *loop;
	struct loop_watch *show, *again, *interrupt, *terminate;
	struct audit_out *out;
	struct check_watch *watch; /* null: look once */
	struct target *target;
	size_t count;
	size_t begun, told; /* of this round */
	unsigned running;
	bool lost; /* memory was short for one */
	bool interrupted;
	bool shown; /* there is a line of progress */
	int64_t begun_ms;
	int64_t every_ms; /* of --watch; 0: once */
};

static void start_more(struct checking *c);

/* ---- what it is doing ---- */

/* wipe - the line of progress */
static void
wipe(struct checking *c)
{
	if (c->shown)
		fputs("\r\033[K", c->env->err);
	c->shown = false;
}

/* on_show - say what takes so long */
static void
on_show(void *ctx)
{
	struct checking *c = ctx;
	size_t i = c->told;

	if (c->running == 0 || i == c->count ||
	    isatty(fileno(c->env->err)) != 1)
		return;
	fprintf(c->env->err, "\r\033[KLooking at %s, for %" PRId64 " s",
	    c->target[i].name.text, (loop_now_ms() - c->begun_ms) / 1000);
	if (c->count > 1)
		fprintf(c->env->err, " (%zu of %zu)", i + 1, c->count);
	fflush(c->env->err);
	c->shown = true;
}

/* ---- one round ---- */

/* tell - those that are ready, in their order */
static void
tell(struct checking *c)
{
	struct target *t;

	for (; c->told < c->count && c->target[c->told].over; c->told++) {
		t = &c->target[c->told];
		wipe(c);
		if (t->audit == NULL)
			c->lost = true;
		else if (c->watch != NULL)
			check_watch_put(c->watch, c->told, t->audit);
		else
			audit_out_put(c->out, t->audit);
		audit_free(t->audit);
		t->audit = NULL;
	}
	fflush(c->env->out);
	if (c->told < c->count)
		return;
	if (c->every_ms > 0)
		loop_timer_start(c->again, c->every_ms);
	else
		loop_stop(c->loop);
}

/* on_audit - a domain is ready */
static void
on_audit(void *ctx, struct audit *audit)
{
	struct target *t = ctx;
	struct checking *c = t->c;

	t->run = NULL;
	t->audit = audit;
	t->over = true;
	c->running--;
	start_more(c);
	tell(c);
}

/* start_more - as many as may be under way */
static void
start_more(struct checking *c)
{
	while (c->begun < c->count && c->running < AT_ONCE) {
		struct target *t = &c->target[c->begun++];

		t->run = checker_start(c->checker, t->name.text, on_audit, t);
		t->over = t->run == NULL;
		c->running += !t->over;
	}
}

/* on_again - the next round of --watch */
static void
on_again(void *ctx)
{
	struct checking *c = ctx;

	c->begun = c->told = 0;
	for (size_t i = 0; i < c->count; i++)
		c->target[i].over = false;
	c->begun_ms = loop_now_ms();
	start_more(c);
	tell(c);
}

/* on_signal - enough */
static void
on_signal(void *ctx)
{
	struct checking *c = ctx;

	wipe(c);
	c->interrupted = true;
	loop_stop(c->loop);
}

/* ---- options ---- */

/* read_expect - --expect; CMD_USAGE after a message */
static enum cmd_status
read_expect(struct checking *c, const char **out)
{
	const char *mode = cmd_value(c->args, "expect");
	static const char *const modes[] = { "enforce", "testing", "none" };

	*out = mode;
	for (size_t i = 0; mode != NULL && i < 3; i++)
		if (strcmp(mode, modes[i]) == 0)
			return CMD_FINE;
	if (mode == NULL)
		return CMD_FINE;
	out_error(c->env,
	    "--expect wants the mode that the policy is to have: enforce, "
	    "testing or none, not '%s'",
	    mode);
	return CMD_USAGE;
}

/* read_watch - --watch; CMD_USAGE after a message */
static enum cmd_status
read_watch(struct checking *c)
{
	const char *text = cmd_value(c->args, "watch");

	if (text == NULL)
		return CMD_FINE;
	if (timefmt_parse_duration(str_of(text), &c->every_ms) == MTASTS_OK &&
	    c->every_ms >= WATCH_MIN_MS && c->every_ms <= WATCH_MAX_MS)
		return CMD_FINE;
	out_error(c->env,
	    "--watch wants the time between two looks, from 10s to 7d, such as "
	    "5m, not '%s'",
	    text);
	return CMD_USAGE;
}

/* read_format - --format, --json, --verbose */
static enum cmd_status
read_format(struct checking *c, struct audit_out_conf *conf)
{
	const char *name = cmd_value(c->args, "format");

	if (name == NULL)
		name = c->env->json ? "json" : "text";
	conf->format = audit_format_find(name);
	conf->single = c->count == 1;
	conf->verbose = cmd_flag(c->args, "verbose");
	if (conf->format == NULL) {
		out_error(c->env,
		    "--format wants one of " AUDIT_FORMATS ", not '%s'", name);
		return CMD_USAGE;
	}
	if (c->every_ms > 0 && strcmp(name, "text") != 0 &&
	    strcmp(name, "json") != 0) {
		out_error(c->env, "--watch writes text or json");
		return CMD_USAGE;
	}
	return CMD_FINE;
}

/* read_domains - of the command line; all faults are told */
static enum cmd_status
read_domains(struct checking *c)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	enum cmd_status status = CMD_FINE;
	enum mtasts_err err = MTASTS_OK;

	c->count = c->args->word_count;
	c->target = mem_zalloc(c->count, sizeof(*c->target));
	if (c->target == NULL || diags == NULL)
		err = MTASTS_ENOMEM;
	for (size_t i = 0; i < c->count && err != MTASTS_ENOMEM; i++) {
		c->target[i].c = c;
		err = checker_domain(
		    str_of(c->args->words[i]), &c->target[i].name, diags);
		if (err != MTASTS_OK)
			status = CMD_USAGE;
	}
	if (err == MTASTS_ENOMEM) {
		out_error(c->env, "%s", mtasts_strerror(err));
		status = CMD_UNKNOWN;
	}
	out_findings(c->env, c->env->err, diags);
	mtasts_diags_free(diags);
	return status;
}

/* ---- explaining ---- */

/* list_checks - ids and titles */
static enum cmd_status
list_checks(struct cmd_env *env)
{
	const struct check *check;

	for (size_t i = 0; (check = checks_get(i)) != NULL; i++)
		fprintf(env->out, "%s  %s\n", check->id, check->title);
	return CMD_FINE;
}

/* explain - --explain: what a check means */
static enum cmd_status
explain(struct cmd_env *env, const char *id)
{
	const struct check *check = checks_find(str_of(id));
	enum cmd_status status;
	struct buf b;

	if (str_eq_nocase(str_of(id), STR("all")))
		return list_checks(env);
	if (check == NULL) {
		out_error(env,
		    "there is no check '%s'; \"mtasts check --explain all\" "
		    "lists them",
		    id);
		return CMD_USAGE;
	}
	buf_init(&b, EXPLAIN_MAX);
	checks_explain(check, &b);
	status = out_buf(env, &b);
	buf_free(&b);
	return status;
}

/* ---- the command ---- */

/* open_all - options, network, timers */
static enum cmd_status
open_all(struct checking *c, struct audit_out_conf *conf)
{
	const char *expect = NULL;
	enum cmd_status status;

	status = read_domains(c);
	if (status == CMD_FINE)
		status = read_expect(c, &expect);
	if (status == CMD_FINE)
		status = read_watch(c);
	if (status == CMD_FINE)
		status = read_format(c, conf);
	if (status == CMD_FINE)
		status =
		    checker_open(c->env, c->args, CHECKER_OWN, &c->checker);
	if (status != CMD_FINE)
		return status;
	checker_judgement(c->checker)->expect = expect;
	c->loop = checker_loop(c->checker);
	c->show = loop_timer(c->loop, on_show, c);
	c->again = loop_timer(c->loop, on_again, c);
	c->interrupt = loop_signal(c->loop, SIGINT, on_signal, c);
	c->terminate = loop_signal(c->loop, SIGTERM, on_signal, c);
	if (c->show != NULL && c->again != NULL && c->interrupt != NULL &&
	    c->terminate != NULL)
		return CMD_FINE;
	out_error(c->env, "%s", mtasts_strerror(MTASTS_ENOMEM));
	return CMD_UNKNOWN;
}

/* close_all - what is still under way is given up */
static void
close_all(struct checking *c)
{
	for (size_t i = 0; c->target != NULL && i < c->count; i++) {
		checker_cancel(c->target[i].run);
		audit_free(c->target[i].audit);
	}
	loop_watch_close(c->show);
	loop_watch_close(c->again);
	loop_watch_close(c->interrupt);
	loop_watch_close(c->terminate);
	checker_close(c->checker);
	mem_free(c->target);
}

/* work - look, and tell; the exit status */
static enum cmd_status
work(struct checking *c, const struct audit_out_conf *conf)
{
	enum cmd_status status;

	if (c->every_ms > 0)
		c->watch = check_watch_open(c->env, conf, c->count);
	else
		c->out = audit_out_open(c->env, conf);
	if (c->watch == NULL && c->out == NULL) {
		out_error(c->env, "%s", mtasts_strerror(MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
	loop_timer_every(c->show, SHOW_MS);
	loop_timer_start(c->again, 0);
	if (loop_run(c->loop) != MTASTS_OK)
		c->lost = true;
	wipe(c);
	status = c->watch != NULL ? check_watch_close(c->watch)
				  : audit_out_close(c->out);
	if (c->lost)
		out_error(c->env, "some results are lost: %s",
		    mtasts_strerror(MTASTS_ENOMEM));
	if ((c->lost || (c->interrupted && c->every_ms == 0)) &&
	    status == CMD_FINE)
		status = CMD_UNKNOWN;
	return status;
}

/* run_check - check */
static enum cmd_status
run_check(struct cmd_env *env, const struct cmd_args *args)
{
	struct checking c = { .env = env, .args = args };
	const char *id = cmd_value(args, "explain");
	struct audit_out_conf conf = { 0 };
	enum cmd_status status;

	if (id != NULL)
		return explain(env, id);
	if (args->word_count == 0) {
		out_error(env,
		    "check: which domain? Such as \"mtasts check "
		    "example.org\"");
		return CMD_USAGE;
	}
	status = open_all(&c, &conf);
	if (status == CMD_FINE)
		status = work(&c, &conf);
	close_all(&c);
	return status;
}

static const struct cmd_opt check_opts[] = {
	{ "format", AUDIT_FORMATS, "how to write the results (text)" },
	{ "verbose", NULL, "every check, what was seen, other checkers" },
	{ "expect", "enforce|testing|none",
	    "fail if the policy has any other mode" },
	{ "watch", "INTERVAL", "look again and again, tell what changes" },
	{ "explain", "ID", "what this check means; all lists them" },
	CHECKER_OPTIONS,
	NET_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct cmd cmd_check = {
	.name = "check",
	.usage = "DOMAIN...",
	.summary = "what a stranger sees of a domain, and repairs",
	.help =
	    "Looks at the domain as senders do: its DNS records at every "
	    "authoritative server, the policy at every address of the policy "
	    "host, TLS of every mail server, DANE, reports. First come three "
	    "sentences: what a sender that enforces MTA-STS would do with mail "
	    "for the domain now, what a DANE sender would do, and what to do "
	    "next; then each problem with its repair.\n"
	    "\n"
	    "A mail address or a URL is taken for the domain in it. No mail, no "
	    "report and no password is ever sent. For domains of the registry "
	    "here what should be published is compared, too.\n"
	    "\n"
	    "--format nagios exits as Nagios wants it. With --watch only "
	    "problems that come and go are told after the first look; a mail "
	    "server is asked once a minute at most. " NET_HELP "\n"
	    "\n"
	    "The exit status is 0 when no check fails (warnings are no "
	    "failures), 1 when one does or --expect is not met, 3 when "
	    "something could not be found out; the worst domain decides.\n"
	    "\n"
	    "  mtasts check --explain S05",
	.opts = check_opts,
	.words_min = 0,
	.words_max = SIZE_MAX,
	.run = run_check,
};
