/*
 * resolver.c - mtasts-resolver: everything opened in order, and closed
 *
 * It listens first, then reads its policies, so that an MTA never finds the
 * door shut. What is said on connections is resolver_conn.c's, on the control
 * socket resolver_ctl.c's, what is asked outside resolver_reach.c's, what is
 * answered task/resolve's.
 */
#include "svc/resolver.h"

#include "base/arena.h"
#include "svc/resolver_ctl.h"
#include "svc/resolver_place.h"
#include "svc/resolver_reach.h"
#include "svc/scrape.h"

#include <sys/random.h>

#define DAY_MS	(86400 * (int64_t)1000)
#define LOOK_MS 10000 /* at resolv.conf and the trust anchor */

struct resolver {
	struct svc *svc;
	uint64_t seed[2];
	struct listen_set sockets;
	struct policies *policies;
	struct reach reach;
	struct resolve *resolve;
	struct conns *conns;
	struct resolver_facts facts;
	struct ctl *ctl;
	struct scrape scrape;
	struct loop_watch *daily, *look;
	bool stale; /* what DNS is asked with was another at the last look */
};

static const struct diag_rule nothing_to_serve = {
	.id = "conf",
	.name = "resolver-listens-nowhere",
	.severity = MTASTS_ERROR,
	.rfc = "",
	.fix = "Give resolver.listen at least one address.",
};

/* open_policies - what was cached before; it is read in the background */
static enum mtasts_err
open_policies(struct resolver *s, struct mtasts_diags *diags)
{
	struct policies_conf conf = {
		.seed = { s->seed[0], s->seed[1] },
		.loop = s->svc->loop,
		.log = s->svc->log,
		.metrics = s->svc->metrics,
	};
	enum mtasts_err err;
	struct buf url;

	resolver_store(s->svc->conf->store.url, &url);
	err = buf_error(&url);
	conf.url = url.p;
	if (err == MTASTS_OK)
		err = policies_open(&conf, &s->policies, diags);
	buf_free(&url);
	return err;
}

/* resolve_conf - of the configuration */
static struct resolve_conf
resolve_conf(const struct resolver *s)
{
	const struct conf_resolver *conf = &s->svc->conf->resolver;

	return (struct resolve_conf){
		.dane = (enum reply_dane)conf->dane,
		.mixed = (enum decide_mixed)conf->mixed,
		.testing = (enum reply_testing)conf->testing_level,
		.observe = conf->observe,
		.rules = s->reach.rules,
		.loop = s->svc->loop,
		.dns = s->reach.dns,
		.fetcher = s->reach.fetcher,
		.policies = s->policies,
		.log = s->svc->log,
		.metrics = s->svc->metrics,
		.seed = { s->seed[0], s->seed[1] },
	};
}

/* conns_conf - of the configuration */
static struct conns_conf
conns_conf(const struct resolver *s)
{
	const struct conf_resolver *conf = &s->svc->conf->resolver;
	struct str unknown = str_of(conf->unknown_map);
	struct conns_conf out = {
		.max = resolver_room(conf->max_connections, s->svc->log),
		.resolve = s->resolve,
		.loop = s->svc->loop,
		.log = s->svc->log,
		.metrics = s->svc->metrics,
	};

	out.has_unknown =
	    unknown.len > 0 && dialect_find(unknown, &out.unknown);
	return out;
}

/* open_answers - what questions are answered from, then for whom */
static enum mtasts_err
open_answers(struct resolver *s, struct mtasts_diags *diags)
{
	struct resolve_conf resolve;
	struct conns_conf conns;
	enum mtasts_err err =
	    reach_open(s->svc, s->seed, NULL, &s->reach, diags);

	if (err == MTASTS_OK) {
		resolve = resolve_conf(s);
		err = resolve_open(&resolve, &s->resolve);
	}
	if (err == MTASTS_OK) {
		conns = conns_conf(s);
		err = conns_open(&conns, &s->conns);
	}
	if (err == MTASTS_OK)
		err = conns_listen(s->conns, &s->sockets);
	return err;
}

/* open_control - the control socket, when one is wanted */
static enum mtasts_err
open_control(struct resolver *s, struct mtasts_diags *diags)
{
	const struct conf_resolver *conf = &s->svc->conf->resolver;
	const struct ctl_conf ctl = {
		.address = conf->control,
		.group = conf->control_group,
		.request = resolver_request,
		.ctx = &s->facts,
		.loop = s->svc->loop,
		.log = s->svc->log,
	};

	s->facts = (struct resolver_facts){
		.resolve = s->resolve,
		.policies = s->policies,
		.conns = s->conns,
		.sockets = &s->sockets,
		.log = s->svc->log,
		.started_at = loop_time_s(),
		.started_ms = loop_now_ms(),
	};
	return conf->control[0] == '\0' ? MTASTS_OK
					: ctl_open(&ctl, &s->ctl, diags);
}

static void resolver_reload(void *ctx, const struct conf *conf);

/* on_look - have the system's DNS servers changed? Twice: not half-written */
static void
on_look(void *ctx)
{
	struct resolver *s = ctx;
	bool before = s->stale;

	s->stale = reach_stale(s->svc, &s->reach);
	if (!s->stale || !before)
		return;
	s->stale = false;
	log_event(s->svc->log, LOG_LEVEL_INFO, "dns-changed", "reason",
	    "resolv.conf or the trust anchor was changed");
	resolver_reload(s, s->svc->conf);
}

