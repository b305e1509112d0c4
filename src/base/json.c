/*
 * json.c - reading and writing JSON
 *
 * The one room that knows jansson; a struct js is a json_t under another name.
 * jansson is strict (UTF-8, duplicate keys, integers in range) but bounds
 * neither depth nor size as we want, hence one pass over the text before it.
 * Its memory is its own: jansson calls malloc, not base/arena. The writer is
 * ours, for it streams. RFC 8259, RFC 7493.
 * BUGS: jansson reports a lack of memory inside a string as bad syntax.
 */
#include "base/json.h"

#include "base/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>

const struct diag_rule js_rules[JS_RULES] = {
	[JS_SYNTAX] = { "", "json-syntax", MTASTS_ERROR, true, "RFC 8259",
	    "Write well-formed JSON in UTF-8; a JSON checker shows the place." },
	[JS_DUPLICATE] = { "", "json-duplicate-key", MTASTS_ERROR, true,
	    "RFC 7493 section 2.3", "Write each key of an object once." },
	[JS_NUMBER] = { "", "json-number", MTASTS_ERROR, true,
	    "RFC 7493 section 2.2",
	    "Write numbers that fit into 64 bits; count events, not bytes." },
	[JS_LIMIT] = { "", "json-limit", MTASTS_ERROR, true,
	    "RFC 8259 section 9", "Split the document into smaller ones." },
};

/* place - line and byte column of an offset into the text */
static struct diag_place
place(struct str text, const char *file, size_t offset)
{
	struct diag_place at = { .file = file, .line = 1 };
	struct str rest = str_sub(text, 0, offset);
	struct str after;

	while (str_cut(rest, '\n', NULL, &after)) {
		rest = after;
		at.line++;
	}
	at.column = (unsigned)rest.len + 1;
	return at;
}

/* What one pass over the text sees of its size. */
struct scan {
	bool in_string;
	bool escaped;
	size_t depth;
	size_t values;
};

/* scan_byte - false when this byte is over a limit */
static bool
scan_byte(struct scan *s, char c)
{
	if (s->in_string) {
		if (!s->escaped && c == '"')
			s->in_string = false;
		s->escaped = !s->escaped && c == '\\';
		return true;
	}
	switch (c) {
	case '"':
		s->in_string = true;
		break;
	case '[':
	case '{':
		s->depth++;
		s->values++;
		break;
	case ']':
	case '}':
		s->depth -= s->depth > 0;
		break;
	case ',':
		s->values++;
		break;
	}
	return s->depth <= JS_DEPTH_MAX && s->values <= JS_VALUES_MAX;
}

/* check_limits - refuse what would cost too much, before anything is built */
static enum mtasts_err
check_limits(struct str text, const char *file, struct mtasts_diags *diags)
{
	struct scan s = { 0 };
	size_t i;

	if (text.len > JS_MAX) {
		diag_add(diags, &js_rules[JS_LIMIT],
		    (struct diag_place){ .file = file },
		    "The JSON document has %zu bytes, more than %u.", text.len,
		    JS_MAX);
		return MTASTS_ELIMIT;
	}
	for (i = 0; i < text.len; i++)
		if (!scan_byte(&s, text.p[i]))
			break;
	if (i == text.len)
		return MTASTS_OK;
	if (s.depth > JS_DEPTH_MAX)
		diag_add(diags, &js_rules[JS_LIMIT], place(text, file, i),
		    "Arrays and objects are nested more than %d deep.",
		    JS_DEPTH_MAX);
	else
		diag_add(diags, &js_rules[JS_LIMIT], place(text, file, i),
		    "The JSON document has more than %u values.",
		    JS_VALUES_MAX);
	return MTASTS_ELIMIT;
}

/* rule_of - which finding an error of jansson is */
static const struct diag_rule *
rule_of(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		return &js_rules[JS_DUPLICATE];
	case json_error_numeric_overflow:
		return &js_rules[JS_NUMBER];
	default:
		return &js_rules[JS_SYNTAX];
	}
}

enum mtasts_err
js_parse(struct str text, const char *file, struct js **out,
    struct mtasts_diags *diags)
{
	enum mtasts_err err = check_limits(text, file, diags);
	json_error_t error;
	json_t *root;
	size_t at;

	if (err != MTASTS_OK)
		return err;
	/* jansson takes a null pointer for a wrong call. */
	root = json_loadb(text.len == 0 ? "" : text.p, text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (root != NULL) {
		*out = (struct js *)root;
		return MTASTS_OK;
	}
	if (error.text[0] == '\0' ||
	    json_error_code(&error) == json_error_out_of_memory)
		return MTASTS_ENOMEM;
	/* The position is behind the byte that was wrong. */
	at = error.position > 0 ? (size_t)error.position - 1 : 0;
	/* It may quote the text: diag makes that printable. */
	diag_add(diags, rule_of(&error), place(text, file, at),
	    "The JSON reader says: %s.", error.text);
	return MTASTS_ESYNTAX;
}

void
js_free(struct js *v)
{
	json_decref((json_t *)v);
}

/* lib - the library's view of a value; it counts references, we never do */
static json_t *
lib(const struct js *v)
{
	return (json_t *)v;
}

bool
js_is_object(const struct js *v)
{
	return json_is_object(lib(v));
}

bool
js_is_array(const struct js *v)
{
	return json_is_array(lib(v));
}

bool
js_is_string(const struct js *v)
{
	return json_is_string(lib(v));
}

const struct js *
js_get(const struct js *v, const char *key)
{
	return (const struct js *)json_object_get(lib(v), key);
}

size_t
js_len(const struct js *v)
{
	return js_is_array(v) ? json_array_size(lib(v))
			      : json_object_size(lib(v));
}

const struct js *
js_at(const struct js *v, size_t i)
{
	return (const struct js *)json_array_get(lib(v), i);
}

const struct js *
js_member(const struct js *v, size_t i, const char **key)
{
	void *iter;

	if (i >= js_len(v) || !js_is_object(v))
		return NULL;
	if (i == 0)
		iter = json_object_iter(lib(v));
	else
		iter = json_object_iter_next(
		    lib(v), json_object_key_to_iter(*key));
	if (iter == NULL)
		return NULL;
	*key = json_object_iter_key(iter);
	return (const struct js *)json_object_iter_value(iter);
}

bool
js_str(const struct js *v, struct str *out)
{
	if (!js_is_string(v))
		return false;
	*out = str_make(json_string_value(lib(v)), json_string_length(lib(v)));
	return true;
}

bool
js_int(const struct js *v, int64_t *out)
{
	if (!json_is_integer(lib(v)))
		return false;
	*out = json_integer_value(lib(v));
	return true;
}

bool
js_bool(const struct js *v, bool *out)
{
	if (!json_is_boolean(lib(v)))
		return false;
	*out = json_is_true(lib(v));
	return true;
}

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

/* put_text - a quoted string; plain stretches go out in one write */
static void
put_text(struct buf *b, struct str s)
{
	size_t plain = 0;

	buf_putc(b, '"');
	while (plain < s.len) {
		uint32_t cp = 0;
		size_t n = utf8_next(str_sub(s, plain, s.len), &cp);

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
