/*
 * vec_policy_parse - the shared vectors of policy bodies
 *
 * The vectors restate what the tests of other systems demand, and how the
 * grammar alone reads them. The grammar's reading holds, except for the rows
 * below: there a careful sender can use what is not to the letter, or the
 * prose of the RFC says more than its grammar.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/policy_case.h"

static const struct {
	const char *id;
	const char *verdict;
} decided[] = {
	/* The name of an extension has 33 characters: the line is ignored. */
	{ "P012", "usable" },
	/* U-labels: converted. */
	/* REQ: POL-8 */
	{ "P013", "usable" },
	{ "P015", "usable" },
	/* A white line in front, all lines indented: skipped and trimmed. */
	{ "P023", "usable" },
	/* max_age over the maximum: clamped. */
	{ "P024", "usable" },
	{ "P053", "usable" },
	/* Empty lines: skipped. */
	{ "P036", "usable" },
	{ "P042", "usable" },
	{ "P043", "usable" },
	/* A blank before a key, a blank before the colon: trimmed. */
	{ "P044", "usable" },
	{ "P045", "usable" },
	/* UTF-8 byte order mark: skipped. */
	{ "P046", "usable" },
	/* A final dot is cut, an underscore kept. */
	{ "P062", "usable" },
	{ "P063", "usable" },
	/* A line that begins with # and so is not a field: skipped. */
	{ "P066", "usable" },
};

/* next_column - cut the next column off a row, in place */
static char *
next_column(char **row)
{
	char *column = *row, *tab = column + strcspn(column, "\t");

	*row = *tab == '\0' ? tab : tab + 1;
	*tab = '\0';
	return column;
}

/* unescape - \n \r \t \0 \\ in place; the length of the result */
static size_t
unescape(char *s)
{
	static const char from[] = "nrt0\\", to[] = "\n\r\t\0\\";
	char *out = s, *begin = s;

	while (*s != '\0') {
		const char *at;

		if (*s != '\\') {
			*out++ = *s++;
			continue;
		}
		at = strchr(from, s[1]);
		assert_non_null(at);
		*out++ = to[at - from];
		s += 2;
	}
	return (size_t)(out - begin);
}

/* wanted - the verdict of a row */
static const char *
wanted(const char *id, const char *rfc_reading)
{
	for (size_t i = 0; i < sizeof(decided) / sizeof(*decided); i++) {
		if (strcmp(id, decided[i].id) == 0)
			return decided[i].verdict;
	}
	return strncmp(rfc_reading, "ok", 2) == 0 ? "valid" : "invalid";
}

/* describe - the policy as the vectors write it */
static void
describe(char out[1024], const struct mtasts_policy *p)
{
	size_t n;

	n = (size_t)snprintf(out, 1024,
	    "ok mode=%s max_age=%u mx=", mtasts_mode_name(p->mode),
	    (unsigned)p->max_age_s);
	for (size_t i = 0; i < p->mx_count; i++)
		n += (size_t)snprintf(
		    out + n, 1024 - n, "%s%s", i == 0 ? "" : ",", p->mx[i]);
}

/* run_row - one vector; true when it comes out as it should */
static bool
run_row(char *row)
{
	char *id = next_column(&row), *source = next_column(&row);
	char *body = next_column(&row), *expects = next_column(&row);
	char *reading = next_column(&row);
	struct policy_case c;
	const char *want, *got;
	char text[1024];
	bool same = true;

	c = policy_case_read(body, unescape(body));
	want = wanted(id, reading);
	got = policy_case_verdict(&c);
	if (strcmp(want, "valid") == 0 && c.policy != NULL) {
		describe(text, c.policy);
		same = strcmp(text, reading) == 0;
	}
	if (strcmp(want, got) != 0 || !same) {
		printf("%s (%s): want %s, got %s\n", id, source, want, got);
		printf("    others: %s; grammar: %s\n", expects, reading);
		policy_case_print(&c);
		same = false;
	}
	/* An error is noted exactly where the letter is not kept. */
	assert_int_equal(
	    policy_case_errors(&c, 0) == 0, strcmp(got, "valid") == 0);
	policy_case_free(&c);
	return same;
}

/* REQ: POL-2 POL-3 POL-4 POL-5 POL-6 POL-7 POL-9 POL-10 POL-11 */
static void
test_vectors(void **state)
{
	size_t len;
	char *file =
	    policy_case_shared("corpus/vectors/policy_parse.tsv", &len);
	char *line = file, *end;
	unsigned rows = 0, bad = 0;

	assert_non_null(file);
	for (; line < file + len; line = end + 1) {
		end = line + strcspn(line, "\n");
		*end = '\0';
		if (*line == '#' || *line == '\0')
			continue;
		rows++;
		bad += !run_row(line);
	}
	free(file);
	printf("%u rows\n", rows);
	assert_true(rows >= 68);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
	};

	if (!policy_case_has_shared("corpus/vectors/policy_parse.tsv"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
