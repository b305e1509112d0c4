/*
 * judge_note.c - what the judges of hosts and mail servers share
 *
 * How findings are noted, and the few facts about a domain that several of
 * them ask for.
 */
#include "core/judge_int.h"

#include "base/timefmt.h"
#include "mtasts/match.h"

#include <stdio.h>

void
judge_find(struct audit *a, const struct diag_rule *rule, struct judge_at at,
    const char *fmt, ...)
{
	struct diag_place place = { .file = at.who };
	struct diag_rule as = *rule;
	struct buf message;
	va_list ap;

	if (at.soft && as.severity == MTASTS_ERROR)
		as.severity = MTASTS_WARNING;
	buf_init(&message, 4096);
	va_start(ap, fmt);
	buf_vputf(&message, fmt, ap);
	va_end(ap);
	if (buf_error(&message) != MTASTS_OK)
		a->short_of_memory = true;
	else if (at.fix != NULL)
		diag_add_fix(a->diags, &as, place, at.fix, "%s", message.p);
	else
		diag_add(a->diags, &as, place, "%s", message.p);
	buf_free(&message);
}

const char *
judge_who(
    struct judge_text *out, const char *host, const char *address, size_t more)
{
	size_t n;

	snprintf(out->text, sizeof(out->text), "%.253s [%.47s]", host, address);
	n = strlen(out->text);
	if (more > 0)
		snprintf(out->text + n, sizeof(out->text) - n, " and %zu more",
		    more);
	return out->text;
}

const char *
judge_said(struct judge_text *out, const char *why)
{
	size_t n;

	snprintf(out->text, sizeof(out->text) - 1, "%s", why);
	if (out->text[0] >= 'a' && out->text[0] <= 'z')
		out->text[0] = (char)(out->text[0] - 'a' + 'A');
	n = strlen(out->text);
	if (n > 0 && out->text[n - 1] != '.')
		snprintf(out->text + n, sizeof(out->text) - n, ".");
	return out->text;
}

const char *
judge_date(struct judge_text *out, int64_t at)
{
	struct timefmt text;

	snprintf(
	    out->text, sizeof(out->text), "%.10s", timefmt_rfc3339(&text, at));
	return out->text;
}

bool
judge_hard(const struct seen *s)
{
	return s->text_policy != NULL &&
	    s->text_policy->mode != MTASTS_MODE_NONE;
}

bool
judge_enforced(const struct seen *s)
{
	return s->rec_verdict == MTASTS_VERDICT_VALID && s->policy != NULL &&
	    s->policy->mode == MTASTS_MODE_ENFORCE;
}

/* answered - did something at the address answer, if only by a refusal? */
static bool
answered(const struct probefact *p)
{
	return p->end == PROBEFACT_REFUSED || p->end == PROBEFACT_SILENT ||
	    probefact_talked(p);
}

bool
judge_blocked(const struct seen *s)
{
	bool tried = false;

	for (size_t i = 0; i < s->mx_count; i++) {
		const struct seen_mx *mx = &s->mxs[i];

		for (size_t k = 0; k < mx->addr_count; k++) {
			const struct probefact *p = mx->addr[k].probe;

			if (p != NULL && answered(p))
				return false;
			tried |= p != NULL;
		}
	}
	return tried;
}

bool
judge_fits(const struct seen *s, const struct seen_mx *mx)
{
	return s->text_policy != NULL &&
	    mtasts_policy_match(s->text_policy, mx->name) <
	    s->text_policy->mx_count;
}
