/*
 * decide_policy.c - what a fetch brings, and what is kept when it fails
 *
 * RFC 8461 sections 3.2, 3.3, 10.2. A policy is replaced by another policy
 * only: neither a failed fetch nor a text that is no policy touches a fresh
 * one. Knows no lookups; when to fetch is decide_sts.c's matter.
 */
#include "core/decide_int.h"

#include "base/arena.h"

/* Findings named in one message about leniencies. */
#define NAMED_MAX 8

void
decide_policy_times(struct decide *run, int64_t used_at, int64_t next_at)
{
	run->dest->policy->used_at = used_at;
	run->dest->policy->next_at = next_at;
	run->changed = true;
}

void
decide_policy_drop(struct decide *run)
{
	dest_set_policy(run->dest, NULL, false);
	run->changed = true;
}

/* interval - seconds to the next daily refresh, spread at random */
static int64_t
interval(uint32_t max_age_s, uint32_t jitter)
{
	int64_t s =
	    decide_clamp(max_age_s / 2, DECIDE_BACKOFF_MAX_S, DECIDE_REFRESH_S);

	return s - jitter % (s / 4);
}

/* backoff - seconds without a fetch for this id, after one that failed */
static int64_t
backoff(const struct dest *d, const char *id, enum fetchfact_end end)
{
	const struct dest_failure *f = &d->failure;

	/* Ours says nothing of them: no more than the minute of all. */
	if (end == FETCHFACT_OURS)
		return DECIDE_FETCH_EVERY_S;
	if (f->end == FETCHFACT_OK || f->end == FETCHFACT_OURS ||
	    strcmp(f->id, id) != 0)
		return DECIDE_BACKOFF_S;
	return decide_clamp(
	    2 * (f->until_at - f->at), DECIDE_BACKOFF_S, DECIDE_BACKOFF_MAX_S);
}

/*
 * note_failed - tell the administrator (RFC 8461 sections 3.3, 10.2)
 *
 * A warning the first time, an error once a day when time runs out, nothing
 * for a policy in mode none. was_tried_at is the try before this one.
 */
static void
note_failed(const struct dest *d, int64_t was_tried_at, int64_t now_at,
    struct mtasts_diags *diags)
{
	const struct cached *c = d->policy;
	int64_t left_s = decide_fresh_until(d) - now_at;
	int64_t mark_at = decide_fresh_until(d) - c->max_age_s / 4;
	const char *mode = mtasts_mode_name((enum mtasts_mode)c->mode);

	if (c->mode == MTASTS_MODE_NONE || left_s <= 0)
		return;
	if (now_at >= mark_at &&
	    (was_tried_at < mark_at ||
		(was_tried_at - mark_at) / 86400 != (now_at - mark_at) / 86400))
		diag_add(diags, &decide_rules[DECIDE_EXPIRES_SOON],
		    (struct diag_place){ 0 },
		    "the policy of %s in mode %s ends in %lld hours, and could "
		    "not be fetched %u times: %s",
		    d->key.domain.text, mode, (long long)left_s / 3600,
		    c->failures, d->failure.why);
	else if (c->failures == 1)
		diag_add(diags, &decide_rules[DECIDE_REFRESH_FAILED],
		    (struct diag_place){ 0 },
		    "the policy of %s in mode %s could not be fetched again: "
		    "%s; it applies for %lld more hours",
		    d->key.domain.text, mode, d->failure.why,
		    (long long)left_s / 3600);
}

/* keep_error - the cached policy with the error of its last fetch */
static void
keep_error(struct dest *d)
{
	struct cached_row row;
	struct cached *c;

	cached_row_of(d->policy, &row);
	row.error = str_of(d->failure.why);
	c = cached_new(&row);
	/* Without memory the text of the error before stays. */
	if (c == NULL)
		return;
	if (!d->policy_borrowed)
		mem_free(d->policy);
	/* The same text: what was read of it stays good. */
	d->policy = c;
	d->policy_borrowed = false;
}

/* note_id - for which id the fetch failed, and for which one before */
static void
note_id(struct dest_failure *f, const char *id)
{
	if (strcmp(f->id, id) == 0)
		return;
	if (f->end != FETCHFACT_OK) {
		memcpy(f->other_id, f->id, sizeof(f->other_id));
		f->other_until_at = f->until_at;
	}
	decide_copy(f->id, sizeof(f->id), id);
}

