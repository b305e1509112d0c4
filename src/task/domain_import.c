/*
 * domain_import.c - bring the registry in step with a file
 *
 * RFC 8461 section 3.1: ids come over with the bodies they name, so that
 * senders see no difference after a move to another machine. Domains first,
 * then aliases, which follow them; then what the file lacks. Faults do not
 * stop the work, they undo it at the end: so all of them are found.
 */
#include "task/domain.h"

#include "task/domain_step.h"

#define WORK_MAX ((size_t)1 << 30)

/* An import under way. */
struct import {
	struct domain_step *s;
	const struct export_file *file;
	bool bad; /* an entry was refused; or was no good in the file */
};

/* soft - a refused entry: go on, but undo all in the end */
static enum mtasts_err
soft(struct import *im, enum mtasts_err err)
{
	switch (err) {
	case MTASTS_EPOLICY:
	case MTASTS_EINVAL:
	case MTASTS_ESYNTAX:
	case MTASTS_ENOENT:
	case MTASTS_EEXIST:
		im->bad = true;
		return MTASTS_OK;
	default:
		return err;
	}
}

/* stored - a policy of the file as the registry keeps it */
static struct registry_policy
stored(const struct export_policy *p)
{
	return (struct registry_policy){
		.id = str_of(p->id),
		.body = p->body,
		.mode = p->mode,
		.max_age_s = p->max_age_s,
		.mx_count = p->mx_count,
		.first_at = p->first_at,
		.replaced_at = p->replaced_at,
	};
}

/* known - does the name have this policy already? under the id, other bytes? */
static enum mtasts_err
known(
    struct import *im, struct str name, const struct export_policy *p, bool *is)
{
	struct registry_policy there;
	enum mtasts_err err;

	err = registry_find_policy(
	    im->s->r, name, str_of(p->id), im->s->job->arena, &there);
	*is = err == MTASTS_OK;
	if (err == MTASTS_ENOENT)
		return MTASTS_OK;
	if (err || str_eq(there.body, p->body))
		return err;
	return soft(im,
	    domain_step_refuse(im->s, MTASTS_EINVAL, DOMAIN_ID_REUSED,
		"%" STR_FMT ": the registry knows the id %s for another policy",
		STR_ARG(name), p->id));
}

/*
 * take_history - what the name served elsewhere becomes its history here
 *
 * *current is what it serves there, when that is new to us; else null.
 */
static enum mtasts_err
take_history(struct import *im, const struct export_domain *d,
    const struct export_policy **current)
{
	enum mtasts_err err = MTASTS_OK;
	struct registry_policy p;
	bool is;

	*current = NULL;
	for (size_t i = 0; !err && i < d->policy_count; i++) {
		err = known(im, str_of(d->name), &d->policies[i], &is);
		if (err || is)
			continue;
		p = stored(&d->policies[i]);
		if (p.replaced_at == 0)
			*current = &d->policies[i];
		else
			err = registry_remember(im->s->r, str_of(d->name), &p);
	}
	return err;
}

/* put_by - what is not taken over was served until now */
static enum mtasts_err
put_by(struct import *im, struct str name, const struct export_policy *current)
{
	struct registry_policy p = stored(current);

	p.replaced_at = im->s->job->now_at;
	if (p.replaced_at < p.first_at)
		p.replaced_at = p.first_at;
	return registry_remember(im->s->r, name, &p);
}

/* means - does a policy of the file say what the settings say? */
static enum mtasts_err
means(const struct export_policy *p, const struct settings *merged, bool *same)
{
	struct mtasts_policy *policy = NULL;
	enum mtasts_err err;

	err = mtasts_policy_parse(p->body.p, p->body.len, &policy, NULL);
	*same = err == MTASTS_OK && settings_same_meaning(merged, policy);
	mtasts_policy_free(policy);
	return err == MTASTS_ENOMEM ? err : MTASTS_OK;
}

/* An id that a policy shall have, and whether it is another one's already. */
struct taken {
	const struct export_policy *p;
	bool taken;
};

