/*
 * x509 - the certificate as an object: validity, use, sharing of issuers
 *
 * Everything is read when it is made and constant afterwards; the owners are
 * counted, so a handshake keeps what it began with while a newer certificate
 * takes its place. Knows nothing of folders, caches or policies.
 *
 * BUGS: revocation is not looked at; the CA is trusted to be the right one.
 */
#include "io/x509.h"
#include "io/x509_parts.h"

#include "base/arena.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>

#define POOL_MAX 64 /* issuers remembered; authorities use a handful */

struct pool_slot {
	unsigned char digest[SHA256_DIGEST_LENGTH];
	X509 *cert;
};

struct x509_pool {
	pthread_mutex_t lock;
	struct pool_slot slots[POOL_MAX];
	size_t count;
	size_t oldest; /* the slot that goes next, when all are taken */
};

struct x509_pool *
x509_pool_new(void)
{
	struct x509_pool *pool = mem_zalloc(1, sizeof(*pool));

	if (pool != NULL && pthread_mutex_init(&pool->lock, NULL) != 0) {
		mem_free(pool);
		pool = NULL;
	}
	return pool;
}

void
x509_pool_free(struct x509_pool *pool)
{
	size_t i;

	if (pool == NULL)
		return;
	for (i = 0; i < pool->count; i++)
		X509_free(pool->slots[i].cert);
	pthread_mutex_destroy(&pool->lock);
	mem_free(pool);
}

/* pool_find - the remembered certificate with this digest, or null */
static X509 *
pool_find(struct x509_pool *pool, const unsigned char *digest)
{
	size_t i;

	for (i = 0; i < pool->count; i++) {
		struct pool_slot *slot = &pool->slots[i];

		if (memcmp(slot->digest, digest, sizeof(slot->digest)) == 0) {
			X509_up_ref(slot->cert);
			return slot->cert;
		}
	}
	return NULL;
}

/* pool_keep - remember a certificate in place of the oldest */
static void
pool_keep(struct x509_pool *pool, const unsigned char *digest, X509 *cert)
{
	struct pool_slot *slot;

	if (pool->count < POOL_MAX) {
		slot = &pool->slots[pool->count++];
	} else {
		slot = &pool->slots[pool->oldest];
		pool->oldest = (pool->oldest + 1) % POOL_MAX;
		X509_free(slot->cert);
	}
	memcpy(slot->digest, digest, sizeof(slot->digest));
	X509_up_ref(cert);
	slot->cert = cert;
}

X509 *
x509_pool_take(struct x509_pool *pool, const unsigned char *der, size_t len)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	const unsigned char *p = der;
	X509 *cert;

	if (pool == NULL)
		return d2i_X509(NULL, &p, (long)len);
	SHA256(der, len, digest);
	pthread_mutex_lock(&pool->lock);
	cert = pool_find(pool, digest);
	if (cert == NULL) {
		cert = d2i_X509(NULL, &p, (long)len);
		if (cert != NULL)
			pool_keep(pool, digest, cert);
	}
	pthread_mutex_unlock(&pool->lock);
	return cert;
}

struct x509 *
x509_hold(struct x509 *x)
{
	atomic_fetch_add_explicit(&x->owners, 1, memory_order_relaxed);
	return x;
}

void
x509_free(struct x509 *x)
{
	if (x == NULL ||
	    atomic_fetch_sub_explicit(&x->owners, 1, memory_order_acq_rel) != 1)
		return;
	X509_free(x->leaf);
	EVP_PKEY_free(x->key);
	sk_X509_pop_free(x->issuers, X509_free);
	mem_free(x->names);
	mem_free(x);
}

bool
x509_use(const struct x509 *x, SSL *ssl, const char **why)
{
	const char *text;

	/* Measured: 5 us of a handshake of 280. SSL_set_SSL_CTX() would take
	 * 2, but 18 kB more for each name, and it replaces the callbacks. */
	if (SSL_use_cert_and_key(ssl, x->leaf, x->key, x->issuers, 1) == 1)
		return true;
	if (why != NULL) {
		text = ERR_reason_error_string(ERR_peek_last_error());
		*why = text != NULL ? text : "refused by the TLS library";
	}
	/* What is left in the queue would be taken for the session's. */
	ERR_clear_error();
	return false;
}

int64_t
x509_not_before(const struct x509 *x)
{
	return x->not_before_at;
}

int64_t
x509_not_after(const struct x509 *x)
{
	return x->not_after_at;
}

bool
x509_valid_at(const struct x509 *x, int64_t at)
{
	return at >= x->not_before_at && at <= x->not_after_at;
}

int64_t
x509_days_left(const struct x509 *x, int64_t at)
{
	int64_t left_s = x->not_after_at - at;

	/* Division cuts towards zero: an hour after the end is -1, not 0. */
	return left_s >= 0 ? left_s / 86400 : -1 - (-1 - left_s) / 86400;
}

size_t
x509_chain_len(const struct x509 *x)
{
	return x->issuers != NULL ? (size_t)sk_X509_num(x->issuers) : 0;
}

/* put_name_part - append one attribute of a distinguished name, if there */
static void
put_name_part(struct buf *b, const X509_NAME *name, int nid, const char *lead)
{
	int at = X509_NAME_get_index_by_NID(name, nid, -1);
	unsigned char *text = NULL;
	int len;

	if (at < 0)
		return;
	len = ASN1_STRING_to_UTF8(
	    &text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len > 0) {
		buf_puts(b, lead);
		buf_printable(b, str_make((char *)text, (size_t)len), 100);
	}
	OPENSSL_free(text);
}

void
x509_issuer(const struct x509 *x, struct buf *b)
{
	const X509_NAME *name = X509_get_issuer_name(x->leaf);
	size_t before = b->len;

	put_name_part(b, name, NID_commonName, "");
	put_name_part(
	    b, name, NID_organizationName, b->len > before ? ", " : "");
	if (b->len == before)
		buf_puts(b, "an authority without a name");
	ERR_clear_error();
}
