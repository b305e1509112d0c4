/*
 * test_decide - the sender's state machine: what no scenario file can say
 *
 * Tags that are wrong, answers that come late or not at all, runs that end
 * before their questions, hostile numbers of hosts, words and JSON.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/decide_int.h"
#include "mtasts/match.h"
#include "support/decide_bench.h"

#include <stdio.h>

static const char *const two[] = { "mx1.example.com", "a.mx.example.net" };

static int
clear(void **state)
{
	bench_clear();
	return 0;
}

/* cold - first contact up to the fetched policy, without DANE */
static void
cold(void)
{
	assert_true(bench_start("example.com", false));
	assert_int_equal(bench.count, 1);
	bench_txt("v=STSv1; id=1;");
	assert_int_equal(bench.count, 2);
	bench_mx(two, 2, false);
	assert_false(bench_ready());
	bench_fetched(BENCH_POLICY);
	assert_true(bench_ready());
	assert_true(decide_idle(bench.run));
}

static void
test_questions(void **state)
{
	/* With DANE the MX is asked beside the record, without it later. */
	assert_true(bench_start("example.com", true));
	assert_int_equal(bench.count, 2);
	assert_true(bench_find(DNSTYPE_TXT, "_mta-sts.example.com") >= 0);
	assert_true(bench_find(DNSTYPE_MX, "example.com") >= 0);
	bench_mx(two, 2, true);
	/* Two addresses of two hosts, all at once. */
	assert_int_equal(bench.count, 5);
	bench_txt("v=STSv1; id=1;");
	assert_int_equal(bench.count, 5);
	assert_true(bench_find((enum dnstype)0, "mta-sts.example.com") >= 0);
}

static void
test_wrong_tags(void **state)
{
	struct dnsfact_record r = { .txt = STR("v=STSv1; id=1;") };
	struct dnsfact fact = bench_fact(DNSTYPE_TXT, &r, 1);
	struct fetchfact fetched = {
		.end = FETCHFACT_OK, .why = "", .body = STR(BENCH_POLICY)
	};
	unsigned tag;

	assert_true(bench_start("example.com", false));
	tag = bench.out[0].tag;
	/* Nobody has asked that, or not in this way. */
	bench_dns(0, &fact);
	bench_dns(tag + 1, &fact);
	decide_fetched(bench.run, tag, &fetched, bench.now_at, NULL);
	assert_int_equal(bench.dest->txt.state, DEST_TXT_UNKNOWN);
	assert_null(bench.dest->policy);
	bench_dns(tag, &fact);
	assert_int_equal(bench.dest->txt.state, DEST_TXT_VALID);
	/* Twice is once. */
	fact.end = DNSFACT_NXDOMAIN;
	bench_dns(tag, &fact);
	assert_int_equal(bench.dest->txt.state, DEST_TXT_VALID);
	assert_string_equal(bench.dest->txt.id, "1");
}

static void
test_answer_to_something_else(void **state)
{
	struct dnsfact_record r = { .txt = STR("v=STSv1; id=1;") };
	struct dnsfact fact = bench_fact(DNSTYPE_MX, &r, 1);

	assert_true(bench_start("example.com", false));
	bench_dns(bench.out[0].tag, &fact);
	assert_int_equal(bench.dest->txt.state, DEST_TXT_FAILED);
	assert_true(bench_ready());
	assert_int_equal(bench_verdict().reason, DECISION_TXT_FAILED);
}

static void
test_null_answers(void **state)
{
	struct decision d;

	assert_true(bench_start("example.com", true));
	bench_dns(bench_take(DNSTYPE_TXT, "_mta-sts.example.com"), NULL);
	assert_int_equal(bench.dest->txt.state, DEST_TXT_FAILED);
	bench_dns(bench_take(DNSTYPE_MX, "example.com"), NULL);
	assert_int_equal(bench.dest->mx_state, DEST_MX_FAILED);
	assert_true(bench_ready());
	d = bench_verdict();
	assert_int_equal(d.kind, DECISION_TEMP);
	assert_int_equal(d.reason, DECISION_MX_FAILED);
}

