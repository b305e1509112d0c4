/*
 * test_policy - the policy reader and writer: edges, bounds and promises
 *
 * What single faults lead to stands in tests/vectors/policies; here is what
 * must hold for every text.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/policy_case.h"
#include "core/limits.h"
#include "core/policy_note.h"

#include <time.h>

#define GOOD                                                 \
	"version: STSv1\nmode: enforce\nmx: mx1.mail.test\n" \
	"max_age: 604800\n"

/* finding - the first finding of that name, or null */
static const struct mtasts_finding *
finding(const struct policy_case *c, const char *name)
{
	const struct mtasts_finding *f;

	for (size_t i = 0; (f = mtasts_diags_get(c->diags, i)) != NULL; i++) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

/* promises - what must hold for every text */
static void
promises(const struct policy_case *c)
{
	const struct mtasts_policy *p = c->policy;

	assert_int_equal(c->err == MTASTS_OK, p != NULL);
	assert_int_equal(mtasts_diags_dropped(c->diags), 0);
	if (p == NULL) {
		assert_true(policy_case_errors(c, 0) > 0);
		return;
	}
	assert_true(p->verdict == MTASTS_VERDICT_VALID ||
	    p->verdict == MTASTS_VERDICT_USABLE);
	assert_int_equal(
	    p->verdict == MTASTS_VERDICT_VALID, policy_case_errors(c, 0) == 0);
	assert_true(p->max_age_s <= LIMIT_MAX_AGE_S);
	assert_true(p->mx_count <= LIMIT_MX_COUNT);
	assert_true(p->mx_count > 0 || p->mode == MTASTS_MODE_NONE);
}

static void
test_a_good_file(void **state)
{
	struct policy_case c = policy_case_read(GOOD, strlen(GOOD));

	promises(&c);
	assert_int_equal(c.policy->verdict, MTASTS_VERDICT_VALID);
	assert_int_equal(c.policy->mode, MTASTS_MODE_ENFORCE);
	assert_int_equal(c.policy->max_age_s, 604800);
	assert_int_equal(c.policy->mx_count, 1);
	assert_string_equal(c.policy->mx[0], "mx1.mail.test");
	assert_int_equal(mtasts_diags_count(c.diags), 0);
	policy_case_free(&c);
}

static void
test_arguments(void **state)
{
	struct mtasts_policy mark, *p = &mark;

	assert_int_equal(mtasts_policy_parse(NULL, 1, &p, NULL), MTASTS_EINVAL);
	assert_int_equal(
	    mtasts_policy_parse(NULL, 0, &p, NULL), MTASTS_EPOLICY);
	assert_int_equal(
	    mtasts_policy_parse(GOOD, 10, &p, NULL), MTASTS_EPOLICY);
	/* Untouched on failure. */
	assert_ptr_equal(p, &mark);
	mtasts_policy_free(NULL);
	mtasts_free(NULL);
}

/* REQ: FET-8 */
static void
test_size(void **state)
{
	static char text[LIMIT_POLICY_LEN + 1];
	size_t n = strlen(GOOD);
	struct policy_case c;

	memcpy(text, GOOD, n);
	memset(text + n, 'x', sizeof(text) - n);
	memcpy(text + n, "key: ", 5);
	c = policy_case_read(text, LIMIT_POLICY_LEN);
	promises(&c);
	assert_int_equal(c.policy->verdict, MTASTS_VERDICT_VALID);
	assert_non_null(finding(&c, "large"));
	policy_case_free(&c);
	c = policy_case_read(text, LIMIT_POLICY_LEN + 1);
	assert_int_equal(c.err, MTASTS_ELIMIT);
	assert_null(c.policy);
	assert_non_null(finding(&c, "too-large"));
	policy_case_free(&c);
}

/* Every byte at every place of a good file. */
static void
test_one_byte_changed(void **state)
{
	char text[] = GOOD;
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		char kept = text[i];

		for (unsigned b = 0; b < 256; b++) {
			struct policy_case c;

			text[i] = (char)b;
			c = policy_case_read(text, len);
			promises(&c);
			policy_case_free(&c);
		}
		text[i] = kept;
	}
}

/* Every beginning of a file with all sorts of lines. */
static void
test_cut_off(void **state)
{
	static const char text[] = "\xef\xbb\xbf---\r\na: b\r\n---\r\n"
				   "version: STSv1\r\n mode : enforce\n"
				   "mx: *.b\xc3\xbc"
				   "cher.test.\nmx: 10 a.test\nMx = b.test\n"
				   "# x\n\nmax_age: 99999999\n\xc2\xa0y: \x01";

	for (size_t len = 0; len < sizeof(text); len++) {
		struct policy_case c = policy_case_read(text, len);

		promises(&c);
		policy_case_free(&c);
	}
}

/* Lines that a hostile file may repeat until it is full. */
static const char *const repeated[] = {
	"\n",
	" \n",
	"a\n",
	"#\n",
	":\n",
	"a:\n",
	"a:b\n",
	"mode: x\n",
	"mx:\n",
	"mx:a\n",
	"mx:*\n",
	"mx:a.test\n",
	"mx:\xc3\xbc.test\n",
	"mx:\xf0\x9f\x8c\x9f\n",
	"mx: your_domain.tld\n",
	"mx a.test\n",
	"nmx:a\n",
	"max-age:1\n",
	"versoin: STSv1\n",
	"maximumage1234567890123456789012: 1\n",
	"---\n",
	"\xff\n",
	"a b",
	" a:",
	"<",
	"{\"a\":",
	"\r\n",
};

