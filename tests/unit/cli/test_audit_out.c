/*
 * test_audit_out - results of checks in every format, beside the files of
 * tests/vectors/check; lint.formats reads those files with other programs
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/arena.h"
#include "cli/audit_out.h"
#include "support/audit_made.h"
#include "support/golden.h"

#include <stdlib.h>

static const char *const formats[] = { "text", "json", "junit", "sarif",
	"nagios", "prometheus", "markdown" };

#define FORMATS (sizeof(formats) / sizeof(*formats))

/* What was printed. */
struct printed {
	char *out, *err;
	int status;
};

/* How to print. */
struct how {
	const char *format;
	bool single, verbose, color;
};

/* print - domains in a format; release with printed_free() */
static struct printed
print(struct how how, const struct made *made, size_t count)
{
	struct audit_out_conf conf = {
		.format = audit_format_find(how.format),
		.single = how.single,
		.verbose = how.verbose,
	};
	struct cmd_env env = { .width = 80, .color = how.color };
	struct printed p = { 0 };
	struct audit_out *out;
	size_t len;

	assert_non_null(conf.format);
	env.out = open_memstream(&p.out, &len);
	env.err = open_memstream(&p.err, &len);
	out = audit_out_open(&env, &conf);
	assert_non_null(out);
	for (size_t i = 0; i < count; i++)
		audit_out_put(out, &made[i].a);
	p.status = (int)audit_out_close(out);
	fclose(env.out);
	fclose(env.err);
	assert_string_equal(p.err, "");
	return p;
}

/* printed_free - release what was printed */
static void
printed_free(struct printed *p)
{
	free(p->out);
	free(p->err);
}

/* without - cut what stands between two words, both of which are there */
static void
without(char *text, const char *from, const char *to)
{
	char *a = strstr(text, from), *b;

	assert_non_null(a);
	a += strlen(from);
	b = strstr(a, to);
	assert_non_null(b);
	memmove(a, b, strlen(b) + 1);
}

/* without_indexes - cut the lines that say which rule it is: see test_rules */
static void
without_indexes(char *text)
{
	char *line, *end;

	while ((line = strstr(text, "          \"ruleIndex\": ")) != NULL) {
		end = strchr(line, '\n');
		assert_non_null(end);
		memmove(line, end + 1, strlen(end + 1) + 1);
	}
}

/* expect_file - compare with a file, but for what changes with the checks */
static void
expect_file(
    struct how how, const struct made *made, size_t count, const char *file)
{
	struct printed p = print(how, made, count);
	char path[256];
	struct buf b;

	if (strcmp(how.format, "sarif") == 0) {
		without_indexes(p.out);
		without(p.out, "\"rules\": [", "\n          ]");
		without(p.out,
		    "\"name\": \"mtasts\",\n          \"version\": \"", "\"");
	}
	snprintf(path, sizeof(path), "check/%s", file);
	buf_init(&b, GOLDEN_MAX);
	buf_puts(&b, p.out);
	golden_check(path, &b);
	buf_free(&b);
	printed_free(&p);
}

/* test_single - a domain with one of everything */
static void
test_single(void **state)
{
	struct made *made = test_calloc(1, sizeof(*made));
	char file[64];

	made_broken(made);
	for (size_t i = 0; i < FORMATS; i++) {
		snprintf(file, sizeof(file), "broken.%s", formats[i]);
		expect_file(
		    (struct how){ formats[i], .single = true }, made, 1, file);
	}
	expect_file((struct how){ "text", .single = true, .verbose = true },
	    made, 1, "broken-verbose.text");
	expect_file((struct how){ "text", .single = true, .color = true }, made,
	    1, "broken-color.text");
	made_fine(made, "fine.example");
	expect_file(
	    (struct how){ "text", .single = true }, made, 1, "fine.text");
	expect_file(
	    (struct how){ "nagios", .single = true }, made, 1, "fine.nagios");
	test_free(made);
}

