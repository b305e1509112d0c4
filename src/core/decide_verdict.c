/*
 * decide_verdict.c - the verdict: DANE beside MTA-STS
 *
 * RFC 8461 sections 2 (never over a failing DANE), 5; RFC 7672 sections 2.1,
 * 2.2. The first row that fits:
 *
 *	1  MX lookup failed		fresh enforce policy and no DANE
 *					verdict in 7 days: STS, else TEMP
 *	2  MX RRset secure, a usable	dane-only
 *	   host, the others usable
 *	   or in error
 *	3  policy enforce		STS, hosts in error left out; all in
 *					error: TEMP; some usable: the option
 *					"mixed" may say dane, or dane-only
 *					when the MX RRset is secure
 *	4  some usable or unusable	dane
 *	5  some in error		dane; all: TEMP
 *	6  otherwise			no DANE
 *
 * An MX set in which nothing of DANE was asked for goes by rows 3 and 6 alone.
 * So does an unsigned null MX (RFC 7505): whoever forges one has mail sent on
 * without the policy, if that is all it takes. A signed one ends all else.
 * Knows nothing of how the facts were found out, but whether they were.
 */
#include "core/decide_int.h"

/* One verdict while it is being made. */
struct verdict {
	struct decide *run;
	const struct decide_ask *ask;
	int64_t now_at;
	struct decision *out;
	struct decide_tally tally;
	bool enforces; /* a fresh policy is to be enforced */
	bool unsettled; /* something that matters is not found out */
};

/* decided - the verdict and why */
static void
decided(struct verdict *v, enum decision_kind kind, enum decision_reason why)
{
	v->out->kind = kind;
	v->out->reason = why;
}

/*
 * dane - a verdict by DANE: remembered, so that no failure undoes it
 *
 * Not row 5's, for no record was seen: a failure of DNS in a domain without
 * DANE would count for a week.
 */
static void
dane(struct verdict *v, enum decision_kind kind)
{
	decided(v, kind,
	    kind == DECISION_DANE_ONLY ? DECISION_DANE_ALL
				       : DECISION_DANE_SOME);
	if (v->tally.usable + v->tally.unusable > 0)
		v->run->dest->dane_seen_at = v->now_at;
}

/* dane_lately - was there a verdict by DANE in the last seven days? */
static bool
dane_lately(const struct verdict *v)
{
	return v->ask->dane &&
	    decide_lately(v->run->dest->dane_seen_at, v->now_at,
		DECIDE_DANE_MEMORY_S + 1);
}

/* sts_reason - is the policy enforced although DNS or HTTPS fail? */
static enum decision_reason
sts_reason(const struct dest *d)
{
	if (d->txt.state == DEST_TXT_FAILED || d->txt.state == DEST_TXT_NONE ||
	    d->failure.end != FETCHFACT_OK || d->mx_state == DEST_MX_FAILED)
		return DECISION_CACHED;
	return DECISION_MODE_ENFORCE;
}

/*
 * sts - enforce the policy; sound: hosts in error are left out
 *
 * Then the patterns are the names that are left, for a pattern could fit a
 * host in error, too.
 */
static void
sts(struct verdict *v, bool sound)
{
	const struct decide_names *names = decide_names(v->run, sound);
	const struct dest *d = v->run->dest;
	struct decision *out = v->out;

	if (names == NULL) {
		decided(v, DECISION_TEMP, DECISION_OURS);
		return;
	}
	if (d->mx_state == DEST_MX_FOUND && names->current == 0) {
		decided(v, DECISION_TEMP,
		    sound ? DECISION_DANE_FAILED : DECISION_NO_MX_FITS);
		return;
	}
	decided(v, DECISION_STS, sts_reason(d));
	out->policy = d->parsed;
	out->match = names->name;
	out->match_count = names->count;
	out->match_current = names->current;
	out->pattern = sound ? names->name : d->parsed->mx;
	out->pattern_count = sound ? names->count : d->parsed->mx_count;
}

