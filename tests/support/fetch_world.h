/*
 * fetch_world - a real fetcher, and policy hosts of any character around it
 *
 * Each host is a thread on an address of loopback, all on one port; DNS is
 * fake. Everything has an end: the fetcher's timeout, or PATIENCE_MS.
 */
#ifndef TESTS_SUPPORT_FETCH_WORLD_H
#define TESTS_SUPPORT_FETCH_WORLD_H

#include "io/fetch.h"
#include "support/fake_dns.h"
#include "support/mkcert.h"
#include "support/scratch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define PATIENCE_MS 20000
#define HOST	    "mta-sts.example.com"
#define HEAD	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define POLICY	    "version: STSv1\nmode: none\nmax_age: 86400\n"

/* What a host does with a connection, before and after its answer. */
enum site_kind {
	SITE_HTTPS = 0,
	SITE_PLAIN, /* answers without TLS */
	SITE_HTTP, /* the same, when it was asked */
	SITE_SILENT, /* accepts, and says nothing */
	SITE_CLOSES, /* at once */
	SITE_PROXY /* answers CONNECT, then goes on as SITE_HTTPS */
};
enum site_end {
	SITE_CLOSE_NOTIFY = 0,
	SITE_DIRTY, /* TCP ends, TLS does not */
	SITE_HANGS,
	SITE_ENDLESS, /* the last byte of the answer for ever */
	SITE_DRIPS /* a byte of the answer every 20 ms */
};

struct site {
	/* What a test may change between two fetches. */
	enum site_kind kind;
	enum site_end end;
	int tls_max; /* highest version; 0: any */
	bool name_refused; /* answers SNI with an alert */
	bool with_issuer;
	const char *answer;
	const char *tunnel; /* SITE_PROXY: what it says to CONNECT */
	X509 *cert;
	EVP_PKEY *key;
	struct mk_ca *ca;
	/* Private to the thread, or read when it is quiet. */
	SSL_CTX *ctx;
	int fd;
	pthread_t thread;
	atomic_uint connections;
	char request[4096], sni[300], connect[1024], version[16], alpn[16];
};

/* What a fetch came to, kept after the callback. */
struct result {
	enum fetchfact_end end;
	int status;
	size_t len;
	char body[70000], why[1200], address[64];
	int64_t took_ms;
	unsigned calls;
};

struct fetch_world {
	struct loop *loop;
	struct dns dns;
	struct mk_ca ca;
	struct scratch scratch;
	char roots[300];
	unsigned port;
	struct fetch_conf conf;
	struct fetcher *fetcher;
	struct site site[3];
	size_t sites;
	struct result result;
	struct fetchfact *seen; /* by the last look */
	struct loop_watch *patience;
};

/* ---- hosts ---- */

/* site_on_name - keep SNI; perhaps dislike it */
static int
site_on_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	struct site *s = arg;

	snprintf(s->sni, sizeof(s->sni), "%s", name != NULL ? name : "");
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return s->name_refused ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK;
}

/* site_on_alpn - keep what is offered first, and take it */
static int
site_on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	struct site *s = arg;

	snprintf(s->alpn, sizeof(s->alpn), "%.*s", in[0], in + 1);
	*out = in + 1;
	*out_len = in[0];
	return SSL_TLSEXT_ERR_OK;
}

/* site_wait - until the peer closes */
static inline void
site_wait(int fd)
{
	char drop[4096];

	while (recv(fd, drop, sizeof(drop), 0) > 0)
		continue;
}

/* site_send - the answer, in the way that is asked for */
static inline void
site_send(struct site *s, SSL *ssl, int fd)
{
	/* The test may go on, and change them, while the client is gone. */
	const char *answer = s->answer;
	enum site_end end = s->end;
	size_t len = strlen(answer), i;
	bool ok = true;

	if (end == SITE_DRIPS) {
		for (i = 0; ok && i < len; i++) {
			ok = SSL_write(ssl, answer + i, 1) == 1;
			poll(NULL, 0, 20);
		}
		return;
	}
	if (len > 0)
		ok = SSL_write(ssl, answer, (int)len) > 0;
	while (ok && end == SITE_ENDLESS)
		ok = SSL_write(ssl, answer + len - 1, 1) == 1;
	if (end == SITE_CLOSE_NOTIFY)
		SSL_shutdown(ssl);
	if (end == SITE_HANGS || end == SITE_CLOSE_NOTIFY) {
		if (end == SITE_CLOSE_NOTIFY)
			shutdown(fd, SHUT_WR);
		site_wait(fd);
	}
}

