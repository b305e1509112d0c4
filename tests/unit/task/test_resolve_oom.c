/*
 * test_resolve_oom.c - every allocation of a question to the resolver fails in
 * its turn: it is answered, or was not taken, and nothing leaks or crashes
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/oom.h"
#include "support/resolve_world.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct world_row zone[] = {
	{ "_mta-sts.example.com", DNSTYPE_TXT, "v=STSv1; id=1;", .ttl_s = 300 },
	{ "example.com", DNSTYPE_MX, "mx.example.com", .ttl_s = 300 },
	{ "mx.example.com", DNSTYPE_A, "", .ttl_s = 300 },
	{ "_25._tcp.mx.example.com", DNSTYPE_TLSA, "", .ttl_s = 300 },
};

static unsigned told;

static void
on_told(void *ctx, struct str json)
{
	told++;
}

/* question - of an MTA; known or not */
static void
question(void)
{
	struct world_asker a;

	if (!world_ask_for(&a, DIALECT_TLSRPT, "example.com"))
		return;
	world_settle();
	assert_int_equal(a.called, 1);
}

/* refresh - a policy's turn has come while an MTA asks for it */
static void
refresh(void)
{
	sweep_tick(world.r);
	question();
}

/* explain - to an administrator, everything asked anew */
static void
explain(void)
{
	told = 0;
	if (resolve_explain(world.r, STR("example.com"), true, on_told, NULL) ==
	    NULL)
		return;
	world_settle();
	assert_int_equal(told, 1);
}

/* purge - while somebody waits */
static void
purge(void)
{
	struct world_asker a;
	bool taken;

	taken = world_ask_for(&a, DIALECT_QUERY, "other.example");
	resolve_purge(world.r, STR("other.example"));
	resolve_follow(world.r, &world.conf);
	world_settle();
	assert_int_equal(a.called, taken);
}

/* known - something is cached, and its refresh is due */
static void
known(void)
{
	struct world_asker a;
	struct cached *c;

	assert_true(world_ask_for(&a, DIALECT_POSTFIX, "example.com"));
	world_settle();
	c = policies_get(world.policies, STR("example.com"));
	assert_non_null(c);
	c->next_at = world.now_at;
}

/* play - a scene with one failing allocation after the other */
static void
play(void (*scene)(void), bool all, bool with_cache)
{
	unsigned n = 0, failed;

	do {
		assert_int_equal(world_open(), MTASTS_OK);
		world.rows = zone;
		world.row_count = COUNT(zone);
		world.policy = "version: STSv1\nmode: enforce\n"
			       "mx: mx.example.com\nmax_age: 604800\n";
		if (with_cache)
			known();
		oom.left = ++n;
		oom.all = all;
		oom.failed = 0;
		scene();
		oom.left = 0;
		failed = oom.failed;
		/* Whatever failed, memory is back and all is well again. */
		world_pass(3601 * 1000);
		world_settle();
		scene();
		world_close();
	} while (failed > 0);
	assert_true(n > 5);
}

static void
test_scenes(void **state)
{
	static void (*const scenes[])(
	    void) = { question, refresh, explain, purge };

	for (size_t i = 0; i < COUNT(scenes); i++) {
		play(scenes[i], false, false);
		play(scenes[i], true, false);
		play(scenes[i], false, true);
		play(scenes[i], true, true);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_scenes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
