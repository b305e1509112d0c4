/*
 * test_destkey - what MTAs ask for
 */
#include "core/destkey.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

struct good_row {
	const char *key;
	const char *text;
	const char *domain;
	bool brackets;
	unsigned port;
};

/* clang-format off */
/* REQ: SEL-1 */
static const struct good_row good_rows[] = {
	{ "example.com", "example.com", "example.com", false, 25 },
	{ "EXAMPLE.com.", "example.com", "example.com", false, 25 },
	{ "localhost", "localhost", "localhost", false, 25 },
	{ "example.com:25", "example.com", "example.com", false, 25 },
	{ "example.com.:587", "example.com:587", "example.com", false, 587 },
	{ "example.com:0025", "example.com", "example.com", false, 25 },
	{ "example.com:65535", "example.com:65535", "example.com", false,
	    65535 },
	{ "example.com:SMTP", "example.com", "example.com", false, 25 },
	{ "[Mail.example.com]", "[mail.example.com]", "mail.example.com", true,
	    25 },
	{ "[mail.example.com]:25", "[mail.example.com]", "mail.example.com",
	    true, 25 },
	{ "[mail.example.com]:submission", "[mail.example.com]:587",
	    "mail.example.com", true, 587 },
	{ "[mail.example.com]:submissions", "[mail.example.com]:465",
	    "mail.example.com", true, 465 },
	{ "[mail.example.com]:smtps", "[mail.example.com]:465",
	    "mail.example.com", true, 465 },
	{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example",
	    "xn--bcher-kva.example", false, 25 },
	{ "[B\xc3\x9c" "CHER.example]:26", "[xn--bcher-kva.example]:26",
	    "xn--bcher-kva.example", true, 26 },
	{ "under_score.example.com", "under_score.example.com",
	    "under_score.example.com", false, 25 },
};
/* clang-format on */

/* test_good - destinations, in their canonical form */
static void
test_good(void **state)
{
	const struct good_row *row;
	struct destkey key;
	size_t i;

	for (i = 0; i < sizeof(good_rows) / sizeof(good_rows[0]); i++) {
		row = &good_rows[i];
		if (destkey_parse(str_of(row->key), &key, NULL) !=
		    DESTKEY_DOMAIN)
			fail_msg("%s", row->key);
		assert_string_equal(key.text, row->text);
		assert_int_equal(key.len, strlen(row->text));
		assert_string_equal(key.domain.text, row->domain);
		assert_int_equal(key.brackets, row->brackets);
		assert_int_equal(key.port, row->port);
	}
}

/* test_again - a canonical key is its own canonical form */
static void
test_again(void **state)
{
	struct destkey key, again;
	size_t i;

	for (i = 0; i < sizeof(good_rows) / sizeof(good_rows[0]); i++) {
		assert_int_equal(
		    destkey_parse(str_of(good_rows[i].key), &key, NULL),
		    DESTKEY_DOMAIN);
		assert_int_equal(
		    destkey_parse(str_make(key.text, key.len), &again, NULL),
		    DESTKEY_DOMAIN);
		assert_string_equal(key.text, again.text);
	}
}

struct bad_row {
	struct str key;
	enum destkey_kind kind;
	enum mtasts_dname_fault fault;
};

#define S(text)                        \
	{                              \
		text, sizeof(text) - 1 \
	}

