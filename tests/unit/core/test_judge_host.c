/*
 * test_judge_host - P01 to P16: can the policy be fetched, at every address?
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/host_rules.h"
#include "support/judge_case.h"

#define HOST "mta-sts.example.com"
#define DAY  SEEN_WORLD_DAY

/* got, tls, cert - of the first address, to be spoilt */
static struct fetchfact *
got(struct seen_world *w)
{
	return w->s.addr[0].got;
}

static struct tlsfact *
tls(struct seen_world *w)
{
	return got(w)->tls;
}

static struct certfact *
cert(struct seen_world *w)
{
	return (struct certfact *)tls(w)->cert;
}

/* end - the fetch at the first address ended so */
static void
end(struct seen_world *w, enum fetchfact_end how, int status, const char *why)
{
	seen_world_no_policy(w);
	got(w)->end = how;
	got(w)->status = status;
	got(w)->why = why;
	if (how != FETCHFACT_OK && how < FETCHFACT_STATUS)
		got(w)->tls = NULL;
}

/* addresses - what the two lookups of the policy host answer */
static void
addresses(struct seen_world *w, enum dnsfact_end a, enum dnsfact_end aaaa)
{
	if (a != DNSFACT_FOUND)
		w->s.host_a = seen_world_dns(w, HOST, DNSTYPE_A, a);
	w->s.host_aaaa = seen_world_dns(w, HOST, DNSTYPE_AAAA, aaaa);
	if (a == DNSFACT_FOUND)
		return;
	seen_world_no_policy(w);
	w->s.addr_count = 0;
	w->s.best = NULL;
}

/* --- P01 --- */

static void
nxdomain(struct seen_world *w)
{
	addresses(w, DNSFACT_NXDOMAIN, DNSFACT_NXDOMAIN);
}

static void
nodata(struct seen_world *w)
{
	addresses(w, DNSFACT_NODATA, DNSFACT_NODATA);
}

static void
not_begun(struct seen_world *w)
{
	nxdomain(w);
	seen_world_sts(w,
	    seen_world_dns(
		w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_NXDOMAIN));
}

/* A wildcard record leads to some web server. */
static void
some_web_server(struct seen_world *w)
{
	not_begun(w);
	w->s.addr_count = 1;
	w->s.best = &w->s.addr[0];
	end(w, FETCHFACT_STATUS, 404, "status 404");
}

/* The policy is there, the record is not. */
static void
host_first(struct seen_world *w)
{
	seen_world_sts(w,
	    seen_world_dns(
		w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_NXDOMAIN));
	cert(w)->not_after_at = SEEN_WORLD_AT + 3 * DAY;
}

static void
bogus(struct seen_world *w)
{
	addresses(w, DNSFACT_SERVFAIL, DNSFACT_BOGUS);
}

static void
servfail(struct seen_world *w)
{
	addresses(w, DNSFACT_NODATA, DNSFACT_SERVFAIL);
}

static void
half(struct seen_world *w)
{
	addresses(w, DNSFACT_FOUND, DNSFACT_TIMEOUT);
}

static void private(struct seen_world *w)
{
	seen_world_no_policy(w);
	w->s.addr[0].refused = "a private address";
	w->s.addr[0].got = NULL;
	w->s.best = NULL;
}

static void
some_private(struct seen_world *w)
{
	struct seen_addr *addr = seen_world_host_addr(w, "10.0.0.1");

	addr->refused = "a private address";
	addr->got = NULL;
}

static void
more(struct seen_world *w)
{
	w->s.addr_more = 3;
}

/* --- P02 --- */

static void
dead(struct seen_world *w)
{
	end(w, FETCHFACT_CONNECT, 0, "no connection: Connection refused");
}

static void
late_connect(struct seen_world *w)
{
	end(w, FETCHFACT_TIMEOUT, 0, "no connection within 10s");
}

/* another - one more address, at which the fetch ended so before TLS */
static void
another(struct seen_world *w, const char *address, enum fetchfact_end how)
{
	struct fetchfact *fact = seen_world_host_addr(w, address)->got;

	fact->end = how;
	fact->why = "no connection: because";
	fact->status = 0;
	fact->tls = NULL;
}

