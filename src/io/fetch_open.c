/*
 * fetch_open - a fetcher's configuration, its beginning and its end
 *
 * All values are checked before anything is made, so that one attempt tells
 * every fault; the roots are read last.
 */
#include "io/fetch.h"

#include "base/arena.h"
#include "io/fetch_int.h"

#define MAX_FETCHES 256
#define MAX_WAITING 10000

static const struct diag_rule bad_network = {
	.id = "conf",
	.name = "fetch-network",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Write an address, or a network such as 10.1.0.0/16.",
};
static const struct diag_rule bad_number = {
	.id = "conf",
	.name = "fetch-number",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Use a port from 1 to 65535 and a timeout of at least a "
	       "millisecond.",
};

/* queue_init - empty */
static void
queue_init(struct fetch_queue *q)
{
	*q = (struct fetch_queue){ .last = &q->first };
}

/* read_networks - allow_networks, as many; nets may be null: only check */
static enum mtasts_err
read_networks(const struct conf_list *list, struct ipnet *nets,
    struct mtasts_diags *diags)
{
	enum mtasts_err err = MTASTS_OK;
	struct diag_quote quote;
	struct ipnet net;
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (!ipnet_parse(str_of(list->v[i]), &net)) {
			diag_add(diags, &bad_network, (struct diag_place){ 0 },
			    "\"%s\" is no network",
			    diag_quote(&quote, str_of(list->v[i])));
			err = MTASTS_ECONF;
		} else if (nets != NULL) {
			nets[i] = net;
		}
	}
	return err;
}

/* check - everything about the values alone */
static enum mtasts_err
check(const struct fetch_conf *conf, struct fetch_proxy *proxy,
    struct mtasts_diags *diags)
{
	enum mtasts_err err = read_networks(&conf->allow_networks, NULL, diags);

	if (!fetch_proxy_parse(conf->proxy, proxy, diags))
		err = MTASTS_ECONF;
	if (conf->port == 0 || conf->port > 65535 || conf->timeout_ms <= 0) {
		diag_add(diags, &bad_number, (struct diag_place){ 0 },
		    "fetches cannot use port %u and a timeout of %lld ms",
		    conf->port, (long long)conf->timeout_ms);
		err = MTASTS_ECONF;
	}
	return err;
}

void
fetch_check_conf(const struct fetch_conf *conf, struct mtasts_diags *diags)
{
	struct fetch_proxy proxy;

	/* The findings are the answer. */
	(void)check(conf, &proxy, diags);
}

/* setup - what can fail */
static enum mtasts_err
setup(struct fetcher *f, const struct fetch_conf *conf,
    struct mtasts_diags *diags)
{
	enum mtasts_err err = check(conf, &f->proxy, diags);

	if (err != MTASTS_OK)
		return err;
	f->nets = mem_zalloc(conf->allow_networks.count + 1, sizeof(*f->nets));
	if (f->nets == NULL)
		return MTASTS_ENOMEM;
	err = read_networks(&conf->allow_networks, f->nets, diags);
	if (err != MTASTS_OK)
		return err;
	f->allowed = (struct ipspecial_allowed){ .v = f->nets,
		.count = conf->allow_networks.count,
		.all = conf->allow_private };
	return fetch_tls_open(&f->tls, conf->ca_file, diags);
}

enum mtasts_err
fetcher_open(const struct fetch_conf *conf, struct fetcher **out,
    struct mtasts_diags *diags)
{
	struct fetcher *f = mem_zalloc(1, sizeof(*f));
	enum mtasts_err err;

	if (f == NULL)
		return MTASTS_ENOMEM;
	f->loop = conf->loop;
	f->dns = conf->dns;
	f->log = conf->log;
	f->port = conf->port;
	f->timeout_ms = conf->timeout_ms;
	f->max_fetches =
	    conf->max_fetches > 0 ? conf->max_fetches : MAX_FETCHES;
	f->max_waiting =
	    conf->max_waiting > 0 ? conf->max_waiting : MAX_WAITING;
	queue_init(&f->waiting);
	queue_init(&f->running);
	err = setup(f, conf, diags);
	if (err != MTASTS_OK) {
		fetcher_close(f);
		return err;
	}
	fetch_stat_open(&f->stat, conf->metrics);
	*out = f;
	return MTASTS_OK;
}

const struct ipspecial_allowed *
fetcher_allowed(const struct fetcher *f)
{
	return &f->allowed;
}

void
fetcher_close(struct fetcher *f)
{
	if (f == NULL)
		return;
	/* Those who wait first: else they would begin. */
	while (f->waiting.first != NULL)
		fetch_cancel(f->waiting.first);
	while (f->running.first != NULL)
		fetch_cancel(f->running.first);
	fetch_tls_close(&f->tls);
	mem_free(f->nets);
	mem_free(f);
}
