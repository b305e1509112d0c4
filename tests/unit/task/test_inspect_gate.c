/*
 * test_inspect_gate - never more than so many at once at one address
 */
#include "task/inspect_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TURNS 5000

/* Somebody who wants in. */
struct guest {
	struct turn turn;
	unsigned begun; /* how often he was let in */
	bool leaves_at_once;
};

static unsigned inside, most;

static void
on_begin(void *ctx)
{
	struct guest *g = ctx;

	g->begun++;
	inside++;
	if (inside > most)
		most = inside;
	if (!g->leaves_at_once)
		return;
	inside--;
	gate_leave(&g->turn);
}

static struct inspector *
open_with(unsigned per_address)
{
	struct inspector_conf conf = { .per_address = per_address,
		.seed = { 1, 2 } };
	struct inspector *ins = NULL;

	assert_int_equal(inspector_open(&conf, &ins), MTASTS_OK);
	inside = most = 0;
	return ins;
}

static struct ipnet_addr
address(unsigned char last)
{
	uint8_t b[4] = { 192, 0, 2, last };

	return ipnet_addr_v4(b);
}

static void
enter(struct inspector *ins, struct guest *g, unsigned char last)
{
	struct ipnet_addr addr = address(last);

	g->turn.begin = on_begin;
	g->turn.ctx = g;
	assert_int_equal(gate_enter(ins, &addr, &g->turn), MTASTS_OK);
}

static void
leave(struct guest *g)
{
	if (g->turn.inside)
		inside--;
	gate_leave(&g->turn);
}

/* Two of five are inside; each who leaves lets one in, in their order. */
static void
test_limit(void **state)
{
	struct inspector *ins = open_with(2);
	struct guest g[5] = { 0 };
	size_t i;

	for (i = 0; i < 5; i++)
		enter(ins, &g[i], 1);
	assert_int_equal(inside, 2);
	assert_int_equal(g[2].begun, 0);
	leave(&g[0]);
	assert_int_equal(g[2].begun, 1);
	assert_int_equal(g[3].begun, 0);
	/* One who gives up waiting lets nobody in. */
	leave(&g[3]);
	assert_int_equal(g[4].begun, 0);
	leave(&g[1]);
	assert_int_equal(g[4].begun, 1);
	assert_int_equal(g[3].begun, 0);
	leave(&g[2]);
	leave(&g[4]);
	assert_int_equal(inside, 0);
	assert_int_equal(most, 2);
	assert_int_equal(ins->gates.count, 0);
	inspector_close(ins);
}

static void
test_addresses_apart(void **state)
{
	struct inspector *ins = open_with(1);
	struct guest g[3] = { 0 };
	size_t i;

	for (i = 0; i < 3; i++)
		enter(ins, &g[i], (unsigned char)(1 + i));
	assert_int_equal(inside, 3);
	for (i = 0; i < 3; i++)
		leave(&g[i]);
	inspector_close(ins);
}

/* However many leave at once, the stack stays as it is. */
static void
test_many_leave_at_once(void **state)
{
	static struct guest g[TURNS];
	struct inspector *ins = open_with(1);
	size_t i;

	for (i = 0; i < TURNS; i++) {
		g[i].leaves_at_once = i > 0;
		enter(ins, &g[i], 1);
	}
	assert_int_equal(g[1].begun, 0);
	leave(&g[0]);
	for (i = 0; i < TURNS; i++)
		assert_int_equal(g[i].begun, 1);
	assert_int_equal(most, 1);
	assert_int_equal(ins->gates.count, 0);
	inspector_close(ins);
}

/* Leaving without having entered, or twice, is nothing. */
static void
test_leave_twice(void **state)
{
	struct inspector *ins = open_with(1);
	struct guest g = { 0 };

	gate_leave(&g.turn);
	enter(ins, &g, 1);
	leave(&g);
	gate_leave(&g.turn);
	assert_int_equal(ins->gates.count, 0);
	inspector_close(ins);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_addresses_apart),
		cmocka_unit_test(test_many_leave_at_once),
		cmocka_unit_test(test_leave_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
