/*
 * test_resolve_keep.c - what the resolver does of its own accord or when it is
 * told to: refresh, follow another configuration, forget, explain
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/resolve_world.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DAY	     86400
#define HOUR	     3600

#define ENFORCE                                              \
	"version: STSv1\nmode: enforce\nmx: *.example.com\n" \
	"max_age: 604800\n"
#define TESTING                                              \
	"version: STSv1\nmode: testing\nmx: *.example.com\n" \
	"max_age: 604800\n"

static const struct world_row zone[] = {
	{ "_mta-sts.example.com", DNSTYPE_TXT, "v=STSv1; id=1;", .ttl_s = 300 },
	{ "example.com", DNSTYPE_MX, "mx.example.com", .insecure = true },
};

static const struct world_row zone_2[] = {
	{ "_mta-sts.example.com", DNSTYPE_TXT, "v=STSv1; id=2;", .ttl_s = 300 },
	{ "example.com", DNSTYPE_MX, "mx.example.com", .insecure = true },
};

static int
set_up(void **state)
{
	if (world_open() != MTASTS_OK)
		return -1;
	world.rows = zone;
	world.row_count = COUNT(zone);
	world.policy = ENFORCE;
	return 0;
}

static int
tear_down(void **state)
{
	world_close();
	return 0;
}

/* put_policies - as a file would hold them; due: their refresh is */
static void
put_policies(size_t count, int64_t fetched_at, int64_t next_at)
{
	char domain[32];

	for (size_t i = 0; i < count; i++) {
		struct cached_row row = { .id = STR("1"),
			.text = STR(ENFORCE),
			.mode = MTASTS_MODE_ENFORCE,
			.max_age_s = 604800,
			.first_at = fetched_at,
			.fetched_at = fetched_at,
			.used_at = fetched_at,
			.tried_at = fetched_at,
			.next_at = next_at };
		struct cached *c;

		snprintf(domain, sizeof(domain), "d%zu.example", i);
		row.domain = str_of(domain);
		c = cached_new(&row);
		assert_non_null(c);
		assert_int_equal(policies_put(world.policies, c), MTASTS_OK);
	}
}

/* REQ: FET-12 */
static void
test_refresh(void **state)
{
	put_policies(100, WORLD_AT - DAY, WORLD_AT);
	sweep_tick(world.r);
	/* Few at a time, so that questions never wait for them. */
	assert_int_equal(world.r->sweep.running, RESOLVE_REFRESHES);
	assert_int_equal(world.r->run_count, RESOLVE_REFRESHES);
	for (int i = 0; i < 100; i++) {
		world_settle();
		world_pass(RESOLVE_TICK_MS);
		sweep_tick(world.r);
	}
	world_settle();
	assert_int_equal(world.get_count, 100);
	assert_int_equal(metric_value(world.r->tell.refresh_ok), 100);
	assert_int_equal(policies_count(world.policies), 100);
	/* Whoever is refreshed is not "in use" for that. */
	assert_int_equal(world.r->dests.count, 0);
	/* Not again today. */
	world_pass(17 * HOUR * INT64_C(1000));
	sweep_tick(world.r);
	assert_int_equal(world.open, 0);
	world_pass(8 * HOUR * INT64_C(1000));
	sweep_tick(world.r);
	assert_int_equal(world.r->sweep.running, RESOLVE_REFRESHES);
	world_settle();
	assert_int_equal(metric_value(world.r->tell.mode[2]), 100);
}

static void
test_refresh_fails(void **state)
{
	struct world_asker a;

	put_policies(1, WORLD_AT - DAY, WORLD_AT);
	world.policy = NULL;
	sweep_tick(world.r);
	world_settle();
	assert_int_equal(metric_value(world.r->tell.refresh_failed), 1);
	/* The policy holds on, and it is not tried at once again. */
	for (int i = 0; i < 10; i++) {
		world_pass(RESOLVE_TICK_MS);
		sweep_tick(world.r);
		assert_int_equal(world.open, 0);
	}
	world_ask_for(&a, DIALECT_POSTFIX, "d0.example");
	world_settle();
	assert_int_equal(a.called, 1);
	world_pass(2 * HOUR * INT64_C(1000));
	world.get_count = 0;
	sweep_tick(world.r);
	world_settle();
	assert_int_equal(world.get_count, 1);
}

