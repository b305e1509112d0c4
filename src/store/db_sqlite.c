/*
 * db_sqlite.c - SQLite as an engine of store/db: one file in a folder
 *
 * WAL, so that readers never wait for a writer; FULL, unless the schema says
 * otherwise, so that what was committed survives a power cut. The -wal and -shm
 * files stay when a writer closes, since readers who may not write the folder
 * cannot open the database without them. Knows no tables. The file itself is
 * db_sqlite_file.c's matter.
 */
#include "store/db.h"

#include "base/arena.h"
#include "store/db_engine.h"
#include "store/db_sqlite_file.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>

#define PARAMS_MAX 24

struct sqlite_db {
	struct db base;
	sqlite3 *h;
	struct sqlite_files opened;
};

struct sqlite_stmt {
	struct db_stmt base;
	sqlite3_stmt *h;
	int index[PARAMS_MAX + 1]; /* SQLite's number of $n */
};

/* no_room - was it for want of room that a file could not be written? */
static bool
no_room(const struct sqlite_db *s)
{
	sqlite3_file *wal = NULL;
	int err = 0;

	if (sqlite_sys_trouble(sqlite3_system_errno(s->h)) == DB_FULL)
		return true;
	/* That is what came last; each file also keeps what it met itself. */
	if (sqlite3_file_control(s->h, "main", SQLITE_FCNTL_LAST_ERRNO, &err) ==
		SQLITE_OK &&
	    sqlite_sys_trouble(err) == DB_FULL)
		return true;
	if (sqlite3_file_control(s->h, "main", SQLITE_FCNTL_JOURNAL_POINTER,
		&wal) != SQLITE_OK ||
	    wal == NULL || wal->pMethods == NULL)
		return false;
	err = 0;
	wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &err);
	return sqlite_sys_trouble(err) == DB_FULL;
}

/* rc_trouble - what a result of SQLite means */
static enum db_trouble
rc_trouble(const struct sqlite_db *s, int rc)
{
	bool reader = s->base.access == DB_READ;

	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL: /* others locked and unlocked all the time */
		return DB_BUSY;
	case SQLITE_FULL:
		return DB_FULL;
	case SQLITE_READONLY:
		if (rc == SQLITE_READONLY_DBMOVED)
			return DB_REPLACED;
		return reader ? DB_NO_WAL : DB_DENIED;
	case SQLITE_CANTOPEN:
		return reader ? DB_NO_WAL : DB_DENIED;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return DB_DENIED;
	case SQLITE_CORRUPT:
		return DB_CORRUPT;
	case SQLITE_NOTADB:
		return DB_NOT_DB;
	case SQLITE_IOERR:
		return no_room(s) ? DB_FULL : DB_IO;
	default:
		/* Whoever only reads cannot break a constraint. */
		return reader ? DB_CORRUPT : DB_REFUSED;
	}
}

/* fail - remember what went wrong, and say it as a code */
static enum mtasts_err
fail(struct sqlite_db *s, int rc)
{
	if ((rc & 0xff) == SQLITE_NOMEM)
		return MTASTS_ENOMEM;
	s->base.trouble = rc_trouble(s, rc);
	snprintf(s->base.text, sizeof(s->base.text), "%s",
	    s->h ? sqlite3_errmsg(s->h) : sqlite3_errstr(rc));
	return MTASTS_ESTORE;
}

