/*
 * test_ipnet - addresses and networks
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/ipnet.h"

static void
test_addresses(void **state)
{
	static const struct {
		const char *text, *want; /* null: no address */
		bool v4;
	} t[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "2001:DB8::0:1", "2001:db8::1", false },
		{ "::ffff:192.0.2.1", "192.0.2.1", true },
		{ "::192.0.2.1", "::192.0.2.1", false },
		{ "::", "::", false },
		{ "", NULL, false },
		{ "192.0.2", NULL, false },
		{ "192.0.2.256", NULL, false },
		{ "192.0.2.01", NULL, false },
		{ " 192.0.2.1", NULL, false },
		{ "[::1]", NULL, false },
		{ "fe80::1%eth0", NULL, false },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa", NULL,
		    false },
	};
	char text[IPNET_TEXT_LEN];
	struct ipnet_addr addr;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		bool ok = ipnet_addr_parse(str_of(t[i].text), &addr);

		if (ok != (t[i].want != NULL))
			fail_msg("%s", t[i].text);
		if (!ok)
			continue;
		assert_string_equal(ipnet_addr_text(&addr, text), t[i].want);
		assert_int_equal(ipnet_addr_is_v4(&addr), t[i].v4);
	}
	assert_false(ipnet_addr_parse(str_make("::1\0", 4), &addr));
}

static void
test_networks(void **state)
{
	static const struct {
		const char *net, *addr;
		bool in;
	} t[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.77/24", "192.0.2.1", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "172.16.0.0/12", "172.31.255.255", true },
		{ "172.16.0.0/12", "172.32.0.0", false },
		{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
		{ "0.0.0.0/0", "255.1.2.3", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "192.0.2.1", true },
		{ "2001:db8::/32", "2001:db8:ffff::", true },
		{ "2001:db8::/32", "2001:db9::", false },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "2001:db8::1/128", "2001:db8::1", true },
	};
	static const char *const bad[] = { "", "/", "/8", "10/8", "10.0.0.0/33",
		"10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "::/x",
		"example.com" };
	struct ipnet_addr addr;
	struct ipnet net;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_true(ipnet_parse(str_of(t[i].net), &net));
		assert_true(ipnet_addr_parse(str_of(t[i].addr), &addr));
		if (ipnet_has(&net, &addr) != t[i].in)
			fail_msg("%s in %s", t[i].addr, t[i].net);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ipnet_parse(str_of(bad[i]), &net))
			fail_msg("%s is no network", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
