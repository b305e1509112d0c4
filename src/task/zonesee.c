/*
 * zonesee.c - the zone that holds a name, and all its authoritative servers
 *
 * Must not know what the servers are asked. A find climbs, then either has the
 * zone from memory or becomes the one that looks up the servers' addresses;
 * others that come to the same zone meanwhile look them up again, which is
 * seldom and does no harm.
 */
#include "task/zonesee.h"

#include "base/arena.h"
#include "base/map.h"
#include "io/dial.h"

#include <stdio.h>
#include <sys/queue.h>

#define REMEMBER_MS 60000
#define SERVERS_MAX 64 /* addresses of one zone */
#define NAMES_MAX   32 /* of servers */
#define SWEEP_AT    64 /* zones; from then on old ones are looked for */
#define ARENA_MAX   (1u << 20)
#define STUB_ASKS   32 /* questions at once to one server */
#define WHY_MAX	    400

struct kept {
	struct zonesee_zone zone; /* first, so that it is found again */
	struct arena *arena;
	int64_t until_ms;
	unsigned users;
	struct zonesee_server servers[SERVERS_MAX];
};

struct zonesee {
	struct zonesee_conf conf;
	struct map zones; /* struct kept, by apex */
	struct map stubs; /* struct zonesee_stub, by address and port */
	LIST_HEAD(, zonesee_find) finds;
};

/* The address lookup of one server. */
struct ns {
	struct zonesee_find *find;
	char name[256];
	struct dns_ask *ask[2]; /* A, AAAA */
	bool found;
};

struct zonesee_find {
	LIST_ENTRY(zonesee_find) link;
	struct zonesee *see;
	zonesee_callback *cb;
	void *ctx;
	char name[256];
	const char *at; /* of it: whose NS records are asked for */
	struct dns_ask *ask;
	struct ns *ns; /* with NAMES_MAX of them, from the apex on */
	size_t ns_count;
	unsigned pending;
	struct kept *zone; /* being made */
};

enum zonesee_climb
zonesee_climb(const char **name, const struct dnsfact *fact)
{
	const char *dot;

	/* An alias has no NS records of its own. */
	if (fact->end == DNSFACT_FOUND && fact->cnames == 0)
		return ZONESEE_FOUND;
	/* Asked above a zone that fails, others would be blamed. */
	if (dnsfact_failed(fact) && (*name)[0] != '_')
		return ZONESEE_FAILED;
	dot = strchr(*name, '.');
	if (dot == NULL || strchr(dot + 1, '.') == NULL)
		return ZONESEE_FAILED;
	*name = dot + 1;
	return ZONESEE_UP;
}

/* ---- servers ---- */

/* stub_key - of the table */
static struct str
stub_key(const struct zonesee_stub *stub)
{
	return str_make((const char *)stub,
	    offsetof(struct zonesee_stub, port) + sizeof(stub->port));
}

/* stub_open - a way to ask one server */
static enum mtasts_err
stub_open(struct zonesee *see, struct zonesee_stub *stub)
{
	char where[IPNET_TEXT_LEN + 10];
	const char *server = where;
	struct dns_conf conf = { .backend = DNS_DIRECT,
		.server = { &server, 1 },
		.timeout_ms = see->conf.timeout_ms,
		.max_asks = STUB_ASKS,
		.loop = see->conf.loop };

	ipnet_addr_text(&stub->addr, stub->text);
	snprintf(where, sizeof(where),
	    ipnet_addr_is_v4(&stub->addr) ? "%s:%u" : "[%s]:%u", stub->text,
	    stub->port);
	return dns_open(&conf, &stub->dns, NULL);
}

struct zonesee_stub *
zonesee_stub(struct zonesee *see, const struct ipnet_addr *addr, unsigned port)
{
	struct zonesee_stub key = { .addr = *addr, .port = port };
	struct zonesee_stub *stub = map_get(&see->stubs, stub_key(&key));

	if (stub != NULL) {
		stub->users++;
		return stub;
	}
	stub = mem_zalloc(1, sizeof(*stub));
	if (stub == NULL)
		return NULL;
	stub->addr = *addr;
	stub->port = port;
	stub->users = 1;
	if (stub_open(see, stub) != MTASTS_OK ||
	    map_put(&see->stubs, stub_key(stub), stub, NULL) != MTASTS_OK) {
		dns_close(stub->dns);
		mem_free(stub);
		return NULL;
	}
	return stub;
}

void
zonesee_leave_stub(struct zonesee *see, struct zonesee_stub *stub)
{
	if (stub == NULL || --stub->users > 0)
		return;
	map_del(&see->stubs, stub_key(stub));
	dns_close(stub->dns);
	mem_free(stub);
}

/* ---- zones ---- */

