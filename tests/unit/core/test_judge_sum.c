/*
 * test_judge_sum - what senders do now, and the one thing to do next
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/seen_tls.h"

#define TESTING                                            \
	"version: STSv1\nmode: testing\nmax_age: 604800\n" \
	"mx: mx1.example.com\nmx: mx2.example.com\n"
#define NONE "version: STSv1\nmode: none\nmax_age: 604800\n"

/* sts - what _mta-sts answers, instead */
static void
sts(struct seen_world *w, enum dnsfact_end end)
{
	seen_world_sts(
	    w, seen_world_dns(w, "_mta-sts.example.com", DNSTYPE_TXT, end));
	for (size_t i = 0; i < w->s.ns_count; i++)
		w->s.ns[i].sts =
		    seen_world_dns(w, "_mta-sts.example.com", DNSTYPE_TXT, end);
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
no_mta_sts(struct seen_world *w)
{
	sts(w, DNSFACT_NXDOMAIN);
	no_host(w);
}

static void
no_record(struct seen_world *w)
{
	sts(w, DNSFACT_NXDOMAIN);
}

static void
bad_record(struct seen_world *w)
{
	struct dnsfact *fact = SEEN_WORLD_FOUND(
	    w, "_mta-sts.example.com", DNSTYPE_TXT, "v=STSv1;");

	seen_world_sts(w, fact);
	for (size_t i = 0; i < w->s.ns_count; i++)
		w->s.ns[i].sts = fact;
}

static void
record_unknown(struct seen_world *w)
{
	sts(w, DNSFACT_TIMEOUT);
}

static void
host_expired(struct seen_world *w)
{
	struct tlsfact *tls = w->s.addr[0].got->tls;

	tls->trust = TLSFACT_EXPIRED;
	tls->why = "expired";
	((struct certfact *)tls->cert)->not_after_at = SEEN_WORLD_AT - 1;
	mtasts_policy_free(w->s.policy);
	w->s.policy = NULL;
}

static void
host_ours(struct seen_world *w)
{
	seen_world_no_policy(w);
	w->s.addr[0].got->end = FETCHFACT_OURS;
	w->s.addr[0].got->why = "memory is short";
	w->s.addr[0].got->tls = NULL;
	w->s.best = NULL;
}

static void
host_unknown(struct seen_world *w)
{
	no_host(w);
	w->s.host_a->end = DNSFACT_SERVFAIL;
	w->s.host_a->why = "servfail";
}

static void
testing(struct seen_world *w)
{
	seen_world_policy(w, TESTING);
}

static void
mode_none(struct seen_world *w)
{
	seen_world_policy(w, NONE);
}

static void
unlisted(struct seen_world *w)
{
	seen_world_mx(w, "mx3.example.com", "192.0.2.27");
}

static void
none_listed(struct seen_world *w)
{
	strcpy(w->mx[0].name, "mx8.example.com");
	strcpy(w->mx[1].name, "mx9.example.com");
}

static void
one_dead(struct seen_world *w)
{
	seen_tls_end(w, 1, 0, PROBEFACT_TIMEOUT, "no connection within 10s");
}

static void
all_self_signed(struct seen_world *w)
{
	for (size_t i = 0; i < 2; i++)
		seen_tls_probe(w, i, 0)->tls->trust = TLSFACT_SELF_SIGNED;
}

/* No IPv6 here, and what IPv4 shows does not pass. */
static void
no_v6_here(struct seen_world *w)
{
	all_self_signed(w);
	for (size_t i = 0; i < 2; i++) {
		seen_world_mx_addr(w, &w->mx[i], "2001:db8::25");
		seen_tls_end(
		    w, i, 1, PROBEFACT_OURS, "this machine has no IPv6");
	}
}

static void
blocked(struct seen_world *w)
{
	seen_tls_all(w, PROBEFACT_TIMEOUT, "no connection within 10s");
}

static void
busy(struct seen_world *w)
{
	seen_tls_all(w, PROBEFACT_BUSY, "421 later");
}

static void
no_smtp(struct seen_world *w)
{
	w->s.no_smtp = true;
	for (size_t i = 0; i < 2; i++)
		w->mx[i].addr[0].probe = w->mx[i].no_sni = w->mx[i].old_tls =
		    NULL;
}

static void
no_smtp_testing(struct seen_world *w)
{
	no_smtp(w);
	testing(w);
}

static void
one_host(struct seen_world *w)
{
	w->s.mx_count = 1;
}

static void
null_mx(struct seen_world *w)
{
	w->s.null_mx = true;
	w->s.mx_count = 0;
}

static void
mx_unknown(struct seen_world *w)
{
	w->s.mx =
	    seen_world_dns(w, "example.com", DNSTYPE_MX, DNSFACT_SERVFAIL);
	w->s.mx_count = 0;
}

static void
mx_bogus(struct seen_world *w)
{
	mx_unknown(w);
	w->s.mx->end = DNSFACT_BOGUS;
}

static void
address_unknown(struct seen_world *w)
{
	for (size_t i = 0; i < 2; i++) {
		w->mx[i].a = seen_world_dns(
		    w, w->mx[i].name, DNSTYPE_A, DNSFACT_SERVFAIL);
		w->mx[i].addr_count = 0;
	}
}

static void
slow(struct seen_world *w)
{
	w->s.addr[0].got->took_ms = 6000;
}

static void
no_dnssec(struct seen_world *w)
{
	w->s.dnssec = false;
}

static void
signed_without(struct seen_world *w)
{
	w->s.mx->secure = true;
}

static void
dane_some(struct seen_world *w)
{
	seen_tls_tlsa(w, 0, "a");
}

static void
dane_one_bad(struct seen_world *w)
{
	seen_tls_dane(w);
	seen_tls_tlsa(w, 1, "b");
}

static void
dane_bad(struct seen_world *w)
{
	seen_tls_tlsa(w, 0, "b");
	seen_tls_tlsa(w, 1, "b");
}

static void
dane_bad_testing(struct seen_world *w)
{
	dane_bad(w);
	testing(w);
}

static void
dane_blocked(struct seen_world *w)
{
	seen_tls_dane(w);
	blocked(w);
}

static void
dane_open(struct seen_world *w)
{
	seen_tls_dane(w);
	for (size_t i = 0; i < 2; i++) {
		w->mx[i].dane.result.dane = DANE_ERROR;
		w->mx[i].dane.result.address_secure = false;
		strcpy(w->mx[i].dane.result.why, "no answer");
	}
}

static void
dane_gone(struct seen_world *w)
{
	seen_tls_dane(w);
	w->mx[1].dane.result.dane = DANE_GONE;
}

static const struct row {
	const char *name;
	void (*spoil)(struct seen_world *w);
	enum audit_outlook sender, dane;
	const char *sender_text, *dane_text, *next; /* parts */
} rows[] = {
	{ "all is well", NULL, AUDIT_DELIVER_TLS, AUDIT_DELIVER_ANY,
	    "any of the 2 MX hosts", "not signed with DNSSEC",
	    "Nothing to mend." },
	{ "no MTA-STS", no_mta_sts, AUDIT_DELIVER_ANY, AUDIT_DELIVER_ANY,
	    "has no valid MTA-STS record", "", "" },
	{ "no record", no_record, AUDIT_DELIVER_ANY, AUDIT_DELIVER_ANY,
	    "has no valid MTA-STS record", "", "_mta-sts" },
	{ "bad record", bad_record, AUDIT_DELIVER_ANY, AUDIT_DELIVER_ANY,
	    "does not count", "", "There is no field id. Add" },
	{ "record unknown", record_unknown, AUDIT_UNKNOWN, AUDIT_DELIVER_ANY,
	    "could not be looked up", "", "" },
	{ "no host", no_host, AUDIT_DELIVER_ANY, AUDIT_DELIVER_ANY,
	    "senders get no policy that counts", "",
	    "There is no host mta-sts.example.com in DNS (NXDOMAIN). Give the "
	    "policy host an address in DNS." },
	{ "expired", host_expired, AUDIT_DELIVER_ANY, AUDIT_DELIVER_ANY,
	    "serves a policy, but not in a way that senders accept", "",
	    "mta-sts.example.com [192.0.2.80]: The certificate expired on "
	    "2025-12-31. Renew the certificate" },
	{ "ours", host_ours, AUDIT_UNKNOWN, AUDIT_DELIVER_ANY,
	    "could not be fetched from here", "", "from this machine" },
	{ "host unknown", host_unknown, AUDIT_UNKNOWN, AUDIT_DELIVER_ANY,
	    "could not be fetched from here", "", "Look again later" },
	{ "testing", testing, AUDIT_DELIVER_ANY, AUDIT_DELIVER_ANY,
	    "mode testing", "", "Go to enforce" },
	{ "none", mode_none, AUDIT_DELIVER_ANY, AUDIT_DELIVER_ANY, "mode none",
	    "", "" },
	{ "unlisted", unlisted, AUDIT_DELIVER_TLS, AUDIT_DELIVER_ANY,
	    "only to 2 of 3 MX hosts", "",
	    "The MX host mx3.example.com fits no mx line of the policy, so "
	    "senders deliver no mail to it. Add the line \"mx: "
	    "mx3.example.com\" to the policy" },
	{ "none listed", none_listed, AUDIT_DEFER, AUDIT_DELIVER_ANY,
	    "Mail waits", "", "mx8.example.com" },
	{ "one dead", one_dead, AUDIT_DELIVER_TLS, AUDIT_DELIVER_ANY,
	    "only to 1 of 2 MX hosts", "",
	    "mx2.example.com [192.0.2.26]: No connection within 10s. Let the "
	    "mail server listen on port 25" },
	{ "self-signed", all_self_signed, AUDIT_DEFER, AUDIT_DELIVER_ANY,
	    "delivers nothing", "",
	    "mx1.example.com [192.0.2.25]: The server has signed" },
	{ "no v6 here", no_v6_here, AUDIT_DEFER, AUDIT_DELIVER_ANY,
	    "delivers nothing", "", "The server has signed" },
	{ "blocked", blocked, AUDIT_UNKNOWN, AUDIT_DELIVER_ANY,
	    "could not be found out from here", "",
	    "run this on a mail server" },
	{ "busy", busy, AUDIT_UNKNOWN, AUDIT_DELIVER_ANY,
	    "could not be found out from here", "", "turns senders away" },
	{ "no SMTP", no_smtp, AUDIT_UNKNOWN, AUDIT_DELIVER_ANY,
	    "could not be found out from here", "",
	    "Nothing to mend in what was looked at." },
	{ "no SMTP, testing", no_smtp_testing, AUDIT_DELIVER_ANY,
	    AUDIT_DELIVER_ANY, "mode testing", "", "before you go to enforce" },
	{ "one host", one_host, AUDIT_DELIVER_TLS, AUDIT_DELIVER_ANY,
	    "valid certificate, or not at all", "", "mx2.example.com" },
	{ "null MX", null_mx, AUDIT_UNKNOWN, AUDIT_UNKNOWN, "takes no mail",
	    "takes no mail", "" },
	{ "MX unknown", mx_unknown, AUDIT_UNKNOWN, AUDIT_UNKNOWN,
	    "not known to which hosts", "are not known", "MX" },
	{ "MX bogus", mx_bogus, AUDIT_UNKNOWN, AUDIT_DEFER, "", "fail DNSSEC",
	    "Mend the DNSSEC" },
	{ "addresses unknown", address_unknown, AUDIT_UNKNOWN,
	    AUDIT_DELIVER_ANY, "could not be found out from here", "",
	    "mx1.example.com" },
	{ "slow", slow, AUDIT_DELIVER_TLS, AUDIT_DELIVER_ANY, "", "",
	    "The answer took 6 seconds. Find out what the web server" },
	{ "no DNSSEC", no_dnssec, AUDIT_DELIVER_TLS, AUDIT_UNKNOWN, "",
	    "does not validate DNSSEC", "" },
	{ "no TLSA", signed_without, AUDIT_DELIVER_TLS, AUDIT_DELIVER_ANY, "",
	    "no TLSA records that count", "" },
	{ "DANE", seen_tls_dane, AUDIT_DELIVER_TLS, AUDIT_DELIVER_TLS, "",
	    "TLSA records vouch for, or not at all", "" },
	{ "DANE, some", dane_some, AUDIT_DELIVER_TLS, AUDIT_DELIVER_ANY, "",
	    "at 1 of them", "" },
	{ "DANE, one bad", dane_one_bad, AUDIT_DELIVER_TLS, AUDIT_DELIVER_TLS,
	    "", "only to 1 of 2", "No TLSA record of mx2.example.com fits" },
	{ "DANE, bad", dane_bad, AUDIT_DELIVER_TLS, AUDIT_DEFER, "",
	    "Mail waits", "No TLSA record of mx1.example.com fits" },
	/* It makes mail wait whatever the mode. */
	{ "DANE, bad", dane_bad_testing, AUDIT_DELIVER_ANY, AUDIT_DEFER, "", "",
	    "No TLSA record of mx1.example.com fits" },
	{ "DANE, blocked", dane_blocked, AUDIT_UNKNOWN, AUDIT_UNKNOWN, "",
	    "could not be found out", "" },
	{ "DANE, open", dane_open, AUDIT_DELIVER_TLS, AUDIT_UNKNOWN, "",
	    "could not be found out", "What DANE says" },
	{ "DANE, gone", dane_gone, AUDIT_DELIVER_TLS, AUDIT_DELIVER_TLS, "",
	    "or not at all", "" },
};

/* has - a whole sentence with this part */
static bool
has(const char *text, const char *part)
{
	size_t len = strlen(text);

	return len > 10 && strchr(".;", text[len - 1]) != NULL &&
	    strstr(text, part) != NULL;
}

static void
test_rows(void **state)
{
	static const struct judge_conf conf = { .expect = NULL };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		struct audit *a = NULL;
		struct seen_world w;

		seen_world_open(&w);
		if (r->spoil != NULL)
			r->spoil(&w);
		assert_int_equal(judge(&w.s, &conf, &a), MTASTS_OK);
		if (a->sender != r->sender ||
		    !has(a->sender_text, r->sender_text))
			fail_msg("%s: %s: %s", r->name,
			    audit_outlook_name(a->sender), a->sender_text);
		if (a->dane != r->dane || !has(a->dane_text, r->dane_text))
			fail_msg("%s: %s: %s", r->name,
			    audit_outlook_name(a->dane), a->dane_text);
		if (!has(a->next, r->next))
			fail_msg("%s: %s", r->name, a->next);
		assert_null(audit_get(a, "X01"));
		audit_free(a);
		seen_world_close(&w);
	}
}

