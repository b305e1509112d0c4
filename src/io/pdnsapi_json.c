/*
 * pdnsapi_json.c - what PowerDNS's API is told, and what it tells
 *
 * https://doc.powerdns.com/authoritative/http-api/zone.html. Values are in the
 * form of zone files: RFC 1035 section 5.1. No sockets here.
 */
#include "io/pdnsapi.h"

#include "base/json.h"
#include "core/zone_walk.h"

#define VALUES_MAX 1000 /* of one RRset */
#define REASON_MAX 200

/* put_value - a value in the form of zone files */
static void
put_value(struct js_writer *w, enum dnstype type, struct str value)
{
	struct buf text;
	struct zone_quote q = { &text, ZONE_LAYER_NONE, '\0' };

	buf_init(&text, 1u << 20);
	if (type == DNSTYPE_TXT) {
		zone_quote_putc(&q, '"');
		zone_quote_strings(&q, value, "\" \"");
		zone_quote_putc(&q, '"');
	} else {
		buf_put_str(&text, value);
	}
	if (type == DNSTYPE_CNAME)
		buf_putc(&text, '.');
	js_put_str(w, buf_str(&text));
	if (buf_error(&text) != MTASTS_OK)
		w->b->err = buf_error(&text);
	buf_free(&text);
}

/* put_change - one RRset */
static void
put_change(struct js_writer *w, const struct dnschange *c)
{
	struct buf name;

	buf_init(&name, 300);
	buf_putf(&name, "%s.", c->name);
	js_object(w);
	js_kv_span(w, "name", buf_str(&name));
	buf_free(&name);
	js_kv_str(w, "type", dnstype_name(c->type));
	js_kv_str(w, "changetype", c->new_count > 0 ? "REPLACE" : "DELETE");
	if (c->new_count > 0) {
		js_kv_int(w, "ttl", c->ttl_s);
		js_key(w, "records");
		js_array(w);
		for (size_t i = 0; i < c->new_count; i++) {
			js_object(w);
			js_key(w, "content");
			put_value(w, c->type, c->new_[i]);
			js_kv_bool(w, "disabled", false);
			js_end_object(w);
		}
		js_end_array(w);
	}
	js_end_object(w);
}

void
pdnsapi_put(const struct dnschange *changes, size_t count, struct buf *b)
{
	struct js_writer w;
	size_t i;

	js_begin(&w, b, false);
	js_object(&w);
	js_key(&w, "rrsets");
	js_array(&w);
	/* What goes goes first, as a CNAME cannot stand beside others. */
	for (i = 0; i < count; i++)
		if (changes[i].new_count == 0)
			put_change(&w, &changes[i]);
	for (i = 0; i < count; i++)
		if (changes[i].new_count > 0)
			put_change(&w, &changes[i]);
	js_end_array(&w);
	js_end_object(&w);
}

/* unescape - the byte behind a backslash, taken off the text */
static bool
unescape(struct str *s, struct buf *b)
{
	unsigned n = 0;

	if (s->len >= 3 && ascii_digit(s->p[0]) && ascii_digit(s->p[1]) &&
	    ascii_digit(s->p[2])) {
		n = (unsigned)(s->p[0] - '0') * 100 +
		    (unsigned)(s->p[1] - '0') * 10 + (unsigned)(s->p[2] - '0');
		*s = str_sub(*s, 3, s->len);
		buf_putc(b, (char)n);
		return n <= 255;
	}
	if (s->len == 0)
		return false;
	buf_putc(b, s->p[0]);
	*s = str_sub(*s, 1, s->len);
	return true;
}

/* read_string - one "..." with its escapes, taken off the text */
static bool
read_string(struct str *s, struct buf *b)
{
	char c;

	*s = str_sub(*s, 1, s->len);
	while (s->len > 0) {
		c = s->p[0];
		*s = str_sub(*s, 1, s->len);
		if (c == '"')
			return true;
		if (c != '\\')
			buf_putc(b, c);
		else if (!unescape(s, b))
			return false;
	}
	return false;
}

