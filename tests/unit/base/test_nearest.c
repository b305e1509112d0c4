/*
 * test_nearest.c - "did you mean"
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/nearest.h"

/* What is typed and what is offered; null: nothing is near enough. */
static const struct {
	const char *word, *want;
} rows[] = {
	{ "wrokers", "workers" },
	{ "worker", "workers" },
	{ "WORKERS", "workers" },
	{ "max_requests", "max-requests" },
	{ "max-conections", "max-connections" },
	{ "htps", "https" },
	{ "http", "http" },
	{ "metr", "metrics" },
	{ "met", "metrics" },
	{ "me", NULL },
	{ "xy", NULL },
	{ "x", NULL },
	{ "", NULL },
	{ "completely-other", NULL },
	{ "averyverylongwordwithmorethanthirtytwobytes", NULL },
};
static const char *const known[] = { "http", "https", "workers", "max-requests",
	"max-connections", "metrics" };

/* test_rows - each word finds its neighbour */
static void
test_rows(void **state)
{
	struct nearest near;
	size_t i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		nearest_begin(&near, str_of(rows[i].word));
		for (j = 0; j < sizeof(known) / sizeof(known[0]); j++)
			nearest_try(&near, known[j]);
		if (rows[i].want == NULL)
			assert_null(near.name);
		else
			assert_string_equal(
			    near.name != NULL ? near.name : "", rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