/* test_next - what to do first is in front; a record can be copied */
static void
test_next(void **state)
{
	static const char want[] =
	    "  Next:   P02, a.example.org: Write it anew, with all that is "
	    "needed and nothing\n"
	    "          else. Publish:\n"
	    "          v=STSv1; id=20261101T000000; x-a-field=that-makes-it-"
	    "longer-than-any-line-is;\n"
	    "\n"
	    "WARN  P02  Every address answers\n"
	    "      192.0.2.1 and 2 more: It is not what a.example.org has.\n";
	struct made *made = test_calloc(1, sizeof(*made));
	struct printed p;

	made_broken(made);
	made->finding[3] = (struct mtasts_finding){ .name = "x",
		.severity = MTASTS_WARNING,
		.file = "a.example.org [192.0.2.1] and 2 more",
		.message = "It is not what a.example.org has.",
		.fix = "Write it anew, with all that is needed and nothing "
		       "else. Publish: v=STSv1; id=20261101T000000; "
		       "x-a-field=that-makes-it-longer-than-any-line-is;",
		.rfc = "" };
	made_found(made, "P02", 3, 1);
	made->a.next_of = made_check(made, "P02");
	p = print((struct how){ "text", .single = true }, made, 1);
	if (strstr(p.out, want) == NULL)
		fail_msg("%s", p.out);
	assert_true(strstr(p.out, "WARN  P02") < strstr(p.out, "FAIL  M02"));
	printed_free(&p);
	test_free(made);
}

/* test_places - a host is told once, a column never */
static void
test_places(void **state)
{
	static const struct {
		const char *file, *message;
		unsigned line, record;
		const char *want;
	} rows[] = {
		{ "", "It is so.", 0, 0, "" },
		{ "", "It is so.", 3, 0, "line 3: " },
		{ "", "Line 3 is so.", 3, 0, "" },
		{ "", "It is so.", 0, 1, "" },
		{ "", "It is so.", 0, 2, "record 2: " },
		{ "a.example", "It is so.", 2, 0, "a.example, line 2: " },
		{ "a.example", "What a.example has.", 0, 0, "" },
		{ "a.example", "So is a.example.", 0, 0, "" },
		{ "a.example", "What b.a.example has.", 0, 0, "a.example: " },
		{ "a.example", "What a.example.org has.", 0, 0, "a.example: " },
		{ "a.example", "What a.examples has.", 0, 0, "a.example: " },
		{ "a.example [::1]", "It is so.", 0, 0, "a.example [::1]: " },
		{ "a.example [::1]", "At a.example.", 0, 0, "::1: " },
		{ "a.example [::1] and 3 more", "At a.example.", 0, 0,
		    "::1 and 3 more: " },
		{ "a.example [::1]", "At a.example [::1].", 0, 0, "" },
	};
	struct made *made = test_calloc(1, sizeof(*made));
	struct printed p;
	char want[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		made_fine(made, "fine.example");
		made->finding[0] = (struct mtasts_finding){ .name = "x",
			.severity = MTASTS_WARNING,
			.file = rows[i].file,
			.line = rows[i].line,
			.record = rows[i].record,
			.column = 7,
			.message = rows[i].message,
			.fix = "",
			.rfc = "" };
		made_found(made, "P02", 0, 1);
		p = print((struct how){ "text", .single = true }, made, 1);
		snprintf(want, sizeof(want), "      %s%s\n", rows[i].want,
		    rows[i].message);
		if (strstr(p.out, want) == NULL)
			fail_msg("row %zu: %s", i, p.out);
		printed_free(&p);
	}
	test_free(made);
}

/* test_several - one after the other, and how many ended how */
static void
test_several(void **state)
{
	struct made *made = test_calloc(3, sizeof(*made));
	char file[64];

	made_broken(&made[0]);
	made_fine(&made[1], "fine.example");
	made_many(&made[2]);
	made[1].a.host_cert_until_at = made[1].a.mx_cert_until_at = 0;
	made[1].a.mode = NULL;
	for (size_t i = 0; i < FORMATS; i++) {
		snprintf(file, sizeof(file), "several.%s", formats[i]);
		expect_file(
		    (struct how){ .format = formats[i] }, made, 3, file);
	}
	expect_file((struct how){ "text", .verbose = true }, made, 3,
	    "several-verbose.text");
	test_free(made);
}

/* test_hostile - whatever a text holds, the form stays */
static void
test_hostile(void **state)
{
	struct made *made = test_calloc(2, sizeof(*made));
	char file[64];

	made_hostile(&made[0]);
	made_fine(&made[1], "fine.example");
	/* "text" is for texts that are printable already. */
	for (size_t i = 1; i < FORMATS; i++) {
		snprintf(file, sizeof(file), "hostile.%s", formats[i]);
		expect_file(
		    (struct how){ .format = formats[i] }, made, 2, file);
	}
	test_free(made);
}

