/*
 * test_registry_clock - after a clock that was ahead, everything has its turn
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "store/registry_clock.h"
#include "store/registry_db_certs.h"
#include "store/registry_publish.h"
#include "store/registry_rollout.h"
#include "support/scratch.h"

#define NOW   INT64_C(1767225600)
#define YEARS (INT64_C(5) * 365 * 86400)
#define LATER (NOW + 3600)

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

/* put - a name for which everything was last done at that time */
static void
put(const char *name, int64_t at)
{
	struct str domain = str_of(name);
	struct registry_row row = { .name = domain, .added_at = 1 };
	struct registry_published p = { .domain = domain,
		.live_id = STR("1"),
		.live_at = 1,
		.tried_at = at,
		.next_at = at + 3600,
		.changes = 1 };
	struct registry_rollout r = { .domain = domain,
		.state = { .stage = ROLLOUT_DAY, .looked_at = at },
		.next_at = at + 3600 };
	struct mxauto_state mx = { .looked_at = at };
	struct registry_cert c = { .domain = domain,
		.managed = true,
		.tried_at = at,
		.next_at = at + 3600,
		.failures = 2 };

	assert_int_equal(registry_put(reg, &row), MTASTS_OK);
	assert_int_equal(registry_put_published(reg, &p, true), MTASTS_OK);
	assert_int_equal(registry_put_rollout(reg, &r), MTASTS_OK);
	assert_int_equal(
	    registry_put_mx_state(reg, domain, &mx, at + 3600), MTASTS_OK);
	assert_int_equal(registry_put_cert(reg, &c), MTASTS_OK);
	assert_int_equal(
	    registry_add_order(reg, domain, at, NOW - 3600), MTASTS_OK);
}

/* on_mx - for registry_each_mx_due() */
static bool
on_mx(void *arg, const struct registry_mx_due *row)
{
	int64_t *next_at = arg;

	next_at[row->name.p[0] == 'b'] = row->next_at;
	return true;
}

/* expect - all that is due of a name is due then */
static void
expect(const char *name, int64_t at)
{
	struct registry_published p;
	struct registry_rollout r;
	struct registry_cert c;
	int64_t mx[2] = { -1, -1 };

	assert_int_equal(
	    registry_find_published(reg, str_of(name), arena, &p), MTASTS_OK);
	assert_int_equal(p.next_at, at);
	assert_int_equal(
	    registry_find_rollout(reg, str_of(name), arena, &r), MTASTS_OK);
	assert_int_equal(r.next_at, at);
	assert_int_equal(
	    registry_find_cert(reg, str_of(name), arena, &c), MTASTS_OK);
	assert_int_equal(c.next_at, at);
	assert_int_equal(
	    registry_each_mx_due(reg, STR("auto"), on_mx, mx), MTASTS_OK);
	assert_int_equal(mx[name[0] == 'b'], at);
}

/* mend - and has anything been written? */
static bool
mend(int64_t now_at)
{
	int64_t before, after;

	assert_int_equal(registry_version(reg, &before), MTASTS_OK);
	assert_int_equal(registry_mend_clock(reg, now_at), MTASTS_OK);
	assert_int_equal(registry_version(reg, &after), MTASTS_OK);
	return before != after;
}

static void
ahead(void **state)
{
	struct registry_orders orders;

	assert_int_equal(registry_begin(reg, REGISTRY_WRITE), MTASTS_OK);
	put("a.example", NOW);
	put("b.example", NOW + YEARS);
	assert_int_equal(registry_commit(reg), MTASTS_OK);
	assert_int_equal(registry_mend_clock(reg, NOW + 1), MTASTS_OK);
	expect("a.example", LATER);
	expect("b.example", 0);
	/* They still count against the rate, and will not for ever. */
	assert_int_equal(
	    registry_orders_since(reg, NOW - 3600, &orders), MTASTS_OK);
	assert_int_equal(orders.count, 2);
	assert_int_equal(orders.at[1], NOW + 1);
	mem_free(orders.at);
}

static void
fine(void **state)
{
	assert_int_equal(registry_begin(reg, REGISTRY_WRITE), MTASTS_OK);
	put("a.example", NOW);
	/* Another machine's clock is a little ahead. */
	put("b.example", NOW + 60);
	assert_int_equal(registry_commit(reg), MTASTS_OK);
	assert_false(mend(NOW));
	expect("a.example", LATER);
	expect("b.example", LATER + 60);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ahead, set_up, tear_down),
		cmocka_unit_test_setup_teardown(fine, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
