/*
 * map - a hash table from byte strings to pointers
 *
 * Keys are borrowed: they must live as long as their entry, usually inside the
 * value. Hashing is keyed (base/siphash), so that strangers who choose keys
 * cannot choose collisions; the seed comes from the caller.
 */
#ifndef MTASTS_BASE_MAP_H
#define MTASTS_BASE_MAP_H

#include "base/str.h"
#include "mtasts/err.h"

struct map_slot;

struct map {
	struct map_slot *slots;
	size_t count; /* entries in it */
	size_t cap; /* slots, a power of two, or 0 */
	size_t used; /* slots in use or deleted */
	uint64_t seed[2];
};

/* map_init - an empty map; release: map_free() */
void map_init(struct map *m, const uint64_t seed[2]);

/* map_free - release the table; keys and values are the caller's */
void map_free(struct map *m);

/*
 * map_reserve - room for count entries in all, without growing on the way
 *
 * Growing moves everything at once, which takes a tenth of a second with a
 * million entries. ENOMEM leaves the map as it was.
 */
enum mtasts_err map_reserve(struct map *m, size_t count) MTASTS_MUST_CHECK;

/* map_get - the value of key, or null */
void *map_get(const struct map *m, struct str key);

/*
 * map_put - set the value (not null) of key
 *
 * *old (may be null) gets the value that was there, or null. ENOMEM leaves the
 * map as it was. The key of an existing entry is replaced by the new span.
 */
enum mtasts_err map_put(
    struct map *m, struct str key, void *value, void **old) MTASTS_MUST_CHECK;

/* map_del - remove key and return its value, or null */
void *map_del(struct map *m, struct str key);

/*
 * map_next - walk: start with *pos = 0; false at the end
 *
 * Order is arbitrary. The entry just returned may be deleted; nothing may be
 * put during a walk. key and value may be null.
 */
bool map_next(const struct map *m, size_t *pos, struct str *key, void **value);

#endif
