/*
 * resolve_run.c - finding out what is not known of a destination
 *
 * Drives core/decide: starts the lookups and fetches it asks for, hands it the
 * results, saves the policy it changes, answers those who wait as soon as it
 * is ready, and goes on behind their backs until nothing is left to ask. One
 * run at a time per destination, whoever asks; a bounded number of them at a
 * time, the others in a queue.
 *
 * A run is ended here and nowhere else. While it is busy, somebody is being
 * called back who may ask for the same destination again: then it is joined,
 * never ended.
 */
#include "task/resolve_int.h"

#include "base/arena.h"
#include "base/siphash.h"

#include <assert.h>

/* domain_of - the policy domain it is about */
static struct str
domain_of(const struct run *run)
{
	const struct mtasts_dname *name = &run->e->dest->key.domain;

	return str_make(name->text, name->len);
}

/* draw - a random number */
static uint32_t
draw(struct resolve *r)
{
	r->drawn++;
	return (uint32_t)siphash64(
	    r->conf.seed, str_make((const char *)&r->drawn, sizeof(r->drawn)));
}

/* fill_ask - what is in force now, for a run */
static void
fill_ask(struct run *run, int64_t now_at)
{
	run->ask.mixed = run->r->conf.mixed;
	run->ask.rule = rule_find(run->r->conf.rules, domain_of(run), now_at);
	run->ask.jitter = draw(run->r);
}

bool
run_waits(const struct run *run)
{
	for (size_t i = 0; i < WAIT_CLASSES; i++)
		if (!TAILQ_EMPTY(&run->waits[i]))
			return true;
	return false;
}

bool
run_ready(const struct run *run, bool dane)
{
	return run->decide != NULL && !run->loading &&
	    decide_ready(run->decide, dane, run->r->world->time_s());
}

void
run_look(struct run *run)
{
	int64_t now_at = run->r->world->time_s();

	if (run->begun)
		return;
	entry_policy(run->r, run->e);
	fill_ask(run, now_at);
	decide_free(run->decide);
	run->decide = decide_new(run->e->dest, &run->ask, now_at);
}

bool
run_idle(const struct run *run)
{
	return run->begun && decide_idle(run->decide);
}

/* ask_on - ask what may be asked now, keep what was learned */
static void
ask_on(struct run *run)
{
	run_kick(run);
	run_save(run);
}

/* work - the policy is at hand: begin to ask */
static void
work(struct run *run)
{
	struct resolve *r = run->r;
	int64_t now_at = r->world->time_s();

	run->loading = false;
	entry_policy(r, run->e);
	fill_ask(run, now_at);
	decide_free(run->decide);
	run->decide = decide_new(run->e->dest, &run->ask, now_at);
	run->begun = run->decide != NULL;
	run->failed = !run->begun;
	if (run->begun)
		ask_on(run);
}

/* on_found - the policy of a run was read out of turn */
static void
on_found(void *ctx)
{
	struct run *run = ctx;

	work(run);
	run_advance(run);
}

/* begin - with what is in the memory, or once it has been read */
static void
begin(struct run *run)
{
	struct resolve *r = run->r;

	TAILQ_REMOVE(&r->queue, run, next);
	run->queued = false;
	TAILQ_INSERT_TAIL(&r->runs, run, next);
	r->run_count++;
	if (!policies_loaded(r->conf.policies) &&
	    policies_find(r->conf.policies, domain_of(run), on_found, run))
		run->loading = true;
	else
		work(run);
}

/* begin_queued - there is room: the turn of those who wait for it */
static void
begin_queued(struct resolve *r)
{
	struct run *run;

	/* What is begun here may end here, and make room in its turn. */
	if (r->beginning || r->closing)
		return;
	r->beginning = true;
	while (r->run_count < RESOLVE_RUNS &&
	    (run = TAILQ_FIRST(&r->queue)) != NULL) {
		begin(run);
		if (!run->loading)
			run_advance(run);
	}
	r->beginning = false;
}

/* run_new - in the queue or begun; null: no memory */
static struct run *
run_new(struct resolve *r, struct entry *e, const struct decide_ask *ask)
{
	struct run *run = mem_zalloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	run->r = r;
	run->e = e;
	run->ask = *ask;
	run->serial = ++r->serial;
	LIST_INIT(&run->questions);
	for (size_t i = 0; i < WAIT_CLASSES; i++)
		TAILQ_INIT(&run->waits[i]);
	e->run = run;
	run->queued = true;
	TAILQ_INSERT_TAIL(&r->queue, run, next);
	if (r->run_count < RESOLVE_RUNS)
		begin(run);
	if (!run->failed)
		return run;
	run_drop(run);
	return NULL;
}

/* join - one more asks the same */
static void
join(struct run *run, struct decide_ask *ask)
{
	run->ask.dane |= ask->dane;
	if (run->ask.purpose == DECIDE_REFRESH)
		run->ask.purpose = ask->purpose;
	if (!run->begun)
		return;
	ask->rule = run->ask.rule;
	decide_join(run->decide, ask, run->r->world->time_s());
	ask_on(run);
}

