/*
 * test_resolve.c - questions to the resolver: known or not, in time or not,
 * many at once; DNS, policy hosts and clocks are played
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/resolve_world.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MANY	     10000

#define ENFORCE                                              \
	"version: STSv1\nmode: enforce\nmx: *.example.com\n" \
	"max_age: 604800\n"
#define STS "secure match=mx.example.com:.example.com servername=hostname"

/* An enforce policy, no DANE. */
static const struct world_row sts_zone[] = {
	{ "_mta-sts.example.com", DNSTYPE_TXT, "v=STSv1; id=1;", .ttl_s = 300 },
	{ "example.com", DNSTYPE_MX, "mx.example.com", .insecure = true },
};

/* The same with DANE for all hosts. */
static const struct world_row dane_zone[] = {
	{ "_mta-sts.example.com", DNSTYPE_TXT, "v=STSv1; id=1;", .ttl_s = 300 },
	{ "example.com", DNSTYPE_MX, "mx.example.com", .ttl_s = 300 },
	{ "mx.example.com", DNSTYPE_A, "", .ttl_s = 300 },
	{ "_25._tcp.mx.example.com", DNSTYPE_TLSA, "", .ttl_s = 300 },
};

/* use_zone - play these records */
static void
use_zone(const struct world_row *rows, size_t count)
{
	world.rows = rows;
	world.row_count = count;
	world.policy = ENFORCE;
}

static int
set_up(void **state)
{
	if (world_open() != MTASTS_OK)
		return -1;
	use_zone(sts_zone, COUNT(sts_zone));
	return 0;
}

static int
tear_down(void **state)
{
	world_close();
	return 0;
}

/* counted - the value of a series, by its line's beginning */
static int64_t
counted(const char *series)
{
	struct buf b;
	uint64_t value = 0;
	struct str rest, line;

	buf_init(&b, 1 << 20);
	metrics_format(world.metrics, &b);
	for (rest = buf_str(&b); str_line(&rest, &line, NULL);)
		if (str_starts(line, str_of(series)))
			str_u64(str_sub(line, strlen(series) + 1, line.len),
			    INT64_MAX, &value);
	buf_free(&b);
	return (int64_t)value;
}

/* REQ: FET-16 */
static void
test_miss_then_hit(void **state)
{
	struct world_asker a;

	assert_true(world_ask_for(&a, DIALECT_QUERY, "example.com"));
	assert_int_equal(a.called, 0);
	world_settle();
	assert_int_equal(a.called, 1);
	assert_int_equal(a.status, REPLY_OK);
	assert_int_equal(a.kind, DECISION_STS);
	assert_string_equal(a.data, STS);
	assert_false(a.cached);
	assert_int_equal(policies_count(world.policies), 1);

	/* However it is written, nothing is asked any more. */
	static const char *const keys[] = { "example.com", "EXAMPLE.com",
		"example.com.", "Example.COM." };

	world.dns_count = world.get_count = 0;
	for (size_t i = 0; i < COUNT(keys); i++) {
		world_ask_for(&a, DIALECT_QUERY, keys[i]);
		assert_int_equal(a.called, 1);
		assert_true(a.cached);
		assert_string_equal(a.data, STS);
	}
	/* Another dialect is answered by the same facts. */
	world_ask_for(&a, DIALECT_STS, "example.com");
	assert_int_equal(a.called, 1);
	assert_true(a.cached);
	assert_int_equal(world.dns_count + world.get_count, 0);
	assert_int_equal(counted("mtasts_resolver_questions_total{"
				 "map=\"QUERY\",verdict=\"sts\"}"),
	    5);
	assert_int_equal(
	    counted("mtasts_resolver_answers_total{known=\"yes\"}"), 5);
	assert_int_equal(
	    counted("mtasts_resolver_answers_total{known=\"no\"}"), 1);
}

