/*
 * test_judge_own - O01, O02, O04, O05, O07: what stands around a policy
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/judge_int.h"
#include "support/judge_case.h"

/* policy - another policy of this mode and max_age */
static void
policy(struct seen_world *w, const char *mode, const char *max_age)
{
	char text[200];

	snprintf(text, sizeof(text),
	    "version: STSv1\nmode: %s\nmx: mx1.example.com\nmax_age: %s\n",
	    mode, max_age);
	seen_world_policy(w, text);
}

static void
no_policy(struct seen_world *w)
{
	seen_world_no_policy(w);
}

static void
no_record(struct seen_world *w)
{
	w->s.rec_verdict = MTASTS_VERDICT_NONE;
}

/* testing - mode testing, under this id */
static void
testing(struct seen_world *w, const char *id)
{
	policy(w, "testing", "604800");
	snprintf(w->s.rec.id, sizeof(w->s.rec.id), "%s", id);
}

static void
testing_fresh(struct seen_world *w)
{
	testing(w, "20251215T120000");
}

static void
testing_long(struct seen_world *w)
{
	testing(w, "20250601120000Z");
}

static void
testing_day(struct seen_world *w)
{
	testing(w, "2025060101");
}

static void
testing_counter(struct seen_world *w)
{
	testing(w, "17");
}

static void
testing_stamp(struct seen_world *w)
{
	testing(w, "1735689600");
}

static void
testing_future(struct seen_world *w)
{
	testing(w, "20270101");
}

static void
testing_ours(struct seen_world *w)
{
	testing(w, "20250601");
	w->s.own.registered = true;
	w->s.own.mode_since_at = SEEN_WORLD_AT - 10 * SEEN_WORLD_DAY;
}

static void
testing_ours_long(struct seen_world *w)
{
	testing_ours(w);
	w->s.own.mode_since_at = SEEN_WORLD_AT - 29 * SEEN_WORLD_DAY;
}

static void
testing_ours_unknown(struct seen_world *w)
{
	testing_ours(w);
	w->s.own.mode_since_at = 0;
}

static void
testing_reported(struct seen_world *w)
{
	testing_fresh(w);
}

static void
testing_unreported(struct seen_world *w)
{
	testing_fresh(w);
	seen_world_rpt(w,
	    seen_world_dns(
		w, "_smtp._tls.example.com", DNSTYPE_TXT, DNSFACT_NXDOMAIN));
}

static void
mode_none(struct seen_world *w)
{
	seen_world_policy(w, "version: STSv1\nmode: none\nmax_age: 86400\n");
}

static void
removal(struct seen_world *w)
{
	mode_none(w);
	w->s.own.registered = true;
	w->s.own.remove_after_at = SEEN_WORLD_AT + 10 * SEEN_WORLD_DAY;
}

static void
removal_done(struct seen_world *w)
{
	removal(w);
	w->s.own.remove_after_at = SEEN_WORLD_AT - SEEN_WORLD_DAY;
}

/* issuer - who issued the policy host's certificate */
static void
issuer(struct seen_world *w, const char *org)
{
	struct certfact *cert =
	    (struct certfact *)(uintptr_t)w->s.addr[0].got->tls->cert;

	cert->issuer_org = seen_world_dup(w, org);
}

/* caa - these records stand at the i-th name */
static void
caa(struct seen_world *w, size_t i, const char *const *records)
{
	w->s.caa[i].fact =
	    seen_world_found(w, w->s.caa[i].name, DNSTYPE_CAA, records);
}

#define CAA(w, i, ...) caa(w, i, (const char *const[]){ __VA_ARGS__, NULL })

static void
caa_fits(struct seen_world *w)
{
	issuer(w, "Let's Encrypt");
	CAA(w, 1, "0 issue digicert.com",
	    "0 issue LetsEncrypt.org; accounturi=https://x.example/1");
}

static void
caa_other(struct seen_world *w)
{
	issuer(w, "Let's Encrypt");
	CAA(w, 1, "0 issue digicert.com");
}

static void
caa_near(struct seen_world *w)
{
	caa_other(w);
	CAA(w, 0, "0 issue letsencrypt.org");
}

static void
caa_forbids(struct seen_world *w)
{
	CAA(w, 1, "0 issue ;");
}

static void
caa_words(struct seen_world *w)
{
	CAA(w, 1, "0 issue lab.test");
}

