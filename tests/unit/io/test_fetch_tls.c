/*
 * test_fetch_tls - which certificates and versions a fetch accepts
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/fetch_world.h"

#define NAME(name) .want = { .names = "DNS:" name }
#define FROM(from, until) \
	.want = { .names = "DNS:" HOST, .from_s = from, .until_s = until }

/* A certificate of the policy host, and what a fetch says to it. */
static const struct {
	const char *id;
	struct mk_want want;
	enum fetchfact_end end;
	const char *why; /* part of the reason */
} rows[] = {
	/* REQ: FET-1 */
	{ "exact", NAME(HOST), FETCHFACT_OK, "" },
	{ "one of several", NAME("a.test,DNS:" HOST ",DNS:b.test"),
	    FETCHFACT_OK, "" },
	{ "upper case", NAME("MTA-STS.Example.COM"), FETCHFACT_OK, "" },
	{ "F018 wildcard", NAME("*.example.com"), FETCHFACT_OK, "" },

	/* REQ: FET-3: nobody answers there, and nobody is asked */
	{ "a list of revoked ones",
	    .want = { .names = "DNS:" HOST,
		.crl = "URI:http://127.0.0.1:1/revoked.crl" },
	    FETCHFACT_OK, "" },

	/* REQ: FET-2 */
	{ "F001 another name", NAME("www.example.com"), FETCHFACT_CERT_NAME,
	    "its certificate is for www.example.com" },
	{ "many other names",
	    NAME("a.test,DNS:b.test,DNS:c.test,DNS:d.test,DNS:e.test,"
		 "DNS:f.test,DNS:g.test"),
	    FETCHFACT_CERT_NAME,
	    "for a.test, b.test, c.test, d.test, e.test and 2 more" },
	{ "the parent", NAME("example.com"), FETCHFACT_CERT_NAME,
	    "for example.com" },
	{ "F019 wildcard of the top", NAME("*.com"), FETCHFACT_CERT_NAME,
	    "for *.com" },
	{ "F019 part of a label", NAME("m*.example.com"), FETCHFACT_CERT_NAME,
	    "for m*.example.com" },
	{ "F019 end of a label", NAME("*s.example.com"), FETCHFACT_CERT_NAME,
	    "for *s.example.com" },
	{ "wildcard inside", NAME("mta-sts.*.com"), FETCHFACT_CERT_NAME,
	    "for mta-sts.*.com" },
	{ "wildcard alone", NAME("*"), FETCHFACT_CERT_NAME, "for *" },
	{ "wildcard below", NAME("*.mta-sts.example.com"), FETCHFACT_CERT_NAME,
	    "for *.mta-sts" },
	{ "F017 common name only", .want = { .cn = HOST }, FETCHFACT_CERT_NAME,
	    "it has no dNSName" },
	{ "common name beside other names",
	    .want = { .cn = HOST, .names = "DNS:www.example.com" },
	    FETCHFACT_CERT_NAME, "for www.example.com" },
	{ "as another kind of name",
	    .want = { .names = "URI:https://" HOST ",IP:127.0.0.1,"
			       "email:x@" HOST },
	    FETCHFACT_CERT_NAME, "it has no dNSName" },

	/* REQ: FET-1 */
	{ "expired", FROM(-90 * MK_DAY, -3 * MK_DAY - 60),
	    FETCHFACT_CERT_EXPIRED, "its certificate expired 3 days ago" },
	{ "expired today", FROM(-90 * MK_DAY, -7300), FETCHFACT_CERT_EXPIRED,
	    "expired 2 hours ago" },
	{ "expired right now", FROM(-90 * MK_DAY, -61), FETCHFACT_CERT_EXPIRED,
	    "expired 1 minutes ago" },
	{ "not yet valid", FROM(MK_DAY + 60, 90 * MK_DAY),
	    FETCHFACT_CERT_EXPIRED, "not valid before another 1 day" },
};

/* REQ: FET-1 FET-2 */
static void
test_certificates(void **state)
{
	struct fetch_world w;
	struct site *s;
	size_t i;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	world_open(&w);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		site_cert(&w, s, &rows[i].want);
		world_fetch(&w);
		if (w.result.end != rows[i].end ||
		    strstr(w.result.why, rows[i].why) == NULL)
			fail_msg("%s: %s, \"%s\"", rows[i].id,
			    fetchfact_end_name(w.result.end), w.result.why);
	}
	/* None of them saw a request but those that are good. */
	assert_int_equal(
	    world_metric(&w, "mtasts_fetches_total{end=\"ok\"}"), 5);
	assert_int_equal(
	    world_metric(&w, "mtasts_fetches_total{end=\"cert-expired\"}"), 4);
	world_end(&w);
}

/* world_fetch_as - one fetch with its end and part of the reason */
static void
world_fetch_as(struct fetch_world *w, enum fetchfact_end end, const char *why)
{
	world_fetch(w);
	if (w->result.end != end || strstr(w->result.why, why) == NULL)
		fail_msg(
		    "%s: %s", fetchfact_end_name(w->result.end), w->result.why);
}