/* no_policy_reason - why there is nothing to enforce */
static enum decision_reason
no_policy_reason(const struct verdict *v)
{
	const struct dest *d = v->run->dest;

	if (decide_ruled(v->run, RULE_DISABLE))
		return DECISION_DISABLED;
	if (decide_fresh(d, v->now_at))
		return d->policy->mode == MTASTS_MODE_NONE
		    ? DECISION_MODE_NONE
		    : DECISION_MODE_TESTING;
	if (decide_pending(v->run, DECIDE_TXT) ||
	    decide_pending(v->run, DECIDE_GET))
		return DECISION_DEADLINE;
	if (d->txt.state == DEST_TXT_FAILED)
		return DECISION_TXT_FAILED;
	if (d->txt.state == DEST_TXT_VALID)
		return d->failure.end == FETCHFACT_POLICY
		    ? DECISION_BAD_POLICY
		    : DECISION_FETCH_FAILED;
	return d->txt.why[0] != '\0' ? DECISION_BAD_RECORD : DECISION_NO_RECORD;
}

/* required - the rule wants more than is there */
static void
required(struct verdict *v)
{
	enum decision_reason why = no_policy_reason(v);

	v->unsettled |= why == DECISION_DEADLINE;
	decided(v, DECISION_TEMP,
	    why == DECISION_DEADLINE ? why : DECISION_REQUIRED);
}

/* no_dane - row 6: nothing to enforce, but a policy to test by, perhaps */
static void
no_dane(struct verdict *v)
{
	const struct dest *d = v->run->dest;
	enum decision_reason why = no_policy_reason(v);

	if (decide_ruled(v->run, RULE_REQUIRE)) {
		required(v);
		return;
	}
	v->unsettled |= why == DECISION_DEADLINE;
	decided(v,
	    why == DECISION_MODE_TESTING ? DECISION_TESTING : DECISION_NONE,
	    why);
	if (v->out->kind == DECISION_TESTING)
		v->out->policy = d->parsed;
}

/* some_dane - rows 4 and 5: the MTA looks at every host by itself */
static void
some_dane(struct verdict *v)
{
	if (decide_ruled(v->run, RULE_REQUIRE))
		required(v);
	else
		dane(v, DECISION_DANE);
}

/* row_3 - the policy is to be enforced, DANE is not complete */
static void
row_3(struct verdict *v)
{
	enum decide_mixed mixed = decide_mixed(v->run, v->ask->mixed);
	const struct decide_tally *t = &v->tally;

	if (t->error > 0 && t->usable + t->unusable + t->none == 0)
		decided(v, DECISION_TEMP, DECISION_DANE_FAILED);
	else if (t->usable > 0 && mixed == DECIDE_MIXED_DANE_ONLY)
		dane(v, DECISION_DANE_ONLY);
	else if (t->usable > 0 && mixed == DECIDE_MIXED_DANE)
		dane(v, DECISION_DANE);
	else
		sts(v, t->error > 0);
}

/* rows - 2 to 6, all of DANE being found out */
static void
rows(struct verdict *v)
{
	const struct decide_tally *t = &v->tally;

	if (decide_dane_complete(v->run->dest, t))
		dane(v, DECISION_DANE_ONLY);
	else if (v->enforces)
		row_3(v);
	else if (t->usable + t->unusable > 0)
		some_dane(v);
	else if (t->error > 0 && t->none == 0)
		decided(v, DECISION_TEMP, DECISION_DANE_FAILED);
	else if (t->error > 0)
		some_dane(v);
	else
		no_dane(v);
}

/* time_up - DANE is open and will not be waited for */
static void
time_up(struct verdict *v)
{
	v->unsettled = true;
	if (v->enforces && v->tally.usable == 0 && !dane_lately(v))
		sts(v, v->tally.error > 0);
	else
		decided(v, DECISION_TEMP, DECISION_DEADLINE);
}

/* with_dane - all rows of the table */
static void
with_dane(struct verdict *v)
{
	const struct dest *d = v->run->dest;
	bool known = decide_dane_tally(v->run, v->now_at, &v->tally);

	if (decide_dane_open(v->run, v->now_at))
		time_up(v);
	else if (known)
		rows(v);
	else if (d->mx_state == DEST_MX_FAILED && v->enforces &&
	    !dane_lately(v))
		sts(v, false);
	else
		decided(v, DECISION_TEMP, DECISION_MX_FAILED);
}

