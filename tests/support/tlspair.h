/*
 * tlspair - a TLS handshake within one program, without a socket
 */
#ifndef TESTS_SUPPORT_TLSPAIR_H
#define TESTS_SUPPORT_TLSPAIR_H

#include "support/mkcert.h"

#include <openssl/ssl.h>

struct tlspair {
	SSL *client, *server;
};

/* tlspair_server - a context that shows these certificates; null-terminated */
static inline SSL_CTX *
tlspair_server(EVP_PKEY *key, X509 *const *certs)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	MK_DO(ctx != NULL);
	SSL_CTX_set_security_level(ctx, 0);
	MK_DO(SSL_CTX_use_certificate(ctx, certs[0]) == 1);
	MK_DO(SSL_CTX_use_PrivateKey(ctx, key) == 1);
	for (size_t i = 1; certs[i] != NULL; i++)
		MK_DO(SSL_CTX_add1_chain_cert(ctx, certs[i]) == 1);
	SSL_CTX_set_dh_auto(ctx, 1);
	return ctx;
}

/* tlspair_open - both ends; the handshake has not begun */
static inline void
tlspair_open(struct tlspair *p, SSL_CTX *client, SSL_CTX *server)
{
	BIO *a, *b;

	p->client = SSL_new(client);
	p->server = SSL_new(server);
	MK_DO(p->client != NULL && p->server != NULL);
	MK_DO(BIO_new_bio_pair(&a, 1 << 20, &b, 1 << 20) == 1);
	SSL_set_bio(p->client, a, a);
	SSL_set_bio(p->server, b, b);
	SSL_set_connect_state(p->client);
	SSL_set_accept_state(p->server);
}

/* tlspair_shake - the handshake; false when the client gave up */
static inline bool
tlspair_shake(struct tlspair *p)
{
	for (int i = 0; i < 1000; i++) {
		int rc = SSL_do_handshake(p->client);

		if (rc != 1 &&
		    SSL_get_error(p->client, rc) != SSL_ERROR_WANT_READ)
			return false;
		if (SSL_do_handshake(p->server) == 1 && rc == 1)
			return true;
	}
	return false;
}

/* tlspair_close - release both ends */
static inline void
tlspair_close(struct tlspair *p)
{
	SSL_free(p->client);
	SSL_free(p->server);
}

#endif
