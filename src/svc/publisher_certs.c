/*
 * publisher_certs.c - certificates renewed in their turn
 *
 * Those that were ordered here; the first one is a step of publishing.
 * Whose turn it is stands in the registry, and is read a batch at a time; what
 * is done for one name is task/certify's. Few jobs at a time: orders are made
 * one after the other anyway. When the rate is exhausted, everybody waits.
 */
#include "svc/publisher_certs.h"

#include "base/arena.h"
#include "io/loop.h"

#include <stdio.h>
#include <sys/queue.h>

#define JOBS_MAX    8
#define BATCH	    128 /* names that are read at once */
#define SHARE	    20 /* reading the registry takes a part of the time */
#define HOLD_S	    60 /* when the registry does not let us */
#define LOOK_MAX_MS 3600000 /* the clock may be set */

/* One name that is worked on. */
struct cert_job {
	LIST_ENTRY(cert_job) link;
	struct pubcerts *certs;
	struct works *works;
	struct certify *certify;
	char domain[256];
};

struct pubcerts {
	struct pubcerts_conf conf;
	struct works *works; /* null: nothing is to be done */
	struct registry *registry;
	LIST_HEAD(, cert_job) jobs;
	size_t count; /* of jobs */
	struct loop_watch *timer;
	int64_t held_until_at; /* begin nothing before */
	bool stopping;
	/* Names whose turn it is. */
	char batch[BATCH][256];
	size_t batch_count, batch_next;
	int64_t wake_at; /* when the next one's turn is; 0: nobody's */
	int64_t now_at; /* of the look that fills the batch */
	int64_t fill_ms; /* not filled again before */
};

bool
pubcerts_busy(const struct pubcerts *c, struct str domain)
{
	const struct cert_job *job;

	LIST_FOREACH(job, &c->jobs, link)
	if (str_eq(str_of(job->domain), domain))
		return true;
	return false;
}

/* ---- whose turn is it? ---- */

/* on_due - into the batch, unless its turn is yet to come */
static bool
on_due(void *ctx, const struct certify_due *due)
{
	struct pubcerts *c = ctx;
	struct str domain = str_of(due->domain);

	if (due->at > c->now_at) {
		c->wake_at = due->at;
		return false;
	}
	if (pubcerts_busy(c, domain) ||
	    (c->conf.busy != NULL && c->conf.busy(c->conf.ctx, domain)))
		return true;
	snprintf(
	    c->batch[c->batch_count++], sizeof(c->batch[0]), "%s", due->domain);
	return true;
}

/* fill - read whose turn it is; false: nobody's */
static bool
fill(struct pubcerts *c)
{
	int64_t begun_ms = loop_now_ms();
	enum mtasts_err err;

	c->batch_count = c->batch_next = 0;
	c->wake_at = 0;
	c->now_at = loop_time_s();
	/* What we write ourselves changes the registry all the time. */
	if (begun_ms < c->fill_ms) {
		c->wake_at = c->now_at + 1;
		return false;
	}
	err = certify_each_due(c->registry, true, BATCH, on_due, c);
	if (err != MTASTS_OK)
		c->held_until_at = c->now_at + HOLD_S;
	c->fill_ms = loop_now_ms() + (loop_now_ms() - begun_ms) * SHARE;
	return err == MTASTS_OK && c->batch_count > 0;
}

/* ---- jobs ---- */

/* free_job - out of the list, released */
static void
free_job(struct cert_job *job)
{
	struct pubcerts *c = job->certs;

	LIST_REMOVE(job, link);
	c->count--;
	works_put(job->works);
	mem_free(job);
}

/* cancel_all - nothing goes on */
static void
cancel_all(struct pubcerts *c)
{
	struct cert_job *job;

	while ((job = LIST_FIRST(&c->jobs)) != NULL) {
		certify_cancel(job->certify);
		free_job(job);
	}
	c->batch_count = c->batch_next = 0;
}

/* on_done - a job has ended: another one may begin */
static void
on_done(void *ctx, const struct certify_result *result)
{
	struct cert_job *job = ctx;
	struct pubcerts *c = job->certs;
	int64_t now_at = loop_time_s();

	/* The registry does not know that it was tried. */
	if (result->cause == CERTIFY_CAUSE_STORE)
		c->held_until_at = now_at + HOLD_S;
	/* It holds for all of them. */
	if (result->end == CERTIFY_LATER &&
	    result->cause == CERTIFY_CAUSE_RATE && result->next_at > now_at)
		c->held_until_at = result->next_at;
	/* Not here: its works may be in the middle of something. */
	job->certify = NULL;
	loop_timer_start(c->timer, 0);
}

/* sweep - release jobs that have ended */
static void
sweep(struct pubcerts *c)
{
	struct cert_job *job, *next;

	for (job = LIST_FIRST(&c->jobs); job != NULL; job = next) {
		next = LIST_NEXT(job, link);
		if (job->certify == NULL)
			free_job(job);
	}
}

