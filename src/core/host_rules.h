/*
 * host_rules - what can be wrong with a policy host
 *
 * One table for whoever fetches and for whoever judges: "lint policy URL" and
 * the checker say the same.
 */
#ifndef MTASTS_CORE_HOST_RULES_H
#define MTASTS_CORE_HOST_RULES_H

#include "base/diag.h"
#include "core/fetchfact.h"

/* host_rule - what a fetch that ended so means; null: nothing of the host */
const struct diag_rule *host_rule(enum fetchfact_end end);

#endif
