/*
 * decide_sts.c - the _mta-sts record, and when the policy is fetched
 *
 * RFC 8461 sections 3.1, 3.3, 5.1, 10.2. What a fetch brings is
 * decide_policy.c's matter. Knows nothing of MX hosts but that none fits.
 *
 * What is done when. "Holds" is always bounded by its longest span from now
 * on, so that a clock set back stretches nothing (decide_holds()).
 *
 *	what				holds for
 *	----				---------
 *	record, or none			its TTL, 60 s to 1 h; then asked
 *					again on use, a fresh policy going
 *					out meanwhile
 *	record, lookup failed		30 s
 *	record, and no MX fits		asked again once a run, when the last
 *					answer is older than 60 s (section 5)
 *	policy				max_age from its last fetch, never
 *					from seeing its id; 60 s at least
 *
 *	the policy is fetched		when
 *	---------------------		----
 *	for an id that is new		at once
 *	none fresh, record valid	at once
 *	the daily refresh		next_at: 18 to 24 h after the last
 *					fetch, at half of max_age when that
 *					is less, not within 45 minutes;
 *					whatever the record says
 *	no MX fits			once an hour, whatever its id
 *	renewal				at once, whatever was before
 *	but not				within 60 s of the last fetch,
 *					within 5 minutes of one that failed
 *					for the same id; doubled each time
 *					up to 1 h; of ids that take turns
 *					two are remembered
 *
 *	the policy is dropped		when
 *	---------------------		----
 *	its max_age has passed		and there is no record any more
 *	nobody asked for 180 days	it is not refreshed from then on, and
 *					dropped when max_age has passed
 *	max_age under 60 s, or its	at once
 *	text broke
 */
#include "core/decide_int.h"

#include "base/arena.h"
#include "mtasts/record.h"

#include <stdio.h>

bool
decide_fresh(const struct dest *d, int64_t now_at)
{
	if (d->policy == NULL)
		return false;
	if (d->once)
		return d->policy->fetched_at == now_at ||
		    decide_lately(d->policy->fetched_at, now_at, DECIDE_ONCE_S);
	return cached_fresh(d->policy, now_at);
}

int64_t
decide_fresh_until(const struct dest *d)
{
	if (d->once)
		return d->policy->fetched_at + DECIDE_ONCE_S;
	return cached_until(d->policy) + 1;
}

bool
decide_enforces(const struct decide *run, int64_t now_at)
{
	const struct dest *d = run->dest;

	if (decide_ruled(run, RULE_DISABLE) || !decide_fresh(d, now_at))
		return false;
	return d->policy->mode == MTASTS_MODE_ENFORCE ||
	    (d->policy->mode == MTASTS_MODE_TESTING &&
		decide_ruled(run, RULE_REQUIRE));
}

void
decide_sts_read(struct decide *run)
{
	struct dest *d = run->dest;
	struct str text;
	enum mtasts_err err;

	run->no_memory = false;
	if (d->policy == NULL || d->parsed != NULL)
		return;
	text = cached_text(d->policy);
	err = mtasts_policy_parse(text.p, text.len, &d->parsed, NULL);
	if (err == MTASTS_ENOMEM)
		run->no_memory = true;
	else if (err != MTASTS_OK)
		/* It came from a file that somebody else has changed. */
		decide_policy_drop(run);
}

/* recall - what the cached policy tells of the last fetch */
static void
recall(struct dest *d, int64_t now_at)
{
	const struct cached *c = d->policy;

	if (d->fetched_at > now_at)
		d->fetched_at = 0;
	if (c->tried_at > d->fetched_at && c->tried_at <= now_at)
		d->fetched_at = c->tried_at;
	if (d->failure.end != FETCHFACT_OK || c->end == FETCHFACT_OK)
		return;
	/* For which id is not known: an id of "" is never compared equal. */
	d->failure = (struct dest_failure){ .end = (enum fetchfact_end)c->end,
		.at = c->tried_at,
		.until_at = c->next_at };
	decide_copy(d->failure.why, sizeof(d->failure.why), cached_error(c).p);
}

void
decide_sts_begin(struct decide *run, int64_t now_at)
{
	struct dest *d = run->dest;

	if (d->policy == NULL)
		return;
	decide_sts_read(run);
	if (d->policy == NULL)
		return;
	recall(d, now_at);
	/* Kept to the hour: every change is written to disk. */
	if (run->answer && !d->once &&
	    d->policy->used_at / 3600 != now_at / 3600)
		decide_policy_times(run, now_at, d->policy->next_at);
	/* The clock was set back: validity must not grow by that. */
	if (d->policy->fetched_at > now_at) {
		d->policy->fetched_at = now_at;
		run->changed = true;
	}
}

