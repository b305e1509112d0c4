/*
 * probe_conn.c - the connection of a probe, and the dialogue over it
 *
 * RFC 5321, RFC 3207. Moves bytes between the socket, TLS and core/smtpdlg;
 * what they mean is decided there. At the end it says QUIT where a server still
 * listens, and does not wait for what it answers.
 */
#include "io/probe.h"
#include "io/probe_int.h"

#include "base/timefmt.h"
#include "io/dial.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_MAX	     (64u << 10) /* waiting to be sent: more than needed */
#define READ_AT_ONCE 4096

static void on_ready(void *ctx);
static enum probe_io talk(struct probe *probe);

/* ---- the socket ---- */

/* send_out - as much of probe->out as the socket takes */
static void
send_out(struct probe *probe)
{
	struct str rest = buf_str(&probe->out);
	ssize_t n = 0;

	rest = str_sub(rest, probe->sent, rest.len);
	while (rest.len > 0 && n >= 0) {
		n = send(probe->fd, rest.p, rest.len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n > 0) {
			rest = str_sub(rest, (size_t)n, rest.len);
			probe->sent += (size_t)n;
		}
	}
	/* A broken connection: reading tells more about why. */
	if (rest.len == 0 || (n < 0 && errno != EAGAIN)) {
		buf_clear(&probe->out);
		probe->sent = 0;
	}
}

/* watch_for - wait for what the step needs; false: no memory */
static bool
watch_for(struct probe *probe)
{
	int what = LOOP_READ;

	if (probe->step == PROBE_CONNECT)
		what = LOOP_WRITE;
	else if (probe->out.len > 0)
		what |= LOOP_WRITE;
	if (what == probe->watched)
		return true;
	probe->watched = what;
	if (probe->watch != NULL)
		return loop_fd_set(probe->watch, what);
	probe->watch =
	    loop_fd(probe->p->loop, probe->fd, what, on_ready, probe);
	return probe->watch != NULL;
}

/* refuse - no connection, because of errno; "here": before a packet left */
static void
refuse(struct probe *probe, int error, bool here)
{
	const char *family =
	    ipnet_addr_is_v4(&probe->want.addr) ? "IPv4" : "IPv6";

	/* Said later, by a router, it is a matter of the way. */
	if (here && dial_no_way(error)) {
		probe_ended(probe, PROBEFACT_OURS,
		    "this machine has no way there by %s (%s)", family,
		    strerror(error));
		return;
	}
	switch (error) {
	case ECONNREFUSED:
		probe_ended(probe, PROBEFACT_REFUSED,
		    "it refused the connection to port %u", probe->want.port);
		break;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		probe_ended(probe, PROBEFACT_OURS,
		    "this machine made no connection: %s", strerror(error));
		break;
	case ETIMEDOUT:
		probe_ended(probe, PROBEFACT_TIMEOUT,
		    "no connection to port %u: the system gave up",
		    probe->want.port);
		break;
	default:
		probe_ended(probe, PROBEFACT_UNREACHABLE,
		    "no connection to port %u: %s", probe->want.port,
		    strerror(error));
		break;
	}
}

/* no_memory - the probe ends for our own reason */
static enum probe_io
no_memory(struct probe *probe)
{
	probe_ended(probe, PROBEFACT_OURS, "memory is short");
	return PROBE_IO_FAILED;
}

bool
probe_conn_start(struct probe *probe)
{
	buf_init(&probe->out, OUT_MAX);
	probe->fd = dial_start(&probe->want.addr, probe->want.port);
	if (probe->fd < 0) {
		refuse(probe, errno, true);
		return false;
	}
	probe->step = PROBE_CONNECT;
	if (watch_for(probe))
		return true;
	probe->step = PROBE_IDLE;
	(void)no_memory(probe);
	return false;
}

/* ---- the steps; each says whether the probe goes on waiting ---- */

/* over - the dialogue has ended by itself */
static enum probe_io
over(struct probe *probe)
{
	probe_ended(probe, probe->dlg.end, "%" STR_FMT,
	    STR_ARG(buf_str(&probe->dlg.why)));
	return PROBE_IO_DONE;
}

/* say - send what the dialogue has to say; false: no memory */
static bool
say(struct probe *probe, struct str line)
{
	if (probe->ssl != NULL)
		return probe_tls_write(probe, line);
	buf_put_str(&probe->out, line);
	return buf_error(&probe->out) == MTASTS_OK;
}