/* protected - does a policy or a rule keep mail from going unprotected? */
static bool protected(const struct verdict *v)
{
	return v->enforces || decide_ruled(v->run, RULE_REQUIRE);
}

/* judge - what holds for the destination, by what is known */
static void
judge(struct verdict *v)
{
	const struct dest *d = v->run->dest;
	bool null =
	    d->mx_state == DEST_MX_NULL && decide_mx_known(v->run, v->now_at);

	v->enforces = decide_enforces(v->run, v->now_at);
	if (decide_static(v->run))
		decided(v, DECISION_STATIC, DECISION_RULE_REPLY);
	else if (null && (d->mx_secure || !protected(v)))
		decided(v, DECISION_NONE, DECISION_NULL_MX);
	else if (v->run->no_memory && decide_fresh(d, v->now_at) &&
	    !decide_ruled(v->run, RULE_DISABLE))
		/* There is a policy, but it could not be read. */
		decided(v, DECISION_TEMP, DECISION_OURS);
	else if (v->ask->dane && !null)
		with_dane(v);
	else if (v->enforces)
		sts(v, false);
	else
		no_dane(v);
}

/* earlier - the earlier of two moments */
static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* until_sts - until when what is known of the policy holds */
static int64_t
until_sts(const struct verdict *v, int64_t until_at)
{
	const struct dest *d = v->run->dest;
	struct str id;

	if (decide_ruled(v->run, RULE_DISABLE))
		return until_at;
	until_at = earlier(until_at, d->txt.until_at);
	if (decide_fresh(d, v->now_at))
		until_at = earlier(until_at, decide_fresh_until(d));
	if (v->run->unfit)
		until_at =
		    earlier(until_at, d->txt.asked_at + DECIDE_TTL_MIN_S);
	return earlier(until_at, decide_fetch_at(d, false, v->now_at, &id));
}

/* until_hosts - until when what is known of the MX hosts holds */
static int64_t
until_hosts(const struct verdict *v, int64_t until_at)
{
	const struct dest *d = v->run->dest;

	until_at = earlier(until_at, d->mx_until_at);
	if (!v->ask->dane || d->mx_state != DEST_MX_FOUND)
		return until_at;
	for (size_t i = 0; i < d->mx_count && d->mx[i].current; i++)
		until_at = earlier(until_at, d->mx[i].dane_until_at);
	return until_at;
}

/* until - until when the decision may be given again; 0: not at all */
static int64_t
until(const struct verdict *v)
{
	const struct decision *out = v->out;
	const struct rule *rule = v->run->rule;
	int64_t until_at = v->now_at + DECIDE_TTL_MAX_S;

	if (v->unsettled || out->reason == DECISION_OURS)
		return 0;
	if (rule != NULL && rule->until_at > 0)
		until_at = earlier(until_at, rule->until_at + 1);
	if (out->kind == DECISION_STATIC)
		return until_at > v->now_at ? until_at : 0;
	if (v->ask->dane || v->enforces || out->reason == DECISION_NULL_MX)
		until_at = until_hosts(v, until_at);
	/* Complete DANE and a signed null MX stand, whatever the policy. */
	if (out->reason != DECISION_DANE_ALL &&
	    (out->reason != DECISION_NULL_MX || !v->run->dest->mx_secure))
		until_at = until_sts(v, until_at);
	return until_at > v->now_at ? until_at : 0;
}

void
decide_verdict(struct decide *run, const struct decide_ask *ask, int64_t now_at,
    struct decision *out)
{
	const struct dest *d = run->dest;
	struct verdict v = {
		.run = run, .ask = ask, .now_at = now_at, .out = out
	};

	*out = (struct decision){
		.domain = str_of(d->key.domain.text),
		.rule = run->rule,
	};
	judge(&v);
	if (out->policy != NULL)
		out->policy_text = cached_text(d->policy);
	if (d->txt.state == DEST_TXT_VALID)
		out->failure = d->failure.end;
	out->until_at = until(&v);
	decide_text(run, out);
}
