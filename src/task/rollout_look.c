/*
 * rollout_look.c - what follows from a look at a domain
 *
 * Turns audits into one outcome, has core/rollout judge it, and does what it
 * says: a step or the way back changes the settings in the same transaction in
 * which it is written down, so that whoever is killed in between finds the old
 * stage or the new one, and never half of each.
 */
#include "task/rollout.h"

#include "task/rollout_int.h"

/* A look being judged. */
struct looking {
	struct rollout_job j;
	const struct rollout_evidence *evidence;
	const struct audit *audit; /* of the domain itself, or null */
	struct rollout_seen seen;
	struct mtasts_diags *found; /* what speaks against it */
};

/* is_published - since when the id that is served is seen everywhere; or 0 */
static int64_t
is_published(const struct looking *l)
{
	const struct registry_rollout *r = &l->j.rollout;

	if (l->evidence->published_at != 0)
		return l->evidence->published_at;
	if (l->audit == NULL || !l->audit->live.published || !l->j.row.served)
		return 0;
	/* The policy may have changed since it was looked at. */
	if (!str_eq(str_of(l->audit->live.published_id), l->j.row.policy.id))
		return 0;
	if (r->state.published_at != 0 &&
	    str_eq(r->published_id, l->j.row.policy.id))
		return r->state.published_at;
	return l->audit->at;
}

/* is_foreign - is something else served than the stage says? */
static bool
is_foreign(const struct looking *l)
{
	enum rollout_stage stage = l->j.rollout.state.stage;

	return l->j.merged.mode != rollout_mode(stage) ||
	    l->j.merged.max_age_s != rollout_max_age(stage);
}

/* all_there - is there an audit of each name? Else a finding */
static bool
all_there(struct looking *l, const struct domain_names *names)
{
	static const struct diag_place nowhere;
	size_t missing = 0;

	for (size_t i = 0; i < names->count; i++)
		missing += safe_find(&l->evidence->looks, names->v[i]) == NULL;
	if (missing > 0)
		diag_add(l->found, &rollout_rules[ROLLOUT_RULE_ALIAS], nowhere,
		    "%zu of %zu names could not be looked at", missing,
		    names->count);
	return missing == 0;
}

/*
 * check_policy - does what is published fail a check?
 *
 * Record, policy host and policy file; mail servers were judged already.
 */
static bool
check_policy(struct looking *l)
{
	static const struct diag_place nowhere;
	bool fails = false;

	for (size_t i = 0; l->audit != NULL && i < l->audit->count; i++) {
		const struct audit_check *c = &l->audit->check[i];

		if (c->status != AUDIT_FAIL ||
		    strchr("DPF", c->check->id[0]) == NULL)
			continue;
		diag_add(l->found, &rollout_rules[ROLLOUT_RULE_CHECK], nowhere,
		    "check %s fails: %s", c->check->id, c->message);
		fails = true;
	}
	return fails;
}

/* plain_fault - one that nobody on the way between us and them can make up */
static bool
plain_fault(const struct looking *l, const struct settings_list *mx)
{
	for (size_t i = 0; i < l->evidence->looks.count; i++) {
		const struct live *v = &l->evidence->looks.v[i]->live;

		if (safe_plain(v, mx))
			return true;
	}
	return false;
}

/* judge_outcome - all that was seen, as one word; reasons are findings */
static enum mtasts_err
judge_outcome(struct looking *l)
{
	struct safe_want want = { .domain = NULL };
	struct domain_names names;
	enum safe_verdict verdict;
	enum mtasts_err err = domain_step_names(&l->j.s, l->j.row.name, &names);

	if (err)
		return err;
	/* What the settings give is what is served. */
	want.mx = l->j.merged.mx;
	want.domain = names.v[0];
	l->audit = safe_find(&l->evidence->looks, want.domain);
	verdict = safe_enforce(&want, &l->evidence->looks, l->found);
	if (!all_there(l, &names) && verdict == SAFE_YES)
		verdict = SAFE_UNKNOWN;
	l->seen.published_at = is_published(l);
	/* Before that the checks of what is published fail for that reason. */
	if (l->seen.published_at != 0 && check_policy(l))
		verdict = SAFE_NO;
	l->seen.plain = verdict == SAFE_NO && plain_fault(l, &want.mx);
	l->seen.outcome = verdict == SAFE_YES ? ROLLOUT_PASSES
	    : verdict == SAFE_NO	      ? ROLLOUT_FAILS
					      : ROLLOUT_UNKNOWN;
	return MTASTS_OK;
}

