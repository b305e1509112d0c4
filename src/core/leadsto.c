/*
 * leadsto.c - the addresses of a policy host beside those that are ours
 *
 * Opens nothing; must not know who asks, nor what follows from the answer.
 */
#include "core/leadsto.h"

enum mtasts_err
leadsto_read(const struct settings *merged, const char *host, struct arena *a,
    struct leadsto *out)
{
	size_t count = merged->addresses.count;
	struct ipnet_addr *list = arena_zalloc(a, count + 1, sizeof(*list));
	bool delegated =
	    merged->delegate != NULL && merged->delegate[0] != '\0';
	const char *name = delegated ? merged->delegate : merged->host;
	struct leadsto to = { .our_host = "" };

	if (name != NULL && strcmp(name, host) != 0)
		to.our_host = arena_dup(a, str_of(name));
	if (list == NULL || to.our_host == NULL)
		return MTASTS_ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (ipnet_addr_parse(
			str_of(merged->addresses.v[i]), &list[to.our_count]))
			to.our_count++;
	to.ours = list;
	*out = to;
	return MTASTS_OK;
}

struct ipnet_addr
leadsto_address(const struct dnsfact *fact, size_t n)
{
	struct ipnet_addr addr;

	if (fact->type == DNSTYPE_A)
		return ipnet_addr_v4(fact->records[n].ip);
	memcpy(addr.b, fact->records[n].ip, sizeof(addr.b));
	return addr;
}

/* has_address - is it among those of a fact? */
static bool
has_address(const struct dnsfact *fact, const struct ipnet_addr *addr)
{
	if (fact == NULL || fact->end != DNSFACT_FOUND)
		return false;
	for (size_t i = 0; i < fact->count; i++) {
		struct ipnet_addr one = leadsto_address(fact, i);

		if (memcmp(one.b, addr->b, sizeof(one.b)) == 0)
			return true;
	}
	return false;
}

/* is_ours - is the address one that we say is ours? */
static bool
is_ours(const struct leadsto *to, const struct leadsto_facts *facts,
    const struct ipnet_addr *addr)
{
	for (size_t i = 0; i < to->our_count; i++)
		if (memcmp(to->ours[i].b, addr->b, sizeof(addr->b)) == 0)
			return true;
	return has_address(facts->our_a, addr) ||
	    has_address(facts->our_aaaa, addr);
}

/* leads_over - do the CNAMEs of an answer lead over this name? */
static bool
leads_over(const struct dnsfact *fact, const char *name)
{
	if (name[0] == '\0' || fact->chain == NULL)
		return false;
	for (unsigned i = 0; i < fact->cnames; i++)
		if (strcmp(fact->chain[i], name) == 0)
			return true;
	return false;
}

/* find_strange - an address that is not ours, as text; false: none */
static bool
find_strange(const struct leadsto *to, const struct leadsto_facts *facts,
    const struct dnsfact *fact, char text[IPNET_TEXT_LEN])
{
	if (fact->end != DNSFACT_FOUND || leads_over(fact, to->our_host))
		return false;
	for (size_t i = 0; i < fact->count; i++) {
		struct ipnet_addr addr = leadsto_address(fact, i);

		if (!is_ours(to, facts, &addr)) {
			ipnet_addr_text(&addr, text);
			return true;
		}
	}
	return false;
}

/* failed - was a lookup that counts of no use? */
static bool
failed(const struct dnsfact *fact)
{
	return fact == NULL || dnsfact_failed(fact);
}

enum leadsto_end
leadsto_judge(const struct leadsto *to, const struct leadsto_facts *facts,
    char strange[IPNET_TEXT_LEN])
{
	bool host = to->our_host[0] != '\0';

	strange[0] = '\0';
	if (failed(facts->a) || failed(facts->aaaa) ||
	    (host && (failed(facts->our_a) || failed(facts->our_aaaa))))
		return LEADSTO_FAILED;
	if (!host && to->our_count == 0)
		return LEADSTO_NO_TARGET;
	if (facts->a->end != DNSFACT_FOUND && facts->aaaa->end != DNSFACT_FOUND)
		return LEADSTO_NO_ADDRESS;
	if (find_strange(to, facts, facts->a, strange) ||
	    find_strange(to, facts, facts->aaaa, strange))
		return LEADSTO_ELSEWHERE;
	return LEADSTO_US;
}
