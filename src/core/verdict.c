/*
 * verdict - names of what a record or policy is worth
 *
 * The words are those of the command line's JSON. Decides nothing itself.
 */
#include "mtasts/verdict.h"

const char *
mtasts_verdict_name(enum mtasts_verdict verdict)
{
	switch (verdict) {
	case MTASTS_VERDICT_NONE:
		return "none";
	case MTASTS_VERDICT_INVALID:
		return "invalid";
	case MTASTS_VERDICT_USABLE:
		return "usable";
	case MTASTS_VERDICT_VALID:
		return "valid";
	}
	return "invalid";
}