/* read_some - bytes of the server, out of TLS when there is TLS */
static enum probe_io
read_some(struct probe *probe, char *p, size_t size, size_t *len)
{
	ssize_t n;

	if (probe->ssl != NULL)
		return probe_tls_read(probe, p, size, len);
	do
		n = recv(probe->fd, p, size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return PROBE_IO_WAIT;
	*len = n > 0 ? (size_t)n : 0;
	probe->received += *len;
	probe->at_eof = n <= 0;
	return n > 0 ? PROBE_IO_DONE : PROBE_IO_FAILED;
}

/* feed - give bytes to the dialogue, and say what it says */
static enum smtpdlg_step
feed(struct probe *probe, struct str bytes)
{
	enum smtpdlg_step step = smtpdlg_feed(&probe->dlg, &bytes);

	while (step == SMTPDLG_SEND && say(probe, smtpdlg_line(&probe->dlg)))
		step = smtpdlg_feed(&probe->dlg, &bytes);
	return step;
}

/* flooded - it said more than any server needs to */
static enum probe_io
flooded(struct probe *probe)
{
	probe_ended(probe,
	    probe->secured ? PROBEFACT_AFTER_TLS : PROBEFACT_NO_SMTP,
	    "it sent more than %zu bytes", PROBE_BYTES_MAX);
	return PROBE_IO_DONE;
}

/* shake - go on with the handshake; behind it EHLO once more */
static enum probe_io
shake(struct probe *probe)
{
	enum probe_io io = probe_tls_handshake(probe);

	if (io != PROBE_IO_DONE || probe->want.kind == PROBE_TLS)
		return io;
	probe->step = PROBE_TALK;
	if (smtpdlg_secured(&probe->dlg) != SMTPDLG_SEND ||
	    !say(probe, smtpdlg_line(&probe->dlg)))
		return no_memory(probe);
	/* Some may be here already, where no watch sees it. */
	return talk(probe);
}

/* begin_tls - over the connection as it is now */
static enum probe_io
begin_tls(struct probe *probe)
{
	probe->step = PROBE_SHAKE;
	return probe_tls_begin(probe) ? shake(probe) : no_memory(probe);
}

/* talk - as much of the dialogue as there is */
static enum probe_io
talk(struct probe *probe)
{
	enum smtpdlg_step step = SMTPDLG_MORE;
	char room[READ_AT_ONCE];
	enum probe_io io;
	size_t len = 0;

	while (step == SMTPDLG_MORE || step == SMTPDLG_TLS) {
		io = read_some(probe, room, sizeof(room), &len);
		if (io == PROBE_IO_FAILED)
			step = smtpdlg_closed(&probe->dlg);
		else if (io == PROBE_IO_DONE)
			step = feed(probe, str_make(room, len));
		/* After consent it is our turn: all else is injected. */
		else if (step == SMTPDLG_TLS)
			return begin_tls(probe);
		else
			return PROBE_IO_WAIT;
		if (probe->flooded ||
		    (probe->received > PROBE_BYTES_MAX && step != SMTPDLG_OVER))
			return flooded(probe);
	}
	return step == SMTPDLG_OVER ? over(probe) : no_memory(probe);
}

/* connected - the connection is there, or the reason why it is not */
static enum probe_io
connected(struct probe *probe)
{
	int error = dial_error(probe->fd);

	if (error != 0) {
		refuse(probe, error, false);
		return PROBE_IO_FAILED;
	}
	probe->step = PROBE_TALK;
	return probe->want.kind == PROBE_TLS ? begin_tls(probe) : talk(probe);
}

/* on_ready - the socket can be read or written */
static void
on_ready(void *ctx)
{
	static enum probe_io (*const steps[])(struct probe *) = {
		[PROBE_CONNECT] = connected,
		[PROBE_TALK] = talk,
		[PROBE_SHAKE] = shake,
	};
	struct probe *probe = ctx;
	enum probe_io io = steps[probe->step](probe);

	send_out(probe);
	if (io == PROBE_IO_WAIT && !watch_for(probe))
		io = no_memory(probe);
	if (io != PROBE_IO_WAIT)
		probe_done(probe);
}

/* ---- the end ---- */

void
probe_conn_late(struct probe *probe)
{
	int64_t ms = probe->p->timeout_ms;
	struct timefmt given;

	timefmt_duration(&given, ms);
	if (probe->step == PROBE_CONNECT) {
		probe_ended(probe, PROBEFACT_TIMEOUT,
		    "no connection to port %u within %s", probe->want.port,
		    given.text);
	} else if (probe->want.kind == PROBE_TLS) {
		probe_ended(probe, PROBEFACT_TLS_LATE,
		    "the TLS handshake was not finished within %s", given.text);
	} else {
		(void)smtpdlg_late(&probe->dlg, ms);
		(void)over(probe);
	}
}

/* listens - would it be glad to hear QUIT? */
static bool
listens(const struct probe *probe)
{
	return probe->step == PROBE_TALK && !probe->at_eof &&
	    probe->dlg.greeting_code != 0 && probe->end != PROBEFACT_OK &&
	    probe->end != PROBEFACT_INJECTED &&
	    (probe->ssl == NULL || probe->secured);
}

void
probe_conn_close(struct probe *probe)
{
	if (probe->fd >= 0 && listens(probe))
		(void)say(probe, STR("QUIT\r\n"));
	probe_tls_end(probe);
	loop_watch_close(probe->watch);
	probe->watch = NULL;
	if (probe->fd >= 0) {
		send_out(probe);
		close(probe->fd);
		probe->fd = -1;
	}
	buf_free(&probe->out);
}
