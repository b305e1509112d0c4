/*
 * test_str.c - spans: cutting, comparing, numbers, distance
 */
#include "base/str.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct str nothing = { NULL, 0 };

/* is - does the span hold this text? */
static void
is(struct str s, const char *text)
{
	assert_int_equal(s.len, strlen(text));
	if (s.len > 0)
		assert_memory_equal(s.p, text, s.len);
}

static void
test_sub(void **state)
{
	static const struct {
		const char *s;
		size_t from, len;
		const char *want;
	} rows[] = {
		{ "abcdef", 0, 6, "abcdef" },
		{ "abcdef", 2, 3, "cde" },
		{ "abcdef", 2, 99, "cdef" },
		{ "abcdef", 6, 1, "" },
		{ "abcdef", 7, 1, "" },
		{ "abcdef", SIZE_MAX, SIZE_MAX, "" },
		{ "abcdef", 1, SIZE_MAX, "bcdef" },
		{ "", 0, 1, "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		is(str_sub(str_of(rows[i].s), rows[i].from, rows[i].len),
		    rows[i].want);
	assert_null(str_sub(nothing, 3, 3).p);
	assert_int_equal(str_of(NULL).len, 0);
}

static void
test_compare(void **state)
{
	static const struct {
		struct str a, b;
		bool eq, eq_nocase;
		int cmp;
	} rows[] = {
		{ STR(""), { NULL, 0 }, true, true, 0 },
		{ STR("a"), STR("a"), true, true, 0 },
		{ STR("a"), STR("A"), false, true, 1 },
		{ STR("Z"), STR("z"), false, true, -1 },
		{ STR("@"), STR("`"), false, false, -1 },
		{ STR("["), STR("{"), false, false, -1 },
		{ STR("ab"), STR("abc"), false, false, -1 },
		{ STR("abc"), STR("ab"), false, false, 1 },
		{ STR("b"), STR("abc"), false, false, 1 },
		{ STR(""), STR("a"), false, false, -1 },
		{ STR("a\0b"), STR("a\0c"), false, false, -1 },
		{ STR("a\0b"), STR("a\0b"), true, true, 0 },
		/* Bytes are unsigned, and only ASCII has a case. */
		{ STR("\xff"), STR("a"), false, false, 1 },
		{ STR("\xc3\x84"), STR("\xc3\xa4"), false, false, -1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int c = str_cmp(rows[i].a, rows[i].b);

		assert_int_equal(str_eq(rows[i].a, rows[i].b), rows[i].eq);
		assert_int_equal(
		    str_eq_nocase(rows[i].a, rows[i].b), rows[i].eq_nocase);
		assert_int_equal((c > 0) - (c < 0), rows[i].cmp);
		c = str_cmp(rows[i].b, rows[i].a);
		assert_int_equal((c > 0) - (c < 0), -rows[i].cmp);
	}
}

static void
test_starts_ends(void **state)
{
	static const struct {
		struct str s, part;
		bool starts, starts_nocase, ends;
	} rows[] = {
		{ STR("v=STSv1;"), STR("v=STSv1"), true, true, false },
		{ STR("V=stsv1;"), STR("v=STSv1"), false, true, false },
		{ STR("a.example"), STR(".example"), false, false, true },
		{ STR("example"), STR(".example"), false, false, false },
		{ STR("x"), STR("x"), true, true, true },
		{ STR("x"), STR(""), true, true, true },
		{ { NULL, 0 }, { NULL, 0 }, true, true, true },
		{ { NULL, 0 }, STR("x"), false, false, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(
		    str_starts(rows[i].s, rows[i].part), rows[i].starts);
		assert_int_equal(str_starts_nocase(rows[i].s, rows[i].part),
		    rows[i].starts_nocase);
		assert_int_equal(
		    str_ends(rows[i].s, rows[i].part), rows[i].ends);
	}
}

static void
test_chr_find(void **state)
{
	static const struct {
		struct str s, needle;
		size_t want;
	} rows[] = {
		{ STR("abcabc"), STR("c"), 2 },
		{ STR("abcabc"), STR("ca"), 2 },
		{ STR("abcabc"), STR("abcabc"), 0 },
		{ STR("abcabc"), STR("abcabcd"), 6 },
		{ STR("abcabc"), STR("x"), 6 },
		{ STR("abcabc"), STR(""), 0 },
		{ STR("a\0b"), STR("\0"), 1 },
		{ STR("aab"), STR("ab"), 1 },
		{ { NULL, 0 }, STR("x"), 0 },
		{ { NULL, 0 }, { NULL, 0 }, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(
		    str_find(rows[i].s, rows[i].needle), rows[i].want);
		assert_int_equal(
		    str_find_nocase(rows[i].s, rows[i].needle), rows[i].want);
		if (rows[i].needle.len == 1)
			assert_int_equal(
			    str_chr(rows[i].s, rows[i].needle.p[0]),
			    rows[i].want);
	}
	/* Not past the span, though the byte is there in memory. */
	assert_int_equal(str_chr(str_make("abc", 2), 'c'), 2);
	assert_int_equal(str_find_nocase(STR("xMoDe"), STR("mOdE")), 1);
	assert_int_equal(str_find_nocase(str_make("mode", 3), STR("MODE")), 3);
}

static void
test_high(void **state)
{
	assert_int_equal(str_high(STR("")), 0);
	assert_int_equal(str_high(STR("a\0\x7f")), 3);
	assert_int_equal(str_high(STR("a\x80")), 1);
	assert_int_equal(str_high(STR("\xff\xff")), 0);
}

static void
test_cut(void **state)
{
	static const struct {
		const char *s;
		bool found;
		const char *before, *after;
	} rows[] = {
		{ "mode: x", true, "mode", " x" },
		{ "a:b:c", true, "a", "b:c" },
		{ ":", true, "", "" },
		{ "a:", true, "a", "" },
		{ ":a", true, "", "a" },
		{ "none", false, "none", "" },
		{ "", false, "", "" },
	};
	struct str before, after, s = STR("a=b");

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool found = str_cut(str_of(rows[i].s), ':', &before, &after);

		assert_int_equal(found, rows[i].found);
		is(before, rows[i].before);
		is(after, rows[i].after);
	}
	assert_true(str_cut(s, '=', NULL, NULL));
	assert_true(str_cut(s, '=', NULL, &s));
	is(s, "b");
}

static void
test_line(void **state)
{
	static const struct {
		const char *text;
		const char *lines[4];
		bool last_ended;
	} rows[] = {
		{ "", { NULL }, false },
		{ "a", { "a" }, false },
		{ "a\n", { "a" }, true },
		{ "a\r\nb", { "a\r", "b" }, false },
		{ "\n\nb\n", { "", "", "b" }, true },
		{ "a\rb\n", { "a\rb" }, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str rest = str_of(rows[i].text), line;
		bool ended = false;
		size_t n = 0;

		for (; str_line(&rest, &line, &ended); n++) {
			assert_non_null(rows[i].lines[n]);
			is(line, rows[i].lines[n]);
		}
		assert_null(rows[i].lines[n]);
		assert_int_equal(ended, rows[i].last_ended);
		rest = str_of(rows[i].text);
		assert_int_equal(str_line(&rest, &line, NULL), n > 0);
	}
}

static void
test_trim(void **state)
{
	static const struct {
		const char *s, *both, *left, *right;
	} rows[] = {
		{ " \ta b\t ", "a b", "a b\t ", " \ta b" },
		{ "a", "a", "a", "a" },
		{ "", "", "", "" },
		{ " \t ", "", "", "" },
		/* Line ends are no WSP. */
		{ "a\r", "a\r", "a\r", "a\r" },
		{ "\n a", "\n a", "\n a", "\n a" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str s = str_of(rows[i].s);

		is(str_trim(s), rows[i].both);
		is(str_trim_left(s), rows[i].left);
		is(str_trim_right(s), rows[i].right);
	}
	is(str_trim(nothing), "");
}

static void
test_u64(void **state)
{
	static const struct {
		const char *s;
		uint64_t max;
		bool ok;
		uint64_t want;
	} rows[] = {
		{ "0", 0, true, 0 },
		{ "1", 0, false, 0 },
		{ "604800", 31557600, true, 604800 },
		{ "31557600", 31557600, true, 31557600 },
		{ "31557601", 31557600, false, 0 },
		{ "0000000000000000000000000000007", 7, true, 7 },
		{ "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, false, 0 },
		{ "18446744073709551620", UINT64_MAX, false, 0 },
		{ "99999999999999999999999", UINT64_MAX, false, 0 },
		{ "9", 10, true, 9 },
		{ "10", 10, true, 10 },
		{ "11", 10, false, 0 },
		{ "", 9, false, 0 },
		{ "+1", 9, false, 0 },
		{ "-1", 9, false, 0 },
		{ " 1", 9, false, 0 },
		{ "1 ", 9, false, 0 },
		{ "1a", 99, false, 0 },
		{ "0x1", 99, false, 0 },
		{ "1.0", 99, false, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t v = 4711;

		assert_int_equal(
		    str_u64(str_of(rows[i].s), rows[i].max, &v), rows[i].ok);
		assert_true(v == (rows[i].ok ? rows[i].want : 4711));
	}
}

static void
test_utf8(void **state)
{
	static const struct {
		struct str s;
		bool ok;
	} rows[] = {
		{ { NULL, 0 }, true },
		{ STR("plain"), true },
		{ STR("\x7f\xc2\x80"), true },
		{ STR("\xdf\xbf\xe0\xa0\x80"), true },
		{ STR("\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), true },
		{ STR("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true },
		{ STR("a\0b"), false },
		{ STR("\x80"), false }, /* tail alone */
		{ STR("\xbf"), false },
		{ STR("\xc0\x80"), false }, /* overlong */
		{ STR("\xc1\xbf"), false },
		{ STR("\xe0\x9f\xbf"), false },
		{ STR("\xf0\x8f\xbf\xbf"), false },
		{ STR("\xed\xa0\x80"), false }, /* surrogates */
		{ STR("\xed\xbf\xbf"), false },
		{ STR("\xf4\x90\x80\x80"), false }, /* past U+10FFFF */
		{ STR("\xf5\x80\x80\x80"), false },
		{ STR("\xfe"), false },
		{ STR("\xff"), false },
		{ STR("\xc3"), false }, /* cut short */
		{ STR("\xe2\x82"), false },
		{ STR("\xf0\x9f\x98"), false },
		{ STR("\xc3("), false }, /* wrong tail */
		{ STR("\xe2\x28\xa1"), false },
		{ STR("\xf0\x28\x8c\xbc"), false },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(str_utf8(rows[i].s), rows[i].ok);
	/* The tail is in memory, but not in the span. */
	assert_false(str_utf8(str_make("\xc3\xa4", 1)));
}

static void
test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned want;
	} rows[] = {
		{ "", "", 0 },
		{ "mx", "", 2 },
		{ "mode", "mode", 0 },
		{ "Mode", "mODE", 0 },
		{ "nmx", "mx", 1 },
		{ "mxx", "mx", 1 },
		{ "ms", "mx", 1 },
		{ "xm", "mx", 1 },
		{ "moed", "mode", 1 },
		{ "version", "verison", 1 },
		{ "max-age", "max_age", 1 },
		{ "enforced", "enforce", 1 },
		{ "kitten", "sitting", 3 },
		{ "abcd", "badc", 2 },
		/* Alignment: a swapped pair is not edited again. */
		{ "ca", "abc", 3 },
		{ "12345678901234567890123456789012", "", 32 },
		{ "123456789012345678901234567890123", "", UINT_MAX },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str a = str_of(rows[i].a), b = str_of(rows[i].b);

		assert_int_equal(str_distance(a, b), rows[i].want);
		assert_int_equal(str_distance(b, a), rows[i].want);
	}
}

static void
test_ascii(void **state)
{
	for (int c = CHAR_MIN; c <= CHAR_MAX; c++) {
		bool upper = c >= 'A' && c <= 'Z';
		bool lower = c >= 'a' && c <= 'z';
		bool digit = c >= '0' && c <= '9';

		assert_int_equal(ascii_lower((char)c), upper ? c + 32 : c);
		assert_int_equal(ascii_digit((char)c), digit);
		assert_int_equal(ascii_alnum((char)c), upper || lower || digit);
		assert_int_equal(ascii_wsp((char)c), c == ' ' || c == '\t');
	}
}

static void
test_digits(void **state)
{
	assert_true(str_digits(STR("0")));
	assert_true(str_digits(STR("00123456789012345678901234567890")));
	assert_false(str_digits(STR("")));
	assert_false(str_digits(STR("12a")));
	assert_false(str_digits(STR("-1")));
	assert_false(str_digits(STR("1\0")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_sub),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_starts_ends),
		cmocka_unit_test(test_chr_find),
		cmocka_unit_test(test_high),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
