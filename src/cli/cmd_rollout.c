/*
 * cmd_rollout.c - rollout start, step, pause, resume, back
 *
 * One job per domain, told as each ends. A step is taken on what was seen of
 * the domain and of all its aliases just now. What may be done is known by
 * task/rollout; how roll-outs stand is cmd_rollout_status.c.
 */
#include "cli/commands.h"

#include "cli/looker.h"
#include "cli/out.h"
#include "cli/registry_cli.h"
#include "cli/rollout_print.h"
#include "io/conf.h"
#include "task/domain_mx.h"
#include "task/overview.h"

#define JSON_MAX (64u << 20)
#define BATCH	 50 /* domains that are looked at side by side */
#define FULL_MAX 10 /* so many domains are told in full */

/* What a command of this kind works with. */
struct work {
	struct cmd_env *env;
	const struct cmd_args *args;
	struct registry_cli c;
	struct rollout_plan plan;
	struct looker *looker; /* of a step; else null */
	struct safe_looks looks; /* at a batch of domains */
	size_t looked; /* the first so many were */
	bool given_up; /* somebody had enough */
	struct mxauto_seen *own; /* the names in our certificates, when asked */
	struct domain_names domains;
	bool brief; /* so many that only what someone should see is told */
	size_t had; /* of --all: those that had a roll-out already */
	size_t done, refused, new_ids;
	struct js_writer js;
	struct buf text;
	enum cmd_status status; /* the worst so far */
};

/* worse - note how one ended: what was not found out weighs most */
static void
worse(struct work *w, enum cmd_status status)
{
	if (status > w->status)
		w->status = status;
}

/* fresh_diags - findings of one domain at a time */
static bool
fresh_diags(struct work *w)
{
	mtasts_diags_free(w->c.diags);
	w->c.diags = mtasts_diags_new();
	w->c.job.diags = w->c.diags;
	return w->c.diags != NULL;
}

/* status_of - the exit status of one */
static enum cmd_status
status_of(enum mtasts_err err, const struct rollout_result *r)
{
	switch (err) {
	case MTASTS_OK:
		break;
	case MTASTS_ESYNTAX:
		return CMD_USAGE;
	case MTASTS_ENOENT:
	case MTASTS_EEXIST:
	case MTASTS_EINVAL:
	case MTASTS_EPOLICY:
		return CMD_PROBLEM;
	default:
		return CMD_UNKNOWN;
	}
	if (r->outcome == ROLLOUT_FAILS || r->broken)
		return CMD_PROBLEM;
	return r->outcome == ROLLOUT_UNKNOWN ? CMD_UNKNOWN : CMD_FINE;
}

/* put_error - one that could not be done, as an object */
static void
put_error(struct work *w, const char *domain, enum mtasts_err err)
{
	struct js_writer *js = &w->js;

	js_object(js);
	js_kv_str(js, "domain", domain);
	js_kv_str(js, "error", mtasts_strerror(err));
	js_findings(js, "findings", w->c.diags);
	js_end_object(js);
}

/* has_new_id - is there another policy to be published? */
static bool
has_new_id(const struct domain_change *c)
{
	return c != NULL && c->new_id[0] != '\0' &&
	    strcmp(c->old_id, c->new_id) != 0;
}

/* is_quiet - does it stand for itself when there are many? */
static bool
is_quiet(const struct work *w, const struct rollout_result *r)
{
	return w->brief && r->verdict.action == ROLLOUT_WAIT &&
	    r->outcome == ROLLOUT_PASSES && !r->broken && !r->state.alarm &&
	    mtasts_diags_count(w->c.diags) == 0;
}

/* tell - how one ended */
static void
tell(struct work *w, const char *domain, enum mtasts_err err,
    const struct rollout_result *r, const char *did)
{
	struct cmd_env *env = w->env;

	worse(w, status_of(err, r));
	w->done += err == MTASTS_OK;
	w->refused += err != MTASTS_OK;
	w->new_ids += err == MTASTS_OK && has_new_id(r->change.first);
	if (!env->json && err == MTASTS_OK && is_quiet(w, r))
		return;
	if (env->json && err == MTASTS_OK)
		rollout_print_json(&w->js, r, did, w->c.diags);
	else if (env->json)
		put_error(w, domain, err);
	else {
		if (err == MTASTS_OK)
			rollout_print_text(env, r, did, w->c.job.dry_run);
		if (err == MTASTS_ESTORE)
			registry_explain(w->c.registry, w->c.diags);
		/* The first is in the text already. */
		if (err != MTASTS_OK || mtasts_diags_count(w->c.diags) > 1)
			out_findings(env, env->err, w->c.diags);
		if (err != MTASTS_OK && mtasts_diags_count(w->c.diags) == 0)
			out_error(env, "%s: %s", domain, mtasts_strerror(err));
	}
	fflush(env->out);
}

