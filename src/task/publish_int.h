/*
 * publish_int - what the files of the room publish share, and nobody else
 *
 * publish.c opens, begins and goes from step to step; publish_read.c reads the
 * registry; publish_host.c looks where the policy host leads; publish_body.c
 * fetches as strangers do; publish_id.c has DNS written; publish_gone.c takes
 * out what has run out; publish_end.c ends, remembers and says when again;
 * publish_words.c has words.
 *
 * A job goes from one to the next by the functions below; each ends with a
 * callback of the loop or with publish_end().
 */
#ifndef MTASTS_TASK_PUBLISH_INT_H
#define MTASTS_TASK_PUBLISH_INT_H

#include "task/publish.h"

#include "base/arena.h"
#include "core/leadsto.h"
#include "core/zonediff.h"

#include <sys/queue.h>

#define PUBLISH_HOST_MAX  264 /* "mta-sts." and a name, terminated */
#define PUBLISH_WHY_MAX	  600 /* bytes of a sentence */
#define PUBLISH_FIX_MAX	  1400 /* it may have records in it; cut */
#define PUBLISH_ADDRESSES 16 /* of a policy host that are looked at */
#define PUBLISH_STEP_GONE "gone" /* a step: its records are out of DNS */

/* What the registry says of a name; all in the job's arena. */
struct publish_facts {
	struct str id, body; /* served now */
	bool served;
	bool run_out; /* being removed, and nobody holds it any more */
	int64_t removing_at, until_at; /* 0: it stays */
	struct settings defaults; /* complete */
	struct settings own; /* its own, or its target's */
	struct settings merged;
	const char *target; /* of an alias, or "" */
	struct leadsto to;
};

/* A lookup of a job. */
struct publish_ask {
	struct publish *job;
	struct dns_ask *ask;
	struct dnsfact *fact;
};

enum {
	PUBLISH_ASK_A = 0, /* of the policy host */
	PUBLISH_ASK_AAAA,
	PUBLISH_ASK_OUR_A, /* of the host that we say is ours */
	PUBLISH_ASK_OUR_AAAA,
	PUBLISH_ASK_TXT, /* of _mta-sts */
	PUBLISH_ASKS
};

/* What an address of the policy host showed. */
enum publish_seen {
	PUBLISH_SEEN_SAME = 0, /* the policy that is to be there */
	PUBLISH_SEEN_NOTHING, /* no answer: may be our own way there */
	PUBLISH_SEEN_TLS, /* no certificate that senders would accept */
	PUBLISH_SEEN_OTHER, /* another policy */
	PUBLISH_SEEN_BAD /* anything else that senders cannot use */
};

/* A fetch from one address, or by the proxy. */
struct publish_look {
	struct publish *job;
	struct fetch *fetch;
	struct ipnet_addr addr;
	enum publish_seen seen;
	char address[IPNET_TEXT_LEN]; /* as text; "" by the proxy */
	char why[PUBLISH_WHY_MAX]; /* unless SAME */
};

/* A sentence and what to do, of a step that goes on in spite of it. */
struct publish_note {
	char why[PUBLISH_WHY_MAX + 8]; /* so that what is cut is seen to be */
	char fix[PUBLISH_FIX_MAX + 8];
};

struct publish {
	TAILQ_ENTRY(publish) link;
	struct publisher *p;
	struct publish_want want;
	char domain[PUBLISH_HOST_MAX];
	char host[PUBLISH_HOST_MAX];
	struct arena *arena;
	struct registry_published row; /* as it is read, then as it will be */
	struct publish_facts facts;
	enum publish_step step;
	bool changed;
	unsigned rounds; /* how often the registry moved on under it */
	struct publish_ask asks[PUBLISH_ASKS];
	unsigned pending; /* of them */
	void (*asked)(struct publish *job); /* when all are there */
	struct push *push;
	enum push_end host_end; /* of the push of the host's record */
	bool host_pushed; /* there was one */
	struct publish_note host_note;
	struct certify *certify;
	enum certify_end cert_end;
	bool certified; /* there was a certify_end */
	int64_t cert_next_at;
	struct publish_note cert_note;
	struct publish_note id_note; /* what is left to do when it is live */
	struct publish_look looks[PUBLISH_ADDRESSES];
	size_t look_count, looking;
	int64_t until_ms; /* the host may still be taking over until then */
	void (*timed)(struct publish *job);
	struct loop_watch *timer;
};

