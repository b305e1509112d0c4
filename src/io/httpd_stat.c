/*
 * httpd_stat - what is counted, and the access log
 */
#include "io/httpd.h"

#include "io/httpd_int.h"
#include "io/loop.h"

/* The last row counts every other status. */
static const struct {
	int status;
	const char *labels;
} status_rows[HTTPD_STATUS_COUNT] = {
	{ 200, "status=\"200\"" },
	{ 400, "status=\"400\"" },
	{ 403, "status=\"403\"" },
	{ 404, "status=\"404\"" },
	{ 405, "status=\"405\"" },
	{ 413, "status=\"413\"" },
	{ 421, "status=\"421\"" },
	{ 429, "status=\"429\"" },
	{ 431, "status=\"431\"" },
	{ 500, "status=\"500\"" },
	{ 501, "status=\"501\"" },
	{ 503, "status=\"503\"" },
	{ 505, "status=\"505\"" },
	{ 0, "status=\"other\"" },
};

static const char *const cause_labels[TLS_CAUSE_COUNT] = {
	[TLS_UNKNOWN_NAME] = "cause=\"unknown_name\"",
	[TLS_NO_NAME] = "cause=\"no_name\"",
	[TLS_PROTOCOL] = "cause=\"protocol\"",
	[TLS_ALERT] = "cause=\"alert\"",
	[TLS_TIMEOUT] = "cause=\"timeout\"",
	[TLS_CLOSED] = "cause=\"closed\"",
	[TLS_OTHER] = "cause=\"other\"",
};

static const char *const refusal_labels[REFUSED_COUNT] = {
	[REFUSED_LIMIT] = "cause=\"limit\"",
	[REFUSED_ADDRESS] = "cause=\"per_address\"",
	[REFUSED_FILES] = "cause=\"emfile\"",
};

static const char *const phase_labels[PHASE_COUNT] = {
	[PHASE_FIRST] = "phase=\"first\"",
	[PHASE_HEAD] = "phase=\"head\"",
	[PHASE_IDLE] = "phase=\"idle\"",
	[PHASE_SEND] = "phase=\"send\"",
	[PHASE_DRAIN] = "phase=\"drain\"",
};

void
httpd_stat_open(struct httpd_stat *s, struct metrics *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < HTTPD_STATUS_COUNT; i++)
		if (status_rows[i].labels != NULL)
			s->requests[i] = metrics_add(m, METRIC_COUNTER,
			    "mtasts_http_requests_total",
			    "Requests answered, by status.",
			    status_rows[i].labels);
	s->handshakes =
	    metrics_add(m, METRIC_COUNTER, "mtasts_http_tls_handshakes_total",
		"TLS handshakes completed.", "");
	for (i = 0; i < TLS_CAUSE_COUNT; i++)
		s->handshake_failures[i] = metrics_add(m, METRIC_COUNTER,
		    "mtasts_http_tls_handshake_failures_total",
		    "TLS handshakes that failed, by cause.", cause_labels[i]);
	s->open = metrics_add(m, METRIC_GAUGE, "mtasts_http_connections",
	    "Connections open now.", "");
	for (i = 0; i < REFUSED_COUNT; i++)
		s->refused[i] =
		    metrics_add(m, METRIC_COUNTER, "mtasts_http_refused_total",
			"Connections or requests turned away, by cause.",
			refusal_labels[i]);
	s->idle_closed =
	    metrics_add(m, METRIC_COUNTER, "mtasts_http_idle_closed_total",
		"Idle connections closed early to make room for others.", "");
	for (i = 0; i < PHASE_COUNT; i++)
		s->timeouts[i] =
		    metrics_add(m, METRIC_COUNTER, "mtasts_http_timeouts_total",
			"Connections closed for taking too long, by phase.",
			phase_labels[i]);
	s->pauses =
	    metrics_add(m, METRIC_COUNTER, "mtasts_http_accept_pauses_total",
		"Times that accepting paused for want of descriptors.", "");
}

/* count - the series of a status */
static void
count(struct httpd_stat *s, int status)
{
	size_t i = 0;

	while (status_rows[i].status != 0 && status_rows[i].status != status)
		i++;
	metric_inc(s->requests[i]);
}

void
httpd_stat_request(
    struct conn *c, const struct httphead *head, int status, size_t body_len)
{
	struct worker *w = c->worker;
	const struct httpd_conf *conf = &w->httpd->conf;
	struct log_line line;

	count(&w->httpd->stat, status);
	if (!w->limits->access_log || conf->log == NULL)
		return;
	log_begin(&line, conf->log, LOG_LEVEL_INFO, "request");
	log_cstr(&line, "client", c->client);
	if (head != NULL) {
		log_str(&line, "host", head->host);
		log_str(&line, "method", head->method_text);
		log_str(&line, "path", head->path);
	}
	log_int(&line, "status", status);
	log_int(&line, "bytes", (int64_t)body_len);
	if (c->ssl != NULL)
		log_cstr(&line, "tls", httpd_tls_version(c));
	log_int(&line, "duration_us", loop_now_us() - c->begun_us);
	log_end_later(&line);
	/* The log has no clock of its own: the loop flushes it for us. */
	if (w->log_flush_ms == 0) {
		w->log_flush_ms = w->now_ms + HTTPD_LOG_FLUSH_MS;
		if (w->log_flush_ms < w->wake_ms)
			w->wake_ms = w->log_flush_ms;
	}
}
