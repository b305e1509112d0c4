/*
 * checks - what is looked at, why it matters, and all that can be found
 *
 * A check has an id that the whole suite shares ("F06") and stays the same for
 * ever; the findings of a check are the rules that carry its id.
 */
#ifndef MTASTS_CORE_CHECKS_H
#define MTASTS_CORE_CHECKS_H

#include "base/buf.h"
#include "base/diag.h"

/* One check. Constant. */
struct check {
	const char *id; /* "F06" */
	const char *title; /* a few words, no full stop */
	const char *why; /* one or two sentences */
	const char *skip; /* when it is not looked at, a clause */
};

/* checks_get - the i-th check from 0; null past the last */
const struct check *checks_get(size_t i);

/* checks_index - the i of checks_get() for this very id; SIZE_MAX: none */
size_t checks_index(const char *id);

/* checks_part - what all checks of this letter are about: "The policy file" */
const char *checks_part(char letter);

/* checks_find - the check of this id, in any case; null when there is none */
const struct check *checks_find(struct str id);

/*
 * checks_rule - the i-th of all rules of base and core that belong to a check,
 * from 0; null past the last
 *
 * Rules of one check need not follow each other.
 */
const struct diag_rule *checks_rule(size_t i);

/* checks_status - what a finding makes of its check: "fail", "warn", "info" */
const char *checks_status(const struct diag_rule *rule);

/*
 * checks_explain - a check for people: what it means, why it matters, all that
 * it finds, each with its status, its repair and the section that speaks of it
 *
 * Plain text in lines of at most 78 columns, appended to b.
 */
void checks_explain(const struct check *check, struct buf *b);

#endif
