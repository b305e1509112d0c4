/*
 * dns_udp.c - one thread for all UDP sockets of DNS
 */
#include "dns.h"
#include "serve.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 32
#define BURST  64 /* questions of one socket before the next one's turn */

struct udp {
	struct dns_place place;
	int fd;
	struct udp *next;
};

struct udp_thread {
	struct lab *lab;
	struct udp *all;
	int epoll;
};

/* add - a socket more */
static void
add(struct udp_thread *t, const char *address, unsigned where,
    const struct lab_domain *domain)
{
	struct udp *u = arena_zalloc(t->lab->arena, 1, sizeof(*u));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = u };

	lab_check(u != NULL, "memory");
	u->place = (struct dns_place){ t->lab, where, domain };
	u->fd = serve_udp(t->lab, address);
	u->next = t->all;
	t->all = u;
	lab_check(
	    epoll_ctl(t->epoll, EPOLL_CTL_ADD, u->fd, &event) == 0, "epoll");
}

/* serve - the questions that wait at a socket */
static void
serve(const struct udp *u, uint8_t *out)
{
	char in[4096];
	struct sockaddr_storage from;

	for (int i = 0; i < BURST; i++) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(
		    u->fd, in, sizeof(in), 0, (struct sockaddr *)&from, &len);
		size_t answer;

		if (n < 0)
			return;
		answer =
		    dns_answer(&u->place, str_make(in, (size_t)n), out, false);
		if (answer > 0 &&
		    sendto(u->fd, out, answer, 0, (struct sockaddr *)&from,
			len) < 0 &&
		    errno != EAGAIN)
			perror("lab: DNS");
	}
}

/* run - the thread */
static void *
run(void *arg)
{
	struct udp_thread *t = arg;
	struct epoll_event event[EVENTS];
	uint8_t *out = mem_alloc(DNS_MESSAGE_MAX);
	bool on = out != NULL;

	while (on) {
		int n = epoll_wait(t->epoll, event, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (event[i].data.ptr == NULL)
				on = false;
			else
				serve(event[i].data.ptr, out);
		}
	}
	for (struct udp *u = t->all; u != NULL; u = u->next)
		close(u->fd);
	close(t->epoll);
	mem_free(out);
	return NULL;
}

pthread_t
dns_udp_start(struct lab *lab)
{
	struct udp_thread *t = arena_zalloc(lab->arena, 1, sizeof(*t));
	struct epoll_event stop = { .events = EPOLLIN };
	pthread_t thread;

	lab_check(t != NULL, "memory");
	t->lab = lab;
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	lab_check(t->epoll >= 0 &&
		epoll_ctl(t->epoll, EPOLL_CTL_ADD, lab->stop_fd, &stop) == 0,
	    "epoll");
	add(t, "127.0.0.1", LAB_WHERE_RESOLVER, NULL);
	for (const struct lab_domain *d = lab->domains; d != NULL;
	     d = d->next) {
		for (unsigned i = 0; i < LAB_NS_COUNT; i++) {
			char address[32];

			if (d->dead[i])
				continue;
			snprintf(
			    address, sizeof(address), "%s.%u", d->net, i + 1);
			add(t, address, LAB_WHERE_NS << i, d);
		}
	}
	lab_check(pthread_create(&thread, NULL, run, t) == 0, "thread");
	return thread;
}
