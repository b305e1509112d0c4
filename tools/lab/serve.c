/*
 * serve.c - listeners, and a thread for each connection that is open
 *
 * Only addresses of loopback. Threads may block as long as they like: all
 * waiting is for the connection or for the end of the world, whichever is
 * first. Threads that are done take the next connection: a new one costs
 * OpenSSL much.
 */
#include "serve.h"
#include "dns.h"
#include "https.h"
#include "scan.h"
#include "smtp.h"
#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define STACK_LEN (512 * 1024)
#define QUIET_MS  30000
#define LINGER_MS 1000
#define BACKLOG	  1024
#define EVENTS	  64

union place {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

bool
conn_wait(struct lab_conn *c, bool write, int ms)
{
	struct pollfd p[2] = {
		{ .fd = c->fd, .events = write ? POLLOUT : POLLIN },
		{ .fd = c->lab->stop_fd, .events = POLLIN },
	};
	int n;

	do
		n = poll(p, 2, ms);
	while (n < 0 && errno == EINTR);
	return n > 0 && p[1].revents == 0;
}

bool
conn_sleep(struct lab_conn *c, int ms)
{
	struct pollfd p = { .fd = c->lab->stop_fd, .events = POLLIN };

	return poll(&p, 1, ms) == 0;
}

/* again - what came of a call: wait for it? *write says for what */
static bool
again(const struct lab_conn *c, int n, bool *write)
{
	int why;

	if (c->ssl == NULL)
		return errno == EAGAIN || errno == EINTR;
	why = SSL_get_error(c->ssl, n);
	*write = why == SSL_ERROR_WANT_WRITE;
	return *write || why == SSL_ERROR_WANT_READ;
}

size_t
conn_read(struct lab_conn *c, char *p, size_t len)
{
	for (;;) {
		bool write = false;
		int n = c->ssl != NULL ? SSL_read(c->ssl, p, (int)len)
				       : (int)recv(c->fd, p, len, MSG_DONTWAIT);

		if (n > 0)
			return (size_t)n;
		if ((n == 0 && c->ssl == NULL) || !again(c, n, &write) ||
		    !conn_wait(c, write, QUIET_MS))
			return 0;
	}
}

bool
conn_write(struct lab_conn *c, const char *p, size_t len)
{
	while (len > 0) {
		bool write = true;
		int n = c->ssl != NULL
		    ? SSL_write(c->ssl, p, (int)len)
		    : (int)send(c->fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (!again(c, n, &write) ||
		    !conn_wait(c, write, QUIET_MS)) {
			return false;
		}
	}
	return true;
}

bool
conn_puts(struct lab_conn *c, const char *text)
{
	return conn_write(c, text, strlen(text));
}

/* linger - let the peer read what was said before the connection goes */
static void
linger(struct lab_conn *c)
{
	char drop[4096];

	shutdown(c->fd, SHUT_WR);
	while (conn_wait(c, false, LINGER_MS))
		if (recv(c->fd, drop, sizeof(drop), MSG_DONTWAIT) <= 0)
			break;
	close(c->fd);
}

/* talk_dns - questions over TCP */
static void
talk_dns(struct lab_conn *c)
{
	struct dns_place place = { c->lab, c->at->where, c->at->domain };
	uint8_t *out = mem_alloc(DNS_MESSAGE_MAX + 2);
	char in[2048];
	size_t have = 0, len, want, n;

	while (
	    out != NULL && (n = conn_read(c, in + have, sizeof(in) - have))) {
		have += n;
		want = have < 2 ? sizeof(in)
				: (size_t)(uint8_t)in[0] << 8 | (uint8_t)in[1];
		if (want > sizeof(in) - 2 && have >= 2)
			break;
		if (have < 2 || have < want + 2)
			continue;
		len = dns_answer(&place, str_make(in + 2, want), out + 2, true);
		out[0] = (uint8_t)(len >> 8);
		out[1] = (uint8_t)len;
		if (len == 0 || !conn_write(c, (char *)out, len + 2))
			break;
		have -= want + 2;
		memmove(in, in + want + 2, have);
	}
	mem_free(out);
}

/* talk - all of one connection */
static void
talk(struct lab_conn *c)
{
	static void (*const roles[ROLES])(struct lab_conn *) = { talk_dns,
		https_talk, https_talk_plain, smtp_talk };

	roles[c->at->role](c);
	tls_end(c);
	linger(c);
	mem_free(c);
}

/* next_conn - one that waits, or null at the end; the lock is held */
static struct lab_conn *
next_conn(struct lab *lab)
{
	struct lab_conn *c;

	lab->idle++;
	while (lab->waiting == NULL && !lab->ending)
		pthread_cond_wait(&lab->work, &lab->lock);
	lab->idle--;
	c = lab->waiting;
	if (c != NULL) {
		lab->waiting = c->next;
		lab->waiting_count--;
	}
	return c;
}

/* work - a thread: one connection after the other */
static void *
work(void *arg)
{
	struct lab *lab = arg;
	struct lab_conn *c;

	pthread_mutex_lock(&lab->lock);
	while ((c = next_conn(lab)) != NULL) {
		pthread_mutex_unlock(&lab->lock);
		talk(c);
		pthread_mutex_lock(&lab->lock);
	}
	lab->threads--;
	pthread_cond_signal(&lab->gone);
	pthread_mutex_unlock(&lab->lock);
	return NULL;
}

/* begin - hand a connection that was accepted to a thread */
static void
begin(struct lab_listener *at, const pthread_attr_t *attr, int fd)
{
	struct lab *lab = at->lab;
	struct lab_conn *c = mem_zalloc(1, sizeof(*c));
	struct lab_conn **end = &lab->waiting;
	pthread_t thread;

	if (c == NULL) {
		close(fd);
		return;
	}
	c->lab = lab;
	c->at = at;
	c->server = at->server;
	c->fd = fd;
	pthread_mutex_lock(&lab->lock);
	while (*end != NULL)
		end = &(*end)->next;
	*end = c;
	lab->waiting_count++;
	if (lab->waiting_count > lab->idle &&
	    pthread_create(&thread, attr, work, lab) == 0)
		lab->threads++;
	pthread_cond_signal(&lab->work);
	pthread_mutex_unlock(&lab->lock);
}

unsigned
serve_port(const struct lab *lab, enum lab_role role)
{
	static const unsigned standard[] = { [ROLE_DNS] = 53,
		[ROLE_HTTPS] = 443,
		[ROLE_HTTP] = 80,
		[ROLE_SMTP] = 25 };

	return lab->standard ? standard[role] : lab->port + role;
}

/* bind_at - a socket bound to an address of loopback */
static int
bind_at(const char *address, unsigned port, int type)
{
	union place at = { .in.sin_family = AF_INET };
	socklen_t len = sizeof(at.in);
	int fd, on = 1;

	at.in.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, address, &at.in.sin_addr) != 1) {
		memset(&at, 0, sizeof(at));
		at.in6.sin6_family = AF_INET6;
		at.in6.sin6_port = htons((uint16_t)port);
		inet_pton(AF_INET6, address, &at.in6.sin6_addr);
		len = sizeof(at.in6);
	}
	fd = socket(at.sa.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, &at.sa, len) != 0) {
		/* A machine without IPv6 has a smaller world. */
		if (at.sa.sa_family == AF_INET6) {
			if (fd >= 0)
				close(fd);
			return -1;
		}
		lab_fail("%s port %u: %s", address, port, strerror(errno));
	}
	return fd;
}

