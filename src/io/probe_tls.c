/*
 * probe_tls.c - TLS of a probe, over OpenSSL
 *
 * RFC 3207, RFC 8461 section 4.1. Two contexts: TLS 1.2 and later, as a sender
 * offers it; and TLS 1.0 and 1.1 alone, which only shows that a server still
 * takes them. Security level 0, so that what is weak is seen and told instead
 * of being refused by us: chains are judged in io/chain, at a level of its own.
 * No session is kept.
 *
 * OpenSSL reads straight from the socket and writes into a buffer of the
 * probe, so that what one step has to say leaves in one send.
 */
#include "io/probe.h"
#include "io/probe_int.h"

#include "io/chain.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <errno.h>
#include <sys/socket.h>

/* ---- what OpenSSL reads and writes through ---- */

/* bio_read - straight from the socket, up to a bound of the probe */
static int
bio_read(BIO *bio, char *p, int len)
{
	struct probe *probe = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (probe->received > PROBE_BYTES_MAX) {
		probe->flooded = true;
		return -1;
	}
	do
		n = recv(probe->fd, p, (size_t)len, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		probe->received += (size_t)n;
	else if (n == 0)
		probe->at_eof = true;
	else if (errno == EAGAIN)
		BIO_set_retry_read(bio);
	else
		probe->io_errno = errno;
	return (int)n;
}

/* bio_write - into the buffer that probe_conn.c sends */
static int
bio_write(BIO *bio, const char *p, int len)
{
	struct probe *probe = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	buf_put(&probe->out, p, (size_t)len);
	return buf_error(&probe->out) == MTASTS_OK ? len : -1;
}

/* bio_ctrl - flushing is somebody else's work */
static long
bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

/* ---- what all probes share ---- */

/* context_new - for these versions and ciphers; null when it is refused */
static SSL_CTX *
context_new(int min, int max, const char *ciphers)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		return NULL;
	SSL_CTX_set_options(ctx,
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
		SSL_OP_LEGACY_SERVER_CONNECT);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_security_level(ctx, 0);
	if (SSL_CTX_set_cipher_list(ctx, ciphers) == 1 &&
	    SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, max) == 1 && chain_prepare(ctx))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

enum mtasts_err
probe_tls_open(
    struct probe_tls *tls, const char *ca_file, struct mtasts_diags *diags)
{
	tls->bio = BIO_meth_new(
	    BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mtasts probe");
	if (tls->bio == NULL || !BIO_meth_set_read(tls->bio, bio_read) ||
	    !BIO_meth_set_write(tls->bio, bio_write) ||
	    !BIO_meth_set_ctrl(tls->bio, bio_ctrl))
		return MTASTS_ENOMEM;
	tls->ctx = context_new(TLS1_2_VERSION, 0, "DEFAULT:@SECLEVEL=0");
	/* Without level 0, OpenSSL 3 offers neither of these at all. */
	tls->old_ctx =
	    context_new(TLS1_VERSION, TLS1_1_VERSION, "ALL:@SECLEVEL=0");
	if (tls->ctx == NULL || tls->old_ctx == NULL)
		return MTASTS_ETLS;
	SSL_CTX_set1_cert_store(tls->old_ctx, SSL_CTX_get_cert_store(tls->ctx));
	return chain_read_roots(tls->ctx, ca_file, diags);
}

void
probe_tls_close(struct probe_tls *tls)
{
	SSL_CTX_free(tls->ctx);
	SSL_CTX_free(tls->old_ctx);
	BIO_meth_free(tls->bio);
	*tls = (struct probe_tls){ 0 };
}

/* ---- one connection ---- */

/* says_name - is the host named in the handshake? */
static bool
says_name(const struct probe *probe)
{
	return !probe->want.no_sni && probe->host[0] != '\0';
}

bool
probe_tls_begin(struct probe *probe)
{
	struct probe_tls *tls = &probe->p->tls;
	BIO *bio = BIO_new(tls->bio);

	probe->ssl = SSL_new(probe->want.old_tls ? tls->old_ctx : tls->ctx);
	if (probe->ssl == NULL || bio == NULL) {
		BIO_free(bio);
		return false;
	}
	BIO_set_data(bio, probe);
	BIO_set_init(bio, 1);
	SSL_set_bio(probe->ssl, bio, bio);
	SSL_set_connect_state(probe->ssl);
	return !says_name(probe) ||
	    SSL_set_tlsext_host_name(probe->ssl, probe->host) == 1;
}

/* failed_by - the words for OpenSSL's error, which is of its own library */
static void
failed_by(struct probe *probe, int reason)
{
	const char *text = ERR_reason_error_string(ERR_peek_error());

	if (text == NULL)
		text = "unknown reason";
	switch (reason) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
		probe_ended(probe, PROBEFACT_TLS,
		    "what it sent instead of a handshake is not TLS");
		return;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_AD_REASON_OFFSET + SSL_AD_PROTOCOL_VERSION:
		probe_ended(probe, PROBEFACT_TLS, "it speaks %s (%s)",
		    probe->want.old_tls ? "neither TLS 1.0 nor 1.1"
					: "no TLS 1.2 or later",
		    text);
		return;
	case SSL_R_EXCESSIVE_MESSAGE_SIZE:
		probe_ended(probe, PROBEFACT_TLS,
		    "it sent more than %ld bytes of certificates",
		    SSL_get_max_cert_list(probe->ssl));
		return;
	default:
		break;
	}
	/* OpenSSL adds 1000 to the number of an alert that it was sent. */
	if (reason >= SSL_AD_REASON_OFFSET)
		probe_ended(probe, PROBEFACT_TLS,
		    "it refused the TLS handshake%s%s with alert %d (%s)",
		    says_name(probe) ? " for " : "",
		    says_name(probe) ? probe->host : "",
		    reason - SSL_AD_REASON_OFFSET, text);
	else
		probe_ended(
		    probe, PROBEFACT_TLS, "the TLS handshake failed: %s", text);
}

