/*
 * test_tlskeys - the right certificate for each name, whatever the disk does
 *
 * Real handshakes in memory; the client trusts the laboratory authority and
 * verifies the name it asked for.
 */
#include "io/tlskeys.h"
#include "io/tlskeys_int.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "support/mkcert.h"
#include "support/scratch.h"

struct state {
	struct scratch dir;
	struct mk_ca ca;
	char certs[160], more[160], log_path[160];
	SSL_CTX *server, *client;
	int log_fd;
	struct log *log;
	struct metrics *metrics;
	struct tlskeys *keys;
};

/* One handshake as the server sees it. */
struct session {
	struct tlskeys *keys;
	const char *name; /* null: what SNI says */
	size_t name_len;
};

/* on_name - what io/httpd does */
static int
on_name(SSL *ssl, int *alert, void *ctx)
{
	const struct session *session = SSL_get_app_data(ssl);
	const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	struct str name = str_of(sni);

	(void)ctx;
	if (session->name != NULL)
		name = str_make(session->name, session->name_len);
	if (tlskeys_use(session->keys, ssl, name))
		return SSL_TLSEXT_ERR_OK;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* set_up - two folders, an authority, both ends */
static int
set_up(void **ctx)
{
	struct state *s = calloc(1, sizeof(*s));

	MK_DO(scratch_open(&s->dir) == 0);
	mk_ca_make(&s->ca);
	snprintf(s->certs, sizeof(s->certs), "%s/certs", s->dir.path);
	snprintf(s->more, sizeof(s->more), "%s/more", s->dir.path);
	snprintf(s->log_path, sizeof(s->log_path), "%s/log", s->dir.path);
	MK_DO(mkdir(s->certs, 0755) == 0 && mkdir(s->more, 0755) == 0);
	s->server = SSL_CTX_new(TLS_server_method());
	s->client = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_tlsext_servername_callback(s->server, on_name);
	MK_DO(X509_STORE_add_cert(
		  SSL_CTX_get_cert_store(s->client), s->ca.root) == 1);
	SSL_CTX_set_verify(s->client, SSL_VERIFY_PEER, NULL);
	s->log_fd = open(s->log_path, O_RDWR | O_CREAT | O_APPEND, 0600);
	s->log = log_new(s->log_fd, LOG_LEVEL_DEBUG);
	*ctx = s;
	return 0;
}

/* start - open the room */
static void
start(struct state *s, const char *default_name, size_t cache_max)
{
	const char *folders[] = { s->certs, s->more };
	struct tlskeys_conf conf = { folders, 2, default_name, cache_max,
		s->log, NULL };

	s->metrics = metrics_new();
	conf.metrics = s->metrics;
	assert_int_equal(tlskeys_open(&conf, &s->keys), MTASTS_OK);
}

/* stop - close it */
static void
stop(struct state *s)
{
	tlskeys_close(s->keys);
	metrics_free(s->metrics);
	s->keys = NULL;
	s->metrics = NULL;
}

/* tear_down - release all */
static int
tear_down(void **ctx)
{
	struct state *s = *ctx;

	if (s->keys != NULL)
		stop(s);
	log_free(s->log);
	close(s->log_fd);
	SSL_CTX_free(s->server);
	SSL_CTX_free(s->client);
	scratch_close(&s->dir);
	mk_ca_free(&s->ca);
	free(s);
	return 0;
}

/* shake - both ends in turn, in memory; true when both are content */
static bool
shake(SSL *client, SSL *server)
{
	BIO *a, *b;
	int i, c = 0, d = 0;

	MK_DO(BIO_new_bio_pair(&a, 32768, &b, 32768) == 1);
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
	for (i = 0; i < 6 && (c != 1 || d != 1); i++) {
		c = SSL_connect(client);
		d = SSL_accept(server);
	}
	ERR_clear_error();
	return c == 1 && d == 1;
}

/*
 * serial_of - handshake for a name: low bits of the certificate's serial number
 *
 * 0 when there was none. The client verifies chain and name.
 */
static long
serial_of(struct state *s, const char *sni, const struct session *session,
    int version)
{
	SSL *client = SSL_new(s->client), *server = SSL_new(s->server);
	long serial = 0;
	BIGNUM *bn;

	SSL_set_app_data(server, (void *)session);
	SSL_set_max_proto_version(client, version);
	if (sni != NULL) {
		SSL_set_tlsext_host_name(client, sni);
		SSL_set1_host(client, sni);
	}
	if (shake(client, server)) {
		bn = ASN1_INTEGER_to_BN(
		    X509_get0_serialNumber(SSL_get0_peer_certificate(client)),
		    NULL);
		serial = (long)(BN_mod_word(bn, 1000000007) + 1);
		BN_free(bn);
	}
	SSL_free(client);
	SSL_free(server);
	return serial;
}

/* ask - a TLS 1.3 handshake for a name */
static long
ask(struct state *s, const char *sni)
{
	struct session session = { s->keys, NULL, 0 };

	return serial_of(s, sni, &session, TLS1_3_VERSION);
}

/* nap - some milliseconds */
static void
nap(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* wait_for - until a name is served by other than "old"; the serial, or 0 */
static long
wait_for(struct state *s, const char *name, long old, long ms)
{
	long serial = 0, waited;

	for (waited = 0; waited <= ms; waited += 20) {
		serial = ask(s, name);
		if (serial != 0 && serial != old)
			return serial;
		nap(20);
	}
	return 0;
}

/* wait_index - until the first scan is done */
static void
wait_index(struct state *s)
{
	int i;

	for (i = 0; i < 500; i++) {
		struct tlskeys_index *index;

		pthread_mutex_lock(&s->keys->lock);
		index = s->keys->index;
		pthread_mutex_unlock(&s->keys->lock);
		if (index != NULL)
			return;
		nap(20);
	}
	fail_msg("no index after 10 s");
}

/* logged - does the log hold this text? */
static bool
logged(struct state *s, const char *text)
{
	char *all = calloc(1, 1 << 20);
	bool found;

	log_flush(s->log);
	MK_DO(pread(s->log_fd, all, (1 << 20) - 1, 0) >= 0);
	found = strstr(all, text) != NULL;
	free(all);
	return found;
}

/* issue - a folder with a certificate for these names */
static void
issue(struct state *s, const char *dir, const char *name, const char *names)
{
	struct mk_want want = { .names = names };

	mk_folder(&s->ca, dir, name, &want);
}

/* REQ: FET-1 FET-2 FET-15 */
static void
by_folder_wildcard_and_index(void **ctx)
{
	struct state *s = *ctx;
	struct session session;
	int64_t loaded;

	issue(s, s->certs, "mta-sts.a.test", "DNS:mta-sts.a.test");
	issue(
	    s, s->certs, "first.b.test", "DNS:first.b.test,DNS:mta-sts.b.test");
	issue(s, s->more, "whatever", "DNS:*.c.test");
	issue(s, s->more, "d.test", "DNS:d.test");
	start(s, "", 100);
	/* By its own name there is no need to wait for the index. */
	assert_int_not_equal(ask(s, "mta-sts.a.test"), 0);
	wait_index(s);
	assert_int_not_equal(ask(s, "mta-sts.a.test"), 0);
	assert_int_not_equal(ask(s, "mta-sts.b.test"), 0);
	assert_int_equal(ask(s, "mta-sts.b.test"), ask(s, "first.b.test"));
	assert_int_not_equal(ask(s, "mta-sts.c.test"), 0);
	assert_true(tlskeys_has(s->keys, STR("mta-sts.c.test")));
	/* Names of one wildcard cost no more than one of them. */
	loaded = metric_value(s->keys->loaded);
	assert_int_equal(ask(s, "a.c.test"), ask(s, "mta-sts.c.test"));
	assert_int_equal(ask(s, "b.c.test"), ask(s, "mta-sts.c.test"));
	assert_int_equal(metric_value(s->keys->loaded), loaded);
	assert_int_equal(ask(s, "*.c.test"), 0);
	/* No handshake rather than a certificate of another name. */
	assert_int_equal(ask(s, "c.test"), 0);
	assert_int_equal(ask(s, "mta-sts.x.c.test"), 0);
	assert_int_equal(ask(s, "mta-sts.d.test"), 0);
	assert_int_equal(ask(s, "whatever"), 0);
	assert_int_equal(ask(s, NULL), 0);
	assert_false(tlskeys_has(s->keys, STR("mta-sts.d.test")));
	/* TLS 1.2 chooses the cipher by the certificate. */
	session = (struct session){ s->keys, NULL, 0 };
	assert_int_not_equal(
	    serial_of(s, "mta-sts.a.test", &session, TLS1_2_VERSION), 0);
	assert_int_equal(metric_value(s->keys->names), 5);
	assert_int_equal(metric_value(s->keys->places), 4);
	assert_int_equal(metric_value(s->keys->refusals[TLSKEYS_UNKNOWN]), 4);
	assert_int_equal(metric_value(s->keys->refusals[TLSKEYS_NO_SNI]), 1);
	assert_int_equal(metric_value(s->keys->load_failed), 0);
}

/* REQ: FET-15 */
static void
without_sni(void **ctx)
{
	struct state *s = *ctx;
	long own;

	issue(s, s->certs, "mta-sts.a.test", "DNS:mta-sts.a.test");
	start(s, "mta-sts.a.test", 100);
	own = ask(s, "mta-sts.a.test");
	assert_int_not_equal(own, 0);
	assert_int_equal(ask(s, NULL), own);
	/* The default is for those only who name nobody. */
	assert_int_equal(ask(s, "mta-sts.b.test"), 0);
	stop(s);
	/* By the name of a folder, whatever names are in it. */
	issue(s, s->more, "shared", "DNS:*.b.test,DNS:*.c.test");
	start(s, "shared", 100);
	wait_index(s);
	own = ask(s, "mta-sts.c.test");
	assert_int_not_equal(own, 0);
	assert_int_equal(ask(s, NULL), own);
}

/* REQ: FET-2 */
static void
common_name_only(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .cn = "mta-sts.a.test" };

	mk_folder(&s->ca, s->certs, "mta-sts.a.test", &want);
	issue(s, s->certs, "mta-sts.b.test", "DNS:mta-sts.c.test");
	start(s, "", 100);
	assert_int_equal(ask(s, "mta-sts.a.test"), 0);
	assert_int_equal(ask(s, "mta-sts.b.test"), 0);
	wait_index(s);
	assert_int_equal(ask(s, "mta-sts.a.test"), 0);
	assert_int_equal(ask(s, "mta-sts.b.test"), 0);
	assert_int_not_equal(ask(s, "mta-sts.c.test"), 0);
}

static void
hostile_names(void **ctx)
{
	static const char long_name[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
	    "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc."
	    "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd."
	    "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
	static const struct {
		const char *name;
		size_t len;
	} rows[] = {
		{ "../../etc", 9 },
		{ "..", 2 },
		{ ".", 1 },
		{ "../certs/mta-sts.a.test", 23 },
		{ "mta-sts.a.test/", 15 },
		{ "mta-sts.a.test\0.b", 17 },
		{ "mta-sts.a.test\0", 15 },
		{ "MTA-STS.a.test", 14 },
		{ "mta-sts.a.test.", 15 },
		{ "*.a.test", 8 },
		{ "mta-sts..test", 13 },
		{ "192.0.2.1", 9 },
		{ "[::1]", 5 },
		{ "mta-sts.\xc3\xa4.test", 15 },
		{ "mta sts.a.test", 14 },
		{ "%2e%2e%2fetc", 12 },
		{ long_name, sizeof(long_name) - 1 },
	};
	struct state *s = *ctx;
	size_t i, round;

	issue(s, s->certs, "mta-sts.a.test", "DNS:mta-sts.a.test,DNS:*.a.test");
	/* Where the path of a hostile name would lead. */
	issue(s, s->dir.path, "etc", "DNS:etc,DNS:mta-sts.etc");
	start(s, "", 100);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct session session = { s->keys, rows[i].name,
				rows[i].len };

			if (serial_of(s, NULL, &session, TLS1_3_VERSION) != 0)
				fail_msg("row %zu was served", i);
			assert_false(tlskeys_has(
			    s->keys, str_make(rows[i].name, rows[i].len)));
		}
		wait_index(s);
	}
	assert_int_equal(
	    metric_value(s->keys->refusals[TLSKEYS_BAD_NAME]), 2 * i);
	assert_int_equal(metric_value(s->keys->load_failed), 0);
	assert_int_not_equal(ask(s, "mta-sts.a.test"), 0);
}

