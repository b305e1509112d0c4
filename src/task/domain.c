/*
 * domain.c - the jobs of the registry: add, set, alias, remove, defaults
 *
 * Knows neither SQL nor the command line. What the jobs are made of is
 * domain_step.c; lists and export are domain_view.c, import domain_import.c.
 */
#include "task/domain.h"

#include "task/domain_step.h"

#define WORK_MAX ((size_t)1 << 30)

const char *
domain_did_name(enum domain_did did)
{
	static const char *const names[DOMAIN_DIDS] = { "unchanged", "added",
		"changed", "kept", "removing", "removed" };

	return (unsigned)did < DOMAIN_DIDS ? names[did] : "";
}

enum mtasts_err
domain_read_edit(
    struct str word, struct domain_edit *out, struct mtasts_diags *diags)
{
	struct diag_place nowhere = { 0 };
	struct domain_edit edit = { 0 };
	struct diag_quote q;
	struct str key;

	if (!str_cut(word, '=', &key, &edit.value)) {
		diag_add(diags, &domain_rules[DOMAIN_WORD], nowhere,
		    "\"%s\" has no =", diag_quote(&q, word));
		return MTASTS_ESYNTAX;
	}
	if (!settings_key_seek(key, &edit.key, diags))
		return MTASTS_ESYNTAX;
	edit.drop = str_eq(str_trim(edit.value), STR("default"));
	*out = edit;
	return MTASTS_OK;
}

/* no_mx - refuse settings that give no policy, now or when mx are found */
static enum mtasts_err
no_mx(struct domain_step *s, struct str name, const struct settings *merged)
{
	if (settings_complete(merged) || merged->mx_from != SETTINGS_MX_GIVEN)
		return MTASTS_OK;
	return domain_step_refuse(s, MTASTS_EPOLICY, DOMAIN_NO_MX,
	    "%" STR_FMT ": mode %s needs at least one mx, and there is none",
	    STR_ARG(name), mtasts_mode_name(merged->mode));
}

enum mtasts_err
domain_step_store(struct domain_step *s, struct registry_row *row,
    const struct settings *own, enum domain_did did)
{
	const struct registry_row before = *row;
	struct domain_change *c = NULL;
	struct settings merged;
	enum mtasts_err err;

	err = domain_step_merge(s, row, own, &merged);
	if (!err)
		err = no_mx(s, row->name, &merged);
	if (!err)
		err = registry_set_values(row, own, s->job->arena);
	if (!err)
		err = registry_put(s->r, row);
	if (!err && settings_complete(&merged))
		err = domain_step_serve(s, row, &merged);
	/* The defaults may have changed while the domain kept its policy. */
	if (!err && did == DOMAIN_SAME &&
	    !str_eq(before.policy.id, row->policy.id))
		did = DOMAIN_CHANGED;
	if (!err)
		err = domain_step_change(s, &before, row, did, &c);
	if (!err)
		c->ttl_s = merged.ttl_s;
	return err;
}

/* add - see domain_add(); within the transaction */
static enum mtasts_err
add(struct domain_step *s, struct str name, struct domain_edits edits)
{
	const struct settings nothing = { .host = "" };
	struct settings own = { .host = "" };
	struct registry_row row;
	enum mtasts_err err = domain_step_find(s, name, &row);

	if (err == MTASTS_OK && row.removing_at == 0 &&
	    (row.target.len == 0 || !s->job->force))
		return domain_step_refuse(s, MTASTS_EEXIST,
		    row.target.len > 0 ? DOMAIN_IS_ALIAS : DOMAIN_EXISTS,
		    "%" STR_FMT " is in the registry already%s%" STR_FMT,
		    STR_ARG(row.name),
		    row.target.len > 0 ? ", as an alias of " : "",
		    STR_ARG(row.target));
	if (err != MTASTS_OK && err != MTASTS_ENOENT)
		return err;
	if (err == MTASTS_ENOENT)
		row.added_at = s->job->now_at;
	row.target = str_of("");
	row.removing_at = 0;
	row.until_at = 0;
	err = domain_step_edit(s, edits, &own);
	if (!err)
		err = domain_step_note(s, &nothing, &own);
	return err ? err : domain_step_store(s, &row, &own, DOMAIN_ADDED);
}

