/*
 * push - DNS kept in step with what a registered domain publishes
 *
 * RFC 8461 sections 3.1 and 8.1, RFC 2136. Compares by meaning what every
 * authoritative server of the zones says with what core/zone wants, writes what
 * differs by the way that the configuration has for the zone, and asks all
 * servers until they agree. What others wrote is told, never overwritten
 * unless by force. Any number of domains at once on one loop.
 */
#ifndef MTASTS_TASK_PUSH_H
#define MTASTS_TASK_PUSH_H

#include "base/metrics.h"
#include "io/conf.h"
#include "io/dns.h"
#include "io/log.h"
#include "store/registry_push.h"
#include "task/certify.h"

struct pusher;
struct push;
struct zonediff;

struct pusher_conf {
	struct loop *loop;
	struct dns *dns; /* borrowed, as all below */
	/* Open for writing: what was written is remembered there; null: only
	 * looks are possible, and what was ever written is not known. */
	struct registry *registry;
	const char *store_url;
	const struct conf *conf; /* of it push */
	unsigned dns_port; /* of authoritative servers; 0: 53 */
	int64_t verify_ms; /* how long servers may lag; 0: a minute */
	int64_t ask_ms; /* for one question to a server; 0: 5 seconds */
	struct log *log; /* may be null, as metrics */
	struct metrics *metrics;
};

/*
 * pusher_open - *out: yours, pusher_close()
 *
 * ECONF when a key cannot be read or may be read by others: findings say which
 * and what to do; ENOMEM.
 */
enum mtasts_err pusher_open(const struct pusher_conf *conf, struct pusher **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* pusher_close - cancel everything, release; null is fine */
void pusher_close(struct pusher *p);

/* How it ended. */
enum push_end {
	PUSH_SAME = 0, /* every server says what it should */
	PUSH_WRITTEN, /* now they do */
	PUSH_DIFFERS, /* only looked: something is to be done */
	PUSH_BY_HAND, /* differs, and no way is configured for the zone */
	PUSH_FOREIGN, /* somebody else's value is there; nothing was written */
	PUSH_REFUSED, /* the server, or the hook, said no */
	PUSH_LAGGING, /* written, but some server does not say so yet */
	PUSH_UNKNOWN, /* it could not be found out */
	PUSH_ENDS
};

/* push_end_name - "same", "written", "differs", "by hand", "foreign" ... */
const char *push_end_name(enum push_end end);

/* What came of it; all borrowed for the call. */
struct push_result {
	enum push_end end;
	const char *domain; /* A-labels */
	const char *why; /* a sentence without final dot; "" when fine */
	const char *fix; /* what to do next, a sentence; or "" */
	const char *server; /* that lags or refused; "" */
	/*
	 * Whether every authoritative server has the _mta-sts record with the
	 * id of the policy that is served now, whoever wrote it.
	 */
	bool id_live;
	bool unregistered; /* it has nothing to publish, and had nothing */
	const struct zonediff *diff; /* as last seen; null: not that far */
};

/* Who wants to know. */
struct push_want {
	const char *domain; /* A-labels, no final dot; copied */
	bool look; /* write nothing */
	/*
	 * Only where the policy host is (mta-sts.D), not the record with the
	 * id: for a certificate and a body that have to be there before it.
	 */
	bool host_only;
	bool force; /* over foreign values, too */
	/*
	 * The id that may be written, copied; null: whatever is served. When
	 * another one is served by then, nothing is written: UNKNOWN.
	 */
	const char *id;
	void (*done)(void *ctx, const struct push_result *result);
	void *ctx;
};

/*
 * push_start - bring the records of one domain or alias in step
 *
 * A domain that is being removed and has run out has none: those that were
 * written go. done() comes once, from the loop, never before this returns.
 * Null when memory is short.
 */
struct push *push_start(struct pusher *p, const struct push_want *want);

/* push_cancel - done() will not come; what is written stays; null is fine */
void push_cancel(struct push *job);

/* push_certify_dns - records for dns-01 by the same way; filled in */
void push_certify_dns(struct pusher *p, struct certify_dns *out);

/* push_has_way - is there a way to write into the zone that has this name? */
bool push_has_way(const struct conf *conf, const char *name);

#endif
