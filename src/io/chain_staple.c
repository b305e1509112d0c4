/*
 * chain_staple.c - what the server says of the revocation of its certificate
 *
 * RFC 6066 section 8, RFC 6960, RFC 7633. Only what came in the handshake is
 * read; no responder is asked.
 */
#include "io/chain.h"
#include "io/chain_int.h"

#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define FEATURE_STATUS_REQUEST 5 /* RFC 6066 section 8 */
#define SKEW_S		       300 /* that clocks may differ */
#define SINGLES_MAX	       16 /* of one response; it needs one */

/* read_must_staple - does the certificate demand it? */
static bool
read_must_staple(const X509 *x)
{
	TLS_FEATURE *all = X509_get_ext_d2i(x, NID_tlsfeature, NULL, NULL);
	int i, count = sk_ASN1_INTEGER_num(all);
	bool found = false;

	for (i = 0; i < count && !found; i++)
		found = ASN1_INTEGER_get(sk_ASN1_INTEGER_value(all, i)) ==
		    FEATURE_STATUS_REQUEST;
	TLS_FEATURE_free(all);
	return found;
}

/* issuer_of - the leaf's issuer, when it is known */
static X509 *
issuer_of(const struct chain *c)
{
	if (sk_X509_num(c->path) > 1)
		return sk_X509_value(c->path, 1);
	if (sk_X509_num(c->sent) > 1)
		return sk_X509_value(c->sent, 1);
	return NULL;
}

/* is_about - is this id that of the leaf? */
static bool
is_about(const struct chain *c, OCSP_CERTID *id)
{
	X509 *issuer = issuer_of(c);
	ASN1_OBJECT *alg = NULL;
	ASN1_INTEGER *serial = NULL;
	const EVP_MD *md;
	OCSP_CERTID *own;
	bool same;

	if (OCSP_id_get0_info(NULL, &alg, NULL, &serial, id) != 1)
		return false;
	if (issuer == NULL)
		return ASN1_INTEGER_cmp(
			   serial, X509_get0_serialNumber(c->leaf)) == 0;
	md = EVP_get_digestbyobj(alg);
	own = md != NULL ? OCSP_cert_to_id(md, c->leaf, issuer) : NULL;
	same = own != NULL && OCSP_id_cmp(own, id) == 0;
	OCSP_CERTID_free(own);
	return same;
}

/* read_single - what one of the answers says */
static enum tlsfact_staple
read_single(OCSP_SINGLERESP *single)
{
	ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;
	int status = OCSP_single_get0_status(single, NULL, NULL, &from, &until);

	if (from == NULL || OCSP_check_validity(from, until, SKEW_S, -1) != 1)
		return TLSFACT_STAPLE_BAD;
	switch (status) {
	case V_OCSP_CERTSTATUS_GOOD:
		return TLSFACT_STAPLE_GOOD;
	case V_OCSP_CERTSTATUS_REVOKED:
		return TLSFACT_STAPLE_REVOKED;
	default:
		return TLSFACT_STAPLE_BAD;
	}
}

/* read_basic - the answer about the leaf, when its signature is good */
static enum tlsfact_staple
read_basic(const struct chain *c, OCSP_BASICRESP *basic)
{
	X509_STORE *roots = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(c->ssl));
	/* Nobody can vouch for the responder of an unknown authority. */
	unsigned long flags = c->path == NULL ? OCSP_NOVERIFY : 0;
	int i, count = OCSP_resp_count(basic);

	if (OCSP_basic_verify(
		basic, c->path != NULL ? c->path : c->sent, roots, flags) != 1)
		return TLSFACT_STAPLE_BAD;
	for (i = 0; i < count && i < SINGLES_MAX; i++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);

		if (is_about(c, (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(single)))
			return read_single(single);
	}
	return TLSFACT_STAPLE_BAD;
}

/* read_staple - of the bytes that came */
static enum tlsfact_staple
read_staple(const struct chain *c)
{
	enum tlsfact_staple result = TLSFACT_STAPLE_BAD;
	OCSP_BASICRESP *basic = NULL;
	OCSP_RESPONSE *resp;
	const unsigned char *p = NULL;
	long len = SSL_get_tlsext_status_ocsp_resp(c->ssl, &p);

	if (len <= 0 || p == NULL)
		return TLSFACT_STAPLE_NONE;
	resp = d2i_OCSP_RESPONSE(NULL, &p, len);
	if (resp != NULL &&
	    OCSP_response_status(resp) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(resp);
	if (basic != NULL)
		result = read_basic(c, basic);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(resp);
	return result;
}

void
chain_read_staple(struct chain *c)
{
	c->fact->must_staple = read_must_staple(c->leaf);
	c->fact->staple = read_staple(c);
}
