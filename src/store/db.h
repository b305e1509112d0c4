/*
 * db - an SQL database file or server: open, migrate, run statements
 *
 * The one face that all *_db rooms use; one file per engine implements it.
 * The SQL that is handed in is what SQLite and PostgreSQL both speak:
 * parameters $1, $2, ...; types TEXT and BIGINT; ON CONFLICT ... DO UPDATE.
 * Returns errors; what went wrong is told by db_explain(). Never logs. Waits
 * only for a lock, for a bounded time. One thread at a time per handle.
 */
#ifndef MTASTS_STORE_DB_H
#define MTASTS_STORE_DB_H

#include "base/diag.h"
#include "mtasts/err.h"

struct db;
struct db_stmt;

enum db_access {
	DB_READ,
	DB_WRITE /* creates what is missing and migrates it */
};

/* What one store consists of. Constant. */
struct db_schema {
	const char *file; /* "registry.db": its name in the folder */
	const char *what; /* "registry": for messages */
	int32_t mark; /* tells this kind of file from other databases */
	size_t count; /* migrations: the newest version known */
	const char *const *migrations; /* the n-th makes version n from n-1 */
	/*
	 * The oldest version that has all that is read: a reader takes the file
	 * before a writer has brought it up to date. 0: the newest alone.
	 */
	size_t oldest;
	bool existing; /* a writer does not make it: ENOENT */
	unsigned mode; /* rights of a new file; 0: 0640 */
	/* Much is written by one, and a power cut may take the last of it. */
	bool bulk;
};

/* What went wrong last; every kind but DB_FINE is a finding of its own. */
enum db_trouble {
	DB_FINE = 0,
	DB_URL, /* no such kind of store */
	DB_NO_FOLDER,
	DB_DENIED, /* may not be read, or not be written */
	DB_NO_WAL, /* a reader needs a writer to have been here */
	DB_EMPTY, /* the file is there but holds nothing */
	DB_NOT_DB, /* not a database at all */
	DB_FOREIGN, /* a database of something else */
	DB_NEWER, /* written by a later version of us */
	DB_OLDER, /* to be migrated, but opened for reading */
	DB_CORRUPT,
	DB_BUSY, /* someone else kept the lock */
	DB_FULL, /* disk or quota */
	DB_REPLACED, /* the file was exchanged under us */
	DB_IO,
	DB_REFUSED, /* a constraint of the schema: our own fault */
	DB_TROUBLES
};

/* db_rules - the finding of every trouble, by enum db_trouble */
extern const struct diag_rule db_rules[DB_TROUBLES];

/*
 * db_open - open the store that a URL names
 *
 * url  "sqlite:FOLDER" or a bare folder, which must exist
 *
 * Writing creates the file whole or not at all and brings an older schema up
 * to date; a file that is not ours, damaged or newer is never touched.
 * EINVAL for an unknown kind of URL; ENOENT when reading and there is no file;
 * ESTORE otherwise; ENOMEM. Every failure but ENOENT and ENOMEM is a finding.
 * *out on success: yours, db_close().
 */
