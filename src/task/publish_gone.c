/*
 * publish_gone.c - the end of a name that was removed
 *
 * RFC 8461 section 8.3. All that it ever served has run out at every sender.
 * What we wrote into DNS goes; when its records are seen to be gone, and have
 * been for as long as resolvers keep them, so goes the name.
 */
#include "task/publish_int.h"

#include "io/loop.h"
#include "task/domain.h"

#include <stdio.h>

/* delete_name - task/domain has the last word */
static void
delete_name(struct publish *job)
{
	static const struct publish_outcome gone = { .end = PUBLISH_GONE,
		.quiet = true };
	struct domain_job work = { .registry = job->p->conf.registry,
		.arena = job->arena,
		.diags = mtasts_diags_new(),
		.now_at = loop_time_s() };
	static const struct publish_outcome refused = { .end =
							    PUBLISH_PROBLEM };
	const struct mtasts_finding *d;
	struct domain_result result;
	enum mtasts_err err;

	err = domain_remove(&work, str_of(job->domain), false, &result);
	d = mtasts_diags_get(work.diags, 0);
	if (err == MTASTS_OK || err == MTASTS_ENOENT) {
		job->changed = err == MTASTS_OK;
		publish_end(job, &gone, "%s", "");
	} else {
		publish_end(job, &refused, "%s",
		    d != NULL ? d->message : mtasts_strerror(err));
	}
	mtasts_diags_free(work.diags);
}

/* has_our_id - does the _mta-sts record still name one of our policies? */
static bool
has_our_id(const struct publish *job)
{
	const struct dnsfact *fact = job->asks[PUBLISH_ASK_TXT].fact;
	const struct str ids[] = { job->facts.id, job->row.live_id };

	for (size_t i = 0;
	     fact != NULL && fact->end == DNSFACT_FOUND && i < fact->count; i++)
		for (size_t k = 0; k < 2; k++)
			if (ids[k].len > 0 &&
			    str_find(fact->records[i].txt, ids[k]) <
				fact->records[i].txt.len)
				return true;
	return false;
}

/* end_still - somebody has to delete them */
static void
end_still(struct publish *job)
{
	struct publish_outcome outcome = { .end = PUBLISH_BY_HAND };
	struct buf fix;

	buf_init(&fix, 1u << 20);
	publish_by_hand(job, false, true, &fix);
	outcome.fix = fix.p;
	publish_end(job, &outcome,
	    "%s was removed and has run out; its records can go", job->domain);
	buf_free(&fix);
}

/* on_looked - are they gone? */
static void
on_looked(struct publish *job)
{
	struct publish_outcome wait = { .end = PUBLISH_LATER };
	static const struct publish_outcome failed = { .end = PUBLISH_PROBLEM,
		.unknown = true };
	const struct dnsfact *txt = job->asks[PUBLISH_ASK_TXT].fact;
	int64_t now_at = loop_time_s(), ttl_s = job->facts.merged.ttl_s;
	enum leadsto_end leads;
	char strange[IPNET_TEXT_LEN];

	leads = publish_leads(job, strange);
	if (leads == LEADSTO_FAILED || txt == NULL || dnsfact_failed(txt)) {
		publish_end(job, &failed,
		    "whether the records of %s are gone could not be found out",
		    job->domain);
		return;
	}
	if (leads == LEADSTO_US || has_our_id(job)) {
		job->row.step = STR("id");
		end_still(job);
		return;
	}
	if (!str_eq(job->row.step, STR(PUBLISH_STEP_GONE)))
		job->row.since_at = now_at;
	job->row.step = STR(PUBLISH_STEP_GONE);
	wait.next_at = job->row.since_at + ttl_s;
	if (now_at >= wait.next_at || ttl_s == 0)
		delete_name(job);
	else
		publish_end(job, &wait,
		    "its records are gone; resolvers may keep them for a while");
}

/* on_pushed - ours are out, or why not */
static void
on_pushed(void *ctx, const struct push_result *r)
{
	struct publish *job = ctx;
	struct publish_note note;

	job->push = NULL;
	job->row.dns = str_of(push_end_name(r->end));
	job->changed |= r->end == PUSH_WRITTEN;
	/* What others set is theirs; whether it leads here is looked at. */
	if (r->end == PUSH_REFUSED || r->end == PUSH_LAGGING ||
	    r->end == PUSH_UNKNOWN) {
		snprintf(note.why, sizeof(note.why), "%s", r->why);
		snprintf(note.fix, sizeof(note.fix), "%s", r->fix);
		publish_end_push(job, r->end, &note, false);
		return;
	}
	publish_ask_all(job, (1u << PUBLISH_ASKS) - 1, on_looked);
}

void
publish_gone(struct publish *job)
{
	static const struct publish_outcome broken = { .end = PUBLISH_PROBLEM,
		.unknown = true };
	struct push_want want = { .domain = job->domain,
		.force = job->want.force,
		.done = on_pushed,
		.ctx = job };

	job->step = PUBLISH_ID;
	if (job->want.step != NULL)
		job->want.step(job->want.ctx, job->step);
	job->push = push_start(job->p->conf.pusher, &want);
	if (job->push == NULL)
		publish_end(job, &broken, "memory is short");
}
