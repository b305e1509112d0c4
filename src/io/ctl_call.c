/*
 * ctl_call.c - one client of a control socket
 *
 * Any local user may be a nuisance: half lines, endless lines, answers that
 * nobody reads, forty connections. All is bounded in bytes and in time. What
 * is written leaves from the loop only, so that no call ends under the hands
 * of the daemon that answers it.
 */
#include "io/ctl_int.h"

#include "base/arena.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define CHUNK	16384
#define OUT_MAX (CTL_REPLY_MAX + CHUNK)
#define SWALLOW 64 /* chunks that are read and dropped at the end */
/* Of one user, administrators apart: others must get through too. */
#define PER_USER (CTL_CLIENTS_MAX / 4)

/* on_writable - see below */
static void on_writable(void *ctx);

/* tell_gone - the daemon's part of the call ends, once */
static void
tell_gone(struct ctl_call *call)
{
	void (*gone)(void *) = call->gone;

	call->gone = NULL;
	call->drain = NULL;
	if (gone != NULL)
		gone(call->data);
}

/* swallow - drop what was not read, or the client would see a reset */
static void
swallow(int fd)
{
	char chunk[CHUNK];
	size_t i;

	for (i = 0; i < SWALLOW; i++)
		if (recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT) <= 0)
			return;
}

void
ctl_call_free(struct ctl_call *call)
{
	if (call->state != CTL_ENDED)
		tell_gone(call);
	*call->link = call->next;
	if (call->next != NULL)
		call->next->link = call->link;
	call->ctl->count--;
	loop_watch_close(call->read);
	loop_watch_close(call->write);
	loop_watch_close(call->timer);
	swallow(call->fd);
	close(call->fd);
	buf_free(&call->in);
	buf_free(&call->out);
	mem_free(call);
}

/* drop - end a call that misbehaves */
static void
drop(struct ctl_call *call, const char *why)
{
	struct log_line line;

	log_begin(
	    &line, call->ctl->conf.log, LOG_LEVEL_DEBUG, "control-dropped");
	log_int(&line, "uid", call->cred.uid);
	log_int(&line, "pid", call->cred.pid);
	log_cstr(&line, "reason", why);
	log_end(&line);
	ctl_call_free(call);
}

/* on_timer - too slow */
static void
on_timer(void *ctx)
{
	struct ctl_call *call = ctx;

	drop(call,
	    call->state == CTL_READING ? "no request in time"
				       : "nobody reads the answer");
}

/* want_write - have on_writable() called from the loop */
static void
want_write(struct ctl_call *call)
{
	if (call->write != NULL)
		return;
	call->write = loop_fd(
	    call->ctl->conf.loop, call->fd, LOOP_WRITE, on_writable, call);
	/* Without memory the timer ends it. */
	loop_timer_start(call->timer, call->ctl->conf.stall_ms);
}

/* drained - all that was written has left */
static void
drained(struct ctl_call *call)
{
	loop_callback *drain = call->drain;

	buf_clear(&call->out);
	call->sent = 0;
	loop_watch_close(call->write);
	call->write = NULL;
	loop_timer_cancel(call->timer);
	if (call->state == CTL_ENDED) {
		ctl_call_free(call);
		return;
	}
	call->drain = NULL;
	if (drain != NULL)
		drain(call->drain_ctx);
}

/* on_writable - there is room for more of the answer */
static void
on_writable(void *ctx)
{
	struct ctl_call *call = ctx;
	ssize_t n = 0;

	if (buf_error(&call->out) != MTASTS_OK) {
		drop(call, "the answer is too long");
		return;
	}
	if (call->sent < call->out.len)
		n = send(call->fd, call->out.p + call->sent,
		    call->out.len - call->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		ctl_call_free(call);
		return;
	}
	call->sent += (size_t)n;
	if (call->sent == call->out.len)
		drained(call);
	else
		loop_timer_start(call->timer, call->ctl->conf.stall_ms);
}

/* answer - hand a request to the daemon */
static void
answer(struct ctl_call *call, struct str text)
{
	struct js *js = NULL;
	enum mtasts_err err = js_parse(text, "request", &js, NULL);

	call->state = CTL_ASKED;
	loop_timer_cancel(call->timer);
	if (err == MTASTS_ENOMEM)
		ctl_end(call, "memory is short");
	else if (err != MTASTS_OK || !js_is_object(js))
		ctl_end(call, "the request is no JSON object on one line");
	else
		call->ctl->conf.request(call->ctl->conf.ctx, call, js);
	js_free(js);
}

