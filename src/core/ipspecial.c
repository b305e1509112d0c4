/*
 * ipspecial - addresses that strangers must not send us to
 *
 * A table of blocks and how to look into it. RFC 8461 section 10 leaves it to
 * implementations. Sources: RFC 6890 and IANA's registries of special-purpose
 * addresses. Knows no name and no socket.
 */
#include "core/ipspecial.h"

/* One block; bits count from the first byte of that family's address. */
struct block {
	uint8_t b[16];
	uint8_t bits;
	const char *what;
};

/* The first that fits counts. */
static const struct block v4_blocks[] = {
	{ { 0 }, 8, "an address of \"this network\"" },
	{ { 10 }, 8, "a private address" },
	{ { 100, 64 }, 10, "a private address of a provider" },
	{ { 127 }, 8, "a loopback address" },
	{ { 169, 254 }, 16, "a link-local address" },
	{ { 172, 16 }, 12, "a private address" },
	{ { 192, 0, 0 }, 24, "an address for protocols" },
	{ { 192, 0, 2 }, 24, "an address for documentation" },
	{ { 192, 88, 99 }, 24, "an address of old relays" },
	{ { 192, 168 }, 16, "a private address" },
	{ { 198, 18 }, 15, "an address for benchmarks" },
	{ { 198, 51, 100 }, 24, "an address for documentation" },
	{ { 203, 0, 113 }, 24, "an address for documentation" },
	{ { 224 }, 4, "a multicast address" },
	{ { 240 }, 4, "a reserved address" },
};
static const struct block v6_blocks[] = {
	{ { 0 }, 128, "the unspecified address" },
	{ { [15] = 1 }, 128, "the loopback address" },
	{ { 0xfc }, 7, "a private address" },
	{ { 0xfe, 0x80 }, 10, "a link-local address" },
	{ { 0xfe, 0xc0 }, 10, "a site-local address" },
	{ { 0xff }, 8, "a multicast address" },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, "an address for documentation" },
	{ { 0x3f, 0xff }, 20, "an address for documentation" },
	{ { 0x20, 0x01 }, 23, "an address for protocols" },
};

/* agree - do the first bits? */
static bool
agree(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;
	unsigned mask = (0xff00u >> rest) & 0xff;

	return memcmp(a, b, bytes) == 0 &&
	    (rest == 0 || ((a[bytes] ^ b[bytes]) & mask) == 0);
}

/* find - what the first block that fits is, or null */
static const char *
find(const struct block *v, size_t count, const uint8_t *addr)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (agree(v[i].b, addr, v[i].bits))
			return v[i].what;
	return NULL;
}

/* carried - the IPv4 address in a NAT64 or 6to4 one; null: it is none */
static const uint8_t *
carried(const struct ipnet_addr *addr)
{
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const uint8_t six_to_four[2] = { 0x20, 0x02 };

	if (memcmp(addr->b, nat64, sizeof(nat64)) == 0)
		return addr->b + 12;
	if (memcmp(addr->b, six_to_four, sizeof(six_to_four)) == 0)
		return addr->b + 2;
	return NULL;
}

/* is_allowed - by the configuration */
static bool
is_allowed(
    const struct ipnet_addr *addr, const struct ipspecial_allowed *allowed)
{
	size_t i;

	for (i = 0; i < allowed->count; i++)
		if (ipnet_has(&allowed->v[i], addr))
			return true;
	return allowed->all;
}

const char *
ipspecial_refused(
    const struct ipnet_addr *addr, const struct ipspecial_allowed *allowed)
{
	const uint8_t *v4 = carried(addr);
	struct ipnet_addr inner;
	const char *what;

	if (is_allowed(addr, allowed))
		return NULL;
	if (v4 != NULL) {
		inner = ipnet_addr_v4(v4);
		return ipspecial_refused(&inner, allowed);
	}
	if (ipnet_addr_is_v4(addr))
		return find(v4_blocks, sizeof(v4_blocks) / sizeof(*v4_blocks),
		    addr->b + 12);
	what = find(v6_blocks, sizeof(v6_blocks) / sizeof(*v6_blocks), addr->b);
	/* 2000::/3 is all that was ever given out for the public network. */
	if (what == NULL && (addr->b[0] & 0xe0) != 0x20)
		what = "no address of the public network";
	return what;
}
