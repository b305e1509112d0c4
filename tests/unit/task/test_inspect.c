/*
 * test_inspect - what is asked, how often, and what is left when it ends early
 *
 * The rooms below are the real ones; all that they ask is on loopback.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/inspect_world.h"

#define RECORD "v=STSv1; id=1;"
#define TLSRPT "v=TLSRPTv1; rua=https://reports.test/tls;"

/* Each domain has an MX host of its own; all are in one house. */
static const struct world_row one_house[] = {
	{ "_mta-sts.d*", DNSTYPE_TXT, RECORD },
	{ "mta-sts.d*", DNSTYPE_A, "127.0.0.20" },
	{ "d*", DNSTYPE_MX, "10 mx.%s" },
	{ "mx.d*", DNSTYPE_A, "127.0.0.20" },
	{ "d*", DNSTYPE_NS, "ns.test" },
	{ "ns.test", DNSTYPE_A, "127.0.0.1" },
	{ "_smtp._tls.d*", DNSTYPE_TXT, TLSRPT },
	{ "reports.test", DNSTYPE_A, "127.0.0.20" },
	{ NULL, 0, NULL },
};

/* The same, but all have the same MX host. */
static const struct world_row one_mx[] = {
	{ "d*", DNSTYPE_MX, "10 mx.test" },
	{ "mx.test", DNSTYPE_A, "127.0.0.20" },
	{ NULL, 0, NULL },
};

/* test_seen - one domain: all was asked for, and is there */
static void
test_seen(void **state)
{
	struct inspect_world w;
	const struct seen *s;

	world_init(&w, one_house);
	house_build(&w, "127.0.0.20");
	world_open(&w);
	world_look(&w, 1, 2);
	s = w.seen;
	assert_non_null(s);
	assert_string_equal(s->domain, "d1.test");
	assert_int_equal(s->rec_verdict, MTASTS_VERDICT_VALID);
	assert_string_equal(s->ns_zone, "d1.test");
	assert_int_equal(s->ns_count, 1);
	assert_int_equal(s->ns[0].sts->end, DNSFACT_FOUND);
	assert_int_equal(s->addr_count, 1);
	assert_int_equal(s->addr[0].got->end, FETCHFACT_TLS);
	assert_int_equal(s->mx_count, 1);
	assert_string_equal(s->mxs[0].name, "mx.d1.test");
	assert_int_equal(s->mxs[0].addr[0].probe->end, PROBEFACT_NO_STARTTLS);
	assert_int_equal(s->rua_count, 1);
	assert_string_equal(s->rua[0].text, "127.0.0.20");
	assert_int_equal(s->rua[0].tls->end, PROBEFACT_TLS);
	assert_int_equal(s->sub_count, 3);
	assert_int_equal(s->caa_count, 2);
	world_end(&w);
}

/* test_zone - a provider has just the record's name delegated to him */
static void
test_zone(void **state)
{
	static const struct world_row rows[] = {
		{ "_mta-sts.d*", DNSTYPE_TXT, RECORD },
		{ "_mta-sts.d*", DNSTYPE_NS, "ns.test" },
		{ "d*", DNSTYPE_NS, "ns.elsewhere.test" },
		{ "ns.test", DNSTYPE_A, "127.0.0.1" },
		{ NULL, 0, NULL },
	};
	struct inspect_world w;

	world_init(&w, rows);
	world_open(&w);
	world_look(&w, 1, 2);
	assert_string_equal(w.seen->ns_zone, "_mta-sts.d1.test");
	assert_int_equal(w.seen->ns_count, 1);
	assert_string_equal(w.seen->ns[0].name, "ns.test");
	assert_int_equal(w.seen->ns[0].sts->end, DNSFACT_FOUND);
	world_end(&w);
}

/* test_servers - the MX records at each server, when that is wanted */
static void
test_servers(void **state)
{
	static const struct world_row rows[] = {
		{ "d*", DNSTYPE_MX, "10 mx.test" },
		{ "d*", DNSTYPE_NS, "ns.test" },
		{ "ns.test", DNSTYPE_A, "127.0.0.1" },
		{ NULL, 0, NULL },
	};
	struct inspect_world w;

	world_init(&w, rows);
	world_open(&w);
	world_look(&w, 1, 2);
	assert_null(w.seen->mx_ns_set);
	assert_int_equal(w.seen->mx_ns_count, 0);
	world_end(&w);
	world_init(&w, rows);
	w.conf.mx_servers = true;
	world_open(&w);
	world_look(&w, 1, 2);
	assert_int_equal(w.seen->mx_ns_count, 1);
	assert_int_equal(w.seen->mx_ns_more, 0);
	assert_string_equal(w.seen->mx_ns[0].name, "ns.test");
	assert_string_equal(w.seen->mx_ns[0].text, "127.0.0.1");
	assert_int_equal(w.seen->mx_ns[0].mx->end, DNSFACT_FOUND);
	assert_string_equal(w.seen->mx_ns[0].mx->records[0].mx.name, "mx.test");
	world_end(&w);
}