/* take - bytes of the request */
static void
take(struct ctl_call *call, const char *p, size_t len)
{
	struct str line;

	buf_put(&call->in, p, len);
	if (str_cut(buf_str(&call->in), '\n', &line, NULL)) {
		answer(call, line);
	} else if (buf_error(&call->in) == MTASTS_ELIMIT) {
		call->state = CTL_ASKED;
		ctl_end(call, "the request is too long");
	} else if (buf_error(&call->in) != MTASTS_OK) {
		drop(call, "memory is short");
	}
}

/* at_end - the client sends no more: is it gone, or does it wait? */
static void
at_end(struct ctl_call *call)
{
	struct pollfd p = { .fd = call->fd };

	if ((call->state == CTL_READING && call->in.len == 0) ||
	    (poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)))) {
		ctl_call_free(call);
		return;
	}
	loop_watch_close(call->read);
	call->read = NULL;
	if (call->state == CTL_READING)
		answer(call, buf_str(&call->in));
}

/* on_readable - the client sends, or has gone */
static void
on_readable(void *ctx)
{
	struct ctl_call *call = ctx;
	char chunk[CHUNK];
	ssize_t n;

	n = recv(call->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		ctl_call_free(call);
	} else if (n == 0) {
		at_end(call);
	} else if (call->state == CTL_READING) {
		take(call, chunk, (size_t)n);
	} else if (call->state == CTL_ASKED) {
		call->extra += (size_t)n;
		if (call->extra > CTL_REQUEST_MAX)
			drop(call, "more than one request");
	}
}

/* too_many - may this client not be served now? Say why */
static const char *
too_many(const struct ctl_call *call)
{
	const struct ctl_call *other;
	size_t same = 0;

	if (call->ctl->count > CTL_CLIENTS_MAX)
		return "too many clients at a time";
	for (other = call->ctl->calls; other != NULL; other = other->next)
		if (other->cred.uid == call->cred.uid)
			same++;
	if (!call->admin && same > PER_USER)
		return "too many clients of one user at a time";
	return NULL;
}

void
ctl_call_start(struct ctl *ctl, int fd)
{
	struct ctl_call *call = mem_zalloc(1, sizeof(*call));
	const char *why;

	if (call == NULL) {
		close(fd);
		return;
	}
	call->ctl = ctl;
	call->fd = fd;
	call->link = &ctl->calls;
	call->next = ctl->calls;
	if (call->next != NULL)
		call->next->link = &call->next;
	ctl->calls = call;
	ctl->count++;
	buf_init(&call->in, CTL_REQUEST_MAX);
	buf_init(&call->out, OUT_MAX);
	call->timer = loop_timer(ctl->conf.loop, on_timer, call);
	call->read = loop_fd(ctl->conf.loop, fd, LOOP_READ, on_readable, call);
	if (call->timer == NULL || call->read == NULL ||
	    !ctl_peer(ctl, fd, &call->cred, &call->admin)) {
		ctl_call_free(call);
		return;
	}
	loop_timer_start(call->timer, ctl->conf.request_ms);
	why = too_many(call);
	if (why != NULL) {
		call->state = CTL_ASKED;
		ctl_end(call, why);
	}
}

bool
ctl_admin(const struct ctl_call *call)
{
	return call->admin;
}

uid_t
ctl_uid(const struct ctl_call *call)
{
	return call->cred.uid;
}

void
ctl_set(struct ctl_call *call, void *data, void (*gone)(void *data))
{
	call->data = data;
	call->gone = gone;
}

void *
ctl_get(const struct ctl_call *call)
{
	return call->data;
}

void
ctl_line(struct ctl_call *call, struct str json)
{
	buf_put_str(&call->out, json);
	buf_putc(&call->out, '\n');
	want_write(call);
}

void
ctl_on_drain(struct ctl_call *call, loop_callback *cb, void *ctx)
{
	call->drain = cb;
	call->drain_ctx = ctx;
	want_write(call);
}

void
ctl_end(struct ctl_call *call, const char *error)
{
	struct js_writer w;

	js_begin(&w, &call->out, false);
	js_object(&w);
	js_kv_bool(&w, "end", true);
	if (error != NULL)
		js_kv_str(&w, "error", error);
	js_end_object(&w);
	buf_putc(&call->out, '\n');
	call->state = CTL_ENDED;
	tell_gone(call);
	want_write(call);
}
