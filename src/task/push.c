/*
 * push.c - the steps of a job: read, look, decide, write, look until all agree
 *
 * RFC 8461 section 8.1, RFC 2136. What may be lost by a crash is nothing: a
 * value is remembered before it is written, and the next job looks at what is
 * there. A write whose end is not clear is looked at before anything is said.
 */
#include "task/push.h"

#include "task/push_int.h"

#include <stdio.h>
#include <sys/random.h>

#define RUNNING_MAX 128 /* jobs that have begun; more wait */
#define ASK_MS	    5000 /* for one question to a server, all tries */
#define VERIFY_MS   60000
#define FIRST_MS    20 /* between looks at servers that lag; then doubled */
#define LAST_MS	    5000
#define AGAIN_MS    300 /* before a look after a write that failed */

static const char *const end_names[PUSH_ENDS] = { "same", "written", "differs",
	"by hand", "foreign", "refused", "lagging", "unknown" };

const char *
push_end_name(enum push_end end)
{
	return end_names[end];
}

bool
push_has_way(const struct conf *conf, const char *name)
{
	return conf_push_find(conf, str_of(name)) != NULL;
}

/* ---- telling ---- */

void
push_say(struct push *job, const char *fix, const char *fmt, ...)
{
	va_list ap;

	snprintf(job->fix, sizeof(job->fix), "%s", fix);
	va_start(ap, fmt);
	vsnprintf(job->why, sizeof(job->why), fmt, ap);
	va_end(ap);
}

/* log_end_of - one line */
static void
log_end_of(const struct push *job, enum push_end end)
{
	static const enum log_level levels[PUSH_ENDS] = {
		[PUSH_SAME] = LOG_LEVEL_DEBUG,
		[PUSH_WRITTEN] = LOG_LEVEL_INFO,
		[PUSH_DIFFERS] = LOG_LEVEL_DEBUG,
		[PUSH_BY_HAND] = LOG_LEVEL_INFO,
		[PUSH_FOREIGN] = LOG_LEVEL_WARN,
		[PUSH_REFUSED] = LOG_LEVEL_WARN,
		[PUSH_LAGGING] = LOG_LEVEL_WARN,
		[PUSH_UNKNOWN] = LOG_LEVEL_WARN,
	};
	struct log_line line;

	if (job->want.look)
		return;
	log_begin(&line, job->p->conf.log, levels[end], "dns-push");
	log_cstr(&line, "domain", job->domain);
	if (job->answer != NULL)
		log_cstr(&line, "record", job->challenge);
	log_cstr(&line, "end", end_names[end]);
	if (end >= PUSH_BY_HAND)
		log_cstr(&line, "reason", job->why);
	log_end(&line);
}

/* release - what is a job's own */
static void
release(struct push *job)
{
	loop_watch_close(job->timer);
	zonediff_free(job->diff);
	mem_free(job);
}

void
push_finish(struct push *job, enum push_end end)
{
	struct pusher *p = job->p;
	bool fine = end == PUSH_SAME || end == PUSH_WRITTEN;
	void (*done)(void *, const struct push_result *) = job->want.done;

	push_settle(job);
	if (fine)
		push_say(job, "", "%s", "");
	log_end_of(job, end);
	metric_inc(p->metrics.ends[end]);
	job->result = (struct push_result){ .end = end,
		.domain = job->domain,
		.why = job->why,
		.fix = job->fix,
		.server = end == PUSH_LAGGING || end == PUSH_REFUSED ||
			end == PUSH_UNKNOWN
		    ? job->server
		    : "",
		.unregistered = job->unregistered,
		.id_live = job->diff != NULL && zonediff_id_live(job->diff),
		.diff = job->diff };
	/* All of the pusher's is given back: the callback may close it. */
	push_write_cancel(job);
	push_see_free(job);
	LIST_REMOVE(job, link);
	p->running--;
	metric_set(p->metrics.running, p->running);
	push_run(p);
	done(job->want.ctx, &job->result);
	release(job);
}

/* ---- steps ---- */

