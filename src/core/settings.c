/*
 * settings.c - the settings of a domain as values: texts in, policy out
 *
 * RFC 8461 sections 3.2 and 8. What people write is read strictly here, once,
 * so that whatever is stored can be published to the letter. One row a key
 * tells how it is read and written. Knows neither where settings are kept nor
 * which domain they are for.
 */
#include "core/settings.h"

#include "base/nearest.h"
#include "base/timefmt.h"
#include "core/limits.h"
#include "core/settings_value.h"

static const struct {
	const char *name;
	enum mtasts_err (*put)(struct settings_value *v, struct str text);
} keys[SETTINGS_COUNT] = {
	[SETTINGS_MODE] = { "mode", settings_value_mode },
	[SETTINGS_MX] = { "mx", settings_value_mx },
	[SETTINGS_MAX_AGE] = { "max-age", settings_value_max_age },
	[SETTINGS_RUA] = { "rua", settings_value_rua },
	[SETTINGS_HOST] = { "host", settings_value_host },
	[SETTINGS_ADDRESSES] = { "addresses", settings_value_addresses },
	[SETTINGS_TTL] = { "ttl", settings_value_ttl },
	[SETTINGS_DELEGATE] = { "delegate", settings_value_delegate },
};

static const struct diag_rule rule_key = {
	.id = "R20",
	.name = "set-key",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Use one of: mode, mx, max-age, rua, host, addresses, ttl, "
	       "delegate.",
};

const char *
settings_key_name(enum settings_key key)
{
	return (unsigned)key < SETTINGS_COUNT ? keys[key].name : "";
}

bool
settings_key_find(struct str name, enum settings_key *key)
{
	for (unsigned k = 0; k < SETTINGS_COUNT; k++) {
		if (!str_eq(name, str_of(keys[k].name)))
			continue;
		*key = (enum settings_key)k;
		return true;
	}
	return false;
}

bool
settings_key_seek(
    struct str name, enum settings_key *key, struct mtasts_diags *diags)
{
	struct diag_place nowhere = { 0 };
	struct nearest near;
	struct diag_quote q;

	if (settings_key_find(name, key))
		return true;
	nearest_begin(&near, name);
	for (unsigned k = 0; k < SETTINGS_COUNT; k++)
		nearest_try(&near, keys[k].name);
	diag_quote(&q, name);
	if (near.name != NULL)
		diag_add(diags, &rule_key, nowhere,
		    "there is no setting \"%s\"; did you mean \"%s\"?", q.text,
		    near.name);
	else
		diag_add(diags, &rule_key, nowhere,
		    "there is no setting \"%s\"", q.text);
	return false;
}

void
settings_builtin(struct settings *out)
{
	*out = (struct settings){
		.set = (1u << SETTINGS_COUNT) - 1,
		.mode = MTASTS_MODE_TESTING,
		.max_age_s = 604800,
		.ttl_s = 300,
		.host = "",
		.delegate = "",
	};
}

enum mtasts_err
settings_put(struct settings *s, struct arena *a, enum settings_key key,
    struct str value, struct mtasts_diags *diags)
{
	struct settings_value v = {
		.settings = *s, .arena = a, .diags = diags
	};
	enum mtasts_err err;

	if ((unsigned)key >= SETTINGS_COUNT)
		return MTASTS_EINVAL;
	err = keys[key].put(&v, str_trim(value));
	if (err)
		return err;
	v.settings.set |= 1u << key;
	*s = v.settings;
	return MTASTS_OK;
}

const char *
settings_mx_name(enum settings_mx from)
{
	switch (from) {
	case SETTINGS_MX_GIVEN:
		return "";
	case SETTINGS_MX_AUTO:
		return "auto";
	case SETTINGS_MX_CERTIFICATES:
		break;
	}
	return "certificates";
}

void
settings_drop(struct settings *s, enum settings_key key)
{
	struct settings nothing = { .host = "", .delegate = "" };

	settings_value_copy(s, &nothing, key);
	s->set &= ~(1u << key);
}

/* put_list - the items between commas */
static void
put_list(struct buf *b, const struct settings_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			buf_putc(b, ',');
		buf_puts(b, list->v[i]);
	}
}

void
settings_get(const struct settings *s, enum settings_key key, struct buf *b)
{
	struct timefmt t;

	switch (key) {
	case SETTINGS_MODE:
		buf_puts(b, mtasts_mode_name(s->mode));
		break;
	case SETTINGS_MX:
		if (s->mx_from != SETTINGS_MX_GIVEN)
			buf_puts(b, settings_mx_name(s->mx_from));
		else
			put_list(b, &s->mx);
		break;
	case SETTINGS_MAX_AGE:
		buf_puts(b, timefmt_duration(&t, s->max_age_s * INT64_C(1000)));
		break;
	case SETTINGS_RUA:
		put_list(b, &s->rua);
		break;
	case SETTINGS_HOST:
		buf_puts(b, s->host != NULL ? s->host : "");
		break;
	case SETTINGS_ADDRESSES:
		put_list(b, &s->addresses);
		break;
	case SETTINGS_TTL:
		buf_puts(b, timefmt_duration(&t, s->ttl_s * INT64_C(1000)));
		break;
	case SETTINGS_DELEGATE:
		buf_puts(b, s->delegate != NULL ? s->delegate : "");
		break;
	case SETTINGS_COUNT:
		break;
	}
}

void
settings_merge(const struct settings *under, const struct settings *over,
    struct settings *out)
{
	struct settings merged = *under;

	for (unsigned k = 0; k < SETTINGS_COUNT; k++)
		if (over->set & (1u << k))
			settings_value_copy(
			    &merged, over, (enum settings_key)k);
	merged.set = (1u << SETTINGS_COUNT) - 1;
	*out = merged;
}

bool
settings_complete(const struct settings *merged)
{
	return merged->mode == MTASTS_MODE_NONE || merged->mx.count > 0;
}

/* among - is a text one of the list? */
static bool
among(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}

bool
settings_same_meaning(
    const struct settings *merged, const struct mtasts_policy *policy)
{
	const struct settings_list *mx = &merged->mx;

	if (merged->mode != policy->mode ||
	    merged->max_age_s != policy->max_age_s)
		return false;
	if (merged->mode == MTASTS_MODE_NONE)
		return true;
	for (size_t i = 0; i < mx->count; i++)
		if (!among(mx->v[i], policy->mx, policy->mx_count))
			return false;
	for (size_t i = 0; i < policy->mx_count; i++)
		if (!among(policy->mx[i], mx->v, mx->count))
			return false;
	return true;
}

bool
settings_policy(const struct settings *merged, struct buf *b)
{
	bool none = merged->mode == MTASTS_MODE_NONE;

	if (!settings_complete(merged))
		return false;
	buf_putf(b, "version: STSv1\r\nmode: %s\r\n",
	    mtasts_mode_name(merged->mode));
	for (size_t i = 0; !none && i < merged->mx.count; i++)
		buf_putf(b, "mx: %s\r\n", merged->mx.v[i]);
	buf_putf(b, "max_age: %lu\r\n", (unsigned long)merged->max_age_s);
	return true;
}
