/*
 * dnsfake - a DNS server on the test's own loop, which says what the test wants
 *
 * UDP and TCP on one port of 127.0.0.1. The test's function makes the answer,
 * or none; it may have it sent later.
 */
#ifndef TESTS_SUPPORT_DNSFAKE_H
#define TESTS_SUPPORT_DNSFAKE_H

#include "io/loop.h"
#include "support/dnswire.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#define DNSFAKE_CONNS 64

/* A question as it came. */
struct dnsfake_question {
	char name[NS_MAXDNAME]; /* as it was written; "" is the root */
	unsigned id, type;
	bool tcp, rd, ad, edns;
};

struct dnsfake;

/* dnsfake_answer - fill in the message; false: say nothing */
typedef bool dnsfake_answer(struct dnsfake *fake,
    const struct dnsfake_question *question, struct wire *out);

struct dnsfake_conn {
	struct dnsfake *fake;
	struct loop_watch *watch;
	int fd;
	size_t len;
	uint8_t p[2048];
};

struct dnsfake {
	struct loop *loop;
	dnsfake_answer *answer;
	int udp, tcp;
	unsigned port;
	int64_t delay_ms; /* of the answer just made */
	struct loop_watch *udp_watch, *tcp_watch;
	struct dnsfake_conn conns[DNSFAKE_CONNS];
	unsigned asked, asked_tcp, pending;
	struct wire out;
};

/* A UDP answer that comes later. */
struct dnsfake_late {
	struct dnsfake *fake;
	struct loop_watch *timer;
	struct sockaddr_in to;
	size_t len;
	uint8_t p[];
};

/* dnsfake_read - the question of a message; false when there is none */
static inline bool
dnsfake_read(const uint8_t *p, size_t len, struct dnsfake_question *q)
{
	ns_msg msg;
	ns_rr rr;

	if (ns_initparse(p, (int)len, &msg) != 0 ||
	    ns_parserr(&msg, ns_s_qd, 0, &rr) != 0)
		return false;
	snprintf(q->name, sizeof(q->name), "%s",
	    strcmp(ns_rr_name(rr), ".") == 0 ? "" : ns_rr_name(rr));
	q->type = (unsigned)ns_rr_type(rr);
	q->id = ns_msg_id(msg);
	q->rd = (p[2] & 1) != 0;
	q->ad = (p[3] & 0x20) != 0;
	q->edns = ns_msg_count(msg, ns_s_ar) > 0;
	return true;
}

static inline void
dnsfake_on_late(void *ctx)
{
	struct dnsfake_late *late = ctx;

	sendto(late->fake->udp, late->p, late->len, 0,
	    (struct sockaddr *)&late->to, sizeof(late->to));
	late->fake->pending--;
	loop_watch_close(late->timer);
	free(late);
}

/* dnsfake_send_late - over UDP, after the delay */
static inline void
dnsfake_send_late(struct dnsfake *fake, const struct sockaddr_in *to)
{
	struct dnsfake_late *late = malloc(sizeof(*late) + fake->out.len);

	if (late == NULL)
		abort();
	*late = (struct dnsfake_late){
		.fake = fake, .to = *to, .len = fake->out.len
	};
	memcpy(late->p, fake->out.p, fake->out.len);
	late->timer = loop_timer(fake->loop, dnsfake_on_late, late);
	loop_timer_start(late->timer, fake->delay_ms);
	fake->pending++;
}

static inline void
dnsfake_on_udp(void *ctx)
{
	struct dnsfake *fake = ctx;
	struct dnsfake_question q = { .tcp = false };
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	uint8_t p[2048];
	ssize_t n;

	n = recvfrom(fake->udp, p, sizeof(p), MSG_DONTWAIT,
	    (struct sockaddr *)&from, &from_len);
	if (n <= 0 || !dnsfake_read(p, (size_t)n, &q))
		return;
	fake->asked++;
	fake->delay_ms = 0;
	if (!fake->answer(fake, &q, &fake->out))
		return;
	if (fake->delay_ms > 0)
		dnsfake_send_late(fake, &from);
	else
		sendto(fake->udp, fake->out.p, fake->out.len, 0,
		    (struct sockaddr *)&from, from_len);
}

static inline void
dnsfake_hang_up(struct dnsfake_conn *conn)
{
	loop_watch_close(conn->watch);
	conn->watch = NULL;
	if (conn->fd >= 0)
		close(conn->fd);
	conn->fd = -1;
	conn->len = 0;
}

