/*
 * audit_sarif.c - SARIF 2.1.0, for what shows the alerts of scanners
 *
 * One run; the checks are its rules. A domain is no file, so results have
 * logical locations; those who insist on a file get the domain as its name,
 * with the line of the policy. A check that could not be found out is a result
 * of kind "open". Fingerprints stay the same from run to run.
 */
#include "cli/audit_out_int.h"

#include "base/enc.h"
#include "mtasts/mtasts.h"

#define URI_MAX 4096

/* put_message - {"text": "..."}, of two sentences */
static void
put_message(struct js_writer *w, const char *key, const char *a, const char *b)
{
	struct buf text;

	buf_init(&text, AUDIT_OUT_MAX);
	buf_puts(&text, a);
	if (b[0] != '\0')
		buf_putf(&text, " %s", b);
	if (buf_error(&text) != MTASTS_OK)
		w->b->err = buf_error(&text);
	js_key(w, key);
	js_object(w);
	js_kv_str(w, "text", text.p != NULL ? text.p : "");
	js_end_object(w);
	buf_free(&text);
}

/* put_rules - what is looked at, whatever was found */
static void
put_rules(struct js_writer *w)
{
	const struct check *c;

	js_key(w, "rules");
	js_array(w);
	for (size_t i = 0; (c = checks_get(i)) != NULL; i++) {
		js_object(w);
		js_kv_str(w, "id", c->id);
		put_message(w, "shortDescription", c->title, "");
		put_message(w, "fullDescription", c->why, "");
		put_message(w, "help", c->why, "");
		js_end_object(w);
	}
	js_end_array(w);
}

/* rule_index - where a check stands in the rules, or -1 */
static int64_t
rule_index(const char *id)
{
	const struct check *c;

	for (size_t i = 0; (c = checks_get(i)) != NULL; i++)
		if (strcmp(c->id, id) == 0)
			return (int64_t)i;
	return -1;
}

/* begin - the run up to its results */
static void
begin(struct audit_out *out)
{
	struct js_writer *w = &out->w;

	js_begin(w, &out->b, true);
	js_object(w);
	js_kv_str(
	    w, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	js_kv_str(w, "version", "2.1.0");
	js_key(w, "runs");
	js_array(w);
	js_object(w);
	js_key(w, "tool");
	js_object(w);
	js_key(w, "driver");
	js_object(w);
	js_kv_str(w, "name", "mtasts");
	js_kv_str(w, "version", mtasts_version());
	put_rules(w);
	js_end_object(w);
	js_end_object(w);
	js_key(w, "results");
	js_array(w);
}

/* put_logical - the domain, and the host that was looked at */
static void
put_logical(struct js_writer *w, const struct audit *a, const char *place)
{
	js_key(w, "logicalLocations");
	js_array(w);
	js_object(w);
	js_kv_str(w, "name", a->domain);
	js_kv_str(w, "kind", "resource");
	js_end_object(w);
	if (place[0] != '\0') {
		js_object(w);
		js_kv_str(w, "name", place);
		js_kv_str(w, "kind", "resource");
		js_end_object(w);
	}
	js_end_array(w);
}

/* put_physical - as if the domain were a file */
static void
put_physical(struct js_writer *w, const struct audit *a, unsigned line)
{
	struct buf uri;

	buf_init(&uri, URI_MAX);
	enc_percent(&uri, str_of(a->domain), "");
	if (buf_error(&uri) != MTASTS_OK)
		w->b->err = buf_error(&uri);
	js_key(w, "physicalLocation");
	js_object(w);
	js_key(w, "artifactLocation");
	js_object(w);
	js_kv_span(w, "uri", buf_str(&uri));
	js_end_object(w);
	js_key(w, "region");
	js_object(w);
	js_kv_int(w, "startLine", line > 0 ? line : 1);
	js_end_object(w);
	js_end_object(w);
	buf_free(&uri);
}

/* put_location - where a result belongs */
static void
put_location(struct js_writer *w, const struct audit *a, const char *place,
    unsigned line)
{
	js_key(w, "locations");
	js_array(w);
	js_object(w);
	put_physical(w, a, line);
	put_logical(w, a, place);
	js_end_object(w);
	js_end_array(w);
}

/* put_fingerprint - domain, check, finding and place are one alert */
static void
put_fingerprint(struct js_writer *w, const struct audit *a, const char *id,
    const char *name, const char *place)
{
	struct buf b;

	buf_init(&b, AUDIT_OUT_MAX);
	buf_putf(&b, "%s/%s/%s/%s", a->domain, id, name, place);
	if (buf_error(&b) != MTASTS_OK)
		w->b->err = buf_error(&b);
	js_key(w, "partialFingerprints");
	js_object(w);
	js_kv_span(w, "mtastsFinding/v1", buf_str(&b));
	js_end_object(w);
	buf_free(&b);
}

/* put_head - the rule, kind and level of a result */
static void
put_head(
    struct js_writer *w, const char *id, const char *kind, const char *level)
{
	js_kv_str(w, "ruleId", id);
	if (rule_index(id) >= 0)
		js_kv_int(w, "ruleIndex", rule_index(id));
	js_kv_str(w, "kind", kind);
	js_kv_str(w, "level", level);
}

/* put_finding - a result */
static void
put_finding(
    struct js_writer *w, const struct audit *a, const struct mtasts_finding *f)
{
	static const char *const levels[] = { [MTASTS_INFO] = "note",
		[MTASTS_WARNING] = "warning",
		[MTASTS_ERROR] = "error" };

	js_object(w);
	put_head(w, f->id, "fail", levels[f->severity]);
	put_message(w, "message", f->message, f->fix);
	put_location(w, a, f->file, f->line);
	put_fingerprint(w, a, f->id, f->name, f->file);
	js_end_object(w);
}

/* put_unknown - a result that is still open */
static void
put_unknown(
    struct js_writer *w, const struct audit *a, const struct audit_check *c)
{
	js_object(w);
	put_head(w, c->check->id, "open", "none");
	put_message(w, "message", c->message, "");
	put_location(w, a, "", 0);
	put_fingerprint(w, a, c->check->id, "unknown", "");
	js_end_object(w);
}

/* one - the results of a domain */
static void
one(struct audit_out *out, const struct audit *a)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct audit_check *c = &a->check[i];

		if (c->status == AUDIT_SKIP && c->unknown)
			put_unknown(&out->w, a, c);
		for (size_t k = 0; k < c->finding_count; k++)
			put_finding(&out->w, a, c->finding[k]);
	}
}

/* end - close all */
static void
end(struct audit_out *out)
{
	js_end_array(&out->w);
	js_end_object(&out->w);
	js_end_array(&out->w);
	js_end_object(&out->w);
	buf_putc(&out->b, '\n');
}

const struct audit_format audit_sarif = { .name = "sarif",
	.begin = begin,
	.one = one,
	.end = end,
	.exits = { CMD_FINE, CMD_FINE, CMD_UNKNOWN, CMD_PROBLEM } };
