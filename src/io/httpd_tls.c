/*
 * httpd_tls - TLS of the server, over OpenSSL
 *
 * RFC 8461 section 7.1: the certificate is chosen by SNI, and a name that has
 * none ends the handshake. TLS 1.2 and 1.3 only, no renegotiation, no
 * compression, tickets without a cache. OpenSSL writes into the worker's
 * buffer through a BIO of ours, so that tickets, answer and close_notify leave
 * in one send.
 */
#include "io/httpd.h"

#include "io/httpd_int.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <errno.h>
#include <sys/socket.h>

/*
 * AES-128 first: RFC 8446 section 9.1 makes it the one that all have, and its
 * SHA-256 key schedule costs a tenth less of a handshake than SHA-384 does.
 */
#define SUITES_TLS13                    \
	"TLS_AES_128_GCM_SHA256:"       \
	"TLS_CHACHA20_POLY1305_SHA256:" \
	"TLS_AES_256_GCM_SHA384"
#define CIPHERS_TLS12                    \
	"ECDHE-ECDSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:" \
	"ECDHE-RSA-AES128-GCM-SHA256:"   \
	"ECDHE-RSA-CHACHA20-POLY1305:"   \
	"ECDHE-RSA-AES256-GCM-SHA384"
#define GROUPS "X25519:P-256:P-384"

/* As it stands in a list of protocols: RFC 8737 section 6.2. */
#define ACME_PROTOCOL \
	"\x0a"        \
	"acme-tls/1"

/* bio_read - straight from the socket; OpenSSL buffers what it got */
static int
bio_read(BIO *bio, char *p, int len)
{
	struct conn *c = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	do
		n = recv(c->fd, p, (size_t)len, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		BIO_set_retry_read(bio);
	return (int)n;
}

/* bio_write - into the worker's buffer; conn_serve() sends it */
static int
bio_write(BIO *bio, const char *p, int len)
{
	struct conn *c = BIO_get_data(bio);
	struct buf *out = &c->worker->out;

	BIO_clear_retry_flags(bio);
	buf_put(out, p, (size_t)len);
	return buf_error(out) == MTASTS_OK ? len : -1;
}

/* bio_ctrl - flushing is somebody else's work */
static long
bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

/* refuse_name - the alert of RFC 6066 section 3 */
static int
refuse_name(struct conn *c, int *alert)
{
	c->name_refused = true;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/*
 * on_name - choose the certificate; called with and without SNI
 *
 * The servername callback and not the certificate callback, since only here
 * the alert can be chosen, and since it is called for resumed sessions too.
 */
static int
on_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	struct conn *c = SSL_get_app_data(ssl);
	struct httpd *h = arg;
	size_t i, len = name != NULL ? strlen(name) : 0;

	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len >= sizeof(c->sni))
		return refuse_name(c, alert);
	for (i = 0; i < len; i++)
		c->sni[i] = ascii_lower(name[i]);
	c->sni_len = len;
	if (c->challenge ? !h->conf.use_challenge(h->conf.use_challenge_ctx,
			       ssl, str_make(c->sni, len))
			 : !h->conf.use_cert(h->conf.use_cert_ctx, ssl,
			       str_make(c->sni, len)))
		return refuse_name(c, alert);
	return SSL_TLSEXT_ERR_OK;
}

/*
 * is_challenge - does the client offer "acme-tls/1", and that alone?
 *
 * RFC 8737 section 3. Asked of every client: it must cost nothing.
 */
static bool
is_challenge(SSL *ssl)
{
	static const unsigned char wanted[] = "\0\x0b" ACME_PROTOCOL;
	const unsigned char *list;
	size_t len;

	return SSL_client_hello_get0_ext(ssl,
		   TLSEXT_TYPE_application_layer_protocol_negotiation, &list,
		   &len) == 1 &&
	    len == sizeof(wanted) - 1 && memcmp(list, wanted, len) == 0;
}

