/*
 * test_probe - real connections to mail servers that follow a script
 */
#include "io/probe.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/scratch.h"
#include "support/smtp_site.h"

#include <sys/resource.h>

#define HOST	"mx.example"
#define GREET	"220 mx.example ESMTP\r\n|"
#define EHLO	"250-mx.example\r\n250-SIZE 1000\r\n250 STARTTLS\r\n|"
#define AGREE	"220 go ahead\r\n|"
#define SECURE	GREET EHLO AGREE "TLS|"
#define ALL	SECURE "|250-mx.example\r\n250 REQUIRETLS\r\n|221 bye\r\n"
#define SAID	"EHLO me.example\r\nSTARTTLS\r\n"
#define LONG_MS 20000
#define SOON_MS 300

struct lab {
	struct mk_ca ca, other;
	struct scratch dir;
	EVP_PKEY *key;
	X509 *leaf; /* for HOST */
	SSL_CTX *server; /* which shows it */
	struct loop *loop;
	struct prober_conf conf;
	struct prober *prober;
	struct smtp_site site;
	/* of the last look */
	struct probefact *fact;
	unsigned calls, awaited;
};

/* server_of - shows a certificate and what follows it; leaf is used up */
static SSL_CTX *
server_of(struct lab *l, X509 *leaf, X509 *issuer, size_t times)
{
	X509 *certs[302] = { leaf };
	SSL_CTX *ctx;

	for (size_t i = 1; i <= times; i++)
		certs[i] = issuer;
	ctx = tlspair_server(l->key, certs);
	X509_free(leaf);
	return ctx;
}

/* leaf_of - a certificate of our authority with our key */
static X509 *
leaf_of(struct lab *l, struct mk_want want)
{
	want.key = l->key;
	return mk_new(l->ca.cert, l->ca.key, &want);
}

/* set_up - a loop, an authority, a server's context, a prober */
static int
set_up(void **ctx)
{
	struct lab *l = calloc(1, sizeof(*l));
	FILE *f;

	MK_DO(scratch_open(&l->dir) == 0);
	mk_ca_make(&l->ca);
	mk_ca_make(&l->other);
	l->key = EVP_EC_gen("P-256");
	l->server =
	    server_of(l, leaf_of(l, (struct mk_want){ .names = "DNS:" HOST }),
		l->ca.cert, 1);
	f = fopen(scratch_file(&l->dir, "ca.pem"), "w");
	MK_DO(f != NULL && PEM_write_X509(f, l->ca.root) == 1);
	MK_DO(fclose(f) == 0);
	MK_DO(loop_new(&l->loop) == MTASTS_OK);
	l->conf = (struct prober_conf){ .ca_file = l->dir.file,
		.helo = "me.example",
		.timeout_ms = LONG_MS,
		.loop = l->loop };
	assert_int_equal(prober_open(&l->conf, &l->prober, NULL), MTASTS_OK);
	*ctx = l;
	return 0;
}

/* tear_down - release all */
static int
tear_down(void **ctx)
{
	struct lab *l = *ctx;

	probefact_free(l->fact);
	prober_close(l->prober);
	loop_free(l->loop);
	SSL_CTX_free(l->server);
	EVP_PKEY_free(l->key);
	mk_ca_free(&l->ca);
	mk_ca_free(&l->other);
	scratch_close(&l->dir);
	free(l);
	return 0;
}

/* on_fact - keep the last one; stop when all have come */
static void
on_fact(void *ctx, struct probefact *fact)
{
	struct lab *l = ctx;

	probefact_free(l->fact);
	l->fact = probefact_hold(fact);
	if (++l->calls == l->awaited)
		loop_stop(l->loop);
}

/* want_of - what to look at: a port on loopback */
static struct probe_want
want_of(unsigned port)
{
	struct probe_want want = { .host = HOST, .port = port };

	assert_true(ipnet_addr_parse(STR("127.0.0.1"), &want.addr));
	return want;
}