static void
replaced_within_a_second(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:mta-sts.a.test" };
	long before, after;
	char path[300];
	EVP_PKEY *key;
	X509 *leaf;

	issue(s, s->certs, "mta-sts.a.test", want.names);
	start(s, "", 100);
	wait_index(s);
	before = ask(s, "mta-sts.a.test");
	assert_int_not_equal(before, 0);

	/* The certificate comes first: until its key is there, the old one. */
	leaf = mk_leaf(&s->ca, &want, &key);
	snprintf(
	    path, sizeof(path), "%s/mta-sts.a.test/fullchain.pem", s->certs);
	mk_write_chain(&s->ca, leaf, path);
	assert_int_equal(wait_for(s, "mta-sts.a.test", before, 1300), 0);
	assert_int_equal(ask(s, "mta-sts.a.test"), before);
	assert_true(logged(s, "certificate-kept"));
	snprintf(path, sizeof(path), "%s/mta-sts.a.test/privkey.pem", s->certs);
	mk_write_key(key, path);
	after = wait_for(s, "mta-sts.a.test", before, 2000);
	assert_int_not_equal(after, 0);
	assert_true(logged(s, "certificate-replaced"));

	/* Files that vanish or are no PEM do no harm either. */
	MK_DO(truncate(path, 10) == 0);
	assert_int_equal(wait_for(s, "mta-sts.a.test", after, 1300), 0);
	MK_DO(unlink(path) == 0);
	assert_int_equal(wait_for(s, "mta-sts.a.test", after, 1300), 0);
	assert_int_equal(ask(s, "mta-sts.a.test"), after);
	/* And it recovers. */
	issue(s, s->certs, "mta-sts.a.test", want.names);
	assert_int_not_equal(wait_for(s, "mta-sts.a.test", after, 2000), 0);
	X509_free(leaf);
	EVP_PKEY_free(key);
}

