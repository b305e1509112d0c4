/*
 * publish_end.c - how jobs end, what is remembered, and when again
 *
 * What somebody has to mend is looked at soon at first, then less and less;
 * what is live once a day, each name at its own time. Texts of strangers are
 * made safe here, once, before they reach anybody.
 */
#include "task/publish_int.h"

#include "base/timefmt.h"
#include "io/loop.h"

#include <stdarg.h>
#include <stdio.h>

#define MINUTE_S 60
#define HOUR_S	 3600
#define DAY_S	 86400
#define SPREAD_S (4 * HOUR_S) /* so that not all come at once */

/* spread - a number that a name has for ever, below n */
static int64_t
spread(const char *name, int64_t n)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * UINT64_C(1099511628211);
	return (int64_t)(h >> 16) % n;
}

/* retry_s - after so many failures in a row */
static int64_t
retry_s(unsigned failures)
{
	return failures > 6 ? HOUR_S : (int64_t)MINUTE_S << (failures - 1);
}

/* patience_s - until a look whether somebody has done it, who had so long */
static int64_t
patience_s(int64_t waited_s)
{
	if (waited_s < HOUR_S)
		return 5 * MINUTE_S;
	return waited_s < 7 * DAY_S ? HOUR_S : 6 * HOUR_S;
}

/* earlier - of two times, 0 being none */
static int64_t
earlier(int64_t a, int64_t b)
{
	return b != 0 && b < a ? b : a;
}

/* live_next_at - once a day, or when the certificate is due */
static int64_t
live_next_at(const struct publish *job, int64_t now_at)
{
	int64_t at = now_at + DAY_S - spread(job->domain, SPREAD_S);

	if (job->certified && job->cert_next_at > now_at)
		at = earlier(at, job->cert_next_at);
	return at;
}

/* next_at - when it is looked at again */
static int64_t
next_at(
    const struct publish *job, const struct publish_outcome *o, int64_t now_at)
{
	const struct registry_published *row = &job->row;
	int64_t at;

	if (o->next_at != 0)
		at = o->next_at;
	else if (o->end == PUBLISH_LIVE)
		at = live_next_at(job, now_at);
	else if (o->end == PUBLISH_BY_HAND)
		at = now_at + patience_s(now_at - row->since_at);
	else
		at = now_at + retry_s(row->failures);
	/* When it has run out there is something to do. */
	if (job->facts.removing_at != 0 && job->facts.until_at > now_at)
		at = earlier(at, job->facts.until_at);
	return at;
}

/* note - the row as it is to be remembered */
static void
note(struct publish *job, const struct publish_outcome *o, int64_t now_at,
    const char *why)
{
	struct registry_published *row = &job->row;
	struct str end = str_of(publish_end_name(o->end));
	bool gone = str_eq(row->step, STR(PUBLISH_STEP_GONE));

	if (o->live && !str_eq(row->live_id, job->facts.id)) {
		row->live_id = job->facts.id;
		row->live_at = now_at;
		job->changed = true;
	}
	if (o->end == PUBLISH_LIVE)
		row->since_at = 0;
	else if (!gone && (row->since_at == 0 || !str_eq(row->end, end)))
		row->since_at = now_at;
	/* To wait for what has its own time is no failure. */
	if (o->end == PUBLISH_PROBLEM ||
	    (o->end == PUBLISH_LATER && o->next_at == 0))
		row->failures++;
	else if (o->end != PUBLISH_LATER)
		row->failures = 0;
	row->end = end;
	if (!gone)
		row->step = str_of(publish_step_name(job->step));
	row->why = str_of(why);
	row->fix = str_of(o->fix);
	row->next_at = next_at(job, o, now_at);
}

