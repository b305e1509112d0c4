/*
 * test_httpd_tls - names, versions, tickets and failures of the handshake
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/httpd_world.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#define PATH "/.well-known/mta-sts.txt"
#define GET  "GET / HTTP/1.1\r\nHost: mta-sts.a.example\r\n\r\n"
#define FAILED(cause) \
	"mtasts_http_tls_handshake_failures_total{cause=\"" cause "\"}"
#define HANDSHAKES    "mtasts_http_tls_handshakes_total"
#define OPEN	      "mtasts_http_connections"
#define ALERT(number) (SSL_AD_REASON_OFFSET + (number))

/* A certificate made for this run, and who may have it. */
struct keys {
	X509 *cert;
	EVP_PKEY *key;
	bool without_name; /* give it to clients without SNI too */
	char asked[300]; /* the last name */
};

/* give_cert - to names under a.example and b.example */
static bool
give_cert(void *ctx, SSL *ssl, struct str name)
{
	struct keys *k = ctx;

	snprintf(k->asked, sizeof(k->asked), "%" STR_FMT, STR_ARG(name));
	if (name.len == 0 ? !k->without_name
			  : !str_ends(name, STR("a.example")) &&
		    !str_ends(name, STR("b.example")))
		return false;
	return SSL_use_cert_and_key(ssl, k->cert, k->key, NULL, 1) == 1;
}

