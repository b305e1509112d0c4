/*
 * test_match - MX host names held against patterns
 */
#include "mtasts/match.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

struct row {
	const char *host;
	const char *pattern;
	bool fits;
};

/* REQ: VAL-2 */
static const struct row rows[] = {
	{ "mx.example.org", "mx.example.org", true },
	{ "mx.example.org", "mx2.example.org", false },
	{ "mx.example.org.", "mx.example.org", true },
	{ "MX.example.org", "mx.Example.ORG.", true },
	{ "mx.example.org", "*.example.org", true },
	{ "MX.EXAMPLE.ORG.", "*.Example.org.", true },
	/* the star is one label, the left-most one, and never none */
	{ "example.org", "*.example.org", false },
	{ "a.b.example.org", "*.example.org", false },
	{ "a.b.example.org", "*.b.example.org", true },
	{ "mxexample.org", "*.example.org", false },
	{ "mx.example.org.evil.example", "*.example.org", false },
	{ "evil.example", "*.example", true },
	{ "mx1.example.org", "mx*.example.org", false },
	{ "a.example.org", "a.*.org", false },
	{ "mx.example.org", "*", false },
	{ "mx", "*", false },
	{ "mx.example.org", "**.example.org", false },
	{ "mx.example.org", ".example.org", false },
	{ "*.example.org", "*.example.org", false },
	{ "mx.example.org", "mxXexample.org", false },
	/* one name in two scripts */
	{ "mx.b\xc3\xbc"
	  "cher.example",
	    "*.xn--bcher-kva.example", true },
	{ "mx.XN--BCHER-KVA.example",
	    "mx.B\xc3\x9c"
	    "CHER.example",
	    true },
	{ "mx.bucher.example",
	    "mx.b\xc3\xbc"
	    "cher.example",
	    false },
	{ "\xd0\xb0.example", "a.example", false },
	/* what is no name fits nothing */
	{ "", "", false },
	{ "192.0.2.1", "192.0.2.1", false },
	{ "mx.example.org:25", "mx.example.org", false },
	{ " mx.example.org", "mx.example.org", false },
	{ "mx.example.org", "mx.example.org ", false },
	{ ".example.org", "*.example.org", false },
	{ NULL, "*.example.org", false },
	{ "mx.example.org", NULL, false },
};

/* test_match - host and pattern */
static void
test_match(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (mtasts_match(rows[i].host, rows[i].pattern) != rows[i].fits)
			fail_msg("%s and %s", rows[i].host, rows[i].pattern);
}

/* test_policy_match - the first of several patterns that fits */
static void
test_policy_match(void **state)
{
	static const char *const mx[] = { "mx.example.org", "*.example.net",
		"mx.example.net" };
	struct mtasts_policy policy = {
		.mode = MTASTS_MODE_ENFORCE,
		.mx = mx,
		.mx_count = 3,
	};

	assert_int_equal(mtasts_policy_match(&policy, "MX.example.org"), 0);
	assert_int_equal(mtasts_policy_match(&policy, "mx.example.net."), 1);
	assert_int_equal(mtasts_policy_match(&policy, "mx.example.com"), 3);
	assert_int_equal(mtasts_policy_match(&policy, "no name"), 3);
	assert_int_equal(mtasts_policy_match(&policy, NULL), 3);
	policy.mx_count = 0;
	assert_int_equal(mtasts_policy_match(&policy, "mx.example.org"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_policy_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
