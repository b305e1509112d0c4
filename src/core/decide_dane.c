/*
 * decide_dane.c - what DANE says of the MX hosts together
 *
 * RFC 7672 section 2.2. One host is core/dane's matter; here its machines are
 * led, their results kept for the lowest TTL used (30 s to 1 h, 30 s after an
 * error), and counted. What was not found out for this moment counts as open,
 * never as what it was before.
 */
#include "core/decide_int.h"

#include "base/arena.h"

#include <stdio.h>

/* known - is what DANE says of the host found out, for now? */
static bool
known(const struct decide *run, size_t i, int64_t now_at)
{
	const struct dest_mx *m = &run->dest->mx[i];

	if (run->host_state[i] != DECIDE_HOST_IDLE)
		return run->host_state[i] == DECIDE_HOST_DONE;
	return !run->renew && m->dane != DANE_OPEN &&
	    decide_holds(m->dane_until_at, now_at, DECIDE_TTL_MAX_S);
}

/* keep_text - a copy of a text, or null when it is empty or memory is short */
static char *
keep_text(const char *text)
{
	return text[0] != '\0' ? mem_strdup(str_of(text)) : NULL;
}

/* keep - what was found out of a host */
static void
keep(struct decide *run, size_t i, const struct dane_result *r, int64_t now_at)
{
	struct dest_mx *m = &run->dest->mx[i];
	int64_t ttl_s = r->dane == DANE_ERROR ? DECIDE_ERROR_S : r->ttl_s;

	mem_free(m->base);
	mem_free(m->why);
	m->dane = r->dane;
	m->usable = r->usable;
	m->unusable = r->unusable;
	m->base = keep_text(r->base);
	m->why = keep_text(r->why);
	m->dane_until_at =
	    now_at + decide_clamp(ttl_s, DECIDE_DANE_MIN_S, DECIDE_TTL_MAX_S);
	run->host_state[i] = DECIDE_HOST_DONE;
	decide_names_stay(run);
	run->dest->generation++;
	mem_free(run->host[i]);
	run->host[i] = NULL;
}

/* begin - find out what DANE says of a host */
static void
begin(struct decide *run, size_t i, int64_t now_at)
{
	static const struct dane_result short_of_memory = {
		.dane = DANE_ERROR,
		.why = "memory is short",
	};

	run->host[i] = mem_zalloc(1, sizeof(*run->host[i]));
	if (run->host[i] == NULL) {
		keep(run, i, &short_of_memory, now_at);
		return;
	}
	dane_begin(run->host[i], run->dest->mx[i].name, run->dest->key.port);
	run->host_state[i] = DECIDE_HOST_ASKS;
}

void
decide_dane_plan(struct decide *run, int64_t now_at)
{
	const struct dest *d = run->dest;

	if (!run->dane || (!run->answer && !run->renew) ||
	    d->mx_state != DEST_MX_FOUND || !decide_mx_known(run, now_at))
		return;
	for (size_t i = 0; i < d->mx_count && d->mx[i].current; i++)
		if (run->host_state[i] == DECIDE_HOST_IDLE &&
		    !known(run, i, now_at))
			begin(run, i, now_at);
}

bool
decide_dane_next(struct decide *run, struct dane_question *q, size_t *host)
{
	for (size_t i = 0; i < DEST_MX_MAX; i++) {
		if (run->host[i] != NULL && dane_next(run->host[i], q)) {
			*host = i;
			return true;
		}
	}
	return false;
}

void
decide_dane_fact(struct decide *run, const struct decide_out *out,
    const struct dnsfact *fact, int64_t now_at)
{
	struct dnsfact failed = { .end = DNSFACT_SERVFAIL,
		.type = out->type,
		.canonical = "",
		.why = "the lookup was not possible" };
	struct dane_host *h = run->host[out->host];

	/* It may be done before all that it asked is answered. */
	if (h == NULL)
		return;
	dane_answer(h, fact != NULL ? fact : &failed);
	if (dane_done(h)) {
		struct dane_result result = h->result;

		keep(run, out->host, &result, now_at);
	}
}

void
decide_dane_stop(struct decide *run)
{
	for (size_t i = 0; i < DEST_MX_MAX; i++) {
		mem_free(run->host[i]);
		run->host[i] = NULL;
		run->host_state[i] = DECIDE_HOST_IDLE;
	}
	/* Answers to what is still out are for nobody. */
	for (size_t i = 0; i < DECIDE_OUT_MAX; i++)
		if (run->out[i].step == DECIDE_HOST)
			run->out[i] = (struct decide_out){ 0 };
}

bool
decide_dane_busy(const struct decide *run)
{
	for (size_t i = 0; i < DEST_MX_MAX; i++)
		if (run->host[i] != NULL)
			return true;
	return false;
}

/* count - one host */
static void
count(struct decide_tally *t, enum dane_class dane)
{
	t->usable += dane == DANE_USABLE;
	t->unusable += dane == DANE_UNUSABLE;
	t->none += dane == DANE_NONE;
	t->error += dane == DANE_ERROR;
	t->unknown += dane == DANE_OPEN;
}

bool
decide_dane_tally(
    const struct decide *run, int64_t now_at, struct decide_tally *out)
{
	const struct dest *d = run->dest;
	struct decide_tally t = { .none = d->mx_left_out };

	if (d->mx_state != DEST_MX_FOUND || !decide_mx_known(run, now_at))
		return false;
	for (size_t i = 0; i < d->mx_count && d->mx[i].current; i++)
		count(&t, known(run, i, now_at) ? d->mx[i].dane : DANE_OPEN);
	*out = t;
	return true;
}

bool
decide_dane_open(const struct decide *run, int64_t now_at)
{
	struct decide_tally t;

	if (!decide_mx_known(run, now_at))
		return true;
	return decide_dane_tally(run, now_at, &t) && t.unknown > 0;
}

bool
decide_dane_complete(const struct dest *d, const struct decide_tally *t)
{
	return d->mx_secure && t->usable > 0 && t->none == 0 &&
	    t->unusable == 0 && t->unknown == 0;
}

enum decide_mixed
decide_mixed(const struct decide *run, enum decide_mixed option)
{
	/* Postfix holds dane-only against an unsigned MX set: no mail goes. */
	if (option == DECIDE_MIXED_DANE_ONLY && !run->dest->mx_secure)
		return DECIDE_MIXED_STS;
	/* What is required is not left to what single hosts have. */
	if (option == DECIDE_MIXED_DANE && decide_ruled(run, RULE_REQUIRE))
		return DECIDE_MIXED_STS;
	return option;
}

void
decide_dane_note(struct decide *run, int64_t now_at, struct mtasts_diags *diags)
{
	struct dest *d = run->dest;
	struct decide_tally t;

	if (!run->dane || !decide_dane_tally(run, now_at, &t) || t.unknown > 0)
		return;
	if (t.usable == 0 || decide_dane_complete(d, &t) ||
	    decide_mixed(run, run->mixed) != DECIDE_MIXED_STS ||
	    !decide_enforces(run, now_at)) {
		d->mixed_noted = false;
		return;
	}
	if (d->mixed_noted)
		return;
	d->mixed_noted = true;
	diag_add(diags, &decide_rules[DECIDE_MIXED_UNCHECKED],
	    (struct diag_place){ 0 },
	    "%s has %u MX with DANE records and %u without, and a policy in "
	    "mode enforce: MTA-STS is applied, DANE is not checked",
	    d->key.domain.text, t.usable, t.none + t.unusable + t.error);
}
