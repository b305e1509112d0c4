/*
 * dns - lookups with their DNSSEC status, on a loop
 *
 * Two backends behind one face. DNS_VALIDATE: libunbound validates in this
 * process, forwarding to given servers or from the root down. DNS_STUB: c-ares
 * asks one server and trusts its AD bit, which is only sound over loopback.
 * DNS_DIRECT: c-ares asks one authoritative server, without recursion; nothing
 * is secure, and no proof of DNSSEC is looked for. All calls come from the
 * loop's thread.
 */
#ifndef MTASTS_IO_DNS_H
#define MTASTS_IO_DNS_H

#include "base/diag.h"
#include "base/metrics.h"
#include "core/dnsfact.h"
#include "io/conf.h"
#include "io/log.h"
#include "io/loop.h"

struct dns;
struct dns_ask;

enum dns_backend { DNS_VALIDATE = 0, DNS_STUB, DNS_DIRECT };

struct dns_conf {
	enum dns_backend backend;
	/*
	 * "system" (resolv.conf), "ADDR", "ADDR:PORT", "[V6]:PORT"; none:
	 * from the root (DNS_VALIDATE only). DNS_DIRECT: the one address
	 */
	struct conf_list server;
	const char *trust_anchor; /* file; DNS_VALIDATE */
	int64_t timeout_ms; /* of one lookup, all tries */
	unsigned max_asks; /* in flight; 0: 4096; more wait their turn */
	struct loop *loop;
	struct log *log; /* may be null */
	struct metrics *metrics; /* may be null */
};

/* dns_callback - the answer; fact is borrowed for the call, never null */
typedef void dns_callback(void *ctx, const struct dnsfact *fact);

/*
 * dns_open - prepare; begins to find out whether validation works
 *
 * *out: yours, dns_close(). A finding says what to do: ECONF for a stub whose
 * server is not on loopback or that has no server, for DNS_DIRECT with another
 * number of servers than one, an address that is none;
 * ENOENT for a trust anchor that is not there; ESYS, ENOMEM. Does not wait.
 */
enum mtasts_err dns_open(const struct dns_conf *conf, struct dns **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * dns_check_conf - the findings of dns_open() about the configuration alone
 *
 * For "conf check" and for a daemon before it starts.
 */
void dns_check_conf(const struct dns_conf *conf, struct mtasts_diags *diags);

/*
 * dns_changed - would dns_open() find other servers, or another anchor file?
 *
 * "system" is looked up again; the anchor file is another one when its times or
 * size are. False when the configuration is of no use: then what is open is
 * the best there is.
 */
bool dns_changed(const struct dns *dns, const struct dns_conf *conf);

/* dns_close - cancel everything, release; null is fine */
void dns_close(struct dns *dns);

/*
 * dns_start - look up the records of a name
 *
 * name   A-labels, underscores allowed, no final dot; copied
 *
 * The callback comes once, from the loop, never before this returns, within
 * about timeout_ms. Null when memory is short. DNS_DIRECT: an answer that the
 * server does not give by its own authority (AA) is DNSFACT_SERVFAIL; a CNAME
 * whose target it does not hold is DNSFACT_NODATA, with the chain.
 */
struct dns_ask *dns_start(struct dns *dns, const char *name, enum dnstype type,
    dns_callback *cb, void *ctx);

/* dns_cancel - the callback will not come; null is fine, not after it came */
void dns_cancel(struct dns_ask *ask);

enum dns_validation {
	DNS_VALIDATION_OPEN = 0,
	DNS_VALIDATION_WORKS,
	DNS_VALIDATION_FAILS
};

/*
 * dns_validation - has validation been seen to work?
 *
 * DNS_VALIDATE: ". DNSKEY" came back secure (tried again every 30 s until it
 * does). DNS_STUB: any answer carried AD. Once it works it stays so. It fails
 * when answers come, but without proof; while none come at all it is open.
 * Until it works an error a minute says so, with the reason, and the gauge
 * mtasts_dns_validation_ok is 0.
 */
enum dns_validation dns_validation(const struct dns *dns);

/* dns_validation_tried - has the first look for it ended, whatever came? */
bool dns_validation_tried(const struct dns *dns);

#endif
