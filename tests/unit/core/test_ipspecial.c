/*
 * test_ipspecial - both ends of every block that is not asked, and beyond
 */
#include "core/ipspecial.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* refused - as what; "" when it may be asked */
static const char *
refused(const char *text, const struct ipspecial_allowed *allowed)
{
	struct ipnet_addr addr;
	const char *what;

	assert_true(ipnet_addr_parse(str_of(text), &addr));
	what = ipspecial_refused(&addr, allowed);
	return what != NULL ? what : "";
}

static void
test_blocks(void **state)
{
	static const struct {
		const char *addr, *what; /* part of it; "": may be asked */
	} t[] = {
		{ "0.0.0.0", "this network" },
		{ "0.255.255.255", "this network" },
		{ "1.0.0.0", "" },
		{ "9.255.255.255", "" },
		{ "10.0.0.0", "private" },
		{ "10.255.255.255", "private" },
		{ "11.0.0.0", "" },
		{ "100.63.255.255", "" },
		{ "100.64.0.0", "provider" },
		{ "100.127.255.255", "provider" },
		{ "100.128.0.0", "" },
		{ "126.255.255.255", "" },
		{ "127.0.0.0", "loopback" },
		{ "127.255.255.255", "loopback" },
		{ "128.0.0.0", "" },
		{ "169.253.255.255", "" },
		{ "169.254.0.0", "link-local" },
		{ "169.254.169.254", "link-local" },
		{ "169.255.0.0", "" },
		{ "172.15.255.255", "" },
		{ "172.16.0.0", "private" },
		{ "172.31.255.255", "private" },
		{ "172.32.0.0", "" },
		{ "192.0.0.0", "protocols" },
		{ "192.0.0.255", "protocols" },
		{ "192.0.1.0", "" },
		{ "192.0.2.0", "documentation" },
		{ "192.0.3.0", "" },
		{ "192.88.98.255", "" },
		{ "192.88.99.1", "relays" },
		{ "192.167.255.255", "" },
		{ "192.168.0.0", "private" },
		{ "192.168.255.255", "private" },
		{ "192.169.0.0", "" },
		{ "198.17.255.255", "" },
		{ "198.18.0.0", "benchmarks" },
		{ "198.19.255.255", "benchmarks" },
		{ "198.20.0.0", "" },
		{ "198.51.100.1", "documentation" },
		{ "203.0.113.1", "documentation" },
		{ "223.255.255.255", "" },
		{ "224.0.0.0", "multicast" },
		{ "239.255.255.255", "multicast" },
		{ "240.0.0.0", "reserved" },
		{ "255.255.255.255", "reserved" },

		{ "::", "unspecified" },
		{ "::1", "loopback" },
		{ "::2", "no address of the public" },
		{ "::127.0.0.1", "no address of the public" },
		{ "::ffff:127.0.0.1", "loopback" },
		{ "::ffff:8.8.8.8", "" },
		{ "64:ff9b::8.8.8.8", "" },
		{ "64:ff9b::10.0.0.1", "private" },
		{ "64:ff9b::169.254.169.254", "link-local" },
		{ "64:ff9b:1::8.8.8.8", "no address of the public" },
		{ "64:ff9b::1:808:808", "no address of the public" },
		{ "100::1", "no address of the public" },
		{ "1fff::1", "no address of the public" },
		{ "2000::1", "" },
		{ "2001::1", "protocols" },
		{ "2001:1ff:ffff::", "protocols" },
		{ "2001:200::", "" },
		{ "2001:db7:ffff::", "" },
		{ "2001:db8::", "documentation" },
		{ "2001:db8:ffff::", "documentation" },
		{ "2001:db9::", "" },
		{ "2002:a00:1::", "private" },
		{ "2002:808:808::1", "" },
		{ "2a00:1450::1", "" },
		{ "3ffe:ffff::", "" },
		{ "3fff:0fff::", "documentation" },
		{ "3fff:1000::", "" },
		{ "4000::", "no address of the public" },
		{ "5f00::1", "no address of the public" },
		{ "fc00::", "private" },
		{ "fdff:ffff::1", "private" },
		{ "fe00::", "no address of the public" },
		{ "fe80::1", "link-local" },
		{ "febf:ffff::", "link-local" },
		{ "fec0::1", "site-local" },
		{ "ff02::1", "multicast" },
		{ "ffff::", "multicast" },
	};
	struct ipspecial_allowed none = { 0 }, all = { .all = true };
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *what = refused(t[i].addr, &none);

		if ((t[i].what[0] == '\0') != (what[0] == '\0') ||
		    strstr(what, t[i].what) == NULL)
			fail_msg("%s: \"%s\"", t[i].addr, what);
		assert_string_equal(refused(t[i].addr, &all), "");
	}
}

static void
test_allowed(void **state)
{
	struct ipnet v[2];
	struct ipspecial_allowed nets = { .v = v, .count = 2 };

	assert_true(ipnet_parse(STR("10.1.0.0/16"), &v[0]));
	assert_true(ipnet_parse(STR("fd00:1::/32"), &v[1]));
	assert_string_equal(refused("10.1.2.3", &nets), "");
	assert_string_equal(refused("::ffff:10.1.2.3", &nets), "");
	assert_string_equal(refused("64:ff9b::10.1.2.3", &nets), "");
	assert_string_equal(refused("2002:a01:203::1", &nets), "");
	assert_string_not_equal(refused("10.2.0.0", &nets), "");
	assert_string_equal(refused("fd00:1::1", &nets), "");
	assert_string_not_equal(refused("fd00:2::1", &nets), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
