/*
 * domain_safe.c - nobody turns on enforcement by a slip
 *
 * RFC 8461 sections 5 and 8.1. Whether a policy may be enforced is core/safe's
 * to say; here it is asked, with what was seen of the domain and of all its
 * aliases, or it is noted who has yet to be looked at. Looks at nothing itself.
 */
#include "task/domain.h"

#include "store/registry_rollout.h"
#include "task/domain_step.h"

/* add_name - one more name in the job's arena; ENOMEM */
static enum mtasts_err
add_name(struct arena *a, struct domain_names *names, struct str name)
{
	if (names->count == names->room) {
		size_t room = names->room == 0 ? 8 : names->room * 2;
		const char **v = arena_zalloc(a, room, sizeof(*v));

		if (v == NULL)
			return MTASTS_ENOMEM;
		if (names->count > 0)
			memcpy(v, names->v, names->count * sizeof(*v));
		names->v = v;
		names->room = room;
	}
	names->v[names->count] = arena_dup(a, name);
	if (names->v[names->count] == NULL)
		return MTASTS_ENOMEM;
	names->count++;
	return MTASTS_OK;
}

/* Names being gathered. */
struct gather {
	struct arena *arena;
	struct domain_names *names;
	enum mtasts_err err;
};

/* on_alias - one more */
static bool
on_alias(void *arg, struct str name)
{
	struct gather *g = arg;

	g->err = add_name(g->arena, g->names, name);
	return g->err == MTASTS_OK;
}

enum mtasts_err
domain_step_names(
    struct domain_step *s, struct str domain, struct domain_names *out)
{
	struct gather g = { s->job->arena, out, MTASTS_OK };
	enum mtasts_err err;

	*out = (struct domain_names){ 0 };
	err = add_name(g.arena, out, domain);
	if (!err)
		err = registry_each_alias(s->r, domain, on_alias, &g);
	return err ? err : g.err;
}

enum mtasts_err
domain_group(
    const struct domain_job *job, struct str name, struct domain_names *out)
{
	struct registry_row row;
	struct domain_step s;
	enum mtasts_err err = domain_step_begin(&s, job, NULL);

	if (err)
		return err;
	err = domain_step_find(&s, name, &row);
	if (err == MTASTS_ENOENT)
		domain_step_refuse(&s, err, DOMAIN_UNKNOWN,
		    "%" STR_FMT " is not in the registry", STR_ARG(row.name));
	if (!err)
		err = domain_step_names(
		    &s, row.target.len > 0 ? row.target : row.name, out);
	return domain_step_end(&s, err);
}

/* want_look - note a name that is to be looked at; each once */
static enum mtasts_err
want_look(struct domain_step *s, const char *name)
{
	struct domain_looks *looks = s->job->looks;
	struct domain_names names = { looks->wanted, looks->wanted_count,
		looks->wanted_room };
	enum mtasts_err err;

	for (size_t i = 0; i < names.count; i++)
		if (strcmp(names.v[i], name) == 0)
			return MTASTS_OK;
	err = add_name(s->job->arena, &names, str_of(name));
	looks->wanted = names.v;
	looks->wanted_count = names.count;
	looks->wanted_room = names.room;
	return err;
}

/* dropped - the mx of a policy that the settings do not have any more */
static enum mtasts_err
dropped(struct domain_step *s, const struct settings *merged,
    const struct mtasts_policy *policy, struct settings_list *out)
{
	const char **v =
	    arena_zalloc(s->job->arena, policy->mx_count + 1, sizeof(*v));

	*out = (struct settings_list){ .v = v };
	if (v == NULL)
		return MTASTS_ENOMEM;
	for (size_t i = 0; i < policy->mx_count; i++) {
		size_t k = 0;

		while (k < merged->mx.count &&
		    strcmp(policy->mx[i], merged->mx.v[k]) != 0)
			k++;
		if (k == merged->mx.count)
			v[out->count++] = policy->mx[i];
	}
	return MTASTS_OK;
}

/* A question to core/safe: of one domain, about some names. */
struct question {
	struct safe_want want;
	struct domain_names names;
	bool enforced; /* already: only what is dropped counts */
};

enum mtasts_err
domain_step_looks(struct domain_step *s, const struct safe_looks *seen,
    const struct domain_names *names, struct safe_looks *out)
{
	const struct audit **v = arena_zalloc(
	    s->job->arena, names->count + 1, sizeof(const struct audit *));

	if (v == NULL)
		return MTASTS_ENOMEM;
	*out = (struct safe_looks){ .v = v };
	for (size_t i = 0; i < names->count; i++) {
		const struct audit *a = safe_find(seen, names->v[i]);

		if (a != NULL)
			v[out->count++] = a;
	}
	return MTASTS_OK;
}

/* ask - EPOLICY, ETIMEOUT with the reasons as findings */
static enum mtasts_err
ask(struct domain_step *s, const struct question *q)
{
	struct safe_looks looks;
	enum safe_verdict verdict;
	enum mtasts_err err = MTASTS_OK;

	if (s->job->looks->collect) {
		for (size_t i = 0; !err && i < q->names.count; i++)
			err = want_look(s, q->names.v[i]);
		return err;
	}
	err = domain_step_looks(s, &s->job->looks->seen, &q->names, &looks);
	if (err)
		return err;
	verdict = q->enforced ? safe_drop(&q->want, &looks, s->job->diags)
			      : safe_enforce(&q->want, &looks, s->job->diags);
	if (looks.count < q->names.count && verdict == SAFE_YES) {
		domain_step_refuse(s, MTASTS_ETIMEOUT, DOMAIN_ENFORCE,
		    "%s: %zu of its aliases could not be looked at",
		    q->want.domain, q->names.count - looks.count);
		verdict = SAFE_UNKNOWN;
	}
	if (verdict == SAFE_YES)
		return MTASTS_OK;
	return domain_step_refuse(s,
	    verdict == SAFE_NO ? MTASTS_EPOLICY : MTASTS_ETIMEOUT,
	    DOMAIN_NOT_SAFE, "%s: so %s was refused, and nothing changed",
	    q->want.domain, q->enforced ? "dropping an mx" : "mode enforce");
}

