/*
 * test_manual.c - the generated parts of the manual pages
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/manual.h"

#include <string.h>

static const struct cmd_opt opts[] = {
	{ "force", NULL, "do it all the same" },
	{ "out", "FILE", "where \"it\" goes" },
	{ NULL, NULL, NULL },
};
static const struct cmd thing_add = {
	.name = "thing add",
	.usage = "NAME [KEY=VALUE...]",
	.summary = "add a thing",
	.help = "One. Two\nhalves.\n\n  .code \\ here\n    deeper\n\nLast.",
	.opts = opts,
};
static const struct cmd thing_show = {
	.name = "thing show", .usage = "", .summary = "show it"
};
static const struct cmd single = {
	.name = "single", .usage = "A", .summary = "one word", .help = "Text."
};
static const struct cmd hidden = {
	.name = "__x", .usage = "", .summary = "hidden"
};
static const struct cmd *const table[] = { &thing_add, &thing_show, &single,
	&hidden, NULL };

/* A page and what it becomes. */
static const struct {
	const char *in, *out;
	enum cmd_status status;
} rows[] = {
	{ "", "", CMD_FINE },
	{ ".Sh A\n@ not one\n@\n@@\nlast", ".Sh A\n@ not one\n@\n@@\nlast\n",
	    CMD_FINE },
	{ "@VERSION@\n", ".Os mtasts " MTASTS_VERSION "\n", CMD_FINE },
	{ "@SYNOPSIS thing@\n",
	    ".Nm mtasts Cm thing Cm add\n.Ar NAME\n.Ar [KEY=VALUE...]\n"
	    ".Op Fl -OPTION...\n.Nm mtasts Cm thing Cm show\n",
	    CMD_FINE },
	{ "@OPTIONS thing add@\n",
	    "Add a thing.\n.Pp\nOne.\nTwo halves.\n"
	    ".Bd -literal -offset indent\n\\&.code \\e here\n  deeper\n.Ed\n"
	    ".Pp\nLast.\n.Pp\nOptions:\n.Bl -tag -width Ds\n"
	    ".It Fl -force\ndo it all the same.\n"
	    ".It Fl -out Ar FILE\nwhere \\(dqit\\(dq goes.\n.El\n",
	    CMD_FINE },
	{ "@OPTIONS thing show@\n", "Show it.\n", CMD_FINE },
	{ "@OPTIONS single@\n", "Text.\n", CMD_FINE },
	{ "@COMMANDS@\n",
	    ".Bl -tag -width Ds\n.It Cm thing add Ar NAME [KEY=VALUE...]\n"
	    "add a thing.\n.It Cm thing show\nshow it.\n"
	    ".It Cm single Ar A\none word.\n.El\n",
	    CMD_FINE },
	{ "@CONF log@\n",
	    ".Bl -tag -width Ds\n.It Cm level\nHow much is logged.\n"
	    "error: something is degraded.\nwarn: someone should look.\n"
	    "info: one line for each transaction.\ndebug: more.\n"
	    "The option --log-level wins.\n"
	    "Wants one of error, warn, info, debug.\n"
	    "The default is\n.Ql info .\n.El\n",
	    CMD_FINE },
	/* What names nothing fails, so that no page can go stale. */
	{ "@OPTIONS thing\n", "@OPTIONS thing\n", CMD_FINE },
	{ "@OPTIONS thing@\n", "", CMD_PROBLEM },
	{ "@SYNOPSIS thin@\n", "", CMD_PROBLEM },
	{ "@SYNOPSIS __x@\n", "", CMD_PROBLEM },
	{ "@CONF nothing@\n", ".Bl -tag -width Ds\n.El\n", CMD_PROBLEM },
	{ "@NOTHING@\n", "", CMD_PROBLEM },
};

/* test_rows - each page becomes what it must */
static void
test_rows(void **state)
{
	char text[8192];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cmd_env env = { .in = tmpfile(),
			.out = tmpfile(),
			.err = tmpfile(),
			.width = 80,
			.commands = table };

		fputs(rows[i].in, env.in);
		rewind(env.in);
		assert_int_equal(manual_page(&env), rows[i].status);
		rewind(env.out);
		text[fread(text, 1, sizeof(text) - 1, env.out)] = '\0';
		assert_string_equal(text, rows[i].out);
		rewind(env.err);
		text[fread(text, 1, sizeof(text) - 1, env.err)] = '\0';
		assert_int_equal(strstr(text, "names nothing") != NULL,
		    rows[i].status == CMD_PROBLEM);
		fclose(env.in);
		fclose(env.out);
		fclose(env.err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
