/*
 * test_judge_live - the facts that decisions about the mode stand on
 *
 * What an MX host is said to be is tested with core/safe, too.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/judge_int.h"
#include "support/seen_world.h"

#include <stdio.h>

/* One thing that is not well, and what is said of what is published. */
struct row {
	const char *name;
	void (*spoil)(struct seen_world *w);
	enum live_state published;
	const char *why; /* a part of it */
};

/* server - one more name server, with this answer for the record */
static void
server(struct seen_world *w, struct dnsfact *fact)
{
	struct seen_ns *ns = &w->s.ns[w->s.ns_count++];

	snprintf(
	    ns->name, sizeof(ns->name), "ns%zu.example.com", w->s.ns_count);
	ns->sts = fact;
}

/* own - the registry wants just what is out there */
static void
own(struct seen_world *w)
{
	struct seen_own *o = &w->s.own;

	o->registered = true;
	snprintf(o->id, sizeof(o->id), "%s", w->s.rec.id);
	o->text = w->s.best->got->body;
	w->s.ns_count = 0;
	server(w, w->s.sts);
	server(w, w->s.sts);
}

/* no_policy - senders take none */
static void
no_policy(struct seen_world *w)
{
	if (w->s.policy != w->s.text_policy)
		mtasts_policy_free(w->s.policy);
	w->s.policy = NULL;
}

static void
not_ours(struct seen_world *w)
{
	w->s.own.registered = false;
}

static void
another_id(struct seen_world *w)
{
	snprintf(w->s.own.id, sizeof(w->s.own.id), "20270101T000000");
}

static void
one_lags(struct seen_world *w)
{
	w->s.ns[1].sts = SEEN_WORLD_FOUND(w, "_mta-sts.example.com",
	    DNSTYPE_TXT, "v=STSv1; id=20200101T000000;");
}

static void
one_has_none(struct seen_world *w)
{
	w->s.ns[1].sts = seen_world_dns(
	    w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_NXDOMAIN);
}

static void
one_is_silent(struct seen_world *w)
{
	w->s.ns[1].sts = seen_world_dns(
	    w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_TIMEOUT);
}

static void
silent_and_lags(struct seen_world *w)
{
	one_is_silent(w);
	w->s.ns[0].sts = seen_world_dns(
	    w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_NODATA);
}

static void
leads_elsewhere(struct seen_world *w)
{
	/* Its own servers know where the alias leads to, and no more. */
	w->s.ns[1].sts = seen_world_dns(
	    w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_NODATA);
	w->s.ns[1].sts->cnames = 1;
}

static void
no_servers(struct seen_world *w)
{
	w->s.ns_count = 0;
}

static void
no_lookup(struct seen_world *w)
{
	w->s.sts = seen_world_dns(
	    w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_SERVFAIL);
	w->s.rec_verdict = MTASTS_VERDICT_NONE;
}

static void
another_text(struct seen_world *w)
{
	w->s.own.text = STR("version: STSv1\r\nmode: none\r\nmax_age: 1\r\n");
}

static void
host_silent(struct seen_world *w)
{
	for (size_t i = 0; i < w->s.addr_count; i++) {
		w->s.addr[i].got->tls = NULL;
		w->s.addr[i].got->connected = false;
		w->s.addr[i].got->end = FETCHFACT_TIMEOUT;
		w->s.addr[i].got->why = "no connection";
	}
	no_policy(w);
}

static void
host_untrusted(struct seen_world *w)
{
	for (size_t i = 0; i < w->s.addr_count; i++)
		w->s.addr[i].got->tls->trust = TLSFACT_SELF_SIGNED;
	no_policy(w);
}

static void
host_refuses(struct seen_world *w)
{
	for (size_t i = 0; i < w->s.addr_count; i++) {
		w->s.addr[i].got->end = FETCHFACT_STATUS;
		w->s.addr[i].got->why = "it answers 404";
	}
	no_policy(w);
}

static void
silent_host_and_server_lags(struct seen_world *w)
{
	host_silent(w);
	one_lags(w);
}

