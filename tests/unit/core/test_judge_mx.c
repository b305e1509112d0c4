/*
 * test_judge_mx - M01 to M06: the mail servers against the policy
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/mx_provider.h"
#include "support/judge_case.h"

#define POLICY(mode, lines)                \
	"version: STSv1\nmode: " mode "\n" \
	"max_age: 2592000\n" lines

/* answer - what the MX lookup ends with, instead */
static void
answer(struct seen_world *w, enum dnsfact_end end)
{
	w->s.mx = seen_world_dns(w, "example.com", DNSTYPE_MX, end);
	w->s.mx_count = 0;
}

/* no_sts - there is neither record nor policy */
static void
no_sts(struct seen_world *w)
{
	seen_world_no_policy(w);
	seen_world_sts(w,
	    seen_world_dns(
		w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_NXDOMAIN));
}

/* hosts - the MX hosts, instead; the last name is null */
static void
hosts(struct seen_world *w, const char *const *names)
{
	w->s.mx_count = 0;
	for (size_t i = 0; names[i] != NULL; i++)
		seen_world_mx(w, names[i], "192.0.2.25");
}

#define HOSTS(w, ...) hosts(w, (const char *const[]){ __VA_ARGS__, NULL })

/* --- M01 --- */

static void
null_mx(struct seen_world *w)
{
	w->s.null_mx = true;
	w->s.mx_count = 0;
}

static void
implicit(struct seen_world *w)
{
	answer(w, DNSFACT_NODATA);
	HOSTS(w, "example.com");
	w->mx[0].implicit = true;
}

static void
none(struct seen_world *w)
{
	implicit(w);
	w->mx[0].a =
	    seen_world_dns(w, "example.com", DNSTYPE_A, DNSFACT_NODATA);
}

static void
none_at_all(struct seen_world *w)
{
	answer(w, DNSFACT_NODATA);
}

static void
none_wanted(struct seen_world *w)
{
	none(w);
	no_sts(w);
}

static void
no_domain(struct seen_world *w)
{
	answer(w, DNSFACT_NXDOMAIN);
}

static void
bogus(struct seen_world *w)
{
	answer(w, DNSFACT_BOGUS);
}

static void
failed(struct seen_world *w)
{
	answer(w, DNSFACT_TIMEOUT);
}

static void
more(struct seen_world *w)
{
	w->s.mx_more = 4;
	seen_world_policy(w,
	    POLICY("enforce",
		"mx: mx1.example.com\nmx: mx2.example.com\n"
		"mx: mx9.example.com\nmx: *.example.net\n"));
}

/* --- M02 to M04 --- */

static void
unmatched(struct seen_world *w)
{
	HOSTS(w, "mx1.example.com", "mx3.example.com", "mx2.example.com");
}

static void
unmatched_testing(struct seen_world *w)
{
	unmatched(w);
	seen_world_policy(w, POLICY("testing", "mx: mx1.example.com\n"));
}

static void
text_alone(struct seen_world *w)
{
	mtasts_policy_free(w->s.policy);
	w->s.policy = NULL;
}

static void
mode_none(struct seen_world *w)
{
	seen_world_policy(w, POLICY("none", "mx: mx9.example.com\n"));
}

static void
no_policy(struct seen_world *w)
{
	seen_world_no_policy(w);
}

static void
stale(struct seen_world *w)
{
	HOSTS(w, "mx1.example.com");
}

static void
wildcard(struct seen_world *w)
{
	seen_world_policy(w, POLICY("enforce", "mx: *.example.com\n"));
}

static void
wildcard_unused(struct seen_world *w)
{
	seen_world_policy(w,
	    POLICY("enforce", "mx: *.example.com\nmx: *.mail.example.com\n"));
}

static void
wildcard_deep(struct seen_world *w)
{
	HOSTS(w, "a.b.mail.example.net");
	seen_world_policy(w, POLICY("enforce", "mx: *.mail.example.net\n"));
}