void
push_after(struct push *job, int64_t ms, push_step *then)
{
	job->after = then;
	loop_timer_start(job->timer, ms);
}

/* on_timer - the step that was put off */
static void
on_timer(void *ctx)
{
	struct push *job = ctx;

	job->after(job);
}

static void write_next(struct push *job);
static void on_seen(struct push *job);

/* end_written - all that can be done is done */
static void
end_written(struct push *job)
{
	bool by_hand = job->by_hand;

	/* What was not written is told again. */
	if (by_hand)
		push_survey(job);
	push_finish(job,
	    by_hand	     ? PUSH_BY_HAND
		: job->wrote ? PUSH_WRITTEN
			     : PUSH_SAME);
}

/* no_memory - then nothing that was seen can be relied on, and it ends */
static bool
no_memory(struct push *job)
{
	if (!job->diff->short_of_memory)
		return false;
	push_say(job, "", "memory is short");
	push_finish(job, PUSH_UNKNOWN);
	return true;
}

static void poll(struct push *job);

/* on_verified - the servers were asked again */
static void
on_verified(struct push *job)
{
	int64_t now_ms = loop_now_ms();

	zonediff_judge(job->diff);
	if (no_memory(job))
		return;
	if (!push_lagging(job, true)) {
		/* Those that never answered do not say so either. */
		if (push_lagging(job, false))
			push_finish(job, PUSH_LAGGING);
		else
			end_written(job);
	} else if (now_ms >= job->verify_until_ms) {
		push_finish(job, PUSH_LAGGING);
	} else {
		push_after(job, job->delay_ms, poll);
		job->delay_ms *= 2;
		if (job->delay_ms > LAST_MS)
			job->delay_ms = LAST_MS;
	}
}

/* poll - ask all servers again */
static void
poll(struct push *job)
{
	push_ask_again(job, on_verified);
}

/* verify - until all agree */
static void
verify(struct push *job)
{
	job->delay_ms = FIRST_MS;
	job->verify_until_ms = loop_now_ms() + job->p->conf.verify_ms;
	poll(job);
}

/* by_customer - a zone that is not here; the customer sets its records */
static bool
by_customer(struct push *job)
{
	bool any = false;

	for (size_t i = 0; i < job->diff->count; i++) {
		struct push_place *place = &job->places[i];

		if (!place->write || place->written ||
		    job->diff->names[i].part != ZONE_CUSTOMER ||
		    strcmp(job->diff->names[i].zone, job->zone) != 0)
			continue;
		place->write = false;
		place->by_customer = true;
		any = true;
	}
	return any;
}

/* refused - the end of a write that did not go through */
static enum push_end
refused(enum dnschange_end end)
{
	return end == DNSCHANGE_TIMEOUT || end == DNSCHANGE_UNREACHABLE ||
		end == DNSCHANGE_UNSIGNED
	    ? PUSH_UNKNOWN
	    : PUSH_REFUSED;
}

/* is_clear - is it certain that nothing was written? */
static bool
is_clear(enum dnschange_end end)
{
	return end == DNSCHANGE_BAD_KEY || end == DNSCHANGE_BAD_TIME ||
	    end == DNSCHANGE_NOT_AUTH || end == DNSCHANGE_REFUSED;
}

/* look_again - has it been written after all? */
static void
look_again(struct push *job)
{
	push_ask_again(job, on_seen);
}

/* on_written - a message has ended */
static void
on_written(struct push *job)
{
	if (job->failed == DNSCHANGE_DONE) {
		write_next(job);
	} else if (job->failed == DNSCHANGE_NOT_AUTH && by_customer(job)) {
		write_next(job);
	} else if (!is_clear(job->failed) && !job->looked_again) {
		job->looked_again = job->after_look = true;
		push_after(job, AGAIN_MS, look_again);
	} else {
		push_finish(job, refused(job->failed));
	}
}

/* write_next - the next zone's, or see whether all agree */
static void
write_next(struct push *job)
{
	if (push_write_next(job, on_written))
		return;
	if (!no_memory(job))
		verify(job);
}

