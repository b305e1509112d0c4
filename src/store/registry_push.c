/*
 * registry_push.c - what was written into DNS
 *
 * One table: a row for each value, by the domain that it was written for, as
 * records of a provider are shared by many. Knows neither engines nor what the
 * rows mean.
 */
#include "store/registry_push.h"

#include "base/buf.h"
#include "store/registry_db_rows.h"

#define COLUMNS	  "domain, name, type, value, at"
#define VALUE_MAX ((size_t)1 << 20) /* bytes of a value */

const char registry_push_schema[] =
    "CREATE TABLE pushed ("
    " domain TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " type TEXT NOT NULL,"
    " value TEXT NOT NULL,"
    " at BIGINT NOT NULL,"
    " seq BIGINT NOT NULL,"
    " PRIMARY KEY (domain, name, type, value));"
    "CREATE INDEX pushed_name ON pushed (name, type, value, domain);";

/* each - call fn for the rows of a statement */
static enum mtasts_err
each(struct registry *r, const char *sql, struct str arg1,
    bool (*fn)(void *arg, const struct registry_pushed *row), void *arg)
{
	struct registry_pushed p;
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_ARGS(db_text(arg1)), &s);
	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row) {
		p = (struct registry_pushed){ db_get_text(s, 0),
			db_get_text(s, 1), db_get_text(s, 2), db_get_text(s, 3),
			db_get_int(s, 4) };
		if (!fn(arg, &p))
			break;
	}
	db_end(s);
	return err;
}

enum mtasts_err
registry_each_pushed(struct registry *r, struct str domain,
    bool (*fn)(void *arg, const struct registry_pushed *row), void *arg)
{
	static const char sql[] =
	    "SELECT " COLUMNS " FROM pushed WHERE domain = $1"
	    " ORDER BY name, type, seq";

	return each(r, sql, domain, fn, arg);
}

/* next_value - the one after a type and value; keeps it in the buffers */
static enum mtasts_err
next_value(struct registry *r, const struct registry_pushed_place *place,
    struct buf after[2], struct registry_pushed_value *out, bool *found)
{
	static const char sql[] =
	    "SELECT p.type, p.value,"
	    " CASE WHEN EXISTS (SELECT 1 FROM pushed o WHERE o.domain = $2"
	    "  AND o.name = $1 AND o.type = p.type AND o.value = p.value)"
	    "  THEN 1 ELSE 0 END,"
	    " CASE WHEN EXISTS (SELECT 1 FROM pushed o WHERE o.name = $1"
	    "  AND o.type = p.type AND o.value = p.value AND o.domain <> $2)"
	    "  THEN 1 ELSE 0 END"
	    " FROM pushed p WHERE p.name = $1 AND (p.type, p.value) > ($3, $4)"
	    " ORDER BY p.type, p.value LIMIT 1";
	struct db_stmt *s;
	enum mtasts_err err;

	err = db_start(r->db, sql,
	    DB_ARGS(db_text(place->name), db_text(place->domain),
		db_text(buf_str(&after[0])), db_text(buf_str(&after[1]))),
	    &s);
	if (err)
		return err;
	err = db_next(s, found);
	if (!err && *found) {
		buf_clear(&after[0]);
		buf_clear(&after[1]);
		buf_put_str(&after[0], db_get_text(s, 0));
		buf_put_str(&after[1], db_get_text(s, 1));
		*out = (struct registry_pushed_value){ buf_str(&after[0]),
			buf_str(&after[1]), db_get_int(s, 2) != 0,
			db_get_int(s, 3) != 0 };
	}
	db_end(s);
	return err;
}

enum mtasts_err
registry_each_pushed_at(struct registry *r,
    const struct registry_pushed_place *place,
    bool (*fn)(void *arg, const struct registry_pushed_value *value), void *arg)
{
	struct registry_pushed_value value;
	enum mtasts_err err = MTASTS_OK;
	struct buf after[2];
	bool found = true;

	for (unsigned i = 0; i < 2; i++) {
		buf_init(&after[i], VALUE_MAX);
		buf_puts(&after[i], "");
	}
	while (!err && found) {
		err = next_value(r, place, after, &value, &found);
		if (!err && found)
			err = buf_error(&after[0]) ? buf_error(&after[0])
						   : buf_error(&after[1]);
		if (!err && found && !fn(arg, &value))
			break;
	}
	buf_free(&after[0]);
	buf_free(&after[1]);
	return err;
}

enum mtasts_err
registry_push_remember(struct registry *r, const struct registry_pushed *p)
{
	static const char add[] =
	    "INSERT INTO pushed (domain, name, type, value, at, seq)"
	    " VALUES ($1, $2, $3, $4, $5, 1 + COALESCE((SELECT MAX(seq)"
	    "  FROM pushed WHERE domain = $1 AND name = $2 AND type = $3), 0))"
	    " ON CONFLICT (domain, name, type, value) DO UPDATE"
	    " SET at = excluded.at, seq = excluded.seq";
	static const char old[] =
	    "DELETE FROM pushed WHERE domain = $1 AND name = $2 AND type = $3"
	    " AND seq <= (SELECT MAX(seq) FROM pushed WHERE domain = $1"
	    "  AND name = $2 AND type = $3) - $4";
	enum mtasts_err err;

	err = db_run(r->db, add,
	    DB_ARGS(db_text(p->domain), db_text(p->name), db_text(p->type),
		db_text(p->value), db_int(p->at)));
	if (!err)
		err = db_run(r->db, old,
		    DB_ARGS(db_text(p->domain), db_text(p->name),
			db_text(p->type), db_int(REGISTRY_PUSH_KEEP)));
	return err;
}

enum mtasts_err
registry_push_forget(struct registry *r, struct str domain, struct str name)
{
	static const char sql[] =
	    "DELETE FROM pushed WHERE domain = $1 AND name = $2";

	return db_run(r->db, sql, DB_ARGS(db_text(domain), db_text(name)));
}
