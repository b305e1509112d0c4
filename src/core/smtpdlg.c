/*
 * smtpdlg.c - the STARTTLS dialogue of a client that only looks
 *
 * RFC 5321 sections 4.1.1.1 and 4.2, RFC 3207. A line ends with LF, whether CR
 * stands before it or not; all lines of a reply have the same code. Whatever
 * the server says, it says in lines: only a line's length, a reply's length,
 * and a first byte that no text begins with end the reading of it early, so
 * that the outcome does not depend on how the bytes were parted. HELO is never
 * tried: without EHLO there is no STARTTLS. Knows no socket, clock or TLS.
 */
#include "core/smtpdlg.h"

#include "base/timefmt.h"

#define WHY_MAX	   1000
#define OUT_MAX	   600 /* EHLO and a name */
#define SAID_SHOWN 200 /* bytes of what a server says */
#define PRINTED(n) (4 * (n) + 8) /* bytes of so many, made printable */
#define CODE_LEN   3
#define TLS_ALERT  0x15
#define TLS_SHAKE  0x16
#define EXTENSION(n)               \
	{                          \
#n, sizeof(#n) - 1 \
	}

static const struct {
	struct str name;
	unsigned bit;
} extensions[] = {
	{ EXTENSION(STARTTLS), PROBEFACT_STARTTLS },
	{ EXTENSION(REQUIRETLS), PROBEFACT_REQUIRETLS },
	{ EXTENSION(PIPELINING), PROBEFACT_PIPELINING },
	{ EXTENSION(SIZE), PROBEFACT_SIZE },
	{ EXTENSION(8BITMIME), PROBEFACT_8BITMIME },
	{ EXTENSION(SMTPUTF8), PROBEFACT_SMTPUTF8 },
	{ EXTENSION(CHUNKING), PROBEFACT_CHUNKING },
	{ EXTENSION(DSN), PROBEFACT_DSN },
	{ EXTENSION(AUTH), PROBEFACT_AUTH },
};

/* What is waited for in a state. */
static const char *const awaited[] = {
	[SMTPDLG_GREETING] = "greeting",
	[SMTPDLG_EHLO] = "reply to EHLO",
	[SMTPDLG_STARTTLS] = "reply to STARTTLS",
	[SMTPDLG_HANDSHAKE] = "end of the TLS handshake",
	[SMTPDLG_EHLO_TLS] = "reply to EHLO over TLS",
	[SMTPDLG_QUIT] = "",
	[SMTPDLG_ENDED] = "",
};

void
smtpdlg_init(struct smtpdlg *d, const char *helo)
{
	*d = (struct smtpdlg){ .state = SMTPDLG_GREETING, .helo = helo };
	buf_init(&d->why, WHY_MAX);
	buf_init(&d->greeting, PRINTED(SAID_SHOWN));
	buf_init(&d->line, SMTPDLG_LINE_MAX + 1);
	buf_init(&d->said, SAID_SHOWN);
	buf_init(&d->out, OUT_MAX);
}

void
smtpdlg_free(struct smtpdlg *d)
{
	buf_free(&d->why);
	buf_free(&d->greeting);
	buf_free(&d->line);
	buf_free(&d->said);
	buf_free(&d->out);
}

/* ---- how it ends ---- */

/* over - the end; over TLS each failure is one of the server behind it */
static enum smtpdlg_step
over(struct smtpdlg *d, enum probefact_end end)
{
	if (d->state == SMTPDLG_EHLO_TLS && end != PROBEFACT_OURS)
		end = PROBEFACT_AFTER_TLS;
	d->state = SMTPDLG_ENDED;
	d->end = end;
	return SMTPDLG_OVER;
}

/* fail - the end, with a sentence */
static enum smtpdlg_step __attribute__((format(printf, 3, 4)))
fail(struct smtpdlg *d, enum probefact_end end, const char *fmt, ...)
{
	va_list ap;

	buf_clear(&d->why);
	va_start(ap, fmt);
	buf_vputf(&d->why, fmt, ap);
	va_end(ap);
	return over(d, end);
}

/* fail_said - the same, and behind it what the server said */
static enum smtpdlg_step
fail_said(struct smtpdlg *d, enum probefact_end end, const char *what,
    struct str said)
{
	buf_clear(&d->why);
	buf_puts(&d->why, what);
	buf_puts(&d->why, ": \"");
	buf_printable(&d->why, said, SAID_SHOWN);
	buf_putc(&d->why, '"');
	return over(d, end);
}

/* refused - the end because of a reply, which is quoted */
static enum smtpdlg_step
refused(struct smtpdlg *d, enum probefact_end end, const char *what)
{
	int code = d->code;

	buf_clear(&d->why);
	buf_putf(&d->why, "%s with code %d", what, code);
	if (d->said.len > 0) {
		buf_puts(&d->why, ": \"");
		buf_printable(&d->why, buf_str(&d->said), SAID_SHOWN);
		buf_putc(&d->why, '"');
	}
	return over(d, end);
}

