/*
 * push_print - what DNS has and should have, for people and programs
 */
#ifndef MTASTS_CLI_PUSH_PRINT_H
#define MTASTS_CLI_PUSH_PRINT_H

#include "base/json.h"
#include "cli/cmd.h"
#include "task/push.h"

/* push_print_text - one domain: how it ended, then each record that matters */
void push_print_text(struct cmd_env *env, const struct push_result *r);

/* push_print_json - the same as the next JSON value */
void push_print_json(
    struct cmd_env *env, struct js_writer *w, const struct push_result *r);

/* push_print_customer - does a record wait for the customer to set it? */
bool push_print_customer(struct cmd_env *env, const struct push_result *r);

#endif