/* Links as certbot makes them: live/NAME/fullchain.pem -> ../../archive/... */
static void
through_links(void **ctx)
{
	struct state *s = *ctx;
	char path[400], to[400];
	long before;
	int i;

	issue(s, s->dir.path, "one", "DNS:mta-sts.a.test");
	issue(s, s->dir.path, "two", "DNS:mta-sts.a.test");
	snprintf(path, sizeof(path), "%s/mta-sts.a.test", s->certs);
	MK_DO(mkdir(path, 0755) == 0);
	for (i = 0; i < 2; i++) {
		const char *file = i == 0 ? "privkey.pem" : "fullchain.pem";

		snprintf(
		    path, sizeof(path), "%s/mta-sts.a.test/%s", s->certs, file);
		snprintf(to, sizeof(to), "../../one/%s", file);
		MK_DO(symlink(to, path) == 0);
	}
	start(s, "", 100);
	wait_index(s);
	before = ask(s, "mta-sts.a.test");
	assert_int_not_equal(before, 0);
	for (i = 0; i < 2; i++) {
		const char *file = i == 0 ? "privkey.pem" : "fullchain.pem";

		snprintf(
		    path, sizeof(path), "%s/mta-sts.a.test/%s", s->certs, file);
		snprintf(to, sizeof(to), "../../two/%s", file);
		MK_DO(unlink(path) == 0 && symlink(to, path) == 0);
	}
	assert_int_not_equal(wait_for(s, "mta-sts.a.test", before, 2000), 0);
}

