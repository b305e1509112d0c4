/*
 * status_publisher.c - mtasts-publisher in the output of status
 *
 * Only words for what it tells; asking it is cmd_status.c's business.
 */
#include "cli/status.h"

#include "cli/query_print.h"

#include <inttypes.h>

/* put_certificates - how many there are of each kind */
static void
put_certificates(struct status *s, const struct js *js)
{
	int64_t missing = status_number(js, "missing");

	buf_putf(&s->b,
	    "%" PRId64 " ours, %" PRId64 " of others, %" PRId64 " missing",
	    status_number(js, "ours"), status_number(js, "of_others"), missing);
	if (missing > 0 && query_text(js, "expected_end").len > 0) {
		buf_puts(&s->b, "; the last can be ordered ");
		query_put_when(
		    &s->b, js_get(js, "expected_end"), s->env->now_at);
	}
	status_flush(s, "certificates");
}

/* put_domains - how they are */
static void
put_domains(struct status *s, const struct js *js)
{
	buf_putf(&s->b,
	    "%" PRId64 " live, %" PRId64 " to be done by hand, %" PRId64
	    " with a problem, %" PRId64 " waiting; %" PRId64 " under way",
	    status_number(js, "live"), status_number(js, "by_hand"),
	    status_number(js, "problem"), status_number(js, "waiting"),
	    status_number(js, "running"));
	status_flush(s, "domains");
	if (query_text(js, "next").len > 0) {
		query_put_when(&s->b, js_get(js, "next"), s->env->now_at);
		status_flush(s, "next");
	}
}

void
status_publisher(struct status *s)
{
	const struct js *js = s->publisher, *certs;
	bool acme = false;

	if (js == NULL) {
		buf_puts(&s->b,
		    s->publisher_err == MTASTS_ENOENT ? ": does not run here"
						      : ": cannot be asked");
		status_name(s, "mtasts-publisher", OUT_DIM);
		return;
	}
	buf_putc(&s->b, ' ');
	query_put_safe(&s->b, query_text(js, "version"));
	buf_puts(&s->b, ": runs since ");
	query_put_when(&s->b, js_get(js, "started"), s->env->now_at);
	buf_putf(&s->b, ", pid %" PRId64, status_number(js, "pid"));
	status_name(s, "mtasts-publisher", OUT_GREEN);
	put_domains(s, js_get(js, "domains"));
	certs = js_get(js, "certificates");
	put_certificates(s, certs);
	if (js_bool(js_get(certs, "acme"), &acme) && !acme)
		buf_puts(&s->b, "is not enabled: certificates are not ordered");
	else
		buf_putf(&s->b, "%" PRId64 " under way",
		    status_number(certs, "running"));
	status_flush(s, "ACME");
}

void
status_publisher_troubles(struct status *s)
{
	const struct js *certs = js_get(s->publisher, "certificates");
	int64_t failing = status_number(certs, "failing"),
		problem =
		    status_number(js_get(s->publisher, "domains"), "problem");

	if (str_eq(query_text(s->publisher, "registry"), STR("away"))) {
		buf_puts(&s->b,
		    "the registry cannot be used, so that nothing is done; "
		    "the log of mtasts-publisher says why");
		status_trouble(s);
	}
	if (problem > 0) {
		buf_putf(&s->b,
		    "%" PRId64 " %s a problem; see: mtasts domain list "
		    "--problems",
		    problem, problem == 1 ? "domain has" : "domains have");
		status_trouble(s);
	}
	if (failing > 0) {
		buf_putf(&s->b,
		    "%" PRId64 " %s no certificate at the last try; see: "
		    "mtasts cert list --problems",
		    failing, failing == 1 ? "name got" : "names got");
		status_trouble(s);
	}
}
