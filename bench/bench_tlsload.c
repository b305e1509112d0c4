/*
 * bench_tlsload - a load generator that opens a new TLS connection per request
 *
 * bench_tlsload ADDR:PORT [-n REQUESTS] [-c IN_FLIGHT] [-s SECONDS]
 *               [-h NAME] [-f NAMES] [-p PATH] [-k]
 *
 *   -n  requests in all (10000)        -c  connections at once (16)
 *   -s  end after so many seconds (60) -p  path (/.well-known/mta-sts.txt)
 *   -h  name for SNI and Host; %u in it becomes 0, 1, 2 ... below -r
 *   -r  how many names %u makes (1)
 *   -f  file of names, one a line, used in turn instead of -h
 *   -k  offer the tickets of earlier sessions (default: full handshakes)
 *
 * One thread, epoll. Certificates are not verified: the server is measured,
 * not the client. Prints one line of key=value; exit status 1 when any request
 * failed or had no status 200. Bounded by -n and -s, only for hosts of yours.
 */
#include "base/arena.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct slot {
	SSL *ssl;
	int fd;
	int64_t begun_us;
	bool sent;
	size_t got;
	char head[16]; /* "HTTP/1.1 200 OK" */
};

struct load {
	struct sockaddr_storage sa;
	socklen_t sa_len;
	uint64_t requests, in_flight, seconds, names_made;
	const char *name, *path;
	char **names;
	size_t name_count;
	bool resume;
	SSL_CTX *ctx;
	SSL_SESSION *session;
	int epoll_fd;
	uint64_t begun, done, failed, not_200;
	uint32_t *took_us;
};

/* now_us - microseconds of a clock that never jumps */
static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* pick_name - the host name of the i-th request */
static void
pick_name(const struct load *l, uint64_t i, char *out, size_t size)
{
	struct str before, after;

	if (l->name_count > 0) {
		snprintf(out, size, "%s", l->names[i % l->name_count]);
		return;
	}
	before = str_of(l->name);
	if (str_find(before, STR("%u")) == before.len) {
		snprintf(out, size, "%s", l->name);
		return;
	}
	after = str_sub(before, str_find(before, STR("%u")) + 2, before.len);
	before.len = str_find(before, STR("%u"));
	snprintf(out, size, "%" STR_FMT "%u%" STR_FMT, STR_ARG(before),
	    (unsigned)(i % l->names_made), STR_ARG(after));
}

/* begin - open the next connection; false when none could be opened */
static bool
begin(struct load *l, struct slot *s)
{
	struct epoll_event ev = { .events = EPOLLOUT, .data.ptr = s };
	char name[300];
	int on = 1;

	pick_name(l, l->begun++, name, sizeof(name));
	memset(s, 0, sizeof(*s));
	s->begun_us = now_us();
	s->fd = socket(l->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return false;
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(s->fd, (struct sockaddr *)&l->sa, l->sa_len) != 0 &&
	    errno != EINPROGRESS) {
		close(s->fd);
		return false;
	}
	s->ssl = SSL_new(l->ctx);
	SSL_set_fd(s->ssl, s->fd);
	SSL_set_tlsext_host_name(s->ssl, name);
	SSL_set_connect_state(s->ssl);
	if (l->resume && l->session != NULL)
		SSL_set_session(s->ssl, l->session);
	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, s->fd, &ev) == 0;
}

/* finish - close a connection and count its result */
static void
finish(struct load *l, struct slot *s, bool ok)
{
	if (ok && l->done < l->requests)
		l->took_us[l->done] = (uint32_t)(now_us() - s->begun_us);
	if (!ok)
		l->failed++;
	else if (memcmp(s->head + 8, " 200", 4) != 0)
		l->not_200++;
	l->done++;
	SSL_free(s->ssl);
	close(s->fd);
	s->ssl = NULL;
	s->fd = -1;
}

/* send_request - the one GET of a connection */
static int
send_request(const struct load *l, struct slot *s)
{
	char text[1024];
	int len = snprintf(text, sizeof(text),
	    "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\n"
	    "Connection: close\r\n\r\n",
	    l->path, SSL_get_servername(s->ssl, TLSEXT_NAMETYPE_host_name));

	return SSL_write(s->ssl, text, len);
}

/* step - handshake, write or read, as far as it goes; <= 0 as OpenSSL says */
static int
step(struct load *l, struct slot *s)
{
	char text[8192];
	size_t keep;
	int rc;

	if (!SSL_is_init_finished(s->ssl)) {
		rc = SSL_do_handshake(s->ssl);
		if (rc <= 0)
			return rc;
	}
	if (!s->sent) {
		rc = send_request(l, s);
		if (rc <= 0)
			return rc;
		s->sent = true;
	}
	while ((rc = SSL_read(s->ssl, text, sizeof(text))) > 0) {
		keep = s->got < sizeof(s->head) ? sizeof(s->head) - s->got : 0;
		if (keep > (size_t)rc)
			keep = (size_t)rc;
		memcpy(s->head + s->got, text, keep);
		s->got += (size_t)rc;
	}
	return rc;
}

/* serve - one event */
static void
serve(struct load *l, struct slot *s)
{
	struct epoll_event ev = { .data.ptr = s };
	int rc = step(l, s), kind = SSL_get_error(s->ssl, rc);

	if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
		ev.events = kind == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT;
		epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, s->fd, &ev);
		return;
	}
	finish(l, s, kind == SSL_ERROR_ZERO_RETURN && s->got > 12);
	if (l->begun < l->requests && !begin(l, s)) {
		l->failed++;
		l->done++;
	}
}

