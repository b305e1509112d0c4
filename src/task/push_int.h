/*
 * push_int - what the files of push share, for them alone
 *
 * push.c: jobs and their steps. push_read.c: the registry. push_see.c: asking
 * the servers. push_write.c: the configured ways. push_dns01.c: records of
 * challenges.
 */
#ifndef MTASTS_TASK_PUSH_INT_H
#define MTASTS_TASK_PUSH_INT_H

#include "base/arena.h"
#include "core/zonediff.h"
#include "io/conf_push.h"
#include "io/dnsupdate.h"
#include "io/pdnsapi.h"
#include "io/pushhook.h"
#include "task/push.h"
#include "task/zonesee.h"

#include <sys/queue.h>

#define PUSH_DNS_PORT 53
#define PUSH_WHY_MAX  800

/* A configured way, opened: its key read, its server known. */
struct push_way {
	const struct conf_push *conf;
	struct ipnet_addr addr; /* of rfc2136 */
	unsigned port;
	struct tsigkey tsig;
	struct secret secret; /* of powerdns */
	unsigned running, max; /* at a time */
	TAILQ_HEAD(, push) waiting;
};

struct push_metrics {
	struct metric *ends[PUSH_ENDS];
	struct metric *running;
};

struct pusher {
	struct pusher_conf conf;
	struct zonesee *see;
	struct dnsupdate *update;
	struct push_way *ways; /* one for each of conf->push */
	LIST_HEAD(, push) jobs;
	TAILQ_HEAD(, push) queue; /* that have not begun */
	unsigned running;
	struct push_metrics metrics;
};

/* A question to one server about one name, by index as names move. */
struct push_ask {
	LIST_ENTRY(push_ask) link;
	struct push *job;
	struct dns_ask *ask;
	size_t name, server;
	enum dnstype type;
};

/* What a job knows of a name beside its zonediff_name. */
struct push_place {
	struct push *job;
	size_t index;
	struct zonesee_find *find;
	const struct zonesee_zone *zone; /* null: not found */
	struct zonesee_stub *primary; /* of rfc2136, not among the zone's */
	struct zonesee_stub **stubs; /* of each zonediff_server; may be null */
	bool *dead; /* of each: it did not answer before anything was written */
	bool not_there; /* the primary of the way does not know the zone */
	struct push_way *way; /* null: none is configured */
	bool write; /* its changes are to be written */
	bool written;
	bool by_customer; /* not here */
	char why[300]; /* the zone was not found */
};

/* A job's next step, when all questions are answered. */
typedef void push_step(struct push *job);

struct push {
	LIST_ENTRY(push) link;
	TAILQ_ENTRY(push) wait; /* in the queue, or for a way */
	struct pusher *p;
	struct push_want want;
	bool unregistered; /* it has nothing to publish, and had nothing */
	char domain[256];
	char id[64]; /* that is expected; want.id points here */
	enum { PUSH_QUEUED = 0, PUSH_BEGUN, PUSH_WAITS } stage;
	struct zonediff *diff;
	struct push_place *places; /* one for each name of diff */
	struct loop_watch *timer;
	push_step *after; /* by the timer */
	push_step *then; /* after the questions, or a write */
	unsigned pending;
	LIST_HEAD(, push_ask) asks;

	/* what is being written: names of one zone, by one way */
	struct push_way *way;
	struct dnschange *changes;
	size_t change_count;
	struct dnsupdate_job *update;
	struct pdnsapi *api;
	struct pushhook *hook;
	char zone[256];

	bool wrote; /* something was */
	bool looked_again; /* after a write whose end is not clear */
	bool after_look; /* this look is that one */
	enum dnschange_end failed; /* of the last write; DONE: none failed */
	int64_t verify_until_ms, delay_ms;
	bool by_hook; /* the last write */
	bool by_hand; /* something is left that nobody here writes */
	char said_why[PUSH_WHY_MAX], said_fix[PUSH_WHY_MAX]; /* by the write */

	/* a challenge's record, else null */
	struct certify_dns_answer *answer;
	char challenge[256];
	char value[128];
	bool set;
	unsigned hops;

	struct push_result result;
	char why[PUSH_WHY_MAX], fix[PUSH_WHY_MAX], server[320];
};

/* ---- push.c ---- */

/* push_finish - it has ended: tell, release */
void push_finish(struct push *job, enum push_end end);

/* push_say - what is told: a sentence, and what to do next */
void push_say(struct push *job, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* push_new - a job that waits for its turn; null: no memory */
struct push *push_new(struct pusher *p);

/* push_free - release a job; nothing is told */
void push_free(struct push *job);

/* push_run - let jobs begin, as far as there is room */
void push_run(struct pusher *p);

/* push_after - call the step in ms milliseconds */
void push_after(struct push *job, int64_t ms, push_step *then);

/* ---- push_read.c ---- */

/*
 * push_read - what the domain is to have, and what was written for it
 *
 * Makes job->diff. False after push_say().
 */
bool push_read(struct push *job);

/* push_remember - what is going to be written; false after push_say() */
bool push_remember(struct push *job);

/*
 * push_settle - all is as wanted: what stands there is remembered as ours, and
 * what is gone is forgotten
 */
void push_settle(struct push *job);

/* ---- push_dns01.c ---- */

/* push_dns01_read - what is wanted of a challenge; false after push_say() */
bool push_dns01_read(struct push *job);

/*
 * push_dns01_moved - a CNAME stands there: goes on where it leads
 *
 * False for all other jobs, and without one. job->then is the step to come.
 */
bool push_dns01_moved(struct push *job);

/* ---- push_see.c ---- */

/* push_see - find zones and servers of all names, ask all; then comes "then" */
void push_see(struct push *job, push_step *then);

/* push_ask_again - ask the servers of the names again; then comes "then" */
void push_ask_again(struct push *job, push_step *then);

/* push_see_ends - addresses in the end, where that is what is left to know */
bool push_see_ends(struct push *job, push_step *then);

/* push_see_free - release what is under way and all places */
void push_see_free(struct push *job);

/* ---- push_write.c ---- */

/*
 * push_ways_open - find servers; keys: read keys, too
 *
 * ECONF with findings; ENOMEM.
 */
enum mtasts_err push_ways_open(
    struct pusher *p, bool keys, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* push_ways_close - wipe keys, release */
void push_ways_close(struct pusher *p);

/* push_way_of - the way into the zone of a name, or null */
struct push_way *push_way_of(struct pusher *p, const char *name);

/*
 * push_write_next - write the changes of the next zone
 *
 * "then" comes when it has ended, with job->failed; false: nothing is left, or
 * it could not begin and job->failed says why not.
 */
bool push_write_next(struct push *job, push_step *then);

/* push_write_cancel - give up what is under way, and its place */
void push_write_cancel(struct push *job);

/* push_way_text - "192.0.2.53:53", "http://127.0.0.1:8081", "/path" */
const char *push_way_text(const struct push_way *way);

/* ---- push_judge.c ---- */

/* What a look has shown. */
struct push_verdict {
	bool unknown, foreign, by_hand, lags, write, differs;
};

/*
 * push_survey - what is to be done, name by name, and why not
 *
 * Sets place->write. The first reason of the gravest kind is said by
 * push_say().
 */
struct push_verdict push_survey(struct push *job);

/*
 * push_lagging - is there a server that does not say yet what it should?
 *
 * alive: of those that answered before anything was written. Said by
 * push_say().
 */
bool push_lagging(struct push *job, bool alive);

#endif
