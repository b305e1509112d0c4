/*
 * domain_serve.c - what a name serves: ids, aliases, removal
 *
 * RFC 8461 sections 3.1 (the id names one instance of a policy), 8.1 (body and
 * id change together here; DNS follows) and 8.3 (removal). An id is the time
 * of the change, stepped on when that was used or when the clock stepped back.
 * Every name has its own history, aliases too, so that whoever once fetched a
 * policy under an id never sees another one under it.
 */
#include "task/domain.h"

#include "base/timefmt.h"
#include "core/limits.h"
#include "store/registry_rollout.h"
#include "task/domain_step.h"

/*
 * Ids further ahead than this did not come from a clock that was a little
 * wrong; counting on from them could end the calendar.
 */
#define FAR_AHEAD_S (10 * INT64_C(31557600))

#define REMOVAL_MAX_AGE_S 86400
#define WORK_MAX	  (64u << 20)

void
domain_step_none(struct settings *out)
{
	settings_builtin(out);
	out->mode = MTASTS_MODE_NONE;
	out->max_age_s = REMOVAL_MAX_AGE_S;
}

/* What is known about the ids of a domain and its aliases. */
struct ids {
	int64_t now_at;
	int64_t last_at; /* the latest of our form */
};

/* see_id - note the time that an id tells */
static bool
see_id(void *arg, const struct registry_policy *p)
{
	struct ids *ids = arg;
	int64_t at;

	if (timefmt_parse_id(p->id, &at) == MTASTS_OK && at > ids->last_at &&
	    at <= ids->now_at + FAR_AHEAD_S)
		ids->last_at = at;
	return true;
}

/* new_id - an id that the domain and its aliases have never used */
static enum mtasts_err
new_id(struct domain_step *s, struct str name, struct timefmt *out)
{
	struct ids ids = { .now_at = s->job->now_at, .last_at = -1 };
	enum mtasts_err err;

	err = registry_each_group_policy(s->r, name, see_id, &ids);
	if (err)
		return err;
	/* Later than all that were seen: so no comparing is needed. */
	timefmt_id(
	    out, ids.last_at >= ids.now_at ? ids.last_at + 1 : ids.now_at);
	return MTASTS_OK;
}

/* Aliases being collected. */
struct names {
	struct arena *arena;
	const char **v;
	size_t count, cap;
	enum mtasts_err err;
};

/* take_name - keep one more name */
static bool
take_name(void *arg, struct str name)
{
	struct names *n = arg;
	const char *copy = arena_dup(n->arena, name);

	if (n->count == n->cap) {
		size_t cap = n->cap == 0 ? 16 : n->cap * 2;
		const char **v = mem_grow(n->v, cap, sizeof(*v));

		if (v == NULL) {
			n->err = MTASTS_ENOMEM;
			return false;
		}
		n->v = v;
		n->cap = cap;
	}
	n->v[n->count++] = copy;
	n->err = copy == NULL ? MTASTS_ENOMEM : MTASTS_OK;
	return copy != NULL;
}

enum mtasts_err
domain_step_adopt(struct domain_step *s, struct registry_row *row,
    const struct registry_policy *p)
{
	struct names names = { .arena = arena_new(WORK_MAX) };
	enum mtasts_err err = MTASTS_ENOMEM;

	if (names.arena == NULL)
		goto out;
	/* Not while walking: what is walked must not change. */
	err = registry_each_alias(s->r, row->name, take_name, &names);
	if (!err)
		err = names.err;
	if (!err)
		err = registry_serve(s->r, row->name, p, s->job->now_at);
	for (size_t i = 0; !err && i < names.count; i++)
		err =
		    registry_serve(s->r, str_of(names.v[i]), p, s->job->now_at);
	if (!err) {
		row->served = true;
		row->policy = *p;
	}
out:
	mem_free(names.v);
	arena_free(names.arena);
	return err;
}

/* serve_new - the group serves a policy under a new id from now on */
static enum mtasts_err
serve_new(struct domain_step *s, struct registry_row *row,
    const struct registry_policy *facts)
{
	struct registry_policy p = *facts;
	struct timefmt id;
	enum mtasts_err err = new_id(s, row->name, &id);

	if (err)
		return err;
	p.id = str_of(arena_dup(s->job->arena, str_of(id.text)));
	p.first_at = s->job->now_at;
	p.replaced_at = 0;
	return p.id.p == NULL ? MTASTS_ENOMEM : domain_step_adopt(s, row, &p);
}

/* row_policy - the served policy of a row, read; null when there is none */
static enum mtasts_err
row_policy(const struct registry_row *row, struct mtasts_policy **out)
{
	enum mtasts_err err;

	*out = NULL;
	if (!row->served)
		return MTASTS_OK;
	err = mtasts_policy_parse(
	    row->policy.body.p, row->policy.body.len, out, NULL);
	/* A body nobody can read has no meaning: it is replaced. */
	return err == MTASTS_ENOMEM ? err : MTASTS_OK;
}

enum mtasts_err
domain_step_serve(struct domain_step *s, struct registry_row *row,
    const struct settings *merged)
{
	struct registry_policy p = { .mode = merged->mode };
	struct mtasts_policy *served = NULL;
	enum mtasts_err err = MTASTS_OK;
	struct buf b;

	buf_init(&b, LIMIT_POLICY_LEN);
	if (settings_policy(merged, &b))
		err = buf_error(&b);
	/* Nearly always, when the defaults change: the very same bytes. */
	if (err || (row->served && str_eq(buf_str(&b), row->policy.body)))
		goto out;
	err = row_policy(row, &served);
	if (err || (served != NULL && settings_same_meaning(merged, served)))
		goto out;
	err = domain_step_safe(s, row, merged, served);
	if (err)
		goto out;
	p.max_age_s = merged->max_age_s;
	p.mx_count =
	    merged->mode == MTASTS_MODE_NONE ? 0 : (uint32_t)merged->mx.count;
	p.body = buf_str(&b);
	p.body.p = arena_dup(s->job->arena, p.body);
	err = p.body.p == NULL ? MTASTS_ENOMEM : serve_new(s, row, &p);
out:
	mtasts_policy_free(served);
	buf_free(&b);
	return err;
}

