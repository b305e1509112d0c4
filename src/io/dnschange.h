/*
 * dnschange - records that become others, and how writing them ended
 *
 * What the three ways into DNS have in common: io/dnsupdate, io/pdnsapi,
 * io/pushhook.
 */
#ifndef MTASTS_IO_DNSCHANGE_H
#define MTASTS_IO_DNSCHANGE_H

#include "core/dnsfact.h"

/* All records of one name and type: what they are, and what they become. */
struct dnschange {
	const char *name; /* A-labels, no final dot */
	enum dnstype type; /* A, AAAA, CNAME or TXT */
	uint32_t ttl_s;
	/* Addresses, names or texts; none: there are no such records. */
	const struct str *old, *new_;
	size_t old_count, new_count;
};

enum dnschange_end {
	DNSCHANGE_DONE = 0,
	DNSCHANGE_CHANGED, /* what must be there is not */
	DNSCHANGE_BAD_KEY, /* the server does not know it, or another secret */
	DNSCHANGE_BAD_TIME, /* the clocks differ */
	DNSCHANGE_NOT_AUTH, /* not its zone, or not this key's */
	DNSCHANGE_REFUSED,
	DNSCHANGE_FAILED, /* SERVFAIL, NOTIMP and whatever else */
	DNSCHANGE_UNSIGNED, /* an answer that anybody could have sent */
	DNSCHANGE_TIMEOUT, /* it may have been done */
	DNSCHANGE_UNREACHABLE,
	DNSCHANGE_ENDS
};

/* dnschange_end_name - "done", "changed", "bad-key", ... */
const char *dnschange_end_name(enum dnschange_end end);

/* dnschange_end_text - what the server said, a clause without subject */
const char *dnschange_end_text(enum dnschange_end end);

/* dnschange_end_fix - what to do next, a sentence; "" for done */
const char *dnschange_end_fix(enum dnschange_end end);

/*
 * dnschange_callback - writing has ended
 *
 * why: what the other side said of it, printable, or "". Borrowed.
 */
typedef void dnschange_callback(
    void *ctx, enum dnschange_end end, const char *why);

#endif