/* dnsfake_say - over TCP; waits when it does not fit */
static inline void
dnsfake_say(int fd, const struct wire *w)
{
	uint8_t head[2] = { (uint8_t)(w->len >> 8), (uint8_t)w->len };
	size_t sent = 0;

	if (send(fd, head, 2, MSG_NOSIGNAL | MSG_MORE) != 2)
		return;
	while (sent < w->len) {
		ssize_t n = send(fd, w->p + sent, w->len - sent, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		sent += (size_t)n;
	}
}

static inline void
dnsfake_on_conn(void *ctx)
{
	struct dnsfake_conn *conn = ctx;
	struct dnsfake *fake = conn->fake;
	ssize_t n = recv(conn->fd, conn->p + conn->len,
	    sizeof(conn->p) - conn->len, MSG_DONTWAIT);

	if (n <= 0) {
		dnsfake_hang_up(conn);
		return;
	}
	conn->len += (size_t)n;
	while (conn->len >= 2) {
		size_t len = (size_t)conn->p[0] << 8 | conn->p[1];
		struct dnsfake_question q = { .tcp = true };

		if (conn->len < len + 2)
			return;
		if (!dnsfake_read(conn->p + 2, len, &q)) {
			dnsfake_hang_up(conn);
			return;
		}
		fake->asked_tcp++;
		if (fake->answer(fake, &q, &fake->out))
			dnsfake_say(conn->fd, &fake->out);
		conn->len -= len + 2;
		memmove(conn->p, conn->p + len + 2, conn->len);
	}
}

static inline void
dnsfake_on_tcp(void *ctx)
{
	struct dnsfake *fake = ctx;
	int fd = accept(fake->tcp, NULL, NULL);

	for (size_t i = 0; fd >= 0 && i < DNSFAKE_CONNS; i++) {
		struct dnsfake_conn *conn = &fake->conns[i];

		if (conn->fd >= 0)
			continue;
		*conn = (struct dnsfake_conn){ .fake = fake, .fd = fd };
		conn->watch =
		    loop_fd(fake->loop, fd, LOOP_READ, dnsfake_on_conn, conn);
		return;
	}
	if (fd >= 0)
		close(fd);
}

/* dnsfake_bind - a socket of 127.0.0.1; port 0: any, which is kept */
static inline int
dnsfake_bind(struct dnsfake *fake, int type)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)fake->port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, type, 0), large = 4 << 20, on = 1;

	/* Both ends are one thread: what is said must fit. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &large, sizeof(large));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &large, sizeof(large));
	if (bind(fd, (struct sockaddr *)&sa, len) != 0) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&sa, &len);
	fake->port = ntohs(sa.sin_port);
	return fd;
}

/* dnsfake_open_at - serve on a port; 0: on any. The test stops if it cannot */
static inline void
dnsfake_open_at(struct dnsfake *fake, struct loop *loop, dnsfake_answer *answer,
    unsigned port)
{
	memset(fake, 0, sizeof(*fake));
	fake->loop = loop;
	fake->answer = answer;
	for (size_t i = 0; i < DNSFAKE_CONNS; i++)
		fake->conns[i].fd = -1;
	/* Another program may have the port that UDP found for TCP. */
	fake->tcp = -1;
	for (int tries = 0; tries < 20 && fake->tcp < 0; tries++) {
		if (tries > 0)
			close(fake->udp);
		fake->port = port;
		fake->udp = dnsfake_bind(fake, SOCK_DGRAM);
		fake->tcp = dnsfake_bind(fake, SOCK_STREAM);
	}
	if (fake->udp < 0 || fake->tcp < 0 || listen(fake->tcp, 64) != 0)
		abort();
	fake->udp_watch =
	    loop_fd(loop, fake->udp, LOOP_READ, dnsfake_on_udp, fake);
	fake->tcp_watch =
	    loop_fd(loop, fake->tcp, LOOP_READ, dnsfake_on_tcp, fake);
}

/* dnsfake_open - serve on any port */
static inline void
dnsfake_open(struct dnsfake *fake, struct loop *loop, dnsfake_answer *answer)
{
	dnsfake_open_at(fake, loop, answer, 0);
}

/* dnsfake_close - its late answers must have been sent */
static inline void
dnsfake_close(struct dnsfake *fake)
{
	loop_watch_close(fake->udp_watch);
	loop_watch_close(fake->tcp_watch);
	for (size_t i = 0; i < DNSFAKE_CONNS; i++)
		dnsfake_hang_up(&fake->conns[i]);
	close(fake->udp);
	close(fake->tcp);
}

#endif
