/*
 * publisher_look.c - one look at a domain and its aliases, and what follows
 *
 * Looking is task/inspect's, judging core/judge's; what changes then is
 * task/domain_mx's and task/rollout's. Here they come after each other, a few
 * names at a time, and what a person should know of it is logged.
 */
#include "svc/publisher_look.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "core/judge.h"
#include "io/loop.h"
#include "store/registry_publish.h"
#include "task/domain_mx.h"
#include "task/rollout.h"

#include <stdio.h>

#define LOOK_MAX ((size_t)256 << 20) /* bytes of a look's texts */
#define AT_ONCE	 4 /* names of one look */

/* One name. */
struct look_name {
	struct publook *look;
	const char *name;
	struct inspect *inspect; /* null: not begun, or ended */
	struct mxauto_seen *mx;
};

struct publook {
	struct publook_conf conf;
	struct arena *arena;
	struct mtasts_diags *diags;
	struct loop_watch *timer; /* begins and ends it, from the loop */
	char domain[256];
	struct look_name *name;
	size_t count, begun, running;
	const struct audit **audit;
	size_t audit_count;
	struct publook_end end;
};

/* job_of - for task/domain, with fresh findings */
static struct domain_job
job_of(struct publook *look)
{
	mtasts_diags_free(look->diags);
	look->diags = mtasts_diags_new();
	return (struct domain_job){ .registry = look->conf.registry,
		.arena = look->arena,
		.diags = look->diags,
		.now_at = loop_time_s() };
}

/* first_text - of the findings; "" when there is none */
static const char *
first_text(const struct publook *look)
{
	const struct mtasts_finding *f = mtasts_diags_get(look->diags, 0);

	return f != NULL ? f->message : "";
}

/* note_err - only our own trouble counts; a domain may be gone by now */
static void
note_err(struct publook *look, enum mtasts_err err, const char *name)
{
	const char *why = first_text(look);
	struct log_line line;

	if (err == MTASTS_OK || err == MTASTS_ENOENT || err == MTASTS_EINVAL)
		return;
	look->end.broken |= err == MTASTS_ESTORE || err == MTASTS_ENOMEM;
	log_begin(&line, look->conf.svc->log, LOG_LEVEL_WARN, "look-unnoted");
	log_cstr(&line, "domain", name);
	log_cstr(&line, "reason", why[0] != '\0' ? why : mtasts_strerror(err));
	log_end(&line);
}

/* ---- the MX records ---- */

/* log_mx - what a look at the MX records led to */
static void
log_mx(struct publook *look, const struct domain_mx_result *r)
{
	struct log *log = look->conf.svc->log;
	struct log_line line;
	struct timefmt since;

	if (r->done.changed && !r->kept) {
		log_begin(&line, log, LOG_LEVEL_INFO, "mx-changed");
		log_cstr(&line, "domain", r->name);
		log_int(&line, "added", (int64_t)r->done.added);
		log_int(&line, "dropped", (int64_t)r->done.dropped);
		log_end(&line);
	}
	if (r->kept || r->done.refused > 0) {
		log_begin(&line, log, LOG_LEVEL_WARN, "mx-refused");
		log_cstr(&line, "domain", r->name);
		log_cstr(&line, "reason", first_text(look));
		log_end(&line);
	}
	if (r->trouble[0] == '\0')
		return;
	log_begin(&line, log, LOG_LEVEL_WARN, "mx-trouble");
	log_cstr(&line, "domain", r->name);
	log_cstr(&line, "reason", r->trouble);
	log_cstr(&line, "since", timefmt_rfc3339(&since, r->trouble_at));
	log_end(&line);
}

/* refresh - the mx of one name, by what was seen of it */
static void
refresh(struct publook *look, const char *name, const struct mxauto_seen *seen)
{
	struct domain_job job = job_of(look);
	struct domain_mx_result result;
	enum mtasts_err err =
	    domain_refresh_mx(&job, str_of(name), seen, &result);

	if (err == MTASTS_OK)
		log_mx(look, &result);
	else
		note_err(look, err, name);
}

