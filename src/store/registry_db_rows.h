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

/*
 * registry_touch - what a name publishes was changed, or may have been
 *
 * It is to be published anew, and so are its aliases. An empty name: all.
 */
enum mtasts_err registry_touch(
    struct registry *r, struct str name) MTASTS_MUST_CHECK;

/* registry_forget - a name is registered no more */
enum mtasts_err registry_forget(
    struct registry *r, struct str name) MTASTS_MUST_CHECK;

/* registry_db_mode - the mode that a column names; none for another text */
enum mtasts_mode registry_db_mode(struct str name);

#endif
