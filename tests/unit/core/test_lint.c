/*
 * test_lint - what is said about a fault: the place, the words, the repair
 *
 * Each row is a policy with one line changed or added, and what must be said.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/policy_case.h"
#include "core/lint.h"

#define V "version: STSv1\n"
#define E "mode: enforce\n"
#define M "mx: mx1.mail.test\n"
#define A "max_age: 604800\n"

struct row {
	const char *text;
	const char *name; /* of the finding */
	unsigned line;
	unsigned column;
	const char *message; /* a part of it */
	const char *fix; /* a part of it */
};

/* run - every row: exactly one finding of that name, as it should be */
static void
run(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *r = &rows[i];
		struct policy_case c =
		    policy_case_read(r->text, strlen(r->text));
		const struct mtasts_finding *f = NULL, *g;

		for (size_t k = 0; (g = mtasts_diags_get(c.diags, k)) != NULL;
		     k++) {
			if (strcmp(g->name, r->name) == 0 && f == NULL)
				f = g;
		}
		if (f == NULL || f->line != r->line || f->column != r->column ||
		    strstr(f->message, r->message) == NULL ||
		    strstr(f->fix, r->fix) == NULL) {
			policy_case_print(&c);
			fail_msg("row %zu: %s at %u:%u", i, r->name, r->line,
			    r->column);
		}
		policy_case_free(&c);
	}
}

/* REQ: POL-3 POL-4 */
static void
test_version(void **state)
{
	static const struct row rows[] = {
		{ "version: stsv1\n" E M A, "version-case", 1, 10,
		    "case of its letters", "\"version: STSv1\"" },
		{ "version: STSv1;\n" E M A, "version-unknown", 1, 10,
		    "\"STSv1;\", not", "\"version: STSv1\"" },
		{ "version:\n" E M A, "version-unknown", 1, 1, "no value",
		    "\"version: STSv1\"" },
		{ E V M A, "version-not-first", 2, 1, "behind other fields",
		    "Any order" },
		{ "eversion: STSv1\n" E M A, "version-missing", 1, 1,
		    "\"eversion\" is not the key", "\"version: STSv1\"" },
		{ "Version: stsv1\n" E M A, "version-missing", 1, 1,
		    "\"Version\"", "\"version: STSv1\"" },
		{ "version STSv1\n" E M A, "version-missing", 1, 1, "no colon",
		    "\"version: STSv1\"" },
		{ E M A, "version-missing", 0, 0, "version is missing",
		    "first line" },
	};

	run(rows, sizeof(rows) / sizeof(*rows));
}

/* REQ: POL-3 */
static void
test_mode(void **state)
{
	static const struct row rows[] = {
		{ V "mode: Testing\n" M A, "mode-case", 2, 7, "lower case",
		    "\"mode: testing\"" },
		{ V "mode: enforced\n" M A, "mode-unknown", 2, 7,
		    "none of testing", "\"mode: enforce\"" },
		{ V "mode:enforcing\n" M A, "mode-unknown", 2, 6, "enforcing",
		    "\"mode: enforce\"" },
		{ V "mode: test\n" M A, "mode-unknown", 2, 7, "\"test\"",
		    "\"mode: testing\"" },
		{ V "mode: report\n" M A, "mode-unknown", 2, 7, "\"report\"",
		    "\"mode: testing\"" },
		{ V "mode: disabled\n" M A, "mode-unknown", 2, 7, "disabled",
		    "\"mode: none\"" },
		{ V "mode: tesitng\n" M A, "mode-unknown", 2, 7, "tesitng",
		    "\"mode: testing\"" },
		{ V "mode: [testing] \n" M A, "mode-placeholder", 2, 7,
		    "left over from a template", "\"mode: testing\"" },
		{ V "mode: [enforce|testing|none]\n" M A, "mode-placeholder", 2,
		    7, "template", "one of testing, enforce, none" },
		{ V "mode: enforce # now\n" M A, "mode-unknown", 2, 7,
		    "comment", "\"mode: enforce\"" },
		{ V "mode: \"none\"\n" M A, "mode-unknown", 2, 7,
		    "nothing may stand around", "\"mode: none\"" },
		{ V "mode: enforce\xc2\xa0\n" M A, "mode-unknown", 2, 7,
		    "not ASCII", "\"mode: enforce\"" },
		{ V "mode: maybe\n" M A, "mode-unknown", 2, 7, "maybe",
		    "Write one of" },
		{ V "Mode: Enforce\n" M A, "mode-missing", 2, 1,
		    "so mode is missing", "\"mode: enforce\"" },
		{ V "mode=none\n" M A, "mode-missing", 2, 1, "no colon",
		    "\"mode: none\"" },
		{ V E "Mode: testing\n" M A, "key-case", 3, 1, "case counts",
		    "lower case" },
	};

	run(rows, sizeof(rows) / sizeof(*rows));
}