static void
test_null_answers_of_hosts(void **state)
{
	assert_true(bench_start("example.com", true));
	bench_none(DNSTYPE_TXT, "_mta-sts.example.com");
	bench_mx(two, 1, true);
	bench_dns(bench_take(DNSTYPE_A, two[0]), NULL);
	assert_false(bench_ready());
	bench_dns(bench_take(DNSTYPE_AAAA, two[0]), NULL);
	assert_true(bench_ready());
	assert_int_equal(bench_verdict().reason, DECISION_DANE_FAILED);
}

static void
test_null_fetch(void **state)
{
	assert_true(bench_start("example.com", false));
	bench_txt("v=STSv1; id=1;");
	decide_fetched(bench.run, bench_take(0, "mta-sts.example.com"), NULL,
	    bench.now_at, NULL);
	assert_true(bench_ready());
	assert_int_equal(bench_verdict().reason, DECISION_FETCH_FAILED);
	/* It says nothing of them: the back-off is short. */
	assert_int_equal(
	    bench.dest->failure.until_at, bench.now_at + DECIDE_FETCH_EVERY_S);
}

static void
test_run_ends_early(void **state)
{
	assert_true(bench_start("example.com", true));
	bench_end();
	assert_int_equal(bench.dest->txt.state, DEST_TXT_UNKNOWN);
	/* What was answered stays; what was out is asked again. */
	assert_true(bench_start("example.com", true));
	bench_txt("v=STSv1; id=1;");
	bench_mx(two, 2, true);
	bench_address(two[0], true);
	bench_tlsa("_25._tcp.mx1.example.com");
	bench_end();
	assert_true(bench_start("example.com", true));
	assert_int_equal(bench_find(DNSTYPE_TXT, "_mta-sts.example.com"), -1);
	assert_int_equal(bench_find(DNSTYPE_MX, "example.com"), -1);
	assert_int_equal(bench_find(DNSTYPE_A, two[0]), -1);
	assert_true(bench_find(DNSTYPE_A, two[1]) >= 0);
	assert_true(bench_find((enum dnstype)0, "mta-sts.example.com") >= 0);
}

static void
test_renewal_joins_hosts(void **state)
{
	struct decide_ask renew = { .purpose = DECIDE_RENEW, .dane = true };
	unsigned late;

	assert_true(bench_start("example.com", true));
	bench_mx(two, 1, true);
	bench_txt("v=STSv1; id=1;");
	bench_fetched(BENCH_POLICY);
	bench_address(two[0], true);
	bench_tlsa("_25._tcp.mx1.example.com");
	bench_end();
	/* The hosts are known, the MX set; DANE of the host is asked anew. */
	bench.now_at += 299;
	bench.dest->mx[0].dane_until_at = bench.now_at;
	assert_true(bench_start("example.com", true));
	late = bench.out[bench_find(DNSTYPE_A, two[0])].tag;
	/* A renewal asks the MX, too: the hosts are others then. */
	decide_join(bench.run, &renew, bench.now_at);
	bench_pull();
	assert_true(bench_find(DNSTYPE_TXT, "_mta-sts.example.com") >= 0);
	bench_mx(two + 1, 1, true);
	bench_dns(late, NULL);
	assert_int_equal(bench.dest->mx[0].dane, DANE_OPEN);
	assert_string_equal(bench.dest->mx[0].name, two[1]);
	assert_true(bench_find(DNSTYPE_A, two[1]) >= 0);
	assert_false(bench_ready());
}

static void
test_many_hosts(void **state)
{
	static char text[DEST_MX_MAX + 20][32];
	const char *name[DEST_MX_MAX + 20];
	size_t most = 0;
	unsigned asked = 0;

	for (size_t i = 0; i < DEST_MX_MAX + 20; i++) {
		snprintf(text[i], sizeof(text[i]), "h%zu.mx.example.net", i);
		name[i] = text[i];
	}
	assert_true(bench_start("example.com", true));
	bench_none(DNSTYPE_TXT, "_mta-sts.example.com");
	bench_mx(name, DEST_MX_MAX + 20, true);
	assert_int_equal(bench.dest->mx_count, DEST_MX_MAX);
	assert_int_equal(bench.dest->mx_left_out, 20);
	while (bench.count > 0) {
		struct decide_question q = bench.out[--bench.count];
		struct dnsfact_record r = { 0 };
		struct dnsfact fact = bench_fact(q.type, &r, 1);

		most = bench.count > most ? bench.count : most;
		asked++;
		fact.canonical = q.name;
		bench_dns(q.tag, &fact);
	}
	/* Not all at once, and all. */
	assert_true(most < 40);
	assert_int_equal(asked, 2 * DEST_MX_MAX);
	assert_true(bench_ready());
	assert_int_equal(bench_verdict().reason, DECISION_NO_RECORD);
}

