/*
 * httpd_conn - one connection, from its first byte to its last
 *
 * RFC 9112 section 9. Bytes are read into the worker's buffer and parsed
 * there; only a head that is not whole yet is kept with the connection, so an
 * idle connection costs little. All that one round produces leaves in one
 * send. After an error the peer may still be sending: we end our half and read
 * on for a while, else its reset would eat our answer.
 */
#include "io/httpd.h"

#include "io/httpd_int.h"
#include "io/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READS_PER_ROUND 8 /* then others have their turn */

/* How one step ended, and what comes next. */
enum step {
	STEP_GO = 0, /* go on reading */
	STEP_WAIT, /* for the peer's bytes */
	STEP_AGAIN, /* more is there, but it is the others' turn */
	STEP_BLOCKED, /* until the socket takes ours; then go on */
	STEP_END, /* send what there is, close */
	STEP_LINGER, /* send what there is, end our half, drain, close */
	STEP_DEAD /* close at once */
};

void
httpd_conn_name(struct conn *c)
{
	if (c->has_addr)
		ipnet_addr_text(&c->peer, c->client);
	else
		memcpy(c->client, "unix", sizeof("unix"));
}

void
httpd_conn_close(struct conn *c)
{
	struct httpd *h = c->worker->httpd;

	if (c->ssl != NULL)
		httpd_tls_end(c);
	httpd_peer_drop(&h->peers, c->counted);
	c->counted = NULL;
	buf_free(&c->in);
	buf_free(&c->out);
	close(c->fd);
	c->fd = -1;
	atomic_fetch_sub_explicit(&h->open, 1, memory_order_relaxed);
	metric_sum(h->stat.open, -1);
	httpd_worker_release(c);
}

/*
 * flush - send what waits, or else what the worker's buffer holds
 *
 * Never both: nothing is produced while something waits. True when all is
 * sent. False with EAGAIN: the rest is kept in c->out; false with another
 * errno: broken.
 */
static bool
flush(struct conn *c)
{
	struct buf *now = &c->worker->out;
	struct buf *from = c->out.len > 0 ? &c->out : now;
	ssize_t n;

	if (buf_error(now) != MTASTS_OK) {
		errno = ENOMEM;
		return false;
	}
	while (c->out_sent < from->len) {
		n = send(c->fd, from->p + c->out_sent, from->len - c->out_sent,
		    MSG_NOSIGNAL);
		if (n >= 0) {
			c->out_sent += (size_t)n;
		} else if (errno == EAGAIN) {
			break;
		} else if (errno != EINTR) {
			return false;
		}
	}
	if (c->out_sent == from->len) {
		c->out_sent = 0;
		buf_clear(now);
		if (from == &c->out)
			buf_free(&c->out);
		return true;
	}
	if (from == now) {
		buf_put(&c->out, now->p + c->out_sent, now->len - c->out_sent);
		c->out_sent = 0;
	}
	buf_clear(now);
	errno = buf_error(&c->out) == MTASTS_OK ? EAGAIN : ENOMEM;
	return false;
}