/* kept_free - forget a zone that is in no table */
static void
kept_free(struct zonesee *see, struct kept *k)
{
	for (size_t i = 0; i < k->zone.count; i++)
		zonesee_leave_stub(see, k->servers[i].stub);
	arena_free(k->arena);
}

/* kept_new - a zone without servers; null: no memory */
static struct kept *
kept_new(const char *apex)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct kept *k = a != NULL ? arena_alloc(a, sizeof(*k)) : NULL;

	if (k != NULL) {
		k->arena = a;
		k->zone.apex = arena_dup(a, str_of(apex));
		k->zone.servers = k->servers;
	}
	if (k == NULL || k->zone.apex == NULL) {
		arena_free(a);
		return NULL;
	}
	return k;
}

/* sweep - forget zones that are old and not in use */
static void
sweep(struct zonesee *see)
{
	int64_t now_ms = loop_now_ms();
	size_t pos = 0;
	struct str key;
	void *value;

	if (see->zones.count < SWEEP_AT)
		return;
	while (map_next(&see->zones, &pos, &key, &value)) {
		struct kept *k = value;

		if (k->users > 0 || k->until_ms > now_ms)
			continue;
		map_del(&see->zones, key);
		kept_free(see, k);
	}
}

/* remember - a zone is complete; it lives on until nobody needs it */
static void
remember(struct zonesee *see, struct kept *k)
{
	void *old = NULL;

	sweep(see);
	k->until_ms = loop_now_ms() + REMEMBER_MS;
	if (map_put(&see->zones, str_of(k->zone.apex), k, &old) != MTASTS_OK) {
		k->until_ms = -1;
		return;
	}
	if (old == NULL)
		return;
	/* Whoever uses the old one releases it. */
	((struct kept *)old)->until_ms = -1;
	if (((struct kept *)old)->users == 0)
		kept_free(see, old);
}

void
zonesee_leave(struct zonesee *see, const struct zonesee_zone *zone)
{
	struct kept *k = (struct kept *)zone;

	if (k != NULL && --k->users == 0 && k->until_ms < 0)
		kept_free(see, k);
}

/* ---- finding ---- */

/* find_free - with all its questions */
static void
find_free(struct zonesee_find *f)
{
	LIST_REMOVE(f, link);
	dns_cancel(f->ask);
	for (size_t i = 0; i < f->ns_count; i++) {
		dns_cancel(f->ns[i].ask[0]);
		dns_cancel(f->ns[i].ask[1]);
	}
	if (f->zone != NULL)
		kept_free(f->see, f->zone);
	mem_free(f->ns);
	mem_free(f);
}

/* finish - tell; zone is lent for the time until it is left */
static void
finish(struct zonesee_find *f, struct kept *zone, const char *why)
{
	zonesee_callback *cb = f->cb;
	void *ctx = f->ctx;
	char said[WHY_MAX];

	snprintf(said, sizeof(said), "%s", why);
	find_free(f);
	if (zone != NULL)
		zone->users++;
	cb(ctx, zone != NULL ? &zone->zone : NULL, said);
}

/* add_server - an address of a server, or none; false: no memory */
static bool
add_server(
    struct zonesee_find *f, const char *name, const struct ipnet_addr *addr)
{
	struct kept *k = f->zone;
	struct zonesee_server *s;

	if (k->zone.count == SERVERS_MAX)
		return true;
	s = &k->servers[k->zone.count];
	s->name = arena_dup(k->arena, str_of(name));
	s->stub = NULL;
	if (s->name == NULL)
		return false;
	if (addr != NULL) {
		s->stub = zonesee_stub(f->see, addr, f->see->conf.dns_port);
		if (s->stub == NULL)
			return false;
	}
	k->zone.count++;
	return true;
}

/* finish_zone - all addresses are known */
static void
finish_zone(struct zonesee_find *f)
{
	struct kept *k = f->zone;
	bool good = true;

	/* One without an address is a server that cannot be asked. */
	for (size_t i = 0; i < f->ns_count; i++)
		if (!f->ns[i].found)
			good &= add_server(f, f->ns[i].name, NULL);
	if (!good || k->zone.count == 0) {
		finish(f, NULL, "memory is short");
		return;
	}
	f->zone = NULL;
	k->users++;
	remember(f->see, k);
	k->users--;
	finish(f, k, "");
}

/* on_address - of one server, one family */
static void
on_address(struct ns *ns, unsigned family, const struct dnsfact *fact)
{
	struct zonesee_find *f = ns->find;
	struct ipnet_addr addr;
	bool good = true;

	ns->ask[family] = NULL;
	for (size_t i = 0; fact->end == DNSFACT_FOUND && i < fact->count; i++) {
		if (family == 0)
			addr = ipnet_addr_v4(fact->records[i].ip);
		else
			memcpy(addr.b, fact->records[i].ip, sizeof(addr.b));
		/* Where this machine has no way, nothing can be asked. */
		if (family == 1 && !dial_has_way(&addr))
			continue;
		ns->found = true;
		good &= add_server(f, ns->name, &addr);
	}
	if (!good) {
		finish(f, NULL, "memory is short");
		return;
	}
	if (--f->pending == 0)
		finish_zone(f);
}

