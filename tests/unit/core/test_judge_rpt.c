/*
 * test_judge_rpt - T01 to T06: the report record and where it sends reports
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/judge_case.h"

#define NAME "_smtp._tls.example.com"

/* answer - what the name answers, instead */
static void
answer(struct seen_world *w, enum dnsfact_end end)
{
	seen_world_rpt(w, seen_world_dns(w, NAME, DNSTYPE_TXT, end));
	w->s.rua_count = 0;
}

static void
none(struct seen_world *w)
{
	answer(w, DNSFACT_NXDOMAIN);
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
two(struct seen_world *w)
{
	seen_world_rpt(w,
	    SEEN_WORLD_FOUND(
		w, NAME, DNSTYPE_TXT, SEEN_WORLD_RPT, SEEN_WORLD_RPT));
	w->s.rua_count = 0;
}

static void
no_scheme(struct seen_world *w)
{
	seen_world_rpt(w,
	    SEEN_WORLD_FOUND(
		w, NAME, DNSTYPE_TXT, "v=TLSRPTv1; rua=a@reports.example"));
	w->s.rua_count = 0;
}

/* no_policy - nothing that could be enforced */
static void
no_policy(struct seen_world *w)
{
	none(w);
	seen_world_no_policy(w);
}

static void
no_policy_dane(struct seen_world *w)
{
	no_policy(w);
	for (size_t i = 0; i < w->s.mx_count; i++) {
		w->mx[i].dane.result.dane = DANE_USABLE;
		w->mx[i].dane.result.usable = 1;
		w->mx[i].addr_count = 0;
	}
}

static void
mode_none(struct seen_world *w)
{
	none(w);
	seen_world_policy(w, "version: STSv1\nmode: none\nmax_age: 86400\n");
}

static void
old_name(struct seen_world *w)
{
	w->s.rpt_old = SEEN_WORLD_FOUND(
	    w, "_smtp-tlsrpt.example.com", DNSTYPE_TXT, SEEN_WORLD_RPT);
}

static void
apex(struct seen_world *w)
{
	w->s.sts_apex = SEEN_WORLD_FOUND(
	    w, "example.com", DNSTYPE_TXT, "v=spf1 -all", SEEN_WORLD_RPT);
}

/* https - the address for reports is a URL, and all is well with it */
static struct seen_rua *
https(struct seen_world *w)
{
	struct seen_rua *rua = &w->s.rua[0];

	seen_world_rpt(w,
	    SEEN_WORLD_FOUND(w, NAME, DNSTYPE_TXT,
		"v=TLSRPTv1; rua=https://reports.example/tls;"));
	*rua = (struct seen_rua){ .uri = "https://reports.example/tls",
		.https = true };
	strcpy(rua->host, "reports.example");
	strcpy(rua->text, "192.0.2.99");
	rua->a = SEEN_WORLD_FOUND(w, rua->host, DNSTYPE_A, rua->text);
	rua->aaaa = seen_world_dns(w, rua->host, DNSTYPE_AAAA, DNSFACT_NODATA);
	rua->tls = seen_world_probe(
	    w, rua->text, seen_world_tls(w, "reports.example"));
	return rua;
}

static void
https_fine(struct seen_world *w)
{
	https(w);
}

/* no_address - the host's lookups end so, and nobody was connected to */
static void
no_address(struct seen_world *w, enum dnsfact_end end)
{
	struct seen_rua *rua = https(w);

	rua->tls = NULL;
	rua->a = seen_world_dns(w, rua->host, DNSTYPE_A, end);
	rua->aaaa = seen_world_dns(w, rua->host, DNSTYPE_AAAA, end);
}

static void
https_gone(struct seen_world *w)
{
	no_address(w, DNSFACT_NXDOMAIN);
}

static void
https_bogus(struct seen_world *w)
{
	no_address(w, DNSFACT_BOGUS);
}

static void
https_lost(struct seen_world *w)
{
	no_address(w, DNSFACT_TIMEOUT);
}

static void
https_refused(struct seen_world *w)
{
	struct seen_rua *rua = https(w);

	rua->tls->tls = NULL;
	rua->tls->end = PROBEFACT_REFUSED;
	rua->tls->why = "the connection was refused";
}

static void
https_ours(struct seen_world *w)
{
	https_refused(w);
	w->s.rua[0].tls->end = PROBEFACT_OURS;
}

static void
https_unasked(struct seen_world *w)
{
	https(w)->tls = NULL;
}

static void
https_expired(struct seen_world *w)
{
	struct seen_rua *rua = https(w);

	rua->tls->tls->trust = TLSFACT_EXPIRED;
	rua->tls->tls->why = "the certificate has expired";
}

static void
https_name(struct seen_world *w)
{
	https(w)->tls->tls->names_host = false;
}

/* mail - the MX lookup of the mail domain ends so, A and AAAA too */
static void
mail(struct seen_world *w, enum dnsfact_end mx, enum dnsfact_end address)
{
	struct seen_rua *rua = &w->s.rua[0];

	rua->mx = seen_world_dns(w, rua->host, DNSTYPE_MX, mx);
	rua->a = seen_world_dns(w, rua->host, DNSTYPE_A, address);
	rua->aaaa = seen_world_dns(w, rua->host, DNSTYPE_AAAA, address);
}

static void
mail_gone(struct seen_world *w)
{
	mail(w, DNSFACT_NXDOMAIN, DNSFACT_NXDOMAIN);
}

static void
mail_implicit(struct seen_world *w)
{
	mail(w, DNSFACT_NODATA, DNSFACT_NODATA);
	w->s.rua[0].a =
	    SEEN_WORLD_FOUND(w, "reports.example", DNSTYPE_A, "192.0.2.99");
}

static void
mail_bogus(struct seen_world *w)
{
	mail(w, DNSFACT_BOGUS, DNSFACT_BOGUS);
}

static void
mail_lost(struct seen_world *w)
{
	mail(w, DNSFACT_SERVFAIL, DNSFACT_SERVFAIL);
}

static void
mail_address_lost(struct seen_world *w)
{
	mail(w, DNSFACT_NODATA, DNSFACT_TIMEOUT);
}

static void
mail_null(struct seen_world *w)
{
	w->s.rua[0].mx = SEEN_WORLD_FOUND(w, "reports.example", DNSTYPE_MX, "");
}

static void
mail_same(struct seen_world *w)
{
	strcpy(w->s.rua[0].host, "example.com");
}

static void
mail_below(struct seen_world *w)
{
	strcpy(w->s.rua[0].host, "tls.example.com");
}

static void
https_below(struct seen_world *w)
{
	strcpy(https(w)->host, "tls.example.com");
}

static void
mail_beside(struct seen_world *w)
{
	strcpy(w->s.rua[0].host, "anexample.com");
}

static void
mail_same_testing(struct seen_world *w)
{
	mail_same(w);
	seen_world_policy(w,
	    "version: STSv1\nmode: testing\nmax_age: 86400\n"
	    "mx: mx1.example.com\n");
}

static void
mail_same_and_other(struct seen_world *w)
{
	w->s.rua[1] = w->s.rua[0];
	w->s.rua_count = 2;
	mail_same(w);
}

/* clang-format off */
static const struct judge_row rows[] = {
{ "all well", NULL, "T01", "pass", "", "v=TLSRPTv1" },
{ "all well", NULL, "T02", "pass", "", "mailto:tls@reports.example" },
{ "all well", NULL, "T03", "skip", "", "by HTTPS" },
{ "all well", NULL, "T04", "pass", "", "1 mail server" },
{ "all well", NULL, "T05", "pass", "", "" },
{ "all well", NULL, "T06", "pass", "", "" },
{ "none", none, "T01", "info", "tlsrpt-absent", "" },
{ "none", none, "T02", "skip", "", "no TLSRPT record" },
{ "none", none, "T04", "skip", "", "no valid TLSRPT" },
{ "none", none, "T06", "warn", "no-reports", "mode enforce" },
{ "none, no policy", no_policy, "T06", "skip", "", "neither" },
{ "none, DANE", no_policy_dane, "T06", "info", "no-reports-dane", "" },
{ "none, mode none", mode_none, "T06", "skip", "", "neither" },
{ "bogus", bogus, "T01", "fail", "tlsrpt-bogus", "checks DNSSEC" },
{ "bogus", bogus, "T06", "skip", "", "lookup" },
{ "SERVFAIL", servfail, "T01", "unknown", "", "no answer" },
{ "SERVFAIL", servfail, "T02", "skip", "", "see T01" },
{ "two", two, "T01", "fail", "tlsrpt-several", "" },
{ "two", two, "T06", "warn", "no-reports", "" },
{ "no scheme", no_scheme, "T02", "fail", "tlsrpt-rua-no-scheme", "" },
{ "old name", old_name, "T05", "warn", "tlsrpt-old-name",
	"_smtp-tlsrpt.example.com" },
{ "apex", apex, "T05", "warn", "tlsrpt-apex", "example.com itself" },
{ "https", https_fine, "T03", "pass", "", "no report was sent" },
{ "https", https_fine, "T03", "pass", "", "until 2026-03-02" },
{ "https", https_fine, "T04", "skip", "", "by mail" },
{ "https gone", https_gone, "T03", "warn", "rua-no-address", "not exist" },
{ "https bogus", https_bogus, "T03", "warn", "rua-host-bogus", "" },
{ "https lost", https_lost, "T03", "unknown", "", "in time" },
{ "https refused", https_refused, "T03", "warn", "rua-no-tls", "refused" },
{ "https ours", https_ours, "T03", "unknown", "", "could not be looked at" },
{ "https unasked", https_unasked, "T03", "skip", "", "not connected to" },
{ "https expired", https_expired, "T03", "warn", "rua-cert", "expired" },
{ "https name", https_name, "T03", "warn", "rua-cert", "another name" },
{ "mail gone", mail_gone, "T04", "fail", "rua-no-mail-server", "" },
{ "mail implicit", mail_implicit, "T04", "pass", "", "its own mail server" },
{ "mail bogus", mail_bogus, "T04", "warn", "rua-mail-bogus", "" },
{ "mail lost", mail_lost, "T04", "unknown", "", "" },
{ "mail address lost", mail_address_lost, "T04", "unknown", "", "" },
{ "null MX", mail_null, "T04", "fail", "rua-null-mx", "no mail" },
{ "same", mail_same, "T04", "info", "rua-same-policy", "" },
{ "below", mail_below, "T04", "info", "rua-same-policy", "" },
{ "below, HTTPS", https_below, "T04", "skip", "", "" },
{ "beside", mail_beside, "T04", "pass", "", "" },
{ "same, testing", mail_same_testing, "T04", "pass", "", "" },
{ "same and other", mail_same_and_other, "T04", "pass", "", "" },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(*rows))

/* test_rows - what each thing that is not well leads to */
static void
test_rows(void **state)
{
	judge_case_rows(rows, ROWS, judge_rpt);
}

/* test_rules - every rule of the room has a row */
static void
test_rules(void **state)
{
	judge_case_rules(rows, ROWS, judge_rpt_rules);
}

/* test_nothing - what was not looked at does not pass */
static void
test_nothing(void **state)
{
	judge_case_nothing("T", judge_rpt);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
