/*
 * push_judge.c - what a look at DNS means for a job, and the words for it
 *
 * Which names are to be written, by which way, and why some are not. Asks
 * nobody and writes nothing.
 */
#include "task/push.h"

#include "task/push_int.h"

#include <stdio.h>

/* Reasons, the gravest first; only the first of the gravest is told. */
enum reason {
	REASON_UNKNOWN,
	REASON_FOREIGN,
	REASON_BY_HAND,
	REASON_LAGS,
	REASON_NONE
};

/* A survey under way. */
struct survey {
	struct push *job;
	struct push_verdict v;
	enum reason told;
};

/* server_text - "ns1.example (192.0.2.1)" */
static const char *
server_text(const struct zonediff_server *s, char out[320])
{
	if (s->name[0] == '\0')
		snprintf(out, 320, "%s", s->address);
	else if (s->address[0] == '\0')
		snprintf(out, 320, "%s", s->name);
	else
		snprintf(out, 320, "%s (%s)", s->name, s->address);
	return out;
}

/* graver - is this to be told in place of what was? */
static bool
graver(struct survey *s, enum reason reason)
{
	if (reason >= s->told)
		return false;
	s->told = reason;
	return true;
}

/* say_unknown - the name could not be seen */
static void
say_unknown(struct survey *s, size_t i)
{
	const struct zonediff_name *n = &s->job->diff->names[i];
	char text[320];

	s->v.unknown = true;
	if (!graver(s, REASON_UNKNOWN))
		return;
	if (n->zone == NULL)
		push_say(s->job,
		    "See that the domain is delegated and its name servers "
		    "answer.",
		    "%s: %s", n->name, s->job->places[i].why);
	else
		push_say(s->job,
		    "See that the name servers run and have the zone.",
		    "no server of the zone %s told of %s; %s says: %s", n->zone,
		    n->name,
		    n->server_count > 0 ? server_text(&n->servers[0], text)
					: "none",
		    n->server_count > 0 ? n->servers[0].why : "");
}

/* say_foreign - somebody else's record is in the way */
static void
say_foreign(struct survey *s, size_t i)
{
	const struct zonediff_name *n = &s->job->diff->names[i];
	struct diag_quote q;

	s->v.foreign = true;
	if (graver(s, REASON_FOREIGN))
		push_say(s->job,
		    "See who set it; to replace it: mtasts dns push --force, "
		    "or remove it there.",
		    "%s has \"%s\", which was not written by mtasts", n->name,
		    diag_quote(&q, n->foreign_value));
}

/* say_by_hand - nobody is configured to write it */
static void
say_by_hand(struct survey *s, size_t i)
{
	const struct zonediff_name *n = &s->job->diff->names[i];
	char fix[600];

	s->v.by_hand = true;
	if (!graver(s, REASON_BY_HAND))
		return;
	snprintf(fix, sizeof(fix),
	    "Set it by hand (mtasts dns %s), or give push: in mtasts.yaml an "
	    "entry for the zone.",
	    s->job->domain);
	push_say(s->job, fix,
	    "%s is to be changed, and no entry of push: has the zone %s",
	    n->name, n->zone);
}

/* survey_change - a name that is not as it should be */
static void
survey_change(struct survey *s, size_t i)
{
	const struct zonediff_name *n = &s->job->diff->names[i];
	struct push_place *place = &s->job->places[i];

	s->v.differs = true;
	if (place->way == NULL) {
		if (n->part == ZONE_CUSTOMER)
			place->by_customer = true;
		else
			say_by_hand(s, i);
		return;
	}
	if (n->foreign && !s->job->want.force) {
		say_foreign(s, i);
		return;
	}
	place->write = true;
	s->v.write = true;
}

/* mark_dead - servers that do not answer before anything is written */
static void
mark_dead(struct push *job, size_t i)
{
	const struct zonediff_name *n = &job->diff->names[i];

	for (size_t j = 0; !job->wrote && j < n->server_count; j++)
		job->places[i].dead[j] = n->servers[j].failed;
}

/* survey_name - one of them */
static void
survey_name(struct survey *s, size_t i)
{
	const struct zonediff_name *n = &s->job->diff->names[i];
	struct push_place *place = &s->job->places[i];

	place->write = false;
	if (n->zone != NULL)
		mark_dead(s->job, i);
	if (n->watched)
		return;
	if (n->zone == NULL || n->state == ZONEDIFF_UNKNOWN) {
		/* What a customer's zone is like must not hold up our own. */
		if (n->part == ZONE_CUSTOMER)
			place->by_customer = true;
		else
			say_unknown(s, i);
		return;
	}
	if (n->state != ZONEDIFF_SAME && n->change_count > 0)
		survey_change(s, i);
}

/* not_here - a customer's zone that the primary of the way does not have */
static void
not_here(struct push *job, size_t i)
{
	struct zonediff_name *n = &job->diff->names[i];
	struct push_place *place = &job->places[i];
	size_t j;

	if (n->server_count == 0)
		return;
	/* A hidden primary stands last; without authority it is none. */
	if (place->primary != NULL && n->primary == n->server_count - 1 &&
	    n->servers[n->primary].failed && n->server_count > 1) {
		n->server_count--;
		place->not_there = true;
		if (n->part == ZONE_CUSTOMER)
			place->way = NULL;
	}
	if (n->primary < n->server_count && !n->servers[n->primary].failed)
		return;
	/* What others say is the best there is. */
	for (j = 0; j < n->server_count && n->servers[j].failed;)
		j++;
	if (j < n->server_count)
		n->primary = j;
}

struct push_verdict
push_survey(struct push *job)
{
	struct survey s = { .job = job, .told = REASON_NONE };

	for (size_t i = 0; i < job->diff->count; i++)
		not_here(job, i);
	zonediff_judge(job->diff);
	for (size_t i = 0; i < job->diff->count; i++)
		survey_name(&s, i);
	if (s.told > REASON_LAGS && !s.v.write)
		s.v.lags = push_lagging(job, false);
	return s.v;
}

/* say_lagging - one that does not say what it should */
static void
say_lagging(struct push *job, const struct zonediff_name *n,
    const struct zonediff_server *s)
{
	struct buf has;

	buf_init(&has, 400);
	zonediff_put_has(n, s, &has);
	server_text(s, job->server);
	push_say(job,
	    s->failed
		? "See that this server runs and has the zone, or take it out "
		  "of the NS records."
		: "See that this server gets the zone from the primary (NOTIFY, "
		  "zone transfer).",
	    s->failed ? "%s does not tell of %s (%s)"
		      : "%s does not have %s yet: it has %s",
	    job->server, n->name,
	    s->failed		? s->why
		: has.p != NULL ? has.p
				: "");
	buf_free(&has);
}

bool
push_lagging(struct push *job, bool alive)
{
	for (size_t i = 0; i < job->diff->count; i++) {
		const struct zonediff_name *n = &job->diff->names[i];
		const struct push_place *place = &job->places[i];

		/* What is not written here is not waited for. */
		if (n->watched || n->zone == NULL || place->by_customer ||
		    (n->state != ZONEDIFF_SAME && !place->written))
			continue;
		for (size_t j = 0; j < n->server_count; j++) {
			if (n->servers[j].same ||
			    (alive && n->servers[j].failed && place->dead[j]))
				continue;
			say_lagging(job, n, &n->servers[j]);
			return true;
		}
	}
	return false;
}
