/*
 * test_rule - which rule holds, and which static replies Postfix can read
 */
#include "core/rule.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static const uint64_t seed[2] = { 1, 2 };

static const struct rule rules[] = {
	{ .name = "*", .reason = "all", .reply = "" },
	{ .name = ".example",
	    .sts = RULE_REQUIRE,
	    .reason = "tld",
	    .reply = "" },
	{ .name = ".b.example", .reason = "below b", .reply = "" },
	{ .name = "b.example", .reason = "b", .reply = "may" },
	{ .name = "a.b.example",
	    .sts = RULE_DISABLE,
	    .reason = "a",
	    .reply = "",
	    .until_at = 1000 },
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

static const struct {
	const char *domain;
	int64_t now_at;
	const char *want;
} find_rows[] = {
	{ "other", 0, "all" },
	{ "example", 0, "all" },
	{ "www.other", 0, "all" },
	{ "c.example", 0, "tld" },
	{ "x.y.z.example", 0, "tld" },
	{ "b.example", 0, "b" },
	{ "c.b.example", 0, "below b" },
	{ "d.c.b.example", 0, "below b" },
	{ "a.b.example", 0, "a" },
	{ "a.b.example", 1000, "a" },
	{ "a.b.example", 1001, "below b" },
	{ "xa.b.example", 0, "below b" },
	{ "xb.example", 0, "tld" },
	{ "", 0, "all" },
};

/* test_find - the longest name that holds at the time */
static void
test_find(void **state)
{
	struct rule_set *set = NULL;
	const struct rule *rule;
	size_t i;

	assert_int_equal(rule_set_new(rules, RULES, seed, &set), MTASTS_OK);
	for (i = 0; i < sizeof(find_rows) / sizeof(find_rows[0]); i++) {
		rule = rule_find(
		    set, str_of(find_rows[i].domain), find_rows[i].now_at);
		assert_non_null(rule);
		if (strcmp(rule->reason, find_rows[i].want) != 0)
			fail_msg("%s: %s", find_rows[i].domain, rule->reason);
	}
	rule = rule_find(set, STR("a.b.example"), 0);
	assert_int_equal(rule->sts, RULE_DISABLE);
	assert_int_equal(rule->until_at, 1000);
	assert_string_equal(rule->name, "a.b.example");
	assert_string_equal(rule_find(set, STR("b.example"), 0)->reply, "may");
	rule_set_free(set);
}

/* test_none - no set, no rules, none that fits, a default that ran out */
static void
test_none(void **state)
{
	struct rule def = rules[0];
	struct rule_set *set = NULL;

	assert_null(rule_find(NULL, STR("example"), 0));
	assert_int_equal(rule_set_new(NULL, 0, seed, &set), MTASTS_OK);
	assert_null(rule_find(set, STR("example"), 0));
	rule_set_free(set);
	assert_int_equal(rule_set_new(&rules[1], 1, seed, &set), MTASTS_OK);
	assert_null(rule_find(set, STR("example"), 0));
	assert_null(rule_find(set, STR("x.other"), 0));
	rule_set_free(set);
	def.until_at = 1;
	assert_int_equal(rule_set_new(&def, 1, seed, &set), MTASTS_OK);
	assert_null(rule_find(set, STR("example"), 2));
	rule_set_free(set);
	rule_set_free(NULL);
}

/* test_twice - a name may be there once */
static void
test_twice(void **state)
{
	struct rule twice[2] = { rules[1], rules[1] };
	struct rule_set *set = NULL;

	assert_int_equal(rule_set_new(twice, 2, seed, &set), MTASTS_EEXIST);
	assert_null(set);
}

/* test_names - the words of the configuration */
static void
test_names(void **state)
{
	assert_string_equal(rule_sts_name(RULE_OPTIONAL), "optional");
	assert_string_equal(rule_sts_name(RULE_REQUIRE), "require");
	assert_string_equal(rule_sts_name(RULE_DISABLE), "disable");
	assert_string_equal(rule_sts_name((enum rule_sts)9), "?");
}

static const struct {
	const char *reply;
	const char *why; /* is in the phrase; null: the reply is fine */
} reply_rows[] = {
	{ "may", NULL },
	{ "none", NULL },
	{ "Encrypt", NULL },
	{ "dane-only", NULL },
	{ "secure match=mx.example.com:.example.com servername=hostname",
	    NULL },
	{ "secure, match=nexthop,servername=hostname", NULL },
	{ "encrypt protocols=>=TLSv1.2 ciphers=high exclude=aNULL", NULL },
	{ "encrypt { protocols = !SSLv2 !SSLv3 }", NULL },
	{ "verify tafile=/etc/ta.pem match=hostname", NULL },
	{ "fingerprint match=aa:bb", NULL },
	{ "secure policy_type=sts policy_domain=example.com match=a.b "
	  "mx_host_pattern=a.b { policy_string = version: STSv1 }",
	    NULL },
	{ "", "is empty" },
	{ " ", "does not begin with a level" },
	{ "{may}", "does not begin with a level" },
	{ "secure-ish", "does not begin with a level" },
	{ "OK secure", "does not begin with a level" },
	{ "match=a.b secure", "does not begin with a level" },
	{ "secure match", "without an equals sign" },
	{ "secure =x", "does not know" },
	{ "secure mach=x", "does not know" },
	{ "secure match=", "without a value" },
	{ "secure { match = }", "without a value" },
	{ "may match=a.b", "at a level that compares no names" },
	{ "dane match=a.b", "at a level that compares no names" },
	{ "encrypt tafile=/x", "at a level that checks no chain" },
	{ "fingerprint tafile=/x", "at a level that checks no chain" },
	{ "secure policy_domain=a.b", "without policy_type" },
	{ "secure mx_host_pattern=a.b", "without policy_type" },
	{ "secure { match = a.b", "not closed" },
	{ "secure { match = { a.b } }", "inside another word" },
	{ "secure {match=a.b}x", "no blank behind" },
	{ "secure match=a}b", "inside another word" },
	{ "secure match=a{b", "inside another word" },
	{ "}secure", "inside another word" },
	{ "secure\nmatch=a.b", "printable" },
	{ "secure\tmatch=a.b", "printable" },
	{ "secure match=\xc3\xbc.example", "printable" },
	{ "secure match=a.b\x7f", "printable" },
};

/* test_reply - a reply that Postfix could not read is refused */
static void
test_reply(void **state)
{
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(reply_rows) / sizeof(reply_rows[0]); i++) {
		why = rule_check_reply(str_of(reply_rows[i].reply));
		if (reply_rows[i].why == NULL && why != NULL)
			fail_msg("\"%s\": %s", reply_rows[i].reply, why);
		if (reply_rows[i].why != NULL &&
		    (why == NULL || strstr(why, reply_rows[i].why) == NULL))
			fail_msg("\"%s\": %s", reply_rows[i].reply,
			    why != NULL ? why : "is fine");
	}
	assert_non_null(rule_check_reply(STR("may\0")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
