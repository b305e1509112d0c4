/*
 * certify_int - what the files of the room certify share, and nobody else
 *
 * certify.c opens and begins; certify_end.c ends and remembers; certify_disk.c
 * knows which certificates there are; certify_look.c asks whether an order can
 * succeed; certify_order.c has it made, verifies and puts in place, by the
 * program that certify_uacme.c calls; certify_record.c answers the hook for
 * dns-01; certify_tell.c has words, lists and metrics.
 *
 * A job goes from one to the next by the functions below; each ends with a
 * callback of the loop or with certify_end().
 */
#ifndef MTASTS_TASK_CERTIFY_INT_H
#define MTASTS_TASK_CERTIFY_INT_H

#include "task/certify.h"

#include "base/arena.h"
#include "core/dnsfact.h"
#include "core/leadsto.h"
#include "core/uacme.h"
#include "io/challenge.h"
#include "io/child.h"
#include "io/ctl.h"
#include "io/tlskeys_index.h"
#include "io/x509_trust.h"

#include <limits.h>
#include <pthread.h>
#include <sys/queue.h>

#define CERTIFY_HOST_MAX 264 /* "mta-sts." and a name, terminated */
#define CERTIFY_WHY_MAX	 600 /* bytes of a sentence */
#define CERTIFY_TYPES	 3 /* of challenges */

/* ---- certificates on the disk: certify_disk.c ---- */

/* The folders of certificates, as they were seen last. */
struct certify_disk {
	struct certifier *c;
	struct tlskeys_index *index; /* null: not seen yet */
	struct tlskeys_index *fresh; /* made by the thread */
	struct x509_pool *pool;
	struct tlskeys_scan scan;
	atomic_bool stop;
	pthread_t thread;
	bool running; /* the thread */
	int64_t seen_ms; /* when the last look began */
	int64_t took_ms; /* the last look */
};

/* certify_disk_open - begin to look; ESYS, ENOMEM */
enum mtasts_err certify_disk_open(struct certifier *c) MTASTS_MUST_CHECK;

/* certify_disk_close - end it, release */
void certify_disk_close(struct certifier *c);

/* certify_disk_ready - is it known? Else certify_wake() comes when it is */
bool certify_disk_ready(struct certifier *c);

/* A certificate of a policy host. */
struct certify_found {
	struct certplan_cert cert; /* the one that is served; 0: none */
	bool ours; /* it is where ours are */
	char dir[TLSKEYS_DIR_MAX];
};

/* certify_find - what there is for a host; "ours" is where ours would be */
void certify_find(const struct tlskeys_index *index, const char *ours,
    const char *host, int64_t at, struct certify_found *out);

/*
 * certify_find_placed - the same, of what stands where ours is put
 *
 * *found is what the last look at all folders has told; it becomes this when
 * this is good for longer. Another process may have placed it, or we a moment
 * ago. Reads one file.
 */
void certify_find_placed(
    const char *ours, const char *host, struct certify_found *found);

/* ---- jobs ---- */

/* A lookup of a job. */
struct certify_ask {
	struct certify *job;
	struct dns_ask *ask;
	struct dnsfact *fact;
};

enum {
	ASK_A = 0, /* of the policy host */
	ASK_AAAA,
	ASK_OUR_A, /* of the host that we say is ours */
	ASK_OUR_AAAA,
	ASK_CAA,
	ASKS
};

enum certify_phase {
	PHASE_BEGIN = 0, /* until the folders are known */
	PHASE_LOOK, /* lookups are under way */
	PHASE_QUEUE, /* it wants its turn */
	PHASE_ORDER /* its turn */
};

struct certify {
	TAILQ_ENTRY(certify) link; /* in jobs */
	TAILQ_ENTRY(certify) queue_link;
	struct certifier *c;
	struct certify_want want;
	enum certify_phase phase;
	char domain[CERTIFY_HOST_MAX];
	char host[CERTIFY_HOST_MAX];
	struct arena *arena;
	struct registry_cert row; /* as the registry has it, then as it will */
	struct certify_found found;
	int64_t issued_until_at; /* end of what uacme has; 0: nothing good */
	struct leadsto to; /* what is said to be ours */
	struct certify_ask asks[ASKS];
	unsigned pending; /* of them */
	const char *caa_name; /* whose CAA records are asked for */
	bool types[CERTIFY_TYPES]; /* that may be used, by challenge_type */
	/* Why it may be dns-01 alone, or nothing. */
	enum certify_cause away;
	char away_why[CERTIFY_WHY_MAX];
	char away_fix[CERTIFY_WHY_MAX];
	struct child *child;
	struct loop_watch *timer; /* begins it */
	bool account_new; /* this order made the account anew */
	unsigned nonces; /* how often the authority's nonces ran out */
};