static void
test_hosts_that_change(void **state)
{
	char text[32];
	const char *name = text;

	/* A new name every minute for hours: what is kept has a bound. */
	for (unsigned i = 0; i < 400; i++) {
		snprintf(text, sizeof(text), "h%u.mx.example.net", i);
		assert_true(bench_start("example.com", true));
		bench_mx(&name, 1, false);
		assert_true(bench.dest->mx_count <= DEST_MX_MAX);
		assert_string_equal(bench.dest->mx[0].name, text);
		bench_end();
		bench.now_at += 300;
	}
	assert_true(bench.dest->mx_count <= 13);
}

static void
test_no_host_names(void **state)
{
	static const char *const name[] = { "", "a b", "192.0.2.1", "-x" };
	struct decision d;

	cold();
	bench_end();
	bench.now_at += 4000;
	assert_true(bench_start("example.com", false));
	bench_txt("v=STSv1; id=1;");
	bench_mx(name, 4, false);
	assert_int_equal(bench.dest->mx_left_out, 4);
	d = bench_verdict();
	assert_int_equal(d.kind, DECISION_TEMP);
	assert_int_equal(d.reason, DECISION_NO_MX_FITS);
}

static void
test_same_host_twice(void **state)
{
	static const char *const name[] = { "b.mx.example.net",
		"a.mx.example.net", "B.mx.example.net." };
	struct dnsfact_record r[3] = { { .mx = { name[0], 30 } },
		{ .mx = { name[1], 20 } }, { .mx = { name[2], 10 } } };
	struct dnsfact fact = bench_fact(DNSTYPE_MX, r, 3);

	assert_true(bench_start("example.com", true));
	bench_dns(bench_take(DNSTYPE_MX, "example.com"), &fact);
	assert_int_equal(bench.dest->mx_count, 2);
	assert_string_equal(bench.dest->mx[0].name, "b.mx.example.net");
	assert_int_equal(bench.dest->mx[0].preference, 10);
}

static void
test_clock_back_dane_seen(void **state)
{
	assert_true(bench_start("example.com", true));
	bench_txt("v=STSv1; id=1;");
	bench_mx(two, 1, true);
	bench_fetched(BENCH_POLICY);
	bench_address(two[0], true);
	bench_tlsa("_25._tcp.mx1.example.com");
	assert_int_equal(bench_verdict().kind, DECISION_DANE_ONLY);
	bench_end();
	/* A year earlier it is as if it had been seen just now, for a week. */
	bench.now_at -= 365 * 86400;
	assert_true(bench_start("example.com", true));
	bench_dns(bench_take(DNSTYPE_MX, "example.com"), NULL);
	assert_int_equal(bench_verdict().kind, DECISION_TEMP);
	assert_int_equal(bench.dest->dane_seen_at, bench.now_at);
	bench_end();
	bench.now_at += DECIDE_DANE_MEMORY_S + 1;
	bench.dest->policy->fetched_at = bench.now_at;
	assert_true(bench_start("example.com", true));
	bench_dns(bench_take(DNSTYPE_MX, "example.com"), NULL);
	assert_int_equal(bench_verdict().kind, DECISION_STS);
}

static void
test_policy_put_there(void **state)
{
	struct cached *other;
	struct cached_row row;

	cold();
	cached_row_of(bench.dest->policy, &row);
	row.id = STR("2");
	other = cached_new(&row);
	assert_non_null(other);
	/* By a run of another destination with the same policy domain. */
	dest_set_policy(bench.dest, other, false);
	decide_join(bench.run, &bench.ask, bench.now_at);
	assert_int_equal(bench_verdict().kind, DECISION_STS);
	dest_set_policy(bench.dest, NULL, false);
	assert_int_equal(bench_verdict().kind, DECISION_NONE);
}

