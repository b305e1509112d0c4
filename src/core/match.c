/*
 * match - does an MX host name fit a policy?
 *
 * RFC 8461 section 4.1. The public face of mxpattern; knows no DNS: whether
 * the host is an MX of the domain is the caller's business.
 */
#include "mtasts/match.h"

#include "core/mxpattern.h"

/* host_parse - the MX host, normalised; false when it is no name */
static bool
host_parse(const char *text, struct mtasts_dname *out)
{
	struct str s = str_of(text);

	return mtasts_dname_parse(s.p, s.len, out, NULL, NULL) == MTASTS_OK;
}

/* pattern_fits - read one pattern and hold the host against it */
static bool
pattern_fits(const struct mtasts_dname *host, const char *pattern)
{
	struct mxpattern p;

	return mxpattern_parse(str_of(pattern), &p, NULL, NULL, NULL) &&
	    mxpattern_fits(&p, host);
}

bool
mtasts_match(const char *mx_host, const char *pattern)
{
	struct mtasts_dname host;

	return host_parse(mx_host, &host) && pattern_fits(&host, pattern);
}

size_t
mtasts_policy_match(const struct mtasts_policy *policy, const char *mx_host)
{
	struct mtasts_dname host;
	size_t i;

	if (!host_parse(mx_host, &host))
		return policy->mx_count;
	for (i = 0; i < policy->mx_count; i++)
		if (pattern_fits(&host, policy->mx[i]))
			break;
	return i;
}
