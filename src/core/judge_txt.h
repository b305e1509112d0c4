/*
 * judge_txt - what the judges of TXT records and of the policy file share
 *
 * Not for other rooms.
 */
#ifndef MTASTS_CORE_JUDGE_TXT_H
#define MTASTS_CORE_JUDGE_TXT_H

#include "core/judge_int.h"

/*
 * judge_copy - the findings of a reader, as findings of the audit
 *
 * Those of the rule called "but" are left out; null: none is. Ten of a rule
 * are enough: whoever publishes a thousand records must not flood the rest.
 */
void judge_copy(
    struct audit *a, const struct mtasts_diags *from, const char *but);

/*
 * judge_txts - the TXT records of an answer as the readers take them
 *
 * In the audit's arena; null, with *count 0, when there are none or memory is
 * short (which is noted).
 */
const struct mtasts_txt *judge_txts(
    struct audit *a, const struct dnsfact *fact, size_t *count);

/* judge_txt_begins - the first TXT record that begins so; p is null if none */
struct str judge_txt_begins(const struct dnsfact *fact, struct str begin);

/* judge_found - was it looked up, with records in the answer? */
static inline bool
judge_found(const struct dnsfact *fact)
{
	return fact != NULL && fact->end == DNSFACT_FOUND && fact->count > 0;
}

/* judge_lost - was it looked up, and the lookup failed? */
static inline bool
judge_lost(const struct dnsfact *fact)
{
	return fact != NULL && dnsfact_failed(fact);
}

/*
 * judge_no_answer - why a lookup brought nothing, a clause
 *
 * "the name does not exist", "the lookup timed out (no server reached)".
 */
const char *judge_no_answer(struct judge_text *out, const struct dnsfact *fact);

/*
 * judge_lookup - note that a lookup failed
 *
 * What validation refuses is a finding by the rule, for whoever validates
 * meets the same; everything else is unknown: it may be us. "what" is what was
 * looked up: "the TXT record of _mta-sts.example.org".
 */
void judge_lookup(struct audit *a, const struct dnsfact *fact,
    const struct diag_rule *bogus, const char *what);

/* judge_skip - the checks of a list were not looked at; null ends the list */
void judge_skip(struct audit *a, const char *const *ids, const char *reason);

/* judge_absent - has the domain neither record nor policy host? */
bool judge_absent(const struct seen *s);

/* judge_dane_all - is the mail to the domain protected by DANE? */
bool judge_dane_all(const struct seen *s);

#endif
