/*
 * complete - shell completion scripts, made from the command table
 *
 * The scripts are made when the suite is built and then stand alone: pressing
 * TAB runs no program and asks no daemon.
 */
#ifndef MTASTS_CLI_COMPLETE_H
#define MTASTS_CLI_COMPLETE_H

#include "cli/cmd.h"

/*
 * complete_script - print the script of a shell: "bash", "zsh" or "fish"
 *
 * CMD_USAGE after a message for any other.
 */
enum cmd_status complete_script(struct cmd_env *env, const char *shell);

#endif