/* clang-format off */
/* REQ: SEL-2 SEL-3 */
static const struct bad_row bad_rows[] = {
	{ S(".example.com"), DESTKEY_PARENT, 0 },
	{ S(".com"), DESTKEY_PARENT, 0 },
	{ S("."), DESTKEY_PARENT, 0 },
	{ S(".example.com:25"), DESTKEY_PARENT, 0 },
	{ S("192.0.2.1"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S("192.0.2.1:25"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S("[192.0.2.1]"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S("[192.0.2.1]:25"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S("127.1"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S("2001:db8::1"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S("::1"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S("[2001:db8::1]"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S("[2001:db8::1]:25"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S("[ipv6:2001:db8::1]"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S("[IPv6:::1]:25"), DESTKEY_ADDRESS, MTASTS_DNAME_IP },
	{ S(""), DESTKEY_BAD, MTASTS_DNAME_EMPTY },
	{ S("[]"), DESTKEY_BAD, MTASTS_DNAME_EMPTY },
	{ S("[]:25"), DESTKEY_BAD, MTASTS_DNAME_EMPTY },
	{ S(":25"), DESTKEY_BAD, MTASTS_DNAME_EMPTY },
	{ S("["), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("[example.com"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("[example.com]25"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("[example.com]]"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("[example.com]:"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("[.example.com]"), DESTKEY_BAD, MTASTS_DNAME_EMPTY_LABEL },
	{ S("example.com:"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("example.com:0"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("example.com:65536"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("example.com:-25"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("example.com:http"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("example.com:25:25"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("example..com"), DESTKEY_BAD, MTASTS_DNAME_EMPTY_LABEL },
	{ S("-a.example"), DESTKEY_BAD, MTASTS_DNAME_HYPHEN },
	{ S("user@example.com"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("/var/run/lmtp"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("example.com "), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("example.com\0x"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("example.com\n"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
	{ S("\xff\xfe.example"), DESTKEY_BAD, MTASTS_DNAME_CHARACTER },
};
/* clang-format on */

/* test_bad - what has no policy domain, and why */
static void
test_bad(void **state)
{
	enum mtasts_dname_fault fault;
	struct destkey key;
	size_t i;

	for (i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		fault = MTASTS_DNAME_FINE;
		if (destkey_parse(bad_rows[i].key, &key, &fault) !=
			bad_rows[i].kind ||
		    fault != bad_rows[i].fault)
			fail_msg("%s: %s", bad_rows[i].key.p,
			    mtasts_dname_fault_text(fault));
	}
}

/* test_long - a name that "_mta-sts." cannot be put before is none */
static void
test_long(void **state)
{
	enum mtasts_dname_fault fault;
	char text[254 + 10] = "[";
	struct destkey key;
	size_t len, i;

	for (len = 240; len <= 253; len++) {
		for (i = 0; i < len; i++)
			text[1 + i] = i % 50 == 49 && i + 1 < len ? '.' : 'x';
		memcpy(text + 1 + len, "]:65535", sizeof("]:65535"));
		if (len <= 244) {
			assert_int_equal(
			    destkey_parse(str_of(text), &key, NULL),
			    DESTKEY_DOMAIN);
			assert_string_equal(key.text, text);
			continue;
		}
		assert_int_equal(
		    destkey_parse(str_of(text), &key, &fault), DESTKEY_BAD);
		assert_int_equal(fault, MTASTS_DNAME_LONG);
	}
}

/*
 * test_quick - names are read the same whether they stand in one form or not
 *
 * A final dot sends a key the long way.
 */
static void
test_quick(void **state)
{
	static const char bytes[] = "a0-._Z";
	enum destkey_kind quick, slow;
	struct destkey a, b;
	char text[8];
	size_t n, i, v, len;

	/* Every text of 1 to 5 of these bytes. */
	for (len = 1, n = 6; len <= 5; len++, n *= 6) {
		for (i = 0; i < n; i++) {
			size_t k;

			for (k = 0, v = i; k < len; k++, v /= 6)
				text[k] = bytes[v % 6];
			text[len] = '.';
			if (text[len - 1] == '.')
				continue;
			quick = destkey_parse(str_make(text, len), &a, NULL);
			slow = destkey_parse(str_make(text, len + 1), &b, NULL);
			if (quick != slow)
				fail_msg("%.*s", (int)len, text);
			if (quick != DESTKEY_DOMAIN)
				continue;
			assert_string_equal(a.text, b.text);
			assert_string_equal(a.domain.text, b.domain.text);
			assert_int_equal(a.domain.len, b.domain.len);
			assert_int_equal(a.len, b.len);
			assert_int_equal(a.port, b.port);
			assert_int_equal(a.brackets, b.brackets);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