/* no_smtp - the end because a line is none of SMTP */
static enum smtpdlg_step
no_smtp(struct smtpdlg *d, struct str line)
{
	const char *what = "it does not speak SMTP";

	if (d->state != SMTPDLG_GREETING)
		what = "it said something that is no reply of SMTP";
	else if (str_starts(line, STR("HTTP/")))
		what = "it is a web server: it speaks HTTP, not SMTP";
	else if (str_starts(line, STR("SSH-")))
		what = "it is an SSH server, not one for mail";
	else if (str_starts(line, STR("+OK")))
		what = "it is a POP3 server: it speaks no SMTP";
	else if (str_starts(line, STR("* OK")))
		what = "it is an IMAP server: it speaks no SMTP";
	return fail_said(d, PROBEFACT_NO_SMTP, what, line);
}

/* ---- our turn ---- */

/* say - a line to be sent, and what will be waited for then */
static enum smtpdlg_step
say(struct smtpdlg *d, enum smtpdlg_state next, const char *verb,
    const char *word)
{
	d->state = next;
	buf_clear(&d->out);
	buf_puts(&d->out, verb);
	buf_puts(&d->out, word);
	buf_puts(&d->out, "\r\n");
	if (buf_error(&d->out) != MTASTS_OK)
		return fail(d, PROBEFACT_OURS, "memory is short");
	return SMTPDLG_SEND;
}

/* greeted - the greeting is whole */
static enum smtpdlg_step
greeted(struct smtpdlg *d)
{
	switch (d->code / 100) {
	case 4:
		return refused(d, PROBEFACT_BUSY, "it turned us away for now");
	case 5:
		return refused(d, PROBEFACT_REJECTED, "it turned us away");
	default:
		break;
	}
	if (d->code != 220)
		return refused(d, PROBEFACT_NO_SMTP, "it greeted");
	return say(d, SMTPDLG_EHLO, "EHLO ", d->helo);
}

/* told_extensions - the reply to EHLO is whole */
static enum smtpdlg_step
told_extensions(struct smtpdlg *d)
{
	if (d->code != 250)
		return refused(d, PROBEFACT_EHLO, "it refused EHLO");
	if (d->ext_clear & PROBEFACT_STARTTLS)
		return say(d, SMTPDLG_STARTTLS, "STARTTLS", "");
	return fail(d, PROBEFACT_NO_STARTTLS,
	    "it does not offer STARTTLS: its reply to EHLO has %u line%s "
	    "without it",
	    d->reply_lines, d->reply_lines == 1 ? "" : "s");
}

/* told_starttls - the reply to STARTTLS is whole */
static enum smtpdlg_step
told_starttls(struct smtpdlg *d)
{
	if (d->code == 220) {
		d->state = SMTPDLG_HANDSHAKE;
		return SMTPDLG_TLS;
	}
	if (d->code / 100 == 4)
		return refused(d, PROBEFACT_STARTTLS_LATER,
		    "it offers STARTTLS and refused it for now");
	return refused(
	    d, PROBEFACT_STARTTLS_NEVER, "it offers STARTTLS and refused it");
}

/* told_again - the reply to EHLO over TLS is whole */
static enum smtpdlg_step
told_again(struct smtpdlg *d)
{
	if (d->code != 250)
		return refused(
		    d, PROBEFACT_AFTER_TLS, "it refused EHLO over TLS");
	return say(d, SMTPDLG_QUIT, "QUIT", "");
}

/* reply_over - the last line of a reply was read */
static enum smtpdlg_step
reply_over(struct smtpdlg *d)
{
	static enum smtpdlg_step (*const next[])(struct smtpdlg *) = {
		[SMTPDLG_GREETING] = greeted,
		[SMTPDLG_EHLO] = told_extensions,
		[SMTPDLG_STARTTLS] = told_starttls,
		[SMTPDLG_EHLO_TLS] = told_again,
	};
	enum smtpdlg_step step;

	/* RFC 5321 section 3.8: a server may go at any time. */
	if (d->code == 421)
		step = refused(d, PROBEFACT_BUSY, "it closes the connection");
	else
		step = next[d->state](d);
	d->code = 0;
	d->reply_len = 0;
	d->reply_lines = 0;
	return step;
}

/* ---- its turn: lines ---- */

/* read_code - the three digits that a line begins with, or 0 */
static int
read_code(struct str line)
{
	int i, code = 0;

	if (line.len < CODE_LEN || line.p[0] < '2' || line.p[0] > '5')
		return 0;
	for (i = 0; i < CODE_LEN; i++) {
		if (!ascii_digit(line.p[i]))
			return 0;
		code = 10 * code + (line.p[i] - '0');
	}
	return code;
}

