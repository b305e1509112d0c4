/*
 * mtasts/mtasts.h - all of libmtasts: MTA-STS and TLS-RPT, pure
 *
 * Bytes in, facts and verdicts out: no socket, no file, no clock, no global
 * state. Every function may be called from any thread; an object from one
 * thread at a time.
 */
#ifndef MTASTS_MTASTS_H
#define MTASTS_MTASTS_H

#include "mtasts/diag.h"
#include "mtasts/dname.h"
#include "mtasts/err.h"
#include "mtasts/match.h"
#include "mtasts/policy.h"
#include "mtasts/record.h"
#include "mtasts/verdict.h"

#ifdef __cplusplus
extern "C" {
#endif

/* mtasts_version - the library's version, such as "0.1.0" */
const char *mtasts_version(void);

#ifdef __cplusplus
}
#endif

#endif
