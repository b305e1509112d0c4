/*
 * fake_dns - dns_start() and dns_cancel() for tests of what asks for addresses
 *
 * The linker takes these two instead of those in the floor's library. Answers
 * are A and AAAA records of any name, given as text; the callback comes from
 * the loop after a delay.
 */
#ifndef TESTS_SUPPORT_FAKE_DNS_H
#define TESTS_SUPPORT_FAKE_DNS_H

#include "core/ipnet.h"
#include "io/dns.h"
#include "io/loop.h"

#include <stdio.h>
#include <stdlib.h>

/* What one type of record is answered with. */
struct fake_answer {
	enum dnsfact_end end;
	const char *addresses; /* "127.0.0.1 127.0.0.2"; "": none: NODATA */
	int delay_ms; /* -1: never */
	const char *why;
};

struct dns {
	struct loop *loop;
	struct fake_answer a, aaaa;
	unsigned asked, open;
	char name[300]; /* asked for last */
	bool no_memory; /* the next dns_start() fails */
};

struct dns_ask {
	struct dns *dns;
	enum dnstype type;
	dns_callback *cb;
	void *ctx;
	struct loop_watch *timer;
};

/* fake_dns_parse - the records; how many */
static inline size_t
fake_dns_parse(struct str rest, bool v4, struct dnsfact_record *out)
{
	struct ipnet_addr addr;
	struct str one;
	size_t n = 0;

	while (rest.len > 0 && n < 20) {
		str_cut(rest, ' ', &one, &rest);
		if (!ipnet_addr_parse(one, &addr))
			abort();
		memcpy(out[n++].ip, addr.b + (v4 ? 12 : 0), v4 ? 4 : 16);
	}
	return n;
}

/* fake_dns_answer - the delay is over */
static inline void
fake_dns_answer(void *ctx)
{
	struct dnsfact_record records[20] = { 0 };
	struct dns_ask *ask = ctx;
	const struct fake_answer *answer =
	    ask->type == DNSTYPE_A ? &ask->dns->a : &ask->dns->aaaa;
	struct dnsfact fact = { .end = answer->end,
		.type = ask->type,
		.canonical = "canonical.test",
		.records = records,
		.why = answer->why != NULL ? answer->why : "" };

	if (fact.end == DNSFACT_FOUND) {
		fact.count = fake_dns_parse(
		    str_of(answer->addresses), ask->type == DNSTYPE_A, records);
		if (fact.count == 0)
			fact.end = DNSFACT_NODATA;
	}
	ask->cb(ask->ctx, &fact);
	dns_cancel(ask);
}

struct dns_ask *
dns_start(struct dns *dns, const char *name, enum dnstype type,
    dns_callback *cb, void *ctx)
{
	const struct fake_answer *answer =
	    type == DNSTYPE_A ? &dns->a : &dns->aaaa;
	struct dns_ask *ask;

	if (dns->no_memory)
		return NULL;
	ask = calloc(1, sizeof(*ask));
	if (ask == NULL)
		return NULL;
	*ask = (struct dns_ask){ dns, type, cb, ctx, NULL };
	ask->timer = loop_timer(dns->loop, fake_dns_answer, ask);
	if (ask->timer == NULL) {
		free(ask);
		return NULL;
	}
	if (answer->delay_ms >= 0)
		loop_timer_start(ask->timer, answer->delay_ms);
	snprintf(dns->name, sizeof(dns->name), "%s", name);
	dns->asked++;
	dns->open++;
	return ask;
}

void
dns_cancel(struct dns_ask *ask)
{
	if (ask == NULL)
		return;
	ask->dns->open--;
	loop_watch_close(ask->timer);
	free(ask);
}

#endif
