/*
 * resolve.c - answer an MTA's question: the resolver's whole job
 *
 * Here it begins and ends, and here is the way of a question whose answer is
 * known: fold its case, one look into a table, hand out what was made before.
 * No allocation, no lock and no line in the log on that way. Knows no socket
 * and no frame.
 */
#include "task/resolve_int.h"

#include "base/arena.h"

/* The world as it is. */
static const struct resolve_world real_world = {
	.dns_start = dns_start,
	.dns_cancel = dns_cancel,
	.dns_validation = dns_validation,
	.fetch_start = fetch_start,
	.fetch_cancel = fetch_cancel,
	.time_s = loop_time_s,
	.now_ms = loop_now_ms,
};

void
resolve_look(struct resolve *r)
{
	enum dns_validation state = r->world->dns_validation(r->conf.dns);
	bool changed = false, works;

	/* As it was, or as hoped at start, until the resolver has spoken. */
	if (state != DNS_VALIDATION_OPEN)
		r->validates = state == DNS_VALIDATION_WORKS;
	works = r->validates;
	r->any_dane = false;
	for (unsigned i = 0; i < DIALECT_COUNT; i++) {
		bool dane =
		    works && dialect_dane((enum dialect)i, r->conf.dane);

		changed |= dane != r->dane[i];
		r->dane[i] = dane;
		r->any_dane |= dane;
	}
	if (changed)
		r->epoch++;
}

/* use_conf - take over the options */
static void
use_conf(struct resolve *r, const struct resolve_conf *conf)
{
	r->conf = *conf;
	if (r->conf.max_dests == 0)
		r->conf.max_dests = RESOLVE_DESTS;
	if (r->conf.max_waits == 0)
		r->conf.max_waits = RESOLVE_WAITS;
	r->epoch++;
	resolve_look(r);
}

/* prepare - tables and lists, all empty */
static void
prepare(struct resolve *r, const struct resolve_conf *conf)
{
	map_init(&r->dests, conf->seed);
	map_init(&r->domains, conf->seed);
	TAILQ_INIT(&r->ages);
	TAILQ_INIT(&r->runs);
	TAILQ_INIT(&r->queue);
	TAILQ_INIT(&r->soon);
	for (size_t i = 0; i < WAIT_CLOCKS; i++)
		TAILQ_INIT(&r->clocks[i]);
	buf_init(&r->scratch, REPLY_MAX + 1024);
	buf_init(&r->json, RESOLVE_JSON_MAX);
	tell_open(&r->tell, conf->metrics);
	r->validates = true;
	r->timer_at = INT64_MAX;
}

enum mtasts_err
resolve_open_in(const struct resolve_conf *conf,
    const struct resolve_world *world, struct resolve **out)
{
	struct resolve *r = mem_zalloc(1, sizeof(*r));

	if (r == NULL)
		return MTASTS_ENOMEM;
	r->world = world;
	prepare(r, conf);
	use_conf(r, conf);
	r->timer = loop_timer(conf->loop, wait_timeout, r);
	r->sweep.tick = loop_timer(conf->loop, sweep_tick, r);
	if (r->timer == NULL || r->sweep.tick == NULL) {
		resolve_close(r);
		return MTASTS_ENOMEM;
	}
	loop_timer_every(r->sweep.tick, RESOLVE_TICK_MS);
	*out = r;
	return MTASTS_OK;
}

enum mtasts_err
resolve_open(const struct resolve_conf *conf, struct resolve **out)
{
	return resolve_open_in(conf, &real_world, out);
}

void
resolve_close(struct resolve *r)
{
	struct resolve_wait *w;
	struct entry *e;
	struct run *run;

	if (r == NULL)
		return;
	r->closing = true;
	while ((w = TAILQ_FIRST(&r->soon)) != NULL)
		wait_fail(w);
	while ((run = TAILQ_FIRST(&r->runs)) != NULL)
		run_fail(run);
	while ((run = TAILQ_FIRST(&r->queue)) != NULL)
		run_fail(run);
	while ((e = TAILQ_FIRST(&r->ages)) != NULL)
		entry_free(r, e);
	map_free(&r->dests);
	map_free(&r->domains);
	buf_free(&r->scratch);
	buf_free(&r->json);
	loop_watch_close(r->timer);
	loop_watch_close(r->sweep.tick);
	mem_free(r);
}

/* sort_again - those who wait, by whether their dialect has DANE now */
static void
sort_again(struct run *run)
{
	struct resolve *r = run->r;

	run->ask.dane = r->any_dane &&
	    (run->ask.dane || !TAILQ_EMPTY(&run->waits[WAIT_STS]));
	for (int class = WAIT_STS; class <= WAIT_DANE; class ++) {
		struct resolve_wait *w = TAILQ_FIRST(&run->waits[class]), *next;

		for (; w != NULL; w = next) {
			int right =
			    r->dane[w->ask.dialect] ? WAIT_DANE : WAIT_STS;

			next = TAILQ_NEXT(w, next);
			if (right != class)
				wait_move(w, (enum wait_class)right);
		}
	}
}

