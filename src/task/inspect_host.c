/*
 * inspect_host.c - the policy host: its addresses, and what each one serves
 *
 * RFC 8461 section 3.3. Every address is asked on its own. Without a record
 * only the first one is: then the question is just whether somebody has begun
 * to set MTA-STS up. Once an address has served the policy two more looks go
 * there: without the name in the handshake, and over plain HTTP.
 */
#include "task/inspect.h"

#include "task/inspect_int.h"

static void on_fetched(struct inspect *in, void *arg);

/* forget - a fetch is over */
static void
forget(struct inspect_fetch *f)
{
	LIST_REMOVE(f, link);
	gate_leave(&f->turn);
	mem_free(f);
}

void
fetch_abandon(struct inspect_fetch *f)
{
	fetch_cancel(f->fetch);
	forget(f);
}

/* on_fact - what came */
static void
on_fact(void *ctx, const struct fetchfact *fact)
{
	struct inspect_fetch *f = ctx;
	struct inspect *in = f->in;
	inspect_step *then = f->then;

	*f->where = fetchfact_keep(fact);
	if (*f->where == NULL)
		in->failed = true;
	f->fetch = NULL;
	forget(f);
	if (then != NULL)
		then(in, NULL);
	inspect_leave(in);
}

/* on_fetch - the same, of a fetch of our own */
static void
on_fetch(void *ctx, const struct fetchfact *fact)
{
	struct inspect_fetch *f = ctx;

	dead_note_fetch(f->in->ins, &f->addr, f->port, fact);
	on_fact(f, fact);
}

/* on_turn - the address has room */
static void
on_turn(void *ctx)
{
	struct inspect_fetch *f = ctx;
	struct inspect *in = f->in;
	const struct fetchfact *dead = dead_fetch(in->ins, &f->addr, f->port);
	struct fetch_at at = { in->seen->policy_host, f->addr, f->port,
		f->plain };
	inspect_step *then = f->then;

	if (dead != NULL) {
		on_fact(f, dead);
		return;
	}
	f->fetch = fetch_start_at(in->ins->conf.fetcher, &at, on_fetch, f);
	if (f->fetch != NULL)
		return;
	in->failed = true;
	forget(f);
	if (then != NULL)
		then(in, NULL);
	inspect_leave(in);
}

/* fetch_at - look at one address */
static void
fetch_at(struct inspect *in, const struct seen_addr *addr, bool plain,
    struct fetchfact **where, inspect_step *then)
{
	struct inspect_fetch *f = mem_zalloc(1, sizeof(*f));

	if (f == NULL) {
		in->failed = true;
		return;
	}
	*f = (struct inspect_fetch){ .in = in,
		.turn = { .begin = on_turn, .ctx = f },
		.addr = addr->addr,
		.port =
		    plain ? in->ins->conf.http_port : in->ins->conf.https_port,
		.plain = plain,
		.where = where,
		.then = then };
	LIST_INSERT_HEAD(&in->fetches, f, link);
	inspect_enter(in);
	if (gate_enter(in->ins, &addr->addr, &f->turn) != MTASTS_OK) {
		in->failed = true;
		forget(f);
		inspect_leave(in);
	}
}

/* rank - how much an address tells; the more, the better */
static int
rank(const struct seen_addr *addr)
{
	if (addr->got == NULL)
		return 0;
	if (seen_host_valid(addr))
		return 5;
	if (addr->got->end == FETCHFACT_OK)
		return 4;
	if (addr->got->body.len > 0)
		return 3;
	if (addr->got->status != 0)
		return 2;
	return addr->got->tls != NULL;
}

/* choose - the address whose answer counts */
static void
choose(struct seen *s)
{
	int best = 0;
	size_t i;

	for (i = 0; i < s->addr_count; i++) {
		if (rank(&s->addr[i]) <= best)
			continue;
		best = rank(&s->addr[i]);
		s->best = &s->addr[i];
	}
}

/* read_policy - of the best address */
static void
read_policy(struct inspect *in)
{
	struct seen *s = in->seen;
	struct str body = s->best->got->body;
	enum mtasts_err err;

	if (body.p == NULL)
		return;
	s->text_diags = mtasts_diags_new();
	err = mtasts_policy_parse(
	    body.p, body.len, &s->text_policy, s->text_diags);
	if (s->text_diags == NULL || err == MTASTS_ENOMEM)
		in->failed = true;
	if (err == MTASTS_OK && seen_host_valid(s->best))
		s->policy = s->text_policy;
}

/* look_further - without the name, and over plain HTTP */
static void
look_further(struct inspect *in)
{
	struct seen *s = in->seen;
	struct probe_want want = { .kind = PROBE_TLS,
		.host = s->policy_host,
		.addr = s->best->addr,
		.port = in->ins->conf.https_port,
		.no_sni = true,
		.like = s->best->got->tls };

	if (s->best->got->tls == NULL || s->rec_verdict != MTASTS_VERDICT_VALID)
		return;
	look_start(in, &want, &s->host_no_sni, NULL, NULL);
	fetch_at(in, s->best, true, &s->host_plain, NULL);
}

/* on_fetched - one address has answered; the last one? */
static void
on_fetched(struct inspect *in, void *arg)
{
	if (--in->host_fetches > 0)
		return;
	choose(in->seen);
	if (in->seen->best == NULL)
		return;
	read_policy(in);
	look_further(in);
}

/* add_addresses - those of one lookup */
static void
add_addresses(struct inspect *in, const struct dnsfact *fact)
{
	struct seen *s = in->seen;
	size_t i, added = 0;

	for (i = 0;
	     fact != NULL && fact->end == DNSFACT_FOUND && i < fact->count;
	     i++) {
		struct seen_addr *addr = &s->addr[s->addr_count];

		if (added++ >= SEEN_HOST_ADDRS) {
			s->addr_more++;
			continue;
		}
		if (fact->type == DNSTYPE_A)
			addr->addr = ipnet_addr_v4(fact->records[i].ip);
		else
			memcpy(addr->addr.b, fact->records[i].ip,
			    sizeof(addr->addr.b));
		ipnet_addr_text(&addr->addr, addr->text);
		addr->refused = inspect_refused(in, &addr->addr);
		s->addr_count++;
	}
}

void
inspect_fetches(struct inspect *in)
{
	struct seen *s = in->seen;
	bool all = s->rec_verdict == MTASTS_VERDICT_VALID;
	size_t i, wanted = 0;

	if (in->host_answers < 2 || s->sts == NULL || in->host_begun)
		return;
	in->host_begun = true;
	add_addresses(in, s->host_a);
	add_addresses(in, s->host_aaaa);
	for (i = 0; i < s->addr_count; i++)
		wanted += s->addr[i].refused == NULL;
	in->host_fetches = (unsigned)(all || wanted == 0 ? wanted : 1);
	for (i = 0, wanted = in->host_fetches; i < s->addr_count && wanted > 0;
	     i++)
		if (s->addr[i].refused == NULL) {
			wanted--;
			fetch_at(in, &s->addr[i], false, &s->addr[i].got,
			    on_fetched);
		}
}

/* on_address - one of the two lookups */
static void
on_address(struct inspect *in, void *arg, const struct dnsfact *fact)
{
	in->host_answers++;
	inspect_fetches(in);
}

void
inspect_begin_host(struct inspect *in)
{
	struct seen *s = in->seen;
	struct inspect_question q = { s->policy_host, DNSTYPE_A, &s->host_a,
		on_address, NULL };

	inspect_ask(in, &q);
	q.type = DNSTYPE_AAAA;
	q.where = &s->host_aaaa;
	inspect_ask(in, &q);
}
