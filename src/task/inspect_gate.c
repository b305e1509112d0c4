/*
 * inspect_gate.c - never more than so many connections at once to one address
 *
 * Whoever comes late waits in line; a domain has no say in which line that is,
 * since addresses are what is counted, not names.
 */
#include "task/inspect.h"

#include "task/inspect_int.h"

/* key_of - of the table */
static struct str
key_of(const struct ipnet_addr *addr)
{
	return str_make((const char *)addr->b, sizeof(addr->b));
}

/* gate_of - the gate of an address, made when it is not there; null: ENOMEM */
static struct gate *
gate_of(struct inspector *ins, const struct ipnet_addr *addr)
{
	struct gate *g = map_get(&ins->gates, key_of(addr));

	if (g != NULL)
		return g;
	g = mem_zalloc(1, sizeof(*g));
	if (g == NULL)
		return NULL;
	g->addr = *addr;
	g->ins = ins;
	TAILQ_INIT(&g->waiting);
	if (map_put(&ins->gates, key_of(&g->addr), g, NULL) != MTASTS_OK) {
		mem_free(g);
		return NULL;
	}
	return g;
}

/* drop_idle - a gate that nobody needs */
static void
drop_idle(struct gate *g)
{
	if (g->inside > 0 || g->pumping || !TAILQ_EMPTY(&g->waiting))
		return;
	map_del(&g->ins->gates, key_of(&g->addr));
	mem_free(g);
}

/*
 * pump - let in as many as there is room for
 *
 * One who is let in may leave at once; then the loop below goes on, and not a
 * call within the call.
 */
static void
pump(struct gate *g)
{
	struct turn *turn;

	if (g->pumping)
		return;
	g->pumping = true;
	while (!g->ins->closing && g->inside < g->ins->conf.per_address &&
	    (turn = TAILQ_FIRST(&g->waiting)) != NULL) {
		TAILQ_REMOVE(&g->waiting, turn, link);
		turn->inside = true;
		g->inside++;
		turn->begin(turn->ctx);
	}
	g->pumping = false;
	drop_idle(g);
}

enum mtasts_err
gate_enter(
    struct inspector *ins, const struct ipnet_addr *addr, struct turn *turn)
{
	struct gate *g = gate_of(ins, addr);

	if (g == NULL)
		return MTASTS_ENOMEM;
	turn->gate = g;
	turn->inside = false;
	TAILQ_INSERT_TAIL(&g->waiting, turn, link);
	pump(g);
	return MTASTS_OK;
}

void
gate_leave(struct turn *turn)
{
	struct gate *g = turn->gate;

	if (g == NULL)
		return;
	turn->gate = NULL;
	if (turn->inside)
		g->inside--;
	else
		TAILQ_REMOVE(&g->waiting, turn, link);
	turn->inside = false;
	pump(g);
}

void
gates_free(struct inspector *ins)
{
	void *value;
	size_t pos = 0;

	while (map_next(&ins->gates, &pos, NULL, &value))
		mem_free(value);
	map_free(&ins->gates);
}
