/*
 * leadsto - does the name of a policy host lead to us?
 *
 * RFC 8461 section 3.3: senders go where the addresses of mta-sts.D are. Which
 * ours are say the settings: addresses, or the addresses of a host, that of a
 * delegate going before. Pure: who wants to know asks DNS.
 */
#ifndef MTASTS_CORE_LEADSTO_H
#define MTASTS_CORE_LEADSTO_H

#include "core/dnsfact.h"
#include "core/ipnet.h"
#include "core/settings.h"

/* Where a name should lead. */
struct leadsto {
	const char *our_host; /* whose addresses are ours; or "" */
	const struct ipnet_addr *ours; /* addresses that are, besides */
	size_t our_count;
};

/*
 * leadsto_read - what the settings of a domain say; strings in the arena
 *
 * host  the policy host; one that is its own target says nothing
 */
enum mtasts_err leadsto_read(const struct settings *merged, const char *host,
    struct arena *a, struct leadsto *out) MTASTS_MUST_CHECK;

/* What DNS said; all borrowed. Null is a lookup that could not be made. */
struct leadsto_facts {
	const struct dnsfact *a, *aaaa; /* of the policy host */
	const struct dnsfact *our_a, *our_aaaa; /* unused without our_host */
};

enum leadsto_end {
	LEADSTO_US = 0,
	LEADSTO_NO_TARGET, /* nothing says which addresses are ours */
	LEADSTO_NO_ADDRESS, /* the policy host has none */
	LEADSTO_ELSEWHERE, /* it has one that is not ours */
	LEADSTO_FAILED /* a lookup failed: nothing is known */
};

/*
 * leadsto_judge - compare
 *
 * strange  the address that is not ours, as text; "" otherwise
 */
enum leadsto_end leadsto_judge(const struct leadsto *to,
    const struct leadsto_facts *facts, char strange[IPNET_TEXT_LEN]);

/* leadsto_address - the n-th record of a fact on A or AAAA, as an address */
struct ipnet_addr leadsto_address(const struct dnsfact *fact, size_t n);

#endif
