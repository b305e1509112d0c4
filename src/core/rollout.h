/*
 * rollout - from mode testing to a long max_age, in steps, each on evidence
 *
 * RFC 8461 sections 5, 8.4 and 10.2: a policy that is enforced wrongly keeps
 * mail away for its max_age. So it begins in testing, is enforced for a day at
 * a time, then for a week, then for a month; a step is taken only when the
 * stage has lasted long enough, all that time published, and all looks at the
 * domain pass. Pure: what was seen, the state before and the time are
 * parameters, and a dry run is the same code.
 */
#ifndef MTASTS_CORE_ROLLOUT_H
#define MTASTS_CORE_ROLLOUT_H

#include "base/str.h"
#include "mtasts/policy.h"

enum rollout_stage {
	ROLLOUT_NONE = 0, /* there is no roll-out */
	ROLLOUT_TESTING, /* mode testing, max_age a day */
	ROLLOUT_DAY, /* mode enforce, max_age a day */
	ROLLOUT_WEEK, /* the same, a week */
	ROLLOUT_MONTH, /* the same, a month: done */
	ROLLOUT_STAGES
};

/* rollout_stage_name - "none", "testing", "enforce-day", "enforce-week", ... */
const char *rollout_stage_name(enum rollout_stage stage);

/* rollout_stage_find - the stage of a name; false when there is none */
bool rollout_stage_find(struct str name, enum rollout_stage *out);

/* rollout_mode, rollout_max_age - what is served in a stage; seconds */
enum mtasts_mode rollout_mode(enum rollout_stage stage);
uint32_t rollout_max_age(enum rollout_stage stage);

/*
 * rollout_stage_of - the stage that a policy is at, for taking it up
 *
 * Mode none is NONE; enforce counts by the max_age, whole stages only.
 */
enum rollout_stage rollout_stage_of(enum mtasts_mode mode, uint32_t max_age_s);

/*
 * rollout_fits - is a policy that of a stage?
 *
 * In the last one a longer max_age is somebody's wish, and fine.
 */
bool rollout_fits(
    enum rollout_stage stage, enum mtasts_mode mode, uint32_t max_age_s);

/* How long each stage lasts at least, in seconds. */
struct rollout_plan {
	int64_t testing_s;
	int64_t day_s;
	int64_t week_s;
	bool auto_back; /* go back to testing without being told */
};

/* rollout_plan_default - 14 days, 7 days, 14 days, never back by itself */
void rollout_plan_default(struct rollout_plan *out);

/* Where a domain is. Times are seconds UTC, 0: never. */
struct rollout_state {
	enum rollout_stage stage;
	bool paused; /* no step forward */
	bool alarm; /* enforced and failing; told, not over yet */
	int64_t begun_at;
	int64_t stage_at; /* since when it is in this stage */
	int64_t published_at; /* since when it is seen everywhere; 0: not */
	int64_t ok_at; /* when a failure in this stage was over; 0: none was */
	int64_t looked_at; /* the last look */
	int64_t passed_at; /* the last that passed */
	int64_t failing_at; /* since when looks fail; 0: they do not */
	/* Since when each look shows a fault that nobody on the way can make
	 * up; see rollout_seen.plain. */
	int64_t plain_at;
};

enum rollout_outcome {
	ROLLOUT_PASSES = 0,
	ROLLOUT_UNKNOWN, /* not all could be found out */
	ROLLOUT_FAILS
};

/* What received TLS reports tell of the policy, in the stage so far. */
struct rollout_reports {
	bool received; /* false: none came, the numbers say nothing */
	uint64_t successes;
	uint64_t failures; /* of the policy: sessions that would have failed */
};

/* One look at a domain and all its aliases. */
struct rollout_seen {
	int64_t at; /* when it was looked at */
	enum rollout_outcome outcome;
	/* It fails for a certificate that has expired, or an MX host that fits
	 * no mx by the word of every authoritative server. */
	bool plain;
	int64_t published_at; /* the policy of the stage; 0: not everywhere */
	bool foreign; /* mode or max_age are not those of the stage */
	struct rollout_reports reports;
};

enum rollout_action {
	ROLLOUT_WAIT = 0,
	ROLLOUT_STEP, /* to the next stage */
	ROLLOUT_BACK, /* to testing, at once */
	ROLLOUT_ACTIONS
};

/* Why it waits, or goes back. */
enum rollout_reason {
	ROLLOUT_BY_PLAN = 0, /* of a step: nothing holds it */
	ROLLOUT_TIME, /* the stage has not lasted long enough */
	ROLLOUT_UNPUBLISHED,
	ROLLOUT_FAILING,
	ROLLOUT_NOT_SEEN,
	ROLLOUT_STALE, /* the look is older than a day */
	ROLLOUT_REPORTED, /* reports tell of failures */
	ROLLOUT_PAUSED,
	ROLLOUT_FOREIGN,
	ROLLOUT_COMPLETE,
	ROLLOUT_REASONS
};

/* rollout_action_name - "wait", "step", "back" */
const char *rollout_action_name(enum rollout_action action);

/* rollout_reason_name - "time", "unpublished", "failing", ...: for logs */
const char *rollout_reason_name(enum rollout_reason reason);

/* rollout_reason_text - a sentence without full stop */
const char *rollout_reason_text(enum rollout_reason reason);

struct rollout_verdict {
	enum rollout_action action;
	enum rollout_reason reason;
	enum rollout_stage stage; /* after it */
	bool alarm_begins, alarm_ends;
	int64_t step_at; /* the wait is over; 0: that cannot be told */
	int64_t next_at; /* look again then */
};

/*
 * rollout_begin - a roll-out from this stage on; *s is what is known then
 *
 * published_at  0: it is not published yet, and its time does not run
 */
void rollout_begin(struct rollout_state *s, enum rollout_stage stage,
    int64_t published_at, int64_t now_at);

/*
 * rollout_judge - what follows from a look
 *
 * s  as it was; as it is afterwards, step or way back included
 *
 * A failure in a stage begins its wait anew when it is over; a look that tells
 * nothing, failures in reports, a policy that is not published everywhere hold
 * it. In an enforced stage a failure is an alarm. By itself it goes back only
 * when the plan says so, after an hour in which every look showed a plain
 * fault: else whoever can block our connections could switch enforcement off.
 */
void rollout_judge(const struct rollout_plan *plan, struct rollout_state *s,
    const struct rollout_seen *seen, int64_t now_at,
    struct rollout_verdict *out);

/* rollout_back - to testing, as the administrator says */
void rollout_back(struct rollout_state *s, int64_t now_at);

/* When the stages begin if all goes well; 0 where it has begun already. */
struct rollout_calendar {
	int64_t at[ROLLOUT_STAGES];
};

/*
 * rollout_calendar - the earliest days of all steps that are to come
 *
 * As if it were looked at just then, and published without delay.
 */
void rollout_calendar(const struct rollout_plan *plan,
    const struct rollout_state *s, int64_t now_at,
    struct rollout_calendar *out);

#endif