enum mtasts_err
domain_add(const struct domain_job *job, struct str name,
    struct domain_edits edits, struct domain_result *out)
{
	struct domain_step s;
	enum mtasts_err err = domain_step_begin(&s, job, out);

	return err ? err : domain_step_end(&s, add(&s, name, edits));
}

enum mtasts_err
domain_step_own(
    struct domain_step *s, struct str name, struct registry_row *row)
{
	enum mtasts_err err = domain_step_find(s, name, row);

	if (err == MTASTS_ENOENT)
		return domain_step_refuse(s, err, DOMAIN_UNKNOWN,
		    "%" STR_FMT " is not in the registry", STR_ARG(row->name));
	if (err)
		return err;
	if (row->target.len > 0)
		return domain_step_refuse(s, MTASTS_EINVAL, DOMAIN_IS_ALIAS,
		    "%" STR_FMT " is an alias of %" STR_FMT
		    " and has no settings of its own",
		    STR_ARG(row->name), STR_ARG(row->target));
	if (row->removing_at != 0)
		return domain_step_refuse(s, MTASTS_EINVAL, DOMAIN_IS_REMOVING,
		    "%" STR_FMT " is being removed", STR_ARG(row->name));
	return MTASTS_OK;
}

/* same_settings - do the result's texts say the same before and after? */
static bool
same_settings(const struct domain_result *result)
{
	for (unsigned k = 0; k < SETTINGS_COUNT; k++) {
		const char *a = result->before[k], *b = result->after[k];

		if ((a == NULL) != (b == NULL))
			return false;
		if (a != NULL && strcmp(a, b) != 0)
			return false;
	}
	return true;
}

/* set - see domain_set(); within the transaction */
static enum mtasts_err
set(struct domain_step *s, struct str name, struct domain_edits edits)
{
	struct settings before = { .host = "" }, own;
	struct registry_row row;
	enum mtasts_err err = domain_step_own(s, name, &row);

	if (!err)
		err = registry_settings(s->r, &row, s->job->arena, &before);
	if (err)
		return err;
	own = before;
	err = domain_step_edit(s, edits, &own);
	if (!err)
		err = domain_step_note(s, &before, &own);
	if (err)
		return err;
	return domain_step_store(s, &row, &own,
	    same_settings(s->result) ? DOMAIN_SAME : DOMAIN_CHANGED);
}

enum mtasts_err
domain_set(const struct domain_job *job, struct str name,
    struct domain_edits edits, struct domain_result *out)
{
	struct domain_step s;
	enum mtasts_err err = domain_step_begin(&s, job, out);

	return err ? err : domain_step_end(&s, set(&s, name, edits));
}

/* Aliases of a domain being told in a message. */
struct telling {
	struct buf b;
	size_t count;
};

/* tell_alias - one more name, up to three */
static bool
tell_alias(void *arg, struct str name)
{
	struct telling *t = arg;

	if (t->count < 3)
		buf_putf(&t->b, "%s%" STR_FMT, t->count > 0 ? ", " : "",
		    STR_ARG(name));
	t->count++;
	return true;
}

/* no_aliases - refuse when a domain has aliases, naming some */
static enum mtasts_err
no_aliases(
    struct domain_step *s, const struct registry_row *row, const char *what)
{
	struct telling t = { .count = 0 };
	enum mtasts_err err;

	buf_init(&t.b, 1024);
	err = registry_each_alias(s->r, row->name, tell_alias, &t);
	if (!err && t.count > 0)
		err = domain_step_refuse(s, MTASTS_EINVAL, DOMAIN_HAS_ALIASES,
		    "%" STR_FMT " cannot be %s: %zu alias%s its policy (%s%s)",
		    STR_ARG(row->name), what, t.count,
		    t.count == 1 ? " serves" : "es serve",
		    t.b.p != NULL ? t.b.p : "", t.count > 3 ? ", ..." : "");
	buf_free(&t.b);
	return err;
}

