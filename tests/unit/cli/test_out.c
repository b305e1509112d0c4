/*
 * test_out.c - what commands print: wrapping, findings, tables, colours
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/diag.h"
#include "cli/out.h"

/* open_env - streams of a test */
static struct cmd_env
open_env(unsigned width)
{
	struct cmd_env env = {
		.out = tmpfile(), .err = tmpfile(), .width = width
	};

	assert_non_null(env.out);
	assert_non_null(env.err);
	return env;
}

/* expect_stream - what was written; closes the stream */
static void
expect_stream(FILE *f, const char *want)
{
	char got[8192];

	fflush(f);
	rewind(f);
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	assert_string_equal(got, want);
	fclose(f);
}

/* expect - what was written to both streams; closes them */
static void
expect(struct cmd_env *env, const char *out, const char *err)
{
	expect_stream(env->out, out);
	expect_stream(env->err, err);
}

/* lines break at words, and never when a word alone is too long */
static void
test_wrap(void **state)
{
	struct cmd_env env = open_env(20);

	out_wrap(&env, env.out, 2, "one two  three\nfour five");
	out_wrap(&env, env.out, 0, "a verylongwordthatdoesnotfitatall end");
	out_wrap(&env, env.out, 4,
	    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e "
	    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e "
	    "\xe6\x97\xa5\xe6\x9c\xac");
	out_wrap(&env, env.out, 2, "");
	expect(&env,
	    "  one two three four\n  five\n"
	    "a\nverylongwordthatdoesnotfitatall\nend\n"
	    "    \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e "
	    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\n"
	    "    \xe6\x97\xa5\xe6\x9c\xac\n"
	    "  \n",
	    "");
}

/* nothing of a message can steer a terminal */
static void
test_error(void **state)
{
	struct cmd_env env = open_env(80);

	out_error(&env, "no file '%s'", "\033]0;x\007\n\xff");
	out_error(&env,
	    "%s and so on until the line is long enough to be "
	    "wrapped at its end",
	    "one");
	expect(&env, "",
	    "mtasts: no file '\\x1B]0;x\\x07\\n\\xFF'\n"
	    "mtasts: one and so on until the line is long enough to be "
	    "wrapped at its end\n");
}

static const struct diag_rule rule_error = { .id = "F06",
	.name = "test-error",
	.severity = MTASTS_ERROR,
	.rfc = "RFC 8461 section 3.2",
	.fix = "Write it right." };
