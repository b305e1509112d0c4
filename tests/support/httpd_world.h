/*
 * httpd_world - a real httpd on loopback and real sockets around it
 *
 * Everything has an end: a client that waits for what does not come fails
 * after PATIENCE_MS.
 */
#ifndef TESTS_SUPPORT_HTTPD_WORLD_H
#define TESTS_SUPPORT_HTTPD_WORLD_H

#include "core/policyhost.h"
#include "io/httpd.h"
#include "io/listen.h"
#include "io/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 20000
#define BIG_LEN	    (1 << 20)

struct world {
	struct httpd_conf conf;
	struct listen_set sockets;
	struct httpd *httpd;
	FILE *log_file;
	char *big;
	atomic_uint released; /* calls of release */
};

/* world_release - counts */
static inline void
world_release(void *hold)
{
	struct world *w = hold;

	atomic_fetch_add(&w->released, 1);
}

/* world_handler - what the tests ask for, by path */
static inline void
world_handler(
    void *ctx, const struct httpd_request *req, struct httpd_response *rsp)
{
	static const struct policyhost_rules rules = { 404 };
	struct str path = req->head->path;
	struct mtasts_dname domain;
	struct world *w = ctx;

	rsp->status = 200;
	if (str_eq(path, STR("/"))) {
		rsp->body = STR("hello\n");
		rsp->release = world_release;
		rsp->hold = w;
	} else if (str_eq(path, STR("/big"))) {
		rsp->body = str_make(w->big, BIG_LEN);
	} else if (str_eq(path, STR("/who"))) {
		buf_putf(req->scratch, "client=%s sni=%" STR_FMT " tls=%d",
		    req->client, STR_ARG(req->sni), req->tls);
		rsp->body = buf_str(req->scratch);
	} else if (str_eq(path, STR("/close"))) {
		rsp->close = true;
	} else if (str_eq(path, STR("/allow"))) {
		rsp->status = 405;
		rsp->headers = "Allow: GET, HEAD\r\n";
	} else if (str_starts(path, STR("/.well-known/"))) {
		rsp->status =
		    policyhost_route(&rules, req->head, req->sni, &domain);
	} else {
		rsp->status = 404;
	}
}

/* world_init - defaults that a test may change before world_start() */
static inline void
world_init(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->conf = (struct httpd_conf){ .workers = 1,
		.max_connections = 1000,
		.max_header = 8192,
		.first_byte_timeout_ms = 10000,
		.idle_timeout_ms = 10000,
		.metrics = metrics_new() };
	w->big = malloc(BIG_LEN);
	memset(w->big, 'b', BIG_LEN);
	listen_init(&w->sockets);
}

/* world_listen - serve one more address; before world_start() */
static inline void
world_listen(struct world *w, const char *address, bool tls)
{
	struct httpd_listener l = { .tls = tls, .site = { world_handler, w } };

	assert_int_equal(listen_open(&w->sockets, address, NULL), MTASTS_OK);
	l.fd = w->sockets.v[w->sockets.count - 1].fd;
	l.trusted = w->sockets.v[w->sockets.count - 1].is_unix;
	assert_int_equal(httpd_listen(w->httpd, &l), MTASTS_OK);
}

/* world_open - as configured, without listener */
static inline void
world_open(struct world *w)
{
	assert_int_equal(httpd_open(&w->conf, &w->httpd, NULL), MTASTS_OK);
}

/* world_start - plain on 127.0.0.1 */
static inline void
world_start(struct world *w)
{
	world_open(w);
	world_listen(w, "127.0.0.1:0", false);
	assert_int_equal(httpd_start(w->httpd), MTASTS_OK);
}

/* world_end - stop and release everything */
static inline void
world_end(struct world *w)
{
	httpd_close(w->httpd);
	listen_close(&w->sockets);
	metrics_free(w->conf.metrics);
	log_free(w->conf.log);
	if (w->log_file != NULL)
		fclose(w->log_file);
	free(w->big);
}

/* world_log - let httpd log into a file of the test */
static inline void
world_log(struct world *w)
{
	w->log_file = tmpfile();
	assert_non_null(w->log_file);
	w->conf.log = log_new(fileno(w->log_file), LOG_LEVEL_DEBUG);
	w->conf.access_log = true;
}

