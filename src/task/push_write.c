/*
 * push_write.c - the configured ways into DNS, and who waits for one
 *
 * Names of one zone go by one message. Each way has a bound of what it does at
 * a time. Must not know what the records are for.
 */
#include "task/push.h"

#include "task/push_int.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* At a time. Updates wait for connections of io/dnsupdate. */
static const unsigned bounds[] = { [CONF_PUSH_RFC2136] = 256,
	[CONF_PUSH_POWERDNS] = 8,
	[CONF_PUSH_HOOK] = 4 };

static const struct diag_rule rule_program = {
	.id = "C22",
	.name = "push-program",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Name a program in push: program that mtasts-admin may run.",
};

/* ---- opening ---- */

/* parse_server - ADDR, ADDR:PORT or [V6]:PORT, as io/conf let it through */
static bool
parse_server(struct push_way *way)
{
	struct str s = str_of(way->conf->server), host = s;
	uint64_t port = PUSH_DNS_PORT;
	size_t end;

	if (!ipnet_addr_parse(s, &way->addr)) {
		end = s.len > 0 && s.p[0] == '[' ? str_chr(s, ']') + 1
						 : str_chr(s, ':');
		host =
		    s.p[0] == '[' ? str_sub(s, 1, end - 2) : str_sub(s, 0, end);
		if (!str_u64(str_sub(s, end + 1, s.len), 65535, &port) ||
		    !ipnet_addr_parse(host, &way->addr))
			return false;
	}
	way->port = (unsigned)port;
	return true;
}

/* open_way - its key, its server, its program */
static enum mtasts_err
open_way(struct push_way *way, bool keys, struct mtasts_diags *diags)
{
	const struct conf_push *conf = way->conf;

	if (conf->method == CONF_PUSH_RFC2136 && !parse_server(way))
		return MTASTS_EINVAL;
	if (!keys)
		return MTASTS_OK;
	switch (conf->method) {
	case CONF_PUSH_RFC2136:
		return tsigkey_read(conf->key_file, &way->tsig, diags);
	case CONF_PUSH_POWERDNS:
		return secret_read(conf->key_file, &way->secret, diags);
	default:
		if (access(conf->program, X_OK) == 0)
			return MTASTS_OK;
		diag_add(diags, &rule_program, (struct diag_place){ 0 },
		    CONF_PUSHES ": %s cannot be run: %s", conf->program,
		    strerror(errno));
		return MTASTS_ECONF;
	}
}

enum mtasts_err
push_ways_open(struct pusher *p, bool keys, struct mtasts_diags *diags)
{
	size_t count = p->conf.conf->push.count;
	enum mtasts_err err = MTASTS_OK, one;

	p->ways = mem_zalloc(count, sizeof(*p->ways));
	if (p->ways == NULL)
		return MTASTS_ENOMEM;
	for (size_t i = 0; i < count; i++)
		TAILQ_INIT(&p->ways[i].waiting);
	for (size_t i = 0; i < count; i++) {
		p->ways[i].conf = &p->conf.conf->push.v[i];
		p->ways[i].max = bounds[p->ways[i].conf->method];
		one = open_way(&p->ways[i], keys, diags);
		/* The faults of all are told at once. */
		if (one != MTASTS_OK)
			err = one;
	}
	return err;
}

void
push_ways_close(struct pusher *p)
{
	for (size_t i = 0; p->ways != NULL && i < p->conf.conf->push.count;
	     i++) {
		tsigkey_wipe(&p->ways[i].tsig);
		secret_free(&p->ways[i].secret);
	}
	mem_free(p->ways);
	p->ways = NULL;
}

struct push_way *
push_way_of(struct pusher *p, const char *name)
{
	const struct conf_push *conf =
	    conf_push_find(p->conf.conf, str_of(name));

	return conf != NULL ? &p->ways[conf - p->conf.conf->push.v] : NULL;
}

