/*
 * registry_rollout.c - how far the roll-out of each domain is
 *
 * Four tables: "rollout" has a row for each domain that has one,
 * "rollout_event" what happened in it; "mx_look" and "mx_seen", in
 * registry_rollout_mx.c, what mx=auto knows. Knows neither engines nor when a
 * step may be taken.
 */
#include "store/registry_rollout.h"

#include "store/registry_db_rows.h"

const char registry_rollout_schema[] =
    "CREATE TABLE rollout ("
    " domain TEXT NOT NULL PRIMARY KEY,"
    " stage TEXT NOT NULL,"
    " paused BIGINT NOT NULL,"
    " alarm BIGINT NOT NULL,"
    " begun_at BIGINT NOT NULL,"
    " stage_at BIGINT NOT NULL,"
    " published_at BIGINT NOT NULL,"
    " ok_at BIGINT NOT NULL,"
    " looked_at BIGINT NOT NULL,"
    " passed_at BIGINT NOT NULL,"
    " failing_at BIGINT NOT NULL,"
    " plain_at BIGINT NOT NULL,"
    " testing_s BIGINT NOT NULL,"
    " day_s BIGINT NOT NULL,"
    " week_s BIGINT NOT NULL,"
    " auto_back BIGINT NOT NULL,"
    " reason TEXT NOT NULL,"
    " why TEXT NOT NULL,"
    " published_id TEXT NOT NULL,"
    " next_at BIGINT NOT NULL);"
    "CREATE INDEX rollout_next ON rollout (next_at);"
    "CREATE TABLE rollout_event ("
    " domain TEXT NOT NULL,"
    " seq BIGINT NOT NULL,"
    " at BIGINT NOT NULL,"
    " what TEXT NOT NULL,"
    " stage TEXT NOT NULL,"
    " text TEXT NOT NULL,"
    " PRIMARY KEY (domain, seq));"
    "CREATE TABLE mx_look ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " looked_at BIGINT NOT NULL,"
    " same_at BIGINT NOT NULL,"
    " trouble_at BIGINT NOT NULL,"
    " trouble TEXT NOT NULL,"
    " next_at BIGINT NOT NULL);"
    "CREATE TABLE mx_seen ("
    " name TEXT NOT NULL,"
    " mx TEXT NOT NULL,"
    " since_at BIGINT NOT NULL,"
    " seen_at BIGINT NOT NULL,"
    " gone_at BIGINT NOT NULL,"
    " until_at BIGINT NOT NULL,"
    " PRIMARY KEY (name, mx));";

#define COLUMNS                                                             \
	"r.domain, r.stage, r.paused, r.alarm, r.begun_at, r.stage_at,"     \
	" r.published_at, r.ok_at, r.looked_at, r.passed_at, r.failing_at," \
	" r.plain_at, r.testing_s, r.day_s, r.week_s, r.auto_back,"         \
	" r.reason, r.why, r.published_id, r.next_at"

/* A roll-out is a domain's own, which stays. */
#define JOINED                                               \
	" FROM rollout r JOIN domain d ON d.name = r.domain" \
	" WHERE d.target IS NULL AND d.removing_at = 0"

/* reason_of - the reason that a column names; the first for another text */
static enum rollout_reason
reason_of(struct str name)
{
	for (unsigned i = 0; i < ROLLOUT_REASONS; i++)
		if (str_eq(name,
			str_of(rollout_reason_name((enum rollout_reason)i))))
			return (enum rollout_reason)i;
	return ROLLOUT_BY_PLAN;
}

/* stage_of - the stage that a column names; none for another text */
static enum rollout_stage
stage_of(struct str name)
{
	enum rollout_stage stage = ROLLOUT_NONE;

	return rollout_stage_find(name, &stage) ? stage : ROLLOUT_NONE;
}

