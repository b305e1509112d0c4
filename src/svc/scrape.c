/*
 * scrape.c - a listener of its own that serves /metrics
 *
 * For a scraper on this machine or in this network: few connections, no TLS,
 * no login. It has a thread of its own, so that it never waits for the duty.
 */
#include "svc/scrape.h"

/* For one scraper, not for the world. */
#define SCRAPE_CONNECTIONS 64
#define SCRAPE_HEADER	   8192
#define SCRAPE_TIMEOUT_MS  5000
#define SCRAPE_IDLE_MS	   15000

/* serve_metrics - GET /metrics; called in a thread of its own */
static void
serve_metrics(void *ctx, const struct httpd_request *request,
    struct httpd_response *response)
{
	if (request->head->method == HTTPHEAD_OTHER) {
		response->status = 405;
		return;
	}
	if (!str_eq(request->head->path, STR("/metrics"))) {
		response->body = STR("Metrics are at /metrics.\n");
		return;
	}
	metrics_format(ctx, request->scratch);
	response->status = 200;
	response->content_type = "text/plain; version=0.0.4; charset=utf-8";
	response->body = buf_str(request->scratch);
}

enum mtasts_err
scrape_open(const struct svc *svc, const char *address, struct scrape *out,
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
	struct httpd_listener listener = { .site = {
					       serve_metrics, svc->metrics } };
	enum mtasts_err err;

	*out = (struct scrape){ 0 };
	listen_init(&out->sockets);
	if (address[0] == '\0')
		return MTASTS_OK;
	err = httpd_open(&conf, &out->server, diags);
	if (err == MTASTS_OK)
		err = listen_open(&out->sockets, address, diags);
	for (size_t i = 0; err == MTASTS_OK && i < out->sockets.count; i++) {
		listener.fd = out->sockets.v[i].fd;
		listener.trusted = out->sockets.v[i].is_unix;
		err = httpd_listen(out->server, &listener);
	}
	return err == MTASTS_OK ? httpd_start(out->server) : err;
}

void
scrape_close(struct scrape *scrape)
{
	httpd_close(scrape->server);
	listen_close(&scrape->sockets);
	*scrape = (struct scrape){ 0 };
}
