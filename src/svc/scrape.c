/*
 * scrape.c - a listener of its own that serves /metrics
 *
 * For a scraper on this machine or in this network: few connections, no TLS,
 * no login. It has a thread of its own, so that it never waits for the duty.
 */
#include "svc/scrape.h"

#define SCRAPE_HEADER	  8192
#define SCRAPE_TIMEOUT_MS 5000
#define SCRAPE_IDLE_MS	  15000

/* serve_metrics - GET /metrics; called in a thread of its own */
static void
serve_metrics(void *ctx, const struct httpd_request *request,
    struct httpd_response *response)
{
	struct scrape *scrape = ctx;

	if (request->head->method == HTTPHEAD_OTHER) {
		response->status = 405;
		return;
	}
	if (!str_eq(request->head->path, STR("/metrics"))) {
		response->body = STR("Metrics are at /metrics.\n");
		return;
	}
	if (scrape->look != NULL)
		scrape->look(scrape->ctx);
	metrics_format(scrape->metrics, request->scratch);
	response->status = 200;
	response->content_type = "text/plain; version=0.0.4; charset=utf-8";
	response->body = buf_str(request->scratch);
}

enum mtasts_err
scrape_open(const struct svc *svc, const char *address, struct scrape *scrape,
    struct mtasts_diags *diags)
{
	const struct httpd_conf conf = {
		.workers = 1,
		.max_connections = SCRAPE_CONNECTIONS,
		.max_header = SCRAPE_HEADER,
		.first_byte_timeout_ms = SCRAPE_TIMEOUT_MS,
		.idle_timeout_ms = SCRAPE_IDLE_MS,
		.log = svc->log,
	};
	struct httpd_listener listener = { .site = { serve_metrics, scrape } };
	enum mtasts_err err;

	scrape->metrics = svc->metrics;
	listen_init(&scrape->sockets);
	if (address[0] == '\0')
		return MTASTS_OK;
	err = httpd_open(&conf, &scrape->server, diags);
	if (err == MTASTS_OK)
		err = listen_open(&scrape->sockets, address, diags);
	for (size_t i = 0; err == MTASTS_OK && i < scrape->sockets.count; i++) {
		listener.fd = scrape->sockets.v[i].fd;
		listener.trusted = scrape->sockets.v[i].is_unix;
		err = httpd_listen(scrape->server, &listener);
	}
	return err == MTASTS_OK ? httpd_start(scrape->server) : err;
}

void
scrape_close(struct scrape *scrape)
{
	httpd_close(scrape->server);
	listen_close(&scrape->sockets);
	*scrape = (struct scrape){ 0 };
}
