/*
 * lint_fetch - getting the policy that a URL names, for "lint policy"
 */
#ifndef MTASTS_CLI_LINT_FETCH_H
#define MTASTS_CLI_LINT_FETCH_H

#include "base/buf.h"
#include "cli/cmd.h"

/* lint_is_url - would the word have to be fetched? */
bool lint_is_url(const char *word);

/*
 * lint_fetch - fetch as a sender does
 *
 * CMD_FINE: the body is in *body. CMD_PROBLEM: what the policy host does makes
 * it no policy, a finding says what. CMD_UNKNOWN: it was not reached, told;
 * CMD_USAGE: no URL of a policy, told.
 */
enum cmd_status lint_fetch(struct cmd_env *env, const struct cmd_args *args,
    struct buf *body, struct mtasts_diags *diags);

#endif
