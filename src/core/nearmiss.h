/*
 * nearmiss - why a TXT record does not count as the record it was meant to be
 *
 * RFC 8461 section 3.1, RFC 8460 section 3. Most broken records are broken in
 * one of a dozen ways: quotes, wrong case, a missing semicolon, a line of a
 * zone file. A person who has just made one of them needs to read which.
 */
#ifndef MTASTS_CORE_NEARMISS_H
#define MTASTS_CORE_NEARMISS_H

#include "core/txtrec.h"

struct nearmiss {
	enum txtrec_rule rule;
	unsigned column; /* of what gave it away, from 1 */
	const char *seen; /* a clause: "it begins with a blank"; or null: */
	const char *inside; /* "a quotation mark": what is in it */
	bool meant; /* it was meant to be this kind of record */
};

/*
 * nearmiss_find - explain a record that does not begin with the version
 *
 * text is any bytes; the work is linear in its length. *out is always filled;
 * when nothing better is found the rule is TXTREC_UNRELATED.
 */
void nearmiss_find(
    const struct txtkind *kind, struct str text, struct nearmiss *out);

#endif
