/*
 * registry_db_rows.c - reading and writing the names of the registry
 *
 * Every list is one statement with a join, whatever its length. Knows neither
 * engines nor what a change means.
 */
#include "store/registry_db_rows.h"

#include <stdio.h>

/* In the order of enum settings_key. */
#define SETTINGS "mode, mx, max_age, rua, host, addresses, ttl, delegate"
#define D_SETTINGS                                                    \
	"d.mode, d.mx, d.max_age, d.rua, d.host, d.addresses, d.ttl," \
	" d.delegate"
#define NO_SETTINGS "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
#define D_COLUMNS \
	"d.name, d.target, d.added_at, d.removing_at, d.until_at, " D_SETTINGS
#define P_COLUMNS                                                    \
	"p.id, p.body, p.mode, p.max_age_s, p.mx_count, p.first_at," \
	" p.replaced_at"

enum { AT_SETTINGS = 5, AT_POLICY = AT_SETTINGS + SETTINGS_COUNT };

/* Texts of one name's or the defaults' settings, bytes. */
#define VALUES_MAX (4u << 20)

/* get_policy - the policy columns from "at" on; false when there is none */
static bool
get_policy(struct db_stmt *s, unsigned at, struct registry_policy *p)
{
	p->id = db_get_text(s, at);
	p->body = db_get_text(s, at + 1);
	p->mode = registry_db_mode(db_get_text(s, at + 2));
	p->max_age_s = (uint32_t)db_get_int(s, at + 3);
	p->mx_count = (uint32_t)db_get_int(s, at + 4);
	p->first_at = db_get_int(s, at + 5);
	p->replaced_at = db_get_int(s, at + 6);
	return p->id.p != NULL;
}

/* get_row - the columns D_COLUMNS, P_COLUMNS */
static void
get_row(struct db_stmt *s, struct registry_row *row)
{
	memset(row, 0, sizeof(*row));
	row->name = db_get_text(s, 0);
	row->target = db_get_text(s, 1);
	row->added_at = db_get_int(s, 2);
	row->removing_at = db_get_int(s, 3);
	row->until_at = db_get_int(s, 4);
	for (unsigned k = 0; k < SETTINGS_COUNT; k++)
		row->values[k] = db_get_text(s, AT_SETTINGS + k);
	row->served = get_policy(s, AT_POLICY, &row->policy);
}

/* dup_str - copy one span; null stays null */
static bool
dup_str(struct arena *a, struct str *s)
{
	char *copy;

	if (s->p == NULL)
		return true;
	copy = arena_dup(a, *s);
	s->p = copy;
	return copy != NULL;
}

enum mtasts_err
registry_dup(
    const struct registry_row *row, struct arena *a, struct registry_row *out)
{
	struct registry_row copy = *row;
	bool ok = dup_str(a, &copy.name) && dup_str(a, &copy.target);

	for (unsigned k = 0; ok && k < SETTINGS_COUNT; k++)
		ok = dup_str(a, &copy.values[k]);
	ok = ok && dup_str(a, &copy.policy.id) && dup_str(a, &copy.policy.body);
	if (!ok)
		return MTASTS_ENOMEM;
	*out = copy;
	return MTASTS_OK;
}

enum mtasts_err
registry_settings(struct registry *r, const struct registry_row *row,
    struct arena *a, struct settings *out)
{
	struct settings s = { .host = "" };
	enum mtasts_err err = MTASTS_OK;
	struct diag_quote q;
	char text[320];

	for (unsigned k = 0; !err && k < SETTINGS_COUNT; k++)
		if (row->values[k].p != NULL)
			err = settings_put(
			    &s, a, (enum settings_key)k, row->values[k], NULL);
	if (!err)
		*out = s;
	if (err != MTASTS_ESYNTAX)
		return err;
	/* What we wrote we can read: someone changed it by hand. */
	snprintf(text, sizeof(text), "the settings of \"%s\" are unreadable",
	    diag_quote(&q, row->name));
	return db_damaged(r->db, text);
}

