/*
 * rollout_print.c - roll-outs in words and as JSON
 *
 * Knows no registry. Texts of findings are printable already.
 */
#include "cli/rollout_print.h"

#include "base/timefmt.h"
#include "cli/domain_print.h"
#include "cli/out.h"

#include <stdio.h>

/* put_calendar - the steps that are to come */
static void
put_calendar(struct js_writer *js, const struct rollout_calendar *c)
{
	js_key(js, "calendar");
	js_object(js);
	for (unsigned i = ROLLOUT_DAY; i < ROLLOUT_STAGES; i++)
		js_kv_time(
		    js, rollout_stage_name((enum rollout_stage)i), c->at[i]);
	js_end_object(js);
}

/* put_state - what is known of one */
static void
put_state(struct js_writer *js, const struct rollout_state *s)
{
	js_kv_str(js, "stage", rollout_stage_name(s->stage));
	js_kv_str(js, "mode", mtasts_mode_name(rollout_mode(s->stage)));
	js_kv_int(js, "max_age", rollout_max_age(s->stage));
	js_kv_bool(js, "paused", s->paused);
	js_kv_bool(js, "alarm", s->alarm);
	js_kv_time(js, "begun", s->begun_at);
	js_kv_time(js, "since", s->stage_at);
	js_kv_time(js, "published", s->published_at);
	js_kv_time(js, "looked", s->looked_at);
	js_kv_time(js, "passed", s->passed_at);
	js_kv_time(js, "failing_since", s->failing_at);
}

void
rollout_print_json(struct js_writer *js, const struct rollout_result *r,
    const char *did, const struct mtasts_diags *diags)
{
	static const char *const outcomes[] = { "passes", "unknown", "fails" };
	const struct domain_change *c = r->change.first;
	bool looked = r->verdict.next_at != 0;

	js_object(js);
	js_kv_str(js, "domain", r->domain);
	js_kv_str(js, "did", did);
	put_state(js, &r->state);
	if (looked) {
		js_kv_str(js, "outcome", outcomes[r->outcome]);
		js_kv_str(js, "reason", rollout_reason_name(r->verdict.reason));
		js_kv_time(js, "step", r->verdict.step_at);
	}
	js_kv_str(js, "why", r->why[0] != '\0' ? r->why : NULL);
	js_kv_str(js, "fix", r->fix[0] != '\0' ? r->fix : NULL);
	js_kv_str(
	    js, "id", c != NULL && c->new_id[0] != '\0' ? c->new_id : NULL);
	js_kv_time(js, "next", r->next_at);
	put_calendar(js, &r->calendar);
	js_findings(js, "findings", diags);
	js_end_object(js);
}

/* day - "2026-01-31 12:00", for people; UTC */
static const char *
day(struct timefmt *out, int64_t at)
{
	timefmt_rfc3339(out, at);
	out->text[10] = ' ';
	out->text[16] = '\0';
	return out->text;
}

/* label - the first column of a line */
static void
label(struct cmd_env *env, const char *name)
{
	fprintf(env->out, "  %-10s", name);
}

/* print_calendar - the steps that are to come */
static void
print_calendar(struct cmd_env *env, const struct rollout_calendar *c)
{
	struct timefmt t, age;
	const char *name = "earliest";

	for (unsigned i = ROLLOUT_DAY; i < ROLLOUT_STAGES; i++) {
		enum rollout_stage stage = (enum rollout_stage)i;

		if (c->at[i] == 0)
			continue;
		label(env, name);
		fprintf(env->out, "%s  mode %s, max-age %s\n",
		    day(&t, c->at[i]), mtasts_mode_name(rollout_mode(stage)),
		    timefmt_ago(&age, rollout_max_age(stage)));
		name = "";
	}
}

/* print_stage - where it is, and since when */
static void
print_stage(struct cmd_env *env, const struct rollout_state *s)
{
	struct timefmt t, age;

	label(env, "stage");
	fprintf(env->out, "%s since %s: mode %s, max-age %s%s\n",
	    rollout_stage_name(s->stage), day(&t, s->stage_at),
	    mtasts_mode_name(rollout_mode(s->stage)),
	    timefmt_ago(&age, rollout_max_age(s->stage)),
	    s->paused ? "; paused" : "");
}

/* print_published - is it seen everywhere, so that the time runs? */
static void
print_published(struct cmd_env *env, const struct rollout_state *s)
{
	struct timefmt t;

	label(env, "published");
	if (s->looked_at == 0 && s->published_at == 0)
		fputs("not looked at yet: the time of the stage stands\n",
		    env->out);
	else if (s->published_at != 0)
		fprintf(env->out, "everywhere since %s\n",
		    day(&t, s->published_at));
	else
		fputs("not everywhere as it should be: the time of the stage "
		      "stands\n",
		    env->out);
}

/* print_alarm - the ready command */
static void
print_alarm(
    struct cmd_env *env, const char *domain, const struct rollout_state *s)
{
	struct timefmt t;