/* read_extension - the keyword of a line, when it is one we know */
static void
read_extension(struct smtpdlg *d, struct str text)
{
	unsigned *set =
	    d->state == SMTPDLG_EHLO_TLS ? &d->ext_tls : &d->ext_clear;
	size_t i, len = 0;

	/* "AUTH=LOGIN" stands beside AUTH for clients of old. */
	while (len < text.len && !ascii_wsp(text.p[len]) && text.p[len] != '=')
		len++;
	text.len = len;
	for (i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (str_eq_nocase(text, extensions[i].name))
			*set |= extensions[i].bit;
}

/* keep_first - remember the first line of a reply */
static void
keep_first(struct smtpdlg *d, int code, struct str text)
{
	d->code = code;
	buf_clear(&d->said);
	buf_put_str(&d->said, str_sub(text, 0, SAID_SHOWN));
	if (d->state != SMTPDLG_GREETING)
		return;
	d->greeting_code = code;
	buf_printable(&d->greeting, text, SAID_SHOWN);
}

/* take_line - one line of a reply, without its end */
static enum smtpdlg_step
take_line(struct smtpdlg *d, struct str line)
{
	int code = read_code(line);
	struct str text = str_sub(line, CODE_LEN + 1, line.len);
	bool last = line.len == CODE_LEN;

	if (code == 0 ||
	    (!last && line.p[CODE_LEN] != ' ' && line.p[CODE_LEN] != '-'))
		return no_smtp(d, line);
	last = last || line.p[CODE_LEN] == ' ';
	if (d->reply_lines > 0 && code != d->code)
		return fail(d, PROBEFACT_NO_SMTP,
		    "its %s begins with code %d and goes on with %d",
		    awaited[d->state], d->code, code);
	if (d->reply_lines == 0)
		keep_first(d, code, text);
	else if (code == 250 &&
	    (d->state == SMTPDLG_EHLO || d->state == SMTPDLG_EHLO_TLS))
		read_extension(d, text);
	d->reply_lines++;
	return last ? reply_over(d) : SMTPDLG_MORE;
}

/* is_text - can a line of text begin with this byte? */
static bool
is_text(unsigned char c)
{
	return (c >= ' ' && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

/* judge_first - the end when a line begins with what is no text at all */
static enum smtpdlg_step
judge_first(struct smtpdlg *d, unsigned char c)
{
	if (is_text(c))
		return SMTPDLG_MORE;
	if (c == TLS_ALERT || c == TLS_SHAKE)
		return fail(d, PROBEFACT_NO_SMTP,
		    "it speaks TLS where a line of SMTP should be");
	return fail(d, PROBEFACT_NO_SMTP,
	    "it does not speak SMTP: its %s begins with byte 0x%02x",
	    awaited[d->state], c);
}

/*
 * take_bytes - more of a line, up to its end or the bound
 *
 * True when the line is whole; it stands in d->line without LF.
 */
static bool
take_bytes(struct smtpdlg *d, struct str *bytes)
{
	size_t room = SMTPDLG_LINE_MAX + 1 - d->line.len;
	struct str part = str_sub(*bytes, 0, room);
	size_t lf = str_chr(part, '\n');
	bool whole = lf < part.len;
	size_t used = whole ? lf + 1 : lf;

	buf_put_str(&d->line, str_sub(part, 0, lf));
	d->reply_len += used;
	*bytes = str_sub(*bytes, used, bytes->len);
	return whole;
}

/* judge_bounds - the end when a line or reply has no end */
static enum smtpdlg_step
judge_bounds(struct smtpdlg *d)
{
	if (d->line.len > SMTPDLG_LINE_MAX)
		return fail(d, PROBEFACT_NO_SMTP,
		    "its %s has a line of more than %d bytes",
		    awaited[d->state], SMTPDLG_LINE_MAX);
	if (d->reply_len > SMTPDLG_REPLY_MAX)
		return fail(d, PROBEFACT_NO_SMTP,
		    "its %s has more than %d bytes and no end",
		    awaited[d->state], SMTPDLG_REPLY_MAX);
	return SMTPDLG_MORE;
}

/* next_line - read on to the end of a line, and take it */
static enum smtpdlg_step
next_line(struct smtpdlg *d, struct str *bytes)
{
	enum smtpdlg_step step = SMTPDLG_MORE;
	struct str line;
	bool whole;

	if (d->line.len == 0)
		step = judge_first(d, (unsigned char)bytes->p[0]);
	if (step != SMTPDLG_MORE)
		return step;
	whole = take_bytes(d, bytes);
	step = judge_bounds(d);
	if (buf_error(&d->line) != MTASTS_OK)
		return fail(d, PROBEFACT_OURS, "memory is short");
	if (step != SMTPDLG_MORE || !whole)
		return step;
	line = buf_str(&d->line);
	if (str_ends(line, STR("\r")))
		line.len--;
	step = take_line(d, line);
	buf_clear(&d->line);
	return step;
}

/* ours - was memory short somewhere? Then nothing is known of the server */
static bool
ours(const struct smtpdlg *d)
{
	return buf_error(&d->said) != MTASTS_OK ||
	    buf_error(&d->greeting) != MTASTS_OK ||
	    buf_error(&d->why) == MTASTS_ENOMEM;
}

/* injected - sent in the clear, meant to be taken for a word over TLS */
static enum smtpdlg_step
injected(struct smtpdlg *d, struct str bytes)
{
	return fail_said(d, PROBEFACT_INJECTED,
	    "it sent more in the clear behind its consent to STARTTLS", bytes);
}

enum smtpdlg_step
smtpdlg_feed(struct smtpdlg *d, struct str *bytes)
{
	enum smtpdlg_step step = SMTPDLG_MORE;

	if (d->state == SMTPDLG_ENDED)
		return SMTPDLG_OVER;
	/* QUIT was sent; what it says to that does not matter. */
	if (d->state == SMTPDLG_QUIT)
		return over(d, PROBEFACT_OK);
	if (d->state == SMTPDLG_HANDSHAKE)
		step = SMTPDLG_TLS;
	while (step == SMTPDLG_MORE && bytes->len > 0) {
		step = next_line(d, bytes);
		if (ours(d))
			step = fail(d, PROBEFACT_OURS, "memory is short");
	}
	if (step == SMTPDLG_SEND && bytes->len > 0)
		d->early = true;
	if (step == SMTPDLG_TLS && bytes->len > 0)
		return injected(d, *bytes);
	return step;
}

struct str
smtpdlg_line(const struct smtpdlg *d)
{
	return buf_str(&d->out);
}

enum smtpdlg_step
smtpdlg_secured(struct smtpdlg *d)
{
	return say(d, SMTPDLG_EHLO_TLS, "EHLO ", d->helo);
}

/* ---- no more bytes ---- */

/* half_said - is there a part of a line or reply? */
static bool
half_said(const struct smtpdlg *d)
{
	return d->line.len > 0 || d->reply_lines > 0;
}

/* what_came - the part of a line that came, else the reply's first line */
static struct str
what_came(const struct smtpdlg *d)
{
	return buf_str(d->line.len > 0 ? &d->line : &d->said);
}

enum smtpdlg_step
smtpdlg_closed(struct smtpdlg *d)
{
	switch (d->state) {
	case SMTPDLG_ENDED:
		return SMTPDLG_OVER;
	case SMTPDLG_QUIT:
		return over(d, PROBEFACT_OK);
	case SMTPDLG_HANDSHAKE:
		return fail(d, PROBEFACT_TLS,
		    "it closed the connection during the TLS handshake");
	default:
		break;
	}
	/* No line ever came to its end: perhaps another protocol. */
	if (d->state == SMTPDLG_GREETING && d->line.len > 0 &&
	    !ascii_digit(d->line.p[0]))
		return no_smtp(d, buf_str(&d->line));
	if (!half_said(d))
		return fail(d, PROBEFACT_CLOSED,
		    "it closed the connection without a %s", awaited[d->state]);
	buf_clear(&d->why);
	buf_putf(&d->why, "it closed the connection amid its %s: \"",
	    awaited[d->state]);
	buf_printable(&d->why, what_came(d), SAID_SHOWN);
	buf_putc(&d->why, '"');
	return over(d, PROBEFACT_CLOSED);
}

enum smtpdlg_step
smtpdlg_late(struct smtpdlg *d, int64_t waited_ms)
{
	struct timefmt waited;

	timefmt_duration(&waited, waited_ms);
	switch (d->state) {
	case SMTPDLG_ENDED:
		return SMTPDLG_OVER;
	case SMTPDLG_QUIT:
		return over(d, PROBEFACT_OK);
	case SMTPDLG_HANDSHAKE:
		return fail(d, PROBEFACT_TLS_LATE,
		    "the TLS handshake was not finished within %s",
		    waited.text);
	default:
		break;
	}
	if (!half_said(d))
		return fail(d, PROBEFACT_SILENT, "it sent no %s within %s",
		    awaited[d->state], waited.text);
	buf_clear(&d->why);
	buf_putf(&d->why, "its %s was not finished within %s: \"",
	    awaited[d->state], waited.text);
	buf_printable(&d->why, what_came(d), SAID_SHOWN);
	buf_putc(&d->why, '"');
	return over(d, PROBEFACT_SILENT);
}