/* drain - read and drop what the peer still sends; STEP_WAIT or STEP_DEAD */
static enum step
drain(struct conn *c)
{
	struct worker *w = c->worker;
	ssize_t n;
	int i;

	for (i = 0; i < READS_PER_ROUND; i++) {
		n = recv(c->fd, w->in, w->in_cap, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return STEP_WAIT;
		if (n <= 0)
			return STEP_DEAD;
		c->drained += (size_t)n;
		if (c->drained > HTTPD_DRAIN_LEN)
			return STEP_DEAD;
	}
	return STEP_WAIT;
}

/* put - one formatted answer towards the peer */
static bool
put(struct conn *c)
{
	struct worker *w = c->worker;

	if (c->ssl != NULL)
		return httpd_tls_write(c, buf_str(&w->reply));
	buf_put_str(&w->out, buf_str(&w->reply));
	return true;
}

/*
 * respond - write, count and log one answer
 *
 * head may be null: what came was no head. STEP_GO when the connection stays.
 */
static enum step
respond(struct conn *c, const struct httphead *head,
    const struct httpd_response *rsp, bool close)
{
	struct worker *w = c->worker;
	size_t body_len = 0;

	if (!httpd_reply_format(w, head, rsp, close, &body_len) || !put(c))
		return STEP_DEAD;
	c->requests++;
	c->answered = true;
	httpd_stat_request(c, head, rsp->status, body_len);
	if (!close)
		return STEP_GO;
	if (c->ssl != NULL)
		httpd_tls_bye(c);
	/* Closing was the peer's wish: then it sends nothing more. */
	return rsp->status < 400 && head != NULL && !head->keep_alive &&
		!head->has_body
	    ? STEP_END
	    : STEP_LINGER;
}

/* refuse - answer with a status of our own and end the connection */
static enum step
refuse(struct conn *c, const struct httphead *head, int status)
{
	struct httpd_response rsp = { .status = status,
		.content_type = "text/plain; charset=utf-8" };

	return respond(c, head, &rsp, true);
}

/*
 * attribute - behind a proxy: whose request is it?
 *
 * False when that address has too many connections.
 */
static bool
attribute(struct conn *c, const struct httphead *head)
{
	struct peers *peers = &c->worker->httpd->peers;
	const struct limits *limits = c->worker->limits;
	struct ipnet_addr addr;

	if (!c->trusted)
		return true;
	if (!httpd_peer_forwarded(limits, head->forwarded_for, &addr)) {
		httpd_conn_name(c);
		return true;
	}
	ipnet_addr_text(&addr, c->client);
	if (httpd_peer_trusted(limits, &addr) ||
	    httpd_peer_move(peers, limits->max_per_address, &addr, &c->counted))
		return true;
	metric_inc(c->worker->httpd->stat.refused[REFUSED_ADDRESS]);
	return false;
}

/* last_request - does the connection end with this one? */
static bool
last_request(const struct conn *c, const struct httphead *head)
{
	const struct httpd *h = c->worker->httpd;
	unsigned max = c->worker->limits->max_requests;

	return !head->keep_alive || head->has_body ||
	    (max > 0 && c->requests + 1 >= max) ||
	    atomic_load_explicit(&h->stopping, memory_order_relaxed);
}

/* answer - one whole head: ask the site */
static enum step
answer(struct conn *c, const struct httphead *head)
{
	const struct httpd_site *site = &c->listener->site;
	struct worker *w = c->worker;
	struct httpd_response rsp = { .status = 404,
		.content_type = "text/plain; charset=utf-8" };
	struct httpd_request req = { .head = head,
		.sni = str_make(c->sni, c->sni_len),
		.client = c->client,
		.tls = c->ssl != NULL,
		.scratch = &w->scratch };
	enum step step;

	if (!attribute(c, head))
		return refuse(c, head, 429);
	buf_clear(&w->scratch);
	site->handler(site->ctx, &req, &rsp);
	/* Nobody here wants a body; a handler that said no said why. */
	if (head->has_body && rsp.status < 400)
		step = refuse(c, head, 413);
	else
		step =
		    respond(c, head, &rsp, rsp.close || last_request(c, head));
	if (rsp.release != NULL)
		rsp.release(rsp.hold);
	return step;
}

/* requests - answer all whole heads; what is left moves to the front */
static enum step
requests(struct conn *c, char *p, size_t *len)
{
	size_t max = c->worker->limits->max_header;
	enum step step = STEP_GO;
	struct httphead head;
	size_t done = 0;
	int status;

	while (step == STEP_GO && done < *len) {
		status =
		    httphead_parse(str_make(p + done, *len - done), max, &head);
		if (status == 0)
			break;
		if (c->answered)
			c->begun_us = loop_now_us();
		if (status != 200)
			return refuse(c, NULL, status);
		step = answer(c, &head);
		done += head.len;
		if (step == STEP_GO && c->worker->out.len > HTTPD_FLUSH_LEN &&
		    !flush(c))
			step = errno == EAGAIN ? STEP_BLOCKED : STEP_DEAD;
	}
	*len -= done;
	memmove(p, p + done, *len);
	if (step == STEP_END && *len > 0)
		step = STEP_LINGER;
	return step;
}

/*
 * take - more bytes of the peer into p
 *
 * STEP_GO with *len advanced; *more is false when nothing more is there now.
 */
static enum step
take(struct conn *c, char *p, size_t *len, bool *more)
{
	/* What is left of a head always leaves that much. */
	size_t room = HTTPD_READ_LEN;
	ssize_t n;

	if (c->ssl != NULL) {
		n = httpd_tls_read(c, p + *len, room);
		if (n == -1)
			return STEP_WAIT;
	} else {
		n = recv(c->fd, p + *len, room, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return STEP_WAIT;
	}
	if (n < 0)
		return STEP_DEAD;
	if (n == 0)
		return STEP_END;
	*len += (size_t)n;
	*more = c->ssl != NULL ? httpd_tls_pending(c) : (size_t)n == room;
	return STEP_GO;
}

/* input - parse what was kept, then read until nothing is there */
static enum step
input(struct conn *c)
{
	struct worker *w = c->worker;
	size_t len = c->in.len;
	enum step step = STEP_GO;
	bool more = true;
	int i;

	if (len > 0)
		memcpy(w->in, c->in.p, len);
	if (c->kept_whole)
		step = requests(c, w->in, &len);
	for (i = 0; step == STEP_GO && more && i < READS_PER_ROUND; i++) {
		step = take(c, w->in, &len, &more);
		if (step == STEP_GO)
			step = requests(c, w->in, &len);
	}
	buf_clear(&c->in);
	if (len > 0 && step <= STEP_BLOCKED) {
		buf_put(&c->in, w->in, len);
		if (buf_error(&c->in) != MTASTS_OK)
			return STEP_DEAD;
	}
	c->kept_whole = step == STEP_BLOCKED;
	if (step != STEP_GO)
		return step;
	/* What OpenSSL holds back, epoll does not show. */
	return more && c->ssl != NULL ? STEP_AGAIN : STEP_WAIT;
}

/* hello - go on with the handshake */
static enum step
hello(struct conn *c)
{
	switch (httpd_tls_accept(c)) {
	case TLS_DONE:
		return httpd_tls_looked(c) ? STEP_LINGER : STEP_GO;
	case TLS_WAIT:
		return STEP_WAIT;
	case TLS_PLAIN:
		buf_puts(&c->worker->out,
		    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
		    "Content-Type: text/plain\r\nContent-Length: 37\r\n\r\n"
		    "This port speaks TLS: use https://.\r\n");
		return STEP_LINGER;
	default:
		/* Without an alert there is nothing to wait for. */
		return c->worker->out.len > 0 ? STEP_LINGER : STEP_DEAD;
	}
}

/* wait_more - the peer's turn */
static bool
wait_more(struct conn *c)
{
	/* A timer is set once for each phase, never by mere bytes. */
	if (c->answered || c->phase == PHASE_SEND) {
		c->answered = false;
		httpd_worker_phase(c, c->in.len > 0 ? PHASE_HEAD : PHASE_IDLE);
		if (c->in.len == 0)
			buf_free(&c->in);
	}
	return httpd_worker_watch(c, EPOLLIN);
}

/* linger - end our half and wait for the peer to end his */
static bool
linger(struct conn *c)
{
	shutdown(c->fd, SHUT_WR);
	/* What comes now is dropped unread. */
	if (c->ssl != NULL)
		httpd_tls_end(c);
	httpd_worker_phase(c, PHASE_DRAIN);
	return httpd_worker_watch(c, EPOLLIN);
}

/* block - wait until the socket takes what is left, then go on as decided */
static bool
block(struct conn *c, enum step after)
{
	c->after = after;
	/* The handshake has one timer for both directions. */
	if (c->phase != PHASE_SEND && (c->ssl == NULL || c->handshaken))
		httpd_worker_phase(c, PHASE_SEND);
	return httpd_worker_watch(c, EPOLLOUT);
}

/* settle - send what this round produced, then do what it decided */
static void
settle(struct conn *c, enum step step)
{
	bool ok = step != STEP_DEAD, sent = ok && flush(c);

	if (ok && !sent)
		ok = errno == EAGAIN && block(c, step);
	else if (step == STEP_WAIT)
		ok = wait_more(c);
	else if (step == STEP_AGAIN || step == STEP_BLOCKED)
		ok = httpd_worker_watch(c, EPOLLIN | EPOLLOUT);
	else if (step == STEP_LINGER)
		ok = linger(c);
	else
		ok = false;
	buf_clear(&c->worker->out);
	if (!ok)
		httpd_conn_close(c);
}

/* resume - the socket takes bytes again: send, then go on as decided */
static enum step
resume(struct conn *c)
{
	if (!flush(c))
		return errno == EAGAIN ? STEP_BLOCKED : STEP_DEAD;
	return c->after == STEP_END || c->after == STEP_LINGER
	    ? (enum step)c->after
	    : STEP_GO;
}

void
httpd_conn_serve(struct conn *c)
{
	enum step step = STEP_GO;

	if (c->phase == PHASE_DRAIN) {
		if (drain(c) == STEP_DEAD)
			httpd_conn_close(c);
		return;
	}
	if (c->out.len > 0)
		step = resume(c);
	if (step == STEP_BLOCKED)
		return; /* still waiting for room */
	if (c->phase == PHASE_IDLE) {
		c->begun_us = loop_now_us();
		httpd_worker_phase(c, PHASE_HEAD);
	}
	if (step == STEP_GO && c->ssl != NULL && !c->handshaken)
		step = hello(c);
	if (step == STEP_GO)
		step = input(c);
	settle(c, step);
}

void
httpd_conn_expire(struct conn *c)
{
	struct httpd_stat *stat = &c->worker->httpd->stat;

	metric_inc(stat->timeouts[c->phase]);
	if (c->ssl != NULL && !c->handshaken)
		metric_inc(stat->handshake_failures[TLS_TIMEOUT]);
	httpd_conn_dismiss(c);
}

void
httpd_conn_dismiss(struct conn *c)
{
	/* A goodbye may not be mixed with half a record. */
	if (c->ssl != NULL && c->out.len == 0) {
		httpd_tls_bye(c);
		flush(c);
		buf_clear(&c->worker->out);
	}
	httpd_conn_close(c);
}
