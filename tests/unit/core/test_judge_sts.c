/*
 * test_judge_sts - D01 to D14: what is said of the record, and of the way to it
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/judge_case.h"

#define NAME "_mta-sts.example.com"

/* answer - what the name answers, instead */
static void
answer(struct seen_world *w, enum dnsfact_end end)
{
	seen_world_sts(w, seen_world_dns(w, NAME, DNSTYPE_TXT, end));
}

/* record - the one TXT record, instead */
static void
record(struct seen_world *w, const char *text)
{
	seen_world_sts(w, SEEN_WORLD_FOUND(w, NAME, DNSTYPE_TXT, text));
}

/* no_host - the policy host does not exist */
static void
no_host(struct seen_world *w)
{
	seen_world_no_policy(w);
	w->s.host_a = seen_world_dns(
	    w, "mta-sts.example.com", DNSTYPE_A, DNSFACT_NXDOMAIN);
	w->s.host_aaaa = seen_world_dns(
	    w, "mta-sts.example.com", DNSTYPE_AAAA, DNSFACT_NXDOMAIN);
	w->s.addr_count = 0;
	w->s.best = NULL;
}

static void
nothing(struct seen_world *w)
{
	no_host(w);
	answer(w, DNSFACT_NXDOMAIN);
}

static void
nodata(struct seen_world *w)
{
	no_host(w);
	answer(w, DNSFACT_NODATA);
}

static void
policy_alone(struct seen_world *w)
{
	answer(w, DNSFACT_NXDOMAIN);
}

static void
host_alone(struct seen_world *w)
{
	answer(w, DNSFACT_NXDOMAIN);
	seen_world_no_policy(w);
}

static void
no_mail(struct seen_world *w)
{
	nothing(w);
	w->s.null_mx = true;
	w->s.mx_count = 0;
}

/* dane - TLSA records that hold, at every MX host */
static void
dane(struct seen_world *w)
{
	nothing(w);
	for (size_t i = 0; i < w->s.mx_count; i++) {
		w->mx[i].dane.result.dane = DANE_USABLE;
		w->mx[i].dane.result.usable = 1;
		w->mx[i].addr_count = 0;
	}
}

static void
dane_half(struct seen_world *w)
{
	dane(w);
	w->mx[1].dane.result.dane = DANE_NONE;
}

static void
bogus(struct seen_world *w)
{
	answer(w, DNSFACT_BOGUS);
}

static void
servfail(struct seen_world *w)
{
	answer(w, DNSFACT_SERVFAIL);
}

static void
all_timeout(struct seen_world *w)
{
	answer(w, DNSFACT_TIMEOUT);
	w->s.mx = seen_world_dns(w, "example.com", DNSTYPE_MX, DNSFACT_TIMEOUT);
}

static void
two(struct seen_world *w)
{
	seen_world_sts(w,
	    SEEN_WORLD_FOUND(
		w, NAME, DNSTYPE_TXT, "v=STSv1; id=1;", "v=STSv1; id=2;"));
}

static void
beside(struct seen_world *w)
{
	seen_world_sts(w,
	    SEEN_WORLD_FOUND(
		w, NAME, DNSTYPE_TXT, SEEN_WORLD_TXT, "v=spf1 -all"));
}

static void
unrelated(struct seen_world *w)
{
	no_host(w);
	record(w, "v=spf1 -all");
}

static void
wrong_case(struct seen_world *w)
{
	record(w, "v=stsv1; id=1;");
}

static void
no_id(struct seen_world *w)
{
	record(w, "v=STSv1;");
}

static void
bad_field(struct seen_world *w)
{
	record(w, "v=STSv1; id=1; a*b=2;");
}

static void
quotes(struct seen_world *w)
{
	record(w, "\"v=STSv1; id=1;\"");
}

static void
apex(struct seen_world *w)
{
	nothing(w);
	w->s.sts_apex = SEEN_WORLD_FOUND(
	    w, "example.com", DNSTYPE_TXT, "v=spf1 -all", SEEN_WORLD_TXT);
}

static void
plain(struct seen_world *w)
{
	nothing(w);
	w->s.sts_plain = SEEN_WORLD_FOUND(
	    w, "mta-sts.example.com", DNSTYPE_TXT, SEEN_WORLD_TXT);
}

static void
under(struct seen_world *w)
{
	nothing(w);
	w->s.sts_under = SEEN_WORLD_FOUND(
	    w, "_mta_sts.example.com", DNSTYPE_TXT, SEEN_WORLD_TXT);
}