/* end_look - what a look alone has shown */
static enum push_end
end_look(const struct push_verdict *v)
{
	return v->foreign ? PUSH_FOREIGN
	    : v->by_hand  ? PUSH_BY_HAND
	    : v->write	  ? PUSH_DIFFERS
	    : v->lags	  ? PUSH_LAGGING
			  : PUSH_SAME;
}

/* say_differs - for a look: what is to be done is in the diff */
static void
say_differs(struct push *job, const struct push_verdict *v)
{
	char fix[400];

	if (!v->write || v->foreign || v->by_hand)
		return;
	snprintf(fix, sizeof(fix), "Write it: mtasts dns push %s", job->domain);
	push_say(job, fix, "DNS does not have what %s is to have", job->domain);
}

/* act - the look is over: write, wait, or end */
static void
act(struct push *job, const struct push_verdict *v)
{
	job->by_hand = v->by_hand;
	if (job->want.look) {
		say_differs(job, v);
		push_finish(job, end_look(v));
	} else if (v->foreign) {
		push_finish(job, PUSH_FOREIGN);
	} else if (v->write) {
		if (push_remember(job))
			write_next(job);
		else
			push_finish(job, PUSH_UNKNOWN);
	} else if (v->lags || job->wrote) {
		verify(job);
	} else {
		end_written(job);
	}
}

/* after_failure - a look after a write whose end was not clear */
static void
after_failure(struct push *job, const struct push_verdict *v)
{
	char why[PUSH_WHY_MAX], fix[PUSH_WHY_MAX];

	job->after_look = false;
	/* It went through after all, or somebody else's value is there now. */
	if (!v->write || v->foreign) {
		job->wrote |= !v->write;
		act(job, v);
		return;
	}
	/*
	 * Somebody wrote between look and write, or the server was busy: once
	 * more, on what is there now.
	 */
	if (job->failed == DNSCHANGE_CHANGED ||
	    (job->failed == DNSCHANGE_FAILED && !job->by_hook)) {
		act(job, v);
		return;
	}
	snprintf(why, sizeof(why), "%s", job->said_why);
	snprintf(fix, sizeof(fix), "%s", job->said_fix);
	push_say(job, fix, "%s", why);
	push_finish(job, refused(job->failed));
}

/* decide - by what all servers said */
static void
decide(struct push *job)
{
	struct push_verdict v;

	if (no_memory(job))
		return;
	memcpy(job->said_why, job->why, sizeof(job->why));
	memcpy(job->said_fix, job->fix, sizeof(job->fix));
	v = push_survey(job);
	if (no_memory(job))
		return;
	if (v.unknown) {
		push_finish(job, PUSH_UNKNOWN);
	} else if (job->after_look) {
		after_failure(job, &v);
	} else {
		act(job, &v);
	}
}

/* on_seen - all servers were asked */
static void
on_seen(struct push *job)
{
	if (no_memory(job) || push_dns01_moved(job))
		return;
	/* Others' records may lead to the same addresses. */
	zonediff_judge(job->diff);
	if (!push_see_ends(job, decide))
		decide(job);
}

/* begin - a job has its turn */
static void
begin(struct push *job)
{
	bool good = job->answer != NULL ? push_dns01_read(job) : push_read(job);

	if (!good)
		push_finish(job, PUSH_UNKNOWN);
	else if (job->diff->count == 0)
		push_finish(job, PUSH_SAME);
	else
		push_see(job, on_seen);
}

void
push_run(struct pusher *p)
{
	struct push *job;

	while (p->running < RUNNING_MAX &&
	    (job = TAILQ_FIRST(&p->queue)) != NULL) {
		TAILQ_REMOVE(&p->queue, job, wait);
		p->running++;
		metric_set(p->metrics.running, p->running);
		job->stage = PUSH_BEGUN;
		push_after(job, 0, begin);
	}
}

/* ---- jobs ---- */

