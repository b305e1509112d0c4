/*
 * dns.c - lookups: their turn, their time and their end
 *
 * Engines ask the network; here is what is the same for both. All asks have
 * the same time, so the list of open ones is in the order of their deadlines
 * and one timer serves them all. Callers are called from a timer of no length
 * and never out of an engine: they may start, cancel and close as they like,
 * and the libraries are never entered from their own callbacks.
 *
 * A dead server could leave any number of queries behind whose asks came to
 * their time; when there are DNS_LEFT_FACTOR times max_asks, new asks wait.
 */
#include "io/dns_int.h"

#include "base/arena.h"
#include "core/dnsmsg.h"

#include <stdio.h>

/* arm_deliver - call back soon */
static void
arm_deliver(struct dns *dns)
{
	if (!dns->deliver_armed)
		loop_timer_start(dns->deliver, 0);
	dns->deliver_armed = true;
}

/* part - ask and query know each other no more */
static void
part(struct dns_ask *ask)
{
	if (ask->query == NULL)
		return;
	ask->query->ask = NULL;
	ask->query = NULL;
	ask->dns->run_count--;
	metric_sum(ask->dns->in_flight, -1);
}

/* finish - an ask has its answer, which is its own now; null: out of memory */
static void
finish(struct dns_ask *ask, struct dnsfact *fact)
{
	struct dns *dns = ask->dns;

	if (ask->state == DNS_ASK_QUEUED)
		TAILQ_REMOVE(&dns->queue, ask, turn);
	part(ask);
	TAILQ_REMOVE(&dns->open, ask, age);
	TAILQ_INSERT_TAIL(&dns->done, ask, turn);
	dns->done_count++;
	ask->state = DNS_ASK_DONE;
	ask->fact = fact;
	metric_inc(dns->ends[fact != NULL ? fact->end : DNSFACT_SERVFAIL]);
	metric_observe(dns->seconds, loop_now_us() - ask->begun_us);
	if (fact != NULL)
		dns_proof_seen(dns, fact);
	arm_deliver(dns);
}

/* query_free - the engine has let go of it: somebody's turn may have come */
static void
query_free(struct dns_query *query)
{
	struct dns *dns = query->dns;

	if (query->ask != NULL)
		part(query->ask);
	LIST_REMOVE(query, link);
	dns->query_count--;
	mem_free(query);
	if (!TAILQ_EMPTY(&dns->queue))
		arm_deliver(dns);
}

/* parse - the fact of a message; null when memory is short */
static struct dnsfact *
parse(const struct dns_ask *ask, struct str msg, bool secure)
{
	struct dnsfact *fact = NULL;

	if (dnsmsg_parse(msg, ask->name, ask->type, &fact) != MTASTS_OK)
		return NULL;
	fact->secure = secure && !dnsfact_failed(fact);
	return fact;
}

void
dns_answer(struct dns_query *query, struct str msg, bool secure)
{
	if (query->ask != NULL)
		finish(query->ask, parse(query->ask, msg, secure));
	query_free(query);
}

void
dns_fail(struct dns_query *query, enum dnsfact_end end, const char *why)
{
	struct dns_ask *ask = query->ask;

	if (ask != NULL)
		finish(ask, dnsfact_new_failed(ask->name, ask->type, end, why));
	query_free(query);
}

/* run - an ask's turn has come */
static void
run(struct dns_ask *ask)
{
	struct dns *dns = ask->dns;
	struct dns_query *query = mem_zalloc(1, sizeof(*query));

	if (query == NULL) {
		finish(ask, NULL);
		return;
	}
	if (ask->state == DNS_ASK_QUEUED)
		TAILQ_REMOVE(&dns->queue, ask, turn);
	LIST_INSERT_HEAD(&dns->queries, query, link);
	query->dns = dns;
	query->ask = ask;
	ask->query = query;
	ask->state = DNS_ASK_RUNS;
	dns->query_count++;
	dns->run_count++;
	metric_sum(dns->in_flight, 1);
	dns->engine->start(
	    query, *ask->name != '\0' ? ask->name : ".", ask->type);
}

/* has_room - may one more run? */
static bool
has_room(const struct dns *dns)
{
	return dns->run_count < dns->max_asks &&
	    dns->query_count / DNS_LEFT_FACTOR < dns->max_asks;
}

