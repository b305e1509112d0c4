/*
 * rollout - taking domains from mode testing to a long max_age
 *
 * RFC 8461 sections 5, 8.1 and 8.4. When a step may be taken is core/rollout's
 * to say; here it is done: each function is one transaction in which the
 * settings change, so that the policy's id does, and what is known of the
 * roll-out is kept with it. Whoever looked at the domain and all its aliases
 * brings the evidence. Part of task/domain.
 */
#ifndef MTASTS_TASK_ROLLOUT_H
#define MTASTS_TASK_ROLLOUT_H

#include "core/rollout.h"
#include "task/domain.h"

/* What is known when a domain is looked at. */
struct rollout_evidence {
	/* Of the domain and of each alias, as domain_group() names them; the
	 * inspector asked for the MX records at each server and read the
	 * registry (inspector_conf.mx_servers, own). Others among them do not
	 * count. Borrowed. */
	struct safe_looks looks;
	/* Since when the id that is served now is at all servers; 0: by the
	 * audit of the domain, which is remembered from look to look. */
	int64_t published_at;
	struct rollout_reports reports;
	/* The durations that hold from now on; null: those it began with. */
	const struct rollout_plan *plan;
};

/* What was done to one domain. Strings live in the job's arena. */
struct rollout_result {
	const char *domain;
	struct rollout_state state; /* afterwards */
	struct rollout_plan plan;
	struct rollout_verdict verdict; /* of a look; else all zero */
	enum rollout_outcome outcome; /* of a look */
	bool broken; /* what is published fails a check: findings say which */
	const char *why; /* why it waits or fails, a sentence; "" */
	const char *fix; /* what to do about it; "" */
	int64_t next_at; /* look again then */
	struct rollout_calendar calendar;
	struct domain_result change; /* of the policy */
};

/*
 * rollout_start - begin with mode testing, or take up what is enforced already
 *
 * The domain is registered; its policy need not be published yet: the time of
 * stage testing runs from when it is. One whose policy is enforced is taken up
 * at the stage of its max_age, which is brought to that stage's. EEXIST when it
 * has a roll-out, EINVAL for an alias or a domain that is being removed,
 * EPOLICY when it would serve nothing; ENOENT, ESTORE, ENOMEM; with findings.
 * So for all functions here.
 */
enum mtasts_err rollout_start(const struct domain_job *job, struct str name,
    const struct rollout_plan *plan,
    struct rollout_result *out) MTASTS_MUST_CHECK;

/*
 * rollout_look - judge what was seen: a step, the way back, or why not yet
 *
 * What is wrong with the domain is told as findings. An alarm that begins or
 * ends is in out->verdict, and kept, so that it is told once.
 */
enum mtasts_err rollout_look(const struct domain_job *job, struct str name,
    const struct rollout_evidence *evidence,
    struct rollout_result *out) MTASTS_MUST_CHECK;

/* rollout_pause, rollout_resume - no step forward until it is resumed */
enum mtasts_err rollout_pause(const struct domain_job *job, struct str name,
    struct rollout_result *out) MTASTS_MUST_CHECK;
enum mtasts_err rollout_resume(const struct domain_job *job, struct str name,
    struct rollout_result *out) MTASTS_MUST_CHECK;

/*
 * rollout_return - to mode testing, now
 *
 * What "mtasts rollout back" does. Also for a domain that is enforced and has
 * no roll-out; it has one then, by plan.
 */
enum mtasts_err rollout_return(const struct domain_job *job, struct str name,
    const struct rollout_plan *plan,
    struct rollout_result *out) MTASTS_MUST_CHECK;

/* Something that happened. */
struct rollout_event {
	int64_t at;
	const char *what; /* "start", "step", "back", "auto-back", "alarm",
			   * "all-clear", "pause", "resume" */
	enum rollout_stage stage; /* after it */
	const char *text; /* a sentence, or "" */
};

/* One roll-out as it stands; borrowed for the call. */
struct rollout_item {
	const char *domain;
	const struct rollout_state *state;
	const struct rollout_plan *plan;
	enum rollout_reason reason; /* why it waits, by the last look */
	const char *why; /* and the sentence to that; "" */
	int64_t next_at;
	struct rollout_calendar calendar;
	const struct rollout_event *event; /* of a named domain; oldest first */
	size_t event_count;
};

/*
 * rollout_status - call fn for one domain, or for each when name is empty
 *
 * ENOENT with a finding when the named one has no roll-out.
 */
enum mtasts_err rollout_status(const struct domain_job *job, struct str name,
    bool (*fn)(void *arg, const struct rollout_item *item),
    void *arg) MTASTS_MUST_CHECK;

/* Who is to be looked at, and when. */
struct rollout_due {
	char domain[256]; /* "" when there is no roll-out at all */
	int64_t at; /* in the past: it is due */
};

/*
 * rollout_due - the domain whose look comes first
 *
 * For a daemon, as certify_next(): rollout_look() at that time, with evidence,
 * then ask again. A roll-out that is complete is looked at, too.
 */
enum mtasts_err rollout_due(struct registry *r, int64_t now_at,
    struct rollout_due *out) MTASTS_MUST_CHECK;

/*
 * rollout_each_due - call fn for the domains whose looks come first, in order
 *
 * As rollout_due(), at most count of them; for who looks at many side by side.
 * fn returns false to stop. ESTORE, ENOMEM.
 */
enum mtasts_err rollout_each_due(struct registry *r, int64_t now_at,
    size_t count, bool (*fn)(void *ctx, const struct rollout_due *due),
    void *ctx) MTASTS_MUST_CHECK;

enum rollout_rule {
	ROLLOUT_RULE_NONE = 0,
	ROLLOUT_RULE_THERE,
	ROLLOUT_RULE_CHECK,
	ROLLOUT_RULE_ALIAS,
	ROLLOUT_RULE_MODE,
	ROLLOUT_RULES
};
extern const struct diag_rule rollout_rules[ROLLOUT_RULES];

#endif
