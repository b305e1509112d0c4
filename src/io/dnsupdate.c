/*
 * dnsupdate.c - connections to primary servers, and who waits for one
 *
 * RFC 2136 section 6.2: over TCP, each message behind its length. A connection
 * carries one message at a time; a server has a few of them, and what comes on
 * top waits. One that was kept and is found closed is made anew, once. Must not
 * know what stands in a message.
 */
#include "io/dnsupdate.h"

#include "base/arena.h"
#include "base/buf.h"
#include "io/dial.h"
#include "io/dnsupdate_int.h"

#include <errno.h>
#include <stdio.h>
#include <sys/queue.h>
#include <unistd.h>

#define CONNS_MAX 4 /* to one server */
#define KEEP_MS	  5000 /* without use; servers keep them about as long */
#define FRAME_MAX (65535 + 2)

struct server;

/* One connection; its server's, or being made for its job. */
struct conn {
	LIST_ENTRY(conn) link;
	struct server *server;
	struct dnsupdate_job *job; /* null: idle */
	int fd;
	struct loop_watch *watch, *idle;
	struct buf out, in;
	size_t sent;
	bool connected;
	bool used; /* it has answered before */
};

struct server {
	LIST_ENTRY(server) link;
	struct dnsupdate *u;
	struct ipnet_addr addr;
	unsigned port;
	LIST_HEAD(, conn) conns;
	size_t conn_count;
	TAILQ_HEAD(, dnsupdate_job) waiting;
};

struct dnsupdate {
	struct loop *loop;
	LIST_HEAD(, server) servers;
	LIST_HEAD(, dnsupdate_job) jobs;
};

/* What a job asks next. */
enum ask { ASK_UPDATE = 0, ASK_RECORDS };

struct dnsupdate_job {
	LIST_ENTRY(dnsupdate_job) all;
	TAILQ_ENTRY(dnsupdate_job) link; /* while it waits */
	struct server *server;
	struct conn *conn; /* null: it waits, or has ended */
	struct dnsupdate_want want;
	dnschange_callback *cb;
	void *ctx;
	struct loop_watch *timer;
	struct dnsupdate_msg msg;
	struct dnsupdate_exact *exact; /* one each set */
	enum ask ask;
	size_t set; /* whose records are asked for */
	bool learned; /* they were */
	bool again; /* a kept connection was closed under it */
	enum dnschange_end end; /* when it has ended by itself */
	char why[100];
};

static void serve(struct server *s);

/* ---- connections ---- */

/* conn_close - with all its watches */
static void
conn_close(struct conn *c)
{
	LIST_REMOVE(c, link);
	c->server->conn_count--;
	loop_watch_close(c->watch);
	loop_watch_close(c->idle);
	if (c->fd >= 0)
		close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	mem_free(c);
}

/* on_idle - nobody has needed it for long */
static void
on_idle(void *ctx)
{
	conn_close(ctx);
}

/* job_free - release what a job has; it is in no list of its server */
static void
job_free(struct dnsupdate_job *job)
{
	LIST_REMOVE(job, all);
	loop_watch_close(job->timer);
	dnsupdate_msg_free(&job->msg);
	for (size_t i = 0; job->exact != NULL && i < job->want.count; i++)
		dnsupdate_exact_free(&job->exact[i]);
	mem_free(job->exact);
	mem_free(job);
}

/* finish - it has ended: tell, release, let others have its place */
static void
finish(struct dnsupdate_job *job, enum dnschange_end end, const char *why)
{
	struct server *s = job->server;
	struct conn *c = job->conn;
	dnschange_callback *cb = job->cb;
	void *ctx = job->ctx;
	char said[sizeof(job->why)];

	snprintf(said, sizeof(said), "%s", why);
	if (c == NULL)
		TAILQ_REMOVE(&s->waiting, job, link);
	else
		c->job = NULL;
	/* In the middle of an exchange it is of no use to others. */
	if (c != NULL && (end >= DNSCHANGE_FAILED || !c->connected))
		conn_close(c);
	else if (c != NULL)
		loop_timer_start(c->idle, KEEP_MS);
	job_free(job);
	/* Others first: the callback may close everything. */
	serve(s);
	cb(ctx, end, said);
}

/* broken - its connection is of no use; once more, or it has ended */
static void
broken(struct conn *c, int error)
{
	struct dnsupdate_job *job = c->job;

	if (job == NULL) {
		conn_close(c);
		return;
	}
	if (c->used && c->in.len == 0 && !job->again) {
		job->again = true;
		job->conn = NULL;
		TAILQ_INSERT_HEAD(&job->server->waiting, job, link);
		conn_close(c);
		serve(job->server);
		return;
	}
	finish(job, DNSCHANGE_UNREACHABLE, error != 0 ? strerror(error) : "");
}

