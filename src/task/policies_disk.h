/*
 * policies_disk - the thread that loads and writes policies.db, for
 * task/policies*.c alone
 *
 * The thread owns the file. What it is told: a domain to be read, a batch to be
 * written, the end. What it tells comes as notes, one after the other, which
 * the loop's thread takes; a descriptor is readable while there are any.
 */
#ifndef MTASTS_TASK_POLICIES_DISK_H
#define MTASTS_TASK_POLICIES_DISK_H

#include "core/cached.h"
#include "core/limits.h"
#include "io/loop.h"
#include "store/policy_db.h"

#define DISK_ROWS_MAX	 400 /* of one note: the loop's work at a time */
#define DISK_ROWS_AHEAD	 4 /* notes of rows that wait for the loop */
#define DISK_BATCH_MAX	 2000 /* changes of one transaction */
#define DISK_BATCH_BYTES (2u << 20) /* and their size, about */

struct policies_disk;

/* A domain that is read out of turn. */
struct disk_find {
	struct disk_find *next; /* in the disk's queue */
	struct disk_find *after; /* in the list of who asked */
	struct cached *row; /* what was found, or null */
	loop_callback *done; /* null: cancelled */
	void *ctx;
	size_t len;
	char domain[LIMIT_POLICY_DOMAIN_LEN + 1];
};

/* Changes that are written together; blocks and names belong to it. */
struct disk_batch {
	size_t puts, drops, bytes;
	struct cached *put[DISK_BATCH_MAX];
	char *drop[DISK_BATCH_MAX];
};

enum disk_kind {
	DISK_COUNT, /* so many rows are going to be loaded */
	DISK_ROWS, /* some of them */
	DISK_LOADED, /* that was all; count: rows that made no sense */
	DISK_FOUND, /* a find is done */
	DISK_WRITTEN, /* the batch is on disk, and belongs to you again */
	DISK_FRESH, /* another file is in place: write everything */
	DISK_TROUBLE, /* something failed; it is tried again */
	DISK_FINE /* the file is in use again */
};

/* One thing that the thread tells. */
struct disk_note {
	struct disk_note *next;
	enum disk_kind kind;
	enum db_trouble trouble; /* DISK_TROUBLE; DB_FINE: no memory */
	size_t count; /* DISK_COUNT, DISK_ROWS, DISK_LOADED */
	struct disk_find *find; /* DISK_FOUND */
	struct disk_batch *batch; /* DISK_WRITTEN */
	char *moved; /* DISK_FRESH: where the damaged file went, or null */
	struct mtasts_diags *diags; /* or null */
	struct cached *rows[]; /* DISK_ROWS: room for DISK_ROWS_MAX */
};

/*
 * disk_open - start the thread
 *
 * db   the open file, taken over; null: it could not be opened so far
 * url  of the store, copied
 *
 * On failure (ENOMEM, ESYS) db is still yours. *out: yours, disk_close().
 */
enum mtasts_err disk_open(const char *url, struct policy_db *db,
    struct policies_disk **out) MTASTS_MUST_CHECK;

/*
 * disk_close - end the thread, which tries to write its batch until a time
 *
 * deadline_ms is of loop_now_ms(). False: the thread hangs in a call of the
 * system and was left alone, with its memory.
 */
bool disk_close(struct policies_disk *d, int64_t deadline_ms);

/* disk_fd - readable while there are notes; one read of 8 bytes takes one */
int disk_fd(const struct policies_disk *d);

/* disk_take - the next note, or null; yours: disk_done() */
struct disk_note *disk_take(struct policies_disk *d);

/* disk_wait - until there is a note or it is that late */
void disk_wait(struct policies_disk *d, int64_t deadline_ms);

/* disk_done - give a note back; frees what is still in it */
void disk_done(struct policies_disk *d, struct disk_note *note);

/* disk_find - read a domain; the block is handed over until DISK_FOUND */
void disk_find(struct policies_disk *d, struct disk_find *find);

/* disk_write - write a batch, handed over until DISK_WRITTEN; one at a time */
void disk_write(struct policies_disk *d, struct disk_batch *batch);

/* disk_hurry - from now on failed writes are tried again without delay */
void disk_hurry(struct policies_disk *d);

/* disk_batch_free - release it and what is in it; null is fine */
void disk_batch_free(struct disk_batch *batch);

#endif