/* alias - the answer came by so many CNAMEs */
static void
alias(struct seen_world *w, unsigned links)
{
	static const char *const chain[] = { "a.provider.example",
		"b.provider.example", "c.provider.example",
		"d.provider.example" };

	w->s.sts->cnames = links;
	w->s.sts->chain = chain;
	w->s.sts->canonical = chain[links - 1];
	w->s.ns_count = 0;
}

static void
delegated(struct seen_world *w)
{
	alias(w, 1);
}

static void
delegated_far(struct seen_world *w)
{
	alias(w, 4);
}

static void
dangling(struct seen_world *w)
{
	answer(w, DNSFACT_NXDOMAIN);
	alias(w, 1);
}

static void
loop(struct seen_world *w)
{
	answer(w, DNSFACT_MALFORMED);
	w->s.sts->why = "the CNAME chain is too long, or a loop";
}

static void
malformed(struct seen_world *w)
{
	answer(w, DNSFACT_MALFORMED);
}

static void
ttl_long(struct seen_world *w)
{
	w->s.sts->ttl_s = 86401;
}

static void
ttl_short(struct seen_world *w)
{
	w->s.ns[0].sts->ttl_s = 5;
}

static void
ns_differs(struct seen_world *w)
{
	w->s.ns[1].sts =
	    SEEN_WORLD_FOUND(w, NAME, DNSTYPE_TXT, "v=STSv1; id=old;");
}

static void
ns_without(struct seen_world *w)
{
	w->s.ns[1].sts = seen_world_dns(w, NAME, DNSTYPE_TXT, DNSFACT_NXDOMAIN);
}

static void
ns_silent(struct seen_world *w)
{
	w->s.ns[1].sts = seen_world_dns(w, NAME, DNSTYPE_TXT, DNSFACT_TIMEOUT);
}

static void
ns_homeless(struct seen_world *w)
{
	w->s.ns[1].text[0] = '\0';
	w->s.ns[1].sts = NULL;
	w->s.ns[1].address =
	    seen_world_dns(w, "ns2.example.com", DNSTYPE_A, DNSFACT_NXDOMAIN);
}

/* Its address could not be looked up: that may be our resolver. */
static void
ns_unknown(struct seen_world *w)
{
	ns_homeless(w);
	w->s.ns[1].address =
	    seen_world_dns(w, "ns2.example.com", DNSTYPE_A, DNSFACT_TIMEOUT);
}

/* It has IPv6 alone, and this machine perhaps has none. */
static void
ns_v6(struct seen_world *w)
{
	ns_silent(w);
	strcpy(w->s.ns[1].text, "2001:db8::53");
}

static void
ns_v6_here(struct seen_world *w)
{
	ns_v6(w);
	strcpy(w->s.ns[0].text, "2001:db8::54");
}

static void
ns_deaf(struct seen_world *w)
{
	w->s.ns[0].sts = w->s.ns[1].sts = NULL;
}

static void
cached(struct seen_world *w)
{
	for (size_t i = 0; i < 2; i++)
		w->s.ns[i].sts =
		    SEEN_WORLD_FOUND(w, NAME, DNSTYPE_TXT, "v=STSv1; id=new;");
}

static void
cached_absence(struct seen_world *w)
{
	answer(w, DNSFACT_NXDOMAIN);
}

static void
ns_alias(struct seen_world *w)
{
	static const char *const chain[] = { "a.provider.example" };

	alias(w, 1);
	w->s.ns_count = 2;
	for (size_t i = 0; i < 2; i++) {
		w->s.ns[i].sts =
		    seen_world_dns(w, NAME, DNSTYPE_TXT, DNSFACT_NODATA);
		w->s.ns[i].sts->cnames = 1;
		w->s.ns[i].sts->chain = chain;
	}
}

static void
is_signed(struct seen_world *w)
{
	w->s.sts->secure = true;
}

static void
cannot_validate(struct seen_world *w)
{
	w->s.dnssec = false;
}

/* ours - the registry has the domain as it is */
static void
ours(struct seen_world *w)
{
	w->s.own.registered = true;
	strcpy(w->s.own.id, "20260101T000000");
	w->s.own.text = STR(SEEN_WORLD_POLICY);
	w->s.own.mode = MTASTS_MODE_ENFORCE;
}

static void
id_old(struct seen_world *w)
{
	ours(w);
	strcpy(w->s.own.id, "20260101T120000");
	w->s.own.id_was_ours = true;
}

