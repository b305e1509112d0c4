/*
 * mapask.c - ask a policy server one question, as an MTA does
 *
 * The client's side of socketmap_table(5) and of the line protocol that Exim's
 * readsocket speaks. What answers may be anything: all is bounded.
 */
#include "io/mapask.h"

#include "io/listen.h"
#include "io/loop.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define ANSWER_MAX 100020 /* bytes: Postfix takes 100000 and the length */
#define CHUNK	   16384

/* One question under way. */
struct talk {
	int fd;
	int64_t end_ms;
};

/* wait_for - until the descriptor is ready */
static enum mtasts_err
wait_for(const struct talk *t, short events)
{
	struct pollfd p = { .fd = t->fd, .events = events };
	int64_t left;
	int n;

	do {
		left = t->end_ms - loop_now_ms();
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0 ? MTASTS_OK : n == 0 ? MTASTS_ETIMEOUT : MTASTS_ESYS;
}

/* dial - connect within the time */
static enum mtasts_err
dial(struct talk *t, const char *address)
{
	struct listen_addr addr;
	socklen_t len = sizeof(int);
	enum mtasts_err err;
	int error = 0;

	if (listen_parse(address, &addr, NULL) != MTASTS_OK ||
	    addr.kind == LISTEN_SYSTEMD)
		return MTASTS_EINVAL;
	t->fd = socket(
	    addr.sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return MTASTS_ESYS;
	if (connect(t->fd, (const struct sockaddr *)&addr.sa, addr.sa_len) == 0)
		return MTASTS_OK;
	if (errno != EINPROGRESS)
		return MTASTS_ESYS;
	err = wait_for(t, POLLOUT);
	if (err != MTASTS_OK)
		return err;
	getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	errno = error;
	return error == 0 ? MTASTS_OK : MTASTS_ESYS;
}

/* say - send the question; the line protocol ends with its half */
static enum mtasts_err
say(const struct talk *t, const struct mapask *ask)
{
	enum mtasts_err err;
	struct buf b;

	buf_init(&b, 65536);
	if (ask->map != NULL)
		buf_putf(&b, "%zu:%s %s,",
		    strlen(ask->map) + 1 + strlen(ask->text), ask->map,
		    ask->text);
	else
		buf_putf(&b, "%s\n", ask->text);
	err = buf_error(&b);
	/* It is short, and the connection fresh: it goes at once. */
	if (err == MTASTS_OK &&
	    send(t->fd, b.p, b.len, MSG_NOSIGNAL) != (ssize_t)b.len)
		err = MTASTS_ESYS;
	if (ask->map == NULL)
		shutdown(t->fd, SHUT_WR);
	buf_free(&b);
	return err;
}

/* netstring - the content of a whole netstring; false: not whole, or none */
static bool
netstring(struct str s, struct str *content, bool *broken)
{
	struct str digits, rest;
	uint64_t len;

	if (!str_cut(s, ':', &digits, &rest)) {
		*broken = s.len > 6;
		return false;
	}
	if (!str_u64(digits, ANSWER_MAX, &len)) {
		*broken = true;
		return false;
	}
	if (rest.len <= len)
		return false;
	*broken = rest.p[len] != ',';
	*content = str_sub(rest, 0, len);
	return !*broken;
}

/* hear - the answer */
static enum mtasts_err
hear(const struct talk *t, bool frames, struct buf *out)
{
	enum mtasts_err err = MTASTS_OK;
	bool broken = false, whole = false;
	struct str content = STR("");
	char chunk[CHUNK];
	struct buf in;
	ssize_t n;

	buf_init(&in, ANSWER_MAX);
	while (err == MTASTS_OK && !whole) {
		n = recv(t->fd, chunk, sizeof(chunk), 0);
		if (n > 0)
			buf_put(&in, chunk, (size_t)n);
		else if (n == 0)
			err = frames ? MTASTS_ESYNTAX : MTASTS_OK;
		else if (errno == EAGAIN)
			err = wait_for(t, POLLIN);
		else if (errno != EINTR)
			err = MTASTS_ESYNTAX;
		if (err == MTASTS_OK)
			err = buf_error(&in);
		if (frames)
			whole = netstring(buf_str(&in), &content, &broken);
		else
			whole = n == 0;
		if (broken)
			err = MTASTS_ESYNTAX;
	}
	if (err == MTASTS_OK)
		buf_put_str(out, frames ? content : buf_str(&in));
	buf_free(&in);
	return err == MTASTS_ELIMIT ? MTASTS_ESYNTAX : err;
}

enum mtasts_err
mapask(const struct mapask *ask, struct buf *out, int64_t *took_us)
{
	struct talk t = { -1, loop_now_ms() + ask->timeout_ms };
	int64_t start_us = loop_now_us();
	enum mtasts_err err;
	int saved;

	err = dial(&t, ask->address);
	if (err == MTASTS_OK)
		err = say(&t, ask);
	if (err == MTASTS_OK)
		err = hear(&t, ask->map != NULL, out);
	*took_us = loop_now_us() - start_us;
	saved = errno;
	if (t.fd >= 0)
		close(t.fd);
	errno = saved;
	return err;
}
