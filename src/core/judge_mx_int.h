/*
 * judge_mx_int - what the files of judge_mx share
 *
 * Not for other rooms.
 */
#ifndef MTASTS_CORE_JUDGE_MX_INT_H
#define MTASTS_CORE_JUDGE_MX_INT_H

#include "core/judge_int.h"

/* Indices of judge_mx_rules. */
enum mx_rule {
	MX_NULL = 0,
	MX_IMPLICIT,
	MX_NONE,
	MX_NO_DOMAIN,
	MX_BOGUS,
	MX_UNMATCHED,
	MX_STALE,
	MX_WILDCARD_UNUSED,
	MX_WILDCARD_FOREIGN,
	MX_WILDCARD_BROAD,
	MX_PROVIDER,
	MX_PROVIDER_MORE,
	MX_CNAME,
	MX_NO_ADDRESS,
	MX_ADDRESS_BOGUS,
	MX_TWICE,
	MX_IP,
	MX_BAD_NAME,
	MX_RULES
};

/* judge_patterns - M03 and M04: does each line let some MX host in? */
void judge_patterns(const struct seen *s, struct audit *a);

#endif
