/*
 * publish_host.c - the name of the policy host leads here
 *
 * RFC 8461 section 3.3. Where we may write, its record is written; else, and
 * where that did not go, it is looked at: a record that leads here is good,
 * whoever made it and however it is done.
 */
#include "task/publish_int.h"

#include <stdio.h>

/* ---- lookups, for other steps too ---- */

void
publish_ask_cancel(struct publish *job)
{
	for (unsigned i = 0; i < PUBLISH_ASKS; i++) {
		dns_cancel(job->asks[i].ask);
		dnsfact_free(job->asks[i].fact);
		job->asks[i] = (struct publish_ask){ .job = job };
	}
	job->pending = 0;
}

/* on_fact - an answer */
static void
on_fact(void *ctx, const struct dnsfact *fact)
{
	struct publish_ask *a = ctx;
	struct publish *job = a->job;

	a->ask = NULL;
	a->fact = dnsfact_hold(fact);
	if (--job->pending == 0)
		job->asked(job);
}

/* ask - one lookup; what cannot be asked for is a failed one */
static void
ask(struct publish *job, unsigned which)
{
	static const enum dnstype types[PUBLISH_ASKS] = { DNSTYPE_A,
		DNSTYPE_AAAA, DNSTYPE_A, DNSTYPE_AAAA, DNSTYPE_TXT };
	struct publish_ask *a = &job->asks[which];
	char txt[PUBLISH_HOST_MAX + 16];
	const char *name = job->host;

	if (which == PUBLISH_ASK_OUR_A || which == PUBLISH_ASK_OUR_AAAA)
		name = job->facts.to.our_host;
	if (which == PUBLISH_ASK_TXT) {
		snprintf(txt, sizeof(txt), "_mta-sts.%s", job->domain);
		name = txt;
	}
	if (name[0] == '\0')
		return;
	a->ask = dns_start(job->p->conf.dns, name, types[which], on_fact, a);
	if (a->ask != NULL)
		job->pending++;
}

void
publish_ask_all(
    struct publish *job, unsigned mask, void (*asked)(struct publish *job))
{
	publish_ask_cancel(job);
	job->asked = asked;
	for (unsigned i = 0; i < PUBLISH_ASKS; i++)
		if (mask & (1u << i))
			ask(job, i);
	/* Memory is short: nobody calls back. */
	if (job->pending == 0)
		publish_wait(job, 0, asked);
}

enum leadsto_end
publish_leads(const struct publish *job, char strange[IPNET_TEXT_LEN])
{
	const struct leadsto_facts facts = { job->asks[PUBLISH_ASK_A].fact,
		job->asks[PUBLISH_ASK_AAAA].fact,
		job->asks[PUBLISH_ASK_OUR_A].fact,
		job->asks[PUBLISH_ASK_OUR_AAAA].fact };

	return leadsto_judge(&job->facts.to, &facts, strange);
}

const struct dnsfact *
publish_failed_ask(const struct publish *job, const char **name)
{
	for (unsigned i = 0; i <= PUBLISH_ASK_OUR_AAAA; i++) {
		const struct dnsfact *fact = job->asks[i].fact;

		*name =
		    i < PUBLISH_ASK_OUR_A ? job->host : job->facts.to.our_host;
		if (fact != NULL && dnsfact_failed(fact))
			return fact;
	}
	return NULL;
}

/* ---- the step ---- */

/* end_failed - nothing is known of where it leads */
static void
end_failed(struct publish *job)
{
	static const struct publish_outcome outcome = { .end = PUBLISH_PROBLEM,
		.fix = "See what is wrong with the name servers; it is tried "
		       "again.",
		.unknown = true };
	const char *name = job->host;
	const struct dnsfact *fact = publish_failed_ask(job, &name);

	publish_end(job, &outcome, "the lookup of %s failed: %s", name,
	    fact != NULL && fact->why[0] != '\0' ? fact->why : "no answer");
}

