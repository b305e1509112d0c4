/*
 * rollout_print - roll-outs in words and as JSON
 */
#ifndef MTASTS_CLI_ROLLOUT_PRINT_H
#define MTASTS_CLI_ROLLOUT_PRINT_H

#include "base/json.h"
#include "cli/cmd.h"
#include "task/rollout.h"

/* rollout_print_json - what was done to one domain, as an object */
void rollout_print_json(struct js_writer *js, const struct rollout_result *r,
    const char *did, const struct mtasts_diags *diags);

/*
 * rollout_print_text - the same for people: what, why not yet, what to do
 *
 * did  "started", "stepped", ...
 */
void rollout_print_text(struct cmd_env *env, const struct rollout_result *r,
    const char *did, bool dry_run);

/* rollout_print_item_json - how one stands */
void rollout_print_item_json(
    struct js_writer *js, const struct rollout_item *item);

/* rollout_print_item - the same for people, with what happened */
void rollout_print_item(struct cmd_env *env, const struct rollout_item *item);

/* rollout_print_wait - "time, until 2026-01-31", for a column; out is filled */
const char *rollout_print_wait(
    char *out, size_t size, const struct rollout_item *item, int64_t now_at);

#endif
