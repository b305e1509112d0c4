/*
 * chain_cert.c - certificates as they were sent, and whom the first one names
 *
 * RFC 9525: a host is named by a dNSName alone, "*" is a whole label. At most
 * TLSFACT_CERTS_MAX certificates and TLSFACT_NAMES_MAX names are kept; how much
 * was read from the wire is bounded by chain_prepare().
 */
#include "io/chain.h"
#include "io/chain_int.h"

#include "core/limits.h"
#include "io/chain_words.h"

#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <time.h>

/* time_of - seconds UTC; a date that makes no sense is "never" */
static int64_t
time_of(const ASN1_TIME *at, int64_t never)
{
	struct tm tm;

	if (at == NULL || ASN1_TIME_to_tm(at, &tm) != 1)
		return never;
	return timegm(&tm);
}

/* read_who - the texts of subject and issuer */
static void
read_who(struct chain *c, const X509 *x, struct certfact *out)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	const X509_NAME *issuer = X509_get_issuer_name(x);
	int at = X509_NAME_get_index_by_NID(issuer, NID_organizationName, -1);

	chain_put_name(&c->text, subject);
	out->subject = chain_keep(c);
	chain_put_name(&c->text, issuer);
	out->issuer = chain_keep(c);
	if (at >= 0)
		chain_put_text(&c->text,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(issuer, at)));
	out->issuer_org = chain_keep(c);
	out->self_signed = X509_NAME_cmp(subject, issuer) == 0;
}

/* read_key - kind and size of its key, hash of its signature */
static void
read_key(struct chain *c, X509 *x, struct certfact *out)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	const char *kind = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;
	int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;
	int hash = NID_undef;

	buf_puts(&c->text, kind != NULL ? kind : "unknown");
	out->key = chain_keep(c);
	out->key_bits = bits > 0 ? (unsigned)bits : 0;
	/* Where the scheme has no hash of its own it says so. */
	(void)X509_get_signature_info(x, &hash, NULL, NULL, NULL);
	out->hash = hash != NID_undef ? OBJ_nid2sn(hash) : "";
}

/* hash - both sums of some bytes */
static void
hash(struct str s, struct tlsfact_hashes *out)
{
	SHA256((const unsigned char *)s.p, s.len, out->sha256);
	SHA512((const unsigned char *)s.p, s.len, out->sha512);
}

/* read_bytes - the certificate and its key as DER, and their hashes */
static void
read_bytes(struct chain *c, const X509 *x, struct certfact *out)
{
	const X509_PUBKEY *key = X509_get_X509_PUBKEY(x);
	int der_len = i2d_X509(x, NULL), spki_len = i2d_X509_PUBKEY(key, NULL);
	unsigned char *der, *spki, *end;

	if (der_len <= 0 || spki_len <= 0) {
		c->broken = true;
		return;
	}
	der = arena_alloc(c->fact->arena, (size_t)der_len);
	spki = arena_alloc(c->fact->arena, (size_t)spki_len);
	if (der == NULL || spki == NULL) {
		c->broken = true;
		return;
	}
	end = der;
	(void)i2d_X509(x, &end);
	end = spki;
	(void)i2d_X509_PUBKEY(key, &end);
	out->der = str_make((char *)der, (size_t)der_len);
	out->spki = str_make((char *)spki, (size_t)spki_len);
	hash(out->der, &out->of_der);
	hash(out->spki, &out->of_spki);
}

/* in_order - is each of those sent followed by its issuer? */
static bool
in_order(const struct chain *c)
{
	int i, count = sk_X509_num(c->sent);

	for (i = 1; i < count; i++)
		if (X509_NAME_cmp(
			X509_get_issuer_name(sk_X509_value(c->sent, i - 1)),
			X509_get_subject_name(sk_X509_value(c->sent, i))) != 0)
			return false;
	return true;
}

void
chain_read_certs(struct chain *c)
{
	size_t i, sent = (size_t)sk_X509_num(c->sent);
	struct tlsfact *fact = c->fact;
	X509 *x;

	fact->sent = sent;
	fact->count = sent < TLSFACT_CERTS_MAX ? sent : TLSFACT_CERTS_MAX;
	fact->in_order = in_order(c);
	c->cert = arena_zalloc(fact->arena, fact->count, sizeof(*c->cert));
	fact->cert = c->cert;
	c->broken = c->broken || c->cert == NULL;
	for (i = 0; i < fact->count && !c->broken; i++) {
		x = sk_X509_value(c->sent, (int)i);
		c->cert[i].not_before_at =
		    time_of(X509_get0_notBefore(x), INT64_MAX);
		c->cert[i].not_after_at = time_of(X509_get0_notAfter(x), 0);
		read_who(c, x, &c->cert[i]);
		read_key(c, x, &c->cert[i]);
		read_bytes(c, x, &c->cert[i]);
	}
}

/* keep_name - one dNSName, printable and in lower case */
static const char *
keep_name(struct chain *c, const ASN1_STRING *name)
{
	size_t i;

	buf_printable(&c->text,
	    str_make((const char *)ASN1_STRING_get0_data(name),
		(size_t)ASN1_STRING_length(name)),
	    LIMIT_DNAME_LEN);
	for (i = 0; i < c->text.len; i++)
		c->text.p[i] = ascii_lower(c->text.p[i]);
	return chain_keep(c);
}

/* fits - does the certificate name the host, by what the flags allow? */
static bool
fits(X509 *x, const char *host, unsigned flags)
{
	/* OpenSSL takes a name with a dot in front for a whole domain. */
	if (host[0] == '\0' || host[0] == '.')
		return false;
	flags |= X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
	return X509_check_host(x, host, 0, flags, NULL) == 1;
}

void
chain_read_names(struct chain *c, const char *host)
{
	GENERAL_NAMES *all =
	    X509_get_ext_d2i(c->leaf, NID_subject_alt_name, NULL, NULL);
	int i, count = sk_GENERAL_NAME_num(all);
	struct tlsfact *fact = c->fact;
	const char **names =
	    arena_zalloc(fact->arena, TLSFACT_NAMES_MAX, sizeof(*names));

	c->broken = c->broken || names == NULL;
	fact->names = names;
	for (i = 0; i < count && !c->broken; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);

		if (name->type == GEN_DNS &&
		    fact->name_count < TLSFACT_NAMES_MAX)
			names[fact->name_count++] =
			    keep_name(c, name->d.dNSName);
	}
	GENERAL_NAMES_free(all);
	fact->names_host =
	    fits(c->leaf, host, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	fact->cn_fits = !fact->names_host &&
	    fits(c->leaf, host, X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT);
}