static void
test_no_domain(void **state)
{
	static const char *const keys[] = { ".example.com", ".com", ".",
		"192.0.2.1", "[192.0.2.1]", "[IPv6:2001:db8::1]",
		"[2001:db8::1]:25", "a..b", "", "exa mple.com", "a_\x01.b",
		"unix:/var/spool/x" };
	struct world_asker a;
	char longest[2000];

	for (size_t i = 0; i < COUNT(keys); i++) {
		for (int d = 0; d < DIALECT_LINE; d++) {
			world_ask_for(&a, (enum dialect)d, keys[i]);
			assert_int_equal(a.called, 1);
			assert_int_equal(a.status, REPLY_NOTFOUND);
			assert_int_equal(a.reason, DECISION_NO_DOMAIN);
			assert_string_equal(a.data, "");
		}
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	world_ask_for(&a, DIALECT_QUERY, longest);
	assert_int_equal(a.status, REPLY_NOTFOUND);
	/* No DNS, no memory. */
	assert_int_equal(world.dns_count, 0);
	assert_int_equal(world.r->dests.count, 0);
}

static void
test_one_lookup_for_many(void **state)
{
	struct world_asker *a = calloc(MANY, sizeof(*a));
	size_t i;

	use_zone(dane_zone, COUNT(dane_zone));
	for (i = 0; i < MANY; i++)
		assert_true(world_ask_for(&a[i],
		    i % 2 == 0 ? DIALECT_QUERY : DIALECT_POSTFIX,
		    i % 3 == 0 ? "Example.Com" : "example.com"));
	/* TXT and MX, once each, for all of them. */
	assert_int_equal(world.dns_count, 2);
	world_settle();
	assert_int_equal(world.get_count, 1);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(a[i].called, 1);
		assert_int_equal(
		    a[i].kind, i % 2 == 0 ? DECISION_DANE_ONLY : DECISION_STS);
	}
	assert_int_equal(world.r->wait_count, 0);
	free(a);
}

static void
test_many_domains(void **state)
{
	struct world_asker *a = calloc(MANY, sizeof(*a));
	char key[32];
	size_t i;

	/* DNS never answers. */
	for (i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "d%zu.example", i);
		assert_true(world_ask_for(&a[i], DIALECT_QUERY, key));
	}
	assert_in_range(world.r->run_count, 1, RESOLVE_RUNS);
	assert_true(world.open <= 2 * RESOLVE_RUNS);
	world_pass(7999);
	for (i = 0; i < MANY; i++)
		assert_int_equal(a[i].called, 0);
	world_pass(1);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(a[i].called, 1);
		assert_int_equal(a[i].status, REPLY_TEMP);
		assert_int_equal(a[i].reason, DECISION_DEADLINE);
	}
	/* Those that never had their turn are not looked up for nobody. */
	assert_true(TAILQ_EMPTY(&world.r->queue));
	world_settle();
	assert_int_equal(world.r->run_count, 0);
	assert_int_equal(world.r->wait_count, 0);
	free(a);
}

static void
test_bounded_memory(void **state)
{
	struct world_asker a;
	char key[32];

	resolve_close(world.r);
	world.conf.max_dests = 100;
	assert_int_equal(
	    resolve_open_in(&world.conf, &world_face, &world.r), MTASTS_OK);
	for (int i = 0; i < 1000; i++) {
		/* One that is used again and again is not forgotten. */
		world_ask_for(&a, DIALECT_QUERY, "example.com");
		assert_int_equal(a.called, i > 0);
		world_settle();
		snprintf(key, sizeof(key), "d%d.example", i);
		world_ask_for(&a, DIALECT_QUERY, key);
		world_settle();
		assert_int_equal(a.called, 1);
	}
	assert_in_range(world.r->dests.count, 50, 101);
	assert_int_equal(world.r->dests.count, world.r->domains.count);
	assert_in_range(world.r->bytes, 1000, 100 * 10000);
}

