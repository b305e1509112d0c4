/*
 * httpd_limits - the bounds that may change while the server runs
 *
 * A set of bounds is never changed, only exchanged: each worker holds the one
 * it works by and takes over a newer one between two rounds of its loop. So
 * nothing on the hot path locks or is atomic, and within one round all
 * connections are measured alike.
 */
#include "io/httpd.h"

#include "base/arena.h"
#include "base/diag.h"
#include "io/httpd_int.h"

static const struct diag_rule bad_proxy = {
	.id = "conf",
	.name = "trusted-proxy",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Write an address, or a network such as 192.0.2.0/24.",
};

/* read_trusted - the networks of the proxies; EINVAL with a finding */
static enum mtasts_err
read_trusted(const struct httpd_conf *conf, struct limits *limits,
    struct mtasts_diags *diags)
{
	struct diag_quote quote;
	size_t i;

	for (i = 0; i < conf->trusted_proxy_count; i++) {
		struct str text = str_of(conf->trusted_proxies[i]);

		if (ipnet_parse(text, &limits->trusted[i]))
			continue;
		diag_add(diags, &bad_proxy, (struct diag_place){ 0 },
		    "trusted proxy \"%s\" is no address",
		    diag_quote(&quote, text));
		return MTASTS_EINVAL;
	}
	limits->trusted_count = conf->trusted_proxy_count;
	return MTASTS_OK;
}

enum mtasts_err
httpd_limits_new(const struct httpd_conf *conf, struct limits **out,
    struct mtasts_diags *diags)
{
	struct limits *limits = mem_zalloc(1,
	    sizeof(*limits) + conf->trusted_proxy_count * sizeof(struct ipnet));
	enum mtasts_err err;

	if (limits == NULL)
		return MTASTS_ENOMEM;
	err = read_trusted(conf, limits, diags);
	if (err != MTASTS_OK) {
		mem_free(limits);
		return err;
	}
	atomic_init(&limits->refs, 1);
	limits->max_connections = conf->max_connections;
	limits->max_per_address = conf->max_per_address;
	limits->max_requests = conf->max_requests;
	limits->max_header = conf->max_header < HTTPD_HEADER_MAX
	    ? conf->max_header
	    : HTTPD_HEADER_MAX;
	limits->first_byte_ms = conf->first_byte_timeout_ms;
	limits->idle_ms = conf->idle_timeout_ms;
	limits->access_log = conf->access_log;
	*out = limits;
	return MTASTS_OK;
}

void
httpd_limits_put(struct limits *limits)
{
	if (limits != NULL && atomic_fetch_sub(&limits->refs, 1) == 1)
		mem_free(limits);
}

bool
httpd_limits_follow(struct worker *w)
{
	struct httpd *h = w->httpd;
	struct limits *old = w->limits;

	if (old != NULL &&
	    w->limits_seq ==
		atomic_load_explicit(&h->limits_seq, memory_order_relaxed))
		return false;
	pthread_mutex_lock(&h->limits_lock);
	w->limits = h->limits;
	w->limits_seq = atomic_load(&h->limits_seq);
	atomic_fetch_add(&w->limits->refs, 1);
	pthread_mutex_unlock(&h->limits_lock);
	httpd_limits_put(old);
	return true;
}

enum mtasts_err
httpd_set_limits(
    struct httpd *h, const struct httpd_conf *conf, struct mtasts_diags *diags)
{
	struct limits *limits = NULL, *old;
	enum mtasts_err err = httpd_limits_new(conf, &limits, diags);

	if (err != MTASTS_OK)
		return err;
	pthread_mutex_lock(&h->limits_lock);
	old = h->limits;
	h->limits = limits;
	atomic_fetch_add(&h->limits_seq, 1);
	pthread_mutex_unlock(&h->limits_lock);
	httpd_limits_put(old);
	httpd_wake(h);
	return MTASTS_OK;
}