void
decide_policy_failed(struct decide *run, enum fetchfact_end end,
    const char *why, int64_t now_at, struct mtasts_diags *diags)
{
	struct dest *d = run->dest;
	int64_t wait_s = backoff(d, run->fetch_id, end);
	int64_t was_tried_at;

	d->generation++;
	note_id(&d->failure, run->fetch_id);
	d->failure.end = end;
	d->failure.at = now_at;
	d->failure.until_at = now_at + wait_s;
	decide_copy(d->failure.why, sizeof(d->failure.why), why);
	if (d->policy == NULL || d->once)
		return;
	was_tried_at = d->policy->tried_at;
	d->policy->tried_at = now_at;
	d->policy->next_at = now_at + wait_s;
	d->policy->end = (uint8_t)end;
	if (d->policy->failures < UINT16_MAX)
		d->policy->failures++;
	keep_error(d);
	run->changed = true;
	note_failed(d, was_tried_at, now_at, diags);
}

/* refuse - what was fetched is no policy; say why */
static void
refuse(struct decide *run, const struct mtasts_diags *found, int64_t now_at,
    struct mtasts_diags *diags)
{
	const struct mtasts_finding *f;
	const char *why = "it is no policy";

	/* Leniencies stand among the errors: the last one was too much. */
	for (size_t i = 0; (f = mtasts_diags_get(found, i)) != NULL; i++)
		if (f->severity == MTASTS_ERROR)
			why = f->message;
	diag_add(diags, &decide_rules[DECIDE_POLICY_REFUSED],
	    (struct diag_place){ 0 }, "what mta-sts.%s serves is no policy: %s",
	    run->dest->key.domain.text, why);
	decide_policy_failed(run, FETCHFACT_POLICY, why, now_at, diags);
}

/* note_lenient - the policy is used, though it is not to the letter */
static void
note_lenient(const struct dest *d, const struct mtasts_diags *found,
    struct mtasts_diags *diags)
{
	const struct mtasts_finding *f;
	unsigned named = 0;
	struct buf b;

	buf_init(&b, 1000);
	buf_puts(&b, "");
	for (size_t i = 0; (f = mtasts_diags_get(found, i)) != NULL; i++) {
		if (f->severity != MTASTS_ERROR || named++ >= NAMED_MAX)
			continue;
		buf_putf(&b, "%s%s", b.len > 0 ? ", " : "", f->name);
	}
	diag_add(diags, &decide_rules[DECIDE_POLICY_LENIENT],
	    (struct diag_place){ 0 },
	    "the policy of %s is used, but not to the letter: %s",
	    d->key.domain.text, b.p != NULL ? b.p : "");
	buf_free(&b);
}

/* make_row - the fields of the policy that was fetched */
static struct cached_row
make_row(const struct decide *run, const struct mtasts_policy *policy,
    struct str text, int64_t now_at)
{
	const struct cached *old = run->dest->policy;
	struct cached_row row = {
		.domain = str_of(run->dest->key.domain.text),
		.id = str_of(run->fetch_id),
		.text = text,
		.mode = policy->mode,
		.max_age_s = policy->max_age_s,
		.first_at = now_at,
		.fetched_at = now_at,
		.used_at = now_at,
		.tried_at = now_at,
		.next_at = now_at + interval(policy->max_age_s, run->jitter),
	};

	if (old == NULL)
		return row;
	if (str_eq(cached_text(old), text) && old->first_at <= now_at)
		row.first_at = old->first_at;
	if (!run->answer && old->used_at <= now_at)
		row.used_at = old->used_at;
	return row;
}

/* replace - the policy of the destination is this one now */
static void
replace(struct decide *run, struct cached *c, struct mtasts_policy *policy)
{
	struct dest *d = run->dest;

	dest_set_policy(d, c, false);
	d->parsed = policy;
	/* Fetched once a minute at most: so long it has to last. */
	d->once = policy->max_age_s < DECIDE_ONCE_S;
	d->failure = (struct dest_failure){ 0 };
	run->no_memory = false;
	run->changed = true;
}

void
decide_policy_keep(struct decide *run, struct str body, int64_t now_at,
    struct mtasts_diags *diags)
{
	struct mtasts_diags *found = mtasts_diags_new();
	struct dest *d = run->dest;
	struct mtasts_policy *policy = NULL;
	struct cached_row row;
	struct cached *c;
	enum mtasts_err err;
	bool same;

	err = mtasts_policy_parse(body.p, body.len, &policy, found);
	if (err != MTASTS_OK && err != MTASTS_ENOMEM) {
		refuse(run, found, now_at, diags);
		goto out;
	}
	c = NULL;
	if (err == MTASTS_OK) {
		row = make_row(run, policy, body, now_at);
		c = cached_new(&row);
	}
	if (c == NULL) {
		mtasts_policy_free(policy);
		decide_policy_failed(
		    run, FETCHFACT_OURS, "memory is short", now_at, diags);
		goto out;
	}
	same = d->policy != NULL && str_eq(cached_text(d->policy), body);
	replace(run, c, policy);
	if (policy->verdict == MTASTS_VERDICT_USABLE && !same)
		note_lenient(d, found, diags);
out:
	mtasts_diags_free(found);
}
