/*
 * test_push_oom - each allocation of a push fails once
 *
 * Nothing crashes, leaks or hangs: the end is told, or nothing was begun.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/oom.h"
#include "support/push_world.h"

/* on_done - it has ended, somehow */
static void
on_done(void *ctx, const struct push_result *r)
{
	push_world.done++;
	assert_non_null(r->why);
	loop_stop(push_world.loop);
}

/* push - the n-th allocation fails; true: none did */
static bool
push(unsigned n, bool all)
{
	struct push_want want = { .domain = "d1.bulk.example",
		.done = on_done };
	bool failed, begun;

	push_world_open_pusher(UPDATE_REFUSE, false);
	oom.failed = 0;
	oom.all = all;
	oom.left = n;
	begun = push_start(push_world.pusher, &want) != NULL;
	for (int i = 0; begun && i < 200 && push_world.done == 0; i++)
		push_world_turn(50);
	failed = oom.failed > 0;
	oom.left = 0;
	oom.all = false;
	assert_int_equal(push_world.done, begun);
	pusher_close(push_world.pusher);
	return !failed;
}

/* test_each - one after the other */
static void
test_each(void **state)
{
	unsigned n = 1;

	while (!push(n, false))
		n++;
	assert_in_range(n, 50, 5000);
}

/* opening fails as a whole, or not at all */
static void
test_open(void **state)
{
	struct pusher_conf conf = { .loop = push_world.loop,
		.dns = push_world.dns,
		.registry = push_world.registry,
		.conf = push_world.conf };
	struct pusher *p = NULL;
	enum mtasts_err err;
	unsigned n = 1;

	do {
		oom.failed = 0;
		oom.left = n++;
		err = pusher_open(&conf, &p, NULL);
		oom.left = 0;
		assert_int_equal(err == MTASTS_OK, oom.failed == 0);
	} while (err != MTASTS_OK);
	pusher_close(p);
	assert_in_range(n, 5, 100);
}

static int
set_up(void **state)
{
	/* A socket that could not be watched ends by its time. */
	push_world.ask_ms = 100;
	return push_world_set_up(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_each),
	};

	return cmocka_run_group_tests(tests, set_up, push_world_tear_down);
}