/* REQ: POL-9 */
static void
test_max_age(void **state)
{
	static const struct row rows[] = {
		{ V E M "max_age: 7d\n", "max-age-not-a-number", 4, 10,
		    "\"7d\"", "\"max_age: 604800\"" },
		{ V E M "max_age: 2 weeks\n", "max-age-not-a-number", 4, 10,
		    "seconds in digits", "\"max_age: 1209600\"" },
		{ V E M "max_age: 604800 # week\n", "max-age-not-a-number", 4,
		    10, "comment", "\"max_age: 604800\"" },
		{ V E M "max_age: 31,557,600\n", "max-age-not-a-number", 4, 10,
		    "digits", "\"max_age: 31557600\"" },
		{ V E M "max_age: 2y\n", "max-age-not-a-number", 4, 10,
		    "\"2y\"", "a week" },
		{ V E M "max_age: 900 days\n", "max-age-not-a-number", 4, 10,
		    "digits", "a week" },
		{ V E M "max_age: enforce\n", "max-age-not-a-number", 4, 10,
		    "is a mode", "a week" },
		{ V E M "max_age: 12345678901\n", "max-age-too-long", 4, 10,
		    "more than 10 digits", "31557600" },
		{ V E M "max_age: 31557601\n", "max-age-over-maximum", 4, 10,
		    "more than the maximum", "31557600" },
		{ V E M "max_age: 0\n", "max-age-zero", 4, 10,
		    "protects nothing", "604800" },
		{ V E M "max_age: 3600\n", "max-age-under-a-day", 4, 10,
		    "less than a day", "86400" },
		{ V E M "max_age: 86400\n", "max-age-under-a-week", 4, 10,
		    "less than a week", "604800" },
		{ V E M "max_age=604800\n", "max-age-missing", 4, 1, "no colon",
		    "\"max_age: 604800\"" },
		{ V E M "max-age: 1w\n", "max-age-missing", 4, 1,
		    "\"max-age\" is not the key", "\"max_age: 604800\"" },
		{ V E M "maxage: 86400\n", "max-age-missing", 4, 1, "maxage",
		    "\"max_age: 86400\"" },
		{ V E M A "max-age: 1\n", "key-near-miss", 5, 1,
		    "did you mean \"max_age\"?", "Correct the key" },
	};

	run(rows, sizeof(rows) / sizeof(*rows));
}

