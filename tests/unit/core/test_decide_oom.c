/*
 * test_decide_oom - each allocation of a run fails once: nothing crashes or
 * leaks, the run ends, and no decision is weaker than that of failed lookups
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/decide_bench.h"
#include "support/oom.h"

static const char *const two[] = { "mx1.example.com", "a.mx.example.net" };

/* taken - is the question out? Some are not asked when memory is short */
static bool
taken(enum dnstype type, const char *name)
{
	return bench_find(type, name) >= 0;
}

/* answer_all - everything that is asked, until the run has ended */
static void
answer_all(void)
{
	unsigned rounds = 0;

	while (bench.count > 0) {
		assert_true(++rounds < 100);
		if (taken(DNSTYPE_TXT, "_mta-sts.example.com"))
			bench_txt("v=STSv1; id=1;");
		if (taken(DNSTYPE_MX, "example.com"))
			bench_mx(two, 2, true);
		if (taken(0, "mta-sts.example.com"))
			bench_fetched(BENCH_POLICY);
		for (size_t i = 0; i < 2; i++)
			if (taken(DNSTYPE_A, two[i]))
				bench_address(two[i], true);
		if (taken(DNSTYPE_TLSA, "_25._tcp.mx1.example.com"))
			bench_tlsa("_25._tcp.mx1.example.com");
		if (taken(DNSTYPE_TLSA, "_25._tcp.a.mx.example.net"))
			bench_none(DNSTYPE_TLSA, "_25._tcp.a.mx.example.net");
	}
	assert_true(decide_idle(bench.run));
	assert_true(bench_ready());
}

/* ask - once; the kind of the decision, or KINDS when there was no run */
static enum decision_kind
ask(void)
{
	enum decision_kind kind = DECISION_KINDS;

	if (bench_start("example.com", true)) {
		answer_all();
		kind = bench_verdict().kind;
	}
	bench_end();
	return kind;
}

/* first_contact - nothing is known: a policy, or none, or later */
static void
first_contact(void)
{
	enum decision_kind kind;

	bench.diags = mtasts_diags_new();
	kind = ask();
	if (oom.failed == 0)
		assert_int_equal(kind, DECISION_STS);
	/* Lookups that failed, or a fetch: DANE is never taken for absent. */
	assert_true(kind == DECISION_STS || kind == DECISION_DANE ||
	    kind == DECISION_TEMP || kind == DECISION_DANE_ONLY ||
	    kind == DECISION_KINDS);
	mtasts_diags_free(bench.diags);
	bench.diags = NULL;
	/* Once memory is there again, all is well: in five minutes at most. */
	oom.left = 0;
	bench.now_at += 300;
	assert_int_equal(ask(), DECISION_STS);
	bench_clear();
}

/* known_policy - a fresh policy to enforce: never less than that */
static void
known_policy(void)
{
	struct cached_row row = { .domain = STR("example.com"),
		.id = STR("1"),
		.text = STR(BENCH_POLICY),
		.mode = MTASTS_MODE_ENFORCE,
		.max_age_s = 604800,
		.fetched_at = BENCH_NOW - 7200,
		.used_at = BENCH_NOW - 7200,
		.next_at = BENCH_NOW };
	struct cached *c = cached_new(&row);
	struct destkey key;
	enum decision_kind kind;

	if (c == NULL)
		return;
	assert_int_equal(
	    destkey_parse(STR("example.com"), &key, NULL), DESTKEY_DOMAIN);
	bench.dest = dest_new(&key);
	if (bench.dest == NULL) {
		mem_free(c);
		return;
	}
	dest_set_policy(bench.dest, c, true);
	kind = ask();
	assert_true(kind == DECISION_STS || kind == DECISION_TEMP ||
	    kind == DECISION_DANE_ONLY || kind == DECISION_KINDS);
	bench_clear();
	mem_free(c);
}

/* in_brackets - the host itself: once memory is there, it is known at once */
static void
in_brackets(void)
{
	bool begun = bench_start("[mx1.example.com]", true);

	if (begun && taken(DNSTYPE_TXT, "_mta-sts.mx1.example.com"))
		bench_none(DNSTYPE_TXT, "_mta-sts.mx1.example.com");
	if (begun && bench.dest->mx_state == DEST_MX_FAILED) {
		assert_int_equal(bench_verdict().kind, DECISION_TEMP);
		assert_true(
		    bench_verdict().until_at <= bench.now_at + DECIDE_ERROR_S);
	}
	bench_clear();
}

/* each - run a scene with every one of its allocations failing once */
static void
each(void (*scene)(void), bool all)
{
	unsigned n;

	for (n = 1; n < 1000; n++) {
		oom.left = n;
		oom.all = all;
		oom.failed = 0;
		scene();
		oom.left = 0;
		if (oom.failed == 0)
			break;
	}
	assert_true(n > 5 && n < 1000);
}

static void
test_first_contact(void **state)
{
	each(first_contact, false);
}

static void
test_known_policy(void **state)
{
	each(known_policy, false);
	each(known_policy, true);
}

static void
test_in_brackets(void **state)
{
	each(in_brackets, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_brackets),
		cmocka_unit_test(test_first_contact),
		cmocka_unit_test(test_known_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
