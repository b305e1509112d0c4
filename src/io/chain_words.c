/*
 * chain_words.c - what is wrong with a certificate, in words
 *
 * Reads what OpenSSL found while verifying a chain; draws no conclusion. Each
 * text of a certificate is a stranger's and goes out printable and cut.
 */
#include "io/chain_words.h"

#include <openssl/x509v3.h>

#define NAMES_SHOWN 5 /* dNSNames in a reason */
#define TEXT_SHOWN  60 /* bytes of each text */

void
chain_put_text(struct buf *b, const ASN1_STRING *s)
{
	buf_printable(b,
	    str_make((const char *)ASN1_STRING_get0_data(s),
		(size_t)ASN1_STRING_length(s)),
	    TEXT_SHOWN);
}

void
chain_put_name(struct buf *b, const X509_NAME *name)
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	if (at < 0)
		at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);
	if (at >= 0)
		chain_put_text(
		    b, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

/* put_quoted - the same between quotes */
static void
put_quoted(struct buf *b, const X509_NAME *name)
{
	buf_putc(b, '"');
	chain_put_name(b, name);
	buf_putc(b, '"');
}

void
chain_put_dns_names(struct buf *b, const X509 *x)
{
	GENERAL_NAMES *all =
	    X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	int i, shown = 0, count = sk_GENERAL_NAME_num(all);

	for (i = 0; i < count; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);

		if (name->type != GEN_DNS)
			continue;
		if (shown++ >= NAMES_SHOWN)
			continue;
		buf_puts(b, shown > 1 ? ", " : "");
		chain_put_text(b, name->d.dNSName);
	}
	if (shown > NAMES_SHOWN)
		buf_putf(b, " and %d more", shown - NAMES_SHOWN);
	if (shown == 0)
		buf_puts(b, "no host: it has no dNSName");
	GENERAL_NAMES_free(all);
}

/* put_age - how far a time is from now: "3 days", "5 hours" */
static void
put_age(struct buf *b, const ASN1_TIME *from, const ASN1_TIME *to)
{
	int days = 0, seconds = 0;

	if (ASN1_TIME_diff(&days, &seconds, from, to) != 1)
		buf_puts(b, "some time");
	else if (days > 0)
		buf_putf(b, "%d day%s", days, days == 1 ? "" : "s");
	else if (seconds >= 3600)
		buf_putf(b, "%d hours", seconds / 3600);
	else
		buf_putf(b, "%d minutes", seconds / 60);
}

/* put_whose - the host's certificate, or one above it */
static void
put_whose(struct buf *b, X509_STORE_CTX *store, const char *verb)
{
	X509 *x = X509_STORE_CTX_get_current_cert(store);

	if (X509_STORE_CTX_get_error_depth(store) == 0 || x == NULL) {
		buf_putf(b, "its certificate %s", verb);
		return;
	}
	buf_puts(b, "the certificate of its issuer ");
	put_quoted(b, X509_get_subject_name(x));
	buf_putf(b, " %s", verb);
}

/* put_detail - what the fault is about, where OpenSSL's words do not tell */
static void
put_detail(struct buf *b, X509_STORE_CTX *store, int error, X509 *x)
{
	const STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
	EVP_PKEY *key = X509_get0_pubkey(x);
	int hash = NID_undef;

	switch (error) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		buf_puts(b, " ");
		put_quoted(b, X509_get_issuer_name(x));
		if (sk_X509_num(sent) <= 1)
			buf_puts(b, "; it came without its issuer's");
		break;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
		if (key != NULL)
			buf_putf(b, " (%s, %d bits)",
			    EVP_PKEY_get0_type_name(key),
			    EVP_PKEY_get_bits(key));
		break;
	case X509_V_ERR_CA_MD_TOO_WEAK:
		(void)X509_get_signature_info(x, &hash, NULL, NULL, NULL);
		buf_putf(b, " (%s)", OBJ_nid2sn(hash));
		break;
	default:
		break;
	}
}

/* put_untrusted - no chain to a root */
static void
put_untrusted(struct buf *b, X509_STORE_CTX *store, int error)
{
	X509 *x = X509_STORE_CTX_get_current_cert(store);

	put_whose(b, store, "is not trusted: ");
	buf_puts(b, X509_verify_cert_error_string(error));
	if (x != NULL)
		put_detail(b, store, error, x);
}

void
chain_put_fault(struct buf *b, X509_STORE_CTX *store)
{
	int error = X509_STORE_CTX_get_error(store);
	X509 *x = X509_STORE_CTX_get_current_cert(store);

	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		put_whose(b, store, "expired ");
		put_age(b, X509_get0_notAfter(x), NULL);
		buf_puts(b, " ago");
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		put_whose(b, store, "is not valid before another ");
		put_age(b, NULL, X509_get0_notBefore(x));
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		buf_puts(b, "its certificate is for ");
		chain_put_dns_names(b, X509_STORE_CTX_get0_cert(store));
		break;
	case X509_V_ERR_OUT_OF_MEM:
		buf_puts(b, "its certificate was not checked: out of memory");
		break;
	default:
		put_untrusted(b, store, error);
		break;
	}
}
