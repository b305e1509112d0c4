/*
 * test_taglist - the grammar that both TXT records share
 */
#include "core/taglist.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define N32 "a2345678901234567890123456789012"

/* One field expected; a list ends with a null text. */
struct want {
	const char *text;
	unsigned column;
	enum taglist_fault fault;
	unsigned fault_column;
	unsigned end_blank;
};

struct row {
	const char *text;
	struct want want[5];
};

/* REQ: TXT-1 TXT-4 TXT-11 */
static const struct row rows[] = {
	{ "", { { 0 } } },
	{ " \t ", { { 0 } } },
	{ "a=b", { { "a=b", 1, 0, 0, 0 } } },
	{ "a=b;", { { "a=b", 1, 0, 0, 0 } } },
	{ "a=b; ", { { "a=b", 1, 0, 0, 0 } } },
	{ "a=b;c=d", { { "a=b", 1, 0, 0, 0 }, { "c=d", 5, 0, 0, 0 } } },
	{ "a=b \t; \tc=d ;", { { "a=b", 1, 0, 0, 0 }, { "c=d", 9, 0, 0, 0 } } },
	{ "a=b ", { { "a=b", 1, 0, 0, 4 } } },
	{ "a=b; c=d\t", { { "a=b", 1, 0, 0, 0 }, { "c=d", 6, 0, 0, 9 } } },
	{ ";a=b", { { "", 1, TAGLIST_EMPTY, 1, 0 }, { "a=b", 2, 0, 0, 0 } } },
	{ "a=b;;", { { "a=b", 1, 0, 0, 0 }, { "", 5, TAGLIST_EMPTY, 5, 0 } } },
	{ "a=b; ;", { { "a=b", 1, 0, 0, 0 }, { "", 6, TAGLIST_EMPTY, 6, 0 } } },
	{ "word", { { "word", 1, TAGLIST_NO_EQUALS, 1, 0 } } },
	{ "a:b; c=d",
	    { { "a:b", 1, TAGLIST_NO_EQUALS, 1, 0 }, { "c=d", 6, 0, 0, 0 } } },
	{ "a =b", { { "a =b", 1, TAGLIST_NAME_BLANK, 2, 0 } } },
	{ "a= b", { { "a= b", 1, TAGLIST_NAME_BLANK, 2, 0 } } },
	{ "x=1; a = b",
	    { { "x=1", 1, 0, 0, 0 },
		{ "a = b", 6, TAGLIST_NAME_BLANK, 7, 0 } } },
	{ "=b", { { "=b", 1, TAGLIST_NAME, 1, 0 } } },
	{ "a%=b", { { "a%=b", 1, TAGLIST_NAME, 2, 0 } } },
	{ "-a=b", { { "-a=b", 1, TAGLIST_NAME, 1, 0 } } },
	{ "a b=c", { { "a b=c", 1, TAGLIST_NAME, 2, 0 } } },
	{ "a-_.9=b", { { "a-_.9=b", 1, 0, 0, 0 } } },
	{ N32 "=b", { { N32 "=b", 1, 0, 0, 0 } } },
	{ N32 "3=b", { { N32 "3=b", 1, TAGLIST_NAME, 33, 0 } } },
	{ "a=", { { "a=", 1, TAGLIST_VALUE_EMPTY, 2, 0 } } },
	{ "a=;b=c",
	    { { "a=", 1, TAGLIST_VALUE_EMPTY, 2, 0 }, { "b=c", 4, 0, 0, 0 } } },
	{ "a=b c", { { "a=b c", 1, TAGLIST_VALUE, 4, 0 } } },
	{ "a=b=c", { { "a=b=c", 1, TAGLIST_VALUE, 4, 0 } } },
	{ "a=\x7f", { { "a=\x7f", 1, TAGLIST_VALUE, 3, 0 } } },
	{ "a=\xc3\xa9", { { "a=\xc3\xa9", 1, TAGLIST_VALUE, 3, 0 } } },
	{ "a=!\"#$%&'()*+,-./:<>?@[\\]^_`{|}~",
	    { { "a=!\"#$%&'()*+,-./:<>?@[\\]^_`{|}~", 1, 0, 0, 0 } } },
};

/* test_fields - each field, where it stands and what is wrong with it */
static void
test_fields(void **state)
{
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct taglist list;
		struct taglist_field f;
		const struct want *w = rows[i].want;

		taglist_begin(&list, str_of(rows[i].text));
		for (k = 0; taglist_next(&list, &f); k++) {
			if (w[k].text == NULL)
				fail_msg("%s: field too many", rows[i].text);
			if (!str_eq(f.text, str_of(w[k].text)) ||
			    f.column != w[k].column || f.fault != w[k].fault ||
			    f.fault_column != w[k].fault_column ||
			    f.end_blank != w[k].end_blank)
				fail_msg("%s: field %zu: column %u, fault %d "
					 "at %u, end %u",
				    rows[i].text, k, f.column, f.fault,
				    f.fault_column, f.end_blank);
		}
		if (w[k].text != NULL)
			fail_msg("%s: only %zu fields", rows[i].text, k);
		assert_false(taglist_next(&list, &f));
	}
}

/* test_parts - name and value of a field, and where the value stands */
static void
test_parts(void **state)
{
	struct taglist list;
	struct taglist_field f;

	taglist_begin(&list, STR("v=1; ab = cd=e ; word"));
	assert_true(taglist_next(&list, &f));
	assert_true(str_eq(f.name, STR("v")));
	assert_true(str_eq(f.value, STR("1")));
	assert_int_equal(f.value_column, 3);
	assert_true(taglist_next(&list, &f));
	assert_true(str_eq(f.name, STR("ab")));
	assert_true(str_eq(f.value, STR("cd=e")));
	assert_int_equal(f.value_column, 11);
	assert_true(taglist_next(&list, &f));
	assert_true(str_eq(f.name, STR("word")));
	assert_int_equal(f.value.len, 0);
	assert_false(taglist_next(&list, &f));
}

/* test_version - the version and its semicolon */
static void
test_version(void **state)
{
	static const struct {
		const char *text;
		bool begins;
		bool blank;
	} cases[] = {
		/* REQ: TXT-2 TXT-7 */
		{ "v=X1;", true, false },
		{ "v=X1;a=b", true, false },
		{ "v=X1 ;", true, true },
		{ "v=X1\t ; a=b", true, true },
		{ "v=X1", false, false },
		{ "v=X1 ", false, false },
		{ "v=X1 a=b;", false, false },
		{ "v=X10;", false, false },
		{ "V=X1;", false, false },
		{ "v=x1;", false, false },
		{ " v=X1;", false, false },
		{ "", false, false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool blank = false;

		if (taglist_version(str_of(cases[i].text), STR("v=X1"),
			&blank) != cases[i].begins ||
		    blank != cases[i].blank)
			fail_msg("%s", cases[i].text);
	}
	assert_true(taglist_version(STR("v=X1;"), STR("v=X1"), NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
