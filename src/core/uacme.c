/*
 * uacme - what the program uacme says when it fails
 *
 * Its last line often names an order and not the cause; the cause is what the
 * authority said, what our hook said, or what kept a connection from being
 * made, in this order. Written for version 1.7.
 */
#include "core/uacme.h"

#define NAME "uacme: "
#define HOOK "mtasts: "

/* What was found on the way through the lines. */
struct lines {
	struct str detail; /* of the first problem document */
	struct str hook; /* what ours said last */
	struct str curl; /* why there was no connection, the last time */
	struct str last; /* the last line that tells anything */
	bool no_account, has_account, limited, nonce, untrusted, declined;
};

/* has - is it in the line, whatever the case? */
static bool
has(struct str line, struct str what)
{
	return str_find_nocase(line, what) < line.len;
}

/* behind - what stands behind the last "what" of a line; false: no such */
static bool
behind(struct str line, struct str what, struct str *out)
{
	size_t at;
	bool found = false;

	while ((at = str_find(line, what)) < line.len) {
		line = str_sub(line, at + what.len, line.len);
		found = true;
	}
	if (found)
		*out = line;
	return found;
}

/* read_detail - a line "detail": "..." of a problem document */
static bool
read_detail(struct str line, struct str *out)
{
	struct str text;

	if (!str_starts(line, STR("\"detail\"")) ||
	    !str_cut(line, ':', NULL, &text))
		return false;
	text = str_trim(text);
	while (text.len > 0 &&
	    (text.p[text.len - 1] == ',' || text.p[text.len - 1] == '"'))
		text.len--;
	if (text.len > 0 && text.p[0] == '"')
		text = str_sub(text, 1, text.len);
	while (str_ends(text, STR(".")))
		text.len--;
	*out = text;
	return text.len > 0;
}

/* read_curl - a line that tells why something was not got */
static void
read_curl(struct str line, struct lines *l)
{
	if (!str_starts(line, STR("curl_")))
		return;
	if (behind(line, STR("failed: "), &l->curl))
		l->untrusted = has(l->curl, STR("certificate"));
}

/* read_line - one line of it */
static void
read_line(struct str line, struct lines *l)
{
	struct str detail;

	if (line.len == 0)
		return;
	l->limited |= has(line, STR("rateLimited")) ||
	    has(line, STR("status 429")) || has(line, STR("\"status\": 429"));
	l->nonce |= has(line, STR("error:badNonce"));
	l->no_account |= has(line, STR("accountDoesNotExist")) ||
	    has(line, STR("no account associated"));
	if (str_starts(line, STR(HOOK))) {
		l->hook = str_sub(line, sizeof(HOOK) - 1, line.len);
		return;
	}
	if (read_detail(line, &detail)) {
		if (l->detail.len == 0)
			l->detail = detail;
		return;
	}
	if (!str_starts(line, STR(NAME)))
		return;
	line = str_sub(line, sizeof(NAME) - 1, line.len);
	l->has_account |= str_starts(line, STR("Account already exists"));
	l->declined |= str_eq(line, STR("no challenge completed"));
	read_curl(line, l);
	l->last = line;
}

/* last_of - the last line of a text that is of nobody we know */
static struct str
last_of(struct str text)
{
	struct str line, last = STR("");

	while (str_line(&text, &line, NULL)) {
		line = str_trim(line);
		if (line.len > 0)
			last = line;
	}
	return last;
}

/* conclude - which of what was found is told */
static void
conclude(const struct lines *l, struct str text, struct uacme_said *out)
{
	out->cause = UACME_OTHER;
	out->why = l->last.len > 0 ? l->last : last_of(text);
	if (l->detail.len > 0) {
		out->why = l->detail;
	} else if (l->declined && l->hook.len > 0) {
		out->why = l->hook;
		out->cause = UACME_DECLINED;
	} else if (l->curl.len > 0) {
		out->why = l->curl;
		out->cause = l->untrusted ? UACME_UNTRUSTED : UACME_UNREACHABLE;
	}
	if (l->has_account)
		out->cause = UACME_HAS_ACCOUNT;
	/* What it said itself counts more than that it said it again. */
	if (l->nonce)
		out->cause = UACME_NONCE;
	if (l->no_account)
		out->cause = UACME_NO_ACCOUNT;
	if (l->limited)
		out->cause = UACME_LIMITED;
}

void
uacme_read(struct str text, struct uacme_said *out)
{
	struct lines l = { .limited = false };
	struct str rest = text, line;

	while (str_line(&rest, &line, NULL))
		read_line(str_trim(line), &l);
	conclude(&l, text, out);
}
