/*
 * publish_id.c - the id into DNS, and at every authoritative server
 *
 * RFC 8461 section 8.1. Only after the body was seen to be live; task/push does
 * it, and says whether every server has it.
 */
#include "task/publish_int.h"

#include <stdio.h>

void
publish_end_push(struct publish *job, enum push_end end,
    const struct publish_note *note, bool live)
{
	struct publish_outcome outcome = {
		.end = PUBLISH_PROBLEM, .fix = note->fix, .live = live
	};
	struct buf fix;

	job->row.dns = str_of(push_end_name(end));
	buf_init(&fix, PUBLISH_FIX_MAX);
	if (end == PUSH_BY_HAND)
		outcome.end = PUBLISH_BY_HAND;
	else if (end == PUSH_LAGGING)
		outcome.end = PUBLISH_LATER;
	if (end == PUSH_BY_HAND && note->fix[0] == '\0') {
		publish_by_hand(job, false, false, &fix);
		outcome.fix = fix.p;
	}
	publish_end(job, &outcome, "%s",
	    note->why[0] != '\0' ? note->why : push_end_name(end));
	buf_free(&fix);
}

/* on_pushed - DNS is in step, or why it is not */
static void
on_pushed(void *ctx, const struct push_result *r)
{
	static const struct publish_outcome live = { .end = PUBLISH_LIVE,
		.live = true };
	static const struct publish_outcome lags = { .end = PUBLISH_LATER };
	struct publish *job = ctx;
	struct publish_note note;

	job->push = NULL;
	job->row.dns = str_of(push_end_name(r->end));
	job->changed |= r->end == PUSH_WRITTEN;
	snprintf(note.why, sizeof(note.why), "%s", r->why);
	snprintf(note.fix, sizeof(note.fix), "%s", r->fix);
	/* The id that is live may be that of a newer policy: see to its body.
	 */
	if (publish_moved(job))
		return;
	if (r->end != PUSH_SAME && r->end != PUSH_WRITTEN)
		publish_end_push(job, r->end, &note, r->id_live);
	else if (r->id_live)
		publish_end(job, &live, "%s", "");
	else
		publish_end(job, &lags, "not every server of %s has the id yet",
		    job->domain);
}

void
publish_id(struct publish *job)
{
	static const struct publish_outcome broken = { .end = PUBLISH_PROBLEM };
	struct push_want want = { .domain = job->domain,
		.force = job->want.force,
		.done = on_pushed,
		.ctx = job };

	if (publish_moved(job))
		return;
	job->push = push_start(job->p->conf.pusher, &want);
	if (job->push == NULL)
		publish_end(job, &broken, "memory is short");
}
