/*
 * registry_db_rows - what the files of registry_db share, for them alone
 */
#ifndef MTASTS_STORE_REGISTRY_DB_ROWS_H
#define MTASTS_STORE_REGISTRY_DB_ROWS_H

#include "store/db.h"
#include "store/registry_db.h"

struct registry {
	struct db *db;
	bool writing; /* the transaction that is open */
};

/* What each file's migration of the schema is; never changed once released. */
extern const char registry_certs_schema[];
extern const char registry_push_schema[];
extern const char registry_rollout_schema[];
extern const char registry_publish_schema[];

/* registry_db_mode - the mode that a column names; none for another text */
enum mtasts_mode registry_db_mode(struct str name);

#endif
