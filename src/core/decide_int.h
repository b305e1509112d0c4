/*
 * decide_int - the inside of core/decide, shared by its files only
 *
 * decide.c leads a run, decide_sts.c has the record and the policy,
 * decide_mx.c the MX hosts, decide_dane.c what DANE says of them,
 * decide_match.c the names for match=, decide_verdict.c the verdict,
 * decide_text.c all words. Every file changes the destination by its own facts
 * only, and counts its generation up when it does.
 */
#ifndef MTASTS_CORE_DECIDE_INT_H
#define MTASTS_CORE_DECIDE_INT_H

#include "core/decide.h"
#include "core/limits.h"

#define DECIDE_NEVER INT64_MAX

/* Questions of one run that are out at the same time. */
#define DECIDE_OUT_MAX 32
/* Of these, so many are kept free of questions about hosts. */
#define DECIDE_OUT_KEPT 4

/* What a question is about. */
enum decide_step { DECIDE_TXT = 0, DECIDE_MX, DECIDE_GET, DECIDE_HOST };

/* Where one of the first three stands. */
struct decide_progress {
	bool wanted; /* to be asked next */
	bool out; /* asked, not answered */
	unsigned times; /* answered so often in this run */
};

/* A question that is out. */
struct decide_out {
	unsigned tag; /* 0: this place is free */
	enum decide_step step;
	enum dnstype type;
	size_t host; /* index into dest->mx */
};

/* Names for a reply; see decide_names(). */
struct decide_names {
	const char **name; /* the texts are the destination's */
	size_t count;
	size_t current; /* of these, first, are present MX hosts */
	uint32_t generation; /* of the destination they were made of */
};

/* A host's machine. */
enum decide_host_state {
	DECIDE_HOST_IDLE = 0,
	DECIDE_HOST_ASKS,
	DECIDE_HOST_DONE
};

struct decide {
	struct dest *dest;
	const struct rule *rule;
	enum decide_mixed mixed;
	uint32_t jitter;
	bool answer; /* somebody asks */
	bool refresh; /* the policy is to be fetched anew */
	bool renew; /* everything is to be asked anew */
	bool dane; /* somebody needs DANE */

	struct decide_progress at[DECIDE_HOST];
	char fetch_id[LIMIT_ID_LEN + 1]; /* what is fetched is for this id */
	bool rechecked; /* TXT was asked again since no MX fits */
	bool unfit; /* MX hosts are known, none fits the policy */
	bool lately; /* some fitted the policy not long ago */
	bool changed; /* for decide_policy_changed() */
	bool no_memory; /* the policy could not be read for want of it */

	struct dane_host *host[DEST_MX_MAX];
	uint8_t host_state[DEST_MX_MAX];
	unsigned last_tag;
	struct decide_out out[DECIDE_OUT_MAX];

	/* All hosts; without those in error. Null name: not made. */
	struct decide_names names[2];
};

/* What DANE says of the hosts of the last answer, counted. */
struct decide_tally {
	unsigned usable, unusable, none, error;
	unsigned unknown; /* not found out yet */
};

/*
 * decide_holds - is something that holds until then still to be relied on?
 *
 * Nothing holds for longer than max_s from now: a clock that was set back
 * would otherwise stretch it.
 */
static inline bool
decide_holds(int64_t until_at, int64_t now_at, int64_t max_s)
{
	return until_at > now_at && until_at - now_at <= max_s;
}

/* decide_lately - less than span_s ago; what lies ahead is not lately */
static inline bool
decide_lately(int64_t at, int64_t now_at, int64_t span_s)
{
	return at > 0 && at <= now_at && now_at - at < span_s;
}

/* decide_clamp - seconds, but at least and at most so many */
static inline int64_t
decide_clamp(int64_t s, int64_t min_s, int64_t max_s)
{
	return s < min_s ? min_s : s > max_s ? max_s : s;
}

/* decide_pending - a question of this kind is out, or will be */
static inline bool
decide_pending(const struct decide *run, enum decide_step step)
{
	return run->at[step].wanted || run->at[step].out;
}

/* decide_ruled - does the run's rule say this? */
static inline bool
decide_ruled(const struct decide *run, enum rule_sts sts)
{
	return run->rule != NULL && run->rule->sts == sts;
}

/* decide_static - the rule has the reply: nothing is to be found out */
static inline bool
decide_static(const struct decide *run)
{
	return run->rule != NULL && run->rule->reply != NULL &&
	    run->rule->reply[0] != '\0';
}

/* decide_copy - copy a phrase into an array: cut to fit, no final dot */
void decide_copy(char *out, size_t size, const char *text);

/* The record and the policy: decide_sts.c. */

/* decide_sts_begin - look over what is cached; the clock may have jumped */
void decide_sts_begin(struct decide *run, int64_t now_at);
/* decide_sts_read - read the text of the cached policy, unless that is done */
void decide_sts_read(struct decide *run);
/* decide_sts_plan - want what is to be asked next */
void decide_sts_plan(struct decide *run, int64_t now_at);
/* decide_sts_txt - the TXT answer; null: it failed */
void decide_sts_txt(struct decide *run, const struct dnsfact *fact,
    int64_t now_at, struct mtasts_diags *diags);
