/*
 * Pushes that are given up, at any moment: while they wait, look, write or
 * verify; by the one who began them, and by closing all. And that many of them
 * share few connections. That they succeed is tested with real servers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/push_world.h"

#define DOMAINS 20
#define MANY	PUSH_WORLD_DOMAINS
#define w	push_world

/* on_done - one has ended */
static void
on_done(void *ctx, const struct push_result *r)
{
	struct push **job = ctx;

	assert_non_null(*job);
	*job = NULL;
	assert_true(r->end == PUSH_WRITTEN || r->why[0] != '\0');
	if (getenv("PUSH_TELL") != NULL)
		print_message(
		    "%s: %s: %s\n", r->domain, push_end_name(r->end), r->why);
	w.ends[r->end]++;
	w.done++;
}

/* start - the first count domains */
static void
start(size_t count)
{
	struct push_want want = { .done = on_done };
	char name[40];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "d%zu.bulk.example", i);
		want.domain = name;
		want.ctx = &w.jobs[i];
		w.jobs[i] = push_start(w.pusher, &want);
		assert_non_null(w.jobs[i]);
	}
}

/* every one is refused, over few connections; then nothing is left */
static void
test_refused(void **state)
{
	unsigned conns = 0;

	push_world_open_pusher(UPDATE_REFUSE, false);
	start(MANY);
	for (int i = 0; i < 400 && w.done < MANY; i++)
		push_world_turn(25);
	assert_int_equal(w.done, MANY);
	assert_int_equal(w.ends[PUSH_REFUSED], MANY);
	assert_int_equal(w.updates, MANY);
	for (size_t i = 0; i < DNSFAKE_CONNS; i++)
		conns += w.fake.conns[i].fd >= 0;
	assert_in_range(conns, 1, 8);
	pusher_close(w.pusher);
}

/* a server that closes connections under us is unreachable, after a retry */
static void
test_hang_up(void **state)
{
	push_world_open_pusher(UPDATE_HANG_UP, false);
	start(3);
	for (int i = 0; i < 200 && w.done < 3; i++)
		push_world_turn(25);
	assert_int_equal(w.ends[PUSH_UNKNOWN], 3);
	pusher_close(w.pusher);
}

/* one that says nothing: it is not known what it did */
static void
test_silent(void **state)
{
	push_world_open_pusher(UPDATE_SILENT, false);
	start(3);
	for (int i = 0; i < 200 && w.done < 3; i++)
		push_world_turn(25);
	assert_int_equal(w.ends[PUSH_UNKNOWN], 3);
	pusher_close(w.pusher);
}

/* given up one by one, or closed, after any time: nothing is told any more */
static void
test_given_up(void **state)
{
	static const int64_t times[] = { 0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20,
		30, 50 };

	for (size_t t = 0; t < 2 * sizeof(times) / sizeof(times[0]); t++) {
		bool cancel = t % 2 == 0;
		unsigned done;

		push_world_open_pusher(UPDATE_SILENT, t % 4 < 2);
		start(t % 3 == 0 ? MANY : DOMAINS);
		if (times[t / 2] > 0)
			push_world_turn(times[t / 2]);
		for (size_t i = 0; cancel && i < MANY; i++) {
			push_cancel(w.jobs[i]);
			w.jobs[i] = NULL;
		}
		done = w.done;
		if (cancel)
			push_world_turn(3);
		assert_int_equal(w.done, done);
		pusher_close(w.pusher);
	}
}

/* closed by the one who is told of an end */
static void
on_done_close(void *ctx, const struct push_result *r)
{
	w.done++;
	pusher_close(w.pusher);
	w.pusher = NULL;
	assert_non_null(r->why);
	loop_stop(w.loop);
}

static void
test_closed_inside(void **state)
{
	struct push_want want = { .domain = "d1.bulk.example",
		.done = on_done_close };

	push_world_open_pusher(UPDATE_REFUSE, false);
	start(DOMAINS);
	want.ctx = NULL;
	assert_non_null(push_start(w.pusher, &want));
	for (int i = 0; i < 200 && w.pusher != NULL; i++)
		push_world_turn(25);
	assert_null(w.pusher);
}

/* a look writes nothing, and says what would be written */
static void
test_look(void **state)
{
	struct push_want want = { .domain = "d1.bulk.example",
		.look = true,
		.done = on_done,
		.ctx = &w.jobs[0] };

	push_world_open_pusher(UPDATE_REFUSE, false);
	w.jobs[0] = push_start(w.pusher, &want);
	for (int i = 0; i < 200 && w.done < 1; i++)
		push_world_turn(25);
	assert_int_equal(w.ends[PUSH_DIFFERS], 1);
	assert_int_equal(w.updates, 0);
	assert_true(push_has_way(w.conf, "x.example"));
	pusher_close(w.pusher);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hang_up),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_closed_inside),
	};

	return cmocka_run_group_tests(
	    tests, push_world_set_up, push_world_tear_down);
}