enum mtasts_err
domain_step_follow(struct domain_step *s, struct registry_row *alias,
    struct registry_row *target)
{
	struct registry_policy known, p;
	struct registry_row before;
	enum mtasts_err err;

	if (!target->served) {
		alias->served = false;
		return registry_unserve(s->r, alias->name, s->job->now_at);
	}
	if (alias->served && str_eq(alias->policy.id, target->policy.id) &&
	    str_eq(alias->policy.body, target->policy.body))
		return MTASTS_OK;
	err = domain_step_safe_alias(s, alias, target);
	if (err)
		return err;
	err = registry_find_policy(
	    s->r, alias->name, target->policy.id, s->job->arena, &known);
	if (err == MTASTS_ENOENT)
		known.body = target->policy.body;
	else if (err)
		return err;
	if (!str_eq(known.body, target->policy.body)) {
		before = *target;
		err = serve_new(s, target, &before.policy);
		if (!err)
			err = domain_step_change(
			    s, &before, target, DOMAIN_CHANGED, NULL);
		if (err)
			return err;
	} else {
		p = target->policy;
		p.first_at = s->job->now_at;
		err = registry_serve(s->r, alias->name, &p, s->job->now_at);
		if (err)
			return err;
	}
	alias->served = true;
	alias->policy = target->policy;
	return MTASTS_OK;
}

/* row_ttl - how long resolvers keep the records of a name */
static enum mtasts_err
row_ttl(struct domain_step *s, const struct registry_row *row, uint32_t *ttl_s)
{
	struct settings own = { .host = "" }, merged;
	struct registry_row target;
	const struct registry_row *owner = row;
	enum mtasts_err err = MTASTS_OK;

	if (row->target.len > 0) {
		err = registry_find(s->r, row->target, s->job->arena, &target);
		owner = &target;
	}
	if (!err)
		err = registry_settings(s->r, owner, s->job->arena, &own);
	if (err)
		return err;
	settings_merge(&s->defaults, &own, &merged);
	*ttl_s = merged.ttl_s;
	return MTASTS_OK;
}

/* delete_now - a name is in the registry no more */
static enum mtasts_err
delete_now(struct domain_step *s, struct registry_row *row, uint32_t ttl_s)
{
	struct registry_row gone = { .name = row->name };
	struct registry_ran_out out = { 0 };
	struct domain_change *c = NULL;
	enum mtasts_err err;

	err = registry_unserve(s->r, row->name, s->job->now_at);
	if (!err)
		err = registry_ran_out(s->r, row->name, &out);
	if (!err)
		err = registry_forget_rollout(s->r, row->name);
	if (!err)
		err = registry_delete(s->r, row->name);
	if (!err)
		err = domain_step_change(s, row, &gone, DOMAIN_REMOVED, &c);
	if (err)
		return err;
	c->ttl_s = ttl_s;
	/* The mode none of a removal does nobody harm: it does not count. */
	if (row->removing_at != 0)
		c->until_at = row->until_at;
	else
		c->until_at = out.all_at > 0 ? out.all_at + ttl_s : 0;
	c->enforce_at = out.enforce_at > 0 ? out.enforce_at + ttl_s : 0;
	return MTASTS_OK;
}

/* begin_removal - serve mode none until all else has run out */
static enum mtasts_err
begin_removal(struct domain_step *s, struct registry_row *row, uint32_t ttl_s)
{
	struct registry_row before = *row;
	struct registry_ran_out out = { 0 };
	struct domain_change *c = NULL;
	struct settings none;
	enum mtasts_err err;

	/* Its own from now on, so that its target's changes pass it by. */
	row->target = str_of("");
	row->removing_at = s->job->now_at;
	err = registry_put(s->r, row);
	if (!err)
		err = registry_forget_rollout(s->r, row->name);
	domain_step_none(&none);
	if (!err)
		err = domain_step_serve(s, row, &none);
	if (!err)
		err = registry_ran_out(s->r, row->name, &out);
	if (err)
		return err;
	row->until_at =
	    out.all_at > s->job->now_at ? out.all_at : s->job->now_at;
	row->until_at += ttl_s;
	err = registry_put(s->r, row);
	if (!err)
		err = domain_step_change(s, &before, row, DOMAIN_REMOVING, &c);
	if (err)
		return err;
	c->ttl_s = ttl_s;
	c->enforce_at = out.enforce_at > 0 ? out.enforce_at + ttl_s : 0;
	return MTASTS_OK;
}

enum mtasts_err
domain_step_remove(
    struct domain_step *s, struct registry_row *row, bool at_once)
{
	struct domain_change *c = NULL;
	uint32_t ttl_s = 0;
	enum mtasts_err err = row_ttl(s, row, &ttl_s);

	if (err)
		return err;
	if (at_once ||
	    (row->removing_at != 0 && s->job->now_at >= row->until_at))
		return delete_now(s, row, ttl_s);
	if (row->removing_at == 0)
		return begin_removal(s, row, ttl_s);
	err = domain_step_change(s, row, row, DOMAIN_SAME, &c);
	if (!err)
		c->ttl_s = ttl_s;
	return err;
}
