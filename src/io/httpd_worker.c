/*
 * httpd_worker - one thread's loop: accept, dispatch, timers
 *
 * Directly on epoll and not on libevent: listening sockets are shared by
 * EPOLLEXCLUSIVE, so that one connection wakes one thread; a connection that
 * is answered in its first round is never added at all, and closing removes
 * it. Timers are one list per phase: all of one list wait equally long, so
 * appending keeps it in order.
 */
#include "io/httpd.h"

#include "base/arena.h"
#include "io/httpd_int.h"
#include "io/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 64 /* per round */

/* list_remove - out of the list of its phase */
static void
list_remove(struct conn *c)
{
	struct conn_list *list = &c->worker->phases[c->phase];

	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		list->first = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	else
		list->last = c->prev;
	c->prev = c->next = NULL;
}

/* list_append - the last to expire */
static void
list_append(struct conn *c)
{
	struct conn_list *list = &c->worker->phases[c->phase];

	c->prev = list->last;
	c->next = NULL;
	if (list->last != NULL)
		list->last->next = c;
	else
		list->first = c;
	list->last = c;
}

/* phase_ms - how long a phase may last */
static int64_t
phase_ms(const struct limits *limits, enum phase phase)
{
	switch (phase) {
	case PHASE_FIRST:
	case PHASE_HEAD:
		return limits->first_byte_ms;
	case PHASE_DRAIN:
		return HTTPD_DRAIN_MS;
	default:
		return limits->idle_ms;
	}
}

/* start_phase - under the timer of a phase, in no list yet */
static void
start_phase(struct conn *c, enum phase phase)
{
	struct worker *w = c->worker;

	c->phase = phase;
	c->deadline_ms = w->now_ms + phase_ms(w->limits, phase);
	list_append(c);
	if (c->deadline_ms < w->wake_ms)
		w->wake_ms = c->deadline_ms;
}

void
httpd_worker_phase(struct conn *c, enum phase phase)
{
	list_remove(c);
	start_phase(c, phase);
}

bool
httpd_worker_watch(struct conn *c, uint32_t interest)
{
	struct epoll_event ev = { .events = interest, .data.ptr = &c->watch };
	int op = c->interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (c->interest == interest)
		return true;
	if (epoll_ctl(c->worker->epoll_fd, op, c->fd, &ev) != 0)
		return false;
	c->interest = interest;
	return true;
}

void
httpd_worker_release(struct conn *c)
{
	struct worker *w = c->worker;

	/*
	 * Never freed within a round: an event of this round may point here.
	 * It then finds fd -1, or another connection that is not ready.
	 */
	list_remove(c);
	w->conns--;
	c->next = w->spare;
	w->spare = c;
	w->spares++;
}

/* trim - give back connections that a flood has left */
static void
trim(struct worker *w, unsigned keep)
{
	struct conn *c;

	while (w->spares > keep) {
		c = w->spare;
		w->spare = c->next;
		w->spares--;
		mem_free(c);
	}
}

/* conn_new - a cleared connection of this worker; null: no memory */
static struct conn *
conn_new(struct worker *w)
{
	struct conn *c = w->spare;

	if (c != NULL) {
		w->spare = c->next;
		w->spares--;
		memset(c, 0, sizeof(*c));
	} else {
		c = mem_zalloc(1, sizeof(*c));
	}
	if (c == NULL)
		return NULL;
	c->watch.kind = WATCH_CONN;
	c->worker = w;
	c->fd = -1;
	buf_init(&c->in, w->in_cap);
	buf_init(&c->out, HTTPD_OUT_MAX);
	return c;
}

/*
 * make_room - end the connection that has been idle longest; false: none
 *
 * Of this worker: another one's connections are not ours to touch.
 */
static bool
make_room(struct worker *w)
{
	struct conn *c = w->phases[PHASE_IDLE].first;

	if (c == NULL)
		return false;
	metric_inc(w->httpd->stat.idle_closed);
	httpd_conn_dismiss(c);
	return true;
}

/* admit - is there room in all, and for this address? */
static bool
admit(struct conn *c, const struct sockaddr_storage *sa)
{
	struct worker *w = c->worker;
	struct httpd *h = w->httpd;

	if (atomic_load_explicit(&h->open, memory_order_relaxed) >=
		w->limits->max_connections &&
	    !make_room(w)) {
		metric_inc(h->stat.refused[REFUSED_LIMIT]);
		return false;
	}
	c->has_addr = httpd_peer_of(sa, &c->peer);
	c->trusted = c->has_addr ? httpd_peer_trusted(w->limits, &c->peer)
				 : c->listener->trusted;
	if (!c->has_addr || c->trusted ||
	    httpd_peer_take(
		&h->peers, w->limits->max_per_address, &c->peer, &c->counted))
		return true;
	metric_inc(h->stat.refused[REFUSED_ADDRESS]);
	return false;
}