enum mtasts_err
registry_set_values(
    struct registry_row *row, const struct settings *s, struct arena *a)
{
	struct str values[SETTINGS_COUNT] = { 0 };
	enum mtasts_err err = MTASTS_OK;
	struct buf b;

	buf_init(&b, VALUES_MAX);
	for (unsigned k = 0; !err && k < SETTINGS_COUNT; k++) {
		if (!(s->set & (1u << k)))
			continue;
		buf_clear(&b);
		settings_get(s, (enum settings_key)k, &b);
		err = buf_error(&b);
		values[k] = err ? str_of(NULL) : buf_str(&b);
		/* An empty list is not the same as none given. */
		if (!err && values[k].p == NULL)
			values[k] = STR("");
		if (!err && !dup_str(a, &values[k]))
			err = MTASTS_ENOMEM;
	}
	buf_free(&b);
	if (!err)
		memcpy(row->values, values, sizeof(values));
	return err;
}

enum mtasts_err
registry_defaults(struct registry *r, struct arena *a, struct settings *out)
{
	static const char sql[] = "SELECT " SETTINGS " FROM defaults";
	struct registry_row texts = { .name = STR("defaults") };
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_NO_ARGS, &s);
	if (err)
		return err;
	err = db_next(s, &row);
	for (unsigned k = 0; !err && row && k < SETTINGS_COUNT; k++)
		texts.values[k] = db_get_text(s, k);
	if (!err)
		err = registry_settings(r, &texts, a, out);
	db_end(s);
	return err;
}

enum mtasts_err
registry_put_defaults(struct registry *r, const struct settings *s)
{
	static const char sql[] =
	    "INSERT INTO defaults (one, " SETTINGS ")"
	    " VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8)"
	    " ON CONFLICT (one) DO UPDATE SET mode = excluded.mode,"
	    " mx = excluded.mx, max_age = excluded.max_age,"
	    " rua = excluded.rua, host = excluded.host,"
	    " addresses = excluded.addresses, ttl = excluded.ttl,"
	    " delegate = excluded.delegate";
	struct registry_row row = { 0 };
	struct db_value v[SETTINGS_COUNT];
	struct arena *a = arena_new(2 * VALUES_MAX);
	enum mtasts_err err;

	if (a == NULL)
		return MTASTS_ENOMEM;
	err = registry_set_values(&row, s, a);
	for (unsigned k = 0; k < SETTINGS_COUNT; k++)
		v[k] = db_text(row.values[k]);
	if (!err)
		err = db_run(r->db, sql, (struct db_args){ v, SETTINGS_COUNT });
	if (!err)
		err = registry_touch(r, STR(""));
	arena_free(a);
	return err;
}

enum mtasts_err
registry_find(struct registry *r, struct str name, struct arena *a,
    struct registry_row *out)
{
	static const char sql[] =
	    "SELECT " D_COLUMNS ", " P_COLUMNS " FROM domain d"
	    " LEFT JOIN policy p ON p.domain = d.name AND p.replaced_at = 0"
	    " WHERE d.name = $1";
	struct registry_row found;
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_ARGS(db_text(name)), &s);
	if (err)
		return err;
	err = db_next(s, &row);
	if (!err && !row)
		err = MTASTS_ENOENT;
	if (!err) {
		get_row(s, &found);
		err = registry_dup(&found, a, out);
	}
	db_end(s);
	return err;
}

/* each_row - walk the rows that a statement gives */
static enum mtasts_err
each_row(struct registry *r, const char *sql,
    bool (*fn)(void *arg, const struct registry_row *row), void *arg)
{
	struct registry_row found;
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_NO_ARGS, &s);
	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row) {
		get_row(s, &found);
		if (!fn(arg, &found))
			break;
	}
	db_end(s);
	return err;
}

enum mtasts_err
registry_each(struct registry *r,
    bool (*fn)(void *arg, const struct registry_row *row), void *arg)
{
	static const char sql[] =
	    "SELECT " D_COLUMNS ", " P_COLUMNS " FROM domain d"
	    " LEFT JOIN policy p ON p.domain = d.name AND p.replaced_at = 0"
	    " ORDER BY d.name";

	return each_row(r, sql, fn, arg);
}

