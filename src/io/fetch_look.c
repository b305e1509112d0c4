/*
 * fetch_look - the addresses of a host, IPv6 and IPv4 in turn
 *
 * Both kinds are asked for at once; one that fails is no harm while the other
 * answers (RFC 8305 sections 3 and 4, without the race). An answer that comes
 * while an address is already being tried adds to what is left.
 */
#include "io/fetch.h"

#include "io/fetch_int.h"

#include <stdio.h>

static const enum dnstype types[FETCH_FAMILIES] = { DNSTYPE_AAAA, DNSTYPE_A };

/* add - one address of an answer */
static void
add(struct fetch_question *q, const struct dnsfact_record *record)
{
	struct fetch_look *look = &q->fetch->look;
	struct ipnet_addr addr;
	char text[IPNET_TEXT_LEN];
	const char *what;

	if (q == &look->q[FETCH_V4])
		addr = ipnet_addr_v4(record->ip);
	else
		memcpy(addr.b, record->ip, sizeof(addr.b));
	/* The proxy is our own affair: any address may be asked. */
	what = fetch_has_proxy(q->fetch)
	    ? NULL
	    : ipspecial_refused(&addr, &q->fetch->f->allowed);
	if (what == NULL) {
		q->v[q->count++] = addr;
	} else if (look->refused++ == 0) {
		snprintf(look->refused_as, sizeof(look->refused_as), "%s, %s",
		    ipnet_addr_text(&addr, text), what);
	}
}

/* on_answer - one of the two lookups has ended */
static void
on_answer(void *ctx, const struct dnsfact *fact)
{
	struct fetch_question *q = ctx;
	size_t i;

	q->ask = NULL;
	q->end = fact->end;
	snprintf(q->why, sizeof(q->why), "%s", fact->why);
	if (fact->end == DNSFACT_FOUND)
		for (i = 0; i < fact->count && q->count < FETCH_PER_KIND; i++)
			add(q, &fact->records[i]);
	fetch_addresses_came(q->fetch);
}

bool
fetch_look_start(struct fetch *fetch, const char *name)
{
	struct fetch_look *look = &fetch->look;
	int i;

	for (i = 0; i < FETCH_FAMILIES; i++) {
		look->q[i].fetch = fetch;
		look->q[i].ask = dns_start(
		    fetch->f->dns, name, types[i], on_answer, &look->q[i]);
		if (look->q[i].ask == NULL)
			return false;
	}
	return true;
}

void
fetch_look_cancel(struct fetch_look *look)
{
	int i;

	for (i = 0; i < FETCH_FAMILIES; i++) {
		dns_cancel(look->q[i].ask);
		look->q[i].ask = NULL;
	}
}

bool
fetch_look_open(const struct fetch_look *look)
{
	return look->q[FETCH_V6].ask != NULL || look->q[FETCH_V4].ask != NULL;
}

size_t
fetch_look_left(const struct fetch_look *look)
{
	size_t left = 0;
	int i;

	for (i = 0; i < FETCH_FAMILIES; i++)
		left += look->q[i].count - look->q[i].next;
	return left;
}

bool
fetch_look_next(struct fetch_look *look, struct ipnet_addr *out)
{
	struct fetch_question *q = &look->q[look->turn];
	bool theirs = q->next < q->count;

	if (fetch_look_left(look) == 0)
		return false;
	look->turn = look->turn == FETCH_V6 ? FETCH_V4 : FETCH_V6;
	if (!theirs)
		return fetch_look_next(look, out);
	*out = q->v[q->next++];
	return true;
}

/* put_failure - "AAAA: bogus (signature expired)" */
static void
put_failure(const struct fetch_question *q, enum dnstype type, struct buf *why)
{
	buf_putf(
	    why, "%s lookup %s", dnstype_name(type), dnsfact_end_name(q->end));
	if (q->why[0] != '\0')
		buf_putf(why, " (%s)", q->why);
}

enum fetchfact_end
fetch_look_end(const struct fetch_look *look, const char *name, struct buf *why)
{
	const struct fetch_question *v6 = &look->q[FETCH_V6];
	const struct fetch_question *v4 = &look->q[FETCH_V4];

	if (look->refused > 0) {
		buf_putf(why,
		    "%s has no address that may be asked, but %u that may "
		    "not (%s); see allow-networks",
		    name, look->refused, look->refused_as);
		return FETCHFACT_PRIVATE;
	}
	/* A name that is not there has addresses of neither kind. */
	if (v6->end == DNSFACT_NXDOMAIN || v4->end == DNSFACT_NXDOMAIN) {
		buf_putf(why, "there is no host %s (NXDOMAIN)", name);
		return FETCHFACT_NO_ADDRESS;
	}
	if (v6->end < DNSFACT_BOGUS && v4->end < DNSFACT_BOGUS) {
		buf_putf(why, "%s has neither A nor AAAA records", name);
		return FETCHFACT_NO_ADDRESS;
	}
	buf_putf(why, "no address of %s is known: ", name);
	if (v4->end >= DNSFACT_BOGUS)
		put_failure(v4, DNSTYPE_A, why);
	if (v6->end >= DNSFACT_BOGUS && v4->end >= DNSFACT_BOGUS)
		buf_puts(why, "; ");
	if (v6->end >= DNSFACT_BOGUS)
		put_failure(v6, DNSTYPE_AAAA, why);
	return FETCHFACT_DNS;
}