/* see_policy - is it another policy under the same id? */
static bool
see_policy(void *arg, const struct registry_policy *p)
{
	struct taken *t = arg;

	t->taken =
	    str_eq(p->id, str_of(t->p->id)) && !str_eq(p->body, t->p->body);
	return !t->taken;
}

/* take_current - serve what the file says is served, if it is what we want */
static enum mtasts_err
take_current(struct import *im, struct registry_row *row,
    const struct settings *merged, const struct export_policy *current)
{
	struct registry_policy p = stored(current);
	struct taken t = { .p = current };
	enum mtasts_err err = MTASTS_OK;
	bool same = true;

	if (settings_complete(merged))
		err = means(current, merged, &same);
	/* An alias may have had the id for something else. */
	if (!err && same)
		err = registry_each_group_policy(
		    im->s->r, row->name, see_policy, &t);
	if (err)
		return err;
	return same && !t.taken ? domain_step_adopt(im->s, row, &p)
				: put_by(im, row->name, current);
}

/* count_same - an entry that changed nothing: counted, not listed */
static void
count_same(struct import *im)
{
	im->s->result->counts[DOMAIN_SAME]++;
}

/* same_row - was anything changed but the policies that are remembered? */
static bool
same_row(const struct registry_row *a, const struct registry_row *b)
{
	for (unsigned k = 0; k < SETTINGS_COUNT; k++)
		if ((a->values[k].p == NULL) != (b->values[k].p == NULL) ||
		    !str_eq(a->values[k], b->values[k]))
			return false;
	return a->added_at != 0 && str_eq(a->target, b->target) &&
	    a->removing_at == b->removing_at && a->until_at == b->until_at &&
	    a->served == b->served && str_eq(a->policy.id, b->policy.id);
}

/* tell - what became of an entry */
static enum mtasts_err
tell(struct import *im, const struct registry_row *before,
    const struct registry_row *row)
{
	enum domain_did did = DOMAIN_CHANGED;

	if (same_row(before, row)) {
		count_same(im);
		return MTASTS_OK;
	}
	if (row->removing_at != 0)
		did = DOMAIN_REMOVING;
	else if (before->added_at == 0)
		did = DOMAIN_ADDED;
	return domain_step_change(im->s, before, row, did, NULL);
}

/* find - the row of an entry; a fresh one when there is none */
static enum mtasts_err
find(struct import *im, const struct export_domain *d, struct registry_row *row,
    struct registry_row *before)
{
	struct domain_step *s = im->s;
	enum mtasts_err err;

	s->line = d->line;
	*row = (struct registry_row){ .name = str_of(d->name) };
	err = registry_find(s->r, str_of(d->name), s->job->arena, row);
	*before = *row;
	if (err != MTASTS_ENOENT)
		return err;
	row->added_at = d->added_at != 0 ? d->added_at : s->job->now_at;
	return MTASTS_OK;
}

/* serve_own - what a domain of its own serves after the import */
static enum mtasts_err
serve_own(struct import *im, struct registry_row *row,
    const struct settings *own, const struct export_policy *current,
    bool taken_up)
{
	struct domain_step *s = im->s;
	enum mtasts_err err = MTASTS_OK;
	struct settings merged;

	err = domain_step_merge(s, row, own, &merged);
	if (err)
		return err;
	if (row->removing_at != 0)
		domain_step_none(&merged);
	if (current != NULL)
		err = take_current(im, row, &merged, current);
	if (err)
		return err;
	if (settings_complete(&merged))
		return soft(im, domain_step_serve(s, row, &merged));
	/* The mx are found later. */
	if (merged.mx_from != SETTINGS_MX_GIVEN)
		return MTASTS_OK;
	/* What a removal serves is nothing to go on with. */
	if (!row->served || taken_up)
		return soft(im,
		    domain_step_refuse(s, MTASTS_EPOLICY, DOMAIN_NO_MX,
			"%" STR_FMT ": mode %s needs at least one mx, and "
			"there is none",
			STR_ARG(row->name), mtasts_mode_name(merged.mode)));
	domain_step_refuse(s, MTASTS_OK, DOMAIN_KEEPS,
	    "%" STR_FMT " has no mx; it keeps the policy it served",
	    STR_ARG(row->name));
	return MTASTS_OK;
}

