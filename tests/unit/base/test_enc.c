/*
 * test_enc.c - base64, hexadecimal, percent
 */
#include "base/enc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct buf out;

/* holds - the buffer's text is this, after the "x" it had before */
static void
holds(struct str want)
{
	assert_int_equal(out.len, want.len + 1);
	assert_int_equal(out.p[0], 'x');
	assert_memory_equal(out.p + 1, want.p, want.len);
	assert_int_equal(out.p[out.len], '\0');
}

/* fresh - a buffer that holds "x" */
static int
fresh(void **state)
{
	buf_init(&out, 1000);
	buf_puts(&out, "x");
	return 0;
}

/* done - release it */
static int
done(void **state)
{
	buf_free(&out);
	return 0;
}

/* again - a fresh one for the next row */
static void
again(void)
{
	buf_clear(&out);
	buf_puts(&out, "x");
}

static void
test_base64(void **state)
{
	/* The vectors of RFC 4648 section 10, and the digits 62 and 63. */
	static const struct {
		struct str bytes, text, url;
	} rows[] = {
		{ STR(""), STR(""), STR("") },
		{ STR("f"), STR("Zg=="), STR("Zg") },
		{ STR("fo"), STR("Zm8="), STR("Zm8") },
		{ STR("foo"), STR("Zm9v"), STR("Zm9v") },
		{ STR("foob"), STR("Zm9vYg=="), STR("Zm9vYg") },
		{ STR("fooba"), STR("Zm9vYmE="), STR("Zm9vYmE") },
		{ STR("foobar"), STR("Zm9vYmFy"), STR("Zm9vYmFy") },
		{ STR("\xfb\xff\xfe"), STR("+//+"), STR("-__-") },
		{ STR("\0\0\0\xff"), STR("AAAA/w=="), STR("AAAA_w") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		again();
		enc_base64(&out, rows[i].bytes.p, rows[i].bytes.len);
		holds(rows[i].text);
		again();
		enc_base64url(&out, rows[i].bytes.p, rows[i].bytes.len);
		holds(rows[i].url);
		again();
		assert_int_equal(
		    enc_base64_decode(&out, rows[i].text), MTASTS_OK);
		holds(rows[i].bytes);
	}
}

static void
test_base64_refused(void **state)
{
	static const char *const rows[] = { "Z", "Zg", "Zg=", "Zg===", "=",
		"====", "Z===", "Zg==Zg==", "Zm9v=", "Zm=v", "Zm9v\n", "Zm9 ",
		"Zm9-", "Zm9_", "Zm9*", "Zm9\xff",
		"Zh==", "Zm9=", "Zm9vZh==", "\n\n\n\n", "=m9v", "Z=9v" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		again();
		assert_int_equal(
		    enc_base64_decode(&out, str_of(rows[i])), MTASTS_ESYNTAX);
		holds(STR(""));
	}
	again();
	assert_int_equal(enc_base64_decode(&out, STR("Zm9\0")), MTASTS_ESYNTAX);
}

static void
test_hex(void **state)
{
	assert_int_equal(enc_hex_decode(&out, STR("")), MTASTS_OK);
	holds(STR(""));
	enc_hex(&out, "\x00\x7f\xab\xff", 4);
	holds(STR("007fabff"));
	again();
	assert_int_equal(enc_hex_decode(&out, STR("007fABff")), MTASTS_OK);
	holds(STR("\x00\x7f\xab\xff"));
}

static void
test_hex_refused(void **state)
{
	static const char *const rows[] = { "0", "000", "0g", "g0", " 0", "0x",
		"00 ", "0\xff", "00:00" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		again();
		assert_int_equal(
		    enc_hex_decode(&out, str_of(rows[i])), MTASTS_ESYNTAX);
		holds(STR(""));
	}
}

static void
test_percent(void **state)
{
	static const struct {
		struct str in;
		const char *keep;
		struct str want;
	} rows[] = {
		{ STR(""), "", STR("") },
		{ STR("aZ09-._~"), "", STR("aZ09-._~") },
		{ STR("a b,c!d;"), "", STR("a%20b%2Cc%21d%3B") },
		{ STR("/p?q=%"), "/?=", STR("/p?q=%25") },
		{ STR("\0\xc3\xa4"), NULL, STR("%00%C3%A4") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		again();
		enc_percent(&out, rows[i].in, rows[i].keep);
		holds(rows[i].want);
		again();
		assert_int_equal(
		    enc_percent_decode(&out, rows[i].want), MTASTS_OK);
		holds(rows[i].in);
	}
	again();
	assert_int_equal(
	    enc_percent_decode(&out, STR("%c3%A4+%2B")), MTASTS_OK);
	holds(STR("\xc3\xa4++"));
}

static void
test_percent_refused(void **state)
{
	static const char *const rows[] = { "%", "%4", "%4g", "%g4", "a%",
		"ok%20%2", "%%20", "% 20", "%-1" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		again();
		assert_int_equal(
		    enc_percent_decode(&out, str_of(rows[i])), MTASTS_ESYNTAX);
		holds(STR(""));
	}
}

static void
test_limit(void **state)
{
	struct buf b;

	buf_init(&b, 2);
	assert_int_equal(enc_base64_decode(&b, STR("Zm9v")), MTASTS_ELIMIT);
	buf_clear(&b);
	assert_int_equal(enc_hex_decode(&b, STR("000000")), MTASTS_ELIMIT);
	buf_clear(&b);
	assert_int_equal(enc_percent_decode(&b, STR("abc")), MTASTS_ELIMIT);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_base64, fresh, done),
		cmocka_unit_test_setup_teardown(
		    test_base64_refused, fresh, done),
		cmocka_unit_test_setup_teardown(test_hex, fresh, done),
		cmocka_unit_test_setup_teardown(test_hex_refused, fresh, done),
		cmocka_unit_test_setup_teardown(test_percent, fresh, done),
		cmocka_unit_test_setup_teardown(
		    test_percent_refused, fresh, done),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