enum mtasts_err
domain_step_safe(struct domain_step *s, const struct registry_row *row,
    const struct settings *merged, const struct mtasts_policy *served)
{
	bool enforced = served != NULL && served->mode == MTASTS_MODE_ENFORCE;
	struct question q = { .enforced = enforced };
	enum mtasts_err err = MTASTS_OK;

	if (merged->mode != MTASTS_MODE_ENFORCE || s->job->force)
		return MTASTS_OK;
	if (enforced)
		err = dropped(s, merged, served, &q.want.dropped);
	if (err || (enforced && q.want.dropped.count == 0))
		return err;
	if (s->job->looks == NULL)
		return domain_step_refuse(s, MTASTS_EPOLICY, DOMAIN_ENFORCE,
		    "%" STR_FMT ": %s was not checked, and senders would "
		    "refuse to deliver where it is wrong",
		    STR_ARG(row->name),
		    enforced ? "dropping an mx in mode enforce"
			     : "mode enforce");
	err = domain_step_names(s, row->name, &q.names);
	if (err)
		return err;
	q.want.domain = q.names.v[0];
	q.want.mx = merged->mx;
	return ask(s, &q);
}

enum mtasts_err
domain_step_served(struct domain_step *s, const struct registry_row *row,
    struct settings_list *out)
{
	struct mtasts_policy *p = NULL;
	const char **v = NULL;
	enum mtasts_err err;

	*out = (struct settings_list){ 0 };
	if (!row->served)
		return MTASTS_OK;
	err = mtasts_policy_parse(
	    row->policy.body.p, row->policy.body.len, &p, NULL);
	if (err != MTASTS_OK)
		return err == MTASTS_ENOMEM ? err : MTASTS_OK;
	v = arena_zalloc(s->job->arena, p->mx_count + 1, sizeof(*v));
	if (v == NULL)
		err = MTASTS_ENOMEM;
	for (size_t i = 0; !err && i < p->mx_count; i++) {
		v[i] = arena_dup(s->job->arena, str_of(p->mx[i]));
		if (v[i] == NULL)
			err = MTASTS_ENOMEM;
	}
	if (!err)
		*out = (struct settings_list){ v, p->mx_count };
	mtasts_policy_free(p);
	return err;
}

enum mtasts_err
domain_step_safe_alias(struct domain_step *s, const struct registry_row *alias,
    const struct registry_row *target)
{
	struct question q = { .want.joins = true };
	enum mtasts_err err;

	if (target->policy.mode != MTASTS_MODE_ENFORCE || s->job->force)
		return MTASTS_OK;
	if (alias->served && alias->policy.mode == MTASTS_MODE_ENFORCE)
		return MTASTS_OK;
	if (s->job->looks == NULL)
		return domain_step_refuse(s, MTASTS_EPOLICY, DOMAIN_ENFORCE,
		    "%" STR_FMT ": mode enforce of %" STR_FMT " would hold for "
		    "its MX hosts, too; that was not checked",
		    STR_ARG(alias->name), STR_ARG(target->name));
	err = add_name(s->job->arena, &q.names, alias->name);
	if (!err)
		err = domain_step_served(s, target, &q.want.mx);
	if (err)
		return err;
	q.want.domain = q.names.v[0];
	return ask(s, &q);
}

/* Mx being gathered, each once. */
struct list {
	struct arena *arena;
	struct domain_names names;
	enum mtasts_err err;
};

/* on_mx - one more; false to stop */
static bool
on_mx(void *arg, struct str mx)
{
	struct list *l = arg;

	for (size_t i = 0; i < l->names.count; i++)
		if (str_eq(str_of(l->names.v[i]), mx))
			return true;
	l->err = add_name(l->arena, &l->names, mx);
	return l->err == MTASTS_OK;
}

enum mtasts_err
domain_step_merge(struct domain_step *s, const struct registry_row *row,
    const struct settings *own, struct settings *out)
{
	struct list l = { .arena = s->job->arena };
	struct settings_list served = { 0 };
	enum mtasts_err err;

	settings_merge(&s->defaults, own, out);
	if (out->mx_from == SETTINGS_MX_GIVEN)
		return MTASTS_OK;
	err = registry_each_mx(s->r, row->name, on_mx, &l);
	if (!err)
		err = l.err;
	/* What is enforced loses nothing by what is not seen any more. */
	if (!err && row->policy.mode == MTASTS_MODE_ENFORCE &&
	    out->mode == MTASTS_MODE_ENFORCE)
		err = domain_step_served(s, row, &served);
	else if (!err && l.names.count == 0)
		err = domain_step_served(s, row, &served);
	for (size_t i = 0; !err && i < served.count; i++)
		if (!on_mx(&l, str_of(served.v[i])))
			err = l.err;
	if (!err)
		out->mx = (struct settings_list){ l.names.v, l.names.count };
	return err;
}
