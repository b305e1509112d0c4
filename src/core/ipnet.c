/*
 * ipnet - addresses and networks of both families as one kind of number
 *
 * RFC 4291 section 2.5.5.2 (IPv4 mapped into IPv6). What a network is good for
 * is not known here.
 */
#include "core/ipnet.h"

#include <arpa/inet.h>

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

struct ipnet_addr
ipnet_addr_v4(const uint8_t b[4])
{
	struct ipnet_addr addr;

	memcpy(addr.b, mapped, sizeof(mapped));
	memcpy(addr.b + sizeof(mapped), b, 4);
	return addr;
}

bool
ipnet_addr_is_v4(const struct ipnet_addr *addr)
{
	return memcmp(addr->b, mapped, sizeof(mapped)) == 0;
}

bool
ipnet_addr_parse(struct str s, struct ipnet_addr *out)
{
	char text[IPNET_TEXT_LEN];
	uint8_t v4[4];

	if (s.len == 0 || s.len >= sizeof(text) || memchr(s.p, '\0', s.len))
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	if (inet_pton(AF_INET6, text, out->b) == 1)
		return true;
	if (inet_pton(AF_INET, text, v4) != 1)
		return false;
	*out = ipnet_addr_v4(v4);
	return true;
}

const char *
ipnet_addr_text(const struct ipnet_addr *addr, char out[IPNET_TEXT_LEN])
{
	bool v4 = ipnet_addr_is_v4(addr);

	/* The room is enough for both families: it cannot fail. */
	return inet_ntop(v4 ? AF_INET : AF_INET6,
	    v4 ? addr->b + sizeof(mapped) : addr->b, out, IPNET_TEXT_LEN);
}

bool
ipnet_parse(struct str s, struct ipnet *out)
{
	struct ipnet net;
	struct str addr, bits;
	bool cut = str_cut(s, '/', &addr, &bits);
	bool v4 = str_chr(addr, ':') == addr.len;
	uint64_t n = v4 ? 32 : 128;

	if (!ipnet_addr_parse(addr, &net.addr) ||
	    (cut && !str_u64(bits, n, &n)))
		return false;
	net.bits = (unsigned)n + (v4 ? 96 : 0);
	*out = net;
	return true;
}

bool
ipnet_has(const struct ipnet *net, const struct ipnet_addr *addr)
{
	unsigned bytes = net->bits / 8, rest = net->bits % 8;
	unsigned mask = (0xff00u >> rest) & 0xff;

	if (memcmp(net->addr.b, addr->b, bytes) != 0)
		return false;
	return rest == 0 || ((net->addr.b[bytes] ^ addr->b[bytes]) & mask) == 0;
}
