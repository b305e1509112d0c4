/*
 * test_mxpattern - mx values, and what people write instead
 */
#include "core/mxpattern.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

struct good_row {
	const char *text;
	bool wildcard;
	const char *name;
	unsigned notes;
};

/* REQ: POL-7 POL-8 */
static const struct good_row good_rows[] = {
	{ "mx.example.org", false, "mx.example.org", 0 },
	{ "*.example.org", true, "example.org", 0 },
	{ "*.org", true, "org", 0 },
	{ "localhost", false, "localhost", 0 },
	{ "MX.example.org.", false, "mx.example.org",
	    MTASTS_DNAME_UPPER_CASE | MTASTS_DNAME_FINAL_DOT },
	{ "*.b\xc3\xbc"
	  "cher.example",
	    true, "xn--bcher-kva.example", MTASTS_DNAME_U_LABEL },
	{ "mx_1.example.org", false, "mx_1.example.org",
	    MTASTS_DNAME_UNDERSCORE },
};

/* test_good - patterns, normalised */
static void
test_good(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(good_rows) / sizeof(good_rows[0]); i++) {
		const struct good_row *row = &good_rows[i];
		enum mxpattern_fault fault = MXPATTERN_PORT;
		enum mtasts_dname_fault why = MTASTS_DNAME_IP;
		struct mxpattern p;
		unsigned notes = 99;

		if (!mxpattern_parse(
			str_of(row->text), &p, &notes, &fault, &why))
			fail_msg("%s: fault %d", row->text, fault);
		assert_int_equal(fault, MXPATTERN_FINE);
		assert_int_equal(why, MTASTS_DNAME_FINE);
		assert_int_equal(p.wildcard, row->wildcard);
		assert_string_equal(p.name.text, row->name);
		assert_int_equal(notes, row->notes);
	}
}

struct bad_row {
	const char *text;
	enum mxpattern_fault fault;
	enum mtasts_dname_fault name_fault;
};

static const struct bad_row bad_rows[] = {
	{ "", MXPATTERN_EMPTY, MTASTS_DNAME_FINE },
	{ "*", MXPATTERN_STAR, MTASTS_DNAME_FINE },
	{ "**.example.org", MXPATTERN_STAR, MTASTS_DNAME_FINE },
	{ "*.*.example.org", MXPATTERN_STAR, MTASTS_DNAME_FINE },
	{ "mx*.example.org", MXPATTERN_STAR, MTASTS_DNAME_FINE },
	{ "*mx.example.org", MXPATTERN_STAR, MTASTS_DNAME_FINE },
	{ "mx.*.org", MXPATTERN_STAR, MTASTS_DNAME_FINE },
	{ "https://mx.example.org/", MXPATTERN_URL, MTASTS_DNAME_FINE },
	{ "mx.example.org/25", MXPATTERN_URL, MTASTS_DNAME_FINE },
	{ "mx.example.org:25", MXPATTERN_PORT, MTASTS_DNAME_FINE },
	{ "[192.0.2.1]:25", MXPATTERN_PORT, MTASTS_DNAME_FINE },
	{ "*.example.org:smtp", MXPATTERN_PORT, MTASTS_DNAME_FINE },
	{ "postmaster@example.org", MXPATTERN_ADDRESS, MTASTS_DNAME_FINE },
	{ "192.0.2.1", MXPATTERN_ADDRESS, MTASTS_DNAME_IP },
	{ "2001:db8::25", MXPATTERN_ADDRESS, MTASTS_DNAME_IP },
	{ "[192.0.2.1]", MXPATTERN_ADDRESS, MTASTS_DNAME_IP },
	{ "10 mx.example.org", MXPATTERN_BLANK, MTASTS_DNAME_FINE },
	{ "mx1.example.org,mx2.example.org", MXPATTERN_BLANK,
	    MTASTS_DNAME_FINE },
	{ "mx.example.org;", MXPATTERN_BLANK, MTASTS_DNAME_FINE },
	{ "mx.example.org\t#main", MXPATTERN_BLANK, MTASTS_DNAME_FINE },
	{ ".example.org", MXPATTERN_LEADING_DOT, MTASTS_DNAME_FINE },
	{ ".", MXPATTERN_NAME, MTASTS_DNAME_EMPTY },
	{ "*.", MXPATTERN_NAME, MTASTS_DNAME_EMPTY },
	{ "*..example.org", MXPATTERN_NAME, MTASTS_DNAME_EMPTY_LABEL },
	{ "mx..example.org", MXPATTERN_NAME, MTASTS_DNAME_EMPTY_LABEL },
	{ "-mx.example.org", MXPATTERN_NAME, MTASTS_DNAME_HYPHEN },
	{ "{mx}.example.org", MXPATTERN_NAME, MTASTS_DNAME_CHARACTER },
	{ "<mx.example.org>", MXPATTERN_NAME, MTASTS_DNAME_CHARACTER },
	{ "\xf0\x9f\x92\xa9.example", MXPATTERN_NAME, MTASTS_DNAME_IDNA },
};

/* test_bad - what is said of texts that are no patterns */
static void
test_bad(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		const struct bad_row *row = &bad_rows[i];
		enum mxpattern_fault fault = MXPATTERN_FINE;
		enum mtasts_dname_fault why = MTASTS_DNAME_FINE;
		struct mxpattern p;

		assert_false(
		    mxpattern_parse(str_of(row->text), &p, NULL, &fault, &why));
		if (fault != row->fault || why != row->name_fault)
			fail_msg(
			    "%s: fault %d, name %d", row->text, fault, why);
	}
}

/* test_long - a wildcard needs room for a label in front */
static void
test_long(void **state)
{
	char text[256] = "*.";
	enum mtasts_dname_fault why;
	struct mxpattern p;
	size_t i;

	for (i = 0; i < 252; i++)
		text[2 + i] = i % 50 == 49 ? '.' : 'a';
	assert_true(
	    mxpattern_parse(str_make(text, 2 + 251), &p, NULL, NULL, NULL));
	assert_false(
	    mxpattern_parse(str_make(text, 2 + 252), &p, NULL, NULL, &why));
	assert_int_equal(why, MTASTS_DNAME_LONG);
	assert_true(
	    mxpattern_parse(str_make(text + 2, 252), &p, NULL, NULL, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
