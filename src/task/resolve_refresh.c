/*
 * resolve_refresh.c - looking after the cached policies
 *
 * A walk over all of them, a part at each tick, that comes round once a
 * minute. Those whose time has come are handed to core/decide, few at once so
 * that questions never wait for it: it fetches them anew (RFC 8461 section
 * 3.3, FET-12), puts that off, or drops those that nobody needs. All are
 * counted on the way. Times are the wall clock's: when it was set back a
 * refresh comes early.
 */
#include "task/resolve_int.h"

#define STEP_MIN 64 /* policies looked at in a tick */
#define AGAIN_S	 3600 /* after a refresh that set no time itself */
#define DAY_S	 86400

/* due - has the time come? Nothing is put off for longer than a day. */
static bool
due(const struct cached *c, int64_t now_at)
{
	return c->next_at <= now_at || c->next_at - now_at > DECIDE_REFRESH_S;
}

/* count - for the gauges of this round */
static void
count(struct sweep *s, const struct cached *c, int64_t now_at)
{
	int64_t age_s = now_at - c->fetched_at;

	if (c->mode < 3)
		s->mode[c->mode]++;
	s->age[age_s < DAY_S	    ? 0
		: age_s < 2 * DAY_S ? 1
		: age_s < 7 * DAY_S ? 2
				    : 3]++;
}

/* publish - the counts of a whole round */
static void
publish(struct resolve *r)
{
	struct sweep *s = &r->sweep;

	for (size_t i = 0; i < 3; i++)
		metric_set(r->tell.mode[i], s->mode[i]);
	for (size_t i = 0; i < 4; i++)
		metric_set(r->tell.age[i], s->age[i]);
	memset(s->mode, 0, sizeof(s->mode));
	memset(s->age, 0, sizeof(s->age));
	s->pos = 0;
}

/* refresh - begin one; nothing happens when memory is short */
static void
refresh(struct resolve *r, const struct cached *c)
{
	int64_t fetched_at = c->fetched_at;
	struct destkey key;
	struct entry *e;
	struct run *run;

	if (destkey_parse(cached_domain(c), &key, NULL) != DESTKEY_DOMAIN)
		return;
	e = entry_get(r, &key);
	/* One that is being looked up anyway comes round again. */
	if (e == NULL || e->run != NULL)
		return;
	run = run_ask(r, e, DECIDE_REFRESH, false);
	if (run == NULL)
		return;
	run->refresh = true;
	run->fetched_at = fetched_at;
	r->sweep.running++;
	run_settle(run);
}

/* tell_dropped - a policy that is needed no more has gone */
static void
tell_dropped(struct resolve *r, const struct dest *d)
{
	log_event(r->conf.log, LOG_LEVEL_INFO, "policy-dropped", "domain",
	    d->key.domain.text);
	metric_inc(r->tell.dropped);
}

void
sweep_ended(struct run *run)
{
	const struct dest *d = run->e->dest;
	struct resolve *r = run->r;

	r->sweep.running--;
	if (r->closing)
		return;
	if (d->policy == NULL)
		tell_dropped(r, d);
	else if (d->policy->fetched_at > run->fetched_at)
		metric_inc(r->tell.refresh_ok);
	else if (d->policy->failures > 0)
		metric_inc(r->tell.refresh_failed);
}

/* step - how many to look at in this tick */
static size_t
step(struct resolve *r)
{
	size_t n = policies_count(r->conf.policies) / RESOLVE_ROUND_TICKS;

	return n < STEP_MIN ? STEP_MIN : n;
}

/* walk - look at some more; stops at one that is due and has to wait */
static void
walk(struct resolve *r)
{
	int64_t now_at = r->world->time_s();
	struct sweep *s = &r->sweep;

	for (size_t n = step(r); n > 0; n--) {
		size_t before = s->pos;
		struct cached *c = policies_next(r->conf.policies, &s->pos);

		if (c == NULL) {
			publish(r);
			return;
		}
		if (due(c, now_at) && s->running >= RESOLVE_REFRESHES) {
			s->pos = before;
			return;
		}
		count(s, c, now_at);
		if (due(c, now_at))
			refresh(r, c);
	}
}

void
sweep_tick(void *ctx)
{
	struct resolve *r = ctx;

	resolve_look(r);
	tell_counts(r);
	if (policies_loaded(r->conf.policies))
		walk(r);
}
