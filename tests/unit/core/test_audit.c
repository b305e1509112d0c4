/*
 * test_audit - from what was noted to one result per check, and as JSON
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/arena.h"
#include "core/audit.h"

#define NOW INT64_C(1764000000)

static const struct diag_rule error = { .id = "F06",
	.name = "some-error",
	.severity = MTASTS_ERROR,
	.rfc = "RFC 8461 section 3.2",
	.fix = "Mend it." };
static const struct diag_rule warning = { .id = "F06",
	.name = "some-warning",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Mend it some day." };
static const struct diag_rule info = { .id = "F06",
	.name = "some-info",
	.severity = MTASTS_INFO,
	.rfc = "",
	.fix = "Know it." };
static const struct diag_rule elsewhere = { .id = "F08",
	.name = "other-warning",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Mend that." };
static const struct diag_rule stray = { .id = "json",
	.name = "no-check",
	.severity = MTASTS_ERROR,
	.rfc = "",
	.fix = "Nothing." };

/* begin - an audit without anything noted */
static struct audit *
begin(const struct audit_pick *pick)
{
	struct audit *a = audit_new("example.org", pick, NOW);

	assert_non_null(a);
	return a;
}

/* expect_check - status, message, place and name of a check */
static void
expect_result(const struct audit *a, const char *id, enum audit_status status,
    const char *const want[3])
{
	const struct audit_check *c = audit_get(a, id);

	assert_non_null(c);
	assert_string_equal(c->check->id, id);
	assert_int_equal(c->status, status);
	assert_string_equal(c->message, want[0]);
	assert_string_equal(c->place, want[1]);
	assert_string_equal(c->name, want[2]);
}

/* checks_total - all but the one that has to be asked for */
static size_t
checks_total(void)
{
	size_t n = 0;

	while (checks_get(n) != NULL)
		n++;
	return n - (checks_find(STR("X01")) != NULL);
}

/* test_nothing - what nobody found anything at passes, in the right order */
static void
test_nothing(void **state)
{
	struct audit *a = begin(NULL);

	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_int_equal(a->result, AUDIT_RESULT_PASS);
	assert_int_equal(a->count, checks_total());
	assert_int_equal(audit_count(a, AUDIT_PASS), a->count);
	assert_int_equal(audit_count(a, AUDIT_FAIL), 0);
	assert_string_equal(a->domain, "example.org");
	assert_string_equal(a->next, "");
	for (size_t i = 0; i < a->count; i++) {
		const struct audit_check *c = &a->check[i];

		assert_string_equal(c->message, c->check->title);
		assert_string_equal(c->seen, "");
		assert_string_equal(c->fix, "");
		assert_non_null(c->rfc);
		assert_int_equal(c->finding_count, 0);
	}
	expect_result(a, "F06", AUDIT_PASS,
	    (const char *const[]){ checks_find(STR("F06"))->title, "", "" });
	assert_null(audit_get(a, "Z99"));
	audit_free(a);
	audit_free(NULL);
}

