/*
 * test_oom - each allocation on the way to the file of policies fails once:
 * nothing crashes, nothing leaks, and a failure is told as one
 */
#include "store/policy_db.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/oom.h"
#include "support/scratch.h"

static struct scratch dir;

/* on_row - any */
static bool
on_row(void *ctx, const struct cached_row *row)
{
	++*(unsigned *)ctx;
	return true;
}

/* use - put, read and reset; the first error */
static enum mtasts_err
use(struct policy_db **p)
{
	const struct cached_row row = {
		.domain = STR("a.example"),
		.text = STR("version: STSv1\n"),
	};
	struct cached *c = NULL;
	unsigned rows = 0;
	char *moved = NULL;
	enum mtasts_err err = policy_db_begin(*p);

	if (!err)
		err = policy_db_put(*p, &row);
	if (err) {
		policy_db_rollback(*p);
		return err;
	}
	err = policy_db_commit(*p);
	if (!err)
		err = policy_db_get(*p, row.domain, &c);
	mem_free(c);
	if (!err)
		err = policy_db_load(*p, on_row, &rows, NULL);
	if (!err)
		assert_int_equal(rows, 1);
	if (!err)
		err = policy_db_reset(dir.path, 0, p, &moved, NULL);
	mem_free(moved);
	return err;
}

/* scene - from nothing to a second file */
static enum mtasts_err
scene(void)
{
	struct policy_db *p = NULL;
	char *moved = NULL;
	enum mtasts_err err;

	err = policy_db_open(dir.path, 0, &p, &moved, NULL);
	assert_int_equal(err == MTASTS_OK, p != NULL);
	mem_free(moved);
	if (!err)
		err = use(&p);
	policy_db_close(p);
	return err;
}

static void
test_policy_db(void **state)
{
	enum mtasts_err err;
	unsigned n;

	for (n = 1;; n++) {
		assert_int_equal(scratch_open(&dir), 0);
		oom.left = n;
		oom.failed = 0;
		err = scene();
		oom.left = 0;
		scratch_close(&dir);
		if (oom.failed == 0)
			break;
		/* Some only keep a finding from being told. */
		assert_true(err == MTASTS_OK || err == MTASTS_ENOMEM);
	}
	assert_int_equal(err, MTASTS_OK);
	assert_true(n > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy_db),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
