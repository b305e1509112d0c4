/*
 * registry_rollout_mx.c - which MX hosts mx=auto has seen
 *
 * "mx_look" has a row for each name that was looked at, an alias having its
 * own; "mx_seen" its hosts, those too that are not in the list. The policy of a
 * domain has those of its aliases as well. Knows no rules.
 */
#include "store/registry_rollout.h"

#include "store/registry_db_rows.h"

#include <stdio.h>

/* read_look - the row of a name; nothing when there is none */
static enum mtasts_err
read_look(struct registry *r, struct str name, struct mxauto_state *out)
{
	static const char sql[] = "SELECT looked_at, same_at, trouble_at,"
				  " trouble FROM mx_look WHERE name = $1";
	struct db_stmt *s;
	enum mtasts_err err = db_start(r->db, sql, DB_ARGS(db_text(name)), &s);
	bool row = false;

	if (err)
		return err;
	err = db_next(s, &row);
	if (!err && row) {
		out->looked_at = db_get_int(s, 0);
		out->same_at = db_get_int(s, 1);
		out->trouble_at = db_get_int(s, 2);
		snprintf(out->trouble, sizeof(out->trouble), "%" STR_FMT,
		    STR_ARG(db_get_text(s, 3)));
	}
	db_end(s);
	return err;
}

/* read_seen - the hosts of a name */
static enum mtasts_err
read_seen(struct registry *r, struct str name, struct mxauto_state *out)
{
	static const char sql[] =
	    "SELECT mx, since_at, seen_at, gone_at, until_at FROM mx_seen"
	    " WHERE name = $1 ORDER BY mx";
	struct db_stmt *s;
	enum mtasts_err err = db_start(r->db, sql, DB_ARGS(db_text(name)), &s);
	bool row = false;

	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row && out->count < MXAUTO_MAX) {
		struct mxauto_entry *e = &out->entry[out->count];
		struct str mx = db_get_text(s, 0);

		if (mx.len >= sizeof(e->name))
			continue;
		memcpy(e->name, mx.p, mx.len);
		e->name[mx.len] = '\0';
		e->since_at = db_get_int(s, 1);
		e->seen_at = db_get_int(s, 2);
		e->gone_at = db_get_int(s, 3);
		e->until_at = db_get_int(s, 4);
		out->count++;
	}
	db_end(s);
	return err;
}

enum mtasts_err
registry_mx_state(struct registry *r, struct str name, struct mxauto_state *out)
{
	enum mtasts_err err;

	memset(out, 0, sizeof(*out));
	err = read_look(r, name, out);
	return err ? err : read_seen(r, name, out);
}

/* put_seen - all hosts of a name */
static enum mtasts_err
put_seen(struct registry *r, struct str name, const struct mxauto_state *state)
{
	static const char gone[] = "DELETE FROM mx_seen WHERE name = $1";
	static const char sql[] =
	    "INSERT INTO mx_seen (name, mx, since_at, seen_at, gone_at,"
	    " until_at) VALUES ($1, $2, $3, $4, $5, $6)";
	enum mtasts_err err = db_run(r->db, gone, DB_ARGS(db_text(name)));

	for (size_t i = 0; !err && i < state->count; i++) {
		const struct mxauto_entry *e = &state->entry[i];

		err = db_run(r->db, sql,
		    DB_ARGS(db_text(name), db_text(str_of(e->name)),
			db_int(e->since_at), db_int(e->seen_at),
			db_int(e->gone_at), db_int(e->until_at)));
	}
	return err;
}

enum mtasts_err
registry_put_mx_state(struct registry *r, struct str name,
    const struct mxauto_state *state, int64_t next_at)
{
	static const char gone[] = "DELETE FROM mx_look WHERE name = $1";
	static const char sql[] =
	    "INSERT INTO mx_look (name, looked_at, same_at, trouble_at,"
	    " trouble, next_at) VALUES ($1, $2, $3, $4, $5, $6)";
	enum mtasts_err err = db_run(r->db, gone, DB_ARGS(db_text(name)));

	if (!err)
		err = db_run(r->db, sql,
		    DB_ARGS(db_text(name), db_int(state->looked_at),
			db_int(state->same_at), db_int(state->trouble_at),
			db_text(str_of(state->trouble)), db_int(next_at)));
	return err ? err : put_seen(r, name, state);
}

enum mtasts_err
registry_each_mx(struct registry *r, struct str domain,
    bool (*fn)(void *arg, struct str mx), void *arg)
{
	static const char sql[] =
	    "SELECT DISTINCT mx FROM mx_seen WHERE since_at <> 0"
	    " AND (name = $1 OR name IN"
	    " (SELECT name FROM domain WHERE target = $1)) ORDER BY mx";
	struct db_stmt *s;
	enum mtasts_err err =
	    db_start(r->db, sql, DB_ARGS(db_text(domain)), &s);
	bool row = false;

	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row)
		if (!fn(arg, db_get_text(s, 0)))
			break;
	db_end(s);
	return err;
}

enum mtasts_err
registry_each_mx_due(struct registry *r, struct str fallback,
    bool (*fn)(void *arg, const struct registry_mx_due *row), void *arg)
{
	static const char sql[] =
	    "SELECT d.name, d.target, COALESCE(l.next_at, 0) AS due"
	    " FROM domain d LEFT JOIN domain t ON t.name = d.target"
	    " LEFT JOIN mx_look l ON l.name = d.name"
	    " WHERE d.removing_at = 0 AND"
	    " COALESCE(CASE WHEN d.target IS NULL THEN d.mx ELSE t.mx END,"
	    " $1) IN ('auto', 'certificates') ORDER BY due, d.name";
	struct registry_mx_due due;
	struct db_stmt *s;
	enum mtasts_err err = db_start(r->db, sql,
	    DB_ARGS(db_text(fallback.p != NULL ? fallback : STR(""))), &s);
	bool row = false;

	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row) {
		due.name = db_get_text(s, 0);
		due.target = db_get_text(s, 1);
		due.next_at = db_get_int(s, 2);
		if (!fn(arg, &due))
			break;
	}
	db_end(s);
	return err;
}
