/*
 * rollout.c - taking domains from mode testing to a long max_age
 *
 * Start, pause, resume and the way back; what follows from a look is
 * rollout_look.c, what is shown rollout_show.c. Neither looks nor judges.
 */
#include "task/rollout.h"

#include "task/rollout_int.h"

/* clang-format off */
const struct diag_rule rollout_rules[ROLLOUT_RULES] = {
[ROLLOUT_RULE_NONE] = { "R70", "rollout-none", MTASTS_ERROR, true, "",
	"Begin one with \"mtasts rollout start DOMAIN\"; \"mtasts rollout "
	"status\" shows all." },
[ROLLOUT_RULE_THERE] = { "R71", "rollout-there", MTASTS_ERROR, true, "",
	"\"mtasts rollout status DOMAIN\" shows it; \"mtasts rollout back "
	"DOMAIN\" begins anew in mode testing." },
[ROLLOUT_RULE_CHECK] = { "O03", "rollout-check-fails", MTASTS_ERROR, true,
	"RFC 8461 section 8.4",
	"\"mtasts check DOMAIN\" shows it whole." },
[ROLLOUT_RULE_ALIAS] = { "O03", "rollout-alias-unseen", MTASTS_ERROR, true,
	"RFC 8461 section 8.4",
	"Try again; an alias that is not used any more can be removed "
	"(\"mtasts domain remove ALIAS\")." },
[ROLLOUT_RULE_MODE] = { "R72", "rollout-mode-none", MTASTS_ERROR, true,
	"RFC 8461 section 5",
	"Give it a mode first: mtasts domain set DOMAIN mode=testing" },
};
/* clang-format on */

enum mtasts_err
rollout_refuse(struct domain_step *s, enum mtasts_err err,
    enum rollout_rule rule, const char *fmt, ...)
{
	static const struct diag_place nowhere;
	struct buf b;
	va_list ap;

	buf_init(&b, 4096);
	va_start(ap, fmt);
	buf_vputf(&b, fmt, ap);
	va_end(ap);
	diag_add(s->job->diags, &rollout_rules[rule], nowhere, "%s",
	    b.len > 0 ? b.p : "");
	buf_free(&b);
	return err;
}

enum mtasts_err
rollout_find(struct rollout_job *j, struct str name)
{
	struct domain_step *s = &j->s;
	enum mtasts_err err = domain_step_own(s, name, &j->row);

	if (!err)
		err = registry_settings(s->r, &j->row, s->job->arena, &j->own);
	if (!err)
		err = domain_step_merge(s, &j->row, &j->own, &j->merged);
	if (err)
		return err;
	err = registry_find_rollout(
	    s->r, j->row.name, s->job->arena, &j->rollout);
	j->there = err == MTASTS_OK;
	if (err == MTASTS_ENOENT)
		j->rollout = (struct registry_rollout){ .domain = j->row.name };
	return err == MTASTS_ENOENT ? MTASTS_OK : err;
}

enum mtasts_err
rollout_find_one(struct rollout_job *j, struct str name)
{
	enum mtasts_err err = rollout_find(j, name);

	if (!err && !j->there)
		err = rollout_refuse(&j->s, MTASTS_ENOENT, ROLLOUT_RULE_NONE,
		    "%" STR_FMT " has no roll-out", STR_ARG(j->row.name));
	return err;
}

enum mtasts_err
rollout_serve(struct rollout_job *j)
{
	enum rollout_stage stage = j->rollout.state.stage;
	struct settings own = j->own;
	enum mtasts_err err;

	own.mode = rollout_mode(stage);
	own.max_age_s = rollout_max_age(stage);
	own.set |= 1u << SETTINGS_MODE | 1u << SETTINGS_MAX_AGE;
	err = domain_step_note(&j->s, &j->own, &own);
	if (!err)
		err = domain_step_store(&j->s, &j->row, &own, DOMAIN_SAME);
	if (!err)
		j->own = own;
	return err;
}

enum mtasts_err
rollout_keep(struct rollout_job *j, const char *what, const char *text)
{
	struct registry_rollout_event event = { .at = j->s.job->now_at,
		.what = str_of(what),
		.stage = j->rollout.state.stage,
		.text = str_of(text) };
	enum mtasts_err err = registry_put_rollout(j->s.r, &j->rollout);

	if (!err && what != NULL)
		err = registry_add_rollout_event(j->s.r, j->row.name, &event);
	return err;
}

enum mtasts_err
rollout_tell(struct rollout_job *j)
{
	struct rollout_result *out = j->out;
	const char *why = arena_dup(j->s.job->arena, j->rollout.why);

	out->domain = arena_dup(j->s.job->arena, j->row.name);
	if (out->domain == NULL || why == NULL)
		return MTASTS_ENOMEM;
	out->state = j->rollout.state;
	out->plan = j->rollout.plan;
	out->next_at = j->rollout.next_at;
	out->why = why;
	if (out->fix == NULL)
		out->fix = "";
	rollout_calendar(
	    &out->plan, &out->state, j->s.job->now_at, &out->calendar);
	return MTASTS_OK;
}

