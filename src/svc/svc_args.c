/*
 * svc_args.c - the command line of a daemon: five options, no words
 */
#include "svc/svc_args.h"
#include "base/nearest.h"

#include <stdio.h>

enum { WRONG_USAGE = 2 };

/* One option. */
struct option {
	const char *name;
	const char *arg; /* name of its value, or null */
	const char *help;
};

static const struct option options[] = {
	{ "config", "FILE", "read this instead of " CONF_DEFAULT_FILE },
	{ "check", NULL, "say what is wrong with the configuration, and end" },
	{ "log-level", "LEVEL", "error, warn, info or debug" },
	{ "version", NULL, "print the version, and end" },
	{ "help", NULL, "print this, and end" },
};
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

/* help - what --help prints */
static int
help(const struct svc_duty *duty)
{
	size_t i;

	printf("%s - %s\n\nusage: %s [--OPTION...]\n\n", duty->name,
	    duty->summary, duty->name);
	for (i = 0; i < OPTION_COUNT; i++)
		printf("  --%-9s %-7s %s\n", options[i].name,
		    options[i].arg != NULL ? options[i].arg : "",
		    options[i].help);
	printf("\nManual: man 8 %s, man 5 mtasts.yaml\n", duty->name);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* wrong - say what is wrong with an argument */
static int
wrong(const struct svc_duty *duty, const char *what, const char *arg)
{
	struct diag_quote q;
	struct nearest near;
	struct str name = str_of(arg);
	size_t i;

	nearest_begin(&near, str_sub(name, 2, name.len));
	for (i = 0; i < OPTION_COUNT && str_starts(name, STR("--")); i++)
		nearest_try(&near, options[i].name);
	fprintf(stderr, "%s: %s '%s'", duty->name, what, diag_quote(&q, name));
	if (near.name != NULL && near.distance > 0)
		fprintf(stderr, "; did you mean --%s?\n", near.name);
	else
		fprintf(stderr, "; see %s --help\n", duty->name);
	return WRONG_USAGE;
}

/* level_of - the number of a level's name; -1 for none */
static int
level_of(const char *name)
{
	static const char *const names[] = { [LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARN] = "warn",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_DEBUG] = "debug" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

/* find - the option of an argument "--name" or "--name=value" */
static const struct option *
find(const char *arg, const char **value)
{
	struct str name, rest;
	size_t i;

	*value = NULL;
	if (strcmp(arg, "-h") == 0)
		arg = "--help";
	if (!str_starts(str_of(arg), STR("--")))
		return NULL;
	if (str_cut(str_of(arg + 2), '=', &name, &rest))
		*value = rest.p;
	for (i = 0; i < OPTION_COUNT; i++)
		if (str_eq(name, str_of(options[i].name)))
			return &options[i];
	return NULL;
}

/* take - what one option asks for; -1 to go on */
static int
take(const struct svc_duty *duty, const struct option *option,
    const char *value, struct svc_args *out)
{
	if (strcmp(option->name, "config") == 0) {
		out->config = value;
	} else if (strcmp(option->name, "check") == 0) {
		out->check = true;
	} else if (strcmp(option->name, "log-level") == 0) {
		out->level = level_of(value);
		if (out->level < 0)
			return wrong(duty, "no log level is called", value);
	} else if (strcmp(option->name, "version") == 0) {
		printf("%s " MTASTS_VERSION "\n", duty->name);
		return fflush(stdout) == 0 ? 0 : 1;
	} else {
		return help(duty);
	}
	return -1;
}

int
svc_args_parse(
    const struct svc_duty *duty, int argc, char **argv, struct svc_args *out)
{
	const struct option *option;
	const char *value;
	int i, status = -1;

	*out = (struct svc_args){ .level = -1 };
	for (i = 1; i < argc && status < 0; i++) {
		option = find(argv[i], &value);
		if (option == NULL)
			return wrong(duty, "unknown argument", argv[i]);
		if (option->arg == NULL && value != NULL)
			return wrong(duty, "no value belongs to", argv[i]);
		if (option->arg != NULL && value == NULL) {
			if (i + 1 == argc)
				return wrong(
				    duty, "a value is missing for", argv[i]);
			value = argv[++i];
		}
		status = take(duty, option, value, out);
	}
	return status;
}
