/*
 * bench_mapload - a load generator for socketmap servers
 *
 * bench_mapload tcp:ADDR:PORT|unix:PATH [-n REQUESTS] [-c CONNECTIONS]
 *               [-s SECONDS] [-m MAP] [-f KEYS] [-w WORD] [-x]
 *
 *   -n  requests in all (100000)       -c  connections, each asks, waits for
 *   -s  end after so many seconds (60)     the reply, asks again (16)
 *   -m  map name (QUERY)               -f  file of keys, one a line, in turn
 *   -w  every reply begins with this word (OK), else it counts as "other"
 *   -x  print the first reply, without its frame, on standard error
 *
 * One thread, epoll. Prints one line of key=value, times in microseconds; exit
 * status 1 when a connection failed or not all requests were answered.
 * Bounded by -n and -s, only for servers of yours.
 */
#include "base/arena.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define REPLY_ROOM 200000

struct conn {
	int fd;
	int64_t begun_ns;
	size_t have; /* bytes of the reply so far */
	size_t want; /* of the whole frame; 0: its length is not read yet */
	size_t colon;
	char head[64]; /* the reply's beginning */
};

struct load {
	struct sockaddr_storage sa;
	socklen_t sa_len;
	uint64_t requests, connections, seconds;
	const char *map, *word;
	bool show;
	char **keys;
	size_t key_count;
	int epoll_fd;
	uint64_t begun, done, other, failed, bytes_out, bytes_in;
	int64_t *took_ns;
	char *room;
};

/* now_ns - nanoseconds of a clock that never jumps */
static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* ask - send the next question on a connection; false: it is broken */
static bool
ask(struct load *l, struct conn *c)
{
	const char *key = l->keys[l->begun++ % l->key_count];
	char text[400], frame[420];
	int n = snprintf(text, sizeof(text), "%s %s", l->map, key);
	int len = snprintf(frame, sizeof(frame), "%d:%s,", n, text);

	c->have = c->want = c->colon = 0;
	c->begun_ns = now_ns();
	l->bytes_out += (uint64_t)len;
	return write(c->fd, frame, (size_t)len) == len;
}

/* begin - open a connection and ask the first question */
static bool
begin(struct load *l, struct conn *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	int on = 1;

	c->fd = socket(l->sa.ss_family, SOCK_STREAM, 0);
	if (c->fd < 0 ||
	    connect(c->fd, (struct sockaddr *)&l->sa, l->sa_len) != 0) {
		fprintf(stderr, "connect: %s\n", strerror(errno));
		return false;
	}
	if (l->sa.ss_family != AF_UNIX)
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) == 0 &&
	    ask(l, c);
}

/* measure - find out the length of the frame from its first bytes */
static void
measure(struct conn *c)
{
	struct str head, digits;
	uint64_t len;

	head = str_make(
	    c->head, c->have < sizeof(c->head) ? c->have : sizeof(c->head));
	if (c->want == 0 && str_cut(head, ':', &digits, NULL) &&
	    str_u64(digits, REPLY_ROOM, &len)) {
		c->colon = digits.len;
		c->want = digits.len + 1 + (size_t)len + 1;
	}
}

/* finish - a reply is whole: count it, ask on */
static bool
finish(struct load *l, struct conn *c)
{
	struct str reply =
	    str_make(c->head + c->colon + 1, sizeof(c->head) - c->colon - 1);

	l->took_ns[l->done++] = now_ns() - c->begun_ns;
	l->bytes_in += c->have;
	if (!str_starts(reply, str_of(l->word)))
		l->other++;
	if (l->show && l->done == 1)
		fprintf(stderr, "%.*s\n", (int)(c->have - c->colon - 2),
		    l->room + c->colon + 1);
	return l->begun >= l->requests || ask(l, c);
}

/* ready - bytes have come; false: the connection is broken */
static bool
ready(struct load *l, struct conn *c)
{
	ssize_t n = read(c->fd, l->room + (l->show ? c->have : 0),
	    l->show ? REPLY_ROOM - c->have : REPLY_ROOM);
	size_t i;

	if (n <= 0)
		return false;
	for (i = 0; i < (size_t)n && c->have + i < sizeof(c->head); i++)
		c->head[c->have + i] = l->room[(l->show ? c->have : 0) + i];
	c->have += (size_t)n;
	measure(c);
	if (c->want == 0 || c->have < c->want)
		return c->want != 0 || c->have < 10;
	return c->have == c->want && finish(l, c);
}

/* run - until all is answered or the time is over */
static void
run(struct load *l, struct conn *conns)
{
	struct epoll_event ev[256];
	int64_t end = now_ns() + (int64_t)l->seconds * 1000000000;
	uint64_t i;
	int n, k;

	for (i = 0; i < l->connections; i++)
		if (!begin(l, &conns[i]))
			l->failed++;
	while (l->done + l->failed < l->requests && now_ns() < end &&
	    l->failed < l->connections) {
		n = epoll_wait(l->epoll_fd, ev, 256, 1000);
		for (k = 0; k < n; k++) {
			struct conn *c = ev[k].data.ptr;

			if (ready(l, c))
				continue;
			l->failed++;
			close(c->fd);
		}
	}
}