	if (!s->alarm)
		return;
	label(env, "alarm");
	out_color(env, OUT_RED);
	fprintf(env->out, "enforced, failing since %s",
	    day(&t, s->failing_at != 0 ? s->failing_at : s->looked_at));
	out_color(env, OUT_PLAIN);
	fprintf(env->out,
	    ": mail may have to wait.\n"
	    "            Mend it, or: mtasts rollout back %s\n",
	    domain);
}

/* print_why - why it waits */
static void
print_why(struct cmd_env *env, enum rollout_reason reason, const char *why,
    const char *fix)
{
	char text[1200];

	snprintf(text, sizeof(text), "%s%s%s", rollout_reason_text(reason),
	    why[0] != '\0' ? ": " : "", why);
	out_labelled(env, 12, "waits", str_of(text));
	if (fix[0] != '\0')
		out_wrap(env, env->out, 12, fix);
}

/* head_color - of what was done */
static enum out_color
head_color(const struct rollout_result *r)
{
	if (r->verdict.action == ROLLOUT_STEP)
		return OUT_GREEN;
	if (r->verdict.action == ROLLOUT_BACK || r->state.alarm)
		return OUT_RED;
	return OUT_PLAIN;
}

void
rollout_print_text(struct cmd_env *env, const struct rollout_result *r,
    const char *did, bool dry_run)
{
	const struct rollout_verdict *v = &r->verdict;
	struct timefmt t;

	out_color(env, OUT_BOLD);
	fputs(r->domain, env->out);
	out_color(env, OUT_PLAIN);
	fputs(": ", env->out);
	out_color(env, head_color(r));
	fputs(did, env->out);
	out_color(env, OUT_PLAIN);
	fputs(dry_run ? " (dry run: nothing was changed)\n" : "\n", env->out);
	print_stage(env, &r->state);
	if (r->state.stage != ROLLOUT_NONE && v->next_at != 0)
		print_published(env, &r->state);
	print_alarm(env, r->domain, &r->state);
	if (v->next_at != 0 && v->action == ROLLOUT_WAIT &&
	    v->reason != ROLLOUT_COMPLETE)
		print_why(env, v->reason, r->why, r->fix);
	if (v->step_at > 0) {
		label(env, "step");
		fprintf(env->out, "not before %s\n", day(&t, v->step_at));
	}
	print_calendar(env, &r->calendar);
	domain_print_records(env, &r->change);
}

void
rollout_print_item_json(struct js_writer *js, const struct rollout_item *item)
{
	js_object(js);
	js_kv_str(js, "domain", item->domain);
	put_state(js, item->state);
	js_kv_str(js, "reason", rollout_reason_name(item->reason));
	js_kv_str(js, "why", item->why[0] != '\0' ? item->why : NULL);
	js_kv_time(js, "next", item->next_at);
	put_calendar(js, &item->calendar);
	if (item->event_count > 0) {
		js_key(js, "history");
		js_array(js);
		for (size_t i = 0; i < item->event_count; i++) {
			const struct rollout_event *e = &item->event[i];

			js_object(js);
			js_kv_time(js, "at", e->at);
			js_kv_str(js, "what", e->what);
			js_kv_str(js, "stage", rollout_stage_name(e->stage));
			js_kv_str(
			    js, "text", e->text[0] != '\0' ? e->text : NULL);
			js_end_object(js);
		}
		js_end_array(js);
	}
	js_end_object(js);
}

void
rollout_print_item(struct cmd_env *env, const struct rollout_item *item)
{
	struct timefmt t;

	out_color(env, OUT_BOLD);
	fprintf(env->out, "%s\n", item->domain);
	out_color(env, OUT_PLAIN);
	print_stage(env, item->state);
	print_published(env, item->state);
	print_alarm(env, item->domain, item->state);
	if (item->state->looked_at == 0) {
		label(env, "looked");
		fputs("never\n", env->out);
	} else {
		label(env, "looked");
		fprintf(env->out, "%s\n", day(&t, item->state->looked_at));
		print_why(env, item->reason, item->why, "");
	}
	print_calendar(env, &item->calendar);
	for (size_t i = 0; i < item->event_count; i++) {
		const struct rollout_event *e = &item->event[i];
		char text[1300];

		snprintf(text, sizeof(text), "%s  %s, in stage %s%s%s",
		    day(&t, e->at), e->what, rollout_stage_name(e->stage),
		    e->text[0] != '\0' ? ": " : "", e->text);
		out_labelled(env, 12, i == 0 ? "history" : "", str_of(text));
	}
}

const char *
rollout_print_wait(
    char *out, size_t size, const struct rollout_item *item, int64_t now_at)
{
	const struct rollout_state *s = item->state;
	unsigned next = s->stage + 1u;
	struct timefmt t;

	if (s->alarm)
		snprintf(out, size, "FAILING");
	else if (s->looked_at == 0)
		snprintf(out, size, "never looked at");
	else if (item->reason == ROLLOUT_TIME && next < ROLLOUT_STAGES)
		snprintf(out, size, "until %.10s",
		    timefmt_rfc3339(&t, item->calendar.at[next]));
	else
		snprintf(out, size, "%s", rollout_reason_name(item->reason));
	return out;
}