/* site_https - one connection with TLS */
static inline void
site_https(struct site *s, int fd)
{
	SSL *ssl = SSL_new(s->ctx);
	int n;

	SSL_use_cert_and_key(ssl, s->cert, s->key, NULL, 1);
	if (s->with_issuer)
		SSL_add1_chain_cert(ssl, s->ca->cert);
	if (s->tls_max != 0) {
		SSL_set_max_proto_version(ssl, s->tls_max);
		SSL_set_security_level(ssl, 0);
		SSL_set_cipher_list(ssl, "ALL:@SECLEVEL=0");
	}
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		snprintf(
		    s->version, sizeof(s->version), "%s", SSL_get_version(ssl));
		n = SSL_read(ssl, s->request, sizeof(s->request) - 1);
		if (n > 0) {
			s->request[n] = '\0';
			site_send(s, ssl, fd);
		}
	}
	SSL_free(ssl);
	ERR_clear_error();
}

/* site_serve - one connection */
static inline void
site_serve(struct site *s, int fd)
{
	ssize_t n;

	switch (s->kind) {
	case SITE_PROXY:
		n = recv(fd, s->connect, sizeof(s->connect) - 1, 0);
		s->connect[n > 0 ? n : 0] = '\0';
		if (s->tunnel == NULL) {
			site_wait(fd);
			return;
		}
		(void)!send(fd, s->tunnel, strlen(s->tunnel), MSG_NOSIGNAL);
		if (strstr(s->tunnel, " 200 ") == NULL)
			return;
		/* fall through */
	case SITE_HTTPS:
		site_https(s, fd);
		break;
	case SITE_HTTP:
		n = recv(fd, s->request, sizeof(s->request) - 1, 0);
		s->request[n > 0 ? n : 0] = '\0';
		/* fall through */
	case SITE_PLAIN:
		(void)!send(fd, s->answer, strlen(s->answer), MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		site_wait(fd);
		break;
	case SITE_SILENT:
		site_wait(fd);
		break;
	case SITE_CLOSES:
		break;
	}
}

/* site_run - the thread; ends when its socket is shut down */
static inline void *
site_run(void *arg)
{
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct site *s = arg;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		setsockopt(
		    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(
		    fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		atomic_fetch_add(&s->connections, 1);
		site_serve(s, fd);
		close(fd);
	}
	return NULL;
}

/* site_bind - a listening socket on the world's port */
static inline int
site_bind(struct fetch_world *w, const char *ip)
{
	struct sockaddr_storage sa = { 0 };
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&sa;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&sa;
	struct ipnet_addr addr;
	socklen_t len = sizeof(*v6);
	int on = 1, fd;

	assert_true(ipnet_addr_parse(str_of(ip), &addr));
	if (ipnet_addr_is_v4(&addr)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)w->port);
		memcpy(&v4->sin_addr, addr.b + 12, 4);
		len = sizeof(*v4);
	} else {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)w->port);
		memcpy(&v6->sin6_addr, addr.b, 16);
	}
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, len) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&sa, &len);
	w->port = ntohs(v4->sin_port); /* at the same place in both */
	return fd;
}

/* site_cert - another certificate; only while the host is quiet */
static inline void
site_cert(struct fetch_world *w, struct site *s, const struct mk_want *want)
{
	X509_free(s->cert);
	EVP_PKEY_free(s->key);
	s->cert = mk_leaf(&w->ca, want, &s->key);
}

/* site_start - a good host on an address; what differs is set afterwards */
static inline struct site *
site_start(struct fetch_world *w, const char *ip)
{
	struct site *s = &w->site[w->sites];

	assert_true(w->sites < sizeof(w->site) / sizeof(*w->site));
	memset(s, 0, sizeof(*s));
	s->ca = &w->ca;
	s->with_issuer = true;
	s->answer = HEAD "Content-Length: 41\r\n\r\n" POLICY;
	s->ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_min_proto_version(s->ctx, TLS1_VERSION);
	SSL_CTX_set_tlsext_servername_callback(s->ctx, site_on_name);
	SSL_CTX_set_tlsext_servername_arg(s->ctx, s);
	SSL_CTX_set_alpn_select_cb(s->ctx, site_on_alpn, s);
	site_cert(w, s, &(struct mk_want){ .names = "DNS:" HOST });
	s->fd = site_bind(w, ip);
	if (s->fd < 0 || listen(s->fd, 100) != 0)
		fail_msg("no listener on %s", ip);
	assert_int_equal(pthread_create(&s->thread, NULL, site_run, s), 0);
	w->sites++;
	return s;
}

/* site_stop - end the thread */
static inline void
site_stop(struct site *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
	SSL_CTX_free(s->ctx);
	X509_free(s->cert);
	EVP_PKEY_free(s->key);
}

/* ---- the world ---- */

/* world_no_patience - something hangs */
static inline void
world_no_patience(void *ctx)
{
	fprintf(stderr, "the test waits in vain\n");
	abort();
}

