/*
 * resolve_world - DNS, policy hosts and clocks that a test of task/resolve
 * plays: nothing is asked and no time passes but when the test says so
 */
#ifndef TESTS_SUPPORT_RESOLVE_WORLD_H
#define TESTS_SUPPORT_RESOLVE_WORLD_H

#include "task/resolve_int.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

#define WORLD_AT INT64_C(1767225600) /* 2026-01-01 */

/* A record of the played DNS, or how a lookup ends. */
struct world_row {
	const char *name;
	enum dnstype type;
	const char *text; /* TXT; MX host; anything else: no more is needed */
	bool insecure;
	enum dnsfact_end end; /* other than FOUND: instead of a record */
	uint32_t ttl_s; /* 0: 300 */
};

/* A lookup or fetch that was started; ctx and cb are resolve's. */
struct world_ask {
	TAILQ_ENTRY(world_ask) next;
	enum dnstype type;
	char name[300];
	dns_callback *dns;
	fetch_callback *fetched;
	void *ctx;
};
TAILQ_HEAD(world_asks, world_ask);

static struct {
	int64_t now_at, now_ms;
	enum dns_validation validation;
	struct world_asks asks, gets;
	size_t open; /* asks and gets */
	unsigned dns_count, get_count, cancelled;
	bool refuse; /* start nothing: memory is short */
	const struct world_row *rows;
	size_t row_count;
	const char *policy; /* what every policy host serves; null: none does */

	struct loop *loop;
	struct metrics *metrics;
	struct policies *policies;
	struct resolve_conf conf;
	struct resolve *r;
} world;

/* world_open_ask - note that something was asked for */
static inline struct world_ask *
world_open_ask(struct world_asks *list, const char *name, void *ctx)
{
	struct world_ask *ask;

	if (world.refuse)
		return NULL;
	ask = calloc(1, sizeof(*ask));
	if (ask == NULL)
		return NULL;
	snprintf(ask->name, sizeof(ask->name), "%s", name);
	ask->ctx = ctx;
	TAILQ_INSERT_TAIL(list, ask, next);
	world.open++;
	return ask;
}

/* world_close_ask - it is answered or cancelled */
static inline void
world_close_ask(struct world_asks *list, struct world_ask *ask)
{
	TAILQ_REMOVE(list, ask, next);
	world.open--;
	free(ask);
}

static inline struct dns_ask *
world_dns_start(struct dns *dns, const char *name, enum dnstype type,
    dns_callback *cb, void *ctx)
{
	struct world_ask *ask = world_open_ask(&world.asks, name, ctx);

	if (ask == NULL)
		return NULL;
	ask->type = type;
	ask->dns = cb;
	world.dns_count++;
	return (struct dns_ask *)ask;
}

static inline void
world_dns_cancel(struct dns_ask *ask)
{
	world.cancelled++;
	world_close_ask(&world.asks, (struct world_ask *)ask);
}

static inline enum dns_validation
world_dns_validation(const struct dns *dns)
{
	return world.validation;
}

static inline struct fetch *
world_fetch_start(
    struct fetcher *f, const char *host, fetch_callback *cb, void *ctx)
{
	struct world_ask *ask = world_open_ask(&world.gets, host, ctx);

	if (ask == NULL)
		return NULL;
	ask->fetched = cb;
	world.get_count++;
	return (struct fetch *)ask;
}

static inline void
world_fetch_cancel(struct fetch *fetch)
{
	world.cancelled++;
	world_close_ask(&world.gets, (struct world_ask *)fetch);
}

static inline int64_t
world_time_s(void)
{
	return world.now_at;
}

static inline int64_t
world_now_ms(void)
{
	return world.now_ms;
}

static const struct resolve_world world_face = {
	.dns_start = world_dns_start,
	.dns_cancel = world_dns_cancel,
	.dns_validation = world_dns_validation,
	.fetch_start = world_fetch_start,
	.fetch_cancel = world_fetch_cancel,
	.time_s = world_time_s,
	.now_ms = world_now_ms,
};

/* world_record - a row as a record */
static inline void
world_record(const struct world_row *row, struct dnsfact_record *out)
{
	static const char tlsa[32] = "a digest of thirty-two bytes....";

	if (row->type == DNSTYPE_TXT) {
		out->txt = str_of(row->text);
	} else if (row->type == DNSTYPE_MX) {
		out->mx.name = row->text;
		out->mx.preference = 10;
	} else if (row->type == DNSTYPE_TLSA) {
		out->tlsa.usage = 3;
		out->tlsa.selector = 1;
		out->tlsa.matching = 1;
		out->tlsa.data = str_make(tlsa, 32);
	} else {
		out->ip[0] = 192;
		out->ip[2] = 2;
		out->ip[3] = 1;
	}
}

