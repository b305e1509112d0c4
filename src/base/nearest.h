/*
 * nearest - "did you mean": the known word nearest to a mistyped one
 */
#ifndef MTASTS_BASE_NEAREST_H
#define MTASTS_BASE_NEAREST_H

#include "base/str.h"

struct nearest {
	struct str word; /* what was typed; borrowed */
	const char *name; /* the nearest so far, or null; borrowed */
	unsigned distance;
};

/* nearest_begin - start with no candidate */
void nearest_begin(struct nearest *n, struct str word);

/*
 * nearest_try - offer a candidate; kept when it is the nearest and near enough
 *
 * Near enough: one edit in words of up to five bytes, two up to eight, three
 * beyond; or what was typed is its beginning, of three bytes or more.
 */
void nearest_try(struct nearest *n, const char *name);

#endif
