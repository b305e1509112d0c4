/*
 * check_watch - tell what has changed since the last look
 */
#ifndef MTASTS_CLI_CHECK_WATCH_H
#define MTASTS_CLI_CHECK_WATCH_H

#include "cli/audit_out.h"

struct check_watch;

/*
 * check_watch_open - for so many domains; null: memory is short
 *
 * The first look at each is written in the format of conf, later ones as far
 * as they differ. Yours: check_watch_close().
 */
struct check_watch *check_watch_open(
    struct cmd_env *env, const struct audit_out_conf *conf, size_t count);

/* check_watch_put - a look at the i-th domain; the audit is borrowed */
void check_watch_put(struct check_watch *w, size_t i, const struct audit *a);

/* check_watch_close - the exit status by the last looks; release */
enum cmd_status check_watch_close(struct check_watch *w);

#endif
