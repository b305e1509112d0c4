/*
 * loop - the event loop of a daemon, and the only clock
 *
 * Over libevent's core. Built without libevent's locks: other threads reach a
 * loop only through an eventfd and a queue of ours.
 */
#include "io/loop.h"

#include "base/arena.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* One posted call. */
struct post {
	struct post *next;
	loop_callback *cb;
	void *ctx;
};

struct loop {
	struct event_base *base;
	struct event *wake;
	int wake_fd;
	atomic_bool stopping;
	pthread_mutex_t lock; /* of the queue */
	struct post *first, **last;
};

struct loop_watch {
	struct loop *loop;
	struct event *event;
	loop_callback *cb;
	void *ctx;
	int64_t period_ms; /* 0: once */
};

/* clock_us - microseconds of a clock */
static int64_t
clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
loop_now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

int64_t
loop_now_ms(void)
{
	return clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
loop_time_s(void)
{
	return (int64_t)time(NULL);
}

/* take_posts - the whole queue, which is then empty */
static struct post *
take_posts(struct loop *loop)
{
	struct post *first;

	pthread_mutex_lock(&loop->lock);
	first = loop->first;
	loop->first = NULL;
	loop->last = &loop->first;
	pthread_mutex_unlock(&loop->lock);
	return first;
}

/* on_wake - another thread has posted something, or asks to stop */
static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	struct post *post, *next;
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0)
		return;
	for (post = take_posts(loop); post != NULL; post = next) {
		next = post->next;
		post->cb(post->ctx);
		mem_free(post);
	}
	if (atomic_load(&loop->stopping))
		event_base_loopbreak(loop->base);
}

/* new_base - epoll, without locks and environment; null when it fails */
static struct event_base *
new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config != NULL &&
	    event_config_set_flag(config,
		EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV) == 0)
		base = event_base_new_with_config(config);
	if (config != NULL)
		event_config_free(config);
	return base;
}

enum mtasts_err
loop_new(struct loop **out)
{
	struct loop *loop = mem_zalloc(1, sizeof(*loop));

	if (loop == NULL)
		return MTASTS_ENOMEM;
	loop->last = &loop->first;
	pthread_mutex_init(&loop->lock, NULL);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->base = new_base();
	if (loop->base != NULL && loop->wake_fd >= 0)
		loop->wake = event_new(loop->base, loop->wake_fd,
		    EV_READ | EV_PERSIST, on_wake, loop);
	if (loop->wake == NULL || event_add(loop->wake, NULL) != 0) {
		loop_free(loop);
		return MTASTS_ESYS;
	}
	*out = loop;
	return MTASTS_OK;
}

void
loop_free(struct loop *loop)
{
	struct post *post, *next;

	if (loop == NULL)
		return;
	for (post = take_posts(loop); post != NULL; post = next) {
		next = post->next;
		mem_free(post);
	}
	if (loop->wake != NULL)
		event_free(loop->wake);
	if (loop->base != NULL)
		event_base_free(loop->base);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	pthread_mutex_destroy(&loop->lock);
	mem_free(loop);
}

enum mtasts_err
loop_run(struct loop *loop)
{
	int rc;

	do
		rc = event_base_loop(loop->base, 0);
	while (rc == 0 && !atomic_load(&loop->stopping));
	atomic_store(&loop->stopping, false);
	return rc == 0 ? MTASTS_OK : MTASTS_ESYS;
}

/* wake - let the loop look at its queue */
static void
wake(struct loop *loop)
{
	uint64_t one = 1;

	/* Fails only when the counter is full: then it is readable anyway. */
	if (write(loop->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void
loop_stop(struct loop *loop)
{
	atomic_store(&loop->stopping, true);
	wake(loop);
}

enum mtasts_err
loop_post(struct loop *loop, loop_callback *cb, void *ctx)
{
	struct post *post = mem_zalloc(1, sizeof(*post));

	if (post == NULL)
		return MTASTS_ENOMEM;
	post->cb = cb;
	post->ctx = ctx;
	pthread_mutex_lock(&loop->lock);
	*loop->last = post;
	loop->last = &post->next;
	pthread_mutex_unlock(&loop->lock);
	wake(loop);
	return MTASTS_OK;
}

struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

/* timeval_of - milliseconds as libevent wants them */
static struct timeval
timeval_of(int64_t ms)
{
	struct timeval tv;

	if (ms < 0)
		ms = 0;
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000) * 1000;
	return tv;
}

/* on_watch - call back; the callback may close its own watch */
static void
on_watch(evutil_socket_t fd, short what, void *arg)
{
	struct loop_watch *watch = arg;
	struct timeval tv = timeval_of(watch->period_ms);
	struct loop *loop = watch->loop;

	if (watch->period_ms > 0)
		event_add(watch->event, &tv);
	watch->cb(watch->ctx);
	/* Asked by the callback itself: then no other one is called. */
	if (atomic_load(&loop->stopping))
		event_base_loopbreak(loop->base);
}

/* new_watch - of any kind, not yet waiting */
static struct loop_watch *
new_watch(struct loop *loop, int fd, short what, loop_callback *cb, void *ctx)
{
	struct loop_watch *watch = mem_zalloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->loop = loop;
	watch->cb = cb;
	watch->ctx = ctx;
	watch->event = event_new(loop->base, fd, what, on_watch, watch);
	if (watch->event == NULL) {
		mem_free(watch);
		return NULL;
	}
	return watch;
}

/* waiting - start it; null when that fails */
static struct loop_watch *
waiting(struct loop_watch *watch)
{
	if (watch != NULL && event_add(watch->event, NULL) != 0) {
		loop_watch_close(watch);
		return NULL;
	}
	return watch;
}

struct loop_watch *
loop_timer(struct loop *loop, loop_callback *cb, void *ctx)
{
	return new_watch(loop, -1, 0, cb, ctx);
}

void
loop_timer_start(struct loop_watch *timer, int64_t ms)
{
	struct timeval tv = timeval_of(ms);

	timer->period_ms = 0;
	event_add(timer->event, &tv);
}

void
loop_timer_every(struct loop_watch *timer, int64_t ms)
{
	struct timeval tv = timeval_of(ms > 0 ? ms : 1);

	timer->period_ms = ms > 0 ? ms : 1;
	event_add(timer->event, &tv);
}

void
loop_timer_cancel(struct loop_watch *timer)
{
	timer->period_ms = 0;
	event_del(timer->event);
}

struct loop_watch *
loop_signal(struct loop *loop, int signo, loop_callback *cb, void *ctx)
{
	return waiting(new_watch(loop, signo, EV_SIGNAL | EV_PERSIST, cb, ctx));
}

/* events_of - what to wait for as libevent wants it */
static short
events_of(int what)
{
	short events = EV_PERSIST;

	if ((what & LOOP_READ) != 0)
		events |= EV_READ;
	if ((what & LOOP_WRITE) != 0)
		events |= EV_WRITE;
	return events;
}

struct loop_watch *
loop_fd(struct loop *loop, int fd, int what, loop_callback *cb, void *ctx)
{
	return waiting(new_watch(loop, fd, events_of(what), cb, ctx));
}

bool
loop_fd_set(struct loop_watch *watch, int what)
{
	struct event *event = watch->event;

	event_del(event);
	if (what == 0)
		return true;
	return event_assign(event, watch->loop->base, event_get_fd(event),
		   events_of(what), on_watch, watch) == 0 &&
	    event_add(event, NULL) == 0;
}

void
loop_watch_close(struct loop_watch *watch)
{
	if (watch == NULL)
		return;
	event_free(watch->event);
	mem_free(watch);
}
