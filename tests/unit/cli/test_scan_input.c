/*
 * test_scan_input - lines of lists, whatever they look like and come from
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/scan_input.h"
#include "base/buf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* from - the input of a file that holds this text */
static struct scan_input *
from(const char *text, size_t len)
{
	char path[] = "/tmp/scan_input.XXXXXX";
	struct cmd_env env = { .err = stderr };
	struct scan_input *in = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
	assert_int_equal(scan_input_open(&env, path, &in), CMD_FINE);
	unlink(path);
	return in;
}

/* assert_lines - what comes, up to a null, and then the end */
static void
assert_lines(struct scan_input *in, const char *const *lines)
{
	uint64_t number, n = 0;
	struct str line;

	for (; *lines != NULL; lines++) {
		assert_int_equal(
		    scan_input_next(in, &line, &number), SCAN_LINE);
		assert_int_equal(number, ++n);
		assert_int_equal(line.len, strlen(*lines));
		assert_memory_equal(line.p, *lines, line.len);
	}
	assert_int_equal(scan_input_next(in, &line, &number), SCAN_END);
	assert_int_equal(scan_input_next(in, &line, &number), SCAN_END);
	scan_input_close(in);
}

static void
test_lines(void **state)
{
	static const struct {
		const char *text;
		const char *lines[5];
	} cases[] = {
		{ "", { NULL } },
		{ "\n", { "", NULL } },
		{ "a", { "a", NULL } },
		{ "a\n", { "a", NULL } },
		{ "a\nb", { "a", "b", NULL } },
		{ "a\r\n\nb\n", { "a", "", "b", NULL } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_lines(
		    from(cases[i].text, strlen(cases[i].text)), cases[i].lines);
}

/* fill - so many bytes, and what follows */
static size_t
fill(char *text, size_t len, const char *rest)
{
	memset(text, 'x', len);
	memcpy(text + len, rest, strlen(rest));
	return len + strlen(rest);
}

/* A line of any length is one line; what is over the bound is dropped. */
static void
test_long_lines(void **state)
{
	static const size_t lens[] = { SCAN_LINE_MAX - 1, SCAN_LINE_MAX,
		SCAN_LINE_MAX + 1, 65536, 65537, 300000 };
	static char text[300100];
	uint64_t number;
	struct str line;

	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		struct scan_input *in =
		    from(text, fill(text, lens[i], "\nnext\n"));

		assert_int_equal(
		    scan_input_next(in, &line, &number), SCAN_LINE);
		assert_int_equal(number, 1);
		assert_int_equal(line.len,
		    lens[i] < SCAN_LINE_MAX ? lens[i] : SCAN_LINE_MAX);
		assert_int_equal(
		    scan_input_next(in, &line, &number), SCAN_LINE);
		assert_int_equal(number, 2);
		assert_int_equal(line.len, 4);
		assert_int_equal(scan_input_next(in, &line, &number), SCAN_END);
		scan_input_close(in);
	}
}

static void
test_long_line_at_the_end(void **state)
{
	static char text[100100];
	struct scan_input *in = from(text, fill(text, 100000, ""));
	uint64_t number;
	struct str line;

	assert_int_equal(scan_input_next(in, &line, &number), SCAN_LINE);
	assert_int_equal(line.len, SCAN_LINE_MAX);
	assert_int_equal(scan_input_next(in, &line, &number), SCAN_END);
	scan_input_close(in);
}

static void
test_part(void **state)
{
	struct scan_input *in = from("a\nb\nc\nd\n", 8);
	uint64_t number;
	struct str line;

	assert_int_equal(scan_input_part(in), 0);
	assert_int_equal(scan_input_next(in, &line, &number), SCAN_LINE);
	assert_int_equal(scan_input_part(in), 250);
	while (scan_input_next(in, &line, &number) == SCAN_LINE)
		continue;
	assert_int_equal(scan_input_part(in), 1000);
	scan_input_close(in);
}

/* ---- a pipe that is still being written ---- */

struct pipe_test {
	struct loop *loop;
	struct scan_input *in;
	int fd; /* to write to */
	unsigned waits, lines;
};

/* on_more - all that is there; then the next piece is written */
static void
on_more(void *ctx)
{
	static const char *const pieces[] = { "b.exa", "mple\nc.example\n",
		"d.example" };
	struct pipe_test *t = ctx;
	enum scan_input_step step;
	uint64_t number;
	struct str line;

	while ((step = scan_input_next(t->in, &line, &number)) == SCAN_LINE) {
		assert_int_equal(number, ++t->lines);
		assert_int_equal(line.len, 9);
		assert_int_equal(line.p[0], 'a' + (int)t->lines - 1);
	}
	if (step == SCAN_END) {
		loop_stop(t->loop);
		return;
	}
	assert_int_equal(step, SCAN_WAIT);
	if (t->waits < 3)
		assert_true(write(t->fd, pieces[t->waits],
				strlen(pieces[t->waits])) > 0);
	else
		close(t->fd);
	t->waits++;
}

static void
test_pipe(void **state)
{
	struct cmd_env env = { .err = stderr };
	struct pipe_test t = { 0 };
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	env.in = fdopen(fds[0], "r");
	t.fd = fds[1];
	assert_int_equal(write(t.fd, "a.example\n", 10), 10);
	assert_int_equal(loop_new(&t.loop), MTASTS_OK);
	assert_int_equal(scan_input_open(&env, "-", &t.in), CMD_FINE);
	scan_input_on_more(t.in, t.loop, on_more, &t);
	on_more(&t);
	assert_int_equal(loop_run(t.loop), MTASTS_OK);
	assert_int_equal(t.lines, 4);
	assert_int_equal(t.waits, 4);
	assert_int_equal(scan_input_part(t.in), -1);
	scan_input_close(t.in);
	loop_free(t.loop);
	fclose(env.in);
}

static void
test_cannot_open(void **state)
{
	struct cmd_env env = { .err = fopen("/dev/null", "w") };
	struct scan_input *in = NULL;

	assert_int_equal(
	    scan_input_open(&env, "/nowhere/list", &in), CMD_UNKNOWN);
	assert_int_equal(scan_input_open(&env, "/tmp", &in), CMD_UNKNOWN);
	assert_null(in);
	fclose(env.err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_long_line_at_the_end),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_cannot_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
