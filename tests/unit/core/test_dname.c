/*
 * test_dname - names as people write them
 */
#include "mtasts/dname.h"

#include "base/str.h"

#include <stdio.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define L10 "abcdefghi."
#define L63 "a23456789012345678901234567890123456789012345678901234567890123"

/* "bücher" and others, written in bytes */
#define U_UMLAUT "\xc3\xbc"

struct good_row {
	const char *text;
	const char *name; /* null: the text itself */
	unsigned notes;
};

static const struct good_row good_rows[] = {
	{ "example.org", NULL, 0 },
	{ "mail", NULL, 0 },
	{ "a-b.c--d.example", NULL, 0 },
	{ "3com.example", NULL, 0 },
	{ "1.2.3.example", NULL, 0 },
	{ L63 ".example", NULL, 0 },
	{ "example.org.", "example.org", MTASTS_DNAME_FINAL_DOT },
	{ "MX.Example.ORG", "mx.example.org", MTASTS_DNAME_UPPER_CASE },
	{ "_mta-sts.example", NULL, MTASTS_DNAME_UNDERSCORE },
	{ "MX_1.example.", "mx_1.example",
	    MTASTS_DNAME_UPPER_CASE | MTASTS_DNAME_UNDERSCORE |
		MTASTS_DNAME_FINAL_DOT },
	/* REQ: POL-8 */
	{ "b" U_UMLAUT "cher.example", "xn--bcher-kva.example",
	    MTASTS_DNAME_U_LABEL },
	{ "B\xc3\x9c"
	  "CHER.example.",
	    "xn--bcher-kva.example",
	    MTASTS_DNAME_U_LABEL | MTASTS_DNAME_FINAL_DOT },
	/* composed and decomposed are one name: NFC */
	{ "bu\xcc\x88"
	  "cher.example",
	    "xn--bcher-kva.example", MTASTS_DNAME_U_LABEL },
	/* no transitional mapping: this is not fass.example */
	{ "fa\xc3\x9f.example", "xn--fa-hia.example", MTASTS_DNAME_U_LABEL },
	{ "a_b." U_UMLAUT ".example", "a_b.xn--tda.example",
	    MTASTS_DNAME_U_LABEL | MTASTS_DNAME_UNDERSCORE },
	/* an ideographic full stop separates labels */
	{ U_UMLAUT "\xe3\x80\x82"
		   "example",
	    "xn--tda.example", MTASTS_DNAME_U_LABEL },
	/* a zero-width space of a web page vanishes */
	{ "mx\xe2\x80\x8b.example", "mx.example", MTASTS_DNAME_U_LABEL },
	{ "XN--BCHER-KVA.example", "xn--bcher-kva.example",
	    MTASTS_DNAME_UPPER_CASE },
	/* in DNS, though no IDNA2008 label: taken as it stands */
	{ "xn--i-7iq.example", NULL, 0 },
	{ "xn--zzzzz-99999999.example", NULL, 0 },
};

/* test_good - names, and what was unusual about them */
static void
test_good(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(good_rows) / sizeof(good_rows[0]); i++) {
		const struct good_row *row = &good_rows[i];
		const char *want = row->name ? row->name : row->text;
		enum mtasts_dname_fault fault = MTASTS_DNAME_IP;
		struct mtasts_dname name;
		unsigned notes = 99;

		if (mtasts_dname_parse(row->text, strlen(row->text), &name,
			&notes, &fault) != MTASTS_OK)
			fail_msg("%s: %s", row->text,
			    mtasts_dname_fault_text(fault));
		assert_int_equal(fault, MTASTS_DNAME_FINE);
		assert_string_equal(name.text, want);
		assert_int_equal(name.len, strlen(want));
		if (notes != row->notes)
			fail_msg("%s: notes %u", row->text, notes);
	}
}

struct bad_row {
	struct str text;
	enum mtasts_dname_fault fault;
};

#define S(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static const struct bad_row bad_rows[] = {
	{ S(""), MTASTS_DNAME_EMPTY },
	{ S("."), MTASTS_DNAME_EMPTY },
	{ S(".."), MTASTS_DNAME_EMPTY_LABEL },
	{ S(".example"), MTASTS_DNAME_EMPTY_LABEL },
	{ S("a..example"), MTASTS_DNAME_EMPTY_LABEL },
	{ S("example.org.."), MTASTS_DNAME_EMPTY_LABEL },
	{ S(U_UMLAUT "..example"), MTASTS_DNAME_EMPTY_LABEL },
	{ S(L63 "4.example"), MTASTS_DNAME_LONG_LABEL },
	{ S("-a.example"), MTASTS_DNAME_HYPHEN },
	{ S("a-.example"), MTASTS_DNAME_HYPHEN },
	{ S("-"), MTASTS_DNAME_HYPHEN },
	{ S("-" U_UMLAUT ".example"), MTASTS_DNAME_HYPHEN },
	/* REQ: POL-7 */
	{ S("a b.example"), MTASTS_DNAME_CHARACTER },
	{ S(" a.example"), MTASTS_DNAME_CHARACTER },
	{ S("a.example\n"), MTASTS_DNAME_CHARACTER },
	{ S("a\0b.example"), MTASTS_DNAME_CHARACTER },
	{ S("*.example"), MTASTS_DNAME_CHARACTER },
	{ S("a.example:25"), MTASTS_DNAME_CHARACTER },
	{ S("[a.example]"), MTASTS_DNAME_CHARACTER },
	{ S("a.example\xff"), MTASTS_DNAME_CHARACTER },
	{ S(U_UMLAUT "\0.example"), MTASTS_DNAME_CHARACTER },
	/* "account of", which the mapping writes with a slash */
	{ S("\xe2\x84\x80.example"), MTASTS_DNAME_CHARACTER },
	{ S("192.0.2.1"), MTASTS_DNAME_IP },
	{ S("192.0.2.1."), MTASTS_DNAME_IP },
	{ S("127.1"), MTASTS_DNAME_IP },
	{ S("2130706433"), MTASTS_DNAME_IP },
	{ S("[192.0.2.1]"), MTASTS_DNAME_IP },
	{ S("2001:db8::25"), MTASTS_DNAME_IP },
	{ S("::ffff:192.0.2.1"), MTASTS_DNAME_IP },
	{ S("[IPv6:2001:db8::25]"), MTASTS_DNAME_IP },
	/* full-width digits */
	{ S("\xef\xbc\x91.0.2.\xef\xbc\x92"), MTASTS_DNAME_IP },
	{ S("\xf0\x9f\x92\xa9.example"), MTASTS_DNAME_IDNA },
	{ S("\xcc\x88"
	    "a.example"),
	    MTASTS_DNAME_IDNA },
	{ S("\xe2\x80\x9cmx.example"), MTASTS_DNAME_IDNA },
};