static void
test_question_joins_refresh(void **state)
{
	struct world_asker a;

	put_policies(1, WORLD_AT - DAY, WORLD_AT);
	sweep_tick(world.r);
	assert_true(world.open > 0);
	world_ask_for(&a, DIALECT_QUERY, "d0.example");
	world_settle();
	assert_int_equal(a.called, 1);
	assert_int_equal(world.get_count, 1);
	assert_int_equal(world.r->sweep.running, 0);
	assert_int_equal(world.r->dests.count, 1);
}

static void
test_unused(void **state)
{
	/* Long unused, but it still holds; then it does not. */
	put_policies(1, WORLD_AT - 181 * DAY, WORLD_AT);
	policies_get(world.policies, STR("d0.example"))->fetched_at =
	    WORLD_AT - 6 * DAY;
	sweep_tick(world.r);
	world_settle();
	assert_int_equal(world.get_count, 0);
	assert_int_equal(policies_count(world.policies), 1);
	for (int day = 0; day < 3; day++) {
		world_pass(DAY * INT64_C(1000));
		sweep_tick(world.r);
		world_settle();
	}
	assert_int_equal(policies_count(world.policies), 0);
	assert_int_equal(metric_value(world.r->tell.dropped), 1);
	assert_int_equal(world.r->dests.count, 0);
}

static void
test_clock_back(void **state)
{
	put_policies(1, WORLD_AT, WORLD_AT + HOUR);
	sweep_tick(world.r);
	assert_int_equal(world.open, 0);
	world.now_at -= 365 * DAY;
	sweep_tick(world.r);
	assert_true(world.open > 0);
	world_settle();
	assert_true(policies_get(world.policies, STR("d0.example"))->next_at <=
	    world.now_at + DAY);
}

static void
test_kin(void **state)
{
	static const char *const keys[] = { "example.com", "[example.com]",
		"example.com:587", "[example.com]:587" };
	struct world_asker a[COUNT(keys)];
	const struct cached *policy;

	for (size_t i = 0; i < COUNT(keys); i++)
		world_ask_for(&a[i], DIALECT_POSTFIX, keys[i]);
	world_settle();
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_int_equal(a[i].called, 1);
		assert_true(a[i].kind == DECISION_STS ||
		    a[i].reason == DECISION_NO_MX_FITS);
	}
	assert_int_equal(policies_count(world.policies), 1);
	/* A new policy of one is the policy of all of them. */
	world.rows = zone_2;
	world.policy = TESTING;
	world_pass(301 * 1000);
	world_ask_for(&a[0], DIALECT_POSTFIX, keys[1]);
	world_settle();
	policy = policies_get(world.policies, STR("example.com"));
	assert_int_equal(policy->mode, MTASTS_MODE_TESTING);
	for (size_t i = 0; i < COUNT(keys); i++) {
		const struct entry *e = entry_find(world.r, str_of(keys[i]));

		assert_non_null(e);
		assert_ptr_equal(e->dest->policy, policy);
		world_ask_for(&a[i], DIALECT_POSTFIX, keys[i]);
		world_settle();
		assert_int_equal(a[i].kind, DECISION_TESTING);
	}
	/* And forgotten together, in any order. */
	assert_true(resolve_purge(world.r, STR("Example.com")));
	assert_int_equal(world.r->dests.count, 0);
	assert_int_equal(world.r->domains.count, 0);
	assert_int_equal(policies_count(world.policies), 0);
}

static void
test_kin_at_once(void **state)
{
	struct world_asker a, b;

	/* Both fetch; what one has brought the other must not lose. */
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	world_ask_for(&b, DIALECT_POSTFIX, "example.com:587");
	while (!TAILQ_EMPTY(&world.asks))
		world_answer();
	assert_int_equal(world.open, 2);
	world_serve();
	world_settle();
	assert_int_equal(a.kind, DECISION_STS);
	assert_int_equal(b.kind, DECISION_STS);
	assert_int_equal(policies_count(world.policies), 1);
}