static void
test_too_many_wait(void **state)
{
	struct world_asker a[3];

	resolve_close(world.r);
	world.conf.max_waits = 2;
	assert_int_equal(
	    resolve_open_in(&world.conf, &world_face, &world.r), MTASTS_OK);
	assert_true(world_ask_for(&a[0], DIALECT_QUERY, "example.com"));
	assert_true(world_ask_for(&a[1], DIALECT_QUERY, "example.com"));
	assert_false(world_ask_for(&a[2], DIALECT_QUERY, "example.com"));
	assert_int_equal(counted("mtasts_resolver_turned_away_total"), 1);
	world_settle();
	assert_int_equal(a[0].called, 1);
	assert_int_equal(a[1].called, 1);
	assert_int_equal(a[2].called, 0);
}

/* The deadline of each dialect, and what is said then. */
static const struct {
	const char *what;
	enum dialect dialect;
	int64_t own_ms; /* the asker's own deadline; 0: the dialect's */
	int64_t ms;
	enum reply_status status;
} deadlines[] = {
	{ "DANE is open", DIALECT_QUERY, 0, 8000, REPLY_TEMP },
	{ "DANE is open", DIALECT_TLSRPT, 0, 8000, REPLY_TEMP },
	{ "only MTA-STS is open", DIALECT_POSTFIX, 0, 8000, REPLY_NOTFOUND },
	{ "sendmail gives up at 5 s", DIALECT_STS, 0, 4000, REPLY_NOTFOUND },
	{ "its own", DIALECT_POSTFIX, 1500, 1500, REPLY_NOTFOUND },
	{ "its own", DIALECT_QUERY, 20000, 20000, REPLY_TEMP },
};

/* REQ: APP-7 */
static void
test_deadlines(void **state)
{
	struct world_asker a[COUNT(deadlines)];
	int64_t passed = 0;

	for (size_t i = 0; i < COUNT(a); i++) {
		const struct resolve_ask ask = { .dialect =
						     deadlines[i].dialect,
			.deadline_ms = deadlines[i].own_ms,
			.key = STR("example.com") };

		assert_true(world_put(&a[i], &ask));
	}
	while (passed < 20000) {
		passed += 500;
		world_pass(500);
		for (size_t i = 0; i < COUNT(a); i++)
			assert_int_equal(
			    a[i].called, passed >= deadlines[i].ms);
	}
	for (size_t i = 0; i < COUNT(a); i++) {
		assert_int_equal(a[i].status, deadlines[i].status);
		assert_int_equal(a[i].reason, DECISION_DEADLINE);
		if (deadlines[i].status == REPLY_TEMP)
			assert_true(a[i].data[0] != '\0');
	}
	/* What comes late is still learned from. */
	assert_true(world.open > 0);
	world_settle();
	world_ask_for(&a[0], DIALECT_QUERY, "example.com");
	assert_true(a[0].cached);
	assert_string_equal(a[0].data, STS);
}

/* REQ: FET-11 */
static void
test_answer_first(void **state)
{
	static const struct world_row broken[] = {
		{ "_mta-sts.example.com", DNSTYPE_TXT, "",
		    .end = DNSFACT_SERVFAIL },
		{ "example.com", DNSTYPE_MX, "", .end = DNSFACT_TIMEOUT },
	};
	struct world_asker a;

	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	world_settle();
	world_pass(301 * 1000);
	world.dns_count = 0;
	/* The TXT record is to be asked again: behind the answer's back. */
	for (int i = 0; i < 3; i++) {
		world_ask_for(&a, DIALECT_POSTFIX, "example.com");
		assert_int_equal(a.called, 1);
		assert_true(a.cached);
		assert_string_equal(a.data, STS);
	}
	assert_in_range(world.dns_count, 1, 2);
	use_zone(broken, COUNT(broken));
	world_settle();
	for (int i = 0; i < 5; i++) {
		world_ask_for(&a, DIALECT_POSTFIX, "example.com");
		world_settle();
		assert_int_equal(a.called, 1);
		assert_int_equal(a.kind, DECISION_STS);
		assert_int_equal(a.reason, DECISION_CACHED);
		world_pass(40 * 1000);
	}
}