/* test_limit - two at once in the house, mail servers, policies and all */
static void
test_limit(void **state)
{
	struct inspect_world w;
	struct house *h;

	for (unsigned limit = 1; limit <= 3; limit++) {
		world_init(&w, one_house);
		h = house_build(&w, "127.0.0.20");
		house_slow(h);
		w.conf.per_address = limit % 3;
		world_open(&w);
		world_look(&w, 0, 30);
		assert_int_equal(h->total_smtp, 30);
		assert_in_range(h->total_https, 31, 60);
		assert_int_equal(h->most, limit % 3 == 0 ? 2 : limit);
		world_end(&w);
	}
}

/* test_shared - one connection for all who want to know the same */
static void
test_shared(void **state)
{
	struct inspect_world w;
	struct house *h;

	world_init(&w, one_mx);
	h = house_build(&w, "127.0.0.20");
	world_open(&w);
	world_look(&w, 0, 20);
	assert_int_equal(h->total_smtp, 1);
	/* Who comes later is told, too. */
	world_look(&w, 20, 21);
	assert_int_equal(h->total_smtp, 1);
	assert_int_equal(
	    w.seen->mxs[0].addr[0].probe->end, PROBEFACT_NO_STARTTLS);
	world_end(&w);
}

/* test_forgetful - without memory only those at the same time share */
static void
test_forgetful(void **state)
{
	struct inspect_world w;
	struct house *h;

	world_init(&w, one_mx);
	h = house_build(&w, "127.0.0.20");
	w.conf.remember_ms = 0;
	world_open(&w);
	for (unsigned i = 0; i < 3; i++)
		world_look(&w, i, i + 1);
	assert_int_equal(h->total_smtp, 3);
	world_end(&w);
}

/*
 * test_dead - an address that failed thrice is not tried again
 *
 * Nobody lives at 127.0.0.20 at first; then somebody moves in.
 */
static void
test_dead(void **state)
{
	struct inspect_world w;
	struct inspector *fresh;
	struct house *h;

	world_init(&w, one_house);
	house_build(&w, "127.0.0.21");
	world_open(&w);
	/* A failure or two say little. */
	world_look(&w, 0, 1);
	assert_int_equal(w.seen->mxs[0].addr[0].probe->end, PROBEFACT_REFUSED);
	h = house_build(&w, "127.0.0.20");
	world_look(&w, 1, 2);
	assert_int_equal(h->total_smtp, 1);
	house_tear_down(h);
	w.houses--;
	/* It answered in between: the count begins anew. */
	for (unsigned i = 2; i < 5; i++)
		world_look(&w, i, i + 1);
	h = house_build(&w, "127.0.0.20");
	world_look(&w, 5, 25);
	assert_int_equal(h->total_smtp, 0);
	assert_int_equal(w.seen->mxs[0].addr[0].probe->end, PROBEFACT_REFUSED);
	assert_int_equal(w.seen->addr[0].got->end, FETCHFACT_CONNECT);
	assert_false(w.seen->addr[0].got->connected);
	/* Whoever has not failed there finds it alive. */
	assert_int_equal(inspector_open(&w.conf, &fresh), MTASTS_OK);
	inspector_close(w.ins);
	w.ins = fresh;
	world_look(&w, 25, 26);
	assert_int_equal(h->total_smtp, 1);
	assert_int_equal(
	    w.seen->mxs[0].addr[0].probe->end, PROBEFACT_NO_STARTTLS);
	world_end(&w);
}

/* test_rua - senders try all addresses of a host for reports */
static void
test_rua(void **state)
{
	static const struct world_row rows[] = {
		{ "_smtp._tls.d*", DNSTYPE_TXT, TLSRPT },
		/* The first cannot be connected to from anywhere. */
		{ "reports.test", DNSTYPE_A, "255.255.255.255" },
		{ "reports.test", DNSTYPE_AAAA, "::ffff:127.0.0.20" },
		{ NULL, 0, NULL },
	};
	static const struct world_row port[] = {
		{ "_smtp._tls.d*", DNSTYPE_TXT,
		    "v=TLSRPTv1; rua=https://reports.test:8443/tls" },
		{ "reports.test", DNSTYPE_A, "127.0.0.20" },
		{ NULL, 0, NULL },
	};
	struct inspect_world w;
	struct house *h;

	world_init(&w, rows);
	h = house_build(&w, "127.0.0.20");
	world_open(&w);
	world_look(&w, 0, 1);
	assert_int_equal(h->total_https, 1);
	assert_string_equal(w.seen->rua[0].text, "127.0.0.20");
	assert_int_equal(w.seen->rua[0].tls->end, PROBEFACT_TLS);
	/* A door of its own is not for us to knock at. */
	world_rows = port;
	world_look(&w, 1, 2);
	assert_int_equal(h->total_https, 1);
	assert_int_equal(w.seen->rua[0].a->end, DNSFACT_FOUND);
	assert_null(w.seen->rua[0].tls);
	world_end(&w);
}

