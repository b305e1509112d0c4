/*
 * registry_push.c - what was written into DNS
 *
 * Knows neither engines nor what the rows mean.
 */
#include "store/registry_push.h"

#include "store/registry_db_rows.h"

const char registry_push_schema[] =
    "CREATE TABLE push_begun (one BIGINT NOT NULL PRIMARY KEY);";
