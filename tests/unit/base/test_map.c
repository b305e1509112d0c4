/*
 * test_map.c - the keyed hash, and the table over it
 */
#include "base/map.h"

#include "base/arena.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define MANY	 100000

static const uint64_t seed[2] = { 1, 2 };

static void
test_hash(void **state)
{
	/*
	 * Made with another implementation: hash(bytes) of CPython 3.11, with
	 * PYTHONHASHSEED 0 (an all-zero key) and 1.
	 */
	static const struct {
		uint64_t seed[2];
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

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(map_hash(rows[i].seed, rows[i].s) == rows[i].want);
}

static void
test_basics(void **state)
{
	struct map m;
	int a = 1, b = 2;
	void *old = &a;

	map_init(&m, seed);
	assert_null(map_get(&m, STR("a")));
	assert_null(map_del(&m, STR("a")));
	assert_int_equal(map_put(&m, STR("a"), NULL, NULL), MTASTS_EINVAL);
	assert_int_equal(map_put(&m, STR("a"), &a, &old), MTASTS_OK);
	assert_null(old);
	assert_ptr_equal(map_get(&m, STR("a")), &a);
	assert_null(map_get(&m, STR("A")));
	assert_null(map_get(&m, STR("a\0")));
	assert_int_equal(map_put(&m, STR("a"), &b, &old), MTASTS_OK);
	assert_ptr_equal(old, &a);
	assert_int_equal(m.count, 1);
	assert_int_equal(map_put(&m, STR(""), &a, NULL), MTASTS_OK);
	assert_ptr_equal(map_get(&m, (struct str){ NULL, 0 }), &a);
	assert_ptr_equal(map_del(&m, STR("a")), &b);
	assert_null(map_get(&m, STR("a")));
	assert_null(map_del(&m, STR("a")));
	assert_int_equal(m.count, 1);
	map_free(&m);
	assert_int_equal(m.count, 0);
	assert_null(map_get(&m, STR("")));
	map_free(&m);
}

static void
test_key_is_replaced(void **state)
{
	char first[] = "key", second[] = "key";
	struct map m;
	struct str key;
	size_t pos = 0;

	map_init(&m, seed);
	assert_int_equal(map_put(&m, str_of(first), &m, NULL), MTASTS_OK);
	assert_int_equal(map_put(&m, str_of(second), &m, NULL), MTASTS_OK);
	first[0] = 'x'; /* the first may go now */
	assert_ptr_equal(map_get(&m, STR("key")), &m);
	assert_true(map_next(&m, &pos, &key, NULL));
	assert_ptr_equal(key.p, second);
	assert_false(map_next(&m, &pos, &key, NULL));
	map_free(&m);
}

/* keys - MANY different keys, "0" to "99999" */
static struct str *
keys(struct arena *a)
{
	struct str *k = arena_zalloc(a, MANY, sizeof(*k));

	for (int i = 0; i < MANY; i++)
		k[i] = str_of(arena_printf(a, "%d", i));
	return k;
}

static void
test_many(void **state)
{
	struct arena *a = arena_new(SIZE_MAX);
	struct str *k = keys(a), key;
	struct map m;
	void *value;
	size_t pos = 0, walked = 0;

	map_init(&m, seed);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(map_put(&m, k[i], &k[i], NULL), MTASTS_OK);
	assert_int_equal(m.count, MANY);
	assert_true(m.cap <= 4 * MANY);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(map_get(&m, k[i]), &k[i]);
	/* A walk meets each entry once, and may delete it. */
	while (map_next(&m, &pos, &key, &value)) {
		struct str *k1 = value;

		assert_ptr_equal(k1->p, key.p);
		if ((k1 - k) % 2 == 1)
			assert_ptr_equal(map_del(&m, key), value);
		walked++;
	}
	assert_int_equal(walked, MANY);
	assert_int_equal(m.count, MANY / 2);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(map_get(&m, k[i]), i % 2 == 0 ? &k[i] : NULL);
	for (int i = 1; i < MANY; i += 2)
		assert_int_equal(map_put(&m, k[i], &k[0], NULL), MTASTS_OK);
	assert_int_equal(m.count, MANY);
	for (int i = 0; i < MANY; i++)
		assert_ptr_equal(map_get(&m, k[i]), i % 2 == 0 ? &k[i] : &k[0]);
	map_free(&m);
	arena_free(a);
}

/* Entries come and go for ever: the table must not grow. */
static void
test_tombstones(void **state)
{
	struct arena *a = arena_new(SIZE_MAX);
	struct str *k = keys(a);
	struct map m;

	map_init(&m, seed);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(map_put(&m, k[i], &k[i], NULL), MTASTS_OK);
		if (i >= 5)
			assert_ptr_equal(map_del(&m, k[i - 5]), &k[i - 5]);
		assert_true(m.used <= m.cap / 4 * 3);
	}
	assert_int_equal(m.count, 5);
	assert_int_equal(m.cap, 16);
	/* The same key again and again takes its own tombstone back. */
	map_free(&m);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(map_put(&m, k[0], &k[0], NULL), MTASTS_OK);
		assert_int_equal(m.used, 1);
		assert_ptr_equal(map_del(&m, k[0]), &k[0]);
	}
	map_free(&m);
	arena_free(a);
}

static void
test_order_of_seed(void **state)
{
	static const uint64_t other[2] = { 1, 3 };
	unsigned same = 0;

	for (unsigned i = 0; i < 256; i++) {
		struct str s = str_make((const char[]){ (char)i }, 1);

		same += map_hash(seed, s) == map_hash(other, s);
	}
	assert_int_equal(same, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_basics),
		cmocka_unit_test(test_key_is_replaced),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_tombstones),
		cmocka_unit_test(test_order_of_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
