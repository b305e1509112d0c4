/*
 * domain_view.c - looking at the registry: list, show, export
 *
 * Each is one read transaction: a consistent picture whatever writers do.
 */
#include "task/domain.h"

#include "task/domain_step.h"

const char *
domain_state_name(enum domain_state state)
{
	switch (state) {
	case DOMAIN_SERVED:
		return "served";
	case DOMAIN_NEEDS_MX:
		return "needs mx";
	case DOMAIN_NOT_SERVED:
		return "not served";
	case DOMAIN_BEING_REMOVED:
		return "removing";
	case DOMAIN_RUN_OUT:
		break;
	}
	return "run out";
}

/* state_of - how a name is; by texts alone, since lists are long */
static enum domain_state
state_of(const struct domain_step *s, const struct registry_row *row)
{
	struct str mode = row->values[SETTINGS_MODE];
	struct str mx = row->values[SETTINGS_MX];
	bool complete;

	if (row->removing_at != 0)
		return s->job->now_at >= row->until_at ? DOMAIN_RUN_OUT
						       : DOMAIN_BEING_REMOVED;
	if (!row->served)
		return DOMAIN_NOT_SERVED;
	/* What is found for mx=auto is a list, too, since it is served. */
	complete = mx.p != NULL ? mx.len > 0
				: s->defaults.mx.count > 0 ||
		s->defaults.mx_from != SETTINGS_MX_GIVEN;
	if (mode.p != NULL ? str_eq(mode, STR("none"))
			   : s->defaults.mode == MTASTS_MODE_NONE)
		complete = true;
	return complete || row->target.len > 0 ? DOMAIN_SERVED
					       : DOMAIN_NEEDS_MX;
}

/* A list under way. */
struct listing {
	struct domain_step *s;
	struct str filter; /* lower case */
	bool (*fn)(void *arg, const struct domain_item *item);
	void *arg;
};

/* fits - has the name or its target the filter in it? */
static bool
fits(const struct listing *l, const struct registry_row *row)
{
	return l->filter.len == 0 ||
	    str_find(row->name, l->filter) < row->name.len ||
	    str_find(row->target, l->filter) < row->target.len;
}

/* list_row - hand on a row that fits */
static bool
list_row(void *arg, const struct registry_row *row)
{
	struct listing *l = arg;
	struct domain_item item = { .row = row };

	if (!fits(l, row))
		return true;
	item.state = state_of(l->s, row);
	return l->fn(l->arg, &item);
}

enum mtasts_err
domain_list(const struct domain_job *job, struct str filter,
    bool (*fn)(void *arg, const struct domain_item *item), void *arg)
{
	char *lower = arena_dup(job->arena, filter);
	struct domain_step s;
	struct listing l = { .s = &s, .fn = fn, .arg = arg };
	enum mtasts_err err;

	if (lower == NULL)
		return MTASTS_ENOMEM;
	for (size_t i = 0; i < filter.len; i++)
		lower[i] = ascii_lower(lower[i]);
	l.filter = str_make(lower, filter.len);
	err = domain_step_begin(&s, job, NULL);
	if (err)
		return err;
	return domain_step_end(&s, registry_each(s.r, list_row, &l));
}

/* Things of one name being collected in the job's arena. */
struct gather {
	struct arena *arena;
	struct domain_view *view;
	size_t cap;
	enum mtasts_err err;
};

/* grow - room for one more element of an array that lives in the arena */
static void *
grow(struct gather *g, void *old, size_t count, size_t size)
{
	void *v;

	if (count < g->cap)
		return old;
	g->cap = g->cap == 0 ? 8 : g->cap * 2;
	v = arena_zalloc(g->arena, g->cap, size);
	if (v != NULL && count > 0)
		memcpy(v, old, count * size);
	g->err = v == NULL ? MTASTS_ENOMEM : MTASTS_OK;
	return v;
}

/* gather_alias - keep the name of one more alias */
static bool
gather_alias(void *arg, struct str name)
{
	struct gather *g = arg;
	struct domain_view *view = g->view;
	const char **v = grow(g, view->aliases, view->alias_count, sizeof(*v));

	if (v == NULL)
		return false;
	view->aliases = v;
	v[view->alias_count] = arena_dup(g->arena, name);
	if (v[view->alias_count] == NULL)
		g->err = MTASTS_ENOMEM;
	view->alias_count++;
	return g->err == MTASTS_OK;
}

/* gather_policy - keep one more policy */
static bool
gather_policy(void *arg, const struct registry_policy *p)
{
	struct gather *g = arg;
	struct domain_view *view = g->view;
	struct registry_policy *v =
	    grow(g, view->policies, view->policy_count, sizeof(*v));

	if (v == NULL)
		return false;
	view->policies = v;
	v += view->policy_count++;
	*v = *p;
	v->id.p = arena_dup(g->arena, p->id);
	v->body.p = arena_dup(g->arena, p->body);
	if (v->id.p == NULL || v->body.p == NULL)
		g->err = MTASTS_ENOMEM;
	return g->err == MTASTS_OK;
}

