/*
 * test_arena.c - the arena, and the calls of malloc
 */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* is_zero - are all bytes cleared? */
static bool
is_zero(const char *p, size_t len)
{
	while (len > 0)
		if (p[--len] != 0)
			return false;
	return true;
}

static void
test_mem(void **state)
{
	char *p = mem_alloc(0), *q;

	assert_non_null(p);
	mem_free(p);
	p = mem_zalloc(0, 8);
	assert_non_null(p);
	mem_free(p);
	p = mem_zalloc(100, 7);
	assert_true(is_zero(p, 700));
	memset(p, 'x', 700);
	q = mem_grow(p, 1000, 9);
	assert_non_null(q);
	assert_int_equal(q[699], 'x');
	assert_null(mem_grow(q, SIZE_MAX / 2, 3));
	assert_int_equal(q[0], 'x');
	mem_free(q);
	assert_null(mem_zalloc(SIZE_MAX / 2, 3));
	p = mem_grow(NULL, 0, 0);
	assert_non_null(p);
	mem_free(p);
	mem_free(NULL);
}

static void
test_strdup(void **state)
{
	char *p = mem_strdup(str_make("abcdef", 3));

	assert_string_equal(p, "abc");
	mem_free(p);
	p = mem_strdup((struct str){ NULL, 0 });
	assert_string_equal(p, "");
	mem_free(p);
	p = mem_strdup(STR("a\0b"));
	assert_memory_equal(p, "a\0b", 4);
	mem_free(p);
	assert_null(mem_strdup(str_make("x", SIZE_MAX)));
}

static void
test_alloc(void **state)
{
	struct arena *a = arena_new(SIZE_MAX);
	char *p[2000];

	/* Sizes 0 to 1999: past the first chunks, some larger than these. */
	for (size_t i = 0; i < 2000; i++) {
		p[i] = arena_alloc(a, i);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
		assert_true(is_zero(p[i], i));
		memset(p[i], (int)(i % 251), i);
	}
	/* None lies over another one. */
	for (size_t i = 1; i < 2000; i++)
		for (size_t j = 0; j < i; j++)
			assert_true((unsigned char)p[i][j] == i % 251);
	assert_true(arena_used(a) >= 2000 * 1999 / 2);
	arena_free(a);
	arena_free(NULL);
}

static void
test_large_keeps_room(void **state)
{
	struct arena *a = arena_new(SIZE_MAX);
	char *small = arena_alloc(a, 16), *next;

	assert_non_null(arena_alloc(a, 1 << 20));
	next = arena_alloc(a, 16);
	/* The large one got a chunk of its own; the first is still used. */
	assert_true(next > small && next < small + 512);
	arena_free(a);
}

static void
test_max(void **state)
{
	struct arena *a = arena_new(64);

	assert_int_equal(arena_used(a), 0);
	assert_null(arena_alloc(a, 65));
	assert_non_null(arena_alloc(a, 33)); /* counts as 48 */
	assert_int_equal(arena_used(a), 48);
	assert_null(arena_alloc(a, 17));
	assert_non_null(arena_alloc(a, 16));
	assert_int_equal(arena_used(a), 64);
	assert_null(arena_alloc(a, 1));
	assert_null(arena_alloc(a, 0));
	arena_free(a);
	a = arena_new(SIZE_MAX);
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 15));
	assert_null(arena_alloc(a, SIZE_MAX - 64));
	assert_null(arena_zalloc(a, SIZE_MAX / 4, 5));
	assert_null(arena_dup(a, str_make("x", SIZE_MAX)));
	assert_int_equal(arena_used(a), 0);
	arena_free(a);
}

static void
test_text(void **state)
{
	struct arena *a = arena_new(1000);
	int *n;

	assert_string_equal(arena_dup(a, str_make("abcdef", 3)), "abc");
	assert_string_equal(arena_dup(a, (struct str){ NULL, 0 }), "");
	assert_memory_equal(arena_dup(a, STR("a\0b")), "a\0b", 4);
	assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(arena_printf(a, "%s", ""), "");
	assert_null(arena_printf(a, "%2000d", 1));
	n = arena_zalloc(a, 10, sizeof(*n));
	for (int i = 0; i < 10; i++)
		assert_int_equal(n[i], 0);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mem),
		cmocka_unit_test(test_strdup),
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_large_keeps_room),
		cmocka_unit_test(test_max),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
