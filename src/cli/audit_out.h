/*
 * audit_out - the results of checks in the form that somebody wants
 *
 * A stream: opened once, then a domain after the other as they are ready, then
 * closed. People read text or markdown; json, junit, sarif, nagios and
 * prometheus are for programs. One table has them all.
 */
#ifndef MTASTS_CLI_AUDIT_OUT_H
#define MTASTS_CLI_AUDIT_OUT_H

#include "cli/cmd.h"
#include "core/audit.h"

struct audit_out;
struct audit_format;

/* The names, as the value of an option: completion offers them. */
#define AUDIT_FORMATS "text|json|junit|sarif|nagios|prometheus|markdown"

/* audit_format_find - by its name; null when there is none */
const struct audit_format *audit_format_find(const char *name);

/* How to write. */
struct audit_out_conf {
	const struct audit_format *format;
	bool single; /* one domain will come, and no more */
	bool verbose; /* text: every check, and all that was seen */
};

/*
 * audit_out_open - begin a stream on env->out; borrowed
 *
 * Yours: audit_out_close(). Null when memory is short.
 */
struct audit_out *audit_out_open(
    struct cmd_env *env, const struct audit_out_conf *conf);

/*
 * audit_out_put - one domain
 *
 * Formats that can be read line by line are written at once, so that a long
 * run can be watched; nagios and prometheus wait for the end.
 */
void audit_out_put(struct audit_out *out, const struct audit *a);

/*
 * audit_out_close - write what is left, release
 *
 * Returns the exit status: the worst domain decides, with the format's own
 * numbers (nagios: 1 warning, 2 critical). CMD_UNKNOWN when nothing was put or
 * the output is incomplete. Null is CMD_UNKNOWN.
 */
enum cmd_status audit_out_close(struct audit_out *out);

#endif