/* not_before - the first second at which this id may be fetched */
static int64_t
not_before(const struct dest *d, struct str id, int64_t now_at)
{
	const struct dest_failure *f = &d->failure;
	int64_t at = now_at, until_at = 0;

	if (decide_lately(d->fetched_at, now_at, DECIDE_FETCH_EVERY_S))
		at = d->fetched_at + DECIDE_FETCH_EVERY_S;
	if (f->end == FETCHFACT_OK)
		return at;
	if (str_eq(str_of(f->id), id))
		until_at = f->until_at;
	else if (str_eq(str_of(f->other_id), id))
		until_at = f->other_until_at;
	if (decide_holds(until_at, now_at, DECIDE_BACKOFF_MAX_S) &&
	    until_at > at)
		at = until_at;
	return at;
}

int64_t
decide_fetch_at(
    const struct dest *d, bool forced, int64_t now_at, struct str *id)
{
	bool valid = d->txt.state == DEST_TXT_VALID;
	bool fresh = decide_fresh(d, now_at);
	struct str known = d->policy != NULL ? cached_id(d->policy) : STR("");

	*id = valid ? str_of(d->txt.id) : known;
	if (fresh && !d->once &&
	    !decide_holds(d->policy->next_at, now_at, DECIDE_REFRESH_S))
		forced = true;
	if (!fresh)
		forced = valid;
	if (!forced && (!valid || str_eq(*id, known)))
		return DECIDE_NEVER;
	return not_before(d, *id, now_at);
}

/* unused - nobody has asked for so long that it is not kept up any more */
static bool
unused(const struct decide *run, int64_t now_at)
{
	const struct cached *c = run->dest->policy;

	return run->refresh && !run->answer && !run->renew && c != NULL &&
	    now_at - c->used_at > DECIDE_UNUSED_S;
}

/* plan_txt - is the record to be asked? */
static void
plan_txt(struct decide *run, int64_t now_at)
{
	const struct dest_txt *txt = &run->dest->txt;
	struct decide_progress *at = &run->at[DECIDE_TXT];

	if (at->times == 0)
		at->wanted = run->renew ||
		    !decide_holds(txt->until_at, now_at, DECIDE_TTL_MAX_S);
	/* RFC 8461 section 5: before it fails, look for a newer policy. */
	if (!at->wanted && run->unfit && run->answer && !run->rechecked &&
	    !decide_lately(txt->asked_at, now_at, DECIDE_TTL_MIN_S))
		run->rechecked = at->wanted = true;
}

/*
 * unfit_for_long - no MX fits, and nobody has looked at the policy for an hour
 *
 * Those who change their MX and their policy may forget the id: mail should
 * not wait for the daily refresh.
 */
static bool
unfit_for_long(const struct decide *run, int64_t now_at)
{
	return run->unfit && run->answer &&
	    !decide_lately(run->dest->policy->tried_at, now_at, DECIDE_UNFIT_S);
}

/* plan_fetch - is the policy to be fetched? */
static void
plan_fetch(struct decide *run, int64_t now_at)
{
	struct decide_progress *at = &run->at[DECIDE_GET];
	bool forced = at->times == 0 &&
	    (run->refresh || run->renew || unfit_for_long(run, now_at));
	struct str id;
	int64_t when = decide_fetch_at(run->dest, forced, now_at, &id);

	if (at->times == 0 && run->renew && when != DECIDE_NEVER)
		when = now_at;
	/* A second time only for what the record says when asked again. */
	if (when > now_at || at->times > (run->rechecked ? 1 : 0))
		return;
	at->wanted = true;
	snprintf(
	    run->fetch_id, sizeof(run->fetch_id), "%" STR_FMT, STR_ARG(id));
}

/* put_off - a refresh that is not to be made now is not due any more */
static void
put_off(struct decide *run, int64_t now_at)
{
	struct dest *d = run->dest;
	int64_t next_at = now_at + DECIDE_BACKOFF_MAX_S;

	if (!run->refresh || d->policy == NULL || d->once ||
	    decide_holds(d->policy->next_at, now_at, DECIDE_REFRESH_S))
		return;
	if (unused(run, now_at))
		next_at = decide_clamp(decide_fresh_until(d), now_at + 1,
		    now_at + DECIDE_REFRESH_S);
	decide_policy_times(run, d->policy->used_at, next_at);
}

void
decide_sts_plan(struct decide *run, int64_t now_at)
{
	struct dest *d = run->dest;
	bool idle = unused(run, now_at);

	if (decide_pending(run, DECIDE_TXT) || decide_pending(run, DECIDE_GET))
		return;
	if (decide_static(run) || decide_ruled(run, RULE_DISABLE)) {
		put_off(run, now_at);
		return;
	}
	if (!idle)
		plan_txt(run, now_at);
	if (run->at[DECIDE_TXT].wanted)
		return;
	if (d->policy != NULL && !decide_fresh(d, now_at) &&
	    (idle || d->txt.state == DEST_TXT_NONE))
		decide_policy_drop(run);
	if (!idle)
		plan_fetch(run, now_at);
	if (!run->at[DECIDE_GET].wanted)
		put_off(run, now_at);
}

