/*
 * loop - the event loop of a daemon, and the only clock
 *
 * A thin wrap of libevent, so that the floors above io wait for descriptors,
 * timers and signals without knowing it. A loop belongs to one thread; only
 * loop_post() and loop_stop() may be called from others.
 */
#ifndef MTASTS_IO_LOOP_H
#define MTASTS_IO_LOOP_H

#include "mtasts/err.h"

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct loop;
struct loop_watch;

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

/* loop_callback - what a loop calls, in its thread */
typedef void loop_callback(void *ctx);

/* loop_now_ms - milliseconds of a clock that never jumps */
int64_t loop_now_ms(void);

/* loop_now_us - the same clock in microseconds */
int64_t loop_now_us(void);

/* loop_time_s - seconds since 1970 UTC */
int64_t loop_time_s(void);

/* loop_new - a loop for the calling thread. *out: yours, loop_free() */
enum mtasts_err loop_new(struct loop **out) MTASTS_MUST_CHECK;

/* loop_free - release; every watch must have been closed; null is fine */
void loop_free(struct loop *loop);

/* loop_run - dispatch until loop_stop(); ESYS when the loop itself fails */
enum mtasts_err loop_run(struct loop *loop) MTASTS_MUST_CHECK;

/* loop_stop - let loop_run() return soon; any thread, any time */
void loop_stop(struct loop *loop);

/*
 * loop_post - have a function called in the loop's thread
 *
 * Any thread. Calls come in the order of posting. ENOMEM when it cannot.
 * What was posted and not yet called when the loop is freed is dropped.
 */
enum mtasts_err loop_post(
    struct loop *loop, loop_callback *cb, void *ctx) MTASTS_MUST_CHECK;

/* loop_base - for the rooms of io that use libevent themselves; borrowed */
struct event_base *loop_base(struct loop *loop);

/*
 * loop_timer - a timer, not yet running
 *
 * Null when memory is short. Yours: loop_watch_close().
 */
struct loop_watch *loop_timer(struct loop *loop, loop_callback *cb, void *ctx);

/* loop_timer_start - call once in ms milliseconds; starts anew when running */
void loop_timer_start(struct loop_watch *timer, int64_t ms);

/* loop_timer_every - call every ms milliseconds */
void loop_timer_every(struct loop_watch *timer, int64_t ms);

/* loop_timer_cancel - do not call; fine when not running */
void loop_timer_cancel(struct loop_watch *timer);

/* loop_signal - call for each signal from now on; null when it fails */
struct loop_watch *loop_signal(
    struct loop *loop, int signo, loop_callback *cb, void *ctx);

/*
 * loop_fd - call whenever a descriptor is readable or writable
 *
 * what is LOOP_READ, LOOP_WRITE or both; level-triggered; fd is borrowed and
 * must stay open until the watch is closed. Null when it fails.
 */
struct loop_watch *loop_fd(
    struct loop *loop, int fd, int what, loop_callback *cb, void *ctx);

/*
 * loop_fd_set - wait for other things of the same descriptor from now on
 *
 * what as for loop_fd(), or 0: for nothing. False when it fails: then the
 * watch waits for nothing.
 */
bool loop_fd_set(struct loop_watch *watch, int what);

/* loop_watch_close - end a timer, signal or descriptor watch; null is fine */
void loop_watch_close(struct loop_watch *watch);

#endif