TAILQ_HEAD(certify_jobs, certify);

struct certifier {
	struct certifier_conf conf;
	const struct conf_acme *acme;
	struct certify_disk disk;
	struct x509_roots *roots;
	struct certify_jobs jobs, queue;
	struct certify *current; /* whose order is being made */
	struct loop_watch *timer; /* of the queue */
	int lock_fd;
	bool locked;
	bool held; /* no further order is begun */
	int64_t hold_until_at; /* the authority said: too many */
	struct ctl *order_ctl; /* dns-01 */
	char folder[PATH_MAX]; /* of accounts */
	char account[PATH_MAX]; /* that of the directory */
	char order_path[PATH_MAX + 32];
	char hook[PATH_MAX];
	struct metric *issued, *failed, *refused;
};

/* certify_wake - the folders are known now: let jobs begin */
void certify_wake(struct certifier *c);

/*
 * certify_overtaken - has another process tried for the domain meanwhile?
 *
 * Asked when the lock of all orders is held. True: the job begins anew, with
 * what that one has made, or it has ended.
 */
bool certify_overtaken(struct certify *job);

/* certify_step - tell who wants to know */
void certify_step(
    const struct certify *job, enum certify_step step, int64_t until_at);

/* A way to end. */
struct certify_outcome {
	enum certify_end end;
	enum certify_cause cause;
	const char *fix; /* or null */
};

/*
 * certify_end - a job is over: remember it, tell it, release it
 *
 * fmt makes the sentence that says why; "" for none.
 */
void certify_end(struct certify *job, const struct certify_outcome *outcome,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* certify_unlock - another process may order now; fine when it is not held */
void certify_unlock(struct certifier *c);

/* certify_free - out of all lists, nothing under way, released */
void certify_free(struct certify *job);

/* certify_look - look up whether an order can succeed */
void certify_look(struct certify *job);

/* certify_look_cancel - end what is under way */
void certify_look_cancel(struct certify *job);

/* certify_queue - it can: wait for the job's turn */
void certify_queue(struct certify *job);

/* certify_pump - let the next one have its turn, if there can be one */
void certify_pump(struct certifier *c);

/* What an end of uacme means. */
struct certify_meaning {
	enum uacme_cause said;
	enum certify_cause cause;
	const char *fix;
	struct str why; /* what it said; or empty */
};

/*
 * certify_uacme_run - call it with these words behind the common ones
 *
 * words end with null. The job ends when it cannot be called.
 */
void certify_uacme_run(
    struct certify *job, const char *const *words, child_callback *cb);

/* certify_uacme_meaning - why it did not do it; spans of its result */
void certify_uacme_meaning(
    const struct child_result *r, struct certify_meaning *m);

/* certify_uacme_failed - end the job; what: "the order" */
void certify_uacme_failed(
    struct certify *job, const struct child_result *r, const char *what);

/* certify_order - it is the job's turn */
void certify_order(struct certify *job);

/*
 * certify_take_up - put in place what was issued before, if there is such
 *
 * After a crash between issuing and placing. False: there is nothing newer than
 * what is in place; else the job has ended. Fills in issued_until_at.
 */
bool certify_take_up(struct certify *job);

/* certify_write_row - the job's row into the registry; ESTORE, ENOMEM */
enum mtasts_err certify_write_row(
    struct certify *job, bool order) MTASTS_MUST_CHECK;

/* certify_record_open, certify_record_close - the socket for the hook */
enum mtasts_err certify_record_open(
    struct certifier *c, struct mtasts_diags *diags) MTASTS_MUST_CHECK;
void certify_record_close(struct certifier *c);

/* certify_log - what became of a job */
void certify_log(struct certifier *c, const struct certify_result *result);

#endif