int
serve_udp(struct lab *lab, const char *address)
{
	int room = 4 << 20;
	int fd = bind_at(address, serve_port(lab, ROLE_DNS), SOCK_DGRAM);

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

/* add - a listener more; false: there is no such address here */
static struct lab_listener *
add(struct lab_listener **all, struct lab *lab, enum lab_role role,
    const char *address)
{
	int on = 1, fd = bind_at(address, serve_port(lab, role), SOCK_STREAM);
	struct lab_listener *l;

	if (fd < 0)
		return NULL;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	lab_check(listen(fd, BACKLOG) == 0, "listen");
	l = arena_zalloc(lab->arena, 1, sizeof(*l));
	lab_check(l != NULL, "memory");
	*l = (struct lab_listener){
		.lab = lab, .role = role, .fd = fd, .next = *all
	};
	*all = l;
	return l;
}

/* add_dns - the resolver, and the name servers of the domains */
static void
add_dns(struct lab_listener **all, struct lab *lab)
{
	add(all, lab, ROLE_DNS, "127.0.0.1")->where = LAB_WHERE_RESOLVER;
	for (const struct lab_domain *d = lab->domains; d != NULL;
	     d = d->next) {
		for (unsigned i = 0; i < LAB_NS_COUNT; i++) {
			char address[32];
			struct lab_listener *l;

			if (d->dead[i])
				continue;
			snprintf(
			    address, sizeof(address), "%s.%u", d->net, i + 1);
			l = add(all, lab, ROLE_DNS, address);
			l->where = LAB_WHERE_NS << i;
			l->domain = d;
		}
	}
}

/* add_shared - where many are: ::1, and the generated domains */
static void
add_shared(struct lab_listener **all, struct lab *lab)
{
	char address[16];

	add(all, lab, ROLE_HTTPS, "::1");
	add(all, lab, ROLE_SMTP, "::1");
	for (unsigned i = 0; i < SCAN_ADDRS && i < lab->scan; i++) {
		scan_address(ROLE_HTTPS, i, address);
		add(all, lab, ROLE_HTTPS, address);
		scan_address(ROLE_SMTP, i, address);
		add(all, lab, ROLE_SMTP, address)->server = &lab->scan_mx;
	}
}

struct lab_listener *
serve_open(struct lab *lab)
{
	struct lab_listener *all = NULL;

	add_dns(&all, lab);
	for (const struct lab_server *s = lab->servers; s != NULL;
	     s = s->next) {
		struct lab_listener *l;

		if (str_eq(str_of(s->address), STR("::1")))
			continue;
		l = add(&all, lab, s->role, s->address);
		l->server = s;
		if (s->http == NULL)
			continue;
		l = add(&all, lab, ROLE_HTTP, s->address);
		l->server = s;
	}
	add_shared(&all, lab);
	return all;
}

void
serve_run(struct lab *lab, struct lab_listener *all, int signal_fd)
{
	struct epoll_event event[EVENTS];
	pthread_attr_t attr;
	int fd = epoll_create1(EPOLL_CLOEXEC);
	bool run = true;

	lab_check(fd >= 0, "epoll");
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_LEN);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	event[0] = (struct epoll_event){ .events = EPOLLIN };
	epoll_ctl(fd, EPOLL_CTL_ADD, signal_fd, &event[0]);
	for (struct lab_listener *l = all; l != NULL; l = l->next) {
		event[0].data.ptr = l;
		epoll_ctl(fd, EPOLL_CTL_ADD, l->fd, &event[0]);
	}
	while (run) {
		int n = epoll_wait(fd, event, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct lab_listener *l = event[i].data.ptr;
			int got;

			if (l == NULL) {
				run = false;
				break;
			}
			got = accept4(
			    l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
			if (got >= 0)
				begin(l, &attr, got);
		}
	}
	close(fd);
	pthread_attr_destroy(&attr);
}

void
serve_close(struct lab *lab, struct lab_listener *all)
{
	uint64_t one = 1;

	for (struct lab_listener *l = all; l != NULL; l = l->next)
		close(l->fd);
	lab_check(
	    write(lab->stop_fd, &one, sizeof(one)) == sizeof(one), "the end");
	pthread_mutex_lock(&lab->lock);
	lab->ending = true;
	pthread_cond_broadcast(&lab->work);
	while (lab->threads > 0)
		pthread_cond_wait(&lab->gone, &lab->lock);
	pthread_mutex_unlock(&lab->lock);
}