static void
test_cancel(void **state)
{
	struct world_asker a, b;

	world_ask_for(&a, DIALECT_QUERY, "example.com");
	world_ask_for(&b, DIALECT_QUERY, "example.com");
	resolve_cancel(a.wait);
	resolve_cancel(NULL);
	world_settle();
	assert_int_equal(a.called, 0);
	assert_int_equal(b.called, 1);
	/* What was begun goes on without anybody. */
	world_ask_for(&a, DIALECT_QUERY, "other.example");
	resolve_cancel(a.wait);
	world_settle();
	assert_int_equal(a.called, 0);
	world_ask_for(&a, DIALECT_QUERY, "other.example");
	assert_int_equal(a.called, 1);
	assert_true(a.cached);
	world_pass(100000);
	assert_int_equal(world.r->wait_count, 0);
}

static void
test_close(void **state)
{
	struct world_asker a, b, c;

	world_ask_for(&a, DIALECT_QUERY, "example.com");
	world_ask_for(&b, DIALECT_LINE, "other.example");
	resolve_close(world.r);
	world.r = NULL;
	assert_int_equal(a.called, 1);
	assert_int_equal(a.status, REPLY_TEMP);
	assert_int_equal(a.reason, DECISION_OURS);
	assert_true(a.data[0] != '\0');
	assert_int_equal(b.called, 1);
	assert_memory_equal(b.data, "temp ", 5);
	(void)c;
}

static void
test_validation_not_known(void **state)
{
	struct world_asker a;

	/* Just started: who asks first must not be told that there is none. */
	resolve_close(world.r);
	world.r = NULL;
	world.validation = DNS_VALIDATION_OPEN;
	assert_int_equal(
	    resolve_open_in(&world.conf, &world_face, &world.r), MTASTS_OK);
	use_zone(dane_zone, COUNT(dane_zone));
	world_ask_for(&a, DIALECT_QUERY, "example.com");
	world_settle();
	assert_int_equal(a.kind, DECISION_DANE_ONLY);
}

static void
test_validation(void **state)
{
	struct world_asker a;

	use_zone(dane_zone, COUNT(dane_zone));
	world.validation = DNS_VALIDATION_FAILS;
	resolve_look(world.r);
	world_ask_for(&a, DIALECT_QUERY, "example.com");
	world_settle();
	assert_int_equal(a.kind, DECISION_STS);
	/* Now it has been seen to work: what was said before counts no more. */
	world.validation = DNS_VALIDATION_WORKS;
	sweep_tick(world.r);
	world_ask_for(&a, DIALECT_QUERY, "example.com");
	assert_int_equal(a.called, 0);
	world_settle();
	assert_int_equal(a.kind, DECISION_DANE_ONLY);
	assert_string_equal(a.data, "dane-only");
	assert_int_equal(
	    counted("mtasts_resolver_dane_hosts_total{dane=\"usable\"}"), 1);
	/* The option "dane" and the map name decide, too. */
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	assert_int_equal(a.kind, DECISION_STS);
}

static void
test_observe(void **state)
{
	struct world_asker a;

	world.conf.observe = true;
	resolve_follow(world.r, &world.conf);
	world_ask_for(&a, DIALECT_QUERY, "example.com");
	world_settle();
	assert_int_equal(a.kind, DECISION_STS);
	assert_int_equal(a.status, REPLY_NOTFOUND);
	assert_string_equal(a.data, "");
	world_ask_for(&a, DIALECT_QUERY, "example.com");
	assert_true(a.cached);
	assert_int_equal(a.status, REPLY_NOTFOUND);
	assert_int_equal(a.kind, DECISION_STS);
}

