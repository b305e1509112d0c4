/*
 * chain_trust.c - is there a way from the certificate to a root?
 *
 * RFC 5280 section 6, by OpenSSL, once per look and without a name: that is
 * another question. Security level 2, as Debian's OpenSSL has it: keys below
 * 2048 bits of RSA and signatures with SHA-1 do not count.
 */
#include "io/chain.h"
#include "io/chain_int.h"

#include "io/chain_words.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define LEVEL	  2
#define DEPTH_MAX 10

/* trust_of - what OpenSSL's error means */
static enum tlsfact_trust
trust_of(int error)
{
	switch (error) {
	case X509_V_OK:
		return TLSFACT_TRUSTED;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return TLSFACT_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return TLSFACT_NOT_YET;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return TLSFACT_SELF_SIGNED;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return TLSFACT_UNKNOWN_ROOT;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return TLSFACT_INCOMPLETE;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return TLSFACT_WEAK;
	case X509_V_ERR_INVALID_PURPOSE:
	case X509_V_ERR_INVALID_CA:
	case X509_V_ERR_INVALID_NON_CA:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
		return TLSFACT_PURPOSE;
	default:
		return TLSFACT_INVALID;
	}
}

/* prepare - a server's certificate, our level, a chain of a sane length */
static bool
prepare(struct chain *c, X509_STORE_CTX *ctx)
{
	X509_STORE *roots = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(c->ssl));
	X509_VERIFY_PARAM *param;

	if (X509_STORE_CTX_init(ctx, roots, c->leaf, c->sent) != 1 ||
	    X509_STORE_CTX_set_default(ctx, "ssl_server") != 1)
		return false;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(param, LEVEL);
	X509_VERIFY_PARAM_set_depth(param, DEPTH_MAX);
	return true;
}

void
chain_verify(struct chain *c)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int error;

	if (ctx == NULL || !prepare(c, ctx)) {
		c->broken = true;
		goto out;
	}
	if (X509_verify_cert(ctx) == 1) {
		c->path = X509_STORE_CTX_get1_chain(ctx);
		c->broken = c->path == NULL;
		goto out;
	}
	error = X509_STORE_CTX_get_error(ctx);
	/* Never call it good when it was not verified. */
	if (error == X509_V_OK)
		error = X509_V_ERR_UNSPECIFIED;
	c->broken = error == X509_V_ERR_OUT_OF_MEM;
	c->fact->trust = trust_of(error);
	chain_put_fault(&c->text, ctx);
	c->fact->why = chain_keep(c);
out:
	X509_STORE_CTX_free(ctx);
}

/* same_key - do two certificates have the same key? */
static bool
same_key(const X509 *a, const X509 *b)
{
	return X509_PUBKEY_eq(
		   X509_get_X509_PUBKEY(a), X509_get_X509_PUBKEY(b)) == 1;
}

/*
 * verified_pair - was the signature between two neighbours verified already?
 *
 * The path may have left those sent, for a root of our own of the same name.
 */
static bool
verified_pair(const struct chain *c, int i)
{
	return i + 1 < sk_X509_num(c->path) &&
	    X509_cmp(sk_X509_value(c->path, i), sk_X509_value(c->sent, i)) ==
	    0 &&
	    same_key(
		sk_X509_value(c->path, i + 1), sk_X509_value(c->sent, i + 1));
}

/* signed_by - is the issuer's name right, and the signature by its key? */
static bool
signed_by(X509 *x, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	return key != NULL && X509_check_issued(issuer, x) == X509_V_OK &&
	    X509_verify(x, key) == 1;
}

void
chain_link(struct chain *c)
{
	int i;

	for (i = 0; i + 1 < (int)c->fact->count; i++)
		c->cert[i].signed_by_next = verified_pair(c, i) ||
		    signed_by(sk_X509_value(c->sent, i),
			sk_X509_value(c->sent, i + 1));
}