enum mtasts_err db_open(const char *url, const struct db_schema *schema,
    enum db_access access, struct db **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * db_trouble_found - the trouble that db_open() told a finding of
 *
 * Of the last finding; DB_FINE when that is none of db_rules.
 */
enum db_trouble db_trouble_found(const struct mtasts_diags *diags);

/*
 * db_set_aside - move a damaged file away, so that a fresh one can be begun
 *
 * To FILE.corrupt-TIME beside it, with what belongs to it, for a person to look
 * at; no handle may be open on it. *moved is that name: yours, mem_free().
 * ESTORE with a finding; ENOMEM; EINVAL for an unknown kind of URL.
 */
enum mtasts_err db_set_aside(const char *url, const struct db_schema *schema,
    int64_t now_at, char **moved, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* db_close - roll back what is open, release; null is fine */
void db_close(struct db *db);

/* db_folder - the folder a URL names; false when it names something else */
bool db_folder(const char *url, struct str *folder);

/* db_trouble - why the last failed call failed */
enum db_trouble db_trouble(const struct db *db);

/* db_explain - add the finding of the last failed call, if it did fail */
void db_explain(const struct db *db, struct mtasts_diags *diags);

/* db_damaged - what was read makes no sense: DB_CORRUPT; returns ESTORE */
enum mtasts_err db_damaged(struct db *db, const char *text);

/* One value for a parameter. Texts are borrowed for the call. */
struct db_value {
	enum { DB_NULL = 0, DB_INT, DB_TEXT, DB_OTHER } type;
	int64_t n;
	struct str s;
};

struct db_args {
	const struct db_value *v;
	size_t count;
};

/* db_null, db_int, db_text - make a value; a span at null makes NULL */
static inline struct db_value
db_null(void)
{
	return (struct db_value){ .type = DB_NULL };
}

static inline struct db_value
db_int(int64_t n)
{
	return (struct db_value){ .type = DB_INT, .n = n };
}

static inline struct db_value
db_text(struct str s)
{
	return (struct db_value){ .type = s.p ? DB_TEXT : DB_NULL, .s = s };
}

/* DB_ARGS - the values of $1, $2, ...; DB_NO_ARGS for none */
#define DB_ARGS(...)                                                 \
	((struct db_args){ (const struct db_value[]){ __VA_ARGS__ }, \
	    sizeof((const struct db_value[]){ __VA_ARGS__ }) /       \
		sizeof(struct db_value) })
#define DB_NO_ARGS ((struct db_args){ NULL, 0 })

/*
 * db_start - begin a statement that gives rows
 *
 * sql  of static storage: prepared statements are kept by its address
 *
 * *out on success: to be ended by db_end(). ESTORE, ENOMEM.
 */
enum mtasts_err db_start(struct db *db, const char *sql, struct db_args args,
    struct db_stmt **out) MTASTS_MUST_CHECK;

/*
 * db_next - the next row
 *
 * *row is false at the end. Spans of the row before are gone then.
 */
enum mtasts_err db_next(struct db_stmt *s, bool *row) MTASTS_MUST_CHECK;

/* db_end - give the statement back; null is fine */
void db_end(struct db_stmt *s);

/* db_get_text - a column from 0, until the next row; at null for NULL */
struct str db_get_text(struct db_stmt *s, unsigned column);

/* db_get_int - a column from 0; 0 for NULL */
int64_t db_get_int(struct db_stmt *s, unsigned column);

/*
 * db_get_type - DB_NULL, DB_INT, DB_TEXT or DB_OTHER: what a column holds
 *
 * To be asked before its text or number. SQLite keeps what was put, whatever
 * the column's type.
 */
int db_get_type(struct db_stmt *s, unsigned column);

/* db_run - one statement that gives no rows */
enum mtasts_err db_run(
    struct db *db, const char *sql, struct db_args args) MTASTS_MUST_CHECK;

/*
 * db_begin - start a transaction
 *
 * DB_WRITE takes the write lock at once, so that what is read in it cannot
 * change under it; DB_READ gives one consistent snapshot.
 */
enum mtasts_err db_begin(
    struct db *db, enum db_access access) MTASTS_MUST_CHECK;

/* db_commit - make it last; on failure everything is rolled back */
enum mtasts_err db_commit(struct db *db) MTASTS_MUST_CHECK;

/* db_rollback - undo; fine when no transaction is open; keeps db_trouble() */
void db_rollback(struct db *db);

/*
 * db_still - is the schema still the one that this program knows?
 *
 * ESTORE with DB_NEWER when a later version has migrated the file meanwhile.
 */
enum mtasts_err db_still(struct db *db) MTASTS_MUST_CHECK;

/*
 * db_version - a number that differs after anyone's commit
 *
 * Cheap; may also differ when nothing was committed. Two commits within the
 * file system's clock tick (some ms) may look like one: who must see each of
 * them also reads a counter that the writers keep. ESTORE with DB_REPLACED
 * when the file is not the one that was opened, or a writer's log was
 * exchanged: open it again.
 */
enum mtasts_err db_version(struct db *db, int64_t *version) MTASTS_MUST_CHECK;

#endif
