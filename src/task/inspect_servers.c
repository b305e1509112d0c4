/*
 * inspect_servers.c - the MX records at every server of the domain's zone
 *
 * For who decides by them, not for checks: a single answer may be a stale or a
 * forged one. The zone is found by going up from the domain until a name has
 * NS records; each of its servers is asked once. What it means that they
 * differ is not known here.
 */
#include "task/inspect.h"

#include "task/inspect_int.h"

#include <stdio.h>

/* on_address - of one authoritative server: ask there */
static void
on_address(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	struct seen_mx_ns *ns = arg;
	struct ipnet_addr addr;
	struct inspect_question q = { in->seen->domain, DNSTYPE_MX, &ns->mx,
		NULL, NULL };

	if (fact->end != DNSFACT_FOUND) {
		q = (struct inspect_question){ ns->name, DNSTYPE_AAAA,
			&ns->address, on_address, ns };
		if (fact->type == DNSTYPE_A)
			inspect_ask(in, &q);
		return;
	}
	if (fact->type == DNSTYPE_A)
		addr = ipnet_addr_v4(fact->records[0].ip);
	else
		memcpy(addr.b, fact->records[0].ip, sizeof(addr.b));
	ipnet_addr_text(&addr, ns->text);
	if (inspect_refused(in, &addr) == NULL)
		inspect_ask_at(in, &q, &addr);
}

/* ask_servers - all of the zone's */
static void
ask_servers(struct inspect *in, const struct dnsfact *fact)
{
	struct seen *s = in->seen;

	for (size_t i = 0; i < fact->count; i++) {
		struct seen_mx_ns *ns = &s->mx_ns[s->mx_ns_count];
		struct inspect_question q = { ns->name, DNSTYPE_A, &ns->address,
			on_address, ns };

		if (s->mx_ns_count == SEEN_NS_MAX) {
			s->mx_ns_more++;
			continue;
		}
		s->mx_ns_count++;
		snprintf(ns->name, sizeof(ns->name), "%s", fact->records[i].ns);
		inspect_ask(in, &q);
	}
}

/* on_ns - of a name: its own, or look further up */
static void
on_ns(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	struct inspect_question q = { NULL, DNSTYPE_NS, &in->seen->mx_ns_set,
		on_ns, NULL };
	const char *dot;

	if (fact->end == DNSFACT_FOUND && fact->cnames == 0) {
		ask_servers(in, fact);
		return;
	}
	/* Asked above a zone that fails, others would be believed. */
	if (dnsfact_failed(fact))
		return;
	dot = strchr(in->mx_ns_name, '.');
	if (dot == NULL || strchr(dot + 1, '.') == NULL)
		return;
	in->mx_ns_name = q.name = dot + 1;
	inspect_ask(in, &q);
}

void
inspect_begin_servers(struct inspect *in)
{
	struct inspect_question q = { in->seen->domain, DNSTYPE_NS,
		&in->seen->mx_ns_set, on_ns, NULL };

	if (!in->ins->conf.mx_servers)
		return;
	in->mx_ns_name = in->seen->domain;
	inspect_ask(in, &q);
}