/* line_of - ask in the line protocol: "mode", or "mx" with a host */
static const char *
line_of(struct world_asker *a, const char *key, const char *host)
{
	const struct resolve_ask ask = { .dialect = DIALECT_LINE,
		.verb = host != NULL ? SOCKETMAP_MX : SOCKETMAP_MODE,
		.key = str_of(key),
		.host = str_of(host) };

	world_put(a, &ask);
	world_settle();
	assert_int_equal(a->called, 1);
	return a->data;
}

static void
test_line(void **state)
{
	struct world_asker a;

	assert_string_equal(line_of(&a, "example.com", NULL), "enforce");
	assert_false(a.cached);
	assert_string_equal(line_of(&a, "example.com", NULL), "enforce");
	assert_true(a.cached);
	assert_string_equal(line_of(&a, "example.com", "mx.example.com"), "");
	assert_true(a.cached);
	assert_true(line_of(&a, "example.com", "mx.evil.example")[0] != '\0');
	assert_string_equal(line_of(&a, "none.example", NULL), "absent");
	assert_string_equal(line_of(&a, "none.example", "mx.example.com"), "");
	assert_string_equal(line_of(&a, ".example.com", NULL), "absent");
	assert_string_equal(line_of(&a, "192.0.2.1", "mx.example.com"), "");
}

static void
test_small_replies(void **state)
{
	struct resolve_ask ask = { .dialect = DIALECT_POSTFIX,
		.key = STR("example.com"),
		.max = 1000 };
	struct world_asker a;

	world_put(&a, &ask);
	world_settle();
	assert_string_equal(a.data, STS);
	/* What was made for others is not too long for this one... */
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	world_put(&a, &ask);
	assert_true(a.cached);
	assert_string_equal(a.data, STS);
	/* ...or it is. */
	ask.max = 20;
	world_put(&a, &ask);
	assert_int_equal(a.status, REPLY_TEMP);
}

static void
test_clock_back(void **state)
{
	struct world_asker a;

	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	world_settle();
	world.now_at -= 365 * 86400;
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	world_settle();
	assert_int_equal(a.called, 1);
	assert_int_equal(a.kind, DECISION_STS);
	/* And forward again: the policy has run out and is fetched anew. */
	world.now_at += 2 * 365 * 86400;
	world.get_count = 0;
	world_ask_for(&a, DIALECT_POSTFIX, "example.com");
	world_settle();
	assert_int_equal(a.kind, DECISION_STS);
	assert_int_equal(world.get_count, 1);
}

static void
test_no_memory_to_ask(void **state)
{
	struct world_asker a;

	world.refuse = true;
	assert_true(world_ask_for(&a, DIALECT_QUERY, "example.com"));
	world_settle();
	assert_int_equal(a.called, 1);
	assert_int_equal(a.status, REPLY_TEMP);
	world.refuse = false;
	world_pass(31000);
	world_ask_for(&a, DIALECT_QUERY, "example.com");
	world_settle();
	assert_int_equal(a.kind, DECISION_STS);
}

#define WITH_WORLD(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_miss_then_hit),
		WITH_WORLD(test_no_domain),
		WITH_WORLD(test_one_lookup_for_many),
		WITH_WORLD(test_many_domains),
		WITH_WORLD(test_bounded_memory),
		WITH_WORLD(test_too_many_wait),
		WITH_WORLD(test_deadlines),
		WITH_WORLD(test_answer_first),
		WITH_WORLD(test_cancel),
		WITH_WORLD(test_close),
		WITH_WORLD(test_validation_not_known),
		WITH_WORLD(test_validation),
		WITH_WORLD(test_observe),
		WITH_WORLD(test_line),
		WITH_WORLD(test_small_replies),
		WITH_WORLD(test_clock_back),
		WITH_WORLD(test_no_memory_to_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
