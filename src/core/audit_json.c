/*
 * audit_json.c - the results of a domain as JSON
 *
 * The contract is docs/check.schema.json: members may be added, those that are
 * here stay. Judges nothing.
 */
#include "core/audit.h"

#define URL_MAX 4096

/* put_text - a key and a text; null when there is none */
static void
put_text(struct js_writer *w, const char *key, const char *text)
{
	js_kv_str(w, key, text != NULL && text[0] != '\0' ? text : NULL);
}

/* put_place - a key and a number from 1, unless there is none */
static void
put_place(struct js_writer *w, const char *key, unsigned n)
{
	if (n > 0)
		js_kv_int(w, key, n);
}

/* put_finding - one finding, as in the JSON of "lint" */
static void
put_finding(struct js_writer *w, const struct mtasts_finding *f)
{
	js_object(w);
	js_kv_str(w, "id", f->id);
	js_kv_str(w, "name", f->name);
	js_kv_str(w, "severity", mtasts_severity_name(f->severity));
	if (f->file[0] != '\0')
		js_kv_str(w, "place", f->file);
	put_place(w, "line", f->line);
	put_place(w, "record", f->record);
	put_place(w, "column", f->column);
	js_kv_str(w, "message", f->message);
	if (f->fix[0] != '\0')
		js_kv_str(w, "fix", f->fix);
	if (f->rfc[0] != '\0')
		js_kv_str(w, "rfc", f->rfc);
	js_end_object(w);
}

/* put_check - the result of one check */
static void
put_check(struct js_writer *w, const struct audit_check *c)
{
	js_object(w);
	js_kv_str(w, "id", c->check->id);
	js_kv_str(w, "title", c->check->title);
	js_kv_str(w, "status", audit_status_name(c->status));
	js_kv_bool(w, "unknown", c->unknown);
	js_kv_str(w, "seen", c->seen);
	js_kv_str(w, "message", c->message);
	js_kv_str(w, "fix", c->fix);
	js_kv_str(w, "rfc", c->rfc);
	put_text(w, "name", c->name);
	put_text(w, "place", c->place);
	js_key(w, "findings");
	js_array(w);
	for (size_t i = 0; i < c->finding_count; i++)
		put_finding(w, c->finding[i]);
	js_end_array(w);
	js_end_object(w);
}

/* put_advice - a recommendation of a country */
static void
put_advice(struct js_writer *w, const struct audit_advice *advice)
{
	js_object(w);
	js_kv_str(w, "country", advice->country);
	js_kv_str(w, "document", advice->document);
	js_kv_str(w, "url", advice->url);
	js_kv_str(w, "text", advice->text);
	js_key(w, "met");
	if (advice->met == ADVICE_UNKNOWN)
		js_put_null(w);
	else
		js_put_bool(w, advice->met == ADVICE_MET);
	js_end_object(w);
}

/* put_opinions - the pages of other checkers */
static void
put_opinions(const struct audit *a, struct js_writer *w)
{
	const char *name;
	struct buf url;

	js_key(w, "second_opinions");
	js_array(w);
	buf_init(&url, URL_MAX);
	for (size_t i = 0; (name = audit_opinion(a, i, &url)) != NULL; i++) {
		js_object(w);
		js_kv_str(w, "name", name);
		js_kv_span(w, "url", buf_str(&url));
		js_end_object(w);
		/* What could not be made must not look as if it were not. */
		if (buf_error(&url) != MTASTS_OK)
			w->b->err = buf_error(&url);
		buf_clear(&url);
	}
	buf_free(&url);
	js_end_array(w);
}

/* put_head - what holds for the domain as a whole */
static void
put_head(const struct audit *a, struct js_writer *w)
{
	js_kv_str(w, "domain", a->domain);
	js_kv_str(w, "result", audit_result_name(a->result));
	js_kv_str(w, "sender", audit_outlook_name(a->sender));
	js_kv_str(w, "dane", audit_outlook_name(a->dane));
	js_kv_str(w, "next", a->next);
	js_kv_str(w, "sender_text", a->sender_text);
	js_kv_str(w, "dane_text", a->dane_text);
	js_kv_str(w, "mode", a->mode);
	js_key(w, "max_age");
	if (a->mode != NULL)
		js_put_int(w, a->max_age_s);
	else
		js_put_null(w);
	js_kv_time(w, "time", a->at);
	js_kv_int(w, "took_ms", a->took_ms);
}

void
audit_json(const struct audit *a, struct js_writer *w)
{
	js_object(w);
	put_head(a, w);
	js_key(w, "checks");
	js_array(w);
	for (size_t i = 0; i < a->count; i++)
		put_check(w, &a->check[i]);
	js_end_array(w);
	js_key(w, "recommendations");
	js_array(w);
	for (size_t i = 0; i < a->advice_count; i++)
		put_advice(w, &a->advice[i]);
	js_end_array(w);
	put_opinions(a, w);
	js_end_object(w);
}
