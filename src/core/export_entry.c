/*
 * export_entry.c - reading the entries of an export file
 *
 * RFC 8461 section 3 for what is in them. Nothing is trusted: what passes here
 * may be served to the world. Knows the JSON of one entry, not the document
 * around it, and no registry.
 */
#include "core/export.h"

#include "base/map.h"
#include "base/timefmt.h"
#include "core/export_entry.h"
#include "core/limits.h"
#include "core/polname.h"

#include <stdio.h>

#define VALUE_MAX (1u << 20) /* bytes of one setting's text */

#define RULE(i, n, repair)                                                   \
	{                                                                    \
		.id = i, .name = n, .severity = MTASTS_ERROR, .fatal = true, \
		.rfc = "", .fix = repair                                     \
	}

const struct diag_rule export_rules[EXPORT_RULES] = {
	[EXPORT_JSON] = RULE("R30", "import-json",
	    "Mend the JSON at this place; \"jq . FILE\" shows what is left."),
	[EXPORT_FORMAT] = RULE("R31", "import-format",
	    "Give a file that \"mtasts domain export\" wrote, or a plain list with "
	    "one name a line."),
	[EXPORT_KEY] = RULE("R32", "import-key",
	    "Remove it; a domain has name, added_at, alias_of, removing, settings "
	    "and policies."),
	[EXPORT_VALUE] = RULE("R33", "import-value",
	    "Write it as \"mtasts domain export\" does."),
	[EXPORT_TWICE] =
	    RULE("R34", "import-twice", "Keep one of the entries."),
	[EXPORT_ID] = RULE("R35", "import-id",
	    "An id has 1 to 32 letters and digits, and names one policy."),
	[EXPORT_SERVED] = RULE("R36", "import-served",
	    "Give every policy but the one that is served its \"replaced_at\"."),
	[EXPORT_ALIAS] = RULE("R37", "import-alias",
	    "An alias has no settings, and is not removed while it is one."),
	[EXPORT_LIST] = RULE("R38", "import-list",
	    "Write one name a line; settings belong into \"mtasts defaults set\", "
	    "\"mtasts domain set\" or a JSON file."),
};

void
export_fault(
    struct export_reader *r, enum export_rule rule, const char *fmt, ...)
{
	struct diag_place at = { .file = r->name, .line = r->line };
	struct buf b;
	va_list ap;

	buf_init(&b, 2048);
	va_start(ap, fmt);
	buf_vputf(&b, fmt, ap);
	va_end(ap);
	diag_add(r->diags, &export_rules[rule], at, "%s%s", r->entry,
	    b.len > 0 ? b.p : "");
	buf_free(&b);
	r->bad = true;
}

void
export_fail(struct export_reader *r, enum mtasts_err err)
{
	if (r->err == MTASTS_OK)
		r->err = err;
}

void
export_relay(struct export_reader *r, const char *what, bool inside)
{
	size_t count = mtasts_diags_count(r->some);
	struct diag_place at = { .file = r->name, .line = r->line };

	/*
	 * A finding's id, name and rfc are those of its rule, which is
	 * constant, so they may be handed on.
	 */
	for (size_t i = 0; i < count; i++) {
		const struct mtasts_finding *f = mtasts_diags_get(r->some, i);
		const struct diag_rule rule = {
			.id = f->id,
			.name = f->name,
			.severity = f->severity,
			.fatal = f->severity == MTASTS_ERROR,
			.rfc = f->rfc,
			.fix = "",
		};

		at.line = r->line;
		at.column = inside ? f->column : 0;
		if (inside && f->line > 0)
			at.line += f->line - 1;
		diag_add_fix(r->diags, &rule, at, f->fix, "%s%s%s", r->entry,
		    what, f->message);
	}
	if (count == 0)
		return;
	mtasts_diags_free(r->some);
	r->some = mtasts_diags_new();
	if (r->some == NULL)
		export_fail(r, MTASTS_ENOMEM);
}

/* forget - the findings of one value are not worth telling */
static void
forget(struct export_reader *r)
{
	struct mtasts_diags *kept = r->diags;

	r->diags = NULL;
	export_relay(r, "", false);
	r->diags = kept;
}

/* keep - copy a text into the file; "" when memory is short */
static const char *
keep(struct export_reader *r, struct str text)
{
	const char *copy = arena_dup(r->file->arena, text);

	if (copy != NULL)
		return copy;
	export_fail(r, MTASTS_ENOMEM);
	return "";
}

