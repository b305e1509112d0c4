/*
 * resolve - answer an MTA's question: the resolver's whole job
 *
 * core/decide over io/dns and io/fetch, with task/policies as memory. Knows no
 * socket and no protocol frame. One lookup is shared by all who ask for the
 * same destination at the same time; ready replies are kept and handed out
 * without any work. All calls come from the loop's thread.
 */
#ifndef MTASTS_TASK_RESOLVE_H
#define MTASTS_TASK_RESOLVE_H

#include "base/json.h"
#include "base/metrics.h"
#include "core/reply.h"
#include "core/rule.h"
#include "core/socketmap.h"
#include "io/dns.h"
#include "io/fetch.h"
#include "task/policies.h"

struct resolve;
struct resolve_wait;

struct resolve_conf {
	enum reply_dane dane;
	enum decide_mixed mixed;
	enum reply_testing testing;
	bool observe; /* decide and log, but reply NOTFOUND */
	const struct rule_set *rules; /* borrowed; may be null */
	size_t max_dests; /* destinations remembered in use; 0: 100000 */
	size_t max_waits; /* askers waiting; 0: 100000; past it TEMP */
	struct loop *loop;
	struct dns *dns; /* borrowed */
	struct fetcher *fetcher; /* borrowed */
	struct policies *policies; /* borrowed */
	struct log *log;
	struct metrics *metrics;
	uint64_t seed[2];
};

/* resolve_open - *out: yours, resolve_close() */
enum mtasts_err resolve_open(
    const struct resolve_conf *conf, struct resolve **out) MTASTS_MUST_CHECK;

/* resolve_close - everybody who waits gets TEMP first; null is fine */
void resolve_close(struct resolve *r);

/*
 * resolve_follow - other rules, options, resolver, fetcher from now on
 *
 * After a reload. Runs that are out end with what they began with when they
 * can: the old dns and fetcher may be closed when this returns, for their
 * lookups are started again with the new ones. Remembered replies go.
 */
void resolve_follow(struct resolve *r, const struct resolve_conf *conf);

/* What was answered. Data is borrowed for the call. */
struct resolve_reply {
	enum reply_status status;
	struct str data; /* of the reply; without status word */
	enum decision_kind kind; /* what was decided, observe or not */
	enum decision_reason reason;
	bool cached; /* known before it was asked */
};

/* resolve_callback - the reply to a question */
typedef void resolve_callback(void *ctx, const struct resolve_reply *reply);

/* What is asked. */
struct resolve_ask {
	enum dialect dialect;
	size_t max; /* bytes of the reply; 0: REPLY_MAX */
	enum socketmap_verb verb; /* other than LOOKUP: for DIALECT_LINE */
	struct str key;
	struct str host; /* SOCKETMAP_MX */
	int64_t deadline_ms; /* 0: the dialect's */
};

/*
 * resolve_cached - the reply when it is known already
 *
 * True and *out, to be used before anything else is called. No callback, no
 * allocation: the hot path. Counts the question.
 */
bool resolve_cached(struct resolve *r, const struct resolve_ask *ask,
    struct resolve_reply *out);

/*
 * resolve_start - find the reply; the callback comes before the deadline
 *
 * Never before this returns. Null when memory is short or too many wait; the
 * caller answers TEMP then. For a question that resolve_cached() refused.
 */
struct resolve_wait *resolve_start(struct resolve *r,
    const struct resolve_ask *ask, resolve_callback *cb, void *ctx);

/* resolve_cancel - the asker has gone; what was begun goes on; null is fine */
void resolve_cancel(struct resolve_wait *wait);

/* resolve_explain_callback - an explanation as one JSON object */
typedef void resolve_explain_callback(void *ctx, struct str json);

/*
 * resolve_explain - what is known and decided, as "mtasts query --json"
 *
 * dest_explain() and decision_explain() of core, "observe", and "replies":
 * {"QUERYwithTLSRPT": "OK secure ...", ...} of all dialects. Asks what is not
 * known; renew asks everything again (RENEW of core/decide). A key that is no
 * domain gives {"key","error"}.
 */
struct resolve_wait *resolve_explain(struct resolve *r, struct str key,
    bool renew, resolve_explain_callback *cb, void *ctx);

/* resolve_purge - forget what is known of a domain; false: nothing was */
bool resolve_purge(struct resolve *r, struct str domain);

/* resolve_purge_all - forget everything; returns the policies dropped */
size_t resolve_purge_all(struct resolve *r);

/*
 * resolve_status - members of an open JSON object for "mtasts status"
 *
 * "policies", "destinations", "waiting", "running", "dns_validation",
 * "store", "observe", "questions", "hits".
 */
void resolve_status(struct resolve *r, struct js_writer *w);

#endif