/* get_row - COLUMNS */
static void
get_row(struct db_stmt *s, struct registry_rollout *row)
{
	struct rollout_state *st = &row->state;

	*row = (struct registry_rollout){ .domain = db_get_text(s, 0),
		.plan = { db_get_int(s, 12), db_get_int(s, 13),
		    db_get_int(s, 14), db_get_int(s, 15) != 0 },
		.reason = reason_of(db_get_text(s, 16)),
		.why = db_get_text(s, 17),
		.published_id = db_get_text(s, 18),
		.next_at = db_get_int(s, 19) };
	st->stage = stage_of(db_get_text(s, 1));
	st->paused = db_get_int(s, 2) != 0;
	st->alarm = db_get_int(s, 3) != 0;
	st->begun_at = db_get_int(s, 4);
	st->stage_at = db_get_int(s, 5);
	st->published_at = db_get_int(s, 6);
	st->ok_at = db_get_int(s, 7);
	st->looked_at = db_get_int(s, 8);
	st->passed_at = db_get_int(s, 9);
	st->failing_at = db_get_int(s, 10);
	st->plain_at = db_get_int(s, 11);
}

/* copy - a span into the arena; false when memory is short */
static bool
copy(struct arena *a, struct str *s)
{
	s->p = arena_dup(a, *s);
	return s->p != NULL;
}

/* find - the one row of a statement, copied; ENOENT */
static enum mtasts_err
find(struct registry *r, const char *sql, struct db_args args, struct arena *a,
    struct registry_rollout *out)
{
	struct registry_rollout row;
	struct db_stmt *s;
	enum mtasts_err err = db_start(r->db, sql, args, &s);
	bool found = false;

	if (err)
		return err;
	err = db_next(s, &found);
	if (!err && !found)
		err = MTASTS_ENOENT;
	if (!err) {
		get_row(s, &row);
		if (!copy(a, &row.domain) || !copy(a, &row.why) ||
		    !copy(a, &row.published_id))
			err = MTASTS_ENOMEM;
	}
	db_end(s);
	if (!err)
		*out = row;
	return err;
}

enum mtasts_err
registry_find_rollout(struct registry *r, struct str domain, struct arena *a,
    struct registry_rollout *out)
{
	static const char sql[] = "SELECT " COLUMNS JOINED " AND r.domain = $1";

	return find(r, sql, DB_ARGS(db_text(domain)), a, out);
}

/* walk - call fn for every row of a statement that gives COLUMNS */
static enum mtasts_err
walk(struct db_stmt *s,
    bool (*fn)(void *arg, const struct registry_rollout *row), void *arg)
{
	struct registry_rollout found;
	enum mtasts_err err;
	bool row = false;

	while (!(err = db_next(s, &row)) && row) {
		get_row(s, &found);
		if (!fn(arg, &found))
			break;
	}
	db_end(s);
	return err;
}

enum mtasts_err
registry_each_rollout(struct registry *r,
    bool (*fn)(void *arg, const struct registry_rollout *row), void *arg)
{
	static const char sql[] = "SELECT " COLUMNS JOINED " ORDER BY r.domain";
	struct db_stmt *s;
	enum mtasts_err err = db_start(r->db, sql, DB_NO_ARGS, &s);

	return err ? err : walk(s, fn, arg);
}

enum mtasts_err
registry_each_due_rollout(struct registry *r, size_t count,
    bool (*fn)(void *arg, const struct registry_rollout *row), void *arg)
{
	static const char sql[] =
	    "SELECT " COLUMNS JOINED " AND EXISTS (SELECT 1 FROM publish p"
	    "  WHERE p.domain = r.domain AND p.live_at > 0)"
	    " ORDER BY r.next_at, r.domain LIMIT $1";
	struct db_stmt *s;
	enum mtasts_err err =
	    db_start(r->db, sql, DB_ARGS(db_int((int64_t)count)), &s);

	return err ? err : walk(s, fn, arg);
}

