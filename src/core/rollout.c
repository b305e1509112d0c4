/*
 * rollout.c - from mode testing to a long max_age, in steps, each on evidence
 *
 * Knows neither the registry nor how a domain is looked at. What holds a step
 * is asked in one order, so that the reason told is the one to mend first.
 *
 * RFC 8461 sections 5, 8.4 and 10.2.
 */
#include "core/rollout.h"

#define HOUR_S INT64_C(3600)
#define DAY_S  (24 * HOUR_S)

#define FRESH_S	     DAY_S /* a look tells so long how it is */
#define BACK_AFTER_S HOUR_S /* of plain failure, with auto-back */

/* How often a domain is looked at. */
#define LOOK_TESTING_S (12 * HOUR_S)
#define LOOK_ENFORCE_S (3 * HOUR_S)
#define LOOK_AGAIN_S   HOUR_S /* nothing was found out */
#define LOOK_ALARM_S   (HOUR_S / 4) /* enforced, and failing */
#define LOOK_PUBLISH_S HOUR_S

static const struct {
	const char *name;
	enum mtasts_mode mode;
	uint32_t max_age_s;
} stages[ROLLOUT_STAGES] = {
	[ROLLOUT_NONE] = { "none", MTASTS_MODE_NONE, 86400 },
	[ROLLOUT_TESTING] = { "testing", MTASTS_MODE_TESTING, 86400 },
	[ROLLOUT_DAY] = { "enforce-day", MTASTS_MODE_ENFORCE, 86400 },
	[ROLLOUT_WEEK] = { "enforce-week", MTASTS_MODE_ENFORCE, 604800 },
	[ROLLOUT_MONTH] = { "enforce-month", MTASTS_MODE_ENFORCE, 2592000 },
};

const char *
rollout_stage_name(enum rollout_stage stage)
{
	return stages[stage].name;
}

bool
rollout_stage_find(struct str name, enum rollout_stage *out)
{
	for (unsigned i = 0; i < ROLLOUT_STAGES; i++) {
		if (!str_eq(name, str_of(stages[i].name)))
			continue;
		*out = (enum rollout_stage)i;
		return true;
	}
	return false;
}

enum mtasts_mode
rollout_mode(enum rollout_stage stage)
{
	return stages[stage].mode;
}

uint32_t
rollout_max_age(enum rollout_stage stage)
{
	return stages[stage].max_age_s;
}

enum rollout_stage
rollout_stage_of(enum mtasts_mode mode, uint32_t max_age_s)
{
	enum rollout_stage stage = ROLLOUT_MONTH;

	if (mode == MTASTS_MODE_NONE)
		return ROLLOUT_NONE;
	if (mode == MTASTS_MODE_TESTING)
		return ROLLOUT_TESTING;
	while (stage > ROLLOUT_DAY && stages[stage].max_age_s > max_age_s)
		stage--;
	return stage;
}

bool
rollout_fits(
    enum rollout_stage stage, enum mtasts_mode mode, uint32_t max_age_s)
{
	uint32_t wanted_s = stages[stage].max_age_s;

	return mode == stages[stage].mode &&
	    (max_age_s == wanted_s ||
		(stage == ROLLOUT_MONTH && max_age_s > wanted_s));
}

const char *
rollout_action_name(enum rollout_action action)
{
	static const char *const names[ROLLOUT_ACTIONS] = { "wait", "step",
		"back" };

	return names[action];
}

/* A reason in a word and in a sentence. */
struct words {
	const char *name, *text;
};

/* clang-format off */
static const struct words reasons[ROLLOUT_REASONS] = {
[ROLLOUT_BY_PLAN] = { "plan", "nothing holds it" },
[ROLLOUT_TIME] = { "time", "this stage has not lasted long enough" },
[ROLLOUT_UNPUBLISHED] = { "unpublished",
	"its policy is not published everywhere as it should be" },
[ROLLOUT_FAILING] = { "failing", "the last look at the domain failed" },
[ROLLOUT_NOT_SEEN] = { "unknown",
	"not everything could be found out about the domain" },
[ROLLOUT_STALE] = { "stale", "the last look is older than a day" },
[ROLLOUT_REPORTED] = { "reports",
	"TLS reports of senders tell of failures in this stage" },
[ROLLOUT_PAUSED] = { "paused", "it is paused" },
[ROLLOUT_FOREIGN] = { "changed-by-hand",
	"mode or max-age were changed by hand" },
[ROLLOUT_COMPLETE] = { "complete", "it is complete" },
};
/* clang-format on */

