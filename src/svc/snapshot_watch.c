/*
 * snapshot_watch.c - the thread that keeps the table in step with the registry
 *
 * Looks at the registry's version a few times a second and builds a new table
 * when it changed. While the registry is away the last good table stays; what
 * is wrong is logged when it begins, when it becomes something else, and again
 * every ten minutes. Knows nothing of HTTP.
 */
#include "svc/snapshot.h"

#include "base/arena.h"
#include "io/loop.h"
#include "store/db.h"
#include "store/registry_db.h"

#include <pthread.h>
#include <time.h>

/* A registry that stays away is mentioned so often. */
#define SAY_AGAIN_MS 600000

struct snapshot_watch {
	struct snapshot_conf conf;
	char *url;
	struct registry *registry; /* the thread's own; null while away */
	int64_t version; /* that the table was built from */
	enum db_trouble away; /* said in the log; DB_FINE: all is well */
	int64_t away_ms; /* since when */
	int64_t said_ms; /* when it was said last */

	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	struct snapshot *now;
	int64_t good_ms; /* when the table was last in step; 0: never */
	bool stop;

	struct metric *domains;
	struct metric *loads;
	struct metric *failures;
};

/* publish - let requests use a new table, or note that the old one is good */
static void
publish(struct snapshot_watch *w, struct snapshot *snap)
{
	struct snapshot *old = NULL;
	int64_t now_ms = loop_now_ms();

	pthread_mutex_lock(&w->lock);
	w->good_ms = now_ms;
	if (snap != NULL) {
		old = w->now;
		w->now = snap;
	}
	pthread_mutex_unlock(&w->lock);
	snapshot_put(old);
}

/* trouble_of - which trouble the findings tell of; DB_IO when none does */
static enum db_trouble
trouble_of(enum mtasts_err err, const struct mtasts_diags *diags)
{
	size_t i, k;

	/* A file that is not there has no finding: it may be yet to come. */
	if (err == MTASTS_ENOENT)
		return DB_NO_FOLDER;
	for (i = 0; i < mtasts_diags_count(diags); i++)
		for (k = DB_FINE + 1; k < DB_TROUBLES; k++)
			if (strcmp(mtasts_diags_get(diags, i)->name,
				db_rules[k].name) == 0)
				return (enum db_trouble)k;
	return DB_IO;
}

/* say_away - log that the registry cannot be read, and what is served */
static void
say_away(struct snapshot_watch *w, enum mtasts_err err,
    const struct mtasts_diags *diags)
{
	enum db_trouble trouble = trouble_of(err, diags);
	bool served = w->good_ms != 0;
	int64_t now_ms = loop_now_ms();
	struct log_line line;

	metric_inc(w->failures);
	if (w->away == DB_FINE)
		w->away_ms = now_ms;
	if (w->away == trouble && now_ms - w->said_ms < SAY_AGAIN_MS)
		return;
	w->away = trouble;
	w->said_ms = now_ms;
	log_findings(w->conf.log, "registry", diags);
	log_begin(&line, w->conf.log,
	    err == MTASTS_ENOENT && !served ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR,
	    "registry-away");
	log_cstr(&line, "url", w->url);
	log_cstr(&line, "serving",
	    served ? "the policies that were read last"
		   : "503 to every sender");
	if (err == MTASTS_ENOENT)
		log_cstr(&line, "fix",
		    served ? "put registry.db back, or mend store.url"
			   : "\"mtasts domain add DOMAIN\" makes it; or mend "
			     "store.url");
	else if (mtasts_diags_count(diags) == 0)
		log_cstr(&line, "reason", mtasts_strerror(err));
	log_end(&line);
}

/* say_loaded - log that a table is in use, and how large it is */
static void
say_loaded(struct snapshot_watch *w, const struct snapshot *snap)
{
	int64_t count = (int64_t)snapshot_count(snap);
	struct log_line line;

	metric_inc(w->loads);
	metric_set(w->domains, count);
	log_begin(&line, w->conf.log, LOG_LEVEL_INFO, "registry-loaded");
	log_int(&line, "domains", count);
	if (w->away != DB_FINE)
		log_int(&line, "away_s", (loop_now_ms() - w->away_ms) / 1000);
	log_end(&line);
	w->away = DB_FINE;
}

/* let_go - close a registry that failed, unless it is only locked */
static void
let_go(struct snapshot_watch *w, struct mtasts_diags *diags)
{
	if (w->registry == NULL)
		return;
	registry_explain(w->registry, diags);
	/* A reader in another account may not get it open again. */
	if (trouble_of(MTASTS_ESTORE, diags) == DB_BUSY)
		return;
	registry_close(w->registry);
	w->registry = NULL;
}

/*
 * look_once - bring the table in step with the registry
 *
 * The version is read before the rows: a commit in between is then seen at
 * the next look, never missed.
 */
