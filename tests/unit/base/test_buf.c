/*
 * test_buf.c - growth, the cap, sticky errors, escaping; and utf8's table
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* the ends of what a number can be, and that a full buffer says so */
static void
test_put_u64(void **state)
{
	struct buf b;

	buf_init(&b, 30);
	buf_put_u64(&b, 0);
	buf_putc(&b, ' ');
	buf_put_u64(&b, 90);
	buf_putc(&b, ' ');
	buf_put_u64(&b, UINT64_MAX);
	assert_string_equal(b.p, "0 90 18446744073709551615");
	buf_put_u64(&b, 123456);
	assert_int_equal(buf_error(&b), MTASTS_ELIMIT);
	buf_free(&b);
}

static void
test_put(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_null(b.p);
	assert_int_equal(buf_str(&b).len, 0);
	buf_put(&b, "a\0b", 3);
	buf_puts(&b, "cd");
	buf_put_str(&b, STR("ef"));
	buf_put_str(&b, (struct str){ NULL, 0 });
	buf_putc(&b, 'g');
	buf_putf(&b, "%s=%d", "x", -7);
	assert_int_equal(b.len, 12);
	assert_memory_equal(b.p, "a\0bcdefgx=-7", 13);
	assert_int_equal(buf_error(&b), MTASTS_OK);
	buf_cut(&b, 3);
	assert_int_equal(b.len, 3);
	assert_int_equal(b.p[3], '\0');
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.p, "");
	buf_free(&b);
	assert_null(b.p);
	buf_puts(&b, "again");
	assert_string_equal(b.p, "again");
	buf_free(&b);
	buf_free(&b);
}

static void
test_growth(void **state)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (int i = 0; i < 100000; i++) {
		buf_putf(&b, "%05d", i);
		assert_int_equal(b.p[b.len], '\0');
	}
	assert_int_equal(b.len, 500000);
	assert_true(b.cap < 2 * b.len);
	assert_memory_equal(b.p + 5 * 4711, "0471104712", 10);
	buf_free(&b);
	/* One write that is longer than twice the room. */
	buf_putf(&b, "%0100000d", 7);
	assert_int_equal(b.len, 100000);
	assert_int_equal(b.p[99999], '7');
	assert_int_equal(b.cap, 100001);
	buf_free(&b);
}

/* What a write of n bytes does to a buffer that holds have of 10. */
static void
test_cap(void **state)
{
	static const struct {
		size_t have, n;
		enum mtasts_err want;
	} rows[] = {
		{ 0, 10, MTASTS_OK },
		{ 0, 11, MTASTS_ELIMIT },
		{ 9, 1, MTASTS_OK },
		{ 9, 2, MTASTS_ELIMIT },
		{ 10, 0, MTASTS_OK },
		{ 10, 1, MTASTS_ELIMIT },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf put, putf;
		size_t full = rows[i].have + rows[i].n;
		size_t len = rows[i].want == MTASTS_OK ? full : rows[i].have;

		buf_init(&put, 10);
		buf_init(&putf, 10);
		buf_put(&put, "0123456789ABC", rows[i].have);
		buf_put(&putf, "0123456789ABC", rows[i].have);
		buf_put(&put, "abcdefghijklm", rows[i].n);
		buf_putf(&putf, "%.*s", (int)rows[i].n, "abcdefghijklm");
		assert_int_equal(buf_error(&put), rows[i].want);
		assert_int_equal(buf_error(&putf), rows[i].want);
		assert_int_equal(put.len, len);
		assert_int_equal(putf.len, len);
		buf_free(&put);
		buf_free(&putf);
	}
}

static void
test_putf_fails(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	buf_puts(&b, "a");
	/* No such character in the "C" locale. */
	buf_putf(&b, "b%ls", L"\x20ac");
	assert_int_equal(buf_error(&b), MTASTS_EINVAL);
	assert_string_equal(b.p, "a");
	buf_free(&b);
}

