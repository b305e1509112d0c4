/*
 * follow - watching mtasts-publisher bring a domain out
 */
#ifndef MTASTS_CLI_FOLLOW_H
#define MTASTS_CLI_FOLLOW_H

#include "cli/cmd.h"

/*
 * follow_domain - have a domain brought out now, and show the steps
 *
 * Until it is live, or somebody has to do something. Without a daemon: says
 * which command does the same. CMD_FINE: it is live; CMD_PROBLEM: it is not,
 * why was told; CMD_UNKNOWN: nobody could be asked.
 */
enum cmd_status follow_domain(struct cmd_env *env, const char *domain);

#endif