static const struct row rows[] = {
	{ "all is out there", NULL, LIVE_WORKS, "" },
	{ "somebody else's domain", not_ours, LIVE_OPEN, "" },
	{ "another id", another_id, LIVE_FAILS,
	    "ns1.example.com does not have" },
	{ "a server lags", one_lags, LIVE_FAILS,
	    "ns2.example.com does not have id=2026" },
	{ "a server has none", one_has_none, LIVE_FAILS, "ns2.example.com" },
	{ "a server is silent", one_is_silent, LIVE_OPEN,
	    "ns2.example.com could not be asked" },
	{ "one is silent, one lags", silent_and_lags, LIVE_FAILS,
	    "ns1.example.com" },
	{ "delegated", leads_elsewhere, LIVE_WORKS, "" },
	{ "no server", no_servers, LIVE_OPEN, "servers of example.com" },
	{ "no lookup", no_lookup, LIVE_OPEN, "could not be looked up" },
	{ "another text", another_text, LIVE_FAILS, "another text" },
	{ "the policy host is silent", host_silent, LIVE_OPEN,
	    "could not be reached" },
	{ "it is not trusted", host_untrusted, LIVE_FAILS, "not trusted" },
	{ "it refuses", host_refuses, LIVE_FAILS, "404" },
	{ "silent, and a server lags", silent_host_and_server_lags, LIVE_FAILS,
	    "ns2.example.com" },
};

/* play - one row; is all as it says? */
static bool
play(const struct row *row)
{
	struct seen_world w;
	struct audit *a;
	bool right;

	seen_world_open(&w);
	own(&w);
	if (row->spoil != NULL)
		row->spoil(&w);
	a = audit_new(w.s.domain, NULL, w.s.at);
	assert_non_null(a);
	judge_live(&w.s, a);
	right = a->live.published == row->published &&
	    strstr(a->live.published_why, row->why) != NULL &&
	    (row->why[0] != '\0' || a->live.published_why[0] == '\0');
	if (!right)
		print_error("%s: %d, \"%s\"\n", row->name, a->live.published,
		    a->live.published_why);
	audit_free(a);
	seen_world_close(&w);
	return right;
}

static void
what_is_published(void **state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		wrong += !play(&rows[i]);
	assert_int_equal(wrong, 0);
}

static void
servers_agree(void **state)
{
	struct seen_world w;
	struct audit *a;

	seen_world_open(&w);
	a = audit_new(w.s.domain, NULL, w.s.at);
	judge_live(&w.s, a);
	assert_false(a->live.mx_same);
	w.s.mx_ns_count = 2;
	w.s.mx_ns[0].mx = w.s.mx_ns[1].mx = w.s.mx;
	judge_live(&w.s, a);
	assert_true(a->live.mx_same);
	assert_non_null(live_find(&a->live, "mx2.example.com"));
	assert_null(live_find(&a->live, "mx3.example.com"));
	w.s.mx_ns[1].mx =
	    seen_world_dns(&w, "example.com", DNSTYPE_MX, DNSFACT_SERVFAIL);
	judge_live(&w.s, a);
	assert_false(a->live.mx_same);
	w.s.mx_ns[1].mx = w.s.mx;
	w.s.mx_ns_more = 1;
	judge_live(&w.s, a);
	assert_false(a->live.mx_same);
	audit_free(a);
	seen_world_close(&w);
}

static void
nothing_was_looked_at(void **state)
{
	struct seen s = { .domain = "example.com",
		.policy_host = "mta-sts.example.com",
		.at = SEEN_WORLD_AT };
	struct audit *a = audit_new(s.domain, NULL, s.at);

	assert_non_null(a);
	judge_live(&s, a);
	assert_false(a->live.known);
	assert_int_equal(a->live.host, LIVE_OPEN);
	assert_int_equal(a->live.published, LIVE_OPEN);
	audit_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_published),
		cmocka_unit_test(servers_agree),
		cmocka_unit_test(nothing_was_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