const char *
export_read_name(struct export_reader *r, struct str text)
{
	struct diag_place at = { .file = r->name, .line = r->line };
	struct mtasts_dname name;
	enum mtasts_err err = polname_parse(text, &name, at, r->diags);

	if (err == MTASTS_OK)
		return keep(r, str_of(name.text));
	if (err == MTASTS_ESYNTAX)
		r->bad = true;
	else
		export_fail(r, err);
	return "";
}

/* read_time - a time in RFC 3339 form; 0 after a fault */
static int64_t
read_time(struct export_reader *r, const char *key, const struct js *v)
{
	struct str text;
	int64_t at;

	if (js_str(v, &text) && timefmt_parse_rfc3339(text, &at) == MTASTS_OK &&
	    at > 0)
		return at;
	export_fault(r, EXPORT_VALUE,
	    "\"%s\" must be a time such as \"2025-02-27T00:00:00Z\"", key);
	return 0;
}

/* setting_text - a setting's JSON value as the text settings_put() reads */
static bool
setting_text(const struct js *v, struct buf *b)
{
	struct str text;
	int64_t n;

	if (js_str(v, &text)) {
		buf_put_str(b, text);
		return true;
	}
	if (js_int(v, &n)) {
		buf_putf(b, "%lld", (long long)n);
		return true;
	}
	for (size_t i = 0; i < js_len(v); i++) {
		if (!js_str(js_at(v, i), &text))
			return false;
		buf_putc(b, ',');
		buf_put_str(b, text);
	}
	return js_is_array(v);
}

/* read_setting - one member of a settings object */
static void
read_setting(struct export_reader *r, const char *name, const struct js *v,
    struct settings *out)
{
	enum settings_key key;
	enum mtasts_err err;
	struct buf b;

	if (!settings_key_seek(str_of(name), &key, r->some)) {
		export_relay(r, "", false);
		r->bad = true;
		return;
	}
	buf_init(&b, VALUE_MAX);
	if (!setting_text(v, &b)) {
		export_fault(r, EXPORT_VALUE,
		    "the setting \"%s\" must be a text, a number or an array "
		    "of texts",
		    name);
	} else if (buf_error(&b) != MTASTS_OK) {
		export_fail(r, buf_error(&b));
	} else {
		err = settings_put(
		    out, r->file->arena, key, buf_str(&b), r->some);
		if (err == MTASTS_ESYNTAX)
			r->bad = true;
		else if (err != MTASTS_OK)
			export_fail(r, err);
		export_relay(r, "", false);
	}
	buf_free(&b);
}

void
export_read_settings(
    struct export_reader *r, const struct js *v, struct settings *out)
{
	const struct js *member;
	const char *key;

	if (!js_is_object(v)) {
		export_fault(r, EXPORT_VALUE, "the settings must be an object");
		return;
	}
	for (size_t i = 0; (member = js_member(v, i, &key)) != NULL; i++)
		read_setting(r, key, member, out);
}

/* good_id - RFC 8461 section 3.1: 1 to 32 letters and digits */
static bool
good_id(struct str id)
{
	for (size_t i = 0; i < id.len; i++)
		if (!ascii_alnum(id.p[i]))
			return false;
	return id.len > 0 && id.len <= LIMIT_ID_LEN;
}

/* read_body - a policy's text and what it says */
static void
read_body(struct export_reader *r, struct str text, struct export_policy *p)
{
	struct mtasts_policy *policy = NULL;
	enum mtasts_err err;
	char what[64];

	err = mtasts_policy_parse(text.p, text.len, &policy, r->some);
	if (err == MTASTS_OK) {
		forget(r);
		p->body = str_make(keep(r, text), text.len);
		p->mode = policy->mode;
		p->max_age_s = policy->max_age_s;
		p->mx_count = (uint32_t)policy->mx_count;
		mtasts_policy_free(policy);
		return;
	}
	if (err == MTASTS_ENOMEM) {
		export_fail(r, err);
		return;
	}
	r->bad = true;
	snprintf(what, sizeof(what), "policy %s: ", p->id);
	export_relay(r, what, false);
	if (err == MTASTS_ELIMIT)
		export_fault(r, EXPORT_VALUE, "policy %s is too long", p->id);
}

