/*
 * test_dnsfact - names, and facts that a lookup failed
 */
#include "core/dnsfact.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* test_names - one for each, and for none */
static void
test_names(void **state)
{
	static const char *const ends[] = { "found", "nodata", "nxdomain",
		"bogus", "servfail", "timeout", "malformed", "?" };
	static const struct {
		int type;
		const char *name;
	} types[] = { { 1, "A" }, { 2, "NS" }, { 5, "CNAME" }, { 15, "MX" },
		{ 16, "TXT" }, { 28, "AAAA" }, { 48, "DNSKEY" }, { 52, "TLSA" },
		{ 257, "CAA" }, { 99, "?" } };

	for (int i = 0; i < 8; i++)
		assert_string_equal(
		    dnsfact_end_name((enum dnsfact_end)i), ends[i]);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		assert_string_equal(
		    dnstype_name((enum dnstype)types[i].type), types[i].name);
}

/* test_failed - copies; why is printable, and cut */
static void
test_failed(void **state)
{
	char name[] = "a.example", why[400] = "bad\n\x1b\xff";
	struct dnsfact *fact;

	memset(why + 6, 'x', sizeof(why) - 7);
	fact = dnsfact_new_failed(name, DNSTYPE_MX, DNSFACT_BOGUS, why);
	name[0] = why[0] = '?';
	assert_non_null(fact);
	assert_true(dnsfact_failed(fact));
	assert_int_equal(fact->end, DNSFACT_BOGUS);
	assert_int_equal(fact->type, DNSTYPE_MX);
	assert_false(fact->secure);
	assert_int_equal(fact->count, 0);
	assert_string_equal(fact->canonical, "a.example");
	assert_memory_equal(fact->why, "bad\\n\\x1B\\xFFxxx", 16);
	assert_in_range(strlen(fact->why), 200, 220);
	dnsfact_free(fact);
	dnsfact_free(NULL);
	fact = dnsfact_new_failed("", DNSTYPE_MX, DNSFACT_TIMEOUT, "");
	assert_string_equal(fact->why, "");
	dnsfact_free(fact);
}

/* test_hold - it lives until the last one gives it up; AddressSanitizer looks
 */
static void
test_hold(void **state)
{
	const struct dnsfact on_stack = { .end = DNSFACT_SERVFAIL };
	struct dnsfact *fact =
	    dnsfact_new_failed("a.example", DNSTYPE_MX, DNSFACT_BOGUS, "bad");
	struct dnsfact *held;

	held = dnsfact_hold(fact);
	assert_ptr_equal(held, fact);
	assert_ptr_equal(dnsfact_hold(held), fact);
	dnsfact_free(fact);
	assert_string_equal(held->why, "bad");
	dnsfact_free(held);
	assert_string_equal(fact->canonical, "a.example");
	dnsfact_free(fact);
	/* What was never in memory of its own cannot be kept. */
	assert_null(dnsfact_hold(&on_stack));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
