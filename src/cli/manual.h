/*
 * manual - the generated parts of the manual pages
 *
 * Pages are written by hand as man/NAME.in; these lines are replaced:
 *
 *   @COMMANDS@        all commands, one line each
 *   @SYNOPSIS PREFIX@ the usage of the commands whose name begins so
 *   @OPTIONS NAME@    text and options of one command
 *   @GLOBALS@         the options of all commands
 *   @CONF SECTION@    the options of a section of the configuration
 *   @VERSION@         the version
 */
#ifndef MTASTS_CLI_MANUAL_H
#define MTASTS_CLI_MANUAL_H

#include "cli/cmd.h"

/*
 * manual_page - copy env->in to env->out, replacing those lines
 *
 * CMD_PROBLEM after a message when a line names what does not exist.
 */
enum cmd_status manual_page(struct cmd_env *env);

#endif
