/*
 * resolver_conn.c - one connection, from its first byte to its last
 *
 * The way of a question whose answer is known: read, parse, one look, frame,
 * write; input and output stand in buffers that all connections share, and
 * only what is left over is copied. Knows no listener and no DNS.
 *
 * Nobody is called back from within resolve_cached() and resolve_start(), so
 * the shared buffers belong to one connection from its event to its write.
 */
#include "svc/resolver_conn_int.h"

#include "base/arena.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* watch_for - wait for other things than before; false: it was closed */
static bool
watch_for(struct conn *c, int what)
{
	if (c->what == what)
		return true;
	c->what = what;
	if (loop_fd_set(c->watch, what))
		return true;
	conn_close(c);
	return false;
}

/* keep_rest - what cannot be dealt with yet; false: no memory, closed */
static bool
keep_rest(struct conn *c, struct str in)
{
	char *rest = NULL;

	if (in.len > 0) {
		rest = mem_alloc(in.len);
		if (rest == NULL) {
			conn_close(c);
			return false;
		}
		memcpy(rest, in.p, in.len);
	}
	mem_free(c->rest);
	c->rest = rest;
	c->rest_len = in.len;
	return true;
}

/* observe - how long those took that were known and are sent now */
static void
observe(struct conns *set)
{
	int64_t took_us;

	if (set->known == 0)
		return;
	took_us = loop_now_us() - set->now_us;
	for (; set->known > 0; set->known--)
		metric_observe(set->tell.took_known, took_us);
}

/* keep_out - what the socket would not take; false: no memory, closed */
static bool
keep_out(struct conn *c, struct str rest)
{
	c->out = mem_alloc(rest.len);
	if (c->out == NULL) {
		conn_close(c);
		return false;
	}
	memcpy(c->out, rest.p, rest.len);
	c->out_len = rest.len;
	c->out_sent = 0;
	return true;
}

/* put - write; the bytes that were taken, or -1: closed */
static ssize_t
put(struct conn *c, struct str bytes)
{
	ssize_t n = send(c->fd, bytes.p, bytes.len, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		conn_close(c);
	return n;
}

/* send_replies - those that were made just now; false: closed */
static bool
send_replies(struct conn *c)
{
	struct buf *b = &c->set->out;
	struct str out = buf_str(b);
	bool open = true;
	ssize_t n;

	if (buf_error(b) != MTASTS_OK) {
		conn_close(c);
		return false;
	}
	if (out.len == 0)
		return true;
	n = put(c, out);
	if (n >= 0 && (size_t)n < out.len)
		open = keep_out(c, str_sub(out, (size_t)n, out.len));
	buf_clear(b);
	return open && n >= 0;
}

/* settle - wait for what comes next, or close */
static void
settle(struct conn *c)
{
	bool full = c->rest_len >= CONN_REST_MAX;
	int what = 0;

	if (c->out != NULL)
		what = LOOP_WRITE;
	else if (!c->at_end && !c->closing && !(c->wait != NULL && full))
		what = LOOP_READ;
	if (conn_idle(c) && (what == 0 || c->set->stopping))
		conn_close(c);
	else
		watch_for(c, what);
}

/*
 * take_some - deal with requests until one waits or there are enough replies
 *
 * Returns what is left; *more when there may be whole requests in it.
 */
static struct str
take_some(struct conn *c, struct str in, bool *more)
{
	size_t used = 1;

	while (in.len > 0 && used > 0 && c->wait == NULL && !c->closing &&
	    c->set->out.len < CONN_OUT_LEN) {
		used = conn_take_one(c, in);
		in = str_sub(in, used, in.len);
		if (used > 0)
			c->rest_ms = c->active_ms;
	}
	if (c->closing || (used == 0 && c->at_end))
		in.len = 0;
	*more = used > 0 && in.len > 0 && c->wait == NULL;
	return in;
}

/*
 * work - deal with the input, as far as that is possible now
 *
 * in stands in the shared buffer, or is empty.
 */
static void
work(struct conn *c, struct str in)
{
	bool more;

	c->active_ms = c->set->now_us / 1000;
	if (c->rest_len == 0)
		c->rest_ms = c->active_ms;
	do {
		in = take_some(c, in, &more);
		if (!send_replies(c))
			return;
		observe(c->set);
	} while (more && c->out == NULL);
	if ((in.len > 0 || c->rest != NULL) && !keep_rest(c, in))
		return;
	settle(c);
}

/* work_on - with the input that was kept */
static void
work_on(struct conn *c)
{
	if (c->rest_len > 0)
		memcpy(c->set->in, c->rest, c->rest_len);
	work(c, str_make(c->set->in, c->rest_len));
}

/* receive - there is something to read, or the client's end */
static void
receive(struct conn *c)
{
	struct conns *set = c->set;
	size_t room = sizeof(set->in) - c->rest_len;
	ssize_t n;

	if (c->rest_len > 0)
		memcpy(set->in, c->rest, c->rest_len);
	n = recv(c->fd, set->in + c->rest_len, room, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		conn_close(c);
		return;
	}
	c->at_end = n == 0;
	work(c, str_make(set->in, c->rest_len + (size_t)n));
}

/* send_on - the socket takes more of what it would not take before */
static void
send_on(struct conn *c)
{
	ssize_t n =
	    put(c, str_make(c->out + c->out_sent, c->out_len - c->out_sent));

	if (n < 0)
		return;
	if (n > 0)
		c->active_ms = c->set->now_us / 1000;
	c->out_sent += (size_t)n;
	if (c->out_sent < c->out_len)
		return;
	mem_free(c->out);
	c->out = NULL;
	work_on(c);
}

/* on_event - what the watch waits for has come */
static void
on_event(void *ctx)
{
	struct conn *c = ctx;

	c->set->now_us = loop_now_us();
	if (c->out != NULL)
		send_on(c);
	else
		receive(c);
}

void
conn_on_reply(void *ctx, const struct resolve_reply *reply)
{
	struct conn *c = ctx;
	struct conns *set = c->set;

	set->now_us = loop_now_us();
	c->wait = NULL;
	metric_observe(set->tell.took, set->now_us - c->asked_us);
	conn_frame(set, c->protocol, reply);
	work_on(c);
}

bool
conn_open(struct conns *set, int fd)
{
	struct conn *c = mem_zalloc(1, sizeof(*c));

	if (c == NULL)
		return false;
	c->set = set;
	c->fd = fd;
	c->what = LOOP_READ;
	c->active_ms = loop_now_ms();
	c->watch = loop_fd(set->conf.loop, fd, LOOP_READ, on_event, c);
	if (c->watch == NULL) {
		mem_free(c);
		return false;
	}
	TAILQ_INSERT_TAIL(&set->all, c, next);
	set->count++;
	return true;
}

void
conn_close(struct conn *c)
{
	struct conns *set = c->set;

	buf_clear(&set->out);
	set->known = 0;
	resolve_cancel(c->wait);
	loop_watch_close(c->watch);
	close(c->fd);
	TAILQ_REMOVE(&set->all, c, next);
	set->count--;
	mem_free(c->rest);
	mem_free(c->out);
	mem_free(c);
	conn_closed(set);
}