static void
found_later(void **ctx)
{
	struct state *s = *ctx;
	long wild, own;
	char path[300];

	MK_DO(rmdir(s->more) == 0);
	start(s, "", 100);
	wait_index(s);
	assert_true(logged(s, "certificate-folder-unreadable"));
	assert_int_equal(ask(s, "mta-sts.a.test"), 0);
	/* A new folder of a configured folder, under another name. */
	issue(s, s->certs, "wild", "DNS:*.a.test");
	wild = wait_for(s, "mta-sts.a.test", 0, 2500);
	assert_int_not_equal(wild, 0);
	/* Its own certificate goes before a wildcard's. */
	issue(s, s->certs, "mta-sts.a.test", "DNS:mta-sts.a.test");
	own = wait_for(s, "mta-sts.a.test", wild, 3500);
	assert_int_not_equal(own, 0);
	/* When it is taken away, the wildcard's serves again. */
	snprintf(path, sizeof(path), "%s/mta-sts.a.test/privkey.pem", s->certs);
	MK_DO(unlink(path) == 0);
	assert_int_equal(wait_for(s, "mta-sts.a.test", own, 3500), wild);
	/* A configured folder that comes into being. */
	MK_DO(mkdir(s->more, 0755) == 0);
	issue(s, s->more, "b", "DNS:mta-sts.b.test");
	assert_int_not_equal(wait_for(s, "mta-sts.b.test", 0, 2500), 0);
}

