/*
 * push_see.c - what all authoritative servers say about the names of a job
 *
 * Fills in the servers of core/zonediff. Each address of each name server is
 * one of them, and the primary that the way into the zone names, if it is none
 * of those. Must not know what follows from the answers.
 */
#include "task/push.h"

#include "task/push_int.h"

#include <stdio.h>

/* Instead of a server: who asks the resolver for addresses in the end. */
enum { OF_WANT = 1000000, OF_HAS };

/* leave - one question less; the last one calls the step */
static void
leave(struct push *job)
{
	if (--job->pending == 0)
		push_after(job, 0, job->then);
}

/* ask_free - forget a question; its answer has come, or is not wanted */
static void
ask_free(struct push_ask *a)
{
	LIST_REMOVE(a, link);
	dns_cancel(a->ask);
	mem_free(a);
}

/* put_records - of an answer into the sets of a server */
static void
put_records(
    struct push *job, struct zonediff_server *s, const struct dnsfact *fact)
{
	static const enum zone_type types[] = { [DNSTYPE_A] = ZONE_A,
		[DNSTYPE_TXT] = ZONE_TXT,
		[DNSTYPE_AAAA] = ZONE_AAAA };
	char text[IPNET_TEXT_LEN];
	struct ipnet_addr addr;
	struct zonediff_set *set = &s->set[types[fact->type]];
	struct str value;

	if (fact->cnames > 0)
		zonediff_put(job->diff, &s->set[ZONE_CNAME],
		    str_of(fact->chain != NULL ? fact->chain[0]
					       : fact->canonical));
	if (fact->end != DNSFACT_FOUND)
		return;
	if (fact->cnames == 0)
		s->ttl_s = fact->ttl_s;
	for (size_t i = 0; i < fact->count; i++) {
		if (fact->type == DNSTYPE_TXT) {
			value = fact->records[i].txt;
		} else {
			if (fact->type == DNSTYPE_A)
				addr = ipnet_addr_v4(fact->records[i].ip);
			else
				memcpy(addr.b, fact->records[i].ip, 16);
			value = str_of(ipnet_addr_text(&addr, text));
		}
		if (fact->cnames == 0)
			zonediff_put(job->diff, set, value);
		else if (fact->type == DNSTYPE_TXT)
			zonediff_put(job->diff, &s->far_txt, value);
	}
}

/* put_ends - addresses that a name leads to in the end */
static void
put_ends(struct push *job, struct zonediff_set *set, const struct dnsfact *fact)
{
	char text[IPNET_TEXT_LEN];
	struct ipnet_addr addr;

	for (size_t i = 0; fact->end == DNSFACT_FOUND && i < fact->count; i++) {
		if (fact->type == DNSTYPE_A)
			addr = ipnet_addr_v4(fact->records[i].ip);
		else
			memcpy(addr.b, fact->records[i].ip, sizeof(addr.b));
		zonediff_put(
		    job->diff, set, str_of(ipnet_addr_text(&addr, text)));
	}
}

/* on_fact - an answer */
static void
on_fact(void *ctx, const struct dnsfact *fact)
{
	struct push_ask *a = ctx;
	struct push *job = a->job;
	struct zonediff_name *n = &job->diff->names[a->name];
	struct zonediff_server *s;

	a->ask = NULL;
	if (a->server == OF_WANT) {
		put_ends(job, &n->want_ends, fact);
	} else if (a->server == OF_HAS) {
		put_ends(job, &n->has_ends, fact);
	} else {
		s = &n->servers[a->server];
		if (dnsfact_failed(fact) && !s->failed) {
			s->failed = true;
			s->why = arena_dup(job->diff->arena, str_of(fact->why));
			if (s->why == NULL)
				s->why = "";
		} else {
			put_records(job, s, fact);
		}
	}
	ask_free(a);
	leave(job);
}

/* What is to be asked. */
struct question {
	size_t name, server; /* by index */
	struct dns *dns;
	const char *text; /* the name */
};

/* ask - one question; counts as pending */
static void
ask(struct push *job, const struct question *q, enum dnstype type)
{
	struct push_ask *a = mem_zalloc(1, sizeof(*a));

	if (a == NULL) {
		job->diff->short_of_memory = true;
		return;
	}
	*a = (struct push_ask){
		.job = job, .name = q->name, .server = q->server, .type = type
	};
	LIST_INSERT_HEAD(&job->asks, a, link);
	a->ask = dns_start(q->dns, q->text, type, on_fact, a);
	if (a->ask == NULL) {
		job->diff->short_of_memory = true;
		ask_free(a);
		return;
	}
	job->pending++;
}

/* ask_servers - of one name */
static void
ask_servers(struct push *job, size_t index)
{
	const struct zonediff_name *n = &job->diff->names[index];
	const struct push_place *place = &job->places[index];

	for (size_t i = 0; i < n->server_count; i++) {
		struct question q = { index, i, NULL, n->name };

		if (place->stubs[i] == NULL)
			continue;
		q.dns = place->stubs[i]->dns;
		if (n->kind == ZONEDIFF_HOST) {
			ask(job, &q, DNSTYPE_A);
			ask(job, &q, DNSTYPE_AAAA);
		} else {
			ask(job, &q, DNSTYPE_TXT);
		}
	}
}

/* add_server - to the servers of a name; stub may be null */
static bool
add_server(
    struct push *job, size_t index, const char *name, struct zonesee_stub *stub)
{
	struct zonediff_name *n = &job->diff->names[index];
	struct zonediff_server *s =
	    zonediff_server(job->diff, n, name, stub != NULL ? stub->text : "");

