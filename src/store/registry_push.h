/*
 * registry_push - what was last written into DNS, to see the edits of others
 *
 * Part of the registry; for task/push alone.
 */
#ifndef MTASTS_STORE_REGISTRY_PUSH_H
#define MTASTS_STORE_REGISTRY_PUSH_H

#include "store/registry_db.h"

#endif