static void
expired(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .names = "DNS:mta-sts.a.test",
		.from_s = -9 * MK_DAY,
		.until_s = -MK_DAY / 2 };
	long valid;

	SSL_CTX_set_verify(s->client, SSL_VERIFY_NONE, NULL);
	mk_folder(&s->ca, s->certs, "mta-sts.a.test", &want);
	want.until_s = 3 * MK_DAY;
	want.names = "DNS:mta-sts.c.test";
	mk_folder(&s->ca, s->certs, "mta-sts.c.test", &want);
	start(s, "", 100);
	wait_index(s);
	/* Better than nothing ... */
	assert_int_not_equal(ask(s, "mta-sts.a.test"), 0);
	assert_int_equal(metric_value(s->keys->expired_used), 1);
	nap(100);
	assert_true(logged(s, "certificate-expired"));
	assert_true(logged(s, "certificate-expires-soon"));
	assert_int_equal(metric_value(s->keys->within[0]), 1);
	assert_int_equal(metric_value(s->keys->within[1]), 2);
	assert_int_equal(metric_value(s->keys->within[3]), 2);
	assert_int_equal(metric_value(s->keys->days_left), -1);
	/* ... but a valid one, be it a wildcard's, is better. */
	SSL_CTX_set_verify(s->client, SSL_VERIFY_PEER, NULL);
	issue(s, s->certs, "b", "DNS:*.a.test");
	valid = wait_for(s, "mta-sts.a.test", 0, 3500);
	assert_int_not_equal(valid, 0);
}

