/*
 * zonesee - the zone that holds a name, and all its authoritative servers
 *
 * RFC 1034 section 4.2. Climbs from the name until one has NS records, looks up
 * every address of every server, and lets each be asked directly. Zones are
 * remembered for a minute, servers as long as a zone of theirs is; a server
 * that many names share gets a few questions at a time.
 */
#ifndef MTASTS_TASK_ZONESEE_H
#define MTASTS_TASK_ZONESEE_H

#include "core/ipnet.h"
#include "io/dns.h"

struct zonesee;
struct zonesee_find;

struct zonesee_conf {
	struct loop *loop;
	struct dns *dns; /* borrowed: climbs, and finds addresses */
	unsigned dns_port; /* of the servers */
	int64_t timeout_ms; /* of one question to a server */
	uint64_t seed[2]; /* at random: of its tables */
};

/* A server at one address; asked by dns_start(). */
struct zonesee_stub {
	struct ipnet_addr addr;
	unsigned port;
	char text[IPNET_TEXT_LEN];
	struct dns *dns;
	unsigned users;
};

/* One address of one server of a zone. */
struct zonesee_server {
	const char *name; /* as in the NS record */
	struct zonesee_stub *stub; /* null: it has no address */
};

/* A zone; lives until zonesee_leave(). */
struct zonesee_zone {
	const char *apex;
	const struct zonesee_server *servers;
	size_t count; /* at least 1 */
};

/*
 * zonesee_callback - the zone, yours: zonesee_leave(); null: why not
 *
 * why is a sentence without final dot, borrowed.
 */
typedef void zonesee_callback(
    void *ctx, const struct zonesee_zone *zone, const char *why);

/* zonesee_open - *out: yours, zonesee_close(). ENOMEM */
enum mtasts_err zonesee_open(
    const struct zonesee_conf *conf, struct zonesee **out) MTASTS_MUST_CHECK;

/* zonesee_close - cancel everything, release; null is fine */
void zonesee_close(struct zonesee *see);

/*
 * zonesee_start - find the zone of a name
 *
 * The callback comes once, from the loop, never before this returns. Null when
 * memory is short.
 */
struct zonesee_find *zonesee_start(
    struct zonesee *see, const char *name, zonesee_callback *cb, void *ctx);

/* zonesee_cancel - the callback will not come; null is fine */
void zonesee_cancel(struct zonesee_find *find);

/* zonesee_leave - the zone is needed no more; null is fine */
void zonesee_leave(struct zonesee *see, const struct zonesee_zone *zone);

/* zonesee_stub - a server that is known by address; null: no memory */
struct zonesee_stub *zonesee_stub(
    struct zonesee *see, const struct ipnet_addr *addr, unsigned port);

/* zonesee_leave_stub - it is needed no more; null is fine */
void zonesee_leave_stub(struct zonesee *see, struct zonesee_stub *stub);

enum zonesee_climb {
	ZONESEE_FOUND = 0, /* the name is a zone: these are its servers */
	ZONESEE_UP, /* ask for the NS records of *name, which is its parent */
	ZONESEE_FAILED /* the lookup did */
};

/*
 * zonesee_climb - where to look next, after the NS records of *name
 *
 * Also for others who climb themselves.
 */
enum zonesee_climb zonesee_climb(const char **name, const struct dnsfact *fact);

#endif
