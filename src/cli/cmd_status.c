/*
 * cmd_status.c - status: do the daemons run, and are they well?
 *
 * mtasts-resolver and mtasts-publisher are asked through their control sockets,
 * mtasts-host by its metrics. A machine may well run only one of them.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/ask.h"
#include "cli/query_print.h"
#include "cli/status.h"
#include "core/reply.h"
#include "io/metrics_get.h"

#include <errno.h>
#include <inttypes.h>

#define METRICS_MS 5000

int64_t
status_number(const struct js *js, const char *key)
{
	int64_t n = 0;

	js_int(js_get(js, key), &n);
	return n;
}

void
status_flush(struct status *s, const char *label)
{
	if (buf_error(&s->b) != MTASTS_OK)
		s->env->incomplete = true;
	else if (s->b.len > 0)
		out_labelled(s->env, STATUS_COLUMN, label, buf_str(&s->b));
	buf_clear(&s->b);
}

void
status_trouble(struct status *s)
{
	s->troubles++;
	if (!s->env->json) {
		out_color(s->env, OUT_RED);
		status_flush(s, "TROUBLE");
		out_color(s->env, OUT_PLAIN);
	}
	buf_clear(&s->b);
}

void
status_name(struct status *s, const char *name, enum out_color color)
{
	out_color(s->env, OUT_BOLD);
	out_color(s->env, color);
	fputs(name, s->env->out);
	out_color(s->env, OUT_PLAIN);
	s->env->incomplete |= buf_error(&s->b) != MTASTS_OK;
	if (s->b.len > 0)
		fprintf(s->env->out, "%s", s->b.p);
	fputc('\n', s->env->out);
	buf_clear(&s->b);
}

/* resolver_troubles - what somebody should look at */
static void
resolver_troubles(struct status *s)
{
	struct str dns = query_text(s->resolver, "dns_validation"),
		   store = query_text(s->resolver, "store");

	if (s->conf->resolver.dane != REPLY_DANE_OFF &&
	    str_eq(dns, STR("fails"))) {
		buf_puts(&s->b,
		    "DNSSEC does not work, so that DANE is left out; look at "
		    "the section dns of mtasts.yaml(5) and at the log");
		status_trouble(s);
	}
	if (store.len > 0) {
		buf_puts(&s->b, "the file of the policies: ");
		query_put_safe(&s->b, store);
		status_trouble(s);
	}
}

/* put_list - texts with commas between */
static void
put_list(struct buf *b, const struct js *list)
{
	struct str s;
	size_t i;

	for (i = 0; i < js_len(list); i++) {
		buf_puts(b, i > 0 ? ", " : "");
		if (js_str(js_at(list, i), &s))
			query_put_safe(b, s);
	}
}

/* put_count - a member's number and what it counts, one or many */
static void
put_count(struct status *s, const char *key, const char *one, const char *many)
{
	int64_t n = status_number(s->resolver, key);

	buf_putf(&s->b, "%" PRId64 " %s", n, n == 1 ? one : many);
}

/* say_resolver - mtasts-resolver for people */
static void
say_resolver(struct status *s)
{
	const struct js *js = s->resolver;
	int64_t questions = status_number(js, "questions"),
		hits = status_number(js, "hits");
	bool observe;

	if (js == NULL) {
		buf_puts(&s->b,
		    s->resolver_err == MTASTS_ENOENT ? ": does not run here"
						     : ": cannot be asked");
		status_name(s, "mtasts-resolver", OUT_DIM);
		return;
	}
	buf_putc(&s->b, ' ');
	query_put_safe(&s->b, query_text(js, "version"));
	buf_puts(&s->b, ": runs since ");
	query_put_when(&s->b, js_get(js, "started"), s->env->now_at);
	buf_putf(&s->b, ", pid %" PRId64, status_number(js, "pid"));
	status_name(s, "mtasts-resolver", OUT_GREEN);
	put_list(&s->b, js_get(js, "listen"));
	status_flush(s, "listens");
	buf_putf(&s->b, "%" PRId64 " open", status_number(js, "connections"));
	status_flush(s, "connections");
	buf_putf(&s->b, "%" PRId64, questions);
	if (questions > 0)
		buf_putf(&s->b, ", %" PRId64 " %% of them answered from memory",
		    hits * 100 / questions);
	status_flush(s, "questions");
	put_count(s, "policies", "policy, ", "policies, ");
	put_count(
	    s, "destinations", "destination in use", "destinations in use");
	status_flush(s, "remembers");
	put_count(s, "running", "lookup under way, ", "lookups under way, ");
	put_count(s, "waiting", "question waits", "questions wait");
	status_flush(s, "works on");
	query_put_safe(&s->b, query_text(js, "dns_validation"));
	status_flush(s, "DNSSEC");
	if (js_bool(js_get(js, "observe"), &observe) && observe)
		buf_puts(&s->b, "the MTA is told nothing");
	status_flush(s, "observes");
}

/* host_number - a metric of mtasts-host, or 0 */
static int64_t
host_number(const struct status *s, const char *name)
{
	int64_t n = 0;

	metrics_find(buf_str(&s->host), name, &n);
	return n;
}

/* host_troubles - what somebody should look at */
static void
host_troubles(struct status *s)
{
	int64_t ok = 1,
		age = host_number(s, "mtasts_host_snapshot_age_seconds");

	metrics_find(buf_str(&s->host), "mtasts_config_reload_ok", &ok);
	if (ok == 0) {
		buf_puts(&s->b,
		    "the new configuration was refused; see: mtasts conf "
		    "check");
		status_trouble(s);
	}
	if (age > 60) {
		buf_putf(&s->b,
		    "the registry has not been read for %" PRId64
		    " seconds; what it last read is served",
		    age);
		status_trouble(s);
	}
}

