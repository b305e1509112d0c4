/*
 * db.c - what all engines share: URLs, kept statements, transactions,
 * migrations, and a finding for every kind of trouble.
 *
 * Knows no engine's library and no table but what a schema's SQL texts make.
 * A trouble's finding says what was seen, its rule what to do about it.
 */
#include "store/db.h"

#include "store/db_engine.h"

#include <stdio.h>

static const struct db_engine *const engines[] = { &db_sqlite };

#define RULE(number, slug, repair)                                    \
	{                                                             \
		.id = number, .name = slug, .severity = MTASTS_ERROR, \
		.fatal = true, .rfc = "", .fix = repair               \
	}

const struct diag_rule db_rules[DB_TROUBLES] = {
	[DB_FINE] = RULE("R00", "store-fine", ""),
	[DB_URL] = RULE("R01", "store-url",
	    "Name a folder, such as sqlite:/var/lib/mtasts."),
	[DB_NO_FOLDER] = RULE("R02", "store-no-folder",
	    "Create it: install -d -m 2750 -o mtasts-admin -g mtasts FOLDER; or "
	    "name another one with --store or store.url."),
	[DB_DENIED] = RULE("R03", "store-denied",
	    "Commands: run them as root or as the owner of the folder, on a file "
	    "system that is not read-only. Services: let their group read the "
	    "folder (2750) and the files (0640)."),
	[DB_NO_WAL] = RULE("R04", "store-no-wal",
	    "Run \"mtasts domain list\" once as the owner of the folder: that "
	    "makes the -wal and -shm files a reader needs."),
	[DB_EMPTY] = RULE("R05", "store-empty",
	    "Restore the file from a backup; if there never was anything in it, "
	    "remove it and run the command again."),
	[DB_NOT_DB] = RULE("R06", "store-not-a-database",
	    "Restore the file from a backup, or move it away and import an "
	    "export. It was left as it is."),
	[DB_FOREIGN] = RULE("R07", "store-foreign",
	    "Name another folder with --store; this file belongs to something "
	    "else and was left as it is."),
	[DB_NEWER] = RULE("R08", "store-newer",
	    "Upgrade this program to the version that wrote the file, or restore "
	    "a backup from before that upgrade."),
	[DB_OLDER] = RULE("R09", "store-older",
	    "Run a command that writes, such as \"mtasts defaults set ttl=300\", "
	    "as the owner of the folder: it brings the file up to date."),
	[DB_CORRUPT] = RULE("R10", "store-corrupt",
	    "Stop the programs that use it, keep a copy of the file with its "
	    "-wal, restore a backup; or try: sqlite3 FILE .recover."),
	[DB_BUSY] = RULE("R11", "store-busy",
	    "Try again; if it stays so, \"fuser -v FILE\" shows who holds it."),
	[DB_FULL] = RULE("R12", "store-full",
	    "Make room on the file system or raise the quota, then run the "
	    "command again."),
	[DB_REPLACED] = RULE("R13", "store-replaced",
	    "Open it again; exchange the file only while nothing uses it."),
	[DB_IO] = RULE("R14", "store-io",
	    "Look for faults of the disk in the kernel log, then run the command "
	    "again."),
	[DB_REFUSED] = RULE("R15", "store-refused",
	    "This is a fault of the program: please report it with the command "
	    "that was run."),
};

static const char *const phrases[DB_TROUBLES] = {
	[DB_FINE] = "is fine",
	[DB_URL] = "is not a kind of store that this program knows",
	[DB_NO_FOLDER] = "cannot be opened: its folder does not exist",
	[DB_DENIED] = "cannot be opened or written: permission is missing",
	[DB_NO_WAL] = "lacks its -wal and -shm, which this user cannot make",
	[DB_EMPTY] = "is there but has no bytes: it was cut off",
	[DB_NOT_DB] = "is not a database",
	[DB_FOREIGN] = "is a database of another kind",
	[DB_NEWER] = "was written by a newer version of this program",
	[DB_OLDER] = "was written by an older version and not migrated yet",
	[DB_CORRUPT] = "is damaged",
	[DB_BUSY] = "is locked by another program; nothing was changed",
	[DB_FULL] =
	    "cannot grow: the disk or quota is full; nothing was changed",
	[DB_REPLACED] = "was removed or exchanged for another file",
	[DB_IO] = "cannot be read or written; nothing was changed",
	[DB_REFUSED] = "refused a change",
};

