/*
 * ca - an authority for the laboratory, and certificates of every kind
 */
#ifndef LAB_CA_H
#define LAB_CA_H

#include "lab.h"

#include <openssl/x509.h>

/* A certificate as a server shows it. */
struct lab_ident {
	X509 *cert;
	EVP_PKEY *key; /* borrowed */
	STACK_OF(X509) * chain; /* what is sent behind it */
	uint8_t *staple; /* OCSP response, or null */
	size_t staple_len;
	char *name; /* of ca_cached() */
	struct lab_ident *next;
};

/* ca_open - make the authority, write its root to ca.pem in lab->state */
void ca_open(struct lab *lab);

/* ca_close - release, all certificates too */
void ca_close(struct lab *lab);

/*
 * ca_mint - a certificate of a kind (world.txt has the list)
 *
 * names  "a.test,b.test"; the first is the common name
 *
 * Lives as long as the authority. The caller has lab->lock, or no threads.
 */
struct lab_ident *ca_mint(struct lab *lab, const char *kind, const char *names);

/*
 * ca_cached - the valid certificate of one name, made when first asked for
 *
 * Lives until some thousands of others were asked for. The caller has
 * lab->lock. A name that no host can have gets that of lab.test.
 */
struct lab_ident *ca_cached(struct lab *lab, const char *name);

/* ca_kind - is there such a kind? */
bool ca_kind(const char *kind);

/*
 * ca_tlsa - the data of a TLSA record in hex that fits the certificate
 *
 * usage 2 is about its issuer. matching: 0, 1 or 2. In b, behind what is there.
 */
void ca_tlsa(struct lab *lab, const struct lab_ident *ident,
    const unsigned params[3], struct buf *b);

#endif