/* REQ: FET-1 */
static void
test_chains(void **state)
{
	struct mk_want want = { .names = "DNS:" HOST };
	struct mk_want ca = { .cn = "Old Issuer",
		.ca = true,
		.from_s = -9 * MK_DAY,
		.until_s = -2 * MK_DAY - 60 };
	struct mk_ca other;
	struct fetch_world w;
	struct site *s;
	X509 *good;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	world_open(&w);
	/* F020: by itself, by an unknown authority, without the issuer */
	X509_free(s->cert);
	want.key = s->key;
	s->cert = mk_new(NULL, s->key, &want);
	world_fetch_as(&w, FETCHFACT_CERT_UNTRUSTED,
	    "its certificate is not trusted: self-signed certificate");
	mk_ca_make(&other);
	X509_free(s->cert);
	s->cert = mk_new(other.cert, other.key, &want);
	s->ca = &other;
	world_fetch_as(&w, FETCHFACT_CERT_UNTRUSTED, "is not trusted: ");
	s->with_issuer = false;
	world_fetch_as(&w, FETCHFACT_CERT_UNTRUSTED,
	    "\"Lab Issuer\"; it came without its issuer's");
	s->with_issuer = true;
	mk_ca_free(&other);
	/* An issuer that has expired is named. */
	s->ca = &w.ca;
	good = w.ca.cert;
	ca.key = w.ca.key;
	w.ca.cert = mk_new(w.ca.root, w.ca.root_key, &ca);
	X509_free(s->cert);
	s->cert = mk_new(w.ca.cert, w.ca.key, &want);
	world_fetch_as(&w, FETCHFACT_CERT_EXPIRED,
	    "the certificate of its issuer \"Old Issuer\" expired 2 days");
	X509_free(w.ca.cert);
	w.ca.cert = good;
	/* A server certificate is no authority. */
	X509_free(w.ca.cert);
	ca = (struct mk_want){ .cn = "No CA", .key = w.ca.key };
	w.ca.cert = mk_new(w.ca.root, w.ca.root_key, &ca);
	X509_free(s->cert);
	s->cert = mk_new(w.ca.cert, w.ca.key, &want);
	world_fetch_as(&w, FETCHFACT_CERT_UNTRUSTED, "not trusted: ");
	world_end(&w);
}

/* REQ: VAL-4 FET-15 */
static void
test_handshakes(void **state)
{
	struct fetch_world w;
	struct site *s;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	world_open(&w);
	world_fetch_as(&w, FETCHFACT_OK, "");
	assert_string_equal(s->version, "TLSv1.3");
	s->tls_max = TLS1_2_VERSION;
	world_fetch_as(&w, FETCHFACT_OK, "");
	assert_string_equal(s->version, "TLSv1.2");
	/* F022 */
	s->tls_max = TLS1_1_VERSION;
	world_fetch_as(&w, FETCHFACT_TLS, "speaks no TLS 1.2 or later");
	s->tls_max = 0;
	s->name_refused = true;
	world_fetch_as(&w, FETCHFACT_TLS,
	    "refused the TLS handshake for " HOST " with alert 112");
	s->name_refused = false;
	/* F009 */
	s->kind = SITE_CLOSES;
	world_fetch_as(&w, FETCHFACT_TLS, "during the TLS handshake");
	s->kind = SITE_PLAIN;
	s->answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
	world_fetch_as(&w, FETCHFACT_TLS, "without TLS");
	s->answer = "SSH-2.0-OpenSSH_9.2\r\n";
	world_fetch_as(&w, FETCHFACT_TLS, "without TLS");
	s->answer = "";
	world_fetch_as(&w, FETCHFACT_TLS, "closed during the TLS handshake");
	s->answer = "\x16\x03\x03";
	world_fetch_as(&w, FETCHFACT_TLS, "closed during the TLS handshake");
	world_end(&w);
}

/* ---- through a proxy ---- */

/* REQ: FET-1 FET-14 */
static void
test_proxy(void **state)
{
	struct fetch_world w;
	struct site *s;
	char url[100], want[300];

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	s->kind = SITE_PROXY;
	s->tunnel = "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n";
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", w.port);
	w.conf.proxy = url;
	w.conf.port = 443;
	w.conf.allow_private = false;
	w.conf.timeout_ms = 500;
	world_open(&w);
	world_fetch_as(&w, FETCHFACT_OK, "");
	assert_string_equal(w.result.body, POLICY);
	assert_string_equal(w.result.address, "");
	assert_string_equal(s->sni, HOST);
	assert_int_equal(w.dns.asked, 0);
	snprintf(want, sizeof(want),
	    "CONNECT " HOST ":443 HTTP/1.1\r\nHost: " HOST ":443\r\n"
	    "User-Agent: mtasts/%s\r\n\r\n",
	    MTASTS_VERSION);
	assert_string_equal(s->connect, want);
	assert_non_null(strstr(s->request, "\r\nHost: " HOST "\r\n"));

	site_cert(&w, s, &(struct mk_want){ .names = "DNS:a.test" });
	world_fetch_as(&w, FETCHFACT_CERT_NAME, "through our proxy 127.0.0.1");
	s->tunnel = "HTTP/1.1 403 Forbidden\r\n\r\n";
	world_fetch_as(&w, FETCHFACT_PROXY, "answered CONNECT with status 403");
	s->tunnel = "HTTP/1.1 200 OK\r\n\r\nwelcome";
	world_fetch_as(&w, FETCHFACT_PROXY, "7 bytes of its own");
	s->tunnel = "SSH-2.0-OpenSSH_9.2\r\n";
	world_fetch_as(&w, FETCHFACT_PROXY, "not HTTP/1 but \"SSH-2.0");
	s->tunnel = "";
	world_fetch_as(&w, FETCHFACT_PROXY, "closed without an answer");
	s->tunnel = NULL;
	world_fetch_as(&w, FETCHFACT_TIMEOUT, "no answer to CONNECT within");
	world_end(&w);
}

