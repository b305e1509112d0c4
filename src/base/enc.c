/*
 * enc.c - base64, hexadecimal, percent
 *
 * Decoders are strict: one text for each value, so that what was compared or
 * signed as text cannot mean something else as bytes. RFC 4648, RFC 3986.
 */
#include "base/enc.h"

static const char std_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";

/* put_base64 - both alphabets; pad tells whether "=" fills the last group */
static void
put_base64(struct buf *b, struct str s, const char *digits, bool pad)
{
	const unsigned char *p = (const unsigned char *)s.p;

	for (size_t i = 0; i < s.len; i += 3) {
		size_t n = s.len - i < 3 ? s.len - i : 3;
		uint32_t v = (uint32_t)p[i] << 16;
		char out[4];

		v |= n > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		v |= n > 2 ? (uint32_t)p[i + 2] : 0;
		out[0] = digits[v >> 18];
		out[1] = digits[v >> 12 & 63];
		out[2] = n > 1 ? digits[v >> 6 & 63] : '=';
		out[3] = n > 2 ? digits[v & 63] : '=';
		buf_put(b, out, pad ? 4 : n + 1);
	}
}

void
enc_base64(struct buf *b, const void *p, size_t len)
{
	put_base64(b, str_make(p, len), std_digits, true);
}

void
enc_base64url(struct buf *b, const void *p, size_t len)
{
	put_base64(b, str_make(p, len), url_digits, false);
}

/* digit64 - the six bits of a base64 digit, or -1 */
static int
digit64(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_digit(c))
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* put_group - the bytes of one group of 2 to 4 digits; false: not base64 */
static bool
put_group(struct buf *b, struct str group)
{
	uint32_t v = 0;
	char out[3];

	for (size_t i = 0; i < 4; i++) {
		int d = i < group.len ? digit64(group.p[i]) : 0;

		if (d < 0)
			return false;
		v = v << 6 | (uint32_t)d;
	}
	/* Bits that no byte holds must be zero (RFC 4648 section 3.5). */
	if ((group.len == 2 && (v & 0xffff) != 0) ||
	    (group.len == 3 && (v & 0xff) != 0))
		return false;
	out[0] = (char)(v >> 16 & 255);
	out[1] = (char)(v >> 8 & 255);
	out[2] = (char)(v & 255);
	buf_put(b, out, group.len - 1);
	return true;
}

enum mtasts_err
enc_base64_decode(struct buf *b, struct str text)
{
	size_t start = b->len;

	if (text.len % 4 != 0)
		return MTASTS_ESYNTAX;
	while (text.len > 0) {
		struct str group = str_sub(text, 0, 4);

		text = str_sub(text, 4, text.len);
		if (text.len == 0 && group.p[3] == '=')
			group.len = group.p[2] == '=' ? 2 : 3;
		if (!put_group(b, group)) {
			buf_cut(b, start);
			return MTASTS_ESYNTAX;
		}
	}
	return buf_error(b);
}

void
enc_hex(struct buf *b, const void *p, size_t len)
{
	const unsigned char *in = p;

	for (size_t i = 0; i < len; i++) {
		char out[2] = { hex_lower[in[i] >> 4], hex_lower[in[i] & 15] };

		buf_put(b, out, 2);
	}
}

/* digit16 - the value of a hexadecimal digit, or -1 */
static int
digit16(char c)
{
	c = ascii_lower(c);
	if (ascii_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* pair16 - the byte of two hexadecimal digits, or -1 */
static int
pair16(struct str s)
{
	int high, low;

	if (s.len != 2)
		return -1;
	high = digit16(s.p[0]);
	low = digit16(s.p[1]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

enum mtasts_err
enc_hex_decode(struct buf *b, struct str text)
{
	size_t start = b->len;

	for (size_t i = 0; i < text.len; i += 2) {
		int c = pair16(str_sub(text, i, 2));

		if (c < 0) {
			buf_cut(b, start);
			return MTASTS_ESYNTAX;
		}
		buf_putc(b, (char)c);
	}
	return buf_error(b);
}

/* is_unreserved - RFC 3986 section 2.3 */
static bool
is_unreserved(char c)
{
	return ascii_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void
enc_percent(struct buf *b, struct str s, const char *keep)
{
	struct str kept = str_of(keep);

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char out[3] = { '%', hex_upper[c >> 4], hex_upper[c & 15] };

		if (is_unreserved(s.p[i]) || str_chr(kept, s.p[i]) < kept.len)
			buf_putc(b, s.p[i]);
		else
			buf_put(b, out, 3);
	}
}

enum mtasts_err
enc_percent_decode(struct buf *b, struct str s)
{
	size_t start = b->len;

	for (size_t i = 0; i < s.len; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '%') {
			c = pair16(str_sub(s, i + 1, 2));
			i += 2;
		}
		if (c < 0) {
			buf_cut(b, start);
			return MTASTS_ESYNTAX;
		}
		buf_putc(b, (char)c);
	}
	return buf_error(b);
}
