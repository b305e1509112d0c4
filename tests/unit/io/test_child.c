/*
 * test_child - programs beside the loop: output, floods, deadlines, orphans
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

struct world {
	struct loop *loop;
	struct child *child;
	unsigned calls;
	enum child_end end;
	int status;
	char out[4096], err[4096];
	bool out_cut, err_cut;
};

/* on_end - copy what came */
static void
on_end(void *ctx, const struct child_result *r)
{
	struct world *w = ctx;

	w->calls++;
	w->end = r->end;
	w->status = r->status;
	snprintf(w->out, sizeof(w->out), "%.*s", STR_ARG(r->out));
	snprintf(w->err, sizeof(w->err), "%.*s", STR_ARG(r->err));
	w->out_cut = r->out_cut;
	w->err_cut = r->err_cut;
	loop_stop(w->loop);
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	signal(SIGPIPE, SIG_IGN);
	*state = w;
	return loop_new(&w->loop);
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	loop_free(w->loop);
	free(w);
	return 0;
}

/* start - a script of the shell with these bounds */
static void
start(struct world *w, const char *script, struct child_conf conf)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	static const char *const env[] = { "PATH=/usr/bin:/bin", "A=one two",
		NULL };

	conf.loop = w->loop;
	conf.argv = argv;
	conf.env = env;
	if (conf.timeout_ms == 0)
		conf.timeout_ms = 20000;
	if (conf.out_max == 0)
		conf.out_max = conf.err_max = 1000;
	assert_int_equal(child_start(&conf, on_end, w, &w->child), MTASTS_OK);
}

/* run - the same to its end */
static void
run(struct world *w, const char *script, struct child_conf conf)
{
	start(w, script, conf);
	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	assert_int_equal(w->calls, 1);
}

/* gone - does the process of this number end soon? */
static bool
gone(pid_t pid)
{
	for (int i = 0; i < 200; i++) {
		char path[64], line[256] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		f = fopen(path, "r");
		if (f == NULL)
			return true;
		if (fgets(line, sizeof(line), f) != NULL &&
		    strstr(line, ") Z") != NULL) {
			fclose(f);
			return true;
		}
		fclose(f);
		usleep(10000);
	}
	return false;
}

static void
test_plain(void **state)
{
	struct world *w = *state;

	run(w, "echo out; echo err >&2; exit 7", (struct child_conf){ 0 });
	assert_int_equal(w->end, CHILD_EXITED);
	assert_int_equal(w->status, 7);
	assert_string_equal(w->out, "out\n");
	assert_string_equal(w->err, "err\n");
	assert_false(w->out_cut || w->err_cut);
}

/* nothing of ours: no variable, no descriptor, no ignored signal */
static void
test_clean(void **state)
{
	struct world *w = *state;
	int fd = open("/dev/null", O_RDONLY); /* without close-on-exec */

	setenv("SECRET", "mtasts", 1);
	run(w,
	    "echo $A$SECRET; ls /proc/self/fd | wc -l;"
	    " grep -c 'SigIgn:.*0000000$' /proc/self/status",
	    (struct child_conf){ 0 });
	/* 0, 1, 2 and the folder that ls reads */
	assert_string_equal(w->out, "one two\n4\n1\n");
	close(fd);
}

static void
test_input(void **state)
{
	struct world *w = *state;
	size_t len = 300000;
	char *big = malloc(len);

	memset(big, 'x', len);
	run(w, "wc -c", (struct child_conf){ .input = str_make(big, len) });
	assert_string_equal(w->out, "300000\n");
	w->calls = 0;
	/* One that does not want it. */
	run(w, "exec <&-; echo no",
	    (struct child_conf){ .input = str_make(big, len) });
	assert_string_equal(w->out, "no\n");
	w->calls = 0;
	run(w, "cat", (struct child_conf){ 0 });
	assert_string_equal(w->out, "");
	free(big);
}

