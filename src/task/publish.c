/*
 * publish.c - jobs: from a name to all that is to be true of it
 *
 * RFC 8461 sections 8.1 and 8.3. Each step is done in its file; here is their
 * order, and who waits for what. Nothing here waits, nothing looks at the
 * network.
 */
#include "task/publish_int.h"

#include "io/loop.h"

#include <stdio.h>

#define JOB_MAX ((size_t)64 << 20) /* bytes of a job's texts */

/* ---- open and close ---- */

/* add_metrics - how jobs end */
static enum mtasts_err
add_metrics(struct publisher *p)
{
	static const char *const labels[PUBLISH_ENDS] = { "end=\"live\"",
		"end=\"gone\"", "end=\"by-hand\"", "end=\"later\"",
		"end=\"problem\"" };

	for (unsigned i = 0; p->conf.metrics != NULL && i < PUBLISH_ENDS; i++)
		p->ends[i] = metrics_add(p->conf.metrics, METRIC_COUNTER,
		    "mtasts_publish_jobs_total",
		    "Jobs of publishing that ended, by how.", labels[i]);
	return MTASTS_OK;
}

enum mtasts_err
publisher_open(const struct publisher_conf *conf, struct publisher **out)
{
	struct publisher *p = mem_zalloc(1, sizeof(*p));

	if (p == NULL)
		return MTASTS_ENOMEM;
	p->conf = *conf;
	TAILQ_INIT(&p->jobs);
	*out = p;
	return add_metrics(p);
}

void
publisher_close(struct publisher *p)
{
	struct publish *job;

	if (p == NULL)
		return;
	while ((job = TAILQ_FIRST(&p->jobs)) != NULL)
		publish_free(job);
	mem_free(p);
}

/* ---- a job's life ---- */

void
publish_free(struct publish *job)
{
	publish_ask_cancel(job);
	publish_body_cancel(job);
	push_cancel(job->push);
	certify_cancel(job->certify);
	loop_watch_close(job->timer);
	TAILQ_REMOVE(&job->p->jobs, job, link);
	arena_free(job->arena);
	mem_free(job);
}

void
publish_cancel(struct publish *job)
{
	if (job != NULL)
		publish_free(job);
}

/* on_timer - what it waited for */
static void
on_timer(void *ctx)
{
	struct publish *job = ctx;

	job->timed(job);
}

void
publish_wait(struct publish *job, int64_t ms, void (*fn)(struct publish *job))
{
	job->timed = fn;
	loop_timer_start(job->timer, ms);
}

/* on_certified - it has a certificate, or why not: the fetch will judge */
static void
on_certified(void *ctx, const struct certify_result *r)
{
	struct publish *job = ctx;
	struct publish_note *note = &job->cert_note;

	job->certify = NULL;
	job->certified = true;
	job->cert_end = r->end;
	job->cert_next_at = r->next_at;
	job->changed |= r->end == CERTIFY_ISSUED;
	note->why[0] = note->fix[0] = '\0';
	if (r->end == CERTIFY_LATER || r->end == CERTIFY_REFUSED ||
	    r->end == CERTIFY_FAILED) {
		snprintf(note->why, sizeof(note->why), "%s", r->why);
		snprintf(note->fix, sizeof(note->fix), "%s", r->fix);
	}
	publish_begin_step(job, PUBLISH_BODY);
}

/* certificate - see to it; without ACME the fetch tells */
static void
certificate(struct publish *job)
{
	struct certify_want want = { .domain = job->domain,
		.now = job->want.now && !job->want.calm,
		.done = on_certified,
		.ctx = job };
	static const struct publish_outcome broken = { .end = PUBLISH_PROBLEM,
		.unknown = true };

	if (job->p->conf.certifier == NULL) {
		publish_begin_step(job, PUBLISH_BODY);
		return;
	}
	job->certify = certify_start(job->p->conf.certifier, &want);
	if (job->certify == NULL)
		publish_end(job, &broken, "memory is short");
}

void
publish_begin_step(struct publish *job, enum publish_step step)
{
	static void (*const steps[PUBLISH_STEPS])(struct publish *) = {
		[PUBLISH_HOST] = publish_host,
		[PUBLISH_CERTIFICATE] = certificate,
		[PUBLISH_BODY] = publish_body,
		[PUBLISH_ID] = publish_id,
	};
	enum mtasts_err err = MTASTS_OK;

	job->step = step;
	if (job->want.step != NULL)
		job->want.step(job->want.ctx, step);
	/* A look at what is well, once a day, is not worth four commits. */
	if (!str_eq(job->row.live_id, job->facts.id)) {
		job->row.step = str_of(publish_step_name(step));
		err = publish_remember(job, false);
	}
	if (err != MTASTS_OK)
		publish_end_unread(job, err);
	else
		steps[step](job);
}

