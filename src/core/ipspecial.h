/*
 * ipspecial - addresses that strangers must not send us to
 *
 * Whoever receives mail names the addresses that we connect to. Without this
 * table he could have us knock at services of our own network (RFC 8461
 * section 10). Sources: RFC 6890 and IANA's registries.
 */
#ifndef MTASTS_CORE_IPSPECIAL_H
#define MTASTS_CORE_IPSPECIAL_H

#include "core/ipnet.h"

/* Networks that may be asked although they are special. */
struct ipspecial_allowed {
	const struct ipnet *v;
	size_t count;
	bool all;
};

/*
 * ipspecial_refused - why an address is not asked; null: it may be
 *
 * "a loopback address", ... What IPv6 carries of IPv4 (mapped, NAT64, 6to4) is
 * judged as IPv4. Static text.
 */
const char *ipspecial_refused(
    const struct ipnet_addr *addr, const struct ipspecial_allowed *allowed);

#endif
