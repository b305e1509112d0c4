/*
 * smtp.c - mail servers, as the world has them
 *
 * They never take mail: MAIL, RCPT, DATA, BDAT and AUTH are offences, since
 * whoever looks at a server has no business with them.
 */
#include "smtp.h"
#include "tls.h"

#include <stdio.h>

#define LINE_MAX_LEN 1024
#define TARPIT_MS    600 /* a byte: 100 bytes a minute */
#define FLOOD_LEN    16384

/* One dialogue. */
struct talk {
	struct lab_conn *c;
	const struct lab_server *s;
	const char *name; /* the server's own */
	char in[LINE_MAX_LEN];
	size_t have;
};

/* read_line - a command without its end; false: none came */
static bool
read_line(struct talk *t, struct str *line, char copy[LINE_MAX_LEN])
{
	for (;;) {
		size_t n, end = str_chr(str_make(t->in, t->have), '\n');

		if (end < t->have) {
			memcpy(copy, t->in, end);
			*line = str_make(copy, end);
			if (str_ends(*line, STR("\r")))
				line->len--;
			t->have -= end + 1;
			memmove(t->in, t->in + end + 1, t->have);
			return true;
		}
		if (t->have == sizeof(t->in))
			return false;
		n = conn_read(t->c, t->in + t->have, sizeof(t->in) - t->have);
		if (n == 0)
			return false;
		t->have += n;
	}
}

/* say - a reply; false: the end */
static bool
say(struct talk *t, struct str text)
{
	if (!t->s->tarpit)
		return conn_write(t->c, text.p, text.len);
	for (size_t i = 0; i < text.len; i++) {
		if (!conn_write(t->c, text.p + i, 1) ||
		    !conn_sleep(t->c, TARPIT_MS))
			return false;
	}
	return true;
}

/* ehlo - the extensions; false: the end */
static bool
ehlo(struct talk *t)
{
	bool tls = t->c->ssl != NULL, ok;
	struct str words = str_of(tls ? t->s->ext_tls : t->s->ext), word;
	struct buf b;

	buf_init(&b, 4096);
	buf_putf(&b, "250%c%s\r\n", words.len > 0 ? '-' : ' ', t->name);
	while (words.len > 0) {
		str_cut(words, ' ', &word, &words);
		buf_puts(&b, words.len > 0 ? "250-" : "250 ");
		for (size_t i = 0; i < word.len; i++)
			buf_putc(&b, word.p[i] == '_' ? ' ' : word.p[i]);
		buf_puts(&b, "\r\n");
	}
	ok = buf_error(&b) == MTASTS_OK && say(t, buf_str(&b));
	buf_free(&b);
	return ok;
}

/* greet - the banner; false: the end */
static bool
greet(struct talk *t)
{
	const struct lab_server *s = t->s;
	struct buf b;
	bool ok;

	buf_init(&b, 2 * FLOOD_LEN);
	if (s->banner.len > 0)
		buf_put_str(&b, s->banner);
	else
		buf_putf(&b, "220 %s ESMTP laboratory", t->name);
	if (s->flood)
		while (b.len < FLOOD_LEN)
			buf_putc(&b, '*');
	if (s->banner.len == 0)
		buf_puts(&b, "\r\n");
	ok = buf_error(&b) == MTASTS_OK && say(t, buf_str(&b));
	buf_free(&b);
	/* Nobody has said EHLO yet. */
	return ok && (!s->early || ehlo(t));
}

/* starttls - true: the dialogue goes on */
static bool
starttls(struct talk *t)
{
	const struct lab_server *s = t->s;

	if (s->close_at == STEP_STARTTLS)
		return false;
	if (t->c->ssl != NULL || !lab_has_word(s->ext, "STARTTLS"))
		return conn_puts(t->c, "502 5.5.1 not here\r\n");
	if (s->starttls != NULL)
		return conn_puts(t->c, s->starttls) && conn_puts(t->c, "\r\n");
	if (!conn_puts(t->c,
		s->inject ? "220 2.0.0 go on\r\n250 2.0.0 injected\r\n"
			  : "220 2.0.0 go on\r\n"))
		return false;
	if (s->close_at == STEP_HANDSHAKE || !tls_accept(t->c))
		return false;
	/* What came in the clear behind the command counts for nothing. */
	t->have = 0;
	return true;
}

/* offence - a command that nobody who looks may send? */
static bool
offence(struct talk *t, struct str line)
{
	static const char *const verbs[] = { "MAIL", "RCPT", "DATA", "BDAT",
		"AUTH", "VRFY", "EXPN" };

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!str_starts_nocase(line, str_of(verbs[i])))
			continue;
		lab_offence(t->c->lab, "%s: %" STR_FMT, t->name, STR_ARG(line));
		return true;
	}
	return false;
}

/* command - answer one; false: the end */
static bool
command(struct talk *t, struct str line)
{
	if (str_starts_nocase(line, STR("EHLO"))) {
		if (t->s->close_at ==
		    (t->c->ssl != NULL ? STEP_TLS : STEP_EHLO))
			return false;
		return (t->s->early && t->c->ssl == NULL) || ehlo(t);
	}
	if (str_starts_nocase(line, STR("STARTTLS")))
		return starttls(t);
	if (str_starts_nocase(line, STR("QUIT"))) {
		say(t, STR("221 2.0.0 goodbye\r\n"));
		return false;
	}
	if (str_starts_nocase(line, STR("HELO")) ||
	    str_starts_nocase(line, STR("NOOP")) ||
	    str_starts_nocase(line, STR("RSET")))
		return say(t, STR("250 2.0.0 so be it\r\n"));
	if (offence(t, line))
		return say(t, STR("554 5.7.1 nobody takes mail here\r\n"));
	return say(t, STR("502 5.5.2 what is that?\r\n"));
}

/* first_name - of a list with commas */
static void
first_name(const char *names, char name[256])
{
	struct str first;

	str_cut(str_of(names), ',', &first, NULL);
	snprintf(name, 256, "%" STR_FMT, STR_ARG(first));
}

void
smtp_talk(struct lab_conn *c)
{
	struct lab_server usual = c->lab->scan_mx;
	struct talk t = { .c = c, .s = c->server != NULL ? c->server : &usual };
	char copy[LINE_MAX_LEN], name[256];
	struct str line;

	first_name(t.s->names, name);
	t.name = name;
	if (t.s->close_at == STEP_CONNECT)
		return;
	if (t.s->silent) {
		while (conn_read(c, copy, sizeof(copy)) > 0)
			;
		return;
	}
	if (!greet(&t) || t.s->close_at == STEP_BANNER)
		return;
	while (read_line(&t, &line, copy) && command(&t, line))
		;
}
