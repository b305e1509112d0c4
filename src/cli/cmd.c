/*
 * cmd.c - what commands use of their surroundings: options, configuration
 *
 * Finding and running a command is cmd_main.c.
 */
#include "cli/cmd.h"
#include "cli/out.h"
#include "io/conf.h"

#include <unistd.h>

const char *
cmd_value(const struct cmd_args *args, const char *name)
{
	size_t i;

	for (i = 0; args->opts != NULL && args->opts[i].name != NULL; i++)
		if (strcmp(args->opts[i].name, name) == 0)
			return args->values[i];
	return NULL;
}

bool
cmd_flag(const struct cmd_args *args, const char *name)
{
	return cmd_value(args, name) != NULL;
}

/* conf_of_file - load a file; null after saying what is wrong with it */
static struct conf *
conf_of_file(struct cmd_env *env, const char *path)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct conf *conf = NULL;
	enum mtasts_err err;

	err = conf_load(path, &conf, diags);
	/* Warnings are for "conf check" and the daemon's log. */
	if (err != MTASTS_OK)
		out_findings(env, env->err, diags);
	if (err == MTASTS_ENOENT)
		out_error(env, "there is no configuration file %s", path);
	else if (err != MTASTS_OK)
		out_error(env,
		    "the configuration is not usable (%s); 'mtasts "
		    "conf check' shows the same faults",
		    path);
	mtasts_diags_free(diags);
	return conf;
}

const struct conf *
cmd_conf(struct cmd_env *env)
{
	const char *path = env->config;

	if (env->conf != NULL)
		return env->conf;
	if (path == NULL && access(CONF_DEFAULT_FILE, F_OK) == 0)
		path = CONF_DEFAULT_FILE;
	if (path != NULL) {
		env->conf = conf_of_file(env, path);
		return env->conf;
	}
	env->conf = conf_new();
	if (env->conf == NULL)
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
	return env->conf;
}

const char *
cmd_store_url(struct cmd_env *env)
{
	const struct conf *conf;

	if (env->store != NULL)
		return env->store;
	conf = cmd_conf(env);
	return conf != NULL ? conf->store.url : NULL;
}