/* import_own - one domain of its own */
static enum mtasts_err
import_own(struct import *im, const struct export_domain *d)
{
	const struct export_policy *current = NULL;
	struct registry_row row, before;
	struct domain_step *s = im->s;
	struct settings own = d->settings;
	enum mtasts_err err = find(im, d, &row, &before);

	if (err)
		return err;
	if (im->file->names_only) {
		/* A name alone says: it shall be there. No more. */
		if (before.added_at != 0 && before.removing_at == 0) {
			count_same(im);
			return MTASTS_OK;
		}
		err = registry_settings(s->r, &row, s->job->arena, &own);
		if (err)
			return err;
	}
	row.target = str_of("");
	row.removing_at = d->removing_at;
	row.until_at = d->until_at;
	err = registry_set_values(&row, &own, s->job->arena);
	if (!err)
		err = registry_put(s->r, &row);
	if (!err)
		err = take_history(im, d, &current);
	if (!err)
		err = serve_own(im, &row, &own, current,
		    before.removing_at != 0 && row.removing_at == 0);
	return err ? err : tell(im, &before, &row);
}

/* import_alias - one alias; its target is in the registry by now */
static enum mtasts_err
import_alias(struct import *im, const struct export_domain *d)
{
	const struct export_policy *current = NULL;
	struct registry_row row, before, target;
	struct domain_step *s = im->s;
	struct registry_policy p;
	enum mtasts_err err = find(im, d, &row, &before);

	if (err)
		return err;
	row.target = str_of(d->target);
	row.removing_at = 0;
	row.until_at = 0;
	memset(row.values, 0, sizeof(row.values));
	err = registry_put(s->r, &row);
	if (!err)
		err = take_history(im, d, &current);
	if (err)
		return err;
	err = registry_find(s->r, row.target, s->job->arena, &target);
	if (err == MTASTS_ENOENT)
		return MTASTS_OK; /* told by check_aliases() */
	if (!err && current != NULL && target.served &&
	    str_eq(target.policy.id, str_of(current->id)) &&
	    str_eq(target.policy.body, current->body)) {
		p = stored(current);
		err = registry_serve(s->r, row.name, &p, s->job->now_at);
		row.served = true;
		row.policy = p;
	} else if (!err && current != NULL) {
		err = put_by(im, row.name, current);
	}
	if (!err)
		err = soft(im, domain_step_follow(s, &row, &target));
	return err ? err : tell(im, &before, &row);
}

/* import_former - what a name that is gone once served */
static enum mtasts_err
import_former(struct import *im, const struct export_domain *d)
{
	const struct export_policy *none;

	im->s->line = d->line;
	return take_history(im, d, &none);
}

/* tell_astray - an alias whose target cannot be one */
static bool
tell_astray(void *arg, const struct registry_row *row)
{
	struct import *im = arg;
	const struct export_domain *d = export_find(im->file, row->name);
	const struct export_domain *target = export_find(im->file, row->target);

	im->bad = true;
	/* It may well be there once the faults of the file are mended. */
	if (im->file->nameless || (target != NULL && target->faulty))
		return true;
	im->s->line = d != NULL ? d->line : 0;
	domain_step_refuse(im->s, MTASTS_EINVAL, DOMAIN_ALIAS_TARGET,
	    "%" STR_FMT " cannot be an alias of %" STR_FMT
	    ": that is not there, is an alias itself, or is being removed",
	    STR_ARG(row->name), STR_ARG(row->target));
	return true;
}

/* in_file - names that the file has an entry for */
static bool
in_file(const void *arg, struct str name)
{
	const struct export_domain *d = export_find(arg, name);

	return d != NULL && !d->former;
}

/* prune_row - begin the removal of a row that is an alias, or is none */
static enum mtasts_err
prune_row(struct import *im, struct registry_row *row, bool own)
{
	enum mtasts_err err;

	if (row->name.len == 0 || (row->target.len == 0) != own ||
	    in_file(im->file, row->name))
		return MTASTS_OK;
	err = domain_step_remove(im->s, row, false);
	row->name = str_of(""); /* done: an alias is no alias any more */
	return err;
}