/* explain - why the handshake ended */
static void
explain(struct probe *probe, int kind)
{
	int reason = ERR_GET_REASON(ERR_peek_error());

	if (reason == ERR_R_MALLOC_FAILURE ||
	    buf_error(&probe->out) != MTASTS_OK)
		probe_ended(probe, PROBEFACT_OURS, "memory is short");
	else if (probe->flooded)
		probe_ended(probe, PROBEFACT_TLS,
		    "it sent %zu bytes without finishing the TLS handshake",
		    probe->received);
	else if (probe->at_eof)
		probe_ended(probe, PROBEFACT_TLS,
		    "it closed the connection during the TLS handshake");
	else if (kind == SSL_ERROR_SYSCALL || probe->io_errno != 0)
		probe_ended(probe, PROBEFACT_TLS,
		    "the connection broke during the TLS handshake: %s",
		    strerror(probe->io_errno));
	else
		failed_by(probe, reason);
}

/* shaken - the handshake is over: write down what it showed */
static enum probe_io
shaken(struct probe *probe)
{
	probe->secured = true;
	probe->fact->tls =
	    chain_look(probe->ssl, probe->host, probe->want.like);
	if (probe->fact->tls != NULL)
		return PROBE_IO_DONE;
	probe_ended(probe, PROBEFACT_OURS, "memory is short");
	return PROBE_IO_FAILED;
}

enum probe_io
probe_tls_handshake(struct probe *probe)
{
	int rc, kind;

	ERR_clear_error();
	rc = SSL_do_handshake(probe->ssl);
	if (rc == 1)
		return shaken(probe);
	kind = SSL_get_error(probe->ssl, rc);
	if (kind == SSL_ERROR_WANT_READ)
		return PROBE_IO_WAIT;
	explain(probe, kind);
	ERR_clear_error();
	return PROBE_IO_FAILED;
}

bool
probe_tls_write(struct probe *probe, struct str bytes)
{
	size_t written;
	bool ok;

	ERR_clear_error();
	/* The BIO takes everything, so it is all or broken. */
	ok = SSL_write_ex(probe->ssl, bytes.p, bytes.len, &written) == 1;
	ERR_clear_error();
	return ok;
}

enum probe_io
probe_tls_read(struct probe *probe, char *p, size_t size, size_t *len)
{
	int kind;

	ERR_clear_error();
	if (SSL_read_ex(probe->ssl, p, size, len) == 1)
		return PROBE_IO_DONE;
	kind = SSL_get_error(probe->ssl, 0);
	ERR_clear_error();
	return kind == SSL_ERROR_WANT_READ ? PROBE_IO_WAIT : PROBE_IO_FAILED;
}

void
probe_tls_end(struct probe *probe)
{
	if (probe->ssl == NULL)
		return;
	ERR_clear_error();
	/* Before the handshake's end it would be an error. */
	if (probe->secured)
		SSL_shutdown(probe->ssl);
	SSL_free(probe->ssl);
	ERR_clear_error();
	probe->ssl = NULL;
}
