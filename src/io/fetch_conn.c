/*
 * fetch_conn - one try at one address: connect, tunnel, TLS, request, answer
 *
 * RFC 8461 section 3.3, RFC 9110 section 9.3.6 (CONNECT). Each step ends in
 * the loop: nothing here blocks, and nothing ends the fetch from within a call
 * of OpenSSL. A request is sent once per connection and the connection is not
 * used again. Looks of a checker go the same way, past bad certificates, or
 * without TLS.
 */
#include "io/fetch.h"

#include "base/timefmt.h"
#include "io/chain.h"
#include "io/dial.h"
#include "io/fetch_int.h"
#include "mtasts/mtasts.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_MAX	     65536 /* bytes waiting to be sent: far more than needed */
#define HTTP_PORT    80
#define HTTPS_PORT   443
#define POLICY_PATH  "/.well-known/mta-sts.txt"
#define READ_AT_ONCE 16384

static void on_ready(void *ctx);

/* connect_end - whose fault it is when there is no connection */
static enum fetchfact_end
connect_end(const struct fetch *fetch)
{
	return fetch_has_proxy(fetch) ? FETCHFACT_PROXY : FETCHFACT_CONNECT;
}

/* send_out - as much of c->out as the socket takes */
static void
send_out(struct fetch_conn *c)
{
	struct str rest = buf_str(&c->out);
	ssize_t n = 0;

	rest = str_sub(rest, c->sent, rest.len);
	while (rest.len > 0 && n >= 0) {
		n = send(c->fd, rest.p, rest.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n > 0) {
			rest = str_sub(rest, (size_t)n, rest.len);
			c->sent += (size_t)n;
		}
	}
	/* A broken connection: reading tells more about why. */
	if (rest.len == 0 || (n < 0 && errno != EAGAIN)) {
		buf_clear(&c->out);
		c->sent = 0;
	}
}

/* watch_for - wait for what the step needs; false: no memory */
static bool
watch_for(struct fetch *fetch)
{
	struct fetch_conn *c = &fetch->conn;
	int what = LOOP_READ;

	if (c->step == FETCH_CONNECT)
		what = LOOP_WRITE;
	else if (c->out.len > 0)
		what |= LOOP_WRITE;
	if (what == c->watched)
		return true;
	loop_watch_close(c->watch);
	c->watch = loop_fd(fetch->f->loop, c->fd, what, on_ready, fetch);
	c->watched = what;
	return c->watch != NULL;
}

/* refuse - no connection, because of errno; "here": before a packet left */
static void
refuse(struct fetch *fetch, int error, bool here)
{
	bool ours = error == EMFILE || error == ENFILE || error == ENOBUFS ||
	    error == ENOMEM;

	/* Whoever looks at one address has no other to judge the host by. */
	if (fetch->is_look && here && dial_no_way(error))
		fetch_failed(fetch, FETCHFACT_OURS, 0,
		    "this machine has no way there by %s (%s)",
		    ipnet_addr_is_v4(&fetch->conn.addr) ? "IPv4" : "IPv6",
		    strerror(error));
	else
		fetch_failed(fetch, ours ? FETCHFACT_OURS : connect_end(fetch),
		    0, "no connection: %s", strerror(error));
}

bool
fetch_conn_start(struct fetch *fetch, const struct ipnet_addr *addr)
{
	struct fetch_conn *c = &fetch->conn;

	httpresp_free(&c->resp);
	*c = (struct fetch_conn){ .step = FETCH_CONNECT, .addr = *addr };
	buf_init(&c->out, OUT_MAX);
	httpresp_init(&c->resp,
	    fetch_has_proxy(fetch) ? HTTPRESP_TUNNEL : HTTPRESP_POLICY);
	fetch->tried++;
	c->fd = dial_start(
	    addr, fetch_has_proxy(fetch) ? fetch->f->proxy.port : fetch->port);
	if (c->fd < 0) {
		refuse(fetch, errno, true);
		fetch_conn_close(c);
		return false;
	}
	if (!watch_for(fetch)) {
		refuse(fetch, ENOMEM, true);
		fetch_conn_close(c);
		return false;
	}
	fetch_arm_share(fetch);
	return true;
}

void
fetch_conn_close(struct fetch_conn *c)
{
	if (c->step == FETCH_IDLE)
		return;
	fetch_tls_end(c);
	loop_watch_close(c->watch);
	c->watch = NULL;
	if (c->fd >= 0) {
		/* Good bye, or the alert that says what we disliked. */
		send_out(c);
		close(c->fd);
	}
	buf_free(&c->out);
	c->step = FETCH_IDLE;
}

bool
fetch_conn_answers(const struct fetch_conn *c)
{
	return c->step == FETCH_ANSWER && c->resp.head_len > 0;
}

/* ---- the steps; each says whether the try goes on waiting ---- */

