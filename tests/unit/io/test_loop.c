/*
 * test_loop - timers, signals, descriptors, and calls from other threads
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/loop.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

struct fixture {
	struct loop *loop;
	struct loop_watch *watch;
	int calls, wanted;
	char order[16];
};

/* on_call - count; stop when it is enough */
static void
on_call(void *ctx)
{
	struct fixture *f = ctx;

	if (++f->calls == f->wanted)
		loop_stop(f->loop);
}

/* on_close - a watch may end itself */
static void
on_close(void *ctx)
{
	struct fixture *f = ctx;

	loop_watch_close(f->watch);
	f->watch = NULL;
	on_call(ctx);
}

/* on_never - must not be called */
static void
on_never(void *ctx)
{
	fail_msg("was called");
}

static int
setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .wanted = 1 };
	assert_int_equal(loop_new(&f.loop), MTASTS_OK);
	assert_non_null(loop_base(f.loop));
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	loop_free(f->loop);
	return 0;
}

static void
test_clock(void **state)
{
	int64_t us = loop_now_us(), ms = loop_now_ms();

	assert_true(us > 0 && ms >= us / 1000 && ms < us / 1000 + 10000);
	assert_true(loop_now_us() >= us);
	assert_in_range(loop_time_s(), time(NULL) - 2, time(NULL) + 2);
}

static void
test_timers(void **state)
{
	struct fixture *f = *state;
	struct loop_watch *once, *every, *off;
	int64_t begun_ms = loop_now_ms();

	f->wanted = 4; /* once, and three times */
	once = loop_timer(f->loop, on_call, f);
	every = loop_timer(f->loop, on_call, f);
	off = loop_timer(f->loop, on_never, f);
	loop_timer_start(once, 10);
	loop_timer_every(every, 20);
	loop_timer_start(off, 1);
	loop_timer_cancel(off);
	assert_int_equal(loop_run(f->loop), MTASTS_OK);
	assert_int_equal(f->calls, 4);
	assert_true(loop_now_ms() - begun_ms >= 55);
	loop_watch_close(once);
	loop_watch_close(every);
	loop_watch_close(off);
	loop_watch_close(NULL);
}

static void
test_closes_itself(void **state)
{
	struct fixture *f = *state;

	f->watch = loop_timer(f->loop, on_close, f);
	loop_timer_every(f->watch, 1);
	assert_int_equal(loop_run(f->loop), MTASTS_OK);
	assert_null(f->watch);
}

static void
test_signal(void **state)
{
	struct fixture *f = *state;

	f->wanted = 2;
	f->watch = loop_signal(f->loop, SIGUSR1, on_call, f);
	assert_non_null(f->watch);
	raise(SIGUSR1);
	assert_int_equal(loop_post(f->loop, on_call, f), MTASTS_OK);
	assert_int_equal(loop_run(f->loop), MTASTS_OK);
	assert_int_equal(f->calls, 2);
	loop_watch_close(f->watch);
}

static void
test_fd(void **state)
{
	struct fixture *f = *state;
	struct loop_watch *writable;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	f->watch = loop_fd(f->loop, ends[0], LOOP_READ, on_close, f);
	assert_non_null(f->watch);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(loop_run(f->loop), MTASTS_OK);
	writable = loop_fd(f->loop, ends[1], LOOP_WRITE, on_call, f);
	f->wanted = 3; /* level-triggered */
	assert_int_equal(loop_run(f->loop), MTASTS_OK);
	assert_int_equal(f->calls, 3);
	loop_watch_close(writable);
	close(ends[0]);
	close(ends[1]);
}

/* on_first, on_second - note the order */
static void
on_first(void *ctx)
{
	struct fixture *f = ctx;

	f->order[f->calls] = '1';
	on_call(f);
}

static void
on_second(void *ctx)
{
	struct fixture *f = ctx;

	f->order[f->calls] = '2';
	on_call(f);
}

/* post_main - another thread */
static void *
post_main(void *arg)
{
	struct fixture *f = arg;
	int i;

	for (i = 0; i < 3; i++) {
		if (loop_post(f->loop, on_first, f) != MTASTS_OK ||
		    loop_post(f->loop, on_second, f) != MTASTS_OK)
			return arg;
	}
	return NULL;
}

static void
test_post(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;
	void *failed;

	f->wanted = 6;
	assert_int_equal(pthread_create(&thread, NULL, post_main, f), 0);
	assert_int_equal(loop_run(f->loop), MTASTS_OK);
	pthread_join(thread, &failed);
	assert_null(failed);
	assert_string_equal(f->order, "121212");
}

static void
test_stop(void **state)
{
	struct fixture *f = *state;

	/* Asked before it runs, it does not run; then it can run again. */
	loop_stop(f->loop);
	assert_int_equal(loop_run(f->loop), MTASTS_OK);
	assert_int_equal(loop_post(f->loop, on_call, f), MTASTS_OK);
	assert_int_equal(loop_run(f->loop), MTASTS_OK);
	assert_int_equal(f->calls, 1);
	/* What nobody runs any more is dropped with the loop. */
	assert_int_equal(loop_post(f->loop, on_never, f), MTASTS_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_clock),
		TEST(test_timers),
		TEST(test_closes_itself),
		TEST(test_signal),
		TEST(test_fd),
		TEST(test_post),
		TEST(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