/* call_back - tell the caller and forget the ask; false: dns is closed */
static bool
call_back(struct dns *dns, struct dns_ask *ask)
{
	struct dnsfact none = { .end = DNSFACT_SERVFAIL,
		.type = ask->type,
		.canonical = ask->name,
		.why = "memory is short" };
	bool closed = false;

	TAILQ_REMOVE(&dns->done, ask, turn);
	dns->done_count--;
	dns->closed = &closed;
	ask->cb(ask->ctx, ask->fact != NULL ? ask->fact : &none);
	if (!closed)
		dns->closed = NULL;
	dnsfact_free(ask->fact);
	mem_free(ask);
	return !closed;
}

/* on_deliver - call back what is done, then give others their turn */
static void
on_deliver(void *ctx)
{
	struct dns *dns = ctx;
	size_t left = dns->done_count;

	/* What callbacks bring about waits for the next round. */
	dns->deliver_armed = false;
	for (; left > 0 && !TAILQ_EMPTY(&dns->done); left--)
		if (!call_back(dns, TAILQ_FIRST(&dns->done)))
			return;
	while (!TAILQ_EMPTY(&dns->queue) && has_room(dns))
		run(TAILQ_FIRST(&dns->queue));
	if (!TAILQ_EMPTY(&dns->done))
		arm_deliver(dns);
}

/* arm_deadline - wait for the oldest ask's time; later ones follow it */
static void
arm_deadline(struct dns *dns)
{
	const struct dns_ask *oldest = TAILQ_FIRST(&dns->open);

	if (oldest == NULL || dns->deadline_armed)
		return;
	dns->deadline_armed = true;
	loop_timer_start(dns->deadline, oldest->deadline_ms - loop_now_ms());
}

/* on_deadline - end the asks whose time has come */
static void
on_deadline(void *ctx)
{
	struct dns *dns = ctx;
	struct dns_ask *ask;
	int64_t now_ms = loop_now_ms();
	char why[64];

	dns->deadline_armed = false;
	snprintf(why, sizeof(why), "no answer within %lld ms",
	    (long long)dns->timeout_ms);
	while ((ask = TAILQ_FIRST(&dns->open)) != NULL &&
	    ask->deadline_ms <= now_ms)
		finish(ask,
		    dnsfact_new_failed(
			ask->name, ask->type, DNSFACT_TIMEOUT, why));
	arm_deadline(dns);
}

struct dns_ask *
dns_start(struct dns *dns, const char *name, enum dnstype type,
    dns_callback *cb, void *ctx)
{
	size_t len = strlen(name);
	struct dns_ask *ask = mem_zalloc(1, sizeof(*ask) + len + 1);

	if (ask == NULL)
		return NULL;
	memcpy(ask->name, name, len);
	ask->dns = dns;
	ask->type = type;
	ask->cb = cb;
	ask->ctx = ctx;
	ask->begun_us = loop_now_us();
	ask->deadline_ms = ask->begun_us / 1000 + dns->timeout_ms;
	TAILQ_INSERT_TAIL(&dns->open, ask, age);
	TAILQ_INSERT_TAIL(&dns->queue, ask, turn);
	arm_deadline(dns);
	/* Those who wait already go first. */
	if (TAILQ_FIRST(&dns->queue) == ask && has_room(dns))
		run(ask);
	return ask;
}

void
dns_cancel(struct dns_ask *ask)
{
	struct dns *dns;

	if (ask == NULL)
		return;
	dns = ask->dns;
	part(ask);
	if (ask->state == DNS_ASK_DONE) {
		TAILQ_REMOVE(&dns->done, ask, turn);
		dns->done_count--;
	} else {
		TAILQ_REMOVE(&dns->open, ask, age);
	}
	if (ask->state == DNS_ASK_QUEUED)
		TAILQ_REMOVE(&dns->queue, ask, turn);
	else if (!TAILQ_EMPTY(&dns->queue))
		arm_deliver(dns);
	dnsfact_free(ask->fact);
	mem_free(ask);
}