/* look_by - one look, to its end */
static const struct probefact *
look_by(struct lab *l, const struct probe_want *want)
{
	l->calls = 0;
	l->awaited = 1;
	assert_non_null(probe_start(l->prober, want, on_fact, l));
	assert_int_equal(l->calls, 0);
	assert_int_equal(loop_run(l->loop), MTASTS_OK);
	assert_int_equal(l->calls, 1);
	return l->fact;
}

/* How a look differs from the usual one. */
enum kind { USUAL = 0, AT_ONCE, NO_SNI, OLD };

/* look - at a server of this script */
static const struct probefact *
look(struct lab *l, const char *script, enum site_last last, SSL_CTX *server,
    enum kind kind)
{
	struct probe_want want;

	site_start(&l->site, script, last, server);
	want = want_of(l->site.port);
	want.kind = kind == AT_ONCE ? PROBE_TLS : PROBE_SMTP;
	want.no_sni = kind == NO_SNI;
	want.old_tls = kind == OLD;
	look_by(l, &want);
	site_stop(&l->site);
	return l->fact;
}

/* again - open the prober anew, with another deadline */
static void
again(struct lab *l, int64_t timeout_ms)
{
	prober_close(l->prober);
	l->conf.timeout_ms = timeout_ms;
	assert_int_equal(prober_open(&l->conf, &l->prober, NULL), MTASTS_OK);
}

/* valid - all that is told when all is well */
static void
valid(void **ctx)
{
	struct lab *l = *ctx;
	const struct probefact *f = look(l, ALL, SITE_CLOSES, l->server, USUAL);

	assert_string_equal(f->why, "");
	assert_int_equal(f->end, PROBEFACT_OK);
	assert_string_equal(f->address, "127.0.0.1");
	assert_int_equal(f->greeting_code, 220);
	assert_string_equal(f->greeting, "mx.example ESMTP");
	assert_false(f->early);
	assert_int_equal(f->ext_clear, PROBEFACT_SIZE | PROBEFACT_STARTTLS);
	assert_int_equal(f->ext_tls, PROBEFACT_REQUIRETLS);
	assert_in_range(f->took_ms, 0, LONG_MS);
	assert_non_null(f->tls);
	assert_true(tlsfact_valid(f->tls));
	assert_string_equal(f->tls->version, "TLSv1.3");
	assert_string_equal(l->site.heard, SAID "EHLO me.example\r\nQUIT\r\n");
}

struct dialogue {
	const char *script;
	enum site_last last;
	enum probefact_end end;
	const char *why; /* part of it */
	const char *heard; /* all of it */
};

#define SAID1 "EHLO me.example\r\n"