void
resolve_follow(struct resolve *r, const struct resolve_conf *conf)
{
	struct run *run;

	/* With the old resolver and fetcher, as long as they are there. */
	TAILQ_FOREACH(run, &r->runs, next)
	run_quit(run);
	TAILQ_FOREACH(run, &r->queue, next)
	run_quit(run);
	use_conf(r, conf);
	TAILQ_FOREACH(run, &r->queue, next)
	sort_again(run);
	TAILQ_FOREACH(run, &r->runs, next)
	{
		sort_again(run);
		run_restart(run);
	}
}

/* fold - a key in lower case; false: longer than any canonical one */
static bool
fold(struct str key, char out[DESTKEY_MAX + 1])
{
	if (key.len > DESTKEY_MAX)
		return false;
	for (size_t i = 0; i < key.len; i++)
		out[i] = ascii_lower(key.p[i]);
	return true;
}

/* hand_out - a reply that was made before */
static bool
hand_out(struct resolve *r, struct entry *e, const struct resolve_ask *ask,
    int64_t now_at, struct resolve_reply *out)
{
	const struct ready *ready = ready_get(r, e, ask->dialect, now_at);

	if (ready == NULL || !ready_fits(ready, ask->max))
		return false;
	e->used = true;
	*out = (struct resolve_reply){ .status = ready->status,
		.data = str_make(ready->data, ready->len),
		.kind = ready->kind,
		.reason = ready->reason,
		.cached = true };
	return true;
}

/* known - what is known makes a reply, if perhaps not one made before */
static bool
known(struct resolve *r, const struct resolve_ask *ask, int64_t now_at,
    struct resolve_reply *out)
{
	bool dane = r->dane[ask->dialect], ready;
	struct destkey key;
	struct entry *e;
	struct run *run;

	if (destkey_parse(ask->key, &key, NULL) != DESTKEY_DOMAIN) {
		ready_refuse(ask, out);
		return true;
	}
	e = entry_find(r, str_make(key.text, key.len));
	if (e == NULL)
		return false;
	if (ask->verb != SOCKETMAP_MX && hand_out(r, e, ask, now_at, out))
		return true;
	run = run_ask(r, e, DECIDE_ANSWER, dane);
	if (run == NULL)
		return false;
	e->used = true;
	run_look(run);
	ready = run_ready(run, dane);
	if (ready) {
		ready_make(run, ask, dane, out);
		out->cached = true;
	}
	run_leave(run);
	return ready;
}

bool
resolve_cached(
    struct resolve *r, const struct resolve_ask *ask, struct resolve_reply *out)
{
	int64_t now_at = r->world->time_s();
	char key[DESTKEY_MAX + 1];
	struct entry *e = NULL;

	if (r->closing)
		return false;
	if (ask->key.len > 0 && ask->key.p[0] == '.') {
		/* On its way up the parents: no policy domain. */
		ready_refuse(ask, out);
	} else {
		if (ask->verb != SOCKETMAP_MX && fold(ask->key, key))
			e = entry_find(r, str_make(key, ask->key.len));
		if ((e == NULL || !hand_out(r, e, ask, now_at, out)) &&
		    !known(r, ask, now_at, out))
			return false;
	}
	tell_reply(r, ask, out, 0);
	return true;
}

/* class_of - who can be answered at the same moment */
static enum wait_class
class_of(const struct resolve_wait *w, bool next)
{
	if (w->explain == NULL)
		return w->r->dane[w->ask.dialect] ? WAIT_DANE : WAIT_STS;
	return next ? WAIT_NEXT : WAIT_END;
}

bool
wait_begin(struct resolve_wait *w)
{
	struct resolve *r = w->r;
	bool dane = w->explain != NULL ? r->any_dane : r->dane[w->ask.dialect];
	bool next = false;
	struct destkey key;
	struct entry *e;
	struct run *run;

	if (destkey_parse(w->ask.key, &key, NULL) != DESTKEY_DOMAIN) {
		wait_soon(w);
		return true;
	}
	e = entry_get(r, &key);
	if (e == NULL)
		return false;
	if (w->renew && e->run != NULL)
		next = e->run->ask.purpose != DECIDE_RENEW;
	run = run_ask(r, e,
	    w->renew && e->run == NULL ? DECIDE_RENEW : DECIDE_ANSWER, dane);
	if (run == NULL)
		return false;
	e->used = true;
	run_look(run);
	if (run->queued && w->explain == NULL && run_ready(run, dane)) {
		wait_soon(w);
		return true;
	}
	wait_add(w, run, class_of(w, next));
	/* Known already? Then it is told in the next turn of the loop. */
	if (run_idle(run) || run_ready(run, dane))
		run_later(run);
	return true;
}

struct resolve_wait *
resolve_start(struct resolve *r, const struct resolve_ask *ask,
    resolve_callback *cb, void *ctx)
{
	struct resolve_wait *w = r->closing ? NULL : wait_new(r, ask);

	if (w == NULL) {
		metric_inc(r->tell.turned_away);
		return NULL;
	}
	w->cb = cb;
	w->ctx = ctx;
	if (wait_begin(w))
		return w;
	metric_inc(r->tell.turned_away);
	wait_free(w);
	return NULL;
}

void
resolve_cancel(struct resolve_wait *wait)
{
	struct run *run;

	if (wait == NULL)
		return;
	run = wait->run;
	wait_remove(wait);
	wait_free(wait);
	/* Not begun, and nobody waits for it now: it is not to begin. */
	if (run != NULL && run_is_unwanted(run))
		run_drop(run);
}