/* it says more than anybody wants to hear */
static void
test_flood(void **state)
{
	struct world *w = *state;

	run(w,
	    "echo begin; head -c 20000000 /dev/zero | tr '\\0' a;"
	    "head -c 5000000 /dev/zero | tr '\\0' b >&2; exit 3",
	    (struct child_conf){ .out_max = 100, .err_max = 50 });
	assert_int_equal(w->status, 3);
	assert_int_equal(strlen(w->out), 100);
	assert_memory_equal(w->out, "begin\naaa", 9);
	assert_int_equal(strlen(w->err), 50);
	assert_true(w->out_cut && w->err_cut);
}

/* it never ends; what it started ends with it */
static void
test_deadline(void **state)
{
	struct world *w = *state;
	int64_t began = loop_now_ms();

	run(w, "trap '' TERM; sleep 600 & echo $!; wait; sleep 600",
	    (struct child_conf){ .timeout_ms = 300 });
	assert_int_equal(w->end, CHILD_TIMEOUT);
	assert_true(loop_now_ms() - began < 10000);
	assert_true(gone((pid_t)strtol(w->out, NULL, 10)));
}

/* it floods without end: the deadline holds */
static void
test_endless(void **state)
{
	struct world *w = *state;

	run(w, "yes", (struct child_conf){ .timeout_ms = 300 });
	assert_int_equal(w->end, CHILD_TIMEOUT);
	assert_true(w->out_cut);
}

/* it leaves something behind that holds the pipes */
static void
test_orphan(void **state)
{
	struct world *w = *state;
	int64_t began = loop_now_ms();

	run(w, "sleep 600 & echo $!", (struct child_conf){ 0 });
	assert_int_equal(w->end, CHILD_EXITED);
	assert_true(loop_now_ms() - began < 10000);
	assert_true(gone((pid_t)strtol(w->out, NULL, 10)));
}

static void
test_signal(void **state)
{
	struct world *w = *state;

	run(w, "kill -9 $$", (struct child_conf){ 0 });
	assert_int_equal(w->end, CHILD_SIGNALED);
	assert_int_equal(w->status, SIGKILL);
}

static void
test_cancel(void **state)
{
	struct world *w = *state;

	start(w, "sleep 600", (struct child_conf){ 0 });
	child_cancel(w->child);
	child_cancel(NULL);
	assert_int_equal(w->calls, 0);
}

static void
test_absent(void **state)
{
	const char *const argv[] = { "/nonexistent/program", NULL };
	const char *const env[] = { NULL };
	struct world *w = *state;
	struct child_conf conf = {
		.loop = w->loop, .argv = argv, .env = env, .timeout_ms = 1000
	};

	assert_int_equal(
	    child_start(&conf, on_end, w, &w->child), MTASTS_ENOENT);
}

/* a lock that lives as long as the program does, whatever becomes of us */
static void
test_keep(void **state)
{
	struct world *w = *state;
	char path[] = "/tmp/mtasts-test-XXXXXX";
	int fd = mkstemp(path), again;

	assert_int_equal(flock(fd, LOCK_EX), 0);
	start(w, "sleep 600", (struct child_conf){ .keep_fd = fd });
	close(fd);
	again = open(path, O_RDWR);
	assert_int_equal(flock(again, LOCK_EX | LOCK_NB), -1);
	child_cancel(w->child);
	/* What the program had begun is killed too, and dies a moment later. */
	for (int i = 0; i < 500 && flock(again, LOCK_EX | LOCK_NB) != 0; i++)
		usleep(10000);
	assert_int_equal(flock(again, LOCK_EX | LOCK_NB), 0);
	close(again);
	unlink(path);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_plain),
		CASE(test_clean),
		CASE(test_input),
		CASE(test_flood),
		CASE(test_deadline),
		CASE(test_endless),
		CASE(test_orphan),
		CASE(test_signal),
		CASE(test_cancel),
		CASE(test_absent),
		CASE(test_keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
