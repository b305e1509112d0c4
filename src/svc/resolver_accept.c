/*
 * resolver_accept.c - taking connections in, and letting them go
 *
 * Knows nothing of what is said on them. When there are too many, or no
 * descriptors, the one that has been idle longest makes room: an MTA that
 * comes back to a closed connection opens a new one.
 */
#include "svc/resolver_conn_int.h"

#include "base/arena.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bounds of the histograms: from a cached answer to a deadline. */
static const int64_t known_us[] = { 5, 10, 20, 50, 100, 200, 500, 1000, 5000,
	20000, 100000 };
static const int64_t waited_us[] = { 1000, 5000, 10000, 20000, 50000, 100000,
	200000, 500000, 1000000, 2000000, 4000000, 8000000 };

/* tell_open - add the series */
static void
tell_open(struct conn_tell *t, struct metrics *m)
{
	static const char *const took =
	    "Time from reading a question to writing its answer, by whether "
	    "the answer was known.";
	static const char *const bad =
	    "Requests that are none, or that nobody can answer.";

	t->took_known =
	    metrics_add_histogram(m, "mtasts_resolver_answer_seconds", took,
		"known=\"yes\"", METRIC_BOUNDS(known_us));
	t->took = metrics_add_histogram(m, "mtasts_resolver_answer_seconds",
	    took, "known=\"no\"", METRIC_BOUNDS(waited_us));
	t->broken = metrics_add(m, METRIC_COUNTER,
	    "mtasts_resolver_bad_requests_total", bad, "reason=\"broken\"");
	t->refused = metrics_add(m, METRIC_COUNTER,
	    "mtasts_resolver_bad_requests_total", bad, "reason=\"refused\"");
	t->unknown =
	    metrics_add(m, METRIC_COUNTER, "mtasts_resolver_bad_requests_total",
		bad, "reason=\"unknown-map\"");
	t->open = metrics_add(m, METRIC_GAUGE, "mtasts_resolver_connections",
	    "Connections of MTAs.", "");
	t->accepted = metrics_add(m, METRIC_COUNTER,
	    "mtasts_resolver_connections_total", "Connections taken in.", "");
	t->full = metrics_add(m, METRIC_COUNTER,
	    "mtasts_resolver_connections_full_total",
	    "Connections closed to make room for others.", "");
	t->timeouts = metrics_add(m, METRIC_COUNTER,
	    "mtasts_resolver_connections_timeout_total",
	    "Connections closed since they were idle or too slow.", "");
}

/* make_room - close the one that has been idle longest; false: none is idle */
static bool
make_room(struct conns *set)
{
	struct conn *c, *oldest = NULL;

	TAILQ_FOREACH(c, &set->all, next)
	if (conn_idle(c) &&
	    (oldest == NULL || c->active_ms < oldest->active_ms))
		oldest = c;
	metric_inc(set->tell.full);
	if (oldest == NULL)
		return false;
	conn_close(oldest);
	return true;
}

/* listen_again - after a pause */
static void
listen_again(void *ctx)
{
	struct conns *set = ctx;

	for (size_t i = 0; i < set->listener_count; i++)
		if (!loop_fd_set(set->listeners[i].watch, LOOP_READ))
			loop_timer_start(set->pause, CONN_PAUSE_MS);
}

/* pause_accept - descriptors are short: wait until some are free */
static void
pause_accept(struct conns *set)
{
	make_room(set);
	for (size_t i = 0; i < set->listener_count; i++)
		loop_fd_set(set->listeners[i].watch, 0);
	loop_timer_start(set->pause, CONN_PAUSE_MS);
}

/* short_of_files - does accept() fail for a reason that lasts? */
static bool
short_of_files(int code)
{
	return code == EMFILE || code == ENFILE || code == ENOBUFS ||
	    code == ENOMEM;
}

/* take_in - a connection that was accepted */
static void
take_in(struct conns *set, int fd)
{
	metric_inc(set->tell.accepted);
	if ((set->count >= set->conf.max && !make_room(set)) ||
	    !conn_open(set, fd))
		close(fd);
	metric_set(set->tell.open, (int64_t)set->count);
}

/* on_accept - somebody connects; any of the listeners */
static void
on_accept(void *ctx)
{
	struct conn_listener *listener = ctx;
	int fd;

	for (unsigned i = 0; i < CONN_ACCEPTS; i++) {
		fd = accept4(
		    listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			take_in(listener->set, fd);
			continue;
		}
		if (short_of_files(errno))
			pause_accept(listener->set);
		return;
	}
}