/* on_a - its IPv4 addresses */
static void
on_a(void *ctx, const struct dnsfact *fact)
{
	on_address(ctx, 0, fact);
}

/* on_aaaa - its IPv6 addresses */
static void
on_aaaa(void *ctx, const struct dnsfact *fact)
{
	on_address(ctx, 1, fact);
}

/* ask_addresses - of all servers of the zone; false: no memory */
static bool
ask_addresses(struct zonesee_find *f, const struct dnsfact *fact)
{
	size_t count = fact->count < NAMES_MAX ? fact->count : NAMES_MAX;

	f->zone = kept_new(f->at);
	f->ns = mem_zalloc(count, sizeof(*f->ns));
	if (f->zone == NULL || f->ns == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct ns *ns = &f->ns[f->ns_count++];

		ns->find = f;
		snprintf(ns->name, sizeof(ns->name), "%s", fact->records[i].ns);
		ns->ask[0] =
		    dns_start(f->see->conf.dns, ns->name, DNSTYPE_A, on_a, ns);
		ns->ask[1] = dns_start(
		    f->see->conf.dns, ns->name, DNSTYPE_AAAA, on_aaaa, ns);
		if (ns->ask[0] == NULL || ns->ask[1] == NULL)
			return false;
		f->pending += 2;
	}
	return true;
}

/* found - the name is a zone: from memory, or its servers are looked up */
static void
found(struct zonesee_find *f, const struct dnsfact *fact)
{
	struct kept *k = map_get(&f->see->zones, str_of(f->at));

	if (k != NULL && k->until_ms > loop_now_ms())
		finish(f, k, "");
	else if (!ask_addresses(f, fact))
		finish(f, NULL, "memory is short");
}

/* fail - there is no way to the zone */
static void
fail(struct zonesee_find *f, const struct dnsfact *fact)
{
	char why[WHY_MAX];

	if (dnsfact_failed(fact))
		snprintf(why, sizeof(why),
		    "the lookup of the name servers of %s failed (%s)", f->at,
		    fact->why[0] != '\0' ? fact->why
					 : dnsfact_end_name(fact->end));
	else
		snprintf(why, sizeof(why), "no zone in DNS holds %s", f->name);
	finish(f, NULL, why);
}

/* on_ns - the NS records of a name */
static void
on_ns(void *ctx, const struct dnsfact *fact)
{
	struct zonesee_find *f = ctx;

	f->ask = NULL;
	switch (zonesee_climb(&f->at, fact)) {
	case ZONESEE_FOUND:
		found(f, fact);
		break;
	case ZONESEE_UP:
		f->ask =
		    dns_start(f->see->conf.dns, f->at, DNSTYPE_NS, on_ns, f);
		if (f->ask == NULL)
			finish(f, NULL, "memory is short");
		break;
	default:
		fail(f, fact);
		break;
	}
}

struct zonesee_find *
zonesee_start(
    struct zonesee *see, const char *name, zonesee_callback *cb, void *ctx)
{
	struct zonesee_find *f = mem_zalloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->see = see;
	f->cb = cb;
	f->ctx = ctx;
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->at = f->name;
	LIST_INSERT_HEAD(&see->finds, f, link);
	f->ask = dns_start(see->conf.dns, f->at, DNSTYPE_NS, on_ns, f);
	if (f->ask != NULL)
		return f;
	find_free(f);
	return NULL;
}

void
zonesee_cancel(struct zonesee_find *f)
{
	if (f != NULL)
		find_free(f);
}

enum mtasts_err
zonesee_open(const struct zonesee_conf *conf, struct zonesee **out)
{
	struct zonesee *see = mem_zalloc(1, sizeof(*see));

	if (see == NULL)
		return MTASTS_ENOMEM;
	see->conf = *conf;
	map_init(&see->zones, conf->seed);
	map_init(&see->stubs, conf->seed);
	LIST_INIT(&see->finds);
	*out = see;
	return MTASTS_OK;
}

void
zonesee_close(struct zonesee *see)
{
	struct zonesee_find *f;
	size_t pos = 0;
	void *value;

	if (see == NULL)
		return;
	while ((f = LIST_FIRST(&see->finds)) != NULL)
		find_free(f);
	while (map_next(&see->zones, &pos, NULL, &value))
		kept_free(see, value);
	/* Stubs that were taken by address are left before. */
	map_free(&see->zones);
	map_free(&see->stubs);
	mem_free(see);
}
