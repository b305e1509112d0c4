/*
 * publisher_looks - domains looked at in their turn: MX records and roll-outs
 */
#ifndef MTASTS_SVC_PUBLISHER_LOOKS_H
#define MTASTS_SVC_PUBLISHER_LOOKS_H

#include "base/json.h"
#include "svc/publisher_works.h"

struct publooks;

/* publooks_open - *out: yours, publooks_close(). ENOMEM */
enum mtasts_err publooks_open(const struct svc *svc, const uint64_t seed[2],
    struct publooks **out) MTASTS_MUST_CHECK;

/* publooks_close - cancel everything, release; null is fine */
void publooks_close(struct publooks *p);

/* publooks_use - as pubcerts_use() */
void publooks_use(
    struct publooks *p, struct works *works, struct registry *registry);

/* publooks_wake - something has changed: see whose turn it is */
void publooks_wake(struct publooks *p);

/* publooks_stop - begin nothing more, cancel all */
void publooks_stop(struct publooks *p);

/* publooks_status - members of an object: how roll-outs stand */
void publooks_status(struct publooks *p, struct js_writer *w);

#endif
