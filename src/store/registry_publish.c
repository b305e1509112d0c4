/*
 * registry_publish.c - how far each domain is published
 *
 * Knows neither engines nor what the rows mean.
 */
#include "store/registry_publish.h"

#include "store/registry_db_rows.h"

const char registry_publish_schema[] =
    "CREATE TABLE publish_begun (one BIGINT NOT NULL PRIMARY KEY);";
