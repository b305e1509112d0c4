/*
 * run - plays a file about a roll-out: looks, days, and what is to follow
 *
 * See README.md beside it for the words. Exit 0 when all came as wanted; else
 * FILE:LINE: says what did not.
 */
#include "base/timefmt.h"
#include "core/rollout.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_LEN 400
#define WORDS	     8

struct play {
	const char *file;
	unsigned line;
	int64_t now_at;
	struct rollout_plan plan;
	struct rollout_state state;
	struct rollout_seen seen; /* what the next look will find */
	struct rollout_verdict said; /* by the last look */
	bool looked;
	unsigned wants;
	char *word[WORDS];
	unsigned count;
};

/* stop - it is not as the file says, or the file says nothing sensible */
static void stop(const struct play *p, const char *what, const char *got)
    __attribute__((noreturn));

static void
stop(const struct play *p, const char *what, const char *got)
{
	fprintf(stderr, "%s:%u: %s%s%s\n", p->file, p->line, what,
	    got != NULL ? ", got " : "", got != NULL ? got : "");
	exit(1);
}

/* is - is the n-th word this one? */
static bool
is(const struct play *p, unsigned n, const char *text)
{
	return n < p->count && strcmp(p->word[n], text) == 0;
}

/* duration - the n-th word as seconds */
static int64_t
duration(const struct play *p, const char *text)
{
	int64_t ms;

	if (timefmt_parse_duration(str_of(text), &ms) != MTASTS_OK)
		stop(p, "no duration", text);
	return ms / 1000;
}

/* value - what stands behind KEY= in the line, or null */
static const char *
value(const struct play *p, const char *key)
{
	size_t len = strlen(key);

	for (unsigned i = 1; i < p->count; i++)
		if (strncmp(p->word[i], key, len) == 0 &&
		    p->word[i][len] == '=')
			return p->word[i] + len + 1;
	return NULL;
}

/* play_at - at TIME */
static void
play_at(struct play *p)
{
	if (p->count != 2 ||
	    timefmt_parse_rfc3339(str_of(p->word[1]), &p->now_at) != MTASTS_OK)
		stop(p, "at wants a time", p->count > 1 ? p->word[1] : "none");
}

/* play_plan - plan [testing=T] [day=T] [week=T] [auto-back] */
static void
play_plan(struct play *p)
{
	for (unsigned i = 1; i < p->count; i++) {
		const char *w = p->word[i], *v = strchr(w, '=');

		if (strcmp(w, "auto-back") == 0)
			p->plan.auto_back = true;
		else if (strncmp(w, "testing=", 8) == 0)
			p->plan.testing_s = duration(p, v + 1);
		else if (strncmp(w, "day=", 4) == 0)
			p->plan.day_s = duration(p, v + 1);
		else if (strncmp(w, "week=", 5) == 0)
			p->plan.week_s = duration(p, v + 1);
		else
			stop(p, "unknown word", w);
	}
}

/* play_start - start [STAGE] */
static void
play_start(struct play *p)
{
	enum rollout_stage stage = ROLLOUT_TESTING;

	if (p->count > 1 && !rollout_stage_find(str_of(p->word[1]), &stage))
		stop(p, "unknown stage", p->word[1]);
	rollout_begin(&p->state, stage, 0, p->now_at);
}

/* look - once, with this outcome */
static void
look(struct play *p, unsigned from)
{
	struct rollout_seen *seen = &p->seen;

	seen->plain = false;
	if (is(p, from, "passes"))
		seen->outcome = ROLLOUT_PASSES;
	else if (is(p, from, "fails"))
		seen->outcome = ROLLOUT_FAILS;
	else if (is(p, from, "unknown"))
		seen->outcome = ROLLOUT_UNKNOWN;
	else
		stop(p, "a look passes, fails or is unknown",
		    from < p->count ? p->word[from] : "nothing");
	seen->plain = is(p, from + 1, "plainly");
	seen->at = p->now_at;
	if (value(p, "age") != NULL)
		seen->at -= duration(p, value(p, "age"));
	rollout_judge(&p->plan, &p->state, seen, p->now_at, &p->said);
	/* A new policy has to be published first. */
	if (p->said.action != ROLLOUT_WAIT)
		seen->published_at = 0;
	p->looked = true;
}

/* play_daily - daily N OUTCOME: a look at the end of each of N days */
static void
play_daily(struct play *p)
{
	uint64_t n;

	if (p->count < 3 || !str_u64(str_of(p->word[1]), 1000, &n))
		stop(p, "daily wants a number and an outcome", NULL);
	for (; n > 0; n--) {
		p->now_at += 86400;
		look(p, 2);
		if (n > 1 && p->said.action != ROLLOUT_WAIT)
			stop(p, "something was done before the last day",
			    rollout_action_name(p->said.action));
	}
}

/* play_reports - reports none, or SUCCESSES FAILURES */
static void
play_reports(struct play *p)
{
	struct rollout_reports *r = &p->seen.reports;

	*r = (struct rollout_reports){ .received = !is(p, 1, "none") };
	if (!r->received)
		return;
	if (p->count != 3 ||
	    !str_u64(str_of(p->word[1]), UINT64_MAX, &r->successes) ||
	    !str_u64(str_of(p->word[2]), UINT64_MAX, &r->failures))
		stop(p, "reports wants none, or two numbers", NULL);
}

