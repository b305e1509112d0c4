/*
 * certify_end.c - how jobs end, and what is remembered of it
 *
 * RFC 8555 section 6.6: authorities count. What failed is put off, what a
 * person has to mend is told in a sentence. Texts of strangers are made safe
 * here, once, before they reach anybody.
 */
#include "task/certify_int.h"

#include "io/loop.h"

#include <stdarg.h>
#include <stdio.h>

#define LIMITED_S    3600 /* the authority said: too many */
#define LOOK_AGAIN_S 86400 /* at what others keep */

enum mtasts_err
certify_write_row(struct certify *job, bool order)
{
	struct registry *r = job->c->conf.registry;
	struct str domain = str_of(job->domain);
	int64_t now_at = loop_time_s();
	enum mtasts_err err = registry_begin(r, REGISTRY_WRITE);

	if (err == MTASTS_OK)
		err = registry_put_cert(r, &job->row);
	if (err == MTASTS_OK && order)
		err = registry_add_order(r, domain, now_at,
		    now_at - job->c->acme->orders_per_ms / 1000);
	if (err == MTASTS_OK)
		err = registry_commit(r);
	if (err != MTASTS_OK)
		registry_rollback(r);
	return err;
}

/* note_failure - one more in a row, and when it is tried again */
static void
note_failure(
    struct certify *job, const struct certify_outcome *outcome, int64_t now_at)
{
	bool refused = outcome->end == CERTIFY_REFUSED;
	struct registry_cert *row = &job->row;

	row->state = refused ? REGISTRY_CERT_REFUSED : REGISTRY_CERT_FAILED;
	row->failures++;
	row->next_at = certplan_retry(str_of(job->host), row->failures, now_at,
	    refused ? CERTPLAN_LOOK_MAX_S : CERTPLAN_RETRY_MAX_S);
	if (outcome->cause == CERTIFY_CAUSE_LIMITED) {
		job->c->hold_until_at = now_at + LIMITED_S;
		if (row->next_at < now_at + LIMITED_S)
			row->next_at = now_at + LIMITED_S;
	}
}

/* note_others - theirs; to be looked at when it has run out, or in a day */
static void
note_others(struct registry_cert *row, int64_t now_at)
{
	row->state = REGISTRY_CERT_OTHERS;
	row->managed = false;
	row->failures = 0;
	row->next_at = now_at + LOOK_AGAIN_S;
	if (row->next_at > row->not_after_at)
		row->next_at = row->not_after_at + 1;
}

/* note - what the registry is to know of the end; false: nothing */
static bool
note(struct certify *job, const struct certify_outcome *outcome, int64_t now_at)
{
	struct registry_cert *row = &job->row;

	row->tried_at = now_at;
	row->not_before_at = job->found.cert.not_before_at;
	row->not_after_at = job->found.cert.not_after_at;
	switch (outcome->end) {
	case CERTIFY_ISSUED:
	case CERTIFY_NOT_DUE:
		row->state = REGISTRY_CERT_ISSUED;
		row->failures = 0;
		row->next_at =
		    certplan_due(&job->found.cert, str_of(job->host));
		return true;
	case CERTIFY_OTHERS:
		note_others(row, now_at);
		return true;
	case CERTIFY_LATER:
		return outcome->cause == CERTIFY_CAUSE_RATE;
	default:
		note_failure(job, outcome, now_at);
		return outcome->cause != CERTIFY_CAUSE_UNREGISTERED &&
		    outcome->cause != CERTIFY_CAUSE_STORE;
	}
}

/* count - for the metrics */
static void
count(struct certifier *c, enum certify_end end)
{
	if (end == CERTIFY_ISSUED)
		metric_inc(c->issued);
	else if (end == CERTIFY_FAILED)
		metric_inc(c->failed);
	else if (end == CERTIFY_REFUSED)
		metric_inc(c->refused);
}

void
certify_end(struct certify *job, const struct certify_outcome *outcome,
    const char *fmt, ...)
{
	struct certifier *c = job->c;
	char why[CERTIFY_WHY_MAX], raw[CERTIFY_WHY_MAX];
	struct certify_result result = { .end = outcome->end,
		.cause = outcome->cause,
		.domain = job->domain,
		.host = job->host,
		.why = why,
		.fix = outcome->fix != NULL ? outcome->fix : "",
		.cert = job->found.cert };
	struct buf clean;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	/* Some of it came from an authority or from DNS. */
	buf_init(&clean, 5 * sizeof(why));
	buf_clean(&clean, str_of(raw), sizeof(why));
	snprintf(why, sizeof(why), "%s", clean.p != NULL ? clean.p : "");
	buf_free(&clean);
	job->row.domain = str_of(job->domain);
	if (outcome->end != CERTIFY_LATER)
		job->row.why = str_of(why);
	if (note(job, outcome, loop_time_s()) &&
	    certify_write_row(job, false) != MTASTS_OK)
		log_event(c->conf.log, LOG_LEVEL_ERROR, "acme-unnoted", "name",
		    job->host);
	result.next_at = job->row.next_at;
	count(c, outcome->end);
	certify_log(c, &result);
	job->want.done(job->want.ctx, &result);
	certify_free(job);
}
