/*
 * tlskeys_cache - certificates in memory, by name
 *
 * Two bounded lists over one table. Knows neither disk nor clock, and takes no
 * lock: the room around it does.
 */
#include "io/tlskeys_cache.h"

#include "base/arena.h"

#include <sys/random.h>

void
tlskeys_cache_init(
    struct tlskeys_cache *cache, size_t loaded_max, size_t refused_max)
{
	uint64_t seed[2] = { 0, 0 };

	/* Strangers choose the names: they must not choose collisions. */
	if (getrandom(seed, sizeof(seed), 0) < 0)
		seed[0] = (uint64_t)(uintptr_t)cache;
	map_init(&cache->map, seed);
	TAILQ_INIT(&cache->loaded);
	TAILQ_INIT(&cache->refused);
	cache->loaded_count = cache->refused_count = 0;
	cache->loaded_max = loaded_max;
	cache->refused_max = refused_max;
}

/* entry_free - release an entry that is nowhere any more */
static void
entry_free(struct tlskeys_entry *entry)
{
	x509_free(entry->cert);
	mem_free(entry->dir);
	mem_free(entry);
}

/* leave_list - take an entry out of the list it is in */
static void
leave_list(struct tlskeys_cache *cache, struct tlskeys_entry *entry)
{
	if (entry->cert != NULL) {
		TAILQ_REMOVE(&cache->loaded, entry, link);
		cache->loaded_count--;
	} else {
		TAILQ_REMOVE(&cache->refused, entry, link);
		cache->refused_count--;
	}
}

/* join_list - put an entry in front of the list it belongs to */
static void
join_list(struct tlskeys_cache *cache, struct tlskeys_entry *entry)
{
	if (entry->cert != NULL) {
		TAILQ_INSERT_HEAD(&cache->loaded, entry, link);
		cache->loaded_count++;
	} else {
		TAILQ_INSERT_HEAD(&cache->refused, entry, link);
		cache->refused_count++;
	}
}

/* forget - take an entry out of the cache; it goes with its last pin */
static void
forget(struct tlskeys_cache *cache, struct tlskeys_entry *entry)
{
	leave_list(cache, entry);
	(void)map_del(&cache->map, str_make(entry->name, entry->name_len));
	entry->linked = false;
	if (entry->pins == 0)
		entry_free(entry);
}

/* shrink - keep both lists within their bounds */
static void
shrink(struct tlskeys_cache *cache)
{
	while (cache->loaded_count > cache->loaded_max)
		forget(cache, TAILQ_LAST(&cache->loaded, tlskeys_list));
	while (cache->refused_count > cache->refused_max)
		forget(cache, TAILQ_LAST(&cache->refused, tlskeys_list));
}

void
tlskeys_cache_free(struct tlskeys_cache *cache)
{
	cache->loaded_max = cache->refused_max = 0;
	shrink(cache);
	map_free(&cache->map);
}

struct tlskeys_entry *
tlskeys_cache_get(struct tlskeys_cache *cache, struct str name)
{
	struct tlskeys_entry *entry = map_get(&cache->map, name);

	if (entry != NULL) {
		leave_list(cache, entry);
		join_list(cache, entry);
	}
	return entry;
}

struct tlskeys_entry *
tlskeys_cache_add(struct tlskeys_cache *cache, struct str name)
{
	struct tlskeys_entry *entry =
	    mem_zalloc(1, sizeof(*entry) + name.len + 1);

	if (entry == NULL)
		return NULL;
	memcpy(entry->name, name.p, name.len);
	entry->name_len = name.len;
	entry->linked = true;
	if (map_put(&cache->map, str_make(entry->name, name.len), entry,
		NULL) != MTASTS_OK) {
		mem_free(entry);
		return NULL;
	}
	join_list(cache, entry);
	/* Not the new one, which is in front; but the bound may be 0. */
	entry->pins++;
	shrink(cache);
	entry->pins--;
	if (!entry->linked) {
		entry_free(entry);
		return NULL;
	}
	return entry;
}

void
tlskeys_cache_load(struct tlskeys_cache *cache, struct tlskeys_entry *entry,
    struct x509 *cert, char *dir, const struct tlskeys_sig *sig)
{
	if (entry->linked)
		leave_list(cache, entry);
	x509_free(entry->cert);
	mem_free(entry->dir);
	entry->cert = cert;
	entry->dir = dir;
	entry->sig = *sig;
	entry->cause = TLSKEYS_FINE;
	entry->logged_ms = 0; /* what goes wrong with this one is news */
	if (!entry->linked)
		return;
	join_list(cache, entry);
	shrink(cache);
}

void
tlskeys_cache_drop(struct tlskeys_cache *cache, struct tlskeys_entry *entry)
{
	if (entry->linked)
		leave_list(cache, entry);
	x509_free(entry->cert);
	mem_free(entry->dir);
	entry->cert = NULL;
	entry->dir = NULL;
	if (!entry->linked)
		return;
	join_list(cache, entry);
	shrink(cache);
}

void
tlskeys_cache_unpin(struct tlskeys_entry *entry)
{
	if (--entry->pins == 0 && !entry->linked)
		entry_free(entry);
}