/* do_start - the first step */
static void
do_start(struct work *w, const char *domain)
{
	struct rollout_result r;
	enum mtasts_err err =
	    rollout_start(&w->c.job, str_of(domain), &w->plan, &r);

	tell(w, domain, err, &r, "roll-out begun");
}

/* do_pause - hold the next step */
static void
do_pause(struct work *w, const char *domain)
{
	struct rollout_result r;
	enum mtasts_err err = rollout_pause(&w->c.job, str_of(domain), &r);

	tell(w, domain, err, &r, "paused");
}

/* do_resume - go on */
static void
do_resume(struct work *w, const char *domain)
{
	struct rollout_result r;
	enum mtasts_err err = rollout_resume(&w->c.job, str_of(domain), &r);

	tell(w, domain, err, &r, "resumed");
}

/* do_back - to testing */
static void
do_back(struct work *w, const char *domain)
{
	struct rollout_result r;
	enum mtasts_err err =
	    rollout_return(&w->c.job, str_of(domain), &w->plan, &r);

	tell(w, domain, err, &r, "back in testing");
}

/* did_word - what a look led to */
static const char *
did_word(const struct rollout_result *r)
{
	if (r->verdict.action == ROLLOUT_STEP)
		return "next step taken";
	if (r->verdict.action == ROLLOUT_BACK)
		return "back in testing by itself";
	if (r->state.alarm)
		return "ALARM";
	return r->verdict.reason == ROLLOUT_COMPLETE ? "complete" : "no step";
}

/* seen_for - what is to be followed for a name; null: nothing, or no memory */
static const struct mxauto_seen *
seen_for(struct work *w, const char *name, enum settings_mx from)
{
	const struct conf_list *folders = &cmd_conf(w->env)->host.certificates;

	if (from == SETTINGS_MX_AUTO)
		return looker_mx(w->looker, name);
	if (from == SETTINGS_MX_CERTIFICATES && w->own == NULL &&
	    domain_mx_certificates(folders->v, folders->count, w->env->now_at,
		&w->own) != MTASTS_OK)
		return NULL;
	return from == SETTINGS_MX_CERTIFICATES ? w->own : NULL;
}

/* refresh_mx - follow what was just seen, where it is so set */
static enum mtasts_err
refresh_mx(struct work *w, const struct domain_names *names)
{
	struct domain_mx_result result;
	const struct mxauto_seen *seen;
	enum settings_mx from;
	enum mtasts_err err = MTASTS_OK;

	for (size_t i = 0; !err && i < names->count; i++) {
		struct str name = str_of(names->v[i]);

		err = domain_mx_from(&w->c.job, name, &from);
		seen = err ? NULL : seen_for(w, names->v[i], from);
		if (seen != NULL)
			err = domain_refresh_mx(&w->c.job, name, seen, &result);
	}
	return err;
}

/* add - one more name; false when memory is short */
static bool
add(struct work *w, struct domain_names *d, const char *name)
{
	if (d->count == d->room) {
		size_t room = d->room == 0 ? 32 : d->room * 2;
		const char **v =
		    arena_zalloc(w->c.arena, room, sizeof(const char *));

		if (v == NULL)
			return false;
		if (d->count > 0)
			memcpy(v, d->v, d->count * sizeof(*v));
		d->v = v;
		d->room = room;
	}
	d->v[d->count] = arena_dup(w->c.arena, str_of(name));
	return d->v[d->count++] != NULL;
}

/* look_batch - at some domains more, and at their aliases, side by side */
static void
look_batch(struct work *w)
{
	const struct domain_names *all = &w->domains;
	struct domain_job job = w->c.job;
	struct domain_names names = { 0 }, group;
	size_t end = w->looked + BATCH;

	/* Who cannot be found is told when his turn comes. */
	job.diags = NULL;
	for (; w->looked < end && w->looked < all->count; w->looked++) {
		if (domain_group(&job, str_of(all->v[w->looked]), &group) !=
		    MTASTS_OK)
			continue;
		for (size_t i = 0; i < group.count; i++)
			if (!add(w, &names, group.v[i]))
				return;
	}
	if (looker_look(w->looker, names.v, names.count, &w->looks) != CMD_FINE)
		w->given_up = true;
}

/* do_step - go on if it may, by what was just seen */
static void
do_step(struct work *w, const char *domain)
{
	struct rollout_evidence evidence = { .plan = &w->plan };
	struct rollout_result r = { .why = "" };
	struct domain_names names = { 0 };
	enum mtasts_err err;

	evidence.looks = w->looks;
	err = domain_group(&w->c.job, str_of(domain), &names);
	if (!err)
		err = refresh_mx(w, &names);
	if (!err)
		err = rollout_look(&w->c.job, str_of(domain), &evidence, &r);
	tell(w, domain, err, &r, did_word(&r));
}