/* no_memory - the try fails for our own reason */
static enum fetch_io
no_memory(struct fetch *fetch)
{
	fetch_failed(fetch, FETCHFACT_OURS, 0, "memory is short");
	return FETCH_IO_FAILED;
}

/* put_authority - "HOST", with the port where it must stand */
static void
put_authority(struct buf *b, const struct fetch *fetch, bool always)
{
	buf_puts(b, fetch->host);
	if (always || fetch->port != (fetch->plain ? HTTP_PORT : HTTPS_PORT))
		buf_putf(b, ":%u", fetch->port);
}

/*
 * read_plain - as fetch_tls_read(), without TLS
 *
 * There nobody can tell who ended a connection: its end counts as announced.
 */
static enum fetch_io
read_plain(struct fetch_conn *c, char *p, size_t size, size_t *len, bool *clean)
{
	ssize_t n = recv(c->fd, p, size, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return FETCH_IO_WAIT;
	*clean = true;
	*len = n > 0 ? (size_t)n : 0;
	c->received += *len;
	c->flooded = c->received > FETCH_BYTES_MAX;
	return n > 0 && !c->flooded ? FETCH_IO_DONE : FETCH_IO_FAILED;
}

/* write_bytes - all of it, into TLS or as it is; false: no memory */
static bool
write_bytes(struct fetch_conn *c, struct str bytes)
{
	if (c->ssl != NULL)
		return fetch_tls_write(c, bytes);
	buf_put_str(&c->out, bytes);
	return buf_error(&c->out) == MTASTS_OK;
}

/* read_answer - as much of the answer as there is */
static enum fetch_io
read_answer(struct fetch *fetch)
{
	struct fetch_conn *c = &fetch->conn;
	bool over = false, clean = false;
	char room[READ_AT_ONCE];
	enum fetch_io io;
	struct str bytes;
	size_t len;

	while (!over) {
		io = (c->ssl != NULL ? fetch_tls_read : read_plain)(
		    c, room, sizeof(room), &len, &clean);
		if (io == FETCH_IO_WAIT)
			return FETCH_IO_WAIT;
		if (c->flooded) {
			fetch_failed(fetch, FETCHFACT_TOO_LARGE, c->resp.status,
			    "it sent more than %zu bytes", FETCH_BYTES_MAX);
			return FETCH_IO_FAILED;
		}
		if (io == FETCH_IO_FAILED) {
			httpresp_closed(&c->resp, clean);
			break;
		}
		/* It answers: no other address is worth trying now. */
		if (c->resp.head_len == 0)
			fetch_arm(fetch, FETCH_DEADLINE, fetch->deadline_ms);
		bytes = str_make(room, len);
		over = httpresp_feed(&c->resp, &bytes);
	}
	if (c->resp.end == FETCHFACT_OK)
		return FETCH_IO_DONE;
	fetch_failed(fetch, c->resp.end, c->resp.status, "%" STR_FMT,
	    STR_ARG(buf_str(&c->resp.why)));
	return FETCH_IO_FAILED;
}

/* ask - write the request and be ready for its answer */
static enum fetch_io
ask(struct fetch *fetch)
{
	struct fetch_conn *c = &fetch->conn;
	struct buf b;
	bool ok;

	httpresp_free(&c->resp);
	httpresp_init(
	    &c->resp, fetch->is_look ? HTTPRESP_LOOK : HTTPRESP_POLICY);
	buf_init(&b, 2048);
	buf_puts(&b, "GET " POLICY_PATH " HTTP/1.1\r\nHost: ");
	put_authority(&b, fetch, false);
	buf_putf(&b,
	    "\r\nUser-Agent: mtasts/%s\r\nAccept: text/plain\r\n"
	    "Accept-Encoding: identity\r\nConnection: close\r\n\r\n",
	    mtasts_version());
	ok = buf_error(&b) == MTASTS_OK && write_bytes(c, buf_str(&b));
	buf_free(&b);
	if (!ok)
		return no_memory(fetch);
	c->step = FETCH_ANSWER;
	fetch_arm_share(fetch);
	/* Some of it may be here already, where no watch sees it. */
	return read_answer(fetch);
}

/* shake - go on with the handshake; behind it the request */
static enum fetch_io
shake(struct fetch *fetch)
{
	enum fetch_io io = fetch_tls_handshake(fetch);

	if (io == FETCH_IO_DONE && fetch->is_look) {
		fetch->tls = chain_look(fetch->conn.ssl, fetch->host, NULL);
		if (fetch->tls == NULL)
			return no_memory(fetch);
	}
	return io == FETCH_IO_DONE ? ask(fetch) : io;
}

/* begin_tls - over the connection or the tunnel */
static enum fetch_io
begin_tls(struct fetch *fetch)
{
	fetch->conn.step = FETCH_HANDSHAKE;
	if (!fetch_tls_begin(fetch))
		return no_memory(fetch);
	fetch_arm_share(fetch);
	return shake(fetch);
}

/* open_tunnel - ask the proxy for a way to the policy host */
static enum fetch_io
open_tunnel(struct fetch *fetch)
{
	struct buf *b = &fetch->conn.out;

	buf_puts(b, "CONNECT ");
	put_authority(b, fetch, true);
	buf_puts(b, " HTTP/1.1\r\nHost: ");
	put_authority(b, fetch, true);
	buf_putf(b, "\r\nUser-Agent: mtasts/%s\r\n\r\n", mtasts_version());
	if (buf_error(b) != MTASTS_OK)
		return no_memory(fetch);
	fetch->conn.step = FETCH_TUNNEL;
	fetch_arm_share(fetch);
	return FETCH_IO_WAIT;
}

/* judge_tunnel - did the proxy agree? any 2xx does */
static enum fetch_io
judge_tunnel(struct fetch *fetch, struct str behind)
{
	const struct httpresp *resp = &fetch->conn.resp;

	if (resp->end == FETCHFACT_OURS)
		return no_memory(fetch);
	if (resp->end != FETCHFACT_OK)
		fetch_failed(fetch, FETCHFACT_PROXY, 0, "%" STR_FMT,
		    STR_ARG(buf_str(&resp->why)));
	else if (resp->status / 100 != 2)
		fetch_failed(fetch, FETCHFACT_PROXY, 0,
		    "it answered CONNECT with status %d", resp->status);
	else if (behind.len > 0)
		fetch_failed(fetch, FETCHFACT_PROXY, 0,
		    "it sent %zu bytes of its own into the tunnel", behind.len);
	else
		return begin_tls(fetch);
	return FETCH_IO_FAILED;
}

/* read_tunnel - the proxy's answer to CONNECT */
static enum fetch_io
read_tunnel(struct fetch *fetch)
{
	struct fetch_conn *c = &fetch->conn;
	struct str bytes;
	char room[2048];
	ssize_t n;

	do {
		n = recv(c->fd, room, sizeof(room), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return FETCH_IO_WAIT;
		bytes = str_make(room, n > 0 ? (size_t)n : 0);
		if (n <= 0)
			httpresp_closed(&c->resp, false);
	} while (n > 0 && !httpresp_feed(&c->resp, &bytes));
	return judge_tunnel(fetch, bytes);
}

/* connected - the connection is there, or the reason why it is not */
static enum fetch_io
connected(struct fetch *fetch)
{
	int error = dial_error(fetch->conn.fd);

	if (error != 0) {
		refuse(fetch, error, false);
		return FETCH_IO_FAILED;
	}
	fetch->connected = true;
	if (fetch->plain)
		return ask(fetch);
	return fetch_has_proxy(fetch) ? open_tunnel(fetch) : begin_tls(fetch);
}

/* is_final - would another address tell the same? */
static bool
is_final(const struct fetch *fetch)
{
	const struct fetch_conn *c = &fetch->conn;

	if (fetch_has_proxy(fetch))
		return c->step > FETCH_TUNNEL || c->resp.head_len > 0;
	return fetch_conn_answers(c);
}

/* on_ready - the socket can be read or written */
static void
on_ready(void *ctx)
{
	static enum fetch_io (*const steps[])(struct fetch *) = {
		[FETCH_CONNECT] = connected,
		[FETCH_TUNNEL] = read_tunnel,
		[FETCH_HANDSHAKE] = shake,
		[FETCH_ANSWER] = read_answer,
	};
	struct fetch *fetch = ctx;
	enum fetch_io io = steps[fetch->conn.step](fetch);

	send_out(&fetch->conn);
	if (io == FETCH_IO_WAIT && !watch_for(fetch))
		io = no_memory(fetch);
	if (io == FETCH_IO_DONE || (io == FETCH_IO_FAILED && is_final(fetch)))
		fetch_done(fetch);
	else if (io == FETCH_IO_FAILED)
		fetch_go_on(fetch);
}

enum fetchfact_end
fetch_conn_late(const struct fetch *fetch, int64_t ms, struct buf *why)
{
	const struct fetch_conn *c = &fetch->conn;
	struct timefmt given;

	timefmt_duration(&given, ms);
	switch (c->step) {
	case FETCH_CONNECT:
		buf_putf(why, "no connection within %s", given.text);
		return fetch_has_proxy(fetch) ? FETCHFACT_PROXY
					      : FETCHFACT_TIMEOUT;
	case FETCH_TUNNEL:
		buf_putf(why, "no answer to CONNECT within %s", given.text);
		break;
	case FETCH_HANDSHAKE:
		buf_putf(why, "the TLS handshake was not finished within %s",
		    given.text);
		break;
	default:
		if (c->resp.head_len == 0)
			buf_putf(why, "no answer within %s", given.text);
		else
			buf_putf(why,
			    "the answer was not finished within %s: %zu bytes "
			    "of head and %zu of body came",
			    given.text, c->resp.head_len, c->resp.body.len);
		break;
	}
	return FETCHFACT_TIMEOUT;
}
