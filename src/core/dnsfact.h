/*
 * dnsfact - what one DNS lookup told
 *
 * Facts only: io/dns finds them out, core/dnsmsg reads them from a message,
 * core/decide and core/dane draw conclusions. Insecure is not an error: an
 * unsigned answer may be used; bogus is a lookup that failed (RFC 7672
 * section 2.1.1).
 */
#ifndef MTASTS_CORE_DNSFACT_H
#define MTASTS_CORE_DNSFACT_H

#include "base/str.h"

/* Types as they are numbered in DNS. */
enum dnstype {
	DNSTYPE_A = 1,
	DNSTYPE_NS = 2,
	DNSTYPE_CNAME = 5,
	DNSTYPE_MX = 15,
	DNSTYPE_TXT = 16,
	DNSTYPE_AAAA = 28,
	DNSTYPE_DNSKEY = 48,
	DNSTYPE_TLSA = 52,
	DNSTYPE_CAA = 257
};

/* How a lookup ended. */
enum dnsfact_end {
	DNSFACT_FOUND = 0, /* there are records */
	DNSFACT_NODATA, /* the name is there, without records of this type */
	DNSFACT_NXDOMAIN,
	/* from here on: it failed, nothing is known */
	DNSFACT_BOGUS, /* DNSSEC validation failed */
	DNSFACT_SERVFAIL, /* SERVFAIL, REFUSED, no server reached */
	DNSFACT_TIMEOUT,
	DNSFACT_MALFORMED, /* a message that makes no sense */
	DNSFACT_ENDS
};

/* One record; which member holds depends on the type asked for. */
struct dnsfact_record {
	union {
		struct str txt; /* strings joined; any bytes */
		struct {
			const char *name; /* "": the root, as in a null MX */
			uint16_t preference;
		} mx;
		uint8_t ip[16]; /* A uses the first 4 */
		const char *cname; /* lower case, no final dot */
		const char *ns; /* the same */
		struct {
			struct str data; /* any bytes */
			uint8_t usage, selector, matching;
		} tlsa;
		struct {
			struct str tag, value; /* any bytes */
			uint8_t flags;
		} caa;
	};
};

#define DNSFACT_RECORDS_MAX 1000 /* of one answer; more are cut off */
#define DNSFACT_CNAMES_MAX  16 /* of one chain; a longer one failed */

/* An answer; one object, one free: dnsfact_free() by each who holds it. */
struct dnsfact {
	enum dnsfact_end end;
	enum dnstype type;
	bool secure; /* validated all the way, CNAMEs included */
	unsigned cnames; /* how many were followed */
	uint32_t ttl_s; /* lowest of the chain; SOA minimum for negatives */
	const char *canonical; /* the name at the chain's end: A-label form,
				* lower case, no final dot */
	const char *const *chain; /* the targets of the CNAMEs in their order,
				   * "cnames" of them, or null */
	size_t count;
	const struct dnsfact_record *records; /* in the answer's order */
	const char *why; /* a phrase when it failed, printable; else "" */
	struct arena *arena;
	unsigned holders; /* besides the first */
};

/*
 * dnsfact_same_mx - do two answers to MX name the same hosts, in any order?
 *
 * Without records they are the same when they ended alike.
 */
bool dnsfact_same_mx(const struct dnsfact *a, const struct dnsfact *b);

/* dnsfact_end_name - "found", "nodata", "nxdomain", "bogus", ... */
const char *dnsfact_end_name(enum dnsfact_end end);

/* dnsfact_failed - nothing is known: bogus, SERVFAIL, timeout, malformed */
static inline bool
dnsfact_failed(const struct dnsfact *fact)
{
	return fact->end >= DNSFACT_BOGUS;
}

/*
 * dnsfact_new_failed - a fact that a lookup failed
 *
 * name is the name asked for, why a phrase; both copied, why made printable
 * and cut at 200 bytes. Null when memory is short.
 */
struct dnsfact *dnsfact_new_failed(
    const char *name, enum dnstype type, enum dnsfact_end end, const char *why);

/*
 * dnsfact_hold - keep a fact that was lent: one more dnsfact_free()
 *
 * Null when it cannot be kept, since memory was short when it was made. Holders
 * belong to one thread.
 */
struct dnsfact *dnsfact_hold(const struct dnsfact *fact);

/* dnsfact_free - give up ownership; null is fine */
void dnsfact_free(struct dnsfact *fact);

/* dnstype_name - "TXT"; "TYPE99" is never needed: unknown ones are "?" */
const char *dnstype_name(enum dnstype type);

#endif
