/*
 * domain_print.c - what the jobs of the registry did, in words and as JSON
 *
 * RFC 8461 section 8.1: the body is served by the time this is read, so the
 * record that carries the new id is the next thing to do, and is printed ready
 * to be copied. Knows no registry.
 */
#include "cli/domain_print.h"

#include "base/timefmt.h"
#include "cli/out.h"
#include "task/push.h"

#define JSON_MAX    (256u << 20)
#define RECORDS_MAX 20

/* changed - did a setting's text change? */
static bool
changed(const struct domain_result *result, unsigned key)
{
	const char *a = result->before[key], *b = result->after[key];

	if (a == NULL || b == NULL)
		return a != b;
	return strcmp(a, b) != 0;
}

/* kv_time - a key and a time; left out when there is none */
static void
kv_time(struct js_writer *w, const char *key, int64_t at)
{
	struct timefmt t;

	if (at > 0)
		js_kv_str(w, key, timefmt_rfc3339(&t, at));
}

/* put_change - one change as an object */
static void
put_change(struct js_writer *w, const struct domain_change *c)
{
	js_object(w);
	js_kv_str(w, "domain", c->name);
	js_kv_str(w, "did", domain_did_name(c->did));
	js_kv_str(w, "alias_of", *c->target != '\0' ? c->target : NULL);
	js_kv_str(w, "old_id", *c->old_id != '\0' ? c->old_id : NULL);
	js_kv_str(w, "id", *c->new_id != '\0' ? c->new_id : NULL);
	if (*c->new_id != '\0')
		js_kv_str(w, "mode", mtasts_mode_name(c->mode));
	kv_time(w, "until", c->until_at);
	kv_time(w, "enforced_until", c->enforce_at);
	js_end_object(w);
}

/* put_settings - the settings that changed, old and new */
static void
put_settings(struct js_writer *w, const struct domain_result *result)
{
	js_key(w, "settings");
	js_object(w);
	for (unsigned k = 0; k < SETTINGS_COUNT; k++) {
		if (!changed(result, k))
			continue;
		js_key(w, settings_key_name((enum settings_key)k));
		js_object(w);
		js_kv_str(w, "old", result->before[k]);
		js_kv_str(w, "new", result->after[k]);
		js_end_object(w);
	}
	js_end_object(w);
}

/* put_result - what a job did */
static void
put_result(struct js_writer *w, const struct domain_result *result)
{
	js_key(w, "counts");
	js_object(w);
	for (int d = 0; d < DOMAIN_DIDS; d++)
		js_kv_int(w, domain_did_name((enum domain_did)d),
		    (int64_t)result->counts[d]);
	js_end_object(w);
	put_settings(w, result);
	js_key(w, "domains");
	js_array(w);
	for (const struct domain_change *c = result->first; c; c = c->next)
		put_change(w, c);
	js_end_array(w);
}

enum cmd_status
domain_print_json(struct cmd_env *env, enum mtasts_err err,
    const struct domain_result *result, const struct mtasts_diags *diags)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, JSON_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	js_kv_bool(&w, "ok", err == MTASTS_OK);
	if (err != MTASTS_OK)
		js_kv_str(&w, "error", mtasts_strerror(err));
	if (err == MTASTS_OK && result != NULL)
		put_result(&w, result);
	js_findings(&w, "findings", diags);
	js_end_object(&w);
	return out_json(env, &b);
}

/* shown - a setting's text for people */
static const char *
shown(const char *text)
{
	if (text == NULL)
		return "(default)";
	return *text != '\0' ? text : "(none)";
}

void
domain_print_settings(struct cmd_env *env, const struct domain_result *result)
{
	for (unsigned k = 0; k < SETTINGS_COUNT; k++)
		if (changed(result, k))
			fprintf(env->out, "  %-10s %s -> %s\n",
			    settings_key_name((enum settings_key)k),
			    shown(result->before[k]), shown(result->after[k]));
}

