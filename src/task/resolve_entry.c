/*
 * resolve_entry.c - the destinations in use
 *
 * A table by canonical key, another by policy domain for those that share a
 * cached policy ("example.com" and "[example.com]:587"), and an order in which
 * they are forgotten: roughly the one that was used longest ago first, as a
 * clock's hand finds it, so that a hit moves nothing. Bounded in number and in
 * bytes. Knows no question, no DNS and no policy file.
 */
#include "task/resolve_int.h"

#include "base/arena.h"

#include <assert.h>

#define LOOKS_MAX 64 /* at entries, per one to be forgotten */

struct entry *
entry_find(struct resolve *r, struct str key)
{
	return map_get(&r->dests, key);
}

struct entry *
entry_first(struct resolve *r, struct str domain)
{
	return map_get(&r->domains, domain);
}

/* key_of - its key in the table of destinations */
static struct str
key_of(const struct entry *e)
{
	return str_make(e->dest->key.text, e->dest->key.len);
}

/* domain_of - its policy domain */
static struct str
domain_of(const struct entry *e)
{
	const struct mtasts_dname *name = &e->dest->key.domain;

	return str_make(name->text, name->len);
}

void
entry_unready(struct entry *e)
{
	for (size_t i = 0; i < DIALECT_COUNT; i++) {
		mem_free(e->ready[i]);
		e->ready[i] = NULL;
	}
}

/* kin_add - among those of its policy domain; false: no memory */
static bool
kin_add(struct resolve *r, struct entry *e)
{
	void *first;

	if (map_put(&r->domains, domain_of(e), e, &first) != MTASTS_OK)
		return false;
	e->kin = first;
	return true;
}

/* rekey - let a key of a table stand in this memory, and mean this entry */
static void
rekey(struct map *m, struct str key, struct entry *e)
{
	enum mtasts_err err = map_put(m, key, e, NULL);

	/* To set what is there takes no memory. */
	assert(err == MTASTS_OK);
	(void)err;
}

/* kin_remove - from among those of its policy domain */
static void
kin_remove(struct resolve *r, struct entry *e)
{
	struct entry *at = entry_first(r, domain_of(e));

	if (at != e) {
		while (at->kin != e)
			at = at->kin;
		at->kin = e->kin;
	} else if (e->kin == NULL) {
		map_del(&r->domains, domain_of(e));
	} else {
		rekey(&r->domains, domain_of(e->kin), e->kin);
	}
	e->kin = NULL;
}

void
entry_free(struct resolve *r, struct entry *e)
{
	map_del(&r->dests, key_of(e));
	kin_remove(r, e);
	TAILQ_REMOVE(&r->ages, e, age);
	r->bytes -= e->size;
	entry_unready(e);
	dest_free(e->dest);
	mem_free(e);
}

void
entry_weigh(struct resolve *r, struct entry *e)
{
	size_t size = sizeof(*e) + dest_size(e->dest);

	for (size_t i = 0; i < DIALECT_COUNT; i++)
		if (e->ready[i] != NULL)
			size += sizeof(*e->ready[i]) + e->ready[i]->len;
	r->bytes += size - e->size;
	e->size = size;
}

/* too_many - more destinations than are to be remembered? */
static bool
too_many(const struct resolve *r)
{
	return r->dests.count > r->conf.max_dests ||
	    r->bytes > RESOLVE_DEST_BYTES;
}

/* make_room - forget some that were not used of late */
static void
make_room(struct resolve *r)
{
	struct entry *e;

	for (unsigned i = 0; i < LOOKS_MAX && too_many(r); i++) {
		e = TAILQ_LAST(&r->ages, entry_list);
		if (e == NULL)
			return;
		if (e->run == NULL && !e->used) {
			entry_free(r, e);
			continue;
		}
		e->used = false;
		TAILQ_REMOVE(&r->ages, e, age);
		TAILQ_INSERT_HEAD(&r->ages, e, age);
	}
}

/* entry_new - in all tables, or null */
static struct entry *
entry_new(struct resolve *r, const struct destkey *key)
{
	struct entry *e = mem_zalloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->dest = dest_new(key);
	if (e->dest == NULL ||
	    map_put(&r->dests, key_of(e), e, NULL) != MTASTS_OK)
		goto fail;
	if (!kin_add(r, e)) {
		map_del(&r->dests, key_of(e));
		goto fail;
	}
	TAILQ_INSERT_HEAD(&r->ages, e, age);
	entry_weigh(r, e);
	return e;
fail:
	dest_free(e->dest);
	mem_free(e);
	return NULL;
}

struct entry *
entry_get(struct resolve *r, const struct destkey *key)
{
	struct entry *e = entry_find(r, str_make(key->text, key->len));

	if (e != NULL)
		return e;
	make_room(r);
	return entry_new(r, key);
}

bool
entry_renew(struct resolve *r, struct entry *e)
{
	struct dest *fresh = dest_new(&e->dest->key);
	struct dest *old = e->dest;

	if (fresh == NULL)
		return false;
	e->dest = fresh;
	rekey(&r->dests, key_of(e), e);
	if (entry_first(r, domain_of(e)) == e)
		rekey(&r->domains, domain_of(e), e);
	dest_free(old);
	entry_unready(e);
	entry_weigh(r, e);
	return true;
}

void
entry_policy(struct resolve *r, struct entry *e)
{
	struct cached *policy;

	/* One of its own is not, or could not be, in the memory. */
	if (e->dest->policy != NULL && !e->dest->policy_borrowed)
		return;
	policy = policies_get(r->conf.policies, domain_of(e));
	if (policy != e->dest->policy)
		dest_set_policy(e->dest, policy, policy != NULL);
}