/* decide_sts_fetched - the end of the fetch; null: it failed */
void decide_sts_fetched(struct decide *run, const struct fetchfact *fact,
    int64_t now_at, struct mtasts_diags *diags);
/* decide_fresh - there is a policy that may be applied */
bool decide_fresh(const struct dest *d, int64_t now_at);
/* decide_fresh_until - it may be applied before then */
int64_t decide_fresh_until(const struct dest *d);
/* decide_enforces - there is one, and it is to be enforced */
bool decide_enforces(const struct decide *run, int64_t now_at);
/*
 * decide_fetch_at - when the policy should be fetched next, by what is known
 *
 * Not before now; DECIDE_NEVER when there is no need. forced: to be fetched
 * whatever the record says. *id is the id it is fetched for.
 */
int64_t decide_fetch_at(
    const struct dest *d, bool forced, int64_t now_at, struct str *id);

/* The policy a fetch brings, or keeps: decide_policy.c. */

/* decide_policy_keep - what was fetched becomes the policy, or is refused */
void decide_policy_keep(struct decide *run, struct str body, int64_t now_at,
    struct mtasts_diags *diags);
/* decide_policy_failed - nothing came; what is cached stays */
void decide_policy_failed(struct decide *run, enum fetchfact_end end,
    const char *why, int64_t now_at, struct mtasts_diags *diags);
/* decide_policy_times - write down when it was used or is to be fetched */
void decide_policy_times(struct decide *run, int64_t used_at, int64_t next_at);
/* decide_policy_drop - it is worth nothing any more */
void decide_policy_drop(struct decide *run);

/* The MX hosts: decide_mx.c. */

/* decide_mx_plan - want what is to be asked next */
void decide_mx_plan(struct decide *run, int64_t now_at);
/* decide_mx_fact - the MX answer; null: it failed */
void decide_mx_fact(
    struct decide *run, const struct dnsfact *fact, int64_t now_at);
/* decide_mx_known - what is known of the MX hosts holds now */
bool decide_mx_known(const struct decide *run, int64_t now_at);
/* decide_mx_window - so long ago at most were names seen that still count */
int64_t decide_mx_window(const struct dest *d);

/* What DANE says of them: decide_dane.c. */

/* decide_dane_plan - begin the machines of hosts that are to be asked */
void decide_dane_plan(struct decide *run, int64_t now_at);
/* decide_dane_next - a question about a host; false: none */
bool decide_dane_next(
    struct decide *run, struct dane_question *q, size_t *host);
/* decide_dane_fact - the answer to it; null: it failed */
void decide_dane_fact(struct decide *run, const struct decide_out *out,
    const struct dnsfact *fact, int64_t now_at);
/* decide_dane_stop - forget the machines: the hosts are others now */
void decide_dane_stop(struct decide *run);
/* decide_dane_busy - a machine is not finished */
bool decide_dane_busy(const struct decide *run);
/* decide_dane_tally - count what is known; false: the hosts are not known */
bool decide_dane_tally(
    const struct decide *run, int64_t now_at, struct decide_tally *out);
/* decide_dane_open - something of DANE is not found out yet */
bool decide_dane_open(const struct decide *run, int64_t now_at);
/* decide_dane_complete - row 2 of decide_verdict.c: every host by DANE */
bool decide_dane_complete(
    const struct dest *d, const struct decide_tally *tally);
/* decide_mixed - what the option "mixed" comes to for this destination */
enum decide_mixed decide_mixed(
    const struct decide *run, enum decide_mixed option);
/* decide_dane_note - say once that MTA-STS goes where DANE could check */
void decide_dane_note(
    struct decide *run, int64_t now_at, struct mtasts_diags *diags);

/* The names for match=: decide_match.c. */

/* decide_fits - does a normalised MX name fit a pattern of the policy? */
bool decide_fits(const struct mtasts_policy *policy, const char *name);
/* decide_match_look - find out run->unfit and run->lately */
void decide_match_look(struct decide *run, int64_t now_at);
/*
 * decide_names - the names of the hosts that may be used, by the policy
 *
 * The fitting MX hosts, or the patterns when none is known; sound: without
 * hosts in error and suffixes. Made once per generation. Null when memory is
 * short.
 */
const struct decide_names *decide_names(struct decide *run, bool sound);
/*
 * decide_names_stay - before the generation of what DANE says is counted up
 *
 * The names that do not depend on it are not made again for each of a hundred
 * hosts, for that takes as many comparisons with a thousand patterns.
 */
void decide_names_stay(struct decide *run);

/* All words: decide_text.c. */

/* decide_text - the sentence of a decision whose reason is set */
void decide_text(const struct decide *run, struct decision *d);

#endif
