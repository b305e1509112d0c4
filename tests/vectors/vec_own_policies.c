/*
 * vec_own_policies - our own policy files, named by what is special in them
 *
 * tests/vectors/policies/FOLDER/NAME.txt is read; NAME.want beside it says
 * what must come out:
 *
 *     usable enforce 604800             verdict, and mode and max_age if any
 *     mx mx1.mail.test                  each pattern (or: mx-count 1000)
 *     error 4:5 mx-final-dot            each finding, in order
 *
 * Together the files must make use of every rule there is.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/policy_case.h"
#include "core/policy_note.h"

#include <dirent.h>

static bool used[POLICY_RULE_COUNT];
static unsigned files;

/* describe - what came out of a file, in the form of the .want files */
static char *
describe(const struct policy_case *c)
{
	const struct mtasts_policy *p = c->policy;
	const struct mtasts_finding *f;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	fputs(policy_case_verdict(c), out);
	if (p != NULL)
		fprintf(out, " %s %u", mtasts_mode_name(p->mode),
		    (unsigned)p->max_age_s);
	fputc('\n', out);
	if (p != NULL && p->mx_count > 10)
		fprintf(out, "mx-count %zu\n", p->mx_count);
	for (size_t i = 0; p != NULL && i < p->mx_count && p->mx_count <= 10;
	     i++)
		fprintf(out, "mx %s\n", p->mx[i]);
	for (size_t i = 0; (f = mtasts_diags_get(c->diags, i)) != NULL; i++)
		fprintf(out, "%s %u:%u %s\n", mtasts_severity_name(f->severity),
		    f->line, f->column, f->name);
	fclose(out);
	return text;
}

/* mark - note which rules the findings are of; each is whole */
static void
mark(const struct policy_case *c)
{
	const struct mtasts_finding *f;

	for (size_t i = 0; (f = mtasts_diags_get(c->diags, i)) != NULL; i++) {
		unsigned rule = 0;

		while (rule < POLICY_RULE_COUNT &&
		    strcmp(policy_rules[rule].name, f->name) != 0)
			rule++;
		assert_true(rule < POLICY_RULE_COUNT);
		used[rule] = true;
		assert_true(*f->message != '\0' && *f->fix != '\0');
		/* Errors without a policy are what makes it fatal. */
		if (policy_rules[rule].fatal)
			assert_null(c->policy);
	}
}

/*
 * round_trip - what is written of a policy is read as the same policy
 *
 * Only a pattern with an underscore is not written at all.
 */
static void
round_trip(const struct mtasts_policy *p)
{
	struct mtasts_policy *again = NULL;
	char *text = NULL;
	bool underscore = false;

	for (size_t i = 0; i < p->mx_count; i++)
		underscore |= strchr(p->mx[i], '_') != NULL;
	if (underscore) {
		assert_int_equal(mtasts_policy_format(p, &text), MTASTS_EINVAL);
		return;
	}
	assert_int_equal(mtasts_policy_format(p, &text), MTASTS_OK);
	assert_int_equal(
	    mtasts_policy_parse(text, strlen(text), &again, NULL), MTASTS_OK);
	assert_int_equal(again->verdict, MTASTS_VERDICT_VALID);
	assert_int_equal(again->mode, p->mode);
	assert_int_equal(again->max_age_s, p->max_age_s);
	assert_int_equal(again->mx_count, p->mx_count);
	for (size_t i = 0; i < p->mx_count; i++)
		assert_string_equal(again->mx[i], p->mx[i]);
	mtasts_policy_free(again);
	mtasts_free(text);
}

/* same_without_list - the verdict does not hang on a list of findings */
static void
same_without_list(const char *text, size_t len, const struct policy_case *c)
{
	struct mtasts_policy *p = NULL;

	assert_int_equal(mtasts_policy_parse(text, len, &p, NULL), c->err);
	assert_int_equal(p == NULL, c->policy == NULL);
	if (p != NULL)
		assert_int_equal(p->verdict, c->policy->verdict);
	mtasts_policy_free(p);
}

/* run_file - one file; false when something else comes out */
static bool
run_file(const char *dir, const char *name)
{
	char path[4096];
	size_t len, want_len;
	struct policy_case c;
	char *text, *want, *got;
	bool same;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	text = policy_case_load(path, &len);
	assert_non_null(text);
	memcpy(path + strlen(path) - 4, ".want", 6);
	want = policy_case_load(path, &want_len);
	c = policy_case_read(text, len);
	got = describe(&c);
	mark(&c);
	if (c.policy != NULL)
		round_trip(c.policy);
	same_without_list(text, len, &c);
	same = want != NULL && strcmp(want, got) == 0;
	if (!same) {
		printf("%s:\nwant\n%sgot\n%s", path, want ? want : "(none)\n",
		    got);
		policy_case_print(&c);
	}
	policy_case_free(&c);
	free(text);
	free(want);
	free(got);
	files++;
	return same;
}

/* run_folder - all files of one folder */
static void
run_folder(const char *folder)
{
	const char *source = getenv("MTASTS_SOURCE");
	unsigned bad = 0;
	struct dirent *e;
	char path[2048];
	DIR *d;

	snprintf(path, sizeof(path), "%s/tests/vectors/policies/%s",
	    source ? source : ".", folder);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		size_t len = strlen(e->d_name);

		if (len > 4 && strcmp(e->d_name + len - 4, ".txt") == 0)
			bad += !run_file(path, e->d_name);
	}
	closedir(d);
	assert_int_equal(bad, 0);
}

/* REQ: POL-2 POL-3 POL-4 POL-5 POL-9 POL-10 POL-11 */
static void
test_good(void **state)
{
	run_folder("good");
}

/* REQ: POL-3 POL-9 POL-10 */
static void
test_hostile(void **state)
{
	run_folder("hostile");
}

/* REQ: POL-3 POL-6 POL-7 POL-8 */
static void
test_near_miss(void **state)
{
	run_folder("near-miss");
}

/* Runs last: what the files above did not touch. */
static void
test_every_rule_is_used(void **state)
{
	unsigned unused = 0;

	for (unsigned i = 0; i < POLICY_RULE_COUNT; i++) {
		if (!used[i]) {
			printf("no file has %s\n", policy_rules[i].name);
			unused++;
		}
	}
	printf("%u files, %d rules\n", files, (int)POLICY_RULE_COUNT);
	assert_int_equal(unused, 0);
	assert_true(files >= 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_near_miss),
		cmocka_unit_test(test_every_rule_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
