/*
 * inspect_look.c - probes, shared by all who want to know the same
 *
 * A look is one probe of one host name at one address in one manner. Who comes
 * while it is under way waits for it; who comes soon after gets what it
 * showed. A look outlives the domain that began it.
 */
#include "task/inspect.h"

#include "task/inspect_int.h"

/* What did not come to TLS is told to others for this part of the time. */
#define WRONG_PART 20

/* What makes two looks the same; all bytes count. */
struct look_key {
	struct ipnet_addr addr;
	uint16_t port;
	uint8_t kind, no_sni, old_tls;
	char host[255];
};

TAILQ_HEAD(look_waits, look_wait);

struct look {
	struct look_key key;
	struct inspector *ins;
	struct turn turn;
	struct tlsfact *like; /* the same chain may be shown again; or null */
	struct probe *probe; /* while it is under way */
	struct probefact *fact; /* when it is over; null before */
	int64_t until_ms; /* it is told to others */
	bool telling; /* it must not go yet */
	struct look_waits waits;
	TAILQ_ENTRY(look) age; /* in ins->kept, when there is a fact */
};

/* key_of - of the table */
static struct str
key_of(const struct look *look)
{
	return str_make((const char *)&look->key, sizeof(look->key));
}

/* look_free - nobody waits for it */
static void
look_free(struct look *look)
{
	map_del(&look->ins->looks, key_of(look));
	if (look->fact != NULL) {
		TAILQ_REMOVE(&look->ins->kept, look, age);
		look->ins->kept_count--;
	}
	probe_cancel(look->probe);
	gate_leave(&look->turn);
	probefact_free(look->fact);
	tlsfact_free(look->like);
	mem_free(look);
}

void
looks_free(struct inspector *ins)
{
	void *value;
	size_t pos = 0;

	while (map_next(&ins->looks, &pos, NULL, &value))
		look_free(value);
	map_free(&ins->looks);
}

/* tell - one who has waited */
static void
tell(struct look_wait *w)
{
	struct inspect *in = w->in;

	*w->where = probefact_hold(w->look->fact);
	TAILQ_REMOVE(&w->look->waits, w, link);
	LIST_REMOVE(w, mine);
	if (w->then != NULL)
		w->then(in, w->arg);
	mem_free(w);
	inspect_leave(in);
}

/* is_old - is it over, and not to be told any more? */
static bool
is_old(const struct look *look)
{
	return look->fact != NULL && !look->telling &&
	    loop_now_ms() >= look->until_ms;
}

/* drop_old - looks that are not to be told any more, or are too many */
static void
drop_old(struct inspector *ins)
{
	struct look *look;

	while ((look = TAILQ_FIRST(&ins->kept)) != NULL && !look->telling &&
	    (ins->kept_count > INSPECT_REMEMBERED || is_old(look)))
		look_free(look);
}

/* remember_ms - what went wrong may go right the next time */
static int64_t
remember_ms(const struct look *look)
{
	int64_t ms = look->ins->conf.remember_ms;

	return look->fact->tls != NULL ? ms : ms / WRONG_PART;
}

/* over - there is a fact, held by the look from now on */
static void
over(struct look *look, struct probefact *fact)
{
	struct inspector *ins = look->ins;

	look->probe = NULL;
	tlsfact_free(look->like);
	look->like = NULL;
	look->fact = fact;
	look->until_ms = loop_now_ms() + remember_ms(look);
	TAILQ_INSERT_TAIL(&ins->kept, look, age);
	ins->kept_count++;
	look->telling = true;
	gate_leave(&look->turn);
	while (!TAILQ_EMPTY(&look->waits))
		tell(TAILQ_FIRST(&look->waits));
	look->telling = false;
	drop_old(ins);
}

/* on_probe - what the address showed */
static void
on_probe(void *ctx, struct probefact *fact)
{
	struct look *look = ctx;

	dead_note_probe(look->ins, &look->key.addr, look->key.port, fact);
	over(look, probefact_hold(fact));
}

/* fail - memory is short: who waits is told that nothing came */
static void
fail(struct look *look)
{
	struct look_wait *w;

	while ((w = TAILQ_FIRST(&look->waits)) != NULL) {
		struct inspect *in = w->in;

		in->failed = true;
		look_cancel(w);
		inspect_leave(in);
	}
	look_free(look);
}

/* on_turn - the address has room */
static void
on_turn(void *ctx)
{
	struct look *look = ctx;
	const struct look_key *key = &look->key;
	struct probe_want want = { .kind = (enum probe_kind)key->kind,
		.host = key->host,
		.addr = key->addr,
		.port = key->port,
		.no_sni = key->no_sni,
		.old_tls = key->old_tls,
		.like = look->like };

	struct probefact *dead = dead_probe(look->ins, &key->addr, key->port);

	if (dead != NULL) {
		over(look, probefact_hold(dead));
		return;
	}
	look->probe =
	    probe_start(look->ins->conf.prober, &want, on_probe, look);
	if (look->probe == NULL)
		fail(look);
}

/* look_new - in the table, not begun; null: no memory */
static struct look *
look_new(struct inspector *ins, const struct look_key *key)
{
	struct look *look = mem_zalloc(1, sizeof(*look));

	if (look == NULL)
		return NULL;
	look->key = *key;
	look->ins = ins;
	look->turn.begin = on_turn;
	look->turn.ctx = look;
	TAILQ_INIT(&look->waits);
	if (map_put(&ins->looks, key_of(look), look, NULL) != MTASTS_OK) {
		mem_free(look);
		return NULL;
	}
	return look;
}

/* look_of - a look that can be shared, or a new one; null: no memory */
static struct look *
look_of(struct inspector *ins, const struct probe_want *want, bool *is_new)
{
	struct look_key key = { .addr = want->addr,
		.port = (uint16_t)want->port,
		.kind = (uint8_t)want->kind,
		.no_sni = want->no_sni,
		.old_tls = want->old_tls };
	struct str host = str_sub(str_of(want->host), 0, sizeof(key.host) - 1);
	struct look *look;

	memcpy(key.host, host.p, host.len);
	drop_old(ins);
	look = map_get(&ins->looks, str_make((const char *)&key, sizeof(key)));
	if (look != NULL && is_old(look)) {
		look_free(look);
		look = NULL;
	}
	*is_new = look == NULL;
	if (look != NULL)
		return look;
	look = look_new(ins, &key);
	if (look != NULL && want->like != NULL)
		look->like = tlsfact_hold(want->like);
	return look;
}

void
look_start(struct inspect *in, const struct probe_want *want,
    struct probefact **where, inspect_step *then, void *arg)
{
	struct look_wait *w = mem_zalloc(1, sizeof(*w));
	bool is_new = false;

	if (w != NULL)
		w->look = look_of(in->ins, want, &is_new);
	if (w == NULL || w->look == NULL) {
		mem_free(w);
		in->failed = true;
		return;
	}
	w->in = in;
	w->where = where;
	w->then = then;
	w->arg = arg;
	TAILQ_INSERT_TAIL(&w->look->waits, w, link);
	LIST_INSERT_HEAD(&in->waits, w, mine);
	inspect_enter(in);
	if (w->look->fact != NULL)
		tell(w);
	else if (is_new &&
	    gate_enter(in->ins, &want->addr, &w->look->turn) != MTASTS_OK)
		fail(w->look);
}

void
look_cancel(struct look_wait *w)
{
	TAILQ_REMOVE(&w->look->waits, w, link);
	LIST_REMOVE(w, mine);
	mem_free(w);
}
