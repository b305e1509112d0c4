/*
 * mxpattern - one mx value of a policy: a host name or "*." and a name
 *
 * RFC 8461 section 3.2. Shared by the policy reader, the settings and match.
 */
#ifndef MTASTS_CORE_MXPATTERN_H
#define MTASTS_CORE_MXPATTERN_H

#include "base/str.h"
#include "mtasts/dname.h"

struct mxpattern {
	bool wildcard; /* name stands behind "*." */
	struct mtasts_dname name; /* normalised */
};

/* Why a text is no pattern; the rest is in *name_fault. */
enum mxpattern_fault {
	MXPATTERN_FINE = 0,
	MXPATTERN_EMPTY,
	MXPATTERN_STAR, /* a * that is not the whole first label */
	MXPATTERN_URL, /* "https://..." or a path */
	MXPATTERN_PORT, /* "host:25" */
	MXPATTERN_ADDRESS, /* an address literal or user@host */
	MXPATTERN_BLANK, /* several words: priority, list, comment */
	MXPATTERN_LEADING_DOT,
	MXPATTERN_NAME /* the name is bad: see *name_fault */
};

/*
 * mxpattern_parse - read one pattern
 *
 * The span holds no blanks at its ends. *notes (may be null) are bits of enum
 * mtasts_dname_note: what was normalised away. True and *out on success.
 */
bool mxpattern_parse(struct str s, struct mxpattern *out, unsigned *notes,
    enum mxpattern_fault *fault, enum mtasts_dname_fault *name_fault);

/* mxpattern_fits - does the normalised MX name fit? RFC 8461 section 4.1 */
bool mxpattern_fits(
    const struct mxpattern *pattern, const struct mtasts_dname *mx_host);

#endif