/* test_order - the worst finding in front, the others as they came */
static void
test_order(void **state)
{
	static const char *const want[] = { "e1", "e2", "w1", "w2", "i1" };
	struct diag_place none = { 0 };
	struct audit *a = begin(NULL);
	const struct audit_check *c;

	diag_add(a->diags, &info, none, "i1");
	assert_int_equal(audit_worst(a, "F06"), AUDIT_INFO);
	diag_add(a->diags, &warning, none, "w1");
	assert_int_equal(audit_worst(a, "F06"), AUDIT_WARN);
	diag_add(a->diags, &error, (struct diag_place){ .file = "mx.a" }, "e1");
	diag_add(a->diags, &elsewhere, none, "other");
	diag_add(a->diags, &warning, none, "w2");
	diag_add(a->diags, &stray, none, "stray");
	diag_add(a->diags, &error, (struct diag_place){ .file = "mx.b" }, "e2");
	assert_int_equal(audit_worst(a, "F06"), AUDIT_FAIL);
	assert_int_equal(audit_worst(a, "Z99"), AUDIT_PASS);
	assert_int_equal(audit_end(a), MTASTS_OK);
	c = audit_get(a, "F06");
	assert_int_equal(c->finding_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(c->finding[i]->message, want[i]);
	expect_result(a, "F06", AUDIT_FAIL,
	    (const char *const[]){ "e1", "mx.a", "some-error" });
	assert_string_equal(c->fix, "Mend it.");
	assert_string_equal(c->rfc, "RFC 8461 section 3.2");
	expect_result(a, "F08", AUDIT_WARN,
	    (const char *const[]){ "other", "", "other-warning" });
	assert_int_equal(a->result, AUDIT_RESULT_FAIL);
	/* The stray one is no result. */
	assert_int_equal(audit_count(a, AUDIT_FAIL), 1);
	assert_int_equal(audit_count(a, AUDIT_WARN), 1);
	audit_free(a);
}

/* test_places - where a finding is, in words */
static void
test_places(void **state)
{
	static const struct {
		struct diag_place at;
		const char *want;
	} rows[] = {
		{ { 0 }, "" },
		{ { .file = "mx.example.org [192.0.2.1]" },
		    "mx.example.org [192.0.2.1]" },
		{ { .line = 3 }, "line 3" },
		{ { .line = 3, .column = 7 }, "line 3, column 7" },
		{ { .record = 2, .column = 1 }, "record 2, column 1" },
		{ { .file = "ns1", .record = 2 }, "ns1, record 2" },
		{ { .column = 4 }, "column 4" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct audit *a = begin(NULL);

		diag_add(a->diags, &info, rows[i].at, "here");
		assert_int_equal(audit_end(a), MTASTS_OK);
		expect_result(a, "F06", AUDIT_INFO,
		    (const char *const[]){ "here", rows[i].want, "some-info" });
		assert_int_equal(a->result, AUDIT_RESULT_PASS);
		audit_free(a);
	}
}

/* test_skips - the first reason, unless it could not be found out */
static void
test_skips(void **state)
{
	struct audit *a = begin(NULL);

	audit_skip(a, "F06", "There is no %s.", "file");
	audit_skip(a, "F06", "Later.");
	audit_skip(a, "F08", "There is no file.");
	audit_unknown(a, "F08", "The host \033[31m%s.", "is away");
	audit_unknown(a, "F08", "Later.");
	audit_skip(a, "F08", "Later.");
	audit_skip(a, "Z99", "No such check.");
	audit_seen(a, "Z99", "no such check");
	assert_int_equal(audit_worst(a, "F06"), AUDIT_SKIP);
	/* A finding is worth more than a reason not to look. */
	audit_skip(a, "D01", "No.");
	diag_add(a->diags,
	    &(const struct diag_rule){ "D01", "d", MTASTS_INFO, false, "", "" },
	    (struct diag_place){ 0 }, "Yes.");
	assert_int_equal(audit_end(a), MTASTS_OK);
	expect_result(a, "F06", AUDIT_SKIP,
	    (const char *const[]){ "There is no file.", "", "" });
	expect_result(a, "F08", AUDIT_SKIP,
	    (const char *const[]){ "The host \\x1B[31mis away.", "", "" });
	expect_result(
	    a, "D01", AUDIT_INFO, (const char *const[]){ "Yes.", "", "d" });
	assert_false(audit_get(a, "F06")->unknown);
	assert_true(audit_get(a, "F08")->unknown);
	assert_int_equal(a->result, AUDIT_RESULT_UNKNOWN);
	audit_free(a);
}

/* test_seen - phrases are joined, and there is an end to it */
static void
test_seen(void **state)
{
	struct audit *a = begin(NULL);
	const char *seen;

	audit_seen(a, "F06", "mode %s", "enforce");
	audit_seen(a, "F06", "and\nmore");
	for (unsigned i = 0; i < 1000; i++)
		audit_seen(a, "F08", "%300u", i);
	audit_seen(a, "D01", "%9000d", 1);
	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_string_equal(
	    audit_get(a, "F06")->seen, "mode enforce; and\\nmore");
	seen = audit_get(a, "F08")->seen;
	assert_true(strlen(seen) > 1000 && strlen(seen) < 2000);
	assert_int_equal(strlen(audit_get(a, "D01")->seen), 1000);
	assert_int_equal(a->result, AUDIT_RESULT_PASS);
	audit_free(a);
}

/* test_many - what findings were lost of is not told to pass */
static void
test_many(void **state)
{
	struct audit *a = begin(NULL);

	audit_skip(a, "D01", "Not looked at.");
	for (unsigned i = 0; i < 1500; i++)
		diag_add(a->diags, &warning, (struct diag_place){ 0 }, "w");
	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_int_equal(audit_get(a, "F06")->status, AUDIT_WARN);
	assert_int_equal(audit_get(a, "F06")->finding_count, 1000);
	assert_int_equal(audit_get(a, "F08")->status, AUDIT_SKIP);
	assert_true(audit_get(a, "F08")->unknown);
	assert_false(audit_get(a, "D01")->unknown);
	assert_int_equal(audit_count(a, AUDIT_PASS), 0);
	assert_int_equal(a->result, AUDIT_RESULT_UNKNOWN);
	audit_free(a);
}

/* test_results - the worst decides */
static void
test_results(void **state)
{
	static const struct {
		bool warn, unknown, fail;
		enum audit_result want;
	} rows[] = {
		{ false, false, false, AUDIT_RESULT_PASS },
		{ true, false, false, AUDIT_RESULT_WARN },
		{ true, true, false, AUDIT_RESULT_UNKNOWN },
		{ false, true, false, AUDIT_RESULT_UNKNOWN },
		{ true, true, true, AUDIT_RESULT_FAIL },
		{ false, false, true, AUDIT_RESULT_FAIL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct audit *a = begin(NULL);

		audit_skip(a, "D04", "Not looked at.");
		if (rows[i].warn)
			diag_add(a->diags, &elsewhere, (struct diag_place){ 0 },
			    "w");
		if (rows[i].unknown)
			audit_unknown(a, "D01", "Away.");
		if (rows[i].fail)
			diag_add(
			    a->diags, &error, (struct diag_place){ 0 }, "e");
		assert_int_equal(audit_end(a), MTASTS_OK);
		assert_int_equal(a->result, rows[i].want);
		audit_free(a);
	}
}

/* picked - how many checks are wanted */
static size_t
picked(const struct audit_pick *pick)
{
	struct audit *a = begin(pick);
	size_t n;

	assert_int_equal(audit_end(a), MTASTS_OK);
	n = a->count;
	audit_free(a);
	return n;
}

/* letter - how many checks begin with it */
static size_t
letter(char c)
{
	size_t n = 0;

	for (size_t i = 0; checks_get(i) != NULL; i++)
		n += checks_get(i)->id[0] == c;
	return n;
}

/* test_pick - lists of checks, wanted and not */
static void
test_pick(void **state)
{
	struct audit_pick pick = { 0 };
	struct str bad;
	struct audit *a;

	assert_int_equal(picked(&pick), checks_total());
	assert_true(audit_pick_add(&pick, STR("F06 , d,f06\t"), true, &bad));
	assert_int_equal(picked(&pick), 1 + letter('D'));
	assert_true(audit_pick_add(&pick, STR("T01"), true, &bad));
	assert_int_equal(picked(&pick), 2 + letter('D'));
	assert_true(audit_pick_add(&pick, STR("D"), false, &bad));
	assert_int_equal(picked(&pick), 2);
	a = begin(&pick);
	assert_true(audit_wants(a, "F06"));
	assert_false(audit_wants(a, "D01"));
	assert_false(audit_wants(a, "Z99"));
	/* Not wanted: noted all the same, and no result. */
	audit_unknown(a, "D01", "Away.");
	diag_add(a->diags, &elsewhere, (struct diag_place){ 0 }, "w");
	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_int_equal(a->result, AUDIT_RESULT_PASS);
	assert_null(audit_get(a, "D01"));
	audit_free(a);

	pick = (struct audit_pick){ 0 };
	assert_true(audit_pick_add(&pick, STR("f"), false, &bad));
	assert_int_equal(picked(&pick), checks_total() - letter('F'));
}

/* test_pick_bad - what fits no check is told, and changes nothing */
static void
test_pick_bad(void **state)
{
	static const struct {
		struct str list, bad;
	} rows[] = {
		{ { "F99", 3 }, { "F99", 3 } },
		{ { "F06, Z ", 7 }, { "Z", 1 } },
		{ { "F0", 2 }, { "F0", 2 } },
		{ { "F06,,D01", 8 }, { "", 0 } },
		{ { "", 0 }, { "", 0 } },
		{ { "F06\0", 4 }, { "F06\0", 4 } },
	};
	struct audit_pick pick = { 0 };
	struct str bad;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_false(audit_pick_add(&pick, rows[i].list, true, &bad));
		assert_true(str_eq(bad, rows[i].bad));
		assert_false(pick.some);
	}
}

/* test_expected - X01 is a result when it was asked for, whatever is picked */
static void
test_expected(void **state)
{
	struct audit_pick pick = { 0 };
	struct str bad;
	struct audit *a;

	if (checks_find(STR("X01")) == NULL)
		skip();
	a = begin(NULL);
	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_null(audit_get(a, "X01"));
	audit_free(a);
	assert_true(audit_pick_add(&pick, STR("F06"), true, &bad));
	assert_int_equal(picked(&pick), 1);
	a = begin(&pick);
	audit_seen(a, "X01", "enforce");
	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_int_equal(a->count, 2);
	assert_int_equal(audit_get(a, "X01")->status, AUDIT_PASS);
	audit_free(a);
	assert_true(audit_pick_add(&pick, STR("X01"), false, &bad));
	a = begin(&pick);
	audit_seen(a, "X01", "enforce");
	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_int_equal(a->count, 1);
	audit_free(a);
}

/* test_names - of all values, and of none */
static void
test_names(void **state)
{
	for (int i = 0; i < AUDIT_STATUSES; i++)
		assert_int_equal(strlen(audit_status_name(i)), 4);
	assert_string_equal(audit_status_name(AUDIT_STATUSES), "skip");
	for (int i = 0; i < AUDIT_RESULTS; i++)
		assert_true(strlen(audit_result_name(i)) >= 4);
	assert_string_equal(audit_result_name(AUDIT_RESULTS), "unknown");
	assert_string_equal(audit_outlook_name(AUDIT_UNKNOWN), "unknown");
	assert_string_equal(
	    audit_outlook_name(AUDIT_DELIVER_TLS), "deliver-tls");
	assert_string_equal(
	    audit_outlook_name(AUDIT_DELIVER_ANY), "deliver-any");
	assert_string_equal(audit_outlook_name(AUDIT_DEFER), "defer");
	assert_string_equal(audit_outlook_name(AUDIT_OUTLOOKS), "unknown");
}

/* test_opinions - addresses are whole, whatever the name is */
static void
test_opinions(void **state)
{
	struct audit *a = audit_new("a/b?c\"<d>.example", NULL, NOW);
	const char *name;
	struct buf url;
	size_t i;

	buf_init(&url, 1000);
	for (i = 0; (name = audit_opinion(a, i, &url)) != NULL; i++) {
		assert_true(strlen(name) > 3);
		assert_true(str_starts(buf_str(&url), STR("https://")));
		assert_true(str_find(buf_str(&url),
				STR("a%2Fb%3Fc%22%3Cd%3E.example")) < url.len);
		buf_clear(&url);
	}
	assert_int_equal(i, 4);
	assert_int_equal(url.len, 0);
	buf_free(&url);
	audit_free(a);
}

/* json_of - the object, read again; yours: js_free() */
static struct js *
json_of(const struct audit *a, bool pretty)
{
	struct js_writer w;
	struct js *js;
	struct buf b;

	buf_init(&b, 1u << 20);
	js_begin(&w, &b, pretty);
	audit_json(a, &w);
	assert_int_equal(buf_error(&b), MTASTS_OK);
	if (!pretty)
		assert_int_equal(str_chr(buf_str(&b), '\n'), b.len);
	assert_int_equal(js_parse(buf_str(&b), "", &js, NULL), MTASTS_OK);
	buf_free(&b);
	return js;
}

/* expect_text - a member's text; null: the member is null */
static void
expect_text(const struct js *js, const char *key, const char *want)
{
	struct str s;

	assert_non_null(js_get(js, key));
	assert_int_equal(js_str(js_get(js, key), &s), want != NULL);
	if (want != NULL)
		assert_true(str_eq(s, str_of(want)));
}

/* test_json - all members, hostile texts and what is not known */
static void
test_json(void **state)
{
	static const struct audit_advice advice[] = {
		{ "Netherlands", "A \"list\"", "https://e.example/", "DANE",
		    ADVICE_MET },
		{ "Canada", "B", "https://f.example/", "TLS", ADVICE_UNKNOWN },
	};
	struct audit *a = begin(NULL);
	const struct js *checks, *one;
	struct js *js;
	int64_t n;
	bool met;

	diag_add(a->diags, &error,
	    (struct diag_place){ .file = "mx\" {", .line = 3 },
	    "It \"said\" \033[1m\xff</x>");
	audit_seen(a, "F06", "seen");
	a->advice = advice;
	a->advice_count = 2;
	a->sender = AUDIT_DEFER;
	a->sender_text = "Mail waits.";
	a->took_ms = 12;
	assert_int_equal(audit_end(a), MTASTS_OK);
	js = json_of(a, false);
	expect_text(js, "domain", "example.org");
	expect_text(js, "result", "fail");
	expect_text(js, "sender", "defer");
	expect_text(js, "dane", "unknown");
	expect_text(js, "next", "");
	expect_text(js, "sender_text", "Mail waits.");
	expect_text(js, "mode", NULL);
	assert_false(js_int(js_get(js, "max_age"), &n));
	assert_true(js_int(js_get(js, "took_ms"), &n) && n == 12);
	checks = js_get(js, "checks");
	assert_int_equal(js_len(checks), a->count);
	for (size_t i = 0; i < a->count; i++) {
		one = js_at(checks, i);
		if (strcmp(a->check[i].check->id, "F06") == 0)
			break;
		expect_text(one, "name", NULL);
	}
	expect_text(one, "id", "F06");
	expect_text(one, "status", "fail");
	expect_text(one, "seen", "seen");
	expect_text(one, "message", "It \"said\" \\x1B[1m\\xFF</x>");
	expect_text(one, "place", "mx\" {, line 3");
	one = js_at(js_get(one, "findings"), 0);
	expect_text(one, "place", "mx\" {");
	expect_text(one, "severity", "error");
	assert_null(js_get(one, "column"));
	one = js_get(js, "recommendations");
	assert_int_equal(js_len(one), 2);
	assert_true(js_bool(js_get(js_at(one, 0), "met"), &met) && met);
	assert_false(js_bool(js_get(js_at(one, 1), "met"), &met));
	assert_int_equal(js_len(js_get(js, "second_opinions")), 4);
	js_free(js);
	a->mode = "enforce";
	a->max_age_s = 86400;
	js = json_of(a, true);
	expect_text(js, "mode", "enforce");
	assert_true(js_int(js_get(js, "max_age"), &n) && n == 86400);
	js_free(js);
	audit_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_skips),
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_pick),
		cmocka_unit_test(test_pick_bad),
		cmocka_unit_test(test_expected),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_opinions),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
