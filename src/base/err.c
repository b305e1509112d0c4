/*
 * err.c - the words for results
 *
 * Public (mtasts/err.h). No state: every text is constant.
 */
#include "mtasts/err.h"

#include <stddef.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

struct code {
	const char *phrase;
	bool temporary;
};

static const struct code codes[] = {
	[MTASTS_OK] = { "success", false },
	[MTASTS_EINVAL] = { "invalid argument", false },
	[MTASTS_ENOENT] = { "not found", false },
	[MTASTS_EEXIST] = { "it exists already", false },
	[MTASTS_ENOMEM] = { "out of memory", true },
	[MTASTS_ELIMIT] = { "larger than the limit", false },
	[MTASTS_ESYNTAX] = { "syntax error", false },
	[MTASTS_EPOLICY] = { "no usable policy", false },
	[MTASTS_ERECORD] = { "no usable TXT record", false },
	[MTASTS_EREPORT] = { "not a usable report", false },
	[MTASTS_EDNS] = { "DNS look-up failed", true },
	[MTASTS_ETIMEOUT] = { "timed out", true },
	[MTASTS_ETLS] = { "TLS failed", true },
	[MTASTS_EHTTP] = { "HTTP failed", true },
	[MTASTS_ESYS] = { "system call failed", true },
	[MTASTS_ESTORE] = { "store failed", true },
	[MTASTS_ECONF] = { "configuration error", false },
};

const char *
mtasts_strerror(enum mtasts_err err)
{
	return (size_t)err < COUNT(codes) ? codes[err].phrase : "unknown error";
}

bool
mtasts_err_temporary(enum mtasts_err err)
{
	return (size_t)err < COUNT(codes) && codes[err].temporary;
}
