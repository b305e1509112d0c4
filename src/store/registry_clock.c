/*
 * registry_clock.c - times that a wrong clock has left behind
 *
 * Whose turn it is, and how often was ordered, stands in the registry by the
 * time of day. Written while the clock was ahead, it would hold everything that
 * comes after until the clock is there again, years later perhaps: a policy
 * would not follow its MX hosts, and nobody would see a roll-out fail. Knows
 * neither engines nor the clock.
 */
#include "store/registry_clock.h"

#include "store/registry_db_rows.h"

#define SLACK_S 300 /* clocks of two machines differ by less */

#define AHEAD_PUBLISH " tried_at > $1 AND next_at > 0"
#define AHEAD_ROLLOUT " looked_at > $1 AND next_at > 0"
#define AHEAD_MX      " (looked_at > $1 OR trouble_at > $1) AND next_at > 0"
#define AHEAD_CERT    " tried_at > $1 AND next_at > 0"
#define AHEAD_ORDER   " at > $1"

/* is_ahead - is there anything to mend? A look, so that no one is woken */
static enum mtasts_err
is_ahead(struct registry *r, int64_t ahead_at, bool *out)
{
	static const char sql[] =
	    "SELECT 1 FROM publish WHERE" AHEAD_PUBLISH
	    " UNION ALL SELECT 1 FROM rollout WHERE" AHEAD_ROLLOUT
	    " UNION ALL SELECT 1 FROM mx_look WHERE" AHEAD_MX
	    " UNION ALL SELECT 1 FROM certificate WHERE" AHEAD_CERT
	    " UNION ALL SELECT 1 FROM acme_order WHERE" AHEAD_ORDER " LIMIT 1";
	struct db_stmt *s;
	enum mtasts_err err =
	    db_start(r->db, sql, DB_ARGS(db_int(ahead_at)), &s);
	bool row = false;

	if (err)
		return err;
	err = db_next(s, &row);
	db_end(s);
	if (!err)
		*out = row;
	return err;
}

enum mtasts_err
registry_mend_clock(struct registry *r, int64_t now_at)
{
	static const char *const due[] = {
		"UPDATE publish SET next_at = 0 WHERE" AHEAD_PUBLISH,
		"UPDATE rollout SET next_at = 0 WHERE" AHEAD_ROLLOUT,
		"UPDATE mx_look SET next_at = 0 WHERE" AHEAD_MX,
		"UPDATE certificate SET next_at = 0 WHERE" AHEAD_CERT,
	};
	/* They were made, and count as if it were now. */
	static const char orders[] =
	    "UPDATE acme_order SET at = $2 WHERE" AHEAD_ORDER;
	int64_t ahead_at = now_at + SLACK_S;
	bool ahead = false;
	enum mtasts_err err = is_ahead(r, ahead_at, &ahead);

	if (err || !ahead)
		return err;
	err = registry_begin(r, REGISTRY_WRITE);
	for (size_t i = 0; !err && i < sizeof(due) / sizeof(*due); i++)
		err = db_run(r->db, due[i], DB_ARGS(db_int(ahead_at)));
	if (!err)
		err = db_run(
		    r->db, orders, DB_ARGS(db_int(ahead_at), db_int(now_at)));
	if (!err)
		err = registry_commit(r);
	if (err)
		registry_rollback(r);
	return err;
}
