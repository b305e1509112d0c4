/*
 * policies_thread.c - what the thread behind task/policies does
 *
 * Loads all rows in portions, of which few wait for the loop at a time, and
 * between two portions reads single rows out of turn and writes batches, so
 * that neither an asker nor a change waits for the end of a million rows. A
 * batch that could not be written is tried again until it is. A file that is
 * damaged is given up, one that was removed is made again; then the loop's
 * thread is asked for everything it has. Knows neither which policies are in
 * memory nor what they are for.
 */
#include "task/policies_thread.h"

#include "base/arena.h"

#include <time.h>
#include <unistd.h>

#define RETRY_MIN_MS   1000
#define RETRY_MAX_MS   30000
#define RETRY_HURRY_MS 100
#define LOOK_MS	       10000 /* is the file still there? */
#define RESET_EVERY_MS 60000 /* damaged files are given up at most so often */
#define AHEAD_MS       10 /* to wait for the loop at a time */

/* stopped - was the end asked for? */
static bool
stopped(struct policies_disk *d)
{
	bool stop;

	pthread_mutex_lock(&d->lock);
	stop = d->stop;
	pthread_mutex_unlock(&d->lock);
	return stop;
}

/* nap - wait a moment for memory to come back */
static void
nap(void)
{
	struct timespec t = { .tv_nsec = 50 * 1000000 };

	nanosleep(&t, NULL);
}

/* note_new - an empty note; null only when the end was asked for */
static struct disk_note *
note_new(struct policies_disk *d, enum disk_kind kind)
{
	size_t rows = kind == DISK_ROWS ? DISK_ROWS_MAX : 0;
	struct disk_note *note;

	for (;; nap()) {
		note = mem_alloc(sizeof(*note) + rows * sizeof(*note->rows));
		if (note != NULL) {
			*note = (struct disk_note){ .kind = kind };
			return note;
		}
		if (stopped(d))
			return NULL;
	}
}

/* tell - queue a note; null is fine */
static void
tell(struct policies_disk *d, struct disk_note *note)
{
	uint64_t one = 1;

	if (note == NULL)
		return;
	pthread_mutex_lock(&d->lock);
	*d->last = note;
	d->last = &note->next;
	d->rows_ahead += note->kind == DISK_ROWS;
	pthread_cond_signal(&d->told);
	pthread_mutex_unlock(&d->lock);
	/* The counter has room for more notes than memory has. */
	(void)!write(d->fd, &one, sizeof(one));
}

/* tell_kind - a note of nothing but its kind and a number */
static void
tell_kind(struct policies_disk *d, enum disk_kind kind, size_t count)
{
	struct disk_note *note = note_new(d, kind);

	if (note != NULL)
		note->count = count;
	tell(d, note);
}

/* mend_for - what helps against a trouble */
static enum mend
mend_for(struct policies_disk *d, enum db_trouble trouble)
{
	bool again =
	    d->reset_ms != 0 && loop_now_ms() - d->reset_ms < RESET_EVERY_MS;

	if (policy_db_is_damaged(trouble))
		return again ? MEND_OPEN : MEND_RESET;
	if (trouble == DB_FINE || trouble == DB_BUSY || trouble == DB_FULL)
		return MEND_NOTHING;
	return MEND_OPEN;
}

/* failed - tell of a failure, and when it is tried again */
static void
failed(struct policies_disk *d, enum db_trouble trouble,
    struct mtasts_diags *diags)
{
	struct disk_note *note = note_new(d, DISK_TROUBLE);

	if (d->wait_ms < RETRY_MIN_MS)
		d->wait_ms = RETRY_MIN_MS;
	d->retry_ms = loop_now_ms() + d->wait_ms;
	d->wait_ms =
	    d->wait_ms * 2 < RETRY_MAX_MS ? d->wait_ms * 2 : RETRY_MAX_MS;
	d->broken = true;
	if (note == NULL) {
		mtasts_diags_free(diags);
		return;
	}
	note->trouble = trouble;
	note->diags = diags;
	tell(d, note);
}

/* failed_call - the same for a call on the open file */
static void
failed_call(struct policies_disk *d, enum mtasts_err err)
{
	struct db *db = policy_db_handle(d->db);
	struct mtasts_diags *diags = mtasts_diags_new();
	enum db_trouble trouble =
	    err == MTASTS_ESTORE ? db_trouble(db) : DB_FINE;
	bool first = d->wait_ms == 0;

	if (err == MTASTS_ESTORE && diags != NULL)
		db_explain(db, diags);
	if (d->mend == MEND_NOTHING)
		d->mend = mend_for(d, trouble);
	failed(d, trouble, diags);
	/* Nothing is gained by waiting before a file is made again. */
	if (first && d->mend != MEND_NOTHING)
		d->retry_ms = 0;
}

