/*
 * str.c - borrowed spans of bytes
 *
 * The only place where bytes are walked one by one for its own sake. Nothing
 * here allocates, fails or asks the locale; a null pointer with length 0 is
 * the empty span everywhere.
 */
#include "base/str.h"

#include "base/utf8.h"

#include <limits.h>

#define WORD_MAX 32 /* bytes, see str_distance */

struct str
str_sub(struct str s, size_t from, size_t len)
{
	if (from > s.len)
		from = s.len;
	if (len > s.len - from)
		len = s.len - from;
	/* No arithmetic on a null pointer. */
	return str_make(from == 0 ? s.p : s.p + from, len);
}

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	if (c != 0)
		return c;
	return (a.len > b.len) - (a.len < b.len);
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool
str_starts_nocase(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	    str_eq_nocase(str_sub(s, 0, prefix.len), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	    str_eq(str_sub(s, s.len - suffix.len, suffix.len), suffix);
}

size_t
str_chr(struct str s, char c)
{
	const char *found = s.len == 0 ? NULL : memchr(s.p, c, s.len);

	return found == NULL ? s.len : (size_t)(found - s.p);
}

size_t
str_find(struct str s, struct str needle)
{
	const char *found;

	if (needle.len == 0)
		return 0;
	if (needle.len > s.len)
		return s.len;
	found = memmem(s.p, s.len, needle.p, needle.len);
	return found == NULL ? s.len : (size_t)(found - s.p);
}

size_t
str_find_nocase(struct str s, struct str needle)
{
	for (size_t i = 0; i + needle.len <= s.len; i++)
		if (str_starts_nocase(str_sub(s, i, needle.len), needle))
			return i;
	return s.len;
}

size_t
str_high(struct str s)
{
	size_t i = 0;

	while (i < s.len && (unsigned char)s.p[i] <= 127)
		i++;
	return i;
}

bool
str_cut(struct str s, char c, struct str *before, struct str *after)
{
	size_t at = str_chr(s, c);
	bool found = at < s.len;

	if (before != NULL)
		*before = str_sub(s, 0, at);
	if (after != NULL)
		*after = str_sub(s, found ? at + 1 : at, s.len);
	return found;
}

bool
str_line(struct str *rest, struct str *line, bool *ended)
{
	bool found;

	if (rest->len == 0)
		return false;
	found = str_cut(*rest, '\n', line, rest);
	if (ended != NULL)
		*ended = found;
	return true;
}

struct str
str_trim(struct str s)
{
	return str_trim_left(str_trim_right(s));
}

struct str
str_trim_left(struct str s)
{
	size_t i = 0;

	while (i < s.len && ascii_wsp(s.p[i]))
		i++;
	return str_sub(s, i, s.len);
}

struct str
str_trim_right(struct str s)
{
	while (s.len > 0 && ascii_wsp(s.p[s.len - 1]))
		s.len--;
	return s;
}

bool
str_u64(struct str s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit;

		if (!ascii_digit(s.p[i]))
			return false;
		digit = (unsigned)(s.p[i] - '0');
		if (v > max / 10 || digit > max - v * 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

bool
str_digits(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!ascii_digit(s.p[i]))
			return false;
	return s.len > 0;
}

bool
str_utf8(struct str s)
{
	while (s.len > 0) {
		uint32_t cp;
		size_t n = utf8_next(s, &cp);

		if (n == 0 || cp == 0)
			return false;
		s = str_sub(s, n, s.len);
	}
	return true;
}

/* least3 - the smallest of three */
static unsigned
least3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* cost - of the cell (i, j), from the two rows above and the cells left of it:
 * optimal string alignment, so no letter is edited twice */
static unsigned
cost(struct str a, struct str b, unsigned rows[3][WORD_MAX + 1], size_t i,
    size_t j)
{
	const unsigned *up2 = rows[(i + 1) % 3], *up = rows[(i + 2) % 3];
	unsigned *row = rows[i % 3], n;
	char ai = ascii_lower(a.p[i - 1]), bj = ascii_lower(b.p[j - 1]);

	n = least3(up[j] + 1, row[j - 1] + 1, up[j - 1] + (ai != bj));
	if (i > 1 && j > 1 && ai == ascii_lower(b.p[j - 2]) &&
	    bj == ascii_lower(a.p[i - 2]) && up2[j - 2] + 1 < n)
		n = up2[j - 2] + 1;
	return n;
}

unsigned
str_distance(struct str a, struct str b)
{
	unsigned rows[3][WORD_MAX + 1];

	if (a.len > WORD_MAX || b.len > WORD_MAX)
		return UINT_MAX;
	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		rows[i % 3][0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++)
			rows[i % 3][j] = cost(a, b, rows, i, j);
	}
	return rows[a.len % 3][b.len];
}