static void
id_foreign(struct seen_world *w)
{
	ours(w);
	strcpy(w->s.own.id, "20260101T120000");
}

static void
ours_no_record(struct seen_world *w)
{
	ours(w);
	answer(w, DNSFACT_NXDOMAIN);
}

static void
text_old(struct seen_world *w)
{
	ours(w);
	seen_world_policy(w, "version: STSv1\nmode: none\nmax_age: 1\n");
	w->s.own.text_was_ours = true;
}

static void
text_foreign(struct seen_world *w)
{
	text_old(w);
	w->s.own.text_was_ours = false;
}

static void
both_old(struct seen_world *w)
{
	text_old(w);
	strcpy(w->s.own.id, "20260101T120000");
	w->s.own.id_was_ours = true;
}

static void
ours_no_file(struct seen_world *w)
{
	ours(w);
	seen_world_no_policy(w);
}

/* clang-format off */
static const struct judge_row rows[] = {
{ "all well", NULL, "D01", "pass", "", "v=STSv1; id=20260101T000000" },
{ "no name", nothing, "D01", "warn", "sts-missing", "does not exist" },
{ "no TXT", nodata, "D01", "warn", "sts-missing", "no record of this type" },
{ "policy alone", policy_alone, "D01", "fail", "sts-half", "half of" },
{ "host alone", host_alone, "D01", "warn", "sts-host-alone", "an address" },
{ "null MX", no_mail, "D01", "info", "sts-no-mail", "no mail" },
{ "DANE", dane, "D01", "info", "sts-missing-dane", "DANE protects" },
{ "half of DANE", dane_half, "D01", "warn", "sts-missing", "" },
{ "SPF alone", unrelated, "D01", "warn", "sts-missing", "other kinds" },
{ "SPF alone", unrelated, "D04", "warn", "sts-unrelated", "" },
{ "no name", nothing, "D03", "skip", "", "no MTA-STS record" },
{ "no name", nothing, "D11", "info", "sts-cached", "" },
{ "answered", NULL, "D02", "pass", "", "found, 1 TXT record" },
{ "no name", nothing, "D02", "pass", "", "nxdomain" },
{ "bogus", bogus, "D02", "fail", "sts-bogus", "everybody who checks" },
{ "bogus", bogus, "D01", "skip", "", "see D02" },
{ "bogus", bogus, "D07", "skip", "", "see D02" },
{ "SERVFAIL", servfail, "D02", "unknown", "", "gave no answer" },
{ "SERVFAIL", servfail, "D02", "unknown", "", "MX records were answered" },
{ "timeout", all_timeout, "D02", "unknown", "", "in time" },
{ "timeout", all_timeout, "D02", "unknown", "", "failed, too" },
{ "two", two, "D03", "fail", "sts-several", "2 records" },
{ "two", two, "D01", "pass", "", "" },
{ "SPF beside", beside, "D04", "warn", "sts-ignored", "" },
{ "case", wrong_case, "D06", "fail", "sts-version-case", "" },
{ "case", wrong_case, "D01", "pass", "", "" },
{ "no id", no_id, "D07", "fail", "sts-id-missing", "" },
{ "id", NULL, "D07", "pass", "", "id 20260101T000000" },
{ "field", bad_field, "D08", "fail", "sts-field-name", "" },
{ "quotes", quotes, "D09", "fail", "sts-quotes", "" },
{ "apex", apex, "D05", "fail", "sts-misplaced", "at example.com" },
{ "plain", plain, "D05", "fail", "sts-misplaced", "at mta-sts.example.com" },
{ "apex", apex, "D01", "skip", "", "see D05" },
{ "plain", plain, "D01", "skip", "", "see D05" },
{ "under", under, "D01", "skip", "", "see D05" },
{ "under", under, "D05", "fail", "sts-misplaced", "at _mta_sts.example" },
{ "no CNAME", NULL, "D10", "pass", "", "no CNAME" },
{ "CNAME", delegated, "D10", "pass", "", "leads to a.provider.example" },
{ "long way", delegated_far, "D10", "warn", "sts-cname-long", "4 CNAMEs" },
{ "dangling", dangling, "D01", "skip", "", "see D10" },
{ "dangling", dangling, "D10", "fail", "sts-cname-dangling",
	"there the name does not exist" },
{ "loop", loop, "D10", "fail", "sts-cname-loop", "or a loop" },
{ "malformed", malformed, "D10", "skip", "", "see D02" },
{ "agree", NULL, "D11", "pass", "", "2 name servers of example.com" },
{ "long TTL", ttl_long, "D11", "warn", "sts-ttl-long", "1 day (86401 s)" },
{ "short TTL", ttl_short, "D11", "info", "sts-ttl-short", "5 s only" },
{ "NS differs", ns_differs, "D11", "fail", "sts-ns-differs", "id=old;" },
{ "NS without", ns_without, "D11", "fail", "sts-ns-differs",
	"that there is none" },
{ "NS silent", ns_silent, "D11", "warn", "sts-ns-silent",
	"ns2.example.com [192.0.2.54]" },
{ "NS unknown", ns_unknown, "D11", "pass", "", "could not be looked up" },
{ "NS IPv6", ns_v6, "D11", "pass", "", "could not be asked over IPv6" },
{ "NS IPv6", ns_v6_here, "D11", "warn", "sts-ns-silent", "2001:db8::53" },
{ "NS homeless", ns_homeless, "D11", "warn", "sts-ns-no-address",
	"ns2.example.com" },
{ "NS deaf", ns_deaf, "D11", "skip", "", "from here" },
{ "cached", cached, "D11", "info", "sts-cached", "id=new;" },
{ "cached NXDOMAIN", cached_absence, "D11", "info", "sts-cached",
	"that there is none" },
{ "NS with CNAME", ns_alias, "D11", "pass", "", "2 name servers" },
{ "unsigned", NULL, "D12", "info", "sts-unsigned", "not signed" },
{ "signed", is_signed, "D12", "pass", "", "signed" },
{ "no DNSSEC", cannot_validate, "D12", "skip", "", "does not validate" },
{ "not ours", NULL, "D13", "skip", "", "registry here" },
{ "not ours", NULL, "D14", "skip", "", "registry here" },
{ "ours", ours, "D13", "pass", "", "id 20260101T000000" },
{ "ours", ours, "D14", "pass", "", "text of the registry" },
{ "old id", id_old, "D13", "fail", "sts-id-old", "earlier policy" },
{ "other id", id_foreign, "D13", "fail", "sts-id-foreign", "never gave" },
{ "no record", ours_no_record, "D13", "skip", "", "no valid record" },
{ "old text", text_old, "D14", "fail", "policy-text-old", "earlier text" },
{ "other text", text_foreign, "D14", "fail", "policy-text-foreign",
	"not the registry's" },
{ "both old", both_old, "D14", "pass", "", "earlier id" },
{ "no file", ours_no_file, "D14", "skip", "", "No policy file" },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(*rows))

