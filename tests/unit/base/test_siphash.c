/*
 * test_siphash - both sizes against other implementations
 *
 * 128 bits: the first vectors of the authors, and one that "openssl mac" gives.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/siphash.h"
#include "base/enc.h"

static void
test_128(void **state)
{
	static const struct {
		const char *text;
		const char *hash;
	} rows[] = {
		{ "", "a3817f04ba25a8e66df67214c7550293" },
		{ "a", "0ea4f2fb02ad21d92d5fc91684f26426" },
		{ "abcdefgh", "8c93e201ac8e8396897e3133e447eda3" },
		{ "some longer text here!",
		    "dec93aaff4b16f31373c10b391460a13" },
	};
	uint8_t key[SIPHASH_KEY_LEN], hash[SIPHASH_LEN];
	struct buf b;

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		siphash128(key, str_of(rows[i].text), hash);
		buf_init(&b, 64);
		enc_hex(&b, hash, sizeof(hash));
		assert_string_equal(b.p, rows[i].hash);
		buf_free(&b);
	}
}

static void
test_64(void **state)
{
	/*
	 * Made with another implementation: hash(bytes) of CPython 3.11, with
	 * PYTHONHASHSEED 0 (an all-zero key) and 1.
	 */
	static const struct {
		uint64_t key[2];
		struct str s;
		uint64_t want;
	} rows[] = {
		{ { 0x0, 0x0 }, STR("a"), 0x407448d2b89b1813 },
		{ { 0x0, 0x0 }, STR("ab"), 0x555508cbc6add439 },
		{ { 0x0, 0x0 }, STR("abcdefg"), 0x6db12aae9070f506 },
		{ { 0x0, 0x0 }, STR("abcdefgh"), 0x3f7b849c0b8e35ea },
		{ { 0x0, 0x0 }, STR("abcdefghi"), 0xf89b34a3d11eb6e5 },
		{ { 0x0, 0x0 }, STR("mta-sts.example.com"),
		    0xb9d81ed12ec62a24 },
		{ { 0x0, 0x0 }, STR("0123456789abcdef"), 0x1d42b30f7e060c24 },
		{ { 0xaed66ce184be2329, 0xebe9bbf1f1499052 }, STR("a"),
		    0xd6300bc9f7cc0e73 },
		{ { 0xaed66ce184be2329, 0xebe9bbf1f1499052 }, STR("ab"),
		    0xb8561ee67cd5b166 },
		{ { 0xaed66ce184be2329, 0xebe9bbf1f1499052 }, STR("abcdefg"),
		    0x2cc75771f0205010 },
		{ { 0xaed66ce184be2329, 0xebe9bbf1f1499052 }, STR("abcdefgh"),
		    0xfd3011ff3947e7f4 },
		{ { 0xaed66ce184be2329, 0xebe9bbf1f1499052 }, STR("abcdefghi"),
		    0x6d3c39f07e99250c },
		{ { 0xaed66ce184be2329, 0xebe9bbf1f1499052 },
		    STR("mta-sts.example.com"), 0xd605832630bcc484 },
		{ { 0xaed66ce184be2329, 0xebe9bbf1f1499052 },
		    STR("0123456789abcdef"), 0x32fb2aa9e1a93942 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(siphash64(rows[i].key, rows[i].s) == rows[i].want);
}

static void
test_64_key(void **state)
{
	static const uint64_t one[2] = { 1, 2 }, other[2] = { 1, 3 };
	unsigned same = 0;

	for (unsigned i = 0; i < 256; i++) {
		struct str s = str_make((const char[]){ (char)i }, 1);

		same += siphash64(one, s) == siphash64(other, s);
	}
	assert_int_equal(same, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_128),
		cmocka_unit_test(test_64),
		cmocka_unit_test(test_64_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