/* begin - a new socket becomes a connection, and is served at once */
static void
begin(struct worker *w, const struct httpd_listener *listener, int fd,
    const struct sockaddr_storage *sa)
{
	struct httpd *h = w->httpd;
	struct conn *c = conn_new(w);

	if (c == NULL) {
		close(fd);
		return;
	}
	c->listener = listener;
	if (!admit(c, sa)) {
		close(fd);
		c->next = w->spare;
		w->spare = c;
		w->spares++;
		return;
	}
	c->fd = fd;
	c->begun_us = loop_now_us();
	httpd_conn_name(c);
	start_phase(c, PHASE_FIRST);
	w->conns++;
	atomic_fetch_add_explicit(&h->open, 1, memory_order_relaxed);
	metric_sum(h->stat.open, 1);
	if (listener->tls && !httpd_tls_begin(c))
		httpd_conn_close(c);
	else
		httpd_conn_serve(c);
}

/* listen_all - add the listening sockets to the loop, or take them out */
static void
listen_all(struct worker *w, bool on)
{
	struct httpd *h = w->httpd;
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	unsigned i;

	for (i = 0; w->accepting != on && i < h->listener_count; i++) {
		ev.data.ptr = &w->listeners[i].watch;
		epoll_ctl(w->epoll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
		    h->listeners[i].fd, &ev);
	}
	w->accepting = on;
}

/* pause_accept - no descriptor is left: a spinning loop would not help */
static void
pause_accept(struct worker *w, int error)
{
	struct httpd *h = w->httpd;
	int64_t last = atomic_load(&h->pause_log_ms);

	metric_inc(h->stat.refused[REFUSED_FILES]);
	if (make_room(w))
		return;
	listen_all(w, false);
	w->accept_at_ms = w->now_ms + HTTPD_PAUSE_MS;
	if (w->accept_at_ms < w->wake_ms)
		w->wake_ms = w->accept_at_ms;
	metric_inc(h->stat.pauses);
	if (w->now_ms - last < 1000 ||
	    !atomic_compare_exchange_strong(
		&h->pause_log_ms, &last, w->now_ms) ||
	    h->conf.log == NULL)
		return;
	log_event(h->conf.log, LOG_LEVEL_ERROR, "accept-paused", "error",
	    error == EMFILE	  ? "out of file descriptors: raise LimitNOFILE"
		: error == ENFILE ? "the system is out of file descriptors"
				  : "out of memory");
}

/* accept_some - a few of the connections that wait */
static void
accept_some(struct worker *w, const struct httpd_listener *listener)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int i, fd;

	for (i = 0; i < HTTPD_ACCEPTS; i++) {
		len = sizeof(sa);
		sa.ss_family = AF_UNSPEC;
		fd = accept4(listener->fd, (struct sockaddr *)&sa, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			begin(w, listener, fd, &sa);
		} else if (errno == EMFILE || errno == ENFILE ||
		    errno == ENOBUFS || errno == ENOMEM) {
			pause_accept(w, errno);
			return;
		} else if (errno == EAGAIN) {
			return;
		}
		/* Others, such as ECONNABORTED, concern that one only. */
	}
}

/* earliest - the next time at which a timer may be due */
static int64_t
earliest(const struct worker *w)
{
	int64_t at = INT64_MAX;
	int i;

	for (i = 0; i < PHASE_COUNT; i++)
		if (w->phases[i].first != NULL &&
		    w->phases[i].first->deadline_ms < at)
			at = w->phases[i].first->deadline_ms;
	if (w->accept_at_ms != 0 && w->accept_at_ms < at)
		at = w->accept_at_ms;
	if (w->log_flush_ms != 0 && w->log_flush_ms < at)
		at = w->log_flush_ms;
	return at;
}

/* timers - do what is due */
static void
timers(struct worker *w)
{
	struct conn *c;
	int i;

	for (i = 0; i < PHASE_COUNT; i++)
		while ((c = w->phases[i].first) != NULL &&
		    c->deadline_ms <= w->now_ms)
			httpd_conn_expire(c);
	if (w->accept_at_ms != 0 && w->accept_at_ms <= w->now_ms) {
		w->accept_at_ms = 0;
		if (!atomic_load(&w->httpd->stopping))
			listen_all(w, true);
	}
	if (w->log_flush_ms != 0 && w->log_flush_ms <= w->now_ms) {
		w->log_flush_ms = 0;
		log_flush(w->httpd->conf.log);
	}
	trim(w, HTTPD_SPARE_CONNS);
	w->wake_ms = earliest(w);
}

