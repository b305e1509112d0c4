/*
 * audit_prometheus.c - for the textfile collector of node_exporter
 *
 * The text format wants all samples of a metric together, so they are kept
 * until the end, a metric in each buffer. Names of domains are label values
 * here, as in every exporter that looks at what it was told to.
 */
#include "cli/audit_out_int.h"

#include "base/utf8.h"

#include <inttypes.h>

#define PREFIX "mtasts_check_"

enum { RESULT, STATUS, CERTIFICATE, MODE, AGE, TIME, TOOK, METRICS };
_Static_assert(METRICS <= AUDIT_OUT_KEPT, "a buffer for each metric");

/* What the numbers of "result" and "status" mean is said once. */
#define SCALE "0 is pass, 1 a warning, 2 not found out, 3 a failure."

static const struct {
	const char *name, *help;
} metrics[METRICS] = {
	[RESULT] = { "result", "The result of a domain: " SCALE },
	[STATUS] = { "status", "The status of a check: " SCALE },
	[CERTIFICATE] = { "certificate_expiry_timestamp_seconds",
	    "When the first certificate ends that was seen." },
	[MODE] = { "policy_mode", "The mode of the policy, as a label." },
	[AGE] = { "policy_max_age_seconds",
	    "For how long senders remember the policy." },
	[TIME] = { "timestamp_seconds", "When the domain was checked." },
	[TOOK] = { "duration_seconds", "How long the check took." },
};

/* put_value - the value of a label; UTF-8 whatever comes */
static void
put_value(struct buf *b, const char *text)
{
	struct str s = str_of(text);
	uint32_t cp;
	size_t len;

	for (; s.len > 0; s = str_sub(s, len, s.len)) {
		len = utf8_next(s, &cp);
		if (len == 0) {
			len = 1;
			buf_puts(b, "\xef\xbf\xbd");
		} else if (!utf8_printable(cp))
			buf_puts(b, "\xef\xbf\xbd");
		else if (cp == '"' || cp == '\\')
			buf_putf(b, "\\%c", (char)cp);
		else
			buf_put(b, s.p, len);
	}
}

/* sample - begin a sample of a metric; its value is to follow */
static struct buf *
sample(struct audit_out *out, int metric, const struct audit *a,
    const char *label, const char *value)
{
	struct buf *b = &out->kept[metric];

	buf_putf(b, PREFIX "%s{domain=\"", metrics[metric].name);
	put_value(b, a->domain);
	if (label != NULL) {
		buf_putf(b, "\",%s=\"", label);
		put_value(b, value);
	}
	buf_puts(b, "\"} ");
	return b;
}

/* scale - the number of a check's status, or -1 when it says nothing */
static int
scale(const struct audit_check *c)
{
	switch (c->status) {
	case AUDIT_FAIL:
		return 3;
	case AUDIT_SKIP:
		return c->unknown ? 2 : -1;
	case AUDIT_WARN:
		return 1;
	case AUDIT_PASS:
	case AUDIT_INFO:
	case AUDIT_STATUSES:
		break;
	}
	return 0;
}

/* put_certificate - when a certificate ends, if one was seen */
static void
put_certificate(struct audit_out *out, const struct audit *a, const char *of,
    int64_t until_at)
{
	if (until_at > 0)
		buf_putf(sample(out, CERTIFICATE, a, "of", of), "%" PRId64 "\n",
		    until_at);
}

/* one - all samples of a domain */
static void
one(struct audit_out *out, const struct audit *a)
{
	static const int results[AUDIT_RESULTS] = { [AUDIT_RESULT_PASS] = 0,
		[AUDIT_RESULT_WARN] = 1,
		[AUDIT_RESULT_UNKNOWN] = 2,
		[AUDIT_RESULT_FAIL] = 3 };

	buf_putf(
	    sample(out, RESULT, a, NULL, NULL), "%d\n", results[a->result]);
	for (size_t i = 0; i < a->count; i++) {
		const struct audit_check *c = &a->check[i];

		if (scale(c) >= 0)
			buf_putf(sample(out, STATUS, a, "id", c->check->id),
			    "%d\n", scale(c));
	}
	put_certificate(out, a, "policy-host", a->host_cert_until_at);
	put_certificate(out, a, "mail-servers", a->mx_cert_until_at);
	if (a->mode != NULL) {
		buf_puts(sample(out, MODE, a, "mode", a->mode), "1\n");
		buf_putf(sample(out, AGE, a, NULL, NULL), "%" PRIu32 "\n",
		    a->max_age_s);
	}
	buf_putf(sample(out, TIME, a, NULL, NULL), "%" PRId64 "\n", a->at);
	buf_putf(sample(out, TOOK, a, NULL, NULL), "%" PRId64 ".%03d\n",
	    a->took_ms / 1000, (int)(a->took_ms % 1000));
}

/* end - the metrics, one after the other */
static void
end(struct audit_out *out)
{
	for (int i = 0; i < METRICS; i++) {
		if (out->kept[i].len == 0)
			continue;
		buf_putf(&out->b,
		    "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s gauge\n",
		    metrics[i].name, metrics[i].help, metrics[i].name);
		buf_put_str(&out->b, buf_str(&out->kept[i]));
	}
}

const struct audit_format audit_prometheus = { .name = "prometheus",
	.one = one,
	.end = end,
	.exits = { CMD_FINE, CMD_FINE, CMD_UNKNOWN, CMD_PROBLEM } };
