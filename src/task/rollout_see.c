/*
 * rollout_see.c - audits of a domain and its aliases, as one look
 *
 * Two questions, kept apart: would mail come through if the policy were
 * enforced, and is the policy that the stage has out there? A fault of the
 * first kind keeps mail away, one of the second only means that the stage's
 * time does not run. Changes nothing.
 *
 * RFC 8461 sections 4 and 8.1.
 */
#include "task/rollout.h"

#include "task/rollout_int.h"

static const struct diag_place nowhere;

/* is_foreign - is something else served than the stage says? */
static bool
is_foreign(const struct rollout_look *l)
{
	return !rollout_fits(
	    l->j.rollout.state.stage, l->j.merged.mode, l->j.merged.max_age_s);
}

/* all_there - is there an audit of each name? Else a finding */
static bool
all_there(struct rollout_look *l, const struct domain_names *names)
{
	size_t missing = 0;

	for (size_t i = 0; i < names->count; i++)
		missing += safe_find(&l->looks, names->v[i]) == NULL;
	if (missing > 0)
		diag_add(l->found, &rollout_rules[ROLLOUT_RULE_ALIAS], nowhere,
		    "%zu of %zu names could not be looked at", missing,
		    names->count);
	return missing == 0;
}

/*
 * check_policy - does what is published fail a check of these letters?
 *
 * D, P and F: record, policy host, policy file; mail servers are judged
 * elsewhere.
 */
static bool
check_policy(struct rollout_look *l, const char *letters)
{
	bool fails = false;

	for (size_t i = 0; i < l->audit->count; i++) {
		const struct audit_check *c = &l->audit->check[i];

		if (c->status != AUDIT_FAIL ||
		    strchr(letters, c->check->id[0]) == NULL)
			continue;
		diag_add(l->found, &rollout_rules[ROLLOUT_RULE_CHECK], nowhere,
		    "check %s fails: %s", c->check->id, c->message);
		fails = true;
	}
	return fails;
}

/* same_id - was the id that is served now the one that was looked for? */
static bool
same_id(const struct rollout_look *l)
{
	return l->j.row.served &&
	    str_eq(str_of(l->audit->live.published_id), l->j.row.policy.id);
}

/* published - is the policy of the stage out there, and good? */
static enum live_state
published(struct rollout_look *l)
{
	if (l->audit == NULL)
		return LIVE_OPEN;
	/* It may have changed since it was looked at. */
	if (!same_id(l))
		return LIVE_FAILS;
	if (l->audit->live.published == LIVE_OPEN)
		return LIVE_OPEN;
	/* That the record is not there yet is the way of things. */
	l->broken = check_policy(
	    l, l->audit->live.published == LIVE_WORKS ? "DPF" : "PF");
	return l->broken ? LIVE_FAILS : l->audit->live.published;
}

/* published_at - since when; what was not found out now, as it was known */
static int64_t
published_at(const struct rollout_look *l)
{
	const struct registry_rollout *r = &l->j.rollout;

	if (l->published == LIVE_FAILS)
		return 0;
	if (l->evidence->published_at != 0)
		return l->evidence->published_at;
	if (l->j.row.served && r->state.published_at != 0 &&
	    str_eq(r->published_id, l->j.row.policy.id))
		return r->state.published_at;
	return l->published == LIVE_WORKS ? l->audit->at : 0;
}

/* plain_fault - one that nobody on the way between us and them can make up */
static bool
plain_fault(const struct rollout_look *l, const struct settings_list *mx)
{
	for (size_t i = 0; i < l->looks.count; i++) {
		const struct live *v = &l->looks.v[i]->live;

		if (safe_plain(v, mx))
			return true;
	}
	return false;
}

/* would_pass - would mail come through, if it were enforced? */
static enum mtasts_err
would_pass(struct rollout_look *l, enum safe_verdict *out)
{
	struct safe_want want = { .mail_only = true };
	struct domain_names names;
	enum mtasts_err err = domain_step_names(&l->j.s, l->j.row.name, &names);

	if (!err)
		err = domain_step_looks(
		    &l->j.s, &l->evidence->looks, &names, &l->looks);
	if (err)
		return err;
	/* What the settings give is what is served. */
	want.mx = l->j.merged.mx;
	want.domain = names.v[0];
	l->audit = safe_find(&l->looks, want.domain);
	*out = safe_enforce(&want, &l->looks, l->found);
	if (!all_there(l, &names) && *out == SAFE_YES)
		*out = SAFE_UNKNOWN;
	l->seen.plain = *out == SAFE_NO && plain_fault(l, &want.mx);
	return MTASTS_OK;
}

/* seen_at - when the oldest of the looks was made */
static int64_t
seen_at(const struct rollout_look *l)
{
	int64_t at = l->j.s.job->now_at;

	for (size_t i = 0; i < l->looks.count; i++)
		if (l->looks.v[i]->at < at)
			at = l->looks.v[i]->at;
	return at;
}

enum mtasts_err
rollout_see(struct rollout_look *l)
{
	static const enum rollout_outcome outcomes[] = {
		[SAFE_YES] = ROLLOUT_PASSES,
		[SAFE_UNKNOWN] = ROLLOUT_UNKNOWN,
		[SAFE_NO] = ROLLOUT_FAILS,
	};
	enum safe_verdict verdict = SAFE_UNKNOWN;
	enum mtasts_err err = would_pass(l, &verdict);

	if (err)
		return err;
	l->published = published(l);
	if (l->published == LIVE_OPEN && verdict == SAFE_YES)
		verdict = SAFE_UNKNOWN;
	l->seen.at = seen_at(l);
	l->seen.outcome = outcomes[verdict];
	l->seen.published_at = published_at(l);
	l->seen.foreign = is_foreign(l);
	l->seen.reports = l->evidence->reports;
	return MTASTS_OK;
}