/* add_metrics - the counters; all may be null. A reload finds them again */
static void
add_metrics(struct dns *dns, struct metrics *metrics)
{
	static const char *const labels[DNSFACT_ENDS] = {
		[DNSFACT_FOUND] = "end=\"found\"",
		[DNSFACT_NODATA] = "end=\"nodata\"",
		[DNSFACT_NXDOMAIN] = "end=\"nxdomain\"",
		[DNSFACT_BOGUS] = "end=\"bogus\"",
		[DNSFACT_SERVFAIL] = "end=\"servfail\"",
		[DNSFACT_TIMEOUT] = "end=\"timeout\"",
		[DNSFACT_MALFORMED] = "end=\"malformed\"",
	};
	/* From what is remembered to what comes to its time. */
	static const int64_t bounds_us[] = { 100, 500, 1000, 5000, 10000, 25000,
		50000, 100000, 250000, 500000, 1000000, 2500000, 5000000,
		10000000 };

	for (size_t i = 0; i < DNSFACT_ENDS; i++)
		dns->ends[i] = metrics_add(metrics, METRIC_COUNTER,
		    "mtasts_dns_lookups_total",
		    "DNS lookups by how they ended.", labels[i]);
	dns->in_flight = metrics_add(metrics, METRIC_GAUGE,
	    "mtasts_dns_in_flight", "DNS lookups that wait for an answer.", "");
	dns->seconds =
	    metrics_add_histogram(metrics, "mtasts_dns_lookup_seconds",
		"DNS lookups by how long they took, waiting for their turn "
		"included.",
		"", METRIC_BOUNDS(bounds_us));
}

/* new_dns - without engine; null when memory is short */
static struct dns *
new_dns(const struct dns_conf *conf)
{
	struct dns *dns = mem_zalloc(1, sizeof(*dns));

	if (dns == NULL)
		return NULL;
	dns->loop = conf->loop;
	dns->log = conf->log;
	dns->timeout_ms = conf->timeout_ms;
	dns->max_asks = conf->max_asks > 0 ? conf->max_asks : DNS_ASKS_MAX;
	TAILQ_INIT(&dns->open);
	TAILQ_INIT(&dns->queue);
	TAILQ_INIT(&dns->done);
	LIST_INIT(&dns->queries);
	dns->deliver = loop_timer(dns->loop, on_deliver, dns);
	dns->deadline = loop_timer(dns->loop, on_deadline, dns);
	if (dns->deliver == NULL || dns->deadline == NULL) {
		dns_close(dns);
		return NULL;
	}
	add_metrics(dns, conf->metrics);
	return dns;
}

/* engine_of - the engine of a backend */
static const struct dns_engine *
engine_of(enum dns_backend backend)
{
	static const struct dns_engine *const engines[] = {
		[DNS_VALIDATE] = &dns_unbound,
		[DNS_STUB] = &dns_cares,
		[DNS_DIRECT] = &dns_cares_direct,
	};

	return engines[backend];
}

enum mtasts_err
dns_open(
    const struct dns_conf *conf, struct dns **out, struct mtasts_diags *diags)
{
	const struct dns_engine *engine = engine_of(conf->backend);
	struct dns_servers servers;
	enum mtasts_err err;
	struct dns *dns;

	err = dns_conf_servers(conf, DNS_RESOLV_CONF, &servers, diags);
	if (err)
		return err;
	dns = new_dns(conf);
	if (dns == NULL)
		return MTASTS_ENOMEM;
	dns->servers = servers;
	dns->anchor = dns_conf_stamp(conf);
	if (conf->backend == DNS_VALIDATE)
		err =
		    dns_conf_anchor(conf->trust_anchor, dns->proof.name, diags);
	if (!err)
		err = engine->open(dns, conf, &servers, diags);
	if (!err) {
		dns->engine = engine;
		if (engine->proves)
			err = dns_proof_open(dns, conf->metrics);
	}
	if (err)
		dns_close(dns);
	else
		*out = dns;
	return err;
}

bool
dns_changed(const struct dns *dns, const struct dns_conf *conf)
{
	return !dns_conf_same(
	    conf, DNS_RESOLV_CONF, &dns->servers, &dns->anchor);
}

void
dns_close(struct dns *dns)
{
	if (dns == NULL)
		return;
	if (dns->closed != NULL)
		*dns->closed = true;
	dns_proof_close(dns);
	while (!TAILQ_EMPTY(&dns->open))
		dns_cancel(TAILQ_FIRST(&dns->open));
	while (!TAILQ_EMPTY(&dns->done))
		dns_cancel(TAILQ_FIRST(&dns->done));
	if (dns->engine != NULL)
		dns->engine->close(dns);
	while (!LIST_EMPTY(&dns->queries))
		query_free(LIST_FIRST(&dns->queries));
	loop_watch_close(dns->deliver);
	loop_watch_close(dns->deadline);
	mem_free(dns);
}