static void
dead_v4(struct seen_world *w)
{
	another(w, "192.0.2.81", FETCHFACT_CONNECT);
}

static void
dead_v6(struct seen_world *w)
{
	another(w, "2001:db8::1", FETCHFACT_CONNECT);
}

static void
one_dead_v6(struct seen_world *w)
{
	dead_v6(w);
	seen_world_host_addr(w, "2001:db8::2");
}

static void
no_v6_here(struct seen_world *w)
{
	another(w, "2001:db8::1", FETCHFACT_OURS);
	another(w, "2001:db8::2", FETCHFACT_OURS);
}

static void
ours(struct seen_world *w)
{
	end(w, FETCHFACT_OURS, 0, "memory is short");
}

static void
ours_and_dead(struct seen_world *w)
{
	ours(w);
	dead_v4(w);
}

/* --- P03 to P07 --- */

static void
no_tls(struct seen_world *w)
{
	end(w, FETCHFACT_TLS, 0, "the server speaks TLS 1.0 only");
}

/* trust - the chain of the first address ends so */
static void
trust(struct seen_world *w, enum tlsfact_trust how)
{
	seen_world_no_policy(w);
	tls(w)->trust = how;
	tls(w)->why = "the library says so";
}

static void
self_signed(struct seen_world *w)
{
	trust(w, TLSFACT_SELF_SIGNED);
}

static void
incomplete(struct seen_world *w)
{
	trust(w, TLSFACT_INCOMPLETE);
	tls(w)->sent = tls(w)->count = 1;
}

static void
unknown_root(struct seen_world *w)
{
	trust(w, TLSFACT_UNKNOWN_ROOT);
}

static void
weak(struct seen_world *w)
{
	trust(w, TLSFACT_WEAK);
}

static void
weak_key(struct seen_world *w)
{
	trust(w, TLSFACT_WEAK);
	cert(w)->key = "RSA";
	cert(w)->key_bits = 1024;
}

static void
weak_hash(struct seen_world *w)
{
	cert(w)->hash = "SHA1";
}

static void
purpose(struct seen_world *w)
{
	trust(w, TLSFACT_PURPOSE);
}

static void
invalid(struct seen_world *w)
{
	trust(w, TLSFACT_INVALID);
}

static void
disorder(struct seen_world *w)
{
	tls(w)->in_order = false;
}

/* is_for - the certificate is for this name only */
static void
is_for(struct seen_world *w, const char *name)
{
	seen_world_no_policy(w);
	tls(w)->names_host = false;
	((const char **)tls(w)->names)[0] = name;
}

static void
wrong_name(struct seen_world *w)
{
	is_for(w, "www.example.com");
}

static void
common_name(struct seen_world *w)
{
	is_for(w, "www.example.com");
	tls(w)->cn_fits = true;
}

static void
no_name(struct seen_world *w)
{
	wrong_name(w);
	tls(w)->name_count = 0;
}

static void
expired(struct seen_world *w)
{
	trust(w, TLSFACT_EXPIRED);
	cert(w)->not_after_at = SEEN_WORLD_AT - 2 * DAY;
}

static void
issuer_expired(struct seen_world *w)
{
	trust(w, TLSFACT_EXPIRED);
	cert(w)[1].not_after_at = SEEN_WORLD_AT - 2 * DAY;
}

static void
not_yet(struct seen_world *w)
{
	trust(w, TLSFACT_NOT_YET);
	cert(w)->not_before_at = SEEN_WORLD_AT + DAY;
}

static void
no_certificate(struct seen_world *w)
{
	trust(w, TLSFACT_EXPIRED);
	tls(w)->count = 0;
}

/* life - a certificate of so many days, of which so many are left */
static void
life(struct seen_world *w, int days, int left)
{
	cert(w)->not_after_at = SEEN_WORLD_AT + left * DAY;
	cert(w)->not_before_at = SEEN_WORLD_AT - (days - left) * DAY;
}