static const struct dialogue dialogues[] = {
	{ "", SITE_CLOSES, PROBEFACT_CLOSED, "without a greeting", "" },
	{ GREET, SITE_CLOSES, PROBEFACT_CLOSED, "without a reply to EHLO",
	    SAID1 },
	{ GREET EHLO, SITE_CLOSES, PROBEFACT_CLOSED,
	    "without a reply to STARTTLS", SAID },
	{ GREET EHLO AGREE "TLS", SITE_CLOSES, PROBEFACT_AFTER_TLS,
	    "without a reply to EHLO over TLS", SAID },
	{ SECURE "|250", SITE_CLOSES, PROBEFACT_AFTER_TLS,
	    "amid its reply to EHLO over TLS", SAID SAID1 },
	{ SECURE "|550 no\r\n", SITE_WAITS, PROBEFACT_AFTER_TLS,
	    "refused EHLO over TLS with code 550: \"no\"",
	    SAID SAID1 "QUIT\r\n" },
	{ "421 busy\r\n", SITE_WAITS, PROBEFACT_BUSY, "421: \"busy\"",
	    "QUIT\r\n" },
	{ "554 no\r\n", SITE_WAITS, PROBEFACT_REJECTED, "554: \"no\"",
	    "QUIT\r\n" },
	{ GREET "502 what\r\n", SITE_WAITS, PROBEFACT_EHLO, "502: \"what\"",
	    SAID1 "QUIT\r\n" },
	{ GREET "250 x\r\n", SITE_WAITS, PROBEFACT_NO_STARTTLS,
	    "does not offer STARTTLS", SAID1 "QUIT\r\n" },
	{ GREET EHLO "454 later\r\n", SITE_WAITS, PROBEFACT_STARTTLS_LATER,
	    "454: \"later\"", SAID "QUIT\r\n" },
	{ GREET EHLO "501 never\r\n", SITE_WAITS, PROBEFACT_STARTTLS_NEVER,
	    "501: \"never\"", SAID "QUIT\r\n" },
	{ GREET EHLO "220 go\r\n250 injected\r\n", SITE_WAITS,
	    PROBEFACT_INJECTED, "\"250 injected\\r\\n\"", SAID },
	{ GREET EHLO "220 go\r\n|sorry, no TLS here\r\n", SITE_CLOSES,
	    PROBEFACT_TLS, "is not TLS", NULL },
	{ "HTTP/1.1 400 Bad Request\r\n\r\n", SITE_WAITS, PROBEFACT_NO_SMTP,
	    "it speaks HTTP", "" },
	{ "\x15\x03\x01", SITE_WAITS, PROBEFACT_NO_SMTP, "speaks TLS", "" },
	{ "250-", SITE_FLOODS, PROBEFACT_NO_SMTP,
	    "more than 65536 bytes and no end", NULL },
	{ "220 ", SITE_ROARS, PROBEFACT_NO_SMTP, "a line of more than 2048",
	    NULL },
	{ SECURE "|250-", SITE_FLOODS, PROBEFACT_AFTER_TLS,
	    "more than 65536 bytes and no end", SAID SAID1 },
	{ GREET EHLO "220 go\r\n|", SITE_FLOODS, PROBEFACT_TLS, "is not TLS",
	    NULL },
};

/* talks - what comes of each dialogue */
static void
talks(void **ctx)
{
	struct lab *l = *ctx;

	for (size_t i = 0; i < sizeof(dialogues) / sizeof(dialogues[0]); i++) {
		const struct dialogue *t = &dialogues[i];
		const struct probefact *f =
		    look(l, t->script, t->last, l->server, USUAL);

		print_message(
		    "%zu: %s: %s\n", i, probefact_end_name(f->end), f->why);
		assert_int_equal(f->end, t->end);
		assert_non_null(strstr(f->why, t->why));
		if (t->heard != NULL)
			assert_string_equal(l->site.heard, t->heard);
		assert_int_equal(f->tls != NULL, f->end == PROBEFACT_AFTER_TLS);
		assert_true(probefact_talked(f));
	}
}

/* early - a server that does not wait for its turn is noted, not refused */
static void
early(void **ctx)
{
	struct lab *l = *ctx;
	const struct probefact *f = look(l,
	    "220 a\r\n250-a\r\n250 STARTTLS\r\n||" AGREE
	    "TLS||250 x\r\n|221 x\r\n",
	    SITE_CLOSES, l->server, USUAL);

	assert_int_equal(f->end, PROBEFACT_OK);
	assert_true(f->early);
}

/* certificates - what is wrong with them does not stop the look */
static void
certificates(void **ctx)
{
	static const struct {
		struct mk_want want;
		bool by_self, alone, by_other;
		enum tlsfact_trust trust;
		bool names_host;
	} cases[] = {
		{ { .names = "DNS:" HOST, .from_s = -9000, .until_s = -60 },
		    false, false, false, TLSFACT_EXPIRED, true },
		{ { .names = "DNS:" HOST }, true, true, false,
		    TLSFACT_SELF_SIGNED, true },
		{ { .names = "DNS:other.example" }, false, false, false,
		    TLSFACT_TRUSTED, false },
		{ { .names = "DNS:" HOST }, false, true, false,
		    TLSFACT_INCOMPLETE, true },
	};
	struct lab *l = *ctx;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mk_want want = cases[i].want;
		const struct probefact *f;
		SSL_CTX *server;

		want.key = l->key;
		server = server_of(l,
		    cases[i].by_self ? mk_new(NULL, l->key, &want)
				     : leaf_of(l, want),
		    l->ca.cert, cases[i].alone ? 0 : 1);
		f = look(l, ALL, SITE_CLOSES, server, USUAL);
		assert_int_equal(f->end, PROBEFACT_OK);
		assert_int_equal(f->tls->trust, cases[i].trust);
		assert_int_equal(f->tls->names_host, cases[i].names_host);
		SSL_CTX_free(server);
	}
}