static void
test_sticky(void **state)
{
	struct buf b;

	buf_init(&b, 4);
	buf_puts(&b, "abc");
	buf_puts(&b, "de");
	assert_int_equal(buf_error(&b), MTASTS_ELIMIT);
	/* This would fit, but a formatter's output has a hole now. */
	buf_putc(&b, 'f');
	buf_putf(&b, "g");
	buf_printable(&b, STR("h"), 9);
	assert_string_equal(b.p, "abc");
	assert_null(buf_take(&b));
	assert_int_equal(buf_error(&b), MTASTS_OK);
	buf_puts(&b, "ok");
	buf_puts(&b, "too long");
	buf_clear(&b);
	assert_int_equal(buf_error(&b), MTASTS_OK);
	buf_puts(&b, "fits");
	assert_string_equal(b.p, "fits");
	buf_free(&b);
	buf_init(&b, 0);
	buf_puts(&b, "");
	assert_int_equal(buf_error(&b), MTASTS_OK);
	assert_string_equal(b.p, "");
	buf_putc(&b, 'x');
	assert_int_equal(buf_error(&b), MTASTS_ELIMIT);
	buf_free(&b);
}

static void
test_take(void **state)
{
	struct buf b;
	char *p;

	buf_init(&b, 10);
	p = buf_take(&b);
	assert_string_equal(p, "");
	mem_free(p);
	buf_puts(&b, "text");
	p = buf_take(&b);
	assert_string_equal(p, "text");
	mem_free(p);
	assert_null(b.p);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.max, 10);
	buf_puts(&b, "0123456789");
	assert_int_equal(buf_error(&b), MTASTS_OK);
	buf_free(&b);
}