/* by_time - for qsort */
static int
by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* report - one line */
static void
report(struct load *l, double seconds)
{
	uint64_t n = l->done;

	qsort(l->took_ns, n, sizeof(*l->took_ns), by_time);
	printf("requests=%llu other=%llu failed=%llu rate=%.0f p50=%.1f "
	       "p99=%.1f request_bytes=%.0f reply_bytes=%.0f\n",
	    (unsigned long long)n, (unsigned long long)l->other,
	    (unsigned long long)l->failed, (double)n / seconds,
	    n > 0 ? l->took_ns[n / 2] / 1e3 : 0,
	    n > 0 ? l->took_ns[n * 99 / 100] / 1e3 : 0,
	    n > 0 ? (double)l->bytes_out / (double)n : 0,
	    n > 0 ? (double)l->bytes_in / (double)n : 0);
}

/* read_keys - the lines of a file */
static bool
read_keys(struct load *l, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[300];
	char **grown;

	if (f == NULL) {
		perror(path);
		return false;
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		grown = mem_grow(l->keys, l->key_count + 1, sizeof(*l->keys));
		if (grown == NULL)
			break;
		l->keys = grown;
		l->keys[l->key_count++] = mem_strdup(str_of(line));
	}
	fclose(f);
	return l->key_count > 0;
}

/* read_address - tcp:ADDR:PORT or unix:PATH */
static bool
read_address(struct load *l, const char *text)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&l->sa;
	struct sockaddr_un *un = (struct sockaddr_un *)&l->sa;
	struct str s = str_of(text), host, port;
	char name[64];
	uint64_t n;

	if (str_starts(s, STR("unix:"))) {
		un->sun_family = AF_UNIX;
		snprintf(un->sun_path, sizeof(un->sun_path), "%s", text + 5);
		l->sa_len = sizeof(*un);
		return true;
	}
	if (!str_starts(s, STR("tcp:")) ||
	    !str_cut(str_sub(s, 4, s.len), ':', &host, &port) ||
	    !str_u64(port, 65535, &n) || host.len >= sizeof(name))
		return false;
	snprintf(name, sizeof(name), "%" STR_FMT, STR_ARG(host));
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)n);
	l->sa_len = sizeof(*in);
	return inet_pton(AF_INET, name, &in->sin_addr) == 1;
}

/* read_options - the command line; false: usage */
static bool
read_options(struct load *l, int argc, char **argv)
{
	uint64_t *number;
	int opt;

	if (argc < 2 || !read_address(l, argv[1]))
		return false;
	while ((opt = getopt(argc - 1, argv + 1, "n:c:s:m:f:w:x")) != -1) {
		number = opt == 'n' ? &l->requests
		    : opt == 'c'    ? &l->connections
		    : opt == 's'    ? &l->seconds
				    : NULL;
		if (number != NULL &&
		    !str_u64(str_of(optarg), 100000000, number))
			return false;
		if (opt == 'm')
			l->map = optarg;
		else if (opt == 'w')
			l->word = optarg;
		else if (opt == 'x')
			l->show = true;
		else if (opt == 'f' && !read_keys(l, optarg))
			return false;
		else if (opt == '?')
			return false;
	}
	/* One buffer shows one reply: so only on one connection. */
	return l->key_count > 0 && l->connections > 0 && l->requests > 0 &&
	    (!l->show || l->connections == 1);
}

/* release - everything */
static void
release(struct load *l, struct conn *conns)
{
	size_t i;

	for (i = 0; i < l->key_count; i++)
		mem_free(l->keys[i]);
	mem_free(l->keys);
	mem_free(l->took_ns);
	mem_free(l->room);
	mem_free(conns);
}

int
main(int argc, char **argv)
{
	struct load l = { .requests = 100000,
		.connections = 16,
		.seconds = 60,
		.map = "QUERY",
		.word = "OK" };
	struct conn *conns;
	int64_t began;

	if (!read_options(&l, argc, argv)) {
		fprintf(stderr,
		    "usage: bench_mapload tcp:ADDR:PORT|unix:PATH -f KEYS "
		    "[-n N] [-c N] [-s N] [-m MAP] [-w WORD] [-x]\n");
		return 2;
	}
	if (l.connections > l.requests)
		l.connections = l.requests;
	l.epoll_fd = epoll_create1(0);
	conns = mem_zalloc(l.connections, sizeof(*conns));
	l.took_ns = mem_zalloc(l.requests + l.connections, sizeof(*l.took_ns));
	l.room = mem_alloc(REPLY_ROOM);
	if (conns == NULL || l.took_ns == NULL || l.room == NULL)
		return 1;
	began = now_ns();
	run(&l, conns);
	report(&l, (double)(now_ns() - began) / 1e9);
	release(&l, conns);
	return l.failed > 0 || l.done < l.requests;
}