/* on_name - another certificate for those who ask for HOST */
static int
on_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	if (name != NULL && strcmp(name, HOST) == 0)
		SSL_set_SSL_CTX(ssl, arg);
	return SSL_TLSEXT_ERR_OK;
}

/* sni - the name is said, unless it is not to be */
static void
sni(void **ctx)
{
	struct lab *l = *ctx;
	SSL_CTX *server = server_of(l,
	    leaf_of(l, (struct mk_want){ .names = "DNS:plain.example" }),
	    l->ca.cert, 1);
	const struct probefact *f;

	SSL_CTX_set_tlsext_servername_callback(server, on_name);
	SSL_CTX_set_tlsext_servername_arg(server, l->server);
	f = look(l, ALL, SITE_CLOSES, server, USUAL);
	assert_true(f->tls->names_host);
	f = look(l, ALL, SITE_CLOSES, server, NO_SNI);
	assert_int_equal(f->end, PROBEFACT_OK);
	assert_false(f->tls->names_host);
	assert_string_equal(f->tls->names[0], "plain.example");
	SSL_CTX_free(server);
}

/* on_any_name - a server that knows nobody */
static int
on_any_name(SSL *ssl, int *alert, void *arg)
{
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* refused - the handshake ends with an alert, which is told */
static void
refused(void **ctx)
{
	struct lab *l = *ctx;
	const struct probefact *f;

	SSL_CTX_set_tlsext_servername_callback(l->server, on_any_name);
	f = look(l, ALL, SITE_CLOSES, l->server, USUAL);
	assert_int_equal(f->end, PROBEFACT_TLS);
	assert_string_equal(f->why,
	    "it refused the TLS handshake for " HOST
	    " with alert 112 (tlsv1 unrecognized name)");
	f = look(l, ALL, SITE_CLOSES, l->server, NO_SNI);
	assert_string_equal(f->why,
	    "it refused the TLS handshake with alert 112 (tlsv1 unrecognized "
	    "name)");
}

/* versions - old ones are told apart, in both kinds of looks */
static void
versions(void **ctx)
{
	static const struct {
		int min, max;
		enum kind kind;
		enum probefact_end end;
		const char *told; /* version, or part of the reason */
	} cases[] = {
		{ TLS1_2_VERSION, TLS1_2_VERSION, USUAL, PROBEFACT_OK,
		    "TLSv1.2" },
		{ TLS1_VERSION, TLS1_VERSION, USUAL, PROBEFACT_TLS,
		    "it speaks no TLS 1.2 or later" },
		{ TLS1_1_VERSION, TLS1_1_VERSION, USUAL, PROBEFACT_TLS,
		    "it speaks no TLS 1.2 or later" },
		{ TLS1_VERSION, TLS1_VERSION, OLD, PROBEFACT_OK, "TLSv1" },
		{ TLS1_1_VERSION, TLS1_1_VERSION, OLD, PROBEFACT_OK,
		    "TLSv1.1" },
		{ TLS1_VERSION, TLS1_3_VERSION, OLD, PROBEFACT_OK, "TLSv1.1" },
		{ TLS1_VERSION, TLS1_3_VERSION, USUAL, PROBEFACT_OK,
		    "TLSv1.3" },
		{ TLS1_2_VERSION, TLS1_3_VERSION, OLD, PROBEFACT_TLS,
		    "it speaks neither TLS 1.0 nor 1.1" },
	};
	struct lab *l = *ctx;

	SSL_CTX_set_cipher_list(l->server, "ALL:@SECLEVEL=0");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct probefact *f;

		SSL_CTX_set_min_proto_version(l->server, cases[i].min);
		SSL_CTX_set_max_proto_version(l->server, cases[i].max);
		f = look(l, ALL, SITE_CLOSES, l->server, cases[i].kind);
		print_message("%zu: %s\n", i, f->why);
		assert_int_equal(f->end, cases[i].end);
		if (f->end == PROBEFACT_OK)
			assert_string_equal(f->tls->version, cases[i].told);
		else
			assert_non_null(strstr(f->why, cases[i].told));
	}
}