/* world_init - an authority, a loop, no host; before world_open() */
static inline void
world_init(struct fetch_world *w)
{
	FILE *f;

	signal(SIGPIPE, SIG_IGN); /* of the hosts: the fetcher needs it not */
	memset(w, 0, sizeof(*w));
	mk_ca_make(&w->ca);
	assert_int_equal(scratch_open(&w->scratch), 0);
	snprintf(w->roots, sizeof(w->roots), "%s",
	    scratch_file(&w->scratch, "roots.pem"));
	f = fopen(w->roots, "w");
	assert_true(f != NULL && PEM_write_X509(f, w->ca.root) == 1);
	fclose(f);
	assert_int_equal(loop_new(&w->loop), MTASTS_OK);
	w->dns.loop = w->loop;
	w->dns.a = (struct fake_answer){ .addresses = "127.0.0.1" };
	w->dns.aaaa = (struct fake_answer){ .addresses = "" };
	w->conf = (struct fetch_conf){ .ca_file = w->roots,
		.timeout_ms = 10000,
		.allow_private = true,
		.proxy = "",
		.loop = w->loop,
		.dns = &w->dns,
		.metrics = metrics_new() };
	w->patience = loop_timer(w->loop, world_no_patience, w);
	loop_timer_start(w->patience, PATIENCE_MS);
}

/* world_open - the fetcher as configured */
static inline void
world_open(struct fetch_world *w)
{
	if (w->conf.port == 0)
		w->conf.port = w->port != 0 ? w->port : 443;
	assert_int_equal(fetcher_open(&w->conf, &w->fetcher, NULL), MTASTS_OK);
}

/* world_on_fact - keep it */
static inline void
world_on_fact(void *ctx, const struct fetchfact *fact)
{
	struct fetch_world *w = ctx;
	struct result *r = &w->result;

	r->end = fact->end;
	r->status = fact->status;
	r->len = fact->body.len;
	assert_true(r->len < sizeof(r->body));
	if (r->len > 0)
		memcpy(r->body, fact->body.p, r->len);
	r->body[r->len] = '\0';
	snprintf(r->why, sizeof(r->why), "%s", fact->why);
	snprintf(r->address, sizeof(r->address), "%s", fact->address);
	r->took_ms = fact->took_ms;
	r->calls++;
	loop_stop(w->loop);
}

/* world_fetch - one fetch from start to end */
static inline enum fetchfact_end
world_fetch(struct fetch_world *w)
{
	loop_timer_start(w->patience, PATIENCE_MS);
	memset(&w->result, 0, sizeof(w->result));
	assert_non_null(fetch_start(w->fetcher, HOST, world_on_fact, w));
	assert_int_equal(w->result.calls, 0);
	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	assert_int_equal(w->result.calls, 1);
	assert_int_equal(w->dns.open, 0);
	if (getenv("FETCH_SHOW") != NULL)
		fprintf(stderr, "%s: %s\n", fetchfact_end_name(w->result.end),
		    w->result.why);
	return w->result.end;
}

/* world_on_look - keep the fact itself */
static inline void
world_on_look(void *ctx, const struct fetchfact *fact)
{
	struct fetch_world *w = ctx;

	fetchfact_free(w->seen);
	w->seen = fetchfact_keep(fact);
	assert_non_null(w->seen);
	w->result.end = fact->end;
	w->result.calls++;
	loop_stop(w->loop);
}

/* world_at - what a look at an address, as text, is */
static inline struct fetch_at
world_at(struct fetch_world *w, const char *address)
{
	struct fetch_at at = { .host = HOST, .port = w->port };

	assert_true(ipnet_addr_parse(str_of(address), &at.addr));
	return at;
}

/* world_look - one look from start to end; the fact is the world's */
static inline const struct fetchfact *
world_look(struct fetch_world *w, const struct fetch_at *at)
{
	loop_timer_start(w->patience, PATIENCE_MS);
	memset(&w->result, 0, sizeof(w->result));
	assert_non_null(fetch_start_at(w->fetcher, at, world_on_look, w));
	assert_int_equal(w->result.calls, 0);
	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	assert_int_equal(w->result.calls, 1);
	if (getenv("FETCH_SHOW") != NULL)
		fprintf(stderr, "%s: %s\n", fetchfact_end_name(w->seen->end),
		    w->seen->why);
	return w->seen;
}

/* world_metric - the value of a series, by its text; -1: not there */
static inline long
world_metric(struct fetch_world *w, const char *series)
{
	struct str rest, line;
	uint64_t n = 0;
	long found = -1;
	struct buf b;

	buf_init(&b, 1 << 20);
	metrics_format(w->conf.metrics, &b);
	rest = buf_str(&b);
	while (str_line(&rest, &line, NULL))
		if (str_starts(line, str_of(series)) &&
		    str_u64(str_sub(line, strlen(series) + 1, line.len),
			INT32_MAX, &n))
			found = (long)n;
	buf_free(&b);
	return found;
}

/* world_end - stop and release everything */
static inline void
world_end(struct fetch_world *w)
{
	size_t i;

	fetcher_close(w->fetcher);
	fetchfact_free(w->seen);
	assert_int_equal(w->dns.open, 0);
	for (i = 0; i < w->sites; i++)
		site_stop(&w->site[i]);
	loop_watch_close(w->patience);
	loop_free(w->loop);
	metrics_free(w->conf.metrics);
	scratch_close(&w->scratch);
	mk_ca_free(&w->ca);
}

#endif