/*
 * on_hello - make what the client names part of what a ticket is good for
 *
 * RFC 6066 section 3: no session is resumed under another name. OpenSSL would;
 * and in TLS 1.2 on_name() would then be told the name of the old session.
 */
static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	unsigned char id[SSL_MAX_SID_CTX_LENGTH] = "";
	const unsigned char *name = NULL;
	struct conn *c = SSL_get_app_data(ssl);
	unsigned id_len = sizeof(id);
	size_t len = 0;

	if (is_challenge(ssl) && c->worker->httpd->conf.use_challenge != NULL) {
		c->challenge = true;
		/* It has to see the certificate, and will not be back. */
		SSL_set_options(ssl, SSL_OP_NO_TICKET);
		SSL_set_num_tickets(ssl, 0);
	}
	if (!SSL_client_hello_get0_ext(
		ssl, TLSEXT_TYPE_server_name, &name, &len))
		len = 0;
	if (len < sizeof(id)) {
		if (len > 0)
			memcpy(id, name, len);
		id_len = (unsigned)len + 1; /* the byte 0: never empty */
	} else if (EVP_Digest(name, len, id, &id_len, EVP_sha256(), NULL) !=
	    1) {
		return SSL_CLIENT_HELLO_ERROR;
	}
	return SSL_set_session_id_context(ssl, id, id_len) == 1
	    ? SSL_CLIENT_HELLO_SUCCESS
	    : SSL_CLIENT_HELLO_ERROR;
}

/* on_alpn - HTTP/1.1, or 1.0 for clients that know no other */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1\x08http/1.0";
	const struct conn *c = SSL_get_app_data(ssl);

	if (c->challenge) {
		*out = in + 1;
		*out_len = in[0];
		return SSL_TLSEXT_ERR_OK;
	}
	/* RFC 7301 section 3.2: nothing in common is fatal. */
	if (SSL_select_next_proto((unsigned char **)out, out_len, ours,
		sizeof(ours) - 1, in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return SSL_TLSEXT_ERR_OK;
}

/* setup - options of the context; false when OpenSSL refuses one */
static bool
setup(SSL_CTX *ctx, struct httpd *h)
{
	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
		SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
		SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_client_hello_cb(ctx, on_hello, NULL);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, h);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_ciphersuites(ctx, SUITES_TLS13) == 1 &&
	    SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, httpd_ticket_key) == 1 &&
	    SSL_CTX_set_cipher_list(ctx, CIPHERS_TLS12) == 1 &&
	    SSL_CTX_set1_groups_list(ctx, GROUPS) == 1;
}

