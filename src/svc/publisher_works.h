/*
 * publisher_works - what one configuration of mtasts-publisher opens
 *
 * DNS, fetches, and what does the work itself. It has a copy of the
 * configuration, so that a job ends as it was begun: after a reload new jobs
 * use new works, and the old ones go with the last job that uses them.
 */
#ifndef MTASTS_SVC_PUBLISHER_WORKS_H
#define MTASTS_SVC_PUBLISHER_WORKS_H

#include "store/registry_db.h"
#include "svc/resolver_reach.h"
#include "task/inspect.h"
#include "task/publish.h"

struct works {
	struct conf *conf; /* a copy */
	struct svc svc; /* with that configuration */
	struct reach reach;
	struct pusher *pusher;
	struct certify_dns dns_01; /* by the pusher */
	struct certifier *certifier; /* null: acme is not enabled */
	struct publisher *publisher;
	struct prober *prober;
	struct inspector *inspector;
	struct registry *registry; /* borrowed */
	unsigned users; /* jobs, and one for being in force */
};

/*
 * works_open - by the configuration of svc
 *
 * registry  open for writing; borrowed, must outlive the works
 *
 * *out: yours, works_put(). Findings say what failed.
 */
enum mtasts_err works_open(const struct svc *svc, const uint64_t seed[2],
    struct registry *registry, struct works **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* works_hold - for one user more; returns the same */
struct works *works_hold(struct works *works);

/* works_put - one user less; with the last it is closed; null is fine */
void works_put(struct works *works);

/*
 * works_hold_orders - begin no further order; true while one is under way
 */
bool works_hold_orders(struct works *works);

#endif
