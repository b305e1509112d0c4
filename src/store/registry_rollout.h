/*
 * registry_rollout - how far each roll-out is, and what mx=auto has seen
 *
 * Part of the registry; for task/rollout alone.
 */
#ifndef MTASTS_STORE_REGISTRY_ROLLOUT_H
#define MTASTS_STORE_REGISTRY_ROLLOUT_H

#include "store/registry_db.h"

#endif
