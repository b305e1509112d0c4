/*
 * publisher_works.c - what one configuration of mtasts-publisher opens
 *
 * Only opening and closing, in order; whose turn it is, is not known here.
 */
#include "svc/publisher_works.h"

#include "base/arena.h"

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
		.log = w->svc.log,
		.metrics = w->svc.metrics };

	if (!w->conf->acme.enabled)
		return MTASTS_OK;
	return certifier_open(&conf, &w->certifier, diags);
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
	err = conf_dup(svc->conf, &w->conf);
	w->svc.conf = w->conf;
	if (err == MTASTS_OK)
		err = reach_open(&w->svc, seed, NULL, &w->reach, diags);
	if (err == MTASTS_OK)
		err = open_certifier(w, registry, diags);
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
	certifier_close(works->certifier);
	reach_close(&works->reach, NULL);
	conf_free(works->conf);
	mem_free(works);
}

bool
works_hold_orders(struct works *works)
{
	return works->certifier != NULL && certifier_hold(works->certifier);
}