static void
very_soon(struct seen_world *w)
{
	life(w, 90, 6);
}

static void
soon(struct seen_world *w)
{
	life(w, 90, 20);
}

static void
short_lived(struct seen_world *w)
{
	life(w, 6, 3);
}

static void
no_sni(struct seen_world *w)
{
	struct tlsfact *fact = w->s.host_no_sni->tls;

	((struct certfact *)fact->cert)->der = STR("another");
	((const char **)fact->names)[0] = "www.example.com";
}

static void
sni_needed(struct seen_world *w)
{
	w->s.host_no_sni->tls = NULL;
}

static void
sni_unseen(struct seen_world *w)
{
	w->s.host_no_sni = NULL;
}

/* --- P08 to P16 --- */

static void
not_found(struct seen_world *w)
{
	end(w, FETCHFACT_STATUS, 404, "the answer has status 404");
}

static void
no_http(struct seen_world *w)
{
	end(w, FETCHFACT_HTTP, 0, "the answer is no HTTP");
}

static void
redirect(struct seen_world *w)
{
	end(w, FETCHFACT_REDIRECT, 301, "status 301");
	got(w)->location = "https://www.example.com/";
}

static void
lost_redirect(struct seen_world *w)
{
	end(w, FETCHFACT_REDIRECT, 301, "the answer has status 301");
}

static void
html(struct seen_world *w)
{
	end(w, FETCHFACT_TYPE, 200, "the type is text/html");
	got(w)->type = "text/html";
}

static void
too_large(struct seen_world *w)
{
	end(w, FETCHFACT_TOO_LARGE, 200, "the body has more than 65536 bytes");
}

static void
late(struct seen_world *w)
{
	struct tlsfact *kept = tls(w);

	end(w, FETCHFACT_TIMEOUT, 0, "no answer within 60s");
	got(w)->tls = kept;
}

static void
slow(struct seen_world *w)
{
	got(w)->took_ms = 7300;
}

static void
gzip(struct seen_world *w)
{
	end(w, FETCHFACT_ENCODING, 200, "the body is gzip");
}

static void
cut(struct seen_world *w)
{
	end(w, FETCHFACT_CUT, 200, "40 of 80 bytes came");
}

static void
no_answer(struct seen_world *w)
{
	end(w, FETCHFACT_CUT, 0, "the connection was closed without an answer");
}

static void
plain(struct seen_world *w)
{
	w->s.host_plain = seen_world_fetch(w, "192.0.2.80", SEEN_WORLD_POLICY);
	got(w)->hsts = "max-age=1";
}

static void
plain_redirects(struct seen_world *w)
{
	plain(w);
	w->s.host_plain->end = FETCHFACT_REDIRECT;
}

static void
cached(struct seen_world *w)
{
	got(w)->cache_control = "public, MAX-AGE=172800";
}

static void
cached_long(struct seen_world *w)
{
	got(w)->cache_control = "max-age=31536000";
}

static void
cached_well(struct seen_world *w)
{
	got(w)->cache_control = "no-transform, max-age=3600, max-age=x";
}

static void
differs(struct seen_world *w)
{
	seen_world_host_addr(w, "2001:db8::1")->got->body = STR("other");
}

static void
two(struct seen_world *w)
{
	seen_world_host_addr(w, "2001:db8::1");
}

static void
revoked(struct seen_world *w)
{
	tls(w)->staple = TLSFACT_STAPLE_REVOKED;
}

static void
staple_missing(struct seen_world *w)
{
	tls(w)->must_staple = true;
}

static void
must_staple_bad(struct seen_world *w)
{
	tls(w)->must_staple = true;
	tls(w)->staple = TLSFACT_STAPLE_BAD;
}

static void
staple_bad(struct seen_world *w)
{
	tls(w)->staple = TLSFACT_STAPLE_BAD;
}

static void
staple_good(struct seen_world *w)
{
	tls(w)->must_staple = true;
	tls(w)->staple = TLSFACT_STAPLE_GOOD;
}

