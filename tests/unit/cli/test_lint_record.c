/*
 * test_lint_record - lint record and lint tlsrpt: text, JSON, exit status
 */
#include "base/json.h"
#include "cli/commands.h"

#include <stdlib.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* One run of a command. */
struct row {
	const struct cmd *cmd;
	const char *words[4];
	const char *in; /* standard input, or null */
	int status;
	const char *head; /* the first line of the text */
	const char *finding; /* name of the first finding, or null */
};

static const struct row rows[] = {
	{ &cmd_lint_record, { "v=STSv1; id=20250101T000000" }, NULL, 0,
	    "valid: id 20250101T000000\n", NULL },
	{ &cmd_lint_record, { "v=STSv1; id=x y" }, NULL, 1,
	    "invalid: counts as if there were no record\n",
	    "sts-id-character" },
	{ &cmd_lint_record, { "\"v=STSv1; id=x\"" }, NULL, 1,
	    "none: there is no record of this kind\n", "sts-quotes" },
	{ &cmd_lint_record, { "word", "v=STSv1; id=x" }, NULL, 0,
	    "valid: id x\n", "sts-ignored" },
	/* one record per line */
	{ &cmd_lint_record, { "-" }, "v=STSv1; id=x\n", 0, "valid: id x\n",
	    NULL },
	{ &cmd_lint_record, { "-" }, "\nv=STSv1; id=x\r\n\n", 0,
	    "valid: id x\n", NULL },
	{ &cmd_lint_record, { "-" }, "v=STSv1; id=x\nv=STSv1; id=y", 1,
	    "invalid: counts as if there were no record\n", "sts-several" },
	{ &cmd_lint_record, { "v=STSv1; id=x", "-" }, "v=STSv1; id=y", 1,
	    "invalid: counts as if there were no record\n", "sts-several" },
	{ &cmd_lint_record, { "-" }, "", 1,
	    "none: there is no record of this kind\n", "sts-absent" },
	/* as DNS tools print it: strings, escapes, a CNAME in front */
	{ &cmd_lint_record, { "-" }, "\"v=STSv1; \" \"id=x\"\n", 0,
	    "valid: id x\n", NULL },
	{ &cmd_lint_record, { "-" },
	    "_mta-sts.provider.example.\n\"v=STSv1; id=x\"\n", 0,
	    "valid: id x\n", NULL },
	{ &cmd_lint_record, { "-" }, "\"v=STSv1\\; id=\\120;\"\n", 0,
	    "valid: id x\n", NULL },
	{ &cmd_lint_record, { "-" }, "\"\\\"v=STSv1; id=x\\\"\"\n", 1,
	    "none: there is no record of this kind\n", "sts-quotes" },
	{ &cmd_lint_record, { "-" }, "\"v=STSv1; id=x\\", 1,
	    "invalid: counts as if there were no record\n", "sts-quotes" },
	{ &cmd_lint_tlsrpt,
	    { "v=TLSRPTv1; rua=mailto:a@b.example,https://c.example/" }, NULL,
	    0, "valid: rua mailto:a@b.example,https://c.example/\n", NULL },
	{ &cmd_lint_tlsrpt, { "v=TLSRPTv1; rua=a@b.example" }, NULL, 1,
	    "invalid: counts as if there were no record\n",
	    "tlsrpt-rua-no-scheme" },
	{ &cmd_lint_tlsrpt, { "v=STSv1; id=x" }, NULL, 1,
	    "none: there is no record of this kind\n", "tlsrpt-other-kind" },
	{ &cmd_lint_tlsrpt, { "-" }, "\"v=TLSRPTv1;rua=mailto:a@b\"", 0,
	    "valid: rua mailto:a@b\n", NULL },
};

