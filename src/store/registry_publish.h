/*
 * registry_publish - how far the publishing of each domain is
 *
 * Part of the registry, so that a job goes on after whatever ended it; for
 * task/publish, and for those who show it. What is kept here was seen once;
 * what is true now is found out by looking.
 */
#ifndef MTASTS_STORE_REGISTRY_PUBLISH_H
#define MTASTS_STORE_REGISTRY_PUBLISH_H

#include "store/registry_db.h"

/* What is known of one name. */
struct registry_published {
	struct str domain;
	struct str live_id; /* that every authoritative server had last; "" */
	int64_t live_at; /* since when the id live_id is; 0: never */
	struct str step; /* that the last try stopped at; "" before any */
	struct str end; /* of the last try, a word; "" before any */
	struct str dns; /* how DNS was, a word of task/push; "" */
	int64_t tried_at; /* 0: never */
	int64_t next_at; /* not before then, unless somebody wants it */
	int64_t since_at; /* when it began to fail, or to wait; 0: it is live */
	unsigned failures; /* in a row */
	struct str why; /* a sentence, or empty */
	struct str fix;
	int64_t cert_until_at; /* of the certificate fetched by; 0: unknown */
	/*
	 * How often what it publishes was changed, as it was read: when that is
	 * more by the time this is written, next_at does not count.
	 */
	int64_t changes;
};

/*
 * registry_find_published - that of one name, copied into the arena
 *
 * All empty when nothing is known. ESTORE, ENOMEM, as all here.
 */
enum mtasts_err registry_find_published(struct registry *r, struct str domain,
    struct arena *a, struct registry_published *out) MTASTS_MUST_CHECK;

/* One registered name beside what is known of it. */
struct registry_publishable {
	struct registry_published known;
	struct str served_id; /* "" when it serves nothing */
	int64_t removing_at; /* 0: it stays */
	int64_t until_at;
};

/*
 * registry_each_published - call fn for every domain and alias, in order
 *
 * Those that are registered, whatever is known. Spans live during the call; fn
 * returns false to stop, and must not change the registry.
 */
enum mtasts_err registry_each_published(struct registry *r,
    bool (*fn)(void *arg, const struct registry_publishable *row),
    void *arg) MTASTS_MUST_CHECK;

/*
 * registry_put_published - remember; in a transaction that writes
 *
 * Of names that are not registered nothing is remembered. settled: live_id is
 * the id that it serves.
 */
enum mtasts_err registry_put_published(struct registry *r,
    const struct registry_published *p, bool settled) MTASTS_MUST_CHECK;

/*
 * registry_each_due - call fn for names as they are due, the earliest first
 *
 * Of those that are settled, or of those that are not; what was changed since
 * is not. fn returns false to stop, and must not change the registry. By an
 * index: what is not asked for is not read.
 */
enum mtasts_err registry_each_due(struct registry *r, bool settled,
    bool (*fn)(void *arg, struct str domain, int64_t next_at),
    void *arg) MTASTS_MUST_CHECK;

#endif
