/*
 * utf8.c - code points: reading them, and which are safe to show
 *
 * Strangers' text ends on terminals, in logs and in JSON. What is printable is
 * a short table of ranges and not the locale's opinion: the answer must be the
 * same on every machine. BUGS: combining marks can still be piled up.
 * RFC 3629; Unicode 15, section 23.
 */
#include "base/utf8.h"

struct range {
	uint32_t first;
	uint32_t last;
};

/* Ascending. */
static const struct range unprintable[] = {
	{ 0x0000, 0x001f }, /* C0 controls */
	{ 0x007f, 0x009f }, /* DEL, C1 controls */
	{ 0x00ad, 0x00ad }, /* soft hyphen */
	{ 0x061c, 0x061c }, /* Arabic letter mark */
	{ 0x115f, 0x1160 }, /* Hangul fillers */
	{ 0x17b4, 0x17b5 }, /* Khmer inherent vowels */
	{ 0x180e, 0x180e }, /* Mongolian vowel separator */
	{ 0x200b, 0x200f }, /* zero width, direction marks */
	{ 0x2028, 0x202e }, /* line and paragraph separators, bidi */
	{ 0x2060, 0x206f }, /* invisible operators, bidi isolates */
	{ 0x3164, 0x3164 }, /* Hangul filler */
	{ 0xd800, 0xf8ff }, /* surrogates, private use */
	{ 0xfdd0, 0xfdef }, /* non-characters */
	{ 0xfeff, 0xfeff }, /* byte order mark */
	{ 0xffa0, 0xffa0 }, /* half-width Hangul filler */
	{ 0xfff0, 0xfffb }, /* unassigned, interlinear annotation */
	{ 0x1d173, 0x1d17a }, /* musical formatting */
	{ 0xe0000, 0xe0fff }, /* tags, variation selectors */
	{ 0xf0000, 0xffffffff }, /* private use, past the end */
};

/* is_tail - a continuation byte */
static bool
is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* lead - length that the first byte announces, and its bits; 0: none */
static size_t
lead(unsigned char c, uint32_t *bits)
{
	if (c < 0x80) {
		*bits = c;
		return 1;
	}
	if (c >= 0xc2 && c <= 0xdf) {
		*bits = c & 0x1f;
		return 2;
	}
	if (c >= 0xe0 && c <= 0xef) {
		*bits = c & 0x0f;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*bits = c & 0x07;
		return 4;
	}
	return 0;
}

size_t
utf8_next(struct str s, uint32_t *cp)
{
	/* The least code point that needs so many bytes. */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t v;
	size_t len;

	if (s.len == 0)
		return 0;
	len = lead((unsigned char)s.p[0], &v);
	if (len == 0 || len > s.len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!is_tail(c))
			return 0;
		v = v << 6 | (c & 0x3f);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*cp = v;
	return len;
}

bool
utf8_printable(uint32_t cp)
{
	const struct range *r = unprintable;

	if (cp >= 0x20 && cp < 0x7f)
		return true;
	if ((cp & 0xfffe) == 0xfffe) /* the last two of each plane */
		return false;
	/* The last range has no end: the walk stops there. */
	while (cp > r->last)
		r++;
	return cp < r->first;
}