struct run *
run_ask(
    struct resolve *r, struct entry *e, enum decide_purpose purpose, bool dane)
{
	struct decide_ask ask = {
		.purpose = purpose, .dane = dane, .mixed = r->conf.mixed
	};

	e->asked |= purpose != DECIDE_REFRESH;
	if (e->run == NULL)
		return run_new(r, e, &ask);
	join(e->run, &ask);
	return e->run;
}

void
run_drop(struct run *run)
{
	struct resolve *r = run->r;
	struct entry *e = run->e;

	assert(!run->busy && !run_waits(run));
	if (run->refresh)
		sweep_ended(run);
	if (run->loading)
		policies_cancel(r->conf.policies, on_found, run);
	run_hush(run);
	if (run->queued) {
		TAILQ_REMOVE(&r->queue, run, next);
	} else {
		TAILQ_REMOVE(&r->runs, run, next);
		r->run_count--;
	}
	decide_free(run->decide);
	e->run = NULL;
	mem_free(run);
	if (e->asked)
		entry_weigh(r, e);
	else
		entry_free(r, e);
}

void
run_fail(struct run *run)
{
	struct resolve *r = run->r;
	struct resolve_wait *w;

	run->busy = true;
	for (size_t i = 0; i < WAIT_CLASSES; i++)
		while ((w = TAILQ_FIRST(&run->waits[i])) != NULL)
			wait_fail(w);
	run->busy = false;
	run_drop(run);
	begin_queued(r);
}

/* answer_class - those who can be answered, in the order they asked */
static void
answer_class(struct run *run, enum wait_class class)
{
	struct resolve_wait *w;

	while ((w = TAILQ_FIRST(&run->waits[class])) != NULL &&
	    (run_idle(run) || run_ready(run, class == WAIT_DANE)))
		wait_answer(w);
}

/* renew - the next run for those who want everything asked anew */
static void
renew(struct run *run)
{
	struct resolve_wait *w;

	while ((w = TAILQ_FIRST(&run->waits[WAIT_NEXT])) != NULL)
		wait_move(w, WAIT_END);
	run->ask.purpose = DECIDE_RENEW;
	run_restart(run);
}

void
run_settle(struct run *run)
{
	struct resolve *r = run->r;

	if (run->busy || !run_idle(run))
		return;
	run->busy = true;
	for (size_t i = 0; i < WAIT_NEXT; i++)
		while (run_idle(run) && !TAILQ_EMPTY(&run->waits[i]))
			wait_answer(TAILQ_FIRST(&run->waits[i]));
	run->busy = false;
	if (!run_idle(run))
		return; /* somebody joined it, and more is asked */
	if (!TAILQ_EMPTY(&run->waits[WAIT_NEXT])) {
		renew(run);
		return;
	}
	if (run->hosts_asked)
		tell_hosts(r, run->e->dest);
	run_drop(run);
	begin_queued(r);
}

void
run_advance(struct run *run)
{
	/* From the loop only: never from within a callback of its own. */
	assert(!run->busy);
	if (run->failed) {
		run_fail(run);
		return;
	}
	run->busy = true;
	ask_on(run);
	answer_class(run, WAIT_STS);
	answer_class(run, WAIT_DANE);
	run->busy = false;
	run_settle(run);
}

void
run_quit(struct run *run)
{
	run_hush(run);
	decide_free(run->decide);
	run->decide = NULL;
	run->stopped = run->begun || run->stopped;
	run->begun = false;
}

void
run_restart(struct run *run)
{
	run_quit(run);
	if (!run->stopped)
		return; /* what is in force will count when it begins */
	run->stopped = false;
	work(run);
	/* Answers come from the loop, never from within another's question. */
	run_later(run);
}

void
run_later(struct run *run)
{
	run->stir = true;
	wait_arm(run->r, run->r->world->now_ms());
}

void
run_leave(struct run *run)
{
	if (run->busy || !run_idle(run))
		return;
	/* Whose turn came at its end would be called back, too. */
	if (run_waits(run) || !TAILQ_EMPTY(&run->r->queue))
		run_later(run);
	else
		run_settle(run);
}

void
run_stir(struct resolve *r)
{
	struct run *run = TAILQ_FIRST(&r->runs);

	while (run != NULL) {
		if (!run->stir) {
			run = TAILQ_NEXT(run, next);
			continue;
		}
		run->stir = false;
		run_advance(run);
		/* Any of them may have ended meanwhile. */
		run = TAILQ_FIRST(&r->runs);
	}
}

bool
run_is_unwanted(const struct run *run)
{
	return run->queued && !run->busy && !run->refresh && !run_waits(run);
}

void
run_unwanted(struct run *run)
{
	if (run_is_unwanted(run))
		run_drop(run);
	else
		run_settle(run);
}

void
run_decide(struct run *run, bool dane, int64_t now_at, struct decision *out)
{
	struct decide_ask ask;

	/* Time was up before its turn: by what is known without. */
	run_look(run);
	ask = run->ask;
	ask.dane = dane;
	if (run->decide != NULL) {
		decide_verdict(run->decide, &ask, now_at, out);
		return;
	}
	*out = (struct decision){ .kind = DECISION_TEMP,
		.reason = DECISION_OURS,
		.text = "out of memory",
		.domain = domain_of(run) };
}
