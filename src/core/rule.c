/*
 * rule - what the administrator wants for one destination
 *
 * A table by name, asked from the whole name upwards: example.com, then .com,
 * then "*". A name has at most 127 labels, so a look-up is short whatever the
 * number of rules. Knows neither configuration files nor the clock.
 */
#include "core/rule.h"

#include "base/arena.h"
#include "base/map.h"

#define SET_MAX ((size_t)256 << 20) /* bytes of all rules */

struct rule_set {
	struct arena *arena;
	struct map by_name;
};

const char *
rule_sts_name(enum rule_sts sts)
{
	switch (sts) {
	case RULE_OPTIONAL:
		return "optional";
	case RULE_REQUIRE:
		return "require";
	case RULE_DISABLE:
		return "disable";
	}
	return "?";
}

/* add - copy one rule into the set */
static enum mtasts_err
add(struct rule_set *set, const struct rule *rule)
{
	struct rule *r = arena_alloc(set->arena, sizeof(*r));
	void *old;

	if (r == NULL)
		return MTASTS_ENOMEM;
	*r = *rule;
	r->name = arena_dup(set->arena, str_of(rule->name));
	r->reply = arena_dup(set->arena, str_of(rule->reply));
	r->reason = arena_dup(set->arena, str_of(rule->reason));
	if (r->name == NULL || r->reply == NULL || r->reason == NULL)
		return MTASTS_ENOMEM;
	if (map_get(&set->by_name, str_of(r->name)) != NULL)
		return MTASTS_EEXIST;
	return map_put(&set->by_name, str_of(r->name), r, &old);
}

enum mtasts_err
rule_set_new(const struct rule *rules, size_t count, const uint64_t seed[2],
    struct rule_set **out)
{
	struct arena *arena = arena_new(SET_MAX);
	enum mtasts_err err = MTASTS_OK;
	struct rule_set *set;
	size_t i;

	if (arena == NULL)
		return MTASTS_ENOMEM;
	set = arena_alloc(arena, sizeof(*set));
	if (set == NULL) {
		arena_free(arena);
		return MTASTS_ENOMEM;
	}
	set->arena = arena;
	map_init(&set->by_name, seed);
	for (i = 0; i < count && err == MTASTS_OK; i++)
		err = add(set, &rules[i]);
	if (err != MTASTS_OK) {
		rule_set_free(set);
		return err;
	}
	*out = set;
	return MTASTS_OK;
}

void
rule_set_free(struct rule_set *set)
{
	if (set == NULL)
		return;
	map_free(&set->by_name);
	arena_free(set->arena);
}

/* holds - the rule of exactly this name, unless it has run out */
static const struct rule *
holds(const struct rule_set *set, struct str name, int64_t now_at)
{
	const struct rule *rule = map_get(&set->by_name, name);

	if (rule == NULL || (rule->until_at != 0 && rule->until_at < now_at))
		return NULL;
	return rule;
}

const struct rule *
rule_find(const struct rule_set *set, struct str domain, int64_t now_at)
{
	const struct rule *rule;

	if (set == NULL || set->by_name.count == 0)
		return NULL;
	rule = holds(set, domain, now_at);
	while (rule == NULL && domain.len > 0) {
		/* The next parent, with the dot before it. */
		domain = str_sub(domain, 1, domain.len);
		domain = str_sub(domain, str_chr(domain, '.'), domain.len);
		if (domain.len > 0)
			rule = holds(set, domain, now_at);
	}
	return rule != NULL ? rule : holds(set, STR("*"), now_at);
}
