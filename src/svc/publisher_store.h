/*
 * publisher_store - the registry of mtasts-publisher: there, away, changed
 */
#ifndef MTASTS_SVC_PUBLISHER_STORE_H
#define MTASTS_SVC_PUBLISHER_STORE_H

#include "store/registry_db.h"
#include "svc/svc.h"

/* All zero before pubstore_open(). */
struct pubstore {
	const struct svc *svc;
	char *url;
	struct registry *registry; /* open for writing; null while away */
	int64_t version;
	bool away; /* it cannot be used just now */
	int64_t away_ms; /* since when */
	int64_t said_ms; /* when that was said last */
	struct metric *ok;
};

/* What a look found. */
enum pubstore_seen {
	PUBSTORE_SAME = 0,
	PUBSTORE_CHANGED, /* somebody has committed, or it is back */
	PUBSTORE_BUSY, /* it is kept by others: later */
	PUBSTORE_GONE, /* away: what works on it must end; pubstore_close() */
	PUBSTORE_HOPELESS /* as GONE, and waiting will not mend it; told */
};

/* pubstore_init - with the URL of the configuration; ENOMEM */
enum mtasts_err pubstore_init(
    struct pubstore *s, const struct svc *svc) MTASTS_MUST_CHECK;

/*
 * pubstore_look - open it when it is away, see whether it has changed
 *
 * Logs when it goes away, once a minute while it is, and when it is back.
 */
enum pubstore_seen pubstore_look(struct pubstore *s);

/* pubstore_drop - close the registry; it is opened at the next look */
void pubstore_drop(struct pubstore *s);

/* pubstore_close - release everything; all zero is fine */
void pubstore_close(struct pubstore *s);

#endif
