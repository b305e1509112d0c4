/*
 * audit_markdown.c - a report to paste into a ticket
 *
 * CommonMark with tables. What strangers say must not become a heading, a
 * link or a mention of somebody: every sign that could begin one is escaped.
 */
#include "cli/audit_out_int.h"

#include "base/timefmt.h"
#include "base/utf8.h"

/* is_marker - would a text that begins so begin a list? */
static bool
is_marker(struct str s)
{
	size_t n = 0;

	while (n < s.len && ascii_digit(s.p[n]))
		n++;
	if (n == 0)
		return s.len > 0 && strchr("-+=", s.p[0]) != NULL;
	return n < s.len && strchr(".)", s.p[n]) != NULL;
}

/* put_sign - an ASCII character, between two others (or NUL) */
static void
put_sign(struct buf *b, char before, char c, char after)
{
	bool apart = !ascii_alnum(before);

	if (strchr("&<>", c) != NULL || (c == ':' && after == '/')) {
		/* A backslash does not keep an address from being a link. */
		buf_putf(b, "&#%d;", c);
		return;
	}
	if (strchr("\\`*[]|~$", c) != NULL || (c == '#' && before == '\0') ||
	    (c == '_' && (apart || !ascii_alnum(after))))
		buf_putc(b, '\\');
	buf_putc(b, c);
	/* Nobody is to be called, and no ticket to be linked to. */
	if ((c == '@' && apart) || (c == '#' && ascii_digit(after)))
		buf_puts(b, "<!-- -->");
}

/* put_text - a text that stays what it is */
static void
put_text(struct buf *b, const char *text)
{
	struct str s = str_of(text);
	char before = '\0';
	uint32_t cp;
	size_t len;

	/* A character without width keeps the list away. */
	if (is_marker(s))
		buf_puts(b, "&#8203;");
	for (; s.len > 0; s = str_sub(s, len, s.len)) {
		len = utf8_next(s, &cp);
		if (len == 1 && strchr("\t\r\n", s.p[0]) != NULL)
			buf_putc(b, ' ');
		else if (len == 0 || !utf8_printable(cp))
			buf_puts(b, "\xef\xbf\xbd");
		else if (len > 1)
			buf_put(b, s.p, len);
		else
			put_sign(b, before, s.p[0], s.len > 1 ? s.p[1] : '\0');
		before = s.p[0];
		len = len == 0 ? 1 : len;
	}
}

/* put_line - words before a text, and a line end; nothing without a text */
static void
put_line(struct buf *b, const char *before, const char *text)
{
	if (text[0] == '\0')
		return;
	buf_puts(b, before);
	put_text(b, text);
	buf_putc(b, '\n');
}

/* put_head - the domain, its result, and the three sentences */
static void
put_head(struct buf *b, const struct audit *a)
{
	struct timefmt t;

	buf_puts(b, "# MTA-STS of ");
	put_text(b, a->domain);
	buf_putf(b, ": %s\n\n", audit_result_name(a->result));
	put_line(b, "- **Sender:** ", a->sender_text);
	put_line(b, "- **DANE:** ", a->dane_text);
	put_line(b, "- **Next:** ", a->next);
	buf_puts(b, "\n");
	timefmt_rfc3339(&t, a->at);
	buf_putf(b, "Checked %.10s %.5s UTC: ", t.text, t.text + 11);
	audit_out_counts(b, a);
	buf_puts(b, ".\n");
}

/* put_place - "**HOST, line 3:** ", when there is one */
static void
put_place(struct buf *b, const struct mtasts_finding *f)
{
	struct buf place;

	buf_init(&place, AUDIT_OUT_MAX);
	audit_out_place(&place, f);
	if (place.len > 0) {
		buf_puts(b, "**");
		put_text(b, place.p);
		buf_puts(b, ":** ");
	}
	if (buf_error(&place) != MTASTS_OK)
		b->err = buf_error(&place);
	buf_free(&place);
}

/* put_finding - an item of a list: what was seen, and how to mend it */
static void
put_finding(struct buf *b, const struct mtasts_finding *f)
{
	buf_puts(b, "- ");
	put_place(b, f);
	put_text(b, f->message);
	buf_putc(b, '\n');
	put_line(b, "  - ", f->fix);
	put_line(b, "  - ", f->rfc);
}

/* put_problem - one check with all that was found */
static void
put_problem(struct buf *b, const struct audit_check *c)
{
	buf_putf(b, "\n## %s: %s ", audit_status_name(c->status), c->check->id);
	put_text(b, c->check->title);
	buf_puts(b, "\n\n");
	for (size_t i = 0; i < c->finding_count; i++)
		put_finding(b, c->finding[i]);
}