/* find_target - the domain that an alias shall follow; else a refusal */
static enum mtasts_err
find_target(struct domain_step *s, struct str name, struct registry_row *row)
{
	enum mtasts_err err = domain_step_find(s, name, row);

	if (err == MTASTS_ENOENT)
		return domain_step_refuse(s, err, DOMAIN_ALIAS_TARGET,
		    "%" STR_FMT " is not in the registry", STR_ARG(row->name));
	if (err)
		return err;
	if (row->target.len > 0)
		return domain_step_refuse(s, MTASTS_EINVAL, DOMAIN_ALIAS_CHAIN,
		    "%" STR_FMT " is itself an alias of %" STR_FMT,
		    STR_ARG(row->name), STR_ARG(row->target));
	if (row->removing_at != 0)
		return domain_step_refuse(s, MTASTS_EINVAL, DOMAIN_IS_REMOVING,
		    "%" STR_FMT " is being removed", STR_ARG(row->name));
	return MTASTS_OK;
}

/* check_alias - may this name, if it is there, become an alias? */
static enum mtasts_err
check_alias(struct domain_step *s, const struct registry_row *row,
    const struct registry_row *target)
{
	if (str_eq(row->name, target->name))
		return domain_step_refuse(s, MTASTS_EINVAL, DOMAIN_ALIAS_SELF,
		    "%" STR_FMT " cannot be an alias of itself",
		    STR_ARG(row->name));
	if (row->added_at != 0 && row->target.len == 0 &&
	    row->removing_at == 0 && !s->job->force)
		return domain_step_refuse(s, MTASTS_EEXIST, DOMAIN_EXISTS,
		    "%" STR_FMT " is a domain of its own; with --force it "
		    "becomes an alias and loses its settings",
		    STR_ARG(row->name));
	return no_aliases(s, row, "made an alias");
}

/* alias - see domain_alias(); within the transaction */
static enum mtasts_err
alias(struct domain_step *s, struct str name, struct str target_name)
{
	struct registry_row row, before, target;
	enum domain_did did;
	enum mtasts_err err = domain_step_find(s, name, &row);

	if (err != MTASTS_OK && err != MTASTS_ENOENT)
		return err;
	before = row;
	did = err == MTASTS_ENOENT ? DOMAIN_ADDED : DOMAIN_CHANGED;
	err = find_target(s, target_name, &target);
	if (!err)
		err = check_alias(s, &row, &target);
	if (err)
		return err;
	if (str_eq(row.target, target.name))
		return domain_step_change(s, &row, &row, DOMAIN_SAME, NULL);
	if (did == DOMAIN_ADDED)
		row.added_at = s->job->now_at;
	row.target = target.name;
	row.removing_at = 0;
	row.until_at = 0;
	memset(row.values, 0, sizeof(row.values));
	err = registry_put(s->r, &row);
	if (!err)
		err = domain_step_follow(s, &row, &target);
	return err ? err : domain_step_change(s, &before, &row, did, NULL);
}

enum mtasts_err
domain_alias(const struct domain_job *job, struct str name, struct str target,
    struct domain_result *out)
{
	struct domain_step s;
	enum mtasts_err err = domain_step_begin(&s, job, out);

	return err ? err : domain_step_end(&s, alias(&s, name, target));
}

/* take_out - see domain_remove(); within the transaction */
static enum mtasts_err
take_out(struct domain_step *s, struct str name, bool at_once)
{
	struct registry_row row;
	enum mtasts_err err = domain_step_find(s, name, &row);

	if (err == MTASTS_ENOENT)
		return domain_step_refuse(s, err, DOMAIN_UNKNOWN,
		    "%" STR_FMT " is not in the registry", STR_ARG(row.name));
	if (!err)
		err = no_aliases(s, &row, "removed");
	return err ? err : domain_step_remove(s, &row, at_once);
}

