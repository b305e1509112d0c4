/*
 * publisher_look - one look at a domain and its aliases, and what follows
 */
#ifndef MTASTS_SVC_PUBLISHER_LOOK_H
#define MTASTS_SVC_PUBLISHER_LOOK_H

#include "core/rollout.h"
#include "svc/publisher_works.h"

struct publook;

/* How a look ended. */
struct publook_end {
	bool broken; /* the registry, or memory: nothing could be written */
	bool rolled; /* there is a roll-out: */
	enum rollout_outcome outcome;
};

/* What a look works with. */
struct publook_conf {
	const struct svc *svc;
	struct works *works; /* held until the end */
	struct registry *registry;
	void (*done)(void *ctx, const struct publook_end *end);
	void *ctx;
};

/*
 * publook_start - look at a domain, or at that of an alias, and all its aliases
 *
 * Follows the MX records where the settings say so, then judges the roll-out
 * where there is one; logs what comes of it. done() comes once, from the loop,
 * never before this returns. Null when memory is short.
 */
struct publook *publook_start(
    const struct publook_conf *conf, const char *domain);

/* publook_cancel - done() will not come; null is fine */
void publook_cancel(struct publook *look);

#endif
