/*
 * certify - certificates of policy hosts, by ACME
 *
 * RFC 8555. One certificate for each policy host. Asks first whether an order
 * can succeed, lets uacme make it, verifies what came, and only then puts it in
 * place: until then the old one stays. What somebody else keeps (certbot,
 * dehydrated, lego) is left alone. Any number of domains at once on one loop;
 * orders are made one after the other, however many processes want some.
 */
#ifndef MTASTS_TASK_CERTIFY_H
#define MTASTS_TASK_CERTIFY_H

#include "base/metrics.h"
#include "core/certplan.h"
#include "io/conf.h"
#include "io/dns.h"
#include "io/log.h"
#include "store/registry_db_certs.h"

struct certifier;
struct certify;
struct certify_dns_answer;

/* What the hook (mtasts __acme-hook) is told in its environment. */
#define CERTIFY_ENV_TYPES "MTASTS_ACME_TYPES" /* those that are wanted */
#define CERTIFY_ENV_HOST  "MTASTS_ACME_HOST" /* control socket of the host */
#define CERTIFY_ENV_ORDER "MTASTS_ACME_ORDER" /* that of who ordered */

/* A record for dns-01 (RFC 8555 section 8.4); all borrowed. */
struct certify_record {
	const char *domain; /* the policy domain */
	const char *name; /* "_acme-challenge.mta-sts." and it */
	const char *value; /* of the TXT record */
	bool set; /* else it goes */
};

/*
 * What writes such records. start() begins and returns something that
 * certify_dns_done() and cancel() know it by, or null when it cannot. cancel()
 * means that nobody wants to know any more.
 */
struct certify_dns {
	void *(*start)(void *ctx, const struct certify_record *record,
	    struct certify_dns_answer *answer);
	void (*cancel)(void *ctx, void *job);
	void *ctx;
};

/*
 * certify_dns_done - the record is there at every server, or why it is not
 *
 * Once for each start(), never before that returns; error is a sentence without
 * final dot, or null.
 */
void certify_dns_done(struct certify_dns_answer *answer, const char *error);

struct certifier_conf {
	struct loop *loop;
	struct dns *dns; /* borrowed, as all below */
	struct registry *registry; /* open for writing */
	const char *store_url;
	const struct conf *conf; /* of it acme, host, fetch */
	const char *ca_file; /* whom senders trust; null: of conf */
	const char *hook; /* null: looked for beside this program */
	const struct certify_dns *dns_01; /* null: no dns-01 */
	struct log *log; /* may be null, as metrics */
	struct metrics *metrics;
};

/*
 * certifier_open - begin to look at the folders of certificates
 *
 * *out: yours, certifier_close(). ENOENT when there is no hook, ECONF when the
 * configuration has no place for certificates or ACME is not enabled; ESYS
 * (the folder of the account cannot be made), ENOMEM: findings say what to do.
 */
