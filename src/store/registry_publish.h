/*
 * registry_publish - how far the publishing of each domain is
 *
 * Part of the registry; for task/publish alone.
 */
#ifndef MTASTS_STORE_REGISTRY_PUBLISH_H
#define MTASTS_STORE_REGISTRY_PUBLISH_H

#include "store/registry_db.h"

#endif
