/*
 * tlskeys_watch - the thread that keeps the index of names
 *
 * Scans at start, when a folder's list of names changed (seen within a
 * second), and as often as takes a four-hundredth of its time: each second
 * for 500 certificates, each 20 s for 10,000. Tells how long certificates are
 * still valid. Handshakes never wait for it but for the exchange of a pointer.
 */
#include "io/tlskeys_int.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "io/loop.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#define SCAN_MS_PER_PLACE 2
#define WARN_EVERY_S	  86400
#define WARN_DAYS	  7

void
tlskeys_watch_metrics(struct tlskeys *keys, struct metrics *m)
{
	static const char *const within[] = { "days=\"0\"", "days=\"7\"",
		"days=\"21\"", "days=\"30\"" };
	static const char *const causes[TLSKEYS_CAUSES] = { NULL,
		"cause=\"no-sni\"", "cause=\"bad-name\"",
		"cause=\"unknown-name\"", "cause=\"unreadable\"",
		"cause=\"mismatch\"", "cause=\"unusable\"" };
	size_t i;

	if (m == NULL)
		return;
	keys->loaded =
	    metrics_add(m, METRIC_GAUGE, "mtasts_host_certificates_loaded",
		"Certificates held in memory with their keys.", "");
	keys->places = metrics_add(m, METRIC_GAUGE, "mtasts_host_certificates",
	    "Certificates found in the folders.", "");
	keys->names =
	    metrics_add(m, METRIC_GAUGE, "mtasts_host_certificate_names",
		"Names that some certificate names.", "");
	for (i = 0; i < 4; i++)
		keys->within[i] = metrics_add(m, METRIC_GAUGE,
		    "mtasts_host_certificates_expiring",
		    "Certificates in use that expire within this many days.",
		    within[i]);
	keys->days_left =
	    metrics_add(m, METRIC_GAUGE, "mtasts_host_certificate_days_left",
		"Days left of the certificate in use that expires first.", "");
	keys->load_ok = metrics_add(m, METRIC_COUNTER,
	    "mtasts_host_certificate_loads_total",
	    "Certificates and keys read from disk.", "result=\"ok\"");
	keys->load_failed = metrics_add(m, METRIC_COUNTER,
	    "mtasts_host_certificate_loads_total",
	    "Certificates and keys read from disk.", "result=\"failed\"");
	for (i = TLSKEYS_FINE + 1; i < TLSKEYS_CAUSES; i++)
		keys->refusals[i] = metrics_add(m, METRIC_COUNTER,
		    "mtasts_host_certificate_refusals_total",
		    "TLS sessions refused for want of a certificate.",
		    causes[i]);
	keys->expired_used = metrics_add(m, METRIC_COUNTER,
	    "mtasts_host_certificate_expired_used_total",
	    "TLS sessions that got a certificate that is not valid.", "");
}

/* warn_expiry - say that a certificate ends, at most once a day */
static void
warn_expiry(
    struct tlskeys *keys, struct tlskeys_place *place, int64_t days, int64_t at)
{
	struct timefmt until;
	struct log_line line;

	if (days >= WARN_DAYS ||
	    (place->warned_at != 0 && at - place->warned_at < WARN_EVERY_S))
		return;
	place->warned_at = at;
	log_begin(&line, keys->log, days < 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
	    days < 0 ? "certificate-expired" : "certificate-expires-soon");
	log_str(&line, "name", place->names[0]);
	log_cstr(&line, "folder", place->dir);
	log_cstr(&line, "until", timefmt_rfc3339(&until, place->not_after_at));
	log_cstr(&line, "fix", "renew it, and see why it was not by itself");
	log_end(&line);
}