/* begin - a job for a name; false: no memory */
static bool
begin(struct pubcerts *c, const char *domain)
{
	struct cert_job *job = mem_zalloc(1, sizeof(*job));
	struct certify_want want = { .done = on_done, .ctx = job };

	if (job == NULL)
		return false;
	job->certs = c;
	snprintf(job->domain, sizeof(job->domain), "%s", domain);
	want.domain = job->domain;
	job->certify = certify_start(c->works->certifier, &want);
	if (job->certify == NULL) {
		mem_free(job);
		return false;
	}
	job->works = works_hold(c->works);
	LIST_INSERT_HEAD(&c->jobs, job, link);
	c->count++;
	return true;
}

/* wait_for - be called again at that time */
static void
wait_for(struct pubcerts *c, int64_t at)
{
	int64_t ms = (at - loop_time_s()) * 1000;

	if (ms > LOOK_MAX_MS)
		ms = LOOK_MAX_MS;
	loop_timer_start(c->timer, ms > 1000 ? ms : 1000);
}

/* pump - begin as many jobs as there may be */
static void
pump(struct pubcerts *c)
{
	int64_t now_at = loop_time_s();
	bool more = true;

	if (c->works == NULL || c->works->certifier == NULL || c->stopping)
		return;
	if (c->held_until_at > now_at) {
		wait_for(c, c->held_until_at);
		return;
	}
	while (more && c->count < JOBS_MAX) {
		if (c->batch_next < c->batch_count || fill(c))
			more = begin(c, c->batch[c->batch_next++]);
		else
			more = false;
	}
	if (c->count < JOBS_MAX)
		wait_for(c, c->wake_at > 0 ? c->wake_at : now_at + HOLD_S);
}

/* on_timer - a job has ended, or somebody's turn may have come */
static void
on_timer(void *ctx)
{
	struct pubcerts *c = ctx;

	sweep(c);
	pump(c);
}

/* ---- open and close ---- */

enum mtasts_err
pubcerts_open(const struct pubcerts_conf *conf, struct pubcerts **out)
{
	struct pubcerts *c = mem_zalloc(1, sizeof(*c));

	if (c == NULL)
		return MTASTS_ENOMEM;
	c->conf = *conf;
	LIST_INIT(&c->jobs);
	c->timer = loop_timer(conf->svc->loop, on_timer, c);
	if (c->timer == NULL) {
		mem_free(c);
		return MTASTS_ENOMEM;
	}
	*out = c;
	return MTASTS_OK;
}

void
pubcerts_close(struct pubcerts *c)
{
	if (c == NULL)
		return;
	pubcerts_use(c, NULL, NULL);
	loop_watch_close(c->timer);
	mem_free(c);
}

void
pubcerts_use(struct pubcerts *c, struct works *works, struct registry *registry)
{
	if (works == NULL)
		cancel_all(c);
	works_put(c->works);
	c->works = works != NULL ? works_hold(works) : NULL;
	c->registry = registry;
	c->held_until_at = 0;
	pubcerts_wake(c);
}

void
pubcerts_wake(struct pubcerts *c)
{
	/* What was read is of yesterday. */
	c->batch_count = c->batch_next = 0;
	if (c->works != NULL)
		loop_timer_start(c->timer, 0);
}

void
pubcerts_stop(struct pubcerts *c)
{
	c->stopping = true;
}

/* ---- status ---- */

/* What a walk over all certificates adds up. */
struct counts {
	int64_t names, ours, others, missing, failing;
	int64_t now_at;
};

/* on_cert - one name more */
static bool
on_cert(void *arg, const struct registry_cert *cert)
{
	struct counts *n = arg;

	n->names++;
	n->ours += cert->managed;
	n->others += cert->state == REGISTRY_CERT_OTHERS;
	n->missing += cert->not_after_at <= n->now_at;
	n->failing += cert->state == REGISTRY_CERT_REFUSED ||
	    cert->state == REGISTRY_CERT_FAILED;
	return true;
}

void
pubcerts_status(struct pubcerts *c, struct js_writer *w)
{
	struct counts n = { .now_at = loop_time_s() };
	int64_t end_at = 0;
	bool known = c->works != NULL &&
	    registry_each_cert(c->registry, on_cert, &n) == MTASTS_OK;

	js_key(w, "certificates");
	js_object(w);
	js_kv_bool(w, "acme", known && c->works->certifier != NULL);
	js_kv_int(w, "running", (int64_t)c->count);
	if (known) {
		js_kv_int(w, "ours", n.ours);
		js_kv_int(w, "of_others", n.others);
		js_kv_int(w, "missing", n.missing);
		js_kv_int(w, "failing", n.failing);
	}
	/* As long as all that are missing can be ordered at all. */
	if (known && c->works->certifier != NULL && n.missing > 0 &&
	    certify_expect_end(
		c->works->certifier, (size_t)n.missing, &end_at) == MTASTS_OK)
		js_kv_time(w, "expected_end", end_at);
	js_end_object(w);
}
