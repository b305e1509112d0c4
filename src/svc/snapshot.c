/*
 * snapshot.c - the table of served policies, and the thread that renews it
 *
 * A table is built once and never changed; readers count their references, so
 * a request that began with the old table ends with it. Texts that are equal
 * are kept once: most of ten thousand domains serve the same bytes. This room
 * knows nothing of HTTP.
 */
#include "svc/snapshot.h"

#include "base/arena.h"
#include "base/map.h"
#include "io/loop.h"
#include "store/db.h"
#include "store/registry_db.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

/* Bytes of all names and texts: ten million domains would not fit. */
#define SNAPSHOT_MAX ((size_t)1 << 30)

struct snapshot {
	atomic_int refs;
	struct arena *arena;
	struct map bodies; /* domain -> struct str, in the arena */
};

struct snapshot_watch {
	struct snapshot_conf conf;
	char *url;
	struct registry *registry; /* the thread's own; null while away */
	int64_t version; /* that the table was built from */
	bool away; /* said in the log */

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

/* One table while it is built. */
struct build {
	struct snapshot *snap;
	struct map texts; /* text -> struct str, to keep equal ones once */
	enum mtasts_err err;
};

/* snapshot_new - an empty table with one reference; null: no memory */
static struct snapshot *
snapshot_new(const uint64_t seed[2])
{
	struct snapshot *snap = mem_zalloc(1, sizeof(*snap));

	if (snap == NULL)
		return NULL;
	snap->arena = arena_new(SNAPSHOT_MAX);
	if (snap->arena == NULL) {
		mem_free(snap);
		return NULL;
	}
	atomic_init(&snap->refs, 1);
	map_init(&snap->bodies, seed);
	return snap;
}

void
snapshot_put(struct snapshot *snap)
{
	if (snap == NULL || atomic_fetch_sub(&snap->refs, 1) != 1)
		return;
	map_free(&snap->bodies);
	arena_free(snap->arena);
	mem_free(snap);
}

/* keep_text - the one copy of a text in the arena; null: no memory */
static struct str *
keep_text(struct build *build, struct str text)
{
	struct str *kept = map_get(&build->texts, text);

	if (kept != NULL)
		return kept;
	kept = arena_alloc(build->snap->arena, sizeof(*kept));
	if (kept == NULL)
		return NULL;
	kept->p = arena_dup(build->snap->arena, text);
	kept->len = text.len;
	if (kept->p == NULL ||
	    map_put(&build->texts, *kept, kept, NULL) != MTASTS_OK)
		return NULL;
	return kept;
}

/* add_row - take one served policy into the table being built */
static bool
add_row(void *arg, const struct registry_served *row)
{
	struct build *build = arg;
	struct str *text = keep_text(build, row->body);
	char *name = arena_dup(build->snap->arena, row->domain);

	build->err = MTASTS_ENOMEM;
	if (text != NULL && name != NULL)
		build->err = map_put(&build->snap->bodies,
		    str_make(name, row->domain.len), text, NULL);
	return build->err == MTASTS_OK;
}

/* snapshot_build - read all rows into a new table */
static enum mtasts_err
snapshot_build(struct snapshot_watch *w, struct snapshot **out)
{
	struct build build = { .err = MTASTS_OK };
	enum mtasts_err err;

	build.snap = snapshot_new(w->conf.seed);
	if (build.snap == NULL)
		return MTASTS_ENOMEM;
	map_init(&build.texts, w->conf.seed);
	err = registry_each_served(w->registry, add_row, &build);
	if (err == MTASTS_OK)
		err = build.err;
	map_free(&build.texts);
	if (err != MTASTS_OK) {
		snapshot_put(build.snap);
		return err;
	}
	*out = build.snap;
	return MTASTS_OK;
}

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

/* say_away - log, once, that the registry cannot be read */
static void
say_away(struct snapshot_watch *w, enum mtasts_err err,
    const struct mtasts_diags *diags)
{
	struct log_line line;

	metric_inc(w->failures);
	if (w->away)
		return;
	w->away = true;
	log_findings(w->conf.log, "registry", diags);
	log_begin(&line, w->conf.log,
	    err == MTASTS_ENOENT ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR,
	    "registry-away");
	log_cstr(&line, "url", w->url);
	log_cstr(&line, "reason", mtasts_strerror(err));
	log_cstr(&line, "hint",
	    err == MTASTS_ENOENT
		? "no domain yet: mtasts domain add DOMAIN makes it"
		: "the last good policies are served meanwhile");
	log_end(&line);
}

/* say_loaded - log that a table is in use, and how large it is */
static void
say_loaded(struct snapshot_watch *w, const struct snapshot *snap)
{
	struct log_line line;

	w->away = false;
	metric_inc(w->loads);
	metric_set(w->domains, (int64_t)snap->bodies.count);
	log_begin(&line, w->conf.log, LOG_LEVEL_INFO, "registry-loaded");
	log_int(&line, "domains", (int64_t)snap->bodies.count);
	log_end(&line);
}

/*
 * look - bring the table in step with the registry once
 *
 * The version is read before the rows: a commit in between is then seen at
 * the next look, never missed.
 */
static enum mtasts_err
look(struct snapshot_watch *w, struct mtasts_diags *diags)
{
	struct snapshot *snap = NULL;
	int64_t version = 0;
	enum mtasts_err err = MTASTS_OK;
	bool fresh = w->registry == NULL;

	if (fresh)
		err = registry_open(w->url, REGISTRY_READ, &w->registry, diags);
	if (err == MTASTS_OK)
		err = registry_version(w->registry, &version);
	if (err == MTASTS_OK && (fresh || version != w->version || w->away)) {
		err = snapshot_build(w, &snap);
		if (err == MTASTS_OK)
			w->version = version;
	}
	if (err != MTASTS_OK) {
		if (w->registry != NULL)
			registry_explain(w->registry, diags);
		registry_close(w->registry);
		w->registry = NULL;
		return err;
	}
	if (snap != NULL)
		say_loaded(w, snap);
	publish(w, snap);
	return MTASTS_OK;
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

	while (pause_ms(w, w->conf.poll_ms)) {
		struct mtasts_diags *diags = mtasts_diags_new();
		enum mtasts_err err = look(w, diags);

		if (err != MTASTS_OK)
			say_away(w, err, diags);
		mtasts_diags_free(diags);
	}
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

/* lasting - a trouble with the registry that waiting does not mend? */
static bool
lasting(enum mtasts_err err, const struct mtasts_diags *diags)
{
	static const enum db_trouble troubles[] = { DB_NOT_DB, DB_FOREIGN,
		DB_NEWER, DB_CORRUPT };
	size_t i, k;

	for (i = 0; i < mtasts_diags_count(diags); i++)
		for (k = 0; k < sizeof(troubles) / sizeof(troubles[0]); k++)
			if (strcmp(mtasts_diags_get(diags, i)->name,
				db_rules[troubles[k]].name) == 0)
				return true;
	return err == MTASTS_EINVAL || err == MTASTS_ENOMEM;
}

enum mtasts_err
snapshot_watch_open(
    const struct snapshot_conf *conf, struct snapshot_watch **out)
{
	struct snapshot_watch *w = watch_new(conf);
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_err err = MTASTS_ENOMEM;

	if (w == NULL)
		goto out;
	err = look(w, diags);
	if (err != MTASTS_OK)
		say_away(w, err, diags);
	/* Absent or locked passes by itself: the thread goes on trying. */
	if (err != MTASTS_OK && lasting(err, diags))
		goto out;
	err = pthread_create(&w->thread, NULL, watch_run, w) == 0 ? MTASTS_OK
								  : MTASTS_ESYS;
out:
	mtasts_diags_free(diags);
	if (err == MTASTS_OK)
		*out = w;
	else if (w != NULL)
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
		atomic_fetch_add(&snap->refs, 1);
	pthread_mutex_unlock(&w->lock);
	return snap;
}

bool
snapshot_find(const struct snapshot *snap, struct str domain, struct str *body)
{
	const struct str *found = map_get(&snap->bodies, domain);

	if (found == NULL)
		return false;
	*body = *found;
	return true;
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