static void
test_policy_changed(void **state)
{
	struct cached *c;
	const struct mtasts_policy *parsed;

	cold();
	assert_true(decide_policy_changed(bench.run));
	assert_false(decide_policy_changed(bench.run));
	assert_false(bench.dest->policy_borrowed);
	/* The store takes it over; what was read of it stays. */
	c = bench.dest->policy;
	parsed = bench.dest->parsed;
	dest_set_policy(bench.dest, c, true);
	assert_ptr_equal(bench.dest->parsed, parsed);
	assert_int_equal(bench_verdict().kind, DECISION_STS);
	bench_end();
	/* Used again in another hour: changed in place. */
	bench.now_at += 3600;
	assert_true(bench_start("example.com", false));
	assert_true(decide_policy_changed(bench.run));
	assert_true(bench.dest->policy_borrowed);
	assert_ptr_equal(bench.dest->policy, c);
	assert_int_equal(c->used_at, bench.now_at);
	/* A failure makes a block of its own; the borrowed one stays. */
	bench_txt("v=STSv1; id=2;");
	bench_fetched(NULL);
	assert_true(decide_policy_changed(bench.run));
	assert_false(bench.dest->policy_borrowed);
	assert_ptr_not_equal(bench.dest->policy, c);
	assert_string_equal(
	    cached_error(bench.dest->policy).p, "connection refused");
	assert_int_equal(bench_verdict().reason, DECISION_CACHED);
	mem_free(c);
}

static void
test_two_decisions(void **state)
{
	struct decide_ask plain = { .dane = false };
	struct decision with, without;

	assert_true(bench_start("example.com", true));
	bench_txt("v=STSv1; id=1;");
	bench_mx(two, 2, true);
	bench_fetched(BENCH_POLICY);
	/* One asker needs no DANE: he need not wait for it. */
	assert_false(bench_ready());
	assert_true(decide_ready(bench.run, false, bench.now_at));
	bench_address(two[0], true);
	bench_tlsa("_25._tcp.mx1.example.com");
	bench_none(DNSTYPE_A, two[1]);
	bench_none(DNSTYPE_AAAA, two[1]);
	assert_true(bench_ready());
	with = bench_verdict();
	decide_verdict(bench.run, &plain, bench.now_at, &without);
	assert_int_equal(with.kind, DECISION_DANE_ONLY);
	assert_int_equal(without.kind, DECISION_STS);
	assert_int_equal(without.match_count, 3);
	/* Both hold as long as nothing changes. */
	with = bench_verdict();
	assert_string_equal(without.match[2], ".mx.example.net");
}

static void
test_no_fetch_within_a_minute(void **state)
{
	static const uint64_t steps[] = { 0, 59 };

	cold();
	bench_end();
	for (size_t i = 0; i < 2; i++) {
		bench.now_at = BENCH_NOW + (int64_t)steps[i];
		/* As if the record were asked all the time. */
		bench.dest->txt.until_at = 0;
		assert_true(bench_start("example.com", false));
		bench_txt("v=STSv1; id=2;");
		assert_int_equal(
		    bench_find((enum dnstype)0, "mta-sts.example.com"), -1);
		assert_int_equal(
		    bench_verdict().until_at, BENCH_NOW + DECIDE_FETCH_EVERY_S);
		bench_end();
	}
	bench.now_at = BENCH_NOW + 60;
	assert_true(bench_start("example.com", false));
	assert_true(bench_find((enum dnstype)0, "mta-sts.example.com") >= 0);
}