/* same_policy - is what the stage serves what is served already? */
static bool
same_policy(const struct rollout_job *j)
{
	return j->row.served &&
	    rollout_fits(j->rollout.state.stage, j->row.policy.mode,
		j->row.policy.max_age_s);
}

/* start - see rollout_start(); within the transaction */
static enum mtasts_err
start(struct rollout_job *j, struct str name, const struct rollout_plan *plan)
{
	struct registry_rollout *r = &j->rollout;
	enum rollout_stage stage = ROLLOUT_TESTING;
	enum mtasts_err err = rollout_find(j, name);

	if (!err && j->there)
		err = rollout_refuse(&j->s, MTASTS_EEXIST, ROLLOUT_RULE_THERE,
		    "%" STR_FMT " has a roll-out already, in stage %s",
		    STR_ARG(j->row.name), rollout_stage_name(r->state.stage));
	if (!err && j->merged.mode == MTASTS_MODE_NONE)
		err = rollout_refuse(&j->s, MTASTS_EINVAL, ROLLOUT_RULE_MODE,
		    "%" STR_FMT " is in mode none", STR_ARG(j->row.name));
	if (err)
		return err;
	if (j->row.served && j->row.policy.mode == MTASTS_MODE_ENFORCE)
		stage = rollout_stage_of(
		    MTASTS_MODE_ENFORCE, j->row.policy.max_age_s);
	rollout_begin(&r->state, stage, 0, j->s.job->now_at);
	r->plan = *plan;
	r->reason = ROLLOUT_UNPUBLISHED;
	if (!same_policy(j))
		err = rollout_serve(j);
	if (!err)
		err = rollout_keep(j, "start", NULL);
	return err ? err : rollout_tell(j);
}

/* begin - a transaction that writes, its result empty */
static enum mtasts_err
begin(struct rollout_job *j, const struct domain_job *job,
    struct rollout_result *out)
{
	*out = (struct rollout_result){ .why = "", .fix = "" };
	j->out = out;
	return domain_step_begin(&j->s, job, &out->change);
}

enum mtasts_err
rollout_start(const struct domain_job *job, struct str name,
    const struct rollout_plan *plan, struct rollout_result *out)
{
	struct rollout_job j;
	enum mtasts_err err = begin(&j, job, out);

	return err ? err : domain_step_end(&j.s, start(&j, name, plan));
}

/* pause_it - or resume it; within the transaction */
static enum mtasts_err
pause_it(struct rollout_job *j, struct str name, bool paused)
{
	enum mtasts_err err = rollout_find_one(j, name);
	bool same = !err && j->rollout.state.paused == paused;

	if (err)
		return err;
	j->rollout.state.paused = paused;
	/* What holds it now is another thing: look soon. */
	if (!same) {
		j->rollout.next_at = j->s.job->now_at;
		err = rollout_keep(j, paused ? "pause" : "resume", NULL);
	}
	return err ? err : rollout_tell(j);
}

enum mtasts_err
rollout_pause(
    const struct domain_job *job, struct str name, struct rollout_result *out)
{
	struct rollout_job j;
	enum mtasts_err err = begin(&j, job, out);

	return err ? err : domain_step_end(&j.s, pause_it(&j, name, true));
}

enum mtasts_err
rollout_resume(
    const struct domain_job *job, struct str name, struct rollout_result *out)
{
	struct rollout_job j;
	enum mtasts_err err = begin(&j, job, out);

	return err ? err : domain_step_end(&j.s, pause_it(&j, name, false));
}

/* go_back - see rollout_return(); within the transaction */
static enum mtasts_err
go_back(struct rollout_job *j, struct str name, const struct rollout_plan *plan)
{
	struct registry_rollout *r = &j->rollout;
	enum mtasts_err err = rollout_find(j, name);

	if (!err && j->merged.mode == MTASTS_MODE_NONE)
		err = rollout_refuse(&j->s, MTASTS_EINVAL, ROLLOUT_RULE_MODE,
		    "%" STR_FMT " is in mode none", STR_ARG(j->row.name));
	if (err)
		return err;
	if (!j->there) {
		rollout_begin(&r->state, ROLLOUT_TESTING, 0, j->s.job->now_at);
		r->plan = *plan;
	}
	rollout_back(&r->state, j->s.job->now_at);
	r->reason = ROLLOUT_UNPUBLISHED;
	r->why = str_of("");
	r->next_at = j->s.job->now_at;
	err = rollout_serve(j);
	if (!err)
		err = rollout_keep(j, "back", NULL);
	return err ? err : rollout_tell(j);
}

enum mtasts_err
rollout_return(const struct domain_job *job, struct str name,
    const struct rollout_plan *plan, struct rollout_result *out)
{
	struct rollout_job j;
	enum mtasts_err err = begin(&j, job, out);

	return err ? err : domain_step_end(&j.s, go_back(&j, name, plan));
}