static void
wildcard_foreign(struct seen_world *w)
{
	seen_world_policy(
	    w, POLICY("enforce", "mx: *.example.com\nmx: *.example.net\n"));
}

static void
wildcard_broad(struct seen_world *w)
{
	HOSTS(w, "mx1.example.com");
	wildcard(w);
}

/* --- M05 --- */

static void
provider(struct seen_world *w)
{
	HOSTS(w, "aspmx.l.google.com", "alt1.aspmx.l.google.com");
	no_sts(w);
}

static void
microsoft(struct seen_world *w)
{
	HOSTS(w, "example-com.o-v1.mx.microsoft");
	no_sts(w);
}

static void
provider_well(struct seen_world *w)
{
	HOSTS(w, "aspmx.l.google.com", "alt1.aspmx.l.google.com");
	seen_world_policy(w,
	    POLICY("enforce",
		"mx: aspmx.l.google.com\nmx: *.aspmx.l.google.com\n"));
}

static void
provider_more(struct seen_world *w)
{
	HOSTS(w, "in1-smtp.messagingengine.com");
	seen_world_policy(
	    w, POLICY("testing", "mx: in1-smtp.messagingengine.com\n"));
}

/* What M02 says already is not said twice. */
static void
provider_unmatched(struct seen_world *w)
{
	HOSTS(w, "mail.protonmail.ch", "mailsec.protonmail.ch");
	seen_world_policy(w, POLICY("enforce", "mx: mail.protonmail.ch\n"));
}

static void
provider_none(struct seen_world *w)
{
	provider_more(w);
	mode_none(w);
}

/* --- M06 --- */

static void
alias(struct seen_world *w)
{
	w->mx[0].a->cnames = 1;
	w->mx[0].a->canonical = "host.example.net";
}

static void
alias_v6(struct seen_world *w)
{
	w->mx[0].aaaa->cnames = 1;
	w->mx[0].aaaa->canonical = "host.example.net";
}

/* The domain itself may be an alias. */
static void
implicit_alias(struct seen_world *w)
{
	implicit(w);
	alias(w);
}

/* address - what A of the i-th MX host ends with, instead */
static void
address(struct seen_world *w, size_t i, enum dnsfact_end end)
{
	w->mx[i].a = seen_world_dns(w, w->mx[i].name, DNSTYPE_A, end);
	w->mx[i].addr_count = 0;
}

static void
no_address(struct seen_world *w)
{
	address(w, 1, DNSFACT_NODATA);
}

static void
no_addresses(struct seen_world *w)
{
	address(w, 0, DNSFACT_NXDOMAIN);
	address(w, 1, DNSFACT_NODATA);
}

static void
bogus_address(struct seen_world *w)
{
	address(w, 0, DNSFACT_BOGUS);
}

static void
bogus_addresses(struct seen_world *w)
{
	address(w, 0, DNSFACT_BOGUS);
	address(w, 1, DNSFACT_BOGUS);
}

static void
failed_address(struct seen_world *w)
{
	address(w, 0, DNSFACT_SERVFAIL);
}

static void
twice(struct seen_world *w)
{
	w->mx[1].times = 2;
}

/* named - the name in the second MX record, instead */
static void
named(struct seen_world *w, const char *name)
{
	strcpy(w->mx[1].name, name);
}

static void
is_address(struct seen_world *w)
{
	named(w, "192.0.2.7");
}

static void
bad_name(struct seen_world *w)
{
	named(w, "mx 2.example.com");
}