/* tell_log - one line */
static void
tell_log(const struct publish *job, const struct publish_result *r)
{
	static const struct {
		const char *event;
		enum log_level level;
	} rows[PUBLISH_ENDS] = {
		[PUBLISH_LIVE] = { "publish-live", LOG_LEVEL_INFO },
		[PUBLISH_GONE] = { "publish-gone", LOG_LEVEL_INFO },
		[PUBLISH_BY_HAND] = { "publish-by-hand", LOG_LEVEL_INFO },
		[PUBLISH_LATER] = { "publish-later", LOG_LEVEL_DEBUG },
		[PUBLISH_PROBLEM] = { "publish-problem", LOG_LEVEL_WARN },
	};
	enum log_level level = rows[r->end].level;
	struct log_line line;
	struct timefmt at;

	if (job->p->conf.log == NULL)
		return;
	/* Nothing new is no news. */
	if (r->end == PUBLISH_LIVE && !r->changed)
		level = LOG_LEVEL_DEBUG;
	log_begin(&line, job->p->conf.log, level, rows[r->end].event);
	log_cstr(&line, "domain", r->domain);
	if (r->id[0] != '\0')
		log_cstr(&line, "id", r->id);
	if (r->end != PUBLISH_LIVE && r->end != PUBLISH_GONE)
		log_cstr(&line, "step", publish_step_name(r->step));
	if (r->why[0] != '\0')
		log_cstr(&line, "reason", r->why);
	if (r->next_at > 0)
		log_cstr(&line, "next", timefmt_rfc3339(&at, r->next_at));
	log_end(&line);
}

/* clean - a text made safe to be shown; one that is too long is cut */
static void
clean(char *out, size_t size, const char *text)
{
	static const char more[] = " ...";
	struct buf b;

	buf_init(&b, 5 * size);
	buf_clean(&b, str_of(text), size);
	snprintf(out, size, "%s", b.p != NULL ? b.p : "");
	if (b.len >= size)
		memcpy(out + size - sizeof(more), more, sizeof(more));
	buf_free(&b);
}

/* keep - the row into the registry, unless there is nothing to keep */
static void
keep(struct publish *job, const struct publish_outcome *o, const char *why)
{
	enum mtasts_err err;

	if (o->quiet)
		return;
	note(job, o, loop_time_s(), why);
	err = publish_remember(job,
	    job->facts.id.len > 0 && str_eq(job->row.live_id, job->facts.id));
	if (err != MTASTS_OK)
		log_event(job->p->conf.log, LOG_LEVEL_ERROR, "publish-unnoted",
		    "domain", job->domain);
}

void
publish_end(struct publish *job, const struct publish_outcome *outcome,
    const char *fmt, ...)
{
	char raw[PUBLISH_WHY_MAX], why[PUBLISH_WHY_MAX], fix[PUBLISH_FIX_MAX];
	struct publish_outcome o = *outcome;
	struct publish_result result = { .end = o.end,
		.step = job->step,
		.domain = job->domain,
		.why = why,
		.fix = fix };
	char id[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	clean(why, sizeof(why), raw);
	clean(fix, sizeof(fix), o.fix != NULL ? o.fix : "");
	/* It is well, but the certificate will not be for long, or so. */
	if (o.end == PUBLISH_LIVE) {
		const struct publish_note *n = job->cert_note.why[0] != '\0'
		    ? &job->cert_note
		    : &job->id_note;

		clean(why, sizeof(why), n->why);
		clean(fix, sizeof(fix), n->fix);
	}
	o.fix = fix;
	keep(job, &o, why);
	snprintf(id, sizeof(id), "%" STR_FMT, STR_ARG(job->facts.id));
	result.id = id;
	result.next_at = o.quiet ? o.next_at : job->row.next_at;
	result.changed = job->changed;
	result.unknown = o.unknown;
	metric_inc(job->p->ends[o.end]);
	tell_log(job, &result);
	job->want.done(job->want.ctx, &result);
	publish_free(job);
}

void
publish_end_unread(struct publish *job, enum mtasts_err err)
{
	const struct publish_outcome broken = { .end = PUBLISH_PROBLEM,
		.fix = "See what keeps the registry; it is tried again.",
		.next_at = loop_time_s() + MINUTE_S,
		.quiet = true,
		.unknown = true };

	publish_end(job, &broken, "the registry cannot be read or written: %s",
	    mtasts_strerror(err));
}