/* want_times - next=DURATION and step=DURATION, from now */
static void
want_times(const struct play *p)
{
	struct timefmt t;
	const char *v = value(p, "next");

	if (v != NULL && p->said.next_at - p->now_at != duration(p, v))
		stop(p, "another time of the next look",
		    timefmt_duration(&t, (p->said.next_at - p->now_at) * 1000));
	v = value(p, "step");
	if (v != NULL && strcmp(v, "never") == 0 && p->said.step_at != 0)
		stop(p, "a step is foreseen",
		    timefmt_rfc3339(&t, p->said.step_at));
	if (v != NULL && strcmp(v, "never") != 0 &&
	    p->said.step_at - p->now_at != duration(p, v))
		stop(p, "another time of the step",
		    timefmt_rfc3339(&t, p->said.step_at));
}

/* want_alarm - what of the line is about the alarm */
static void
want_alarm(const struct play *p)
{
	const char *now = p->said.alarm_begins ? "alarm"
	    : p->said.alarm_ends	       ? "all-clear"
					       : "";
	const char *wanted = "";

	for (unsigned i = 3; i < p->count; i++) {
		if (is(p, i, "alarm") || is(p, i, "all-clear"))
			wanted = p->word[i];
		else if (strncmp(p->word[i], "next=", 5) != 0 &&
		    strncmp(p->word[i], "step=", 5) != 0)
			stop(p, "unknown word", p->word[i]);
	}
	if (strcmp(now, wanted) != 0)
		stop(p, "another alarm", *now != '\0' ? now : "none");
}

/* play_want - want ACTION REASON [alarm|all-clear] [next=T] [step=T|never] */
static void
play_want(struct play *p)
{
	if (!p->looked)
		stop(p, "nothing was looked at", NULL);
	if (p->count < 3)
		stop(p, "want needs what is done, and why", NULL);
	if (!is(p, 1, rollout_action_name(p->said.action)))
		stop(p, "something else is done",
		    rollout_action_name(p->said.action));
	if (!is(p, 2, rollout_reason_name(p->said.reason)))
		stop(p, "another reason", rollout_reason_name(p->said.reason));
	want_alarm(p);
	want_times(p);
	p->wants++;
}

/* play_stage - stage NAME: where it is now */
static void
play_stage(struct play *p)
{
	const char *name = rollout_stage_name(p->state.stage);

	if (!is(p, 1, name))
		stop(p, "another stage", name);
	p->wants++;
}

/* play_word - the small ones */
static bool
play_word(struct play *p)
{
	if (is(p, 0, "publish"))
		p->seen.published_at = p->now_at;
	else if (is(p, 0, "unpublish"))
		p->seen.published_at = 0;
	else if (is(p, 0, "after") && p->count == 2)
		p->now_at += duration(p, p->word[1]);
	else if (is(p, 0, "pause"))
		p->state.paused = true;
	else if (is(p, 0, "resume"))
		p->state.paused = false;
	else if (is(p, 0, "back"))
		rollout_back(&p->state, p->now_at);
	else if (is(p, 0, "by-hand"))
		p->seen.foreign = true;
	else
		return false;
	return true;
}

/* play_line - one line, cut into words */
static void
play_line(struct play *p)
{
	static const struct {
		const char *word;
		void (*fn)(struct play *p);
	} verbs[] = {
		{ "at", play_at },
		{ "plan", play_plan },
		{ "start", play_start },
		{ "daily", play_daily },
		{ "reports", play_reports },
		{ "want", play_want },
		{ "stage", play_stage },
	};

	if (is(p, 0, "look")) {
		look(p, 1);
		return;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (is(p, 0, verbs[i].word)) {
			verbs[i].fn(p);
			return;
		}
	if (!play_word(p))
		stop(p, "unknown verb", p->word[0]);
}

/* cut - a line into words; # ends it */
static void
cut(struct play *p, char *text)
{
	char *save = NULL;

	p->count = 0;
	text[strcspn(text, "#\n")] = '\0';
	for (char *w = strtok_r(text, " \t", &save); w != NULL;
	     w = strtok_r(NULL, " \t", &save)) {
		if (p->count == WORDS)
			stop(p, "too many words", w);
		p->word[p->count++] = w;
	}
}

int
main(int argc, char **argv)
{
	struct play p = { .file = argc == 2 ? argv[1] : "",
		.now_at = 1767225600 };
	FILE *f = fopen(p.file, "re");
	char text[LINE_MAX_LEN];

	if (f == NULL) {
		fprintf(stderr, "usage: rollout FILE\n");
		return 2;
	}
	rollout_plan_default(&p.plan);
	while (fgets(text, sizeof(text), f) != NULL) {
		p.line++;
		cut(&p, text);
		if (p.count > 0)
			play_line(&p);
	}
	fclose(f);
	if (p.wants == 0)
		stop(&p, "the file wants nothing", NULL);
	return 0;
}
