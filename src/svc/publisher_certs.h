/*
 * publisher_certs - certificates renewed in their turn
 */
#ifndef MTASTS_SVC_PUBLISHER_CERTS_H
#define MTASTS_SVC_PUBLISHER_CERTS_H

#include "base/json.h"
#include "svc/publisher_works.h"

struct pubcerts;

struct pubcerts_conf {
	const struct svc *svc;
	/* Is somebody else at work on this domain? May be null. */
	bool (*busy)(void *ctx, struct str domain);
	void *ctx;
};

/* pubcerts_open - *out: yours, pubcerts_close(). ENOMEM */
enum mtasts_err pubcerts_open(
    const struct pubcerts_conf *conf, struct pubcerts **out) MTASTS_MUST_CHECK;

/* pubcerts_close - cancel everything, release; null is fine */
void pubcerts_close(struct pubcerts *c);

/*
 * pubcerts_use - work with these from now on
 *
 * Jobs that are under way go on with what they were begun with. Null for both:
 * cancel all that is under way, and wait.
 */
void pubcerts_use(
    struct pubcerts *c, struct works *works, struct registry *registry);

/* pubcerts_wake - something has changed: see whose turn it is */
void pubcerts_wake(struct pubcerts *c);

/* pubcerts_stop - begin nothing more; orders under way go on */
void pubcerts_stop(struct pubcerts *c);

/* pubcerts_busy - is there a job for this domain? */
bool pubcerts_busy(const struct pubcerts *c, struct str domain);

/* pubcerts_status - members of an object: what is known and under way */
void pubcerts_status(struct pubcerts *c, struct js_writer *w);

#endif
