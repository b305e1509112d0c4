/*
 * test_oom - each allocation of the policies in memory fails once: nothing
 * crashes, nothing leaks, and what was accepted is on disk at the end
 *
 * The thread behind them allocates, too; whichever fails, it tries again.
 */
#include "task/policies.h"

#include "base/arena.h"
#include "store/policy_db.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/oom.h"
#include "support/scratch.h"

#define COUNT 40

static struct scratch dir;

/* put - one policy; was it accepted? */
static bool
put(struct policies *p, unsigned n)
{
	char name[32];
	struct cached_row row = { .text = STR("version: STSv1\n") };
	struct cached *c;

	snprintf(name, sizeof(name), "d%u.example", n);
	row.domain = str_of(name);
	c = cached_new(&row);
	if (c == NULL)
		return false;
	if (policies_put(p, c) == MTASTS_OK)
		return true;
	mem_free(c);
	return false;
}

/* scene - puts and touches, no drops; which numbers were accepted? */
static bool
scene(const char *url, bool accepted[COUNT])
{
	struct policies_conf conf = { .url = url, .seed = { 1, 2 } };
	struct policies *p = NULL;
	size_t count = 0;

	memset(accepted, 0, COUNT * sizeof(*accepted));
	if (loop_new(&conf.loop) != MTASTS_OK)
		return false;
	if (policies_open(&conf, &p, NULL) == MTASTS_OK) {
		for (unsigned i = 0; i < COUNT; i++) {
			accepted[i] = put(p, i);
			count += accepted[i];
		}
		assert_int_equal(policies_count(p), count);
		if (accepted[3])
			policies_touch(p, policies_get(p, STR("d3.example")));
	}
	policies_close(p);
	loop_free(conf.loop);
	return count > 0;
}

static void
test_memory_only(void **state)
{
	bool accepted[COUNT];
	unsigned n, count;

	for (n = 1;; n++) {
		oom.left = n;
		oom.failed = 0;
		scene(NULL, accepted);
		oom.left = 0;
		if (oom.failed == 0)
			break;
		count = 0;
		for (unsigned i = 0; i < COUNT; i++)
			count += accepted[i];
		assert_true(count == 0 || count >= COUNT - 1);
	}
	assert_true(n > COUNT);
}

/* is_there - is a number in the file? */
static bool
is_there(struct policy_db *db, unsigned n)
{
	struct cached *c = NULL;
	char name[32];

	snprintf(name, sizeof(name), "d%u.example", n);
	if (policy_db_get(db, str_of(name), &c) != MTASTS_OK)
		return false;
	mem_free(c);
	return true;
}

static void
test_with_a_file(void **state)
{
	bool accepted[COUNT];
	struct policy_db *db;
	char *moved;

	for (unsigned n = 1; n < 250; n++) {
		assert_int_equal(scratch_open(&dir), 0);
		oom.left = n;
		oom.failed = 0;
		scene(dir.path, accepted);
		oom.left = 0;
		db = NULL;
		moved = NULL;
		assert_int_equal(
		    policy_db_open(dir.path, 0, &db, &moved, NULL), MTASTS_OK);
		assert_null(moved);
		for (unsigned i = 0; i < COUNT; i++)
			if (accepted[i] && !is_there(db, i))
				fail_msg("allocation %u: %u is lost", n, i);
		policy_db_close(db);
		scratch_close(&dir);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_only),
		cmocka_unit_test(test_with_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