/* clang-format off */
static const struct judge_row rows[] = {
{ "all is well", NULL, "M01", "pass", "", "10 mx1.example.com; 10 mx2." },
{ "all is well", NULL, "M02", "pass", "", "2 of 2 fit" },
{ "all is well", NULL, "M03", "pass", "", "2 names" },
{ "all is well", NULL, "M04", "pass", "", "0 wildcards" },
{ "all is well", NULL, "M05", "pass", "", "none that is known" },
{ "all is well", NULL, "M06", "pass", "", "" },
{ "null MX", null_mx, "M01", "info", "mx-null", "takes no mail" },
{ "null MX", null_mx, "M02", "skip", "", "no mail server" },
{ "implicit", implicit, "M01", "warn", "mx-implicit", "no MX record" },
{ "none", none, "M01", "fail", "mx-none", "no mail can reach it" },
{ "none", none, "M06", "skip", "", "no mail server" },
{ "none at all", none_at_all, "M01", "fail", "mx-none", "neither" },
{ "none wanted", none_wanted, "M01", "warn", "mx-none", "neither" },
{ "no domain", no_domain, "M01", "fail", "mx-no-domain", "NXDOMAIN" },
{ "bogus", bogus, "M01", "fail", "mx-bogus", "DNSSEC" },
{ "bogus", bogus, "M02", "unknown", "", "not found out" },
{ "failed", failed, "M01", "unknown", "", "as the test wants" },
{ "more", more, "M01", "pass", "", "4 more, not looked at" },
{ "more", more, "M03", "pass", "", "3 names" },
{ "more", more, "M04", "pass", "", "1 wildcard" },
{ "unmatched", unmatched, "M02", "fail", "mx-unmatched",
	"mx3.example.com fits no mx line of the policy, so senders" },
{ "unmatched", unmatched, "M02", "fail", "mx-unmatched", "2 of 3 fit" },
{ "testing", unmatched_testing, "M02", "warn", "mx-unmatched",
	"mx3.example.com fits no mx line of the policy." },
{ "text alone", text_alone, "M02", "pass", "", "do not take now" },
{ "mode none", mode_none, "M02", "skip", "", "mode is none" },
{ "no policy", no_policy, "M03", "skip", "", "no policy" },
{ "stale", stale, "M03", "warn", "mx-stale", "mx2.example.com" },
{ "wildcard", wildcard, "M04", "pass", "", "1 wildcard" },
{ "wildcard", wildcard, "M02", "pass", "", "2 of 2 fit" },
{ "unused", wildcard_unused, "M04", "warn", "mx-wildcard-unused",
	"*.mail.example.com" },
{ "two labels", wildcard_deep, "M04", "warn", "mx-wildcard-unused", "" },
{ "foreign", wildcard_foreign, "M04", "warn", "mx-wildcard-foreign",
	"hosts of example.net" },
{ "broad", wildcard_broad, "M04", "info", "mx-wildcard-broad",
	"the only MX host there is mx1.example.com" },
{ "provider", provider, "M05", "info", "mx-provider",
	"Google Workspace; a policy for them has \"mx: aspmx.l.google.com\", "
	"\"mx: *.aspmx.l.google.com\"" },
{ "Microsoft", microsoft, "M05", "info", "mx-provider",
	"\"mx: *.o-v1.mx.microsoft\"" },
{ "provider well", provider_well, "M05", "pass", "", "Google Workspace" },
{ "provider more", provider_more, "M05", "warn", "mx-provider-lines",
	"in2-smtp.messagingengine.com" },
{ "unmatched", provider_unmatched, "M05", "pass", "", "Proton Mail" },
{ "none", provider_none, "M05", "pass", "", "Fastmail" },
{ "alias", alias, "M06", "warn", "mx-cname", "host.example.net" },
{ "alias", alias_v6, "M06", "warn", "mx-cname", "host.example.net" },
{ "alias", implicit_alias, "M06", "pass", "", "" },
{ "no address", no_address, "M06", "warn", "mx-no-address",
	"mx2.example.com has no address" },
{ "no addresses", no_addresses, "M06", "fail", "mx-no-address", "NXDOMAIN" },
{ "bogus", bogus_address, "M06", "warn", "mx-address-bogus", "DNSSEC" },
{ "bogus", bogus_addresses, "M06", "fail", "mx-address-bogus", "DNSSEC" },
{ "failed", failed_address, "M06", "unknown", "", "mx1.example.com" },
{ "twice", twice, "M06", "warn", "mx-duplicate", "2 MX records" },
{ "address", is_address, "M06", "fail", "mx-is-address", "192.0.2.7" },
{ "name", bad_name, "M06", "fail", "mx-host-bad-name", "mx 2.example.com" },
};
/* clang-format on */

