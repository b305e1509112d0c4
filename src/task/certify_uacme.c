/*
 * certify_uacme.c - the program uacme: called, and what its end means
 *
 * What it is told are words and an environment of our own, with no secret in
 * them. Must not know when it is called, and what for.
 */
#include "task/certify_int.h"

#include "base/timefmt.h"

#include <errno.h>
#include <stdio.h>

#define SAID_MAX ((size_t)64 << 10)

/* What is put together for it. */
struct call {
	const char *argv[20];
	size_t count;
	char types[64], host[PATH_MAX], order[PATH_MAX + 64], proxy[300];
	const char *env[10];
};

/* put_word - one more word */
static void
put_word(struct call *call, const char *word)
{
	call->argv[call->count++] = word;
}

/* put_common - the words that all calls have */
static void
put_common(struct certifier *c, struct call *call)
{
	put_word(call, c->acme->program);
	put_word(call, "-c");
	put_word(call, c->account);
	put_word(call, "-a");
	put_word(call, c->acme->directory);
	put_word(call, "-y");
	put_word(call, "-t");
	put_word(call, "EC");
	put_word(call, "-b");
	put_word(call, "256");
}

/* put_env - what uacme and the hook are told; nothing of it is secret */
static void
put_env(struct certify *job, struct call *call)
{
	const struct conf *conf = job->c->conf.conf;
	const char *control = conf->host.control;
	size_t n = 0, len = 0;

	for (unsigned i = 0; i < CERTIFY_TYPES; i++)
		if (job->types[i])
			len += (size_t)snprintf(call->types + len,
			    sizeof(call->types) - len, "%s%s",
			    len > 0 ? " " : CERTIFY_ENV_TYPES "=",
			    challenge_type_name((enum challenge_type)i));
	snprintf(
	    call->host, sizeof(call->host), CERTIFY_ENV_HOST "=%s", control);
	snprintf(call->order, sizeof(call->order), CERTIFY_ENV_ORDER "=%s",
	    job->c->order_path);
	call->env[n++] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	call->env[n++] = "LC_ALL=C";
	call->env[n++] = call->types;
	call->env[n++] = call->host;
	if (job->c->order_path[0] != '\0')
		call->env[n++] = call->order;
	if (conf->fetch.proxy[0] != '\0') {
		snprintf(call->proxy, sizeof(call->proxy), "https_proxy=%s",
		    conf->fetch.proxy);
		call->env[n++] = call->proxy;
	}
}

void
certify_uacme_run(
    struct certify *job, const char *const *words, child_callback *cb)
{
	static const struct certify_outcome broken = { CERTIFY_FAILED,
		CERTIFY_CAUSE_PROGRAM,
		"Install the package uacme, or set acme.program." };
	struct call call = { .count = 0 };
	struct child_conf conf = { .loop = job->c->conf.loop,
		.argv = call.argv,
		.env = call.env,
		.out_max = SAID_MAX,
		.err_max = SAID_MAX,
		.timeout_ms = job->c->acme->timeout_ms,
		.keep_fd = job->c->lock_fd };
	enum mtasts_err err;

	put_common(job->c, &call);
	while (*words != NULL)
		put_word(&call, *words++);
	put_env(job, &call);
	err = child_start(&conf, cb, job, &job->child);
	if (err == MTASTS_OK)
		return;
	certify_end(job, &broken, "%s cannot be run: %s", job->c->acme->program,
	    err == MTASTS_ENOMEM ? mtasts_strerror(err) : strerror(errno));
}

/* of_words - what it said, as a meaning */
static void
of_words(const struct child_result *r, struct certify_meaning *m)
{
	static const struct {
		enum certify_cause cause;
		const char *fix;
	} rows[] = {
		[UACME_OTHER] = { CERTIFY_CAUSE_AUTHORITY,
		    "See that the authority can reach the policy host from "
		    "outside, at port 443 or 80; it is tried again by "
		    "itself." },
		[UACME_LIMITED] = { CERTIFY_CAUSE_LIMITED,
		    "Wait: nothing is ordered for an hour. acme.orders is how "
		    "many are made in acme.orders-per." },
		[UACME_NO_ACCOUNT] = { CERTIFY_CAUSE_ACCOUNT,
		    "A new account is made with the next order." },
		[UACME_HAS_ACCOUNT] = { CERTIFY_CAUSE_ACCOUNT,
		    "See which key of an account is in the folder of "
		    "acme.folder; it is tried again by itself." },
		[UACME_NONCE] = { CERTIFY_CAUSE_AUTHORITY,
		    "The authority is restarting, or several machines stand "
		    "for it; it is tried again by itself." },
		[UACME_UNREACHABLE] = { CERTIFY_CAUSE_AUTHORITY,
		    "See whether acme.directory can be reached from here; it "
		    "is tried again by itself." },
		[UACME_UNTRUSTED] = { CERTIFY_CAUSE_AUTHORITY,
		    "The authority's own server shows a certificate that this "
		    "machine does not trust: see acme.directory." },
		[UACME_DECLINED] = { CERTIFY_CAUSE_CHALLENGE,
		    "See that mtasts-host runs, and that host.control is the "
		    "same for both; it is tried again by itself." },
	};
	struct uacme_said said;

	uacme_read(r->err, &said);
	m->said = said.cause;
	m->cause = rows[said.cause].cause;
	m->fix = rows[said.cause].fix;
	m->why = said.why;
}

void
certify_uacme_meaning(const struct child_result *r, struct certify_meaning *m)
{
	of_words(r, m);
	if (r->end == CHILD_TIMEOUT) {
		m->cause = CERTIFY_CAUSE_TIMEOUT;
		m->fix = "It is tried again by itself; acme.timeout is how "
			 "long one order may take.";
	} else if (r->end == CHILD_SIGNALED || r->status == 126 ||
	    r->status == 127) {
		m->cause = CERTIFY_CAUSE_PROGRAM;
		m->fix = "See that uacme is whole: run it by hand.";
	}
}

void
certify_uacme_failed(
    struct certify *job, const struct child_result *r, const char *what)
{
	struct certify_meaning m;
	struct certify_outcome outcome = { .end = CERTIFY_FAILED };
	struct timefmt took;

	certify_uacme_meaning(r, &m);
	outcome.cause = m.cause;
	outcome.fix = m.fix;
	if (m.cause == CERTIFY_CAUSE_TIMEOUT)
		certify_end(job, &outcome, "%s took longer than %s", what,
		    timefmt_duration(&took, job->c->acme->timeout_ms));
	else if (r->end == CHILD_SIGNALED)
		certify_end(
		    job, &outcome, "uacme was ended by signal %d", r->status);
	else if (m.why.len > 0)
		certify_end(job, &outcome, "%s failed: %" STR_FMT, what,
		    STR_ARG(m.why));
	else
		certify_end(
		    job, &outcome, "%s failed with status %d", what, r->status);
}
