/*
 * publisher_jobs.c - domains brought out in their turn, or when somebody asks
 *
 * Whose turn it is, task/publish knows from the registry; here it is seen to
 * that no more than publisher.jobs are worked on at a time, and no domain
 * twice. What a job came to is not looked at, but passed on.
 *
 * A domain rests for a moment after its job, so that one whose end could not be
 * written down does not begin again and again.
 */
#include "svc/publisher_jobs.h"

#include "base/arena.h"
#include "base/map.h"
#include "io/loop.h"

#include <stdio.h>

#define REST_MIN_MS 1000
#define REST_MAX_MS 60000
#define AGAIN_MS    60000 /* when the registry does not let us */
#define LOOK_MAX_MS 3600000 /* the clock may be set */
#define COUNT_MS    10000 /* domains are counted so often at most */
#define SHARE	    20 /* and when somebody asks, a part of the time */

/* One domain that is worked on, or rests. */
struct pub_job {
	struct pubjobs *jobs;
	struct works *works;
	struct publish *publish; /* null: it rests */
	enum publish_step step;
	int64_t ended_ms, rest_until_ms;
	char domain[256]; /* the key */
};

/* How all domains are. */
struct pub_counts {
	int64_t domains, live, by_hand, problem, waiting;
};

struct pubjobs {
	struct pubjobs_conf conf;
	struct works *works; /* null: nothing is to be done */
	struct registry *registry;
	struct map map; /* of jobs, by domain */
	size_t count; /* that do not rest */
	struct loop_watch *timer;
	bool stopping;
	int64_t next_at; /* when the next one's turn is; 0: nobody's */
	struct pub_counts counts;
	int64_t counted_ms; /* 0: never */
	int64_t count_took_ms;
	bool uncounted; /* jobs have ended since */
	struct metric *running, *live, *by_hand, *problem, *waiting;
};

/* ---- jobs ---- */

bool
pubjobs_busy(const struct pubjobs *p, struct str domain)
{
	const struct pub_job *job = map_get(&p->map, domain);

	return job != NULL && job->publish != NULL;
}

/* free_job - forgotten; cancelled when it is under way */
static void
free_job(struct pub_job *job)
{
	struct pubjobs *p = job->jobs;

	if (job->publish != NULL) {
		publish_cancel(job->publish);
		p->count--;
	}
	map_del(&p->map, str_of(job->domain));
	works_put(job->works);
	mem_free(job);
}

/* free_where - every job that fits is forgotten */
static void
free_where(
    struct pubjobs *p, bool (*fits)(const struct pub_job *job, int64_t now_ms))
{
	int64_t now_ms = loop_now_ms();
	size_t pos = 0;
	void *value;

	while (map_next(&p->map, &pos, NULL, &value))
		if (fits(value, now_ms))
			free_job(value);
}

/* any - for free_where() */
static bool
any(const struct pub_job *job, int64_t now_ms)
{
	return true;
}

/* rested - for free_where(): long enough */
static bool
rested(const struct pub_job *job, int64_t now_ms)
{
	return job->publish == NULL && now_ms >= job->rest_until_ms;
}

/* without_order - for free_where(): can it go on later without loss? */
static bool
without_order(const struct pub_job *job, int64_t now_ms)
{
	return job->publish == NULL || job->step != PUBLISH_CERTIFICATE;
}

/* on_step - a step begins */
static void
on_step(void *ctx, enum publish_step step)
{
	struct pub_job *job = ctx;
	const struct pubjobs_ear *ear = &job->jobs->conf.ear;

	job->step = step;
	if (ear->step != NULL)
		ear->step(ear->ctx, job->domain, step);
}

/* on_done - it rests now, another one may begin */
static void
on_done(void *ctx, const struct publish_result *result)
{
	struct pub_job *job = ctx;
	struct pubjobs *p = job->jobs;
	int64_t rest_ms = (result->next_at - loop_time_s()) * 1000;

	if (rest_ms > REST_MAX_MS)
		rest_ms = REST_MAX_MS;
	if (rest_ms < REST_MIN_MS)
		rest_ms = REST_MIN_MS;
	job->publish = NULL;
	job->ended_ms = loop_now_ms();
	job->rest_until_ms = job->ended_ms + rest_ms;
	p->count--;
	p->uncounted = true;
	metric_set(p->running, (int64_t)p->count);
	if (p->conf.ear.done != NULL)
		p->conf.ear.done(p->conf.ear.ctx, result);
	/* Not here: its works are in the middle of something. */
	loop_timer_start(p->timer, 0);
}

