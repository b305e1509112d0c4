/*
 * snapshot - the served policies of all domains, in memory
 *
 * RFC 8461 section 3.3 as the host sees it: a table from policy domain to
 * text. A thread watches the registry and builds a new table when anything was
 * committed; requests read the last good one and never wait for the store.
 */
#ifndef MTASTS_SVC_SNAPSHOT_H
#define MTASTS_SVC_SNAPSHOT_H

#include "base/metrics.h"
#include "base/str.h"
#include "io/log.h"

struct registry;
struct snapshot;
struct snapshot_watch;

struct snapshot_conf {
	const char *url; /* of the registry; copied */
	unsigned poll_ms; /* between two looks at the registry */
	uint64_t seed[2]; /* of the table's hash */
	struct log *log;
	struct metrics *metrics;
};

/*
 * snapshot_read - build a table from all that a registry serves
 *
 * seed  of the table's hash. *out: one reference, yours. ESTORE, ENOMEM.
 */
enum mtasts_err snapshot_read(struct registry *registry, const uint64_t seed[2],
    struct snapshot **out) MTASTS_MUST_CHECK;

/* snapshot_hold - one more reference; returns the table */
struct snapshot *snapshot_hold(struct snapshot *snap);

/* snapshot_put - let go of a table; null is fine */
void snapshot_put(struct snapshot *snap);

/*
 * snapshot_find - the policy text of a domain
 *
 * domain  lower-case A-labels without final dot
 * body    on success its text, alive until snapshot_put()
 */
bool snapshot_find(
    const struct snapshot *snap, struct str domain, struct str *body);

/* snapshot_count - how many domains it has */
size_t snapshot_count(const struct snapshot *snap);

/*
 * snapshot_watch_open - load the first table and begin to watch
 *
 * Without a registry, or while it is locked, the watch begins with nothing
 * and goes on trying. A registry that is corrupt or newer than this program
 * is ESTORE, with the reason in the log. *out is yours:
 * snapshot_watch_close().
 */
enum mtasts_err snapshot_watch_open(const struct snapshot_conf *conf,
    struct snapshot_watch **out) MTASTS_MUST_CHECK;

/* snapshot_watch_close - end the thread, drop the table; null is fine */
void snapshot_watch_close(struct snapshot_watch *watch);

/*
 * snapshot_get - the last good table; snapshot_put() when done with it
 *
 * Null when the registry could never be read so far. Any thread.
 */
struct snapshot *snapshot_get(struct snapshot_watch *watch);

/*
 * snapshot_age_s - seconds since the table was last known to be what the
 * registry holds; 0 while all is well, -1 when there never was one
 */
int64_t snapshot_age_s(struct snapshot_watch *watch);

#endif
