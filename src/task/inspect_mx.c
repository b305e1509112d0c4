/*
 * inspect_mx.c - the mail servers: addresses, DANE, STARTTLS at each address
 *
 * RFC 5321 section 5.1, RFC 7505, RFC 7672. Each host's A, AAAA and TLSA are
 * asked for as core/dane wants them; a host without signed TLSA records is
 * asked for unsigned ones, which a person may take for DANE. When all addresses
 * of a host have been looked at, the first with TLS is looked at twice more:
 * without its name in the handshake, and with nothing but old TLS.
 */
#include "task/inspect.h"

#include "task/inspect_int.h"
#include "mtasts/dname.h"

#include <stdio.h>

static void ask_dane(struct inspect_mx *m);

/* ---- looks at addresses ---- */

/* first_with_tls - the address for the last looks; null: none */
static const struct seen_mx_addr *
first_with_tls(const struct seen_mx *mx)
{
	const struct seen_mx_addr *refused = NULL;
	size_t i;

	for (i = 0; i < mx->addr_count; i++) {
		const struct probefact *probe = mx->addr[i].probe;

		if (probe != NULL && probe->tls != NULL)
			return &mx->addr[i];
		/* It may have nothing but old TLS. */
		if (probe != NULL && probe->end == PROBEFACT_TLS &&
		    refused == NULL)
			refused = &mx->addr[i];
	}
	return refused;
}

/* want_of - what to look at, at an address */
static struct probe_want
want_of(const struct inspect_mx *m, const struct seen_mx_addr *addr)
{
	return (struct probe_want){ .kind = PROBE_SMTP,
		.host = m->mx->name,
		.addr = addr->addr,
		.port = m->in->ins->conf.smtp_port };
}

/* on_look - one address is done; the last one? */
static void
on_look(struct inspect *in, void *arg)
{
	struct inspect_mx *m = arg;
	const struct seen_mx_addr *addr;
	struct probe_want want;

	if (--m->looks_left > 0)
		return;
	addr = first_with_tls(m->mx);
	if (addr == NULL)
		return;
	want = want_of(m, addr);
	want.old_tls = true;
	look_start(in, &want, &m->mx->old_tls, NULL, NULL);
	want.old_tls = false;
	want.no_sni = true;
	want.like = addr->probe->tls;
	if (want.like != NULL)
		look_start(in, &want, &m->mx->no_sni, NULL, NULL);
}

/* add_addresses - those of one lookup */
static void
add_addresses(struct inspect_mx *m, const struct dnsfact *fact)
{
	struct seen_mx *mx = m->mx;
	size_t i;

	for (i = 0;
	     fact != NULL && fact->end == DNSFACT_FOUND && i < fact->count;
	     i++) {
		struct seen_mx_addr *addr = &mx->addr[mx->addr_count];

		if (i >= SEEN_MX_ADDRS) {
			mx->addr_more++;
			continue;
		}
		if (fact->type == DNSTYPE_A)
			addr->addr = ipnet_addr_v4(fact->records[i].ip);
		else
			memcpy(addr->addr.b, fact->records[i].ip,
			    sizeof(addr->addr.b));
		ipnet_addr_text(&addr->addr, addr->text);
		addr->refused = inspect_refused(m->in, &addr->addr);
		mx->addr_count++;
	}
}

/* look_at_all - both kinds of addresses are known */
static void
look_at_all(struct inspect_mx *m)
{
	struct seen_mx *mx = m->mx;
	size_t i;

	add_addresses(m, mx->a);
	add_addresses(m, mx->aaaa);
	if (m->in->ins->conf.no_smtp)
		return;
	for (i = 0; i < mx->addr_count; i++)
		m->looks_left += mx->addr[i].refused == NULL;
	for (i = 0; i < mx->addr_count; i++) {
		struct probe_want want = want_of(m, &mx->addr[i]);

		if (mx->addr[i].refused == NULL)
			look_start(
			    m->in, &want, &mx->addr[i].probe, on_look, m);
	}
}

/* ---- DNS of one host ---- */

/* keep - the answer, where it belongs */
static void
keep(struct inspect_mx *m, const struct dnsfact *fact)
{
	struct seen_mx *mx = m->mx;
	struct dnsfact **where = &mx->tlsa;

	if (fact->type == DNSTYPE_CNAME)
		return;
	if (fact->type == DNSTYPE_A)
		where = &mx->a;
	else if (fact->type == DNSTYPE_AAAA)
		where = &mx->aaaa;
	dnsfact_free(*where);
	*where = dnsfact_hold(fact);
	if (*where == NULL)
		m->in->failed = true;
}

