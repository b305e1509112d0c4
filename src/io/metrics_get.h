/*
 * metrics_get - read the /metrics of a daemon of ours; blocks
 *
 * For the command line. Plain HTTP, to an address of the configuration.
 */
#ifndef MTASTS_IO_METRICS_GET_H
#define MTASTS_IO_METRICS_GET_H

#include "base/buf.h"

/*
 * metrics_get - append the metrics' text to out
 *
 * address  as io/listen: where the daemon listens
 *
 * ENOENT: nobody listens there; ESYS: errno; ETIMEOUT; EINVAL: no address that
 * can be asked; ESYNTAX: not our daemon; ENOMEM.
 */
enum mtasts_err metrics_get(
    const char *address, int64_t timeout_ms, struct buf *out) MTASTS_MUST_CHECK;

/*
 * metrics_find - the value of a series, all its labels added up
 *
 * True and *out when the text has the name. Fractions are cut.
 */
bool metrics_find(struct str text, const char *name, int64_t *out);

/* metrics_label - the value of a label of the first series of a name */
struct str metrics_label(struct str text, const char *name, const char *label);

#endif