/* test_bad - why texts are no names; the outputs stay as they were */
static void
test_bad(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		const struct bad_row *row = &bad_rows[i];
		enum mtasts_dname_fault fault = MTASTS_DNAME_FINE;
		struct mtasts_dname name = { "untouched", 9 };
		unsigned notes = 99;

		assert_int_equal(mtasts_dname_parse(row->text.p, row->text.len,
				     &name, &notes, &fault),
		    MTASTS_ESYNTAX);
		if (fault != row->fault)
			fail_msg("%s: %s", row->text.p,
			    mtasts_dname_fault_text(fault));
		assert_string_equal(name.text, "untouched");
		assert_int_equal(notes, 99);
	}
}

/* test_length - 253 bytes fit, 254 do not, a final dot is not counted */
static void
test_length(void **state)
{
	char text[2000];
	enum mtasts_dname_fault fault;
	struct mtasts_dname name;
	size_t i;

	for (i = 0; i < 25; i++)
		memcpy(text + 10 * i, L10, 10);
	memcpy(text + 250, "abc.", 5);
	assert_int_equal(
	    mtasts_dname_parse(text, 253, &name, NULL, NULL), MTASTS_OK);
	assert_int_equal(name.len, 253);
	assert_int_equal(name.text[253], '\0');
	assert_int_equal(
	    mtasts_dname_parse(text, 254, &name, NULL, NULL), MTASTS_OK);
	assert_int_equal(name.len, 253);
	text[253] = 'd';
	assert_int_equal(
	    mtasts_dname_parse(text, 254, &name, NULL, &fault), MTASTS_ESYNTAX);
	assert_int_equal(fault, MTASTS_DNAME_LONG);

	/* as U-labels: a label, a name, and bytes without end */
	for (i = 0; i < 1000; i++)
		memcpy(text + 2 * i, U_UMLAUT, 2);
	assert_int_equal(
	    mtasts_dname_parse(text, 400, &name, NULL, &fault), MTASTS_ESYNTAX);
	assert_int_equal(fault, MTASTS_DNAME_LONG_LABEL);
	assert_int_equal(mtasts_dname_parse(text, 2000, &name, NULL, &fault),
	    MTASTS_ESYNTAX);
	assert_int_equal(fault, MTASTS_DNAME_LONG);
	for (i = 0; i < 90; i++)
		memcpy(text + 3 * i, U_UMLAUT ".", 3);
	assert_int_equal(
	    mtasts_dname_parse(text, 270, &name, NULL, &fault), MTASTS_ESYNTAX);
	assert_int_equal(fault, MTASTS_DNAME_LONG);
}

/* test_null - the outputs that may be null, and no bytes at all */
static void
test_null(void **state)
{
	struct mtasts_dname name;

	assert_int_equal(
	    mtasts_dname_parse("a.b", 3, &name, NULL, NULL), MTASTS_OK);
	assert_int_equal(
	    mtasts_dname_parse("a b", 3, &name, NULL, NULL), MTASTS_ESYNTAX);
	assert_int_equal(
	    mtasts_dname_parse(NULL, 0, &name, NULL, NULL), MTASTS_ESYNTAX);
}

/* test_fault_text - a phrase of its own for every fault */
static void
test_fault_text(void **state)
{
	int i, k;

	for (i = MTASTS_DNAME_FINE; i <= MTASTS_DNAME_IDNA + 1; i++)
		for (k = MTASTS_DNAME_FINE; k < i; k++)
			assert_string_not_equal(mtasts_dname_fault_text(i),
			    mtasts_dname_fault_text(k));
}

/* test_public_suffix - where strangers may register names */
static void
test_public_suffix(void **state)
{
	static const struct {
		const char *text;
		int suffix;
	} rows[] = {
		{ "com", 1 },
		{ "co.uk", 1 },
		{ "github.io", 1 },
		{ "xn--p1ai", 1 },
		{ "xn--55qx5d.cn", 1 },
		{ "unheard-of", 1 },
		{ "example.com", 0 },
		{ "mail.example.co.uk", 0 },
		{ "city.kawasaki.jp", 0 },
	};
	struct mtasts_dname name;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(mtasts_dname_parse(rows[i].text,
				     strlen(rows[i].text), &name, NULL, NULL),
		    MTASTS_OK);
		if (!mtasts_dname_is_public_suffix(&name) != !rows[i].suffix)
			fail_msg("%s", rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_fault_text),
		cmocka_unit_test(test_public_suffix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