/* read_plan - the durations of the configuration */
static void
read_plan(struct work *w, const struct conf *conf)
{
	w->plan = (struct rollout_plan){
		.testing_s = conf->rollout.testing_ms / 1000,
		.day_s = conf->rollout.enforce_day_ms / 1000,
		.week_s = conf->rollout.enforce_week_ms / 1000,
		.auto_back = conf->rollout.auto_back,
	};
}

/* on_item - one that has a roll-out */
static bool
on_item(void *arg, const struct rollout_item *item)
{
	struct work *w = arg;

	return add(w, &w->domains, item->domain);
}

/* on_name - a registered name: may it have a roll-out, and has none? */
static bool
on_name(void *arg, const struct overview *o)
{
	const struct registry_row *row = o->row;
	struct work *w = arg;
	const char *name;

	if (row->target.len > 0 || row->removing_at != 0)
		return true;
	if (o->rollout[0] != '\0') {
		w->had++;
		return true;
	}
	name = arena_dup(w->c.arena, row->name);
	return name != NULL && add(w, &w->domains, name);
}

/* read_all - those of --all */
static enum mtasts_err
read_all(struct work *w)
{
	struct overview_filter filter = { .part = str_of("") };

	return overview_list(&w->c.job, &filter, on_name, w);
}

/* read_domains - those that are named, or all that it is about */
static enum mtasts_err
read_domains(struct work *w)
{
	if (cmd_flag(w->args, "all"))
		return read_all(w);
	for (size_t i = 0; i < w->args->word_count; i++)
		if (!add(w, &w->domains, w->args->words[i]))
			return MTASTS_ENOMEM;
	return w->args->word_count > 0
	    ? MTASTS_OK
	    : rollout_status(&w->c.job, str_of(""), on_item, w);
}

/* open_all - CMD_FINE, or a status after a message */
static enum cmd_status
open_all(struct work *w, bool looks)
{
	const struct conf *conf = cmd_conf(w->env);
	enum cmd_status status;
	enum mtasts_err err;

	/* Before rights are given up: it may be readable for root alone. */
	if (conf == NULL)
		return CMD_UNKNOWN;
	read_plan(w, conf);
	status = registry_cli_open(&w->c, w->env, REGISTRY_WRITE);
	if (status != CMD_FINE)
		return status;
	w->c.job.dry_run = cmd_flag(w->args, "dry-run");
	err = read_domains(w);
	if (err != MTASTS_OK)
		return registry_cli_done(&w->c, err, NULL);
	return looks && w->domains.count > 0
	    ? looker_open(w->env, w->args, &w->looker)
	    : CMD_FINE;
}

/* tell_sum - of many */
static void
tell_sum(const struct work *w, const char *did)
{
	FILE *out = w->env->out;

	if (w->env->json || (!w->brief && w->had == 0))
		return;
	fprintf(out, "%zu of %zu domains: %s", w->done, w->domains.count, did);
	if (w->refused > 0)
		fprintf(out, ", %zu not, as told above", w->refused);
	if (w->had > 0)
		fprintf(out, "; %zu had one already", w->had);
	fputs(
	    w->c.job.dry_run ? "\nDry run: nothing was changed.\n" : "\n", out);
	if (w->new_ids > 0 && !w->c.job.dry_run)
		fprintf(out,
		    "mtasts-publisher publishes %zu new ids. Without it:\n"
		    "  mtasts publish --all\n",
		    w->new_ids);
	if (w->done > 0)
		fputs("How they stand: mtasts rollout status\n", out);
}

/* run_all - the job for each domain, told as each ends */
static void
run_all(struct work *w, void (*job)(struct work *w, const char *domain))
{
	if (w->env->json) {
		buf_init(&w->text, JSON_MAX);
		js_begin(&w->js, &w->text, true);
		js_object(&w->js);
		js_key(&w->js, "rollouts");
		js_array(&w->js);
	}
	for (size_t i = 0; i < w->domains.count && fresh_diags(w); i++) {
		if (w->looker != NULL && i == w->looked)
			look_batch(w);
		if (w->given_up)
			break;
		job(w, w->domains.v[i]);
	}
	if (w->given_up)
		worse(w, CMD_UNKNOWN);
	if (!w->env->json)
		return;
	js_end_array(&w->js);
	js_end_object(&w->js);
	worse(w, out_json(w->env, &w->text));
}

