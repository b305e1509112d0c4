/*
 * tlskeys_int - what the files of the room tlskeys share, and nobody else
 */
#ifndef MTASTS_IO_TLSKEYS_INT_H
#define MTASTS_IO_TLSKEYS_INT_H

#include "io/tlskeys.h"
#include "io/tlskeys_cache.h"
#include "io/tlskeys_index.h"

#include <pthread.h>

struct tlskeys {
	/* Constant while open. */
	char **folders;
	size_t folder_count;
	char *default_name;
	struct x509_pool *pool;
	struct log *log;
	struct metric *loaded, *load_ok, *load_failed;
	struct metric *refusals[TLSKEYS_CAUSES];
	struct metric *expired_used, *names, *places, *days_left;
	struct metric *within[4]; /* 0, 7, 21, 30 days */

	/* Under the lock, which is held for less than a microsecond. */
	pthread_mutex_t lock;
	struct tlskeys_cache cache;
	struct tlskeys_index *index; /* null until the first scan is done */
	uint64_t generation; /* of the index */
	int64_t log_from_ms; /* the minute whose refusals are counted */
	unsigned log_count;

	/* The thread that scans. */
	pthread_t thread;
	bool running;
	pthread_cond_t wake;
	atomic_bool stop;
};

/* One look at the disk for a name; begun and settled under the lock. */
struct tlskeys_look {
	struct str name; /* a host, or "*.PARENT" for all of a wildcard */
	int64_t now_ms;
	bool direct; /* there is no index yet: try folders by name */
	char dir[TLSKEYS_DIR_MAX]; /* where it should be, or "": nowhere */
	bool had; /* a certificate is loaded */
	bool same_dir; /* and came from dir */
	struct tlskeys_sig old_sig;
	uint64_t generation;
	/* The result. */
	enum tlskeys_cause cause;
	struct x509 *cert; /* a new one; null: none, or nothing changed */
	char *dir_copy;
	struct tlskeys_sig sig;
	struct mtasts_diags *diags;
};

/* tlskeys_look_run - look at the disk, read what is new; without the lock */
void tlskeys_look_run(struct tlskeys *keys, struct tlskeys_look *look);

/* tlskeys_look_end - release what the look still holds */
void tlskeys_look_end(struct tlskeys_look *look);

/* tlskeys_watch_metrics - add the time series; all may be null */
void tlskeys_watch_metrics(struct tlskeys *keys, struct metrics *metrics);

/* tlskeys_watch_start - start the thread that scans; ESYS when it cannot */
enum mtasts_err tlskeys_watch_start(struct tlskeys *keys) MTASTS_MUST_CHECK;

/* tlskeys_watch_stop - end it, release the index */
void tlskeys_watch_stop(struct tlskeys *keys);

#endif
