/*
 * rollout_show.c - how roll-outs stand, and which is to be looked at next
 *
 * Reads only.
 */
#include "task/rollout.h"

#include "task/rollout_int.h"

#include <stdio.h>

#define WORK_MAX ((size_t)16 << 20)

/* A walk under way. */
struct showing {
	struct domain_step *s;
	bool (*fn)(void *arg, const struct rollout_item *item);
	void *arg;
	struct rollout_event *event;
	size_t event_count;
	enum mtasts_err err;
};

/* on_event - keep one */
static bool
on_event(void *arg, const struct registry_rollout_event *event)
{
	struct showing *w = arg;
	struct rollout_event *e = &w->event[w->event_count];
	struct arena *a = w->s->job->arena;

	if (w->event_count == REGISTRY_ROLLOUT_EVENTS)
		return false;
	*e = (struct rollout_event){ .at = event->at,
		.what = arena_dup(a, event->what),
		.stage = event->stage,
		.text = arena_dup(a, event->text) };
	if (e->what == NULL || e->text == NULL)
		w->err = MTASTS_ENOMEM;
	else
		w->event_count++;
	return w->err == MTASTS_OK;
}

/* show - hand on one */
static bool
show(void *arg, const struct registry_rollout *row)
{
	struct showing *w = arg;
	struct arena *a = arena_new(WORK_MAX);
	struct rollout_item item = { .state = &row->state,
		.plan = &row->plan,
		.reason = row->reason,
		.next_at = row->next_at,
		.event = w->event,
		.event_count = w->event_count };
	bool go_on = false;

	if (a != NULL) {
		item.domain = arena_dup(a, row->domain);
		item.why = arena_dup(a, row->why);
	}
	rollout_calendar(
	    &row->plan, &row->state, w->s->job->now_at, &item.calendar);
	if (item.domain != NULL && item.why != NULL)
		go_on = w->fn(w->arg, &item);
	else
		w->err = MTASTS_ENOMEM;
	arena_free(a);
	return go_on;
}

/* show_one - a named one, with what happened */
static enum mtasts_err
show_one(struct showing *w, struct rollout_job *j, struct str name)
{
	enum mtasts_err err = rollout_find_one(j, name);

	if (err)
		return err;
	w->event = arena_zalloc(
	    j->s.job->arena, REGISTRY_ROLLOUT_EVENTS, sizeof(*w->event));
	if (w->event == NULL)
		return MTASTS_ENOMEM;
	err = registry_each_rollout_event(j->s.r, j->row.name, on_event, w);
	if (!err && !w->err)
		show(w, &j->rollout);
	return err ? err : w->err;
}

enum mtasts_err
rollout_status(const struct domain_job *job, struct str name,
    bool (*fn)(void *arg, const struct rollout_item *item), void *arg)
{
	struct rollout_job j = { .there = false };
	struct showing w = { .s = &j.s, .fn = fn, .arg = arg };
	enum mtasts_err err = domain_step_begin(&j.s, job, NULL);

	if (err)
		return err;
	if (name.len > 0)
		err = show_one(&w, &j, name);
	else
		err = registry_each_rollout(j.s.r, show, &w);
	return domain_step_end(&j.s, err ? err : w.err);
}

/* A walk over those whose looks come first. */
struct turns {
	int64_t now_at;
	bool (*fn)(void *ctx, const struct rollout_due *due);
	void *ctx;
};

/* on_turn - tell of one */
static bool
on_turn(void *arg, const struct registry_rollout *row)
{
	const struct turns *t = arg;
	struct rollout_due due = { .at = row->next_at };

	/* A clock that was set back must not stop it all. */
	if (row->state.looked_at > t->now_at)
		due.at = t->now_at;
	snprintf(
	    due.domain, sizeof(due.domain), "%" STR_FMT, STR_ARG(row->domain));
	return t->fn(t->ctx, &due);
}

enum mtasts_err
rollout_each_due(struct registry *r, int64_t now_at, size_t count,
    bool (*fn)(void *ctx, const struct rollout_due *due), void *ctx)
{
	struct turns turns = { now_at, fn, ctx };

	return registry_each_due_rollout(r, count, on_turn, &turns);
}

/* on_first - for rollout_due() */
static bool
on_first(void *ctx, const struct rollout_due *due)
{
	*(struct rollout_due *)ctx = *due;
	return false;
}

enum mtasts_err
rollout_due(struct registry *r, int64_t now_at, struct rollout_due *out)
{
	struct rollout_due due = { .domain = "" };
	enum mtasts_err err = rollout_each_due(r, now_at, 1, on_first, &due);

	if (!err)
		*out = due;
	return err;
}
