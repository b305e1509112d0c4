/*
 * httpd - an HTTP/1.1 server, plain or over TLS, for short answers
 *
 * Threads with one event loop each share the listening sockets. Every bound is
 * absolute: bytes of a head, time of a phase, connections in all and of one
 * address, requests of a connection. What to answer is decided by the site's
 * handler; framing, limits, TLS, log and metrics are decided here.
 */
#ifndef MTASTS_IO_HTTPD_H
#define MTASTS_IO_HTTPD_H

#include "base/buf.h"
#include "base/metrics.h"
#include "core/httphead.h"
#include "io/log.h"

struct ssl_st;
struct httpd;

/* What a handler is asked. Everything is borrowed for the call. */
struct httpd_request {
	const struct httphead *head; /* bodies are refused before the handler */
	struct str sni; /* of the TLS session, lower case; empty: none */
	const char *client; /* the address that counts, numeric text */
	bool tls;
	struct buf *scratch; /* empty; for a body made on the spot */
};

/*
 * What a handler answers. Preset: status 404, type "text/plain; charset=utf-8",
 * nothing else. Without a body a status of 400 or more gets a line that says
 * what is wrong. The body is copied as soon as the handler returns; then
 * release(hold) is called when it is not null.
 */
struct httpd_response {
	int status;
	const char *content_type;
	struct str body;
	const char *headers; /* more lines, each with CRLF; or null */
	bool close; /* end the connection after this answer */
	void (*release)(void *hold);
	void *hold;
};

/* httpd_handler - called in any worker thread, several at once; never blocks */
typedef void httpd_handler(void *ctx, const struct httpd_request *request,
    struct httpd_response *response);

struct httpd_site {
	httpd_handler *handler;
	void *ctx;
};

#define HTTPD_HEADER_MAX 65536

struct httpd_conf {
	unsigned workers; /* threads; 0: one per core */
	unsigned max_connections;
	unsigned max_per_address; /* IPv6: per /64; 0: no bound */
	size_t max_header; /* bytes of a head; at most HTTPD_HEADER_MAX */
	int64_t first_byte_timeout_ms; /* handshake and first head together;
					* and each later head */
	int64_t idle_timeout_ms; /* between requests; and to send an answer */
	unsigned max_requests; /* of one connection; 0: no bound */
	const char *const *trusted_proxies; /* addresses, networks; copied */
	size_t trusted_proxy_count;
	bool access_log; /* a line per request, at level info */
	struct log *log; /* borrowed until httpd_close(); may be null */
	struct metrics *metrics; /* series are added; may be null */

	/*
	 * use_cert - give a session the certificate for a name
	 *
	 * Called in a worker thread within the handshake; name is the SNI in
	 * lower case, or empty when there was none. False ends the handshake
	 * with the alert unrecognized_name. Null: no listener may be TLS.
	 */
	bool (*use_cert)(void *ctx, struct ssl_st *ssl, struct str name);
	void *use_cert_ctx;

	/*
	 * use_challenge - the same for a certification authority that looks
	 *
	 * RFC 8737 section 3: for sessions that offer "acme-tls/1" and nothing
	 * else. Nothing is served on them. Null: such sessions are refused.
	 */
	bool (*use_challenge)(void *ctx, struct ssl_st *ssl, struct str name);
	void *use_challenge_ctx;
};

struct httpd_listener {
	int fd; /* bound, listening, non-blocking; borrowed until close */
	bool tls;
	bool trusted; /* a peer without an address (unix) is a proxy of ours */
	struct httpd_site site;
};

/*
 * httpd_open - check the configuration and prepare
 *
 * *out on success: yours, httpd_close(). EINVAL for an address among the
 * trusted proxies that is none (a finding names it); ETLS, ENOMEM.
 */
enum mtasts_err httpd_open(const struct httpd_conf *conf, struct httpd **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* httpd_listen - serve one more socket; before httpd_start(). ELIMIT past 64 */
enum mtasts_err httpd_listen(
    struct httpd *h, const struct httpd_listener *listener) MTASTS_MUST_CHECK;

/*
 * httpd_start - start the threads; signals are blocked in them
 *
 * ESYS or ENOMEM when not all could be started; none runs then.
 */
enum mtasts_err httpd_start(struct httpd *h) MTASTS_MUST_CHECK;

/*
 * httpd_set_limits - follow other limits from now on
 *
 * Any time after httpd_open(), by one thread. Of conf the bounds, timeouts,
 * trusted proxies and access_log are read; the rest cannot change. No
 * connection ends for it, but each waits no longer than the new timeouts say.
 * EINVAL and ENOMEM as httpd_open(); then the old limits stay.
 */
enum mtasts_err httpd_set_limits(struct httpd *h, const struct httpd_conf *conf,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * httpd_stop - accept no more, finish what is in flight, end the threads
 *
 * Waits at most about timeout_ms; what is not finished then is cut off.
 * Returns how many connections were cut off. May be called once.
 */
unsigned httpd_stop(struct httpd *h, int64_t timeout_ms);

/* httpd_close - stop when running, release; null is fine */
void httpd_close(struct httpd *h);

/* httpd_connections - connections open now */
unsigned httpd_connections(const struct httpd *h);

#endif