const char *
push_way_text(const struct push_way *way)
{
	switch (way->conf->method) {
	case CONF_PUSH_RFC2136:
		return way->conf->server;
	case CONF_PUSH_POWERDNS:
		return way->conf->url;
	default:
		return way->conf->program;
	}
}

/* ---- writing ---- */

/* parts_order - the provider's records first: CNAMEs lead to them */
static const enum zone_part parts_order[] = { ZONE_PROVIDER, ZONE_DIRECT,
	ZONE_CUSTOMER };

/* next_place - the next one with something to write; null: none */
static struct push_place *
next_place(struct push *job)
{
	for (size_t k = 0; k < ZONE_PARTS; k++)
		for (size_t i = 0; i < job->diff->count; i++)
			if (job->diff->names[i].part == parts_order[k] &&
			    job->places[i].write && !job->places[i].written)
				return &job->places[i];
	return NULL;
}

/* with - does this one go by the same message? */
static bool
with(const struct push_place *a, const struct push_place *b)
{
	return a->write && !a->written && a->way == b->way &&
	    strcmp(a->zone->apex, b->zone->apex) == 0;
}

/* gather - the changes of all names of the zone; false: no memory */
static bool
gather(struct push *job, const struct push_place *first)
{
	static const enum dnstype types[ZONEDIFF_TYPES] = { [ZONE_CNAME] =
								DNSTYPE_CNAME,
		[ZONE_A] = DNSTYPE_A,
		[ZONE_AAAA] = DNSTYPE_AAAA,
		[ZONE_TXT] = DNSTYPE_TXT };
	struct zonediff *d = job->diff;

	job->change_count = 0;
	job->changes = arena_zalloc(
	    d->arena, d->count * ZONEDIFF_TYPES, sizeof(*job->changes));
	if (job->changes == NULL)
		return false;
	for (size_t i = 0; i < d->count; i++) {
		const struct zonediff_name *n = &d->names[i];

		if (!with(&job->places[i], first))
			continue;
		for (size_t j = 0; j < n->change_count; j++)
			job->changes[job->change_count++] = (struct dnschange){
				n->name, types[n->change[j].type], d->ttl_s,
				n->change[j].old.v, n->change[j].new_.v,
				n->change[j].old.count, n->change[j].new_.count
			};
	}
	return true;
}

/* note_written - the names of the message that went through */
static void
note_written(struct push *job, enum dnschange_end end)
{
	const struct push_place *first = next_place(job);
	struct push_place like;

	if (end != DNSCHANGE_DONE || first == NULL)
		return;
	like = *first;
	for (size_t i = 0; i < job->diff->count; i++)
		if (with(&job->places[i], &like))
			job->places[i].written = true;
	job->wrote = true;
}

static void begin(struct push *job);

/* give_up - the place of a way; the next one that waits has it */
static void
give_up(struct push *job)
{
	struct push_way *way = job->way;
	struct push *next;

	job->way = NULL;
	if (way == NULL)
		return;
	way->running--;
	next = TAILQ_FIRST(&way->waiting);
	if (next == NULL)
		return;
	TAILQ_REMOVE(&way->waiting, next, wait);
	next->stage = PUSH_BEGUN;
	begin(next);
}

/* fix_of - what to do next; a program says itself what is wrong */
static const char *
fix_of(const struct push_way *way, enum dnschange_end end)
{
	if (way->conf->method == CONF_PUSH_RFC2136 ||
	    end == DNSCHANGE_CHANGED || end == DNSCHANGE_TIMEOUT)
		return dnschange_end_fix(end);
	if (way->conf->method == CONF_PUSH_HOOK)
		return "Mend what the program says, then push again.";
	return end == DNSCHANGE_BAD_KEY
	    ? "Compare key-file with api-key of PowerDNS."
	    : "Mend what PowerDNS says (is the zone there, and its API on "
	      "that address?), then push again.";
}

