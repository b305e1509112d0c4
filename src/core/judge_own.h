/*
 * judge_own - the rules about what stands around a policy
 *
 * Not for other rooms than judge_own*.
 */
#ifndef MTASTS_CORE_JUDGE_OWN_H
#define MTASTS_CORE_JUDGE_OWN_H

#include "core/judge_txt.h"

enum own_rule {
	OWN_TESTING_LONG = 0,
	OWN_MODE_NONE,
	OWN_REMOVAL,
	OWN_REMOVAL_DONE,
	OWN_NOT_READY,
	OWN_CAA_FORBIDS,
	OWN_CAA_OTHER,
	OWN_CAA_UNKNOWN,
	OWN_CAA_CRITICAL,
	OWN_CAA_BOGUS,
	OWN_SUB,
	OWN_SUB_WILDCARD,
	OWN_RENEWAL_LATE,
	OWN_LARGE_SHORT,
	OWN_LARGE_LENIENT,
	OWN_LARGE_TESTING,
	OWN_LARGE_NONE,
	OWN_RULES
};

/* own_rule - a rule of judge_own_rules */
static inline const struct diag_rule *
own_rule(enum own_rule rule)
{
	return &judge_own_rules[rule];
}

/* judge_own_caa - O04: may the authority in use issue the next certificate? */
void judge_own_caa(const struct seen *s, struct audit *a);

/* judge_own_ready - O03: may a policy in mode testing be enforced? */
void judge_own_ready(const struct seen *s, struct audit *a);

/* judge_own_renewal - O06: are certificates renewed in time? */
void judge_own_renewal(const struct seen *s, struct audit *a);

#endif
