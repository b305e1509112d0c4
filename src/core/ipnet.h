/*
 * ipnet - addresses and networks of both families as one kind of number
 *
 * An address is 16 bytes as in IPv6; IPv4 is mapped into it (::ffff:0:0/96), so
 * that one comparison serves both, and an IPv4 address that arrives as IPv6
 * text is the same address.
 */
#ifndef MTASTS_CORE_IPNET_H
#define MTASTS_CORE_IPNET_H

#include "base/str.h"

#define IPNET_TEXT_LEN 48 /* bytes of an address as text, NUL included */

struct ipnet_addr {
	uint8_t b[16];
};

struct ipnet {
	struct ipnet_addr addr;
	unsigned bits; /* of the 128 that must agree */
};

/* ipnet_addr_v4 - from the four bytes of an IPv4 address */
struct ipnet_addr ipnet_addr_v4(const uint8_t b[4]);

/* ipnet_addr_is_v4 - is it an IPv4 address, mapped? */
bool ipnet_addr_is_v4(const struct ipnet_addr *addr);

/* ipnet_addr_parse - "192.0.2.1", "2001:db8::1"; false for others */
bool ipnet_addr_parse(struct str s, struct ipnet_addr *out);

/* ipnet_addr_text - IPv4 as IPv4; fills and returns out */
const char *ipnet_addr_text(
    const struct ipnet_addr *addr, char out[IPNET_TEXT_LEN]);

/*
 * ipnet_parse - an address, or "192.0.2.0/24", "2001:db8::/32"
 *
 * Bits behind the prefix do not matter. False for others.
 */
bool ipnet_parse(struct str s, struct ipnet *out);

/* ipnet_has - is the address within the network? */
bool ipnet_has(const struct ipnet *net, const struct ipnet_addr *addr);

#endif
