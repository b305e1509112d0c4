/*
 * decide - the sender's state machine: which policy holds for a destination
 *
 * RFC 8461 sections 3.3, 3.4, 5; RFC 7672 section 2.2. A pull machine over a
 * struct dest: it says which lookups and fetches may begin now, is handed
 * their results in any order, and gives the decision. It opens no socket and
 * reads no clock, so that a scenario file, a daemon and a command drive the
 * same code:
 *
 *	run = decide_new(dest, &ask, now);
 *	while (decide_next(run, &q, now))       start the lookup or fetch q
 *	... on each result: decide_dns() or decide_fetched(), then again
 *	if (decide_ready(run, dane, now))       decide_verdict()
 *
 * decide_ready() may be true while questions are still out: a fresh cached
 * policy answers at once and is looked after behind the answer's back.
 */
#ifndef MTASTS_CORE_DECIDE_H
#define MTASTS_CORE_DECIDE_H

#include "base/diag.h"
#include "core/dest.h"
#include "core/rule.h"

/* Times of RFC 8461 and of our own, seconds. */
#define DECIDE_TTL_MIN_S     60 /* TXT is not asked more often */
#define DECIDE_TTL_MAX_S     3600 /* nor less often, on use */
#define DECIDE_ERROR_S	     30 /* a failed lookup is remembered */
#define DECIDE_DANE_MIN_S    30
#define DECIDE_BACKOFF_S     300 /* after a failed fetch, per id (FET-7) */
#define DECIDE_BACKOFF_MAX_S 3600
#define DECIDE_FETCH_EVERY_S 60 /* of one domain, whatever the ids */
#define DECIDE_REFRESH_S     86400 /* the daily refresh (FET-12) */
#define DECIDE_UNFIT_S	     3600 /* while no MX fits, it is fetched so often */
#define DECIDE_ONCE_S	     60 /* a max_age under it counts as this */
#define DECIDE_MX_KEEP_S     3600 /* vanished MX names stay in match= */
#define DECIDE_DANE_MEMORY_S (7 * 86400)
#define DECIDE_UNUSED_S	     (180 * 86400) /* then a policy is dropped */

enum decide_mixed {
	DECIDE_MIXED_STS = 0,
	DECIDE_MIXED_DANE_ONLY,
	DECIDE_MIXED_DANE
};

enum decide_purpose {
	DECIDE_ANSWER = 0, /* somebody asks */
	DECIDE_REFRESH, /* the daily one: fetch, whatever TXT says */
	DECIDE_RENEW /* an administrator's: ask TXT and fetch now */
};

struct decide_ask {
	enum decide_purpose purpose;
	bool dane; /* the dialect has DANE levels and DNSSEC works */
	enum decide_mixed mixed;
	const struct rule *rule; /* or null; borrowed for the run */
	uint32_t jitter; /* random: spreads the daily refresh */
};

/* What is to be found out. */
struct decide_question {
	enum { DECIDE_DNS = 0, DECIDE_FETCH } kind;
	unsigned tag; /* to be handed back with the result */
	enum dnstype type; /* DECIDE_DNS */
	char name[254 + 16]; /* DNS name; or the policy host for FETCH */
};

enum decision_kind {
	DECISION_NONE = 0, /* nothing to enforce */
	DECISION_STS, /* enforce: certificates by names */
	DECISION_DANE_ONLY, /* every MX must pass DANE */
	DECISION_DANE, /* DANE where there are records */
	DECISION_TESTING, /* a testing policy: for the testing-level */
	DECISION_TEMP, /* come back later */
	DECISION_STATIC, /* the reply of a rule */
	DECISION_KINDS
};

/* Why; one word each for logs and metrics: decision_reason_name(). */
enum decision_reason {
	DECISION_NO_RECORD = 0, /* no TXT record */
	DECISION_BAD_RECORD, /* TXT without a valid record */
	DECISION_TXT_FAILED, /* TXT lookup failed, nothing cached */
	DECISION_FETCH_FAILED, /* nothing cached */
	DECISION_BAD_POLICY, /* fetched, but no policy; nothing cached */
	DECISION_MODE_NONE,
	DECISION_MODE_TESTING,
	DECISION_MODE_ENFORCE,
	DECISION_CACHED, /* enforce, applied although DNS or HTTPS fail */
	DECISION_NULL_MX,
	DECISION_MX_FAILED, /* MX lookup failed */
	DECISION_NO_MX_FITS, /* no MX of the domain fits its policy */
	DECISION_DANE_ALL, /* dane-only: row 2 of decide_verdict.c, or 3 */
	DECISION_DANE_SOME, /* dane: rows 4, 5, or 3 */
	DECISION_DANE_FAILED, /* every MX in error */
	DECISION_DISABLED, /* by rule */
	DECISION_REQUIRED, /* by rule, and neither policy nor DANE */
	DECISION_RULE_REPLY,
	DECISION_DEADLINE, /* time was up */
	DECISION_NO_DOMAIN, /* address, parent or bad name; made by others */
	DECISION_OURS, /* memory; made by others */
	DECISION_REASONS
};