void
db_trouble_at(struct mtasts_diags *diags, enum db_trouble trouble,
    const char *what, const char *path, const char *text)
{
	struct diag_place nowhere = { 0 };

	diag_add(diags, &db_rules[trouble], nowhere, "the %s %s %s%s%s%s", what,
	    path, phrases[trouble], *text ? " (" : "", text, *text ? ")" : "");
}

enum db_trouble
db_trouble(const struct db *db)
{
	return db->trouble;
}

void
db_explain(const struct db *db, struct mtasts_diags *diags)
{
	if (db->trouble != DB_FINE)
		db_trouble_at(
		    diags, db->trouble, db->schema->what, db->path, db->text);
}

enum mtasts_err
db_damaged(struct db *db, const char *text)
{
	db->trouble = DB_CORRUPT;
	snprintf(db->text, sizeof(db->text), "%s", text);
	return MTASTS_ESTORE;
}

/* split_url - the engine of a URL, and the URL behind the scheme */
static const struct db_engine *
split_url(const char *url, struct str *name)
{
	struct str s = str_of(url), scheme;

	/* A path may hold a colon behind its first slash or dot. */
	if (s.len > 0 && (s.p[0] == '/' || s.p[0] == '.')) {
		*name = s;
		return &db_sqlite;
	}
	if (!str_cut(s, ':', &scheme, name)) {
		*name = s;
		return s.len > 0 ? &db_sqlite : NULL;
	}
	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++)
		if (str_eq(scheme, str_of(engines[i]->scheme)))
			return name->len > 0 ? engines[i] : NULL;
	return NULL;
}

bool
db_folder(const char *url, struct str *folder)
{
	return split_url(url, folder) == &db_sqlite;
}

/* readable - is an older version enough for who only reads? */
static bool
readable(const struct db *db, int64_t version)
{
	size_t oldest = db->schema->oldest;

	return db->access == DB_READ && oldest > 0 &&
	    version >= (int64_t)oldest && (uint64_t)version < db->schema->count;
}

/* check_schema - may this program use what stands in the file? */
static enum mtasts_err
check_schema(struct db *db)
{
	int64_t version = 0;
	enum mtasts_err err = db->engine->get_schema(db, &version);

	if (err)
		return err;
	if ((version >= 0 && (uint64_t)version == db->schema->count) ||
	    readable(db, version))
		return MTASTS_OK;
	if (version >= 0 && (uint64_t)version < db->schema->count &&
	    db->access == DB_WRITE)
		return db_migrate(db);
	db->trouble = version > 0 && (uint64_t)version < db->schema->count
	    ? DB_OLDER
	    : DB_NEWER;
	snprintf(db->text, sizeof(db->text),
	    "its schema is version %lld, this program knows up to %zu",
	    (long long)version, db->schema->count);
	return MTASTS_ESTORE;
}

enum mtasts_err
db_still(struct db *db)
{
	db->trouble = DB_FINE;
	return check_schema(db);
}

enum mtasts_err
db_open(const char *url, const struct db_schema *schema, enum db_access access,
    struct db **out, struct mtasts_diags *diags)
{
	const struct db_engine *engine;
	struct str name = { 0 };
	struct diag_quote q;
	struct db *db = NULL;
	enum mtasts_err err;

	engine = split_url(url, &name);
	if (engine == NULL) {
		db_trouble_at(diags, DB_URL, schema->what,
		    diag_quote(&q, str_of(url)), "");
		return MTASTS_EINVAL;
	}
	err = engine->open(name, schema, access, &db, diags);
	if (err)
		return err;
	err = check_schema(db);
	if (err) {
		db_explain(db, diags);
		db_close(db);
		return err;
	}
	*out = db;
	return MTASTS_OK;
}

enum db_trouble
db_trouble_found(const struct mtasts_diags *diags)
{
	size_t count = mtasts_diags_count(diags);
	const struct mtasts_finding *last;

	if (count == 0)
		return DB_FINE;
	last = mtasts_diags_get(diags, count - 1);
	for (int i = DB_FINE + 1; i < DB_TROUBLES; i++)
		if (strcmp(last->name, db_rules[i].name) == 0)
			return (enum db_trouble)i;
	return DB_FINE;
}

enum mtasts_err
db_set_aside(const char *url, const struct db_schema *schema, int64_t now_at,
    char **moved, struct mtasts_diags *diags)
{
	const struct db_engine *engine;
	struct str name = { 0 };

	engine = split_url(url, &name);
	if (engine == NULL)
		return MTASTS_EINVAL;
	return engine->set_aside(name, schema, now_at, moved, diags);
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	db_rollback(db);
	for (size_t i = 0; i < db->kept_count; i++)
		db->engine->release(db->kept[i]);
	db->engine->close(db);
}

