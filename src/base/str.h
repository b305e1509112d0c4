/*
 * str - borrowed spans of bytes
 *
 * A span does not own, is not terminated and may hold any byte, NUL included.
 * All parsing works on spans: cut, trim, compare; no pointer is walked by hand.
 */
#ifndef MTASTS_BASE_STR_H
#define MTASTS_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p; /* may be null when len is 0 */
	size_t len;
};

/* STR - a span over a string literal */
#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })

/* STR_FMT, STR_ARG - print a span with printf: "%" STR_FMT */
#define STR_FMT	   ".*s"
#define STR_ARG(s) (int)(s).len, (s).p

/* str_make - a span over len bytes at p */
static inline struct str
str_make(const char *p, size_t len)
{
	return (struct str){ p, len };
}

/* str_of - a span over a C string; null gives the empty span */
static inline struct str
str_of(const char *cstr)
{
	return (struct str){ cstr, cstr != NULL ? strlen(cstr) : 0 };
}

/* str_sub - the span from byte "from" on, at most len bytes; never past end */
struct str str_sub(struct str s, size_t from, size_t len);

/* str_eq - the same bytes */
bool str_eq(struct str a, struct str b);

/* str_eq_nocase - the same but for the case of A-Z */
bool str_eq_nocase(struct str a, struct str b);

/* str_cmp - order by bytes, shorter first: <0, 0, >0 */
int str_cmp(struct str a, struct str b);

/* str_starts - s begins with prefix */
bool str_starts(struct str s, struct str prefix);

/* str_starts_nocase - the same but for the case of A-Z */
bool str_starts_nocase(struct str s, struct str prefix);

/* str_ends - s ends with suffix */
bool str_ends(struct str s, struct str suffix);

/* str_chr - offset of the first byte c, or s.len when there is none */
size_t str_chr(struct str s, char c);

/* str_find - offset of the first "needle", or s.len when there is none */
size_t str_find(struct str s, struct str needle);

/* str_find_nocase - as str_find(), whatever the case of A-Z */
size_t str_find_nocase(struct str s, struct str needle);

/* str_high - offset of the first byte that is not ASCII, or s.len */
size_t str_high(struct str s);

/*
 * str_cut - split at the first byte c
 *
 * True when c was found: *before is what stands before it and *after what
 * stands behind. Else *before is the whole and *after empty. Both outputs
 * may alias nothing or be null.
 */
bool str_cut(struct str s, char c, struct str *before, struct str *after);

/*
 * str_line - take the first line off *rest
 *
 * Lines end with LF; the LF is removed, a CR before it stays. False when
 * *rest is empty. *ended (may be null) tells whether the line had its LF.
 */
bool str_line(struct str *rest, struct str *line, bool *ended);

/* str_trim - without the spaces and tabs at both ends */
struct str str_trim(struct str s);

/* str_trim_left - without the spaces and tabs at the beginning */
struct str str_trim_left(struct str s);

/* str_trim_right - without the spaces and tabs at the end */
struct str str_trim_right(struct str s);

/*
 * str_u64 - a decimal number: digits only, at least one, at most max
 *
 * True and *out on success; otherwise *out is untouched.
 */
bool str_u64(struct str s, uint64_t max, uint64_t *out);

/* str_digits - digits only, at least one */
bool str_digits(struct str s);

/* str_utf8 - well-formed UTF-8 (RFC 3629) without NUL */
bool str_utf8(struct str s);

/*
 * str_distance - edits (insert, delete, change, swap) between two words
 *
 * For "did you mean"; case of A-Z is ignored. Words longer than 32 bytes
 * give UINT_MAX.
 */
unsigned str_distance(struct str a, struct str b);

/* ascii_lower - A-Z to a-z, other bytes as they are; no locale */
static inline char
ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ascii_digit - 0-9 */
static inline bool
ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ascii_alnum - A-Z, a-z, 0-9 */
static inline bool
ascii_alnum(char c)
{
	return ascii_digit(c) ||
	    (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

/* ascii_wsp - space or tab: the WSP of RFC 5234 */
static inline bool
ascii_wsp(char c)
{
	return c == ' ' || c == '\t';
}

#endif