/* some - a text that is never null */
static struct db_value
some(struct str s)
{
	return db_text(s.p != NULL ? s : STR(""));
}

enum mtasts_err
registry_put_rollout(struct registry *r, const struct registry_rollout *row)
{
	static const char gone[] = "DELETE FROM rollout WHERE domain = $1";
	static const char sql[] =
	    "INSERT INTO rollout (domain, stage, paused, alarm, begun_at,"
	    " stage_at, published_at, ok_at, looked_at, passed_at, failing_at,"
	    " plain_at, testing_s, day_s, week_s, auto_back, reason, why,"
	    " published_id, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
	    " $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
	const struct rollout_state *s = &row->state;
	const struct rollout_plan *p = &row->plan;
	enum mtasts_err err =
	    db_run(r->db, gone, DB_ARGS(db_text(row->domain)));

	if (err)
		return err;
	return db_run(r->db, sql,
	    DB_ARGS(db_text(row->domain),
		db_text(str_of(rollout_stage_name(s->stage))),
		db_int(s->paused), db_int(s->alarm), db_int(s->begun_at),
		db_int(s->stage_at), db_int(s->published_at), db_int(s->ok_at),
		db_int(s->looked_at), db_int(s->passed_at),
		db_int(s->failing_at), db_int(s->plain_at),
		db_int(p->testing_s), db_int(p->day_s), db_int(p->week_s),
		db_int(p->auto_back),
		db_text(str_of(rollout_reason_name(row->reason))),
		some(row->why), some(row->published_id), db_int(row->next_at)));
}

enum mtasts_err
registry_forget_rollout(struct registry *r, struct str domain)
{
	static const char *const sql[] = {
		"DELETE FROM rollout WHERE domain = $1",
		"DELETE FROM rollout_event WHERE domain = $1",
		"DELETE FROM mx_look WHERE name = $1",
		"DELETE FROM mx_seen WHERE name = $1",
	};
	enum mtasts_err err = MTASTS_OK;

	for (size_t i = 0; !err && i < sizeof(sql) / sizeof(*sql); i++)
		err = db_run(r->db, sql[i], DB_ARGS(db_text(domain)));
	return err;
}

enum mtasts_err
registry_add_rollout_event(struct registry *r, struct str domain,
    const struct registry_rollout_event *event)
{
	static const char add[] =
	    "INSERT INTO rollout_event (domain, seq, at, what, stage, text)"
	    " SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5"
	    " FROM rollout_event WHERE domain = $1";
	static const char old[] =
	    "DELETE FROM rollout_event WHERE domain = $1 AND seq <="
	    " (SELECT MAX(seq) FROM rollout_event WHERE domain = $1) - $2";
	enum mtasts_err err = db_run(r->db, add,
	    DB_ARGS(db_text(domain), db_int(event->at), db_text(event->what),
		db_text(str_of(rollout_stage_name(event->stage))),
		some(event->text)));

	if (err)
		return err;
	return db_run(r->db, old,
	    DB_ARGS(db_text(domain), db_int(REGISTRY_ROLLOUT_EVENTS)));
}

enum mtasts_err
registry_each_rollout_event(struct registry *r, struct str domain,
    bool (*fn)(void *arg, const struct registry_rollout_event *event),
    void *arg)
{
	static const char sql[] = "SELECT at, what, stage, text"
				  " FROM rollout_event WHERE domain = $1"
				  " ORDER BY seq";
	struct registry_rollout_event event;
	struct db_stmt *s;
	enum mtasts_err err =
	    db_start(r->db, sql, DB_ARGS(db_text(domain)), &s);
	bool row = false;

	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row) {
		event.at = db_get_int(s, 0);
		event.what = db_get_text(s, 1);
		event.stage = stage_of(db_get_text(s, 2));
		event.text = db_get_text(s, 3);
		if (!fn(arg, &event))
			break;
	}
	db_end(s);
	return err;
}
