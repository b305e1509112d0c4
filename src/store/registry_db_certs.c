/*
 * registry_db_certs.c - what is known of the certificates that we order
 *
 * RFC 8555 knows orders; two tables here: "certificate" has a row for each
 * domain that was tried, "acme_order" one for each order of the last hours.
 * Knows neither engines nor when an order is due.
 */
#include "store/registry_db_certs.h"

#include "store/registry_db_rows.h"

#define ORDERS_MAX ((size_t)1 << 20) /* that are read */

#define COLUMNS                                                            \
	"c.state, c.managed, c.not_before_at, c.not_after_at, c.tried_at," \
	" c.next_at, c.failures, c.why"

const char registry_certs_schema[] =
    "CREATE TABLE certificate ("
    " domain TEXT NOT NULL PRIMARY KEY,"
    " state TEXT NOT NULL,"
    " managed BIGINT NOT NULL,"
    " not_before_at BIGINT NOT NULL,"
    " not_after_at BIGINT NOT NULL,"
    " tried_at BIGINT NOT NULL,"
    " next_at BIGINT NOT NULL,"
    " failures BIGINT NOT NULL,"
    " why TEXT NOT NULL);"
    "CREATE TABLE acme_order ("
    " seq BIGINT NOT NULL PRIMARY KEY,"
    " at BIGINT NOT NULL,"
    " domain TEXT NOT NULL);"
    "CREATE INDEX acme_order_at ON acme_order (at);";

static const char *const state_names[REGISTRY_CERT_STATES] = { "none", "issued",
	"refused", "failed", "others" };

const char *
registry_cert_state_name(enum registry_cert_state state)
{
	return state_names[state];
}

/* state_of - the state that a column names; none for another text */
static enum registry_cert_state
state_of(struct str name)
{
	unsigned i;

	for (i = 0; i < REGISTRY_CERT_STATES; i++)
		if (str_eq(name, str_of(state_names[i])))
			return (enum registry_cert_state)i;
	return REGISTRY_CERT_NONE;
}

/* get_cert - the columns domain, COLUMNS; all null but the first is fine */
static void
get_cert(struct db_stmt *s, struct registry_cert *c)
{
	int64_t failures = db_get_int(s, 7);

	*c = (struct registry_cert){ .domain = db_get_text(s, 0),
		.state = state_of(db_get_text(s, 1)),
		.managed = db_get_int(s, 2) != 0,
		.not_before_at = db_get_int(s, 3),
		.not_after_at = db_get_int(s, 4),
		.tried_at = db_get_int(s, 5),
		.next_at = db_get_int(s, 6),
		.failures =
		    failures > 0 && failures < 1000000 ? (unsigned)failures : 0,
		.why = db_get_text(s, 8) };
}

enum mtasts_err
registry_find_cert(struct registry *r, struct str domain, struct arena *a,
    struct registry_cert *out)
{
	static const char sql[] = "SELECT c.domain, " COLUMNS
				  " FROM certificate c WHERE c.domain = $1";
	struct registry_cert c = { .domain = domain };
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_ARGS(db_text(domain)), &s);
	if (err)
		return err;
	err = db_next(s, &row);
	if (!err && row)
		get_cert(s, &c);
	if (!err) {
		c.domain.p = arena_dup(a, domain);
		c.domain.len = domain.len;
		c.why.p = arena_dup(a, c.why);
		if (c.domain.p == NULL || c.why.p == NULL)
			err = MTASTS_ENOMEM;
	}
	db_end(s);
	if (!err)
		*out = c;
	return err;
}

/* walk - call fn for every row of a statement that gives domain, COLUMNS */
static enum mtasts_err
walk(struct db_stmt *s, bool (*fn)(void *arg, const struct registry_cert *cert),
    void *arg)
{
	struct registry_cert c;
	enum mtasts_err err;
	bool row = false;

	while (!(err = db_next(s, &row)) && row) {
		get_cert(s, &c);
		if (!fn(arg, &c))
			break;
	}
	db_end(s);
	return err;
}