/* compose - the next message of a job into its connection */
static enum mtasts_err
compose(struct dnsupdate_job *job, struct conn *c)
{
	enum mtasts_err err;

	dnsupdate_msg_free(&job->msg);
	err = job->ask == ASK_UPDATE
	    ? dnsupdate_msg_update(&job->want, job->exact, &job->msg)
	    : dnsupdate_msg_ask(
		  &job->want, &job->want.sets[job->set], &job->msg);
	if (err != MTASTS_OK)
		return err;
	buf_clear(&c->in);
	buf_clear(&c->out);
	c->sent = 0;
	buf_putc(&c->out, (char)(job->msg.len >> 8));
	buf_putc(&c->out, (char)(job->msg.len & 0xff));
	buf_put(&c->out, job->msg.wire, job->msg.len);
	return buf_error(&c->out);
}

/* send_next - compose and wait until it can be written; false: it ended */
static bool
send_next(struct dnsupdate_job *job)
{
	struct conn *c = job->conn;

	if (compose(job, c) != MTASTS_OK ||
	    !loop_fd_set(c->watch, LOOP_READ | LOOP_WRITE)) {
		finish(job, DNSCHANGE_FAILED, "the message cannot be made");
		return false;
	}
	return true;
}

/* next_text - the next set whose strings may stand in other pieces */
static bool
next_text(struct dnsupdate_job *job)
{
	const struct dnschange *set = job->want.sets;

	while (job->set < job->want.count &&
	    (set[job->set].type != DNSTYPE_TXT || set[job->set].old_count == 0))
		job->set++;
	return job->set < job->want.count;
}

/* learn - what must be there seems not to be: ask how it is written there */
static bool
learn(struct dnsupdate_job *job)
{
	job->learned = true;
	job->set = 0;
	if (!next_text(job))
		return false;
	job->ask = ASK_RECORDS;
	send_next(job);
	return true;
}

/* answered - a whole answer has come */
static void
answered(struct dnsupdate_job *job, struct str answer)
{
	struct conn *c = job->conn;
	enum dnschange_end end;

	c->used = true;
	if (job->ask == ASK_UPDATE) {
		end = dnsupdate_msg_read(&job->want, &job->msg, answer);
		if (end != DNSCHANGE_CHANGED || job->learned || !learn(job))
			finish(job, end, "");
		return;
	}
	end = dnsupdate_msg_learn(&job->want, &job->want.sets[job->set],
	    &job->msg, answer, &job->exact[job->set]);
	if (end != DNSCHANGE_DONE) {
		finish(job, end, "");
		return;
	}
	job->set++;
	if (!next_text(job))
		job->ask = ASK_UPDATE;
	send_next(job);
}

/* hear - read what is there */
static void
hear(struct conn *c)
{
	char chunk[16384];
	ssize_t n = read(c->fd, chunk, sizeof(chunk));
	size_t want;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || c->job == NULL) {
		broken(c, n < 0 ? errno : 0);
		return;
	}
	buf_put(&c->in, chunk, (size_t)n);
	if (buf_error(&c->in) != MTASTS_OK) {
		finish(c->job, DNSCHANGE_FAILED, "an answer without end");
		return;
	}
	if (c->in.len < 2)
		return;
	want = 2 + ((size_t)(unsigned char)c->in.p[0] << 8) +
	    (unsigned char)c->in.p[1];
	if (c->in.len >= want)
		answered(c->job, str_make(c->in.p + 2, want - 2));
}

/* speak - write what is left; false when the connection is gone */
static bool
speak(struct conn *c)
{
	ssize_t n;

	if (!c->connected) {
		int error = dial_error(c->fd);

		if (error != 0) {
			broken(c, error);
			return false;
		}
		c->connected = true;
	}
	while (c->sent < c->out.len) {
		n = write(c->fd, c->out.p + c->sent, c->out.len - c->sent);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n < 0) {
			broken(c, errno);
			return false;
		}
		c->sent += (size_t)n;
	}
	if (loop_fd_set(c->watch, LOOP_READ))
		return true;
	broken(c, ENOMEM);
	return false;
}

/* on_ready - a connection can be read or written */
static void
on_ready(void *ctx)
{
	struct conn *c = ctx;

	if (c->job != NULL && c->sent < c->out.len && !speak(c))
		return;
	if (c->connected)
		hear(c);
}

