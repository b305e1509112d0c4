/*
 * resolve_wait.c - those who wait for an answer, and until when
 *
 * A list for each length of time: all of a list wait equally long, so it is
 * sorted by itself and one timer does for everybody. Deadlines are absolute.
 * Knows neither DNS nor protocol.
 */
#include "task/resolve_int.h"

#include "base/arena.h"

struct resolve_wait *
wait_new(struct resolve *r, const struct resolve_ask *ask)
{
	struct resolve_wait *w;

	if (r->wait_count >= r->conf.max_waits)
		return NULL;
	w = mem_zalloc(1, sizeof(*w) + ask->key.len + ask->host.len);
	if (w == NULL)
		return NULL;
	w->r = r;
	w->ask = *ask;
	w->ask.key.p = w->bytes;
	w->ask.host.p = w->bytes + ask->key.len;
	if (ask->key.len > 0)
		memcpy(w->bytes, ask->key.p, ask->key.len);
	if (ask->host.len > 0)
		memcpy(w->bytes + ask->key.len, ask->host.p, ask->host.len);
	w->began_ms = r->world->now_ms();
	w->class = WAIT_CLASSES;
	w->clock = WAIT_CLOCKS;
	r->wait_count++;
	return w;
}

void
wait_arm(struct resolve *r, int64_t at_ms)
{
	if (at_ms >= r->timer_at)
		return;
	r->timer_at = at_ms;
	loop_timer_start(r->timer, at_ms - r->world->now_ms());
}

/* insert_other - into the list of all other lengths, sorted by deadline */
static void
insert_other(struct wait_list *list, struct resolve_wait *w)
{
	struct resolve_wait *before = TAILQ_LAST(list, wait_list);

	while (before != NULL && before->deadline_ms > w->deadline_ms)
		before = TAILQ_PREV(before, wait_list, later);
	if (before == NULL)
		TAILQ_INSERT_HEAD(list, w, later);
	else
		TAILQ_INSERT_AFTER(list, before, w, later);
}

/* clock_start - begin to wait until the deadline */
static void
clock_start(struct resolve_wait *w)
{
	struct resolve *r = w->r;
	int64_t ms = w->ask.deadline_ms;

	w->clock = WAIT_OTHER;
	if (ms == 0) {
		ms = dialect_deadline_ms(w->ask.dialect);
		w->clock = ms == dialect_deadline_ms(DIALECT_QUERY)
		    ? WAIT_LONG
		    : WAIT_SHORT;
	}
	w->deadline_ms = w->began_ms + ms;
	if (w->clock == WAIT_OTHER)
		insert_other(&r->clocks[w->clock], w);
	else
		TAILQ_INSERT_TAIL(&r->clocks[w->clock], w, later);
	wait_arm(r, w->deadline_ms);
}

void
wait_add(struct resolve_wait *w, struct run *run, enum wait_class class)
{
	w->run = run;
	w->class = class;
	TAILQ_INSERT_TAIL(&run->waits[class], w, next);
	if (w->clock == WAIT_CLOCKS)
		clock_start(w);
}

void
wait_soon(struct resolve_wait *w)
{
	w->soon = true;
	TAILQ_INSERT_TAIL(&w->r->soon, w, next);
	wait_arm(w->r, w->r->world->now_ms());
}

void
wait_remove(struct resolve_wait *w)
{
	if (w->soon)
		TAILQ_REMOVE(&w->r->soon, w, next);
	else if (w->run != NULL)
		TAILQ_REMOVE(&w->run->waits[w->class], w, next);
	w->soon = false;
	w->run = NULL;
	if (w->clock != WAIT_CLOCKS)
		TAILQ_REMOVE(&w->r->clocks[w->clock], w, later);
	w->clock = WAIT_CLOCKS;
}

void
wait_move(struct resolve_wait *w, enum wait_class class)
{
	TAILQ_REMOVE(&w->run->waits[w->class], w, next);
	w->class = class;
	TAILQ_INSERT_TAIL(&w->run->waits[class], w, next);
}

void
wait_free(struct resolve_wait *w)
{
	w->r->wait_count--;
	mem_free(w);
}

/* reply_to - call back with a reply */
static void
reply_to(struct resolve_wait *w, const struct resolve_reply *reply)
{
	tell_reply(w->r, &w->ask, reply, w->r->world->now_ms() - w->began_ms);
	w->cb(w->ctx, reply);
}

void
wait_answer(struct resolve_wait *w)
{
	struct run *run = w->run;
	bool dane = w->class == WAIT_DANE;
	struct resolve_reply reply;

	wait_remove(w);
	if (w->explain != NULL) {
		explain_answer(w, run);
	} else {
		ready_make(run, &w->ask, dane, &reply);
		reply_to(w, &reply);
	}
	wait_free(w);
}

void
wait_fail(struct resolve_wait *w)
{
	struct resolve_reply reply;

	wait_remove(w);
	if (w->explain != NULL) {
		explain_answer(w, NULL);
	} else {
		ready_temp(&w->ask, &reply);
		reply_to(w, &reply);
	}
	wait_free(w);
}

/* answer_soon - by what is known without waiting; else let it wait */
static void
answer_soon(struct resolve_wait *w)
{
	struct resolve_reply reply;

	wait_remove(w);
	if (w->explain == NULL && resolve_cached(w->r, &w->ask, &reply)) {
		w->cb(w->ctx, &reply);
		wait_free(w);
	} else if (w->fault != NULL || !wait_begin(w)) {
		wait_fail(w);
	}
}

/* all_soon - those that are there now: a callback may ask again */
static void
all_soon(struct resolve *r)
{
	struct resolve_wait *w;
	size_t count = 0;

	TAILQ_FOREACH(w, &r->soon, next)
	count++;
	while (count-- > 0 && (w = TAILQ_FIRST(&r->soon)) != NULL)
		answer_soon(w);
}

/* time_up - answer those of one clock whose time is up */
static void
time_up(struct wait_list *list, int64_t now_ms)
{
	struct resolve_wait *w;

	while ((w = TAILQ_FIRST(list)) != NULL && w->deadline_ms <= now_ms) {
		struct run *run = w->run;

		run->busy = true;
		wait_answer(w);
		run->busy = false;
		run_unwanted(run);
	}
}

void
wait_timeout(void *ctx)
{
	struct resolve *r = ctx;
	int64_t now_ms = r->world->now_ms();

	r->timer_at = INT64_MAX;
	all_soon(r);
	run_stir(r);
	for (size_t i = 0; i < WAIT_CLOCKS; i++)
		time_up(&r->clocks[i], now_ms);
	for (size_t i = 0; i < WAIT_CLOCKS; i++)
		if (!TAILQ_EMPTY(&r->clocks[i]))
			wait_arm(r, TAILQ_FIRST(&r->clocks[i])->deadline_ms);
	if (!TAILQ_EMPTY(&r->soon))
		wait_arm(r, now_ms);
}
