/*
 * x509_trust - would senders trust a certificate?
 *
 * RFC 8461 section 3.3, RFC 5280 section 6: for one that is to be put in place,
 * before anybody sees it.
 */
#ifndef MTASTS_IO_X509_TRUST_H
#define MTASTS_IO_X509_TRUST_H

#include "io/x509.h"

struct x509_roots;

/*
 * x509_roots_open - read the authorities' certificates from a file of PEM
 *
 * *out: yours, x509_roots_close(). ESYS with a finding; ENOMEM. Blocks.
 */
enum mtasts_err x509_roots_open(const char *path, struct x509_roots **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* x509_roots_close - release; null is fine */
void x509_roots_close(struct x509_roots *roots);

/*
 * x509_trusted - is there a way from it to one of the authorities?
 *
 * at   the time that its validity is compared with
 * why  gets a phrase when there is none
 */
bool x509_trusted(const struct x509 *x, const struct x509_roots *roots,
    int64_t at, struct buf *why);

#endif
