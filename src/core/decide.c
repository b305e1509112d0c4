/*
 * decide.c - one run: which questions may begin, where their answers go
 *
 * After every event a plan is made anew from what the destination knows; the
 * plan only says what is wanted next, so that a run ends: each thing is asked
 * once in a run, the record and the policy at most twice. Knows no protocol;
 * the rooms beside it do (see decide_int.h).
 */
#include "core/decide_int.h"

#include "base/arena.h"

#include <stdio.h>

/* plan - what is wanted now */
static void
plan(struct decide *run, int64_t now_at)
{
	/* Whoever owns the destination may have put another one there. */
	decide_sts_read(run);
	/* The MX hosts decide whether the record must be asked again. */
	decide_match_look(run, now_at);
	decide_sts_plan(run, now_at);
	if (decide_static(run))
		return;
	decide_mx_plan(run, now_at);
	decide_dane_plan(run, now_at);
}

/* take_on - what an asker needs is what the run does */
static void
take_on(struct decide *run, const struct decide_ask *ask)
{
	run->answer |= ask->purpose == DECIDE_ANSWER;
	run->refresh |= ask->purpose == DECIDE_REFRESH;
	run->renew |= ask->purpose == DECIDE_RENEW;
	run->dane |= ask->dane;
}

struct decide *
decide_new(struct dest *dest, const struct decide_ask *ask, int64_t now_at)
{
	struct decide *run = mem_zalloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	run->dest = dest;
	run->rule = ask->rule;
	run->mixed = ask->mixed;
	run->jitter = ask->jitter;
	take_on(run, ask);
	/* A clock that was set back: better too early than never. */
	if (dest->dane_seen_at > now_at)
		dest->dane_seen_at = now_at;
	if (!decide_static(run))
		decide_sts_begin(run, now_at);
	plan(run, now_at);
	return run;
}

void
decide_free(struct decide *run)
{
	if (run == NULL)
		return;
	decide_dane_stop(run);
	for (size_t i = 0; i < 2; i++)
		mem_free(run->names[i].name);
	mem_free(run);
}

void
decide_join(struct decide *run, const struct decide_ask *ask, int64_t now_at)
{
	take_on(run, ask);
	if (!decide_static(run) && ask->purpose == DECIDE_ANSWER)
		decide_sts_begin(run, now_at);
	plan(run, now_at);
}

/* room - a free place for a question, when so many others stay free, or null */
static struct decide_out *
room(struct decide *run, size_t others)
{
	struct decide_out *found = NULL;
	size_t free_places = 0;

	for (size_t i = 0; i < DECIDE_OUT_MAX; i++) {
		if (run->out[i].tag == 0) {
			found = &run->out[i];
			free_places++;
		}
	}
	return free_places > others ? found : NULL;
}

/* put_out - the question goes out under a tag of its own */
static void
put_out(struct decide *run, struct decide_out *out, struct decide_question *q,
    enum decide_step step)
{
	/* 0 means a free place. */
	if (++run->last_tag == 0)
		run->last_tag = 1;
	*out = (struct decide_out){
		.tag = run->last_tag, .step = step, .type = q->type
	};
	q->tag = out->tag;
}

/* question_of - what is asked in one of the first three steps */
static void
question_of(
    struct decide *run, enum decide_step step, struct decide_question *q)
{
	const char *domain = run->dest->key.domain.text;
	const char *prefix = step == DECIDE_TXT ? "_mta-sts."
	    : step == DECIDE_GET		? "mta-sts."
						: "";

	*q = (struct decide_question){ .kind = DECIDE_DNS };
	if (step == DECIDE_GET)
		q->kind = DECIDE_FETCH;
	else
		q->type = step == DECIDE_TXT ? DNSTYPE_TXT : DNSTYPE_MX;
	snprintf(q->name, sizeof(q->name), "%s%s", prefix, domain);
}

/* next_host - a question about an MX host; false: none, or no room */
static bool
next_host(struct decide *run, struct decide_question *q)
{
	struct decide_out *out = room(run, DECIDE_OUT_KEPT);
	struct dane_question dane;
	size_t host;

	if (out == NULL || !decide_dane_next(run, &dane, &host))
		return false;
	*q = (struct decide_question){ .kind = DECIDE_DNS, .type = dane.type };
	decide_copy(q->name, sizeof(q->name), dane.name);
	put_out(run, out, q, DECIDE_HOST);
	out->host = host;
	return true;
}