/* world_answer - the first lookup, from the rows */
static inline void
world_answer(void)
{
	struct world_ask *ask = TAILQ_FIRST(&world.asks), was = *ask;
	struct dnsfact_record records[8];
	struct dnsfact fact = { .end = DNSFACT_NXDOMAIN,
		.type = was.type,
		.secure = true,
		.ttl_s = 300,
		.canonical = was.name,
		.records = records,
		.why = "" };

	memset(records, 0, sizeof(records));
	for (size_t i = 0; i < world.row_count; i++) {
		const struct world_row *row = &world.rows[i];

		if (row->type != was.type || strcmp(row->name, was.name) != 0)
			continue;
		fact.end = row->end;
		fact.secure = !row->insecure;
		fact.ttl_s = row->ttl_s != 0 ? row->ttl_s : 300;
		if (row->end == DNSFACT_FOUND)
			world_record(row, &records[fact.count++]);
		else if (row->end >= DNSFACT_BOGUS)
			fact.why = "the test says so";
	}
	world_close_ask(&world.asks, ask);
	was.dns(was.ctx, &fact);
}

/* world_serve - the first fetch */
static inline void
world_serve(void)
{
	struct world_ask *ask = TAILQ_FIRST(&world.gets), was = *ask;
	struct fetchfact fact = { .end = FETCHFACT_CONNECT,
		.why = "the test says so",
		.address = "" };

	if (world.policy != NULL) {
		fact.end = FETCHFACT_OK;
		fact.status = 200;
		fact.body = str_of(world.policy);
		fact.why = "";
	}
	world_close_ask(&world.gets, ask);
	was.fetched(was.ctx, &fact);
}

/* world_turn - a turn of the loop: what is due is called */
static inline void
world_turn(void)
{
	if (world.r != NULL && world.r->timer_at <= world.now_ms)
		wait_timeout(world.r);
}

/* world_settle - answer everything until nothing is asked any more */
static inline void
world_settle(void)
{
	world_turn();
	while (world.open > 0) {
		if (!TAILQ_EMPTY(&world.asks))
			world_answer();
		else
			world_serve();
		world_turn();
	}
}

/* world_pass - let time pass on both clocks */
static inline void
world_pass(int64_t ms)
{
	world.now_ms += ms;
	world.now_at += ms / 1000;
	world_turn();
}

/* world_open - a resolver in it, with the options in world.conf */
static inline enum mtasts_err
world_open(void)
{
	struct policies_conf policies = { .seed = { 1, 2 } };
	enum mtasts_err err;

	TAILQ_INIT(&world.asks);
	TAILQ_INIT(&world.gets);
	world.now_at = WORLD_AT;
	world.now_ms = 1000000;
	world.validation = DNS_VALIDATION_WORKS;
	err = loop_new(&world.loop);
	if (err != MTASTS_OK)
		return err;
	world.metrics = metrics_new();
	policies.loop = world.loop;
	err = policies_open(&policies, &world.policies, NULL);
	if (err != MTASTS_OK)
		return err;
	world.conf.loop = world.loop;
	world.conf.policies = world.policies;
	world.conf.metrics = world.metrics;
	world.conf.seed[0] = 3;
	return resolve_open_in(&world.conf, &world_face, &world.r);
}

/* world_close - all of it; what is still asked must be cancelled by that */
static inline void
world_close(void)
{
	resolve_close(world.r);
	policies_close(world.policies);
	metrics_free(world.metrics);
	loop_free(world.loop);
	if (world.open > 0)
		abort();
	memset(&world, 0, sizeof(world));
}

/* Somebody who asks. */
struct world_asker {
	struct resolve_wait *wait;
	unsigned called;
	enum reply_status status;
	enum decision_kind kind;
	enum decision_reason reason;
	bool cached;
	char data[1000];
};

/* world_note - keep what was answered */
static inline void
world_note(struct world_asker *a, const struct resolve_reply *reply)
{
	a->called++;
	a->wait = NULL;
	a->status = reply->status;
	a->kind = reply->kind;
	a->reason = reply->reason;
	a->cached = reply->cached;
	snprintf(a->data, sizeof(a->data), "%" STR_FMT, STR_ARG(reply->data));
}

static inline void
world_on_reply(void *ctx, const struct resolve_reply *reply)
{
	world_note(ctx, reply);
}

/* world_put - ask as a connection does; false: it could not be taken */
static inline bool
world_put(struct world_asker *a, const struct resolve_ask *ask)
{
	struct resolve_reply reply;

	memset(a, 0, sizeof(*a));
	if (resolve_cached(world.r, ask, &reply)) {
		world_note(a, &reply);
		return true;
	}
	a->wait = resolve_start(world.r, ask, world_on_reply, a);
	return a->wait != NULL;
}

/* world_ask_for - the usual question */
static inline bool
world_ask_for(struct world_asker *a, enum dialect dialect, const char *key)
{
	const struct resolve_ask ask = { .dialect = dialect,
		.key = str_of(key) };

	return world_put(a, &ask);
}

#endif
