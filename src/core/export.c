/*
 * export.c - the export file as a value: building it, finding in it, writing it
 *
 * Knows neither registry nor files. Reading is export_parse.c.
 */
#include "core/export.h"

#include "base/json.h"
#include "base/timefmt.h"

#define ARENA_MAX ((size_t)2 << 30)

struct export_file *
export_new(void)
{
	struct export_file *f = mem_zalloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->arena = arena_new(ARENA_MAX);
	f->defaults.host = "";
	f->defaults.delegate = "";
	if (f->arena != NULL)
		return f;
	mem_free(f);
	return NULL;
}

void
export_free(struct export_file *f)
{
	if (f == NULL)
		return;
	arena_free(f->arena);
	mem_free(f->domains);
	mem_free(f->by_name);
	mem_free(f);
}

/* full - has an array of this many elements no room for one more? */
static bool
full(size_t count)
{
	return (count & (count - 1)) == 0;
}

struct export_domain *
export_add(struct export_file *f)
{
	struct export_domain *d;

	if (full(f->count)) {
		size_t cap = f->count == 0 ? 1 : f->count * 2;

		d = mem_grow(f->domains, cap, sizeof(*d));
		if (d == NULL)
			return NULL;
		f->domains = d;
	}
	d = &f->domains[f->count++];
	*d = (struct export_domain){ .name = "", .target = "" };
	d->settings.host = "";
	d->settings.delegate = "";
	return d;
}

struct export_policy *
export_add_policy(struct export_file *f)
{
	struct export_domain *d = &f->domains[f->count - 1];
	struct export_policy *p;

	if (full(d->policy_count)) {
		size_t cap = d->policy_count == 0 ? 1 : d->policy_count * 2;

		p = arena_zalloc(f->arena, cap, sizeof(*p));
		if (p == NULL)
			return NULL;
		if (d->policy_count > 0)
			memcpy(p, d->policies, d->policy_count * sizeof(*p));
		d->policies = p;
	}
	p = &d->policies[d->policy_count++];
	*p = (struct export_policy){ .id = "" };
	return p;
}

const struct export_domain *
export_find(const struct export_file *f, struct str name)
{
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct export_domain *d = &f->domains[f->by_name[mid]];
		int order = str_cmp(name, str_of(d->name));

		if (order == 0)
			return d;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* put_list - a setting that is a list, as an array */
static void
put_list(struct js_writer *w, const struct settings_list *list)
{
	js_array(w);
	for (size_t i = 0; i < list->count; i++)
		js_put_str(w, str_of(list->v[i]));
	js_end_array(w);
}

/* put_setting - a key and its value */
static void
put_setting(
    struct js_writer *w, const struct settings *s, enum settings_key key)
{
	js_key(w, settings_key_name(key));
	switch (key) {
	case SETTINGS_MODE:
		js_put_str(w, str_of(mtasts_mode_name(s->mode)));
		break;
	case SETTINGS_MX:
		if (s->mx_from != SETTINGS_MX_GIVEN)
			js_put_str(w, str_of(settings_mx_name(s->mx_from)));
		else
			put_list(w, &s->mx);
		break;
	case SETTINGS_MAX_AGE:
		js_put_int(w, s->max_age_s);
		break;
	case SETTINGS_RUA:
		put_list(w, &s->rua);
		break;
	case SETTINGS_HOST:
		js_put_str(w, str_of(s->host));
		break;
	case SETTINGS_ADDRESSES:
		put_list(w, &s->addresses);
		break;
	case SETTINGS_TTL:
		js_put_int(w, s->ttl_s);
		break;
	case SETTINGS_DELEGATE:
		js_put_str(w, str_of(s->delegate));
		break;
	case SETTINGS_COUNT:
		break;
	}
}

void
export_settings(struct js_writer *w, const struct settings *s)
{
	js_object(w);
	for (unsigned k = 0; k < SETTINGS_COUNT; k++)
		if (s->set & (1u << k))
			put_setting(w, s, (enum settings_key)k);
	js_end_object(w);
}

/* put_time - a key and a time; none for 0 */
static void
put_time(struct js_writer *w, const char *key, int64_t at)
{
	struct timefmt t;

	if (at != 0)
		js_kv_str(w, key, timefmt_rfc3339(&t, at));
}

/* put_policies - the array of what a name served */
static void
put_policies(struct js_writer *w, const struct export_domain *d)
{
	js_key(w, "policies");
	js_array(w);
	for (size_t i = 0; i < d->policy_count; i++) {
		const struct export_policy *p = &d->policies[i];

		js_object(w);
		js_kv_str(w, "id", p->id);
		put_time(w, "first_at", p->first_at);
		put_time(w, "replaced_at", p->replaced_at);
		js_key(w, "body");
		js_put_str(w, p->body);
		js_end_object(w);
	}
	js_end_array(w);
}

/* put_domain - one entry on one line */
static void
put_domain(struct buf *b, const struct export_domain *d)
{
	struct js_writer w;

	js_begin(&w, b, false);
	js_object(&w);
	js_kv_str(&w, "name", d->name);
	put_time(&w, "added_at", d->added_at);
	if (*d->target != '\0')
		js_kv_str(&w, "alias_of", d->target);
	if (d->removing_at != 0) {
		js_key(&w, "removing");
		js_object(&w);
		put_time(&w, "since", d->removing_at);
		put_time(&w, "until", d->until_at);
		js_end_object(&w);
	}
	if (d->settings.set != 0) {
		js_key(&w, "settings");
		export_settings(&w, &d->settings);
	}
	if (d->policy_count > 0)
		put_policies(&w, d);
	js_end_object(&w);
}

/* put_domains - an array of the entries that are former ones or are not */
static void
put_domains(struct buf *b, const struct export_file *f, bool former)
{
	bool first = true;

	buf_putf(b, ",\n\"%s\": [", former ? "former" : "domains");
	for (size_t i = 0; i < f->count; i++) {
		if (f->domains[i].former != former)
			continue;
		buf_puts(b, first ? "\n" : ",\n");
		put_domain(b, &f->domains[i]);
		first = false;
	}
	buf_puts(b, "\n]");
}

void
export_format(const struct export_file *f, struct buf *b)
{
	struct js_writer w;

	buf_puts(b, "{\n\"format\": \"" EXPORT_NAME "\"");
	if (f->has_defaults) {
		buf_puts(b, ",\n\"defaults\": ");
		js_begin(&w, b, false);
		export_settings(&w, &f->defaults);
	}
	put_domains(b, f, false);
	put_domains(b, f, true);
	buf_puts(b, "\n}\n");
}
