/*
 * metrics_get.c - read the /metrics of a daemon of ours
 *
 * One request of HTTP/1.0, the whole answer, and just as much of Prometheus'
 * text format as base/metrics writes.
 */
#include "io/metrics_get.h"

#include "io/listen.h"
#include "io/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#define ANSWER_MAX (4u << 20)
#define CHUNK	   16384

/* reachable - where to connect for an address that may mean "all" */
static void
reachable(struct listen_addr *addr)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&addr->sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&addr->sa;

	if (addr->sa.ss_family == AF_INET && v4->sin_addr.s_addr == INADDR_ANY)
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (addr->sa.ss_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr))
		v6->sin6_addr = in6addr_loopback;
}

/* wait_for - until the descriptor is ready */
static enum mtasts_err
wait_for(int fd, short events, int64_t end_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left = end_ms - loop_now_ms();
	int n = poll(&p, 1, left > 0 ? (int)left : 0);

	return n > 0 ? MTASTS_OK : n == 0 ? MTASTS_ETIMEOUT : MTASTS_ESYS;
}

/* dial - connect; *fd is the caller's in any case */
static enum mtasts_err
dial(const char *address, int64_t end_ms, int *fd)
{
	struct listen_addr addr;
	socklen_t len = sizeof(int);
	enum mtasts_err err = MTASTS_OK;
	int error = 0;

	if (listen_parse(address, &addr, NULL) != MTASTS_OK ||
	    addr.kind == LISTEN_SYSTEMD)
		return MTASTS_EINVAL;
	reachable(&addr);
	*fd = socket(
	    addr.sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return MTASTS_ESYS;
	if (connect(*fd, (const struct sockaddr *)&addr.sa, addr.sa_len) != 0)
		error = errno;
	if (error == EINPROGRESS) {
		err = wait_for(*fd, POLLOUT, end_ms);
		if (err == MTASTS_OK)
			getsockopt(*fd, SOL_SOCKET, SO_ERROR, &error, &len);
	}
	if (err != MTASTS_OK || error == 0)
		return err;
	errno = error;
	return error == ECONNREFUSED || error == ENOENT ? MTASTS_ENOENT
							: MTASTS_ESYS;
}

/* hear - all that comes until the end */
static enum mtasts_err
hear(int fd, int64_t end_ms, struct buf *in)
{
	enum mtasts_err err = MTASTS_OK;
	char chunk[CHUNK];
	ssize_t n = 1;

	while (err == MTASTS_OK && n != 0) {
		err = wait_for(fd, POLLIN, end_ms);
		if (err != MTASTS_OK)
			break;
		n = recv(fd, chunk, sizeof(chunk), 0);
		if (n > 0)
			buf_put(in, chunk, (size_t)n);
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			err = MTASTS_ESYNTAX;
		if (err == MTASTS_OK)
			err = buf_error(in);
	}
	return err == MTASTS_ELIMIT ? MTASTS_ESYNTAX : err;
}

enum mtasts_err
metrics_get(const char *address, int64_t timeout_ms, struct buf *out)
{
	static const struct str request = { "GET /metrics HTTP/1.0\r\n\r\n",
		25 };
	int64_t end_ms = loop_now_ms() + timeout_ms;
	struct str text;
	enum mtasts_err err;
	struct buf in;
	int fd = -1, saved;

	buf_init(&in, ANSWER_MAX);
	err = dial(address, end_ms, &fd);
	if (err == MTASTS_OK &&
	    send(fd, request.p, request.len, MSG_NOSIGNAL) !=
		(ssize_t)request.len)
		err = MTASTS_ESYS;
	if (err == MTASTS_OK)
		err = hear(fd, end_ms, &in);
	text = buf_str(&in);
	if (err == MTASTS_OK &&
	    (!str_starts(text, STR("HTTP/1.")) ||
		!str_starts(str_sub(text, 8, 5), STR(" 200 "))))
		err = MTASTS_ESYNTAX;
	if (err == MTASTS_OK) {
		text = str_sub(text, str_find(text, STR("\r\n\r\n")), text.len);
		buf_put_str(out, str_sub(text, 4, text.len));
		err = buf_error(out);
	}
	saved = errno;
	if (fd >= 0)
		close(fd);
	buf_free(&in);
	errno = saved;
	return err;
}

/* series - does a line have this name? Then its labels and its value */
static bool
series(struct str line, const char *name, struct str *labels, struct str *value)
{
	struct str n = str_of(name);

	*labels = STR("");
	if (!str_starts(line, n))
		return false;
	line = str_sub(line, n.len, line.len);
	if (str_starts(line, STR("{"))) {
		if (!str_cut(str_sub(line, 1, line.len), '}', labels, &line))
			return false;
	}
	if (!str_starts(line, STR(" ")))
		return false;
	*value = str_trim(line);
	return true;
}

bool
metrics_find(struct str text, const char *name, int64_t *out)
{
	struct str line, labels, value, whole;
	bool found = false;
	int64_t sum = 0;
	uint64_t n;

	while (str_line(&text, &line, NULL)) {
		if (!series(line, name, &labels, &value))
			continue;
		str_cut(value, '.', &whole, NULL);
		if (str_u64(whole, INT64_MAX / 1000, &n))
			sum += (int64_t)n;
		found = true;
	}
	if (found)
		*out = sum;
	return found;
}

struct str
metrics_label(struct str text, const char *name, const char *label)
{
	struct str line, labels, value, key, rest;

	while (str_line(&text, &line, NULL)) {
		if (!series(line, name, &labels, &value))
			continue;
		while (str_cut(labels, '=', &key, &rest)) {
			if (!str_cut(str_sub(rest, 1, rest.len), '"', &value,
				&labels))
				break;
			if (str_eq(str_trim(key), str_of(label)))
				return value;
			labels = str_sub(labels, 1, labels.len);
		}
	}
	return STR("");
}
