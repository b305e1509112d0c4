/*
 * httpd_ticket - the keys of TLS session tickets
 *
 * RFC 5077, RFC 8446 section 4.6.1. Left alone, OpenSSL seals all tickets of a
 * process's life with one key; here a key is used for some hours, still opens
 * tickets for as long again, and is then forgotten. Shared by all workers.
 */
#include "io/httpd.h"

#include "base/arena.h"
#include "io/httpd_int.h"
#include "io/loop.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

/* Longer than a ticket lives, which is OpenSSL's two hours. */
#define ROTATE_MS (4 * 3600 * 1000)

struct ticket_key {
	unsigned char name[16]; /* in clear in front of a ticket */
	unsigned char aes[16];
	unsigned char mac[32];
};

struct httpd_tickets {
	pthread_mutex_t lock;
	struct ticket_key keys[2]; /* in use; the one before */
	int64_t made_ms;
	bool has_previous;
	EVP_CIPHER *cipher; /* looked up once: that is dear */
};

/* new_key - random bytes; false when there are none */
static bool
new_key(struct ticket_key *key)
{
	return RAND_bytes(key->name, sizeof(key->name)) == 1 &&
	    RAND_priv_bytes(key->aes, sizeof(key->aes)) == 1 &&
	    RAND_priv_bytes(key->mac, sizeof(key->mac)) == 1;
}

enum mtasts_err
httpd_ticket_open(struct httpd *h)
{
	struct httpd_tickets *t = mem_zalloc(1, sizeof(*t));

	if (t == NULL)
		return MTASTS_ENOMEM;
	h->tickets = t;
	pthread_mutex_init(&t->lock, NULL);
	t->cipher = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
	t->made_ms = loop_now_ms();
	return t->cipher != NULL && new_key(&t->keys[0]) ? MTASTS_OK
							 : MTASTS_ETLS;
}

void
httpd_ticket_close(struct httpd *h)
{
	struct httpd_tickets *t = h->tickets;

	if (t == NULL)
		return;
	EVP_CIPHER_free(t->cipher);
	OPENSSL_cleanse(t->keys, sizeof(t->keys));
	pthread_mutex_destroy(&t->lock);
	mem_free(t);
	h->tickets = NULL;
}

/* rotate - a fresh key when its time has come, with the lock held */
static void
rotate(struct httpd_tickets *t, int64_t now_ms)
{
	struct ticket_key fresh;

	if (now_ms - t->made_ms < ROTATE_MS)
		return;
	/* Both are too old when nobody came for so long. */
	t->has_previous = now_ms - t->made_ms < 2 * (int64_t)ROTATE_MS;
	if (!new_key(&fresh))
		return;
	t->keys[1] = t->keys[0];
	t->keys[0] = fresh;
	t->made_ms = now_ms;
	OPENSSL_cleanse(&fresh, sizeof(fresh));
}

/*
 * pick - the key to seal with, or the one of that name
 *
 * Returns as the callback must: 1 fine, 2 fine but give a new ticket, 0 no key.
 */
static int
pick(struct httpd_tickets *t, int64_t now_ms, const unsigned char *name,
    struct ticket_key *out)
{
	int found = 0;

	pthread_mutex_lock(&t->lock);
	rotate(t, now_ms);
	if (name == NULL ||
	    memcmp(name, t->keys[0].name, sizeof(t->keys[0].name)) == 0)
		found = 1;
	else if (t->has_previous &&
	    memcmp(name, t->keys[1].name, sizeof(t->keys[1].name)) == 0)
		found = 2;
	if (found > 0)
		*out = t->keys[found - 1];
	pthread_mutex_unlock(&t->lock);
	return found;
}

/* set_mac - the key and digest of a ticket's HMAC */
static bool
set_mac(EVP_MAC_CTX *mac, struct ticket_key *key)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(
		    OSSL_MAC_PARAM_KEY, key->mac, sizeof(key->mac)),
		OSSL_PARAM_construct_utf8_string(
		    OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_CTX_set_params(mac, params) == 1;
}

int
httpd_ticket_key(struct ssl_st *ssl, unsigned char *name, unsigned char *iv,
    struct evp_cipher_ctx_st *cipher, struct evp_mac_ctx_st *mac, int seal)
{
	const struct conn *c = SSL_get_app_data(ssl);
	struct httpd_tickets *t = c->worker->httpd->tickets;
	struct ticket_key key;
	int found;
	bool ok;

	found = pick(t, c->worker->now_ms, seal ? NULL : name, &key);
	if (found == 0)
		return 0;
	if (seal) {
		memcpy(name, key.name, sizeof(key.name));
		ok = RAND_bytes(iv, EVP_CIPHER_get_iv_length(t->cipher)) == 1 &&
		    EVP_EncryptInit_ex2(cipher, t->cipher, key.aes, iv, NULL) ==
			1;
	} else {
		ok = EVP_DecryptInit_ex2(
			 cipher, t->cipher, key.aes, iv, NULL) == 1;
	}
	ok = ok && set_mac(mac, &key);
	OPENSSL_cleanse(&key, sizeof(key));
	return ok ? found : -1;
}