static void
test_purge(void **state)
{
	struct world_asker a;

	assert_false(resolve_purge(world.r, STR("example.com")));
	assert_false(resolve_purge(world.r, STR(".example.com")));
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	world_settle();
	assert_true(resolve_purge(world.r, STR("example.com")));
	world.get_count = 0;
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	assert_int_equal(a.called, 0);
	/* While somebody waits: it begins anew, and he is answered. */
	assert_true(resolve_purge(world.r, STR("example.com")));
	world_settle();
	assert_int_equal(a.called, 1);
	assert_int_equal(a.kind, DECISION_STS);
	put_policies(10, WORLD_AT, WORLD_AT + DAY);
	assert_int_equal(resolve_purge_all(world.r), 11);
	assert_int_equal(policies_count(world.policies), 0);
	assert_int_equal(world.r->dests.count, 0);
	assert_int_equal(world.r->bytes, 0);
}

static void
test_purge_in_a_run(void **state)
{
	struct world_asker a[2];

	/* A policy that a run has begun with is not what it ends with. */
	put_policies(2, WORLD_AT - HOUR, WORLD_AT + HOUR);
	world.policy = NULL;
	world_ask_for(&a[0], DIALECT_QUERY, "d0.example");
	assert_true(world.open > 0);
	assert_true(resolve_purge(world.r, STR("d0.example")));
	world_settle();
	assert_int_equal(a[0].called, 1);
	assert_int_equal(a[0].kind, DECISION_NONE);
	for (size_t i = 0; i < COUNT(a); i++)
		world_ask_for(&a[i], DIALECT_QUERY,
		    i == 0 ? "d1.example" : "d1.example:25");
	assert_int_equal(resolve_purge_all(world.r), 1);
	world_settle();
	for (size_t i = 0; i < COUNT(a); i++) {
		assert_int_equal(a[i].called, 1);
		assert_int_equal(a[i].kind, DECISION_NONE);
	}
}

static void
test_nobody_called_in_a_question(void **state)
{
	const struct rule rules[] = {
		{ "example.com", RULE_DISABLE, "", "", 0 },
	};
	const uint64_t seed[2] = { 1, 2 };
	struct world_asker a, b;
	struct rule_set *set;

	assert_int_equal(rule_set_new(rules, 1, seed, &set), MTASTS_OK);
	world.conf.rules = set;
	resolve_follow(world.r, &world.conf);
	/* Known at once, but told in the next turn only, whoever asks. */
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	assert_int_equal(a.called, 0);
	world_ask_for(&b, DIALECT_POSTFIX, "example.com");
	assert_int_equal(a.called, 0);
	assert_true(b.cached);
	world_turn();
	assert_int_equal(a.called, 1);
	assert_int_equal(world.r->run_count, 0);
	world.conf.rules = NULL;
	resolve_follow(world.r, &world.conf);
	rule_set_free(set);
}

/* put_in_line - as many runs as there may be; a refresh in the queue */
static void
put_in_line(struct world_asker *a)
{
	char domain[32];

	for (size_t i = 0; i < RESOLVE_RUNS; i++) {
		snprintf(domain, sizeof(domain), "r%zu.example", i);
		world_ask_for(&a[i], DIALECT_QUERY, domain);
	}
	assert_int_equal(world.r->run_count, RESOLVE_RUNS);
	put_policies(1, WORLD_AT - DAY, WORLD_AT);
	sweep_tick(world.r);
	assert_int_equal(world.r->sweep.running, 1);
}

static void
test_refresh_in_line(void **state)
{
	struct world_asker *a = calloc(RESOLVE_RUNS, sizeof(*a)), b;

	put_in_line(a);
	/* Somebody joins it and goes: it is still to be done. */
	world_ask_for(&b, DIALECT_QUERY, "d0.example");
	assert_non_null(b.wait);
	resolve_cancel(b.wait);
	assert_int_equal(world.r->sweep.running, 1);
	world_settle();
	assert_int_equal(world.r->sweep.running, 0);
	assert_int_equal(metric_value(world.r->tell.refresh_ok), 1);
	assert_int_equal(metric_value(world.r->tell.dropped), 0);
	free(a);
}

