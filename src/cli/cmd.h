/*
 * cmd - one command of the command line
 *
 * One row per command: its name, the words and options it takes, what it does.
 * Help, shell completion and the option lists of the manual pages come from
 * these rows.
 */
#ifndef MTASTS_CLI_CMD_H
#define MTASTS_CLI_CMD_H

#include "base/diag.h"

#include <stdio.h>

/* Exit status of every command. */
enum cmd_status {
	CMD_FINE = 0,
	CMD_PROBLEM = 1, /* a problem was found */
	CMD_USAGE = 2, /* wrong usage */
	CMD_UNKNOWN = 3 /* could not find out */
};

struct conf;
struct cmd_env;

/*
 * One option; a list ends with a null name.
 *
 * A value's name tells completion what to offer: FILE and FOLDER mean paths,
 * words with bars between them ("bind|table") mean just these.
 */
struct cmd_opt {
	const char *name; /* "format", used as --format */
	const char *arg; /* name of its value, "FORMAT"; null for a flag */
	const char *help; /* one line */
};

#define CMD_OPT_MAX 24

/* A command line after parsing. */
struct cmd_args {
	const struct cmd_opt *opts;
	const char *values[CMD_OPT_MAX]; /* by index; "" for a flag given */
	char **words; /* what is not an option */
	size_t word_count;
};

struct cmd {
	const char *name; /* "domain add": one or two words */
	const char *usage; /* "DOMAIN [KEY=VALUE...]" */
	const char *summary; /* one line */
	/*
	 * Paragraphs for --help and the manual, or null. An empty line stands
	 * between them; lines that begin with a blank are kept as they are.
	 */
	const char *help;
	const struct cmd_opt *opts;
	size_t words_min;
	size_t words_max; /* SIZE_MAX: any number */
	/* Words KEY=VALUE may also be written --KEY VALUE. */
	bool takes_settings;
	enum cmd_status (*run)(
	    struct cmd_env *env, const struct cmd_args *args);
};

/* What every command gets: where to write, and the options of all commands. */
struct cmd_env {
	FILE *in;
	FILE *out;
	FILE *err;
	bool json; /* --json */
	bool color; /* out is a terminal and NO_COLOR is not set */
	bool color_err; /* the same of err */
	bool incomplete; /* memory was short for a part of the output */
	unsigned width; /* columns of out; 80 when it is no terminal */
	const char *config; /* --config FILE, or null */
	const char *store; /* --store URL, or null */
	int64_t now_at; /* the time, read once */
	struct conf *conf; /* loaded on first use: cmd_conf() */
	const struct cmd *const *commands; /* the whole table, null at end */
};

/* cmd_value - the value of an option, or null when it was not given */
const char *cmd_value(const struct cmd_args *args, const char *name);

/* cmd_flag - was the flag given? */
bool cmd_flag(const struct cmd_args *args, const char *name);

/*
 * cmd_main - run the command that argv names
 *
 * commands  all rows, null at the end
 *
 * Prints help and usage faults itself ("did you mean ..."). Returns the exit
 * status. Output that could not be written is status 3, silently when the
 * reader of a pipe has gone.
 */
int cmd_main(const struct cmd *const *commands, int argc, char **argv);

/*
 * cmd_run - cmd_main() with the streams, width and time of *env
 *
 * For tests. The rest of *env is filled in; env->conf stays loaded.
 */
enum cmd_status cmd_run(struct cmd_env *env, const struct cmd *const *commands,
    int argc, char **argv);

/*
 * cmd_store_url - the registry's URL: --store, else the configuration's
 *
 * Null after a message when the configuration is bad.
 */
const char *cmd_store_url(struct cmd_env *env);

/*
 * cmd_conf - the configuration: --config, else the default file, else none
 *
 * Null after a message when it is bad. Owned by env.
 */
const struct conf *cmd_conf(struct cmd_env *env);

#endif
