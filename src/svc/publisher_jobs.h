/*
 * publisher_jobs - domains brought out in their turn, or when somebody asks
 */
#ifndef MTASTS_SVC_PUBLISHER_JOBS_H
#define MTASTS_SVC_PUBLISHER_JOBS_H

#include "base/json.h"
#include "svc/publisher_works.h"

struct pubjobs;

/* What is heard of the jobs; domain is borrowed for the call. */
struct pubjobs_ear {
	void (*step)(void *ctx, const char *domain, enum publish_step step);
	void (*done)(void *ctx, const struct publish_result *result);
	void *ctx;
};

struct pubjobs_conf {
	const struct svc *svc;
	uint64_t seed[2];
	/* Is somebody else at work on this domain? */
	bool (*busy)(void *ctx, struct str domain);
	void *busy_ctx;
	struct pubjobs_ear ear; /* functions may be null */
};

/* pubjobs_open - *out: yours, pubjobs_close(). ENOMEM */
enum mtasts_err pubjobs_open(
    const struct pubjobs_conf *conf, struct pubjobs **out) MTASTS_MUST_CHECK;

/* pubjobs_close - cancel everything, release; null is fine */
void pubjobs_close(struct pubjobs *p);

/* pubjobs_use - as pubcerts_use() */
void pubjobs_use(
    struct pubjobs *p, struct works *works, struct registry *registry);

/* pubjobs_wake - something has changed: see whose turn it is */
void pubjobs_wake(struct pubjobs *p);

/*
 * pubjobs_stop - begin nothing more, cancel what can go on later
 *
 * That is all but jobs in the step of the certificate: an order counts.
 */
void pubjobs_stop(struct pubjobs *p);

/* pubjobs_busy - is there a job for this domain? */
bool pubjobs_busy(const struct pubjobs *p, struct str domain);

/*
 * pubjobs_now - begin with this domain at once, or join what is under way
 *
 * Whatever the number of jobs. False: there is nothing to work with, or memory
 * is short.
 */
bool pubjobs_now(struct pubjobs *p, const char *domain, bool force);

/* pubjobs_status - members of an object: how domains are, what is under way */
void pubjobs_status(struct pubjobs *p, struct js_writer *w);

#endif