/* REQ: POL-6 POL-7 POL-8 */
static void
test_mx(void **state)
{
	static const struct row rows[] = {
		{ V E "mx: 10 a.test\n" A, "mx-priority", 3, 5, "preference",
		    "\"mx: a.test\"" },
		{ V E "mx: Priority 0: SMTP.A.TEST\n" A, "mx-priority", 3, 5,
		    "preference", "\"mx: smtp.a.test\"" },
		{ V E "mx: a.test, b.test\n" A, "mx-several-words", 3, 5,
		    "not one host name", "each mx line" },
		{ V E "mx: a.test # main\n" A, "mx-several-words", 3, 5,
		    "comment", "\"mx: a.test\"" },
		{ V E "mx: A.test.\n" A, "mx-final-dot", 3, 5,
		    "ends with a dot", "\"mx: a.test\"" },
		{ V E "mx: .a.test\n" A, "mx-leading-dot", 3, 5,
		    "begins with a dot", "\"mx: *.a.test\"" },
		{ V E "mx: https://a.test/x\n" A, "mx-url", 3, 5, "URL",
		    "\"mx: a.test\"" },
		{ V E "mx: smtp://a.test:25\n" A, "mx-url", 3, 5, "URL",
		    "\"mx: a.test\"" },
		{ V E "mx: a.test:25\n" A, "mx-port", 3, 5, "port",
		    "\"mx: a.test\"" },
		{ V E "mx: 192.0.2.1\n" A, "mx-address", 3, 5, "address",
		    "name of the MX record" },
		{ V E "mx: [192.0.2.1]\n" A, "mx-address", 3, 5, "address",
		    "name of the MX record" },
		{ V E "mx: *\n" A, "mx-star", 3, 5, "whole first label",
		    "one label" },
		{ V E "mx: **.a.test\n" A, "mx-star", 3, 5, "first label",
		    "\"*.example.net\"" },
		{ V E "mx: mx1.your_domain.tld\n" A, "mx-placeholder", 3, 5,
		    "placeholder", "in your MX record" },
		{ V E "mx: mx1.your_domain # 2. Add\n" A, "mx-placeholder", 3,
		    5, "placeholder", "in your MX record" },
		{ V E "mx: mx.yourdomain.com\n" A, "mx-template-name", 3, 5,
		    "placeholder", "in your MX record" },
		{ V E "mx: *.example.com\n" A, "mx-example-name", 3, 5,
		    "reserved for examples", "before the file is published" },
		{ V E "mx: m_x.a.test\n" A, "mx-underscore", 3, 5, "underscore",
		    "certificate" },
		{ V E "mx: *.b\xc3\xbc"
		      "cher.test\n" A,
		    "mx-u-label", 3, 5, "ASCII",
		    "\"mx: *.xn--bcher-kva.test\"" },
		{ V E "mx: a..test\n" A, "mx-bad-name", 3, 5, "empty label",
		    "MX record" },
		/* REQ: OPS-5 */
		{ V E "mx: *.co.uk\n" A, "mx-public-suffix", 3, 5,
		    "below \"co.uk\"", "of your own" },
		{ V E "mx: mail\n" A, "mx-single-label", 3, 5, "single label",
		    "full name" },
		{ V E M "mx: MX1.MAIL.TEST.\n" A, "mx-repeated", 4, 1, "again",
		    "no harm" },
		{ V E "mx: *\n" A, "mx-missing", 0, 0, "no mx line holds",
		    "Mend" },
		{ V E "nmx: a.test\n" A, "mx-missing", 3, 1,
		    "\"nmx\" is not the key", "\"mx: a.test\"" },
		{ V E M "ms: a.test\n" A, "key-near-miss", 4, 1,
		    "did you mean \"mx\"?", "Correct" },
	};

	run(rows, sizeof(rows) / sizeof(*rows));
}