/* on_end - a write has ended */
static void
on_end(void *ctx, enum dnschange_end end, const char *why)
{
	struct push *job = ctx;
	const char *what = push_way_text(job->way);

	job->update = NULL;
	job->api = NULL;
	job->hook = NULL;
	job->failed = end;
	if (end != DNSCHANGE_DONE) {
		push_say(job, fix_of(job->way, end), "%s %s%s%s%s (zone %s)",
		    what, dnschange_end_text(end), why[0] != '\0' ? " (" : "",
		    why, why[0] != '\0' ? ")" : "", job->zone);
		snprintf(job->server, sizeof(job->server), "%s", what);
	}
	job->by_hook = job->way->conf->method == CONF_PUSH_HOOK;
	note_written(job, end);
	give_up(job);
	job->then(job);
}

/* begin_hook - by a program */
static bool
begin_hook(struct push *job)
{
	struct pushhook_want want = { .loop = job->p->conf.loop,
		.program = job->way->conf->program,
		.zone = job->zone,
		.changes = job->changes,
		.count = job->change_count,
		.timeout_ms = job->way->conf->timeout_ms };

	return pushhook_start(&want, on_end, job, &job->hook) == MTASTS_OK;
}

/* begin_api - by PowerDNS's API */
static bool
begin_api(struct push *job)
{
	struct pdnsapi_want want = { .loop = job->p->conf.loop,
		.url = job->way->conf->url,
		.key = secret_line(&job->way->secret),
		.zone = job->zone,
		.changes = job->changes,
		.count = job->change_count,
		.timeout_ms = job->way->conf->timeout_ms };

	job->api = pdnsapi_start(&want, on_end, job);
	return job->api != NULL;
}

/* begin_update - by a dynamic update */
static bool
begin_update(struct push *job)
{
	struct dnsupdate_want want = { .addr = job->way->addr,
		.port = job->way->port,
		.key = &job->way->tsig,
		.zone = job->zone,
		.sets = job->changes,
		.count = job->change_count,
		.timeout_ms = job->way->conf->timeout_ms };

	job->update = dnsupdate_start(job->p->update, &want, on_end, job);
	return job->update != NULL;
}

/* on_unbegun - it could not begin */
static void
on_unbegun(struct push *job)
{
	on_end(job, DNSCHANGE_FAILED, "it could not be begun");
}

/* begin - it has its turn */
static void
begin(struct push *job)
{
	bool begun;

	job->way->running++;
	switch (job->way->conf->method) {
	case CONF_PUSH_RFC2136:
		begun = begin_update(job);
		break;
	case CONF_PUSH_POWERDNS:
		begun = begin_api(job);
		break;
	default:
		begun = begin_hook(job);
		break;
	}
	if (!begun)
		push_after(job, 0, on_unbegun);
}

bool
push_write_next(struct push *job, push_step *then)
{
	struct push_place *place = next_place(job);
	const char *zone;

	if (place == NULL)
		return false;
	zone = place->way->conf->zone[0] != '\0' ? place->way->conf->zone
						 : place->zone->apex;
	snprintf(job->zone, sizeof(job->zone), "%s", zone);
	if (!gather(job, place)) {
		job->diff->short_of_memory = true;
		return false;
	}
	job->then = then;
	job->way = place->way;
	if (job->way->running < job->way->max) {
		begin(job);
		return true;
	}
	job->stage = PUSH_WAITS;
	TAILQ_INSERT_TAIL(&job->way->waiting, job, wait);
	return true;
}

void
push_write_cancel(struct push *job)
{
	if (job->way == NULL)
		return;
	if (job->stage == PUSH_WAITS) {
		TAILQ_REMOVE(&job->way->waiting, job, wait);
		job->stage = PUSH_BEGUN;
		job->way = NULL;
		return;
	}
	dnsupdate_cancel(job->update);
	pdnsapi_cancel(job->api);
	pushhook_cancel(job->hook);
	job->update = NULL;
	job->api = NULL;
	job->hook = NULL;
	give_up(job);
}
