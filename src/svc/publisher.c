/*
 * publisher.c - mtasts-publisher: the registry, the duties and their frame
 *
 * Opens, lets follow the configuration and the registry, and ends in order.
 * What is done is the rooms', by the works of the configuration in force:
 * publisher_jobs brings domains out, publisher_looks looks at them,
 * publisher_certs renews certificates, publisher_watch tells how old they are.
 * Nothing is done while the registry is away: what was begun then, ends.
 */
#include "svc/publisher.h"

#include "base/arena.h"
#include "io/loop.h"
#include "store/registry_clock.h"
#include "svc/publisher_certs.h"
#include "svc/publisher_ctl.h"
#include "svc/publisher_jobs.h"
#include "svc/publisher_looks.h"
#include "svc/publisher_store.h"
#include "svc/publisher_watch.h"
#include "svc/publisher_works.h"
#include "svc/scrape.h"

#include <sys/random.h>

#define TICK_MS	      1000 /* between looks at the registry */
#define LOOK_MS	      10000 /* at resolv.conf and the trust anchor */
#define JUMP_S	      5 /* of the clock that counts as one */
#define WORKS_AGAIN_S 60 /* what cannot be opened is tried so often */
#define ENDING_MS     100 /* between looks at an order under way */

struct pubd {
	struct svc *svc;
	uint64_t seed[2];
	struct pubstore store;
	struct works *works; /* in force; null while the registry is away */
	int64_t works_at; /* when they may be tried again */
	struct pubcerts *certs;
	struct pubjobs *jobs;
	struct publooks *looks;
	struct pubwatch *watch;
	struct pubctl *ctl;
	int64_t clock_s; /* the time of day less that of a clock that never
			  * jumps, at the last look */
	struct scrape scrape;
	struct loop_watch *tick, *look, *ending;
	bool stale; /* what DNS is asked with was another at the last look */
	bool mended; /* no turn is left from a clock that was ahead */
};

/* ---- works ---- */

/* use_works - from now on; null: there are none */
static void
use_works(struct pubd *d, struct works *works)
{
	struct registry *r = works != NULL ? d->store.registry : NULL;

	pubjobs_use(d->jobs, works, r);
	publooks_use(d->looks, works, r);
	pubcerts_use(d->certs, works, r);
	works_put(d->works);
	d->works = works;
}

/* open_works - by the configuration in force; told when it fails */
static enum mtasts_err
open_works(struct pubd *d)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct works *works = NULL;
	enum mtasts_err err =
	    works_open(d->svc, d->seed, d->store.registry, &works, diags);

	log_findings(d->svc->log, "works", diags);
	mtasts_diags_free(diags);
	if (err == MTASTS_OK)
		use_works(d, works);
	else
		d->works_at = loop_time_s() + WORKS_AGAIN_S;
	return err;
}

/* ---- the registry ---- */

/* let_go - the registry is away: nothing may go on with it */
static void
let_go(struct pubd *d)
{
	d->mended = false;
	use_works(d, NULL);
	pubstore_drop(&d->store);
}

/* wake - all duties: whose turn it is may have changed */
static void
wake(struct pubd *d)
{
	pubjobs_wake(d->jobs);
	publooks_wake(d->looks);
	pubcerts_wake(d->certs);
}

/* clock_moved_s - how far was the clock set since the last look? */
static int64_t
clock_moved_s(struct pubd *d)
{
	int64_t now_s = loop_time_s() - loop_now_ms() / 1000;
	int64_t moved_s = now_s - d->clock_s;

	d->clock_s = now_s;
	return moved_s;
}

/* mend_clock - what a clock that was ahead has put off is due */
static void
mend_clock(struct pubd *d)
{
	if (d->mended || d->store.registry == NULL)
		return;
	/* While others write it is tried again, a second later. */
	d->mended =
	    registry_mend_clock(d->store.registry, loop_time_s()) == MTASTS_OK;
}

/* look - at the registry; false when there is no hope */
static bool
look(struct pubd *d)
{
	enum pubstore_seen seen = pubstore_look(&d->store);

	if (seen == PUBSTORE_GONE && d->works != NULL) {
		/* Perhaps another file is in its place. */
		let_go(d);
		seen = pubstore_look(&d->store);
	}
	if (seen == PUBSTORE_GONE || seen == PUBSTORE_HOPELESS)
		let_go(d);
	if (seen == PUBSTORE_CHANGED)
		wake(d);
	return seen != PUBSTORE_HOPELESS;
}

/* ---- following ---- */