/* begin - a job for a domain; false: no memory */
static bool
begin(struct pubjobs *p, const char *domain, bool now, bool force)
{
	struct pub_job *job = mem_zalloc(1, sizeof(*job));
	struct publish_want want = { .now = now,
		.force = force,
		.done = on_done,
		.step = on_step,
		.ctx = job };

	if (job == NULL)
		return false;
	job->jobs = p;
	snprintf(job->domain, sizeof(job->domain), "%s", domain);
	if (map_put(&p->map, str_of(job->domain), job, NULL) != MTASTS_OK) {
		mem_free(job);
		return false;
	}
	job->works = works_hold(p->works);
	want.domain = job->domain;
	job->publish = publish_start(p->works->publisher, &want);
	if (job->publish == NULL) {
		free_job(job);
		return false;
	}
	p->count++;
	metric_set(p->running, (int64_t)p->count);
	return true;
}

bool
pubjobs_now(struct pubjobs *p, const char *domain, bool force)
{
	struct pub_job *job = map_get(&p->map, str_of(domain));

	if (p->works == NULL || p->stopping)
		return false;
	if (job != NULL && job->publish != NULL)
		return true;
	if (job != NULL)
		free_job(job);
	return begin(p, domain, true, force);
}

/* ---- whose turn is it? ---- */

/* skip - for publish_next() */
static bool
skip(void *ctx, struct str domain)
{
	const struct pubjobs *p = ctx;

	return map_get(&p->map, domain) != NULL ||
	    (p->conf.busy != NULL && p->conf.busy(p->conf.busy_ctx, domain));
}

/* first_rest_ms - how long until one has rested; LOOK_MAX_MS: none rests */
static int64_t
first_rest_ms(const struct pubjobs *p)
{
	int64_t now_ms = loop_now_ms(), first_ms = LOOK_MAX_MS;
	size_t pos = 0;
	void *value;

	while (
	    p->map.count > p->count && map_next(&p->map, &pos, NULL, &value)) {
		const struct pub_job *job = value;

		if (job->publish == NULL &&
		    job->rest_until_ms - now_ms < first_ms)
			first_ms = job->rest_until_ms - now_ms;
	}
	return first_ms;
}

/* wait_for - be called again at that time; 0: when something changes */
static void
wait_for(struct pubjobs *p, int64_t at)
{
	int64_t ms =
	    at > 0 ? (at - loop_time_s()) * 1000 : (int64_t)LOOK_MAX_MS;
	int64_t rest_ms = first_rest_ms(p);

	if (ms < REST_MIN_MS)
		ms = REST_MIN_MS;
	if (p->uncounted && ms > COUNT_MS)
		ms = COUNT_MS;
	if (ms > rest_ms)
		ms = rest_ms > 0 ? rest_ms : 0;
	loop_timer_start(p->timer, ms < LOOK_MAX_MS ? ms : LOOK_MAX_MS);
}

/* pump - begin as many jobs as there may be */
static void
pump(struct pubjobs *p)
{
	struct publish_due due = { .at = 0 };
	int64_t now_at = loop_time_s();

	if (p->works == NULL || p->stopping)
		return;
	while (p->count < (size_t)p->works->conf->publisher.jobs) {
		if (publish_next(p->registry, now_at, skip, p, &due) !=
		    MTASTS_OK) {
			loop_timer_start(p->timer, AGAIN_MS);
			return;
		}
		p->next_at = due.domain[0] != '\0' ? due.at : 0;
		if (due.domain[0] == '\0' || due.at > now_at ||
		    !begin(p, due.domain, false, false))
			break;
	}
	wait_for(p, p->next_at);
}

/* ---- counting ---- */

/* on_domain - one more */
static bool
on_domain(void *arg, const struct registry_publishable *row)
{
	const struct registry_published *known = &row->known;
	struct pub_counts *n = arg;

	n->domains++;
	if (str_eq(known->end, str_of(publish_end_name(PUBLISH_BY_HAND))))
		n->by_hand++;
	else if (str_eq(known->end, str_of(publish_end_name(PUBLISH_PROBLEM))))
		n->problem++;
	else if (row->served_id.len > 0 &&
	    str_eq(row->served_id, known->live_id))
		n->live++;
	else
		n->waiting++;
	return true;
}

