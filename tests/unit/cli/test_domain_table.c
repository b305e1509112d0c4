/*
 * test_domain_table - the columns that are shown, and those that give way
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "cli/domain_table.h"

#define LONG "a-very-long-name.of-a-customer.who-has-many-labels.example"

static char *text;
static size_t text_len;

static int
tear_down(void **state)
{
	free(text);
	text = NULL;
	return 0;
}

/* add - a name as publishing left it */
static void
add(struct domain_table *t, const char *name, bool tried)
{
	struct registry_row row = { .name = str_of(name),
		.target = str_of(""),
		.served = true,
		.policy = { .id = STR("20270102T030405"),
		    .mode = MTASTS_MODE_ENFORCE } };
	struct overview o = { .row = &row,
		.state = DOMAIN_SERVED,
		.policy = OVERVIEW_LIVE,
		.dns = "in step",
		.cert_until_at = tried ? 61 * 86400 : 0,
		.mx = tried ? "2 of 2" : "",
		.rollout = tried ? "enforce 1w" : "",
		.why = "",
		.fix = "" };

	o.published.tried_at = tried;
	domain_table_add(t, &o);
}

/* table - of these names, printed */
static const char *
table(const char *a, bool tried, unsigned width, bool fit)
{
	struct cmd_env env = { .width = width };
	struct domain_table *t;

	free(text);
	env.out = open_memstream(&text, &text_len);
	env.err = stderr;
	t = domain_table_new(&env);
	assert_non_null(t);
	add(t, a, tried);
	add(t, "b.example", tried);
	domain_table_print(t, fit);
	assert_false(env.incomplete);
	fclose(env.out);
	return text;
}

static void
test_columns(void **state)
{
	assert_string_equal(table("a.example", false, 80, true),
	    "DOMAIN     MODE     ID               STATE\n"
	    "a.example  enforce  20270102T030405  served\n"
	    "b.example  enforce  20270102T030405  served\n");
	/* All of it is too wide: the id is in "domain show". */
	assert_string_equal(table("a.example", true, 80, true),
	    "DOMAIN     MODE     POLICY  DNS      CERT  MX      ROLL-OUT    "
	    "STATE\n"
	    "a.example  enforce  live    in step  61d   2 of 2  enforce 1w  "
	    "served\n"
	    "b.example  enforce  live    in step  61d   2 of 2  enforce 1w  "
	    "served\n");
	assert_string_equal(table("a.example", true, 120, true),
	    "DOMAIN     MODE     ID               POLICY  DNS      CERT  MX   "
	    "   ROLL-OUT    STATE\n"
	    "a.example  enforce  20270102T030405  live    in step  61d   2 of "
	    "2  enforce 1w  served\n"
	    "b.example  enforce  20270102T030405  live    in step  61d   2 of "
	    "2  enforce 1w  served\n");
}

static void
test_long_names(void **state)
{
	/* For people both ends of it, for programs all. */
	assert_string_equal(table(LONG, false, 80, true),
	    "DOMAIN                                                      MODE "
	    "    STATE\n" LONG "  enforce  served\nb.example      "
	    "                                           "
	    "  enforce  served\n");
	assert_string_equal(table(LONG, true, 80, true),
	    "DOMAIN                MODE     POLICY  DNS      CERT  MX      "
	    "ROLL-OUT    STATE\n"
	    "a-very-lo..s.example  enforce  live    in step  61d   2 of 2  "
	    "enforce 1w  served\n"
	    "b.example             enforce  live    in step  61d   2 of 2  "
	    "enforce 1w  served\n");
	assert_non_null(strstr(table(LONG, true, 80, false),
	    LONG "  enforce  20270102T030405  live "));
}

static void
test_empty(void **state)
{
	struct cmd_env env = { .width = 80 };

	env.out = open_memstream(&text, &text_len);
	domain_table_print(domain_table_new(&env), true);
	domain_table_print(NULL, true);
	domain_table_free(domain_table_new(&env));
	fclose(env.out);
	assert_string_equal(text, "");
}

#define CASE(fn) cmocka_unit_test_teardown(fn, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = { CASE(test_columns),
		CASE(test_long_names), CASE(test_empty) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