static void
caa_unknown(struct seen_world *w)
{
	issuer(w, "Some Trust Services Ltd");
	CAA(w, 1, "0 issue services.example");
}

static void
caa_iodef(struct seen_world *w)
{
	CAA(w, 1, "0 iodef mailto:a@example.com");
}

static void
caa_critical(struct seen_world *w)
{
	CAA(w, 1, "0 issue lab.test", "128 tbs unknown");
}

static void
caa_critical_known(struct seen_world *w)
{
	CAA(w, 1, "128 issue lab.test", "0 tbs unknown");
}

static void
caa_wild(struct seen_world *w)
{
	w->s.addr[0].got->tls = seen_world_tls(w, "*.example.com");
	CAA(w, 1, "0 issue lab.test", "0 issuewild ;");
}

static void
caa_not_wild(struct seen_world *w)
{
	CAA(w, 1, "0 issue lab.test", "0 issuewild ;");
}

static void
caa_bogus(struct seen_world *w)
{
	w->s.caa[0].fact = seen_world_dns(
	    w, "mta-sts.example.com", DNSTYPE_CAA, DNSFACT_BOGUS);
}

static void
caa_lost(struct seen_world *w)
{
	w->s.caa[1].fact =
	    seen_world_dns(w, "example.com", DNSTYPE_CAA, DNSFACT_TIMEOUT);
}

static void
caa_empty(struct seen_world *w)
{
	static const struct dnsfact_record hostile = { .caa = { { NULL, 0 },
							   { NULL, 0 }, 255 } };

	CAA(w, 1, "0 issue lab.test");
	w->s.caa[1].fact->records = &hostile;
}

static void
caa_unasked(struct seen_world *w)
{
	w->s.caa_count = 0;
}

static void
no_cert(struct seen_world *w)
{
	w->s.addr[0].got->tls = NULL;
}

/* sub - a name below the domain that gets mail; its record, or null */
static void
sub(struct seen_world *w, const char *name, const char *txt)
{
	struct seen_sub *s = &w->s.sub[w->s.sub_count++];

	strcpy(s->name, name);
	s->mx = SEEN_WORLD_FOUND(w, name, DNSTYPE_MX, "mx1.example.com");
	s->sts = txt != NULL
	    ? SEEN_WORLD_FOUND(w, name, DNSTYPE_TXT, txt)
	    : seen_world_dns(w, name, DNSTYPE_TXT, DNSFACT_NXDOMAIN);
}

static void
sub_without(struct seen_world *w)
{
	sub(w, "www.example.com", NULL);
}

static void
sub_with(struct seen_world *w)
{
	sub(w, "lists.example.com", SEEN_WORLD_TXT);
}

static void
sub_wild(struct seen_world *w)
{
	sub(w, "x8q2.example.com", NULL);
	w->s.sub[0].wildcard = true;
}

static void
sub_no_mail(struct seen_world *w)
{
	sub(w, "www.example.com", NULL);
	w->s.sub[0].mx =
	    seen_world_dns(w, "www.example.com", DNSTYPE_MX, DNSFACT_NODATA);
}

static void
sub_null_mx(struct seen_world *w)
{
	sub(w, "www.example.com", NULL);
	w->s.sub[0].mx = SEEN_WORLD_FOUND(w, "www.example.com", DNSTYPE_MX, "");
}

static void
short_age(struct seen_world *w)
{
	policy(w, "enforce", "3600");
}

static void
lenient(struct seen_world *w)
{
	seen_world_policy(w, "\n" SEEN_WORLD_POLICY);
}

/* ready - in testing, with both hosts in the policy */
static void
ready(struct seen_world *w)
{
	seen_world_policy(w,
	    "version: STSv1\nmode: testing\nmx: *.example.com\n"
	    "max_age: 604800\n");
}

static void
not_ready(struct seen_world *w)
{
	testing_fresh(w);
	w->s.mxs[1].addr[0].probe->tls->names_host = false;
}

static void
ready_unseen(struct seen_world *w)
{
	ready(w);
	w->s.mxs[1].addr[0].probe->end = PROBEFACT_BUSY;
	w->s.mxs[1].addr[0].probe->why = "it says 421";
}

static void
ready_no_smtp(struct seen_world *w)
{
	ready(w);
	w->s.no_smtp = true;
}