/* count - how all domains are, unless that is known well enough */
static void
count(struct pubjobs *p)
{
	struct pub_counts n = { 0 };
	int64_t now_ms = loop_now_ms();

	if (p->works == NULL ||
	    (p->counted_ms != 0 && now_ms - p->counted_ms < COUNT_MS) ||
	    registry_each_published(p->registry, on_domain, &n) != MTASTS_OK)
		return;
	p->counts = n;
	p->counted_ms = now_ms;
	p->count_took_ms = loop_now_ms() - now_ms;
	p->uncounted = false;
	metric_set(p->live, n.live);
	metric_set(p->by_hand, n.by_hand);
	metric_set(p->problem, n.problem);
	metric_set(p->waiting, n.waiting);
}

/* on_timer - a job has ended, or somebody's turn may have come */
static void
on_timer(void *ctx)
{
	struct pubjobs *p = ctx;

	free_where(p, rested);
	pump(p);
	count(p);
}

void
pubjobs_status(struct pubjobs *p, struct js_writer *w)
{
	/* Who asks has just changed something. Of a hundred thousand domains
	 * the count takes a moment, in which nothing else is done. */
	if (loop_now_ms() - p->counted_ms >= SHARE * p->count_took_ms)
		p->counted_ms = 0;
	count(p);
	js_key(w, "domains");
	js_object(w);
	js_kv_int(w, "all", p->counts.domains);
	js_kv_int(w, "live", p->counts.live);
	js_kv_int(w, "by_hand", p->counts.by_hand);
	js_kv_int(w, "problem", p->counts.problem);
	js_kv_int(w, "waiting", p->counts.waiting);
	js_kv_int(w, "running", (int64_t)p->count);
	if (p->next_at > 0)
		js_kv_time(w, "next", p->next_at);
	js_end_object(w);
}

/* ---- open and close ---- */

/* add_metrics - how domains are, and how many are worked on */
static void
add_metrics(struct pubjobs *p)
{
	static const char name[] = "mtasts_publisher_domains";
	static const char help[] = "Registered names, by how publishing is.";
	struct metrics *m = p->conf.svc->metrics;

	p->running = metrics_add(m, METRIC_GAUGE, "mtasts_publisher_running",
	    "Names that are worked on now.", "");
	p->live = metrics_add(m, METRIC_GAUGE, name, help, "state=\"live\"");
	p->by_hand =
	    metrics_add(m, METRIC_GAUGE, name, help, "state=\"by-hand\"");
	p->problem =
	    metrics_add(m, METRIC_GAUGE, name, help, "state=\"problem\"");
	p->waiting =
	    metrics_add(m, METRIC_GAUGE, name, help, "state=\"waiting\"");
}

enum mtasts_err
pubjobs_open(const struct pubjobs_conf *conf, struct pubjobs **out)
{
	struct pubjobs *p = mem_zalloc(1, sizeof(*p));

	if (p == NULL)
		return MTASTS_ENOMEM;
	p->conf = *conf;
	map_init(&p->map, conf->seed);
	p->timer = loop_timer(conf->svc->loop, on_timer, p);
	if (p->timer == NULL) {
		mem_free(p);
		return MTASTS_ENOMEM;
	}
	add_metrics(p);
	*out = p;
	return MTASTS_OK;
}

void
pubjobs_close(struct pubjobs *p)
{
	if (p == NULL)
		return;
	pubjobs_use(p, NULL, NULL);
	map_free(&p->map);
	loop_watch_close(p->timer);
	mem_free(p);
}

void
pubjobs_use(struct pubjobs *p, struct works *works, struct registry *registry)
{
	if (works == NULL)
		free_where(p, any);
	works_put(p->works);
	p->works = works != NULL ? works_hold(works) : NULL;
	p->registry = registry;
	pubjobs_wake(p);
}

void
pubjobs_wake(struct pubjobs *p)
{
	size_t pos = 0;
	void *value;

	/* Those that rest may have something to do now, but not at once. */
	while (map_next(&p->map, &pos, NULL, &value)) {
		struct pub_job *job = value;

		if (job->publish == NULL)
			job->rest_until_ms = job->ended_ms + REST_MIN_MS;
	}
	if (p->works != NULL)
		loop_timer_start(p->timer, 0);
}

void
pubjobs_stop(struct pubjobs *p)
{
	p->stopping = true;
	free_where(p, without_order);
}
