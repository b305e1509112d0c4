/*
 * inspect_own - what the registry knows of a domain that was looked at
 */
#ifndef MTASTS_TASK_INSPECT_OWN_H
#define MTASTS_TASK_INSPECT_OWN_H

#include "core/seen.h"
#include "store/registry_db.h"

/*
 * inspect_own - fill in s->own
 *
 * After everything else was seen. A domain that the registry does not have, or
 * that cannot be read, stays as it is: not registered. ESTORE, ENOMEM.
 */
enum mtasts_err inspect_own(
    struct registry *r, struct seen *s) MTASTS_MUST_CHECK;

#endif
