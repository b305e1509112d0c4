/*
 * test_judge_smtp - S01 to S11: what mail servers showed, and TLSA records
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/judge_case.h"
#include "support/seen_tls.h"

#define DAY SEEN_WORLD_DAY

/* first - the TLS of the first host, to be spoilt */
static struct tlsfact *
first(struct seen_world *w)
{
	return seen_tls_probe(w, 0, 0)->tls;
}

/* --- S01 --- */

static void
null_mx(struct seen_world *w)
{
	w->s.null_mx = true;
	w->s.mx_count = 0;
}

static void
no_mx(struct seen_world *w)
{
	w->s.mx_count = 0;
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
blocked(struct seen_world *w)
{
	seen_world_mx_addr(w, &w->mx[0], "2001:db8::25");
	seen_tls_all(w, PROBEFACT_TIMEOUT, "no connection within 10s");
	seen_tls_probe(w, 0, 1)->end = PROBEFACT_OURS;
}

static void
refused(struct seen_world *w)
{
	seen_tls_all(w, PROBEFACT_REFUSED, "the connection was refused");
}

static void
one_dead(struct seen_world *w)
{
	seen_tls_end(w, 1, 0, PROBEFACT_TIMEOUT, "no connection within 10s");
}

static void
one_unreachable(struct seen_world *w)
{
	seen_tls_end(w, 1, 0, PROBEFACT_UNREACHABLE, "no route to host");
}

/* No IPv6 at all: nothing is said of their IPv6. */
static void
no_v6_here(struct seen_world *w)
{
	for (size_t i = 0; i < 2; i++)
		seen_world_mx_addr(w, &w->mx[i], "2001:db8::25");
	seen_tls_end(w, 0, 1, PROBEFACT_OURS, "this machine has no IPv6");
	seen_tls_end(w, 1, 1, PROBEFACT_OURS, "this machine has no IPv6");
}

static void private(struct seen_world *w)
{
	w->mx[0].addr[0].refused = "a private address";
	w->mx[0].addr[0].probe = NULL;
}

static void
some_private(struct seen_world *w)
{
	seen_world_mx_addr(w, &w->mx[0], "10.0.0.1");
	w->mx[0].addr[1].refused = "a private address";
	w->mx[0].addr[1].probe = NULL;
}

/* --- S02, S03 --- */

#define END(name, how)                                                 \
	static void name(struct seen_world *w)                         \
	{                                                              \
		seen_tls_end(w, 1, 0, PROBEFACT_##how, "it ended so"); \
	}

END(silent, SILENT)
END(rejected, REJECTED)
END(not_smtp, NO_SMTP)
END(ehlo, EHLO)
END(closed, CLOSED)
END(no_starttls, NO_STARTTLS)
END(never, STARTTLS_NEVER)
END(injected, INJECTED)
END(handshake, TLS)
END(handshake_late, TLS_LATE)
END(after_tls, AFTER_TLS)
END(busy, BUSY)
END(later, STARTTLS_LATER)

static void
all_busy(struct seen_world *w)
{
	seen_tls_all(w, PROBEFACT_BUSY, "421 too many connections");
}

/* Who takes the connection can be reached. */
static void
all_silent(struct seen_world *w)
{
	seen_tls_all(w, PROBEFACT_SILENT, "it sent no greeting within 10s");
}

static void
no_tls_at_all(struct seen_world *w)
{
	seen_tls_all(w, PROBEFACT_NO_STARTTLS, "STARTTLS is not offered");
}

static void
stripped(struct seen_world *w)
{
	seen_tls_probe(w, 0, 0)->ext_tls = PROBEFACT_SIZE;
}

static void
early(struct seen_world *w)
{
	seen_tls_probe(w, 0, 0)->early = true;
}

/* --- S04 --- */

static void
old_tls(struct seen_world *w)
{
	w->mx[0].old_tls->tls = seen_world_tls(w, "mx1.example.com");
	w->mx[0].old_tls->tls->version = "TLSv1.1";
}

static void
old_tls_only(struct seen_world *w)
{
	old_tls(w);
	seen_tls_end(w, 0, 0, PROBEFACT_TLS, "no version in common");
}

static void
weak_cipher(struct seen_world *w)
{
	first(w)->weak_cipher = true;
	first(w)->cipher = "RC4-SHA";
}

static void
no_secrecy(struct seen_world *w)
{
	first(w)->forward_secret = false;
	first(w)->cipher = "AES128-SHA";
}

static void
small_dh(struct seen_world *w)
{
	first(w)->kex_bits = 1024;
}

static void
large_dh(struct seen_world *w)
{
	first(w)->kex_bits = 2048;
}

static void
renegotiation(struct seen_world *w)
{
	first(w)->safe_renegotiation = false;
}

static void
compression(struct seen_world *w)
{
	first(w)->compressed = true;
}

/* --- S05 to S08 --- */

/* trust - of the first host's chain */
static void
trust(struct seen_world *w, enum tlsfact_trust how)
{
	first(w)->trust = how;
	first(w)->why = "the library says so";
}

#define TRUST(name, how)                       \
	static void name(struct seen_world *w) \
	{                                      \
		trust(w, TLSFACT_##how);       \
	}

TRUST(self_signed, SELF_SIGNED)
TRUST(incomplete, INCOMPLETE)
TRUST(unknown_root, UNKNOWN_ROOT)
TRUST(weak, WEAK)
TRUST(purpose, PURPOSE)
TRUST(invalid, INVALID)

static void
self_signed_without(struct seen_world *w)
{
	self_signed(w);
	seen_world_no_policy(w);
}

static void
self_signed_none(struct seen_world *w)
{
	seen_world_policy(w, "version: STSv1\nmode: none\nmax_age: 86400\n");
	self_signed(w);
}

static void
self_signed_testing(struct seen_world *w)
{
	seen_world_policy(w,
	    "version: STSv1\nmode: testing\nmax_age: 86400\n"
	    "mx: *.example.com\n");
	self_signed(w);
}

static void
disorder(struct seen_world *w)
{
	first(w)->in_order = false;
}

static void
revoked(struct seen_world *w)
{
	first(w)->staple = TLSFACT_STAPLE_REVOKED;
}

static void
wrong_name(struct seen_world *w)
{
	first(w)->names_host = false;
	((const char **)first(w)->names)[0] = "mail.example.net";
}

static void
common_name(struct seen_world *w)
{
	wrong_name(w);
	first(w)->cn_fits = true;
}

static void
no_sni(struct seen_world *w)
{
	w->mx[0].no_sni->tls->names_host = false;
}

static void
no_sni_no_tls(struct seen_world *w)
{
	w->mx[0].no_sni->tls = NULL;
	w->mx[0].no_sni->end = PROBEFACT_TLS;
}

/* With a certificate that is wrong anyway, one finding is enough. */
static void
no_sni_either(struct seen_world *w)
{
	wrong_name(w);
	no_sni(w);
	seen_world_no_policy(w);
}

static void
expired(struct seen_world *w)
{
	trust(w, TLSFACT_EXPIRED);
	seen_tls_cert(w, 0, 0)->not_after_at = SEEN_WORLD_AT - DAY;
}

static void
not_yet(struct seen_world *w)
{
	trust(w, TLSFACT_NOT_YET);
	seen_tls_cert(w, 0, 0)->not_before_at = SEEN_WORLD_AT + DAY;
}

static void
very_soon(struct seen_world *w)
{
	seen_tls_cert(w, 1, 0)->not_after_at = SEEN_WORLD_AT + 2 * DAY;
}

static void
soon(struct seen_world *w)
{
	seen_tls_cert(w, 1, 0)->not_after_at = SEEN_WORLD_AT + 9 * DAY;
}

static void
small_key(struct seen_world *w)
{
	seen_tls_cert(w, 0, 0)->key = "RSA";
	seen_tls_cert(w, 0, 0)->key_bits = 1024;
}

static void
small_curve(struct seen_world *w)
{
	seen_tls_cert(w, 0, 0)->key_bits = 192;
}

static void
hash(struct seen_world *w)
{
	seen_tls_cert(w, 0, 0)->hash = "MD5";
}

/* What a certificate that signs itself is signed with proves nothing. */
static void
own_hash(struct seen_world *w)
{
	self_signed(w);
	seen_tls_cert(w, 0, 0)->hash = "SHA1";
	seen_tls_cert(w, 0, 0)->self_signed = true;
}

static void
differs(struct seen_world *w)
{
	seen_world_mx_addr(w, &w->mx[0], "192.0.2.27")->probe->tls->names_host =
	    false;
}

static void
two(struct seen_world *w)
{
	seen_world_mx_addr(w, &w->mx[0], "192.0.2.27");
}

/* --- S09, S10 --- */

static void
mismatch(struct seen_world *w)
{
	seen_tls_dane(w);
	seen_tls_tlsa(w, 1, "bc");
}

static void
mismatch_at_one(struct seen_world *w)
{
	seen_world_mx_addr(w, &w->mx[0], "192.0.2.27");
	seen_tls_dane(w);
	seen_tls_hash(w, 0, 1, 'z');
}

static void
roll_over(struct seen_world *w)
{
	seen_tls_dane(w);
	seen_tls_tlsa(w, 1, "ba");
}

static void
unusable(struct seen_world *w)
{
	seen_tls_tlsa(w, 0, "1");
	seen_tls_tlsa(w, 1, "1");
}

static void
some_unusable(struct seen_world *w)
{
	seen_tls_dane(w);
	seen_tls_tlsa(w, 0, "1a");
}

static void
lookup(struct seen_world *w)
{
	seen_tls_dane(w);
	w->mx[0].dane.result.dane = DANE_ERROR;
	strcpy(w->mx[0].dane.result.why, "TLSA lookup servfail");
	w->mx[0].tlsa->end = DNSFACT_SERVFAIL;
}

static void
lookup_alone(struct seen_world *w)
{
	lookup(w);
	w->mx[1].dane.result.dane = DANE_NONE;
	w->mx[1].tlsa->end = DNSFACT_NODATA;
}

static void
lookup_of_address(struct seen_world *w)
{
	lookup(w);
	w->mx[0].dane.result.address_secure = false;
}

static void
dane_no_tls(struct seen_world *w)
{
	seen_tls_dane(w);
	no_starttls(w);
}

static void
dane_dead(struct seen_world *w)
{
	seen_tls_dane(w);
	one_dead(w);
}

static void
dane_unseen(struct seen_world *w)
{
	seen_tls_dane(w);
	no_smtp(w);
}

static void
dane_blocked(struct seen_world *w)
{
	seen_tls_dane(w);
	blocked(w);
}

static void
dane_some(struct seen_world *w)
{
	seen_tls_tlsa(w, 0, "a");
}

static void
dane_alone(struct seen_world *w)
{
	seen_tls_dane(w);
	self_signed(w);
}

static void
dane_unlisted(struct seen_world *w)
{
	seen_tls_dane(w);
	strcpy(w->mx[0].name, "mx9.example.com");
}

static void
unsigned_tlsa(struct seen_world *w)
{
	seen_tls_tlsa(w, 0, "a");
	w->mx[0].tlsa->secure = false;
	w->mx[0].dane.result = (struct dane_result){ .dane = DANE_NONE };
}

static void
unsigned_address(struct seen_world *w)
{
	unsigned_tlsa(w);
	w->mx[0].tlsa->secure = true;
}

static void
unsigned_mx(struct seen_world *w)
{
	seen_tls_dane(w);
	w->s.mx->secure = false;
}

static void
no_dnssec(struct seen_world *w)
{
	w->s.dnssec = false;
}

static void
no_dnssec_tlsa(struct seen_world *w)
{
	unsigned_tlsa(w);
	w->s.dnssec = false;
}

/* --- S11 --- */

static void
requiretls_some(struct seen_world *w)
{
	seen_tls_probe(w, 0, 0)->ext_tls |= PROBEFACT_REQUIRETLS;
}

static void
requiretls(struct seen_world *w)
{
	requiretls_some(w);
	seen_tls_probe(w, 1, 0)->ext_tls |= PROBEFACT_REQUIRETLS;
}

/* clang-format off */
static const struct judge_row rows[] = {
{ "all is well", NULL, "S01", "pass", "", "2 of 2 addresses answer" },
{ "all is well", NULL, "S02", "pass", "", "TLS at 2 of 2" },
{ "all is well", NULL, "S03", "pass", "", "" },
{ "all is well", NULL, "S04", "pass", "", "TLSv1.3, TLS_AES" },
{ "all is well", NULL, "S05", "pass", "", "issued by Lab CA" },
{ "all is well", NULL, "S06", "pass", "", "mx1.example.com" },
{ "all is well", NULL, "S07", "pass", "", "until 2026-03-02" },
{ "all is well", NULL, "S08", "pass", "", "" },
{ "all is well", NULL, "S09", "skip", "", "No MX host has TLSA records." },
{ "all is well", NULL, "S10", "skip", "", "No MX host has TLSA records." },
{ "all is well", NULL, "S11", "pass", "", "0 of 2 addresses" },
{ "null MX", null_mx, "S01", "skip", "", "takes no mail" },
{ "null MX", null_mx, "S10", "skip", "", "takes no mail" },
{ "no MX", no_mx, "S05", "skip", "", "no mail server" },
{ "no SMTP", no_smtp, "S01", "skip", "", "was to be connected" },
{ "blocked", blocked, "S01", "unknown", "", "run this on a mail server" },
{ "blocked", blocked, "S02", "skip", "", "could be reached" },
{ "blocked", blocked, "S11", "skip", "", "could be reached" },
{ "refused", refused, "S01", "fail", "mx-refused", "refused." },
{ "refused", refused, "S02", "skip", "", "answered" },
{ "refused", refused, "S05", "skip", "", "No TLS" },
{ "dead", one_dead, "S01", "fail", "mx-unreachable", "within 10s." },
{ "dead", one_dead, "S02", "pass", "", "TLS at 1 of 1" },
{ "dead", one_unreachable, "S01", "fail", "mx-unreachable", "No route" },
{ "no v6", no_v6_here, "S01", "info", "mx-address-not-tried",
	"2 addresses could not be tried from here: This machine has" },
{ "private", private, "S01", "fail", "mx-private", "192.0.2.25, a private" },
{ "some private", some_private, "S01", "warn", "mx-some-private",
	"10.0.0.1" },
{ "silent", silent, "S02", "fail", "mx-silent", "It ended so." },
{ "rejected", rejected, "S02", "fail", "mx-rejected", "It ended so." },
{ "no SMTP", not_smtp, "S02", "fail", "mx-no-smtp", "It ended so." },
{ "EHLO", ehlo, "S02", "fail", "mx-ehlo", "It ended so." },
{ "closed", closed, "S02", "fail", "mx-closed", "It ended so." },
{ "no STARTTLS", no_starttls, "S02", "fail", "mx-no-starttls", "It ended so." },
{ "never", never, "S02", "fail", "mx-starttls-refused", "It ended so." },
{ "injected", injected, "S02", "fail", "mx-injected", "It ended so." },
{ "TLS", handshake, "S02", "fail", "mx-tls", "It ended so." },
{ "late", handshake_late, "S02", "fail", "mx-tls-late", "It ended so." },
{ "after TLS", after_tls, "S02", "fail", "mx-after-tls", "It ended so." },
{ "after TLS", after_tls, "S05", "pass", "", "" },
{ "busy", busy, "S03", "warn", "mx-busy", "It ended so." },
{ "busy", busy, "S05", "pass", "", "" },
{ "later", later, "S03", "warn", "mx-starttls-later", "It ended so." },
{ "all busy", all_busy, "S05", "unknown", "", "No TLS connection" },
{ "all silent", all_silent, "S01", "pass", "", "2 of 2 addresses answer" },
{ "all silent", all_silent, "S02", "fail", "mx-silent", "no greeting" },
{ "all silent", all_silent, "S05", "skip", "", "No TLS connection" },
{ "no TLS", no_tls_at_all, "S05", "skip", "", "No TLS connection" },
{ "no TLS", no_tls_at_all, "S11", "skip", "", "No TLS connection" },
{ "stripped", stripped, "S03", "warn", "mx-extensions-gone",
	"offers PIPELINING, 8BITMIME before TLS" },
{ "early", early, "S03", "warn", "mx-early", "turn" },
{ "old TLS", old_tls, "S04", "warn", "mx-tls-old", "TLSv1.1" },
{ "old TLS only", old_tls_only, "S02", "skip", "", "see S04" },
{ "old TLS only", old_tls_only, "S04", "fail", "mx-tls-old-only",
	"speaks TLSv1.1, but neither" },
{ "cipher", weak_cipher, "S04", "warn", "mx-cipher-weak", "RC4-SHA" },
{ "secrecy", no_secrecy, "S04", "warn", "mx-no-forward-secrecy",
	"AES128-SHA" },
{ "DH", small_dh, "S04", "warn", "mx-dh-small", "1024" },
{ "DH", large_dh, "S04", "pass", "", "" },
{ "renegotiation", renegotiation, "S04", "warn", "mx-renegotiation", "" },
{ "compression", compression, "S04", "warn", "mx-compression", "" },
{ "self-signed", self_signed, "S05", "fail", "mx-cert-self-signed", "itself" },
{ "no policy", self_signed_without, "S05", "warn", "mx-cert-self-signed", "" },
{ "mode none", self_signed_none, "S05", "warn", "mx-cert-self-signed", "" },
{ "testing", self_signed_testing, "S05", "fail", "mx-cert-self-signed", "" },
{ "incomplete", incomplete, "S05", "fail", "mx-cert-incomplete", "Lab CA" },
{ "unknown", unknown_root, "S05", "fail", "mx-cert-untrusted", "Lab CA" },
{ "weak", weak, "S07", "fail", "mx-cert-weak", "library" },
{ "purpose", purpose, "S05", "fail", "mx-cert-purpose", "library" },
{ "invalid", invalid, "S05", "fail", "mx-cert-invalid", "library" },
{ "order", disorder, "S05", "warn", "mx-cert-order", "order" },
{ "revoked", revoked, "S05", "fail", "mx-cert-revoked", "revoked" },
{ "name", wrong_name, "S06", "fail", "mx-cert-name",
	"not for mx1.example.com; it is for mail.example.net." },
{ "CN", common_name, "S06", "fail", "mx-cert-cn", "common name (CN) only" },
{ "no SNI", no_sni, "S06", "info", "mx-no-sni", "another certificate" },
{ "no SNI", no_sni_no_tls, "S06", "info", "mx-no-sni", "gets no TLS" },
{ "no SNI", no_sni_either, "S06", "warn", "mx-cert-name", "" },
{ "expired", expired, "S07", "fail", "mx-cert-expired", "2025-12-31" },
{ "not yet", not_yet, "S07", "fail", "mx-cert-not-yet", "2026-01-02" },
{ "very soon", very_soon, "S07", "warn", "mx-cert-expires-very-soon",
	"in 2 days" },
{ "soon", soon, "S07", "warn", "mx-cert-expires-soon", "in 9 days" },
{ "key", small_key, "S07", "fail", "mx-cert-key", "RSA of 1024 bits" },
{ "curve", small_curve, "S07", "fail", "mx-cert-key", "EC of 192 bits" },
{ "hash", hash, "S07", "fail", "mx-cert-hash", "MD5" },
{ "own hash", own_hash, "S07", "pass", "", "" },
{ "differs", differs, "S08", "fail", "mx-addresses-differ",
	"valid at 192.0.2.25, but not at 192.0.2.27" },
{ "two", two, "S08", "pass", "", "mx1.example.com: 2 addresses" },
{ "DANE", seen_tls_dane, "S09", "pass", "", "mx1.example.com: 1 usable" },
{ "DANE", seen_tls_dane, "S10", "pass", "", "" },
{ "mismatch", mismatch, "S09", "fail", "tlsa-mismatch", "mx2.example.com" },
{ "mismatch", mismatch_at_one, "S09", "fail", "tlsa-mismatch",
	"mx1.example.com" },
{ "roll-over", roll_over, "S09", "info", "tlsa-spare",
	"1 of 2 TLSA records of mx2.example.com fits no" },
{ "unusable", unusable, "S09", "warn", "tlsa-unusable", "Usage 1 is none" },
{ "some", some_unusable, "S09", "info", "tlsa-some-unusable", "1 of the" },
{ "lookup", lookup, "S09", "fail", "tlsa-lookup", "TLSA lookup servfail." },
{ "lookup", lookup_alone, "S10", "skip", "", "" },
{ "address", lookup_of_address, "S09", "unknown", "", "not found out" },
{ "no TLS", dane_no_tls, "S09", "fail", "tlsa-no-tls", "no TLS that works" },
{ "dead", dane_dead, "S09", "unknown", "", "Not all certificates" },
{ "unseen", dane_unseen, "S09", "skip", "", "no certificates" },
{ "blocked", dane_blocked, "S09", "unknown", "", "Not all certificates" },
{ "some", dane_some, "S09", "info", "tlsa-some-hosts", "1 of 2 MX hosts" },
{ "alone", dane_alone, "S09", "warn", "tlsa-sts-disagree",
	"not the certificate check" },
{ "unlisted", dane_unlisted, "S09", "warn", "tlsa-sts-disagree",
	"no mx line" },
{ "unsigned", unsigned_tlsa, "S10", "warn", "tlsa-unsigned", "DNSSEC" },
{ "unsigned", unsigned_tlsa, "S09", "skip", "", "that count" },
{ "unsigned", unsigned_address, "S10", "warn", "tlsa-address-unsigned",
	"its address is not" },
{ "unsigned", unsigned_mx, "S10", "warn", "tlsa-mx-unsigned", "MX records" },
{ "no DNSSEC", no_dnssec, "S09", "skip", "", "DNSSEC cannot be had here" },
{ "no DNSSEC", no_dnssec_tlsa, "S10", "unknown", "", "does not validate" },
{ "REQUIRETLS", requiretls_some, "S11", "info", "mx-requiretls-some",
	"1 of 2" },
{ "REQUIRETLS", requiretls, "S11", "pass", "", "2 of 2" },
};
/* clang-format on */

#define COUNT (sizeof(rows) / sizeof(*rows))

static void
test_rows(void **state)
{
	judge_case_rows(rows, COUNT, judge_smtp);
}

static void
test_rules(void **state)
{
	judge_case_rules(rows, COUNT, judge_smtp_rules);
}

static void
test_nothing(void **state)
{
	judge_case_nothing("S", judge_smtp);
}

/* Many addresses of a host that show the same share one finding. */
static void
test_merged(void **state)
{
	struct seen_world w;
	struct audit *a;

	seen_world_open(&w);
	for (int i = 0; i < 6; i++) {
		char text[32];

		snprintf(text, sizeof(text), "192.0.2.%d", 100 + i);
		seen_world_mx_addr(&w, &w.mx[0], text);
	}
	for (size_t i = 0; i < 6; i++)
		w.mx[0].addr[i].probe->tls->names_host = false;
	seen_tls_cert(&w, 0, 6)->der = STR("another");
	a = audit_new(w.s.domain, NULL, w.s.at);
	judge_smtp(&w.s, a);
	assert_int_equal(audit_end(a), MTASTS_OK);
	assert_int_equal(audit_get(a, "S06")->finding_count, 1);
	assert_string_equal(audit_get(a, "S06")->place,
	    "mx1.example.com [192.0.2.25] and 5 more");
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
		cmocka_unit_test(test_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
