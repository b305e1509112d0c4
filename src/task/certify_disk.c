/*
 * certify_disk.c - which certificates there are
 *
 * The folders that mtasts-host reads, seen as it sees them: by the index of
 * io/tlskeys. Thousands of certificates take seconds, so a thread looks and
 * posts; it has ended before anybody uses what it made. Never reads a key.
 */
#include "task/certify_int.h"

#include "io/loop.h"

#include <signal.h>
#include <stdio.h>

#define AGAIN_MS 60000 /* files may change in place */
#define LEAST_MS 1000 /* between looks, whatever is added or removed */
#define SHARE	 20 /* looking takes a part of the time at most */

/* on_scanned - the thread has ended */
static void
on_scanned(void *ctx)
{
	struct certifier *c = ctx;
	struct certify_disk *d = &c->disk;

	pthread_join(d->thread, NULL);
	d->running = false;
	d->took_ms = loop_now_ms() - d->seen_ms;
	if (d->fresh != NULL) {
		tlskeys_index_free(d->index);
		d->index = d->fresh;
		d->fresh = NULL;
	}
	certify_wake(c);
}

/* scan_main - the thread */
static void *
scan_main(void *ctx)
{
	struct certify_disk *d = ctx;

	if (tlskeys_index_scan(&d->scan, d->index, &d->fresh) != MTASTS_OK)
		d->fresh = NULL;
	/* Without memory for a note the next job would wait for ever. */
	while (loop_post(d->c->conf.loop, on_scanned, d->c) != MTASTS_OK)
		sched_yield();
	return NULL;
}

/* start - have the folders looked at */
static enum mtasts_err
start(struct certify_disk *d)
{
	sigset_t all, before;
	int rc;

	d->seen_ms = loop_now_ms();
	d->scan.at = loop_time_s();
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	rc = pthread_create(&d->thread, NULL, scan_main, d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	d->running = rc == 0;
	return rc == 0 ? MTASTS_OK : MTASTS_ESYS;
}

enum mtasts_err
certify_disk_open(struct certifier *c)
{
	const struct conf_list *folders = &c->conf.conf->host.certificates;
	struct certify_disk *d = &c->disk;

	d->c = c;
	atomic_init(&d->stop, false);
	d->pool = x509_pool_new();
	if (d->pool == NULL)
		return MTASTS_ENOMEM;
	d->scan = (struct tlskeys_scan){ .folders = folders->v,
		.folder_count = folders->count,
		.pool = d->pool,
		.log = c->conf.log,
		.stop = &d->stop };
	return start(d);
}

void
certify_disk_close(struct certifier *c)
{
	struct certify_disk *d = &c->disk;

	if (d->running) {
		atomic_store(&d->stop, true);
		pthread_join(d->thread, NULL);
		tlskeys_index_free(d->fresh);
	}
	tlskeys_index_free(d->index);
	x509_pool_free(d->pool);
}

/*
 * is_fresh - is the last look good enough?
 *
 * Each order of ours adds something; ten thousand orders must not be ten
 * thousand looks at ten thousand folders. What we place is found without.
 */
static bool
is_fresh(struct certify_disk *d)
{
	int64_t age_ms = loop_now_ms() - d->seen_ms;
	int64_t least_ms = SHARE * d->took_ms;

	if (age_ms < (least_ms > LEAST_MS ? least_ms : LEAST_MS))
		return true;
	return age_ms < AGAIN_MS && !tlskeys_index_stale(d->index, &d->scan);
}

bool
certify_disk_ready(struct certifier *c)
{
	struct certify_disk *d = &c->disk;

	if (d->running)
		return false;
	if (d->index != NULL && is_fresh(d))
		return true;
	/* What was seen before is better than nothing. */
	return start(d) != MTASTS_OK && d->index != NULL;
}

void
certify_find(const struct tlskeys_index *index, const char *ours,
    const char *host, int64_t at, struct certify_found *out)
{
	const struct tlskeys_place *place =
	    tlskeys_index_find(index, str_of(host), at);
	char path[TLSKEYS_DIR_MAX];

	*out = (struct certify_found){ .ours = false };
	if (place == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%s", ours, host);
	out->ours = strcmp(path, place->dir) == 0;
	out->cert.not_before_at = place->not_before_at;
	out->cert.not_after_at = place->not_after_at;
	snprintf(out->dir, sizeof(out->dir), "%s", place->dir);
}

void
certify_find_placed(
    const char *ours, const char *host, struct certify_found *found)
{
	struct certplan_cert cert = { .not_after_at = 0 };
	char path[TLSKEYS_DIR_MAX + 32];
	struct x509 *x = NULL;
	struct buf pem;

	snprintf(path, sizeof(path), "%s/%s/" TLSKEYS_CERT_FILE, ours, host);
	buf_init(&pem, X509_FILE_MAX);
	if (x509_read_file(path, &pem, NULL) == MTASTS_OK &&
	    x509_parse(NULL, buf_str(&pem), NULL, &x, NULL) == MTASTS_OK &&
	    x509_names_host(x, str_of(host)))
		cert = (struct certplan_cert){ x509_not_before(x),
			x509_not_after(x) };
	x509_free(x);
	buf_free(&pem);
	if (cert.not_after_at <= found->cert.not_after_at)
		return;
	found->cert = cert;
	found->ours = true;
	snprintf(found->dir, sizeof(found->dir), "%s/%s", ours, host);
}
