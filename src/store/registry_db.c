/*
 * registry_db.c - the tables of the registry, and reading what is served
 *
 * RFC 8461 sections 3.1, 8.1 and 8.3. Three tables, those of the other files
 * registry_* beside them, and a counter of commits for those who watch:
 * "defaults" (one row) and "domain" keep settings as the texts people write,
 * null for what is not
 * given; "policy" keeps every policy ever served, of aliases and of names
 * that are gone, too, since an id must never name other bytes of a domain.
 * What is served now is the policy that was not replaced, at most one a name.
 * Knows no engine. What the rows mean is task/domain's business.
 */
#include "store/registry_db.h"

#include "store/registry_db_rows.h"

#define SETTING_COLUMNS                                          \
	"mode TEXT, mx TEXT, max_age TEXT, rua TEXT, host TEXT," \
	" addresses TEXT, ttl TEXT"

static const char *const migrations[] = {
	"CREATE TABLE defaults ("
	" one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1)," SETTING_COLUMNS ");"
	"CREATE TABLE domain ("
	" name TEXT NOT NULL PRIMARY KEY,"
	" target TEXT REFERENCES domain (name)"
	"  DEFERRABLE INITIALLY DEFERRED,"
	" added_at BIGINT NOT NULL,"
	" removing_at BIGINT NOT NULL,"
	" until_at BIGINT NOT NULL," SETTING_COLUMNS ");"
	"CREATE INDEX domain_target ON domain (target);"
	"CREATE TABLE policy ("
	" domain TEXT NOT NULL,"
	" seq BIGINT NOT NULL,"
	" id TEXT NOT NULL,"
	" mode TEXT NOT NULL CHECK (mode IN ('none', 'testing', 'enforce')),"
	" max_age_s BIGINT NOT NULL,"
	" mx_count BIGINT NOT NULL,"
	" body TEXT NOT NULL,"
	" first_at BIGINT NOT NULL,"
	" replaced_at BIGINT NOT NULL,"
	" PRIMARY KEY (domain, seq),"
	" UNIQUE (domain, id));"
	"CREATE UNIQUE INDEX policy_served ON policy (domain)"
	" WHERE replaced_at = 0;"
	"CREATE TABLE revision ("
	" one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),"
	" commits BIGINT NOT NULL);"
	"INSERT INTO revision (one, commits) VALUES (1, 0);",

	/* Those of other files are there. */
	registry_certs_schema,
	"ALTER TABLE defaults ADD COLUMN delegate TEXT;"
	"ALTER TABLE domain ADD COLUMN delegate TEXT;",
	registry_push_schema,
	registry_rollout_schema,
	registry_publish_schema,
};

#define SCHEMA                                                 \
	.file = "registry.db", .what = "registry",             \
	.mark = 0x4d535452, /* "MSTR" */                       \
	    .count = sizeof(migrations) / sizeof(*migrations), \
	.migrations = migrations

static const struct db_schema schema = { SCHEMA };

/* The tables policy and revision are as they were from the first on. */
static const struct db_schema served_schema = { SCHEMA, .oldest = 1 };

static const struct db_schema kept_schema = { SCHEMA, .existing = true };

enum mtasts_err
registry_open(const char *url, enum registry_access access,
    struct registry **out, struct mtasts_diags *diags)
{
	static const struct db_schema *const schemas[] = {
		[REGISTRY_READ] = &schema,
		[REGISTRY_WRITE] = &schema,
		[REGISTRY_KEEP] = &kept_schema,
		[REGISTRY_SERVE] = &served_schema,
	};
	struct registry *r = mem_zalloc(1, sizeof(*r));
	enum mtasts_err err;

	if (r == NULL)
		return MTASTS_ENOMEM;
	err = db_open(url, schemas[access],
	    access == REGISTRY_WRITE || access == REGISTRY_KEEP ? DB_WRITE
								: DB_READ,
	    &r->db, diags);
	if (err) {
		mem_free(r);
		return err;
	}
	*out = r;
	return MTASTS_OK;
}

void
registry_close(struct registry *r)
{
	if (r == NULL)
		return;
	db_close(r->db);
	mem_free(r);
}

void
registry_explain(const struct registry *r, struct mtasts_diags *diags)
{
	db_explain(r->db, diags);
}

enum mtasts_err
registry_still(struct registry *r)
{
	return db_still(r->db);
}

bool
registry_folder(const char *url, struct str *folder)
{
	return db_folder(url, folder);
}

enum mtasts_err
registry_version(struct registry *r, int64_t *version)
{
	static const char sql[] = "SELECT commits FROM revision";
	int64_t stamp = 0, commits = 0;
	struct db_stmt *s;
	enum mtasts_err err = db_version(r->db, &stamp);
	bool row = false;

	if (!err)
		err = db_start(r->db, sql, DB_NO_ARGS, &s);
	if (err)
		return err;
	err = db_next(s, &row);
	if (!err && row)
		commits = db_get_int(s, 0);
	db_end(s);
	/* Odd, so that no two counts give the same with one stamp. */
	if (!err)
		*version = (int64_t)((uint64_t)stamp +
		    (uint64_t)commits * UINT64_C(0x9e3779b97f4a7c15));
	return err;
}

enum mtasts_err
registry_begin(struct registry *r, enum registry_access access)
{
	/* So that the commit counts itself. */
	r->writing = access == REGISTRY_WRITE;
	return db_begin(r->db, r->writing ? DB_WRITE : DB_READ);
}

enum mtasts_err
registry_commit(struct registry *r)
{
	static const char sql[] = "UPDATE revision SET commits = commits + 1";
	enum mtasts_err err = MTASTS_OK;

	if (r->writing)
		err = db_run(r->db, sql, DB_NO_ARGS);
	if (!err)
		return db_commit(r->db);
	db_rollback(r->db);
	return err;
}

void
registry_rollback(struct registry *r)
{
	db_rollback(r->db);
}

enum mtasts_mode
registry_db_mode(struct str name)
{
	if (str_eq(name, STR("enforce")))
		return MTASTS_MODE_ENFORCE;
	return str_eq(name, STR("testing")) ? MTASTS_MODE_TESTING
					    : MTASTS_MODE_NONE;
}

enum mtasts_err
registry_each_served(struct registry *r,
    bool (*fn)(void *arg, const struct registry_served *row), void *arg)
{
	static const char sql[] =
	    "SELECT domain, id, body, mode, first_at FROM policy"
	    " WHERE replaced_at = 0 ORDER BY domain";
	struct registry_served served;
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	/* One statement is one snapshot. */
	err = db_start(r->db, sql, DB_NO_ARGS, &s);
	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row) {
		served.domain = db_get_text(s, 0);
		served.id = db_get_text(s, 1);
		served.body = db_get_text(s, 2);
		served.mode = registry_db_mode(db_get_text(s, 3));
		served.since_at = db_get_int(s, 4);
		if (!fn(arg, &served))
			break;
	}
	db_end(s);
	return err;
}