struct push *
push_new(struct pusher *p)
{
	struct push *job = mem_zalloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->p = p;
	LIST_INIT(&job->asks);
	job->timer = loop_timer(p->conf.loop, on_timer, job);
	if (job->timer == NULL) {
		mem_free(job);
		return NULL;
	}
	LIST_INSERT_HEAD(&p->jobs, job, link);
	TAILQ_INSERT_TAIL(&p->queue, job, wait);
	return job;
}

void
push_free(struct push *job)
{
	LIST_REMOVE(job, link);
	push_write_cancel(job);
	push_see_free(job);
	release(job);
}

struct push *
push_start(struct pusher *p, const struct push_want *want)
{
	struct push *job = push_new(p);

	if (job == NULL)
		return NULL;
	job->want = *want;
	snprintf(job->domain, sizeof(job->domain), "%s", want->domain);
	job->want.domain = job->domain;
	if (want->id != NULL) {
		snprintf(job->id, sizeof(job->id), "%s", want->id);
		job->want.id = job->id;
	}
	push_run(p);
	return job;
}

void
push_cancel(struct push *job)
{
	struct pusher *p;

	if (job == NULL)
		return;
	p = job->p;
	if (job->stage == PUSH_QUEUED)
		TAILQ_REMOVE(&p->queue, job, wait);
	else
		p->running--;
	push_free(job);
	push_run(p);
}

/* ---- opening ---- */

/* open_metrics - what is counted */
static void
open_metrics(struct push_metrics *m, struct metrics *metrics)
{
	static const char name[] = "mtasts_push_total";
	static const char help[] = "DNS pushes of domains by how they ended";
	static const char *const labels[PUSH_ENDS] = { "end=\"same\"",
		"end=\"written\"", "end=\"differs\"", "end=\"by hand\"",
		"end=\"foreign\"", "end=\"refused\"", "end=\"lagging\"",
		"end=\"unknown\"" };

	for (unsigned i = 0; i < PUSH_ENDS; i++)
		m->ends[i] =
		    metrics_add(metrics, METRIC_COUNTER, name, help, labels[i]);
	m->running = metrics_add(metrics, METRIC_GAUGE, "mtasts_push_running",
	    "DNS pushes that are under way", "");
}

enum mtasts_err
pusher_open(const struct pusher_conf *conf, struct pusher **out,
    struct mtasts_diags *diags)
{
	struct pusher *p = mem_zalloc(1, sizeof(*p));
	struct zonesee_conf see = { .loop = conf->loop,
		.dns = conf->dns,
		.dns_port =
		    conf->dns_port != 0 ? conf->dns_port : PUSH_DNS_PORT,
		.timeout_ms = conf->ask_ms != 0 ? conf->ask_ms : ASK_MS };
	enum mtasts_err err;

	if (p == NULL)
		return MTASTS_ENOMEM;
	p->conf = *conf;
	if (p->conf.verify_ms == 0)
		p->conf.verify_ms = VERIFY_MS;
	LIST_INIT(&p->jobs);
	TAILQ_INIT(&p->queue);
	open_metrics(&p->metrics, conf->metrics);
	/* Who only looks needs no key. */
	err = push_ways_open(p, conf->registry != NULL, diags);
	if (err == MTASTS_OK &&
	    getrandom(see.seed, sizeof(see.seed), 0) != sizeof(see.seed))
		err = MTASTS_ESYS;
	if (err == MTASTS_OK)
		err = zonesee_open(&see, &p->see);
	if (err == MTASTS_OK)
		err = dnsupdate_open(conf->loop, &p->update);
	if (err != MTASTS_OK)
		pusher_close(p);
	else
		*out = p;
	return err;
}

void
pusher_close(struct pusher *p)
{
	struct push *job;

	if (p == NULL)
		return;
	/* None that waits may begin because another one goes. */
	while ((job = TAILQ_FIRST(&p->queue)) != NULL) {
		TAILQ_REMOVE(&p->queue, job, wait);
		push_free(job);
	}
	while ((job = LIST_FIRST(&p->jobs)) != NULL)
		push_free(job);
	dnsupdate_close(p->update);
	zonesee_close(p->see);
	push_ways_close(p);
	mem_free(p);
}