static void
test_printable(void **state)
{
	static const struct {
		struct str in;
		size_t max_in;
		const char *want;
		const char *clean; /* null: the same */
	} rows[] = {
		{ STR("plain ~!"), 99, "plain ~!", NULL },
		{ STR(""), 99, "", NULL },
		{ STR("a\\b"), 99, "a\\\\b", "a\\b" },
		{ STR("\t\n\r"), 99, "\\t\\n\\r", NULL },
		{ STR("\0\x1b[31m\x7f"), 99, "\\x00\\x1B[31m\\x7F", NULL },
		/* C1 controls: as raw bytes, and as UTF-8 */
		{ STR("\x9b"), 99, "\\x9B", NULL },
		{ STR("\xc2\x9b"), 99, "\\xC2\\x9B", NULL },
		{ STR("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), 99,
		    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", NULL },
		{ STR("\xff\xc3"), 99, "\\xFF\\xC3", NULL },
		{ STR("\xc0\x80"), 99, "\\xC0\\x80", NULL },
		/* U+202E right-to-left override, U+2066 isolate */
		{ STR("a\xe2\x80\xaez"), 99, "a\\xE2\\x80\\xAEz", NULL },
		{ STR("\xe2\x81\xa6"), 99, "\\xE2\\x81\\xA6", NULL },
		/* U+2028 line separator */
		{ STR("\xe2\x80\xa8"), 99, "\\xE2\\x80\\xA8", NULL },
		/* the cut */
		{ STR("abc"), 3, "abc", NULL },
		{ STR("abcd"), 3, "abc...", NULL },
		{ STR("abcd"), 0, "...", NULL },
		{ STR(""), 0, "", NULL },
		{ STR("\n\n\n"), 2, "\\n\\n...", NULL },
		/* never inside of a code point */
		{ STR("ab\xe2\x82\xac"), 4, "ab...", NULL },
		{ STR("ab\xe2\x82\xac"), 5, "ab\xe2\x82\xac", NULL },
		{ STR("ab\xe2\x80\xae"), 4, "ab...", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b;

		buf_init(&b, 1000);
		buf_printable(&b, rows[i].in, rows[i].max_in);
		assert_string_equal(b.p == NULL ? "" : b.p, rows[i].want);
		buf_clear(&b);
		buf_clean(&b, rows[i].in, rows[i].max_in);
		assert_string_equal(b.p == NULL ? "" : b.p,
		    rows[i].clean == NULL ? rows[i].want : rows[i].clean);
		buf_free(&b);
	}
}

static void
test_printable_is_safe(void **state)
{
	struct buf b;

	/* Every two bytes, so also every C1 control as UTF-8. */
	buf_init(&b, 100);
	for (unsigned v = 0; v < 0x10000; v++) {
		char in[2] = { (char)(v >> 8), (char)v };

		buf_clear(&b);
		buf_printable(&b, str_make(in, 2), 2);
		assert_true(str_utf8(buf_str(&b)));
		for (size_t i = 0; i < b.len; i++) {
			unsigned char c = (unsigned char)b.p[i];

			assert_true(c >= 0x20 && c != 0x7f);
			assert_false(c == 0xc2 && i + 1 < b.len &&
			    (unsigned char)b.p[i + 1] < 0xa0);
		}
	}
	buf_free(&b);
}

static void
test_code_points(void **state)
{
	static const struct {
		uint32_t first, last;
		bool printable;
	} rows[] = {
		{ 0x00, 0x1f, false },
		{ 0x20, 0x7e, true },
		{ 0x7f, 0x9f, false },
		{ 0xa0, 0xac, true },
		{ 0xad, 0xad, false },
		{ 0xae, 0x17f, true },
		{ 0x391, 0x3a1, true },
		{ 0x5d0, 0x5ea, true }, /* Hebrew itself is text */
		{ 0x61c, 0x61c, false },
		{ 0x200a, 0x200a, true },
		{ 0x200b, 0x200f, false },
		{ 0x2010, 0x2027, true },
		{ 0x2028, 0x202e, false },
		{ 0x202f, 0x205f, true },
		{ 0x2060, 0x206f, false },
		{ 0x2070, 0x2071, true },
		{ 0x4e00, 0x9fff, true },
		{ 0xd800, 0xf8ff, false },
		{ 0xf900, 0xfa6d, true },
		{ 0xfdd0, 0xfdef, false },
		{ 0xfeff, 0xfeff, false },
		{ 0xff01, 0xff5e, true },
		{ 0xfffc, 0xfffd, true },
		{ 0xfffe, 0xffff, false },
		{ 0x1f600, 0x1f64f, true },
		{ 0x1fffe, 0x1ffff, false },
		{ 0x20000, 0x2a6df, true },
		{ 0xe0000, 0xe0fff, false },
		{ 0xf0000, 0x110000, false },
		{ 0xffffffff, 0xffffffff, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t cp = rows[i].first;

		do
			assert_int_equal(utf8_printable(cp), rows[i].printable);
		while (cp++ != rows[i].last);
	}
}

static void
test_utf8_next(void **state)
{
	static const struct {
		struct str s;
		size_t len;
		uint32_t cp;
	} rows[] = {
		{ STR(""), 0, 0 },
		{ STR("\0"), 1, 0 },
		{ STR("ab"), 1, 'a' },
		{ STR("\xc2\x80z"), 2, 0x80 },
		{ STR("\xe2\x82\xac"), 3, 0x20ac },
		{ STR("\xf4\x8f\xbf\xbf"), 4, 0x10ffff },
		{ STR("\xf4\x90\x80\x80"), 0, 0 },
		{ STR("\xe2\x82"), 0, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t cp = 4711;

		assert_int_equal(utf8_next(rows[i].s, &cp), rows[i].len);
		assert_int_equal(cp, rows[i].len > 0 ? rows[i].cp : 4711);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_put_u64),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_putf_fails),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_printable_is_safe),
		cmocka_unit_test(test_code_points),
		cmocka_unit_test(test_utf8_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
