/*
 * httpd - opening, starting and stopping the server
 *
 * Knows no protocol; see io/httpd_int.h for who does what.
 */
#include "io/httpd.h"

#include "base/arena.h"
#include "io/httpd_int.h"
#include "io/loop.h"

#include <signal.h>
#include <unistd.h>

#define WORKERS_MAX 256

/* count_workers - as configured, or one per core that we may use */
static unsigned
count_workers(unsigned configured)
{
	long n =
	    configured != 0 ? (long)configured : sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return n > WORKERS_MAX ? WORKERS_MAX : (unsigned)n;
}

enum mtasts_err
httpd_open(const struct httpd_conf *conf, struct httpd **out,
    struct mtasts_diags *diags)
{
	struct httpd *h = mem_zalloc(1, sizeof(*h));
	enum mtasts_err err;

	if (h == NULL)
		return MTASTS_ENOMEM;
	h->conf = *conf;
	atomic_init(&h->pause_log_ms, INT64_MIN / 2);
	pthread_mutex_init(&h->limits_lock, NULL);
	h->conf.trusted_proxies = NULL;
	err = httpd_peer_open(&h->peers);
	if (err == MTASTS_OK)
		err = httpd_limits_new(conf, &h->limits, diags);
	if (err == MTASTS_OK && conf->use_cert != NULL)
		err = httpd_tls_open(h);
	if (err != MTASTS_OK) {
		httpd_close(h);
		return err;
	}
	httpd_stat_open(&h->stat, conf->metrics);
	*out = h;
	return MTASTS_OK;
}

enum mtasts_err
httpd_listen(struct httpd *h, const struct httpd_listener *listener)
{
	if (h->started || (listener->tls && h->ssl_ctx == NULL))
		return MTASTS_EINVAL;
	if (h->listener_count == HTTPD_LISTENERS)
		return MTASTS_ELIMIT;
	h->listeners[h->listener_count++] = *listener;
	return MTASTS_OK;
}

/* release_workers - those that were opened */
static void
release_workers(struct httpd *h)
{
	unsigned i;

	for (i = 0; i < h->worker_count; i++)
		httpd_worker_close(&h->workers[i]);
	mem_free(h->workers);
	h->workers = NULL;
	h->worker_count = 0;
}

/* start_threads - with all signals blocked: they are for the main thread */
static enum mtasts_err
start_threads(struct httpd *h)
{
	enum mtasts_err err = MTASTS_OK;
	sigset_t all, before;
	unsigned i;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (i = 0; err == MTASTS_OK && i < h->worker_count; i++) {
		struct worker *w = &h->workers[i];

		if (pthread_create(&w->thread, NULL, httpd_worker_main, w) == 0)
			w->running = true;
		else
			err = MTASTS_ESYS;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

enum mtasts_err
httpd_start(struct httpd *h)
{
	unsigned i, count = count_workers(h->conf.workers);
	enum mtasts_err err = MTASTS_OK;

	if (h->started)
		return MTASTS_EINVAL;
	h->started = true;
	h->workers = mem_zalloc(count, sizeof(*h->workers));
	if (h->workers == NULL)
		return MTASTS_ENOMEM;
	for (i = 0; err == MTASTS_OK && i < count; i++) {
		h->worker_count++;
		err = httpd_worker_open(&h->workers[i], h);
	}
	if (err == MTASTS_OK)
		err = start_threads(h);
	if (err != MTASTS_OK)
		httpd_stop(h, 0);
	return err;
}

void
httpd_wake(struct httpd *h)
{
	uint64_t one = 1;
	unsigned i;

	for (i = 0; i < h->worker_count; i++)
		if (h->workers[i].running &&
		    write(h->workers[i].wake_fd, &one, sizeof(one)) < 0)
			continue; /* its counter is full: it is awake */
}

unsigned
httpd_stop(struct httpd *h, int64_t timeout_ms)
{
	unsigned i;

	atomic_store(&h->stop_ms, loop_now_ms() + timeout_ms);
	atomic_store(&h->stopping, true);
	httpd_wake(h);
	for (i = 0; i < h->worker_count; i++)
		if (h->workers[i].running)
			pthread_join(h->workers[i].thread, NULL);
	release_workers(h);
	return atomic_load(&h->cut_off);
}

void
httpd_close(struct httpd *h)
{
	if (h == NULL)
		return;
	httpd_stop(h, 0);
	httpd_tls_close(h);
	httpd_peer_close(&h->peers);
	httpd_limits_put(h->limits);
	pthread_mutex_destroy(&h->limits_lock);
	mem_free(h);
}

unsigned
httpd_connections(const struct httpd *h)
{
	return atomic_load(&h->open);
}
