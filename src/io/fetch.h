/*
 * fetch - get the policy of a policy host over HTTPS
 *
 * RFC 8461 section 3.3, requirements FET-1 to FET-15: one connection per try,
 * no redirects, no cache, the certificate checked by dNSName for the policy
 * host with SNI, bounded in bytes and in absolute time. All addresses of the
 * host are tried in turn. All calls come from the loop's thread.
 */
#ifndef MTASTS_IO_FETCH_H
#define MTASTS_IO_FETCH_H

#include "base/metrics.h"
#include "core/fetchfact.h"
#include "core/ipspecial.h"
#include "io/conf.h"
#include "io/dns.h"

struct fetcher;
struct fetch;

struct fetch_conf {
	const char *ca_file; /* PEM; read at open */
	unsigned port; /* 443 */
	int64_t timeout_ms; /* of one fetch, DNS included */
	bool allow_private; /* any address at all */
	struct conf_list allow_networks; /* "10.0.0.0/8": private ones that
					  * may be asked */
	const char *proxy; /* "http://HOST:PORT" or ""; CONNECT is used, and
			    * the proxy resolves the policy host */
	unsigned max_fetches; /* in flight; 0: 256; more wait their turn */
	unsigned max_waiting; /* 0: 10000; past it: FETCHFACT_OURS at once */
	struct loop *loop;
	struct dns *dns; /* borrowed until fetcher_close() */
	struct log *log; /* may be null */
	struct metrics *metrics; /* may be null */
};

/* fetch_callback - the result; fact is borrowed for the call */
typedef void fetch_callback(void *ctx, const struct fetchfact *fact);

/*
 * fetcher_open - read the roots, prepare
 *
 * *out: yours, fetcher_close(). A finding says what is wrong: ENOENT, ESYS,
 * ESYNTAX for the CA file, ECONF for networks or proxy; ETLS, ENOMEM.
 */
enum mtasts_err fetcher_open(const struct fetch_conf *conf,
    struct fetcher **out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* fetch_check_conf - the findings of fetcher_open() about the values alone */
void fetch_check_conf(
    const struct fetch_conf *conf, struct mtasts_diags *diags);

/* fetcher_allowed - the private addresses that may be asked; borrowed */
const struct ipspecial_allowed *fetcher_allowed(const struct fetcher *f);

/* fetcher_close - cancel everything, release; null is fine */
void fetcher_close(struct fetcher *f);

/*
 * fetch_start - get https://HOST/.well-known/mta-sts.txt
 *
 * host   the policy host, "mta-sts.example.com", A-labels; copied
 *
 * The callback comes once, from the loop, never before this returns. Null when
 * memory is short.
 */
struct fetch *fetch_start(
    struct fetcher *f, const char *host, fetch_callback *cb, void *ctx);

/* A look at one address of a policy host. */
struct fetch_at {
	const char *host; /* the policy host; copied */
	struct ipnet_addr addr; /* asked whatever it is, without proxy */
	unsigned port;
	bool plain; /* http, without TLS */
};

/*
 * fetch_start_at - as fetch_start(), at one address, and looking at everything
 *
 * For checkers. The certificate stops nothing; fact->tls has it. A plain look
 * judges nothing but HTTP. Counts as one of max_fetches; it waits for its turn
 * as long as it takes, and only then its time begins.
 */
struct fetch *fetch_start_at(struct fetcher *f, const struct fetch_at *at,
    fetch_callback *cb, void *ctx);

/* fetch_cancel - the callback will not come; null is fine */
void fetch_cancel(struct fetch *fetch);

#endif