/* fine - tell that the file is in use again */
static void
fine(struct policies_disk *d)
{
	if (d->broken)
		tell_kind(d, DISK_FINE, 0);
	d->broken = false;
	d->retry_ms = 0;
}

/* worked - the same, and the next failure is a new one */
static void
worked(struct policies_disk *d)
{
	fine(d);
	d->wait_ms = 0;
}

/* tell_fresh - another file is there; everything in memory shall go into it */
static void
tell_fresh(struct policies_disk *d, char *moved, struct mtasts_diags *diags)
{
	struct disk_note *note = note_new(d, DISK_FRESH);

	if (note == NULL) {
		mem_free(moved);
		mtasts_diags_free(diags);
		return;
	}
	note->moved = moved;
	note->diags = diags;
	tell(d, note);
}

/* get_batch - what waits to be written, or null */
static struct disk_batch *
get_batch(struct policies_disk *d)
{
	struct disk_batch *batch;

	pthread_mutex_lock(&d->lock);
	batch = d->batch;
	pthread_mutex_unlock(&d->lock);
	return batch;
}

/* mend - open the file, again or for the first time */
static void
mend(struct policies_disk *d)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	bool lost = d->mend != MEND_NOTHING;
	bool reset = d->mend == MEND_RESET && d->db != NULL;
	int64_t now_at = loop_time_s();
	enum mtasts_err err;
	char *moved = NULL;

	if (reset) {
		d->reset_ms = loop_now_ms();
		err = policy_db_reset(d->url, now_at, &d->db, &moved, diags);
	} else {
		policy_db_close(d->db);
		d->db = NULL;
		err = policy_db_open(d->url, now_at, &d->db, &moved, diags);
	}
	/* It stays lost until it is open: then all is to be written. */
	if (lost)
		d->mend = MEND_OPEN;
	if (moved != NULL || (!err && lost)) {
		/* The findings tell both what was wrong and what is now. */
		tell_fresh(d, moved, err ? NULL : diags);
		diags = err ? diags : NULL;
	}
	if (err) {
		failed(d,
		    err == MTASTS_ESTORE ? db_trouble_found(diags) : DB_FINE,
		    diags);
		return;
	}
	mtasts_diags_free(diags);
	d->mend = MEND_NOTHING;
	d->look_ms = loop_now_ms() + LOOK_MS;
	if (d->loaded && get_batch(d) == NULL)
		fine(d);
}

/* write_batch - all changes in one transaction */
static enum mtasts_err
write_batch(struct policy_db *db, const struct disk_batch *batch)
{
	enum mtasts_err err = policy_db_same(db);
	struct cached_row row;

	if (!err)
		err = policy_db_begin(db);
	if (err)
		return err;
	for (size_t i = 0; i < batch->drops && !err; i++)
		err = policy_db_delete(db, str_of(batch->drop[i]));
	for (size_t i = 0; i < batch->puts && !err; i++) {
		cached_row_of(batch->put[i], &row);
		err = policy_db_put(db, &row);
	}
	if (!err)
		return policy_db_commit(db);
	policy_db_rollback(db);
	return err;
}

/* serve_batch - write the batch if there is one, and it is time */
static void
serve_batch(struct policies_disk *d)
{
	struct disk_batch *batch = get_batch(d);
	struct disk_note *note;
	enum mtasts_err err;

	if (batch == NULL || d->db == NULL || d->mend != MEND_NOTHING ||
	    loop_now_ms() < d->retry_ms)
		return;
	err = write_batch(d->db, batch);
	d->look_ms = loop_now_ms() + LOOK_MS;
	if (err) {
		failed_call(d, err);
		return;
	}
	pthread_mutex_lock(&d->lock);
	d->batch = NULL;
	pthread_mutex_unlock(&d->lock);
	worked(d);
	note = note_new(d, DISK_WRITTEN);
	if (note != NULL)
		note->batch = batch;
	else
		disk_batch_free(batch);
	tell(d, note);
}

/* take_find - the next domain to be read, or null */
static struct disk_find *
take_find(struct policies_disk *d)
{
	struct disk_find *find;

	pthread_mutex_lock(&d->lock);
	find = d->finds;
	if (find != NULL) {
		d->finds = find->next;
		if (d->finds == NULL)
			d->last_find = &d->finds;
	}
	pthread_mutex_unlock(&d->lock);
	return find;
}

/* serve_finds - read what is asked for out of turn */
static void
serve_finds(struct policies_disk *d)
{
	struct disk_find *find;
	struct disk_note *note;
	enum mtasts_err err;

	while ((find = take_find(d)) != NULL) {
		err = MTASTS_ENOENT;
		if (d->db != NULL && d->mend == MEND_NOTHING)
			err = policy_db_get(d->db,
			    str_make(find->domain, find->len), &find->row);
		if (err && err != MTASTS_ENOENT)
			failed_call(d, err);
		note = note_new(d, DISK_FOUND);
		if (note != NULL)
			note->find = find;
		tell(d, note);
	}
}

