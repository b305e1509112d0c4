/*
 * registry_clock - times that a wrong clock has left behind
 */
#ifndef MTASTS_STORE_REGISTRY_CLOCK_H
#define MTASTS_STORE_REGISTRY_CLOCK_H

#include "store/registry_db.h"

/*
 * registry_mend_clock - what was last done in the future is due now
 *
 * For the start, and for when the clock was set: names, roll-outs, MX hosts and
 * certificates whose last try lies more than five minutes after now_at, in
 * seconds UTC, have their turn at once; orders at an authority from then count
 * as made now. Commits by itself, and writes nothing when there is nothing.
 * ESTORE, ENOMEM.
 */
enum mtasts_err registry_mend_clock(
    struct registry *r, int64_t now_at) MTASTS_MUST_CHECK;

#endif