/* Which mode is there, which one is expected, and what X01 says. */
static void
test_expected(void **state)
{
	static const struct {
		void (*spoil)(struct seen_world *w);
		const char *expect;
		enum audit_status status;
		const char *says;
	} cases[] = {
		{ NULL, "enforce", AUDIT_PASS, "in the expected mode" },
		{ NULL, "testing", AUDIT_FAIL,
		    "in mode enforce, but mode testing is expected" },
		{ testing, "testing", AUDIT_PASS, "" },
		{ mode_none, "none", AUDIT_PASS, "" },
		{ mode_none, "enforce", AUDIT_FAIL, "in mode none" },
		{ no_record, "enforce", AUDIT_FAIL, "no policy" },
		{ no_mta_sts, "none", AUDIT_FAIL, "no policy" },
		{ host_expired, "enforce", AUDIT_FAIL, "no policy" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct judge_conf conf = { .expect = cases[i].expect };
		const struct audit_check *c;
		struct audit *a = NULL;
		struct seen_world w;

		seen_world_open(&w);
		if (cases[i].spoil != NULL)
			cases[i].spoil(&w);
		assert_int_equal(judge(&w.s, &conf, &a), MTASTS_OK);
		c = audit_get(a, "X01");
		assert_non_null(c);
		assert_int_equal(c->status, cases[i].status);
		assert_non_null(strstr(c->message, cases[i].says));
		assert_string_equal(
		    c->name, c->status == AUDIT_FAIL ? "mode-unexpected" : "");
		audit_free(a);
		seen_world_close(&w);
	}
}

/* What monitoring reads. */
static void
test_facts(void **state)
{
	struct judge_conf conf = { .expect = NULL };
	struct audit *a = NULL;
	struct seen_world w;

	seen_world_open(&w);
	seen_tls_cert(&w, 1, 0)->not_after_at = SEEN_WORLD_AT + 40 * 86400;
	assert_int_equal(judge(&w.s, &conf, &a), MTASTS_OK);
	assert_string_equal(a->mode, "enforce");
	assert_int_equal(a->max_age_s, 2592000);
	assert_int_equal(a->host_cert_until_at, SEEN_WORLD_AT + 60 * 86400);
	assert_int_equal(a->mx_cert_until_at, SEEN_WORLD_AT + 40 * 86400);
	audit_free(a);
	no_mta_sts(&w);
	no_smtp(&w);
	assert_int_equal(judge(&w.s, &conf, &a), MTASTS_OK);
	assert_null(a->mode);
	assert_int_equal(a->host_cert_until_at, 0);
	assert_int_equal(a->mx_cert_until_at, 0);
	audit_free(a);
	seen_world_close(&w);
}

/* Of some checks alone nothing is said that the others might belie. */
static void
test_some(void **state)
{
	static const struct {
		void (*spoil)(struct seen_world *w);
		const char *pick, *next;
	} cases[] = {
		{ NULL, "D01", "Nothing to mend in what was looked at." },
		{ testing, "D,P,F", "Run all checks" },
		{ no_mta_sts, "S", "Nothing to mend in what was looked at." },
		{ unlisted, "P", "Nothing to mend in what was looked at." },
		{ unlisted, "M02", "Add the line" },
		{ null_mx, "D07", "takes no mail" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct judge_conf conf = { .expect = NULL };
		struct audit *a = NULL;
		struct seen_world w;
		struct str bad;

		seen_world_open(&w);
		if (cases[i].spoil != NULL)
			cases[i].spoil(&w);
		assert_true(audit_pick_add(
		    &conf.pick, str_of(cases[i].pick), true, &bad));
		assert_int_equal(judge(&w.s, &conf, &a), MTASTS_OK);
		if (!has(a->next, cases[i].next))
			fail_msg("%s: %s", cases[i].pick, a->next);
		audit_free(a);
		seen_world_close(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_expected),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