/* shorten - there are new limits: nothing may last longer than they say */
static void
shorten(struct worker *w)
{
	struct conn *c;
	int64_t at;
	int i;

	/* The lists stay in order: what is cut is cut to the same time. */
	for (i = 0; i < PHASE_COUNT; i++) {
		at = w->now_ms + phase_ms(w->limits, (enum phase)i);
		for (c = w->phases[i].first; c != NULL; c = c->next)
			if (c->deadline_ms > at)
				c->deadline_ms = at;
	}
	w->wake_ms = earliest(w);
}

/* dispatch - one event */
static void
dispatch(struct worker *w, struct watch *watch)
{
	struct listener_watch *l;
	struct conn *c;
	uint64_t n;

	switch (watch->kind) {
	case WATCH_LISTEN:
		l = (struct listener_watch *)watch;
		accept_some(w, l->listener);
		break;
	case WATCH_CONN:
		c = (struct conn *)watch;
		if (c->fd >= 0)
			httpd_conn_serve(c);
		break;
	case WATCH_WAKE:
		/* Only to look at the flags again. */
		if (read(w->wake_fd, &n, sizeof(n)) < 0)
			break;
	}
}

/* wind_down - the order to stop was given; true when all is finished */
static bool
wind_down(struct worker *w)
{
	struct httpd *h = w->httpd;
	struct conn *c;
	int i;

	listen_all(w, false);
	while ((c = w->phases[PHASE_IDLE].first) != NULL)
		httpd_conn_dismiss(c);
	if (w->conns == 0)
		return true;
	if (w->now_ms < atomic_load(&h->stop_ms)) {
		if (atomic_load(&h->stop_ms) < w->wake_ms)
			w->wake_ms = atomic_load(&h->stop_ms);
		return false;
	}
	for (i = 0; i < PHASE_COUNT; i++)
		while ((c = w->phases[i].first) != NULL) {
			if (i != PHASE_DRAIN)
				atomic_fetch_add(&h->cut_off, 1);
			httpd_conn_close(c);
		}
	return true;
}

/* wait_ms - for epoll_wait */
static int
wait_ms(const struct worker *w)
{
	int64_t ms;

	if (w->wake_ms == INT64_MAX)
		return -1;
	ms = w->wake_ms - loop_now_ms();
	if (ms < 0)
		return 0;
	return ms > 3600000 ? 3600000 : (int)ms;
}

void *
httpd_worker_main(void *worker)
{
	struct epoll_event events[EVENTS];
	struct worker *w = worker;
	int i, n;

	w->now_ms = loop_now_ms();
	w->wake_ms = INT64_MAX;
	listen_all(w, true);
	do {
		n = epoll_wait(w->epoll_fd, events, EVENTS, wait_ms(w));
		w->now_ms = loop_now_ms();
		if (httpd_limits_follow(w))
			shorten(w);
		for (i = 0; i < n; i++)
			dispatch(w, events[i].data.ptr);
		if (w->now_ms >= w->wake_ms)
			timers(w);
	} while (
	    !atomic_load_explicit(&w->httpd->stopping, memory_order_relaxed) ||
	    !wind_down(w));
	return NULL;
}

enum mtasts_err
httpd_worker_open(struct worker *w, struct httpd *h)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = &w->wake };
	unsigned i;

	w->httpd = h;
	w->wake.kind = WATCH_WAKE;
	for (i = 0; i < h->listener_count; i++) {
		w->listeners[i].watch.kind = WATCH_LISTEN;
		w->listeners[i].listener = &h->listeners[i];
	}
	buf_init(&w->out, HTTPD_OUT_MAX);
	buf_init(&w->reply, HTTPD_REPLY_MAX);
	buf_init(&w->scratch, HTTPD_REPLY_MAX / 2);
	httpd_limits_follow(w);
	w->in_cap = HTTPD_HEADER_MAX + HTTPD_READ_LEN;
	w->in = mem_alloc(w->in_cap);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->in == NULL)
		return MTASTS_ENOMEM;
	if (w->epoll_fd < 0 || w->wake_fd < 0 ||
	    epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->wake_fd, &ev) != 0)
		return MTASTS_ESYS;
	return MTASTS_OK;
}

void
httpd_worker_close(struct worker *w)
{
	trim(w, 0);
	httpd_limits_put(w->limits);
	buf_free(&w->out);
	buf_free(&w->reply);
	buf_free(&w->scratch);
	mem_free(w->in);
	if (w->epoll_fd >= 0)
		close(w->epoll_fd);
	if (w->wake_fd >= 0)
		close(w->wake_fd);
}
