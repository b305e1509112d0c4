/*
 * help - what --help prints, made from the command table
 */
#ifndef MTASTS_CLI_HELP_H
#define MTASTS_CLI_HELP_H

#include "base/str.h"
#include "cli/cmd.h"

/* help_top - all commands in groups, on one screen */
void help_top(struct cmd_env *env, FILE *f);

/* help_group - the commands that share their first word */
void help_group(struct cmd_env *env, FILE *f, const char *word);

/* help_command - usage, text and options of one command */
void help_command(struct cmd_env *env, FILE *f, const struct cmd *cmd);

/* help_usage - the line "usage: mtasts NAME WORDS [--OPTION...]" */
void help_usage(struct cmd_env *env, FILE *f, const struct cmd *cmd);

/* help_head - the first word of a command's name */
struct str help_head(const struct cmd *cmd);

#endif