const char *
rollout_reason_name(enum rollout_reason reason)
{
	return reasons[reason].name;
}

const char *
rollout_reason_text(enum rollout_reason reason)
{
	return reasons[reason].text;
}

void
rollout_plan_default(struct rollout_plan *out)
{
	*out = (struct rollout_plan){
		.testing_s = 14 * DAY_S,
		.day_s = 7 * DAY_S,
		.week_s = 14 * DAY_S,
	};
}

/* duration - how long a stage lasts at least */
static int64_t
duration(const struct rollout_plan *plan, enum rollout_stage stage)
{
	switch (stage) {
	case ROLLOUT_TESTING:
		return plan->testing_s;
	case ROLLOUT_DAY:
		return plan->day_s;
	case ROLLOUT_WEEK:
		return plan->week_s;
	default:
		return 0;
	}
}

/* enforced - do senders refuse to deliver by the policy of this stage? */
static bool
enforced(enum rollout_stage stage)
{
	return stage >= ROLLOUT_DAY;
}

/* enter - a stage begins; its policy is not published yet */
static void
enter(struct rollout_state *s, enum rollout_stage stage, int64_t at)
{
	s->stage = stage;
	s->stage_at = at;
	s->published_at = 0;
	s->ok_at = 0;
}

void
rollout_begin(struct rollout_state *s, enum rollout_stage stage,
    int64_t published_at, int64_t now_at)
{
	*s = (struct rollout_state){ .begun_at = now_at };
	enter(s, stage, now_at);
	s->published_at = published_at;
}

void
rollout_back(struct rollout_state *s, int64_t now_at)
{
	enter(s, ROLLOUT_TESTING, now_at);
	s->alarm = false;
	s->plain_at = 0;
}

/* later - the later of two times */
static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* earlier - the earlier of two times */
static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* wait_over_at - when the stage has lasted long enough; 0: its time stands */
static int64_t
wait_over_at(const struct rollout_plan *plan, const struct rollout_state *s)
{
	if (s->stage == ROLLOUT_NONE || s->stage == ROLLOUT_MONTH ||
	    s->published_at == 0 || s->failing_at != 0)
		return 0;
	return later(s->stage_at, later(s->published_at, s->ok_at)) +
	    duration(plan, s->stage);
}

/* note - what a look says, for the looks after it */
static void
note(struct rollout_state *s, const struct rollout_seen *seen, int64_t now_at)
{
	bool failed = seen->outcome == ROLLOUT_FAILS;

	/* A clock was ahead: the wait would last until it is there again. */
	s->stage_at = earlier(s->stage_at, now_at);
	s->ok_at = earlier(s->ok_at, now_at);
	s->looked_at = seen->at;
	s->published_at =
	    seen->foreign ? 0 : earlier(seen->published_at, now_at);
	if (failed && s->failing_at == 0)
		s->failing_at = seen->at;
	/* A look that tells nothing breaks the hour: nobody knows. */
	if (!failed || !seen->plain)
		s->plain_at = 0;
	else if (s->plain_at == 0)
		s->plain_at = seen->at;
	if (seen->outcome != ROLLOUT_PASSES)
		return;
	s->passed_at = seen->at;
	if (s->failing_at != 0)
		s->ok_at = seen->at;
	s->failing_at = 0;
}

