/*
 * x509_parts - what the files of the room x509 share, and nobody else
 */
#ifndef MTASTS_IO_X509_PARTS_H
#define MTASTS_IO_X509_PARTS_H

#include "io/x509.h"

#include <stdatomic.h>

struct x509_st;
struct evp_pkey_st;
struct stack_st_X509;

struct x509 {
	atomic_uint owners;
	struct x509_st *leaf;
	struct evp_pkey_st *key; /* null until x509_add_key() */
	struct stack_st_X509 *issuers; /* null when none follow */
	int64_t not_before_at;
	int64_t not_after_at;
	struct str *names; /* one block with their text behind it */
	size_t name_count;
};

/*
 * x509_pool_take - the issuer certificate of these DER bytes
 *
 * A counted reference to a shared one when it is known, else it is read and
 * remembered. Null when it cannot be read. pool may be null.
 */
struct x509_st *x509_pool_take(
    struct x509_pool *pool, const unsigned char *der, size_t len);

/*
 * x509_take_names - read the dNSNames of x->leaf into x
 *
 * ENOMEM, or ELIMIT past X509_NAMES_MAX. Names that are no host names cannot
 * match one and are left out.
 */
enum mtasts_err x509_take_names(struct x509 *x) MTASTS_MUST_CHECK;

#endif
