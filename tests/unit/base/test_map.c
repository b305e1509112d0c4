/*
 * test_map.c - the table over keyed hashes
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

/* Room made beforehand: nothing moves on the way. */
static void
test_reserve(void **state)
{
	struct arena *a = arena_new(SIZE_MAX);
	struct str *k = keys(a);
	struct map_slot *slots;
	struct map m;

	map_init(&m, seed);
	assert_int_equal(map_put(&m, k[0], &k[0], NULL), MTASTS_OK);
	assert_int_equal(map_reserve(&m, MANY), MTASTS_OK);
	slots = m.slots;
	for (int i = 1; i < MANY; i++)
		assert_int_equal(map_put(&m, k[i], &k[i], NULL), MTASTS_OK);
	assert_ptr_equal(m.slots, slots);
	assert_true(m.cap <= 4 * MANY);
	assert_int_equal(map_reserve(&m, 5), MTASTS_OK);
	assert_ptr_equal(m.slots, slots);
	assert_ptr_equal(map_get(&m, k[0]), &k[0]);
	assert_int_equal(map_reserve(&m, SIZE_MAX), MTASTS_ENOMEM);
	assert_int_equal(m.count, MANY);
	map_free(&m);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_basics),
		cmocka_unit_test(test_key_is_replaced),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_tombstones),
		cmocka_unit_test(test_reserve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