/* say_host - mtasts-host for people */
static void
say_host(struct status *s)
{
	struct timefmt t;

	if (s->host_err != MTASTS_OK) {
		buf_putf(&s->b, ": %s",
		    s->conf->host.metrics[0] == '\0'
			? "not known, as host: metrics has no address"
			: s->host_err == MTASTS_ENOENT ? "does not run here"
						       : "cannot be asked");
		if (s->host_err == MTASTS_ESYS)
			buf_putf(&s->b, ": %s", strerror(s->host_errno));
		status_name(s, "mtasts-host", OUT_DIM);
		return;
	}
	buf_putc(&s->b, ' ');
	query_put_safe(&s->b,
	    metrics_label(buf_str(&s->host), "mtasts_build_info", "version"));
	buf_putf(&s->b, ": runs for %s",
	    timefmt_ago(&t,
		s->env->now_at - host_number(s, "mtasts_start_time_seconds")));
	status_name(s, "mtasts-host", OUT_GREEN);
	buf_putf(&s->b, "policies of %" PRId64 " domains",
	    host_number(s, "mtasts_host_domains"));
	status_flush(s, "serves");
	buf_putf(&s->b, "%" PRId64 " open",
	    host_number(s, "mtasts_http_connections"));
	status_flush(s, "connections");
	buf_putf(&s->b,
	    "%" PRId64 " answered, %" PRId64 " refused; %" PRId64
	    " handshakes failed",
	    host_number(s, "mtasts_http_requests_total"),
	    host_number(s, "mtasts_http_refused_total"),
	    host_number(s, "mtasts_http_tls_handshake_failures_total"));
	status_flush(s, "requests");
}

/* put_host - mtasts-host as JSON */
static void
put_host(struct status *s, struct js_writer *w)
{
	static const struct {
		const char *key, *metric;
	} rows[] = {
		{ "domains", "mtasts_host_domains" },
		{ "connections", "mtasts_http_connections" },
		{ "requests", "mtasts_http_requests_total" },
		{ "refused", "mtasts_http_refused_total" },
		{ "handshakes", "mtasts_http_tls_handshakes_total" },
		{ "handshake_failures",
		    "mtasts_http_tls_handshake_failures_total" },
		{ "snapshot_age_s", "mtasts_host_snapshot_age_seconds" },
	};
	struct timefmt t;
	size_t i;

	js_key(w, "host");
	if (s->host_err != MTASTS_OK) {
		js_put_null(w);
		return;
	}
	js_object(w);
	js_key(w, "version");
	js_put_str(w,
	    metrics_label(buf_str(&s->host), "mtasts_build_info", "version"));
	js_kv_str(w, "started",
	    timefmt_rfc3339(&t, host_number(s, "mtasts_start_time_seconds")));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		js_kv_int(w, rows[i].key, host_number(s, rows[i].metric));
	js_end_object(w);
}

/* say_json - all as one object */
static enum cmd_status
say_json(struct status *s)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, STATUS_TEXT_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	js_key(&w, "resolver");
	if (s->resolver != NULL)
		out_put_js(&w, s->resolver);
	else
		js_put_null(&w);
	put_host(s, &w);
	js_key(&w, "publisher");
	if (s->publisher != NULL)
		out_put_js(&w, s->publisher);
	else
		js_put_null(&w);
	js_kv_int(&w, "troubles", (int64_t)s->troubles);
	js_end_object(&w);
	return out_json(s->env, &b);
}

/* learn - ask all */
static void
learn(struct status *s)
{
	struct ask a;

	ask_begin(&a, s->env, "status");
	s->resolver_err = ask_one(&a, &s->resolver);
	ask_publisher(&a, s->env, "status");
	s->publisher_err = ask_one(&a, &s->publisher);
	s->host_err = MTASTS_ENOENT;
	if (s->conf->host.metrics[0] != '\0')
		s->host_err =
		    metrics_get(s->conf->host.metrics, METRICS_MS, &s->host);
	s->host_errno = errno;
}

/* run_status - status */
static enum cmd_status
run_status(struct cmd_env *env, const struct cmd_args *args)
{
	struct status s = { .env = env, .conf = cmd_conf(env) };
	enum cmd_status status, written = CMD_FINE;

	if (s.conf == NULL)
		return CMD_UNKNOWN;
	buf_init(&s.host, STATUS_TEXT_MAX);
	buf_init(&s.b, STATUS_TEXT_MAX);
	learn(&s);
	if (!env->json)
		say_resolver(&s);
	if (s.resolver != NULL)
		resolver_troubles(&s);
	if (!env->json)
		say_host(&s);
	if (s.host_err == MTASTS_OK)
		host_troubles(&s);
	if (!env->json)
		status_publisher(&s);
	if (s.publisher != NULL)
		status_publisher_troubles(&s);
	if (env->json)
		written = say_json(&s);
	status = s.troubles > 0 ? CMD_PROBLEM : CMD_FINE;
	if (s.resolver == NULL && s.publisher == NULL &&
	    s.host_err != MTASTS_OK)
		status = CMD_UNKNOWN;
	js_free(s.resolver);
	js_free(s.publisher);
	buf_free(&s.host);
	buf_free(&s.b);
	return written != CMD_FINE ? written : status;
}

const struct cmd cmd_status = {
	.name = "status",
	.usage = "",
	.summary = "do the daemons here run, and are they well?",
	.help =
	    "Asks mtasts-resolver and mtasts-publisher through their control "
	    "sockets and mtasts-host by its metrics, as the configuration says "
	    "where they are.\n"
	    "\n"
	    "The exit status is 0 when those that run are well, 1 when one "
	    "has a trouble that somebody should look at, 3 when none can be "
	    "asked.",
	.run = run_status,
};
