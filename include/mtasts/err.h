/*
 * mtasts/err.h - the result of a call
 *
 * Few codes, grouped by who must act. The details of a fault in somebody's
 * data are findings (mtasts/diag.h), never new codes. Outcomes of the
 * protocol, such as "no policy", are data and not errors.
 */
#ifndef MTASTS_ERR_H
#define MTASTS_ERR_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MTASTS_MUST_CHECK __attribute__((warn_unused_result))

enum mtasts_err {
	MTASTS_OK = 0,
	/* the caller */
	MTASTS_EINVAL, /* an argument is not what the contract asks */
	MTASTS_ENOENT, /* no such thing */
	MTASTS_EEXIST, /* it exists already */
	/* resources */
	MTASTS_ENOMEM,
	MTASTS_ELIMIT, /* larger than a fixed bound */
	/* their data */
	MTASTS_ESYNTAX,
	MTASTS_EPOLICY, /* no usable policy */
	MTASTS_ERECORD, /* no usable TXT record */
	MTASTS_EREPORT,
	/* the way there, temporary */
	MTASTS_EDNS,
	MTASTS_ETIMEOUT,
	MTASTS_ETLS,
	MTASTS_EHTTP,
	/* us */
	MTASTS_ESYS, /* a system call; errno tells */
	MTASTS_ESTORE,
	MTASTS_ECONF
};

/*
 * mtasts_strerror - a short phrase for a code
 *
 * Never null, never allocated; unknown numbers get a phrase too.
 */
const char *mtasts_strerror(enum mtasts_err err);

/*
 * mtasts_err_temporary - may the same call succeed later, unchanged?
 */
bool mtasts_err_temporary(enum mtasts_err err);

#ifdef __cplusplus
}
#endif

#endif
