/*
 * test_oom - each allocation of a lookup fails once: the callback comes all
 * the same, or dns_start() says that it will not; nothing leaks
 */
#include "io/dns.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "support/dnsbench.h"
#include "support/oom.h"

/* What is asked: an answer, a denial, no name. */
static const char *const names[] = { "ok.test", "nx.test", "a..test" };

/* on_end - found, denied or failed for want of memory: never null */
static void
on_end(void *ctx, const struct dnsfact *fact)
{
	assert_non_null(fact);
	assert_non_null(fact->canonical);
	assert_true(oom.failed > 0 || fact->end != DNSFACT_SERVFAIL);
	bench_came();
}

/* lookups - open, ask, close */
static void
lookups(void)
{
	enum mtasts_err err;

	err = dns_open(&bench.conf, &bench.dns, bench.diags);
	if (err) {
		assert_int_equal(oom.failed, 1);
		assert_int_equal(err, MTASTS_ENOMEM);
		assert_null(bench.dns);
		return;
	}
	for (size_t i = 0; i < 3; i++)
		bench.waiting += dns_start(bench.dns, names[i], DNSTYPE_TXT,
				     on_end, NULL) != NULL;
	assert_true(bench.waiting >= 2);
	bench_run();
	/* That for the proof may have found none and is made again later. */
	dns_close(bench.dns);
	bench.dns = NULL;
}

/* each - with every allocation failing once */
static void
each(enum dns_backend backend)
{
	unsigned n;

	bench.conf.backend = backend;
	bench.conf.log = NULL;
	for (n = 1; n < 1000; n++) {
		oom.left = n;
		oom.failed = 0;
		lookups();
		oom.left = 0;
		if (oom.failed == 0)
			break;
	}
	assert_true(n > 10 && n < 1000);
}

static void
test_stub(void **state)
{
	each(DNS_STUB);
}

static void
test_validate(void **state)
{
	each(DNS_VALIDATE);
}

static void
test_direct(void **state)
{
	each(DNS_DIRECT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stub),
		TEST(test_validate),
		TEST(test_direct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
