/*
 * db_engine - what db.c asks of an engine, for db*.c alone
 */
#ifndef MTASTS_STORE_DB_ENGINE_H
#define MTASTS_STORE_DB_ENGINE_H

#include "store/db.h"

#define DB_KEPT 64 /* prepared statements kept per handle */

/* How long we wait for a lock, milliseconds. */
#define DB_WAIT_WRITE_MS 5000
#define DB_WAIT_READ_MS	 1000
#define DB_WAIT_BULK_MS	 1000 /* who writes much tries again by itself */

/* The beginning of every engine's statement. */
struct db_stmt {
	struct db *db;
	const char *sql;
	bool kept; /* in db->kept: reset, not released */
	bool used;
};

/* The beginning of every engine's handle. */
struct db {
	const struct db_engine *engine;
	const struct db_schema *schema;
	char *path; /* for messages */
	enum db_access access;
	enum db_trouble trouble;
	char text[200]; /* what the engine says about it */
	size_t kept_count;
	struct db_stmt *kept[DB_KEPT];
};

/* All set db->trouble and db->text when they fail. */
struct db_engine {
	const char *scheme; /* "sqlite" */
	const char *begin_write;
	const char *begin_read;
	/* name is the URL behind its scheme; findings tell why it failed */
	enum mtasts_err (*open)(struct str name, const struct db_schema *schema,
	    enum db_access access, struct db **out, struct mtasts_diags *diags);
	enum mtasts_err (*set_aside)(struct str name,
	    const struct db_schema *schema, int64_t now_at, char **moved,
	    struct mtasts_diags *diags);
	void (*close)(struct db *db);
	enum mtasts_err (*script)(struct db *db, const char *sql);
	enum mtasts_err (*prepare)(
	    struct db *db, const char *sql, struct db_stmt **out);
	enum mtasts_err (*bind)(
	    struct db_stmt *s, size_t i, const struct db_value *v);
	enum mtasts_err (*step)(struct db_stmt *s, bool *row);
	void (*reset)(struct db_stmt *s);
	void (*release)(struct db_stmt *s);
	struct str (*get_text)(struct db_stmt *s, unsigned column);
	int64_t (*get_int)(struct db_stmt *s, unsigned column);
	int (*get_type)(struct db_stmt *s, unsigned column);
	bool (*in_transaction)(struct db *db);
	enum mtasts_err (*version)(struct db *db, int64_t *version);
	/* The schema's version; set inside the migration's transaction. */
	enum mtasts_err (*get_schema)(struct db *db, int64_t *version);
	enum mtasts_err (*set_schema)(struct db *db, int64_t version);
};

extern const struct db_engine db_sqlite;

/* db_migrate - bring the schema of a writer's handle up to date */
enum mtasts_err db_migrate(struct db *db) MTASTS_MUST_CHECK;

/* db_trouble_at - the finding of a trouble with the file or folder "path" */
void db_trouble_at(struct mtasts_diags *diags, enum db_trouble trouble,
    const char *what, const char *path, const char *text);

#endif
