/*
 * dnsfact.c - what one DNS lookup told
 *
 * The names of things and the facts that a lookup failed. Facts of answers are
 * made in dnsmsg. Knows nothing of messages and of servers.
 */
#include "core/dnsfact.h"

#include "base/arena.h"
#include "base/buf.h"

#define WHY_MAX	  200u /* bytes that are shown */
#define ARENA_MAX (16u << 10)

const char *
dnsfact_end_name(enum dnsfact_end end)
{
	static const char *const names[DNSFACT_ENDS] = {
		[DNSFACT_FOUND] = "found",
		[DNSFACT_NODATA] = "nodata",
		[DNSFACT_NXDOMAIN] = "nxdomain",
		[DNSFACT_BOGUS] = "bogus",
		[DNSFACT_SERVFAIL] = "servfail",
		[DNSFACT_TIMEOUT] = "timeout",
		[DNSFACT_MALFORMED] = "malformed",
	};

	return (unsigned)end < DNSFACT_ENDS ? names[end] : "?";
}

const char *
dnstype_name(enum dnstype type)
{
	switch (type) {
	case DNSTYPE_A:
		return "A";
	case DNSTYPE_NS:
		return "NS";
	case DNSTYPE_CNAME:
		return "CNAME";
	case DNSTYPE_MX:
		return "MX";
	case DNSTYPE_TXT:
		return "TXT";
	case DNSTYPE_AAAA:
		return "AAAA";
	case DNSTYPE_DNSKEY:
		return "DNSKEY";
	case DNSTYPE_TLSA:
		return "TLSA";
	case DNSTYPE_CAA:
		return "CAA";
	}
	return "?";
}

/* printable - a safe copy of a phrase; null when memory is short */
static const char *
printable(struct arena *arena, const char *why)
{
	struct buf b;
	const char *copy = NULL;

	buf_init(&b, ARENA_MAX / 2);
	buf_clean(&b, str_of(why), WHY_MAX);
	if (!buf_error(&b))
		copy = arena_dup(arena, buf_str(&b));
	buf_free(&b);
	return copy;
}

struct dnsfact *
dnsfact_new_failed(
    const char *name, enum dnstype type, enum dnsfact_end end, const char *why)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct dnsfact *fact;

	if (arena == NULL)
		return NULL;
	fact = arena_alloc(arena, sizeof(*fact));
	if (fact != NULL) {
		fact->end = end;
		fact->type = type;
		fact->canonical = arena_dup(arena, str_of(name));
		fact->why = printable(arena, why);
		fact->arena = arena;
	}
	if (fact == NULL || fact->canonical == NULL || fact->why == NULL) {
		arena_free(arena);
		return NULL;
	}
	return fact;
}

struct dnsfact *
dnsfact_hold(const struct dnsfact *fact)
{
	/* Const is what it is for those it is lent to; it was made to change.
	 */
	struct dnsfact *held = (struct dnsfact *)fact;

	if (held->arena == NULL)
		return NULL;
	held->holders++;
	return held;
}

void
dnsfact_free(struct dnsfact *fact)
{
	if (fact == NULL)
		return;
	if (fact->holders > 0)
		fact->holders--;
	else
		arena_free(fact->arena);
}

/* has_mx - does an answer name the host? */
static bool
has_mx(const struct dnsfact *fact, const char *name)
{
	for (size_t i = 0; i < fact->count; i++)
		if (strcmp(fact->records[i].mx.name, name) == 0)
			return true;
	return false;
}

bool
dnsfact_same_mx(const struct dnsfact *a, const struct dnsfact *b)
{
	if (a->end != DNSFACT_FOUND || b->end != DNSFACT_FOUND)
		return a->end == b->end;
	for (size_t i = 0; i < a->count; i++)
		if (!has_mx(b, a->records[i].mx.name))
			return false;
	for (size_t i = 0; i < b->count; i++)
		if (!has_mx(a, b->records[i].mx.name))
			return false;
	return true;
}