/* find_kept - a statement of this text that nobody uses just now, or null */
static struct db_stmt *
find_kept(struct db *db, const char *sql, bool *known)
{
	*known = false;
	for (size_t i = 0; i < db->kept_count; i++) {
		if (db->kept[i]->sql != sql)
			continue;
		*known = true;
		if (!db->kept[i]->used)
			return db->kept[i];
	}
	return NULL;
}

/* get_stmt - a prepared statement, kept or new */
static enum mtasts_err
get_stmt(struct db *db, const char *sql, struct db_stmt **out)
{
	enum mtasts_err err;
	bool known;

	*out = find_kept(db, sql, &known);
	if (*out == NULL) {
		err = db->engine->prepare(db, sql, out);
		if (err)
			return err;
		(*out)->db = db;
		(*out)->sql = sql;
		/* Used within itself: the inner one lives for this once. */
		(*out)->kept = !known && db->kept_count < DB_KEPT;
		if ((*out)->kept)
			db->kept[db->kept_count++] = *out;
	}
	(*out)->used = true;
	return MTASTS_OK;
}

enum mtasts_err
db_start(
    struct db *db, const char *sql, struct db_args args, struct db_stmt **out)
{
	struct db_stmt *s;
	enum mtasts_err err;

	db->trouble = DB_FINE;
	err = get_stmt(db, sql, &s);
	if (err)
		return err;
	for (size_t i = 0; i < args.count && !err; i++)
		err = db->engine->bind(s, i + 1, &args.v[i]);
	if (err) {
		db_end(s);
		return err;
	}
	*out = s;
	return MTASTS_OK;
}

enum mtasts_err
db_next(struct db_stmt *s, bool *row)
{
	return s->db->engine->step(s, row);
}

void
db_end(struct db_stmt *s)
{
	if (s == NULL)
		return;
	s->db->engine->reset(s);
	s->used = false;
	if (!s->kept)
		s->db->engine->release(s);
}

struct str
db_get_text(struct db_stmt *s, unsigned column)
{
	return s->db->engine->get_text(s, column);
}

int64_t
db_get_int(struct db_stmt *s, unsigned column)
{
	return s->db->engine->get_int(s, column);
}

int
db_get_type(struct db_stmt *s, unsigned column)
{
	return s->db->engine->get_type(s, column);
}

enum mtasts_err
db_run(struct db *db, const char *sql, struct db_args args)
{
	struct db_stmt *s;
	enum mtasts_err err;
	bool row;

	err = db_start(db, sql, args, &s);
	if (err)
		return err;
	err = db_next(s, &row);
	db_end(s);
	return err;
}

enum mtasts_err
db_begin(struct db *db, enum db_access access)
{
	db->trouble = DB_FINE;
	return db->engine->script(db,
	    access == DB_WRITE ? db->engine->begin_write
			       : db->engine->begin_read);
}

enum mtasts_err
db_commit(struct db *db)
{
	enum mtasts_err err;

	db->trouble = DB_FINE;
	err = db->engine->script(db, "COMMIT");
	if (err)
		db_rollback(db);
	return err;
}

void
db_rollback(struct db *db)
{
	enum db_trouble trouble = db->trouble;
	char text[sizeof(db->text)];

	/* The engine may have rolled back by itself, as on a full disk. */
	if (!db->engine->in_transaction(db))
		return;
	/* What led here is what people want to read, whatever this says. */
	memcpy(text, db->text, sizeof(text));
	(void)!db->engine->script(db, "ROLLBACK");
	db->trouble = trouble;
	memcpy(db->text, text, sizeof(text));
}

enum mtasts_err
db_version(struct db *db, int64_t *version)
{
	db->trouble = DB_FINE;
	return db->engine->version(db, version);
}

/* migrate_one - run the next migration unless someone else just did */
static enum mtasts_err
migrate_one(struct db *db, int64_t *version)
{
	const struct db_engine *e = db->engine;
	enum mtasts_err err = db_begin(db, DB_WRITE);

	if (err)
		return err;
	err = e->get_schema(db, version);
	if (!err && (uint64_t)*version < db->schema->count) {
		err = e->script(db, db->schema->migrations[*version]);
		if (!err)
			err = e->set_schema(db, ++*version);
	}
	if (!err)
		return db_commit(db);
	db_rollback(db);
	return err;
}

enum mtasts_err
db_migrate(struct db *db)
{
	int64_t version = 0;
	enum mtasts_err err;

	do {
		err = migrate_one(db, &version);
	} while (!err && (uint64_t)version < db->schema->count);
	return err;
}
