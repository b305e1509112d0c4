/*
 * buf.c - growable output with a hard cap
 *
 * All output passes through reserve(), which is the only place that grows and
 * the only one that fails. Escaping of strangers' bytes lives here too, for
 * every log line and message is made in a buf. Knows no file and no terminal.
 */
#include "base/buf.h"

#include "base/arena.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdio.h>

#define CAP_FIRST 64u

void
buf_init(struct buf *b, size_t max)
{
	/* One byte is needed for the terminator. */
	*b = (struct buf){ .max = max < SIZE_MAX ? max : SIZE_MAX - 1 };
}

void
buf_free(struct buf *b)
{
	mem_free(b->p);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->err = MTASTS_OK;
	if (b->p != NULL)
		b->p[0] = '\0';
}

/* reserve - room for len more bytes and the terminator; or the sticky error */
static bool
reserve(struct buf *b, size_t len)
{
	size_t need, cap;
	char *p;

	if (b->err != MTASTS_OK)
		return false;
	if (len > b->max - b->len) {
		b->err = MTASTS_ELIMIT;
		return false;
	}
	need = b->len + len + 1;
	if (need <= b->cap)
		return true;
	cap = b->cap > SIZE_MAX / 2 ? b->max + 1 : b->cap * 2;
	if (cap < CAP_FIRST)
		cap = CAP_FIRST;
	if (cap > b->max + 1)
		cap = b->max + 1;
	if (cap < need)
		cap = need;
	p = mem_grow(b->p, cap, 1);
	if (p == NULL) {
		b->err = MTASTS_ENOMEM;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void
buf_put(struct buf *b, const void *p, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len > 0)
		memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_put_str(struct buf *b, struct str s)
{
	buf_put(b, s.p, s.len);
}

void
buf_putc(struct buf *b, char c)
{
	if (!reserve(b, 1))
		return;
	b->p[b->len++] = c;
	b->p[b->len] = '\0';
}

void
buf_put_u64(struct buf *b, uint64_t n)
{
	char text[20];
	size_t i = sizeof(text);

	do {
		text[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_put(b, text + i, sizeof(text) - i);
}

void
buf_putf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vputf(b, fmt, ap);
	va_end(ap);
}

void
buf_vputf(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->cap - b->len;
	va_list again;
	int len;

	if (b->err != MTASTS_OK)
		return;
	/* Mostly there is room, and the first attempt is the last. */
	va_copy(again, ap);
	len = vsnprintf(b->p == NULL ? NULL : b->p + b->len, room, fmt, again);
	va_end(again);
	if (len < 0) {
		b->err = MTASTS_EINVAL; /* printf itself refuses */
	} else if ((size_t)len < room) {
		b->len += (size_t)len;
		return;
	} else if (reserve(b, (size_t)len)) {
		(void)vsnprintf(b->p + b->len, (size_t)len + 1, fmt, ap);
		b->len += (size_t)len;
		return;
	}
	buf_cut(b, b->len); /* drop what the attempt has left */
}

/* put_escaped - one byte that is not printable */
static void
put_escaped(struct buf *b, char c)
{
	switch (c) {
	case '\t':
		buf_puts(b, "\\t");
		break;
	case '\n':
		buf_puts(b, "\\n");
		break;
	case '\r':
		buf_puts(b, "\\r");
		break;
	default:
		buf_putf(b, "\\x%02X", (unsigned)(unsigned char)c);
	}
}

/* put_all - as buf_printable, with a choice about the backslash */
static void
put_all(struct buf *b, struct str s, size_t max_in, bool double_backslash)
{
	bool dots = false;

	while (s.len > 0 && !dots && b->err == MTASTS_OK) {
		uint32_t cp = 0;
		size_t n = utf8_next(s, &cp);
		bool safe = n > 0 && utf8_printable(cp);

		if (n == 0)
			n = 1;
		/* A code point is shown whole or not at all. */
		dots = n > max_in;
		if (dots) {
			buf_puts(b, "...");
		} else if (safe) {
			if (cp == '\\' && double_backslash)
				buf_putc(b, '\\');
			buf_put(b, s.p, n);
		} else {
			for (size_t i = 0; i < n; i++)
				put_escaped(b, s.p[i]);
		}
		max_in -= dots ? 0 : n;
		s = str_sub(s, n, s.len);
	}
}

void
buf_printable(struct buf *b, struct str s, size_t max_in)
{
	put_all(b, s, max_in, true);
}

void
buf_clean(struct buf *b, struct str s, size_t max_in)
{
	put_all(b, s, max_in, false);
}

void
buf_cut(struct buf *b, size_t len)
{
	assert(len <= b->len);
	b->len = len;
	if (b->p != NULL)
		b->p[len] = '\0';
}

enum mtasts_err
buf_error(const struct buf *b)
{
	return b->err;
}

struct str
buf_str(const struct buf *b)
{
	return str_make(b->p, b->len);
}

char *
buf_take(struct buf *b)
{
	char *p = NULL;

	/* A write of nothing makes the terminator. */
	if (b->err == MTASTS_OK && reserve(b, 0)) {
		p = b->p;
		p[b->len] = '\0';
		b->p = NULL;
	}
	buf_free(b);
	return p;
}
