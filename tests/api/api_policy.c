/*
 * api_policy - policy files as users of the library read and write them
 *
 * What docs/library.md promises: verdicts, ownership, limits, and that results
 * are untouched on failure.
 */
#include <mtasts/mtasts.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char good[] = "version: STSv1\r\nmode: enforce\r\n"
			   "mx: mx1.mail.test\r\nmx: *.mx.test\r\n"
			   "max_age: 604800\r\n";

/* test_valid - a policy outlives the text, and is written as it was */
static void
test_valid(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_policy *policy = NULL;
	char text[sizeof(good)], *again = NULL;

	memcpy(text, good, sizeof(good));
	assert_int_equal(
	    mtasts_policy_parse(text, strlen(text), &policy, diags), MTASTS_OK);
	memset(text, 'x', sizeof(text));
	assert_int_equal(policy->verdict, MTASTS_VERDICT_VALID);
	assert_int_equal(policy->mode, MTASTS_MODE_ENFORCE);
	assert_int_equal(policy->max_age_s, 604800);
	assert_int_equal(policy->mx_count, 2);
	assert_string_equal(policy->mx[1], "*.mx.test");
	assert_int_equal(mtasts_diags_count(diags), 0);
	assert_int_equal(mtasts_policy_match(policy, "MX.mx.test."), 1);
	assert_int_equal(mtasts_policy_match(policy, "a.b.mx.test"), 2);
	assert_int_equal(mtasts_policy_format(policy, &again), MTASTS_OK);
	assert_string_equal(again, good);
	mtasts_free(again);
	mtasts_policy_free(policy);
	mtasts_diags_free(diags);
}

/* test_usable - lenient, with the reason beside it; the same without a list */
static void
test_usable(void **state)
{
	static const char text[] = "version: STSv1\n\nmode: none\nmax_age: 1\n";
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_policy *policy = NULL;
	const struct mtasts_finding *f;

	assert_int_equal(
	    mtasts_policy_parse(text, strlen(text), &policy, diags), MTASTS_OK);
	assert_int_equal(policy->verdict, MTASTS_VERDICT_USABLE);
	f = mtasts_diags_get(diags, 0);
	assert_string_equal(f->name, "empty-line");
	assert_string_equal(f->id, "F03");
	assert_int_equal(f->severity, MTASTS_ERROR);
	assert_int_equal(f->line, 2);
	mtasts_policy_free(policy);
	assert_int_equal(
	    mtasts_policy_parse(text, strlen(text), &policy, NULL), MTASTS_OK);
	assert_int_equal(policy->verdict, MTASTS_VERDICT_USABLE);
	mtasts_policy_free(policy);
	mtasts_diags_free(diags);
}

/* test_failure - nothing is handed out, and no text harms */
static void
test_failure(void **state)
{
	struct mtasts_policy untouched, *policy = &untouched;
	char *large = calloc(1, 65537);

	assert_non_null(large);
	memset(large, 'a', 65537);
	assert_int_equal(
	    mtasts_policy_parse("", 0, &policy, NULL), MTASTS_EPOLICY);
	assert_int_equal(
	    mtasts_policy_parse("\0\xff", 2, &policy, NULL), MTASTS_EPOLICY);
	assert_int_equal(
	    mtasts_policy_parse(large, 65537, &policy, NULL), MTASTS_ELIMIT);
	assert_ptr_equal(policy, &untouched);
	free(large);
}

/* test_format - what may not be published is not written */
static void
test_format(void **state)
{
	static const char *const mx[] = { "*.mail.test" };
	struct mtasts_policy policy = { .mode = MTASTS_MODE_TESTING,
		.max_age_s = 86400,
		.mx_count = 1,
		.mx = mx };
	char *text = NULL;

	assert_int_equal(mtasts_policy_format(&policy, &text), MTASTS_OK);
	assert_string_equal(text,
	    "version: STSv1\r\nmode: testing\r\nmx: *.mail.test\r\n"
	    "max_age: 86400\r\n");
	mtasts_free(text);
	text = NULL;
	policy.max_age_s = 31557601;
	assert_int_equal(mtasts_policy_format(&policy, &text), MTASTS_EINVAL);
	policy.max_age_s = 86400;
	policy.mx_count = 0;
	assert_int_equal(mtasts_policy_format(&policy, &text), MTASTS_EINVAL);
	assert_null(text);
	assert_string_equal(mtasts_mode_name(policy.mode), "testing");
}

/* test_nothing - null may be released, asked and counted */
static void
test_nothing(void **state)
{
	mtasts_policy_free(NULL);
	mtasts_rptrec_free(NULL);
	mtasts_diags_free(NULL);
	mtasts_free(NULL);
	assert_int_equal(mtasts_diags_count(NULL), 0);
	assert_int_equal(mtasts_diags_dropped(NULL), 0);
	assert_null(mtasts_diags_get(NULL, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_usable),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