/* what_holds - the first reason against a step now */
static enum rollout_reason
what_holds(const struct rollout_plan *plan, const struct rollout_state *s,
    const struct rollout_seen *seen, int64_t now_at)
{
	if (seen->outcome == ROLLOUT_FAILS)
		return ROLLOUT_FAILING;
	if (seen->foreign)
		return ROLLOUT_FOREIGN;
	if (s->stage == ROLLOUT_MONTH)
		return ROLLOUT_COMPLETE;
	if (s->paused)
		return ROLLOUT_PAUSED;
	if (seen->published_at == 0)
		return ROLLOUT_UNPUBLISHED;
	if (seen->outcome == ROLLOUT_UNKNOWN || s->failing_at != 0)
		return ROLLOUT_NOT_SEEN;
	if (seen->reports.received && seen->reports.failures > 0)
		return ROLLOUT_REPORTED;
	if (now_at < wait_over_at(plan, s))
		return ROLLOUT_TIME;
	return now_at - seen->at > FRESH_S ? ROLLOUT_STALE : ROLLOUT_BY_PLAN;
}

/* interval - how long until the next look */
static int64_t
interval(const struct rollout_state *s, enum rollout_reason reason)
{
	switch (reason) {
	case ROLLOUT_FAILING:
		return enforced(s->stage) ? LOOK_ALARM_S : LOOK_AGAIN_S;
	case ROLLOUT_NOT_SEEN:
	case ROLLOUT_STALE:
		return LOOK_AGAIN_S;
	case ROLLOUT_BY_PLAN:
	case ROLLOUT_UNPUBLISHED:
		return LOOK_PUBLISH_S;
	default:
		return enforced(s->stage) ? LOOK_ENFORCE_S : LOOK_TESTING_S;
	}
}

/* goes_back - by itself, as rarely as can be */
static bool
goes_back(const struct rollout_plan *plan, const struct rollout_state *s,
    const struct rollout_seen *seen)
{
	return plan->auto_back && enforced(s->stage) && !seen->foreign &&
	    seen->outcome == ROLLOUT_FAILS && s->plain_at != 0 &&
	    seen->at - s->plain_at >= BACK_AFTER_S;
}

/* judge_alarm - a failing domain that is enforced, told once */
static void
judge_alarm(struct rollout_state *s, const struct rollout_seen *seen,
    struct rollout_verdict *out)
{
	bool fails = seen->outcome == ROLLOUT_FAILS && enforced(s->stage);

	out->alarm_begins = fails && !s->alarm;
	out->alarm_ends = s->alarm && seen->outcome == ROLLOUT_PASSES;
	s->alarm = (s->alarm || fails) && !out->alarm_ends;
}

/* act - take the step, or the way back */
static void
act(const struct rollout_plan *plan, struct rollout_state *s,
    const struct rollout_seen *seen, int64_t now_at,
    struct rollout_verdict *out)
{
	if (goes_back(plan, s, seen)) {
		out->action = ROLLOUT_BACK;
		rollout_back(s, now_at);
	} else if (out->reason == ROLLOUT_BY_PLAN) {
		out->action = ROLLOUT_STEP;
		enter(s, s->stage + 1, now_at);
	}
	out->stage = s->stage;
}

void
rollout_judge(const struct rollout_plan *plan, struct rollout_state *s,
    const struct rollout_seen *seen, int64_t now_at,
    struct rollout_verdict *out)
{
	*out = (struct rollout_verdict){ .action = ROLLOUT_WAIT };
	note(s, seen, now_at);
	out->reason = what_holds(plan, s, seen, now_at);
	judge_alarm(s, seen, out);
	act(plan, s, seen, now_at, out);
	out->step_at = wait_over_at(plan, s);
	out->next_at = now_at + interval(s, out->reason);
	if (out->step_at > now_at && out->step_at < out->next_at)
		out->next_at = out->step_at;
}

void
rollout_calendar(const struct rollout_plan *plan, const struct rollout_state *s,
    int64_t now_at, struct rollout_calendar *out)
{
	int64_t at = wait_over_at(plan, s);

	*out = (struct rollout_calendar){ .at = { 0 } };
	if (s->stage == ROLLOUT_NONE)
		return;
	if (at == 0)
		at = now_at + duration(plan, s->stage);
	for (unsigned i = s->stage + 1u; i < ROLLOUT_STAGES; i++) {
		if (at < now_at)
			at = now_at;
		out->at[i] = at;
		at += duration(plan, (enum rollout_stage)i);
	}
}
