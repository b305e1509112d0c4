/*
 * dnsupdate - records of a zone replaced by its primary server, or not at all
 *
 * RFC 2136 with TSIG (RFC 8945), over TCP, beside the loop. One message says
 * what must be there and what is to be there instead, so that nobody's change
 * in between is lost. Few connections to each server, kept for a while and
 * shared by all who write there.
 */
#ifndef MTASTS_IO_DNSUPDATE_H
#define MTASTS_IO_DNSUPDATE_H

#include "core/ipnet.h"
#include "io/dnschange.h"
#include "io/loop.h"
#include "io/tsigkey.h"

struct dnsupdate;
struct dnsupdate_job;

/* Who wants what; all borrowed until the callback came, or the cancel. */
struct dnsupdate_want {
	struct ipnet_addr addr; /* of the primary server */
	unsigned port;
	const struct tsigkey *key;
	const char *zone;
	const struct dnschange *sets;
	size_t count;
	int64_t timeout_ms;
};

/* dnsupdate_open - nothing is connected yet. *out: dnsupdate_close(); ENOMEM */
enum mtasts_err dnsupdate_open(
    struct loop *loop, struct dnsupdate **out) MTASTS_MUST_CHECK;

/* dnsupdate_close - cancel everything, release; null is fine */
void dnsupdate_close(struct dnsupdate *u);

/*
 * dnsupdate_start - have it done
 *
 * The callback comes once, from the loop, never before this returns, within
 * timeout_ms. Null when memory is short.
 */
struct dnsupdate_job *dnsupdate_start(struct dnsupdate *u,
    const struct dnsupdate_want *want, dnschange_callback *cb, void *ctx);

/* dnsupdate_cancel - the callback will not come; null is fine */
void dnsupdate_cancel(struct dnsupdate_job *job);

#endif