/* survey - count by days left what is in use */
static void
survey(struct tlskeys *keys, const struct tlskeys_index *index, int64_t at)
{
	/* As tlskeys_watch_metrics() labels them. */
	static const int64_t within_days[] = { 0, 7, 21, 30 };
	int64_t counts[4] = { 0 }, least = INT64_MAX;
	size_t i, k;

	for (i = 0; i < tlskeys_index_count(index); i++) {
		struct tlskeys_place *place = tlskeys_index_place(index, i);
		int64_t left_s = place->not_after_at - at;
		int64_t days =
		    left_s >= 0 ? left_s / 86400 : -1 - (-1 - left_s) / 86400;

		if (!place->serves)
			continue;
		for (k = 0; k < 4; k++)
			counts[k] += left_s < within_days[k] * 86400;
		if (days < least)
			least = days;
		warn_expiry(keys, place, days, at);
	}
	for (k = 0; k < 4; k++)
		metric_set(keys->within[k], counts[k]);
	metric_set(keys->days_left, least == INT64_MAX ? 0 : least);
	metric_set(keys->names, (int64_t)tlskeys_index_names(index));
	metric_set(keys->places, (int64_t)tlskeys_index_count(index));
}

/* scan_now - make a new index and put it in the place of the old one */
static void
scan_now(struct tlskeys *keys, const struct tlskeys_scan *scan)
{
	struct tlskeys_index *before = keys->index, *index = NULL;
	enum mtasts_err err = tlskeys_index_scan(scan, before, &index);
	bool same;

	if (err != MTASTS_OK) {
		if (err != MTASTS_ETIMEOUT)
			log_event(keys->log, LOG_LEVEL_ERROR,
			    "certificate-scan-failed", "cause",
			    "out of memory or file descriptors; what is known "
			    "stays in use, and it is tried again");
		return;
	}
	same = tlskeys_index_same(before, index);
	pthread_mutex_lock(&keys->lock);
	keys->index = index;
	if (!same)
		keys->generation++;
	pthread_mutex_unlock(&keys->lock);
	tlskeys_index_free(before);
	survey(keys, index, scan->at);
	if (!same) {
		struct log_line line;

		log_begin(&line, keys->log, LOG_LEVEL_INFO, "certificates");
		log_int(&line, "count", (int64_t)tlskeys_index_count(index));
		log_int(&line, "names", (int64_t)tlskeys_index_names(index));
		log_end(&line);
	}
}

/* rest - wait a second, or until told to stop */
static void
rest(struct tlskeys *keys)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&keys->lock);
	if (!atomic_load(&keys->stop))
		(void)pthread_cond_timedwait(&keys->wake, &keys->lock, &until);
	pthread_mutex_unlock(&keys->lock);
}

/* watch_main - the thread */
static void *
watch_main(void *ctx)
{
	struct tlskeys *keys = ctx;
	struct tlskeys_scan scan = {
		.folders = (const char *const *)keys->folders,
		.folder_count = keys->folder_count,
		.pool = keys->pool,
		.log = keys->log,
		.stop = &keys->stop,
	};
	int64_t next_ms = 0;

	/* On Linux this is the thread's own: handshakes go before it. */
	(void)setpriority(PRIO_PROCESS, 0, 10);
	while (!atomic_load(&keys->stop)) {
		if (keys->index == NULL || loop_now_ms() >= next_ms ||
		    tlskeys_index_stale(keys->index, &scan)) {
			scan.at = loop_time_s();
			scan_now(keys, &scan);
			next_ms = loop_now_ms();
			if (keys->index != NULL)
				next_ms += SCAN_MS_PER_PLACE *
				    (int64_t)tlskeys_index_count(keys->index);
		}
		rest(keys);
	}
	return NULL;
}

enum mtasts_err
tlskeys_watch_start(struct tlskeys *keys)
{
	pthread_condattr_t attr;
	sigset_t all, old;
	int failed;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	failed = pthread_cond_init(&keys->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (failed != 0)
		return MTASTS_ESYS;
	/* Signals are for the thread that has the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = pthread_create(&keys->thread, NULL, watch_main, keys);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (failed != 0) {
		pthread_cond_destroy(&keys->wake);
		return MTASTS_ESYS;
	}
	keys->running = true;
	return MTASTS_OK;
}

void
tlskeys_watch_stop(struct tlskeys *keys)
{
	if (!keys->running)
		return;
	pthread_mutex_lock(&keys->lock);
	atomic_store(&keys->stop, true);
	pthread_cond_signal(&keys->wake);
	pthread_mutex_unlock(&keys->lock);
	pthread_join(keys->thread, NULL);
	pthread_cond_destroy(&keys->wake);
	keys->running = false;
	tlskeys_index_free(keys->index);
	keys->index = NULL;
}
