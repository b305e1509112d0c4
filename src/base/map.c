/*
 * map.c - a hash table from byte strings to pointers
 *
 * Open addressing with linear probing. A deleted entry leaves a tombstone, so
 * that deleting never moves anything and a walk may delete; tombstones go when
 * the table is rebuilt, which happens when three quarters of the slots are in
 * use or were. BUGS: the table never shrinks before map_free().
 */
#include "base/map.h"

#include "base/arena.h"
#include "base/siphash.h"

#define CAP_FIRST 16u

struct map_slot {
	struct str key;
	uint64_t hash;
	void *value; /* null in a slot that is free or deleted */
	bool deleted;
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

/*
 * probe - the slot of key, or null
 *
 * *place is the slot where such a key would go: the first tombstone on the
 * way, or else the free slot at its end. A full table has no place, but there
 * is none: a quarter of the slots is always free.
 */
static struct map_slot *
probe(
    const struct map *m, struct str key, uint64_t hash, struct map_slot **place)
{
	struct map_slot *first = NULL;
	size_t i = (size_t)hash & (m->cap - 1);

	for (;; i = (i + 1) & (m->cap - 1)) {
		struct map_slot *s = &m->slots[i];

		if (s->value == NULL) {
			if (first == NULL)
				first = s;
			if (!s->deleted)
				break;
		} else if (s->hash == hash && str_eq(s->key, key)) {
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
	return probe(m, key, siphash64(m->seed, key), NULL);
}

void *
map_get(const struct map *m, struct str key)
{
	struct map_slot *s = find(m, key);

	return s == NULL ? NULL : s->value;
}

/* rebuild - a table with room for one more entry, without tombstones */
static enum mtasts_err
rebuild(struct map *m)
{
	struct map bigger = *m;

	/* Mostly tombstones: the same size will do for long enough. */
	if (m->cap == 0)
		bigger.cap = CAP_FIRST;
	else if (m->count >= m->cap / 2)
		bigger.cap = m->cap * 2;
	bigger.used = m->count;
	bigger.slots = mem_zalloc(bigger.cap, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return MTASTS_ENOMEM;
	for (size_t i = 0; i < m->cap; i++) {
		struct map_slot *from = &m->slots[i], *to;

		if (from->value == NULL)
			continue;
		(void)probe(&bigger, from->key, from->hash, &to);
		*to = *from;
	}
	mem_free(m->slots);
	*m = bigger;
	return MTASTS_OK;
}

enum mtasts_err
map_put(struct map *m, struct str key, void *value, void **old)
{
	uint64_t hash = siphash64(m->seed, key);
	struct map_slot *s = NULL, *place = NULL;
	void *before = NULL;
	enum mtasts_err err;

	if (value == NULL)
		return MTASTS_EINVAL;
	if (m->cap > 0)
		s = probe(m, key, hash, &place);
	if (s != NULL) {
		before = s->value;
	} else if (place == NULL ||
	    (!place->deleted && m->used >= m->cap / 4 * 3)) {
		err = rebuild(m);
		if (err != MTASTS_OK)
			return err;
		(void)probe(m, key, hash, &place);
	}
	if (s == NULL) {
		m->used += !place->deleted;
		m->count++;
		s = place;
	}
	*s = (struct map_slot){ .key = key, .hash = hash, .value = value };
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
	*s = (struct map_slot){ .deleted = true };
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
			*key = s->key;
		if (value != NULL)
			*value = s->value;
		(*pos)++;
		return true;
	}
	return false;
}
