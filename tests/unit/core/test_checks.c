/*
 * test_checks - every rule belongs to a check, and every check has words
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/checks.h"
#include "core/policy_note.h"
#include "core/txtrec_rules.h"

/* is_id - a letter and two digits */
static bool
is_id(const char *id)
{
	return strlen(id) == 3 && id[0] >= 'A' && id[0] <= 'Z' &&
	    ascii_digit(id[1]) && ascii_digit(id[2]);
}

/* ends_sentence - begins with a capital or a sign, ends with a full stop */
static bool
ends_sentence(const char *text)
{
	size_t len = strlen(text);

	return len > 10 && text[len - 1] == '.' &&
	    (text[0] < 'a' || text[0] > 'z');
}

/* rules_of - how many rules carry the id */
static unsigned
rules_of(const char *id)
{
	const struct diag_rule *r;
	unsigned n = 0;

	for (size_t i = 0; (r = checks_rule(i)) != NULL; i++)
		n += strcmp(r->id, id) == 0;
	return n;
}

/* test_checks - words, unique ids, and something to find for each */
static void
test_checks(void **state)
{
	const struct check *c;
	size_t i;

	for (i = 0; (c = checks_get(i)) != NULL; i++) {
		if (!is_id(c->id) || !ends_sentence(c->why))
			fail_msg("%s", c->id);
		assert_true(strlen(c->title) > 10 && strlen(c->title) < 60);
		assert_true(c->title[strlen(c->title) - 1] != '.');
		assert_ptr_equal(checks_find(str_of(c->id)), c);
		assert_int_equal(checks_index(c->id), i);
		/* It ends "skip  when ...". */
		assert_true(strlen(c->skip) > 10);
		assert_true(c->skip[strlen(c->skip) - 1] != '.');
		assert_true(strlen(checks_part(c->id[0])) > 5);
		if (rules_of(c->id) == 0)
			fail_msg("%s has no rule", c->id);
	}
	/* struct audit_pick has a bit for each. */
	assert_int_equal(i, 76);
	assert_null(checks_get(SIZE_MAX));
	assert_true(checks_index("D99") == SIZE_MAX);
	assert_true(checks_index("d01") == SIZE_MAX);
	assert_true(checks_index("") == SIZE_MAX);
	assert_string_equal(checks_part('Z'), "");
}

/* test_rules - whole, of a known check, and of a name of their own */
static void
test_rules(void **state)
{
	const struct diag_rule *r, *other;
	size_t i, k;

	for (i = 0; (r = checks_rule(i)) != NULL; i++) {
		if (r->name == NULL || r->id == NULL || r->rfc == NULL)
			fail_msg("rule %zu has a hole", i);
		if (checks_find(str_of(r->id)) == NULL)
			fail_msg("%s: no check %s", r->name, r->id);
		if (!ends_sentence(r->fix))
			fail_msg("%s: %s", r->name, r->fix);
		if (r->fatal)
			assert_int_equal(r->severity, MTASTS_ERROR);
		for (k = 0; k < i; k++) {
			other = checks_rule(k);
			if (strcmp(other->name, r->name) == 0)
				fail_msg("two rules are called %s", r->name);
		}
	}
	assert_true(i > STSREC_RULES + RPTREC_RULES + POLICY_RULE_COUNT);
	assert_null(checks_rule(i + 1));
	assert_null(checks_rule(SIZE_MAX));
}

/* test_find - by an id as people type it */
static void
test_find(void **state)
{
	assert_string_equal(checks_find(STR("f06"))->id, "F06");
	assert_null(checks_find(STR("F6")));
	assert_null(checks_find(STR("F066")));
	assert_null(checks_find(STR("")));
}

/* test_order - parts in their order, each by its numbers */
static void
test_order(void **state)
{
	static const char parts[] = "DPFMSTOX";
	const struct check *c, *before = checks_get(0);

	for (size_t i = 1; (c = checks_get(i)) != NULL; i++) {
		if (c->id[0] == before->id[0])
			assert_true(strcmp(before->id, c->id) < 0);
		else
			assert_true(strchr(parts, c->id[0]) ==
			    strchr(parts, before->id[0]) + 1);
		before = c;
	}
}

/* test_explain - all that is known of a check, in lines that fit */
static void
test_explain(void **state)
{
	const struct check *c;
	struct str text, line;
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; (c = checks_get(i)) != NULL; i++) {
		buf_clear(&b);
		checks_explain(c, &b);
		assert_int_equal(buf_error(&b), MTASTS_OK);
		text = buf_str(&b);
		assert_true(str_starts(text, str_of(c->id)));
		assert_true(str_find(text, str_of(c->skip)) < text.len);
		while (str_line(&text, &line, NULL))
			if (line.len > 78)
				fail_msg("%s: %" STR_FMT, c->id, STR_ARG(line));
	}
	buf_clear(&b);
	checks_explain(checks_find(STR("D13")), &b);
	text = buf_str(&b);
	assert_true(
	    str_find(text, STR("fail  sts-id-old  RFC 8461")) < text.len);
	assert_true(
	    str_find(text, STR("        Publish the new id:")) < text.len);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_explain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
