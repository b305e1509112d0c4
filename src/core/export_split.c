/*
 * export_split.c - cut a large JSON document into its top-level pieces
 *
 * RFC 8259 section 2, but only as much as finding the ends of values asks.
 * Linear in the length of the text, without recursion.
 */
#include "core/export_split.h"

void
export_split_begin(struct export_split *s, struct str text)
{
	*s = (struct export_split){ .text = text, .line = 1 };
}

/* blank - the white space of JSON */
static bool
blank(char c)
{
	return ascii_wsp(c) || c == '\n' || c == '\r';
}

/* skip - past white space */
static void
skip(struct export_split *s)
{
	for (; s->at < s->text.len && blank(s->text.p[s->at]); s->at++)
		s->line += s->text.p[s->at] == '\n';
}

bool
export_split_end(struct export_split *s)
{
	skip(s);
	return s->at == s->text.len;
}

bool
export_split_take(struct export_split *s, char c)
{
	skip(s);
	if (s->at == s->text.len || s->text.p[s->at] != c)
		return false;
	s->at++;
	return true;
}

/* string_end - past the closing quote of the string at "at"; 0: no end */
static size_t
string_end(struct str text, size_t at)
{
	for (at++; at < text.len; at++) {
		if (text.p[at] == '\\')
			at++;
		else if (text.p[at] == '"')
			return at + 1;
	}
	return 0;
}

/* scalar_end - past a number or word, which may be empty */
static size_t
scalar_end(struct str text, size_t at)
{
	while (at < text.len && !blank(text.p[at]) &&
	    memchr(",:[]{}\"", text.p[at], 7) == NULL)
		at++;
	return at;
}

/* value_end - past the value that begins at "at"; 0: no value or no end */
static size_t
value_end(struct str text, size_t at)
{
	size_t start = at, depth = 0;

	while (at < text.len) {
		char c = text.p[at];

		if (c == '"') {
			at = string_end(text, at);
		} else if (c == '{' || c == '[') {
			depth++;
			at++;
		} else if (depth > 0 && (c == '}' || c == ']')) {
			depth--;
			at++;
		} else if (depth == 0) {
			at = scalar_end(text, at);
			return at > start ? at : 0;
		} else {
			at++;
		}
		if (depth == 0 || at == 0)
			return at;
	}
	return 0;
}

bool
export_split_value(struct export_split *s, struct str *value, unsigned *line)
{
	size_t end;

	skip(s);
	end = value_end(s->text, s->at);
	if (end == 0)
		return false;
	*value = str_sub(s->text, s->at, end - s->at);
	*line = s->line;
	for (; s->at < end; s->at++)
		s->line += s->text.p[s->at] == '\n';
	return true;
}
