/*
 * httpresp - one HTTP/1 response, from its first byte to its last
 *
 * RFC 9112 sections 2 to 7. Strict where a body could come out other than the
 * server meant it: length and chunking together, lengths that differ, codings
 * that were not asked for, chunks that do not end where they say. Lenient
 * where nothing can: a bare LF ends a line of a head (section 2.2), trailers
 * are not waited for (section 8: the last chunk makes it whole).
 *
 * Holds at most one line and one policy. Knows nothing of sockets and TLS.
 */
#include "core/httpresp.h"

#include "core/httptext.h"
#include "core/limits.h"

#define CHUNK_LINE_MAX 256 /* bytes, extensions included */
#define WHY_MAX	       600
#define QUOTE_MAX      60 /* bytes of a stranger's text in a reason */

void
httpresp_init(struct httpresp *r, enum httpresp_kind kind)
{
	*r = (struct httpresp){ .kind = kind };
	buf_init(&r->body, LIMIT_POLICY_LEN);
	buf_init(&r->line, HTTPRESP_HEAD_MAX);
	buf_init(&r->why, WHY_MAX);
}

void
httpresp_free(struct httpresp *r)
{
	buf_free(&r->body);
	buf_free(&r->line);
	buf_free(&r->why);
}

/* over - that is the end of it, unless the head was */
static void
over(struct httpresp *r, enum fetchfact_end end)
{
	r->end = r->head_end != FETCHFACT_OK ? r->head_end : end;
	r->phase = HTTPRESP_OVER;
}

/* fail - over, with a reason */
static void __attribute__((format(printf, 3, 4)))
fail(struct httpresp *r, enum fetchfact_end end, const char *fmt, ...)
{
	va_list ap;

	if (r->head_end == FETCHFACT_OK) {
		va_start(ap, fmt);
		buf_vputf(&r->why, fmt, ap);
		va_end(ap);
	}
	over(r, end);
}

/* fail_quoting - over, with a reason and the bytes that gave it */
static void
fail_quoting(struct httpresp *r, const char *what, struct str seen)
{
	if (r->head_end == FETCHFACT_OK) {
		buf_puts(&r->why, what);
		buf_puts(&r->why, " \"");
		buf_printable(&r->why, seen, QUOTE_MAX);
		buf_puts(&r->why, "\"");
	}
	over(r, FETCHFACT_HTTP);
}

/* no_memory - over: it is our fault */
static void
no_memory(struct httpresp *r)
{
	r->head_end = FETCHFACT_OK;
	buf_clear(&r->why);
	fail(r, FETCHFACT_OURS, "memory is short");
}

/* keep - copy a value into its room, cut to fit */
static void
keep(char *room, size_t size, struct str value)
{
	size_t len = value.len < size ? value.len : size - 1;

	memcpy(room, value.p, len);
	room[len] = '\0';
}

/* ---- the head ---- */

/* status_line - "HTTP/1.1 200 OK"; the phrase may be absent */
static void
status_line(struct httpresp *r, struct str line)
{
	struct str rest = str_sub(line, sizeof("HTTP/1.") - 1, line.len);
	uint64_t status = 0;

	if (!str_starts(line, STR("HTTP/1.")) || rest.len < 5 ||
	    !ascii_digit(rest.p[0]) || rest.p[1] != ' ' ||
	    !str_u64(str_sub(rest, 2, 3), 999, &status) || status < 100 ||
	    (rest.len > 5 && rest.p[5] != ' ')) {
		fail_quoting(r, "the answer is not HTTP/1 but", line);
		return;
	}
	r->minor = (unsigned)(rest.p[0] - '0');
	r->status = (int)status;
	r->head = (struct httpresp_head){ 0 };
	r->folding_matters = true; /* there is no field to be continued yet */
	r->phase = HTTPRESP_FIELDS;
}

/* note_again - a value that may stand twice only if it is the same */
static bool
note_again(bool has, char *room, size_t size, struct str value)
{
	if (!has)
		keep(room, size, value);
	return has && !str_eq(str_of(room), str_sub(value, 0, size - 1));
}

/* note_encoding - the first coding that is one */
static void
note_encoding(struct httpresp_head *h, struct str value)
{
	if (h->has_encoding && !str_eq_nocase(str_of(h->encoding), STR("")) &&
	    !str_eq_nocase(str_of(h->encoding), STR("identity")))
		return;
	keep(h->encoding, sizeof(h->encoding), value);
	h->has_encoding = true;
}

