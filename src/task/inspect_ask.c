/*
 * inspect_ask.c - questions to DNS on behalf of a domain
 *
 * Through the resolver of the inspector, or directly to one authoritative
 * server: a small stub of its own for each server, shared by all domains that
 * ask there at the time, so that a server with a thousand of them gets a few
 * questions at once and not all.
 */
#include "task/inspect.h"

#include "task/inspect_int.h"

#include <stdio.h>

struct server {
	struct ipnet_addr addr; /* the key, too */
	struct inspector *ins;
	struct dns *dns;
	unsigned users;
};

/* key_of - of the table */
static struct str
key_of(const struct ipnet_addr *addr)
{
	return str_make((const char *)addr->b, sizeof(addr->b));
}

/* open_stub - for one server */
static enum mtasts_err
open_stub(
    struct inspector *ins, const struct ipnet_addr *addr, struct dns **out)
{
	char text[IPNET_TEXT_LEN], where[IPNET_TEXT_LEN + 10];
	const char *server = where;
	struct dns_conf conf = { .backend = DNS_DIRECT,
		.server = { &server, 1 },
		.timeout_ms = ins->conf.timeout_ms,
		.max_asks = INSPECT_SERVER_ASKS,
		.loop = ins->conf.loop };

	snprintf(where, sizeof(where),
	    ipnet_addr_is_v4(addr) ? "%s:%u" : "[%s]:%u",
	    ipnet_addr_text(addr, text), ins->conf.dns_port);
	return dns_open(&conf, out, NULL);
}

/* server_use - the server of an address; null: it cannot be had */
static struct server *
server_use(struct inspector *ins, const struct ipnet_addr *addr)
{
	struct server *s = map_get(&ins->servers, key_of(addr));

	if (s != NULL) {
		s->users++;
		return s;
	}
	s = mem_zalloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->addr = *addr;
	s->ins = ins;
	s->users = 1;
	if (open_stub(ins, addr, &s->dns) != MTASTS_OK ||
	    map_put(&ins->servers, key_of(&s->addr), s, NULL) != MTASTS_OK) {
		dns_close(s->dns);
		mem_free(s);
		return NULL;
	}
	return s;
}

/* server_leave - one user less */
static void
server_leave(struct server *s)
{
	if (s == NULL || --s->users > 0)
		return;
	map_del(&s->ins->servers, key_of(&s->addr));
	dns_close(s->dns);
	mem_free(s);
}

void
servers_free(struct inspector *ins)
{
	void *value;
	size_t pos = 0;

	while (map_next(&ins->servers, &pos, NULL, &value)) {
		struct server *s = value;

		dns_close(s->dns);
		mem_free(s);
	}
	map_free(&ins->servers);
}

/* forget - the question is over */
static void
forget(struct inspect_ask *a)
{
	LIST_REMOVE(a, link);
	server_leave(a->server);
	mem_free(a);
}

void
ask_cancel(struct inspect_ask *a)
{
	dns_cancel(a->ask);
	forget(a);
}

/* on_fact - the answer */
static void
on_fact(void *ctx, const struct dnsfact *fact)
{
	struct inspect_ask *a = ctx;
	struct inspect *in = a->in;

	if (a->where != NULL) {
		dnsfact_free(*a->where);
		*a->where = dnsfact_hold(fact);
		if (*a->where == NULL)
			in->failed = true;
	}
	if (a->then != NULL)
		a->then(in, a->arg, fact);
	forget(a);
	inspect_leave(in);
}

/* start - ask of a server, or of the resolver when it is null */
static void
start(
    struct inspect *in, const struct inspect_question *q, struct server *server)
{
	struct inspect_ask *a = mem_zalloc(1, sizeof(*a));

	if (a == NULL) {
		in->failed = true;
		server_leave(server);
		return;
	}
	*a = (struct inspect_ask){ .in = in,
		.server = server,
		.where = q->where,
		.then = q->then,
		.arg = q->arg };
	LIST_INSERT_HEAD(&in->asks, a, link);
	a->ask = dns_start(server != NULL ? server->dns : in->ins->conf.dns,
	    q->name, q->type, on_fact, a);
	if (a->ask == NULL) {
		in->failed = true;
		forget(a);
		return;
	}
	inspect_enter(in);
}

void
inspect_ask(struct inspect *in, const struct inspect_question *q)
{
	start(in, q, NULL);
}

void
inspect_ask_at(struct inspect *in, const struct inspect_question *q,
    const struct ipnet_addr *addr)
{
	struct server *server = server_use(in->ins, addr);

	if (server == NULL)
		in->failed = true;
	else
		start(in, q, server);
}