/* too_far_ahead - do enough rows wait for the loop? */
static bool
too_far_ahead(struct policies_disk *d)
{
	struct timespec until = disk_timespec(loop_now_ms() + AHEAD_MS);
	bool far;

	pthread_mutex_lock(&d->lock);
	far = d->rows_ahead >= DISK_ROWS_AHEAD && !d->stop;
	if (far && d->finds == NULL)
		pthread_cond_timedwait(&d->work, &d->lock, &until);
	pthread_mutex_unlock(&d->lock);
	return far;
}

/* send_portion - hand the collected rows over, see to others; false: stop */
static bool
send_portion(struct policies_disk *d)
{
	tell(d, d->portion);
	d->portion = NULL;
	do {
		serve_finds(d);
		serve_batch(d);
		if (d->mend != MEND_NOTHING || stopped(d))
			return false;
		/* While a write waits for its next try, so may the rows. */
	} while (too_far_ahead(d));
	return true;
}

/* on_row - a row of the file */
static bool
on_row(void *ctx, const struct cached_row *row)
{
	struct policies_disk *d = ctx;
	struct cached *c;

	if (d->portion == NULL)
		d->portion = note_new(d, DISK_ROWS);
	if (d->portion == NULL)
		return false;
	while ((c = cached_new(row)) == NULL) {
		if (stopped(d))
			return false;
		nap();
	}
	d->portion->rows[d->portion->count++] = c;
	return d->portion->count < DISK_ROWS_MAX || send_portion(d);
}

/* load - all rows; when it fails, later again from the beginning */
static void
load(struct policies_disk *d)
{
	int64_t count = 0;
	size_t bad = 0;
	enum mtasts_err err;

	/* Counted in the index: rows may be read although that is damaged. */
	if (policy_db_count(d->db, &count) == MTASTS_OK)
		tell_kind(d, DISK_COUNT, (size_t)count);
	err = policy_db_load(d->db, on_row, d, &bad);
	tell(d, d->portion);
	d->portion = NULL;
	if (err)
		failed_call(d, err);
	d->loaded = !err && d->mend == MEND_NOTHING && !stopped(d);
	if (!d->loaded)
		return;
	tell_kind(d, DISK_LOADED, bad);
	/* A batch that fails is a trouble although all could be read. */
	if (get_batch(d) == NULL)
		worked(d);
}

/* look - is the file still the one that is open? */
static void
look(struct policies_disk *d)
{
	enum mtasts_err err;

	if (d->db == NULL || d->mend != MEND_NOTHING ||
	    loop_now_ms() < d->look_ms)
		return;
	d->look_ms = loop_now_ms() + LOOK_MS;
	err = policy_db_same(d->db);
	if (err)
		failed_call(d, err);
}

/* next_ms - when there is something to do, if nothing new comes */
static int64_t
next_ms(struct policies_disk *d, int64_t now_ms)
{
	bool open = d->db != NULL && d->mend == MEND_NOTHING;
	int64_t next = open ? d->look_ms : now_ms + LOOK_MS;

	if (d->hurry && d->retry_ms > now_ms + RETRY_HURRY_MS)
		d->retry_ms = now_ms + RETRY_HURRY_MS;
	if (!open || !d->loaded || d->batch != NULL)
		next = d->retry_ms < next ? d->retry_ms : next;
	return d->stop && d->stop_ms < next ? d->stop_ms : next;
}

/* rest - wait until there is something to do; false: the end */
static bool
rest(struct policies_disk *d)
{
	struct timespec until;
	int64_t now_ms, next;
	bool go_on;

	pthread_mutex_lock(&d->lock);
	for (;;) {
		now_ms = loop_now_ms();
		go_on = !d->stop || (d->batch != NULL && now_ms < d->stop_ms);
		next = next_ms(d, now_ms);
		if (!go_on || d->finds != NULL || next <= now_ms)
			break;
		until = disk_timespec(next);
		pthread_cond_timedwait(&d->work, &d->lock, &until);
	}
	pthread_mutex_unlock(&d->lock);
	return go_on;
}

void *
disk_main(void *arg)
{
	struct policies_disk *d = arg;

	do {
		serve_finds(d);
		if (loop_now_ms() < d->retry_ms)
			continue;
		if (d->db == NULL || d->mend != MEND_NOTHING)
			mend(d);
		if (d->db == NULL || d->mend != MEND_NOTHING)
			continue;
		if (!d->loaded && !stopped(d))
			load(d);
		serve_batch(d);
		look(d);
	} while (rest(d));
	policy_db_close(d->db);
	pthread_mutex_lock(&d->lock);
	d->ended = true;
	pthread_cond_signal(&d->told);
	pthread_mutex_unlock(&d->lock);
	return NULL;
}
