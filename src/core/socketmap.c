/*
 * socketmap - the bytes between an MTA and us, in three protocols
 *
 * socketmap_table(5) and tcp_table(5) of Postfix; the line protocol is ours.
 * On the path of every question: requests are read where they stand, and only
 * an escaped key is copied. Knows no socket and none of the map names.
 *
 * BUGS: a request that comes byte by byte is looked at from its beginning each
 * time; SOCKETMAP_MAX bounds what that costs.
 */
#include "core/socketmap.h"

#define LEN_DIGITS 5 /* of SOCKETMAP_MAX */

/* A request as it is being read. */
struct reading {
	struct str in;
	bool at_end;
	char *scratch;
	struct socketmap_request *out;
};

/* refused - the request is done with, but says nothing that can be answered */
static enum socketmap_end
refused(const struct reading *r, const char *why)
{
	r->out->why = why;
	return SOCKETMAP_REFUSED;
}

/* broken - where the next request begins cannot be known */
static enum socketmap_end
broken(const struct reading *r, const char *why)
{
	r->out->why = why;
	return SOCKETMAP_BROKEN;
}

/* read_content - "NAME KEY" inside a netstring */
static enum socketmap_end
read_content(const struct reading *r, struct str content)
{
	if (!str_cut(content, ' ', &r->out->map, &r->out->key))
		return refused(r, "no blank between map name and key");
	return SOCKETMAP_REQUEST;
}

/* read_netstring - "LEN:CONTENT," */
static enum socketmap_end
read_netstring(const struct reading *r)
{
	size_t len = 0, i = 0;

	for (; i < r->in.len && ascii_digit(r->in.p[i]); i++) {
		if (i == LEN_DIGITS)
			return broken(r, "length of more than 5 digits");
		if (i == 1 && r->in.p[0] == '0')
			return broken(r, "length with a leading zero");
		len = len * 10 + (size_t)(r->in.p[i] - '0');
	}
	if (len > SOCKETMAP_MAX)
		return broken(r, "request over 10000 bytes");
	if (i == r->in.len)
		return SOCKETMAP_MORE;
	if (r->in.p[i] != ':')
		return broken(r, "no colon behind the length");
	i++;
	if (r->in.len - i <= len)
		return SOCKETMAP_MORE;
	if (r->in.p[i + len] != ',')
		return broken(r, "no comma at the end of a netstring");
	r->out->used = i + len + 1;
	return read_content(r, str_sub(r->in, i, len));
}