enum mtasts_err
registry_each_astray(struct registry *r,
    bool (*fn)(void *arg, const struct registry_row *row), void *arg)
{
	static const char sql[] =
	    "SELECT " D_COLUMNS ", " P_COLUMNS " FROM domain d"
	    " LEFT JOIN domain t ON t.name = d.target"
	    " LEFT JOIN policy p ON p.domain = d.name AND p.replaced_at = 0"
	    " WHERE d.target IS NOT NULL AND (t.name IS NULL"
	    " OR t.target IS NOT NULL OR t.removing_at <> 0)"
	    " ORDER BY d.name";

	return each_row(r, sql, fn, arg);
}

enum mtasts_err
registry_each_alias(struct registry *r, struct str target,
    bool (*fn)(void *arg, struct str name), void *arg)
{
	static const char sql[] =
	    "SELECT name FROM domain WHERE target = $1 ORDER BY name";
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_ARGS(db_text(target)), &s);
	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row)
		if (!fn(arg, db_get_text(s, 0)))
			break;
	db_end(s);
	return err;
}

enum mtasts_err
registry_put(struct registry *r, const struct registry_row *row)
{
	static const char sql[] =
	    "INSERT INTO domain (name, target, added_at, removing_at,"
	    " until_at, " SETTINGS ")"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
	    " ON CONFLICT (name) DO UPDATE SET target = excluded.target,"
	    " added_at = excluded.added_at,"
	    " removing_at = excluded.removing_at,"
	    " until_at = excluded.until_at, mode = excluded.mode,"
	    " mx = excluded.mx, max_age = excluded.max_age,"
	    " rua = excluded.rua, host = excluded.host,"
	    " addresses = excluded.addresses, ttl = excluded.ttl,"
	    " delegate = excluded.delegate";
	struct db_value v[AT_SETTINGS + SETTINGS_COUNT] = {
		db_text(row->name),
		row->target.len ? db_text(row->target) : db_null(),
		db_int(row->added_at),
		db_int(row->removing_at),
		db_int(row->until_at),
	};

	enum mtasts_err err;

	for (unsigned k = 0; k < SETTINGS_COUNT; k++)
		v[AT_SETTINGS + k] = db_text(row->values[k]);
	err = db_run(
	    r->db, sql, (struct db_args){ v, AT_SETTINGS + SETTINGS_COUNT });
	return err ? err : registry_touch(r, row->name);
}

enum mtasts_err
registry_delete(struct registry *r, struct str name)
{
	static const char sql[] = "DELETE FROM domain WHERE name = $1";
	enum mtasts_err err = db_run(r->db, sql, DB_ARGS(db_text(name)));

	return err ? err : registry_forget(r, name);
}

enum mtasts_err
registry_each_history(struct registry *r,
    bool (*fn)(void *arg, const struct registry_row *row,
	const struct registry_policy *policy),
    void *arg)
{
	static const char *const sql[] = {
		"SELECT " D_COLUMNS ", " P_COLUMNS " FROM domain d"
		" LEFT JOIN policy p ON p.domain = d.name"
		" ORDER BY d.name, p.seq",
		"SELECT p.domain, NULL, 0, 0, 0, " NO_SETTINGS ", " P_COLUMNS
		" FROM policy p"
		" LEFT JOIN domain d ON d.name = p.domain"
		" WHERE d.name IS NULL ORDER BY p.domain, p.seq",
	};
	struct registry_row found;
	enum mtasts_err err = MTASTS_OK;
	bool row = false, more = true;

	for (size_t i = 0; i < 2 && more && !err; i++) {
		struct db_stmt *s;

		err = db_start(r->db, sql[i], DB_NO_ARGS, &s);
		if (err)
			break;
		while (more && !(err = db_next(s, &row)) && row) {
			get_row(s, &found);
			more = fn(
			    arg, &found, found.served ? &found.policy : NULL);
		}
		db_end(s);
	}
	return err;
}