/* REQ: POL-2 POL-3 POL-10 */
static void
test_shape(void **state)
{
	static const struct row rows[] = {
		{ V "\n" E M A, "empty-line", 2, 1, "the line is empty",
		    "every empty line" },
		{ V E M A "\n", "empty-line", 5, 1, "the line is",
		    "at the end of the file" },
		{ V E "\n" M A "\n\n", "empty-line", 3, 1,
		    "lines 3, 6 and 7 are", "every empty line" },
		{ V " " E "\t" M " " A, "indented-line", 2, 1,
		    "lines 2 to 4 begin", "first column" },
		{ V "mode : enforce\n" M A, "blank-before-colon", 2, 5,
		    "the line has", "directly behind the key" },
		{ V E M A "# end\n#\n", "comment", 5, 1, "lines 5 and 6",
		    "no comments" },
		{ "---\nlayout: none\n\n---\n" V E M A, "front-matter", 1, 1,
		    "lines 1 to 4", "---" },
		{ V E M A "npm\n", "no-colon", 5, 1, "\"npm\"", "Delete" },
		{ V E "mode=none\n" M A, "separator", 3, 1, "no colon",
		    "\"mode: none\"" },
		{ "\xef\xbb\xbf" V E M A, "utf-8-bom", 1, 1, "byte order mark",
		    "without BOM" },
		{ V "mode: enforce\r\n" M A, "mixed-line-ends", 2, 0, "CR LF",
		    "one kind" },
		{ V E M A "id: 1\n", "key-of-a-record", 5, 1, "TXT record",
		    "DNS" },
		{ V E M A ": x\n", "key-malformed", 5, 1, "no key", "1 to 32" },
		{ V E M A "x:\n", "value-malformed", 5, 1, "no value",
		    "UTF-8" },
		{ V E M A "colour: red\n", "key-unknown", 5, 1, "\"colour\"",
		    "ignore" },
		{ "v=STSv1; id=1;\n", "txt-record", 1, 0, "DNS record",
		    "_mta-sts" },
		{ "<!doctype html>\n<p>x: y\n", "html-page", 1, 0, "web page",
		    "plain text" },
		{ "Not here\n", "not-a-policy", 0, 0, "no policy field",
		    "four fields" },
	};

	run(rows, sizeof(rows) / sizeof(*rows));
}

/* What a person would not call a fault must not be called one. */
static void
test_does_not_nag(void **state)
{
	static const char *const texts[] = {
		V E M A,
		V "mode: testing\n" M A,
		V "mode: testing\n" M "max_age: 86400\n",
		V "mode: none\nmax_age: 60\n",
		V E "mx: *.mail.protection.outlook.com\n" A,
		V E M "max_age: 31557600",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct policy_case c =
		    policy_case_read(texts[i], strlen(texts[i]));

		if (mtasts_diags_count(c.diags) > 0) {
			policy_case_print(&c);
			fail_msg("row %zu", i);
		}
		policy_case_free(&c);
	}
}

/* An unknown key that only looks near by its letters is left alone. */
static void
test_near_miss_needs_a_fitting_value(void **state)
{
	static const char text[] = V E M A "more: of the same\ncode: 17\n";
	struct policy_case c = policy_case_read(text, strlen(text));

	assert_int_equal(mtasts_diags_count(c.diags), 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(
		    mtasts_diags_get(c.diags, i)->name, "key-unknown");
	policy_case_free(&c);
}

static void
test_bare(void **state)
{
	static const char *const rows[][2] = {
		{ "enforce", "enforce" },
		{ "[testing]", "testing" },
		{ "\"'enforce'\";", "enforce" },
		{ "604800  # a week", "604800" },
		{ "\xc2\xa0 none\xe2\x80\x8b", "none" },
		{ "#", "" },
		{ "[[]]", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct str bare = lint_bare(str_of(rows[i][0]));

		assert_true(str_eq(bare, str_of(rows[i][1])));
	}
}

static void
test_number(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} good[] = {
		{ "604800", 604800 },
		{ "604,800", 604800 },
		{ "604 800", 604800 },
		{ "\"604800\"", 604800 },
		{ "90s", 90 },
		{ "10 min", 600 },
		{ "24 hours", 86400 },
		{ "7d", 604800 },
		{ "1 Week", 604800 },
		{ "4294967295w", 4294967295ull * 604800 },
	};
	static const char *const bad[] = { "", "d", "-1", "7 fortnights",
		"0x10", "1e6", "4294967296", "12345678901", "enforce" };
	uint64_t n;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(lint_number(str_of(good[i].text), &n));
		assert_int_equal(n, good[i].seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(lint_number(str_of(bad[i]), &n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_mode),
		cmocka_unit_test(test_max_age),
		cmocka_unit_test(test_mx),
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_does_not_nag),
		cmocka_unit_test(test_near_miss_needs_a_fitting_value),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
