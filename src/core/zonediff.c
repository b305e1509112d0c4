/*
 * zonediff.c - filling in what is wanted and what is there
 *
 * What the comparison means is zonediff_judge.c's. Opens nothing, asks nobody.
 */
#include "core/zonediff.h"

#define ARENA_MAX (8u << 20)

struct zonediff *
zonediff_new(const char *domain)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct zonediff *d;

	if (a == NULL)
		return NULL;
	d = arena_alloc(a, sizeof(*d));
	if (d != NULL) {
		d->arena = a;
		d->id = "";
		d->domain = arena_dup(a, str_of(domain));
	}
	if (d == NULL || d->domain == NULL) {
		arena_free(a);
		return NULL;
	}
	return d;
}

void
zonediff_free(struct zonediff *d)
{
	if (d != NULL)
		arena_free(d->arena);
}

/* grow - room for one element more; null when memory is short */
static void *
grow(struct zonediff *d, const void *v, size_t count, size_t *room, size_t size)
{
	size_t more = *room > 0 ? *room * 2 : 4;
	void *grown;

	if (count < *room)
		return (void *)v;
	grown = arena_zalloc(d->arena, more, size);
	if (grown == NULL) {
		d->short_of_memory = true;
		return NULL;
	}
	if (count > 0)
		memcpy(grown, v, count * size);
	*room = more;
	return grown;
}

void
zonediff_put(struct zonediff *d, struct zonediff_set *set, struct str value)
{
	struct str *v;
	const char *copy;
	size_t i;

	for (i = 0; i < set->count; i++)
		if (str_eq(set->v[i], value))
			return;
	v = grow(d, set->v, set->count, &set->room, sizeof(*v));
	copy = arena_dup(d->arena, value);
	if (v == NULL || copy == NULL) {
		d->short_of_memory = true;
		return;
	}
	v[set->count++] = str_make(copy, value.len);
	set->v = v;
}

/* kind_of - what stands at a name of ours */
static enum zonediff_kind
kind_of(struct str name)
{
	if (str_starts(name, STR(ZONE_NAME_TLSRPT)))
		return ZONEDIFF_TLSRPT;
	if (str_starts(name, STR(ZONE_NAME_STS)) ||
	    str_find(name, STR("." ZONE_NAME_STS)) < name.len)
		return ZONEDIFF_STS;
	if (str_starts(name, STR("_acme-challenge.")))
		return ZONEDIFF_VALUE;
	return ZONEDIFF_HOST;
}

struct zonediff_name *
zonediff_at(struct zonediff *d, const char *name)
{
	struct zonediff_name *names, *n;
	size_t i;

	for (i = 0; i < d->count; i++)
		if (strcmp(d->names[i].name, name) == 0)
			return &d->names[i];
	names = grow(d, d->names, d->count, &d->room, sizeof(*names));
	if (names == NULL)
		return NULL;
	d->names = names;
	n = &names[d->count];
	*n = (struct zonediff_name){ .kind = kind_of(str_of(name)) };
	n->name = arena_dup(d->arena, str_of(name));
	if (n->name == NULL) {
		d->short_of_memory = true;
		return NULL;
	}
	d->count++;
	return n;
}

void
zonediff_want(struct zonediff *d, const struct zone *z, struct str id)
{
	const struct zone_record *r;
	struct zonediff_name *n;
	const char *copy = arena_dup(d->arena, id);

	if (copy != NULL)
		d->id = copy;
	else
		d->short_of_memory = true;
	d->ttl_s = z->ttl_s;
	for (size_t i = 0; i < z->count; i++) {
		r = &z->records[i];
		n = zonediff_at(d, r->name);
		if (n == NULL)
			return;
		n->part = r->part;
		zonediff_put(d, &n->want[r->type], str_of(r->data));
	}
}

struct zonediff_server *
zonediff_server(struct zonediff *d, struct zonediff_name *n, const char *name,
    const char *address)
{
	struct zonediff_server *v, *s;

	v = grow(d, n->servers, n->server_count, &n->server_room, sizeof(*v));
	if (v == NULL)
		return NULL;
	n->servers = v;
	s = &v[n->server_count];
	*s = (struct zonediff_server){ .why = "" };
	s->name = arena_dup(d->arena, str_of(name));
	s->address = arena_dup(d->arena, str_of(address));
	if (s->name == NULL || s->address == NULL) {
		d->short_of_memory = true;
		return NULL;
	}
	n->server_count++;
	return s;
}

const char *
zonediff_state_name(enum zonediff_state state)
{
	static const char *const names[ZONEDIFF_STATES] = { "same", "add",
		"change", "remove", "unknown" };

	return names[state];
}

/* put_set - "TXT one, two" */
static void
put_set(enum zone_type type, const struct zonediff_set *set, struct buf *b)
{
	for (size_t i = 0; i < set->count; i++) {
		if (i == 0)
			buf_putf(b, "%s%s ", b->len > 0 ? "; " : "",
			    zone_type_name(type));
		else
			buf_puts(b, ", ");
		buf_printable(b, set->v[i], 1000);
	}
}

void
zonediff_put_want(const struct zonediff_name *n, struct buf *b)
{
	size_t before = b->len;

	if (n->kind == ZONEDIFF_VALUE && n->gone) {
		buf_puts(b, "not the value of the challenge");
		return;
	}
	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++)
		put_set((enum zone_type)t, &n->want[t], b);
	if (b->len == before)
		buf_puts(b, "nothing of ours");
}

void
zonediff_put_has(const struct zonediff_name *n, const struct zonediff_server *s,
    struct buf *b)
{
	size_t before = b->len;

	if (s->failed) {
		buf_puts(b, "no answer: ");
		buf_printable(b, str_of(s->why), 200);
		return;
	}
	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++)
		put_set((enum zone_type)t, &s->set[t], b);
	if (b->len == before)
		buf_puts(b, "nothing");
}