enum mtasts_err certifier_open(const struct certifier_conf *conf,
    struct certifier **out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* certifier_close - cancel everything, release; null is fine */
void certifier_close(struct certifier *c);

/* How it ended. */
enum certify_end {
	CERTIFY_ISSUED = 0, /* a new certificate is in place */
	CERTIFY_NOT_DUE, /* the one that is there is good for long */
	CERTIFY_OTHERS, /* somebody else keeps it */
	CERTIFY_LATER, /* next_at: back-off, or too many orders of late */
	CERTIFY_REFUSED, /* a precondition is missing; no order was made */
	CERTIFY_FAILED, /* the order, or what came of it */
	CERTIFY_ENDS
};

/* certify_end_name - "issued", "not due", "others", "later", ... */
const char *certify_end_name(enum certify_end end);

/* Which precondition is missing, or what failed: a word for programs. */
enum certify_cause {
	CERTIFY_CAUSE_NONE = 0,
	CERTIFY_CAUSE_UNREGISTERED,
	CERTIFY_CAUSE_NO_TARGET, /* nothing says what our addresses are */
	CERTIFY_CAUSE_NO_ADDRESS, /* the policy host has none */
	CERTIFY_CAUSE_ELSEWHERE, /* it has others than ours */
	CERTIFY_CAUSE_CAA, /* the authority may not issue */
	CERTIFY_CAUSE_DNS, /* a lookup failed */
	CERTIFY_CAUSE_CHALLENGE, /* no type of challenge can be used */
	CERTIFY_CAUSE_BACKOFF,
	CERTIFY_CAUSE_RATE,
	CERTIFY_CAUSE_PROGRAM, /* uacme is not there, or broken */
	CERTIFY_CAUSE_ACCOUNT,
	CERTIFY_CAUSE_TIMEOUT,
	CERTIFY_CAUSE_AUTHORITY, /* it said no, or could not be reached */
	CERTIFY_CAUSE_LIMITED, /* it said: too many */
	CERTIFY_CAUSE_PAIR, /* what came is no use */
	CERTIFY_CAUSE_PLACE, /* it cannot be put in place */
	CERTIFY_CAUSE_STORE,
	CERTIFY_CAUSES
};

/* certify_cause_name - "unregistered", "no-target", ...; "" for none */
const char *certify_cause_name(enum certify_cause cause);

/* What came of it; texts are borrowed for the call. */
struct certify_result {
	enum certify_end end;
	enum certify_cause cause;
	const char *domain; /* A-labels */
	const char *host; /* "mta-sts." and it */
	const char *why; /* a sentence without final dot; "" when fine */
	const char *fix; /* what to do next, a sentence; or "" */
	int64_t next_at; /* when it is tried again, or renewed; 0: unknown */
	struct certplan_cert cert; /* what is in place now */
};

/* What is under way. */
enum certify_step {
	CERTIFY_STEP_LOOK = 0, /* preconditions */
	CERTIFY_STEP_WAIT, /* for its turn, or until_at for the rate */
	CERTIFY_STEP_ORDER,
	CERTIFY_STEP_VERIFY
};

/* Who wants to know. */
struct certify_want {
	const char *domain; /* A-labels, no final dot; copied */
	bool now; /* a person wants it: back-off does not count */
	bool force; /* even when none is due */
	bool take_over; /* even when somebody else keeps it */
	bool wait; /* wait for the rate, rather than end with LATER */
	void (*done)(void *ctx, const struct certify_result *result);
	/* may be null; until_at is 0, or when the wait for the rate ends */
	void (*step)(void *ctx, enum certify_step step, int64_t until_at);
	void *ctx;
};

/*
 * certify_start - see to the certificate of one policy domain or alias
 *
 * done() comes once, from the loop, never before this returns. Null when
 * memory is short.
 */
struct certify *certify_start(
    struct certifier *c, const struct certify_want *want);

/*
 * certify_cancel - done() will not come; null is fine
 *
 * An order that is under way is ended; it counts.
 */
void certify_cancel(struct certify *job);

/*
 * certify_expect_end - when that many orders more will have been made
 *
 * By the rate alone. Now when it does not matter; ESTORE, ENOMEM.
 */
enum mtasts_err certify_expect_end(
    struct certifier *c, size_t count, int64_t *at) MTASTS_MUST_CHECK;

/* Who is to be looked at, and when. */
struct certify_due {
	const char *domain; /* borrowed for the call */
	int64_t at; /* in the past: it is due */
};

/*
 * certify_each_due - call fn for the domains whose turn is first, in order
 *
 * By what the registry knows, at most count of them; those that were never
 * looked at go first. With "ours" only those whose certificate was ordered
 * here: they are to be renewed. For a daemon: certify_start() them at that
 * time, then ask again. fn returns false to stop. ESTORE, ENOMEM.
 */
enum mtasts_err certify_each_due(struct registry *r, bool ours, size_t count,
    bool (*fn)(void *ctx, const struct certify_due *due),
    void *ctx) MTASTS_MUST_CHECK;

/*
 * certifier_hold - begin no further order; true while one is under way
 *
 * For an end in order: what is under way may come to its own end.
 */
bool certifier_hold(struct certifier *c);

/* What a list tells of one domain; texts are borrowed for the call. */
struct certify_item {
	const char *domain;
	const char *host;
	const char *dir; /* where its certificate is; "" for none */
	const char *issuer; /* "" without one */
	struct certplan_cert cert;
	enum certplan_age age;
	bool others; /* kept by somebody else */
	enum registry_cert_state state; /* of the last try */
	const char *why; /* of the last try; "" */
	unsigned failures;
	int64_t next_at; /* 0: as soon as somebody looks */
};

/* What a list works on; all borrowed. */
struct certify_list {
	struct registry *registry;
	const struct conf *conf;
	int64_t at; /* now */
	struct log *log; /* may be null */
	bool (*fn)(
	    void *ctx, const struct certify_item *item); /* false: stop */
	void *ctx;
};

/*
 * certify_list - call fn for every registered name, in order
 *
 * Reads the folders of certificates: blocks on the disk. ESTORE, ENOMEM.
 */
enum mtasts_err certify_list(const struct certify_list *list) MTASTS_MUST_CHECK;

/* What a daemon shows of the certificates; see certify_metrics_open(). */
struct certify_metrics {
	struct metric *ages[CERTPLAN_AGES];
	struct metric *others, *failing, *orders;
	struct metric *soonest; /* seconds left to the next end of validity */
	int64_t warned_at[CERTPLAN_AGES]; /* when it was last logged */
};

/* certify_metrics_open - add the series; all zero before */
void certify_metrics_open(struct certify_metrics *m, struct metrics *metrics);

/*
 * certify_metrics_look - bring them up to date, and warn by days left
 *
 * list as for certify_list(), its fn is not called. Once a day for each name
 * at most, or as long as this goes on seldom, a warning or error is logged.
 */
enum mtasts_err certify_metrics_look(struct certify_metrics *m,
    const struct certify_list *list) MTASTS_MUST_CHECK;

#endif