/* By name; and not there at all. */
static void
test_proxy_name(void **state)
{
	struct fetch_world w;
	struct site *s;
	char url[100];

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	s->kind = SITE_PROXY;
	s->tunnel = "HTTP/1.0 200 OK\r\n\r\n";
	snprintf(url, sizeof(url), "http://Proxy.test:%u/", w.port);
	w.conf.proxy = url;
	w.conf.port = 443;
	w.conf.allow_private = false;
	w.dns.a.addresses = "127.0.0.2 127.0.0.1";
	world_open(&w);
	world_fetch_as(&w, FETCHFACT_OK, "");
	assert_string_equal(w.dns.name, "proxy.test");
	w.dns.a.addresses = "127.0.0.2";
	world_fetch_as(&w, FETCHFACT_PROXY, "our proxy 127.0.0.2 port ");
	w.dns.a.end = w.dns.aaaa.end = DNSFACT_NXDOMAIN;
	world_fetch_as(
	    &w, FETCHFACT_PROXY, "our proxy: there is no host proxy.test");
	world_end(&w);
}

/* ---- opening ---- */

/* open_fails - with this error, and a finding of this name */
static void
open_fails(struct fetch_world *w, enum mtasts_err want, const char *name)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct fetcher *f = NULL;

	assert_int_equal(fetcher_open(&w->conf, &f, diags), want);
	assert_null(f);
	assert_int_equal(mtasts_diags_count(diags), 1);
	assert_string_equal(mtasts_diags_get(diags, 0)->name, name);
	mtasts_diags_free(diags);
}

static void
test_open(void **state)
{
	static const char *const bad_nets[] = { "10.0.0.0/8", "10/8" };
	static const char *const bad_proxies[] = { "proxy:3128",
		"https://proxy:3128", "http://proxy", "http://proxy:0",
		"http://proxy:65536", "http://u:p@proxy:3128", "http://:3128",
		"http://a b:3128", "http://[::1:3128", "http://[::1]",
		"http://::1:3128", "http://[127.0.0.1]:3128",
		"http://proxy:3128/path" };
	struct mtasts_diags *diags = mtasts_diags_new();
	struct fetch_world w;
	size_t i;

	world_init(&w);
	w.conf.port = 443;
	w.conf.ca_file = scratch_file(&w.scratch, "absent.pem");
	open_fails(&w, MTASTS_ENOENT, "fetch-ca-file");
	w.conf.ca_file = w.scratch.path;
	open_fails(&w, MTASTS_ESYNTAX, "fetch-ca-file");
	assert_int_equal(
	    scratch_write(&w.scratch, "text.pem", "no certificate", 14), 0);
	w.conf.ca_file = scratch_file(&w.scratch, "text.pem");
	open_fails(&w, MTASTS_ESYNTAX, "fetch-ca-file");
	w.conf.ca_file = w.roots;
	w.conf.allow_networks = (struct conf_list){ bad_nets, 2 };
	open_fails(&w, MTASTS_ECONF, "fetch-network");
	w.conf.allow_networks.count = 1;
	for (i = 0; i < sizeof(bad_proxies) / sizeof(*bad_proxies); i++) {
		w.conf.proxy = bad_proxies[i];
		open_fails(&w, MTASTS_ECONF, "fetch-proxy");
	}
	w.conf.proxy = "http://[::1]:3128/";
	w.conf.timeout_ms = 0;
	open_fails(&w, MTASTS_ECONF, "fetch-number");
	w.conf.timeout_ms = 1;
	fetch_check_conf(&w.conf, diags);
	assert_int_equal(mtasts_diags_count(diags), 0);
	/* All faults at once, and no file is needed to find them. */
	w.conf.port = 0;
	w.conf.proxy = "x";
	w.conf.ca_file = "/nowhere";
	w.conf.allow_networks.count = 2;
	fetch_check_conf(&w.conf, diags);
	assert_int_equal(mtasts_diags_count(diags), 3);
	mtasts_diags_free(diags);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_handshakes),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_proxy_name),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
