/*
 * registry_publish.c - how far each domain is published
 *
 * RFC 8461 section 8.1: DNS follows what is served, so every change of a name
 * says here that there is something to do. Each name has a row from its first
 * day on; by an index the next one is found whatever their number is. Knows
 * neither engines nor what is done.
 */
#include "store/registry_publish.h"

#include "store/registry_db_rows.h"

#define COLUMNS                                                        \
	"q.live_id, q.live_at, q.step, q.ended, q.dns, q.tried_at,"    \
	" q.next_at, q.since_at, q.failures, q.why, q.fix, q.changes," \
	" q.cert_until_at"

enum { AT_COLUMNS = 1, AT_ROW = AT_COLUMNS + 13 };

const char registry_publish_schema[] =
    "CREATE TABLE publish ("
    " domain TEXT NOT NULL PRIMARY KEY,"
    " settled BIGINT NOT NULL DEFAULT 0,"
    " next_at BIGINT NOT NULL DEFAULT 0,"
    " changes BIGINT NOT NULL DEFAULT 1,"
    " live_id TEXT NOT NULL DEFAULT '',"
    " live_at BIGINT NOT NULL DEFAULT 0,"
    " step TEXT NOT NULL DEFAULT '',"
    " ended TEXT NOT NULL DEFAULT '',"
    " dns TEXT NOT NULL DEFAULT '',"
    " tried_at BIGINT NOT NULL DEFAULT 0,"
    " since_at BIGINT NOT NULL DEFAULT 0,"
    " failures BIGINT NOT NULL DEFAULT 0,"
    " why TEXT NOT NULL DEFAULT '',"
    " fix TEXT NOT NULL DEFAULT '',"
    " cert_until_at BIGINT NOT NULL DEFAULT 0);"
    "CREATE INDEX publish_due ON publish (settled, next_at, domain);"
    "INSERT INTO publish (domain) SELECT name FROM domain;";

enum mtasts_err
registry_touch(struct registry *r, struct str name)
{
	static const char all[] = "UPDATE publish SET settled = 0,"
				  " next_at = 0, changes = changes + 1";
	static const char one[] =
	    "INSERT INTO publish (domain) VALUES ($1)"
	    " ON CONFLICT (domain) DO UPDATE SET settled = 0, next_at = 0,"
	    " changes = publish.changes + 1";
	static const char aliases[] =
	    "UPDATE publish SET settled = 0, next_at = 0,"
	    " changes = changes + 1 WHERE domain IN"
	    " (SELECT name FROM domain WHERE target = $1)";
	enum mtasts_err err;

	if (name.len == 0)
		return db_run(r->db, all, DB_NO_ARGS);
	err = db_run(r->db, one, DB_ARGS(db_text(name)));
	if (!err)
		err = db_run(r->db, aliases, DB_ARGS(db_text(name)));
	return err;
}

enum mtasts_err
registry_forget(struct registry *r, struct str name)
{
	static const char sql[] = "DELETE FROM publish WHERE domain = $1";

	return db_run(r->db, sql, DB_ARGS(db_text(name)));
}

/* get_published - the columns domain, COLUMNS; all null but the first is fine
 */
static void
get_published(struct db_stmt *s, struct registry_published *p)
{
	int64_t failures = db_get_int(s, AT_COLUMNS + 8);

	*p = (struct registry_published){ .domain = db_get_text(s, 0),
		.live_id = db_get_text(s, AT_COLUMNS),
		.live_at = db_get_int(s, AT_COLUMNS + 1),
		.step = db_get_text(s, AT_COLUMNS + 2),
		.end = db_get_text(s, AT_COLUMNS + 3),
		.dns = db_get_text(s, AT_COLUMNS + 4),
		.tried_at = db_get_int(s, AT_COLUMNS + 5),
		.next_at = db_get_int(s, AT_COLUMNS + 6),
		.since_at = db_get_int(s, AT_COLUMNS + 7),
		.failures =
		    failures > 0 && failures < 1000000 ? (unsigned)failures : 0,
		.why = db_get_text(s, AT_COLUMNS + 9),
		.fix = db_get_text(s, AT_COLUMNS + 10),
		.changes = db_get_int(s, AT_COLUMNS + 11),
		.cert_until_at = db_get_int(s, AT_COLUMNS + 12) };
}

