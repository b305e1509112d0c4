/*
 * cmd_parse - from argv to a command and its options and words
 *
 * Options of all commands may stand anywhere; a command's own stand after it.
 * "--name=value" and "--name value" are the same; "--" ends the options; "-"
 * is a word.
 */
#ifndef MTASTS_CLI_CMD_PARSE_H
#define MTASTS_CLI_CMD_PARSE_H

#include "base/arena.h"
#include "cli/cmd.h"

/* cmd_globals - the options of all commands, null name at the end */
extern const struct cmd_opt cmd_globals[];

/* What a command line asks for. */
struct cmd_line {
	const struct cmd *cmd; /* null: none was named or found */
	struct cmd_args args;
	bool help; /* --help was given */
	bool version; /* --version was given */
	const char *name[2]; /* the first words, null when not given */
};

/*
 * cmd_parse - read argv
 *
 * Fills *line and the global options of *env. CMD_USAGE after a message when
 * the line is wrong; with --help the words are not counted. All memory is the
 * arena's or argv's.
 */
enum cmd_status cmd_parse(struct cmd_env *env, struct arena *arena, int argc,
    char **argv, struct cmd_line *line);

/*
 * cmd_find - the command of a name of one or two words
 *
 * second may be null. *used is how many words name it. Null when there is
 * none.
 */
const struct cmd *cmd_find(const struct cmd *const *commands, const char *first,
    const char *second, size_t *used);

/* cmd_is_group - is it the first word of commands of two words? */
bool cmd_is_group(const struct cmd *const *commands, const char *word);

/* cmd_hidden - a command for the build and the shell, not for people */
bool cmd_hidden(const struct cmd *cmd);

/* cmd_settings_option - the "--mode" of takes_settings: a name, or null */
const char *cmd_settings_option(size_t i);

#endif