/* clang-format off */
static const struct judge_row rows[] = {
{ "all is well", NULL, "P01", "pass", "", "192.0.2.80" },
{ "all is well", NULL, "P02", "pass", "", "1 of 1 addresses answer" },
{ "all is well", NULL, "P03", "pass", "", "TLSv1.3, TLS_AES" },
{ "all is well", NULL, "P04", "pass", "", "issued by Lab CA, Lab" },
{ "all is well", NULL, "P05", "pass", "", HOST },
{ "all is well", NULL, "P06", "pass", "", "until 2026-03-02" },
{ "all is well", NULL, "P07", "pass", "", "the same certificate" },
{ "all is well", NULL, "P08", "pass", "", "status 200" },
{ "all is well", NULL, "P09", "pass", "", "" },
{ "all is well", NULL, "P10", "pass", "", "text/plain" },
{ "all is well", NULL, "P11", "pass", "", "bytes" },
{ "all is well", NULL, "P12", "pass", "", "30 ms" },
{ "all is well", NULL, "P13", "pass", "", "" },
{ "all is well", NULL, "P14", "pass", "", "" },
{ "all is well", NULL, "P15", "pass", "", "one address serves it" },
{ "all is well", NULL, "P16", "pass", "", "no OCSP answer" },
{ "NXDOMAIN", nxdomain, "P01", "fail", "policy-host-no-address", "NXDOMAIN" },
{ "NXDOMAIN", nxdomain, "P02", "skip", "", "no address" },
{ "NODATA", nodata, "P01", "fail", "policy-host-no-address", "neither A nor" },
{ "no MTA-STS", not_begun, "P01", "skip", "", "no MTA-STS record" },
{ "no MTA-STS", not_begun, "P16", "skip", "", "no MTA-STS record" },
{ "a wildcard", some_web_server, "P08", "skip", "", "no MTA-STS record" },
{ "no record", host_first, "P06", "warn", "policy-host-cert-expires-very-soon",
	"in 3 days" },
{ "bogus", bogus, "P01", "fail", "policy-host-bogus", "DNSSEC" },
{ "bogus", bogus, "P08", "skip", "", "not known" },
{ "SERVFAIL", servfail, "P01", "unknown", "", "could not be looked up: as the test wants" },
{ "half", half, "P01", "warn", "policy-host-half-looked-up", "AAAA" },
{ "private", private, "P01", "fail", "policy-host-private",
	"a private address" },
{ "private", private, "P02", "skip", "", "no public address" },
{ "some private", some_private, "P01", "warn", "policy-host-some-private",
	"10.0.0.1" },
{ "some private", some_private, "P02", "pass", "", "1 of 1" },
{ "more", more, "P01", "pass", "", "3 more" },
{ "dead", dead, "P02", "fail", "policy-host-dead", "Connection refused." },
{ "dead", dead, "P03", "skip", "", "No address" },
{ "late", late_connect, "P02", "fail", "policy-host-dead", "within 10s." },
{ "v4 dead", dead_v4, "P02", "fail", "policy-host-address-dead", "because." },
{ "v4 dead", dead_v4, "P08", "pass", "", "" },
{ "v6 dead", dead_v6, "P02", "fail", "policy-host-address-dead", "because." },
{ "one v6 dead", one_dead_v6, "P02", "warn", "policy-host-address-dead-ipv6",
	"because." },
{ "no v6 here", no_v6_here, "P02", "info", "policy-host-address-not-tried",
	"2 addresses" },
{ "ours", ours, "P02", "unknown", "", "from this machine" },
{ "ours", ours, "P08", "unknown", "", "from this machine" },
{ "ours and dead", ours_and_dead, "P02", "fail", "policy-host-address-dead",
	"" },
{ "no TLS", no_tls, "P03", "fail", "policy-host-tls", "TLS 1.0 only." },
{ "no TLS", no_tls, "P05", "skip", "", "No TLS connection" },
{ "no TLS", no_tls, "P09", "skip", "", "did not answer" },
{ "no TLS", no_tls, "P10", "skip", "", "did not serve a file" },
{ "self-signed", self_signed, "P04", "fail", "policy-host-cert-self-signed",
	"itself" },
{ "incomplete", incomplete, "P04", "fail", "policy-host-cert-incomplete",
	"1 certificate, but not the one of Lab CA" },
{ "unknown root", unknown_root, "P04", "fail", "policy-host-cert-untrusted",
	"comes from Lab CA" },
{ "weak", weak, "P04", "fail", "policy-host-cert-weak", "library says so." },
{ "weak key", weak_key, "P04", "fail", "policy-host-cert-key",
	"RSA of 1024 bits" },
{ "weak hash", weak_hash, "P04", "fail", "policy-host-cert-hash", "SHA1" },
{ "purpose", purpose, "P04", "fail", "policy-host-cert-purpose", "" },
{ "invalid", invalid, "P04", "fail", "policy-host-cert-invalid", "" },
{ "order", disorder, "P04", "warn", "policy-host-cert-order", "order" },
{ "name", wrong_name, "P05", "fail", "policy-host-cert-name",
	"it is for www.example.com." },
{ "no name", no_name, "P05", "fail", "policy-host-cert-name", "dNSName" },
{ "CN only", common_name, "P05", "fail", "policy-host-cert-cn",
	"common name (CN) only" },
{ "expired", expired, "P06", "fail", "policy-host-cert-expired",
	"expired on 2025-12-30" },
{ "expired", expired, "P04", "pass", "", "" },
{ "issuer expired", issuer_expired, "P06", "fail", "policy-host-cert-expired",
	"of its issuer Lab CA expired" },
{ "not yet", not_yet, "P06", "fail", "policy-host-cert-not-yet",
	"before 2026-01-02" },
{ "none kept", no_certificate, "P06", "fail", "policy-host-cert-expired",
	"library says so." },
{ "6 days", very_soon, "P06", "warn", "policy-host-cert-expires-very-soon",
	"in 6 days, on 2026-01-07" },
{ "20 days", soon, "P06", "warn", "policy-host-cert-expires-soon", "20 days" },
{ "short-lived", short_lived, "P06", "pass", "", "2026-01-04" },
{ "no SNI", no_sni, "P07", "info", "policy-host-no-sni", "www.example.com" },
{ "SNI needed", sni_needed, "P07", "pass", "", "no handshake" },
{ "SNI unseen", sni_unseen, "P07", "skip", "", "not looked at" },
{ "404", not_found, "P08", "fail", "policy-host-status", "404." },
{ "404", not_found, "P09", "pass", "", "" },
{ "404", not_found, "P13", "skip", "", "did not serve" },
{ "no HTTP", no_http, "P08", "fail", "policy-host-http", "no HTTP." },
{ "redirect", redirect, "P09", "fail", "policy-host-redirect",
	"301 and sends senders to https://www.example.com/" },
{ "redirect", lost_redirect, "P09", "fail", "policy-host-redirect",
	"status 301." },
{ "HTML", html, "P10", "fail", "policy-host-type", "text/html" },
{ "large", too_large, "P11", "fail", "policy-host-too-large", "65536" },
{ "late", late, "P12", "fail", "policy-host-late", "60s" },
{ "late", late, "P02", "pass", "", "1 of 1" },
{ "slow", slow, "P12", "warn", "policy-host-slow", "7 seconds" },
{ "gzip", gzip, "P13", "fail", "policy-host-encoding", "gzip" },
{ "no answer", no_answer, "P08", "fail", "policy-host-http", "without an" },
{ "no answer", no_answer, "P13", "skip", "", "did not serve" },
{ "cut", cut, "P13", "fail", "policy-host-cut", "40 of 80" },
{ "http", plain, "P14", "info", "policy-host-plain-http", "HSTS" },
{ "http", plain_redirects, "P14", "pass", "", "http redirects; HSTS" },
{ "cached", cached, "P14", "info", "policy-host-cached", "2 days" },
{ "cached", cached_long, "P14", "warn", "policy-host-cached-long",
	"longer than the policy" },
{ "cached", cached_well, "P14", "pass", "", "max-age=3600" },
{ "differs", differs, "P15", "fail", "policy-host-differs", "than 192.0.2.80 (" },
{ "two", two, "P15", "pass", "", "2 addresses were compared" },
{ "revoked", revoked, "P16", "fail", "policy-host-cert-revoked", "revoked" },
{ "staple", staple_missing, "P16", "fail", "policy-host-staple-missing",
	"none is sent" },
{ "staple", must_staple_bad, "P16", "fail", "policy-host-staple-missing",
	"out of date" },
{ "staple", staple_bad, "P16", "warn", "policy-host-staple-bad", "OCSP" },
{ "staple", staple_good, "P16", "pass", "", "good" },
};
/* clang-format on */