/* test_lines - text fits a terminal of 80 columns, addresses aside */
static void
test_lines(void **state)
{
	struct made *made = test_calloc(1, sizeof(*made));
	struct str rest, line;
	struct printed p;

	made_broken(made);
	for (int verbose = 0; verbose < 2; verbose++) {
		p = print(
		    (struct how){ "text", .single = true, .verbose = verbose },
		    made, 1);
		rest = str_of(p.out);
		while (str_line(&rest, &line, NULL)) {
			if (line.len > 80 &&
			    str_find(line, STR("https://")) == line.len)
				fail_msg("%" STR_FMT, STR_ARG(line));
			assert_true(
			    line.len == 0 || line.p[line.len - 1] != ' ');
		}
		printed_free(&p);
	}
	test_free(made);
}

/* test_exits - the worst domain decides; a plugin has its own numbers */
static void
test_exits(void **state)
{
	static const struct {
		enum audit_result results[3];
		size_t count;
		int status, nagios;
	} rows[] = {
		{ { 0 }, 0, 3, 3 },
		{ { AUDIT_RESULT_PASS }, 1, 0, 0 },
		{ { AUDIT_RESULT_WARN }, 1, 0, 1 },
		{ { AUDIT_RESULT_UNKNOWN }, 1, 3, 3 },
		{ { AUDIT_RESULT_FAIL }, 1, 1, 2 },
		{ { AUDIT_RESULT_FAIL, AUDIT_RESULT_UNKNOWN,
		      AUDIT_RESULT_PASS },
		    3, 1, 2 },
		{ { AUDIT_RESULT_WARN, AUDIT_RESULT_UNKNOWN,
		      AUDIT_RESULT_PASS },
		    3, 3, 3 },
		{ { AUDIT_RESULT_PASS, AUDIT_RESULT_WARN }, 2, 0, 1 },
	};
	struct made *made = test_calloc(3, sizeof(*made));
	struct printed p;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (size_t k = 0; k < FORMATS; k++) {
			bool nagios = strcmp(formats[k], "nagios") == 0;

			for (size_t n = 0; n < rows[i].count; n++) {
				made_fine(&made[n], "fine.example");
				made[n].a.result = rows[i].results[n];
			}
			p = print((struct how){ formats[k],
				      .single = rows[i].count == 1 },
			    made, rows[i].count);
			assert_int_equal(
			    p.status, nagios ? rows[i].nagios : rows[i].status);
			printed_free(&p);
		}
	test_free(made);
}

/* test_rules - each result of SARIF leads to its rule */
static void
test_rules(void **state)
{
	struct made *made = test_calloc(1, sizeof(*made));
	const struct js *run, *rules, *results;
	struct printed p;
	struct js *js;

	made_broken(made);
	p = print((struct how){ "sarif", .single = true }, made, 1);
	assert_int_equal(js_parse(str_of(p.out), "", &js, NULL), MTASTS_OK);
	run = js_at(js_get(js, "runs"), 0);
	rules = js_get(js_get(js_get(run, "tool"), "driver"), "rules");
	results = js_get(run, "results");
	assert_true(js_len(rules) > 25);
	assert_int_equal(js_len(results), 6);
	for (size_t i = 0; i < js_len(results); i++) {
		const struct js *one = js_at(results, i);
		struct str id, rule;
		int64_t index;
		bool known;

		assert_true(js_str(js_get(one, "ruleId"), &id));
		known = js_int(js_get(one, "ruleIndex"), &index);
		assert_int_equal(known, checks_find(id) != NULL);
		if (!known)
			continue;
		assert_true(
		    js_str(js_get(js_at(rules, (size_t)index), "id"), &rule));
		assert_true(str_eq(id, rule));
	}
	js_free(js);
	printed_free(&p);
	test_free(made);
}

/* test_unknown - a format that there is not; output that nobody takes */
static void
test_unknown(void **state)
{
	struct audit_out_conf conf = { .format = audit_format_find("json") };
	struct cmd_env env = { .width = 80 };
	struct made *made = test_calloc(1, sizeof(*made));
	struct audit_out *out;
	size_t len;
	char *err = NULL;

	assert_null(audit_format_find("xml"));
	assert_null(audit_format_find(""));
	for (size_t i = 0; i < FORMATS; i++)
		assert_non_null(strstr(AUDIT_FORMATS, formats[i]));
	assert_int_equal(audit_out_close(NULL), CMD_UNKNOWN);
	env.out = fopen("/dev/full", "w");
	env.err = open_memstream(&err, &len);
	assert_non_null(env.out);
	out = audit_out_open(&env, &conf);
	made_fine(made, "fine.example");
	audit_out_put(out, &made->a);
	assert_int_equal(audit_out_close(out), CMD_UNKNOWN);
	fclose(env.out);
	fclose(env.err);
	assert_non_null(strstr(err, "incomplete"));
	free(err);
	test_free(made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_exits),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
