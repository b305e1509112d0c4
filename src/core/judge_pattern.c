/*
 * judge_pattern.c - M03 and M04: the mx lines that let nobody in, or too many
 *
 * RFC 8461 sections 4.1 and 10.4. Can tell nothing stale while some of the MX
 * hosts were not looked at.
 */
#include "core/judge_mx_int.h"

#include "core/zone_name.h"
#include "mtasts/match.h"

#define EACH 10 /* lines of one fault that are told; a file may have many */

/* count_fits - MX hosts that the line lets in, and one of them */
static size_t
count_fits(const struct seen *s, const char *line, const struct seen_mx **one)
{
	size_t n = 0;

	for (size_t i = 0; i < s->mx_count; i++) {
		if (!mtasts_match(s->mxs[i].name, line))
			continue;
		*one = &s->mxs[i];
		n++;
	}
	return n;
}

/* is_ours - is the domain below the wildcard's, or an MX host? */
static bool
is_ours(const struct seen *s, struct str base)
{
	if (zone_name_below(str_of(s->domain), base) ||
	    zone_name_below(base, str_of(s->domain)))
		return true;
	for (size_t i = 0; i < s->mx_count; i++)
		if (zone_name_below(str_of(s->mxs[i].name), base))
			return true;
	return false;
}

/* enough - were so many of one kind met that the rest would flood? */
static bool
enough(size_t so_far)
{
	return so_far > EACH;
}

/* judge_wildcard - M04 of one line */
static void
judge_wildcard(const struct seen *s, struct audit *a, const char *line)
{
	struct judge_at at = { .who = NULL };
	const struct seen_mx *one = NULL;
	size_t n = count_fits(s, line, &one);

	if (n == 1 && s->mx_more == 0)
		judge_find(a, &judge_mx_rules[MX_WILDCARD_BROAD], at,
		    "The line \"mx: %s\" lets in any host of that domain, but "
		    "the only MX host there is %s.",
		    line, one->name);
	if (n > 0 || s->mx_more > 0)
		return;
	if (is_ours(s, str_of(line + 2)))
		judge_find(a, &judge_mx_rules[MX_WILDCARD_UNUSED], at,
		    "The line \"mx: %s\" lets in no MX host of the domain.",
		    line);
	else
		judge_find(a, &judge_mx_rules[MX_WILDCARD_FOREIGN], at,
		    "The line \"mx: %s\" lets in hosts of %s, which has no MX "
		    "host of the domain.",
		    line, line + 2);
}

void
judge_patterns(const struct seen *s, struct audit *a)
{
	const struct mtasts_policy *policy = s->text_policy;
	const struct seen_mx *one = NULL;
	size_t wild = 0, stale = 0, literal;

	for (size_t i = 0; i < policy->mx_count; i++) {
		const char *line = policy->mx[i];

		if (line[0] == '*') {
			if (!enough(++wild))
				judge_wildcard(s, a, line);
		} else if (s->mx_more == 0 && count_fits(s, line, &one) == 0 &&
		    !enough(++stale)) {
			judge_find(a, &judge_mx_rules[MX_STALE],
			    (struct judge_at){ .who = NULL },
			    "The policy lets in %s, which is no MX host of the "
			    "domain.",
			    line);
		}
	}
	literal = policy->mx_count - wild;
	audit_seen(a, "M03", "%zu name%s", literal, literal == 1 ? "" : "s");
	if (stale > EACH)
		audit_seen(a, "M03", "%zu of them no MX host", stale);
	audit_seen(a, "M04", "%zu wildcard%s", wild, wild == 1 ? "" : "s");
}
