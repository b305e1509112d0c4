/*
 * policies_changes - what differs between memory and disk, for task/policies*.c
 * alone
 *
 * Names only: a policy is copied when its batch is put together. Two
 * generations, so that what was changed first is written first however much
 * comes after it: "now" is being written and only shrinks, "next" grows. Behind
 * them wait policies that were only touched, and after a loss of the file all
 * policies that there are.
 */
#ifndef MTASTS_TASK_POLICIES_CHANGES_H
#define MTASTS_TASK_POLICIES_CHANGES_H

#include "base/map.h"
#include "core/cached.h"
#include "task/policies_disk.h"

/* One generation. */
struct changes_set {
	struct map puts; /* domain -> its block in memory */
	struct map drops; /* domain -> char *, the key: ours */
};

struct changes {
	const struct map *all; /* domain -> block: what is in memory */
	struct changes_set now, next;
	size_t now_pos; /* walk through now.puts */
	uint64_t generation; /* of now */
	struct map touched; /* domain -> block */
	bool touched_due; /* to be written as soon as there is room */
	size_t touched_pos;
	bool sweep; /* all is to be written */
	size_t sweep_pos;
	const struct map_slot *sweep_slots; /* the walk was through these */
};

/* changes_init - nothing differs; all is borrowed */
void changes_init(
    struct changes *ch, const struct map *all, const uint64_t seed[2]);

/* changes_free - release */
void changes_free(struct changes *ch);

/*
 * changes_put - a block is going to take its domain's place in memory
 *
 * ENOMEM: nothing was noted.
 */
enum mtasts_err changes_put(
    struct changes *ch, struct cached *block) MTASTS_MUST_CHECK;

/* changes_touch - a block was changed in place; when memory is short: not */
void changes_touch(struct changes *ch, struct cached *block);

/* changes_forget - a block that could not be put after all, or goes */
void changes_forget(struct changes *ch, struct str domain);

/*
 * changes_drop - a domain is to be deleted on disk
 *
 * The domain's block, if any, is still there. ENOMEM: it will stay on disk.
 */
enum mtasts_err changes_drop(
    struct changes *ch, struct str domain) MTASTS_MUST_CHECK;

/* changes_sweep - everything in memory is to be written, from the first */
void changes_sweep(struct changes *ch);

/* changes_waiting - is there something to be written without delay? */
bool changes_waiting(const struct changes *ch);

/* changes_count - how many policies differ, touched ones not counted */
size_t changes_count(const struct changes *ch);

/* changes_last - the generation that all changes so far are written with */
uint64_t changes_last(const struct changes *ch);

/*
 * changes_written - is all on disk that belongs to this generation?
 *
 * When no batch is out.
 */
bool changes_written(const struct changes *ch, uint64_t generation);

/*
 * changes_batch - the next batch of copies
 *
 * Null when nothing is waiting or memory is short. Yours: disk_batch_free().
 */
struct disk_batch *changes_batch(struct changes *ch);

#endif