#define COUNT (sizeof(rows) / sizeof(*rows))

static void
test_rows(void **state)
{
	judge_case_rows(rows, COUNT, judge_host);
}

static void
test_rules(void **state)
{
	judge_case_rules(rows, COUNT, judge_host_rules);
}

static void
test_nothing(void **state)
{
	judge_case_nothing("P", judge_host);
}

/* Many addresses with the same fault share one finding. */
static void
test_merged(void **state)
{
	struct seen_world w;
	struct audit *a;

	seen_world_open(&w);
	for (int i = 1; i < 6; i++) {
		char text[32];

		snprintf(text, sizeof(text), "192.0.2.%d", 80 + i);
		seen_world_host_addr(&w, text);
	}
	for (size_t i = 0; i < w.s.addr_count; i++) {
		w.s.addr[i].got->end = FETCHFACT_STATUS;
		w.s.addr[i].got->status = i < 5 ? 404 : 500;
		w.s.addr[i].got->why = "the status is wrong";
	}
	a = audit_new(w.s.domain, NULL, w.s.at);
	judge_host(&w.s, a);
	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_int_equal(audit_get(a, "P08")->finding_count, 2);
	assert_string_equal(
	    audit_get(a, "P08")->place, HOST " [192.0.2.80] and 4 more");
	assert_string_equal(
	    audit_get(a, "P08")->finding[1]->file, HOST " [192.0.2.85]");
	audit_free(a);
	seen_world_close(&w);
}