enum mtasts_err
registry_each_cert(struct registry *r,
    bool (*fn)(void *arg, const struct registry_cert *cert), void *arg)
{
	static const char sql[] =
	    "SELECT d.name, " COLUMNS
	    " FROM domain d LEFT JOIN certificate c ON c.domain = d.name"
	    " ORDER BY d.name";
	struct db_stmt *s;
	enum mtasts_err err = db_start(r->db, sql, DB_NO_ARGS, &s);

	return err ? err : walk(s, fn, arg);
}

enum mtasts_err
registry_each_due_cert(struct registry *r, bool ours, size_t count,
    bool (*fn)(void *arg, const struct registry_cert *cert), void *arg)
{
	static const char all[] =
	    "SELECT d.name, " COLUMNS
	    " FROM domain d LEFT JOIN certificate c ON c.domain = d.name"
	    " ORDER BY COALESCE(c.next_at, 0), d.name LIMIT $1";
	static const char managed[] =
	    "SELECT d.name, " COLUMNS
	    " FROM domain d JOIN certificate c ON c.domain = d.name"
	    " WHERE c.managed <> 0 ORDER BY c.next_at, d.name LIMIT $1";
	struct db_stmt *s;
	enum mtasts_err err = db_start(
	    r->db, ours ? managed : all, DB_ARGS(db_int((int64_t)count)), &s);

	return err ? err : walk(s, fn, arg);
}

enum mtasts_err
registry_put_cert(struct registry *r, const struct registry_cert *c)
{
	static const char sql[] =
	    "INSERT INTO certificate (domain, state, managed, not_before_at,"
	    " not_after_at, tried_at, next_at, failures, why)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
	    " ON CONFLICT (domain) DO UPDATE SET state = $2, managed = $3,"
	    " not_before_at = $4, not_after_at = $5, tried_at = $6,"
	    " next_at = $7, failures = $8, why = $9";
	struct str why = c->why.p != NULL ? c->why : STR("");

	return db_run(r->db, sql,
	    DB_ARGS(db_text(c->domain), db_text(str_of(state_names[c->state])),
		db_int(c->managed), db_int(c->not_before_at),
		db_int(c->not_after_at), db_int(c->tried_at),
		db_int(c->next_at), db_int(c->failures), db_text(why)));
}

enum mtasts_err
registry_add_order(
    struct registry *r, struct str domain, int64_t at, int64_t since_at)
{
	static const char old[] = "DELETE FROM acme_order WHERE at < $1";
	static const char gone[] = "DELETE FROM certificate WHERE NOT EXISTS"
				   " (SELECT 1 FROM domain"
				   " WHERE domain.name = certificate.domain)";
	static const char add[] =
	    "INSERT INTO acme_order (seq, at, domain)"
	    " SELECT COALESCE(MAX(seq), 0) + 1, $1, $2 FROM acme_order";
	enum mtasts_err err = db_run(r->db, old, DB_ARGS(db_int(since_at)));

	if (!err)
		err = db_run(r->db, gone, DB_NO_ARGS);
	if (!err)
		err = db_run(r->db, add, DB_ARGS(db_int(at), db_text(domain)));
	return err;
}

enum mtasts_err
registry_orders_since(
    struct registry *r, int64_t since_at, struct registry_orders *out)
{
	static const char sql[] =
	    "SELECT at FROM acme_order WHERE at > $1 ORDER BY at";
	struct registry_orders o = { 0 };
	size_t room = 0;
	struct db_stmt *s;
	enum mtasts_err err;
	bool row = false;

	err = db_start(r->db, sql, DB_ARGS(db_int(since_at)), &s);
	if (err)
		return err;
	while (!(err = db_next(s, &row)) && row && o.count < ORDERS_MAX) {
		if (o.count == room) {
			size_t more = room > 0 ? room * 2 : 256;
			int64_t *at = mem_grow(o.at, more, sizeof(*at));

			if (at == NULL) {
				err = MTASTS_ENOMEM;
				break;
			}
			o.at = at;
			room = more;
		}
		o.at[o.count++] = db_get_int(s, 0);
	}
	db_end(s);
	if (err)
		mem_free(o.at);
	else
		*out = o;
	return err;
}