/* follow - other works, by the configuration in force; the old ones may stay */
static void
follow(struct pubd *d)
{
	d->works_at = 0;
	if (d->store.registry != NULL && open_works(d) != MTASTS_OK &&
	    d->works != NULL)
		log_event(d->svc->log, LOG_LEVEL_ERROR, "works-kept", "reason",
		    "everything stays as it was");
	if (pubwatch_follow(d->watch, d->svc->conf) != MTASTS_OK)
		log_event(d->svc->log, LOG_LEVEL_ERROR, "works-kept", "reason",
		    mtasts_strerror(MTASTS_ENOMEM));
}

/* follow_clock - turns are by the time of day, and so is what is remembered */
static void
follow_clock(struct pubd *d)
{
	int64_t moved_s = clock_moved_s(d);
	struct log_line line;

	if (moved_s <= JUMP_S && moved_s >= -JUMP_S)
		return;
	log_begin(&line, d->svc->log, LOG_LEVEL_INFO, "clock-set");
	log_int(&line, "seconds", moved_s);
	log_end(&line);
	d->mended = false;
	mend_clock(d);
	follow(d);
	wake(d);
}

/* on_tick - once a second */
static void
on_tick(void *ctx)
{
	struct pubd *d = ctx;

	if (!look(d)) {
		svc_failed(d->svc);
		return;
	}
	follow_clock(d);
	mend_clock(d);
	if (d->works == NULL && d->store.registry != NULL &&
	    loop_time_s() >= d->works_at && open_works(d) != MTASTS_OK)
		log_event(d->svc->log, LOG_LEVEL_ERROR, "works-away", "reason",
		    "nothing is done until this is mended");
}

/* on_poke - somebody has changed the registry */
static void
on_poke(void *ctx)
{
	struct pubd *d = ctx;

	loop_timer_every(d->tick, TICK_MS);
	on_tick(d);
	wake(d);
}

/* publisher_reload - what has changed */
static void
publisher_reload(void *ctx, const struct conf *conf)
{
	struct pubd *d = ctx;

	if (d->works == NULL || !conf_same(d->works->conf, conf))
		follow(d);
}

/* on_look - have the system's DNS servers changed? Twice: not half-written */
static void
on_look(void *ctx)
{
	struct pubd *d = ctx;
	bool before = d->stale;

	d->stale =
	    d->works != NULL && reach_stale(&d->works->svc, &d->works->reach);
	if (!d->stale || !before)
		return;
	d->stale = false;
	log_event(d->svc->log, LOG_LEVEL_INFO, "dns-changed", "reason",
	    "resolv.conf or the trust anchor was changed");
	follow(d);
}

/* ---- start ---- */

/* on_step - of a job: for those who wait at the control socket */
static void
on_step(void *ctx, const char *domain, enum publish_step step)
{
	struct pubd *d = ctx;

	pubctl_step(d->ctl, domain, step);
}

/* on_done - the same of its end */
static void
on_done(void *ctx, const struct publish_result *result)
{
	struct pubd *d = ctx;

	pubctl_done(d->ctl, result);
}

/* certs_busy - no two duties work on one domain at a time */
static bool
certs_busy(void *ctx, struct str domain)
{
	const struct pubd *d = ctx;

	return pubcerts_busy(d->certs, domain);
}

/* jobs_busy - the same the other way */
static bool
jobs_busy(void *ctx, struct str domain)
{
	const struct pubd *d = ctx;

	return pubjobs_busy(d->jobs, domain);
}

/* open_duties - they have nothing to do yet */
static enum mtasts_err
open_duties(struct pubd *d)
{
	struct pubcerts_conf certs = { d->svc, jobs_busy, d };
	struct pubjobs_conf jobs = { .svc = d->svc,
		.seed = { d->seed[0], d->seed[1] },
		.busy = certs_busy,
		.busy_ctx = d,
		.ear = { on_step, on_done, d } };
	enum mtasts_err err = pubjobs_open(&jobs, &d->jobs);

	if (err == MTASTS_OK)
		err = pubcerts_open(&certs, &d->certs);
	if (err == MTASTS_OK)
		err = publooks_open(d->svc, d->seed, &d->looks);
	return err;
}

/* open_control - the control socket */
static enum mtasts_err
open_control(struct pubd *d, struct mtasts_diags *diags)
{
	const struct pubctl_conf conf = { .svc = d->svc,
		.store = &d->store,
		.certs = d->certs,
		.jobs = d->jobs,
		.looks = d->looks,
		.poke = on_poke,
		.ctx = d };

	return pubctl_open(&conf, &d->ctl, diags);
}

