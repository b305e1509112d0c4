/*
 * policies_thread - the inside of the thread behind task/policies, for
 * policies_disk.c and policies_thread.c alone
 */
#ifndef MTASTS_TASK_POLICIES_THREAD_H
#define MTASTS_TASK_POLICIES_THREAD_H

#include "task/policies_disk.h"

#include <pthread.h>

/* What is to be done to the file before it is used again. */
enum mend { MEND_NOTHING, MEND_OPEN, MEND_RESET };

struct policies_disk {
	char *url;
	pthread_t thread;
	int fd; /* counts the notes */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t work; /* for the thread */
	pthread_cond_t told; /* for who waits for a note, or for the end */
	struct disk_note *first, **last;
	struct disk_find *finds, **last_find;
	struct disk_batch *batch; /* to be written */
	size_t rows_ahead;
	bool hurry, stop, ended;
	int64_t stop_ms;

	/* the thread's own */
	struct policy_db *db;
	enum mend mend;
	bool loaded;
	bool broken; /* a failure was told, and no success since */
	int64_t retry_ms; /* not before; 0: at once */
	int64_t wait_ms; /* how long after the next failure */
	int64_t look_ms;
	int64_t reset_ms; /* last one; 0: never */
	struct disk_note *portion; /* rows being collected */
};

/* disk_main - the thread: arg is its struct policies_disk */
void *disk_main(void *arg);

/* disk_timespec - a moment of loop_now_ms() for pthread_cond_timedwait() */
struct timespec disk_timespec(int64_t ms);

#endif