/* read_value - a value in its plain form */
static bool
read_value(struct str s, enum dnstype type, struct buf *b)
{
	buf_puts(b, "");
	if (type != DNSTYPE_TXT) {
		if (type == DNSTYPE_CNAME && s.len > 1 && s.p[s.len - 1] == '.')
			s.len--;
		buf_put_str(b, s);
		return s.len > 0;
	}
	for (s = str_trim(s); s.len > 0; s = str_trim_left(s))
		if (s.p[0] != '"' || !read_string(&s, b))
			return false;
	return true;
}

/* add_value - of one record, unless it is disabled */
static enum mtasts_err
add_value(const struct js *record, enum dnstype type, struct arena *a,
    struct str *v, size_t *count)
{
	enum mtasts_err err = MTASTS_OK;
	struct str content;
	bool disabled = false;
	struct buf b;

	if (!js_str(js_get(record, "content"), &content))
		return MTASTS_ESYNTAX;
	if (js_bool(js_get(record, "disabled"), &disabled) && disabled)
		return MTASTS_OK;
	buf_init(&b, 1u << 20);
	if (!read_value(content, type, &b))
		err = MTASTS_ESYNTAX;
	else if (buf_error(&b) != MTASTS_OK)
		err = buf_error(&b);
	if (err == MTASTS_OK) {
		v[*count].p = arena_dup(a, buf_str(&b));
		v[*count].len = b.len;
		err = v[*count].p != NULL ? MTASTS_OK : MTASTS_ENOMEM;
		*count += 1;
	}
	buf_free(&b);
	return err;
}

/* is_set - is it the RRset of the name and type? */
static bool
is_set(const struct js *rrset, const struct dnschange *change)
{
	struct str name, type;

	if (!js_str(js_get(rrset, "name"), &name) ||
	    !js_str(js_get(rrset, "type"), &type))
		return false;
	if (name.len > 0 && name.p[name.len - 1] == '.')
		name.len--;
	return str_eq_nocase(name, str_of(change->name)) &&
	    str_eq(type, str_of(dnstype_name(change->type)));
}

/* read_set - the values of its records */
static enum mtasts_err
read_set(const struct js *rrset, enum dnstype type, struct arena *a,
    struct pdnsapi_values *out)
{
	const struct js *records = js_get(rrset, "records");
	size_t i, count = 0, n = js_len(records);
	enum mtasts_err err = MTASTS_OK;
	struct str *v;

	if (!js_is_array(records) || n > VALUES_MAX)
		return MTASTS_ESYNTAX;
	v = arena_zalloc(a, n + 1, sizeof(*v));
	if (v == NULL)
		return MTASTS_ENOMEM;
	for (i = 0; err == MTASTS_OK && i < n; i++)
		err = add_value(js_at(records, i), type, a, v, &count);
	if (err == MTASTS_OK)
		*out = (struct pdnsapi_values){ v, count };
	return err;
}

enum mtasts_err
pdnsapi_read(struct str json, const struct dnschange *change, struct arena *a,
    struct pdnsapi_values *out)
{
	struct pdnsapi_values values = { NULL, 0 };
	const struct js *rrsets;
	struct js *root = NULL;
	enum mtasts_err err = js_parse(json, "", &root, NULL);

	if (err != MTASTS_OK)
		return err == MTASTS_ENOMEM ? err : MTASTS_ESYNTAX;
	rrsets = js_get(root, "rrsets");
	if (!js_is_array(rrsets))
		err = MTASTS_ESYNTAX;
	for (size_t i = 0; err == MTASTS_OK && i < js_len(rrsets); i++)
		if (is_set(js_at(rrsets, i), change))
			err = read_set(
			    js_at(rrsets, i), change->type, a, &values);
	js_free(root);
	if (err == MTASTS_OK)
		*out = values;
	return err;
}

void
pdnsapi_reason(struct str json, struct buf *b)
{
	struct js *root = NULL;
	struct str text;

	if (js_parse(json, "", &root, NULL) == MTASTS_OK &&
	    js_str(js_get(root, "error"), &text))
		buf_printable(b, text, REASON_MAX);
	js_free(root);
}