/* sqlite_script - run texts without parameters */
static enum mtasts_err
sqlite_script(struct db *db, const char *sql)
{
	struct sqlite_db *s = (struct sqlite_db *)db;
	int rc = sqlite3_exec(s->h, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? MTASTS_OK : fail(s, rc);
}

/* pragma_int - the number that a PRAGMA tells */
static enum mtasts_err
pragma_int(struct sqlite_db *s, const char *sql, int64_t *value)
{
	sqlite3_stmt *h = NULL;
	int rc = sqlite3_prepare_v2(s->h, sql, -1, &h, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(h);
	if (rc == SQLITE_ROW) {
		*value = sqlite3_column_int64(h, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(h);
	return rc == SQLITE_OK ? MTASTS_OK : fail(s, rc);
}

/* sqlite_prepare - compile, and learn which parameter is which */
static enum mtasts_err
sqlite_prepare(struct db *db, const char *sql, struct db_stmt **out)
{
	struct sqlite_db *s = (struct sqlite_db *)db;
	struct sqlite_stmt *st = mem_zalloc(1, sizeof(*st));
	int rc;

	if (st == NULL)
		return MTASTS_ENOMEM;
	rc = sqlite3_prepare_v3(
	    s->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->h, NULL);
	if (rc != SQLITE_OK) {
		mem_free(st);
		return fail(s, rc);
	}
	/* To SQLite "$2" is a name, numbered as it comes in the text. */
	for (int i = 1; i <= sqlite3_bind_parameter_count(st->h); i++) {
		struct str name = str_of(sqlite3_bind_parameter_name(st->h, i));
		uint64_t n;

		if (str_u64(str_sub(name, 1, name.len), PARAMS_MAX, &n))
			st->index[n] = i;
	}
	*out = &st->base;
	return MTASTS_OK;
}

/* sqlite_bind - give $i its value */
static enum mtasts_err
sqlite_bind(struct db_stmt *stmt, size_t i, const struct db_value *v)
{
	struct sqlite_stmt *st = (struct sqlite_stmt *)stmt;
	int n = i <= PARAMS_MAX ? st->index[i] : 0;
	int rc;

	if (v->type == DB_INT)
		rc = sqlite3_bind_int64(st->h, n, v->n);
	else if (v->type == DB_TEXT)
		rc = sqlite3_bind_text64(
		    st->h, n, v->s.p, v->s.len, SQLITE_TRANSIENT, SQLITE_UTF8);
	else
		rc = sqlite3_bind_null(st->h, n);
	return rc == SQLITE_OK ? MTASTS_OK
			       : fail((struct sqlite_db *)stmt->db, rc);
}

/* sqlite_step - the next row, or the end */
static enum mtasts_err
sqlite_step(struct db_stmt *stmt, bool *row)
{
	struct sqlite_stmt *st = (struct sqlite_stmt *)stmt;
	int rc = sqlite3_step(st->h);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return fail((struct sqlite_db *)stmt->db, rc);
	*row = rc == SQLITE_ROW;
	return MTASTS_OK;
}

/* sqlite_reset - ready for other values, holding no lock */
static void
sqlite_reset(struct db_stmt *stmt)
{
	struct sqlite_stmt *st = (struct sqlite_stmt *)stmt;

	sqlite3_reset(st->h);
	sqlite3_clear_bindings(st->h);
}

/* sqlite_release - forget a statement */
static void
sqlite_release(struct db_stmt *stmt)
{
	struct sqlite_stmt *st = (struct sqlite_stmt *)stmt;

	sqlite3_finalize(st->h);
	mem_free(st);
}

/* sqlite_get_text - a column's bytes */
static struct str
sqlite_get_text(struct db_stmt *stmt, unsigned column)
{
	struct sqlite_stmt *st = (struct sqlite_stmt *)stmt;
	const char *p = (const char *)sqlite3_column_text(st->h, (int)column);

	if (p == NULL)
		return str_make(NULL, 0);
	return str_make(p, (size_t)sqlite3_column_bytes(st->h, (int)column));
}

/* sqlite_get_int - a column's number */
static int64_t
sqlite_get_int(struct db_stmt *stmt, unsigned column)
{
	struct sqlite_stmt *st = (struct sqlite_stmt *)stmt;

	return sqlite3_column_int64(st->h, (int)column);
}

/* sqlite_get_type - of a column, before its text or number is asked for */
static int
sqlite_get_type(struct db_stmt *stmt, unsigned column)
{
	struct sqlite_stmt *st = (struct sqlite_stmt *)stmt;

	switch (sqlite3_column_type(st->h, (int)column)) {
	case SQLITE_NULL:
		return DB_NULL;
	case SQLITE_INTEGER:
		return DB_INT;
	case SQLITE_TEXT:
		return DB_TEXT;
	default:
		return DB_OTHER;
	}
}

/* sqlite_in_transaction - is there something to roll back? */
static bool
sqlite_in_transaction(struct db *db)
{
	return !sqlite3_get_autocommit(((struct sqlite_db *)db)->h);
}

/*
 * sqlite_version - the stamps of the file and of its log
 *
 * PRAGMA data_version would be the obvious thing. But a reader who may not
 * write the -shm file, as the host is, sees that change at every look while
 * nobody writes and the log is empty.
 */
static enum mtasts_err
sqlite_version(struct db *db, int64_t *version)
{
	struct sqlite_db *s = (struct sqlite_db *)db;

	/* A handle would go on with a file that nobody finds any more. */
	if (!sqlite_files_same(
		&s->opened, db->path, db->access == DB_WRITE, version)) {
		db->trouble = DB_REPLACED;
		db->text[0] = '\0';
		return MTASTS_ESTORE;
	}
	return MTASTS_OK;
}

/* sqlite_get_schema - which migration the file is at */
static enum mtasts_err
sqlite_get_schema(struct db *db, int64_t *version)
{
	return pragma_int(
	    (struct sqlite_db *)db, "PRAGMA user_version", version);
}

/* sqlite_set_schema - note the migration, within its transaction */
static enum mtasts_err
sqlite_set_schema(struct db *db, int64_t version)
{
	char sql[64];

	snprintf(
	    sql, sizeof(sql), "PRAGMA user_version = %lld", (long long)version);
	return sqlite_script(db, sql);
}

/* sqlite_close - release the handle */
static void
sqlite_close(struct db *db)
{
	struct sqlite_db *s = (struct sqlite_db *)db;

	sqlite3_close_v2(s->h);
	mem_free(db->path);
	mem_free(s);
}

/* set_up - the settings of a handle; a new file also gets its mark */
static enum mtasts_err
set_up(struct sqlite_db *s, bool fresh)
{
	int32_t mark = s->base.schema->mark;
	int on = 1;
	int64_t found = 0;
	char sql[64];
	enum mtasts_err err;

	sqlite3_extended_result_codes(s->h, 1);
	sqlite3_busy_timeout(s->h,
	    s->base.access == DB_READ  ? DB_WAIT_READ_MS
		: s->base.schema->bulk ? DB_WAIT_BULK_MS
				       : DB_WAIT_WRITE_MS);
	sqlite3_db_config(s->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	err = sqlite_script(&s->base,
	    "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"
	    "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
	    "PRAGMA journal_size_limit = 16777216");
	/* Scattered rows: without a larger cache each costs a read. */
	if (!err && s->base.schema->bulk)
		err = sqlite_script(&s->base,
		    "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;"
		    "PRAGMA wal_autocheckpoint = 4000");
	if (!err && fresh) {
		snprintf(sql, sizeof(sql), "PRAGMA application_id = %ld",
		    (long)mark);
		err = sqlite_script(&s->base, sql);
	}
	if (!err)
		err = pragma_int(s, "PRAGMA application_id", &found);
	if (!err && found != mark) {
		s->base.trouble = DB_FOREIGN;
		s->base.text[0] = '\0';
		err = MTASTS_ESTORE;
	}
	if (!err && s->base.access == DB_WRITE)
		err = sqlite_script(&s->base, "PRAGMA journal_mode = WAL");
	/* Else a reader without rights to the folder could not open it. */
	if (!err && s->base.access == DB_WRITE && !fresh)
		sqlite3_file_control(
		    s->h, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	return err;
}

/* open_file - a handle on a file that is there */
static enum mtasts_err
open_file(const char *path, bool fresh, const struct db *like,
    struct sqlite_db **out, struct mtasts_diags *diags)
{
	struct sqlite_db *s = mem_zalloc(1, sizeof(*s));
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
	    (like->access == DB_WRITE ? SQLITE_OPEN_READWRITE
				      : SQLITE_OPEN_READONLY);
	enum mtasts_err err = MTASTS_ENOMEM;
	int rc;

	if (s == NULL)
		return MTASTS_ENOMEM;
	s->base = *like;
	s->base.path = mem_strdup(str_of(path));
	if (s->base.path == NULL)
		goto out;
	sqlite_files_see(&s->opened, path);
	rc = sqlite3_open_v2(path, &s->h, flags, NULL);
	err = rc == SQLITE_OK ? set_up(s, fresh) : fail(s, rc);
out:
	if (!err) {
		*out = s;
		return MTASTS_OK;
	}
	if (err == MTASTS_ESTORE)
		db_explain(&s->base, diags);
	sqlite_close(&s->base);
	return err;
}

/* fill - an empty file beside the place becomes a database of the schema */
static enum mtasts_err
fill(const char *path, const struct db *like, struct mtasts_diags *diags)
{
	struct sqlite_db *s = NULL;
	enum mtasts_err err = open_file(path, true, like, &s, diags);

	if (err)
		return err;
	err = db_migrate(&s->base);
	if (err == MTASTS_ESTORE)
		db_explain(&s->base, diags);
	sqlite_close(&s->base);
	return err;
}

/* sqlite_open - see db_open(); name is the folder */
static enum mtasts_err
sqlite_open(struct str name, const struct db_schema *schema,
    enum db_access access, struct db **out, struct mtasts_diags *diags)
{
	const struct db like = {
		.engine = &db_sqlite, .schema = schema, .access = access
	};
	char path[SQLITE_PATH_LEN];
	struct sqlite_db *s = NULL;
	enum mtasts_err err;

	if (!sqlite_file_path(name, schema, path))
		return sqlite_sys_fail(&like, "", diags);
	err = sqlite_file_look(path, &like, diags);
	if (err == MTASTS_ENOENT && access == DB_WRITE && !schema->existing)
		err = sqlite_file_make(path, &like, fill, diags);
	if (!err)
		err = open_file(path, false, &like, &s, diags);
	if (!err)
		*out = &s->base;
	return err;
}

const struct db_engine db_sqlite = {
	.scheme = "sqlite",
	.begin_write = "BEGIN IMMEDIATE",
	.begin_read = "BEGIN",
	.open = sqlite_open,
	.set_aside = sqlite_file_set_aside,
	.close = sqlite_close,
	.script = sqlite_script,
	.prepare = sqlite_prepare,
	.bind = sqlite_bind,
	.step = sqlite_step,
	.reset = sqlite_reset,
	.release = sqlite_release,
	.get_text = sqlite_get_text,
	.get_int = sqlite_get_int,
	.get_type = sqlite_get_type,
	.in_transaction = sqlite_in_transaction,
	.version = sqlite_version,
	.get_schema = sqlite_get_schema,
	.set_schema = sqlite_set_schema,
};
