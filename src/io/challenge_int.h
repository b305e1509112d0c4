/*
 * challenge_int - what the files of the room challenge share, and nobody else
 */
#ifndef MTASTS_IO_CHALLENGE_INT_H
#define MTASTS_IO_CHALLENGE_INT_H

#include "io/challenge.h"

#define CHALLENGE_DIGEST_LEN 32 /* bytes of SHA-256 */

struct challenge_cert;

/*
 * challenge_cert_new - a certificate that shows a digest, and its key
 *
 * name is a host name. *out: yours, challenge_cert_free(). ETLS, ENOMEM.
 */
enum mtasts_err challenge_cert_new(struct str name,
    const unsigned char digest[CHALLENGE_DIGEST_LEN],
    struct challenge_cert **out) MTASTS_MUST_CHECK;

/* challenge_cert_free - release; sessions that use it keep it; null is fine */
void challenge_cert_free(struct challenge_cert *cert);

/* challenge_cert_use - set it in a session; false when it is refused */
bool challenge_cert_use(struct challenge_cert *cert, struct ssl_st *ssl);

#endif