static void
test_cached_in_line(void **state)
{
	struct world_asker *a = calloc(RESOLVE_RUNS, sizeof(*a)), b;

	world_ask_for(&b, DIALECT_POSTFIX, "example.com");
	world_settle();
	assert_int_equal(b.kind, DECISION_STS);
	put_in_line(a);
	/* Its record is to be asked again, behind all the others. */
	world_pass(301 * 1000);
	for (int i = 0; i < 2; i++) {
		world_ask_for(&b, DIALECT_POSTFIX, "example.com");
		assert_int_equal(b.called, 1);
		assert_int_equal(b.kind, DECISION_STS);
	}
	entry_unready(entry_find(world.r, STR("example.com")));
	assert_true(entry_find(world.r, STR("example.com"))->run->queued);
	/* Its turn comes; the options may be others by then. */
	resolve_follow(world.r, &world.conf);
	world_settle();
	assert_int_equal(world.r->run_count, 0);
	assert_true(TAILQ_EMPTY(&world.r->queue));
	free(a);
}

static void
test_dane_through_reload(void **state)
{
	sweep_tick(world.r);
	assert_true(world.r->dane[DIALECT_QUERY]);
	/* At start it is not known yet: nothing goes out without DANE. */
	resolve_close(world.r);
	world.validation = DNS_VALIDATION_OPEN;
	assert_int_equal(
	    resolve_open_in(&world.conf, &world_face, &world.r), MTASTS_OK);
	assert_true(world.r->dane[DIALECT_QUERY]);
	world.validation = DNS_VALIDATION_WORKS;
	sweep_tick(world.r);
	/* A new resolver that has not found out yet changes nothing... */
	world.validation = DNS_VALIDATION_OPEN;
	resolve_follow(world.r, &world.conf);
	sweep_tick(world.r);
	assert_true(world.r->dane[DIALECT_QUERY]);
	/* ...until it knows that it cannot. */
	world.validation = DNS_VALIDATION_FAILS;
	sweep_tick(world.r);
	assert_false(world.r->dane[DIALECT_QUERY]);
	world.validation = DNS_VALIDATION_OPEN;
	sweep_tick(world.r);
	assert_false(world.r->dane[DIALECT_QUERY]);
}

static void
test_follow(void **state)
{
	const struct rule rules[] = {
		{ "example.com", RULE_DISABLE, "", "", 0 },
	};
	const uint64_t seed[2] = { 1, 2 };
	struct rule_set *set;
	struct world_asker a, b;

	assert_int_equal(rule_set_new(rules, 1, seed, &set), MTASTS_OK);
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	world_settle();
	world_ask_for(&b, DIALECT_POSTFIX, "other.example");
	assert_int_equal(b.called, 0);
	world.cancelled = 0;
	world.conf.rules = set;
	resolve_follow(world.r, &world.conf);
	/* Asked of the old resolver: cancelled, and asked again. */
	assert_int_equal(world.cancelled, 1);
	assert_true(world.open > 0);
	world_settle();
	assert_int_equal(b.called, 1);
	assert_int_equal(b.kind, DECISION_NONE);
	/* What was replied before is not what is replied now. */
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	assert_true(a.cached);
	assert_int_equal(a.reason, DECISION_DISABLED);
	world.conf.rules = NULL;
	resolve_follow(world.r, &world.conf);
	rule_set_free(set);
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	assert_int_equal(a.kind, DECISION_STS);
}

static void
test_follow_dane(void **state)
{
	struct world_asker a, b;

	/* Who waits for DANE does so no longer when it is switched off... */
	world_ask_for(&a, DIALECT_QUERY, "example.com");
	world_ask_for(&b, DIALECT_POSTFIX, "example.com");
	world.conf.dane = REPLY_DANE_OFF;
	resolve_follow(world.r, &world.conf);
	world_settle();
	assert_int_equal(a.kind, DECISION_STS);
	assert_int_equal(b.kind, DECISION_STS);
	/* ...and does when it is switched on. */
	resolve_purge(world.r, STR("example.com"));
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	world.conf.dane = REPLY_DANE_ON;
	resolve_follow(world.r, &world.conf);
	world.dns_count = 0;
	world_settle();
	assert_int_equal(a.called, 1);
	assert_true(world.dns_count > 1);
}

/* What an explanation said. */
static char told[20000];
static unsigned told_count;

static void
on_told(void *ctx, struct str json)
{
	told_count++;
	snprintf(told, sizeof(told), "%" STR_FMT, STR_ARG(json));
}

/* told_json - the explanation is JSON and holds this text */
static void
told_json(const char *text)
{
	struct js *js = NULL;

	assert_int_equal(js_parse(str_of(told), "told", &js, NULL), MTASTS_OK);
	js_free(js);
	if (strstr(told, text) == NULL)
		fail_msg("no %s in %s", text, told);
}

