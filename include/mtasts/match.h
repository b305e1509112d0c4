/*
 * mtasts/match.h - does an MX host name fit a policy?
 *
 * RFC 8461 section 4.1: lower-case A-labels, "*." is exactly one left-most
 * label, nothing else is a wildcard.
 */
#ifndef MTASTS_MATCH_H
#define MTASTS_MATCH_H

#include "mtasts/policy.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * mtasts_match - does the MX host fit one pattern?
 *
 * Both as people write them: any case, final dot, U-labels. False when either
 * is malformed.
 */
bool mtasts_match(const char *mx_host, const char *pattern);

/*
 * mtasts_policy_match - the first pattern of a policy that the MX host fits
 *
 * Returns its index, or policy->mx_count when none does.
 */
size_t mtasts_policy_match(
    const struct mtasts_policy *policy, const char *mx_host);

#ifdef __cplusplus
}
#endif

#endif
