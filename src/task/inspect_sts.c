/*
 * inspect_sts.c - the record _mta-sts, at its place, elsewhere, at every server
 *
 * RFC 8461 section 3.1. Where the record is not, the places where people put
 * it by mistake are looked at. Where it is, each authoritative server of the
 * zone is asked for it. The zone is found by going up from the record until a
 * name has NS records.
 */
#include "task/inspect.h"

#include "task/inspect_int.h"
#include "task/zonesee.h"

#include <stdio.h>

/* read_record - the verdict on the records at the right place */
static void
read_record(struct seen *s, const struct dnsfact *fact)
{
	struct mtasts_txt txt[LIMIT_TXT_COUNT];
	size_t count = 0;

	while (fact->end == DNSFACT_FOUND && count < fact->count &&
	    count < LIMIT_TXT_COUNT) {
		txt[count].text = fact->records[count].txt.p;
		txt[count].len = fact->records[count].txt.len;
		count++;
	}
	s->rec_verdict = mtasts_stsrec_parse(txt, count, &s->rec, NULL);
}

void
inspect_apex(struct inspect *in)
{
	struct inspect_question q = { in->seen->domain, DNSTYPE_TXT,
		&in->seen->sts_apex, NULL, NULL };

	if (in->apex_asked)
		return;
	in->apex_asked = true;
	inspect_ask(in, &q);
}

/* ask_misplaced - is it where it should not be? */
static void
ask_misplaced(struct inspect *in)
{
	struct seen *s = in->seen;
	struct inspect_question q = { s->policy_host, DNSTYPE_TXT,
		&s->sts_plain, NULL, NULL };

	inspect_ask(in, &q);
	q.name = arena_printf(s->arena, "_mta_sts.%s", s->domain);
	q.where = &s->sts_under;
	if (q.name == NULL)
		in->failed = true;
	else
		inspect_ask(in, &q);
	inspect_apex(in);
}

/* on_ns_address - of one authoritative server: ask there */
static void
on_ns_address(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	struct seen_ns *ns = arg;
	struct ipnet_addr addr;
	struct inspect_question q = { NULL, DNSTYPE_TXT, &ns->sts, NULL, NULL };

	if (fact->end != DNSFACT_FOUND) {
		q = (struct inspect_question){ ns->name, DNSTYPE_AAAA,
			&ns->address, on_ns_address, ns };
		if (fact->type == DNSTYPE_A)
			inspect_ask(in, &q);
		return;
	}
	if (fact->type == DNSTYPE_A)
		addr = ipnet_addr_v4(fact->records[0].ip);
	else
		memcpy(addr.b, fact->records[0].ip, sizeof(addr.b));
	ipnet_addr_text(&addr, ns->text);
	if (inspect_refused(in, &addr) != NULL)
		return;
	q.name = arena_printf(in->seen->arena, "_mta-sts.%s", in->seen->domain);
	if (q.name == NULL)
		in->failed = true;
	else
		inspect_ask_at(in, &q, &addr);
}

/* ask_servers - all of the zone's */
static void
ask_servers(struct inspect *in, const struct dnsfact *fact)
{
	struct seen *s = in->seen;
	size_t i;

	s->ns_zone = in->ns_name;
	for (i = 0; i < fact->count && s->ns_count < SEEN_NS_MAX; i++) {
		struct seen_ns *ns = &s->ns[s->ns_count++];
		struct inspect_question q = { ns->name, DNSTYPE_A, &ns->address,
			on_ns_address, ns };

		snprintf(ns->name, sizeof(ns->name), "%s", fact->records[i].ns);
		inspect_ask(in, &q);
	}
}

/* on_ns - of a name: its own, or look further up */
static void
on_ns(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	struct inspect_question q = { NULL, DNSTYPE_NS, &in->seen->ns_set,
		on_ns, NULL };

	switch (zonesee_climb(&in->ns_name, fact)) {
	case ZONESEE_FOUND:
		ask_servers(in, fact);
		break;
	case ZONESEE_UP:
		q.name = in->ns_name;
		inspect_ask(in, &q);
		break;
	default:
		break;
	}
}

/* on_sts - the record's own name */
static void
on_sts(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	struct inspect_question q = { NULL, DNSTYPE_NS, &in->seen->ns_set,
		on_ns, NULL };

	read_record(in->seen, fact);
	if (in->seen->rec_verdict != MTASTS_VERDICT_VALID)
		ask_misplaced(in);
	else
		inspect_with_record(in);
	if (fact->end == DNSFACT_FOUND) {
		/* A provider may have just this name delegated to him. */
		q.name = arena_printf(
		    in->seen->arena, "_mta-sts.%s", in->seen->domain);
		in->ns_name = q.name;
		if (q.name != NULL)
			inspect_ask(in, &q);
		else
			in->failed = true;
	}
	inspect_fetches(in);
}

void
inspect_begin_sts(struct inspect *in)
{
	struct seen *s = in->seen;
	struct inspect_question q = { NULL, DNSTYPE_TXT, &s->sts, on_sts,
		NULL };

	q.name = arena_printf(s->arena, "_mta-sts.%s", s->domain);
	if (q.name == NULL)
		in->failed = true;
	else
		inspect_ask(in, &q);
}
