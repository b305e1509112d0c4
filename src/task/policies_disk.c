/*
 * policies_disk.c - starting and ending the thread behind task/policies, and
 * the queues between it and the loop's thread
 *
 * A descriptor of its own and not loop_post(): what was not taken when the
 * policies are closed is released with them.
 */
#include "task/policies_disk.h"

#include "base/arena.h"
#include "task/policies_thread.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MS 1000 /* when the file could not be opened at start */
#define JOIN_MS	 2000 /* more than the longest wait for a lock */

struct timespec
disk_timespec(int64_t ms)
{
	return (struct timespec){ .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000 };
}

/* start - the thread, with all signals left to the loop's */
static enum mtasts_err
start(struct policies_disk *d)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&d->thread, NULL, disk_main, d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? MTASTS_OK : MTASTS_ESYS;
}

/* set_up - locks and queues */
static void
set_up(struct policies_disk *d)
{
	pthread_condattr_t clock;

	d->last = &d->first;
	d->last_find = &d->finds;
	pthread_mutex_init(&d->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&d->work, &clock);
	pthread_cond_init(&d->told, &clock);
	pthread_condattr_destroy(&clock);
}

/* release - all but the thread and its file */
static void
release(struct policies_disk *d)
{
	struct disk_note *note;

	while ((note = disk_take(d)) != NULL)
		disk_done(d, note);
	disk_batch_free(d->batch);
	pthread_cond_destroy(&d->work);
	pthread_cond_destroy(&d->told);
	pthread_mutex_destroy(&d->lock);
	if (d->fd >= 0)
		close(d->fd);
	mem_free(d->url);
	mem_free(d);
}

enum mtasts_err
disk_open(const char *url, struct policy_db *db, struct policies_disk **out)
{
	struct policies_disk *d = mem_zalloc(1, sizeof(*d));
	enum mtasts_err err = MTASTS_ENOMEM;

	if (d == NULL)
		return MTASTS_ENOMEM;
	set_up(d);
	d->db = db;
	d->url = mem_strdup(str_of(url));
	d->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	d->retry_ms = db == NULL ? loop_now_ms() + RETRY_MS : 0;
	d->broken = db == NULL;
	if (d->url != NULL)
		err = d->fd >= 0 ? start(d) : MTASTS_ESYS;
	if (err) {
		release(d);
		return err;
	}
	*out = d;
	return MTASTS_OK;
}

bool
disk_close(struct policies_disk *d, int64_t deadline_ms)
{
	struct timespec until = disk_timespec(deadline_ms + JOIN_MS);
	bool ended;
	int rc = 0;

	pthread_mutex_lock(&d->lock);
	d->stop = true;
	d->hurry = true;
	d->stop_ms = deadline_ms;
	pthread_cond_signal(&d->work);
	while (!d->ended && rc == 0)
		rc = pthread_cond_timedwait(&d->told, &d->lock, &until);
	ended = d->ended;
	pthread_mutex_unlock(&d->lock);
	if (!ended) {
		pthread_detach(d->thread);
		return false;
	}
	pthread_join(d->thread, NULL);
	release(d);
	return true;
}

int
disk_fd(const struct policies_disk *d)
{
	return d->fd;
}

struct disk_note *
disk_take(struct policies_disk *d)
{
	struct disk_note *note;

	pthread_mutex_lock(&d->lock);
	note = d->first;
	if (note != NULL) {
		d->first = note->next;
		if (d->first == NULL)
			d->last = &d->first;
	}
	pthread_mutex_unlock(&d->lock);
	return note;
}

void
disk_wait(struct policies_disk *d, int64_t deadline_ms)
{
	struct timespec until = disk_timespec(deadline_ms);

	pthread_mutex_lock(&d->lock);
	if (d->first == NULL && !d->ended)
		pthread_cond_timedwait(&d->told, &d->lock, &until);
	pthread_mutex_unlock(&d->lock);
}

void
disk_done(struct policies_disk *d, struct disk_note *note)
{
	bool rows = note->kind == DISK_ROWS;

	for (size_t i = 0; rows && i < note->count; i++)
		mem_free(note->rows[i]);
	disk_batch_free(note->batch);
	mtasts_diags_free(note->diags);
	mem_free(note->moved);
	mem_free(note);
	if (!rows)
		return;
	pthread_mutex_lock(&d->lock);
	d->rows_ahead--;
	pthread_cond_signal(&d->work);
	pthread_mutex_unlock(&d->lock);
}

void
disk_find(struct policies_disk *d, struct disk_find *find)
{
	find->next = NULL;
	pthread_mutex_lock(&d->lock);
	*d->last_find = find;
	d->last_find = &find->next;
	pthread_cond_signal(&d->work);
	pthread_mutex_unlock(&d->lock);
}

void
disk_write(struct policies_disk *d, struct disk_batch *batch)
{
	pthread_mutex_lock(&d->lock);
	d->batch = batch;
	pthread_cond_signal(&d->work);
	pthread_mutex_unlock(&d->lock);
}

void
disk_hurry(struct policies_disk *d)
{
	pthread_mutex_lock(&d->lock);
	d->hurry = true;
	pthread_cond_signal(&d->work);
	pthread_mutex_unlock(&d->lock);
}

void
disk_batch_free(struct disk_batch *batch)
{
	if (batch == NULL)
		return;
	for (size_t i = 0; i < batch->puts; i++)
		mem_free(batch->put[i]);
	for (size_t i = 0; i < batch->drops; i++)
		mem_free(batch->drop[i]);
	mem_free(batch);
}