static void
test_explain(void **state)
{
	static const char *const bad[] = { ".example.com", "192.0.2.1",
		"a..b" };
	struct resolve_wait *w;

	told_count = 0;
	w = resolve_explain(world.r, STR("Example.com"), false, on_told, NULL);
	assert_non_null(w);
	assert_int_equal(told_count, 0);
	world_settle();
	assert_int_equal(told_count, 1);
	told_json("\"domain\":\"example.com\"");
	told_json("\"QUERYwithTLSRPT\":\"OK secure match=mx.example.com:");
	told_json("\"sts\":\"OK secure match=");
	told_json("\"line\":\"enforce\"");
	told_json("\"observe\":false");
	/* All is known now: nothing is asked. */
	world.dns_count = 0;
	resolve_explain(world.r, STR("example.com"), false, on_told, NULL);
	world_settle();
	assert_int_equal(told_count, 2);
	assert_int_equal(world.dns_count, 0);
	for (size_t i = 0; i < COUNT(bad); i++) {
		resolve_explain(world.r, str_of(bad[i]), true, on_told, NULL);
		world_settle();
		assert_int_equal(told_count, 3 + i);
		told_json("\"error\":\"");
		told_json(bad[i]);
	}
}

static void
test_renew(void **state)
{
	struct world_asker a;

	told_count = 0;
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	/* While somebody else's question is out: after it. */
	resolve_explain(world.r, STR("example.com"), true, on_told, NULL);
	world_settle();
	assert_int_equal(a.called, 1);
	assert_int_equal(told_count, 1);
	assert_int_equal(world.get_count, 2);
	/* And at once, although everything is known. */
	world.policy = TESTING;
	resolve_explain(world.r, STR("example.com"), true, on_told, NULL);
	world_settle();
	assert_int_equal(told_count, 2);
	assert_int_equal(world.get_count, 3);
	told_json("\"mode\":\"testing\"");
	/* Nobody answers: what is known is told at the deadline. */
	resolve_explain(world.r, STR("new.example"), false, on_told, NULL);
	world_pass(RESOLVE_EXPLAIN_MS - 1);
	assert_int_equal(told_count, 2);
	world_pass(1);
	assert_int_equal(told_count, 3);
	told_json("\"domain\":\"new.example\"");
	world_settle();
	/* The client has gone. */
	resolve_cancel(resolve_explain(
	    world.r, STR("gone.example"), false, on_told, NULL));
	world_settle();
	assert_int_equal(told_count, 3);
}

static void
test_explain_at_the_end(void **state)
{
	told_count = 0;
	resolve_explain(world.r, STR("example.com"), false, on_told, NULL);
	world_turn();
	resolve_close(world.r);
	world.r = NULL;
	assert_int_equal(told_count, 1);
	told_json("\"error\":\"");
}

static void
test_status(void **state)
{
	struct world_asker a;
	struct js_writer w;
	struct buf b;

	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	world_settle();
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	buf_init(&b, 10000);
	js_begin(&w, &b, false);
	js_object(&w);
	resolve_status(world.r, &w);
	js_end_object(&w);
	assert_string_equal(b.p,
	    "{\"policies\":1,\"loaded\":true,\"destinations\":1,"
	    "\"waiting\":0,\"running\":0,\"dns_validation\":\"works\","
	    "\"store\":null,\"observe\":false,\"questions\":2,\"hits\":1}");
	buf_free(&b);
}

#define WITH_WORLD(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_refresh),
		WITH_WORLD(test_refresh_fails),
		WITH_WORLD(test_question_joins_refresh),
		WITH_WORLD(test_unused),
		WITH_WORLD(test_clock_back),
		WITH_WORLD(test_kin),
		WITH_WORLD(test_kin_at_once),
		WITH_WORLD(test_purge),
		WITH_WORLD(test_purge_in_a_run),
		WITH_WORLD(test_nobody_called_in_a_question),
		WITH_WORLD(test_refresh_in_line),
		WITH_WORLD(test_cached_in_line),
		WITH_WORLD(test_dane_through_reload),
		WITH_WORLD(test_follow),
		WITH_WORLD(test_follow_dane),
		WITH_WORLD(test_explain),
		WITH_WORLD(test_renew),
		WITH_WORLD(test_explain_at_the_end),
		WITH_WORLD(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
