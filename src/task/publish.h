/*
 * publish - what the registry says, brought out step by step
 *
 * RFC 8461 sections 3.1, 8.1 and 8.3. One job for one domain or alias: the name
 * of the policy host leads here, its certificate is in place, the policy is
 * live as strangers fetch it, then the id goes into DNS, and every
 * authoritative server has it. A step begins when the one before it has been
 * seen to hold, so that no id is ever ahead of its policy. How far a job came
 * is in the registry; killed at any moment, it goes on from what is true then.
 * Any number of domains at once on one loop.
 */
#ifndef MTASTS_TASK_PUBLISH_H
#define MTASTS_TASK_PUBLISH_H

#include "io/fetch.h"
#include "store/registry_publish.h"
#include "task/certify.h"
#include "task/push.h"

struct publisher;
struct publish;

struct publisher_conf {
	struct loop *loop;
	struct dns *dns; /* borrowed, as all below */
	struct fetcher *fetcher; /* as strangers fetch: public path */
	unsigned https_port; /* of policy hosts; 0: by the configuration */
	struct registry *registry; /* open for writing */
	const char *store_url;
	const struct conf *conf;
	struct pusher *pusher;
	struct certifier *certifier; /* null: acme is not enabled */
	int64_t take_over_ms; /* how long a host may need; 0: 5 seconds */
	struct log *log; /* may be null, as metrics */
	struct metrics *metrics;
};

/*
 * publisher_open - *out: yours, publisher_close(). ENOMEM
 *
 * When the registry cannot be written, jobs end with PUBLISH_PROBLEM and
 * publish_next() tells the same name again: who asks it waits until next_at of
 * the result.
 */
enum mtasts_err publisher_open(const struct publisher_conf *conf,
    struct publisher **out) MTASTS_MUST_CHECK;

/* publisher_close - cancel everything, release; null is fine */
void publisher_close(struct publisher *p);

/* What is done, in this order. */
enum publish_step {
	PUBLISH_HOST = 0, /* mta-sts.D leads here */
	PUBLISH_CERTIFICATE,
	PUBLISH_BODY, /* live at every address, byte for byte */
	PUBLISH_ID, /* written, and at every authoritative server */
	PUBLISH_STEPS
};

/* publish_step_name - "host", "certificate", "body", "id" */
const char *publish_step_name(enum publish_step step);

/* How it ended. */
enum publish_end {
	PUBLISH_LIVE = 0, /* all steps hold */
	PUBLISH_GONE, /* was removed and had run out: it and its records went */
	PUBLISH_BY_HAND, /* somebody has to set records; told which */
	PUBLISH_LATER, /* nothing is wrong: next_at */
	PUBLISH_PROBLEM, /* a step failed: why, fix */
	PUBLISH_ENDS
};

/* publish_end_name - "live", "gone", "by hand", "later", "problem" */
const char *publish_end_name(enum publish_end end);

/* What came of it; all borrowed for the call. */
struct publish_result {
	enum publish_end end;
	enum publish_step step; /* that it stopped at; ID when it is live */
	const char *domain; /* A-labels */
	const char *id; /* of the policy served; "" */
	const char *why; /* a sentence without final dot; "" when fine */
	const char *fix; /* what to do next, a sentence; or "" */
	int64_t next_at; /* when it should be looked at again */
	bool changed; /* something was written, or is live since now */
	bool unknown; /* PROBLEM: it could not be found out */
};

/* Who wants to know. */
struct publish_want {
	const char *domain; /* A-labels, no final dot; copied */
	bool now; /* a person wants it: back-off does not count */
	bool calm; /* with now: back-off of orders for certificates counts */
	bool force; /* over foreign records, too */
	void (*done)(void *ctx, const struct publish_result *result);
	/* may be null: a step begins */
	void (*step)(void *ctx, enum publish_step step);
	void *ctx;
};

/*
 * publish_start - bring one domain or alias out
 *
 * done() comes once, from the loop, never before this returns. Null when
 * memory is short.
 */
struct publish *publish_start(
    struct publisher *p, const struct publish_want *want);

/* publish_cancel - done() will not come; null is fine */
void publish_cancel(struct publish *job);

/* Who is to be looked at, and when. */
struct publish_due {
	char domain[256]; /* "" when there is no domain at all */
	int64_t at; /* in the past: it is due */
};

/*
 * publish_next - the domain whose turn is first
 *
 * One whose id is not live goes before those that are only looked at again,
 * once a day. Names for which skip() is true, since their job is under way, are
 * passed over; skip may be null. By an index, whatever the number of domains:
 * every change of a name makes it due, at 0.
 */
enum mtasts_err publish_next(struct registry *r, int64_t now_at,
    bool (*skip)(void *ctx, struct str domain), void *ctx,
    struct publish_due *out) MTASTS_MUST_CHECK;

#endif
