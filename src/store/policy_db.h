/*
 * policy_db - the resolver's cached policies on disk
 *
 * RFC 8461 section 3.3. One writer, the resolver; others ask its control
 * socket. One thread at a time per handle, which is not the one that answers.
 */
#ifndef MTASTS_STORE_POLICY_DB_H
#define MTASTS_STORE_POLICY_DB_H

#include "core/cached.h"
#include "store/db.h"

struct policy_db;

/*
 * policy_db_open - open policies.db in the folder that a URL names, or make it
 *
 * As db_open(). A file that is damaged is moved aside to
 * "policies.db.corrupt-TIME", with -wal and -shm, and a fresh one begun: *moved
 * (yours: mem_free()) is its new name then, even when the fresh one fails, else
 * null; the findings tell what was wrong. A newer schema or a database of
 * something else is never touched. Only the owner may read the file.
 */
enum mtasts_err policy_db_open(const char *url, int64_t now_at,
    struct policy_db **out, char **moved,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * policy_db_reset - give up a file that turned out to be damaged
 *
 * Closes *p, moves its file aside and opens a fresh one in its place; *p is
 * null when that fails. moved as above.
 */
enum mtasts_err policy_db_reset(const char *url, int64_t now_at,
    struct policy_db **p, char **moved,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* policy_db_is_damaged - is it a trouble that a fresh file would mend? */
bool policy_db_is_damaged(enum db_trouble trouble);

/* policy_db_close - release; null is fine */
void policy_db_close(struct policy_db *p);

/* policy_db_handle - for db_trouble() and db_explain() */
struct db *policy_db_handle(struct policy_db *p);

/*
 * policy_db_load - all policies, one after the other
 *
 * Calls row() for each one; a row that makes no sense is skipped and counted
 * in *bad (may be null). row() may read and write others meanwhile; what it
 * changes may come or not. row() returning false ends it: MTASTS_OK.
 */
enum mtasts_err policy_db_load(struct policy_db *p,
    bool (*row)(void *ctx, const struct cached_row *row), void *ctx,
    size_t *bad) MTASTS_MUST_CHECK;

/*
 * policy_db_get - one policy; *out yours: mem_free()
 *
 * ENOENT: there is none, or it makes no sense.
 */
enum mtasts_err policy_db_get(struct policy_db *p, struct str domain,
    struct cached **out) MTASTS_MUST_CHECK;

/* policy_db_begin - start a batch of changes: all or nothing */
enum mtasts_err policy_db_begin(struct policy_db *p) MTASTS_MUST_CHECK;

/* policy_db_put - in the place of the domain's row; EINVAL: it is not valid */
enum mtasts_err policy_db_put(
    struct policy_db *p, const struct cached_row *row) MTASTS_MUST_CHECK;

/* policy_db_delete - a domain's row, if it is there */
enum mtasts_err policy_db_delete(
    struct policy_db *p, struct str domain) MTASTS_MUST_CHECK;

/* policy_db_commit - end the batch; a failure undoes it */
enum mtasts_err policy_db_commit(struct policy_db *p) MTASTS_MUST_CHECK;

/* policy_db_rollback - undo the batch, if one is open */
void policy_db_rollback(struct policy_db *p);

/* policy_db_same - ESTORE when the file is not the one that was opened */
enum mtasts_err policy_db_same(struct policy_db *p) MTASTS_MUST_CHECK;

/* policy_db_count - policies in the file */
enum mtasts_err policy_db_count(
    struct policy_db *p, int64_t *count) MTASTS_MUST_CHECK;

#endif
