/*
 * domain_item.c - how a registered name is, in a few words and as JSON
 *
 * What list and show have in common. Knows no registry.
 */
#include "cli/domain_item.h"

#include "base/timefmt.h"

#define DAY_S 86400

/* end_is - how the last try ended */
static bool
end_is(const struct overview *o, const char *end)
{
	return str_eq(o->published.end, str_of(end));
}

/* step_word - the step that the last try stopped at, for people */
static const char *
step_word(struct str step)
{
	static const char *const words[][2] = { { "host", "host" },
		{ "certificate", "certificate" }, { "body", "policy" },
		{ "id", "DNS" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_eq(step, str_of(words[i][0])))
			return words[i][1];
	return "see show";
}

void
domain_item_state(const struct overview *o, struct buf *out)
{
	const struct registry_row *row = o->row;
	struct timefmt t;

	if (o->state == DOMAIN_BEING_REMOVED)
		buf_putf(out, "removing until %.10s",
		    timefmt_rfc3339(&t, row->until_at));
	else if (o->state == DOMAIN_RUN_OUT)
		/* Whoever published it takes it out again. */
		buf_puts(out,
		    o->published.tried_at != 0 ? "run out: leaves DNS"
					       : "run out: remove it");
	else if (o->state != DOMAIN_SERVED)
		buf_puts(out, domain_state_name(o->state));
	else if (end_is(o, "by hand"))
		buf_puts(out, "waits for records");
	else if (end_is(o, "problem"))
		buf_putf(out, "problem: %s", step_word(o->published.step));
	else if (row->target.len > 0)
		buf_putf(out, "alias of %" STR_FMT, STR_ARG(row->target));
	else
		buf_puts(out, domain_state_name(o->state));
}

void
domain_item_cert(const struct overview *o, int64_t now_at, struct buf *out)
{
	int64_t left_s = o->cert_until_at - now_at;

	if (o->cert_until_at == 0 && o->cert.state != REGISTRY_CERT_NONE)
		buf_puts(out, registry_cert_state_name(o->cert.state));
	else if (o->cert_until_at != 0 && left_s <= 0)
		buf_puts(out, "expired");
	else if (o->cert_until_at != 0)
		buf_putf(out, "%lldd", (long long)(left_s / DAY_S));
}

/* kv_text - a key and a text; left out when it is empty */
static void
kv_text(struct js_writer *w, const char *key, const char *text)
{
	if (text[0] != '\0')
		js_kv_str(w, key, text);
}

/* kv_span - the same of a span */
static void
kv_span(struct js_writer *w, const char *key, struct str s)
{
	if (s.len > 0)
		js_kv_span(w, key, s);
}

/* kv_time - a key and a time; left out when there is none */
static void
kv_time(struct js_writer *w, const char *key, int64_t at)
{
	struct timefmt t;

	if (at > 0)
		js_kv_str(w, key, timefmt_rfc3339(&t, at));
}

/* put_publish - how far publishing is */
static void
put_publish(const struct overview *o, struct js_writer *w)
{
	const struct registry_published *p = &o->published;

	js_key(w, "publish");
	js_object(w);
	js_kv_str(w, "policy", overview_policy_name(o->policy));
	kv_span(w, "live_id", p->live_id);
	kv_time(w, "live_since", p->live_at);
	if (p->tried_at != 0) {
		kv_span(w, "step", p->step);
		kv_span(w, "end", p->end);
		js_kv_str(w, "dns", o->dns);
		kv_time(w, "waits_since", p->since_at);
		kv_time(w, "tried", p->tried_at);
		kv_time(w, "next", p->next_at);
		js_kv_int(w, "failures", p->failures);
		kv_span(w, "why", p->why);
		kv_span(w, "fix", p->fix);
	}
	js_end_object(w);
}

/* put_cert - what is known of its certificate */
static void
put_cert(const struct overview *o, struct js_writer *w)
{
	js_key(w, "certificate");
	js_object(w);
	kv_time(w, "until", o->cert_until_at);
	if (o->cert.tried_at != 0) {
		js_kv_str(w, "state", registry_cert_state_name(o->cert.state));
		kv_time(w, "tried", o->cert.tried_at);
		kv_time(w, "next", o->cert.next_at);
		kv_span(w, "why", o->cert.why);
	}
	js_end_object(w);
}

void
domain_item_json(const struct overview *o, struct js_writer *w)
{
	const struct registry_row *row = o->row;

	js_kv_span(w, "domain", row->name);
	js_kv_str(w, "state", domain_state_name(o->state));
	js_kv_span(w, "alias_of", row->target);
	js_kv_span(w, "id", row->policy.id);
	if (row->served) {
		js_kv_str(w, "mode", mtasts_mode_name(row->policy.mode));
		js_kv_int(w, "max_age", row->policy.max_age_s);
		js_kv_int(w, "mx_count", row->policy.mx_count);
		kv_time(w, "since", row->policy.first_at);
	}
	kv_time(w, "until", row->until_at);
	put_publish(o, w);
	put_cert(o, w);
	kv_text(w, "mx_state", o->mx);
	kv_text(w, "rollout", o->rollout);
	kv_text(w, "why", o->why);
	kv_text(w, "fix", o->fix);
}
