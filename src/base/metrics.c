/*
 * metrics.c - counters, gauges and histograms in Prometheus' text format
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
#include <stdio.h>

#define SET_MAX	   (96u << 10) /* bytes: about 1,000 series */
#define BOUNDS_MAX 32 /* of one histogram */

struct metric {
	struct metric *next;
	const char *name;
	const char *help;
	const char *labels;
	enum metric_kind kind;
	_Atomic int64_t value; /* of a histogram: the sum, microseconds */
	/* A histogram's; else null. One bucket more than bounds. */
	const int64_t *bounds_us;
	_Atomic int64_t *buckets;
	size_t bound_count;
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

/* find - the series of this name and these labels, or null */
static struct metric *
find(const struct metrics *m, const char *name, const char *labels)
{
	for (struct metric *c = m->first; c != NULL; c = c->next)
		if (strcmp(c->name, name) == 0 &&
		    strcmp(c->labels, labels) == 0)
			return c;
	return NULL;
}

/* new_series - all but a histogram's buckets; not yet in the list */
static struct metric *
new_series(
    struct metrics *m, const char *name, const char *help, const char *labels)
{
	struct metric *c = arena_alloc(m->arena, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->name = name;
	c->help = help;
	c->labels = labels;
	atomic_init(&c->value, 0);
	return c;
}

struct metric *
metrics_add(struct metrics *m, enum metric_kind kind, const char *name,
    const char *help, const char *labels)
{
	struct metric *c;

	if (m == NULL)
		return NULL;
	c = find(m, name, labels);
	if (c != NULL)
		return c;
	c = new_series(m, name, help, labels);
	if (c == NULL)
		return NULL;
	c->kind = kind;
	insert(m, c);
	return c;
}

struct metric *
metrics_add_histogram(struct metrics *m, const char *name, const char *help,
    const char *labels, const struct metric_bounds *bounds)
{
	struct metric *c;

	if (m == NULL || bounds->count > BOUNDS_MAX)
		return NULL;
	c = find(m, name, labels);
	if (c != NULL)
		return c;
	c = new_series(m, name, help, labels);
	if (c == NULL)
		return NULL;
	c->buckets =
	    arena_zalloc(m->arena, bounds->count + 1, sizeof(*c->buckets));
	if (c->buckets == NULL)
		return NULL;
	c->bounds_us = bounds->us;
	c->bound_count = bounds->count;
	insert(m, c);
	return c;
}

void
metric_observe(struct metric *h, int64_t us)
{
	size_t i = 0;

	if (h == NULL || h->buckets == NULL)
		return;
	while (i < h->bound_count && us > h->bounds_us[i])
		i++;
	atomic_fetch_add_explicit(&h->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->value, us, memory_order_relaxed);
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

/* type_of - its kind as the exposition format calls it */
static const char *
type_of(const struct metric *c)
{
	if (c->buckets != NULL)
		return "histogram";
	return c->kind == METRIC_COUNTER ? "counter" : "gauge";
}

/* put_head - what stands once before all series of a name */
static void
put_head(struct buf *b, const struct metric *c)
{
	buf_putf(b, "# HELP %s %s\n", c->name, c->help);
	buf_putf(b, "# TYPE %s %s\n", c->name, type_of(c));
}

/* put_seconds - microseconds as seconds, without zeros at the end */
static void
put_seconds(struct buf *b, int64_t us)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%" PRId64 ".%06" PRId64,
	    us / 1000000, us % 1000000);

	while (len > 0 && text[len - 1] == '0')
		len--;
	if (len > 0 && text[len - 1] == '.')
		len--;
	buf_put(b, text, (size_t)len);
}

/* put_name - the name and labels of a series */
static void
put_name(struct buf *b, const struct metric *h, const char *suffix)
{
	buf_putf(b, "%s%s", h->name, suffix);
	if (*h->labels != '\0')
		buf_putf(b, "{%s}", h->labels);
	buf_putc(b, ' ');
}

/* put_bucket - how many took at most so long */
static void
put_bucket(struct buf *b, const struct metric *h, size_t i, int64_t count)
{
	buf_putf(b, "%s_bucket{%s%sle=\"", h->name, h->labels,
	    *h->labels != '\0' ? "," : "");
	if (i < h->bound_count)
		put_seconds(b, h->bounds_us[i]);
	else
		buf_puts(b, "+Inf");
	buf_putf(b, "\"} %" PRId64 "\n", count);
}

/*
 * put_histogram - buckets, sum and count
 *
 * The count is that of the last bucket, so that the two never differ when
 * somebody adds meanwhile.
 */
static void
put_histogram(struct buf *b, const struct metric *h)
{
	int64_t count = 0;

	for (size_t i = 0; i <= h->bound_count; i++) {
		count +=
		    atomic_load_explicit(&h->buckets[i], memory_order_relaxed);
		put_bucket(b, h, i, count);
	}
	put_name(b, h, "_sum");
	put_seconds(b, metric_value(h));
	buf_putc(b, '\n');
	put_name(b, h, "_count");
	buf_putf(b, "%" PRId64 "\n", count);
}

/* put_value - a counter or gauge */
static void
put_value(struct buf *b, const struct metric *c)
{
	put_name(b, c, "");
	buf_putf(b, "%" PRId64 "\n", metric_value(c));
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
		if (c->buckets != NULL)
			put_histogram(b, c);
		else
			put_value(b, c);
	}
}