/* keep_session - the newest ticket, for -k */
static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct load *l = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	SSL_SESSION_free(l->session);
	l->session = session;
	return 1;
}

/* order - for qsort */
static int
order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* run - until all is done or time is over */
static int64_t
run(struct load *l)
{
	struct slot *slots = mem_zalloc(l->in_flight, sizeof(*slots));
	int64_t begun_us = now_us();
	struct epoll_event ev[64];
	uint64_t i;
	int n;

	for (i = 0; slots != NULL && i < l->in_flight && i < l->requests; i++)
		if (!begin(l, &slots[i])) {
			l->failed++;
			l->done++;
		}
	while (l->done < l->requests &&
	    now_us() - begun_us < (int64_t)l->seconds * 1000000) {
		n = epoll_wait(l->epoll_fd, ev, 64, 1000);
		for (i = 0; n > 0 && i < (uint64_t)n; i++)
			serve(l, ev[i].data.ptr);
	}
	mem_free(slots);
	return now_us() - begun_us;
}

/* parse_addr - ADDR:PORT or [V6]:PORT */
static bool
parse_addr(struct load *l, struct str text)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&l->sa;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&l->sa;
	struct str host = text, port;
	char name[64];
	uint64_t n;
	size_t i;

	for (i = text.len; i > 0 && text.p[i - 1] != ':'; i--)
		continue;
	port = str_sub(text, i, text.len);
	if (i == 0 || i > sizeof(name) || !str_u64(port, 65535, &n))
		return false;
	host = str_sub(text, 0, i - 1);
	if (str_starts(host, STR("[")))
		host = str_sub(host, 1, host.len - 2);
	snprintf(name, sizeof(name), "%" STR_FMT, STR_ARG(host));
	if (inet_pton(AF_INET, name, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)n);
		l->sa_len = sizeof(*v4);
		return true;
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)n);
	l->sa_len = sizeof(*v6);
	return inet_pton(AF_INET6, name, &v6->sin6_addr) == 1;
}

/* read_names - the file's lines */
static bool
read_names(struct load *l, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[300];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		char **grown =
		    mem_grow(l->names, l->name_count + 1, sizeof(char *));

		line[strcspn(line, "\r\n")] = '\0';
		if (grown == NULL)
			return false;
		l->names = grown;
		l->names[l->name_count++] = mem_strdup(str_of(line));
	}
	if (f != NULL)
		fclose(f);
	return l->name_count > 0;
}

/* options - the command line; false when it is wrong */
static bool
options(struct load *l, int argc, char **argv)
{
	bool ok = true;
	int c;

	while (ok && (c = getopt(argc, argv, "n:c:s:h:r:f:p:k")) != -1) {
		if (c == 'n')
			ok = str_u64(str_of(optarg), 1 << 30, &l->requests);
		else if (c == 'c')
			ok = str_u64(str_of(optarg), 50000, &l->in_flight);
		else if (c == 's')
			ok = str_u64(str_of(optarg), 86400, &l->seconds);
		else if (c == 'r')
			ok = str_u64(str_of(optarg), 1 << 30, &l->names_made);
		else if (c == 'h')
			l->name = optarg;
		else if (c == 'p')
			l->path = optarg;
		else if (c == 'f')
			ok = read_names(l, optarg);
		else
			ok = l->resume = c == 'k';
	}
	return ok && optind + 1 == argc && l->names_made > 0 &&
	    l->in_flight > 0 && l->requests > 0 &&
	    parse_addr(l, str_of(argv[optind]));
}

int
main(int argc, char **argv)
{
	struct load l = { .requests = 10000,
		.in_flight = 16,
		.seconds = 60,
		.names_made = 1,
		.name = "mta-sts.example.com",
		.path = "/.well-known/mta-sts.txt" };
	uint64_t good;
	int64_t took;

	if (!options(&l, argc, argv)) {
		fprintf(stderr,
		    "usage: %s ADDR:PORT [-n N] [-c IN_FLIGHT] [-s SECONDS] "
		    "[-h NAME] [-r COUNT] [-f NAMES] [-p PATH] [-k]\n",
		    argv[0]);
		return 2;
	}
	l.took_us = mem_zalloc(l.requests, sizeof(*l.took_us));
	l.epoll_fd = epoll_create1(0);
	l.ctx = SSL_CTX_new(TLS_client_method());
	if (l.took_us == NULL || l.epoll_fd < 0 || l.ctx == NULL)
		return 2;
	SSL_CTX_set_app_data(l.ctx, &l);
	if (l.resume) {
		SSL_CTX_set_session_cache_mode(
		    l.ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(l.ctx, keep_session);
	}
	took = run(&l);
	good = l.done < l.requests ? l.done : l.requests;
	qsort(l.took_us, good, sizeof(*l.took_us), order);
	printf("requests=%llu failed=%llu not_200=%llu seconds=%.3f "
	       "per_second=%.0f p50_us=%u p99_us=%u\n",
	    (unsigned long long)l.done, (unsigned long long)l.failed,
	    (unsigned long long)l.not_200, (double)took / 1e6,
	    (double)l.done * 1e6 / (double)took,
	    good > 0 ? l.took_us[good / 2] : 0,
	    good > 0 ? l.took_us[good * 99 / 100] : 0);
	return l.failed + l.not_200 > 0 || l.done < l.requests;
}
