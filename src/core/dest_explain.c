/*
 * dest_explain.c - all that is known of a destination, as JSON
 *
 * For people who ask why: "mtasts query". Judges nothing but whether a name
 * fits the policy and whether that is fresh.
 */
#include "core/dest.h"

#include "core/decide.h"
#include "mtasts/match.h"

/* put_text - a key and a text; null when there is none */
static void
put_text(struct js_writer *w, const char *key, const char *text)
{
	js_kv_str(w, key, text != NULL && text[0] != '\0' ? text : NULL);
}

/* put_txt - the last TXT answer */
static void
put_txt(const struct dest_txt *txt, struct js_writer *w)
{
	static const char *const state[] = {
		[DEST_TXT_UNKNOWN] = "unknown",
		[DEST_TXT_NONE] = "none",
		[DEST_TXT_VALID] = "valid",
		[DEST_TXT_FAILED] = "failed",
	};

	js_key(w, "txt");
	js_object(w);
	js_kv_str(w, "state", state[txt->state]);
	put_text(w, "id", txt->id);
	js_kv_time(w, "asked", txt->asked_at);
	js_kv_time(w, "until", txt->until_at);
	put_text(w, "why", txt->why);
	js_end_object(w);
}

/* put_patterns - the patterns of the policy */
static void
put_patterns(const struct dest *d, struct js_writer *w)
{
	js_key(w, "mx");
	js_array(w);
	for (size_t i = 0; d->parsed != NULL && i < d->parsed->mx_count; i++)
		js_put_str(w, str_of(d->parsed->mx[i]));
	js_end_array(w);
}

/* until - the last second at which the policy applies */
static int64_t
until(const struct dest *d)
{
	return d->once ? d->policy->fetched_at + DECIDE_ONCE_S - 1
		       : cached_until(d->policy);
}

/* put_policy - the cached policy */
static void
put_policy(const struct dest *d, int64_t now_at, struct js_writer *w)
{
	struct cached_row row;

	js_key(w, "policy");
	if (d->policy == NULL) {
		js_put_null(w);
		return;
	}
	cached_row_of(d->policy, &row);
	js_object(w);
	js_kv_span(w, "id", row.id);
	js_kv_str(w, "mode", mtasts_mode_name(row.mode));
	js_kv_int(w, "max_age", row.max_age_s);
	put_patterns(d, w);
	js_kv_time(w, "first", row.first_at);
	js_kv_time(w, "fetched", row.fetched_at);
	js_kv_time(w, "used", row.used_at);
	js_kv_time(w, "until", until(d));
	js_kv_time(w, "next", row.next_at);
	js_kv_bool(w, "fresh", now_at <= until(d));
	js_kv_int(w, "failures", row.failures);
	js_kv_span(w, "error", row.error);
	js_key(w, "text");
	js_put_str(w, row.text);
	js_end_object(w);
}

/* put_failure - the last fetch, when it failed */
static void
put_failure(const struct dest_failure *f, struct js_writer *w)
{
	js_key(w, "failure");
	if (f->end == FETCHFACT_OK) {
		js_put_null(w);
		return;
	}
	js_object(w);
	js_kv_str(w, "cause", fetchfact_end_name(f->end));
	js_kv_str(w, "result_type", fetchfact_result_type(f->end));
	js_kv_time(w, "at", f->at);
	js_kv_time(w, "until", f->until_at);
	put_text(w, "why", f->why);
	js_end_object(w);
}

/* put_host - one MX host */
static void
put_host(const struct dest *d, const struct dest_mx *m, struct js_writer *w)
{
	js_object(w);
	js_kv_str(w, "name", m->name);
	js_kv_int(w, "preference", m->preference);
	js_kv_bool(w, "current", m->current);
	js_key(w, "fits");
	if (d->parsed == NULL)
		js_put_null(w);
	else
		js_put_bool(w,
		    mtasts_policy_match(d->parsed, m->name) <
			d->parsed->mx_count);
	js_kv_str(
	    w, "dane", m->dane != DANE_OPEN ? dane_class_name(m->dane) : NULL);
	put_text(w, "tlsa_base", m->base);
	js_kv_int(w, "usable", m->usable);
	js_kv_int(w, "unusable", m->unusable);
	put_text(w, "why", m->why);
	js_kv_time(w, "until", m->dane_until_at);
	js_end_object(w);
}

/* put_mx - the MX hosts and what DANE says of each */
static void
put_mx(const struct dest *d, struct js_writer *w)
{
	static const char *const state[] = {
		[DEST_MX_UNKNOWN] = "unknown",
		[DEST_MX_FOUND] = "found",
		[DEST_MX_NULL] = "null",
		[DEST_MX_FAILED] = "failed",
	};

	js_key(w, "mx");
	js_object(w);
	js_kv_str(w, "state", state[d->mx_state]);
	js_kv_bool(w, "secure", d->mx_secure);
	js_kv_time(w, "until", d->mx_until_at);
	put_text(w, "why", d->mx_why);
	js_key(w, "hosts");
	js_array(w);
	for (size_t i = 0; i < d->mx_count; i++)
		put_host(d, &d->mx[i], w);
	js_end_array(w);
	js_end_object(w);
}

void
dest_explain(const struct dest *d, int64_t now_at, struct js_writer *w)
{
	js_kv_str(w, "domain", d->key.domain.text);
	js_kv_str(w, "key", d->key.text);
	put_txt(&d->txt, w);
	put_policy(d, now_at, w);
	put_failure(&d->failure, w);
	put_mx(d, w);
}