/* dup_published - its spans into an arena */
static enum mtasts_err
dup_published(struct registry_published *p, struct arena *a)
{
	struct str *const texts[] = { &p->domain, &p->live_id, &p->step,
		&p->end, &p->dns, &p->why, &p->fix };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		texts[i]->p = arena_dup(a, *texts[i]);
		if (texts[i]->p == NULL)
			return MTASTS_ENOMEM;
	}
	return MTASTS_OK;
}

enum mtasts_err
registry_find_published(struct registry *r, struct str domain, struct arena *a,
    struct registry_published *out)
{
	static const char sql[] =
	    "SELECT q.domain, " COLUMNS " FROM publish q WHERE q.domain = $1";
	struct registry_published p = { .domain = domain };
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_ARGS(db_text(domain)), &s);
	if (err)
		return err;
	err = db_next(s, &row);
	if (!err && row)
		get_published(s, &p);
	if (!err)
		err = dup_published(&p, a);
	db_end(s);
	if (!err)
		*out = p;
	return err;
}

enum mtasts_err
registry_each_published(struct registry *r,
    bool (*fn)(void *arg, const struct registry_publishable *row), void *arg)
{
	static const char sql[] =
	    "SELECT d.name, " COLUMNS ", p.id, d.removing_at, d.until_at"
	    " FROM domain d LEFT JOIN publish q ON q.domain = d.name"
	    " LEFT JOIN policy p ON p.domain = d.name AND p.replaced_at = 0"
	    " ORDER BY d.name";
	struct registry_publishable p;
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_NO_ARGS, &s);
	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row) {
		get_published(s, &p.known);
		p.served_id = db_get_text(s, AT_ROW);
		p.removing_at = db_get_int(s, AT_ROW + 1);
		p.until_at = db_get_int(s, AT_ROW + 2);
		if (!fn(arg, &p))
			break;
	}
	db_end(s);
	return err;
}

/* text_or_empty - a span for a column that is never null */
static struct db_value
text_or_empty(struct str s)
{
	return db_text(s.p != NULL ? s : STR(""));
}

enum mtasts_err
registry_put_published(
    struct registry *r, const struct registry_published *p, bool settled)
{
	static const char sql[] =
	    "UPDATE publish SET live_id = $2, live_at = $3, step = $4,"
	    " ended = $5, dns = $6, tried_at = $7, since_at = $9,"
	    " failures = $10, why = $11, fix = $12, cert_until_at = $15,"
	    " settled = CASE WHEN changes = $13 THEN $14 ELSE 0 END,"
	    " next_at = CASE WHEN changes = $13 THEN $8 ELSE 0 END"
	    " WHERE domain = $1";

	return db_run(r->db, sql,
	    DB_ARGS(db_text(p->domain), text_or_empty(p->live_id),
		db_int(p->live_at), text_or_empty(p->step),
		text_or_empty(p->end), text_or_empty(p->dns),
		db_int(p->tried_at), db_int(p->next_at), db_int(p->since_at),
		db_int(p->failures), text_or_empty(p->why),
		text_or_empty(p->fix), db_int(p->changes), db_int(settled),
		db_int(p->cert_until_at)));
}

enum mtasts_err
registry_each_due(struct registry *r, bool settled,
    bool (*fn)(void *arg, struct str domain, int64_t next_at), void *arg)
{
	static const char sql[] =
	    "SELECT domain, next_at FROM publish WHERE settled = $1"
	    " ORDER BY next_at, domain";
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_ARGS(db_int(settled)), &s);
	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row)
		if (!fn(arg, db_get_text(s, 0), db_get_int(s, 1)))
			break;
	db_end(s);
	return err;
}
