/*
 * test_inspect_oom - each allocation of a look at a domain fails once
 *
 * Nothing crashes, leaks or hangs: the callback comes, perhaps without
 * anything, or nothing was begun.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/inspect_world.h"
#include "support/oom.h"

/* Addresses at which nobody lives: this is about what we keep of it. */
static const struct world_row rows[] = {
	{ "_mta-sts.d*", DNSTYPE_TXT, "v=STSv1; id=1;" },
	{ "mta-sts.d*", DNSTYPE_A, "127.0.0.20" },
	{ "d*", DNSTYPE_MX, "10 mx.%s" },
	{ "d*", DNSTYPE_MX, "20 mx2.%s" },
	{ "mx*.d*", DNSTYPE_A, "127.0.0.20" },
	{ "d*", DNSTYPE_NS, "ns.test" },
	{ "ns.test", DNSTYPE_A, "127.0.0.1" },
	{ "_smtp._tls.d*", DNSTYPE_TXT,
	    "v=TLSRPTv1; rua=https://reports.test/,mailto:a@mail.test;" },
	{ "reports.test", DNSTYPE_A, "127.0.0.20" },
	{ "www.d*", DNSTYPE_MX, "10 mx.test" },
	{ NULL, 0, NULL },
};

/*
 * look - the n-th allocation fails; true: none did
 *
 * A socket of DNS that could not be watched ends by its time: that is short.
 */
static bool
look(struct inspect_world *w, unsigned n)
{
	bool begun, failed;

	world_open(w);
	loop_timer_start(w->patience, WORLD_PATIENCE_MS);
	w->came = w->lost = 0;
	w->expected = 1;
	oom.failed = 0;
	oom.left = n;
	begun = inspect_start(w->ins, "d1.test", world_on_seen, w) != NULL;
	if (begun)
		assert_int_equal(loop_run(w->loop), MTASTS_OK);
	failed = oom.failed > 0;
	oom.left = 0;
	assert_int_equal(w->came, begun);
	if (!failed)
		assert_int_equal(w->lost, 0);
	world_close(w);
	return !failed;
}

/* test_each - one after the other */
static void
test_each(void **state)
{
	struct inspect_world w;
	unsigned n = 1;

	world_init(&w, rows);
	w.timeout_ms = 100;
	while (!look(&w, n))
		n++;
	assert_in_range(n, 100, 5000);
	world_end(&w);
}

/* test_all_after - once it is short, it stays so; then all is given up */
static void
test_all_after(void **state)
{
	struct inspect_world w;

	world_init(&w, rows);
	for (unsigned n = 1; n < 400; n += 7) {
		world_open(&w);
		oom.all = true;
		oom.left = n;
		for (unsigned i = 0; i < 5; i++)
			(void)!inspect_start(
			    w.ins, "d1.test", world_on_seen, &w);
		inspector_close(w.ins);
		w.ins = NULL;
		oom.all = false;
		oom.left = 0;
		world_close(&w);
	}
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_all_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
