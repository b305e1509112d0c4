/*
 * scan_progress - one line on a terminal that says how far a scan is
 */
#ifndef MTASTS_CLI_SCAN_PROGRESS_H
#define MTASTS_CLI_SCAN_PROGRESS_H

#include "cli/scan_tally.h"

struct scan_progress {
	struct cmd_env *env;
	bool on; /* env->err is a terminal */
	bool shown; /* there is a line to be wiped away */
	int64_t begun_ms;
	uint64_t before; /* domains that were done by an earlier scan */
	/* When its own work began, and how far the list was then. */
	int64_t pace_ms;
	int pace_part;
};

/* scan_progress_begin - from now on */
void scan_progress_begin(struct scan_progress *p, struct cmd_env *env,
    int64_t now_ms, uint64_t before);

/*
 * scan_progress_show - write the line anew
 *
 * part  of 1000 of the list that was read; -1: not known
 */
void scan_progress_show(struct scan_progress *p, const struct scan_tally *t,
    int part, int64_t now_ms);

/* scan_progress_wipe - before anything else is written to the terminal */
void scan_progress_wipe(struct scan_progress *p);

#endif