/* note_for_people - what decides nothing but is told */
static void
note_for_people(struct httpresp_head *h, struct str name, struct str value)
{
	if (str_eq_nocase(name, STR("Location"))) {
		keep(h->location, sizeof(h->location), value);
		h->has_location = true;
	} else if (str_eq_nocase(name, STR("Strict-Transport-Security"))) {
		if (!h->has_hsts)
			keep(h->hsts, sizeof(h->hsts), value);
		h->has_hsts = true;
	} else if (str_eq_nocase(name, STR("Cache-Control"))) {
		if (!h->has_cache_control)
			keep(h->cache_control, sizeof(h->cache_control), value);
		h->has_cache_control = true;
	}
}

/* note_field - keep it if it matters; does it? */
static bool
note_field(struct httpresp_head *h, struct str name, struct str value)
{
	if (str_eq_nocase(name, STR("Content-Type"))) {
		h->several_types |= h->has_type;
		if (!h->has_type)
			keep(h->type, sizeof(h->type), value);
		h->has_type = true;
	} else if (str_eq_nocase(name, STR("Content-Encoding"))) {
		note_encoding(h, value);
	} else if (str_eq_nocase(name, STR("Content-Length"))) {
		h->several_lengths |= note_again(
		    h->has_length, h->length, sizeof(h->length), value);
		h->has_length = true;
	} else if (str_eq_nocase(name, STR("Transfer-Encoding"))) {
		h->several_transfers |= h->has_transfer;
		keep(h->transfer, sizeof(h->transfer), value);
		h->has_transfer = true;
	} else {
		note_for_people(h, name, value);
		return false;
	}
	return true;
}

/* field_line - "Name: value", or the continuation of the one before */
static void
field_line(struct httpresp *r, struct str line)
{
	struct str name, value;

	if (ascii_wsp(line.p[0])) {
		/* RFC 9112 section 5.2; nobody who serves a policy folds. */
		if (r->folding_matters)
			fail_quoting(
			    r, "a field goes on in the next line:", line);
		return;
	}
	if (!str_cut(line, ':', &name, &value) || !httptext_token(name) ||
	    !httptext_value(value)) {
		fail_quoting(r, "the head has a line that is no field:", line);
		return;
	}
	r->folding_matters = note_field(&r->head, name, str_trim(value));
}

/* ---- what the head means ---- */

/* too_large - the body is over the cap; "bytes" is what is known of it */
static void
too_large(struct httpresp *r, const char *bytes)
{
	fail(r, FETCHFACT_TOO_LARGE,
	    "the body has %s bytes, and a policy may have %d", bytes,
	    LIMIT_POLICY_LEN);
}

/* begin_length - a body of an announced length */
static void
begin_length(struct httpresp *r)
{
	const struct httpresp_head *h = &r->head;
	struct str text = str_of(h->length);
	uint64_t len = 0;

	if (h->several_lengths) {
		fail(r, FETCHFACT_HTTP,
		    "the answer has several Content-Lengths that differ");
	} else if (!str_digits(text)) {
		fail_quoting(r, "the Content-Length is no number:", text);
	} else if (!str_u64(text, LIMIT_POLICY_LEN, &len) ||
	    text.len + 1 == sizeof(h->length)) {
		/* It was cut to its room perhaps: no policy is that long. */
		if (r->head_end == FETCHFACT_OK)
			too_large(r, h->length);
		else
			r->phase = HTTPRESP_BODY_TO_CLOSE;
	} else {
		r->left = (size_t)len;
		r->phase = HTTPRESP_BODY;
		if (len == 0)
			over(r, FETCHFACT_OK);
	}
}

/* begin_body - how is it delimited? RFC 9112 section 6.3 */
static void
begin_body(struct httpresp *r)
{
	const struct httpresp_head *h = &r->head;

	if (!h->has_transfer) {
		if (h->has_length)
			begin_length(r);
		else
			r->phase = HTTPRESP_BODY_TO_CLOSE;
	} else if (h->has_length) {
		fail(r, FETCHFACT_HTTP,
		    "the answer has both Content-Length and Transfer-Encoding");
	} else if (r->minor == 0) {
		fail(r, FETCHFACT_HTTP,
		    "the answer is HTTP/1.0 and has a Transfer-Encoding");
	} else if (h->several_transfers ||
	    !str_eq_nocase(str_of(h->transfer), STR("chunked"))) {
		fail_quoting(r, "the Transfer-Encoding is not chunked but",
		    str_of(h->transfer));
	} else {
		r->phase = HTTPRESP_CHUNK_SIZE;
	}
}

