/*
 * mapask - ask a policy server one question, as an MTA does; blocks
 *
 * For the command line, which tries the very socket that an MTA uses.
 */
#ifndef MTASTS_IO_MAPASK_H
#define MTASTS_IO_MAPASK_H

#include "base/buf.h"

struct mapask {
	const char *address; /* "ADDR:PORT", "[V6]:PORT" or "unix:PATH" */
	const char *map; /* of a netstring; null: the line protocol */
	const char *text; /* the key; or the line, without its end */
	int64_t timeout_ms; /* for all */
};

/*
 * mapask - the answer, "OK secure ..." or the line, appended to out
 *
 * *took_us is the time from connecting to the whole answer. ESYS: errno says
 * why there was no connection; ETIMEOUT; ESYNTAX: no answer of the protocol;
 * EINVAL: no such address; ENOMEM.
 */
enum mtasts_err mapask(const struct mapask *ask, struct buf *out,
    int64_t *took_us) MTASTS_MUST_CHECK;

#endif
