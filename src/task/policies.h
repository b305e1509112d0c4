/*
 * policies - the cached policies in memory, and their file behind them
 *
 * All policies are in memory once they are loaded; answers never wait for the
 * disk. A thread of its own loads the file at start and writes changes in
 * batches within a second, so that a killed process loses nothing older. When
 * the file cannot be written (full, locked, gone) the memory goes on, the
 * changes wait, the trouble is logged and counted, and it is tried again.
 *
 * Metrics: mtasts_policies, mtasts_policies_store_ok, mtasts_policies_unsaved,
 * mtasts_policies_corrupt_total, mtasts_policies_rows_skipped.
 *
 * All calls come from the loop's thread.
 */
#ifndef MTASTS_TASK_POLICIES_H
#define MTASTS_TASK_POLICIES_H

#include "base/diag.h"
#include "base/metrics.h"
#include "core/cached.h"
#include "io/log.h"
#include "io/loop.h"

struct policies;

struct policies_conf {
	const char *url; /* of the store; null: memory only */
	uint64_t seed[2];
	struct loop *loop;
	struct log *log; /* may be null */
	struct metrics *metrics; /* may be null */
};

/*
 * policies_open - open the file, begin to load it in the background
 *
 * Returns before the policies are loaded. A finding says why not (ESTORE,
 * EINVAL): a newer schema, a database of something else, no folder, no rights.
 * A damaged file is moved aside, logged and counted: MTASTS_OK with a finding.
 * A full disk, a lock and a fault of the disk are no reason not to start: the
 * file is tried again and loaded when it can be opened.
 */
enum mtasts_err policies_open(const struct policies_conf *conf,
    struct policies **out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * policies_close - write what is still to be written, release; null is fine
 *
 * Takes five seconds at most when it cannot be written (eight when the system
 * hangs); what is lost then is logged.
 */
void policies_close(struct policies *p);

/* policies_loaded - has everything been read? */
bool policies_loaded(const struct policies *p);

/* policies_get - the cached policy of a domain, or null; borrowed */
struct cached *policies_get(struct policies *p, struct str domain);

/*
 * policies_find - the same while the file is still being loaded
 *
 * When the domain is not there yet it is read from the file out of turn; then
 * done(ctx) is called from the loop, and policies_get() knows. False: no need
 * to wait, policies_get() is right (done is not called).
 */
bool policies_find(
    struct policies *p, struct str domain, loop_callback *done, void *ctx);

/* policies_cancel - done(ctx) of policies_find() will not come */
void policies_cancel(struct policies *p, loop_callback *done, void *ctx);

/*
 * policies_put - remember a policy; the block is taken over
 *
 * One that was there is released: whoever borrowed it forgets it first.
 * Saved within a second. ENOMEM: the block is still yours.
 */
enum mtasts_err policies_put(
    struct policies *p, struct cached *policy) MTASTS_MUST_CHECK;

/* policies_touch - used_at or next_at was changed in place; saved lazily */
void policies_touch(struct policies *p, struct cached *policy);

/* policies_drop - forget one, on disk too */
void policies_drop(struct policies *p, struct str domain);

/* policies_next - walk; start with *pos = 0; null at the end (base/map) */
struct cached *policies_next(struct policies *p, size_t *pos);

/* policies_count - how many are in memory */
size_t policies_count(const struct policies *p);

/*
 * policies_flush - call done(ctx) when all that was put so far is on disk
 *
 * Or when that failed. For tests, and an orderly end.
 */
void policies_flush(struct policies *p, loop_callback *done, void *ctx);

/*
 * policies_trouble - what is wrong with the file now, or null
 *
 * Static text: the name of a finding of db_rules, such as "store-full".
 */
const char *policies_trouble(const struct policies *p);

#endif
