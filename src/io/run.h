/*
 * run - run another program and hear what it says; blocks
 *
 * For the command line, which asks MTAs about themselves.
 */
#ifndef MTASTS_IO_RUN_H
#define MTASTS_IO_RUN_H

#include "base/buf.h"

/*
 * run_program - run argv, null at its end, and wait for it
 *
 * argv[0] is looked for in PATH, and in /usr/sbin and /sbin, when it has no
 * slash. It gets no input; standard output is appended to out (null: dropped),
 * standard error dropped. *status is the exit status, or 128 and the signal.
 *
 * ENOENT when there is no such program; ETIMEOUT: killed after timeout_ms;
 * ELIMIT: it said more than out takes, killed; ESYS, ENOMEM.
 */
enum mtasts_err run_program(const char *const *argv, int64_t timeout_ms,
    struct buf *out, int *status) MTASTS_MUST_CHECK;

#endif
