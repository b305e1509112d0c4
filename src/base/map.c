/*
 * map.c - a hash table from byte strings to pointers
 *
 * Open addressing with linear probing. A deleted entry leaves a tombstone, so
 * that deleting never moves anything and a walk may delete; tombstones go when
 * the table is rebuilt, which happens when three quarters of the slots are in
 * use or were. Slots are kept small, since there may be a million.
 * BUGS: the table never shrinks before map_free().
 */
#include "base/map.h"

#include "base/arena.h"
#include "base/siphash.h"

#define CAP_FIRST 16u
#define CAP_MAX	  ((size_t)1 << 31) /* slots; their hashes have 32 bits */

/* Free: value and key null. Deleted: value null, key not. */
struct map_slot {
	const char *key;
	void *value;
	uint32_t key_len;
	uint32_t hash;
};

void
map_init(struct map *m, const uint64_t seed[2])
{
	*m = (struct map){ .seed = { seed[0], seed[1] } };
}

void
map_free(struct map *m)
{
	uint64_t seed[2] = { m->seed[0], m->seed[1] };

	mem_free(m->slots);
	map_init(m, seed);
}

/* slot_key - the key of a slot in use */
static struct str
slot_key(const struct map_slot *s)
{
	return str_make(s->key, s->key_len);
}

/* is_deleted - a tombstone? */
static bool
is_deleted(const struct map_slot *s)
{
	return s->value == NULL && s->key != NULL;
}

/* hash_of - 32 bits of the keyed hash */
static uint32_t
hash_of(const struct map *m, struct str key)
{
	return (uint32_t)siphash64(m->seed, key);
}

/*
 * probe - the slot of key, or null
 *
 * *place is the slot where such a key would go: the first tombstone on the
 * way, or else the free slot at its end. A full table has no place, but there
 * is none: a quarter of the slots is always free.
 */
static struct map_slot *
probe(
    const struct map *m, struct str key, uint32_t hash, struct map_slot **place)
{
	struct map_slot *first = NULL;
	size_t i = (size_t)hash & (m->cap - 1);

	for (;; i = (i + 1) & (m->cap - 1)) {
		struct map_slot *s = &m->slots[i];

		if (s->value == NULL) {
			if (first == NULL)
				first = s;
			if (!is_deleted(s))
				break;
		} else if (s->hash == hash && str_eq(slot_key(s), key)) {
			return s;
		}
	}
	if (place != NULL)
		*place = first;
	return NULL;
}

/* find - the slot of key, or null */
static struct map_slot *
find(const struct map *m, struct str key)
{
	if (m->count == 0)
		return NULL;
	return probe(m, key, hash_of(m, key), NULL);
}

void *
map_get(const struct map *m, struct str key)
{
	struct map_slot *s = find(m, key);

	return s == NULL ? NULL : s->value;
}

/* rebuild - move all to a table of cap slots, without tombstones */
static enum mtasts_err
rebuild(struct map *m, size_t cap)
{
	struct map bigger = *m;

	if (cap > CAP_MAX)
		return MTASTS_ENOMEM;
	bigger.cap = cap;
	bigger.used = m->count;
	bigger.slots = mem_zalloc(bigger.cap, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return MTASTS_ENOMEM;
	for (size_t i = 0; i < m->cap; i++) {
		struct map_slot *from = &m->slots[i], *to;

		if (from->value == NULL)
			continue;
		(void)probe(&bigger, slot_key(from), from->hash, &to);
		*to = *from;
	}
	mem_free(m->slots);
	*m = bigger;
	return MTASTS_OK;
}

/* grow - a table with room for one more entry */
static enum mtasts_err
grow(struct map *m)
{
	if (m->cap == 0)
		return rebuild(m, CAP_FIRST);
	/* Mostly tombstones: the same size will do for long enough. */
	return rebuild(m, m->count >= m->cap / 2 ? m->cap * 2 : m->cap);
}

enum mtasts_err
map_reserve(struct map *m, size_t count)
{
	size_t cap = CAP_FIRST;

	if (count > CAP_MAX / 4 * 3)
		return MTASTS_ENOMEM;
	while (cap / 4 * 3 < count)
		cap *= 2;
	return cap > m->cap ? rebuild(m, cap) : MTASTS_OK;
}

enum mtasts_err
map_put(struct map *m, struct str key, void *value, void **old)
{
	uint32_t hash = hash_of(m, key);
	struct map_slot *s = NULL, *place = NULL;
	void *before = NULL;
	enum mtasts_err err;

	if (value == NULL || key.len > UINT32_MAX)
		return MTASTS_EINVAL;
	if (m->cap > 0)
		s = probe(m, key, hash, &place);
	if (s != NULL) {
		before = s->value;
	} else if (place == NULL ||
	    (!is_deleted(place) && m->used >= m->cap / 4 * 3)) {
		err = grow(m);
		if (err != MTASTS_OK)
			return err;
		(void)probe(m, key, hash, &place);
	}
	if (s == NULL) {
		m->used += !is_deleted(place);
		m->count++;
		s = place;
	}
	*s = (struct map_slot){ key.p, value, (uint32_t)key.len, hash };
	if (old != NULL)
		*old = before;
	return MTASTS_OK;
}

void *
map_del(struct map *m, struct str key)
{
	struct map_slot *s = find(m, key);
	void *value;

	if (s == NULL)
		return NULL;
	value = s->value;
	*s = (struct map_slot){ .key = "" };
	m->count--;
	return value;
}

bool
map_next(const struct map *m, size_t *pos, struct str *key, void **value)
{
	for (; *pos < m->cap; (*pos)++) {
		const struct map_slot *s = &m->slots[*pos];

		if (s->value == NULL)
			continue;
		if (key != NULL)
			*key = slot_key(s);
		if (value != NULL)
			*value = s->value;
		(*pos)++;
		return true;
	}
	return false;
}
