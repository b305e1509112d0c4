/*
 * adder.c - what "domain add" does beside adding: roll-out, watching
 *
 * Adding is task/domain's, stages are task/rollout's; here they come after
 * each other.
 */
#include "cli/adder.h"

#include "cli/out.h"
#include "io/conf.h"
#include "task/rollout.h"

#include <unistd.h>

bool
adder_wanted(const struct cmd_env *env, const struct cmd_args *args)
{
	if (cmd_flag(args, "dry-run") || env->json)
		return false;
	return cmd_flag(args, "wait") ||
	    (cmd_flag(args, "rollout") && isatty(fileno(env->out)));
}

/* given - is there a value for this setting? */
static bool
given(const struct domain_edits *edits, enum settings_key key)
{
	for (size_t i = 0; i < edits->count; i++)
		if (edits->v[i].key == key)
			return true;
	return false;
}

enum mtasts_err
adder_edits(struct registry_cli *c, struct domain_edits *edits)
{
	struct domain_edit *v =
	    arena_zalloc(c->arena, edits->count + 2, sizeof(*v));
	bool mode = given(edits, SETTINGS_MODE);
	size_t n = edits->count;

	if (v == NULL)
		return MTASTS_ENOMEM;
	if (n > 0)
		memcpy(v, edits->v, n * sizeof(*v));
	if (!mode)
		v[n++] = (struct domain_edit){ .key = SETTINGS_MODE,
			.value = STR("testing") };
	if (!mode && !given(edits, SETTINGS_MAX_AGE))
		v[n++] = (struct domain_edit){ .key = SETTINGS_MAX_AGE,
			.value = STR("1d") };
	*edits = (struct domain_edits){ v, n };
	return MTASTS_OK;
}

enum mtasts_err
adder_begin(struct registry_cli *c, struct str name)
{
	const struct conf *conf = cmd_conf(c->env);
	struct rollout_result result;
	struct rollout_plan plan;
	enum mtasts_err err;

	if (conf == NULL)
		return MTASTS_ECONF;
	if (c->job.dry_run)
		return MTASTS_OK;
	plan = (struct rollout_plan){
		.testing_s = conf->rollout.testing_ms / 1000,
		.day_s = conf->rollout.enforce_day_ms / 1000,
		.week_s = conf->rollout.enforce_week_ms / 1000,
		.auto_back = conf->rollout.auto_back,
	};
	err = rollout_start(&c->job, name, &plan, &result);
	if (err != MTASTS_OK)
		out_error(c->env,
		    "the domain was added; its roll-out could not be begun");
	return err;
}
