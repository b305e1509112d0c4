/*
 * mtasts/verdict.h - what a record or policy is worth
 */
#ifndef MTASTS_VERDICT_H
#define MTASTS_VERDICT_H

#ifdef __cplusplus
extern "C" {
#endif

enum mtasts_verdict {
	MTASTS_VERDICT_NONE = 0, /* there is no record of this kind */
	MTASTS_VERDICT_INVALID, /* counts as no policy */
	MTASTS_VERDICT_USABLE, /* a lenient sender uses it; to be mended */
	MTASTS_VERDICT_VALID /* to the letter */
};

/* mtasts_verdict_name - "none", "invalid", "usable" or "valid" */
const char *mtasts_verdict_name(enum mtasts_verdict verdict);

#ifdef __cplusplus
}
#endif

#endif
