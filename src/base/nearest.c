/*
 * nearest.c - the known word nearest to a mistyped one
 *
 * Must not know what the words are: options, commands and fields come here.
 */
#include "base/nearest.h"

#define PREFIX_MIN 3 /* bytes that make a beginning worth a guess */
#define EDITS_MAX  3

void
nearest_begin(struct nearest *n, struct str word)
{
	*n = (struct nearest){ word, NULL, EDITS_MAX + 1 };
}

/* edits_allowed - how wrong a word of this length may be */
static unsigned
edits_allowed(size_t len)
{
	size_t n = len <= 5 ? 1 : 1 + (len - 3) / 3;

	return n < EDITS_MAX ? (unsigned)n : EDITS_MAX;
}

void
nearest_try(struct nearest *n, const char *name)
{
	struct str candidate = str_of(name);
	unsigned distance = str_distance(n->word, candidate);

	/* At least one byte must have been right. */
	if (distance > edits_allowed(n->word.len) || distance >= n->word.len) {
		if (n->word.len < PREFIX_MIN ||
		    !str_starts_nocase(candidate, n->word))
			return;
		distance = EDITS_MAX;
	}
	if (distance >= n->distance)
		return;
	n->name = name;
	n->distance = distance;
}
