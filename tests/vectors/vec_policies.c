/*
 * vec_policies - real policy files, with the mistakes that people make
 *
 * The corpus has a table that says what the strict grammar makes of each file:
 * "ok", or the first line that is wrong. Ok must be VALID; anything else must
 * not be, and there must be an error on the line that is named.
 * VERBOSE=1 prints the verdict and the findings of every file.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/policy_case.h"

/* cell - the n-th cell of a table row, without the blanks around it */
static bool
cell(const char *row, unsigned n, char out[256])
{
	size_t len;

	for (unsigned i = 0; i <= n; i++) {
		row = strchr(row, '|');
		if (row == NULL)
			return false;
		row++;
	}
	row += strspn(row, " ");
	len = strcspn(row, "|");
	while (len > 0 && row[len - 1] == ' ')
		len--;
	snprintf(out, 256, "%.*s", (int)len, row);
	return true;
}

/* run_file - hold one file against its row */
static bool
run_file(const char *name, const char *strict)
{
	bool ok = strcmp(strict, "ok") == 0, good;
	unsigned named = 0;
	struct policy_case c;
	char path[512];
	char *text;
	size_t len;

	snprintf(path, sizeof(path), "corpus/policies/%s", name);
	text = policy_case_shared(path, &len);
	assert_non_null(text);
	c = policy_case_read(text, len);
	free(text);
	(void)sscanf(strict, "line %u:", &named);
	if (ok)
		good = c.policy != NULL &&
		    c.policy->verdict == MTASTS_VERDICT_VALID &&
		    policy_case_errors(&c, 0) == 0;
	else
		good = (c.policy == NULL ||
			   c.policy->verdict == MTASTS_VERDICT_USABLE) &&
		    policy_case_errors(&c, named) > 0;
	if (!good || getenv("VERBOSE") != NULL) {
		printf("%s%-7s  %s (%s)\n", good ? "" : "WRONG ",
		    policy_case_verdict(&c), name, strict);
		policy_case_print(&c);
	}
	policy_case_free(&c);
	return good;
}

/* REQ: POL-2 POL-3 POL-5 POL-6 POL-7 POL-9 POL-11 */
static void
test_real_files(void **state)
{
	char name[256], strict[256];
	unsigned files = 0, bad = 0;
	size_t len;
	char *table = policy_case_shared("corpus/policies/README.md", &len);
	char *line = table, *end;

	assert_non_null(table);
	for (; line < table + len; line = end + 1) {
		end = line + strcspn(line, "\n");
		*end = '\0';
		if (!cell(line, 0, name) || !cell(line, 5, strict) ||
		    strstr(name, ".txt") == NULL)
			continue;
		files++;
		bad += !run_file(name, strict);
	}
	free(table);
	printf("%u files\n", files);
	assert_int_equal(files, 120);
	assert_int_equal(bad, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_files),
	};

	if (!policy_case_has_shared("corpus/policies/README.md"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