/* test_strangers - addresses that strangers must not send us to */
static void
test_strangers(void **state)
{
	struct inspect_world w;
	struct house *h;

	world_init(&w, one_house);
	h = house_build(&w, "127.0.0.20");
	w.conf.allowed.all = false;
	world_open(&w);
	world_look(&w, 0, 1);
	assert_int_equal(h->total_smtp + h->total_https, 0);
	assert_non_null(w.seen->addr[0].refused);
	assert_null(w.seen->addr[0].got);
	assert_non_null(w.seen->mxs[0].addr[0].refused);
	assert_null(w.seen->mxs[0].addr[0].probe);
	assert_null(w.seen->ns[0].sts);
	assert_null(w.seen->rua[0].tls);
	world_end(&w);
}

/* ---- ends that come early ---- */

#define MANY 50

/* Inspections, each with the turn of the loop at which it is given up. */
struct early {
	struct inspect_world *w;
	struct loop_watch *tick;
	struct inspect *inspect[MANY];
	unsigned due[MANY];
	unsigned turn, end_at, came;
};

struct slot {
	struct early *e;
	size_t i;
};

/* on_early - this one was done before it was given up */
static void
on_early(void *ctx, struct seen *seen)
{
	struct slot *slot = ctx;

	assert_non_null(slot->e->inspect[slot->i]);
	slot->e->inspect[slot->i] = NULL;
	slot->e->came++;
	seen_free(seen);
}

/* on_tick - once in each turn of the loop */
static void
on_tick(void *ctx)
{
	struct early *e = ctx;

	for (size_t i = 0; i < MANY; i++) {
		if (e->inspect[i] == NULL || e->due[i] != e->turn)
			continue;
		inspect_cancel(e->inspect[i]);
		e->inspect[i] = NULL;
	}
	if (e->turn++ == e->end_at)
		loop_stop(e->w->loop);
	else
		loop_timer_start(e->tick, 0);
}

/* next - numbers that are the same each time */
static unsigned
next(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 16 & 0x7fff;
}

/* give_up - a round: many begin, some are given up, then all the rest */
static void
give_up(struct inspect_world *w, unsigned *random)
{
	struct slot slots[MANY];
	struct early e = { .w = w };
	unsigned last = 1 + next(random) % 120;
	char name[40];

	e.end_at = 1 + next(random) % 120;
	e.tick = loop_timer(w->loop, on_tick, &e);
	loop_timer_start(w->patience, WORLD_PATIENCE_MS);
	for (size_t i = 0; i < MANY; i++) {
		slots[i] = (struct slot){ &e, i };
		snprintf(name, sizeof(name), "d%zu.test", i % 30);
		e.due[i] = next(random) % last;
		e.inspect[i] = inspect_start(w->ins, name, on_early, &slots[i]);
		assert_non_null(e.inspect[i]);
	}
	loop_timer_start(e.tick, 0);
	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	inspector_close(w->ins);
	loop_watch_close(e.tick);
	assert_int_equal(inspector_open(&w->conf, &w->ins), MTASTS_OK);
}

/* test_given_up - at any turn, one by one and all at once */
static void
test_given_up(void **state)
{
	static const struct world_row *const rows[] = { one_house, one_mx };
	struct inspect_world w;
	unsigned random = 1;

	for (unsigned k = 0; k < 4; k++) {
		world_init(&w, rows[k % 2]);
		/* Nobody is there, or somebody is. */
		if (k >= 2)
			house_build(&w, "127.0.0.20")->mute = k == 3;
		world_open(&w);
		for (unsigned round = 0; round < 12; round++)
			give_up(&w, &random);
		world_end(&w);
	}
}

/* close_it - what a callback may do, too */
static void
close_it(void *ctx, struct seen *seen)
{
	struct inspect_world *w = ctx;

	seen_free(seen);
	inspector_close(w->ins);
	w->ins = NULL;
	loop_stop(w->loop);
}

/* test_closed_by_callback - while others are under way */
static void
test_closed_by_callback(void **state)
{
	struct inspect_world w;

	world_init(&w, one_house);
	house_build(&w, "127.0.0.20");
	world_open(&w);
	loop_timer_start(w.patience, WORLD_PATIENCE_MS);
	for (unsigned i = 0; i < 10; i++)
		assert_non_null(inspect_start(w.ins, "d1.test", close_it, &w));
	assert_int_equal(loop_run(w.loop), MTASTS_OK);
	assert_null(w.ins);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_forgetful),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_rua),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_closed_by_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