/* txt_failed - nothing is known; what is cached stays */
static void
txt_failed(struct dest_txt *txt, const char *why, int64_t now_at)
{
	txt->state = DEST_TXT_FAILED;
	txt->until_at = now_at + DECIDE_ERROR_S;
	decide_copy(txt->why, sizeof(txt->why), why);
}

/* first_error - the message of the first error, or the words instead */
static void
first_error(const struct mtasts_diags *diags, const char *instead, char *out,
    size_t size)
{
	const struct mtasts_finding *f;

	for (size_t i = 0; (f = mtasts_diags_get(diags, i)) != NULL; i++) {
		if (f->severity == MTASTS_ERROR) {
			instead = f->message;
			break;
		}
	}
	decide_copy(out, size, instead);
}

/* read_record - the one valid record of an answer, or why there is none */
static enum mtasts_err
read_record(struct dest_txt *txt, const struct dnsfact *fact)
{
	size_t count =
	    fact->count < LIMIT_TXT_COUNT ? fact->count : LIMIT_TXT_COUNT;
	struct mtasts_txt *text = mem_zalloc(count, sizeof(*text));
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_verdict verdict;
	struct mtasts_stsrec rec;
	enum mtasts_err err = MTASTS_ENOMEM;

	if (text == NULL || diags == NULL)
		goto out;
	for (size_t i = 0; i < count; i++)
		text[i] = (struct mtasts_txt){ fact->records[i].txt.p,
			fact->records[i].txt.len };
	verdict = mtasts_stsrec_parse(text, count, &rec, diags);
	txt->state =
	    verdict == MTASTS_VERDICT_VALID ? DEST_TXT_VALID : DEST_TXT_NONE;
	if (verdict == MTASTS_VERDICT_VALID)
		decide_copy(txt->id, sizeof(txt->id), rec.id);
	else if (verdict == MTASTS_VERDICT_INVALID)
		first_error(
		    diags, "it is malformed", txt->why, sizeof(txt->why));
	err = MTASTS_OK;
out:
	mtasts_diags_free(diags);
	mem_free(text);
	return err;
}

/* note_vanished - a policy is fresh, its record gone since the last answer */
static void
note_vanished(const struct dest *d, enum dest_txt_state before, int64_t now_at,
    struct mtasts_diags *diags)
{
	if (d->txt.state != DEST_TXT_NONE || before == DEST_TXT_NONE ||
	    !decide_fresh(d, now_at) || d->policy->mode == MTASTS_MODE_NONE)
		return;
	diag_add(diags, &decide_rules[DECIDE_TXT_VANISHED],
	    (struct diag_place){ 0 },
	    "%s has %s, but its policy in mode %s is kept until max_age has "
	    "passed",
	    d->key.domain.text,
	    d->txt.why[0] == '\0' ? "no MTA-STS record any more"
				  : "an MTA-STS record that does not count",
	    mtasts_mode_name((enum mtasts_mode)d->policy->mode));
}

void
decide_sts_txt(struct decide *run, const struct dnsfact *fact, int64_t now_at,
    struct mtasts_diags *diags)
{
	struct dest *d = run->dest;
	enum dest_txt_state before = d->txt.state;

	d->generation++;
	d->txt = (struct dest_txt){ .asked_at = now_at };
	if (fact == NULL || dnsfact_failed(fact)) {
		txt_failed(&d->txt,
		    fact != NULL ? fact->why : "the lookup was not possible",
		    now_at);
		return;
	}
	d->txt.state = DEST_TXT_NONE;
	d->txt.until_at = now_at +
	    decide_clamp(fact->ttl_s, DECIDE_TTL_MIN_S, DECIDE_TTL_MAX_S);
	if (fact->end == DNSFACT_FOUND && read_record(&d->txt, fact)) {
		txt_failed(&d->txt, "memory is short", now_at);
		return;
	}
	note_vanished(d, before, now_at, diags);
}

void
decide_sts_fetched(struct decide *run, const struct fetchfact *fact,
    int64_t now_at, struct mtasts_diags *diags)
{
	run->dest->fetched_at = now_at;
	if (fact == NULL)
		decide_policy_failed(run, FETCHFACT_OURS,
		    "the fetch was not possible", now_at, diags);
	else if (fact->end != FETCHFACT_OK)
		decide_policy_failed(run, fact->end, fact->why, now_at, diags);
	else
		decide_policy_keep(run, fact->body, now_at, diags);
}
