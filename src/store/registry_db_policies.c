/*
 * registry_db_policies.c - what the names of the registry serve, and served
 *
 * RFC 8461 section 8.3: what was replaced is still held by senders until its
 * max_age is over. A row of "policy" is never deleted; seq gives their order,
 * since a clock may step back. Knows neither engines nor how an id is made.
 */
#include "store/registry_db.h"

#include "store/registry_db_rows.h"

#define COLUMNS "id, body, mode, max_age_s, mx_count, first_at, replaced_at"

/* insert - add a policy at the end of a name's history */
static enum mtasts_err
insert(struct registry *r, struct str name, const struct registry_policy *p,
    const char *sql)
{
	return db_run(r->db, sql,
	    DB_ARGS(db_text(name), db_text(p->id), db_text(p->body),
		db_text(str_of(mtasts_mode_name(p->mode))),
		db_int(p->max_age_s), db_int(p->mx_count), db_int(p->first_at),
		db_int(p->replaced_at)));
}

enum mtasts_err
registry_unserve(struct registry *r, struct str name, int64_t at)
{
	/* A clock that stepped back must not end it before it began. */
	static const char sql[] =
	    "UPDATE policy SET replaced_at ="
	    " CASE WHEN first_at > $2 THEN first_at ELSE $2 END"
	    " WHERE domain = $1 AND replaced_at = 0";

	return db_run(r->db, sql, DB_ARGS(db_text(name), db_int(at)));
}

enum mtasts_err
registry_serve(struct registry *r, struct str name,
    const struct registry_policy *p, int64_t at)
{
	static const char sql[] =
	    "INSERT INTO policy (domain, seq, " COLUMNS ")"
	    " SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8"
	    " FROM policy WHERE domain = $1"
	    " ON CONFLICT (domain, id) DO UPDATE SET seq = excluded.seq,"
	    " replaced_at = 0";
	struct registry_policy now = *p;
	enum mtasts_err err = registry_unserve(r, name, at);

	now.replaced_at = 0;
	if (!err)
		err = insert(r, name, &now, sql);
	return err ? err : registry_touch(r, name);
}

enum mtasts_err
registry_remember(
    struct registry *r, struct str name, const struct registry_policy *p)
{
	static const char sql[] =
	    "INSERT INTO policy (domain, seq, " COLUMNS ")"
	    " SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5, $6, $7, $8"
	    " FROM policy WHERE domain = $1"
	    " ON CONFLICT (domain, id) DO NOTHING";

	return insert(r, name, p, sql);
}

/* get_policy - the columns of one row */
static void
get_policy(struct db_stmt *s, struct registry_policy *p)
{
	p->id = db_get_text(s, 0);
	p->body = db_get_text(s, 1);
	p->mode = registry_db_mode(db_get_text(s, 2));
	p->max_age_s = (uint32_t)db_get_int(s, 3);
	p->mx_count = (uint32_t)db_get_int(s, 4);
	p->first_at = db_get_int(s, 5);
	p->replaced_at = db_get_int(s, 6);
}

enum mtasts_err
registry_find_policy(struct registry *r, struct str name, struct str id,
    struct arena *a, struct registry_policy *out)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM policy WHERE domain = $1 AND id = $2";
	struct registry_policy p;
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_ARGS(db_text(name), db_text(id)), &s);
	if (err)
		return err;
	err = db_next(s, &row);
	if (!err && !row)
		err = MTASTS_ENOENT;
	if (!err) {
		get_policy(s, &p);
		p.id.p = arena_dup(a, p.id);
		p.body.p = arena_dup(a, p.body);
		if (p.id.p != NULL && p.body.p != NULL)
			*out = p;
		else
			err = MTASTS_ENOMEM;
	}
	db_end(s);
	return err;
}

/* each_policy - walk the policies that a statement gives for a name */
static enum mtasts_err
each_policy(struct registry *r, const char *sql, struct str name,
    bool (*fn)(void *arg, const struct registry_policy *p), void *arg)
{
	struct registry_policy p;
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_ARGS(db_text(name)), &s);
	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row) {
		get_policy(s, &p);
		if (!fn(arg, &p))
			break;
	}
	db_end(s);
	return err;
}

enum mtasts_err
registry_each_policy(struct registry *r, struct str name,
    bool (*fn)(void *arg, const struct registry_policy *p), void *arg)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM policy WHERE domain = $1 ORDER BY seq";

	return each_policy(r, sql, name, fn, arg);
}

enum mtasts_err
registry_each_group_policy(struct registry *r, struct str name,
    bool (*fn)(void *arg, const struct registry_policy *p), void *arg)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM policy WHERE domain = $1"
	    " OR domain IN (SELECT name FROM domain WHERE target = $1)";

	return each_policy(r, sql, name, fn, arg);
}

enum mtasts_err
registry_ran_out(
    struct registry *r, struct str name, struct registry_ran_out *out)
{
	static const char sql[] =
	    "SELECT COALESCE(MAX(replaced_at + max_age_s), 0),"
	    " COALESCE(MAX(CASE WHEN mode = 'enforce'"
	    " THEN replaced_at + max_age_s END), 0)"
	    " FROM policy WHERE domain = $1 AND replaced_at > 0";
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_ARGS(db_text(name)), &s);
	if (err)
		return err;
	err = db_next(s, &row);
	if (!err) {
		out->all_at = db_get_int(s, 0);
		out->enforce_at = db_get_int(s, 1);
	}
	db_end(s);
	return err;
}