enum mtasts_err
domain_remove(const struct domain_job *job, struct str name, bool at_once,
    struct domain_result *out)
{
	struct domain_step s;
	enum mtasts_err err = domain_step_begin(&s, job, out);

	return err ? err : domain_step_end(&s, take_out(&s, name, at_once));
}

/* follow_defaults - one domain serves what the new defaults give it */
static enum mtasts_err
follow_defaults(struct domain_step *s, struct registry_row *row)
{
	const struct registry_row before = *row;
	enum domain_did did = DOMAIN_CHANGED;
	struct settings own, merged;
	struct domain_change *c = NULL;
	enum mtasts_err err;

	if (row->target.len > 0 || row->removing_at != 0)
		return MTASTS_OK;
	err = registry_settings(s->r, row, s->job->arena, &own);
	if (err)
		return err;
	err = domain_step_merge(s, row, &own, &merged);
	if (err)
		return err;
	if (!settings_complete(&merged) && merged.mx_from != SETTINGS_MX_GIVEN)
		return MTASTS_OK;
	if (!settings_complete(&merged)) {
		did = DOMAIN_KEPT;
		domain_step_refuse(s, MTASTS_OK, DOMAIN_KEEPS,
		    "%" STR_FMT " would have no mx; it keeps its policy",
		    STR_ARG(row->name));
	} else {
		err = domain_step_serve(s, row, &merged);
		if (!err && before.served &&
		    str_eq(before.policy.id, row->policy.id))
			return MTASTS_OK;
		if (domain_step_unsafe(err)) {
			s->unsafe = true;
			did = DOMAIN_KEPT;
			err = MTASTS_OK;
		}
	}
	if (!err)
		err = domain_step_change(s, &before, row, did, &c);
	if (!err)
		c->ttl_s = merged.ttl_s;
	return err;
}

enum mtasts_err
domain_step_follow_defaults(struct domain_step *s,
    bool (*leave)(const void *arg, struct str name), const void *arg)
{
	struct arena *a = arena_new(WORK_MAX);
	struct domain_rows rows = { 0 };
	enum mtasts_err err;

	if (a == NULL)
		return MTASTS_ENOMEM;
	err = domain_step_rows(s, a, &rows);
	for (size_t i = 0; !err && i < rows.count; i++)
		if (leave == NULL || !leave(arg, rows.v[i].name))
			err = follow_defaults(s, &rows.v[i]);
	arena_free(a);
	return err;
}

/* check_defaults - nobody turns on enforcement for all by a slip */
static enum mtasts_err
check_defaults(struct domain_step *s, enum mtasts_mode before)
{
	if (s->defaults.mode != MTASTS_MODE_ENFORCE ||
	    before == s->defaults.mode || s->job->force ||
	    s->job->looks != NULL)
		return MTASTS_OK;
	/* The domains that would follow were told one by one. */
	if (s->unsafe)
		return MTASTS_EPOLICY;
	return domain_step_refuse(s, MTASTS_EPOLICY, DOMAIN_ENFORCE,
	    "mode enforce for all domains was not checked, and senders would "
	    "refuse to deliver where it is wrong");
}

/* set_defaults - see domain_defaults_set(); within the transaction */
static enum mtasts_err
set_defaults(struct domain_step *s, struct domain_edits edits)
{
	struct settings before = s->given, given = s->given;
	enum mtasts_mode mode = s->defaults.mode;
	enum mtasts_err err = domain_step_edit(s, edits, &given);

	if (!err)
		err = domain_step_note(s, &before, &given);
	if (!err)
		err = registry_put_defaults(s->r, &given);
	if (err)
		return err;
	domain_step_defaults(s, &given);
	err = domain_step_follow_defaults(s, NULL, NULL);
	return err ? err : check_defaults(s, mode);
}

enum mtasts_err
domain_defaults_set(const struct domain_job *job, struct domain_edits edits,
    struct domain_result *out)
{
	struct domain_step s;
	enum mtasts_err err = domain_step_begin(&s, job, out);

	return err ? err : domain_step_end(&s, set_defaults(&s, edits));
}
