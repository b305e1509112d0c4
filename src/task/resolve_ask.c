/*
 * resolve_ask.c - the lookups and fetches of a run
 *
 * Starts what core/decide asks for, hands it what came of it, and sees to it
 * that nothing comes any more when the run has ended. What cannot be started
 * for want of memory has failed, like any other lookup.
 */
#include "task/resolve_int.h"

#include "base/arena.h"

/* question_free - and have its answer not come */
static void
question_free(struct question *q, bool answered)
{
	const struct resolve_world *world = q->run->r->world;

	if (!answered && q->fetch)
		world->fetch_cancel(q->get);
	else if (!answered)
		world->dns_cancel(q->ask);
	LIST_REMOVE(q, next);
	mem_free(q);
}

void
run_hush(struct run *run)
{
	while (!LIST_EMPTY(&run->questions))
		question_free(LIST_FIRST(&run->questions), false);
}

/* on_dns - a lookup has ended */
static void
on_dns(void *ctx, const struct dnsfact *fact)
{
	struct question *q = ctx;
	struct run *run = q->run;
	struct mtasts_diags *diags = mtasts_diags_new();
	unsigned tag = q->tag;

	question_free(q, true);
	decide_dns(run->decide, tag, fact, run->r->world->time_s(), diags);
	log_findings(run->r->conf.log, "policy", diags);
	mtasts_diags_free(diags);
	run_advance(run);
}

/* on_fetched - a fetch has ended */
static void
on_fetched(void *ctx, const struct fetchfact *fact)
{
	struct question *q = ctx;
	struct run *run = q->run;
	struct mtasts_diags *diags = mtasts_diags_new();
	unsigned tag = q->tag;

	question_free(q, true);
	decide_fetched(run->decide, tag, fact, run->r->world->time_s(), diags);
	log_findings(run->r->conf.log, "policy", diags);
	mtasts_diags_free(diags);
	run_advance(run);
}

/* start_question - false: no memory */
static bool
start_question(struct run *run, const struct decide_question *dq)
{
	const struct resolve_world *world = run->r->world;
	const struct resolve_conf *conf = &run->r->conf;
	struct question *q = mem_zalloc(1, sizeof(*q));

	if (q == NULL)
		return false;
	q->run = run;
	q->tag = dq->tag;
	q->fetch = dq->kind == DECIDE_FETCH;
	if (q->fetch)
		q->get =
		    world->fetch_start(conf->fetcher, dq->name, on_fetched, q);
	else
		q->ask =
		    world->dns_start(conf->dns, dq->name, dq->type, on_dns, q);
	if (q->fetch ? q->get == NULL : q->ask == NULL) {
		mem_free(q);
		return false;
	}
	LIST_INSERT_HEAD(&run->questions, q, next);
	return true;
}

/* fail_question - it could not be asked, for trouble of ours */
static void
fail_question(struct run *run, const struct decide_question *dq, int64_t now_at)
{
	if (dq->kind == DECIDE_FETCH)
		decide_fetched(run->decide, dq->tag, NULL, now_at, NULL);
	else
		decide_dns(run->decide, dq->tag, NULL, now_at, NULL);
}

void
run_kick(struct run *run)
{
	int64_t now_at = run->r->world->time_s();
	struct decide_question dq;

	while (decide_next(run->decide, &dq, now_at)) {
		if (dq.kind == DECIDE_DNS &&
		    (dq.type == DNSTYPE_A || dq.type == DNSTYPE_AAAA ||
			dq.type == DNSTYPE_TLSA))
			run->hosts_asked = true;
		if (!start_question(run, &dq))
			fail_question(run, &dq, now_at);
	}
}