/* world_metric - the value of a series, by its text; -1: not there */
static inline long
world_metric(struct world *w, const char *series)
{
	struct str rest, line, value;
	uint64_t n = 0;
	long found = -1;
	struct buf b;

	buf_init(&b, 1 << 20);
	metrics_format(w->conf.metrics, &b);
	rest = buf_str(&b);
	while (str_line(&rest, &line, NULL))
		if (str_starts(line, str_of(series)) &&
		    line.len > strlen(series) &&
		    line.p[strlen(series)] == ' ') {
			value = str_sub(line, strlen(series) + 1, line.len);
			assert_true(str_u64(value, INT32_MAX, &n));
			found = (long)n;
		}
	buf_free(&b);
	return found;
}

/* world_until - wait until a metric has a value: what no socket shows */
static inline void
world_until(struct world *w, const char *series, long value)
{
	int64_t end_ms = loop_now_ms() + PATIENCE_MS;

	while (world_metric(w, series) != value) {
		if (loop_now_ms() > end_ms)
			fail_msg("%s is %ld, want %ld", series,
			    world_metric(w, series), value);
		poll(NULL, 0, 1);
	}
}

/* client_from - connect to the i-th listener from an address of ours */
static inline int
client_from(struct world *w, size_t i, const char *from)
{
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	struct sockaddr_storage sa = { 0 };
	struct sockaddr_in me = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int fd;

	assert_int_equal(
	    getsockname(w->sockets.v[i].fd, (struct sockaddr *)&sa, &len), 0);
	fd = socket(sa.ss_family, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	if (from != NULL) {
		inet_pton(AF_INET, from, &me.sin_addr);
		assert_int_equal(
		    bind(fd, (struct sockaddr *)&me, sizeof(me)), 0);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

/* client_open - connect to the first listener */
static inline int
client_open(struct world *w)
{
	return client_from(w, 0, NULL);
}

/* client_send - all of it */
static inline void
client_send(int fd, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(fd, text, len, MSG_NOSIGNAL), (int)len);
}

/* client_eof - does the server end the connection, without a reset? */
static inline bool
client_eof(int fd)
{
	char c;

	return recv(fd, &c, 1, 0) == 0;
}

/* An answer as the client saw it. */
struct answer {
	int status;
	struct str head, body;
	char text[4096];
};

/* field - the value of a field of an answer; null span when it is absent */
static inline struct str
field(const struct answer *a, const char *name)
{
	struct str rest = a->head, line, key, value;

	while (str_line(&rest, &line, NULL))
		if (str_cut(line, ':', &key, &value) &&
		    str_eq_nocase(key, str_of(name))) {
			if (str_ends(value, STR("\r")))
				value.len--;
			return str_trim(value);
		}
	return (struct str){ NULL, 0 };
}

/* read_head - up to the empty line, byte by byte */
static inline void
read_head(
    int (*get)(void *ctx, char *p, size_t len), void *ctx, struct answer *a)
{
	uint64_t status;
	size_t len = 0;

	while (len < 4 || memcmp(a->text + len - 4, "\r\n\r\n", 4) != 0) {
		assert_true(len < sizeof(a->text));
		assert_int_equal(get(ctx, a->text + len, 1), 1);
		len++;
	}
	a->head = str_make(a->text, len);
	assert_true(str_starts(a->head, STR("HTTP/1.1 ")));
	assert_true(str_u64(str_make(a->text + 9, 3), 999, &status));
	a->status = (int)status;
}

/* read_answer - one answer; a body that does not fit is only counted */
static inline void
read_answer(int (*get)(void *ctx, char *p, size_t len), void *ctx,
    bool has_body, struct answer *a)
{
	char drop[16384];
	uint64_t len;
	char *to;
	int n;

	read_head(get, ctx, a);
	assert_true(str_u64(field(a, "Content-Length"), 1 << 30, &len));
	to = a->text + a->head.len;
	a->body = str_make(to, has_body ? len : 0);
	if (len > sizeof(a->text) - a->head.len)
		to = NULL;
	while (has_body && len > 0) {
		n = get(ctx, to != NULL ? to : drop,
		    len < sizeof(drop) ? len : sizeof(drop));
		assert_true(n > 0);
		len -= (uint64_t)n;
		if (to != NULL)
			to += n;
	}
}

/* plain_get - for read_answer() */
static inline int
plain_get(void *ctx, char *p, size_t len)
{
	return (int)recv(*(int *)ctx, p, len, 0);
}

/* client_read - one answer of a plain connection */
static inline int
client_read(int fd, struct answer *a)
{
	read_answer(plain_get, &fd, true, a);
	return a->status;
}

/* client_ask - send and read; returns the status */
static inline int
client_ask(int fd, const char *request, struct answer *a)
{
	client_send(fd, request);
	return client_read(fd, a);
}

#endif
