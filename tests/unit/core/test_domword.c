/*
 * test_domword - what people paste where a domain is wanted
 */
#include "core/domword.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *word, *meant;
} cases[] = {
	{ "example.org", "example.org" },
	{ "  example.org\t", "example.org" },
	{ "user@example.org", "example.org" },
	{ "<user@example.org>", "example.org" },
	{ "\"odd@name\"@example.org", "example.org" },
	{ "mailto:user@example.org", "example.org" },
	{ "https://example.org/", "example.org" },
	{ "https://user:pw@example.org:8443/a@b?q#f", "example.org" },
	{ "http://example.org?q", "example.org" },
	{ "example.org#x", "example.org" },
	{ "example.org/path", "example.org" },
	{ "example.org:25", "example.org" },
	{ "example.org:", "example.org" },
	{ "example.org.", "example.org." },
	{ "b\xc3\xbc"
	  "cher.example",
	    "b\xc3\xbc"
	    "cher.example" },
	{ "https://mta-sts.example.org/.well-known/mta-sts.txt",
	    "example.org" },
	{ "mta-sts.example.org/.well-known/mta-sts.txt", "example.org" },
	{ "https://mta-sts.example.org/", "mta-sts.example.org" },
	{ "_mta-sts.example.org", "example.org" },
	{ "_SMTP._TLS.example.org", "example.org" },
	{ "12,example.org", "example.org" },
	{ "a,example.org", "a,example.org" },
	/* What cannot be a domain is left to be refused. */
	{ "2001:db8::1", "2001:db8::1" },
	{ "[192.0.2.1]", "[192.0.2.1]" },
	{ "", "" },
	{ "@", "" },
	{ "https://", "" },
	{ "<>", "" },
	{ "<", "<" },
	{ ":", "" },
	{ ",", "," },
};

static void
test_words(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str got = domword_meant(str_of(cases[i].word));

		if (!str_eq(got, str_of(cases[i].meant)))
			fail_msg("\"%s\" gives \"%.*s\", not \"%s\"",
			    cases[i].word, (int)got.len, got.p, cases[i].meant);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