/* REQ: VAL-2 */
static void
test_fits_as_the_library(void **state)
{
	static const char text[] =
	    "version: STSv1\nmode: enforce\nmx: A.example.com.\nmx: *.B.example."
	    "com\nmx: _c.example.com\nmx: *.b\303\274cher.example\nmx: one\nmx: "
	    "*.two\nmax_age: 604800\n";
	static const char *const name[] = { "a.example.com", "b.example.com",
		"x.b.example.com", "x.y.b.example.com", "_c.example.com",
		"x.xn--bcher-kva.example", "xn--bcher-kva.example", "one",
		"x.one", "two", "x.two", "example.com", "aa.example.com",
		"xb.example.com" };
	struct mtasts_policy *policy;
	unsigned fitting = 0;

	assert_int_equal(
	    mtasts_policy_parse(text, sizeof(text) - 1, &policy, NULL),
	    MTASTS_OK);
	assert_int_equal(policy->mx_count, 6);
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		bool fits = mtasts_policy_match(policy, name[i]) < 6;

		assert_int_equal(decide_fits(policy, name[i]), fits);
		fitting += fits;
	}
	assert_int_equal(fitting, 6);
	mtasts_policy_free(policy);
}

static void
test_names(void **state)
{
	for (int i = 0; i < DECISION_KINDS; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
			    decision_kind_name((enum decision_kind)i),
			    decision_kind_name((enum decision_kind)j));
	for (int i = 0; i < DECISION_REASONS; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
			    decision_reason_name((enum decision_reason)i),
			    decision_reason_name((enum decision_reason)j));
	assert_string_equal(decision_kind_name(DECISION_KINDS), "?");
	assert_string_equal(decision_reason_name(DECISION_REASONS), "?");
}

static void
test_long_texts(void **state)
{
	char long_why[600], key[260];
	struct dnsfact fact = bench_fact(DNSTYPE_TXT, NULL, 0);

	memset(long_why, 'x', sizeof(long_why));
	long_why[sizeof(long_why) - 1] = '\0';
	memset(key, 'a', sizeof(key));
	for (size_t i = 60; i < 244; i += 61)
		key[i] = '.';
	key[243] = '\0';
	assert_true(bench_start(key, false));
	fact.end = DNSFACT_SERVFAIL;
	fact.why = long_why;
	bench_dns(bench.out[0].tag, &fact);
	assert_int_equal(strlen(bench.dest->txt.why), 199);
	assert_int_equal(strlen(bench_verdict().text), 299);
}

static void
test_decision_explain(void **state)
{
	static const struct rule rule = { "*", RULE_OPTIONAL, "", "", 0 };
	struct js_writer w;
	struct decision d;
	struct buf b;

	bench.ask.rule = &rule;
	cold();
	d = bench_verdict();
	buf_init(&b, 10000);
	js_begin(&w, &b, false);
	js_object(&w);
	decision_explain(&d, &w);
	js_end_object(&w);
	assert_string_equal(b.p,
	    "{\"decision\":{\"kind\":\"sts\",\"reason\":\"mode-enforce\","
	    "\"text\":\"the policy of example.com is enforced\",\"rule\":\"*\","
	    "\"until\":\"2026-01-01T00:05:00Z\",\"match\":[\"mx1.example.com\","
	    "\"a.mx.example.net\",\".mx.example.net\"],"
	    "\"patterns\":[\"mx1.example.com\",\"*.mx.example.net\"]}}");
	buf_free(&b);
}

static void
test_rules(void **state)
{
	for (int i = 0; i < DECIDE_RULES; i++) {
		const struct diag_rule *r = &decide_rules[i];

		assert_true(r->id[0] && r->name[0] && r->rfc[0]);
		assert_true(str_ends(str_of(r->fix), STR(".")));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(r->name, decide_rules[j].name);
	}
}

#define TEST(f) cmocka_unit_test_teardown(f, clear)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_questions),
		TEST(test_wrong_tags),
		TEST(test_answer_to_something_else),
		TEST(test_null_answers),
		TEST(test_null_answers_of_hosts),
		TEST(test_null_fetch),
		TEST(test_run_ends_early),
		TEST(test_renewal_joins_hosts),
		TEST(test_many_hosts),
		TEST(test_hosts_that_change),
		TEST(test_no_host_names),
		TEST(test_same_host_twice),
		TEST(test_clock_back_dane_seen),
		TEST(test_policy_put_there),
		TEST(test_policy_changed),
		TEST(test_two_decisions),
		TEST(test_no_fetch_within_a_minute),
		TEST(test_fits_as_the_library),
		TEST(test_names),
		TEST(test_long_texts),
		TEST(test_decision_explain),
		TEST(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
