/*
 * domain_mx.c - mx=auto and mx=certificates: the list that a policy is made of
 *
 * Brings a look, what is remembered and the policy together in one transaction.
 * The rules are core/mxauto's; what a policy may be is task/domain's. Looks at
 * no DNS.
 */
#include "task/domain_mx.h"

#include "io/certnames.h"
#include "store/registry_rollout.h"
#include "task/domain_step.h"

#include <stdio.h>

#define WORK_MAX ((size_t)1 << 30)

/* One refresh under way. */
struct refresh {
	struct domain_step *s;
	const struct mxauto_seen *seen;
	struct domain_mx_result *out;
	struct registry_row row; /* whose MX they are */
	struct registry_row owner; /* whose policy it is: an alias's target */
	struct settings own, merged; /* the owner's */
	struct mxauto_state state; /* the row's */
};

/* find - the name, and whose policy it has */
static enum mtasts_err
find(struct domain_step *s, struct str name, struct registry_row *row,
    struct registry_row *owner)
{
	enum mtasts_err err = domain_step_find(s, name, row);

	if (err == MTASTS_ENOENT)
		return domain_step_refuse(s, err, DOMAIN_UNKNOWN,
		    "%" STR_FMT " is not in the registry", STR_ARG(row->name));
	if (!err)
		err = domain_step_own(
		    s, row->target.len > 0 ? row->target : row->name, owner);
	return err;
}

/* read_settings - the owner's; EINVAL when its mx are given */
static enum mtasts_err
read_settings(struct refresh *r)
{
	struct domain_step *s = r->s;
	enum mtasts_err err =
	    registry_settings(s->r, &r->owner, s->job->arena, &r->own);

	if (!err)
		err = domain_step_merge(s, &r->owner, &r->own, &r->merged);
	if (!err && r->merged.mx_from == SETTINGS_MX_GIVEN)
		err = domain_step_refuse(s, MTASTS_EINVAL, DOMAIN_MX_GIVEN,
		    "%" STR_FMT ": its mx are given by hand",
		    STR_ARG(r->owner.name));
	return err;
}

/* apply - what the look changes in what is remembered */
static enum mtasts_err
apply(struct refresh *r)
{
	struct domain_step *s = r->s;
	bool enforced =
	    r->owner.served && r->owner.policy.mode == MTASTS_MODE_ENFORCE;
	struct mxauto_rules rules = {
		.enforced = enforced,
		/* Nobody keeps to a policy that never was. */
		.first =
		    !r->owner.served && r->merged.mode != MTASTS_MODE_ENFORCE,
		.ttl_s = r->merged.ttl_s,
	};
	struct settings_list served = { 0 };
	enum mtasts_err err = registry_mx_state(s->r, r->row.name, &r->state);

	if (!err && r->row.target.len == 0)
		err = domain_step_served(s, &r->owner, &served);
	rules.served = served.v;
	rules.served_count = served.count;
	if (!err)
		err = mxauto_apply(
		    &r->state, r->seen, &rules, &r->out->done, s->job->diags);
	if (!err)
		err = registry_put_mx_state(
		    s->r, r->row.name, &r->state, r->out->done.next_at);
	return err;
}

/* serve - the owner's policy is made of the list anew */
static enum mtasts_err
serve(struct refresh *r)
{
	struct registry_row row = r->owner;
	enum mtasts_err err;

	err = domain_step_store(r->s, &row, &r->own, DOMAIN_SAME);
	/* What was seen is remembered all the same; nothing was written. */
	if (domain_step_unsafe(err)) {
		r->out->kept = true;
		err = MTASTS_OK;
	}
	return err;
}

/* tell - what is found now */
static enum mtasts_err
tell(struct refresh *r)
{
	struct arena *a = r->s->job->arena;
	struct domain_mx_result *out = r->out;
	enum mtasts_err err =
	    domain_step_merge(r->s, &r->owner, &r->own, &r->merged);

	out->name = arena_dup(a, r->row.name);
	out->from = r->merged.mx_from;
	out->trouble = arena_dup(a, str_of(r->state.trouble));
	out->trouble_at = r->state.trouble_at;
	if (out->name == NULL || out->trouble == NULL)
		return MTASTS_ENOMEM;
	out->list = (struct domain_names){ (const char **)r->merged.mx.v,
		r->merged.mx.count, r->merged.mx.count };
	return err;
}

/* refresh - see domain_refresh_mx(); within the transaction */
static enum mtasts_err
refresh(struct refresh *r, struct str name)
{
	enum mtasts_err err = find(r->s, name, &r->row, &r->owner);

	if (!err)
		err = read_settings(r);
	if (!err)
		err = apply(r);
	if (!err)
		err = serve(r);
	return err ? err : tell(r);
}

