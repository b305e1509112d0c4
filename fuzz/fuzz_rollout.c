/*
 * fuzz_rollout - looks at a domain that is rolled out: each byte one more
 *
 * Whatever is seen and whenever: no step before its time, none but by one, none
 * on anything but a look that passes and is fresh; never back by itself unless
 * wanted, and then only after an hour of plain faults.
 */
#include "fuzz.h"

#include "core/rollout.h"

#define HOUR INT64_C(3600)
#define DAY  (24 * HOUR)

/* What the looks have shown so far. */
struct world {
	struct rollout_plan plan;
	struct rollout_state state;
	int64_t now_at;
	int64_t published_at; /* unbroken, of this stage */
	int64_t passing_at; /* no look has failed since; 0: one does */
	int64_t plain_at; /* each look was plainly wrong since; 0 */
	int64_t stage_at;
};

/* lasted - what a stage has to */
static int64_t
lasted(const struct world *w, enum rollout_stage stage)
{
	return stage == ROLLOUT_TESTING ? w->plan.testing_s
	    : stage == ROLLOUT_DAY	? w->plan.day_s
					: w->plan.week_s;
}

/* check_step - one stage further, by the book */
static void
check_step(const struct world *w, const struct rollout_state *before,
    const struct rollout_seen *seen, const struct rollout_verdict *v)
{
	int64_t wait = lasted(w, before->stage);

	require(v->stage == before->stage + 1);
	require(before->stage < ROLLOUT_MONTH && !before->paused);
	require(seen->outcome == ROLLOUT_PASSES && !seen->foreign);
	require(w->now_at - seen->at <= DAY);
	require(w->now_at - w->stage_at >= wait);
	require(w->published_at != 0 && w->now_at - w->published_at >= wait);
	require(w->passing_at != 0 && w->now_at - w->passing_at >= wait);
	require(!seen->reports.received || seen->reports.failures == 0);
}

/* check_back - wanted, and an hour of what nobody else can make */
static void
check_back(const struct world *w, const struct rollout_state *before,
    const struct rollout_seen *seen)
{
	require(w->plan.auto_back && before->stage >= ROLLOUT_DAY);
	require(seen->outcome == ROLLOUT_FAILS && seen->plain);
	require(w->plain_at != 0 && seen->at - w->plain_at >= HOUR);
	require(w->state.stage == ROLLOUT_TESTING);
}

/* note - what a look shows, kept by other means than core/rollout's */
static void
note(struct world *w, const struct rollout_seen *seen)
{
	if (seen->published_at == 0 || seen->foreign)
		w->published_at = 0;
	else if (w->published_at == 0)
		w->published_at = seen->published_at;
	if (seen->outcome == ROLLOUT_FAILS)
		w->passing_at = 0;
	else if (seen->outcome == ROLLOUT_PASSES && w->passing_at == 0)
		w->passing_at = seen->at;
	if (seen->outcome != ROLLOUT_FAILS || !seen->plain)
		w->plain_at = 0;
	else if (w->plain_at == 0)
		w->plain_at = seen->at;
}

/* look - once, as a byte says */
static void
look(struct world *w, uint8_t how, uint8_t more)
{
	struct rollout_state before = w->state;
	struct rollout_seen seen = { .at = w->now_at - (more & 1 ? 2 * DAY : 0),
		.outcome = (enum rollout_outcome)(how % 3),
		.plain = (how & 4) != 0,
		.foreign = (more & 14) == 14,
		.reports = { (more & 16) != 0, 9, more >> 5 } };
	struct rollout_verdict v;

	/* A look that is older than the one before it is not told. */
	if (seen.at < before.looked_at)
		seen.at = w->now_at;
	seen.published_at = how & 8 ? 0
	    : w->published_at	    ? w->published_at
				    : w->now_at;
	note(w, &seen);
	rollout_judge(&w->plan, &w->state, &seen, w->now_at, &v);
	require(v.next_at > w->now_at && v.next_at <= w->now_at + DAY);
	require(v.stage == w->state.stage);
	require(!(v.alarm_begins && v.alarm_ends));
	if (v.action == ROLLOUT_STEP)
		check_step(w, &before, &seen, &v);
	else if (v.action == ROLLOUT_BACK)
		check_back(w, &before, &seen);
	else
		require(w->state.stage == before.stage);
	if (v.action == ROLLOUT_WAIT)
		return;
	w->stage_at = w->now_at;
	w->published_at = 0;
	/* Those of the stage before do not count. */
	if (v.action == ROLLOUT_STEP)
		w->passing_at = w->now_at;
	w->plain_at = 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .now_at = 1767225600 };

	rollout_plan_default(&w.plan);
	w.plan.auto_back = size > 0 && (data[0] & 1) != 0;
	rollout_begin(&w.state, ROLLOUT_TESTING, 0, w.now_at);
	w.stage_at = w.passing_at = w.now_at;
	for (size_t i = 1; i + 1 < size; i += 2) {
		w.now_at += INT64_C(450) << (data[i] >> 4);
		if ((data[i + 1] & 14) == 12)
			w.state.paused = !w.state.paused;
		look(&w, data[i], data[i + 1]);
	}
	return 0;
}
