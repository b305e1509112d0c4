/*
 * judge_sts - the rules about the record _mta-sts beyond its grammar
 *
 * Not for other rooms than judge_sts*.
 */
#ifndef MTASTS_CORE_JUDGE_STS_H
#define MTASTS_CORE_JUDGE_STS_H

#include "core/judge_txt.h"

enum sts_rule {
	STS_MISSING = 0,
	STS_MISSING_DANE,
	STS_NO_MAIL,
	STS_HALF,
	STS_HOST_ALONE,
	STS_BOGUS,
	STS_MISPLACED,
	STS_CNAME_DANGLING,
	STS_CNAME_LOOP,
	STS_CNAME_LONG,
	STS_TTL_LONG,
	STS_TTL_SHORT,
	STS_NS_DIFFERS,
	STS_NS_SILENT,
	STS_NS_NO_ADDRESS,
	STS_CACHED,
	STS_UNSIGNED,
	STS_ID_OLD,
	STS_ID_FOREIGN,
	STS_TEXT_OLD,
	STS_TEXT_FOREIGN,
	STS_RULES
};

/* sts_rule - a rule of judge_sts_rules */
static inline const struct diag_rule *
sts_rule(enum sts_rule rule)
{
	return &judge_sts_rules[rule];
}

/* judge_sts_way - D10 to D12: how the record is reached */
void judge_sts_way(const struct seen *s, struct audit *a);

/* judge_sts_own - D13 and D14: is it what the registry wants? */
void judge_sts_own(const struct seen *s, struct audit *a);

#endif
