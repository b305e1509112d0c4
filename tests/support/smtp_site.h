/*
 * smtp_site - a mail server on loopback that follows a script, in a thread
 *
 * A script is what it says in its turns, parted by '|': after each it reads a
 * line of the client. The turn "TLS" is a handshake. Connections are served one
 * after the other; the last thing it does is one of enum site_last.
 */
#ifndef TESTS_SUPPORT_SMTP_SITE_H
#define TESTS_SUPPORT_SMTP_SITE_H

#include "core/ipnet.h"
#include "support/tlspair.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

enum site_last {
	SITE_CLOSES = 0,
	SITE_WAITS, /* until the client goes */
	SITE_DRIPS, /* a byte now and then */
	SITE_FLOODS, /* lines without end */
	SITE_ROARS /* bytes that are no line */
};

struct smtp_site {
	const char *script;
	enum site_last last;
	SSL_CTX *ctx;
	int fd; /* listens */
	unsigned port;
	pthread_t thread;
	/* of the connection that is served */
	int conn;
	SSL *ssl;
	char heard[1000]; /* lines of all clients; read after site_stop() */
};

/* site_write - all of it; false when the client has gone */
static inline bool
site_write(struct smtp_site *s, const char *p, size_t len)
{
	ssize_t n;

	if (s->ssl != NULL)
		return SSL_write(s->ssl, p, (int)len) == (int)len;
	for (; len > 0; p += n, len -= (size_t)n) {
		n = send(s->conn, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
	}
	return true;
}

/* site_hear - a line of the client, byte by byte; false when it has gone */
static inline bool
site_hear(struct smtp_site *s)
{
	size_t at = strlen(s->heard);
	char c = 0;

	while (c != '\n') {
		if (s->ssl != NULL ? SSL_read(s->ssl, &c, 1) != 1
				   : recv(s->conn, &c, 1, 0) != 1)
			return false;
		if (at + 1 < sizeof(s->heard))
			s->heard[at++] = c;
	}
	return true;
}

/* site_shake - TLS from now on */
static inline bool
site_shake(struct smtp_site *s)
{
	s->ssl = SSL_new(s->ctx);
	MK_DO(s->ssl != NULL && SSL_set_fd(s->ssl, s->conn) == 1);
	return SSL_accept(s->ssl) == 1;
}

/* site_turn - one turn of the script */
static inline bool
site_turn(struct smtp_site *s, struct str turn, bool hear)
{
	if (str_eq(turn, STR("TLS")))
		return site_shake(s);
	return (turn.len == 0 || site_write(s, turn.p, turn.len)) &&
	    (!hear || site_hear(s));
}

/* site_end - the last thing that it does */
static inline void
site_end(struct smtp_site *s)
{
	struct pollfd pfd = { .fd = s->conn, .events = POLLIN };
	char line[1000];

	memset(line, 'x', sizeof(line));
	if (s->last == SITE_FLOODS)
		memcpy(line + sizeof(line) - 8, "\r\n250-mx", 8);
	if (s->last == SITE_FLOODS || s->last == SITE_ROARS)
		while (site_write(s, line, sizeof(line)))
			;
	while (s->last == SITE_WAITS && site_hear(s))
		;
	/* A client that has gone is one that can be read. */
	while (s->last == SITE_DRIPS && poll(&pfd, 1, 20) == 0 &&
	    site_write(s, line, 1))
		;
}

/* site_serve - one connection */
static inline void
site_serve(struct smtp_site *s)
{
	struct str turn, rest = str_of(s->script);
	bool more = true, goes_on = true;

	while (more && goes_on) {
		more = str_cut(rest, '|', &turn, &rest);
		/* Before a handshake the client says nothing in the clear. */
		goes_on =
		    site_turn(s, turn, more && !str_starts(rest, STR("TLS")));
	}
	if (goes_on)
		site_end(s);
	if (s->ssl != NULL)
		SSL_free(s->ssl);
	s->ssl = NULL;
	close(s->conn);
}

/* site_run - the thread */
static inline void *
site_run(void *arg)
{
	struct smtp_site *s = arg;

	while ((s->conn = accept(s->fd, NULL, NULL)) >= 0)
		site_serve(s);
	return NULL;
}

/* site_listen - a socket on loopback; its port in *port */
static inline int
site_listen(unsigned *port, int backlog)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	socklen_t len = sizeof(sa);
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* Connections inherit it; without, tickets delay what follows. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	MK_DO(fd >= 0 && bind(fd, (struct sockaddr *)&sa, len) == 0);
	MK_DO(listen(fd, backlog) == 0);
	MK_DO(getsockname(fd, (struct sockaddr *)&sa, &len) == 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

/* site_start - serve from now on */
static inline void
site_start(
    struct smtp_site *s, const char *script, enum site_last last, SSL_CTX *ctx)
{
	*s = (struct smtp_site){ .script = script, .last = last, .ctx = ctx };
	/* OpenSSL writes to sockets whose other end may have gone. */
	signal(SIGPIPE, SIG_IGN);
	s->fd = site_listen(&s->port, 1024);
	MK_DO(pthread_create(&s->thread, NULL, site_run, s) == 0);
}

/* site_stop - no client may be connected any more */
static inline void
site_stop(struct smtp_site *s)
{
	shutdown(s->fd, SHUT_RDWR);
	MK_DO(pthread_join(s->thread, NULL) == 0);
	close(s->fd);
}

#endif