bool
decide_next(struct decide *run, struct decide_question *q, int64_t now_at)
{
	struct decide_out *out = room(run, 0);

	(void)now_at; /* the plan was made when something was heard last */
	for (enum decide_step step = 0; out != NULL && step < DECIDE_HOST;
	     step++) {
		struct decide_progress *at = &run->at[step];

		if (!at->wanted)
			continue;
		at->wanted = false;
		at->out = true;
		question_of(run, step, q);
		put_out(run, out, q, step);
		return true;
	}
	return next_host(run, q);
}

/* take_in - the question with this tag is answered; false: there is none */
static bool
take_in(struct decide *run, unsigned tag, bool fetch, struct decide_out *was)
{
	for (size_t i = 0; tag != 0 && i < DECIDE_OUT_MAX; i++) {
		struct decide_out *out = &run->out[i];

		if (out->tag != tag || (out->step == DECIDE_GET) != fetch)
			continue;
		*was = *out;
		*out = (struct decide_out){ 0 };
		if (was->step < DECIDE_HOST) {
			run->at[was->step].out = false;
			run->at[was->step].times++;
		}
		return true;
	}
	return false;
}

void
decide_dns(struct decide *run, unsigned tag, const struct dnsfact *fact,
    int64_t now_at, struct mtasts_diags *diags)
{
	struct decide_out was;

	if (!take_in(run, tag, false, &was))
		return;
	/* An answer to something else says nothing. */
	if (fact != NULL && fact->type != was.type)
		fact = NULL;
	if (was.step == DECIDE_TXT)
		decide_sts_txt(run, fact, now_at, diags);
	else if (was.step == DECIDE_MX)
		decide_mx_fact(run, fact, now_at);
	else
		decide_dane_fact(run, &was, fact, now_at);
	plan(run, now_at);
	decide_dane_note(run, now_at, diags);
}

void
decide_fetched(struct decide *run, unsigned tag, const struct fetchfact *fact,
    int64_t now_at, struct mtasts_diags *diags)
{
	struct decide_out was;

	if (!take_in(run, tag, true, &was))
		return;
	decide_sts_fetched(run, fact, now_at, diags);
	plan(run, now_at);
	decide_dane_note(run, now_at, diags);
}

/* sts_ready - no answer still out could change what MTA-STS says now */
static bool
sts_ready(const struct decide *run, int64_t now_at)
{
	bool pending =
	    decide_pending(run, DECIDE_TXT) || decide_pending(run, DECIDE_GET);

	if (decide_ruled(run, RULE_DISABLE))
		return true;
	if (!decide_fresh(run->dest, now_at))
		return !pending;
	if (!decide_enforces(run, now_at))
		return true;
	/* RFC 8461 section 5: look for a newer policy before it fails. */
	if (run->unfit)
		return !pending;
	return run->lately || decide_mx_known(run, now_at) ||
	    !decide_pending(run, DECIDE_MX);
}

bool
decide_ready(const struct decide *run, bool dane, int64_t now_at)
{
	struct decide_tally tally;

	if (decide_static(run))
		return true;
	if (run->renew && !decide_idle(run))
		return false;
	/* A signed null MX stands, whatever the policy; another may lie. */
	if (run->dest->mx_state == DEST_MX_NULL && run->dest->mx_secure &&
	    decide_mx_known(run, now_at))
		return true;
	if (dane && decide_dane_open(run, now_at))
		return false;
	/* Complete DANE stands, whatever the policy. */
	if (dane && decide_dane_tally(run, now_at, &tally) &&
	    decide_dane_complete(run->dest, &tally))
		return true;
	return sts_ready(run, now_at);
}

bool
decide_idle(const struct decide *run)
{
	for (enum decide_step step = 0; step < DECIDE_HOST; step++)
		if (decide_pending(run, step))
			return false;
	return !decide_dane_busy(run);
}

bool
decide_policy_changed(struct decide *run)
{
	bool changed = run->changed;

	run->changed = false;
	return changed;
}