enum mtasts_err
domain_refresh_mx(const struct domain_job *job, struct str name,
    const struct mxauto_seen *seen, struct domain_mx_result *out)
{
	struct refresh *r = mem_zalloc(1, sizeof(*r));
	struct domain_step s;
	enum mtasts_err err;

	*out = (struct domain_mx_result){ 0 };
	if (r == NULL)
		return MTASTS_ENOMEM;
	err = domain_step_begin(&s, job, &out->change);
	if (!err) {
		*r = (struct refresh){ .s = &s, .seen = seen, .out = out };
		err = domain_step_end(&s, refresh(r, name));
	}
	mem_free(r);
	return err;
}

enum mtasts_err
domain_mx_from(
    const struct domain_job *job, struct str name, enum settings_mx *out)
{
	struct registry_row row, owner;
	struct settings own, merged;
	struct domain_step s;
	enum mtasts_err err = domain_step_begin(&s, job, NULL);

	if (err)
		return err;
	err = find(&s, name, &row, &owner);
	if (!err)
		err = registry_settings(s.r, &owner, job->arena, &own);
	if (!err) {
		settings_merge(&s.defaults, &own, &merged);
		*out = merged.mx_from;
	}
	return domain_step_end(&s, err);
}

/* Names of certificates being gathered. */
struct names {
	struct arena *arena;
	const char **v;
	size_t count, room;
	bool broken; /* memory was short */
};

/* on_name - one more; a list longer than a policy's is told by mxauto */
static bool
on_name(void *arg, struct str name)
{
	struct names *n = arg;

	for (size_t i = 0; i < n->count; i++)
		if (str_eq(str_of(n->v[i]), name))
			return true;
	/* Of thousands of domains each policy host has its own. */
	if (str_starts(name, STR("mta-sts.")))
		return true;
	if (n->count == n->room)
		return false;
	n->v[n->count] = arena_dup(n->arena, name);
	n->broken = n->v[n->count] == NULL;
	n->count += !n->broken;
	return !n->broken;
}

enum mtasts_err
domain_mx_certificates(const char *const *folders, size_t count, int64_t now_at,
    struct mxauto_seen **out)
{
	struct names n = { .arena = arena_new(WORK_MAX),
		.room = 3 * MXAUTO_MAX + 1 };
	struct mxauto_seen *seen = NULL;
	enum mtasts_err err = MTASTS_ENOMEM;

	if (n.arena != NULL)
		n.v = arena_zalloc(n.arena, n.room, sizeof(*n.v));
	if (n.v != NULL)
		err = certnames_each(folders, count, now_at, on_name, &n);
	if (!err && !n.broken)
		seen = mxauto_see_names(n.v, n.count, now_at);
	arena_free(n.arena);
	if (err)
		return err;
	*out = seen;
	return seen == NULL ? MTASTS_ENOMEM : MTASTS_OK;
}

/* A walk over those whose turn is first. */
struct turns {
	bool (*fn)(void *ctx, const struct domain_mx_due *due);
	void *ctx;
};

/* on_turn - tell of one */
static bool
on_turn(void *arg, const struct registry_mx_due *row)
{
	const struct turns *t = arg;
	struct domain_mx_due due = { .at = row->next_at };

	snprintf(due.name, sizeof(due.name), "%" STR_FMT, STR_ARG(row->name));
	return t->fn(t->ctx, &due);
}

enum mtasts_err
domain_mx_each_due(struct registry *r,
    bool (*fn)(void *ctx, const struct domain_mx_due *due), void *ctx)
{
	struct turns turns = { fn, ctx };
	struct arena *a = arena_new(WORK_MAX);
	struct settings given = { .host = "" };
	enum mtasts_err err = MTASTS_ENOMEM;

	if (a != NULL)
		err = registry_defaults(r, a, &given);
	if (!err)
		err = registry_each_mx_due(r,
		    str_of(settings_mx_name(given.mx_from)), on_turn, &turns);
	arena_free(a);
	return err;
}

/* on_first - for domain_mx_next() */
static bool
on_first(void *ctx, const struct domain_mx_due *due)
{
	*(struct domain_mx_due *)ctx = *due;
	return false;
}

enum mtasts_err
domain_mx_next(struct registry *r, struct domain_mx_due *out)
{
	struct domain_mx_due due = { .name = "" };
	enum mtasts_err err = domain_mx_each_due(r, on_first, &due);

	if (!err)
		*out = due;
	return err;
}