/* view_settings - the settings that hold for the name */
static enum mtasts_err
view_settings(struct domain_step *s, struct domain_view *v)
{
	struct registry_row target;
	const struct registry_row *owner = &v->row;
	enum mtasts_err err = MTASTS_OK;

	if (v->row.target.len > 0) {
		err =
		    registry_find(s->r, v->row.target, s->job->arena, &target);
		owner = &target;
	}
	if (!err)
		err = registry_settings(s->r, owner, s->job->arena, &v->own);
	v->given = s->given;
	v->defaults = s->defaults;
	if (!err)
		settings_merge(&v->defaults, &v->own, &v->merged);
	return err;
}

/* show - see domain_show(); within the transaction */
static enum mtasts_err
show(struct domain_step *s, struct str name, struct domain_view *v)
{
	struct gather aliases = { .arena = s->job->arena, .view = v };
	struct gather policies = { .arena = s->job->arena, .view = v };
	enum mtasts_err err = domain_step_find(s, name, &v->row);

	if (err == MTASTS_ENOENT)
		return domain_step_refuse(s, err, DOMAIN_UNKNOWN,
		    "%" STR_FMT " is not in the registry",
		    STR_ARG(v->row.name));
	if (!err)
		err = view_settings(s, v);
	if (!err)
		err = registry_each_alias(
		    s->r, v->row.name, gather_alias, &aliases);
	if (!err)
		err = registry_each_policy(
		    s->r, v->row.name, gather_policy, &policies);
	if (!err)
		err = aliases.err ? aliases.err : policies.err;
	v->state = state_of(s, &v->row);
	return err;
}

enum mtasts_err
domain_show(
    const struct domain_job *job, struct str name, struct domain_view *out)
{
	struct domain_view v = { .alias_count = 0 };
	struct domain_step s;
	enum mtasts_err err = domain_step_begin(&s, job, NULL);

	if (!err)
		err = domain_step_end(&s, show(&s, name, &v));
	if (!err)
		*out = v;
	return err;
}

enum mtasts_err
domain_defaults(const struct domain_job *job, struct settings *out)
{
	struct domain_step s;
	enum mtasts_err err = domain_step_begin(&s, job, NULL);

	if (!err)
		err = domain_step_end(&s, MTASTS_OK);
	if (!err)
		*out = s.given;
	return err;
}

/* An export under way. */
struct exporting {
	struct domain_step *s;
	struct export_file *file;
	enum mtasts_err err;
};

/* export_name - begin the entry of a name */
static enum mtasts_err
export_name(struct exporting *x, const struct registry_row *row)
{
	struct export_domain *d = export_add(x->file);
	struct arena *a = x->file->arena;

	if (d == NULL)
		return MTASTS_ENOMEM;
	d->name = arena_dup(a, row->name);
	d->target = arena_dup(a, row->target);
	if (d->name == NULL || d->target == NULL)
		return MTASTS_ENOMEM;
	d->former = row->added_at == 0;
	d->added_at = row->added_at;
	d->removing_at = row->removing_at;
	d->until_at = row->until_at;
	return registry_settings(x->s->r, row, a, &d->settings);
}

/* export_one - add one policy to the entry begun last */
static enum mtasts_err
export_one(struct exporting *x, const struct registry_policy *from)
{
	struct export_policy *p = export_add_policy(x->file);

	if (p == NULL)
		return MTASTS_ENOMEM;
	p->id = arena_dup(x->file->arena, from->id);
	p->body = from->body;
	p->body.p = arena_dup(x->file->arena, from->body);
	p->mode = from->mode;
	p->max_age_s = from->max_age_s;
	p->mx_count = from->mx_count;
	p->first_at = from->first_at;
	p->replaced_at = from->replaced_at;
	return p->id == NULL || p->body.p == NULL ? MTASTS_ENOMEM : MTASTS_OK;
}

/* export_row - a name and a policy of it; names with several come again */
static bool
export_row(void *arg, const struct registry_row *row,
    const struct registry_policy *policy)
{
	struct exporting *x = arg;
	struct export_file *f = x->file;

	if (f->count == 0 ||
	    !str_eq(str_of(f->domains[f->count - 1].name), row->name))
		x->err = export_name(x, row);
	if (!x->err && policy != NULL)
		x->err = export_one(x, policy);
	return x->err == MTASTS_OK;
}

/* export_all - see domain_export(); within the transaction */
static enum mtasts_err
export_all(struct domain_step *s, struct export_file *f)
{
	struct exporting x = { .s = s, .file = f };
	enum mtasts_err err;

	f->has_defaults = true;
	err = registry_defaults(s->r, f->arena, &f->defaults);
	if (!err)
		err = registry_each_history(s->r, export_row, &x);
	return err ? err : x.err;
}

enum mtasts_err
domain_export(const struct domain_job *job, struct export_file **out)
{
	struct export_file *f = export_new();
	struct domain_step s;
	enum mtasts_err err;

	if (f == NULL)
		return MTASTS_ENOMEM;
	err = domain_step_begin(&s, job, NULL);
	if (!err)
		err = domain_step_end(&s, export_all(&s, f));
	if (!err)
		*out = f;
	else
		export_free(f);
	return err;
}