	if (s == NULL)
		return false;
	if (stub == NULL) {
		s->failed = true;
		s->why = "it has no address that can be reached from here";
	}
	job->places[index].stubs[n->server_count - 1] = stub;
	return true;
}

/*
 * set_primary - whose records are replaced
 *
 * That of the way by dynamic updates, though it may be hidden; else the first.
 */
static bool
set_primary(struct push *job, size_t index)
{
	struct push_place *place = &job->places[index];
	struct zonediff_name *n = &job->diff->names[index];
	const struct push_way *way = place->way;

	n->primary = 0;
	if (way == NULL || way->conf->method != CONF_PUSH_RFC2136)
		return true;
	for (size_t i = 0; i < n->server_count; i++) {
		const struct zonesee_stub *stub = place->stubs[i];

		if (stub == NULL || stub->port != way->port ||
		    memcmp(&stub->addr, &way->addr, sizeof(way->addr)) != 0)
			continue;
		n->primary = i;
		return true;
	}
	place->primary = zonesee_stub(job->p->see, &way->addr, way->port);
	n->primary = n->server_count;
	return place->primary != NULL &&
	    add_server(job, index, "", place->primary);
}

/* on_zone - the zone of a name, or why there is none */
static void
on_zone(void *ctx, const struct zonesee_zone *zone, const char *why)
{
	struct push_place *place = ctx;
	struct push *job = place->job;
	struct zonediff_name *n = &job->diff->names[place->index];
	size_t count = zone != NULL ? zone->count + 1 : 1;
	bool good = true;

	place->find = NULL;
	place->zone = zone;
	snprintf(place->why, sizeof(place->why), "%s", why);
	if (zone == NULL) {
		leave(job);
		return;
	}
	place->stubs = arena_zalloc(
	    job->diff->arena, count, sizeof(struct zonesee_stub *));
	place->dead = arena_zalloc(job->diff->arena, count, sizeof(bool));
	n->zone = arena_dup(job->diff->arena, str_of(zone->apex));
	good = place->stubs != NULL && place->dead != NULL && n->zone != NULL;
	for (size_t i = 0; good && i < zone->count; i++)
		good = add_server(job, place->index, zone->servers[i].name,
		    zone->servers[i].stub);
	if (good && set_primary(job, place->index))
		ask_servers(job, place->index);
	else
		job->diff->short_of_memory = true;
	leave(job);
}

void
push_see(struct push *job, push_step *then)
{
	size_t count = job->diff->count;

	job->then = then;
	job->places = mem_zalloc(count, sizeof(*job->places));
	if (job->places == NULL) {
		job->diff->short_of_memory = true;
		push_after(job, 0, then);
		return;
	}
	job->pending++;
	for (size_t i = 0; i < count; i++) {
		struct push_place *place = &job->places[i];
		const char *name = job->diff->names[i].name;

		place->job = job;
		place->index = i;
		if (!job->diff->names[i].watched)
			place->way = push_way_of(job->p, name);
		place->find = zonesee_start(job->p->see, name, on_zone, place);
		if (place->find != NULL)
			job->pending++;
		else
			job->diff->short_of_memory = true;
	}
	leave(job);
}

void
push_ask_again(struct push *job, push_step *then)
{
	job->then = then;
	job->pending++;
	for (size_t i = 0; i < job->diff->count; i++) {
		struct zonediff_name *n = &job->diff->names[i];

		for (size_t j = 0; j < n->server_count; j++) {
			struct zonediff_server *s = &n->servers[j];

			if (job->places[i].stubs[j] == NULL)
				continue;
			s->failed = false;
			s->why = "";
			s->ttl_s = 0;
			s->far_txt.count = 0;
			for (unsigned t = 0; t < ZONEDIFF_TYPES; t++)
				s->set[t].count = 0;
		}
		if (n->server_count > 0)
			ask_servers(job, i);
	}
	leave(job);
}

/* see_end - where one name leads, and where it should */
static void
see_end(struct push *job, size_t index)
{
	struct zonediff_name *n = &job->diff->names[index];
	struct question q = { index, OF_HAS, job->p->conf.dns, n->name };

	ask(job, &q, DNSTYPE_A);
	ask(job, &q, DNSTYPE_AAAA);
	for (unsigned t = ZONE_A; t <= ZONE_AAAA; t++)
		for (size_t i = 0; i < n->want[t].count; i++)
			zonediff_put(job->diff, &n->want_ends, n->want[t].v[i]);
	if (n->want[ZONE_CNAME].count == 0)
		return;
	q.server = OF_WANT;
	q.text = n->want[ZONE_CNAME].v[0].p;
	ask(job, &q, DNSTYPE_A);
	ask(job, &q, DNSTYPE_AAAA);
}

bool
push_see_ends(struct push *job, push_step *then)
{
	bool any = false;

	job->then = then;
	job->pending++;
	for (size_t i = 0; i < job->diff->count; i++) {
		if (!zonediff_needs_ends(&job->diff->names[i]))
			continue;
		any = true;
		see_end(job, i);
	}
	if (any)
		leave(job);
	else
		job->pending--;
	return any;
}

void
push_see_free(struct push *job)
{
	struct push_ask *a;

	while ((a = LIST_FIRST(&job->asks)) != NULL)
		ask_free(a);
	job->pending = 0;
	for (size_t i = 0; job->places != NULL && i < job->diff->count; i++) {
		struct push_place *place = &job->places[i];

		zonesee_cancel(place->find);
		zonesee_leave(job->p->see, place->zone);
		zonesee_leave_stub(job->p->see, place->primary);
	}
	mem_free(job->places);
	job->places = NULL;
}
