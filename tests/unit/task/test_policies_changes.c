/*
 * test_policies_changes.c - what is written, in which order, and that nothing
 * is left out however memory changes meanwhile
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "task/policies_changes.h"

static const uint64_t seed[2] = { 1, 2 };
static struct map all;
static struct changes ch;

/* set_up - nothing in memory, nothing changed */
static int
set_up(void **state)
{
	map_init(&all, seed);
	changes_init(&ch, &all, seed);
	return 0;
}

/* tear_down - without blocks */
static int
tear_down(void **state)
{
	size_t pos = 0;
	void *block;

	changes_free(&ch);
	while (map_next(&all, &pos, NULL, &block))
		mem_free(block);
	map_free(&all);
	return 0;
}

/* name_of - the domain of a number */
static struct str
name_of(unsigned n, char text[32])
{
	snprintf(text, 32, "d%u.example", n);
	return str_of(text);
}

/* put - a policy of a number with a text so long, as task/policies does it */
static void
put(unsigned n, int64_t version, size_t text_len)
{
	static const char text[65536];
	char name[32];
	struct cached_row row = {
		.domain = name_of(n, name),
		.text = str_make(text, text_len),
		.fetched_at = version,
	};
	struct cached *c = cached_new(&row);
	void *before = NULL;

	assert_non_null(c);
	assert_int_equal(changes_put(&ch, c), MTASTS_OK);
	assert_int_equal(
	    map_put(&all, cached_domain(c), c, &before), MTASTS_OK);
	mem_free(before);
}

/* drop - a policy, as task/policies does it */
static void
drop(unsigned n)
{
	char name[32];

	assert_int_equal(changes_drop(&ch, name_of(n, name)), MTASTS_OK);
	mem_free(map_del(&all, name_of(n, name)));
}

/* touch - a policy that is there */
static void
touch(unsigned n)
{
	char name[32];

	changes_touch(&ch, map_get(&all, name_of(n, name)));
}

/* batch - the next one; how many puts and drops it has */
static struct disk_batch *
batch(size_t puts, size_t drops)
{
	struct disk_batch *b = changes_batch(&ch);

	assert_non_null(b);
	assert_int_equal(b->puts, puts);
	assert_int_equal(b->drops, drops);
	return b;
}

/* has - is a number among the puts, with this version? */
static bool
has(const struct disk_batch *b, unsigned n, int64_t version)
{
	char name[32];

	for (size_t i = 0; i < b->puts; i++)
		if (str_eq(cached_domain(b->put[i]), name_of(n, name)))
			return b->put[i]->fetched_at == version;
	return false;
}

static void
test_one_change_each(void **state)
{
	struct disk_batch *b;

	assert_false(changes_waiting(&ch));
	assert_null(changes_batch(&ch));
	put(1, 1, 10);
	put(1, 2, 10);
	put(2, 1, 10);
	drop(2);
	put(3, 1, 10);
	drop(3);
	put(3, 5, 10);
	assert_int_equal(changes_count(&ch), 3);
	b = batch(2, 1);
	assert_true(has(b, 1, 2));
	assert_true(has(b, 3, 5));
	assert_string_equal(b->drop[0], "d2.example");
	/* Copies: what is in memory may change. */
	put(1, 9, 10);
	drop(3);
	assert_true(has(b, 1, 2));
	assert_true(has(b, 3, 5));
	disk_batch_free(b);
	disk_batch_free(batch(1, 1));
	assert_null(changes_batch(&ch));
	assert_int_equal(changes_count(&ch), 0);
}

/* What came first is written first, however much comes meanwhile. */
static void
test_generations(void **state)
{
	size_t total = 0;
	uint64_t last;
	struct disk_batch *b;

	for (unsigned i = 0; i < 3 * DISK_BATCH_MAX; i++)
		put(i, 1, 10);
	last = changes_last(&ch);
	assert_false(changes_written(&ch, last));
	for (int round = 0; round < 3; round++) {
		assert_false(changes_written(&ch, last));
		b = batch(DISK_BATCH_MAX, 0);
		for (size_t i = 0; i < b->puts; i++)
			total += b->put[i]->fetched_at == 1;
		disk_batch_free(b);
		for (unsigned i = 0; i < 2000; i++)
			put(100000 + (unsigned)round * 5000 + i, 2, 10);
	}
	assert_int_equal(total, 3 * DISK_BATCH_MAX);
	assert_true(changes_written(&ch, last));
	assert_false(changes_written(&ch, changes_last(&ch)));
	last = changes_last(&ch);
	/* Changed while its generation is being written: once, and the new. */
	b = batch(DISK_BATCH_MAX, 0);
	disk_batch_free(b);
	for (unsigned i = 0; i < 2000; i++)
		put(100000 + i, 3, 10);
	for (total = 0; !changes_written(&ch, last); disk_batch_free(b)) {
		b = changes_batch(&ch);
		assert_non_null(b);
		total += b->puts;
	}
	assert_int_equal(total, 4000);
}

static void
test_batches_have_a_size(void **state)
{
	struct disk_batch *b;
	size_t total = 0;

	for (unsigned i = 0; i < 200; i++)
		put(i, 1, 65536);
	while ((b = changes_batch(&ch)) != NULL) {
		assert_true(b->bytes <= DISK_BATCH_BYTES + 70000);
		total += b->puts;
		disk_batch_free(b);
	}
	assert_int_equal(total, 200);
}

static void
test_touched_ones_wait(void **state)
{
	struct disk_batch *b;

	for (unsigned i = 0; i < 10; i++)
		put(i, 1, 10);
	disk_batch_free(batch(10, 0));
	for (unsigned i = 0; i < 5; i++)
		touch(i);
	assert_int_equal(changes_count(&ch), 0);
	assert_false(changes_waiting(&ch));
	put(1, 2, 10); /* written for itself */
	drop(2);
	ch.touched_due = true;
	b = batch(4, 1);
	assert_true(has(b, 0, 1));
	assert_true(has(b, 1, 2));
	assert_false(has(b, 2, 1));
	disk_batch_free(b);
	assert_false(ch.touched_due);
	assert_null(changes_batch(&ch));
}

/* All of it, although the table grows in the middle and some go. */
static void
test_sweep(void **state)
{
	bool *seen = calloc(40000, sizeof(*seen));
	struct disk_batch *b;
	unsigned n, next = 5000;

	assert_non_null(seen);
	for (unsigned i = 0; i < 5000; i++)
		put(i, 1, 10);
	while ((b = changes_batch(&ch)) != NULL)
		disk_batch_free(b);
	changes_sweep(&ch);
	assert_int_equal(changes_count(&ch), 5000);
	drop(17);
	while ((b = changes_batch(&ch)) != NULL) {
		for (size_t i = 0; i < b->puts; i++) {
			assert_int_equal(
			    sscanf(b->put[i]->bytes, "d%u", &n), 1);
			seen[n] = true;
		}
		disk_batch_free(b);
		for (unsigned i = 0; i < 1500 && next < 20000; i++)
			put(next++, 1, 10);
	}
	assert_int_equal(next, 20000);
	assert_false(ch.sweep);
	for (unsigned i = 0; i < next; i++)
		assert_int_equal(seen[i], i != 17);
	free(seen);
	changes_sweep(&ch);
	assert_true(changes_waiting(&ch));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		T(test_one_change_each),
		T(test_generations),
		T(test_batches_have_a_size),
		T(test_touched_ones_wait),
		T(test_sweep),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
