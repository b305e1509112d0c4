/*
 * inspect_dead.c - addresses where nobody answers
 *
 * Connections to a dead address take long to fail, and only so many are made
 * at once: a thousand domains on it would wait for hours. So once it has failed
 * several times, and never answered in between, the others are told the same
 * for a while. Several, since one connection can be lost on the way, and the
 * address may be a provider's. What is remembered is bounded; the oldest goes.
 */
#include "task/inspect.h"

#include "task/inspect_int.h"

#define FAILURES  3 /* one after the other, until it counts as dead */
#define DEADS_MAX 10000

/* What is remembered; all bytes of it count. */
struct dead_key {
	struct ipnet_addr addr;
	uint16_t port;
};

struct dead {
	struct dead_key key;
	unsigned failures;
	struct probefact *probe; /* of the last one, of either kind; or null */
	struct fetchfact *fetch;
	int64_t until_ms;
	TAILQ_ENTRY(dead) age;
};

/* key_of - of the table */
static struct str
key_of(const struct dead_key *key)
{
	return str_make((const char *)key, sizeof(*key));
}

/* find - what is remembered of a port of an address, or null */
static struct dead *
find(struct inspector *ins, const struct ipnet_addr *addr, unsigned port)
{
	struct dead_key key = { *addr, (uint16_t)port };

	return map_get(&ins->deads, key_of(&key));
}

/* forget - nothing is remembered of it any more */
static void
forget(struct inspector *ins, struct dead *d)
{
	map_del(&ins->deads, key_of(&d->key));
	TAILQ_REMOVE(&ins->dead_ages, d, age);
	probefact_free(d->probe);
	fetchfact_free(d->fetch);
	mem_free(d);
}

/* forget_old - those whose time is over, and those that are too many */
static void
forget_old(struct inspector *ins)
{
	struct dead *d;

	while ((d = TAILQ_FIRST(&ins->dead_ages)) != NULL &&
	    (ins->deads.count > DEADS_MAX || loop_now_ms() >= d->until_ms))
		forget(ins, d);
}

/* renew - one failure more, as the youngest; null: no memory */
static struct dead *
renew(struct inspector *ins, const struct ipnet_addr *addr, unsigned port)
{
	struct dead *d = find(ins, addr, port);

	if (d != NULL) {
		TAILQ_REMOVE(&ins->dead_ages, d, age);
	} else {
		d = mem_zalloc(1, sizeof(*d));
		if (d == NULL)
			return NULL;
		d->key = (struct dead_key){ *addr, (uint16_t)port };
		if (map_put(&ins->deads, key_of(&d->key), d, NULL) !=
		    MTASTS_OK) {
			mem_free(d);
			return NULL;
		}
	}
	d->failures++;
	d->until_ms = loop_now_ms() + ins->conf.remember_ms;
	TAILQ_INSERT_TAIL(&ins->dead_ages, d, age);
	return d;
}

/* answered - it is not dead */
static void
answered(struct inspector *ins, const struct ipnet_addr *addr, unsigned port)
{
	struct dead *d = find(ins, addr, port);

	if (d != NULL)
		forget(ins, d);
}

void
dead_note_probe(struct inspector *ins, const struct ipnet_addr *addr,
    unsigned port, struct probefact *fact)
{
	struct dead *d;

	forget_old(ins);
	if (fact->end == PROBEFACT_OURS || ins->conf.remember_ms == 0)
		return;
	if (fact->end < PROBEFACT_UNREACHABLE ||
	    fact->end > PROBEFACT_TIMEOUT) {
		answered(ins, addr, port);
		return;
	}
	/* Without memory the next one finds out by itself. */
	d = renew(ins, addr, port);
	if (d == NULL)
		return;
	probefact_free(d->probe);
	d->probe = probefact_hold(fact);
}

void
dead_note_fetch(struct inspector *ins, const struct ipnet_addr *addr,
    unsigned port, const struct fetchfact *fact)
{
	struct dead *d;

	forget_old(ins);
	if (fact->end == FETCHFACT_OURS || ins->conf.remember_ms == 0)
		return;
	if (fact->connected) {
		answered(ins, addr, port);
		return;
	}
	d = renew(ins, addr, port);
	if (d == NULL)
		return;
	fetchfact_free(d->fetch);
	d->fetch = fetchfact_keep(fact);
}

/* is_dead - did it fail often enough, and not too long ago? */
static const struct dead *
is_dead(struct inspector *ins, const struct ipnet_addr *addr, unsigned port)
{
	struct dead *d;

	forget_old(ins);
	d = find(ins, addr, port);
	return d != NULL && d->failures >= FAILURES ? d : NULL;
}

struct probefact *
dead_probe(struct inspector *ins, const struct ipnet_addr *addr, unsigned port)
{
	const struct dead *d = is_dead(ins, addr, port);

	return d != NULL ? d->probe : NULL;
}

const struct fetchfact *
dead_fetch(struct inspector *ins, const struct ipnet_addr *addr, unsigned port)
{
	const struct dead *d = is_dead(ins, addr, port);

	return d != NULL ? d->fetch : NULL;
}

void
deads_free(struct inspector *ins)
{
	struct dead *d;

	while ((d = TAILQ_FIRST(&ins->dead_ages)) != NULL)
		forget(ins, d);
	map_free(&ins->deads);
}