/* refresh_all - where the settings say so */
static void
refresh_all(struct publook *look)
{
	const struct conf_list *folders =
	    &look->conf.works->conf->host.certificates;
	struct mxauto_seen *certs = NULL;
	enum settings_mx from;

	for (size_t i = 0; i < look->count; i++) {
		struct domain_job job = job_of(look);
		const char *name = look->name[i].name;

		if (domain_mx_from(&job, str_of(name), &from) != MTASTS_OK)
			continue;
		if (from == SETTINGS_MX_AUTO && look->name[i].mx != NULL)
			refresh(look, name, look->name[i].mx);
		if (from != SETTINGS_MX_CERTIFICATES)
			continue;
		if (certs == NULL &&
		    domain_mx_certificates(folders->v, folders->count,
			job.now_at, &certs) != MTASTS_OK)
			break;
		refresh(look, name, certs);
	}
	mxauto_seen_free(certs);
}

/* ---- the roll-out ---- */

/*
 * published_at - since when what is served is at all servers; 0: not known
 *
 * *ever: was anything of it?
 */
static int64_t
published_at(struct publook *look, bool *ever)
{
	struct registry *r = look->conf.registry;
	struct str domain = str_of(look->name[0].name);
	struct registry_published known;
	struct registry_row row;

	*ever = false;
	if (registry_find_published(r, domain, look->arena, &known) !=
	    MTASTS_OK)
		return 0;
	*ever = known.live_at > 0;
	if (registry_find(r, domain, look->arena, &row) != MTASTS_OK)
		return 0;
	return row.served && str_eq(known.live_id, row.policy.id)
	    ? known.live_at
	    : 0;
}

/* log_rollout - what was done, and what somebody should do */
static void
log_rollout(struct publook *look, const struct rollout_result *r)
{
	const struct rollout_verdict *v = &r->verdict;
	enum log_level level = LOG_LEVEL_DEBUG;
	const char *event = "rollout-waits";
	char fix[300] = "";
	struct log_line line;

	if (v->action == ROLLOUT_STEP) {
		event = "rollout-step";
		level = LOG_LEVEL_INFO;
	} else if (v->action == ROLLOUT_BACK) {
		event = "rollout-back";
		level = LOG_LEVEL_WARN;
	} else if (v->alarm_ends) {
		event = "rollout-all-clear";
		level = LOG_LEVEL_INFO;
	} else if (r->state.alarm) {
		event = "rollout-alarm";
		level = LOG_LEVEL_ERROR;
		snprintf(fix, sizeof(fix),
		    "mend it, or stop enforcing: mtasts rollout back %s",
		    r->domain);
	}
	log_begin(&line, look->conf.svc->log, level, event);
	log_cstr(&line, "domain", r->domain);
	log_cstr(&line, "stage", rollout_stage_name(r->state.stage));
	if (v->action == ROLLOUT_WAIT)
		log_cstr(&line, "waits", rollout_reason_name(v->reason));
	if (r->why[0] != '\0')
		log_cstr(&line, "reason", r->why);
	log_cstr(&line, "fix", fix[0] != '\0' ? fix : NULL);
	log_end(&line);
}

/* judge_rollout - by what was seen of all names */
static void
judge_rollout(struct publook *look)
{
	const struct conf_rollout *conf = &look->conf.works->conf->rollout;
	const struct rollout_plan plan = { .testing_s = conf->testing_ms / 1000,
		.day_s = conf->enforce_day_ms / 1000,
		.week_s = conf->enforce_week_ms / 1000,
		.auto_back = conf->auto_back };
	struct domain_job job = job_of(look);
	struct rollout_evidence evidence = {
		.looks = { look->audit, look->audit_count },
		.plan = &plan,
	};
	struct rollout_result result;
	enum mtasts_err err;
	bool ever;

	evidence.published_at = published_at(look, &ever);
	/* It is still being brought out: there is nothing to be judged. */
	if (!ever)
		return;
	err =
	    rollout_look(&job, str_of(look->name[0].name), &evidence, &result);
	if (err != MTASTS_OK) {
		note_err(look, err, look->name[0].name);
		return;
	}
	look->end.rolled = true;
	look->end.outcome = result.outcome;
	log_rollout(look, &result);
}

