/*
 * test_oom - each allocation of reading a record, of a set of rules and of a
 * reply fails once: nothing crashes, nothing leaks, and the verdict never gets
 * better for it
 */
#include "base/diag.h"
#include "core/reply.h"
#include "core/rule.h"
#include "core/dnsmsg.h"
#include "core/fetchfact.h"
#include "core/limits.h"
#include "mtasts/record.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/dnswire.h"
#include "support/oom.h"

/* An answer with a finding and a suggestion in it. */
static const struct mtasts_txt sts[] = { { "\"v=STSv1; id=x;\"", 16 },
	{ "v=STSv1; id=x y", 15 } };
static const struct mtasts_txt rpt[] = { { "word", 4 },
	{ "v=TLSRPTv1; rua=mailto:a@b,https://c/", 37 } };
static const struct mtasts_txt bad_rpt[] = { { "v=TLSRPTv1; rua=a@b", 19 } };

/* sts_verdict - the same whether findings could be kept or not */
static void
sts_verdict(void)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_stsrec rec;

	assert_int_equal(
	    mtasts_stsrec_parse(sts, 2, &rec, diags), MTASTS_VERDICT_INVALID);
	assert_int_equal(
	    mtasts_stsrec_parse(sts, 1, &rec, diags), MTASTS_VERDICT_NONE);
	mtasts_diags_free(diags);
}

/* rpt_verdict - a record, or none of it and INVALID */
static void
rpt_verdict(void)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_rptrec *rec = NULL;

	assert_int_equal(mtasts_rptrec_parse(bad_rpt, 1, &rec, diags),
	    MTASTS_VERDICT_INVALID);
	assert_null(rec);
	if (mtasts_rptrec_parse(rpt, 2, &rec, diags) == MTASTS_VERDICT_VALID) {
		assert_int_equal(rec->rua_count, 2);
		assert_string_equal(rec->rua[1], "https://c/");
	} else {
		assert_null(rec);
		assert_int_equal(oom.failed, 1);
	}
	mtasts_rptrec_free(rec);
	mtasts_diags_free(diags);
}

/* dns_fact - the fact of this answer, or none */
static void
dns_fact(const struct wire *w, enum dnsfact_end end)
{
	struct dnsfact *fact = NULL;
	enum mtasts_err err = dnsmsg_parse(str_make((const char *)w->p, w->len),
	    "a.example", DNSTYPE_MX, &fact);

	assert_true(err == MTASTS_OK || oom.failed == 1);
	if (err) {
		assert_int_equal(err, MTASTS_ENOMEM);
		assert_null(fact);
	} else {
		assert_int_equal(fact->end, end);
	}
	dnsfact_free(fact);
}

/* dns_answer - one with an alias in it, and one that is refused */
static void
dns_answer(void)
{
	static const struct wire_record alias = { WIRE_AN, "a.example",
		ns_t_cname, 60, "b.example", 0 };
	static const struct wire_record mx = { WIRE_AN, "b.example", ns_t_mx,
		60, "10 mx.b.example", 0 };
	static struct wire w;

	wire_begin(&w, 1, WIRE_QR, "a.example", ns_t_mx);
	wire_add(&w, &alias);
	wire_add(&w, &mx);
	dns_fact(&w, DNSFACT_FOUND);
	if (oom.failed == 0) {
		wire_begin(&w, 1, WIRE_QR | 5, "a.example", ns_t_mx);
		dns_fact(&w, DNSFACT_SERVFAIL);
	}
}

/* fetch_fact - a copy or none */
static void
fetch_fact(void)
{
	static char body[LIMIT_POLICY_LEN];
	struct fetchfact fact = { .body = { body, sizeof(body) },
		.why = "why",
		.address = "192.0.2.1",
		.type = "text/plain" };
	struct fetchfact *kept = fetchfact_keep(&fact);

	assert_int_equal(kept == NULL, oom.failed);
	fetchfact_free(kept);
}

/* rules - a set of all rules or none */
static void
rules(void)
{
	static const struct rule list[] = {
		{ .name = "*", .reply = "", .reason = "" },
		{ .name = "a.example", .reply = "may", .reason = "x" }
	};
	static const uint64_t seed[2] = { 1, 2 };
	struct rule_set *set = NULL;

	if (rule_set_new(list, 2, seed, &set) == MTASTS_OK) {
		assert_non_null(rule_find(set, STR("a.example"), 0));
		assert_non_null(rule_find(set, STR("b.example"), 0));
	} else {
		assert_null(set);
		assert_int_equal(oom.failed, 1);
	}
	rule_set_free(set);
}

/* reply - the whole, or a buffer that says it is not */
static void
reply(void)
{
	static const char *const names[] = { "mx1.example.com",
		"mx2.example.com", "mx3.example.com", "mx4.example.com" };
	struct decision d = { .kind = DECISION_STS,
		.domain = STR("example.com"),
		.match_count = 4,
		.match = names,
		.pattern_count = 4,
		.pattern = names };
	struct reply_form form = { DIALECT_TLSRPT, REPLY_TESTING_NONE,
		REPLY_MAX };
	struct buf b;

	buf_init(&b, REPLY_MAX);
	assert_int_equal(reply_format(&d, &form, &b), REPLY_OK);
	if (buf_error(&b) == MTASTS_OK)
		assert_true(
		    str_ends(buf_str(&b), STR("_pattern=mx4.example.com")));
	else
		assert_int_equal(buf_error(&b), MTASTS_ENOMEM);
	assert_int_equal(buf_error(&b) != MTASTS_OK, oom.failed);
	buf_free(&b);
}

/* each - run a scene with every one of its allocations failing once */
static void
each(void (*scene)(void))
{
	unsigned n;

	for (n = 1; n < 1000; n++) {
		oom.left = n;
		oom.failed = 0;
		scene();
		oom.left = 0;
		if (oom.failed == 0)
			break;
	}
	assert_true(n > 2 && n < 1000);
}

/* test_stsrec - findings may be lost, the verdict may not */
static void
test_stsrec(void **state)
{
	each(sts_verdict);
}

/* test_rptrec - the addresses are copied whole or not at all */
static void
test_rptrec(void **state)
{
	each(rpt_verdict);
}

/* test_dnsmsg - a fact or none, never half of one */
static void
test_dnsmsg(void **state)
{
	each(dns_answer);
}

/* test_fetchfact - kept whole or not at all */
static void
test_fetchfact(void **state)
{
	each(fetch_fact);
}

/* test_rules - a configuration's rules */
static void
test_rules(void **state)
{
	each(rules);
}

/* test_reply - what goes out to the MTA */
static void
test_reply(void **state)
{
	each(reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stsrec),
		cmocka_unit_test(test_rptrec),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_dnsmsg),
		cmocka_unit_test(test_fetchfact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