/* cert_days - the second MX host's certificate, by days around now */
static void
cert_days(struct seen_world *w, int before, int after)
{
	struct tlsfact *tls = w->s.mxs[1].addr[0].probe->tls;
	struct certfact *cert = seen_world_zalloc(w, 1, sizeof(*cert));

	*cert = tls->cert[0];
	cert->not_before_at = w->s.at - before * SEEN_WORLD_DAY;
	cert->not_after_at = w->s.at + after * SEEN_WORLD_DAY;
	tls->cert = cert;
}

static void
late(struct seen_world *w)
{
	cert_days(w, 64, 26);
}

static void
in_time(struct seen_world *w)
{
	cert_days(w, 62, 28);
}

static void
late_year(struct seen_world *w)
{
	cert_days(w, 340, 26);
}

static void
expired(struct seen_world *w)
{
	cert_days(w, 91, -1);
}

/* judge_own_live - after the facts that it stands on */
static void
judge_own_live(const struct seen *s, struct audit *a)
{
	judge_live(s, a);
	judge_own(s, a);
}

/* clang-format off */
static const struct judge_row rows[] = {
{ "enforce", NULL, "O01", "pass", "", "mode enforce" },
{ "no policy", no_policy, "O01", "skip", "", "no policy" },
{ "no record", no_record, "O07", "skip", "", "no policy" },
{ "testing", testing_fresh, "O01", "pass", "", "since 2025-12-15" },
{ "testing long", testing_long, "O01", "warn", "testing-long",
	"2025-06-01 (213 days), by its id" },
{ "testing, a day", testing_day, "O01", "warn", "testing-long", "2025-06-01" },
{ "testing, counter", testing_counter, "O01", "skip", "", "not known" },
{ "testing, seconds", testing_stamp, "O01", "skip", "", "not known" },
{ "testing, future", testing_future, "O01", "skip", "", "not known" },
{ "testing, ours", testing_ours, "O01", "pass", "", "since 2025-12-22" },
{ "testing, ours", testing_ours_long, "O01", "warn", "testing-long",
	"29 days" },
{ "testing, ours", testing_ours_unknown, "O01", "skip", "", "not known" },
{ "enforce", NULL, "O02", "pass", "", "not being removed" },
{ "none", mode_none, "O02", "info", "mode-none", "a year at most" },
{ "removal", removal, "O02", "info", "removal", "until 2026-01-11" },
{ "removal done", removal_done, "O02", "info", "removal-done", "2025-12-31" },
{ "enforce", NULL, "O03", "skip", "", "no policy in mode testing" },
{ "ready", ready, "O03", "pass", "", "may be enforced" },
{ "unmatched", testing_fresh, "O03", "info", "not-ready",
	"mx2.example.com fits no mx" },
{ "not ready, twice", not_ready, "O03", "info", "not-ready", "1 more" },
{ "not seen", ready_unseen, "O03", "unknown", "", "could not be found out" },
{ "no SMTP", ready_no_smtp, "O03", "skip", "", "connected to" },
{ "renewed", NULL, "O06", "pass", "", "3 of 3" },
{ "late", late, "O06", "warn", "renewal-late", "26 days left of its 90" },
{ "just in time", in_time, "O06", "pass", "", "3 of 3" },
{ "by hand, for a year", late_year, "O06", "pass", "", "" },
{ "expired", expired, "O06", "pass", "", "" },
{ "no CAA", NULL, "O04", "pass", "", "any authority" },
{ "CAA fits", caa_fits, "O04", "pass", "", "allow Let's Encrypt" },
{ "CAA other", caa_other, "O04", "warn", "caa-other",
	"name digicert.com and not Let's Encrypt" },
{ "CAA nearer", caa_near, "O04", "pass", "", "mta-sts.example.com allow" },
{ "CAA forbids", caa_forbids, "O04", "warn", "caa-forbids", "every" },
{ "CAA by words", caa_words, "O04", "pass", "", "allow Lab" },
{ "CAA unknown", caa_unknown, "O04", "info", "caa-unknown",
	"services.example" },
{ "CAA iodef", caa_iodef, "O04", "pass", "", "allow Lab" },
{ "CAA critical", caa_critical, "O04", "warn", "caa-critical", "tbs" },
{ "CAA critical", caa_critical_known, "O04", "pass", "", "" },
{ "CAA wild", caa_wild, "O04", "warn", "caa-forbids", "" },
{ "CAA not wild", caa_not_wild, "O04", "pass", "", "" },
{ "CAA bogus", caa_bogus, "O04", "warn", "caa-bogus", "" },
{ "CAA lost", caa_lost, "O04", "unknown", "", "in time" },
{ "CAA hostile", caa_empty, "O04", "warn", "caa-critical", "" },
{ "CAA unasked", caa_unasked, "O04", "skip", "", "not looked up" },
{ "no certificate", no_cert, "O04", "skip", "", "No certificate" },
{ "no names", NULL, "O05", "skip", "", "No name below" },
{ "name without", sub_without, "O05", "info", "sub-no-policy",
	"www.example.com" },
{ "name with", sub_with, "O05", "pass", "", "lists.example.com" },
{ "wildcard", sub_wild, "O05", "info", "sub-wildcard", "by a wildcard" },
{ "no mail", sub_no_mail, "O05", "pass", "", "no name with MX" },
{ "null MX", sub_null_mx, "O05", "pass", "", "no name with MX" },
{ "enforce", NULL, "O07", "pass", "", "for 30 days" },
{ "short", short_age, "O07", "info", "senders-short", "3600 s (1 hour)" },
{ "lenient", lenient, "O07", "info", "senders-differ", "strict ones" },
{ "testing", testing_reported, "O07", "info", "senders-testing",
	"in their reports" },
{ "testing", testing_unreported, "O07", "info", "senders-testing", "nobody" },
{ "none", mode_none, "O07", "info", "senders-none", "" },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(*rows))