/* on_day - look at the rules again */
static void
on_day(void *ctx)
{
	struct resolver *s = ctx;

	reach_tell_rules(s->svc);
}

/* open_looks - what is to be looked at now and then */
static enum mtasts_err
open_looks(struct resolver *s)
{
	s->daily = loop_timer(s->svc->loop, on_day, s);
	s->look = loop_timer(s->svc->loop, on_look, s);
	if (s->daily == NULL || s->look == NULL)
		return MTASTS_ENOMEM;
	loop_timer_every(s->daily, DAY_MS);
	loop_timer_every(s->look, LOOK_MS);
	reach_tell_rules(s->svc);
	return MTASTS_OK;
}

/* resolver_close - release everything; also what a failed start left */
static void
resolver_close(void *ctx)
{
	struct resolver *s = ctx;

	scrape_close(&s->scrape);
	ctl_close(s->ctl);
	conns_close(s->conns);
	resolve_close(s->resolve);
	reach_close(&s->reach, NULL);
	policies_close(s->policies);
	listen_close(&s->sockets);
	loop_watch_close(s->daily);
	loop_watch_close(s->look);
	mem_free(s);
}

/* resolver_open - everything in order; stops at the first failure */
static enum mtasts_err
resolver_open(struct resolver *s, struct mtasts_diags *diags)
{
	enum mtasts_err err = MTASTS_OK;

	if (getrandom(s->seed, sizeof(s->seed), 0) != sizeof(s->seed))
		return MTASTS_ESYS;
	err = resolver_sockets(
	    &s->svc->conf->resolver.listen, &s->sockets, diags);
	if (err == MTASTS_OK)
		err = open_policies(s, diags);
	if (err == MTASTS_OK)
		err = open_answers(s, diags);
	if (err == MTASTS_OK)
		err = open_control(s, diags);
	if (err == MTASTS_OK)
		err = scrape_open(
		    s->svc, s->svc->conf->resolver.metrics, &s->scrape, diags);
	if (err == MTASTS_OK)
		err = open_looks(s);
	return err;
}

/* say_listening - one line per address of a set */
static void
say_listening(
    struct resolver *s, const struct listen_set *set, const char *serves)
{
	struct log_line line;

	for (size_t i = 0; i < set->count; i++) {
		log_begin(&line, s->svc->log, LOG_LEVEL_INFO, "listening");
		log_cstr(&line, "address", set->v[i].label);
		log_cstr(&line, "serves", serves);
		log_end(&line);
	}
}

/* resolver_start - the duty begins */
static enum mtasts_err
resolver_start(struct svc *svc, void **ctx)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct resolver *s = mem_zalloc(1, sizeof(*s));
	enum mtasts_err err = MTASTS_ENOMEM;

	if (s == NULL)
		goto out;
	s->svc = svc;
	listen_init(&s->sockets);
	err = resolver_open(s, diags);
	log_findings(svc->log, "start", diags);
	if (err != MTASTS_OK) {
		resolver_close(s);
		goto out;
	}
	say_listening(s, &s->sockets, "mtas");
	say_listening(s, &s->scrape.sockets, "metrics");
	*ctx = s;
out:
	mtasts_diags_free(diags);
	return err;
}

/* resolver_reload - other rules, options, DNS and authorities */
static void
resolver_reload(void *ctx, const struct conf *conf)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct resolver *s = ctx;
	struct reach before = s->reach;
	struct resolve_conf resolve;
	struct conns_conf conns;
	enum mtasts_err err =
	    reach_open(s->svc, s->seed, &before, &s->reach, diags);

	log_findings(s->svc->log, "reload", diags);
	mtasts_diags_free(diags);
	resolve = resolve_conf(s);
	resolve_follow(s->resolve, &resolve);
	if (err == MTASTS_OK)
		reach_close(&before, &s->reach);
	else
		log_event(s->svc->log, LOG_LEVEL_ERROR, "reach-kept", "reason",
		    "DNS, authorities and rules stay as they were");
	conns = conns_conf(s);
	conns_follow(s->conns, &conns);
	reach_tell_rules(s->svc);
}

/* on_flushed - all that was cached is on disk */
static void
on_flushed(void *ctx)
{
	struct resolver *s = ctx;

	log_event(s->svc->log, LOG_LEVEL_INFO, "stopped", NULL, NULL);
	svc_done(s->svc);
}

/* on_drained - everybody has had his answer */
static void
on_drained(void *ctx)
{
	struct resolver *s = ctx;

	policies_flush(s->policies, on_flushed, s);
}

/* resolver_stop - answer what waits, keep what was learned */
static void
resolver_stop(void *ctx)
{
	struct resolver *s = ctx;

	conns_stop(s->conns, on_drained, s);
}

/* resolver_check - what only this duty knows about its configuration */
static void
resolver_check(const struct conf *conf, struct mtasts_diags *diags)
{
	if (conf->resolver.listen.count == 0)
		diag_add(diags, &nothing_to_serve, (struct diag_place){ 0 },
		    "mtasts-resolver has no address to listen on");
	reach_check(conf, diags);
}

const struct svc_duty resolver_duty = {
	.name = "mtasts-resolver",
	.summary = "tells MTAs which MTA-STS or DANE policy holds",
	.check = resolver_check,
	.start = resolver_start,
	.reload = resolver_reload,
	.stop = resolver_stop,
	.close = resolver_close,
};
