/*
 * test_dns_proof - is it found out whether validation works, and said?
 *
 * That it works with real signatures is for tests/e2e/dns_validate.sh.
 */
#include "io/dns_int.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "support/dnsbench.h"

/* on_end - the lookup's end is all that counts */
static void
on_end(void *ctx, const struct dnsfact *fact)
{
	*(bool *)ctx = fact->secure;
	bench_came();
}

/* secure - is the answer for this name secure? */
static bool
secure(const char *name)
{
	bool result = false;

	bench.waiting++;
	assert_non_null(
	    dns_start(bench.dns, name, DNSTYPE_TXT, on_end, &result));
	bench_run();
	return result;
}

static void
test_stub_works(void **state)
{
	bench.keys_ad = true;
	bench_open(DNS_STUB);
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_OPEN);
	assert_int_equal(bench_metric("mtasts_dns_validation_ok"), 0);
	bench_spin(100);
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_WORKS);
	assert_int_equal(bench_metric("mtasts_dns_validation_ok"), 1);
	assert_false(secure("ok.test"));
	assert_true(secure("ad.test"));
	assert_false(bench_logged("dns-validation"));
}

static void
test_stub_fails(void **state)
{
	bench_open(DNS_STUB);
	bench_spin(100);
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_FAILS);
	assert_int_equal(bench_metric("mtasts_dns_validation_ok"), 0);
	assert_true(bench_logged("dns-validation-fails"));
	assert_true(bench_logged("came without proof"));
	assert_false(bench_logged("dns-validation-works"));
	/* Any secure answer is a proof. */
	assert_true(secure("ad.test"));
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_WORKS);
	assert_int_equal(bench_metric("mtasts_dns_validation_ok"), 1);
	assert_true(bench_logged("dns-validation-works"));
	assert_false(secure("ok.test"));
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_WORKS);
}

/* test_dead - nothing is known as long as nothing at all is answered */
static void
test_dead(void **state)
{
	bench.keys_servfail_ms = 1;
	bench_open(DNS_STUB);
	bench_spin(100);
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_OPEN);
	assert_true(bench_logged("dns-validation-fails"));
	assert_int_equal(bench_metric("mtasts_dns_validation_ok"), 0);
	assert_false(secure("ok.test"));
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_OPEN);
	assert_true(secure("ad.test"));
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_WORKS);
}

/* test_refused - other questions are answered, that for the keys is not */
static void
test_refused(void **state)
{
	bench.keys_servfail_ms = 300;
	bench_open(DNS_STUB);
	assert_false(secure("ok.test"));
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_OPEN);
	bench_spin(600);
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_FAILS);
}

/* test_stripped - a forwarder without signatures: bogus, with the reason */
static void
test_stripped(void **state)
{
	bench_open(DNS_VALIDATE);
	bench_spin(300);
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_FAILS);
	assert_true(bench_logged("dns-validation-fails"));
	assert_true(bench_logged("name=Anchor.example"));
	assert_int_equal(
	    bench_metric("mtasts_dns_lookups_total{end=\"bogus\"}"), 1);
	/* No AD of a forwarder is believed. */
	assert_false(secure("ad.test"));
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_FAILS);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stub_works),
		TEST(test_stub_fails),
		TEST(test_dead),
		TEST(test_refused),
		TEST(test_stripped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