static void
many_names_small_cache(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = { .key = EVP_EC_gen("P-256") };
	char name[64], names[80];
	int i, round;

	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "mta-sts.d%04d.test", i);
		snprintf(names, sizeof(names), "DNS:%s", name);
		want.names = names;
		mk_folder(&s->ca, s->certs, name, &want);
	}
	EVP_PKEY_free(want.key);
	start(s, "", 100);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 1000; i++) {
			snprintf(name, sizeof(name), "mta-sts.d%04d.test", i);
			if (!tlskeys_has(s->keys, str_of(name)))
				fail_msg("%s is not there", name);
		}
		assert_int_equal(metric_value(s->keys->loaded), 100);
		wait_index(s);
	}
	assert_true(metric_value(s->keys->load_ok) >= 2000);
	/* Within the cache nothing is read again. */
	i = (int)metric_value(s->keys->load_ok);
	for (round = 0; round < 50; round++)
		assert_int_not_equal(ask(s, name), 0);
	assert_int_equal(metric_value(s->keys->load_ok), i);

	/* A flood of names that nobody has: bounded, and no disk. */
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "mta-sts.e%04d.test", i);
		assert_false(tlskeys_has(s->keys, str_of(name)));
	}
	assert_true(s->keys->cache.refused_count <= 1024);
	assert_int_equal(metric_value(s->keys->loaded), 100);
	assert_int_equal(metric_value(s->keys->load_failed), 0);
}

/* Threads that ask while files are replaced. */
struct hammer {
	struct state *s;
	atomic_bool stop;
	atomic_long done, failed;
};

/* hammer_main - ask for two names until told to stop */
static void *
hammer_main(void *ctx)
{
	struct hammer *h = ctx;

	while (!atomic_load(&h->stop)) {
		if (ask(h->s, "mta-sts.a.test") == 0 ||
		    ask(h->s, "mta-sts.b.test") == 0)
			atomic_fetch_add(&h->failed, 1);
		(void)ask(h->s, "mta-sts.nobody.test");
		atomic_fetch_add(&h->done, 2);
	}
	return NULL;
}

static void
threads_while_replacing(void **ctx)
{
	struct state *s = *ctx;
	struct hammer h = { .s = s };
	pthread_t threads[4];
	size_t i;

	issue(s, s->certs, "mta-sts.a.test", "DNS:mta-sts.a.test");
	issue(s, s->certs, "b", "DNS:mta-sts.b.test,DNS:x.test");
	/* One name at a time: they push each other out all the time. */
	start(s, "", 1);
	wait_index(s);
	for (i = 0; i < 4; i++)
		MK_DO(pthread_create(&threads[i], NULL, hammer_main, &h) == 0);
	for (i = 0; i < 8; i++) {
		issue(s, s->certs, "mta-sts.a.test", "DNS:mta-sts.a.test");
		if (i % 4 == 3)
			issue(s, s->certs, "c", "DNS:mta-sts.c.test");
		nap(200);
	}
	atomic_store(&h.stop, true);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_true(atomic_load(&h.done) > 0);
	/* In a cache of one there is no old pair to keep while key and
	 * certificate do not fit; that lasts no longer than the writing. */
	assert_true(atomic_load(&h.failed) < atomic_load(&h.done) / 2);
	assert_int_not_equal(wait_for(s, "mta-sts.a.test", 0, 2000), 0);
}

static void
threads_with_room(void **ctx)
{
	struct state *s = *ctx;
	struct hammer h = { .s = s };
	pthread_t threads[4];
	size_t i;

	issue(s, s->certs, "mta-sts.a.test", "DNS:mta-sts.a.test");
	issue(s, s->certs, "b", "DNS:mta-sts.b.test,DNS:x.test");
	start(s, "", 10);
	wait_index(s);
	assert_int_not_equal(ask(s, "mta-sts.a.test"), 0);
	assert_int_not_equal(ask(s, "mta-sts.b.test"), 0);
	for (i = 0; i < 4; i++)
		MK_DO(pthread_create(&threads[i], NULL, hammer_main, &h) == 0);
	for (i = 0; i < 8; i++) {
		issue(s, s->certs, "mta-sts.a.test", "DNS:mta-sts.a.test");
		issue(s, s->certs, "b", "DNS:mta-sts.b.test,DNS:x.test");
		nap(200);
	}
	atomic_store(&h.stop, true);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	/* Not one handshake is lost to a renewal. */
	assert_int_equal(atomic_load(&h.failed), 0);
}

