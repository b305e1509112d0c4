/*
 * test_rua - addresses that reports may be sent to
 */
#include "core/rua.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

struct row {
	const char *uri;
	enum rua_fault fault;
	enum rua_scheme scheme;
	size_t offset;
};

/* REQ: P2 P3 */
static const struct row rows[] = {
	{ "mailto:a@b", RUA_FINE, RUA_MAILTO, 0 },
	{ "Mailto:tls-reports+x@mail.example.org", RUA_FINE, RUA_MAILTO, 0 },
	{ "mailto:a%20b@c?subject=x&x=1", RUA_FINE, RUA_MAILTO, 0 },
	{ "https://example.org", RUA_FINE, RUA_HTTPS, 0 },
	{ "HTTPS://example.org:8443/a/b?c=d#e", RUA_FINE, RUA_HTTPS, 0 },
	{ "https://u:p@example.org/", RUA_FINE, RUA_HTTPS, 0 },
	{ "https://192.0.2.1/", RUA_FINE, RUA_HTTPS, 0 },
	{ "https://[2001:db8::1]/", RUA_FINE, RUA_HTTPS, 0 },
	{ "https://example.org:/", RUA_FINE, RUA_HTTPS, 0 },
	{ "http://example.org/", RUA_FINE, RUA_OTHER, 0 },
	{ "x-a.b+c:d", RUA_FINE, RUA_OTHER, 0 },
	{ "", RUA_EMPTY, RUA_OTHER, 0 },
	{ "postmaster@example.org", RUA_NO_SCHEME, RUA_OTHER, 0 },
	{ "example.org", RUA_NO_SCHEME, RUA_OTHER, 0 },
	{ ":a@b", RUA_NO_SCHEME, RUA_OTHER, 0 },
	{ "1a:b", RUA_NO_SCHEME, RUA_OTHER, 0 },
	{ "mailto:a@b!10m", RUA_SIZE, RUA_MAILTO, 10 },
	{ "mailto:a@b!5", RUA_SIZE, RUA_MAILTO, 10 },
	{ "mailto:a@b!", RUA_UNENCODED, RUA_MAILTO, 10 },
	{ "mailto:a!1@b", RUA_UNENCODED, RUA_MAILTO, 8 },
	{ "mailto:a,b@c", RUA_UNENCODED, RUA_MAILTO, 8 },
	{ "https://a/;b", RUA_UNENCODED, RUA_HTTPS, 10 },
	{ "mailto:a b@c", RUA_BLANK, RUA_MAILTO, 8 },
	{ "mailto:a%2@b", RUA_PERCENT, RUA_MAILTO, 8 },
	{ "mailto:a@b%", RUA_PERCENT, RUA_MAILTO, 10 },
	{ "mailto:<a@b>", RUA_CHARACTER, RUA_MAILTO, 7 },
	{ "mailto:\xc3\xa9@b", RUA_CHARACTER, RUA_MAILTO, 7 },
	{ "mailto:a@b\x7f", RUA_CHARACTER, RUA_MAILTO, 10 },
	{ "mailto:", RUA_ADDRESS, RUA_MAILTO, 7 },
	{ "mailto:a", RUA_ADDRESS, RUA_MAILTO, 7 },
	{ "mailto:@b", RUA_ADDRESS, RUA_MAILTO, 7 },
	{ "mailto:a@", RUA_ADDRESS, RUA_MAILTO, 7 },
	{ "mailto:a@b..c", RUA_ADDRESS, RUA_MAILTO, 7 },
	{ "mailto:a@[192.0.2.1]", RUA_ADDRESS, RUA_MAILTO, 7 },
	{ "mailto:mailto:a@b", RUA_ADDRESS, RUA_MAILTO, 7 },
	{ "mailto:a@b@c", RUA_ADDRESS, RUA_MAILTO, 7 },
	{ "mailto:?to=a@b", RUA_ADDRESS, RUA_MAILTO, 7 },
	{ "https:", RUA_HOST, RUA_HTTPS, 6 },
	{ "https://", RUA_HOST, RUA_HTTPS, 6 },
	{ "https:///path", RUA_HOST, RUA_HTTPS, 6 },
	{ "https:/a.example", RUA_HOST, RUA_HTTPS, 6 },
	{ "https://a..b/", RUA_HOST, RUA_HTTPS, 6 },
	{ "https://a:b/", RUA_HOST, RUA_HTTPS, 6 },
	{ "https://a:65536/", RUA_HOST, RUA_HTTPS, 6 },
	{ "https://[]/", RUA_HOST, RUA_HTTPS, 6 },
};

/* test_check - fault, scheme and place of every row */
static void
test_check(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum rua_scheme scheme = RUA_OTHER;
		size_t offset = 99;
		enum rua_fault fault =
		    rua_check(str_of(rows[i].uri), &scheme, &offset);

		if (fault != rows[i].fault || scheme != rows[i].scheme ||
		    offset != rows[i].offset)
			fail_msg("%s: scheme %d, %s, at %zu", rows[i].uri,
			    scheme, rua_fault_text(fault), offset);
		assert_int_equal(
		    rua_check(str_of(rows[i].uri), NULL, NULL), fault);
	}
}

/* test_fault_text - a phrase of its own for every fault */
static void
test_fault_text(void **state)
{
	int i, k;

	for (i = RUA_FINE; i <= RUA_HOST + 1; i++)
		for (k = RUA_FINE; k < i; k++)
			assert_string_not_equal(
			    rua_fault_text(i), rua_fault_text(k));
}

/* test_salvage - addresses out of texts of all kinds */
static void
test_salvage(void **state)
{
	static const struct {
		const char *text;
		unsigned count;
		const char *uris;
	} cases[] = {
		{ "", 0, "" },
		{ "nothing here", 0, "" },
		{ "@ a@ @b http:// https:", 0, "" },
		{ "write to a@b or c@d", 2, "mailto:a@b,mailto:c@d" },
		{ "rua=mailto:a@b!10m,mailto:c@d", 2, "mailto:a@b,mailto:c@d" },
		{ "<a@b>;\"c@d\"", 2, "mailto:a@b,mailto:c@d" },
		{ "rua=http://a/b?c=d e=https://f", 2,
		    "https://a/b?c=d,https://f" },
		{ "a!b@c https://d/e!f", 2, "mailto:a%21b@c,https://d/e%21f" },
		{ "a@b c@d e@f g@h i@j k@l", 5,
		    "mailto:a@b,mailto:c@d,mailto:e@f,mailto:g@h,mailto:i@j" },
	};
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&b, 1000);
		assert_int_equal(
		    rua_salvage(str_of(cases[i].text), &b), cases[i].count);
		assert_true(str_eq(buf_str(&b), str_of(cases[i].uris)));
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_fault_text),
		cmocka_unit_test(test_salvage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
