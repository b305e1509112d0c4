/*
 * test_run.c - running programs: output, status, time, size
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/loop.h"
#include "io/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Programs, and what must come of them. */
static const struct {
	const char *argv[4];
	enum mtasts_err err;
	int status;
	const char *out;
} rows[] = {
	{ { "sh", "-c", "echo a; echo b >&2; exit 3" }, MTASTS_OK, 3, "a\n" },
	{ { "/bin/sh", "-c", "cat" }, MTASTS_OK, 0, "" },
	{ { "printf", "%s|", "a b;c" }, MTASTS_OK, 0, "a b;c|" },
	{ { "sh", "-c", "kill -9 $$" }, MTASTS_OK, 128 + 9, "" },
	/* SIGPIPE kills, whatever the parent does with it. */
	{ { "sh", "-c", "kill -13 $$; echo no" }, MTASTS_OK, 128 + 13, "" },
	{ { "no-such-program" }, MTASTS_ENOENT, 0, "" },
	{ { "/no/such/program" }, MTASTS_ENOENT, 0, "" },
	{ { "/dev" }, MTASTS_ESYS, 0, "" },
	{ { "sleep", "30" }, MTASTS_ETIMEOUT, 0, "" },
	/* It has closed its output, but does not end. */
	{ { "sh", "-c", "exec >&-; sleep 30" }, MTASTS_ETIMEOUT, 0, "" },
	{ { "sh", "-c", "yes" }, MTASTS_ELIMIT, 0, NULL },
};

/* test_rows - each of them */
static void
test_rows(void **state)
{
	int64_t start_ms = loop_now_ms();
	enum mtasts_err err;
	struct buf b;
	size_t i;
	int status;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_init(&b, 1 << 20);
		buf_puts(&b, "");
		status = 0;
		err = run_program(rows[i].argv, 500, &b, &status);
		if (err != rows[i].err || status != rows[i].status ||
		    (rows[i].out != NULL &&
			!str_eq(buf_str(&b), str_of(rows[i].out))))
			fail_msg("%zu: %d, status %d, %s", i, (int)err, status,
			    b.p != NULL ? b.p : "");
		buf_free(&b);
	}
	assert_int_equal(
	    run_program(rows[0].argv, 500, NULL, &status), MTASTS_OK);
	assert_true(loop_now_ms() - start_ms < 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
