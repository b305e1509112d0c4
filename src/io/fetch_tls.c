/*
 * fetch_tls - TLS of a fetch, over OpenSSL
 *
 * RFC 8461 sections 3.3 and 7: the certificate must chain to a root that we
 * trust, be valid now, and name the policy host by a dNSName; the common name
 * is never looked at, and "*" is a whole label or nothing. SNI is always sent,
 * TLS 1.2 is the least. The roots are read once. No session is kept: each
 * fetch proves the host anew. Revocation is not checked (FET-3 leaves it to
 * us; the roots of the web stop answering OCSP).
 *
 * OpenSSL reads straight from the socket and writes into a buffer of the
 * connection, so that what one step has to say leaves in one send.
 */
#include "io/fetch.h"

#include "io/chain.h"
#include "io/chain_words.h"
#include "io/fetch_int.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <sys/socket.h>

/* ---- what OpenSSL reads and writes through ---- */

/* bio_read - straight from the socket, up to a bound of the connection */
static int
bio_read(BIO *bio, char *p, int len)
{
	struct fetch_conn *c = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (c->received > FETCH_BYTES_MAX) {
		c->flooded = true;
		return -1;
	}
	do
		n = recv(c->fd, p, (size_t)len, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		c->received += (size_t)n;
	else if (n == 0)
		c->at_eof = true;
	else if (errno == EAGAIN)
		BIO_set_retry_read(bio);
	else
		c->io_errno = errno;
	return (int)n;
}

/* bio_write - into the buffer that fetch_conn.c sends */
static int
bio_write(BIO *bio, const char *p, int len)
{
	struct fetch_conn *c = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	buf_put(&c->out, p, (size_t)len);
	return buf_error(&c->out) == MTASTS_OK ? len : -1;
}

/* bio_ctrl - flushing is somebody else's work */
static long
bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

/* ---- what is wrong with a certificate ---- */

/* end_of - the outcome that a fault of the chain is */
static enum fetchfact_end
end_of(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return FETCHFACT_CERT_EXPIRED;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return FETCHFACT_CERT_NAME;
	case X509_V_ERR_OUT_OF_MEM:
		return FETCHFACT_OURS;
	default:
		return FETCHFACT_CERT_UNTRUSTED;
	}
}

/* on_verify - OpenSSL found a fault: remember it, change nothing */
static int
on_verify(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct fetch_conn *c = SSL_get_app_data(ssl);

	if (!ok && c->cert_end == FETCHFACT_OK) {
		c->cert_end = end_of(X509_STORE_CTX_get_error(store));
		chain_put_fault(&c->cert_why, store);
	}
	return ok;
}

/* ---- what all connections share ---- */

/* setup - options of the context; false when OpenSSL refuses one */
static bool
setup(SSL_CTX *ctx)
{
	static const unsigned char alpn[] = "\x08http/1.1";
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
		X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_alpn_protos(ctx, alpn, sizeof(alpn) - 1) == 0;
}

