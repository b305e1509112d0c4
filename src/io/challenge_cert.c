/*
 * challenge_cert.c - the certificate that answers tls-alpn-01
 *
 * RFC 8737 section 3: self-signed, one dNSName, the critical extension
 * acmeIdentifier with the digest. Made when the challenge is announced, not
 * within a handshake. Knows nothing of who asks.
 */
#include "io/challenge_int.h"

#include "base/arena.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <stdio.h>

#define ACME_IDENTIFIER "1.3.6.1.5.5.7.1.31"
#define SERIAL_LEN	16
#define DAY_S		86400

struct challenge_cert {
	X509 *cert;
	EVP_PKEY *key;
};

/* add_identifier - acmeIdentifier: an octet string with the digest in it */
static bool
add_identifier(X509 *cert, const unsigned char *digest)
{
	unsigned char der[2 + CHALLENGE_DIGEST_LEN] = { V_ASN1_OCTET_STRING,
		CHALLENGE_DIGEST_LEN };
	ASN1_OBJECT *oid = OBJ_txt2obj(ACME_IDENTIFIER, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext = NULL;
	bool ok = false;

	memcpy(der + 2, digest, CHALLENGE_DIGEST_LEN);
	if (oid != NULL && value != NULL &&
	    ASN1_OCTET_STRING_set(value, der, sizeof(der)) == 1)
		ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	if (ext != NULL)
		ok = X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return ok;
}

/* add_name - subjectAltName: this name and no other */
static bool
add_name(X509 *cert, struct str name)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *one = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	bool ok = false;

	if (names == NULL || one == NULL || text == NULL ||
	    ASN1_STRING_set(text, name.p, (int)name.len) != 1)
		goto out;
	GENERAL_NAME_set0_value(one, GEN_DNS, text);
	text = NULL;
	if (sk_GENERAL_NAME_push(names, one) <= 0)
		goto out;
	one = NULL;
	ok = X509_add1_ext_i2d(
		 cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
out:
	ASN1_IA5STRING_free(text);
	GENERAL_NAME_free(one);
	GENERAL_NAMES_free(names);
	return ok;
}

/* add_frame - version, serial number, validity, names of the parties */
static bool
add_frame(X509 *cert)
{
	unsigned char serial[SERIAL_LEN];
	X509_NAME *name = X509_get_subject_name(cert);
	BIGNUM *number = NULL;
	bool ok;

	if (RAND_bytes(serial, sizeof(serial)) != 1)
		return false;
	serial[0] &= 0x7f;
	serial[0] |= 0x40;
	number = BN_bin2bn(serial, sizeof(serial), NULL);
	ok = number != NULL && X509_set_version(cert, 2) == 1 &&
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), DAY_S) != NULL &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		(const unsigned char *)"ACME challenge", -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, name) == 1;
	BN_free(number);
	return ok;
}

enum mtasts_err
challenge_cert_new(struct str name,
    const unsigned char digest[CHALLENGE_DIGEST_LEN],
    struct challenge_cert **out)
{
	struct challenge_cert *c = mem_zalloc(1, sizeof(*c));

	if (c == NULL)
		return MTASTS_ENOMEM;
	c->key = EVP_EC_gen("P-256");
	c->cert = X509_new();
	if (c->key != NULL && c->cert != NULL && add_frame(c->cert) &&
	    add_name(c->cert, name) && add_identifier(c->cert, digest) &&
	    X509_set_pubkey(c->cert, c->key) == 1 &&
	    X509_sign(c->cert, c->key, EVP_sha256()) > 0) {
		*out = c;
		return MTASTS_OK;
	}
	ERR_clear_error();
	challenge_cert_free(c);
	return MTASTS_ETLS;
}

void
challenge_cert_free(struct challenge_cert *c)
{
	if (c == NULL)
		return;
	X509_free(c->cert);
	EVP_PKEY_free(c->key);
	mem_free(c);
}

bool
challenge_cert_use(struct challenge_cert *c, SSL *ssl)
{
	if (SSL_use_cert_and_key(ssl, c->cert, c->key, NULL, 1) == 1)
		return true;
	ERR_clear_error();
	return false;
}
