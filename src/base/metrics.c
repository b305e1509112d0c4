/*
 * metrics.c - counters and gauges in Prometheus' text format
 *
 * A list, made at start and walked only to be printed; the holder of a metric
 * touches nothing but its number, with relaxed atomics: numbers need no order
 * among themselves. Names, helps and labels are the programmer's, hence not
 * escaped here; never make a label from a stranger's bytes.
 */
#include "base/metrics.h"

#include "base/arena.h"

#include <inttypes.h>
#include <stdatomic.h>

#define SET_MAX (64u << 10) /* bytes: about 1,000 series */

struct metric {
	struct metric *next;
	const char *name;
	const char *help;
	const char *labels;
	enum metric_kind kind;
	_Atomic int64_t value;
};

struct metrics {
	struct arena *arena;
	struct metric *first;
};

struct metrics *
metrics_new(void)
{
	struct metrics *m = mem_zalloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->arena = arena_new(SET_MAX);
	if (m->arena == NULL) {
		mem_free(m);
		return NULL;
	}
	return m;
}

void
metrics_free(struct metrics *m)
{
	if (m == NULL)
		return;
	arena_free(m->arena);
	mem_free(m);
}

/* same_name - series of one metric? */
static bool
same_name(const struct metric *a, const struct metric *b)
{
	return strcmp(a->name, b->name) == 0;
}

/* insert - at the end, or behind the last series of the same name */
static void
insert(struct metrics *m, struct metric *c)
{
	struct metric **at = &m->first, **link = NULL;

	for (; *at != NULL; at = &(*at)->next)
		if (same_name(*at, c))
			link = &(*at)->next;
	if (link == NULL)
		link = at;
	c->next = *link;
	*link = c;
}

struct metric *
metrics_add(struct metrics *m, enum metric_kind kind, const char *name,
    const char *help, const char *labels)
{
	struct metric *c;

	if (m == NULL)
		return NULL;
	c = arena_alloc(m->arena, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->kind = kind;
	c->name = name;
	c->help = help;
	c->labels = labels;
	atomic_init(&c->value, 0);
	insert(m, c);
	return c;
}

void
metric_inc(struct metric *c)
{
	metric_sum(c, 1);
}

void
metric_sum(struct metric *c, int64_t n)
{
	if (c != NULL)
		atomic_fetch_add_explicit(&c->value, n, memory_order_relaxed);
}

void
metric_set(struct metric *c, int64_t value)
{
	if (c != NULL)
		atomic_store_explicit(&c->value, value, memory_order_relaxed);
}

int64_t
metric_value(const struct metric *c)
{
	return c == NULL
	    ? 0
	    : atomic_load_explicit(&c->value, memory_order_relaxed);
}

/* put_head - what stands once before all series of a name */
static void
put_head(struct buf *b, const struct metric *c)
{
	buf_putf(b, "# HELP %s %s\n", c->name, c->help);
	buf_putf(b, "# TYPE %s %s\n", c->name,
	    c->kind == METRIC_COUNTER ? "counter" : "gauge");
}

void
metrics_format(const struct metrics *m, struct buf *b)
{
	const struct metric *last = NULL;

	if (m == NULL)
		return;
	for (const struct metric *c = m->first; c != NULL; c = c->next) {
		if (last == NULL || !same_name(last, c))
			put_head(b, c);
		last = c;
		buf_puts(b, c->name);
		if (*c->labels != '\0')
			buf_putf(b, "{%s}", c->labels);
		buf_putf(b, " %" PRId64 "\n", metric_value(c));
	}
}
