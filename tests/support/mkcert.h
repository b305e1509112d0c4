/*
 * mkcert - certificates for tests and benchmarks, made with libcrypto
 *
 * A laboratory authority (root, and an issuer below it) and ECDSA P-256 server
 * certificates in PEM files, as an ACME client leaves them. Ends the program
 * when something fails: a test without its certificates has no result.
 */
#ifndef TESTS_SUPPORT_MKCERT_H
#define TESTS_SUPPORT_MKCERT_H

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MK_DAY 86400L
#define MK_DO(ok)                                                            \
	do {                                                                 \
		if (!(ok)) {                                                 \
			fprintf(stderr, "mkcert.h:%d: %s\n", __LINE__, #ok); \
			abort();                                             \
		}                                                            \
	} while (0)

struct mk_ca {
	EVP_PKEY *root_key, *key;
	X509 *root, *cert;
};

/* What a certificate shall be; zero is the usual thing. */
struct mk_want {
	const char *names; /* "DNS:a.test,DNS:*.b.test"; null: no SAN */
	const char *cn; /* null: "Test" */
	long from_s, until_s; /* from now; both 0: -1 hour, 90 days */
	EVP_PKEY *key; /* null: a new one */
	bool ca; /* an authority */
	const char *crl; /* "URI:http://..." of revoked ones; null: none */
};

/* mk_new - a signed certificate; issuer null: signed by itself */
static inline X509 *
mk_new(X509 *issuer, EVP_PKEY *issuer_key, const struct mk_want *want)
{
	bool usual = want->from_s == 0 && want->until_s == 0;
	const char *cn = want->cn != NULL ? want->cn : "Test";
	X509 *x = X509_new();
	X509_EXTENSION *ext;
	X509V3_CTX v3;
	unsigned char serial[8];
	BIGNUM *bn;

	MK_DO(x != NULL && X509_set_version(x, 2));
	for (size_t i = 0; i < sizeof(serial); i++)
		serial[i] = (unsigned char)(lrand48() >> 7);
	serial[0] = (serial[0] & 0x3f) | 0x40;
	bn = BN_bin2bn(serial, sizeof(serial), NULL);
	MK_DO(BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL);
	BN_free(bn);
	X509_gmtime_adj(X509_getm_notBefore(x), usual ? -3600 : want->from_s);
	X509_gmtime_adj(
	    X509_getm_notAfter(x), usual ? 90 * MK_DAY : want->until_s);
	MK_DO(X509_set_pubkey(x, want->key));
	MK_DO(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0));
	MK_DO(X509_set_issuer_name(
	    x, X509_get_subject_name(issuer != NULL ? issuer : x)));
	X509V3_set_ctx(&v3, issuer != NULL ? issuer : x, x, NULL, NULL, 0);
	if (want->names != NULL) {
		ext = X509V3_EXT_conf_nid(
		    NULL, &v3, NID_subject_alt_name, want->names);
		MK_DO(ext != NULL && X509_add_ext(x, ext, -1));
		X509_EXTENSION_free(ext);
	}
	if (want->crl != NULL) {
		ext = X509V3_EXT_conf_nid(
		    NULL, &v3, NID_crl_distribution_points, want->crl);
		MK_DO(ext != NULL && X509_add_ext(x, ext, -1));
		X509_EXTENSION_free(ext);
	}
	ext = X509V3_EXT_conf_nid(NULL, &v3, NID_basic_constraints,
	    want->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	MK_DO(ext != NULL && X509_add_ext(x, ext, -1));
	X509_EXTENSION_free(ext);
	MK_DO(X509_sign(x, issuer_key, EVP_sha256()) > 0);
	return x;
}

/* mk_ca_make - the authority; release: mk_ca_free() */
static inline void
mk_ca_make(struct mk_ca *ca)
{
	struct mk_want want = { .cn = "Lab Root",
		.ca = true,
		.from_s = -MK_DAY,
		.until_s = 3650 * MK_DAY };

	srand48((long)getpid() ^ (long)time(NULL));
	ca->root_key = EVP_EC_gen("P-256");
	ca->key = EVP_EC_gen("P-256");
	MK_DO(ca->root_key != NULL && ca->key != NULL);
	want.key = ca->root_key;
	ca->root = mk_new(NULL, ca->root_key, &want);
	want.cn = "Lab Issuer";
	want.key = ca->key;
	ca->cert = mk_new(ca->root, ca->root_key, &want);
}

/* mk_ca_free - release */
static inline void
mk_ca_free(struct mk_ca *ca)
{
	X509_free(ca->root);
	X509_free(ca->cert);
	EVP_PKEY_free(ca->root_key);
	EVP_PKEY_free(ca->key);
}

/* mk_leaf - a server certificate and its key; both yours */
static inline X509 *
mk_leaf(const struct mk_ca *ca, const struct mk_want *want, EVP_PKEY **key)
{
	struct mk_want w = *want;

	if (w.key == NULL)
		w.key = EVP_EC_gen("P-256");
	MK_DO(w.key != NULL);
	*key = w.key;
	return mk_new(ca->cert, ca->key, &w);
}

/* mk_write_chain - write leaf and issuer, replacing the file at once */
static inline void
mk_write_chain(const struct mk_ca *ca, X509 *leaf, const char *path)
{
	char temp[1100];
	FILE *f;

	snprintf(temp, sizeof(temp), "%s.new", path);
	f = fopen(temp, "w");
	MK_DO(f != NULL && PEM_write_X509(f, leaf) == 1);
	MK_DO(ca == NULL || PEM_write_X509(f, ca->cert) == 1);
	MK_DO(fclose(f) == 0 && rename(temp, path) == 0);
}

/* mk_write_key - write a key, replacing the file at once */
static inline void
mk_write_key(EVP_PKEY *key, const char *path)
{
	char temp[1100];
	FILE *f;

	snprintf(temp, sizeof(temp), "%s.new", path);
	f = fopen(temp, "w");
	MK_DO(f != NULL &&
	    PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
	MK_DO(fclose(f) == 0 && rename(temp, path) == 0);
}

/*
 * mk_folder - DIR/NAME/fullchain.pem and privkey.pem
 *
 * The folder is made when it is not there; key first, then certificate.
 */
static inline void
mk_folder(const struct mk_ca *ca, const char *dir, const char *name,
    const struct mk_want *want)
{
	char path[1024];
	EVP_PKEY *key;
	X509 *leaf = mk_leaf(ca, want, &key);

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	MK_DO(mkdir(path, 0755) == 0 || errno == EEXIST);
	snprintf(path, sizeof(path), "%s/%s/privkey.pem", dir, name);
	mk_write_key(key, path);
	snprintf(path, sizeof(path), "%s/%s/fullchain.pem", dir, name);
	mk_write_chain(ca, leaf, path);
	X509_free(leaf);
	if (want->key == NULL)
		EVP_PKEY_free(key);
}

#endif