/* ---- looking ---- */

/* free_look - cancel what is under way, release */
static void
free_look(struct publook *look)
{
	for (size_t i = 0; i < look->begun; i++)
		inspect_cancel(look->name[i].inspect);
	for (size_t i = 0; i < look->begun; i++)
		mxauto_seen_free(look->name[i].mx);
	for (size_t i = 0; i < look->audit_count; i++)
		audit_free((struct audit *)look->audit[i]);
	loop_watch_close(look->timer);
	mtasts_diags_free(look->diags);
	arena_free(look->arena);
	works_put(look->conf.works);
	mem_free(look);
}

/* finish - all was seen */
static void
finish(struct publook *look)
{
	if (look->count > 0) {
		refresh_all(look);
		judge_rollout(look);
	}
	look->conf.done(look->conf.ctx, &look->end);
	free_look(look);
}

static void on_seen(void *ctx, struct seen *seen);

/* start_more - as many names as may be under way */
static void
start_more(struct publook *look)
{
	while (look->begun < look->count && look->running < AT_ONCE) {
		struct look_name *n = &look->name[look->begun++];

		n->inspect = inspect_start(
		    look->conf.works->inspector, n->name, on_seen, n);
		look->running += n->inspect != NULL;
	}
	/* Not within a callback of what is looked with. */
	if (look->running == 0)
		loop_timer_start(look->timer, 0);
}

/* on_seen - one name was looked at */
static void
on_seen(void *ctx, struct seen *seen)
{
	static const struct judge_conf judgement;
	struct look_name *n = ctx;
	struct publook *look = n->look;
	struct audit *audit = NULL;

	n->inspect = NULL;
	look->running--;
	if (seen != NULL) {
		n->mx = mxauto_see(seen);
		if (judge(seen, &judgement, &audit) == MTASTS_OK)
			look->audit[look->audit_count++] = audit;
	}
	seen_free(seen);
	start_more(look);
}

/* read_names - the domain and its aliases; none when it is gone */
static enum mtasts_err
read_names(struct publook *look)
{
	struct domain_job job = job_of(look);
	struct domain_names names;
	enum mtasts_err err = domain_group(&job, str_of(look->domain), &names);

	if (err != MTASTS_OK)
		return err;
	look->name =
	    arena_zalloc(look->arena, names.count, sizeof(*look->name));
	look->audit = arena_zalloc(
	    look->arena, names.count, sizeof(const struct audit *));
	if (look->name == NULL || look->audit == NULL)
		return MTASTS_ENOMEM;
	for (size_t i = 0; i < names.count; i++)
		look->name[i] =
		    (struct look_name){ .look = look, .name = names.v[i] };
	look->count = names.count;
	return MTASTS_OK;
}

/* on_timer - begin, or end */
static void
on_timer(void *ctx)
{
	struct publook *look = ctx;
	enum mtasts_err err;

	if (look->begun > 0) {
		finish(look);
		return;
	}
	err = read_names(look);
	if (err != MTASTS_OK) {
		note_err(look, err, look->domain);
		finish(look);
		return;
	}
	start_more(look);
}

struct publook *
publook_start(const struct publook_conf *conf, const char *domain)
{
	struct publook *look = mem_zalloc(1, sizeof(*look));

	if (look == NULL)
		return NULL;
	look->conf = *conf;
	works_hold(conf->works);
	snprintf(look->domain, sizeof(look->domain), "%s", domain);
	look->arena = arena_new(LOOK_MAX);
	look->timer = loop_timer(conf->svc->loop, on_timer, look);
	if (look->arena == NULL || look->timer == NULL) {
		free_look(look);
		return NULL;
	}
	loop_timer_start(look->timer, 0);
	return look;
}

void
publook_cancel(struct publook *look)
{
	if (look != NULL)
		free_look(look);
}