/* open_timers - what is looked at now and then */
static enum mtasts_err
open_timers(struct pubd *d)
{
	d->tick = loop_timer(d->svc->loop, on_tick, d);
	d->look = loop_timer(d->svc->loop, on_look, d);
	if (d->tick == NULL || d->look == NULL)
		return MTASTS_ENOMEM;
	loop_timer_every(d->tick, TICK_MS);
	loop_timer_every(d->look, LOOK_MS);
	return MTASTS_OK;
}

/* open_first - the registry, and what works on it, when it is there */
static enum mtasts_err
open_first(struct pubd *d)
{
	if (!look(d))
		return MTASTS_ESTORE;
	return d->store.registry != NULL ? open_works(d) : MTASTS_OK;
}

/* publisher_open_all - everything in order; stops at the first failure */
static enum mtasts_err
publisher_open_all(struct pubd *d, struct mtasts_diags *diags)
{
	enum mtasts_err err;

	clock_moved_s(d);
	if (getrandom(d->seed, sizeof(d->seed), 0) != sizeof(d->seed))
		return MTASTS_ESYS;
	err = pubstore_init(&d->store, d->svc);
	if (err == MTASTS_OK)
		err = open_duties(d);
	if (err == MTASTS_OK)
		err = open_first(d);
	if (err == MTASTS_OK)
		err = pubwatch_open(d->svc, &d->watch);
	if (err == MTASTS_OK)
		err = open_control(d, diags);
	if (err == MTASTS_OK)
		err = scrape_open(
		    d->svc, d->svc->conf->publisher.metrics, &d->scrape, diags);
	if (err == MTASTS_OK)
		err = open_timers(d);
	return err;
}

/* publisher_close_all - release everything; also what a failed start left */
static void
publisher_close_all(void *ctx)
{
	struct pubd *d = ctx;

	scrape_close(&d->scrape);
	pubctl_close(d->ctl);
	pubwatch_close(d->watch);
	pubjobs_close(d->jobs);
	publooks_close(d->looks);
	pubcerts_close(d->certs);
	works_put(d->works);
	pubstore_close(&d->store);
	loop_watch_close(d->tick);
	loop_watch_close(d->look);
	loop_watch_close(d->ending);
	mem_free(d);
}

/* say_listening - one line per address of a set */
static void
say_listening(struct pubd *d)
{
	struct log_line line;

	for (size_t i = 0; i < d->scrape.sockets.count; i++) {
		log_begin(&line, d->svc->log, LOG_LEVEL_INFO, "listening");
		log_cstr(&line, "address", d->scrape.sockets.v[i].label);
		log_cstr(&line, "serves", "metrics");
		log_end(&line);
	}
}

/* publisher_start - the duty begins */
static enum mtasts_err
publisher_start(struct svc *svc, void **ctx)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct pubd *d = mem_zalloc(1, sizeof(*d));
	enum mtasts_err err = MTASTS_ENOMEM;

	if (d == NULL)
		goto out;
	d->svc = svc;
	err = publisher_open_all(d, diags);
	log_findings(svc->log, "start", diags);
	if (err != MTASTS_OK) {
		publisher_close_all(d);
		goto out;
	}
	say_listening(d);
	*ctx = d;
out:
	mtasts_diags_free(diags);
	return err;
}

/* ---- end ---- */

/* on_ending - has the order that was under way come to its end? */
static void
on_ending(void *ctx)
{
	struct pubd *d = ctx;

	if (d->works != NULL && works_hold_orders(d->works)) {
		loop_timer_start(d->ending, ENDING_MS);
		return;
	}
	log_event(d->svc->log, LOG_LEVEL_INFO, "stopped", NULL, NULL);
	svc_done(d->svc);
}

/* publisher_stop - begin nothing; an order counts, so it may come to its end */
static void
publisher_stop(void *ctx)
{
	struct pubd *d = ctx;

	loop_timer_cancel(d->tick);
	pubcerts_stop(d->certs);
	pubjobs_stop(d->jobs);
	publooks_stop(d->looks);
	d->ending = loop_timer(d->svc->loop, on_ending, d);
	if (d->ending != NULL)
		loop_timer_start(d->ending, 0);
	else
		svc_done(d->svc);
}

/* publisher_check - what only this duty knows about its configuration */
static void
publisher_check(const struct conf *conf, struct mtasts_diags *diags)
{
	reach_check(conf, diags);
}

const struct svc_duty publisher_duty = {
	.name = "mtasts-publisher",
	.summary = "keeps what registered domains publish in step",
	.check = publisher_check,
	.start = publisher_start,
	.reload = publisher_reload,
	.stop = publisher_stop,
	.close = publisher_close_all,
};
