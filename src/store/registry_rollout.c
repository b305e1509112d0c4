/*
 * registry_rollout.c - how far the roll-out of each domain is
 *
 * Knows neither engines nor what the rows mean.
 */
#include "store/registry_rollout.h"

#include "store/registry_db_rows.h"

const char registry_rollout_schema[] =
    "CREATE TABLE rollout_begun (one BIGINT NOT NULL PRIMARY KEY);";
