/*
 * test_caa - whom CAA records allow; directories and organisations
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/caa.h"

#define RECORDS 4

/* A set "FLAGS TAG VALUE" and what it means for ca.test by http-01. */
static const struct {
	const char *name;
	struct {
		uint8_t flags;
		const char *tag, *value;
	} records[RECORDS];
	bool wildcard, allows, restricts, forbids, method, critical;
} rows[] = {
	{ .name = "none", .allows = true },
	{ .name = "ours",
	    .records = { { 0, "issue", "ca.test" } },
	    .allows = true,
	    .restricts = true },
	{ .name = "ours, in other letters",
	    .records = { { 0, "ISSUE", "CA.Test" } },
	    .allows = true,
	    .restricts = true },
	{ .name = "blanks and parameters",
	    .records = { { 0, "issue", " ca.test ; account=7" } },
	    .allows = true,
	    .restricts = true },
	{ .name = "another",
	    .records = { { 0, "issue", "other.test" } },
	    .restricts = true },
	{ .name = "a name around ours",
	    .records = { { 0, "issue", "xca.test" },
		{ 0, "issue", "ca.test.x" } },
	    .restricts = true },
	{ .name = "nobody",
	    .records = { { 0, "issue", ";" } },
	    .restricts = true,
	    .forbids = true },
	{ .name = "nobody, empty",
	    .records = { { 0, "issue", "" } },
	    .restricts = true,
	    .forbids = true },
	{ .name = "nobody and ours",
	    .records = { { 0, "issue", ";" }, { 0, "issue", "ca.test" } },
	    .allows = true,
	    .restricts = true },
	{ .name = "only where to complain",
	    .records = { { 0, "iodef", "mailto:a@b.test" } },
	    .allows = true },
	{ .name = "wildcards are another matter",
	    .records = { { 0, "issue", "ca.test" }, { 0, "issuewild", ";" } },
	    .allows = true,
	    .restricts = true },
	{ .name = "for a wildcard",
	    .records = { { 0, "issue", "ca.test" }, { 0, "issuewild", ";" } },
	    .wildcard = true,
	    .restricts = true,
	    .forbids = true },
	{ .name = "by our method",
	    .records = { { 0, "issue",
		"ca.test; validationmethods=dns-01,http-01" } },
	    .allows = true,
	    .restricts = true },
	{ .name = "by others' methods",
	    .records = { { 0, "issue", "ca.test;validationmethods=dns-01" } },
	    .restricts = true,
	    .method = true },
	{ .name = "by no method",
	    .records = { { 0, "issue", "ca.test;validationmethods=" } },
	    .restricts = true,
	    .method = true },
	{ .name = "one of two",
	    .records = { { 0, "issue", "ca.test;validationmethods=dns-01" },
		{ 0, "issue", "ca.test" } },
	    .allows = true,
	    .restricts = true,
	    .method = true },
	{ .name = "critical and known",
	    .records = { { 128, "issue", "ca.test" } },
	    .allows = true,
	    .restricts = true },
	{ .name = "critical and not known",
	    .records = { { 0, "issue", "ca.test" }, { 128, "future", "x" } },
	    .restricts = true,
	    .critical = true },
	{ .name = "hostile: a critical tag of no bytes",
	    .records = { { 255, "", "x" } },
	    .critical = true },
	{ .name = "hostile: parameters without end",
	    .records = { { 0, "issue", "ca.test;;;=;=x;;validationmethods" } },
	    .restricts = true,
	    .method = true },
};

/* means - ca.test */
static bool
means(const void *ctx, struct str domain)
{
	return str_eq_nocase(domain, STR("ca.test"));
}

static void
test_rows(void **state)
{
	static const char *const methods[] = { "http-01" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct caa_question q = { means, NULL, rows[i].wildcard,
			methods, 1 };
		struct dnsfact_record records[RECORDS];
		struct dnsfact fact = { .type = DNSTYPE_CAA,
			.records = records };
		struct caa_verdict v;

		for (; fact.count < RECORDS &&
		     rows[i].records[fact.count].tag != NULL;
		     fact.count++) {
			size_t n = fact.count;

			records[n].caa.flags = rows[i].records[n].flags;
			records[n].caa.tag = str_of(rows[i].records[n].tag);
			records[n].caa.value = str_of(rows[i].records[n].value);
		}
		caa_read(&fact, &q, &v);
		if (caa_allows(&v) != rows[i].allows ||
		    v.restricts != rows[i].restricts ||
		    (v.restricts && v.all_forbid != rows[i].forbids) ||
		    v.method != rows[i].method ||
		    v.is_critical != rows[i].critical)
			fail_msg("%s: allows %d restricts %d forbids %d "
				 "method %d critical %d",
			    rows[i].name, caa_allows(&v), v.restricts,
			    v.all_forbid, v.method, v.is_critical);
	}
}

static void
test_authorities(void **state)
{
	static const struct {
		const char *url, *domain;
	} urls[] = {
		{ "https://acme-v02.api.letsencrypt.org/directory",
		    "letsencrypt.org" },
		{ "https://acme.zerossl.com/v2/DV90", "sectigo.com" },
		{ "https://dv.acme-v02.api.pki.goog/directory", "pki.goog" },
		{ "HTTPS://ACME-V02.API.LETSENCRYPT.ORG:443/directory",
		    "letsencrypt.org" },
	};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		const struct caa_authority *a =
		    caa_of_directory(str_of(urls[i].url));

		assert_non_null(a);
		assert_true(caa_is(a, str_of(urls[i].domain)));
		assert_false(caa_is(a, STR("other.test")));
	}
	assert_null(caa_of_directory(STR("https://ca.example/directory")));
	assert_null(caa_of_directory(STR("https://xletsencrypt.org/")));
	assert_null(caa_of_directory(STR("")));
	assert_non_null(caa_of_org("Let's Encrypt"));
	assert_null(caa_of_org("Nobody Inc"));
	assert_true(caa_words_fit("Example Trust Services", STR("example.ca")));
	assert_false(caa_words_fit("Trust Services Inc", STR("trust.ca")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_authorities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