enum mtasts_err
httpd_tls_open(struct httpd *h)
{
	h->bio = BIO_meth_new(
	    BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mtasts connection");
	if (h->bio == NULL || !BIO_meth_set_read(h->bio, bio_read) ||
	    !BIO_meth_set_write(h->bio, bio_write) ||
	    !BIO_meth_set_ctrl(h->bio, bio_ctrl))
		return MTASTS_ENOMEM;
	h->ssl_ctx = SSL_CTX_new(TLS_server_method());
	if (h->ssl_ctx == NULL)
		return MTASTS_ENOMEM;
	if (!setup(h->ssl_ctx, h))
		return MTASTS_ETLS;
	return httpd_ticket_open(h);
}

void
httpd_tls_close(struct httpd *h)
{
	httpd_ticket_close(h);
	SSL_CTX_free(h->ssl_ctx);
	BIO_meth_free(h->bio);
	h->ssl_ctx = NULL;
	h->bio = NULL;
}

bool
httpd_tls_begin(struct conn *c)
{
	struct httpd *h = c->worker->httpd;
	BIO *bio = BIO_new(h->bio);

	c->ssl = SSL_new(h->ssl_ctx);
	if (c->ssl == NULL || bio == NULL) {
		BIO_free(bio);
		SSL_free(c->ssl);
		c->ssl = NULL;
		return false;
	}
	BIO_set_data(bio, c);
	BIO_set_init(bio, 1);
	SSL_set_bio(c->ssl, bio, bio);
	SSL_set_app_data(c->ssl, c);
	SSL_set_accept_state(c->ssl);
	return true;
}

/* failure_cause - why the handshake ended, from OpenSSL's error */
static enum tls_cause
failure_cause(const struct conn *c, int kind, unsigned long error)
{
	int reason = ERR_GET_REASON(error);

	if (c->name_refused)
		return c->sni_len > 0 ? TLS_UNKNOWN_NAME : TLS_NO_NAME;
	if (kind == SSL_ERROR_SYSCALL || kind == SSL_ERROR_ZERO_RETURN)
		return TLS_CLOSED;
	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return TLS_OTHER;
	if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return TLS_CLOSED;
	/* OpenSSL adds 1000 to the number of an alert that it was sent. */
	return reason >= SSL_AD_REASON_OFFSET ? TLS_ALERT : TLS_PROTOCOL;
}

/* log_failure - at level debug: strangers cause these all day */
static void
log_failure(const struct conn *c, unsigned long error)
{
	const struct httpd_conf *conf = &c->worker->httpd->conf;
	struct log_line line;

	if (conf->log == NULL)
		return;
	log_begin(&line, conf->log, LOG_LEVEL_DEBUG, "handshake-failed");
	log_cstr(&line, "client", c->client);
	log_str(&line, "sni", str_make(c->sni, c->sni_len));
	log_cstr(&line, "reason", ERR_reason_error_string(error));
	log_end(&line);
}

enum tls_result
httpd_tls_accept(struct conn *c)
{
	struct httpd_stat *stat = &c->worker->httpd->stat;
	unsigned long error;
	int rc, kind;

	ERR_clear_error();
	rc = SSL_accept(c->ssl);
	if (rc == 1) {
		c->handshaken = true;
		metric_inc(stat->handshakes);
		return TLS_DONE;
	}
	kind = SSL_get_error(c->ssl, rc);
	if (kind == SSL_ERROR_WANT_READ)
		return TLS_WAIT;
	error = ERR_peek_error();
	metric_inc(stat->handshake_failures[failure_cause(c, kind, error)]);
	log_failure(c, error);
	ERR_clear_error();
	return ERR_GET_LIB(error) == ERR_LIB_SSL &&
		ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST
	    ? TLS_PLAIN
	    : TLS_FAILED;
}

int
httpd_tls_read(struct conn *c, char *p, size_t len)
{
	int n, kind;

	ERR_clear_error();
	n = SSL_read(c->ssl, p, len > INT32_MAX ? INT32_MAX : (int)len);
	if (n > 0)
		return n;
	kind = SSL_get_error(c->ssl, n);
	ERR_clear_error();
	if (kind == SSL_ERROR_WANT_READ)
		return -1;
	return kind == SSL_ERROR_ZERO_RETURN ? 0 : -2;
}

bool
httpd_tls_looked(struct conn *c)
{
	if (c->challenge)
		httpd_tls_bye(c);
	return c->challenge;
}

bool
httpd_tls_pending(const struct conn *c)
{
	return SSL_has_pending(c->ssl) == 1;
}

bool
httpd_tls_write(struct conn *c, struct str bytes)
{
	size_t written;

	ERR_clear_error();
	/* The BIO takes everything, so it is all or broken. */
	if (SSL_write_ex(c->ssl, bytes.p, bytes.len, &written) == 1)
		return true;
	ERR_clear_error();
	return false;
}

void
httpd_tls_bye(struct conn *c)
{
	/* Before the handshake's end it would be an error. */
	if (c->handshaken)
		SSL_shutdown(c->ssl);
	ERR_clear_error();
}

void
httpd_tls_end(struct conn *c)
{
	SSL_free(c->ssl);
	c->ssl = NULL;
}

const char *
httpd_tls_version(const struct conn *c)
{
	return SSL_get_version(c->ssl);
}