/* end_away - it does not lead here; somebody has to change that */
static void
end_away(struct publish *job, const char *strange)
{
	struct publish_outcome outcome = { .end = PUBLISH_BY_HAND };
	struct buf fix;

	/* We may write there, and it did not go: that is the reason. */
	if (job->host_pushed && job->host_end > PUSH_BY_HAND) {
		publish_end_push(job, job->host_end, &job->host_note, false);
		return;
	}
	buf_init(&fix, 1u << 20);
	publish_by_hand(job, true, false, &fix);
	outcome.fix = fix.p;
	if (strange[0] != '\0')
		publish_end(job, &outcome,
		    "%s has the address %s, which is none of ours", job->host,
		    strange);
	else
		publish_end(
		    job, &outcome, "%s has no address in DNS", job->host);
	buf_free(&fix);
}

/* has_address - has the policy host one, wherever it leads? */
static bool
has_address(const struct publish *job)
{
	for (unsigned i = PUBLISH_ASK_A; i <= PUBLISH_ASK_AAAA; i++)
		if (job->asks[i].fact != NULL &&
		    job->asks[i].fact->end == DNSFACT_FOUND)
			return true;
	return false;
}

/* on_looked - all answers are there */
static void
on_looked(struct publish *job)
{
	static const struct publish_outcome no_target = { .end =
							      PUBLISH_PROBLEM,
		.fix = "Say it: mtasts defaults set host=NAME, or "
		       "addresses=ADDRESS,..." };
	char strange[IPNET_TEXT_LEN];

	switch (publish_leads(job, strange)) {
	case LEADSTO_FAILED:
		end_failed(job);
		return;
	case LEADSTO_NO_ADDRESS:
	case LEADSTO_ELSEWHERE:
		end_away(job, strange);
		return;
	case LEADSTO_NO_TARGET:
		/* With one, the next steps show whether it is ours. */
		if (!has_address(job)) {
			publish_end(job, &no_target,
			    "nothing says to which addresses %s should lead",
			    job->host);
			return;
		}
		break;
	case LEADSTO_US:
		break;
	}
	publish_begin_step(job, PUBLISH_CERTIFICATE);
}

/* look - where does it lead? */
static void
look(struct publish *job)
{
	publish_ask_all(job,
	    1u << PUBLISH_ASK_A | 1u << PUBLISH_ASK_AAAA |
		1u << PUBLISH_ASK_OUR_A | 1u << PUBLISH_ASK_OUR_AAAA,
	    on_looked);
}

/* is_there - do the servers have the record, as pushing saw it? */
static bool
is_there(const struct publish *job, const struct push_result *r)
{
	if (r->end != PUSH_SAME && r->end != PUSH_WRITTEN)
		return false;
	/* What its owner has to set is not pushing's business. */
	for (size_t i = 0; r->diff != NULL && i < r->diff->count; i++)
		if (r->diff->names[i].kind == ZONEDIFF_HOST)
			return r->diff->names[i].state == ZONEDIFF_SAME;
	return !publish_delegated(job);
}

/* on_pushed - the record is there, or why not */
static void
on_pushed(void *ctx, const struct push_result *r)
{
	struct publish *job = ctx;

	job->push = NULL;
	job->host_pushed = true;
	job->host_end = r->end;
	job->changed |= r->end == PUSH_WRITTEN;
	if (is_there(job, r)) {
		publish_begin_step(job, PUBLISH_CERTIFICATE);
		return;
	}
	snprintf(job->host_note.why, sizeof(job->host_note.why), "%s", r->why);
	snprintf(job->host_note.fix, sizeof(job->host_note.fix), "%s", r->fix);
	look(job);
}

void
publish_host(struct publish *job)
{
	static const struct publish_outcome broken = { .end = PUBLISH_PROBLEM,
		.unknown = true };
	struct push_want want = { .domain = job->domain,
		.host_only = true,
		.force = job->want.force,
		.done = on_pushed,
		.ctx = job };

	if (!push_has_way(job->p->conf.conf, job->host)) {
		look(job);
		return;
	}
	job->push = push_start(job->p->conf.pusher, &want);
	if (job->push == NULL)
		publish_end(job, &broken, "memory is short");
}