/* make_keys - self-signed */
static void
make_keys(struct keys *k)
{
	X509_NAME *name = X509_NAME_new();

	memset(k, 0, sizeof(*k));
	k->key = EVP_EC_gen("P-256");
	k->cert = X509_new();
	assert_non_null(k->key);
	X509_set_version(k->cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(k->cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(k->cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(k->cert), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"a.example", -1, -1, 0);
	X509_set_subject_name(k->cert, name);
	X509_set_issuer_name(k->cert, name);
	X509_set_pubkey(k->cert, k->key);
	assert_true(X509_sign(k->cert, k->key, EVP_sha256()) > 0);
	X509_NAME_free(name);
}

struct fixture {
	struct world w;
	struct keys keys;
	SSL_CTX *ctx; /* the client's */
	SSL_SESSION *session; /* the newest ticket */
};

/* keep_session - a ticket came */
static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct fixture *f = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	SSL_SESSION_free(f->session);
	f->session = session;
	return 1;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	make_keys(&f->keys);
	world_init(&f->w);
	f->w.conf.use_cert = give_cert;
	f->w.conf.use_cert_ctx = &f->keys;
	f->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_app_data(f->ctx, f);
	SSL_CTX_set_session_cache_mode(
	    f->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(f->ctx, keep_session);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	world_end(&f->w);
	SSL_CTX_free(f->ctx);
	SSL_SESSION_free(f->session);
	X509_free(f->keys.cert);
	EVP_PKEY_free(f->keys.key);
	free(f);
	return 0;
}

/* start - one TLS listener */
static void
start(struct fixture *f)
{
	world_open(&f->w);
	world_listen(&f->w, "127.0.0.1:0", true);
	assert_int_equal(httpd_start(f->w.httpd), MTASTS_OK);
}

/* tls_new - a connected client, not yet shaken hands */
static SSL *
tls_new(struct fixture *f, const char *sni)
{
	SSL *ssl = SSL_new(f->ctx);

	SSL_set_fd(ssl, client_open(&f->w));
	if (sni != NULL)
		SSL_set_tlsext_host_name(ssl, sni);
	return ssl;
}

/* tls_open - with a completed handshake */
static SSL *
tls_open(struct fixture *f, const char *sni)
{
	SSL *ssl = tls_new(f, sni);

	if (SSL_connect(ssl) != 1)
		fail_msg(
		    "%s: %s", sni, ERR_reason_error_string(ERR_peek_error()));
	return ssl;
}

/* tls_close - politely */
static void
tls_close(SSL *ssl)
{
	int fd = SSL_get_fd(ssl);

	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
}

/* tls_refused - the reason of a handshake that must fail */
static int
tls_refused(struct fixture *f, SSL *ssl)
{
	int reason, fd = SSL_get_fd(ssl);
	char c;

	ERR_clear_error();
	/* TLS 1.3: the client learns of a late refusal when it reads. */
	if (SSL_connect(ssl) == 1 && SSL_read(ssl, &c, 1) > 0)
		fail_msg("was accepted");
	reason = ERR_GET_REASON(ERR_peek_error());
	ERR_clear_error();
	SSL_free(ssl);
	close(fd);
	return reason;
}

/* tls_get - for read_answer() */
static int
tls_get(void *ctx, char *p, size_t len)
{
	return SSL_read(ctx, p, (int)len);
}

/* tls_ask - one request and its answer */
static int
tls_ask(SSL *ssl, const char *request, struct answer *a)
{
	assert_int_equal(
	    SSL_write(ssl, request, (int)strlen(request)), strlen(request));
	read_answer(tls_get, ssl, true, a);
	return a->status;
}

/* tls_eof - the server says goodbye before it ends */
static bool
tls_eof(SSL *ssl)
{
	char c;

	return SSL_read(ssl, &c, 1) <= 0 &&
	    (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

static void
test_answer(void **state)
{
	struct fixture *f = *state;
	const unsigned char *alpn;
	struct answer a;
	unsigned len;
	SSL *ssl;

	start(f);
	SSL_CTX_set_alpn_protos(
	    f->ctx, (const unsigned char *)"\x02h2\x08http/1.1", 12);
	ssl = tls_open(f, "MTA-STS.A.example");
	assert_string_equal(SSL_get_version(ssl), "TLSv1.3");
	assert_string_equal(SSL_get_cipher_name(ssl), "TLS_AES_128_GCM_SHA256");
	SSL_get0_alpn_selected(ssl, &alpn, &len);
	assert_true(str_eq(str_make((const char *)alpn, len), STR("http/1.1")));
	assert_int_equal(
	    tls_ask(ssl, "GET /who HTTP/1.1\r\nHost: x\r\n\r\n", &a), 200);
	/* REQ: FET-15 */
	assert_string_equal(f->keys.asked, "mta-sts.a.example");
	assert_true(str_eq(
	    a.body, STR("client=127.0.0.1 sni=mta-sts.a.example tls=1")));
	assert_int_equal(tls_ask(ssl, GET GET, &a), 200);
	read_answer(tls_get, ssl, true, &a);
	assert_int_equal(
	    tls_ask(ssl,
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", &a),
	    200);
	assert_true(tls_eof(ssl));
	tls_close(ssl);
	world_until(&f->w, OPEN, 0);
	assert_int_equal(world_metric(&f->w, HANDSHAKES), 1);
}

static void
test_big_body(void **state)
{
	static const char big[] = "GET /big HTTP/1.1\r\nHost: x\r\n\r\n";
	struct fixture *f = *state;
	struct answer a;
	SSL *ssl;
	int i;

	start(f);
	ssl = tls_open(f, "a.example");
	/* All asked before anything is read: the server must wait for us. */
	for (i = 0; i < 12; i++)
		assert_true(SSL_write(ssl, big, sizeof(big) - 1) > 0);
	for (i = 0; i < 12; i++) {
		read_answer(tls_get, ssl, true, &a);
		assert_int_equal(a.status, 200);
		assert_int_equal(a.body.len, BIG_LEN);
	}
	assert_int_equal(tls_ask(ssl, GET, &a), 200);
	tls_close(ssl);
}

/*
 * Many small requests in one record and many records at once: what OpenSSL
 * has read ahead must not be forgotten.
 */
static void
test_read_ahead(void **state)
{
	struct fixture *f = *state;
	struct answer a;
	SSL *ssl;
	int i;

	start(f);
	ssl = tls_open(f, "a.example");
	for (i = 0; i < 200; i++)
		assert_true(SSL_write(ssl, GET, sizeof(GET) - 1) > 0);
	for (i = 0; i < 200; i++) {
		read_answer(tls_get, ssl, true, &a);
		assert_int_equal(a.status, 200);
	}
	/* A byte a record. */
	for (i = 0; GET[i] != '\0'; i++)
		assert_int_equal(SSL_write(ssl, GET + i, 1), 1);
	read_answer(tls_get, ssl, true, &a);
	assert_int_equal(a.status, 200);
	tls_close(ssl);
}

/* REQ: FET-15 */
static void
test_names(void **state)
{
	struct fixture *f = *state;
	SSL *ssl;

	start(f);
	assert_int_equal(tls_refused(f, tls_new(f, "mta-sts.c.example")),
	    ALERT(SSL_AD_UNRECOGNIZED_NAME));
	assert_int_equal(
	    tls_refused(f, tls_new(f, NULL)), ALERT(SSL_AD_UNRECOGNIZED_NAME));
	world_until(&f->w, FAILED("unknown_name"), 1);
	world_until(&f->w, FAILED("no_name"), 1);
	f->keys.without_name = true;
	ssl = tls_open(f, NULL);
	assert_string_equal(f->keys.asked, "");
	tls_close(ssl);
	/* In TLS 1.2 too. */
	SSL_CTX_set_max_proto_version(f->ctx, TLS1_2_VERSION);
	assert_int_equal(tls_refused(f, tls_new(f, "c.example")),
	    ALERT(SSL_AD_UNRECOGNIZED_NAME));
	ssl = tls_open(f, "b.example");
	assert_string_equal(SSL_get_version(ssl), "TLSv1.2");
	tls_close(ssl);
	world_until(&f->w, FAILED("unknown_name"), 2);
}

/* Who was refused and stays is waited for, but not counted again. */
static void
test_refused_stays(void **state)
{
	struct fixture *f = *state;
	SSL *ssl;
	int fd;

	start(f);
	ssl = tls_new(f, "mta-sts.c.example");
	fd = SSL_get_fd(ssl);
	assert_int_not_equal(SSL_connect(ssl), 1);
	ERR_clear_error();
	world_until(&f->w, "mtasts_http_timeouts_total{phase=\"drain\"}", 1);
	world_until(&f->w, OPEN, 0);
	assert_int_equal(world_metric(&f->w, FAILED("unknown_name")), 1);
	assert_int_equal(world_metric(&f->w, FAILED("timeout")), 0);
	SSL_free(ssl);
	close(fd);
}

static void
test_misdirected(void **state)
{
	struct fixture *f = *state;
	struct answer a;
	SSL *ssl;

	start(f);
	ssl = tls_open(f, "mta-sts.a.example");
	assert_int_equal(
	    tls_ask(ssl,
		"GET " PATH " HTTP/1.1\r\nHost: mta-sts.b.example\r\n\r\n", &a),
	    421);
	assert_int_equal(
	    tls_ask(ssl,
		"GET " PATH " HTTP/1.1\r\nHost: mta-sts.a.example\r\n\r\n", &a),
	    200);
	tls_close(ssl);
}

static void
test_versions(void **state)
{
	struct fixture *f = *state;
	SSL *ssl;

	start(f);
	/* REQ: FET-15 */
	SSL_CTX_set_security_level(f->ctx, 0);
	SSL_CTX_set_min_proto_version(f->ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(f->ctx, TLS1_1_VERSION);
	SSL_CTX_set_cipher_list(f->ctx, "ALL:@SECLEVEL=0");
	assert_int_equal(tls_refused(f, tls_new(f, "a.example")),
	    ALERT(SSL_AD_PROTOCOL_VERSION));
	world_until(&f->w, FAILED("protocol"), 1);
	/* No forward secrecy, no handshake. */
	SSL_CTX_set_max_proto_version(f->ctx, TLS1_2_VERSION);
	SSL_CTX_set_min_proto_version(f->ctx, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(f->ctx, "AES128-GCM-SHA256");
	assert_int_equal(tls_refused(f, tls_new(f, "a.example")),
	    ALERT(SSL_AD_HANDSHAKE_FAILURE));
	world_until(&f->w, FAILED("protocol"), 2);
	/* Only a protocol that we do not speak. */
	SSL_CTX_set_max_proto_version(f->ctx, 0);
	SSL_CTX_set_alpn_protos(f->ctx, (const unsigned char *)"\x02h2", 3);
	ssl = tls_new(f, "a.example");
	assert_int_equal(
	    tls_refused(f, ssl), ALERT(SSL_AD_NO_APPLICATION_PROTOCOL));
}

/*
 * resume - connect with the last ticket; was it taken?
 *
 * The name that counts is that of the certificate: of the first session when
 * the ticket was taken.
 */
static bool
resume(struct fixture *f, const char *sni, const char *first)
{
	struct answer a;
	bool reused;
	SSL *ssl = tls_new(f, sni);

	assert_int_equal(SSL_set_session(ssl, f->session), 1);
	assert_int_equal(SSL_connect(ssl), 1);
	reused = SSL_session_reused(ssl) == 1;
	assert_int_equal(
	    tls_ask(ssl, "GET /who HTTP/1.1\r\nHost: x\r\n\r\n", &a), 200);
	sni = reused ? first : sni;
	assert_true(str_find(a.body, str_of(sni)) < a.body.len);
	tls_close(ssl);
	return reused;
}

static void
test_tickets(void **state)
{
	static const char a_name[] = "mta-sts.a.example";
	static const char b_name[] = "mta-sts.b.example";
	struct fixture *f = *state;
	struct answer a;
	int version;
	SSL *ssl;

	f->w.conf.workers = 2;
	start(f);
	for (version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		SSL_CTX_set_max_proto_version(f->ctx, version);
		ssl = tls_open(f, a_name);
		assert_int_equal(tls_ask(ssl, GET, &a), 200);
		tls_close(ssl);
		assert_non_null(f->session);
		assert_true(resume(f, a_name, a_name));
		/* A ticket never makes us speak for another name. */
		resume(f, b_name, a_name);
	}
	/* Nor does it get past a name without certificate. */
	ssl = tls_new(f, "mta-sts.c.example");
	SSL_set_session(ssl, f->session);
	assert_int_equal(tls_refused(f, ssl), ALERT(SSL_AD_UNRECOGNIZED_NAME));
}

static void
test_plain_http(void **state)
{
	struct fixture *f = *state;
	struct answer a;
	int fd;

	start(f);
	fd = client_open(&f->w);
	assert_int_equal(client_ask(fd, GET, &a), 400);
	assert_true(str_find(a.body, STR("https://")) < a.body.len);
	assert_true(client_eof(fd));
	close(fd);
	/* Rubbish gets an alert at most, and an end. */
	fd = client_open(&f->w);
	client_send(fd, "\x05\x01\x02\x03 rubbish rubbish rubbish\r\n\r\n");
	while (recv(fd, a.text, sizeof(a.text), 0) > 0)
		continue;
	close(fd);
	world_until(&f->w, FAILED("protocol"), 2);
	world_until(&f->w, OPEN, 0);
}

static void
test_half_open(void **state)
{
	/* The beginning of a ClientHello: type, version, 256 bytes to come. */
	static const char begun[] = "\x16\x03\x01\x01\x00\x01";
	struct fixture *f = *state;
	int64_t begun_ms;
	struct pollfd p;
	SSL *ssl;
	int fd;

	f->w.conf.first_byte_timeout_ms = 300;
	start(f);
	/* Silence, then a slow hello: one timer for all of it. */
	fd = client_open(&f->w);
	assert_true(client_eof(fd));
	close(fd);
	world_until(&f->w, FAILED("timeout"), 1);
	fd = client_open(&f->w);
	begun_ms = loop_now_ms();
	assert_int_equal(send(fd, begun, 6, MSG_NOSIGNAL), 6);
	p = (struct pollfd){ .fd = fd, .events = POLLIN };
	while (poll(&p, 1, 10) == 0)
		if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
			break;
	assert_in_range(loop_now_ms() - begun_ms, 250, 5000);
	close(fd);
	world_until(&f->w, FAILED("timeout"), 2);
	/* The handshake's time counts for the head too. */
	ssl = tls_open(f, "a.example");
	assert_int_equal(SSL_write(ssl, "GET", 3), 3);
	assert_true(tls_eof(ssl));
	assert_in_range(loop_now_ms() - begun_ms, 250, 10000);
	tls_close(ssl);
	world_until(&f->w, "mtasts_http_timeouts_total{phase=\"first\"}", 3);
	assert_int_equal(world_metric(&f->w, FAILED("timeout")), 2);
	/* Gone in the middle. */
	fd = client_open(&f->w);
	assert_int_equal(send(fd, begun, 6, MSG_NOSIGNAL), 6);
	close(fd);
	world_until(&f->w, FAILED("closed"), 1);
	world_until(&f->w, OPEN, 0);
}

/* refuse_chain - a client that does not trust us */
static int
refuse_chain(int ok, X509_STORE_CTX *ctx)
{
	return 0;
}

static void
test_client_refuses(void **state)
{
	struct fixture *f = *state;
	SSL *ssl;
	int fd;

	start(f);
	SSL_CTX_set_verify(f->ctx, SSL_VERIFY_PEER, refuse_chain);
	ssl = tls_new(f, "a.example");
	fd = SSL_get_fd(ssl);
	assert_int_not_equal(SSL_connect(ssl), 1);
	ERR_clear_error();
	SSL_free(ssl);
	close(fd);
	world_until(&f->w, FAILED("alert"), 1);
}

static void
test_idle_goodbye(void **state)
{
	struct fixture *f = *state;
	struct answer a;
	SSL *ssl;

	f->w.conf.idle_timeout_ms = 200;
	start(f);
	ssl = tls_open(f, "a.example");
	assert_int_equal(tls_ask(ssl, GET, &a), 200);
	assert_true(tls_eof(ssl));
	tls_close(ssl);
}

static void
test_renegotiation(void **state)
{
	struct fixture *f = *state;
	struct answer a;
	SSL *ssl;

	start(f);
	SSL_CTX_set_max_proto_version(f->ctx, TLS1_2_VERSION);
	ssl = tls_open(f, "a.example");
	assert_int_equal(tls_ask(ssl, GET, &a), 200);
	if (SSL_renegotiate(ssl) == 1)
		assert_int_not_equal(SSL_do_handshake(ssl), 1);
	ERR_clear_error();
	tls_close(ssl);
	world_until(&f->w, OPEN, 0);
	assert_int_equal(world_metric(&f->w, HANDSHAKES), 1);
}

/* give_challenge - to one name; counts in "asked" */
static bool
give_challenge(void *ctx, SSL *ssl, struct str name)
{
	struct keys *k = ctx;

	snprintf(k->asked, sizeof(k->asked), "!%" STR_FMT, STR_ARG(name));
	return str_eq(name, STR("mta-sts.a.example")) &&
	    SSL_use_cert_and_key(ssl, k->cert, k->key, NULL, 1) == 1;
}

/* alpn_new - a client that offers these protocols, in ALPN's bytes */
static SSL *
alpn_new(struct fixture *f, const char *sni, const char *protocols)
{
	SSL *ssl = tls_new(f, sni);

	SSL_set_alpn_protos(
	    ssl, (const unsigned char *)protocols, (unsigned)strlen(protocols));
	return ssl;
}

/* RFC 8737: the protocol alone, the name that is pending, and then nothing */
static void
test_challenge(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct fixture *f = *state;
	const unsigned char *chosen;
	unsigned len;
	SSL *ssl;

	f->w.conf.use_challenge = give_challenge;
	f->w.conf.use_challenge_ctx = &f->keys;
	start(f);
	for (size_t i = 0; i < 2; i++) {
		ssl = alpn_new(f, "MTA-STS.a.example",
		    "\x0a"
		    "acme-tls/1");
		SSL_set_max_proto_version(ssl, versions[i]);
		assert_int_equal(SSL_connect(ssl), 1);
		assert_string_equal(f->keys.asked, "!mta-sts.a.example");
		SSL_get0_alpn_selected(ssl, &chosen, &len);
		assert_int_equal(len, 10);
		assert_memory_equal(chosen, "acme-tls/1", 10);
		/* A request changes nothing. */
		SSL_write(ssl, GET, sizeof(GET) - 1);
		assert_true(tls_eof(ssl));
		tls_close(ssl);
		assert_null(f->session);
	}
	assert_int_equal(tls_refused(f,
			     alpn_new(f, "mta-sts.b.example",
				 "\x0a"
				 "acme-tls/1")),
	    ALERT(SSL_AD_UNRECOGNIZED_NAME));
	/* With another protocol beside it a client is one like all. */
	ssl = alpn_new(f, "mta-sts.a.example",
	    "\x0a"
	    "acme-tls/1"
	    "\x08"
	    "http/1.1");
	assert_int_equal(SSL_connect(ssl), 1);
	assert_string_equal(f->keys.asked, "mta-sts.a.example");
	tls_close(ssl);
	ssl = tls_open(f, "mta-sts.a.example");
	assert_string_equal(f->keys.asked, "mta-sts.a.example");
	tls_close(ssl);
	world_until(&f->w, OPEN, 0);
}

/* a server that answers no challenges */
static void
test_challenge_off(void **state)
{
	struct fixture *f = *state;

	start(f);
	assert_int_equal(tls_refused(f,
			     alpn_new(f, "mta-sts.a.example",
				 "\x0a"
				 "acme-tls/1")),
	    ALERT(SSL_AD_NO_APPLICATION_PROTOCOL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answer),
		TEST(test_big_body),
		TEST(test_read_ahead),
		TEST(test_names),
		TEST(test_refused_stays),
		TEST(test_misdirected),
		TEST(test_versions),
		TEST(test_tickets),
		TEST(test_plain_http),
		TEST(test_half_open),
		TEST(test_client_refuses),
		TEST(test_idle_goodbye),
		TEST(test_renegotiation),
		TEST(test_challenge),
		TEST(test_challenge_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
