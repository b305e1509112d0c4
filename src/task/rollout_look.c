/*
 * rollout_look.c - what follows from a look at a domain
 *
 * Has core/rollout judge what was seen, and does what it says: a step or the
 * way back changes the settings in the transaction in which it is written
 * down, so that whoever is killed in between finds the old stage or the new
 * one, and never half of each. What was seen is made of audits by
 * rollout_see.c.
 */
#include "task/rollout.h"

#include "task/rollout_int.h"

/* sentence - why it is as it is: the first finding, or what is missing */
static enum mtasts_err
sentence(struct rollout_look *l)
{
	const struct mtasts_finding *f = mtasts_diags_get(l->found, 0);
	struct arena *a = l->j.s.job->arena;
	const char *why = "", *fix = "";

	if (f != NULL) {
		why = arena_dup(a, str_of(f->message));
		fix = arena_dup(a, str_of(f->fix));
	} else if (l->published != LIVE_WORKS && l->audit != NULL) {
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
act(struct rollout_look *l)
{
	struct rollout_job *j = &l->j;
	struct registry_rollout *r = &j->rollout;
	struct rollout_verdict *v = &j->out->verdict;
	enum mtasts_err err = MTASTS_OK;

	if (l->evidence->plan != NULL)
		r->plan = *l->evidence->plan;
	rollout_judge(&r->plan, &r->state, &l->seen, j->s.job->now_at, v);
	j->out->outcome = l->seen.outcome;
	j->out->broken = l->broken;
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
look(struct rollout_look *l, struct str name)
{
	enum mtasts_err err = rollout_find_one(&l->j, name);

	if (err)
		return err;
	err = rollout_see(l);
	return err ? err : act(l);
}

enum mtasts_err
rollout_look(const struct domain_job *job, struct str name,
    const struct rollout_evidence *evidence, struct rollout_result *out)
{
	struct domain_looks looks = { .seen = evidence->looks };
	struct rollout_look l = { .evidence = evidence,
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
