/*
 * mtasts/diag.h - findings: what is wrong with a record, policy or file
 *
 * A finding says what was seen, where, how grave it is, which section of
 * which RFC speaks of it, and how to mend it.
 */
#ifndef MTASTS_DIAG_H
#define MTASTS_DIAG_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mtasts_severity { MTASTS_INFO = 0, MTASTS_WARNING, MTASTS_ERROR };

/*
 * One finding. Strings are never null (an unknown one is "") and live as long
 * as the list they are in. They hold no control characters.
 */
struct mtasts_finding {
	const char *id; /* of the check, such as "F06" */
	const char *name; /* of the finding, such as "mode-unknown" */
	enum mtasts_severity severity;
	const char *file; /* "" unless several files are read */
	unsigned line; /* from 1; 0 when it has no line */
	unsigned record; /* TXT record, from 1; 0 when it has none */
	unsigned column; /* byte in the line or record, from 1; 0: none */
	const char *message; /* what was seen, one sentence */
	const char *fix; /* how to mend it, one sentence */
	const char *rfc; /* such as "RFC 8461 section 3.2" */
};

struct mtasts_diags;

/*
 * mtasts_diags_new - an empty list of findings
 *
 * Yours: mtasts_diags_free(). Null when memory is short.
 */
struct mtasts_diags *mtasts_diags_new(void);

/* mtasts_diags_free - release the list and every finding; null is fine */
void mtasts_diags_free(struct mtasts_diags *diags);

/* mtasts_diags_count - how many findings; null has none */
size_t mtasts_diags_count(const struct mtasts_diags *diags);

/* mtasts_diags_get - the i-th finding from 0, in input order; null past it */
const struct mtasts_finding *mtasts_diags_get(
    const struct mtasts_diags *diags, size_t i);

/*
 * mtasts_diags_dropped - findings that did not fit
 *
 * A list keeps at most 1,000, and none when memory is short.
 */
size_t mtasts_diags_dropped(const struct mtasts_diags *diags);

/* mtasts_severity_name - "info", "warning" or "error" */
const char *mtasts_severity_name(enum mtasts_severity severity);

#ifdef __cplusplus
}
#endif

#endif
