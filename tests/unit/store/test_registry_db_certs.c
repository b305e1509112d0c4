/*
 * test_registry_db_certs - what is known of certificates and orders
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/registry_db_certs.h"
#include "support/scratch.h"

static struct scratch dir;
static struct registry *reg;
static struct arena *arena;

static int
set_up(void **state)
{
	arena = arena_new(1u << 20);
	if (arena == NULL || scratch_open(&dir) != 0)
		return -1;
	return registry_open(dir.path, REGISTRY_WRITE, &reg, NULL);
}

static int
tear_down(void **state)
{
	registry_close(reg);
	arena_free(arena);
	scratch_close(&dir);
	return 0;
}

/* put_domain - a registered name */
static void
put_domain(const char *name)
{
	struct registry_row row = { .name = str_of(name), .added_at = 1 };

	assert_int_equal(registry_put(reg, &row), MTASTS_OK);
}

/* note - for registry_each_cert() */
static bool
note(void *arg, const struct registry_cert *c)
{
	char *text = arg;
	size_t len = strlen(text);

	snprintf(text + len, 1000 - len, "%.*s %s %lld %u|", STR_ARG(c->domain),
	    registry_cert_state_name(c->state), (long long)c->next_at,
	    c->failures);
	return true;
}

static void
test_rows(void **state)
{
	struct registry_cert c = { .domain = STR("b.example"),
		.state = REGISTRY_CERT_FAILED,
		.managed = true,
		.not_before_at = 1,
		.not_after_at = 2,
		.tried_at = 3,
		.next_at = 4,
		.failures = 5,
		.why = STR("it's \"out\"; of; order") };
	struct registry_cert got;
	char text[1000] = "";

	put_domain("a.example");
	put_domain("b.example");
	assert_int_equal(
	    registry_find_cert(reg, STR("b.example"), arena, &got), MTASTS_OK);
	assert_int_equal(got.state, REGISTRY_CERT_NONE);
	assert_int_equal(got.next_at, 0);
	assert_int_equal(registry_begin(reg, REGISTRY_WRITE), MTASTS_OK);
	assert_int_equal(registry_put_cert(reg, &c), MTASTS_OK);
	assert_int_equal(registry_commit(reg), MTASTS_OK);
	assert_int_equal(
	    registry_find_cert(reg, STR("b.example"), arena, &got), MTASTS_OK);
	assert_true(str_eq(got.domain, c.domain));
	assert_true(str_eq(got.why, c.why));
	assert_true(got.managed);
	assert_int_equal(got.state, c.state);
	assert_int_equal(got.not_before_at, 1);
	assert_int_equal(got.not_after_at, 2);
	assert_int_equal(got.tried_at, 3);
	assert_int_equal(got.next_at, 4);
	assert_int_equal(got.failures, 5);
	assert_int_equal(registry_each_cert(reg, note, text), MTASTS_OK);
	assert_string_equal(text, "a.example none 0 0|b.example failed 4 5|");
	/* Another time it is replaced. */
	c.state = REGISTRY_CERT_ISSUED;
	c.why = (struct str){ 0 };
	assert_int_equal(registry_put_cert(reg, &c), MTASTS_OK);
	assert_int_equal(
	    registry_find_cert(reg, STR("b.example"), arena, &got), MTASTS_OK);
	assert_int_equal(got.state, REGISTRY_CERT_ISSUED);
	assert_int_equal(got.why.len, 0);
}

static void
test_orders(void **state)
{
	struct registry_orders o = { 0 };
	struct registry_cert c = { .domain = STR("gone.example") };
	char text[1000] = "";

	put_domain("a.example");
	assert_int_equal(registry_put_cert(reg, &c), MTASTS_OK);
	for (int64_t at = 100; at < 105; at++)
		assert_int_equal(
		    registry_add_order(reg, STR("a.example"), at, 0),
		    MTASTS_OK);
	/* Twice in a second is twice; a clock may go back. */
	assert_int_equal(
	    registry_add_order(reg, STR("a.example"), 104, 0), MTASTS_OK);
	assert_int_equal(
	    registry_add_order(reg, STR("b.example"), 99, 0), MTASTS_OK);
	assert_int_equal(registry_orders_since(reg, 101, &o), MTASTS_OK);
	assert_int_equal(o.count, 4);
	assert_int_equal(o.at[0], 102);
	assert_int_equal(o.at[2], 104);
	assert_int_equal(o.at[3], 104);
	mem_free(o.at);
	/* The old ones go, and what is known of names that are gone. */
	assert_int_equal(
	    registry_add_order(reg, STR("a.example"), 200, 104), MTASTS_OK);
	assert_int_equal(registry_orders_since(reg, 0, &o), MTASTS_OK);
	assert_int_equal(o.count, 3);
	mem_free(o.at);
	put_domain("gone.example");
	assert_int_equal(registry_each_cert(reg, note, text), MTASTS_OK);
	assert_string_equal(text, "a.example none 0 0|gone.example none 0 0|");
	assert_int_equal(registry_orders_since(reg, 1000, &o), MTASTS_OK);
	assert_int_equal(o.count, 0);
	mem_free(o.at);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = { CASE(test_rows),
		CASE(test_orders) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
