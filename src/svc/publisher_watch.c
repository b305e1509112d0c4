/*
 * publisher_watch.c - how old certificates are: metrics and warnings
 *
 * Looks once a minute, or as seldom as keeps it below a hundredth of the time.
 * It has a registry of its own, for reading; that it is away is told elsewhere.
 *
 * BUGS: the end waits for a look that is under way.
 */
#include "svc/publisher_watch.h"

#include "base/arena.h"
#include "io/loop.h"
#include "task/certify.h"

#include <pthread.h>
#include <time.h>

#define PAUSE_MS 60000
#define SHARE	 100 /* of the time is spent on looking at most */

struct pubwatch {
	struct log *log;
	struct certify_metrics metrics;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	struct conf *fresh; /* to be followed, or null */
	bool stop;
	struct conf *conf; /* the thread's */
};

/* look - once at all certificates */
static void
look(struct pubwatch *w)
{
	struct certify_list list = {
		.conf = w->conf, .at = loop_time_s(), .log = w->log
	};
	struct registry *r = NULL;

	if (w->conf->host.certificates.count == 0 ||
	    registry_open(w->conf->store.url, REGISTRY_READ, &r, NULL) !=
		MTASTS_OK)
		return;
	list.registry = r;
	/* What it could not read now it reads a minute later. */
	(void)!certify_metrics_look(&w->metrics, &list);
	registry_close(r);
}

/* until_ms - a time of the monotonic clock */
static struct timespec
until_ms(int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* pause_ms - wait until the next look; false at the end */
static bool
pause_ms(struct pubwatch *w, int64_t ms)
{
	struct timespec until = until_ms(ms);
	bool stop;

	pthread_mutex_lock(&w->lock);
	while (!w->stop && w->fresh == NULL &&
	    pthread_cond_timedwait(&w->wake, &w->lock, &until) == 0)
		;
	if (w->fresh != NULL) {
		conf_free(w->conf);
		w->conf = w->fresh;
		w->fresh = NULL;
	}
	stop = w->stop;
	pthread_mutex_unlock(&w->lock);
	return !stop;
}

/* run - the thread: look, wait, look */
static void *
run(void *arg)
{
	struct pubwatch *w = arg;
	int64_t begun_ms, ms;

	do {
		begun_ms = loop_now_ms();
		look(w);
		ms = (loop_now_ms() - begun_ms) * SHARE;
	} while (pause_ms(w, ms > PAUSE_MS ? ms : PAUSE_MS));
	return NULL;
}

/* release - what pubwatch_open() made but the thread */
static void
release(struct pubwatch *w)
{
	conf_free(w->fresh);
	conf_free(w->conf);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	mem_free(w);
}

enum mtasts_err
pubwatch_open(const struct svc *svc, struct pubwatch **out)
{
	struct pubwatch *w = mem_zalloc(1, sizeof(*w));
	pthread_condattr_t attr;
	enum mtasts_err err;

	if (w == NULL)
		return MTASTS_ENOMEM;
	w->log = svc->log;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	certify_metrics_open(&w->metrics, svc->metrics);
	err = conf_dup(svc->conf, &w->conf);
	if (err == MTASTS_OK && pthread_create(&w->thread, NULL, run, w) != 0)
		err = MTASTS_ESYS;
	if (err == MTASTS_OK)
		*out = w;
	else
		release(w);
	return err;
}

enum mtasts_err
pubwatch_follow(struct pubwatch *w, const struct conf *conf)
{
	struct conf *copy = NULL;
	enum mtasts_err err = conf_dup(conf, &copy);

	if (err != MTASTS_OK)
		return err;
	pthread_mutex_lock(&w->lock);
	conf_free(w->fresh);
	w->fresh = copy;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	return MTASTS_OK;
}

void
pubwatch_close(struct pubwatch *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	release(w);
}
