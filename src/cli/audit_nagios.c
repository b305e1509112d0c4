/*
 * audit_nagios.c - a plugin of Nagios, Icinga, Naemon, Centreon
 *
 * The first line says it all, behind the bar stand figures; of several domains
 * one line each follows. The exit status is the plugin's: 0 OK, 1 WARNING,
 * 2 CRITICAL, 3 UNKNOWN. No bar may stand in the texts.
 */
#include "cli/audit_out_int.h"

#include <inttypes.h>

#define DAY_S	  86400
#define WARN_DAYS 21
#define CRIT_DAYS 7

enum { LINES, FIGURES };

static const char *const words[AUDIT_RESULTS] = {
	[AUDIT_RESULT_PASS] = "OK",
	[AUDIT_RESULT_WARN] = "WARNING",
	[AUDIT_RESULT_UNKNOWN] = "UNKNOWN",
	[AUDIT_RESULT_FAIL] = "CRITICAL",
};

/* put_text - a text in which no bar and no line end is left */
static void
put_text(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			buf_putc(b, '/');
		else
			buf_putc(b, (unsigned char)*text < ' ' ? ' ' : *text);
	}
}

/* days_left - of the certificate that ends first; false when none was seen */
static bool
days_left(const struct audit *a, int64_t *days)
{
	int64_t until = a->host_cert_until_at;

	if (a->mx_cert_until_at != 0 &&
	    (until == 0 || a->mx_cert_until_at < until))
		until = a->mx_cert_until_at;
	if (until == 0)
		return false;
	*days = (until - a->at) / DAY_S;
	return true;
}

/* put_figures - performance data of one domain */
static void
put_figures(struct buf *b, const struct audit *a)
{
	int64_t days;

	buf_putf(b, "'failed'=%zu;;0;0 'warnings'=%zu;0;;0 'passed'=%zu;;;0",
	    audit_count(a, AUDIT_FAIL), audit_count(a, AUDIT_WARN),
	    audit_count(a, AUDIT_PASS));
	if (days_left(a, &days))
		buf_putf(b, " 'certificate_days'=%" PRId64 ";%d:;%d:", days,
		    WARN_DAYS, CRIT_DAYS);
	buf_putf(b, " 'time'=%" PRId64 "ms;;;0", a->took_ms);
}

/* one - a line, kept: the first one may have to be the sum of all */
static void
one(struct audit_out *out, const struct audit *a)
{
	struct buf *line = &out->kept[LINES];

	if (out->count > 0)
		buf_putc(line, '\n');
	if (!out->single)
		buf_putf(line, "%s - ", words[a->result]);
	put_text(line, a->domain);
	buf_puts(line, ": ");
	put_text(line, a->next[0] != '\0' ? a->next : words[a->result]);
	if (out->count == 0)
		put_figures(&out->kept[FIGURES], a);
}

/* end - the first line, and what was kept */
static void
end(struct audit_out *out)
{
	struct buf *b = &out->b;

	buf_putf(b, "MTA-STS %s - ",
	    words[out->count > 0 ? out->worst : AUDIT_RESULT_UNKNOWN]);
	if (out->single && out->count == 1) {
		buf_put_str(b, buf_str(&out->kept[LINES]));
		buf_puts(b, " | ");
		buf_put_str(b, buf_str(&out->kept[FIGURES]));
		buf_putc(b, '\n');
		return;
	}
	audit_out_total(b, out);
	buf_putf(b,
	    " | 'failed'=%zu;;0;0 'warnings'=%zu;0;;0 'unknown'=%zu;;;0 "
	    "'passed'=%zu;;;0\n",
	    out->results[AUDIT_RESULT_FAIL], out->results[AUDIT_RESULT_WARN],
	    out->results[AUDIT_RESULT_UNKNOWN],
	    out->results[AUDIT_RESULT_PASS]);
	if (out->count > 0) {
		buf_put_str(b, buf_str(&out->kept[LINES]));
		buf_putc(b, '\n');
	}
}

const struct audit_format audit_nagios = {
	.name = "nagios", .one = one, .end = end, .exits = { 0, 1, 3, 2 }
};