/* run - the command with words and input; its output is the caller's */
static char *
run(const struct row *row, bool json, int *status)
{
	struct cmd_args args = { .opts = NULL };
	struct cmd_env env = { .json = json, .width = 80 };
	char *text = NULL;
	size_t size = 0;

	while (args.word_count < 4 && row->words[args.word_count] != NULL)
		args.word_count++;
	args.words = (char **)row->words;
	env.in = tmpfile();
	env.out = open_memstream(&text, &size);
	env.err = env.out;
	assert_non_null(env.in);
	assert_non_null(env.out);
	fputs(row->in ? row->in : "", env.in);
	rewind(env.in);
	*status = row->cmd->run(&env, &args);
	fclose(env.in);
	fclose(env.out);
	return text;
}

/* test_text - the headline, and that findings follow */
static void
test_text(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = -1;
		char *text = run(&rows[i], false, &status);

		if (status != rows[i].status ||
		    strncmp(text, rows[i].head, strlen(rows[i].head)) != 0)
			fail_msg("row %zu: %d, %s", i, status, text);
		assert_true((strlen(text) > strlen(rows[i].head)) ==
		    (rows[i].finding != NULL));
		free(text);
	}
}

/* test_json - the contract of "lint" */
static void
test_json(void **state)
{
	const struct js *list;
	struct js *doc;
	struct str s;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = -1;
		char *text = run(&rows[i], true, &status);

		assert_int_equal(js_parse(str_of(text), "out", &doc, NULL), 0);
		assert_int_equal(status, rows[i].status);
		assert_true(js_str(js_get(doc, "verdict"), &s));
		assert_true(str_starts(str_of(rows[i].head), s));
		if (rows[i].cmd == &cmd_lint_tlsrpt)
			assert_true(js_is_array(js_get(doc, "rua")));
		else
			assert_non_null(js_get(doc, "id"));
		list = js_get(doc, "findings");
		assert_true(js_is_array(list));
		if (rows[i].finding != NULL) {
			assert_true(js_str(js_get(js_at(list, 0), "name"), &s));
			if (!str_eq(s, str_of(rows[i].finding)))
				fail_msg("row %zu: %s", i, text);
		}
		js_free(doc);
		free(text);
	}
}

/* test_json_facts - id and rua are there when the record is valid */
static void
test_json_facts(void **state)
{
	static const struct row sts = { &cmd_lint_record, { "v=STSv1; id=x" },
		NULL, 0, "", NULL };
	static const struct row rpt = { &cmd_lint_tlsrpt,
		{ "v=TLSRPTv1; rua=mailto:a@b,mailto:c@d" }, NULL, 0, "",
		NULL };
	struct js *doc = NULL;
	struct str s;
	int status;
	char *text;

	text = run(&sts, true, &status);
	assert_int_equal(js_parse(str_of(text), "out", &doc, NULL), 0);
	assert_true(js_str(js_get(doc, "id"), &s));
	assert_true(str_eq(s, STR("x")));
	assert_null(js_get(doc, "rua"));
	js_free(doc);
	free(text);

	text = run(&rpt, true, &status);
	assert_int_equal(js_parse(str_of(text), "out", &doc, NULL), 0);
	assert_int_equal(js_len(js_get(doc, "rua")), 2);
	assert_true(js_str(js_at(js_get(doc, "rua"), 1), &s));
	assert_true(str_eq(s, STR("mailto:c@d")));
	assert_null(js_get(doc, "id"));
	js_free(doc);
	free(text);
}

/* test_big_input - more than anybody's DNS holds is refused, not read */
static void
test_big_input(void **state)
{
	struct row row = { &cmd_lint_record, { "-" }, NULL, 3, "", NULL };
	size_t len = (4u << 20) + 2;
	char *in = malloc(len), *text;
	int status;

	assert_non_null(in);
	memset(in, 'a', len - 1);
	in[len - 1] = '\0';
	row.in = in;
	text = run(&row, false, &status);
	assert_int_equal(status, 3);
	assert_non_null(strstr(text, "cannot read the records"));
	free(text);
	free(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_facts),
		cmocka_unit_test(test_big_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