/* judge - may the body be read? */
static enum fetchfact_end
judge(struct httpresp *r)
{
	const struct httpresp_head *h = &r->head;
	struct fetchfact_head facts = { .status = r->status,
		.several_content_types = h->several_types };
	const char *why = "";
	char scratch[200];
	enum fetchfact_end end;

	if (h->has_type)
		facts.content_type = str_of(h->type);
	if (h->has_encoding)
		facts.content_encoding = str_of(h->encoding);
	end = fetchfact_judge(&facts, scratch, &why);
	buf_puts(&r->why, why);
	if (end == FETCHFACT_REDIRECT && h->location[0] != '\0') {
		buf_puts(&r->why, "; it leads to \"");
		buf_printable(&r->why, str_of(h->location), QUOTE_MAX);
		buf_puts(&r->why, "\"");
	}
	return end;
}

/* end_head - the empty line */
static void
end_head(struct httpresp *r)
{
	enum fetchfact_end end;

	/* RFC 9110 section 15.2: others follow; 101 was not asked for. */
	if (r->status < 200 && r->status != 101) {
		r->phase = HTTPRESP_STATUS_LINE;
		return;
	}
	if (r->kind == HTTPRESP_TUNNEL) {
		over(r, FETCHFACT_OK);
		return;
	}
	end = judge(r);
	if (r->kind == HTTPRESP_LOOK && r->status == 200) {
		r->head_end = end;
		begin_body(r);
	} else if (end != FETCHFACT_OK) {
		over(r, end);
	} else {
		begin_body(r);
	}
}

/* head_line - a whole line of the head, without its end */
static void
head_line(struct httpresp *r, struct str line)
{
	if (!httptext_value(line))
		fail_quoting(r, "the head has control bytes:", line);
	else if (r->phase == HTTPRESP_STATUS_LINE)
		status_line(r, line);
	else if (line.len == 0)
		end_head(r);
	else
		field_line(r, line);
}

/* ---- lines ---- */

/*
 * take_line - up to and including LF, into r->line
 *
 * True when the line is whole. At most max bytes are kept.
 */
static bool
take_line(struct httpresp *r, struct str *bytes, size_t max)
{
	size_t at = str_chr(*bytes, '\n'), len = at;
	bool whole = at < bytes->len;

	if (len > max - r->line.len)
		len = max - r->line.len;
	buf_put(&r->line, bytes->p, len);
	*bytes = str_sub(*bytes, whole ? at + 1 : bytes->len, bytes->len);
	return whole;
}

/* foreign - can the line so far no longer become a status line? */
static bool
foreign(struct str line)
{
	static const struct str begin = { "HTTP/1.", 7 };

	return !str_starts(line, str_sub(begin, 0, line.len));
}

/* feed_head - status line and fields */
static void
feed_head(struct httpresp *r, struct str *bytes)
{
	size_t before = bytes->len;
	struct str line;
	bool whole;

	whole = take_line(r, bytes, HTTPRESP_HEAD_MAX);
	line = buf_str(&r->line);
	r->head_len += before - bytes->len;
	if (r->line.err == MTASTS_ENOMEM) {
		no_memory(r);
	} else if (r->phase == HTTPRESP_STATUS_LINE && foreign(line)) {
		fail_quoting(r, "the answer is not HTTP/1 but", line);
	} else if (r->head_len > HTTPRESP_HEAD_MAX) {
		fail(r, FETCHFACT_TOO_LARGE, "the head has more than %zu bytes",
		    HTTPRESP_HEAD_MAX);
	} else if (whole) {
		if (str_ends(line, STR("\r")))
			line.len--;
		head_line(r, line);
		buf_clear(&r->line);
	}
}

/* ---- the body ---- */

/* take_body - up to max bytes into the body; how many */
static size_t
take_body(struct httpresp *r, struct str *bytes, size_t max)
{
	size_t len = bytes->len < max ? bytes->len : max;

	buf_put(&r->body, bytes->p, len);
	if (r->body.err == MTASTS_ENOMEM)
		no_memory(r);
	*bytes = str_sub(*bytes, len, bytes->len);
	return len;
}

/* feed_body - an announced length */
static void
feed_body(struct httpresp *r, struct str *bytes)
{
	r->left -= take_body(r, bytes, r->left);
	if (r->left == 0 && r->phase != HTTPRESP_OVER)
		over(r, FETCHFACT_OK);
}

/* feed_to_close - whatever comes, up to the cap */
static void
feed_to_close(struct httpresp *r, struct str *bytes)
{
	take_body(r, bytes, LIMIT_POLICY_LEN - r->body.len);
	if (bytes->len > 0 && r->phase != HTTPRESP_OVER)
		too_large(r, "more");
}

