/*
 * lint_whole - explaining files that are something else than a policy
 *
 * Error pages and web pages in its place, JSON of an early draft, UTF-16 of an
 * editor, and bytes with which two readers might see two different policies.
 * One sentence instead of one for each line.
 *
 * RFC 8461 sections 3.2 and 3.3.
 */
#include "core/lint.h"

/* skip_white - without blanks and line ends in front */
static struct str
skip_white(struct str s)
{
	size_t n = 0;

	while (n < s.len &&
	    (ascii_wsp(s.p[n]) || s.p[n] == '\n' || s.p[n] == '\r'))
		n++;
	return str_sub(s, n, SIZE_MAX);
}

/* kind_of - what the text is by its beginning, or POLICY_RULE_COUNT */
static enum policy_rule
kind_of(struct str text)
{
	if (str_starts(text, STR("\x1f\x8b")))
		return POLICY_GZIP;
	if (str_starts(text, STR("\xff\xfe")) ||
	    str_starts(text, STR("\xfe\xff")) ||
	    (text.len > 1 && (text.p[0] == '\0') != (text.p[1] == '\0')))
		return POLICY_UTF16;
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_sub(text, 3, SIZE_MAX);
	text = skip_white(text);
	if (text.len == 0)
		return POLICY_EMPTY_FILE;
	if (text.p[0] == '<')
		return POLICY_HTML;
	if (text.p[0] == '{' || text.p[0] == '[')
		return POLICY_JSON;
	if (str_starts_nocase(text, STR("v=STSv1")))
		return POLICY_TXT_RECORD;
	return POLICY_RULE_COUNT;
}

/* place_of - line and column of the byte at an offset */
static struct diag_place
place_of(struct str text, size_t offset)
{
	struct diag_place at = { .line = 1 };
	size_t start = 0;

	for (size_t i = 0; i < offset; i++) {
		if (text.p[i] == '\n') {
			at.line++;
			start = i + 1;
		}
	}
	at.column = (unsigned)(offset - start) + 1;
	return at;
}

/* find_bare_cr - offset of a CR that no LF follows, or text.len */
static size_t
find_bare_cr(struct str text)
{
	size_t i = 0;

	while (i < text.len) {
		i += str_chr(str_sub(text, i, SIZE_MAX), '\r');
		if (i < text.len &&
		    (i + 1 == text.len || text.p[i + 1] != '\n'))
			return i;
		i++;
	}
	return text.len;
}

bool
lint_bytes(struct policy_notes *notes, struct str text)
{
	enum policy_rule whole = kind_of(text);
	struct diag_place first = { .line = 1 };
	size_t nul, cr;

	if (whole == POLICY_EMPTY_FILE) {
		policy_note(notes, whole, first, "the file is empty");
		return false;
	}
	if (whole == POLICY_GZIP) {
		policy_note(
		    notes, whole, first, "the file is compressed with gzip");
		return false;
	}
	if (whole == POLICY_UTF16) {
		policy_note(notes, whole, first,
		    "the file is in UTF-16, two bytes a character");
		return false;
	}
	nul = str_chr(text, '\0');
	cr = find_bare_cr(text);
	if (nul < text.len)
		policy_note(notes, POLICY_NUL, place_of(text, nul),
		    "there is a NUL byte");
	else if (cr < text.len)
		policy_note(notes, POLICY_BARE_CR, place_of(text, cr),
		    "there is a CR that no LF follows");
	return nul == text.len && cr == text.len;
}

/* other_text - what the text is instead of a policy; null when unclear */
static const char *
other_text(enum policy_rule kind)
{
	switch (kind) {
	case POLICY_HTML:
		return "a web page (HTML or XML)";
	case POLICY_JSON:
		return "JSON";
	case POLICY_TXT_RECORD:
		return "the text of the DNS record";
	default:
		return NULL;
	}
}

bool
lint_other_text(struct policy_notes *notes, struct str text,
    const struct policy_survey *survey)
{
	struct diag_place first = { .line = 1 };
	enum policy_rule kind = kind_of(text);
	const char *what = other_text(kind);

	for (enum policy_key key = POLICY_VERSION; key < POLICY_OTHER; key++) {
		if (survey->keys[key] > 0)
			return false;
	}
	if (what != NULL)
		policy_note(notes, kind, first,
		    "the file holds %s, not a policy", what);
	return what != NULL;
}
