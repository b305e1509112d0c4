/*
 * checks_words - the words of all checks, for people who never read the RFCs
 *
 * Only core/checks reads them.
 */
#ifndef MTASTS_CORE_CHECKS_WORDS_H
#define MTASTS_CORE_CHECKS_WORDS_H

#include "core/checks.h"

/* A part of the checks: all whose ids begin with one letter. */
struct checks_part {
	const char *title; /* "The policy file" */
	const struct check *list; /* by their numbers */
	size_t count;
};

/* In the order in which checks are shown: D, P, F, M, S, T, O, X. */
#define CHECKS_PARTS 8
extern const struct checks_part checks_parts[CHECKS_PARTS];

#endif