/* end_unserved - there is no policy: perhaps not yet */
static void
end_unserved(struct publish *job)
{
	static const struct publish_outcome unserved = { .end = PUBLISH_PROBLEM,
		.fix = "Name its MX hosts: mtasts domain set DOMAIN "
		       "mx=HOST,..." };
	static const struct publish_outcome unseen = { .end = PUBLISH_LATER,
		.fix = "mtasts-publisher looks at them; by hand: mtasts domain "
		       "refresh-mx DOMAIN" };

	if (job->facts.merged.mx_from == SETTINGS_MX_GIVEN)
		publish_end(
		    job, &unserved, "%s has no policy to serve", job->domain);
	else
		publish_end(job, &unseen,
		    "%s has no policy to serve until its MX hosts are known",
		    job->domain);
}

/* begin - with what the registry says */
static void
begin(struct publish *job)
{
	static const struct publish_outcome unknown = { .end = PUBLISH_PROBLEM,
		.fix = "Add it first: mtasts domain add DOMAIN",
		.quiet = true };
	int64_t now_at = loop_time_s();
	enum mtasts_err err = publish_read(job);
	struct publish_outcome later = { .end = PUBLISH_LATER, .quiet = true };

	if (err == MTASTS_ENOENT) {
		publish_end(
		    job, &unknown, "%s is not in the registry", job->domain);
	} else if (err != MTASTS_OK) {
		publish_end_unread(job, err);
	} else if (!job->want.now && job->row.next_at > now_at) {
		later.next_at = job->row.next_at;
		publish_end(job, &later, "it is not due yet");
	} else {
		job->row.tried_at = now_at;
		if (job->facts.run_out)
			publish_gone(job);
		else if (!job->facts.served)
			end_unserved(job);
		else
			publish_begin_step(job, PUBLISH_HOST);
	}
}

struct publish *
publish_start(struct publisher *p, const struct publish_want *want)
{
	struct publish *job = mem_zalloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->p = p;
	job->want = *want;
	job->arena = arena_new(JOB_MAX);
	job->timer = loop_timer(p->conf.loop, on_timer, job);
	snprintf(job->domain, sizeof(job->domain), "%.253s", want->domain);
	snprintf(job->host, sizeof(job->host), "mta-sts.%.253s", want->domain);
	job->want.domain = job->domain;
	for (unsigned i = 0; i < PUBLISH_ASKS; i++)
		job->asks[i].job = job;
	if (job->arena == NULL || job->timer == NULL) {
		arena_free(job->arena);
		loop_watch_close(job->timer);
		mem_free(job);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&p->jobs, job, link);
	publish_wait(job, 0, begin);
	return job;
}

/* ---- whose turn is it? ---- */

/* A walk for the first one that may be. */
struct first {
	bool (*skip)(void *ctx, struct str domain);
	void *ctx;
	struct publish_due due;
};

/* on_due - the first that is not under way */
static bool
on_due(void *arg, struct str domain, int64_t next_at)
{
	struct first *f = arg;

	if (f->skip != NULL && f->skip(f->ctx, domain))
		return true;
	f->due.at = next_at;
	snprintf(
	    f->due.domain, sizeof(f->due.domain), "%" STR_FMT, STR_ARG(domain));
	return false;
}

enum mtasts_err
publish_next(struct registry *r, int64_t now_at,
    bool (*skip)(void *ctx, struct str domain), void *ctx,
    struct publish_due *out)
{
	struct first open = { skip, ctx, { .at = INT64_MAX } };
	struct first settled = { skip, ctx, { .at = INT64_MAX } };
	enum mtasts_err err = registry_each_due(r, false, on_due, &open);

	if (err == MTASTS_OK && open.due.at > now_at)
		err = registry_each_due(r, true, on_due, &settled);
	if (err != MTASTS_OK)
		return err;
	*out = settled.due.at < open.due.at ? settled.due : open.due;
	/* A clock that was set back must not stop everything. */
	if (out->domain[0] != '\0' && out->at > now_at + INT64_C(400) * 86400)
		out->at = now_at;
	return MTASTS_OK;
}