#define COUNT (sizeof(rows) / sizeof(*rows))

static void
test_rows(void **state)
{
	judge_case_rows(rows, COUNT, judge_mx);
}

static void
test_rules(void **state)
{
	judge_case_rules(rows, COUNT, judge_mx_rules);
}

static void
test_nothing(void **state)
{
	judge_case_nothing("M", judge_mx);
}

/* The repair is the line itself. */
static void
test_fix(void **state)
{
	struct seen_world w;
	struct audit *a;

	seen_world_open(&w);
	unmatched(&w);
	a = audit_new(w.s.domain, NULL, w.s.at);
	judge_mx(&w.s, a);
	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_string_equal(audit_get(a, "M02")->fix,
	    "Add the line \"mx: mx3.example.com\" to the policy, and change "
	    "the id of the record.");
	assert_string_equal(audit_get(a, "M02")->place, "mx3.example.com");
	audit_free(a);
	seen_world_close(&w);
}

/* A policy of a thousand lines leaves room for what else is to be told. */
static void
test_flood(void **state)
{
	const struct audit_check *c;
	struct seen_world w;
	struct audit *a;
	struct buf b;

	buf_init(&b, 65536);
	buf_puts(&b, POLICY("enforce", ""));
	for (unsigned i = 0; i < 500; i++)
		buf_putf(
		    &b, "mx: h%u.example.com\nmx: *.w%u.example.com\n", i, i);
	assert_int_equal(buf_error(&b), MTASTS_OK);
	seen_world_open(&w);
	seen_world_policy(&w, b.p);
	assert_non_null(w.s.text_policy);
	assert_int_equal(w.s.text_policy->mx_count, 1000);
	a = audit_new(w.s.domain, NULL, w.s.at);
	judge_mx(&w.s, a);
	assert_int_equal(audit_end(a), MTASTS_OK);
	c = audit_get(a, "M03");
	assert_int_equal(c->finding_count, 10);
	assert_string_equal(c->seen, "500 names; 500 of them no MX host");
	assert_int_equal(audit_get(a, "M04")->finding_count, 10);
	assert_int_equal(mtasts_diags_dropped(a->diags), 0);
	audit_free(a);
	seen_world_close(&w);
	buf_free(&b);
}

static void
test_provider(void **state)
{
	static const char *const known[][2] = {
		{ "smtp.google.com", "Google Workspace" },
		{ "ALT4.ASPMX.L.GOOGLE.COM", "Google Workspace" },
		{ "aspmx3.googlemail.com", "Google Workspace" },
		{ "example-com.mail.protection.outlook.com", "Microsoft 365" },
		{ "example-com.x-v1.mx.microsoft", "Microsoft 365" },
		{ "mxext2.mailbox.org", "mailbox.org" },
		{ "mx02.mail.icloud.com", "iCloud Mail" },
		{ "mta7.am0.yahoodns.net", "Yahoo" },
		{ "aspmx2.migadu.com", "Migadu" },
	};
	static const char *const unknown[] = { "mx.example.com",
		"a.b.mail.protection.outlook.com", "mx.microsoft",
		"evil-aspmx.l.google.com", "", "l.google.com" };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const struct mx_provider *p = mx_provider_find(known[i][0]);

		if (p == NULL)
			fail_msg("%s", known[i][0]);
		assert_string_equal(p->name, known[i][1]);
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		assert_null(mx_provider_find(unknown[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_fix),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_provider),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
