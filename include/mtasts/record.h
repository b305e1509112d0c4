/*
 * mtasts/record.h - the two TXT records: _mta-sts and _smtp._tls
 *
 * RFC 8461 section 3.1 and RFC 8460 section 3.
 */
#ifndef MTASTS_RECORD_H
#define MTASTS_RECORD_H

#include "mtasts/diag.h"
#include "mtasts/err.h"
#include "mtasts/verdict.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One TXT record, its character-strings already joined with nothing between. */
struct mtasts_txt {
	const char *text;
	size_t len;
};

/* The one valid _mta-sts record of an answer. */
struct mtasts_stsrec {
	char id[33]; /* terminated */
	unsigned record; /* which of the answer's records it was, from 1 */
};

/*
 * mtasts_stsrec_parse - the MTA-STS record among the TXT records of an answer
 *
 * txt, count  borrowed; any bytes, in the order of the answer
 * out         filled when the verdict is VALID, else untouched
 * diags       may be null
 *
 * Records that do not begin with v=STSv1 and a semicolon are dropped; exactly
 * one must remain and be well-formed (a malformed record means no policy, for
 * every reader). Returns NONE, INVALID or VALID.
 */
enum mtasts_verdict mtasts_stsrec_parse(const struct mtasts_txt *txt,
    size_t count, struct mtasts_stsrec *out, struct mtasts_diags *diags);

/* The one valid _smtp._tls record of an answer. */
struct mtasts_rptrec {
	size_t rua_count;
	/* mailto: and https: URIs, as published, terminated */
	const char *const *rua;
	unsigned record;
};

/*
 * mtasts_rptrec_parse - the TLSRPT record among the TXT records of an answer
 *
 * As mtasts_stsrec_parse(). On VALID *out is yours: mtasts_rptrec_free().
 * URIs of other schemes are left out with a finding; INVALID when none is
 * left. Returns NONE, INVALID or VALID; INVALID when memory is short.
 */
enum mtasts_verdict mtasts_rptrec_parse(const struct mtasts_txt *txt,
    size_t count, struct mtasts_rptrec **out, struct mtasts_diags *diags);

/* mtasts_rptrec_free - release; null is fine */
void mtasts_rptrec_free(struct mtasts_rptrec *rec);

#ifdef __cplusplus
}
#endif

#endif