/* read_policy - one element of the policies */
static void
read_policy(struct export_reader *r, const struct js *v)
{
	struct export_policy *p = export_add_policy(r->file);
	const struct js *member;
	struct str text;
	const char *key;

	if (p == NULL) {
		export_fail(r, MTASTS_ENOMEM);
		return;
	}
	if (js_str(js_get(v, "id"), &text) && good_id(text))
		p->id = keep(r, text);
	else
		export_fault(r, EXPORT_ID, "a policy has no good \"id\"");
	p->first_at = read_time(r, "first_at", js_get(v, "first_at"));
	if (js_get(v, "replaced_at") != NULL)
		p->replaced_at =
		    read_time(r, "replaced_at", js_get(v, "replaced_at"));
	if (js_str(js_get(v, "body"), &text))
		read_body(r, text, p);
	else
		export_fault(
		    r, EXPORT_VALUE, "policy %s has no \"body\"", p->id);
	for (size_t i = 0; (member = js_member(v, i, &key)) != NULL; i++) {
		if (strcmp(key, "id") != 0 && strcmp(key, "first_at") != 0 &&
		    strcmp(key, "replaced_at") != 0 && strcmp(key, "body") != 0)
			export_fault(r, EXPORT_KEY,
			    "a policy has no member \"%.40s\"", key);
	}
}

/* check_policies - every id once, at most one served */
static void
check_policies(struct export_reader *r, const struct export_domain *d)
{
	static const uint64_t seed[2]; /* the file is the user's own */
	struct map ids;
	size_t served = 0;
	void *old = NULL;

	map_init(&ids, seed);
	for (size_t i = 0; i < d->policy_count && !r->err; i++) {
		struct export_policy *p = &d->policies[i];
		enum mtasts_err err = map_put(&ids, str_of(p->id), p, &old);

		served += p->replaced_at == 0;
		if (err != MTASTS_OK)
			export_fail(r, err);
		else if (old != NULL && *p->id != '\0')
			export_fault(
			    r, EXPORT_ID, "the id %s is there twice", p->id);
	}
	map_free(&ids);
	if (served > (d->former ? 0u : 1u))
		export_fault(r, EXPORT_SERVED,
		    "%zu policies are without \"replaced_at\"", served);
}

/* read_removing - the object that says since when and until when */
static void
read_removing(
    struct export_reader *r, const struct js *v, struct export_domain *d)
{
	if (!js_is_object(v) || js_len(v) != 2) {
		export_fault(r, EXPORT_VALUE,
		    "\"removing\" must be an object of \"since\" and "
		    "\"until\"");
		return;
	}
	d->removing_at = read_time(r, "since", js_get(v, "since"));
	d->until_at = read_time(r, "until", js_get(v, "until"));
}

/* read_member - one member of a domain's object but its name */
static void
read_member(struct export_reader *r, const char *key, const struct js *v)
{
	struct export_domain *d = &r->file->domains[r->file->count - 1];
	struct str text;

	if (strcmp(key, "policies") == 0) {
		if (!js_is_array(v))
			export_fault(
			    r, EXPORT_VALUE, "the policies must be an array");
		for (size_t i = 0; i < js_len(v) && !r->err; i++)
			if (js_is_array(v))
				read_policy(r, js_at(v, i));
	} else if (d->former) {
		export_fault(
		    r, EXPORT_KEY, "a former domain has no \"%.40s\"", key);
	} else if (strcmp(key, "added_at") == 0) {
		d->added_at = read_time(r, key, v);
	} else if (strcmp(key, "alias_of") == 0) {
		if (js_str(v, &text))
			d->target = export_read_name(r, text);
		else
			export_fault(
			    r, EXPORT_VALUE, "\"alias_of\" must be a text");
	} else if (strcmp(key, "removing") == 0) {
		read_removing(r, v, d);
	} else if (strcmp(key, "settings") == 0) {
		export_read_settings(r, v, &d->settings);
	} else {
		export_fault(
		    r, EXPORT_KEY, "a domain has no member \"%.40s\"", key);
	}
}

void
export_read_domain(struct export_reader *r, const struct js *v, bool former)
{
	struct export_domain *d = export_add(r->file);
	const struct js *member;
	struct str text;
	const char *key, *named;

	if (d == NULL) {
		export_fail(r, MTASTS_ENOMEM);
		return;
	}
	d->line = r->line;
	d->former = former;
	if (!js_str(js_get(v, "name"), &text)) {
		export_fault(r, EXPORT_VALUE,
		    "every domain is an object with a \"name\"");
		return;
	}
	d->name = export_read_name(r, text);
	named = arena_printf(r->file->arena, "%s: ", d->name);
	r->entry = named != NULL && *d->name != '\0' ? named : "";
	for (size_t i = 0; (member = js_member(v, i, &key)) != NULL; i++)
		if (strcmp(key, "name") != 0)
			read_member(r, key, member);
	d = &r->file->domains[r->file->count - 1];
	check_policies(r, d);
	if (*d->target != '\0' && (d->settings.set || d->removing_at))
		export_fault(
		    r, EXPORT_ALIAS, "an alias is no domain of its own");
}
