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
	buf_init(&fix, 1u << 20);
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

/* end_by_hand - with the very records that are not as they should be */
static void
end_by_hand(struct publish *job, const struct push_result *r, bool customer)
{
	struct publish_note note = { .why = "" };
	struct buf fix;

	buf_init(&fix, 1u << 20);
	if (publish_by_diff(r->diff, customer, &fix) && fix.p != NULL)
		snprintf(note.fix, sizeof(note.fix), "%s", fix.p);
	if (customer)
		snprintf(note.why, sizeof(note.why),
		    "the records that its owner sets do not all lead here yet");
	else
		snprintf(note.why, sizeof(note.why), "%s", r->why);
	buf_free(&fix);
	publish_end_push(job, PUSH_BY_HAND, &note, r->id_live);
}

/* note_rest - it is live, and the owner has still something to set */
static void
note_rest(struct publish *job, const struct push_result *r)
{
	struct publish_note *note = &job->id_note;
	struct buf fix;

	buf_init(&fix, 1u << 20);
	if (publish_by_diff(r->diff, true, &fix) && fix.p != NULL) {
		snprintf(note->why, sizeof(note->why),
		    "a record that its owner sets does not lead here yet");
		snprintf(note->fix, sizeof(note->fix), "%s", fix.p);
	}
	buf_free(&fix);
}

/* judge - DNS is in step, or why it is not */
static void
judge(struct publish *job, const struct push_result *r)
{
	static const struct publish_outcome live = { .end = PUBLISH_LIVE,
		.live = true };
	static const struct publish_outcome lags = { .end = PUBLISH_LATER };
	struct publish_note note;

	if (r->end == PUSH_BY_HAND) {
		end_by_hand(job, r, false);
	} else if (r->end != PUSH_SAME && r->end != PUSH_WRITTEN) {
		snprintf(note.why, sizeof(note.why), "%s", r->why);
		snprintf(note.fix, sizeof(note.fix), "%s", r->fix);
		publish_end_push(job, r->end, &note, r->id_live);
	} else if (r->id_live) {
		note_rest(job, r);
		publish_end(job, &live, "%s", "");
	} else if (publish_delegated(job)) {
		end_by_hand(job, r, true);
	} else {
		publish_end(job, &lags, "not every server of %s has the id yet",
		    job->domain);
	}
}

/* on_pushed - the servers were asked */
static void
on_pushed(void *ctx, const struct push_result *r)
{
	struct publish *job = ctx;

	job->push = NULL;
	job->row.dns = str_of(push_end_name(r->end));
	job->changed |= r->end == PUSH_WRITTEN;
	/* The id that is live may be an older one: see to the newer body. */
	if (!publish_moved(job))
		judge(job, r);
}

void
publish_id(struct publish *job)
{
	static const struct publish_outcome broken = { .end = PUBLISH_PROBLEM,
		.unknown = true };
	struct push_want want = { .domain = job->domain,
		.force = job->want.force,
		.done = on_pushed,
		.ctx = job };

	if (publish_moved(job))
		return;
	want.id = arena_dup(job->arena, job->facts.id);
	job->push =
	    want.id != NULL ? push_start(job->p->conf.pusher, &want) : NULL;
	if (job->push == NULL)
		publish_end(job, &broken, "memory is short");
}