/* long_chain - more certificates than anybody needs, and too many bytes */
static void
long_chain(void **ctx)
{
	struct lab *l = *ctx;
	struct mk_want want = { .names = "DNS:" HOST };
	SSL_CTX *server = server_of(l, leaf_of(l, want), l->ca.cert, 100);
	const struct probefact *f = look(l, ALL, SITE_CLOSES, server, USUAL);

	assert_int_equal(f->end, PROBEFACT_OK);
	assert_int_equal(f->tls->sent, 101);
	assert_true(tlsfact_valid(f->tls));
	SSL_CTX_free(server);
	server = server_of(l, leaf_of(l, want), l->ca.cert, 300);
	f = look(l, ALL, SITE_CLOSES, server, USUAL);
	assert_int_equal(f->end, PROBEFACT_TLS);
	assert_string_equal(
	    f->why, "it sent more than 65536 bytes of certificates");
	SSL_CTX_free(server);
}

struct wait {
	const char *script;
	enum site_last last;
	enum kind kind;
	enum probefact_end end;
	const char *why;
};

static const struct wait waits[] = {
	{ "", SITE_WAITS, USUAL, PROBEFACT_SILENT,
	    "it sent no greeting within 300ms" },
	{ "2", SITE_DRIPS, USUAL, PROBEFACT_SILENT,
	    "its greeting was not finished within 300ms" },
	{ GREET "250-", SITE_DRIPS, USUAL, PROBEFACT_SILENT,
	    "its reply to EHLO was not finished within 300ms" },
	{ GREET EHLO "220 go\r\n", SITE_WAITS, USUAL, PROBEFACT_TLS_LATE,
	    "the TLS handshake was not finished within 300ms" },
	{ SECURE, SITE_WAITS, USUAL, PROBEFACT_AFTER_TLS,
	    "it sent no reply to EHLO over TLS within 300ms" },
	{ "", SITE_WAITS, AT_ONCE, PROBEFACT_TLS_LATE,
	    "the TLS handshake was not finished within 300ms" },
};

/* slow - the deadline holds, whatever a server does */
static void
slow(void **ctx)
{
	struct lab *l = *ctx;

	again(l, SOON_MS);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		const struct wait *t = &waits[i];
		const struct probefact *f =
		    look(l, t->script, t->last, l->server, t->kind);

		print_message("%zu: %s\n", i, f->why);
		assert_int_equal(f->end, t->end);
		assert_true(str_starts(str_of(f->why), str_of(t->why)));
		/* The loop's clock lags a little behind ours. */
		assert_in_range(f->took_ms, SOON_MS / 2, 10 * SOON_MS);
	}
}

/* at_once - TLS without SMTP */
static void
at_once(void **ctx)
{
	struct lab *l = *ctx;
	const struct probefact *f =
	    look(l, "TLS", SITE_WAITS, l->server, AT_ONCE);

	assert_int_equal(f->end, PROBEFACT_OK);
	assert_true(tlsfact_valid(f->tls));
	assert_int_equal(f->greeting_code, 0);
	assert_string_equal(f->greeting, "");
	assert_string_equal(l->site.heard, "");
	f = look(l, GREET, SITE_CLOSES, l->server, AT_ONCE);
	assert_int_equal(f->end, PROBEFACT_TLS);
	f = look(l, "", SITE_CLOSES, l->server, AT_ONCE);
	assert_int_equal(f->end, PROBEFACT_TLS);
}

