/*
 * httpd_peer - whose connection is it, and how many has he?
 *
 * Addresses are kept as IPv6, with IPv4 mapped into it. One customer of an
 * IPv6 provider has a /64 at least, so a /64 counts as one address. Proxies of
 * ours are not limited themselves; what they forward counts for the address
 * they name. The only lock that workers share.
 */
#include "io/httpd.h"

#include "base/arena.h"
#include "base/diag.h"
#include "io/httpd_int.h"

#include <netinet/in.h>
#include <sys/random.h>

enum mtasts_err
httpd_peer_open(struct peers *p)
{
	uint64_t seed[2];

	if (getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
		return MTASTS_ESYS;
	map_init(&p->map, seed);
	pthread_mutex_init(&p->lock, NULL);
	return MTASTS_OK;
}

void
httpd_peer_close(struct peers *p)
{
	size_t pos = 0;
	struct str key;
	void *count;

	while (map_next(&p->map, &pos, &key, &count)) {
		map_del(&p->map, key);
		mem_free(count);
	}
	map_free(&p->map);
	pthread_mutex_destroy(&p->lock);
}

bool
httpd_peer_of(const struct sockaddr_storage *sa, struct ipnet_addr *out)
{
	if (sa->ss_family == AF_INET6) {
		memcpy(out->b, &((const struct sockaddr_in6 *)sa)->sin6_addr,
		    sizeof(out->b));
		return true;
	}
	if (sa->ss_family != AF_INET)
		return false;
	*out = ipnet_addr_v4(
	    (const uint8_t *)&((const struct sockaddr_in *)sa)->sin_addr);
	return true;
}

bool
httpd_peer_trusted(const struct limits *limits, const struct ipnet_addr *addr)
{
	size_t i;

	for (i = 0; i < limits->trusted_count; i++)
		if (ipnet_has(&limits->trusted[i], addr))
			return true;
	return false;
}

/* parse_item - "1.2.3.4", "1.2.3.4:80", "::1", "[::1]", "[::1]:80" */
static bool
parse_item(struct str s, struct ipnet_addr *out)
{
	struct str addr, port;

	if (s.len > 0 && s.p[0] == '[') {
		str_cut(str_sub(s, 1, s.len), ']', &addr, &port);
		return ipnet_addr_parse(addr, out);
	}
	if (ipnet_addr_parse(s, out))
		return true;
	return str_cut(s, ':', &addr, &port) && ipnet_addr_parse(addr, out);
}

bool
httpd_peer_forwarded(
    const struct limits *limits, struct str list, struct ipnet_addr *out)
{
	struct ipnet_addr addr;
	bool found = false;
	size_t from;

	/* From the right: each proxy appended whom it talked to. */
	while (list.len > 0) {
		from = list.len;
		while (from > 0 && list.p[from - 1] != ',')
			from--;
		if (!parse_item(str_trim(str_sub(list, from, list.len)), &addr))
			return found;
		*out = addr;
		found = true;
		if (!httpd_peer_trusted(limits, out))
			return true;
		list = str_sub(list, 0, from > 0 ? from - 1 : 0);
	}
	return found;
}

/* count_key - the part of an address that counts */
static struct ipnet_addr
count_key(const struct ipnet_addr *addr)
{
	struct ipnet_addr key = *addr;

	if (!ipnet_addr_is_v4(addr))
		memset(key.b + 8, 0, 8);
	return key;
}

/* key_str - the key as the map wants it */
static struct str
key_str(const struct ipnet_addr *key)
{
	return str_make((const char *)key->b, sizeof(key->b));
}

/* take - with the lock held */
static bool
take(struct peers *p, unsigned max, const struct ipnet_addr *addr,
    struct peer_count **out)
{
	struct ipnet_addr key = count_key(addr);
	struct peer_count *count = map_get(&p->map, key_str(&key));

	if (count == NULL) {
		count = mem_zalloc(1, sizeof(*count));
		if (count == NULL)
			return false;
		count->key = key;
		if (map_put(&p->map, key_str(&count->key), count, NULL) !=
		    MTASTS_OK) {
			mem_free(count);
			return false;
		}
	}
	if (count->n >= max)
		return false;
	count->n++;
	*out = count;
	return true;
}

/* drop - with the lock held */
static void
drop(struct peers *p, struct peer_count *count)
{
	if (--count->n > 0)
		return;
	map_del(&p->map, key_str(&count->key));
	mem_free(count);
}

bool
httpd_peer_take(struct peers *p, unsigned max, const struct ipnet_addr *addr,
    struct peer_count **out)
{
	bool ok;

	*out = NULL;
	if (max == 0)
		return true;
	pthread_mutex_lock(&p->lock);
	ok = take(p, max, addr, out);
	pthread_mutex_unlock(&p->lock);
	return ok;
}

bool
httpd_peer_move(struct peers *p, unsigned max, const struct ipnet_addr *addr,
    struct peer_count **counted)
{
	struct ipnet_addr key = count_key(addr);
	struct peer_count *old = *counted;
	bool ok;

	if (max == 0)
		return true;
	/* A client behind a proxy often asks twice in a row. */
	if (old != NULL && memcmp(&old->key, &key, sizeof(key)) == 0)
		return true;
	*counted = NULL;
	pthread_mutex_lock(&p->lock);
	if (old != NULL)
		drop(p, old);
	ok = take(p, max, addr, counted);
	pthread_mutex_unlock(&p->lock);
	return ok;
}

void
httpd_peer_drop(struct peers *p, struct peer_count *count)
{
	if (count == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	drop(p, count);
	pthread_mutex_unlock(&p->lock);
}