enum mtasts_err
fetch_tls_open(
    struct fetch_tls *tls, const char *ca_file, struct mtasts_diags *diags)
{
	tls->bio = BIO_meth_new(
	    BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mtasts fetch");
	tls->ctx = SSL_CTX_new(TLS_client_method());
	if (tls->bio == NULL || tls->ctx == NULL ||
	    !BIO_meth_set_read(tls->bio, bio_read) ||
	    !BIO_meth_set_write(tls->bio, bio_write) ||
	    !BIO_meth_set_ctrl(tls->bio, bio_ctrl))
		return MTASTS_ENOMEM;
	if (!setup(tls->ctx))
		return MTASTS_ETLS;
	return chain_read_roots(tls->ctx, ca_file, diags);
}

void
fetch_tls_close(struct fetch_tls *tls)
{
	SSL_CTX_free(tls->look_ctx);
	SSL_CTX_free(tls->ctx);
	BIO_meth_free(tls->bio);
	*tls = (struct fetch_tls){ 0 };
}

/* ---- one connection ---- */

/* look_context - for looks: the same roots, but nothing is verified */
static SSL_CTX *
look_context(struct fetch_tls *tls)
{
	SSL_CTX *ctx;

	if (tls->look_ctx != NULL)
		return tls->look_ctx;
	ctx = SSL_CTX_new(TLS_client_method());
	if (ctx == NULL || !setup(ctx) || !chain_prepare(ctx)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set1_cert_store(ctx, SSL_CTX_get_cert_store(tls->ctx));
	tls->look_ctx = ctx;
	return ctx;
}

bool
fetch_tls_begin(struct fetch *fetch)
{
	struct fetch_conn *c = &fetch->conn;
	BIO *bio = BIO_new(fetch->f->tls.bio);

	c->ssl = SSL_new(
	    fetch->is_look ? look_context(&fetch->f->tls) : fetch->f->tls.ctx);
	if (c->ssl == NULL || bio == NULL) {
		BIO_free(bio);
		return false;
	}
	BIO_set_data(bio, c);
	BIO_set_init(bio, 1);
	SSL_set_bio(c->ssl, bio, bio);
	SSL_set_app_data(c->ssl, c);
	SSL_set_connect_state(c->ssl);
	buf_init(&c->cert_why, FETCH_WHY_MAX / 2);
	return SSL_set_tlsext_host_name(c->ssl, fetch->host) == 1 &&
	    SSL_set1_host(c->ssl, fetch->host) == 1;
}

/* failed_by - the words for OpenSSL's error, which is of its own library */
static void
failed_by(struct fetch *fetch, int reason, unsigned long error)
{
	const char *text = ERR_reason_error_string(error);

	switch (reason) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
		fetch_failed(fetch, FETCHFACT_TLS, 0,
		    "it answers without TLS on this port");
		return;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_AD_REASON_OFFSET + SSL_AD_PROTOCOL_VERSION:
		fetch_failed(fetch, FETCHFACT_TLS, 0,
		    "it speaks no TLS 1.2 or later (%s)", text);
		return;
	default:
		break;
	}
	/* OpenSSL adds 1000 to the number of an alert that it was sent. */
	if (reason >= SSL_AD_REASON_OFFSET)
		fetch_failed(fetch, FETCHFACT_TLS, 0,
		    "it refused the TLS handshake for %s with alert %d (%s)",
		    fetch->host, reason - SSL_AD_REASON_OFFSET, text);
	else
		fetch_failed(fetch, FETCHFACT_TLS, 0,
		    "the TLS handshake failed: %s",
		    text != NULL ? text : "unknown reason");
}

/* explain - why the handshake ended, for fetch_failed() */
static void
explain(struct fetch *fetch, int kind)
{
	struct fetch_conn *c = &fetch->conn;
	unsigned long error = ERR_peek_error();

	if (c->cert_end != FETCHFACT_OK)
		fetch_failed(fetch, c->cert_end, 0, "%" STR_FMT,
		    STR_ARG(buf_str(&c->cert_why)));
	else if (ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE ||
	    buf_error(&c->out) != MTASTS_OK)
		fetch_failed(fetch, FETCHFACT_OURS, 0, "memory is short");
	else if (c->flooded)
		fetch_failed(fetch, FETCHFACT_TLS, 0,
		    "it sent %zu bytes without finishing the TLS handshake",
		    c->received);
	else if (c->at_eof)
		fetch_failed(fetch, FETCHFACT_TLS, 0,
		    "the connection was closed during the TLS handshake");
	else if (kind == SSL_ERROR_SYSCALL || c->io_errno != 0)
		fetch_failed(fetch, FETCHFACT_TLS, 0,
		    "the connection broke during the TLS handshake: %s",
		    strerror(c->io_errno));
	else
		failed_by(fetch, ERR_GET_REASON(error), error);
}

enum fetch_io
fetch_tls_handshake(struct fetch *fetch)
{
	int rc, kind;

	ERR_clear_error();
	rc = SSL_do_handshake(fetch->conn.ssl);
	if (rc == 1)
		return FETCH_IO_DONE;
	kind = SSL_get_error(fetch->conn.ssl, rc);
	if (kind == SSL_ERROR_WANT_READ)
		return FETCH_IO_WAIT;
	explain(fetch, kind);
	ERR_clear_error();
	return FETCH_IO_FAILED;
}

bool
fetch_tls_write(struct fetch_conn *c, struct str bytes)
{
	size_t written;
	bool ok;

	ERR_clear_error();
	/* The BIO takes everything, so it is all or broken. */
	ok = SSL_write_ex(c->ssl, bytes.p, bytes.len, &written) == 1;
	ERR_clear_error();
	return ok;
}

enum fetch_io
fetch_tls_read(
    struct fetch_conn *c, char *p, size_t size, size_t *len, bool *clean)
{
	int kind;

	ERR_clear_error();
	if (SSL_read_ex(c->ssl, p, size, len) == 1)
		return FETCH_IO_DONE;
	kind = SSL_get_error(c->ssl, 0);
	ERR_clear_error();
	*clean = kind == SSL_ERROR_ZERO_RETURN;
	return kind == SSL_ERROR_WANT_READ ? FETCH_IO_WAIT : FETCH_IO_FAILED;
}

void
fetch_tls_end(struct fetch_conn *c)
{
	if (c->ssl == NULL)
		return;
	ERR_clear_error();
	/* Before the handshake's end it would be an error. */
	if (c->step == FETCH_ANSWER)
		SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	ERR_clear_error();
	c->ssl = NULL;
	buf_free(&c->cert_why);
}
