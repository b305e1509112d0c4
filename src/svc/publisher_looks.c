/*
 * publisher_looks.c - domains looked at in their turn: MX records and roll-outs
 *
 * Whose turn it is stands in the registry, and is read a batch at a time; what
 * a look is, publisher_look knows. Few at a time, so that a hundred thousand
 * domains are spread over the day, and no domain twice. A domain rests for a
 * moment after its look, so that one whose end could not be written down does
 * not begin again and again.
 */
#include "svc/publisher_looks.h"

#include "base/arena.h"
#include "base/map.h"
#include "io/loop.h"
#include "store/registry_rollout.h"
#include "svc/publisher_look.h"
#include "task/domain_mx.h"
#include "task/rollout.h"

#include <stdio.h>

#define LOOKS_MAX   20
#define BATCH	    64
#define REST_MS	    5000
#define HOLD_S	    60 /* when the registry does not let us */
#define LOOK_MAX_MS 3600000 /* the clock may be set */
#define COUNT_MS    10000 /* roll-outs are counted so often at most */
#define OUTCOMES    3
#define SHARE	    20 /* reading the registry takes a part of the time */

/* One domain that is looked at, or rests; of an alias, by the name that was
 * due. */
struct look_slot {
	struct publooks *looks;
	struct publook *look; /* null: it rests */
	int64_t ended_ms;
	char domain[256]; /* the key */
};

/* How roll-outs stand. */
struct look_counts {
	int64_t stages[ROLLOUT_STAGES];
	int64_t alarms, paused;
};

struct publooks {
	const struct svc *svc;
	struct works *works; /* null: nothing is to be done */
	struct registry *registry;
	struct map map; /* of slots, by domain */
	size_t count; /* that do not rest */
	struct loop_watch *timer;
	bool stopping;
	int64_t held_until_at; /* begin nothing before */
	char batch[BATCH][256];
	size_t batch_count, batch_next;
	int64_t wake_at; /* when the next one's turn is; 0: nobody's */
	int64_t now_at; /* of the look that fills the batch */
	int64_t fill_ms; /* not filled again before */
	struct look_counts counts;
	int64_t counted_ms; /* 0: never */
	struct metric *running, *alarms, *broken;
	struct metric *stages[ROLLOUT_STAGES], *outcomes[OUTCOMES];
};

/* ---- whose turn is it? ---- */

/* note_due - into the batch, or its time into wake_at; false: enough */
static bool
note_due(struct publooks *p, const char *domain, int64_t at)
{
	if (at > p->now_at) {
		if (p->wake_at == 0 || at < p->wake_at)
			p->wake_at = at;
		return false;
	}
	if (map_get(&p->map, str_of(domain)) == NULL)
		snprintf(p->batch[p->batch_count++], sizeof(p->batch[0]), "%s",
		    domain);
	return p->batch_count < BATCH;
}

/* on_rollout - a roll-out whose look comes first */
static bool
on_rollout(void *ctx, const struct rollout_due *due)
{
	return note_due(ctx, due->domain, due->at);
}

/* on_mx - a name whose MX records are to be looked at first */
static bool
on_mx(void *ctx, const struct domain_mx_due *due)
{
	return note_due(ctx, due->name, due->at);
}

/* fill - read whose turn it is; false: nobody's */
static bool
fill(struct publooks *p)
{
	int64_t begun_ms = loop_now_ms();
	enum mtasts_err err;

	p->batch_count = p->batch_next = 0;
	p->wake_at = 0;
	p->now_at = loop_time_s();
	/* What we write ourselves changes the registry all the time. */
	if (begun_ms < p->fill_ms) {
		p->wake_at = p->now_at + 1;
		return false;
	}
	/* Those who wait for a list of MX serve nothing yet. */
	err = domain_mx_each_due(p->registry, on_mx, p);
	if (err == MTASTS_OK && p->batch_count < BATCH)
		err = rollout_each_due(
		    p->registry, p->now_at, BATCH, on_rollout, p);
	if (err != MTASTS_OK)
		p->held_until_at = p->now_at + HOLD_S;
	p->fill_ms = loop_now_ms() + (loop_now_ms() - begun_ms) * SHARE;
	return err == MTASTS_OK && p->batch_count > 0;
}