/* Whoever fetches says the same, under the same names. */
static void
test_one_table(void **state)
{
	static const struct {
		enum fetchfact_end end;
		const char *id, *name;
	} ends[] = {
		{ FETCHFACT_NO_ADDRESS, "P01", "policy-host-no-address" },
		{ FETCHFACT_PRIVATE, "P01", "policy-host-private" },
		{ FETCHFACT_TLS, "P03", "policy-host-tls" },
		{ FETCHFACT_CERT_EXPIRED, "P06", "policy-host-cert-expired" },
		{ FETCHFACT_CERT_NAME, "P05", "policy-host-cert-name" },
		{ FETCHFACT_CERT_UNTRUSTED, "P04",
		    "policy-host-cert-untrusted" },
		{ FETCHFACT_STATUS, "P08", "policy-host-status" },
		{ FETCHFACT_REDIRECT, "P09", "policy-host-redirect" },
		{ FETCHFACT_TYPE, "P10", "policy-host-type" },
		{ FETCHFACT_ENCODING, "P13", "policy-host-encoding" },
		{ FETCHFACT_TOO_LARGE, "P11", "policy-host-too-large" },
		{ FETCHFACT_CUT, "P13", "policy-host-cut" },
		{ FETCHFACT_HTTP, "P08", "policy-host-http" },
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const struct diag_rule *r = host_rule(ends[i].end);

		assert_non_null(r);
		assert_string_equal(r->id, ends[i].id);
		assert_string_equal(r->name, ends[i].name);
		assert_true(r->fatal);
	}
	assert_null(host_rule(FETCHFACT_OK));
	assert_null(host_rule(FETCHFACT_CONNECT));
	assert_null(host_rule(FETCHFACT_OURS));
	assert_null(host_rule(FETCHFACT_ENDS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_merged),
		cmocka_unit_test(test_one_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
