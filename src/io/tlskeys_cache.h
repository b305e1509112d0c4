/*
 * tlskeys_cache - certificates in memory, by name
 *
 * Part of the room tlskeys, whose lock its callers hold. Two bounded lists,
 * each with what was used last in front: names that have a certificate, and
 * names that were refused. A name is its key only after it was checked to be
 * one, so what is found here is safe by being found.
 */
#ifndef MTASTS_IO_TLSKEYS_CACHE_H
#define MTASTS_IO_TLSKEYS_CACHE_H

#include "base/map.h"
#include "io/tlskeys_place.h"

#include <sys/queue.h>

/* Why a name gets no certificate; index into the counters. */
enum tlskeys_cause {
	TLSKEYS_FINE = 0,
	TLSKEYS_NO_SNI, /* and there is no default */
	TLSKEYS_BAD_NAME, /* not a host name */
	TLSKEYS_UNKNOWN, /* no certificate names it */
	TLSKEYS_UNREADABLE, /* the files */
	TLSKEYS_MISMATCH, /* key and certificate */
	TLSKEYS_UNUSABLE, /* what the TLS library does not like */
	TLSKEYS_CAUSES
};

struct tlskeys_entry {
	TAILQ_ENTRY(tlskeys_entry) link;
	struct x509 *cert; /* null: refused */
	char *dir; /* where it came from; null with cert */
	struct tlskeys_sig sig;
	int64_t checked_ms; /* when files or index were looked at */
	int64_t logged_ms; /* when a refusal or failure was */
	uint64_t generation; /* of the index that was asked */
	enum tlskeys_cause cause;
	unsigned pins; /* threads that look at the disk for it */
	bool linked; /* still in the cache */
	size_t name_len;
	char name[];
};

TAILQ_HEAD(tlskeys_list, tlskeys_entry);

struct tlskeys_cache {
	struct map map;
	struct tlskeys_list loaded, refused;
	size_t loaded_count, refused_count;
	size_t loaded_max, refused_max;
};

/* tlskeys_cache_init - an empty cache; release: tlskeys_cache_free() */
void tlskeys_cache_init(
    struct tlskeys_cache *cache, size_t loaded_max, size_t refused_max);

/* tlskeys_cache_free - release; no entry may be pinned */
void tlskeys_cache_free(struct tlskeys_cache *cache);

/* tlskeys_cache_get - the entry of a name, now the one used last; or null */
struct tlskeys_entry *tlskeys_cache_get(
    struct tlskeys_cache *cache, struct str name);

/*
 * tlskeys_cache_add - an entry of a name that has none, as refused
 *
 * Null when memory is short. What was not used longest goes for it.
 */
struct tlskeys_entry *tlskeys_cache_add(
    struct tlskeys_cache *cache, struct str name);

/* tlskeys_cache_load - give an entry its certificate; all of it is taken */
void tlskeys_cache_load(struct tlskeys_cache *cache,
    struct tlskeys_entry *entry, struct x509 *cert, char *dir,
    const struct tlskeys_sig *sig);

/* tlskeys_cache_drop - an entry is refused from now on */
void tlskeys_cache_drop(
    struct tlskeys_cache *cache, struct tlskeys_entry *entry);

/* tlskeys_cache_unpin - one pin less; releases an entry that has left */
void tlskeys_cache_unpin(struct tlskeys_entry *entry);

#endif