/* hex_digit - its value, or 16 */
static unsigned
hex_digit(char c)
{
	if (ascii_digit(c))
		return (unsigned)(c - '0');
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* unescape - %XX of the key, into scratch; false when one is broken */
static bool
unescape(const struct reading *r, struct str key)
{
	size_t i, len = 0;

	for (i = 0; i < key.len; i++) {
		unsigned high, low;

		if (key.p[i] != '%') {
			r->scratch[len++] = key.p[i];
			continue;
		}
		if (key.len - i < 3)
			return false;
		high = hex_digit(key.p[i + 1]);
		low = hex_digit(key.p[i + 2]);
		if (high > 15 || low > 15)
			return false;
		r->scratch[len++] = (char)(high << 4 | low);
		i += 2;
	}
	r->out->key = str_make(r->scratch, len);
	return true;
}

/* read_get - the key of a tcp_table request */
static enum socketmap_end
read_get(const struct reading *r, struct str key)
{
	r->out->key = key;
	if (str_chr(key, '%') < key.len && !unescape(r, key))
		return refused(r, "a % without two hexadecimal digits");
	return SOCKETMAP_REQUEST;
}

/* read_mode - the domain of the line protocol's "mode D" */
static enum socketmap_end
read_mode(const struct reading *r, struct str rest)
{
	r->out->verb = SOCKETMAP_MODE;
	r->out->key = str_trim(rest);
	if (r->out->key.len == 0)
		return refused(r, "no domain behind mode");
	return SOCKETMAP_REQUEST;
}

/* read_mx - domain and host of the line protocol's "mx D HOST" */
static enum socketmap_end
read_mx(const struct reading *r, struct str rest)
{
	struct str host;

	r->out->verb = SOCKETMAP_MX;
	str_cut(str_trim(rest), ' ', &r->out->key, &host);
	r->out->host = str_trim(host);
	if (r->out->host.len == 0)
		return refused(r, "no domain and host behind mx");
	return SOCKETMAP_REQUEST;
}

static const struct {
	struct str word;
	enum socketmap_protocol protocol;
	enum socketmap_end (*read)(const struct reading *r, struct str rest);
} words[] = {
	{ { "get ", 4 }, SOCKETMAP_TCP_TABLE, read_get },
	{ { "mode ", 5 }, SOCKETMAP_LINE, read_mode },
	{ { "mx ", 3 }, SOCKETMAP_LINE, read_mx },
};

#define WORDS (sizeof(words) / sizeof(words[0]))

/* find_word - which request this begins, or WORDS; *more: none yet */
static size_t
find_word(struct str in, bool *more)
{
	size_t i;

	*more = false;
	for (i = 0; i < WORDS; i++) {
		if (str_starts(in, words[i].word))
			return i;
		*more |= str_starts(words[i].word, in);
	}
	return WORDS;
}

/* read_line - "get KEY", "mode D" or "mx D HOST" and the end of the line */
static enum socketmap_end
read_line(const struct reading *r)
{
	struct str line = str_sub(r->in, 0, SOCKETMAP_MAX + 1);
	size_t word, end = str_chr(line, '\n');
	bool more;

	word = find_word(str_sub(line, 0, end), &more);
	if (word == WORDS && more && end == r->in.len && !r->at_end)
		return SOCKETMAP_MORE;
	if (word == WORDS)
		return broken(r, "neither a netstring nor a known word");
	r->out->protocol = words[word].protocol;
	if (end > SOCKETMAP_MAX)
		return broken(r, "line over 10000 bytes");
	if (end == line.len &&
	    (!r->at_end || r->out->protocol != SOCKETMAP_LINE))
		return SOCKETMAP_MORE;
	r->out->used = end + (end < line.len);
	line = str_sub(line, 0, end);
	if (str_ends(line, STR("\r")))
		line.len--;
	return words[word].read(
	    r, str_sub(line, words[word].word.len, line.len));
}

enum socketmap_end
socketmap_parse(
    struct str in, bool at_end, char *scratch, struct socketmap_request *out)
{
	struct reading r = { in, at_end, scratch, out };

	*out = (struct socketmap_request){ .why = "" };
	if (in.len > 0 && ascii_digit(in.p[0]))
		return read_netstring(&r);
	return read_line(&r);
}

/* put_netstring - "LEN:STATUS data,": the blank stands behind every status */
static void
put_netstring(enum reply_status status, struct str data, struct buf *b)
{
	struct str word = str_of(reply_status_name(status));

	buf_put_u64(b, word.len + 1 + data.len);
	buf_putc(b, ':');
	buf_put_str(b, word);
	buf_putc(b, ' ');
	buf_put_str(b, data);
	buf_putc(b, ',');
}

/* put_escaped - data of a tcp_table reply, with %XX */
static void
put_escaped(struct str data, struct buf *b)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < data.len; i++) {
		unsigned char c = (unsigned char)data.p[i];

		if (c > ' ' && c <= '~' && c != '%') {
			buf_putc(b, (char)c);
			continue;
		}
		buf_putc(b, '%');
		buf_putc(b, hex[c >> 4]);
		buf_putc(b, hex[c & 15]);
	}
}

/* put_tcp_table - "CODE data\n", at most what Postfix reads of a line */
static void
put_tcp_table(enum reply_status status, struct str data, struct buf *b)
{
	size_t start = b->len;

	if (status == REPLY_NOTFOUND && data.len == 0)
		data = STR("not found");
	buf_puts(b,
	    status == REPLY_OK		   ? "200 "
		: status == REPLY_NOTFOUND ? "500 "
					   : "400 ");
	put_escaped(data, b);
	buf_putc(b, '\n');
	if (buf_error(b) != MTASTS_OK || b->len - start <= SOCKETMAP_TCP_MAX)
		return;
	/* A longer line would break the connection, for all its users. */
	buf_cut(b, start);
	buf_puts(b, "400 reply%20over%204096%20bytes\n");
}

void
socketmap_frame(enum socketmap_protocol protocol, enum reply_status status,
    struct str data, struct buf *b)
{
	switch (protocol) {
	case SOCKETMAP_NETSTRING:
		put_netstring(status, data, b);
		break;
	case SOCKETMAP_TCP_TABLE:
		put_tcp_table(status, data, b);
		break;
	case SOCKETMAP_LINE:
		buf_put_str(b, data);
		break;
	}
}