void
domain_print_record(struct cmd_env *env, const struct domain_change *c)
{
	fprintf(env->out, "  %s. %lu IN TXT \"v=STSv1; id=%s;\"\n", c->record,
	    (unsigned long)c->ttl_s, c->new_id);
}

void
domain_print_delegates(struct cmd_env *env, const struct domain_result *result)
{
	const struct domain_change *first = NULL;
	const char *name;
	size_t count = 0;

	for (const struct domain_change *c = result->first; c; c = c->next) {
		if (c->did != DOMAIN_ADDED || *c->target != '\0' ||
		    *c->delegate == '\0')
			continue;
		/* Where they differ, "mtasts dns" says it of each. */
		if (first == NULL)
			first = c;
		count++;
	}
	if (count == 0)
		return;
	name = count == 1 ? first->name : "DOMAIN";
	fprintf(env->out,
	    "%s to set three CNAMEs, once:\n"
	    "  mta-sts.%s CNAME %s\n"
	    "  _mta-sts.%s CNAME %s._mta-sts.%s\n"
	    "  _smtp._tls.%s CNAME _smtp._tls.%s\n",
	    count == 1 ? "Its owner has" : "The owner of each DOMAIN has", name,
	    first->delegate, name, name, first->delegate, name,
	    first->delegate);
}

/* new_record - has the domain to publish another id? */
static bool
new_record(const struct domain_change *c)
{
	return *c->target == '\0' && *c->new_id != '\0' &&
	    strcmp(c->old_id, c->new_id) != 0;
}

/* say_pushed - new ids for which there is a way into the zone */
static void
say_pushed(struct cmd_env *env, const char *name, size_t count)
{
	char which[32];

	if (count == 0)
		return;
	snprintf(which, sizeof(which), "%zu new ids", count);
	fprintf(env->out,
	    "mtasts-publisher publishes %s by itself. Without it:\n"
	    "  mtasts publish %s\n",
	    count == 1 ? "that" : which, count == 1 ? name : "--all");
}

void
domain_print_records(struct cmd_env *env, const struct domain_result *result)
{
	const struct conf *conf = result->first != NULL ? cmd_conf(env) : NULL;
	const char *pushed = NULL;
	size_t count = 0, pushes = 0;

	for (const struct domain_change *c = result->first; c; c = c->next) {
		if (!new_record(c))
			continue;
		/* Whoever sets it by hand could be ahead of the policy. */
		if (conf != NULL && push_has_way(conf, c->record)) {
			pushed = c->name;
			pushes++;
			continue;
		}
		if (count == 0)
			fputs("Publish in DNS now:\n", env->out);
		if (count < RECORDS_MAX)
			domain_print_record(env, c);
		count++;
	}
	if (count > RECORDS_MAX)
		fprintf(env->out,
		    "  and %zu more: \"mtasts domain list\" shows all ids\n",
		    count - RECORDS_MAX);
	say_pushed(env, pushed, pushes);
}

void
domain_print_counts(struct cmd_env *env, const struct domain_result *result)
{
	bool any = false;

	for (int d = DOMAIN_ADDED; d < DOMAIN_DIDS; d++) {
		if (result->counts[d] == 0)
			continue;
		fprintf(env->out, "%s%zu %s", any ? ", " : "",
		    result->counts[d], domain_did_name((enum domain_did)d));
		any = true;
	}
	if (result->counts[DOMAIN_SAME] > 0)
		fprintf(env->out, "%s%zu unchanged", any ? ", " : "",
		    result->counts[DOMAIN_SAME]);
	else if (!any)
		fputs("nothing to do", env->out);
	fputc('\n', env->out);
}

bool
domain_print_dns_too(const struct domain_result *result)
{
	return changed(result, SETTINGS_RUA) || changed(result, SETTINGS_TTL) ||
	    changed(result, SETTINGS_HOST) ||
	    changed(result, SETTINGS_ADDRESSES) ||
	    changed(result, SETTINGS_DELEGATE);
}
