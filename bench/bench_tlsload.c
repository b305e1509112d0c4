/*
 * bench_tlsload - a new TLS 1.3 connection for every request
 *
 *   bench_tlsload ADDR PORT REQUESTS IN-FLIGHT PATTERN NAMES
 *
 * PATTERN has one %u for a number below NAMES: "mta-sts.d%05u.test". Names are
 * taken in turn, so that REQUESTS = NAMES uses each once. Every answer must be
 * 200 with a policy; one that is not counts as an error. No certificate is
 * verified: the load is to cost less than what is measured. Stops by itself
 * after 120 seconds. Prints "requests=N errors=N seconds=S".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_MAX 120

enum step { STEP_HANDSHAKE, STEP_WRITE, STEP_READ, STEP_DONE, STEP_FAILED };

struct conn {
	int fd;
	SSL *ssl;
	enum step step;
	char name[256];
	char answer[4096];
	size_t len;
};

struct load {
	SSL_CTX *ctx;
	struct sockaddr_storage to;
	socklen_t to_len;
	int epoll;
	unsigned requests, in_flight, names;
	const char *pattern;
	unsigned started, done, errors;
};

/* now - seconds of a clock that does not jump */
static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* die - the bench itself is broken */
static void
die(const char *what)
{
	perror(what);
	exit(2);
}

/* begin - open the next connection in this slot */
static void
begin(struct load *l, struct conn *c)
{
	struct epoll_event ev = { EPOLLIN | EPOLLOUT | EPOLLET, { .ptr = c } };
	int one = 1;

	/* The pattern is the operator's own argument. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(c->name, sizeof(c->name), l->pattern, l->started % l->names);
#pragma GCC diagnostic pop
	l->started++;
	c->len = 0;
	c->step = STEP_HANDSHAKE;
	c->fd = socket(
	    l->to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		die("socket");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(c->fd, (struct sockaddr *)&l->to, l->to_len) != 0 &&
	    errno != EINPROGRESS)
		die("connect");
	c->ssl = SSL_new(l->ctx);
	if (c->ssl == NULL)
		die("SSL_new");
	SSL_set_fd(c->ssl, c->fd);
	SSL_set_tlsext_host_name(c->ssl, c->name);
	SSL_set_connect_state(c->ssl);
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev) != 0)
		die("epoll_ctl");
}

/* blocked - would the call have to wait? Else the connection failed. */
static int
blocked(struct conn *c, int rc)
{
	int e = SSL_get_error(c->ssl, rc);

	if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE)
		return 1;
	c->step = STEP_FAILED;
	return 1;
}

/* complete - is the whole answer there, by its Content-Length? */
static int
complete(struct conn *c)
{
	char *body, *length;

	c->answer[c->len] = '\0';
	body = strstr(c->answer, "\r\n\r\n");
	if (body == NULL)
		return 0;
	length = strstr(c->answer, "ontent-Length: ");
	if (length == NULL || length > body)
		return 0;
	body += 4;
	return c->len - (size_t)(body - c->answer) >=
	    strtoul(length + 15, NULL, 10);
}

/* ask - send the request; 1 when it must wait */
static int
ask(struct conn *c)
{
	char request[512];
	int len, rc;

	len = snprintf(request, sizeof(request),
	    "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: %s\r\n"
	    "Connection: close\r\n\r\n",
	    c->name);
	rc = SSL_write(c->ssl, request, len);
	if (rc <= 0)
		return blocked(c, rc);
	c->step = STEP_READ;
	return 0;
}

/* hear - read the answer; 1 when it must wait or is done */
static int
hear(struct conn *c)
{
	int rc = SSL_read(
	    c->ssl, c->answer + c->len, (int)(sizeof(c->answer) - 1 - c->len));

	if (rc <= 0)
		return blocked(c, rc);
	c->len += (size_t)rc;
	if (!complete(c))
		return 0;
	c->step = strncmp(c->answer, "HTTP/1.1 200", 12) == 0 &&
		strstr(c->answer, "version: STSv1") != NULL
	    ? STEP_DONE
	    : STEP_FAILED;
	return 1;
}

/* advance - go on until it must wait; true when the connection is finished */
static int
advance(struct conn *c)
{
	int wait = 0, rc;

	while (!wait && c->step < STEP_DONE) {
		switch (c->step) {
		case STEP_HANDSHAKE:
			rc = SSL_do_handshake(c->ssl);
			if (rc == 1)
				c->step = STEP_WRITE;
			else
				wait = blocked(c, rc);
			break;
		case STEP_WRITE:
			wait = ask(c);
			break;
		default:
			wait = hear(c);
			break;
		}
	}
	return c->step >= STEP_DONE;
}

/* finish - count the connection, close it, begin the next */
static void
finish(struct load *l, struct conn *c)
{
	l->done++;
	if (c->step == STEP_FAILED)
		l->errors++;
	SSL_free(c->ssl);
	close(c->fd);
	if (l->started < l->requests)
		begin(l, c);
}

/* run - all requests; stops by itself when time is up */
static void
run(struct load *l)
{
	struct conn *conns = calloc(l->in_flight, sizeof(*conns));
	struct epoll_event events[64];
	double end = now() + SECONDS_MAX;
	unsigned i;
	int n;

	if (conns == NULL)
		die("calloc");
	for (i = 0; i < l->in_flight && l->started < l->requests; i++)
		begin(l, &conns[i]);
	while (l->done < l->requests && now() < end) {
		n = epoll_wait(l->epoll, events, 64, 1000);
		for (int k = 0; k < n; k++) {
			struct conn *c = events[k].data.ptr;

			if (advance(c))
				finish(l, c);
		}
	}
	l->errors += l->requests - l->done;
	free(conns);
}

/* client - a context that resumes nothing and trusts everybody */
static SSL_CTX *
client(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		die("SSL_CTX_new");
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set1_groups_list(ctx, "X25519");
	return ctx;
}

/* address - from text to what connect() takes */
static void
address(struct load *l, const char *addr, const char *port)
{
	struct sockaddr_in *v4 = (void *)&l->to;
	struct sockaddr_in6 *v6 = (void *)&l->to;
	unsigned short number = htons((unsigned short)atoi(port));

	if (inet_pton(AF_INET, addr, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = number;
		l->to_len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, addr, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = number;
		l->to_len = sizeof(*v6);
	}
}

int
main(int argc, char **argv)
{
	struct load l = { 0 };
	double start;

	if (argc != 7) {
		fprintf(stderr,
		    "usage: bench_tlsload ADDR PORT REQUESTS IN-FLIGHT "
		    "PATTERN NAMES\n");
		return 2;
	}
	address(&l, argv[1], argv[2]);
	l.requests = (unsigned)atoi(argv[3]);
	l.in_flight = (unsigned)atoi(argv[4]);
	l.pattern = argv[5];
	l.names = (unsigned)atoi(argv[6]);
	if (l.to_len == 0 || l.in_flight == 0 || l.names == 0) {
		fprintf(stderr, "bench_tlsload: bad argument\n");
		return 2;
	}
	l.ctx = client();
	l.epoll = epoll_create1(EPOLL_CLOEXEC);
	start = now();
	run(&l);
	printf("requests=%u errors=%u seconds=%.3f\n", l.done, l.errors,
	    now() - start);
	SSL_CTX_free(l.ctx);
	return l.errors != 0;
}