static enum mtasts_err
look_once(struct snapshot_watch *w, struct mtasts_diags *diags)
{
	struct snapshot *snap = NULL;
	int64_t version = 0;
	enum mtasts_err err = MTASTS_OK;
	bool fresh = w->registry == NULL;

	if (fresh)
		err =
		    registry_open(w->url, REGISTRY_SERVE, &w->registry, diags);
	if (err == MTASTS_OK)
		err = registry_version(w->registry, &version);
	if (err == MTASTS_OK &&
	    (fresh || version != w->version || w->away != DB_FINE)) {
		err = snapshot_read(w->registry, w->conf.seed, &snap);
		if (err == MTASTS_OK)
			w->version = version;
	}
	if (err != MTASTS_OK) {
		let_go(w, diags);
		return err;
	}
	if (snap != NULL)
		say_loaded(w, snap);
	publish(w, snap);
	return MTASTS_OK;
}

/* lasting - a trouble with the registry that waiting does not mend? */
static bool
lasting(enum mtasts_err err, const struct mtasts_diags *diags)
{
	switch (trouble_of(err, diags)) {
	case DB_NOT_DB:
	case DB_FOREIGN:
	case DB_NEWER:
	case DB_CORRUPT:
		return true;
	default:
		return err == MTASTS_EINVAL || err == MTASTS_ENOMEM;
	}
}

/*
 * look - once; and again when it was a file that is no longer there
 *
 * Logs a failure. *hopeless: waiting will not mend it.
 */
static enum mtasts_err
look(struct snapshot_watch *w, bool *hopeless)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	bool held = w->registry != NULL;
	enum mtasts_err err = look_once(w, diags);

	if (err != MTASTS_OK && held && w->registry == NULL) {
		/* What the new file says counts, not what the old one said. */
		mtasts_diags_free(diags);
		diags = mtasts_diags_new();
		err = look_once(w, diags);
	}
	*hopeless = err != MTASTS_OK && lasting(err, diags);
	if (err != MTASTS_OK)
		say_away(w, err, diags);
	mtasts_diags_free(diags);
	return err;
}

/* pause_ms - wait until the next look or the end; false at the end */
static bool
pause_ms(struct snapshot_watch *w, unsigned ms)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&w->lock);
	while (
	    !w->stop && pthread_cond_timedwait(&w->wake, &w->lock, &until) == 0)
		;
	stop = w->stop;
	pthread_mutex_unlock(&w->lock);
	return !stop;
}

/* watch_run - the thread: look, wait, look */
static void *
watch_run(void *arg)
{
	struct snapshot_watch *w = arg;
	bool hopeless; /* not while something is served */

	while (pause_ms(w, w->conf.poll_ms))
		(void)!look(w, &hopeless);
	return NULL;
}

/* watch_metrics - the series of this room */
static void
watch_metrics(struct snapshot_watch *w)
{
	struct metrics *m = w->conf.metrics;

	w->domains = metrics_add(m, METRIC_GAUGE, "mtasts_host_domains",
	    "Policy domains served.", "");
	w->loads =
	    metrics_add(m, METRIC_COUNTER, "mtasts_host_snapshot_loads_total",
		"Times the table of policies was read from the registry.", "");
	w->failures = metrics_add(m, METRIC_COUNTER,
	    "mtasts_host_snapshot_failures_total",
	    "Looks at the registry that failed.", "");
}

/* watch_new - the watch without table and thread; null: no memory */
static struct snapshot_watch *
watch_new(const struct snapshot_conf *conf)
{
	struct snapshot_watch *w = mem_zalloc(1, sizeof(*w));
	pthread_condattr_t attr;

	if (w == NULL)
		return NULL;
	w->conf = *conf;
	w->url = mem_strdup(str_of(conf->url));
	if (w->url == NULL) {
		mem_free(w);
		return NULL;
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	watch_metrics(w);
	return w;
}

/* watch_free - release what watch_new() and look() made */
static void
watch_free(struct snapshot_watch *w)
{
	registry_close(w->registry);
	snapshot_put(w->now);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	mem_free(w->url);
	mem_free(w);
}

enum mtasts_err
snapshot_watch_open(
    const struct snapshot_conf *conf, struct snapshot_watch **out)
{
	struct snapshot_watch *w = watch_new(conf);
	enum mtasts_err err;
	bool hopeless;

	if (w == NULL)
		return MTASTS_ENOMEM;
	err = look(w, &hopeless);
	/* Absent or locked passes by itself: the thread goes on trying. */
	if (!hopeless)
		err = pthread_create(&w->thread, NULL, watch_run, w) == 0
		    ? MTASTS_OK
		    : MTASTS_ESYS;
	if (err == MTASTS_OK)
		*out = w;
	else
		watch_free(w);
	return err;
}

void
snapshot_watch_close(struct snapshot_watch *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	watch_free(w);
}

struct snapshot *
snapshot_get(struct snapshot_watch *w)
{
	struct snapshot *snap;

	pthread_mutex_lock(&w->lock);
	snap = w->now;
	if (snap != NULL)
		snapshot_hold(snap);
	pthread_mutex_unlock(&w->lock);
	return snap;
}

int64_t
snapshot_age_s(struct snapshot_watch *w)
{
	int64_t good_ms;
	int64_t age_ms;

	pthread_mutex_lock(&w->lock);
	good_ms = w->good_ms;
	pthread_mutex_unlock(&w->lock);
	if (good_ms == 0)
		return -1;
	age_ms = loop_now_ms() - good_ms;
	/* Between two looks the table is still in step. */
	return age_ms > 2 * (int64_t)w->conf.poll_ms ? age_ms / 1000 : 0;
}