/* overdue - has it taken too long over what it does? */
static bool
overdue(const struct conn *c, int64_t now_ms)
{
	const struct conns_conf *conf = &c->set->conf;

	if (c->wait != NULL)
		return false; /* resolve keeps the time */
	if (c->out != NULL)
		return now_ms - c->active_ms > conf->send_ms;
	if (c->rest != NULL)
		return now_ms - c->rest_ms > conf->request_ms;
	return now_ms - c->active_ms > conf->idle_ms;
}

/* on_sweep - close those that are idle or too slow */
static void
on_sweep(void *ctx)
{
	struct conns *set = ctx;
	int64_t now_ms = loop_now_ms();
	struct conn *c, *next;

	for (c = TAILQ_FIRST(&set->all); c != NULL; c = next) {
		next = TAILQ_NEXT(c, next);
		if (!overdue(c, now_ms))
			continue;
		metric_inc(set->tell.timeouts);
		conn_close(c);
	}
}

/* use_conf - take over the limits */
static void
use_conf(struct conns *set, const struct conns_conf *conf)
{
	set->conf = *conf;
	if (set->conf.idle_ms == 0)
		set->conf.idle_ms = CONN_IDLE_MS;
	if (set->conf.request_ms == 0)
		set->conf.request_ms = CONN_REQUEST_MS;
	if (set->conf.send_ms == 0)
		set->conf.send_ms = CONN_SEND_MS;
}

enum mtasts_err
conns_open(const struct conns_conf *conf, struct conns **out)
{
	struct conns *set = mem_zalloc(1, sizeof(*set));

	if (set == NULL)
		return MTASTS_ENOMEM;
	use_conf(set, conf);
	TAILQ_INIT(&set->all);
	buf_init(&set->out, CONN_OUT_LEN + 2 * (REPLY_MAX + 1024));
	tell_open(&set->tell, conf->metrics);
	set->sweep = loop_timer(conf->loop, on_sweep, set);
	set->pause = loop_timer(conf->loop, listen_again, set);
	if (set->sweep == NULL || set->pause == NULL) {
		conns_close(set);
		return MTASTS_ENOMEM;
	}
	loop_timer_every(set->sweep, CONN_SWEEP_MS);
	*out = set;
	return MTASTS_OK;
}

enum mtasts_err
conns_listen(struct conns *set, const struct listen_set *sockets)
{
	for (size_t i = 0; i < sockets->count; i++) {
		struct conn_listener *l = &set->listeners[set->listener_count];

		if (set->listener_count >= CONN_LISTENERS)
			return MTASTS_ELIMIT;
		l->set = set;
		l->fd = sockets->v[i].fd;
		l->watch =
		    loop_fd(set->conf.loop, l->fd, LOOP_READ, on_accept, l);
		if (l->watch == NULL)
			return MTASTS_ENOMEM;
		set->listener_count++;
	}
	return MTASTS_OK;
}

void
conns_follow(struct conns *set, const struct conns_conf *conf)
{
	use_conf(set, conf);
}

size_t
conns_count(const struct conns *set)
{
	return set->count;
}

void
conn_closed(struct conns *set)
{
	loop_callback *done = set->done;

	metric_set(set->tell.open, (int64_t)set->count);
	if (set->count > 0 || done == NULL)
		return;
	set->done = NULL;
	done(set->done_ctx);
}

/* stop_listening - accept no more */
static void
stop_listening(struct conns *set)
{
	loop_timer_cancel(set->pause);
	for (size_t i = 0; i < set->listener_count; i++)
		loop_watch_close(set->listeners[i].watch);
	set->listener_count = 0;
}

void
conns_stop(struct conns *set, loop_callback *done, void *ctx)
{
	struct conn *c, *next;

	set->stopping = true;
	stop_listening(set);
	for (c = TAILQ_FIRST(&set->all); c != NULL; c = next) {
		next = TAILQ_NEXT(c, next);
		if (conn_idle(c))
			conn_close(c);
	}
	set->done = done;
	set->done_ctx = ctx;
	conn_closed(set);
}

void
conns_close(struct conns *set)
{
	if (set == NULL)
		return;
	set->done = NULL;
	if (set->pause != NULL)
		stop_listening(set);
	while (!TAILQ_EMPTY(&set->all))
		conn_close(TAILQ_FIRST(&set->all));
	loop_watch_close(set->sweep);
	loop_watch_close(set->pause);
	buf_free(&set->out);
	mem_free(set);
}
