/*
 * policy_db.c - the table of the cached policies, and how its file is replaced
 *
 * RFC 8461 section 3.3. One table, one row a policy, numbers as core has them.
 * Whatever stands in the file is doubted: a row of wrong types or out of its
 * bounds is passed over, so that a damaged or forged file costs policies, which
 * can be fetched again, and nothing else. Knows no engine.
 */
#include "store/policy_db.h"

#include "base/arena.h"
#include "core/limits.h"

struct policy_db {
	struct db *db;
};

static const char *const migrations[] = {
	"CREATE TABLE policy ("
	" domain TEXT NOT NULL PRIMARY KEY,"
	" id TEXT NOT NULL,"
	" mode BIGINT NOT NULL,"
	" max_age_s BIGINT NOT NULL,"
	" first_at BIGINT NOT NULL,"
	" fetched_at BIGINT NOT NULL,"
	" used_at BIGINT NOT NULL,"
	" tried_at BIGINT NOT NULL,"
	" next_at BIGINT NOT NULL,"
	" failures BIGINT NOT NULL,"
	" last_end BIGINT NOT NULL,"
	" error TEXT NOT NULL,"
	" body TEXT NOT NULL);",
};

static const struct db_schema schema = {
	.file = "policies.db",
	.what = "file of cached policies",
	.mark = 0x4d535450, /* "MSTP" */
	.count = sizeof(migrations) / sizeof(*migrations),
	.migrations = migrations,
	.mode = 0600,
	.bulk = true,
};

#define COLUMNS                                                   \
	"domain, id, mode, max_age_s, first_at, fetched_at,"      \
	" used_at, tried_at, next_at, failures, last_end, error," \
	" body"

/* The same order as COLUMNS; columns of numbers from MODE to END. */
enum {
	DOMAIN,
	ID,
	MODE,
	MAX_AGE,
	FIRST,
	FETCHED,
	USED,
	TRIED,
	NEXT,
	FAILURES,
	END,
	ERROR,
	BODY,
	COLUMN_COUNT
};

static const char sql_all[] = "SELECT " COLUMNS " FROM policy";
static const char sql_one[] =
    "SELECT " COLUMNS " FROM policy WHERE domain = $1";
static const char sql_put[] =
    "INSERT INTO policy (" COLUMNS ") VALUES"
    " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    " ON CONFLICT (domain) DO UPDATE SET id = excluded.id,"
    " mode = excluded.mode, max_age_s = excluded.max_age_s,"
    " first_at = excluded.first_at, fetched_at = excluded.fetched_at,"
    " used_at = excluded.used_at, tried_at = excluded.tried_at,"
    " next_at = excluded.next_at, failures = excluded.failures,"
    " last_end = excluded.last_end, error = excluded.error,"
    " body = excluded.body";
static const char sql_delete[] = "DELETE FROM policy WHERE domain = $1";
static const char sql_count[] = "SELECT count(*) FROM policy";

bool
policy_db_is_damaged(enum db_trouble trouble)
{
	/* Our own statements are refused by a table that is not ours. */
	return trouble == DB_EMPTY || trouble == DB_NOT_DB ||
	    trouble == DB_CORRUPT || trouble == DB_REFUSED;
}

/* compiles - does the table have what a statement needs? */
static enum mtasts_err
compiles(struct db *db, const char *sql)
{
	struct db_stmt *s = NULL;
	enum mtasts_err err = db_start(db, sql, DB_NO_ARGS, &s);

	db_end(s);
	return err;
}

/* open_file - open or make the file, and see that the table is ours */
static enum mtasts_err
open_file(const char *url, struct policy_db **out, struct mtasts_diags *diags)
{
	struct policy_db *p = mem_zalloc(1, sizeof(*p));
	enum mtasts_err err;

	if (p == NULL)
		return MTASTS_ENOMEM;
	err = db_open(url, &schema, DB_WRITE, &p->db, diags);
	if (err) {
		mem_free(p);
		return err;
	}
	err = compiles(p->db, sql_all);
	if (!err)
		err = compiles(p->db, sql_put);
	if (err) {
		db_explain(p->db, diags);
		policy_db_close(p);
		return err;
	}
	*out = p;
	return MTASTS_OK;
}

/* begin_afresh - set a damaged file aside, make a new one */
static enum mtasts_err
begin_afresh(const char *url, int64_t now_at, struct policy_db **out,
    char **moved, struct mtasts_diags *diags)
{
	enum mtasts_err err = db_set_aside(url, &schema, now_at, moved, diags);

	return err ? err : open_file(url, out, diags);
}

enum mtasts_err
policy_db_open(const char *url, int64_t now_at, struct policy_db **out,
    char **moved, struct mtasts_diags *diags)
{
	struct mtasts_diags *why = mtasts_diags_new();
	enum mtasts_err err;

	*moved = NULL;
	if (why == NULL)
		return MTASTS_ENOMEM;
	err = open_file(url, out, why);
	if (err == MTASTS_ESTORE && policy_db_is_damaged(db_trouble_found(why)))
		err = begin_afresh(url, now_at, out, moved, why);
	if (diags != NULL)
		diag_move(diags, why);
	mtasts_diags_free(why);
	return err;
}

enum mtasts_err
policy_db_reset(const char *url, int64_t now_at, struct policy_db **p,
    char **moved, struct mtasts_diags *diags)
{
	*moved = NULL;
	policy_db_close(*p);
	*p = NULL;
	return begin_afresh(url, now_at, p, moved, diags);
}