/*
 * check_prune - an empty file is no wish to remove everything
 *
 * It is what a pipe gives when the export at its other end failed.
 */
static enum mtasts_err
check_prune(struct import *im, const struct domain_rows *rows)
{
	size_t lost = 0;

	for (size_t i = 0; i < im->file->count; i++)
		if (!im->file->domains[i].former)
			return MTASTS_OK;
	for (size_t i = 0; i < rows->count; i++)
		lost += rows->v[i].removing_at == 0;
	if (lost == 0 || im->s->job->force)
		return MTASTS_OK;
	return domain_step_refuse(im->s, MTASTS_EPOLICY, DOMAIN_PRUNES_ALL,
	    "the file names no domain: pruning would remove all %zu that are "
	    "in the registry",
	    lost);
}

/* prune - begin the removal of what the file lacks: aliases, then domains */
static enum mtasts_err
prune(struct import *im)
{
	struct arena *a = arena_new(WORK_MAX);
	struct domain_rows rows = { 0 };
	enum mtasts_err err;

	if (a == NULL)
		return MTASTS_ENOMEM;
	im->s->line = 0;
	err = domain_step_rows(im->s, a, &rows);
	if (!err)
		err = soft(im, check_prune(im, &rows));
	for (int own = 0; own < 2; own++)
		for (size_t i = 0; !err && i < rows.count; i++)
			err = prune_row(im, &rows.v[i], own);
	arena_free(a);
	return err;
}

/* take_defaults - the file's defaults hold from now on */
static enum mtasts_err
take_defaults(struct import *im)
{
	struct settings before = im->s->given;
	enum mtasts_err err;

	err = domain_step_note(im->s, &before, &im->file->defaults);
	if (!err)
		err = registry_put_defaults(im->s->r, &im->file->defaults);
	if (!err)
		domain_step_defaults(im->s, &im->file->defaults);
	return err;
}

/* The kinds of entries, in an order that works. */
static enum mtasts_err (*const kinds[])(
    struct import *im, const struct export_domain *d) = { import_own,
	import_alias, import_former };

/* kind_of - which of them an entry is */
static size_t
kind_of(const struct export_domain *d)
{
	return d->former ? 2 : *d->target != '\0';
}

/* import_entries - all entries of the file that were good */
static enum mtasts_err
import_entries(struct import *im)
{
	const struct export_file *f = im->file;
	enum mtasts_err err = MTASTS_OK;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		for (size_t i = 0; !err && i < f->count; i++)
			if (!f->domains[i].faulty &&
			    kind_of(&f->domains[i]) == k)
				err = kinds[k](im, &f->domains[i]);
	return err;
}

/* import_all - see domain_import(); within the transaction */
static enum mtasts_err
import_all(struct import *im, bool pruning)
{
	enum mtasts_err err = MTASTS_OK;

	if (im->file->has_defaults)
		err = take_defaults(im);
	if (!err)
		err = import_entries(im);
	im->s->line = 0;
	/* Names that could not be read would seem to be lacking. */
	if (!err && pruning && !im->file->nameless)
		err = prune(im);
	if (!err && im->file->has_defaults)
		err = domain_step_follow_defaults(im->s, in_file, im->file);
	im->bad |= im->s->unsafe;
	if (!err)
		err = registry_each_astray(im->s->r, tell_astray, im);
	return !err && im->bad ? MTASTS_ESYNTAX : err;
}

enum mtasts_err
domain_import(const struct domain_job *job, const struct domain_import *import,
    struct domain_result *out)
{
	struct domain_step s;
	struct import im = {
		.s = &s,
		.file = import->file,
		.bad = import->file->faulty,
	};
	enum mtasts_err err = domain_step_begin(&s, job, out);

	if (err)
		return err;
	s.file = import->name;
	return domain_step_end(&s, import_all(&im, import->prune));
}