/* test_rows - what each thing that is not well leads to */
static void
test_rows(void **state)
{
	judge_case_rows(rows, ROWS, judge_sts);
}

/* test_rules - every rule of the room has a row */
static void
test_rules(void **state)
{
	judge_case_rules(rows, ROWS, judge_sts_rules);
}

/* test_nothing - what was not looked at does not pass */
static void
test_nothing(void **state)
{
	judge_case_nothing("D", judge_sts);
}

/* test_places - the subject of a finding is the name server, the name */
static void
test_places(void **state)
{
	struct seen_world w;
	struct audit *a;

	seen_world_open(&w);
	ns_silent(&w);
	a = audit_new(w.s.domain, NULL, w.s.at);
	judge_sts(&w.s, a);
	assert_string_equal(seen_world_finding(a, "sts-ns-silent")->file,
	    "ns2.example.com [192.0.2.54]");
	audit_free(a);
	seen_world_close(&w);
}

/* test_flood - a thousand records leave room for all other checks */
static void
test_flood(void **state)
{
	const char **texts;
	struct seen_world w;
	struct audit *a;

	seen_world_open(&w);
	texts = seen_world_zalloc(&w, 1001, sizeof(*texts));
	for (size_t i = 0; i < 1000; i++)
		texts[i] = i % 2 == 0 ? "v=spf1 -all" : "v=stsv1; id=1";
	seen_world_sts(&w, seen_world_found(&w, NAME, DNSTYPE_TXT, texts));
	a = audit_new(w.s.domain, NULL, w.s.at);
	judge_sts(&w.s, a);
	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_int_equal(mtasts_diags_dropped(a->diags), 0);
	assert_true(mtasts_diags_count(a->diags) < 50);
	assert_int_equal(audit_get(a, "D06")->status, AUDIT_FAIL);
	audit_free(a);
	seen_world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