/* REQ: FET-2 */
static void
several_for_one_name(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want longer = { .from_s = -60, .until_s = 200 * MK_DAY };
	struct mk_want over = { .names = "DNS:mta-sts.c.test",
		.from_s = -9 * MK_DAY,
		.until_s = -MK_DAY };

	/* Its own folder goes before one that is valid for longer. */
	issue(s, s->certs, "mta-sts.a.test", "DNS:mta-sts.a.test,DNS:1.test");
	longer.names = "DNS:mta-sts.a.test,DNS:2.test";
	mk_folder(&s->ca, s->more, "a", &longer);
	/* Among others it is the one that is valid for longer. */
	issue(s, s->certs, "b", "DNS:mta-sts.b.test,DNS:3.test");
	longer.names = "DNS:mta-sts.b.test,DNS:4.test";
	mk_folder(&s->ca, s->more, "b", &longer);
	/* What is valid goes before all. */
	mk_folder(&s->ca, s->certs, "mta-sts.c.test", &over);
	issue(s, s->more, "c", "DNS:mta-sts.c.test,DNS:5.test");
	start(s, "", 100);
	wait_index(s);
	assert_int_equal(ask(s, "mta-sts.a.test"), ask(s, "1.test"));
	assert_int_not_equal(ask(s, "mta-sts.a.test"), 0);
	assert_int_equal(ask(s, "mta-sts.b.test"), ask(s, "4.test"));
	assert_int_equal(ask(s, "mta-sts.c.test"), ask(s, "5.test"));
	assert_int_not_equal(ask(s, "mta-sts.c.test"), 0);
}

static void
gone_and_expired(void **ctx)
{
	struct state *s = *ctx;
	struct mk_want want = {
		.names = "DNS:mta-sts.a.test", .from_s = -3600, .until_s = 2
	};
	char path[256];
	int i;

	mk_folder(&s->ca, s->certs, "mta-sts.a.test", &want);
	start(s, "", 100);
	wait_index(s);
	assert_true(tlskeys_has(s->keys, STR("mta-sts.a.test")));
	snprintf(path, sizeof(path), "%s/mta-sts.a.test/privkey.pem", s->certs);
	MK_DO(unlink(path) == 0);
	/* It stays while it is good for something, and no longer. */
	assert_true(tlskeys_has(s->keys, STR("mta-sts.a.test")));
	for (i = 0; i < 100; i++) {
		if (!tlskeys_has(s->keys, STR("mta-sts.a.test")))
			break;
		nap(100);
	}
	assert_true(i < 100);
	assert_true(logged(s, "certificate-kept name=mta-sts.a.test"));
	assert_int_equal(metric_value(s->keys->loaded), 0);
}

static void
empty_room(void **ctx)
{
	struct state *s = *ctx;
	struct tlskeys_conf conf = { NULL, 0, "", 0, NULL, NULL };
	struct tlskeys *keys = NULL;

	(void)s;
	assert_int_equal(tlskeys_open(&conf, &keys), MTASTS_OK);
	assert_false(tlskeys_has(keys, STR("mta-sts.a.test")));
	assert_false(tlskeys_has(keys, STR("")));
	tlskeys_close(keys);
	tlskeys_close(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(by_folder_wildcard_and_index),
		TEST(without_sni),
		TEST(common_name_only),
		TEST(hostile_names),
		TEST(replaced_within_a_second),
		TEST(through_links),
		TEST(found_later),
		TEST(expired),
		TEST(many_names_small_cache),
		TEST(threads_while_replacing),
		TEST(threads_with_room),
		TEST(several_for_one_name),
		TEST(gone_and_expired),
		TEST(empty_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
