/*
 * mtasts/policy.h - the policy file
 *
 * RFC 8461 section 3.2.
 */
#ifndef MTASTS_POLICY_H
#define MTASTS_POLICY_H

#include "mtasts/diag.h"
#include "mtasts/err.h"
#include "mtasts/verdict.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mtasts_mode {
	MTASTS_MODE_NONE = 0,
	MTASTS_MODE_TESTING,
	MTASTS_MODE_ENFORCE
};

struct mtasts_policy {
	enum mtasts_mode mode;
	uint32_t max_age_s; /* at most 31557600 */
	size_t mx_count;
	/* patterns: A-labels in lower case, "*." first in a wildcard */
	const char *const *mx;
	enum mtasts_verdict verdict; /* VALID or USABLE */
};

/*
 * mtasts_policy_parse - read the body of a policy file
 *
 * text, len   borrowed; any bytes
 * out         a policy when the result is MTASTS_OK, yours:
 *             mtasts_policy_free(); untouched otherwise
 * diags       may be null; findings in input order
 *
 * One reading serves both levels: a policy to the letter is VALID, one that a
 * careful sender can still use is USABLE, each leniency being a finding.
 * Returns MTASTS_OK; EPOLICY when nothing usable is there; ELIMIT past 65536
 * bytes; ENOMEM.
 */
enum mtasts_err mtasts_policy_parse(const char *text, size_t len,
    struct mtasts_policy **out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* mtasts_policy_free - release; null is fine */
void mtasts_policy_free(struct mtasts_policy *policy);

/*
 * mtasts_policy_format - the policy file of a policy, CRLF line ends
 *
 * Patterns are written in their normal form. *out is terminated and yours:
 * mtasts_free(). EINVAL when the policy may not be published: mode other than
 * none without mx, a bad pattern or one with an underscore, max_age over the
 * maximum; ELIMIT past 65536 bytes; ENOMEM.
 */
enum mtasts_err mtasts_policy_format(
    const struct mtasts_policy *policy, char **out) MTASTS_MUST_CHECK;

/* mtasts_mode_name - "none", "testing" or "enforce" */
const char *mtasts_mode_name(enum mtasts_mode mode);

/* mtasts_free - release text that the library handed over; null is fine */
void mtasts_free(void *p);

#ifdef __cplusplus
}
#endif

#endif
