/*
 * publisher_works.c - what one configuration of mtasts-publisher opens
 *
 * Only opening and closing, in order; whose turn it is, is not known here.
 */
#include "svc/publisher_works.h"

#include "base/arena.h"
#include "mtasts/dname.h"
#include "task/inspect_own.h"

#include <unistd.h>

/* Servers that greet slowly on purpose take up to ten seconds. */
#define PROBE_MS    15000
#define REMEMBER_MS 600000 /* what a mail server showed */

/* open_pusher - the ways to write into DNS */
static enum mtasts_err
open_pusher(
    struct works *w, struct registry *registry, struct mtasts_diags *diags)
{
	struct pusher_conf conf = { .loop = w->svc.loop,
		.dns = w->reach.dns,
		.registry = registry,
		.store_url = w->conf->store.url,
		.conf = w->conf,
		.log = w->svc.log,
		.metrics = w->svc.metrics };
	enum mtasts_err err = pusher_open(&conf, &w->pusher, diags);

	if (err == MTASTS_OK)
		push_certify_dns(w->pusher, &w->dns_01);
	return err;
}

/* open_publisher - the order of things */
static enum mtasts_err
open_publisher(struct works *w, struct registry *registry)
{
	struct publisher_conf conf = { .loop = w->svc.loop,
		.dns = w->reach.dns,
		.fetcher = w->reach.fetcher,
		.registry = registry,
		.store_url = w->conf->store.url,
		.conf = w->conf,
		.pusher = w->pusher,
		.certifier = w->certifier,
		.log = w->svc.log,
		.metrics = w->svc.metrics };

	return publisher_open(&conf, &w->publisher);
}

/* open_certifier - certificates by ACME, when they are wanted */
static enum mtasts_err
open_certifier(
    struct works *w, struct registry *registry, struct mtasts_diags *diags)
{
	struct certifier_conf conf = { .loop = w->svc.loop,
		.dns = w->reach.dns,
		.registry = registry,
		.store_url = w->conf->store.url,
		.conf = w->conf,
		.dns_01 = &w->dns_01,
		.log = w->svc.log,
		.metrics = w->svc.metrics };

	if (!w->conf->acme.enabled)
		return MTASTS_OK;
	return certifier_open(&conf, &w->certifier, diags);
}

/* look_own - what the registry knows, at the end of looking at a domain */
static void
look_own(void *ctx, const char *domain, struct seen *s)
{
	const struct works *w = ctx;

	/* That it cannot be read is told by who watches it. */
	(void)!inspect_own(w->registry, s);
}

/* open_inspector - what looks at domains and their mail servers */
static enum mtasts_err
open_inspector(
    struct works *w, const uint64_t seed[2], struct mtasts_diags *diags)
{
	char host[256] = "";
	struct mtasts_dname helo;
	struct prober_conf prober = { w->conf->fetch.ca_file, "localhost",
		PROBE_MS, w->svc.loop };
	struct inspector_conf conf = { .loop = w->svc.loop,
		.dns = w->reach.dns,
		.fetcher = w->reach.fetcher,
		.allowed = *fetcher_allowed(w->reach.fetcher),
		.smtp_port = 25,
		.https_port = (unsigned)w->conf->fetch.port,
		.http_port = 80,
		.dns_port = 53,
		.timeout_ms = w->conf->dns.timeout_ms,
		.remember_ms = REMEMBER_MS,
		.mx_servers = true,
		.seed = { seed[0], seed[1] },
		.own = look_own,
		.own_ctx = w };
	enum mtasts_err err;

	/* This machine's name in EHLO, as far as it has one. */
	if (gethostname(host, sizeof(host) - 1) == 0 &&
	    mtasts_dname_parse(host, strlen(host), &helo, NULL, NULL) ==
		MTASTS_OK)
		prober.helo = helo.text;
	err = prober_open(&prober, &w->prober, diags);
	conf.prober = w->prober;
	return err == MTASTS_OK ? inspector_open(&conf, &w->inspector) : err;
}

enum mtasts_err
works_open(const struct svc *svc, const uint64_t seed[2],
    struct registry *registry, struct works **out, struct mtasts_diags *diags)
{
	struct works *w = mem_zalloc(1, sizeof(*w));
	enum mtasts_err err;

	if (w == NULL)
		return MTASTS_ENOMEM;
	w->users = 1;
	w->svc = *svc;
	w->registry = registry;
	err = conf_dup(svc->conf, &w->conf);
	w->svc.conf = w->conf;
	/* What it asks for is told by who wants it; DANE is nobody's here. */
	w->svc.log = NULL;
	if (err == MTASTS_OK)
		err = reach_open(&w->svc, seed, NULL, &w->reach, diags);
	w->svc.log = svc->log;
	if (err == MTASTS_OK)
		err = open_pusher(w, registry, diags);
	if (err == MTASTS_OK)
		err = open_certifier(w, registry, diags);
	if (err == MTASTS_OK)
		err = open_publisher(w, registry);
	if (err == MTASTS_OK)
		err = open_inspector(w, seed, diags);
	if (err == MTASTS_OK)
		*out = w;
	else
		works_put(w);
	return err;
}

struct works *
works_hold(struct works *works)
{
	works->users++;
	return works;
}

void
works_put(struct works *works)
{
	if (works == NULL || --works->users > 0)
		return;
	inspector_close(works->inspector);
	prober_close(works->prober);
	publisher_close(works->publisher);
	certifier_close(works->certifier);
	pusher_close(works->pusher);
	reach_close(&works->reach, NULL);
	conf_free(works->conf);
	mem_free(works);
}

bool
works_hold_orders(struct works *works)
{
	return works->certifier != NULL && certifier_hold(works->certifier);
}