/* ask_unsigned - TLSA records that do not count */
static void
ask_unsigned(struct inspect_mx *m)
{
	struct inspect_question q = { NULL, DNSTYPE_TLSA, &m->mx->tlsa, NULL,
		NULL };

	if (m->mx->tlsa != NULL || m->tlsa_asked ||
	    m->mx->dane.result.dane != DANE_NONE)
		return;
	m->tlsa_asked = true;
	q.name = arena_printf(m->in->seen->arena, "_%u._tcp.%s",
	    m->in->ins->conf.smtp_port, m->mx->name);
	if (q.name == NULL)
		m->in->failed = true;
	else if (strlen(q.name) <= LIMIT_DNAME_LEN)
		inspect_ask(m->in, &q);
}

/* on_answer - of a question that DANE asked */
static void
on_answer(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	struct inspect_mx *m = arg;

	keep(m, fact);
	dane_answer(&m->mx->dane, fact);
	if (fact->type == DNSTYPE_A || fact->type == DNSTYPE_AAAA)
		if (--m->addresses_left == 0)
			look_at_all(m);
	if (dane_done(&m->mx->dane))
		ask_unsigned(m);
	else
		ask_dane(m);
}

/* ask_dane - what it wants to know now */
static void
ask_dane(struct inspect_mx *m)
{
	struct dane_question d;

	while (dane_next(&m->mx->dane, &d)) {
		struct inspect_question q = { d.name, d.type, NULL, on_answer,
			m };

		inspect_ask(m->in, &q);
	}
}

/* begin_host - when its name can be one of a host */
static void
begin_host(struct inspect_mx *m)
{
	struct mtasts_dname name;

	if (mtasts_dname_parse(m->mx->name, strlen(m->mx->name), &name, NULL,
		NULL) != MTASTS_OK)
		return;
	m->addresses_left = 2;
	dane_begin(&m->mx->dane, m->mx->name, m->in->ins->conf.smtp_port);
	ask_dane(m);
}

/* ---- the MX records ---- */

/* find - the host of that name, or null */
static struct seen_mx *
find(struct seen *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->mx_count; i++)
		if (strcmp(s->mxs[i].name, name) == 0)
			return &s->mxs[i];
	return NULL;
}

/* insert - a place for a host, by preference, the first come first */
static struct seen_mx *
insert(struct seen *s, uint16_t preference)
{
	size_t i = s->mx_count++;

	for (; i > 0 && s->mxs[i - 1].preference > preference; i--)
		s->mxs[i] = s->mxs[i - 1];
	s->mxs[i] = (struct seen_mx){ .preference = preference, .times = 1 };
	return &s->mxs[i];
}

/* add_host - of one record */
static void
add_host(struct seen *s, const char *name, uint16_t preference)
{
	struct seen_mx *mx = find(s, name);

	if (mx != NULL) {
		mx->times++;
		return;
	}
	if (s->mx_count == SEEN_MX_MAX) {
		s->mx_more++;
		return;
	}
	mx = insert(s, preference);
	snprintf(mx->name, sizeof(mx->name), "%s", name);
}

/* gather - the hosts of the answer */
static void
gather(struct seen *s, const struct dnsfact *fact)
{
	size_t i;

	if (fact->end == DNSFACT_NODATA) {
		add_host(s, s->domain, 0);
		s->mxs[0].implicit = true;
	}
	if (fact->end != DNSFACT_FOUND)
		return;
	/* RFC 7505 section 3: beside others "." is no host, and no statement */
	s->null_mx = fact->count == 1 && fact->records[0].mx.name[0] == '\0';
	for (i = 0; i < fact->count && !s->null_mx; i++)
		add_host(s, fact->records[i].mx.name,
		    fact->records[i].mx.preference);
}

/* on_mx - the MX records */
static void
on_mx(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	struct seen *s = in->seen;
	size_t i;

	s->mxs = arena_zalloc(s->arena, SEEN_MX_MAX, sizeof(*s->mxs));
	in->mxs = mem_zalloc(SEEN_MX_MAX, sizeof(*in->mxs));
	if (s->mxs == NULL || in->mxs == NULL) {
		in->failed = true;
		return;
	}
	gather(s, fact);
	for (i = 0; i < s->mx_count; i++) {
		in->mxs[i].in = in;
		in->mxs[i].mx = &s->mxs[i];
		begin_host(&in->mxs[i]);
	}
}

void
inspect_begin_mx(struct inspect *in)
{
	struct inspect_question q = { in->seen->domain, DNSTYPE_MX,
		&in->seen->mx, on_mx, NULL };

	inspect_ask(in, &q);
}
