/*
 * chain.c - what a finished TLS handshake showed, as facts
 *
 * RFC 8461 section 4.1, RFC 7672, RFC 9525, RFC 5746, RFC 6066 section 8. The
 * handshake itself verifies nothing: OpenSSL is told to skip that, so that a
 * bad certificate does not end it and a good one is not verified twice. Draws
 * no conclusion and knows no socket.
 */
#include "io/chain.h"
#include "io/chain_int.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define CERTS_LEN_MAX (64L << 10) /* bytes of certificates in a handshake */
#define ARENA_MAX     ((size_t)512 << 10) /* twice these, names, texts */
#define TEXT_MAX      1000

/* skip - instead of verifying in the handshake */
static int
skip(X509_STORE_CTX *store, void *arg)
{
	return 1;
}

bool
chain_prepare(SSL_CTX *ctx)
{
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, skip, NULL);
	SSL_CTX_set_max_cert_list(ctx, CERTS_LEN_MAX);
	return SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp) == 1;
}

const char *
chain_keep(struct chain *c)
{
	const char *copy = NULL;

	if (buf_error(&c->text) == MTASTS_OK)
		copy = arena_dup(c->fact->arena, buf_str(&c->text));
	if (copy == NULL)
		c->broken = true;
	buf_clear(&c->text);
	return copy;
}

/* keep_text - a copy of one of OpenSSL's words */
static const char *
keep_text(struct chain *c, const char *text)
{
	if (text != NULL)
		buf_puts(&c->text, text);
	return chain_keep(c);
}

/* is_weak - is the cipher one that nobody should speak any more? */
static bool
is_weak(const SSL_CIPHER *cipher)
{
	/* Below are single DES, RC2, export and NULL ciphers. */
	if (SSL_CIPHER_get_bits(cipher, NULL) < 112 ||
	    SSL_CIPHER_get_digest_nid(cipher) == NID_md5)
		return true;
	switch (SSL_CIPHER_get_cipher_nid(cipher)) {
	case NID_rc4:
	case NID_des_ede3_cbc:
		return true;
	default:
		return false;
	}
}

/* is_forward_secret - are the keys gone when the connection is? */
static bool
is_forward_secret(const SSL_CIPHER *cipher)
{
	switch (SSL_CIPHER_get_kx_nid(cipher)) {
	case NID_kx_any: /* TLS 1.3 */
	case NID_kx_ecdhe:
	case NID_kx_dhe:
	case NID_kx_ecdhe_psk:
	case NID_kx_dhe_psk:
		return true;
	default:
		return false;
	}
}

/* read_group - what the keys were agreed on with */
static void
read_group(struct chain *c)
{
	EVP_PKEY *peer = NULL;
	bool dh = false;
	long group;

	if (SSL_get_peer_tmp_key(c->ssl, &peer) == 1) {
		dh = EVP_PKEY_is_a(peer, "DH");
		if (dh)
			c->fact->kex_bits = (unsigned)EVP_PKEY_get_bits(peer);
	}
	EVP_PKEY_free(peer);
	group = SSL_get_negotiated_group(c->ssl);
	if (group > 0 && group != NID_undef)
		c->fact->group =
		    keep_text(c, SSL_group_to_name(c->ssl, (int)group));
	else
		c->fact->group = dh ? "DH" : "";
}

/* read_parameters - what was agreed on */
static void
read_parameters(struct chain *c)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(c->ssl);
	struct tlsfact *fact = c->fact;

	fact->version = keep_text(c, SSL_get_version(c->ssl));
	fact->cipher = keep_text(c, SSL_CIPHER_get_name(cipher));
	fact->forward_secret = cipher != NULL && is_forward_secret(cipher);
	fact->weak_cipher = cipher == NULL || is_weak(cipher);
	fact->safe_renegotiation = SSL_version(c->ssl) >= TLS1_3_VERSION ||
	    SSL_get_secure_renegotiation_support(c->ssl) == 1;
	fact->compressed = SSL_get_current_compression(c->ssl) != NULL;
	read_group(c);
}

/* fact_new - an empty fact in an arena of its own */
static struct tlsfact *
fact_new(void)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct tlsfact *fact;

	if (arena == NULL)
		return NULL;
	fact = arena_alloc(arena, sizeof(*fact));
	if (fact == NULL) {
		arena_free(arena);
		return NULL;
	}
	*fact = (struct tlsfact){ .why = "", .arena = arena };
	return fact;
}

/* read_chain - all that hangs on the certificates */
static void
read_chain(struct chain *c, const char *host)
{
	if (c->leaf == NULL || sk_X509_num(c->sent) < 1) {
		c->fact->trust = TLSFACT_INVALID;
		c->fact->why = "it showed no certificate";
		return;
	}
	chain_read_certs(c);
	if (!c->broken)
		chain_read_names(c, host);
	if (!c->broken)
		chain_verify(c);
	if (!c->broken)
		chain_link(c);
	if (!c->broken)
		chain_read_staple(c);
}

/* same_cert - is it this one, byte for byte? */
static bool
same_cert(X509 *x, const struct certfact *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	bool same = len > 0 && (size_t)len == cert->der.len &&
	    memcmp(der, cert->der.p, cert->der.len) == 0;

	OPENSSL_free(der);
	return same;
}

/* same_chain - was the same shown before? */
static bool
same_chain(const STACK_OF(X509) * sent, const struct tlsfact *like)
{
	size_t i;

	if (like == NULL || like->count == 0 || like->sent != like->count ||
	    sk_X509_num(sent) != (int)like->sent)
		return false;
	for (i = 0; i < like->count; i++)
		if (!same_cert(sk_X509_value(sent, (int)i), &like->cert[i]))
			return false;
	return true;
}

struct tlsfact *
chain_look(SSL *ssl, const char *host, struct tlsfact *like)
{
	struct chain c = {
		.ssl = ssl,
		.sent = SSL_get_peer_cert_chain(ssl),
		.leaf = SSL_get0_peer_certificate(ssl),
	};

	if (same_chain(c.sent, like))
		return tlsfact_hold(like);
	c.fact = fact_new();
	if (c.fact == NULL)
		return NULL;
	buf_init(&c.text, TEXT_MAX);
	ERR_clear_error();
	read_parameters(&c);
	read_chain(&c, host);
	sk_X509_pop_free(c.path, X509_free);
	buf_free(&c.text);
	/* What OpenSSL could not read is told by the facts. */
	ERR_clear_error();
	if (c.broken) {
		tlsfact_free(c.fact);
		return NULL;
	}
	return c.fact;
}