/* ---- looks ---- */

/* free_slot - forgotten; cancelled when it is under way */
static void
free_slot(struct look_slot *slot)
{
	struct publooks *p = slot->looks;

	if (slot->look != NULL) {
		publook_cancel(slot->look);
		p->count--;
	}
	map_del(&p->map, str_of(slot->domain));
	mem_free(slot);
}

/* sweep - forget those that have rested; all: every one */
static void
sweep(struct publooks *p, bool all)
{
	int64_t now_ms = loop_now_ms();
	size_t pos = 0;
	void *value;

	while (map_next(&p->map, &pos, NULL, &value)) {
		struct look_slot *slot = value;

		if (all ||
		    (slot->look == NULL && now_ms >= slot->ended_ms + REST_MS))
			free_slot(slot);
	}
}

/* on_done - it rests now, another one may begin */
static void
on_done(void *ctx, const struct publook_end *end)
{
	struct look_slot *slot = ctx;
	struct publooks *p = slot->looks;

	slot->look = NULL;
	slot->ended_ms = loop_now_ms();
	p->count--;
	metric_set(p->running, (int64_t)p->count);
	if (end->broken) {
		p->held_until_at = loop_time_s() + HOLD_S;
		metric_inc(p->broken);
	}
	if (end->rolled)
		metric_inc(p->outcomes[end->outcome]);
	loop_timer_start(p->timer, 0);
}

/* begin - a look at a domain; false: no memory */
static bool
begin(struct publooks *p, const char *domain)
{
	struct look_slot *slot;
	struct publook_conf conf = { .svc = p->svc,
		.works = p->works,
		.registry = p->registry,
		.done = on_done };

	/* An alias and a roll-out may stand in one batch. */
	if (map_get(&p->map, str_of(domain)) != NULL)
		return true;
	slot = mem_zalloc(1, sizeof(*slot));
	if (slot == NULL)
		return false;
	slot->looks = p;
	snprintf(slot->domain, sizeof(slot->domain), "%s", domain);
	if (map_put(&p->map, str_of(slot->domain), slot, NULL) != MTASTS_OK) {
		mem_free(slot);
		return false;
	}
	conf.ctx = slot;
	slot->look = publook_start(&conf, domain);
	if (slot->look == NULL) {
		free_slot(slot);
		return false;
	}
	p->count++;
	metric_set(p->running, (int64_t)p->count);
	return true;
}

/* wait_for - be called again at that time */
static void
wait_for(struct publooks *p, int64_t at)
{
	int64_t ms =
	    at > 0 ? (at - loop_time_s()) * 1000 : (int64_t)LOOK_MAX_MS;

	if (ms > LOOK_MAX_MS)
		ms = LOOK_MAX_MS;
	if (p->map.count > p->count && ms > REST_MS)
		ms = REST_MS;
	loop_timer_start(p->timer, ms > 1000 ? ms : 1000);
}

/* pump - begin as many looks as there may be */
static void
pump(struct publooks *p)
{
	bool more = true;

	if (p->works == NULL || p->stopping)
		return;
	if (p->held_until_at > loop_time_s()) {
		wait_for(p, p->held_until_at);
		return;
	}
	while (more && p->count < LOOKS_MAX) {
		if (p->batch_next < p->batch_count || fill(p))
			more = begin(p, p->batch[p->batch_next++]);
		else
			more = false;
	}
	wait_for(p, p->wake_at);
}

/* ---- counting ---- */

/* on_item - one more */
static bool
on_item(void *arg, const struct registry_rollout *row)
{
	struct look_counts *n = arg;

	n->stages[row->state.stage]++;
	n->alarms += row->state.alarm;
	n->paused += row->state.paused;
	return true;
}

/* count - how roll-outs stand, unless that is known well enough */
static void
count(struct publooks *p)
{
	struct look_counts n = { .alarms = 0 };
	int64_t now_ms = loop_now_ms();

	if (p->works == NULL ||
	    (p->counted_ms != 0 && now_ms - p->counted_ms < COUNT_MS) ||
	    registry_each_rollout(p->registry, on_item, &n) != MTASTS_OK)
		return;
	p->counts = n;
	p->counted_ms = now_ms;
	metric_set(p->alarms, n.alarms);
	for (unsigned i = ROLLOUT_TESTING; i < ROLLOUT_STAGES; i++)
		metric_set(p->stages[i], n.stages[i]);
}