TAILQ_HEAD(publish_jobs, publish);

struct publisher {
	struct publisher_conf conf;
	struct publish_jobs jobs;
	struct metric *ends[PUBLISH_ENDS];
};

/* publish_begin_step - tell, note and do one */
void publish_begin_step(struct publish *job, enum publish_step step);

/* publish_wait - call fn in so many milliseconds */
void publish_wait(
    struct publish *job, int64_t ms, void (*fn)(struct publish *job));

/* publish_free - nothing under way, released */
void publish_free(struct publish *job);

/* publish_read - the registry's facts anew; ENOENT, ESTORE, ENOMEM */
enum mtasts_err publish_read(struct publish *job) MTASTS_MUST_CHECK;

/*
 * publish_moved - read anew; has what it serves become another?
 *
 * True also when the job has ended, because the name is gone or the registry
 * cannot be read; or has begun anew with what is served now.
 */
bool publish_moved(struct publish *job);

/* publish_remember - as far as it is, into the registry; ESTORE, ENOMEM */
enum mtasts_err publish_remember(
    struct publish *job, bool settled) MTASTS_MUST_CHECK;

/* publish_ask_all - look up what a mask of 1 << PUBLISH_ASK_... names */
void publish_ask_all(
    struct publish *job, unsigned mask, void (*asked)(struct publish *job));

/* publish_ask_cancel - end and forget all lookups */
void publish_ask_cancel(struct publish *job);

/* publish_leads - where the policy host leads, by the lookups */
enum leadsto_end publish_leads(
    const struct publish *job, char strange[IPNET_TEXT_LEN]);

/* publish_failed_ask - the lookup that failed, or null; *name is its name */
const struct dnsfact *publish_failed_ask(
    const struct publish *job, const char **name);

/* publish_host, publish_body, publish_id - steps of the same name */
void publish_host(struct publish *job);
void publish_body(struct publish *job);
void publish_id(struct publish *job);

/* publish_body_cancel - end and forget all fetches */
void publish_body_cancel(struct publish *job);

/* publish_gone - in place of all steps: take out what has run out */
void publish_gone(struct publish *job);

/* publish_delegated - are there records that its owner has to set? */
bool publish_delegated(const struct publish *job);

/*
 * publish_by_diff - which records differ that nobody here writes: a sentence
 *
 * customer  those that the owner of a delegated domain sets; else the others.
 * False when there are none.
 */
bool publish_by_diff(
    const struct zonediff *diff, bool customer, struct buf *out);

/*
 * publish_by_hand - which records somebody has to set, and who: a sentence
 *
 * host_only  those without which the host is not reached; of a delegated
 *            domain all that its owner sets
 * gone       instead: which are to be deleted
 */
void publish_by_hand(
    const struct publish *job, bool host_only, bool gone, struct buf *out);

/* A way to end. */
struct publish_outcome {
	enum publish_end end;
	const char *fix; /* or null */
	int64_t next_at; /* 0: by the rules of back-off */
	bool live; /* every server has the id: remember it */
	bool quiet; /* the name is gone: nothing to remember */
	bool unknown; /* see publish_result */
};

/*
 * publish_end - a job is over: remember it, tell it, release it
 *
 * fmt makes the sentence that says why; "" for none.
 */
void publish_end(struct publish *job, const struct publish_outcome *outcome,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* publish_end_unread - the registry says no, or nothing */
void publish_end_unread(struct publish *job, enum mtasts_err err);

/* publish_end_push - an end of a push that does not let it go on */
void publish_end_push(struct publish *job, enum push_end end,
    const struct publish_note *note, bool live);

#endif
