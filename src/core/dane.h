/*
 * dane - what DANE says of one MX host
 *
 * RFC 7672 section 2.2, RFC 6698. A pull machine: it asks for one lookup after
 * the other and is handed the answers; it opens no socket. Which verdict the
 * hosts of a domain give together is core/decide's matter.
 */
#ifndef MTASTS_CORE_DANE_H
#define MTASTS_CORE_DANE_H

#include "core/dnsfact.h"
#include "mtasts/dname.h"

enum dane_class {
	DANE_OPEN = 0, /* not found out yet */
	DANE_NONE, /* no secure TLSA records: DANE says nothing */
	DANE_USABLE, /* a secure RRset with a usable record */
	DANE_UNUSABLE, /* a secure RRset without one: TLS, unauthenticated */
	DANE_ERROR, /* a lookup failed: the host counts as unreachable */
	DANE_GONE /* it has no address: not counted */
};

/* dane_class_name - "none", "usable", "unusable", "error", "gone" */
const char *dane_class_name(enum dane_class c);

/* What a finished machine found. */
struct dane_result {
	enum dane_class dane;
	bool address_secure;
	unsigned usable, unusable; /* records of the RRset that counted */
	char base[254]; /* TLSA base domain that counted, or "" */
	char why[200]; /* for ERROR and UNUSABLE: a phrase, printable */
	uint32_t ttl_s; /* lowest of the answers, failed ones left out */
};

/* One host being found out. Plain data: copy it, drop it. */
struct dane_host {
	char name[254]; /* the MX name: A-labels, lower case */
	char expanded[254]; /* the end of its CNAMEs, when signed; or "" */
	unsigned port;
	uint8_t state; /* private */
	uint8_t due; /* private: questions that may begin */
	uint8_t pending; /* private: questions out */
	bool a_found, aaaa_found, a_failed, aaaa_failed;
	bool absent; /* an address lookup gave NXDOMAIN */
	bool cname, secure; /* of the address answer that counts */
	struct dane_result result;
};

/* dane_begin - start with the MX host's name and port (25); name is copied */
void dane_begin(struct dane_host *h, const char *name, unsigned port);

/* The next lookup. */
struct dane_question {
	enum dnstype type;
	char name[254 + 16]; /* "_25._tcp." and a name at most */
};

/*
 * dane_next - a lookup that may begin now
 *
 * False when none can: it is finished or waits for answers. A and AAAA are
 * asked together. A TLSA name over 253 bytes is never asked (no TLSA).
 */
bool dane_next(struct dane_host *h, struct dane_question *q);

/*
 * dane_answer - the answer to a lookup of dane_next()
 *
 * fact is borrowed for the call; fact->type tells which it was; one that was
 * not asked for changes nothing. An address type that failed does not count
 * while the other one has addresses; when it has none the host is in error,
 * but after an NXDOMAIN it is gone.
 */
void dane_answer(struct dane_host *h, const struct dnsfact *fact);

/* dane_done - the result is there */
bool dane_done(const struct dane_host *h);

/*
 * dane_tlsa_usable - can this record authenticate a mail server?
 *
 * Usage 2 or 3, selector 0 or 1, matching type 0, 1 or 2 with data of the
 * right length (RFC 7672 section 3.1; full data is not empty).
 */
bool dane_tlsa_usable(const struct dnsfact_record *record);

#endif
