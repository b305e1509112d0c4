/*
 * svc_args - the command line of a daemon
 */
#ifndef MTASTS_SVC_SVC_ARGS_H
#define MTASTS_SVC_SVC_ARGS_H

#include "svc/svc.h"

struct svc_args {
	const char *config; /* --config FILE, or null */
	bool check; /* --check */
	int level; /* --log-level, an enum log_level; -1: as configured */
};

/*
 * svc_args_parse - read argv
 *
 * -1 when the daemon shall run; else the exit status, after printing help, the
 * version or what is wrong.
 */
int svc_args_parse(
    const struct svc_duty *duty, int argc, char **argv, struct svc_args *out);

#endif
