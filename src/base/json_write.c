/*
 * json_write.c - writing JSON
 *
 * Knows no JSON library: the text streams into a buf while it is made, and the
 * writer keeps only the depth and a bit for each level. RFC 8259.
 */
#include "base/json.h"

#include "base/timefmt.h"
#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>

void
js_begin(struct js_writer *w, struct buf *b, bool pretty)
{
	*w = (struct js_writer){ .b = b, .pretty = pretty };
}

/* new_line - in pretty texts, a line end and two blanks a level */
static void
new_line(struct js_writer *w)
{
	if (w->pretty)
		buf_putf(w->b, "\n%*s", (int)(2 * w->depth), "");
}

/* level - the bit of the innermost open value; 0 outside of all */
static uint64_t
level(const struct js_writer *w)
{
	return w->depth == 0 || w->depth > JS_DEPTH_MAX
	    ? 0
	    : UINT64_C(1) << (w->depth - 1);
}

/* item - what stands before a key, or before a value without one */
static void
item(struct js_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if ((w->has_members & level(w)) != 0)
		buf_putc(w->b, ',');
	w->has_members |= level(w);
	if (w->depth > 0)
		new_line(w);
}

/* open_value - "{" or "[" */
static void
open_value(struct js_writer *w, char c)
{
	item(w);
	buf_putc(w->b, c);
	w->depth++;
	if (w->depth > JS_DEPTH_MAX && buf_error(w->b) == MTASTS_OK)
		w->b->err = MTASTS_ELIMIT;
	w->has_members &= ~level(w);
}

/* close_value - "}" or "]" */
static void
close_value(struct js_writer *w, char c)
{
	bool members = (w->has_members & level(w)) != 0;

	assert(w->depth > 0 && !w->after_key);
	w->depth--;
	if (members)
		new_line(w);
	buf_putc(w->b, c);
}

void
js_object(struct js_writer *w)
{
	open_value(w, '{');
}

void
js_array(struct js_writer *w)
{
	open_value(w, '[');
}

void
js_end_object(struct js_writer *w)
{
	close_value(w, '}');
}

void
js_end_array(struct js_writer *w)
{
	close_value(w, ']');
}

/* put_code_point - one that cannot stand as it is */
static void
put_code_point(struct buf *b, uint32_t cp)
{
	switch (cp) {
	case '"':
	case '\\':
		buf_putf(b, "\\%c", (char)cp);
		break;
	case '\n':
		buf_puts(b, "\\n");
		break;
	case '\r':
		buf_puts(b, "\\r");
		break;
	case '\t':
		buf_puts(b, "\\t");
		break;
	default:
		if (cp <= 0xffff)
			buf_putf(b, "\\u%04x", cp);
		else
			buf_putf(b, "\\u%04x\\u%04x",
			    0xd800 + ((cp - 0x10000) >> 10),
			    0xdc00 + ((cp - 0x10000) & 0x3ff));
	}
}

/* is_plain - ASCII that can stand as it is */
static bool
is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

/* put_text - a quoted string; plain stretches go out in one write */
static void
put_text(struct buf *b, struct str s)
{
	size_t plain = 0, n;
	uint32_t cp;

	buf_putc(b, '"');
	while (plain < s.len) {
		if (is_plain(s.p[plain])) {
			plain++;
			continue;
		}
		cp = 0;
		n = utf8_next(str_sub(s, plain, s.len), &cp);
		if (n > 0 && utf8_printable(cp) && cp != '"' && cp != '\\') {
			plain += n;
			continue;
		}
		buf_put(b, s.p, plain);
		if (n == 0)
			buf_puts(b, "\xef\xbf\xbd"); /* U+FFFD */
		else
			put_code_point(b, cp);
		s = str_sub(s, plain + (n > 0 ? n : 1), s.len);
		plain = 0;
	}
	buf_put_str(b, s);
	buf_putc(b, '"');
}

void
js_key(struct js_writer *w, const char *key)
{
	item(w);
	put_text(w->b, str_of(key));
	buf_puts(w->b, w->pretty ? ": " : ":");
	w->after_key = true;
}

void
js_put_str(struct js_writer *w, struct str s)
{
	item(w);
	put_text(w->b, s);
}

void
js_put_int(struct js_writer *w, int64_t n)
{
	item(w);
	buf_putf(w->b, "%" PRId64, n);
}

void
js_put_bool(struct js_writer *w, bool v)
{
	item(w);
	buf_puts(w->b, v ? "true" : "false");
}

void
js_put_null(struct js_writer *w)
{
	item(w);
	buf_puts(w->b, "null");
}

void
js_kv_str(struct js_writer *w, const char *key, const char *text)
{
	js_key(w, key);
	if (text == NULL)
		js_put_null(w);
	else
		js_put_str(w, str_of(text));
}

void
js_kv_span(struct js_writer *w, const char *key, struct str s)
{
	js_key(w, key);
	if (s.len > 0)
		js_put_str(w, s);
	else
		js_put_null(w);
}

void
js_kv_time(struct js_writer *w, const char *key, int64_t at)
{
	struct timefmt t;

	js_kv_str(w, key, at > 0 ? timefmt_rfc3339(&t, at) : NULL);
}

void
js_kv_int(struct js_writer *w, const char *key, int64_t n)
{
	js_key(w, key);
	js_put_int(w, n);
}

void
js_kv_bool(struct js_writer *w, const char *key, bool v)
{
	js_key(w, key);
	js_put_bool(w, v);
}

/* kv_text - a key and its text, unless that is empty */
static void
kv_text(struct js_writer *w, const char *key, const char *text)
{
	if (*text != '\0')
		js_kv_str(w, key, text);
}

/* kv_place - a key and its number, unless that is zero */
static void
kv_place(struct js_writer *w, const char *key, unsigned n)
{
	if (n != 0)
		js_kv_int(w, key, n);
}

/* put_finding - one element of js_findings */
static void
put_finding(struct js_writer *w, const struct mtasts_finding *f)
{
	js_object(w);
	kv_text(w, "id", f->id);
	kv_text(w, "name", f->name);
	kv_text(w, "severity", mtasts_severity_name(f->severity));
	kv_text(w, "file", f->file);
	kv_place(w, "line", f->line);
	kv_place(w, "record", f->record);
	kv_place(w, "column", f->column);
	kv_text(w, "message", f->message);
	kv_text(w, "fix", f->fix);
	kv_text(w, "rfc", f->rfc);
	js_end_object(w);
}

void
js_findings(
    struct js_writer *w, const char *key, const struct mtasts_diags *diags)
{
	js_key(w, key);
	js_array(w);
	for (size_t i = 0; i < mtasts_diags_count(diags); i++)
		put_finding(w, mtasts_diags_get(diags, i));
	js_end_array(w);
}