/* test_rows - what each thing that is not well leads to */
static void
test_rows(void **state)
{
	judge_case_rows(rows, ROWS, judge_own_live);
}

/* test_rules - every rule of the room has a row */
static void
test_rules(void **state)
{
	judge_case_rules(rows, ROWS, judge_own_rules);
}

/* test_nothing - what was not looked at does not pass */
static void
test_nothing(void **state)
{
	judge_case_nothing("O", judge_own);
}

/* test_authorities - issuers as certificates name them, and CAA domains */
static void
test_authorities(void **state)
{
	static const struct {
		const char *org, *domain;
		bool fits;
	} cases[] = {
		{ "Let's Encrypt", "letsencrypt.org", true },
		{ "DigiCert Inc", "digicert.com", true },
		{ "DigiCert, Inc.", "www.digicert.com", true },
		{ "Sectigo Limited", "comodoca.com", true },
		{ "GlobalSign nv-sa", "globalsign.com", true },
		{ "Google Trust Services", "pki.goog", true },
		{ "Google Trust Services LLC", "google.com", true },
		{ "ZeroSSL", "sectigo.com", true },
		{ "Buypass AS-983163327", "buypass.com", true },
		{ "Actalis S.p.A.", "actalis.it", true },
		{ "Amazon", "amazontrust.com", true },
		{ "SSL Corporation", "ssl.com", true },
		{ "Unizeto Technologies S.A.", "certum.pl", true },
		{ "Asseco Data Systems S.A.", "certum.eu", true },
		{ "Hellenic Academic and Research Institutions CA", "harica.gr",
		    true },
		{ "Entrust, Inc.", "entrust.net", true },
		{ "GoDaddy.com, Inc.", "godaddy.com", true },
		{ "Let's Encrypt", "letsencrypt.org.evil.example", false },
		{ "DigiCert Inc", "letsencrypt.org", false },
		{ "The Trust Company", "trust.example", false },
		{ "Lab", "lab.test", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct audit_check *c;
		struct seen_world w;
		struct audit *a;
		char text[200];

		seen_world_open(&w);
		issuer(&w, cases[i].org);
		snprintf(text, sizeof(text), "0 issue %s", cases[i].domain);
		CAA(&w, 2, text);
		a = audit_new(w.s.domain, NULL, w.s.at);
		judge_own(&w.s, a);
		assert_int_equal(audit_end(a), MTASTS_OK);
		c = audit_get(a, "O04");
		if ((c->status == AUDIT_PASS) != cases[i].fits)
			fail_msg("%s, %s: %s", cases[i].org, cases[i].domain,
			    c->message);
		audit_free(a);
		seen_world_close(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_authorities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
