/*
 * ctl_client.c - asking a daemon through its control socket
 *
 * Blocks: for the command line only. The daemon is ours, yet its answer is
 * bounded and checked like any other.
 */
#include "io/ctl.h"

#include "base/arena.h"
#include "io/listen.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK	  65536
#define ERROR_MAX 400 /* bytes of the daemon's sentence */

/* The conversation. */
struct talk {
	const struct ctl_question *q;
	int fd;
	struct buf in;
	size_t start; /* of the line that is not complete yet */
	struct buf *error;
	bool stopped; /* the caller has heard enough */
};

/* address_of - the path as a socket address; false when it is none */
static bool
address_of(const char *path, struct listen_addr *out)
{
	char text[256];
	int n;

	n = snprintf(
	    text, sizeof(text), "%s%s", path[0] == '/' ? "unix:" : "", path);
	return n > 0 && (size_t)n < sizeof(text) &&
	    listen_parse(text, out, NULL) == MTASTS_OK &&
	    out->kind == LISTEN_UNIX;
}

/* wait_for - until the descriptor is ready, or silence has lasted too long */
static enum mtasts_err
wait_for(const struct talk *t, short events)
{
	struct pollfd p = { .fd = t->fd, .events = events };
	int64_t end_ms = loop_now_ms() + t->q->timeout_ms, left;
	int n;

	do {
		left = end_ms - loop_now_ms();
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return MTASTS_ESYS;
	return n > 0 ? MTASTS_OK : MTASTS_ETIMEOUT;
}

/* dial - connect */
static enum mtasts_err
dial(struct talk *t)
{
	struct listen_addr addr;

	if (!address_of(t->q->path, &addr))
		return MTASTS_ENOENT;
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0)
		return MTASTS_ESYS;
	if (connect(t->fd, (const struct sockaddr *)&addr.sa, addr.sa_len) == 0)
		return MTASTS_OK;
	if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
		return MTASTS_ENOENT;
	/* A full queue: the daemon is there, but does not come to it. */
	return errno == EAGAIN ? MTASTS_ETIMEOUT : MTASTS_ESYS;
}

/* say - send some bytes */
static enum mtasts_err
say(const struct talk *t, struct str s)
{
	enum mtasts_err err = MTASTS_OK;
	ssize_t n;

	while (s.len > 0 && err == MTASTS_OK) {
		n = send(t->fd, s.p, s.len, MSG_NOSIGNAL);
		/* Refused before it was read: the answer says why. */
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return MTASTS_OK;
		if (n >= 0)
			s = str_sub(s, (size_t)n, s.len);
		else if (errno == EAGAIN)
			err = wait_for(t, POLLOUT);
		else if (errno != EINTR)
			err = MTASTS_ESYS;
	}
	return err;
}

/* last - the end of the answer, and whether the daemon refused */
static enum mtasts_err
last(struct talk *t, const struct js *js)
{
	struct str why;

	t->stopped = true;
	if (!js_str(js_get(js, "error"), &why))
		return MTASTS_OK;
	buf_clean(t->error, why, ERROR_MAX);
	return MTASTS_EINVAL;
}

/* hear_line - one line of the answer */
static enum mtasts_err
hear_line(struct talk *t, struct str line)
{
	enum mtasts_err err;
	struct js *js = NULL;
	bool end = false;

	err = js_parse(line, "answer", &js, NULL);
	if (err == MTASTS_OK && !js_is_object(js))
		err = MTASTS_ESYNTAX;
	if (err == MTASTS_OK && js_bool(js_get(js, "end"), &end) && end)
		err = last(t, js);
	else if (err == MTASTS_OK && t->q->line != NULL)
		t->stopped = !t->q->line(t->q->ctx, line, js);
	js_free(js);
	return err == MTASTS_ELIMIT ? MTASTS_ESYNTAX : err;
}

/* hear_lines - all complete lines of what has come */
static enum mtasts_err
hear_lines(struct talk *t, size_t fresh)
{
	struct str all = buf_str(&t->in), line;
	enum mtasts_err err = MTASTS_OK;
	size_t end;

	while (err == MTASTS_OK && !t->stopped) {
		end = fresh + str_chr(str_sub(all, fresh, all.len), '\n');
		if (end >= all.len)
			break;
		line = str_sub(all, t->start, end - t->start);
		t->start = fresh = end + 1;
		err = hear_line(t, line);
	}
	return err;
}

/* compact - drop the lines that were heard */
static enum mtasts_err
compact(struct talk *t)
{
	size_t left = t->in.len - t->start;

	if (t->start == 0)
		return MTASTS_OK;
	memmove(t->in.p, t->in.p + t->start, left);
	buf_cut(&t->in, left);
	t->start = 0;
	return buf_error(&t->in);
}

/* hear - the answer, to its end */
static enum mtasts_err
hear(struct talk *t)
{
	enum mtasts_err err = MTASTS_OK;
	char chunk[CHUNK];
	size_t before;
	ssize_t n;

	while (err == MTASTS_OK && !t->stopped) {
		n = recv(t->fd, chunk, sizeof(chunk), 0);
		if (n < 0 && errno == EAGAIN) {
			err = wait_for(t, POLLIN);
		} else if (n < 0 && errno != EINTR) {
			err =
			    errno == ECONNRESET ? MTASTS_ESYNTAX : MTASTS_ESYS;
		} else if (n == 0) {
			err = MTASTS_ESYNTAX; /* cut before its end */
		} else if (n > 0) {
			before = t->in.len;
			buf_put(&t->in, chunk, (size_t)n);
			err = buf_error(&t->in);
			if (err == MTASTS_OK)
				err = hear_lines(t, before);
			if (err == MTASTS_OK)
				err = compact(t);
		}
	}
	return err == MTASTS_ELIMIT ? MTASTS_ESYNTAX : err;
}

enum mtasts_err
ctl_ask(const struct ctl_question *q, struct buf *error)
{
	struct talk t = { .q = q, .fd = -1, .error = error };
	enum mtasts_err err;
	int saved;

	buf_init(&t.in, CTL_REPLY_MAX + CHUNK);
	err = dial(&t);
	if (err == MTASTS_OK)
		err = say(&t, q->request);
	if (err == MTASTS_OK)
		err = say(&t, STR("\n"));
	if (err == MTASTS_OK)
		err = hear(&t);
	saved = errno;
	if (t.fd >= 0)
		close(t.fd);
	buf_free(&t.in);
	errno = saved;
	return err;
}