/* put_problems - failures, then warnings */
static void
put_problems(struct buf *b, const struct audit *a)
{
	static const enum audit_status order[] = { AUDIT_FAIL, AUDIT_WARN };

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < a->count; i++)
			if (a->check[i].status == order[k])
				put_problem(b, &a->check[i]);
}

/* put_skipped - the reasons, each with all ids that have it */
static void
put_skipped(struct buf *b, const struct audit *a, bool unknown)
{
	const char *title = unknown ? "\n## Could not be found out\n\n"
				    : "\n## Not looked at\n\n";
	const struct audit_check *c;

	for (size_t i = 0; i < a->count; i++) {
		c = &a->check[i];
		if (c->status != AUDIT_SKIP || c->unknown != unknown ||
		    !audit_out_first(a, i))
			continue;
		buf_puts(b, title);
		title = "";
		buf_puts(b, "- ");
		audit_out_ids(b, a, audit_out_same, c);
		buf_puts(b, ": ");
		put_text(b, c->message);
		buf_putc(b, '\n');
	}
}

/* put_infos - what is worth knowing */
static void
put_infos(struct buf *b, const struct audit *a)
{
	if (audit_count(a, AUDIT_INFO) == 0)
		return;
	buf_puts(b, "\n## Worth knowing\n\n");
	for (size_t i = 0; i < a->count; i++) {
		const struct audit_check *c = &a->check[i];

		for (size_t k = 0;
		     c->status == AUDIT_INFO && k < c->finding_count; k++) {
			buf_putf(b, "- %s: ", c->check->id);
			put_place(b, c->finding[k]);
			put_text(b, c->finding[k]->message);
			buf_putc(b, '\n');
		}
	}
}

/* put_passed - the ids of what passed, by parts */
static void
put_passed(struct buf *b, const struct audit *a)
{
	const struct audit_part *part;
	struct buf ids;

	if (audit_count(a, AUDIT_PASS) == 0)
		return;
	buf_puts(b, "\n## Passed\n\n");
	buf_init(&ids, AUDIT_OUT_MAX);
	for (size_t i = 0; (part = audit_part_get(i)) != NULL; i++) {
		audit_out_ids(&ids, a, audit_out_in_part, part);
		if (ids.len > 0)
			buf_putf(b, "- %s: %s\n", part->title, ids.p);
		if (buf_error(&ids) != MTASTS_OK)
			b->err = buf_error(&ids);
		buf_clear(&ids);
	}
	buf_free(&ids);
}

/* put_advice - what countries recommend, as a table */
static void
put_advice(struct buf *b, const struct audit *a)
{
	if (a->advice_count == 0)
		return;
	buf_puts(b,
	    "\n## Recommendations of countries\n\n"
	    "| Country | Asks for | Met | Document |\n|---|---|---|---|\n");
	for (size_t i = 0; i < a->advice_count; i++) {
		const struct audit_advice *one = &a->advice[i];

		buf_puts(b, "| ");
		put_text(b, one->country);
		buf_puts(b, " | ");
		put_text(b, one->text);
		buf_putf(b, " | %s | [", audit_out_met(one));
		put_text(b, one->document);
		buf_putf(b, "](<%s>) |\n", one->url);
	}
}

/* put_opinions - the pages of other checkers */
static void
put_opinions(struct buf *b, const struct audit *a)
{
	const char *name;
	struct buf url;

	buf_puts(b, "\n## Second opinions\n\n");
	buf_init(&url, AUDIT_OUT_MAX);
	for (size_t i = 0; (name = audit_opinion(a, i, &url)) != NULL; i++) {
		buf_putf(b, "- [%s](<%s>)\n", name, url.p != NULL ? url.p : "");
		if (buf_error(&url) != MTASTS_OK)
			b->err = buf_error(&url);
		buf_clear(&url);
	}
	buf_free(&url);
}

/* one - the report of a domain */
static void
one(struct audit_out *out, const struct audit *a)
{
	struct buf *b = &out->b;

	if (out->count > 0)
		buf_putc(b, '\n');
	put_head(b, a);
	put_problems(b, a);
	put_skipped(b, a, true);
	put_infos(b, a);
	put_passed(b, a);
	put_skipped(b, a, false);
	put_advice(b, a);
	put_opinions(b, a);
}

/* end - how many ended how */
static void
end(struct audit_out *out)
{
	if (out->single || out->count == 0)
		return;
	buf_puts(&out->b, "\n---\n\n");
	audit_out_total(&out->b, out);
	buf_putc(&out->b, '\n');
}

const struct audit_format audit_markdown = { .name = "markdown",
	.one = one,
	.end = end,
	.exits = { CMD_FINE, CMD_FINE, CMD_UNKNOWN, CMD_PROBLEM } };