/* seen_at - when the oldest of the looks was made */
static int64_t
seen_at(const struct looking *l)
{
	int64_t at = l->j.s.job->now_at;

	for (size_t i = 0; i < l->evidence->looks.count; i++)
		if (l->evidence->looks.v[i]->at < at)
			at = l->evidence->looks.v[i]->at;
	return at;
}

/* sentence - why it is as it is: the first finding, or what is missing */
static enum mtasts_err
sentence(struct looking *l)
{
	const struct mtasts_finding *f = mtasts_diags_get(l->found, 0);
	struct arena *a = l->j.s.job->arena;
	const char *why = "", *fix = "";

	if (l->seen.outcome != ROLLOUT_PASSES && f != NULL) {
		why = arena_dup(a, str_of(f->message));
		fix = arena_dup(a, str_of(f->fix));
	} else if (l->j.out->verdict.reason == ROLLOUT_UNPUBLISHED &&
	    l->audit != NULL) {
		why = arena_dup(a, str_of(l->audit->live.published_why));
		fix = arena_printf(a,
		    "\"mtasts dns diff %" STR_FMT "\" shows what is missing "
		    "in DNS.",
		    STR_ARG(l->j.row.name));
	}
	if (why == NULL || fix == NULL)
		return MTASTS_ENOMEM;
	l->j.rollout.why = str_of(why);
	l->j.out->fix = fix;
	return MTASTS_OK;
}

/* event_of - what to write down; null: nothing happened */
static const char *
event_of(const struct rollout_verdict *v)
{
	if (v->action == ROLLOUT_STEP)
		return "step";
	if (v->action == ROLLOUT_BACK)
		return "auto-back";
	if (v->alarm_begins)
		return "alarm";
	return v->alarm_ends ? "all-clear" : NULL;
}

/* act - what core/rollout says, and keep it */
static enum mtasts_err
act(struct looking *l)
{
	struct rollout_job *j = &l->j;
	struct registry_rollout *r = &j->rollout;
	struct rollout_verdict *v = &j->out->verdict;
	enum mtasts_err err = MTASTS_OK;

	if (l->evidence->plan != NULL)
		r->plan = *l->evidence->plan;
	rollout_judge(&r->plan, &r->state, &l->seen, j->s.job->now_at, v);
	j->out->outcome = l->seen.outcome;
	r->reason = v->reason;
	r->next_at = v->next_at;
	r->published_id = j->row.served ? j->row.policy.id : str_of("");
	err = sentence(l);
	if (!err && v->action != ROLLOUT_WAIT)
		err = rollout_serve(j);
	if (!err)
		err = rollout_keep(j, event_of(v), r->why.p);
	return err ? err : rollout_tell(j);
}

/* look - see rollout_look(); within the transaction */
static enum mtasts_err
look(struct looking *l, struct str name)
{
	enum mtasts_err err = rollout_find_one(&l->j, name);

	if (err)
		return err;
	l->seen.at = seen_at(l);
	l->seen.foreign = is_foreign(l);
	l->seen.reports = l->evidence->reports;
	err = judge_outcome(l);
	return err ? err : act(l);
}

enum mtasts_err
rollout_look(const struct domain_job *job, struct str name,
    const struct rollout_evidence *evidence, struct rollout_result *out)
{
	struct domain_looks looks = { .seen = evidence->looks };
	struct looking l = { .evidence = evidence,
		.found = mtasts_diags_new() };
	struct domain_job with = *job;
	enum mtasts_err err = MTASTS_ENOMEM;

	*out = (struct rollout_result){ .why = "", .fix = "" };
	l.j.out = out;
	/* A step to mode enforce stands on the same evidence. */
	with.looks = &looks;
	if (l.found != NULL)
		err = domain_step_begin(&l.j.s, &with, &out->change);
	if (!err)
		err = domain_step_end(&l.j.s, look(&l, name));
	diag_move(job->diags, l.found);
	mtasts_diags_free(l.found);
	return err;
}
