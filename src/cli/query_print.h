/*
 * query_print - what a sender decides, for people
 *
 * From the JSON object of "mtasts query --json" (docs/query.schema.json), so
 * that a daemon's answer and our own look the same.
 */
#ifndef MTASTS_CLI_QUERY_PRINT_H
#define MTASTS_CLI_QUERY_PRINT_H

#include "base/json.h"
#include "cli/cmd.h"

/* query_print - the whole page on env->out */
void query_print(struct cmd_env *env, const struct js *js);

/*
 * query_status - the exit status of what was found out
 *
 * CMD_FINE; CMD_PROBLEM: mail has to wait, or the policy is broken;
 * CMD_USAGE: the key is no domain; CMD_UNKNOWN: lookups failed, so that
 * nothing is known.
 */
enum cmd_status query_status(const struct js *js);

/*
 * query_put_when - append a time of RFC 3339 for people
 *
 * "2026-11-29 08:00 UTC (in 6 days)", "(2 hours ago)"; as it is when it is
 * none.
 */
void query_put_when(struct buf *b, const struct js *at, int64_t now_at);

/* query_text - a member's text, or the empty span */
struct str query_text(const struct js *js, const char *key);

/* query_put_safe - append a stranger's text, printable and cut */
void query_put_safe(struct buf *b, struct str s);

#endif