/* no_connection - refused, not answered, and our own fault */
static void
no_connection(void **ctx)
{
	struct lab *l = *ctx;
	struct probe_want want;
	const struct probefact *f;
	struct sockaddr_in sa = { .sin_family = AF_INET };
	unsigned port;
	int fds[5], fd = site_listen(&port, 0);

	close(fd);
	want = want_of(port);
	f = look_by(l, &want);
	assert_int_equal(f->end, PROBEFACT_REFUSED);
	assert_non_null(strstr(f->why, "refused the connection to port"));
	assert_false(probefact_talked(f));

	/* A full queue: the system drops what comes. */
	again(l, SOON_MS);
	fd = site_listen(&port, 0);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sa.sin_port = htons((uint16_t)port);
	for (int i = 0; i < 5; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fds[i], (struct sockaddr *)&sa, sizeof(sa));
	}
	want = want_of(port);
	f = look_by(l, &want);
	assert_int_equal(f->end, PROBEFACT_TIMEOUT);
	assert_non_null(strstr(f->why, "within 300ms"));
	for (int i = 0; i < 5; i++)
		close(fds[i]);
	close(fd);

	/* The system refuses it without sending anything. */
	assert_true(ipnet_addr_parse(STR("255.255.255.255"), &want.addr));
	f = look_by(l, &want);
	assert_int_equal(f->end, PROBEFACT_OURS);
	assert_string_equal(f->why,
	    "this machine has no way there by IPv4 (Network is "
	    "unreachable)");
}

/* crowd - five hundred at once */
static void
crowd(void **ctx)
{
	struct lab *l = *ctx;
	struct probe_want want;
	struct rlimit limit;

	MK_DO(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = limit.rlim_max;
	MK_DO(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	again(l, 120000);
	site_start(&l->site, ALL, SITE_CLOSES, l->server);
	want = want_of(l->site.port);
	l->calls = 0;
	l->awaited = 500;
	for (unsigned i = 0; i < l->awaited; i++)
		assert_non_null(probe_start(l->prober, &want, on_fact, l));
	assert_int_equal(loop_run(l->loop), MTASTS_OK);
	site_stop(&l->site);
	assert_int_equal(l->calls, 500);
	assert_int_equal(l->fact->end, PROBEFACT_OK);
}

/* given_up - no callback comes of what was cancelled, or closed */
static void
given_up(void **ctx)
{
	struct lab *l = *ctx;
	struct probe_want want;
	struct probe *first;

	site_start(&l->site, ALL, SITE_CLOSES, l->server);
	want = want_of(l->site.port);
	first = probe_start(l->prober, &want, on_fact, l);
	assert_non_null(probe_start(l->prober, &want, on_fact, l));
	probe_cancel(first);
	probe_cancel(NULL);
	l->awaited = 1;
	assert_int_equal(loop_run(l->loop), MTASTS_OK);
	assert_int_equal(l->calls, 1);
	assert_non_null(probe_start(l->prober, &want, on_fact, l));
	assert_non_null(probe_start(l->prober, &want, on_fact, l));
	prober_close(l->prober);
	l->prober = NULL;
	site_stop(&l->site);
	assert_int_equal(l->calls, 1);
}

/* roots - a file that is of no use is told */
static void
roots(void **ctx)
{
	struct lab *l = *ctx;
	struct prober *p = NULL;

	l->conf.ca_file = "/nonexistent";
	assert_int_equal(prober_open(&l->conf, &p, NULL), MTASTS_ENOENT);
	l->conf.ca_file = "/dev/null";
	assert_int_equal(prober_open(&l->conf, &p, NULL), MTASTS_ESYNTAX);
	assert_null(p);
	prober_close(NULL);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(valid),
		TEST(talks),
		TEST(early),
		TEST(certificates),
		TEST(sni),
		TEST(refused),
		TEST(versions),
		TEST(long_chain),
		TEST(slow),
		TEST(at_once),
		TEST(no_connection),
		TEST(crowd),
		TEST(given_up),
		TEST(roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