/* A decision. Everything is borrowed from the run, dest or rule. */
struct decision {
	enum decision_kind kind;
	enum decision_reason reason;
	char text[300]; /* one sentence without final dot: why */
	struct str domain; /* policy domain, A-labels */
	const struct mtasts_policy *policy; /* STS, TESTING */
	struct str policy_text; /* as it was fetched */
	/*
	 * For STS: names for match=, MX names by preference first, suffixes
	 * ".example.com" of the wildcards behind them; never empty.
	 */
	size_t match_count;
	const char *const *match;
	/* Of these, so many at the beginning are present MX hosts. */
	size_t match_current;
	/* STS: for mx_host_pattern, as patterns; names when some MX is out */
	size_t pattern_count;
	const char *const *pattern;
	enum fetchfact_end failure; /* TXT is valid, the fetch failed */
	const struct rule *rule;
	int64_t until_at; /* may be given again before then; 0: not at all */
};

/* One run. */
struct decide;

/*
 * decide_new - begin a run for a destination
 *
 * dest is borrowed and changed; one run at a time per destination. Yours:
 * decide_free(). Null when memory is short.
 */
struct decide *decide_new(
    struct dest *dest, const struct decide_ask *ask, int64_t now_at);

/*
 * decide_free - end the run, with questions out or not; null is fine
 *
 * Results of questions still out have nowhere to go then: cancel them. What
 * is known stays in the destination.
 */
void decide_free(struct decide *run);

/*
 * decide_join - a second asker shares the run and needs DANE too
 *
 * And his question is a real one: a refresh becomes an answer, an answer a
 * renewal. Look at decide_next() after it.
 */
void decide_join(
    struct decide *run, const struct decide_ask *ask, int64_t now_at);

/* decide_next - a question that may begin now; false: none at present */
bool decide_next(struct decide *run, struct decide_question *q, int64_t now_at);

/*
 * decide_dns, decide_fetched - the result of the question with this tag
 *
 * Borrowed for the call; null: it could not be asked, for want of memory or
 * the like. A tag that is not out is passed over. Findings (may be null) get
 * what is to be logged: leniencies, a policy whose TXT vanished, failed
 * refreshes (FET-13).
 */
void decide_dns(struct decide *run, unsigned tag, const struct dnsfact *fact,
    int64_t now_at, struct mtasts_diags *diags);
void decide_fetched(struct decide *run, unsigned tag,
    const struct fetchfact *fact, int64_t now_at, struct mtasts_diags *diags);

/*
 * decide_ready - a decision for this asker can be given now
 *
 * Of an administrator's run (DECIDE_RENEW) not before all is answered.
 */
bool decide_ready(const struct decide *run, bool dane, int64_t now_at);

/* decide_idle - nothing is out and nothing is to be asked any more */
bool decide_idle(const struct decide *run);

/*
 * decide_verdict - the decision by what is known now
 *
 * *out borrows from the run and the destination until either changes. May be
 * called before decide_ready(): then it is the deadline's decision (the fresh
 * cached policy; else NONE if only MTA-STS is open; TEMP if DANE is open or
 * the rule requires).
 */
void decide_verdict(struct decide *run, const struct decide_ask *ask,
    int64_t now_at, struct decision *out);

/*
 * decide_policy_changed - the cached policy is to be saved (or dropped)
 *
 * True once after each change of dest->policy that the store must follow: it
 * drops the policy when dest->policy is null or dest->once holds; notes
 * changed times when policy_borrowed holds (times and counts are changed
 * in place); else takes the new block over, and says so with
 * dest_set_policy(dest, dest->policy, true).
 */
bool decide_policy_changed(struct decide *run);

/* decision_kind_name - "none", "sts", "dane-only", "dane", "testing", ... */
const char *decision_kind_name(enum decision_kind kind);

/* decision_reason_name - "no-record", "fetch-failed", ... */
const char *decision_reason_name(enum decision_reason reason);

/*
 * decision_explain - members of an open JSON object
 *
 * "decision": {"kind","reason","text","rule","until","match":[],
 * "patterns":[]}
 */
void decision_explain(const struct decision *d, struct js_writer *w);

/* What decide can find. */
enum decide_rule {
	DECIDE_TXT_VANISHED, /* fresh policy, no record any more */
	DECIDE_REFRESH_FAILED, /* first failed daily refresh: warning */
	DECIDE_EXPIRES_SOON, /* under a quarter of max_age left: error */
	DECIDE_POLICY_LENIENT, /* read with a leniency; lists them */
	DECIDE_POLICY_REFUSED, /* what was fetched is no policy */
	DECIDE_MIXED_UNCHECKED, /* STS goes where DANE could have checked */
	DECIDE_RULES
};
extern const struct diag_rule decide_rules[DECIDE_RULES];

#endif