static const struct diag_rule rule_warning = { .id = "F08",
	.name = "test-warning",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Think again." };
static const struct diag_rule rule_info = { .id = "",
	.name = "test-info",
	.severity = MTASTS_INFO,
	.rfc = "",
	.fix = "" };

/* some_findings - one of each kind of place */
static struct mtasts_diags *
some_findings(void)
{
	struct mtasts_diags *diags = mtasts_diags_new();

	diag_add(diags, &rule_error,
	    (struct diag_place){ .file = "a b.txt", .line = 3, .column = 7 },
	    "mode is %s", "wrong");
	diag_add(
	    diags, &rule_warning, (struct diag_place){ .line = 4 }, "short");
	diag_add(diags, &rule_info,
	    (struct diag_place){ .record = 2, .column = 5 }, "a record");
	diag_add(
	    diags, &rule_info, (struct diag_place){ .file = "f" }, "a file");
	diag_add(diags, &rule_info, (struct diag_place){ 0 }, "nowhere");
	return diags;
}

/* findings: severity, place, message, id; then the repair */
static void
test_findings(void **state)
{
	struct mtasts_diags *diags = some_findings();
	struct cmd_env env = open_env(80);

	out_findings(&env, env.err, diags);
	out_findings(&env, env.out, NULL);
	expect(&env, "",
	    "error a b.txt:3:7: mode is wrong [F06]\n"
	    "    Write it right. See RFC 8461 section 3.2.\n"
	    "warning line 4: short [F08]\n"
	    "    Think again.\n"
	    "info record 2, column 5: a record\n"
	    "info f: a file\n"
	    "info nowhere\n");
	mtasts_diags_free(diags);
}

/* several in a row that are mended alike: the repair once, behind them */
static void
test_shared_repair(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct cmd_env env = open_env(80);

	diag_add(diags, &rule_warning, (struct diag_place){ .line = 1 }, "one");
	diag_add(diags, &rule_warning, (struct diag_place){ .line = 2 }, "two");
	diag_add_fix(diags, &rule_warning, (struct diag_place){ .line = 3 },
	    "Think once.", "three");
	out_findings(&env, env.out, diags);
	expect(&env,
	    "warning line 1: one [F08]\n"
	    "warning line 2: two [F08]\n"
	    "    Think again.\n"
	    "warning line 3: three [F08]\n"
	    "    Think once.\n",
	    "");
	mtasts_diags_free(diags);
}

/* colours only where they are wanted */
static void
test_color(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct cmd_env env = open_env(80);

	env.color = true;
	diag_add(diags, &rule_warning, (struct diag_place){ 0 }, "short");
	out_findings(&env, env.out, diags);
	out_findings(&env, env.err, diags);
	out_color(&env, OUT_GREEN);
	out_color(&env, OUT_PLAIN);
	env.color = false;
	out_color(&env, OUT_RED);
	expect(&env,
	    "\033[33mwarning\033[0m short [F08]\n    Think again.\n"
	    "\033[32m\033[0m",
	    "warning short [F08]\n    Think again.\n");
	mtasts_diags_free(diags);
}

/* more findings than a list keeps are counted */
static void
test_dropped(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	char text[64] = "", line[64];
	struct cmd_env env = open_env(80);
	size_t i;

	for (i = 0; i < 1003; i++)
		diag_add(diags, &rule_info, (struct diag_place){ 0 }, "x");
	out_findings(&env, env.out, diags);
	rewind(env.out);
	while (fgets(line, sizeof(line), env.out) != NULL)
		memcpy(text, line, sizeof(line));
	assert_string_equal(text, "and 3 more\n");
	fclose(env.out);
	fclose(env.err);
	mtasts_diags_free(diags);
}

/* columns line up in terminal columns; rows have no blanks at their end */
static void
test_table(void **state)
{
	static const char *const heads[] = { "DOMAIN", "MODE", "NOTE" };
	static const char *const rows[][3] = {
		{ "example.org", "enforce", "all is well" },
		{ "\xe6\x97\xa5\xe6\x9c\xac.example", "none", "" },
		{ "e\xcc\x81t\xc3\xa9.example", "\033[1m", "x" },
		{ "", "", "" },
	};
	struct cmd_env env = open_env(80);
	struct out_table *t = out_table_new(heads, 3);
	size_t i;

	for (i = 0; i < 4; i++)
		out_table_row(t, rows[i]);
	out_table_print(&env, t);
	expect(&env,
	    "DOMAIN        MODE     NOTE\n"
	    "example.org   enforce  all is well\n"
	    "\xe6\x97\xa5\xe6\x9c\xac.example  none\n"
	    "e\xcc\x81t\xc3\xa9.example   \\x1B[1m  x\n"
	    "\n",
	    "");
}

/* a table that could not be made is said, not crashed on */
static void
test_table_null(void **state)
{
	struct cmd_env env = open_env(80);

	out_table_row(NULL, NULL);
	out_table_print(&env, NULL);
	expect(&env, "", "mtasts: the table is incomplete: out of memory\n");
}

/* terminal columns of texts */
static void
test_columns(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} rows[] = { { "", 0 }, { "abc", 3 }, { "\xc3\xa9", 1 },
		{ "e\xcc\x81", 1 }, { "\xe6\x97\xa5", 2 },
		{ "\xf0\x9f\x98\x80", 2 }, { "\xff\xc3", 2 },
		{ "\xed\x95\x9c\xea\xb8\x80", 4 } };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
		    out_columns(str_of(rows[i].text)), rows[i].columns);
}

/* buffers and JSON go out whole; one that failed is told */
static void
test_buf(void **state)
{
	struct cmd_env env = open_env(80);
	struct buf b;

	buf_init(&b, 4);
	assert_int_equal(out_buf(&env, &b), CMD_FINE);
	buf_puts(&b, "abc");
	assert_int_equal(out_buf(&env, &b), CMD_FINE);
	buf_puts(&b, "too long");
	assert_int_equal(out_buf(&env, &b), CMD_UNKNOWN);
	buf_free(&b);
	buf_init(&b, 4);
	buf_puts(&b, "{}");
	assert_int_equal(out_json(&env, &b), CMD_FINE);
	assert_null(b.p);
	fclose(env.err);
	expect_stream(env.out, "abc{}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_shared_repair),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_null),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_buf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