/* run - a command of this file */
static enum cmd_status
run(struct cmd_env *env, const struct cmd_args *args,
    void (*job)(struct work *w, const char *domain), const char *did)
{
	struct work w = { .env = env, .args = args };

	w.status = open_all(&w, job == do_step);
	if (w.status == CMD_FINE) {
		w.brief = w.domains.count > FULL_MAX;
		run_all(&w, job);
		tell_sum(&w, did);
	}
	mxauto_seen_free(w.own);
	looker_close(w.looker);
	registry_cli_close(&w.c);
	return w.status;
}

/* run_start - "mtasts rollout start" */
static enum cmd_status
run_start(struct cmd_env *env, const struct cmd_args *args)
{
	bool all = cmd_flag(args, "all");

	if (all == (args->word_count > 0)) {
		out_error(env,
		    all ? "rollout start: --all or domains, not both"
			: "rollout start: name domains, or say --all");
		return CMD_USAGE;
	}
	return run(env, args, do_start, "roll-out begun");
}

/* run_step - "mtasts rollout step" */
static enum cmd_status
run_step(struct cmd_env *env, const struct cmd_args *args)
{
	return run(env, args, do_step, "looked at");
}

/* run_pause - "mtasts rollout pause" */
static enum cmd_status
run_pause(struct cmd_env *env, const struct cmd_args *args)
{
	return run(env, args, do_pause, "paused");
}

/* run_resume - "mtasts rollout resume" */
static enum cmd_status
run_resume(struct cmd_env *env, const struct cmd_args *args)
{
	return run(env, args, do_resume, "resumed");
}

/* run_back - "mtasts rollout back" */
static enum cmd_status
run_back(struct cmd_env *env, const struct cmd_args *args)
{
	return run(env, args, do_back, "back in testing");
}

static const struct cmd_opt opts[] = {
	{ "dry-run", NULL, "say what would happen, change nothing" },
	{ NULL, NULL, NULL },
};

static const struct cmd_opt opts_start[] = {
	{ "all", NULL, "all registered domains that have none yet" },
	{ "dry-run", NULL, "say what would happen, change nothing" },
	{ NULL, NULL, NULL },
};

static const struct cmd_opt opts_step[] = {
	{ "dry-run", NULL, "say what would happen, change nothing" },
	LOOKER_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct cmd cmd_rollout_start = {
	.name = "rollout start",
	.usage = "DOMAIN...|--all",
	.summary = "begin to take domains from testing to enforce",
	.help =
	    "The policy is put into mode testing with a max-age of a day. From "
	    "then on each step needs its time and its evidence: enforce with a "
	    "max-age of a day, then of a week, then of a month. A policy that "
	    "is enforced already is taken up where it is. Nothing is looked at "
	    "here. --dry-run shows the whole calendar. Of more than 10 "
	    "domains only those that were refused are told one by one.",
	.opts = opts_start,
	.words_min = 0,
	.words_max = SIZE_MAX,
	.run = run_start,
};

const struct cmd cmd_rollout_step = {
	.name = "rollout step",
	.usage = "[DOMAIN...]",
	.summary = "look at domains now, and step forward if all is well",
	.help =
	    "For use from cron, once an hour or a day, where no daemon does "
	    "it; without a domain all that have a roll-out. Looks at the "
	    "domain, at all its aliases and at every authoritative name "
	    "server. The exit status is 1 when a domain fails, which is an "
	    "alarm if it is enforced, and 3 when something could not be found "
	    "out; then nothing is changed for it. Of more than 10 domains "
	    "only those are told that took a step, or that somebody should "
	    "see.",
	.opts = opts_step,
	.words_min = 0,
	.words_max = SIZE_MAX,
	.run = run_step,
};

const struct cmd cmd_rollout_pause = {
	.name = "rollout pause",
	.usage = "DOMAIN...",
	.summary = "take no step forward until it is resumed",
	.help = "The domain is looked at as before, and fails as loudly.",
	.opts = opts,
	.words_min = 1,
	.words_max = SIZE_MAX,
	.run = run_pause,
};

const struct cmd cmd_rollout_resume = {
	.name = "rollout resume",
	.usage = "DOMAIN...",
	.summary = "go on after a pause",
	.opts = opts,
	.words_min = 1,
	.words_max = SIZE_MAX,
	.run = run_resume,
};

const struct cmd cmd_rollout_back = {
	.name = "rollout back",
	.usage = "DOMAIN...",
	.summary = "back to mode testing, at once",
	.help =
	    "For a domain whose MX hosts fail while its policy is enforced. "
	    "Publish the new id at once: senders that come by then fetch the "
	    "new policy before they give up. The roll-out begins anew; "
	    "\"mtasts rollout pause\" keeps it in testing.",
	.opts = opts,
	.words_min = 1,
	.words_max = SIZE_MAX,
	.run = run_back,
};
