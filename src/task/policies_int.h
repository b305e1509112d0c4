/*
 * policies_int - the inside of the policies, for policies.c and
 * policies_notes.c alone
 */
#ifndef MTASTS_TASK_POLICIES_INT_H
#define MTASTS_TASK_POLICIES_INT_H

#include "store/db.h"
#include "task/policies.h"
#include "task/policies_changes.h"
#include "task/policies_disk.h"

/* Somebody waits until all is on disk. */
struct flush {
	struct flush *next;
	uint64_t generation;
	loop_callback *done;
	void *ctx;
};

struct policies {
	struct loop *loop;
	struct log *log;
	struct map all; /* domain -> its block */
	struct changes changes;
	struct map gone; /* dropped while loading: char *, the key */
	bool loaded;
	int64_t begun_ms;

	struct policies_disk *disk; /* null: memory only */
	struct loop_watch *notes, *write_timer, *touch_timer, *flush_timer;
	bool write_soon, touch_soon;
	size_t flying; /* changes of the batch that is out; 0: none is */
	struct disk_find *finds;
	struct flush *flushes;

	const char *trouble; /* static; null: all is well */
	int64_t trouble_ms; /* since when */
	int64_t said_ms; /* logged last */

	struct metric *count, *ok, *unsaved, *corrupt, *skipped;
};

/* policies_show - bring the gauges up to date */
void policies_show(struct policies *p);

/* policies_hand_over - give the next batch to the disk if it has none */
void policies_hand_over(struct policies *p);

/* policies_write_later - hand over in a moment */
void policies_write_later(struct policies *p);

/* policies_take_note - act upon one thing that the disk tells; it is freed */
void policies_take_note(struct policies *p, struct disk_note *note);

/* policies_end_flushes - call those whose changes are on disk, or all */
void policies_end_flushes(struct policies *p, bool all);

/* policies_forget_gone - loading is over */
void policies_forget_gone(struct policies *p);

/* policies_on_trouble - the file cannot be used: log it once, count */
void policies_on_trouble(struct policies *p, enum db_trouble trouble,
    const struct mtasts_diags *diags);

/* policies_say_moved - log and count a damaged file that was given up */
void policies_say_moved(struct policies *p, const char *moved);

#endif
