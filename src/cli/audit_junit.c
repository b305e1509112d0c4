/*
 * audit_junit.c - JUnit XML, for what shows the tests of a CI run
 *
 * A suite for each domain, a case for each check. A failed check is a failure;
 * one that could not be found out is an error; a warning is no failure, as for
 * the exit status: its text stands in system-out. XML cannot hold every
 * character, not even escaped: those that it cannot become U+FFFD.
 */
#include "cli/audit_out_int.h"

#include "base/timefmt.h"
#include "base/utf8.h"

#include <inttypes.h>

/* is_xml - may the character stand in XML 1.0? (its section 2.2) */
static bool
is_xml(uint32_t cp)
{
	return cp >= ' ' && cp != 0x7f && cp != 0xfffe && cp != 0xffff;
}

/* put_char - one character, escaped */
static void
put_char(struct buf *b, struct str s, uint32_t cp)
{
	switch (cp) {
	case '&':
		buf_puts(b, "&amp;");
		break;
	case '<':
		buf_puts(b, "&lt;");
		break;
	case '>':
		buf_puts(b, "&gt;");
		break;
	case '"':
		buf_puts(b, "&quot;");
		break;
	case '\n':
	case '\t':
		buf_putf(b, "&#%u;", (unsigned)cp);
		break;
	default:
		if (is_xml(cp))
			buf_put_str(b, s);
		else
			buf_puts(b, "\xef\xbf\xbd");
	}
}

/* put_text - a text, for between tags and for attributes */
static void
put_text(struct buf *b, const char *text)
{
	struct str s = str_of(text);
	uint32_t cp;
	size_t len;

	for (; s.len > 0; s = str_sub(s, len, s.len)) {
		len = utf8_next(s, &cp);
		if (len == 0) {
			len = 1;
			cp = 0;
		}
		put_char(b, str_sub(s, 0, len), cp);
	}
}

/* put_attribute - a name and a text */
static void
put_attribute(struct buf *b, const char *name, const char *text)
{
	buf_putf(b, " %s=\"", name);
	put_text(b, text);
	buf_putc(b, '"');
}

/* put_seconds - an attribute of milliseconds */
static void
put_seconds(struct buf *b, int64_t ms)
{
	buf_putf(b, " time=\"%" PRId64 ".%03d\"", ms / 1000, (int)(ms % 1000));
}

/* put_finding - as lines of text */
static void
put_finding(struct buf *b, const struct mtasts_finding *f)
{
	struct buf place;

	buf_init(&place, AUDIT_OUT_MAX);
	audit_out_place(&place, f);
	if (place.len > 0) {
		put_text(b, place.p);
		buf_puts(b, ": ");
	}
	if (buf_error(&place) != MTASTS_OK)
		b->err = buf_error(&place);
	buf_free(&place);
	put_text(b, f->message);
	buf_putc(b, '\n');
	if (f->fix[0] != '\0') {
		put_text(b, f->fix);
		buf_putc(b, '\n');
	}
	if (f->rfc[0] != '\0') {
		put_text(b, f->rfc);
		buf_putc(b, '\n');
	}
}

/* put_findings - all of a check, or its sentence when it has none */
static void
put_findings(struct buf *b, const struct audit_check *c)
{
	if (c->finding_count == 0) {
		put_text(b, c->message);
		buf_putc(b, '\n');
	}
	for (size_t i = 0; i < c->finding_count; i++)
		put_finding(b, c->finding[i]);
}

/* put_outcome - what stands inside of a case */
static void
put_outcome(struct buf *b, const struct audit_check *c)
{
	switch (c->status) {
	case AUDIT_FAIL:
		buf_puts(b, "      <failure");
		put_attribute(b, "type", c->name);
		put_attribute(b, "message", c->message);
		buf_putc(b, '>');
		put_findings(b, c);
		buf_puts(b, "</failure>\n");
		break;
	case AUDIT_SKIP:
		buf_puts(b,
		    c->unknown ? "      <error type=\"unknown\""
			       : "      <skipped");
		put_attribute(b, "message", c->message);
		buf_puts(b, "/>\n");
		break;
	case AUDIT_WARN:
	case AUDIT_INFO:
		buf_puts(b, "      <system-out>");
		buf_puts(b, c->status == AUDIT_WARN ? "warning: " : "info: ");
		put_findings(b, c);
		buf_puts(b, "</system-out>\n");
		break;
	case AUDIT_PASS:
	case AUDIT_STATUSES:
		break;
	}
}

/* put_case - one check */
static void
put_case(struct buf *b, const struct audit *a, const struct audit_check *c)
{
	buf_puts(b, "    <testcase");
	put_attribute(b, "classname", a->domain);
	buf_puts(b, " name=\"");
	put_text(b, c->check->id);
	buf_putc(b, ' ');
	put_text(b, c->check->title);
	if (c->status == AUDIT_PASS) {
		buf_puts(b, "\"/>\n");
		return;
	}
	buf_puts(b, "\">\n");
	put_outcome(b, c);
	buf_puts(b, "    </testcase>\n");
}

/* put_property - a name and a text of the suite */
static void
put_property(struct buf *b, const char *name, const char *text)
{
	buf_putf(b, "      <property name=\"%s\"", name);
	put_attribute(b, "value", text);
	buf_puts(b, "/>\n");
}

/* begin - what stands around all suites */
static void
begin(struct audit_out *out)
{
	buf_puts(&out->b,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuites name=\"mtasts check\">\n");
}

/* one - a suite */
static void
one(struct audit_out *out, const struct audit *a)
{
	struct buf *b = &out->b;
	struct timefmt time;
	size_t unknown = 0;

	for (size_t i = 0; i < a->count; i++)
		unknown +=
		    a->check[i].status == AUDIT_SKIP && a->check[i].unknown;
	buf_puts(b, "  <testsuite");
	put_attribute(b, "name", a->domain);
	buf_putf(b,
	    " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
	    a->count, audit_count(a, AUDIT_FAIL), unknown,
	    audit_count(a, AUDIT_SKIP) - unknown);
	put_seconds(b, a->took_ms);
	/* Their schema knows no zone. */
	buf_putf(b, " timestamp=\"%.19s\">\n    <properties>\n",
	    timefmt_rfc3339(&time, a->at));
	put_property(b, "result", audit_result_name(a->result));
	put_property(b, "sender", a->sender_text);
	put_property(b, "dane", a->dane_text);
	put_property(b, "next", a->next);
	buf_puts(b, "    </properties>\n");
	for (size_t i = 0; i < a->count; i++)
		put_case(b, a, &a->check[i]);
	buf_puts(b, "  </testsuite>\n");
}

/* end - and behind them */
static void
end(struct audit_out *out)
{
	buf_puts(&out->b, "</testsuites>\n");
}

const struct audit_format audit_junit = { .name = "junit",
	.begin = begin,
	.one = one,
	.end = end,
	.exits = { CMD_FINE, CMD_FINE, CMD_UNKNOWN, CMD_PROBLEM } };
