/*
 * doctor_probe.c - what the doctors find out about mtasts-resolver
 *
 * Where it listens, whether it runs, and what it answers over the very socket
 * that the MTA uses.
 */
#include "cli/doctor.h"

#include "cli/ask.h"
#include "cli/query_print.h"
#include "core/reply.h"
#include "io/mapask.h"

#include <errno.h>
#include <inttypes.h>

#define PROBE_MS 10000 /* Postfix waits longer, people do not */
#define SLOW_US	 2000000
/*
 * Without a policy, and in the real DNS: many resolvers make up an unsigned
 * answer about names below "invalid", which a validator refuses.
 */
#define PROBE_DOMAIN "example.com"

/* same_host - the same address, or both words for loopback */
static bool
same_host(struct str a, struct str b)
{
	static const char *const loopback[] = { "127.0.0.1", "localhost",
		"::1" };
	bool one = false, two = false;
	size_t i;

	for (i = 0; i < 3; i++) {
		one = one || str_eq_nocase(a, str_of(loopback[i]));
		two = two || str_eq_nocase(b, str_of(loopback[i]));
	}
	/* "*" and the null address listen on all of them. */
	return str_eq(a, b) || (one && two) || str_eq(b, STR("*")) ||
	    str_eq(b, STR("0.0.0.0")) || str_eq(b, STR("::"));
}

bool
doctor_listens_tcp(const struct doctor *d, struct str host, uint64_t port)
{
	const struct conf_list *list = &d->conf->resolver.listen;
	struct str s, h, p;
	uint64_t n;
	size_t i, colon;

	for (i = 0; i < list->count; i++) {
		s = str_of(list->v[i]);
		if (str_starts(s, STR("inet:")))
			s = str_sub(s, 5, s.len);
		for (colon = s.len; colon > 0 && s.p[colon - 1] != ':';)
			colon--;
		if (colon == 0)
			continue;
		h = str_sub(s, 0, colon - 1);
		p = str_sub(s, colon, s.len);
		if (str_starts(h, STR("[")) && str_ends(h, STR("]")))
			h = str_sub(h, 1, h.len - 2);
		if (str_u64(p, 65535, &n) && n == port && same_host(host, h))
			return true;
	}
	return false;
}

bool
doctor_listens_unix(const struct doctor *d, const char *path)
{
	const struct conf_list *list = &d->conf->resolver.listen;
	struct str s;
	size_t i;

	for (i = 0; i < list->count; i++) {
		str_cut(str_of(list->v[i]), ',', &s, NULL);
		if (str_starts(s, STR("unix:")) &&
		    str_eq(str_sub(s, 5, s.len), str_of(path)))
			return true;
	}
	return false;
}

/* judge - what the answer says about the set-up */
static void
judge(struct doctor *d, const struct doctor_probe *p, struct str answer,
    int64_t took_us)
{
	const char *domain = p->domain != NULL ? p->domain : PROBE_DOMAIN;
	bool slow = took_us > SLOW_US;
	struct diag_quote q;

	diag_quote(&q, answer);
	if (str_starts(answer, STR("PERM")))
		doctor_say(d, DOCTOR_FAIL, "probe",
		    "Use a map name that mtasts-resolver(8) knows.",
		    "asked for %s, it answers %s", domain, q.text);
	else if (str_starts_nocase(answer, STR("TEMP")))
		doctor_say(d, DOCTOR_WARN, "probe",
		    "Look at 'mtasts query' and 'mtasts status'; mail to such "
		    "a domain has to wait.",
		    "asked for %s, it answers %s", domain, q.text);
	else
		doctor_say(d, slow ? DOCTOR_WARN : DOCTOR_PASS, "probe",
		    slow ? "See whether the DNS servers of the section dns "
			   "answer in time."
			 : NULL,
		    "asked for %s over the MTA's own socket, it answers "
		    "%s in %" PRId64 ".%" PRId64 " ms",
		    domain, q.text, took_us / 1000, took_us / 100 % 10);
}

void
doctor_probe(struct doctor *d, const struct doctor_probe *p)
{
	const char *domain = p->domain != NULL ? p->domain : PROBE_DOMAIN;
	struct mapask ask = { p->address, p->map, domain, PROBE_MS };
	int64_t took_us = 0;
	enum mtasts_err err;
	struct buf b;

	if (p->map == NULL)
		ask.text = arena_printf(d->arena, "mode %s", domain);
	if (ask.text == NULL) {
		d->failed = true;
		return;
	}
	buf_init(&b, 128u << 10);
	err = mapask(&ask, &b, &took_us);
	if (err == MTASTS_OK)
		judge(d, p, buf_str(&b), took_us);
	else if (err == MTASTS_ESYS && errno == EACCES)
		doctor_say(d, DOCTOR_SKIP, "probe", "Run this as root.",
		    "nobody but root may try %s", p->address);
	else
		doctor_say(d, DOCTOR_FAIL, "probe",
		    "See that mtasts-resolver runs (systemctl status "
		    "mtasts-resolver) and listens there.",
		    "%s: %s", p->address,
		    err == MTASTS_ESYS		? strerror(errno)
			: err == MTASTS_ESYNTAX ? "answers in no way that an "
						  "MTA understands"
						: mtasts_strerror(err));
	buf_free(&b);
}

void
doctor_resolver(struct doctor *d)
{
	bool wants_dane = d->conf->resolver.dane != REPLY_DANE_OFF;
	struct js *js = NULL;
	enum mtasts_err err;
	struct str s;
	struct ask a;

	ask_begin(&a, d->env, "status");
	err = ask_one(&a, &js);
	if (err == MTASTS_ENOENT)
		doctor_say(d, DOCTOR_FAIL, "resolver",
		    "Start it: systemctl start mtasts-resolver.",
		    "mtasts-resolver does not run, or has no control socket");
	else if (err != MTASTS_OK)
		doctor_say(d, DOCTOR_SKIP, "resolver", NULL,
		    "mtasts-resolver could not be asked");
	else {
		s = query_text(js, "dns_validation");
		if (wants_dane && !str_eq(s, STR("works")))
			doctor_say(d, DOCTOR_WARN, "resolver",
			    "Look at the section dns of mtasts.yaml(5); until "
			    "DNSSEC works, DANE counts as off.",
			    "mtasts-resolver runs, but has not seen DNSSEC "
			    "work");
		else
			doctor_say(d, DOCTOR_PASS, "resolver", NULL,
			    "mtasts-resolver runs%s",
			    wants_dane ? ", and DNSSEC works for it" : "");
	}
	js_free(js);
}