void
policy_db_close(struct policy_db *p)
{
	if (p == NULL)
		return;
	db_close(p->db);
	mem_free(p);
}

struct db *
policy_db_handle(struct policy_db *p)
{
	return p->db;
}

/* types_fit - texts and numbers where they belong? */
static bool
types_fit(struct db_stmt *s)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		bool number = i >= MODE && i <= END;

		if (db_get_type(s, i) != (number ? DB_INT : DB_TEXT))
			return false;
	}
	return true;
}

/* take - the number of a column between 0 and a bound */
static bool
take(struct db_stmt *s, unsigned column, int64_t max, int64_t *out)
{
	*out = db_get_int(s, column);
	return *out >= 0 && *out <= max;
}

/* read_row - a row of the table; false: it makes no sense */
static bool
read_row(struct db_stmt *s, struct cached_row *row)
{
	int64_t mode, max_age, failures, end;

	if (!types_fit(s) || !take(s, MODE, MTASTS_MODE_ENFORCE, &mode) ||
	    !take(s, MAX_AGE, LIMIT_MAX_AGE_S, &max_age) ||
	    !take(s, FAILURES, UINT16_MAX, &failures) ||
	    !take(s, END, INT32_MAX, &end))
		return false;
	*row = (struct cached_row){
		.domain = db_get_text(s, DOMAIN),
		.id = db_get_text(s, ID),
		.text = db_get_text(s, BODY),
		.error = db_get_text(s, ERROR),
		.mode = (enum mtasts_mode)mode,
		.max_age_s = (uint32_t)max_age,
		.first_at = db_get_int(s, FIRST),
		.fetched_at = db_get_int(s, FETCHED),
		.used_at = db_get_int(s, USED),
		.tried_at = db_get_int(s, TRIED),
		.next_at = db_get_int(s, NEXT),
		.failures = (unsigned)failures,
		/* A later version may know more ways to fail. */
		.end = end < FETCHFACT_ENDS ? (enum fetchfact_end)end
					    : FETCHFACT_OURS,
	};
	return cached_row_valid(row);
}

enum mtasts_err
policy_db_load(struct policy_db *p,
    bool (*row)(void *ctx, const struct cached_row *row), void *ctx,
    size_t *bad)
{
	struct cached_row found;
	struct db_stmt *s;
	bool more = false;
	enum mtasts_err err = db_start(p->db, sql_all, DB_NO_ARGS, &s);
	size_t skipped = 0;

	if (err)
		return err;
	while (!(err = db_next(s, &more)) && more) {
		if (!read_row(s, &found))
			skipped++;
		else if (!row(ctx, &found))
			break;
	}
	db_end(s);
	if (bad != NULL)
		*bad = skipped;
	return err;
}

enum mtasts_err
policy_db_get(struct policy_db *p, struct str domain, struct cached **out)
{
	struct cached *c = NULL;
	struct cached_row row;
	struct db_stmt *s;
	bool there = false;
	enum mtasts_err err =
	    db_start(p->db, sql_one, DB_ARGS(db_text(domain)), &s);

	if (err)
		return err;
	err = db_next(s, &there);
	if (!err && (!there || !read_row(s, &row)))
		err = MTASTS_ENOENT;
	if (!err) {
		c = cached_new(&row);
		err = c != NULL ? MTASTS_OK : MTASTS_ENOMEM;
	}
	db_end(s);
	if (!err)
		*out = c;
	return err;
}

enum mtasts_err
policy_db_begin(struct policy_db *p)
{
	return db_begin(p->db, DB_WRITE);
}

/* text_of - a span as a value; an empty one is no NULL */
static struct db_value
text_of(struct str s)
{
	return db_text(s.len > 0 ? s : STR(""));
}

enum mtasts_err
policy_db_put(struct policy_db *p, const struct cached_row *row)
{
	if (!cached_row_valid(row))
		return MTASTS_EINVAL;
	return db_run(p->db, sql_put,
	    DB_ARGS(text_of(row->domain), text_of(row->id), db_int(row->mode),
		db_int(row->max_age_s), db_int(row->first_at),
		db_int(row->fetched_at), db_int(row->used_at),
		db_int(row->tried_at), db_int(row->next_at),
		db_int(row->failures), db_int(row->end), text_of(row->error),
		text_of(row->text)));
}

enum mtasts_err
policy_db_delete(struct policy_db *p, struct str domain)
{
	return db_run(p->db, sql_delete, DB_ARGS(text_of(domain)));
}

enum mtasts_err
policy_db_commit(struct policy_db *p)
{
	return db_commit(p->db);
}

void
policy_db_rollback(struct policy_db *p)
{
	db_rollback(p->db);
}

enum mtasts_err
policy_db_same(struct policy_db *p)
{
	int64_t version;

	return db_version(p->db, &version);
}

enum mtasts_err
policy_db_count(struct policy_db *p, int64_t *count)
{
	struct db_stmt *s;
	bool row = false;
	enum mtasts_err err = db_start(p->db, sql_count, DB_NO_ARGS, &s);

	if (err)
		return err;
	err = db_next(s, &row);
	if (!err)
		*count = row ? db_get_int(s, 0) : 0;
	db_end(s);
	return err;
}