/* hex - the value of a digit, or -1 */
static int
hex(char c)
{
	if (ascii_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * chunk_size - "1a", blanks after it, perhaps ";extension"
 *
 * False for anything else. A size over the cap comes out as one over it.
 */
static bool
chunk_size(struct str line, size_t *out)
{
	size_t i, size = 0;

	for (i = 0; i < line.len && hex(line.p[i]) >= 0; i++) {
		size = size * 16 + (size_t)hex(line.p[i]);
		if (size > LIMIT_POLICY_LEN)
			size = LIMIT_POLICY_LEN + 1;
	}
	*out = size;
	line = str_sub(line, i, line.len);
	if (i == 0 || !httptext_value(line))
		return false;
	line = str_trim(line);
	return line.len == 0 || line.p[0] == ';';
}

/* chunk_line - a whole line in front of a chunk, CR included */
static void
chunk_line(struct httpresp *r, struct str line)
{
	size_t size = 0;

	if (!str_ends(line, STR("\r")) ||
	    !chunk_size(str_sub(line, 0, line.len - 1), &size)) {
		fail_quoting(r, "the chunks are broken: no size but", line);
	} else if (size == 0) {
		over(r, FETCHFACT_OK);
	} else if (size > LIMIT_POLICY_LEN - r->body.len) {
		too_large(r, "more");
	} else {
		r->left = size;
		r->phase = HTTPRESP_CHUNK;
	}
}

/* feed_chunk_size - the line in front of a chunk */
static void
feed_chunk_size(struct httpresp *r, struct str *bytes)
{
	bool whole = take_line(r, bytes, CHUNK_LINE_MAX);
	struct str line = buf_str(&r->line);

	if (r->line.err == MTASTS_ENOMEM)
		no_memory(r);
	else if (line.len >= CHUNK_LINE_MAX)
		fail_quoting(r, "the chunks are broken: no size but", line);
	else if (whole)
		chunk_line(r, line);
	if (whole)
		buf_clear(&r->line);
}

/* feed_chunk - bytes of a chunk */
static void
feed_chunk(struct httpresp *r, struct str *bytes)
{
	r->left -= take_body(r, bytes, r->left);
	if (r->left == 0 && r->phase != HTTPRESP_OVER) {
		r->phase = HTTPRESP_CHUNK_END;
		r->left = 2;
	}
}

/* feed_chunk_end - CR LF and nothing else */
static void
feed_chunk_end(struct httpresp *r, struct str *bytes)
{
	char want = r->left == 2 ? '\r' : '\n';

	if (bytes->p[0] != want) {
		fail_quoting(r,
		    "the chunks are broken: one does not end where it should "
		    "but goes on with",
		    *bytes);
		return;
	}
	*bytes = str_sub(*bytes, 1, bytes->len);
	if (--r->left == 0)
		r->phase = HTTPRESP_CHUNK_SIZE;
}

bool
httpresp_feed(struct httpresp *r, struct str *bytes)
{
	static void (*const step[])(struct httpresp *, struct str *) = {
		[HTTPRESP_STATUS_LINE] = feed_head,
		[HTTPRESP_FIELDS] = feed_head,
		[HTTPRESP_BODY] = feed_body,
		[HTTPRESP_BODY_TO_CLOSE] = feed_to_close,
		[HTTPRESP_CHUNK_SIZE] = feed_chunk_size,
		[HTTPRESP_CHUNK] = feed_chunk,
		[HTTPRESP_CHUNK_END] = feed_chunk_end,
	};

	while (bytes->len > 0 && r->phase != HTTPRESP_OVER)
		step[r->phase](r, bytes);
	return r->phase == HTTPRESP_OVER;
}

void
httpresp_closed(struct httpresp *r, bool cleanly)
{
	switch (r->phase) {
	case HTTPRESP_STATUS_LINE:
	case HTTPRESP_FIELDS:
		if (r->head_len == 0)
			fail(r, FETCHFACT_CUT,
			    "the connection was closed without an answer");
		else
			fail(r, FETCHFACT_CUT,
			    "the connection was closed after %zu bytes, within "
			    "the head",
			    r->head_len);
		break;
	case HTTPRESP_BODY:
		fail(r, FETCHFACT_CUT,
		    "the connection was closed after %zu of the %zu bytes "
		    "that were announced",
		    r->body.len, r->body.len + r->left);
		break;
	case HTTPRESP_BODY_TO_CLOSE:
		if (cleanly)
			over(r, FETCHFACT_OK);
		else
			fail(r, FETCHFACT_CUT,
			    "the connection was closed after %zu bytes without "
			    "TLS's close_notify; no length was announced, so "
			    "they may not be all",
			    r->body.len);
		break;
	case HTTPRESP_CHUNK_SIZE:
	case HTTPRESP_CHUNK:
	case HTTPRESP_CHUNK_END:
		fail(r, FETCHFACT_CUT,
		    "the connection was closed after %zu bytes, before the "
		    "last chunk",
		    r->body.len);
		break;
	case HTTPRESP_OVER:
		break;
	}
}