/* conn_new - being made; null with errno */
static struct conn *
conn_new(struct server *s)
{
	struct conn *c = mem_zalloc(1, sizeof(*c));

	if (c == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	c->server = s;
	buf_init(&c->in, FRAME_MAX);
	buf_init(&c->out, FRAME_MAX);
	LIST_INSERT_HEAD(&s->conns, c, link);
	s->conn_count++;
	c->fd = dial_start(&s->addr, s->port);
	if (c->fd >= 0) {
		c->watch = loop_fd(s->u->loop, c->fd, LOOP_WRITE, on_ready, c);
		c->idle = loop_timer(s->u->loop, on_idle, c);
		if (c->watch != NULL && c->idle != NULL)
			return c;
		errno = ENOMEM;
	}
	int error = errno;

	conn_close(c);
	errno = error;
	return NULL;
}

/* conn_for - an idle connection, or a new one; null: none to be had now */
static struct conn *
conn_for(struct server *s, int *error)
{
	struct conn *c;

	*error = 0;
	LIST_FOREACH(c, &s->conns, link)
	if (c->job == NULL)
		return c;
	if (s->conn_count >= CONNS_MAX)
		return NULL;
	c = conn_new(s);
	if (c == NULL)
		*error = errno;
	return c;
}

/* serve - connections for those who wait */
static void
serve(struct server *s)
{
	struct dnsupdate_job *job;
	struct conn *c;
	int error;

	while ((job = TAILQ_FIRST(&s->waiting)) != NULL &&
	    job->end == DNSCHANGE_DONE) {
		c = conn_for(s, &error);
		if (c == NULL && error == 0)
			return;
		if (c == NULL) {
			/* Told by its timer: never before start() returns. */
			job->end = DNSCHANGE_UNREACHABLE;
			snprintf(
			    job->why, sizeof(job->why), "%s", strerror(error));
			loop_timer_start(job->timer, 0);
			return;
		}
		TAILQ_REMOVE(&s->waiting, job, link);
		job->conn = c;
		c->job = job;
		loop_timer_cancel(c->idle);
		if (compose(job, c) != MTASTS_OK ||
		    !loop_fd_set(c->watch, LOOP_READ | LOOP_WRITE)) {
			job->end = DNSCHANGE_FAILED;
			snprintf(job->why, sizeof(job->why),
			    "the message cannot be made");
			loop_timer_start(job->timer, 0);
			return;
		}
	}
}

/* ---- jobs ---- */

/* on_timer - it takes too long, or ended before it began */
static void
on_timer(void *ctx)
{
	struct dnsupdate_job *job = ctx;

	if (job->end != DNSCHANGE_DONE)
		finish(job, job->end, job->why);
	else if (job->conn != NULL && job->conn->connected)
		finish(job, DNSCHANGE_TIMEOUT, "");
	else
		finish(job, DNSCHANGE_UNREACHABLE, "no connection in time");
}

/* server_of - the one of an address and port, made when it is new */
static struct server *
server_of(struct dnsupdate *u, const struct dnsupdate_want *want)
{
	struct server *s;

	LIST_FOREACH(s, &u->servers, link)
	if (s->port == want->port &&
	    memcmp(&s->addr, &want->addr, sizeof(s->addr)) == 0)
		return s;
	s = mem_zalloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->u = u;
	s->addr = want->addr;
	s->port = want->port;
	LIST_INIT(&s->conns);
	TAILQ_INIT(&s->waiting);
	LIST_INSERT_HEAD(&u->servers, s, link);
	return s;
}

struct dnsupdate_job *
dnsupdate_start(struct dnsupdate *u, const struct dnsupdate_want *want,
    dnschange_callback *cb, void *ctx)
{
	struct server *s = server_of(u, want);
	struct dnsupdate_job *job;

	if (s == NULL)
		return NULL;
	job = mem_zalloc(1, sizeof(*job));
	if (job == NULL)
		return NULL;
	job->server = s;
	job->want = *want;
	job->cb = cb;
	job->ctx = ctx;
	LIST_INSERT_HEAD(&u->jobs, job, all);
	job->exact = mem_zalloc(want->count, sizeof(*job->exact));
	job->timer = loop_timer(u->loop, on_timer, job);
	if (job->exact == NULL || job->timer == NULL) {
		job_free(job);
		return NULL;
	}
	loop_timer_start(job->timer, want->timeout_ms);
	TAILQ_INSERT_TAIL(&s->waiting, job, link);
	serve(s);
	return job;
}

void
dnsupdate_cancel(struct dnsupdate_job *job)
{
	struct server *s;

	if (job == NULL)
		return;
	s = job->server;
	if (job->conn != NULL) {
		job->conn->job = NULL;
		conn_close(job->conn);
	} else {
		TAILQ_REMOVE(&s->waiting, job, link);
	}
	job_free(job);
	serve(s);
}

enum mtasts_err
dnsupdate_open(struct loop *loop, struct dnsupdate **out)
{
	struct dnsupdate *u = mem_zalloc(1, sizeof(*u));

	if (u == NULL)
		return MTASTS_ENOMEM;
	u->loop = loop;
	LIST_INIT(&u->servers);
	LIST_INIT(&u->jobs);
	*out = u;
	return MTASTS_OK;
}

void
dnsupdate_close(struct dnsupdate *u)
{
	struct dnsupdate_job *job;
	struct server *s;
	struct conn *c;

	if (u == NULL)
		return;
	while ((job = LIST_FIRST(&u->jobs)) != NULL) {
		if (job->conn != NULL)
			job->conn->job = NULL;
		job_free(job);
	}
	while ((s = LIST_FIRST(&u->servers)) != NULL) {
		while ((c = LIST_FIRST(&s->conns)) != NULL)
			conn_close(c);
		LIST_REMOVE(s, link);
		mem_free(s);
	}
	mem_free(u);
}