/* on_timer - a look has ended, or somebody's turn may have come */
static void
on_timer(void *ctx)
{
	struct publooks *p = ctx;

	sweep(p, false);
	pump(p);
	count(p);
}

void
publooks_status(struct publooks *p, struct js_writer *w)
{
	p->counted_ms = 0;
	count(p);
	js_key(w, "rollouts");
	js_object(w);
	for (unsigned i = ROLLOUT_TESTING; i < ROLLOUT_STAGES; i++)
		js_kv_int(w, rollout_stage_name((enum rollout_stage)i),
		    p->counts.stages[i]);
	js_kv_int(w, "alarms", p->counts.alarms);
	js_kv_int(w, "paused", p->counts.paused);
	js_kv_int(w, "running", (int64_t)p->count);
	if (p->wake_at > 0)
		js_kv_time(w, "next", p->wake_at);
	js_end_object(w);
}

/* ---- open and close ---- */

/* add_metrics - how looks end, and how roll-outs stand */
static void
add_metrics(struct publooks *p)
{
	static const char *const stages[ROLLOUT_STAGES] = { NULL,
		"stage=\"testing\"", "stage=\"enforce-day\"",
		"stage=\"enforce-week\"", "stage=\"enforce-month\"" };
	static const char *const outcomes[OUTCOMES] = { "outcome=\"passes\"",
		"outcome=\"unknown\"", "outcome=\"fails\"" };
	struct metrics *m = p->svc->metrics;

	p->running =
	    metrics_add(m, METRIC_GAUGE, "mtasts_publisher_looks_running",
		"Domains that are looked at now.", "");
	p->broken = metrics_add(m, METRIC_COUNTER,
	    "mtasts_publisher_looks_unnoted_total",
	    "Looks whose result could not be written down.", "");
	p->alarms =
	    metrics_add(m, METRIC_GAUGE, "mtasts_publisher_rollout_alarms",
		"Enforced domains that fail: mail to them waits.", "");
	for (unsigned i = 0; i < OUTCOMES; i++)
		p->outcomes[i] = metrics_add(m, METRIC_COUNTER,
		    "mtasts_publisher_looks_total",
		    "Looks at domains with a roll-out, by what was seen.",
		    outcomes[i]);
	for (unsigned i = ROLLOUT_TESTING; i < ROLLOUT_STAGES; i++)
		p->stages[i] =
		    metrics_add(m, METRIC_GAUGE, "mtasts_publisher_rollouts",
			"Domains with a roll-out, by stage.", stages[i]);
}

enum mtasts_err
publooks_open(
    const struct svc *svc, const uint64_t seed[2], struct publooks **out)
{
	struct publooks *p = mem_zalloc(1, sizeof(*p));

	if (p == NULL)
		return MTASTS_ENOMEM;
	p->svc = svc;
	map_init(&p->map, seed);
	p->timer = loop_timer(svc->loop, on_timer, p);
	if (p->timer == NULL) {
		mem_free(p);
		return MTASTS_ENOMEM;
	}
	add_metrics(p);
	*out = p;
	return MTASTS_OK;
}

void
publooks_close(struct publooks *p)
{
	if (p == NULL)
		return;
	publooks_use(p, NULL, NULL);
	map_free(&p->map);
	loop_watch_close(p->timer);
	mem_free(p);
}

void
publooks_use(struct publooks *p, struct works *works, struct registry *registry)
{
	if (works == NULL)
		sweep(p, true);
	works_put(p->works);
	p->works = works != NULL ? works_hold(works) : NULL;
	p->registry = registry;
	p->held_until_at = 0;
	publooks_wake(p);
}

void
publooks_wake(struct publooks *p)
{
	if (p->works != NULL)
		loop_timer_start(p->timer, 0);
}

void
publooks_stop(struct publooks *p)
{
	p->stopping = true;
	sweep(p, true);
}