/*
 * Neither the time nor the findings grow beyond all bounds. The time is
 * generous: sanitizers are slow, and quadratic would be minutes.
 */
static void
test_hostile_repetition(void **state)
{
	static char text[LIMIT_POLICY_LEN];

	for (size_t i = 0; i < sizeof(repeated) / sizeof(*repeated); i++) {
		size_t n = strlen(GOOD), step = strlen(repeated[i]);
		struct policy_case c;
		clock_t start = clock();
		double took;

		memcpy(text, GOOD, n);
		for (; n + step <= sizeof(text); n += step)
			memcpy(text + n, repeated[i], step);
		c = policy_case_read(text, n);
		took = (double)(clock() - start) / CLOCKS_PER_SEC;
		promises(&c);
		assert_true(
		    mtasts_diags_count(c.diags) <= 3 * (POLICY_NOTE_EACH + 1));
		if (took > 2)
			fail_msg("%zu: %.1f s", i, took);
		policy_case_free(&c);
	}
}

/* REQ: POL-11 */
static void
test_first_counts(void **state)
{
	static const struct {
		const char *text;
		enum mtasts_mode mode;
		uint32_t max_age_s;
	} rows[] = {
		{ "version: STSv1\nmode: none\nmode: enforce\nmax_age: 5\n",
		    MTASTS_MODE_NONE, 5 },
		{ "version: STSv1\nversion: x\nmode: none\nmax_age: 5\n",
		    MTASTS_MODE_NONE, 5 },
		{ "version: STSv1\nmode: none\nmax_age: 6\nmax_age: x\n",
		    MTASTS_MODE_NONE, 6 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct policy_case c =
		    policy_case_read(rows[i].text, strlen(rows[i].text));

		promises(&c);
		assert_int_equal(c.policy->verdict, MTASTS_VERDICT_VALID);
		assert_int_equal(c.policy->mode, rows[i].mode);
		assert_int_equal(c.policy->max_age_s, rows[i].max_age_s);
		assert_non_null(finding(&c, "key-repeated"));
		policy_case_free(&c);
	}
}

/* A wrong first mode is not rescued by a right second one. */
static void
test_first_counts_wrong_too(void **state)
{
	static const char text[] =
	    "version: STSv1\nmode: bogus\nmode: none\nmax_age: 5\n";
	struct policy_case c = policy_case_read(text, strlen(text));

	promises(&c);
	assert_null(c.policy);
	policy_case_free(&c);
}

static const char *const some_mx[] = { "mx1.mail.test", "*.MAIL.test." };

/* REQ: POL-2 POL-4 POL-6 */
static void
test_format(void **state)
{
	struct mtasts_policy p = { .mode = MTASTS_MODE_TESTING,
		.max_age_s = 86400,
		.mx_count = 2,
		.mx = some_mx };
	char *text = NULL;

	assert_int_equal(mtasts_policy_format(&p, &text), MTASTS_OK);
	assert_string_equal(text,
	    "version: STSv1\r\nmode: testing\r\nmx: mx1.mail.test\r\n"
	    "mx: *.mail.test\r\nmax_age: 86400\r\n");
	mtasts_free(text);
}

/* REQ: POL-5 POL-7 POL-9 */
static void
test_format_refuses(void **state)
{
	static const char *const star[] = { "*" };
	static const char *const underscore[] = { "mx_1.mail.test" };
	static const char *const lines[] = { "a.test\r\nmode: none" };
	const struct mtasts_policy rows[] = {
		{ .mode = MTASTS_MODE_ENFORCE, .max_age_s = 1 },
		{ .mode = MTASTS_MODE_TESTING, .max_age_s = 1 },
		{ .max_age_s = LIMIT_MAX_AGE_S + 1 },
		{ .mx_count = 1, .mx = star },
		{ .mx_count = 1, .mx = underscore },
		{ .mx_count = 1, .mx = lines },
	};
	char *text = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(
		    mtasts_policy_format(&rows[i], &text), MTASTS_EINVAL);
		assert_null(text);
	}
}

/* What no sender would read is not written. */

/* REQ: FET-9 */
static void
test_format_limit(void **state)
{
	static const char *mx[5000];
	struct mtasts_policy p = { .mode = MTASTS_MODE_ENFORCE,
		.max_age_s = 86400,
		.mx_count = 5000,
		.mx = mx };
	char *text = NULL;

	for (size_t i = 0; i < p.mx_count; i++)
		mx[i] = "mx1.mail.test";
	assert_int_equal(mtasts_policy_format(&p, &text), MTASTS_ELIMIT);
	assert_null(text);
}

static void
test_names(void **state)
{
	assert_string_equal(mtasts_mode_name(MTASTS_MODE_NONE), "none");
	assert_string_equal(mtasts_mode_name(MTASTS_MODE_TESTING), "testing");
	assert_string_equal(mtasts_mode_name(MTASTS_MODE_ENFORCE), "enforce");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_good_file),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_one_byte_changed),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_hostile_repetition),
		cmocka_unit_test(test_first_counts),
		cmocka_unit_test(test_first_counts_wrong_too),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_refuses),
		cmocka_unit_test(test_format_limit),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
