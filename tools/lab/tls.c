/*
 * tls.c - handshakes of servers, good and bad
 *
 * A context for each profile; the certificate follows from the server and the
 * SNI. Level 0 everywhere: what is weak shall be seen.
 */
#include "tls.h"
#include "ca.h"
#include "scan.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#define HANDSHAKE_MS 15000

struct lab_tls {
	SSL_CTX *ctx[TLS_PROFILES];
};

static const struct {
	int min, max;
	const char *ciphers;
} profiles[TLS_PROFILES] = {
	[TLS_USUAL] = { TLS1_2_VERSION, TLS1_3_VERSION,
	    "ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=0" },
	[TLS_OLD_TOO] = { TLS1_VERSION, TLS1_3_VERSION, "ALL:@SECLEVEL=0" },
	[TLS_OLD_ONLY] = { TLS1_VERSION, TLS1_1_VERSION, "ALL:@SECLEVEL=0" },
	[TLS_WEAK] = { TLS1_2_VERSION, TLS1_2_VERSION, "kRSA+AES:@SECLEVEL=0" },
};

/*
 * ident_of - the certificate that this connection gets
 *
 * For servers of no domain of their own the lock must be held.
 */
static const struct lab_ident *
ident_of(const struct lab_conn *c)
{
	const struct lab_server *s = c->server;

	if (s == NULL || s->domain == NULL)
		return ca_cached(c->lab, c->sni);
	return *c->sni == '\0' && s->ident_no_sni != NULL ? s->ident_no_sni
							  : s->ident;
}

/* use_ident - show that certificate */
static bool
use_ident(const struct lab_conn *c, SSL *ssl)
{
	const struct lab_ident *ident;
	bool ok;

	/* That of another kind of key would be preferred. */
	SSL_certs_clear(ssl);
	pthread_mutex_lock(&c->lab->lock);
	ident = ident_of(c);
	ok = SSL_use_cert_and_key(
		 ssl, ident->cert, ident->key, ident->chain, 1) == 1;
	pthread_mutex_unlock(&c->lab->lock);
	return ok;
}

/* find_server - at an address that several share, by the SNI */
static void
find_server(struct lab_conn *c)
{
	char key[260] = "6";

	if (c->at->server != NULL)
		return;
	if (*c->sni == '\0' ||
	    (c->server = scan_server(c->lab, c->sni)) != NULL)
		return;
	strcat(key, c->sni);
	c->server = map_get(&c->lab->hosts, str_of(key));
	if (c->server == NULL)
		c->server = map_get(&c->lab->hosts, str_of(c->sni));
}

/* on_name - the SNI is there, or there is none */
static int
on_name(SSL *ssl, int *alert, void *ctx)
{
	struct lab_conn *c = SSL_get_app_data(ssl);
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	size_t len = 0;

	for (; name != NULL && name[len] != '\0' && len < 255; len++)
		c->sni[len] = ascii_lower(name[len]);
	c->sni[len] = '\0';
	find_server(c);
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	if (*c->sni == '\0' && c->server != NULL && c->server->no_sni != NULL &&
	    strcmp(c->server->no_sni, "refuse") == 0)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return use_ident(c, ssl) ? SSL_TLSEXT_ERR_OK
				 : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* on_status - the client asks what the issuer says of the certificate */
static int
on_status(SSL *ssl, void *ctx)
{
	const struct lab_conn *c = SSL_get_app_data(ssl);
	const struct lab_ident *ident;
	unsigned char *copy;

	if (c->server == NULL || c->server->domain == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	ident = ident_of(c);
	if (ident->staple == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	copy = OPENSSL_memdup(ident->staple, ident->staple_len);
	if (copy == NULL)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy, (int)ident->staple_len);
	return SSL_TLSEXT_ERR_OK;
}

/* open_ctx - the context of a profile */
static SSL_CTX *
open_ctx(enum lab_profile profile, const struct lab_ident *any)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	lab_check(ctx != NULL, "memory");
	SSL_CTX_set_security_level(ctx, 0);
	lab_check(
	    SSL_CTX_set_min_proto_version(ctx, profiles[profile].min) == 1 &&
		SSL_CTX_set_max_proto_version(ctx, profiles[profile].max) ==
		    1 &&
		SSL_CTX_set_cipher_list(ctx, profiles[profile].ciphers) == 1,
	    "TLS context");
	/* There must be some certificate before the name is known. */
	lab_check(SSL_CTX_use_cert_and_key(
		      ctx, any->cert, any->key, any->chain, 1) == 1,
	    "certificate");
	SSL_CTX_set_tlsext_servername_callback(ctx, on_name);
	SSL_CTX_set_tlsext_status_cb(ctx, on_status);
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* Every look is a new one. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return ctx;
}

void
tls_open(struct lab *lab)
{
	const struct lab_ident *ec = ca_cached(lab, "lab.test");
	const struct lab_ident *rsa = ca_mint(lab, "rsa", "lab.test");

	lab->tls = mem_zalloc(1, sizeof(*lab->tls));
	lab_check(lab->tls != NULL, "memory");
	for (enum lab_profile i = 0; i < TLS_PROFILES; i++)
		lab->tls->ctx[i] = open_ctx(i, i == TLS_WEAK ? rsa : ec);
}

void
tls_close(struct lab *lab)
{
	for (int i = 0; i < TLS_PROFILES; i++)
		SSL_CTX_free(lab->tls->ctx[i]);
	mem_free(lab->tls);
}

bool
tls_accept(struct lab_conn *c)
{
	enum lab_profile profile =
	    c->server != NULL ? c->server->profile : TLS_USUAL;
	int status;

	c->ssl = SSL_new(c->lab->tls->ctx[profile]);
	if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1)
		return false;
	SSL_set_app_data(c->ssl, c);
	for (;;) {
		ERR_clear_error();
		status = SSL_accept(c->ssl);
		if (status == 1)
			return true;
		status = SSL_get_error(c->ssl, status);
		if (status != SSL_ERROR_WANT_READ &&
		    status != SSL_ERROR_WANT_WRITE)
			break;
		if (!conn_wait(c, status == SSL_ERROR_WANT_WRITE, HANDSHAKE_MS))
			break;
	}
	c->reset = true;
	return false;
}

void
tls_end(struct lab_conn *c)
{
	if (c->ssl == NULL)
		return;
	ERR_clear_error();
	if (!c->reset)
		SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	c->ssl = NULL;
}
