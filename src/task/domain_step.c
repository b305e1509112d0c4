/*
 * domain_step.c - the frame of the jobs of task/domain: transaction, findings,
 * edits, results
 *
 * What a name serves is domain_serve.c.
 */
#include "task/domain.h"

#include "core/polname.h"
#include "core/zone_name.h"
#include "task/domain_step.h"

enum mtasts_err
domain_step_refuse(struct domain_step *s, enum mtasts_err err,
    enum domain_rule rule, const char *fmt, ...)
{
	struct diag_place at = { .file = s->file, .line = s->line };
	struct buf b;
	va_list ap;

	buf_init(&b, 4096);
	va_start(ap, fmt);
	buf_vputf(&b, fmt, ap);
	va_end(ap);
	diag_add(
	    s->job->diags, &domain_rules[rule], at, "%s", b.len > 0 ? b.p : "");
	buf_free(&b);
	return err;
}

void
domain_step_defaults(struct domain_step *s, const struct settings *given)
{
	struct settings builtin;

	settings_builtin(&builtin);
	s->given = *given;
	settings_merge(&builtin, given, &s->defaults);
}

enum mtasts_err
domain_step_begin(struct domain_step *s, const struct domain_job *job,
    struct domain_result *result)
{
	struct settings given = { .host = "" };
	enum mtasts_err err;

	*s = (struct domain_step){ .job = job, .r = job->registry };
	s->result = result;
	if (result != NULL) {
		*result = (struct domain_result){ 0 };
		result->last = &result->first;
	}
	err = registry_begin(
	    s->r, result != NULL ? REGISTRY_WRITE : REGISTRY_READ);
	if (!err)
		err = registry_defaults(s->r, job->arena, &given);
	if (err)
		return domain_step_end(s, err);
	domain_step_defaults(s, &given);
	return MTASTS_OK;
}

enum mtasts_err
domain_step_end(struct domain_step *s, enum mtasts_err err)
{
	if (!err && !s->job->dry_run)
		err = registry_commit(s->r);
	else
		registry_rollback(s->r);
	if (err == MTASTS_ESTORE)
		registry_explain(s->r, s->job->diags);
	return err;
}

enum mtasts_err
domain_step_find(
    struct domain_step *s, struct str name, struct registry_row *row)
{
	struct diag_place at = { .file = s->file, .line = s->line };
	struct mtasts_dname read;
	enum mtasts_err err;
	char *copy;

	err = polname_parse(name, &read, at, s->job->diags);
	if (err)
		return err;
	err = registry_find(s->r, str_of(read.text), s->job->arena, row);
	if (err != MTASTS_ENOENT)
		return err;
	copy = arena_dup(s->job->arena, str_of(read.text));
	if (copy == NULL)
		return MTASTS_ENOMEM;
	*row = (struct registry_row){ .name = str_of(copy) };
	return MTASTS_ENOENT;
}

enum mtasts_err
domain_step_edit(
    struct domain_step *s, struct domain_edits edits, struct settings *settings)
{
	enum mtasts_err err, bad = MTASTS_OK;

	for (size_t i = 0; i < edits.count; i++) {
		const struct domain_edit *e = &edits.v[i];

		if (e->drop) {
			settings_drop(settings, e->key);
			continue;
		}
		err = settings_put(
		    settings, s->job->arena, e->key, e->value, s->job->diags);
		if (err != MTASTS_OK && err != MTASTS_ESYNTAX)
			return err;
		if (err)
			bad = err;
	}
	return bad;
}

/* note_texts - the texts of the settings that are given */
static enum mtasts_err
note_texts(
    struct domain_step *s, const struct settings *settings, const char **texts)
{
	struct registry_row row = { 0 };
	enum mtasts_err err;

	err = registry_set_values(&row, settings, s->job->arena);
	for (unsigned k = 0; !err && k < SETTINGS_COUNT; k++)
		texts[k] = row.values[k].p;
	return err;
}

enum mtasts_err
domain_step_note(struct domain_step *s, const struct settings *before,
    const struct settings *after)
{
	enum mtasts_err err = note_texts(s, before, s->result->before);

	return err ? err : note_texts(s, after, s->result->after);
}

/* id_text - the id of a policy, or "" */
static const char *
id_text(struct domain_step *s, const struct registry_row *row)
{
	return row->served ? arena_dup(s->job->arena, row->policy.id) : "";
}

/* delegate_of - where its owner's records lead, or "" */
static const char *
delegate_of(struct domain_step *s, const struct registry_row *row)
{
	struct str own = row->values[SETTINGS_DELEGATE];
	const char *given = s->defaults.delegate;

	if (own.p != NULL)
		return arena_dup(s->job->arena, own);
	return given != NULL ? given : "";
}

/*
 * record_name - of the TXT record that has a name's id; null: no memory
 *
 * RFC 8461 section 8.2: it is at the provider's when the domain is delegated.
 */
static const char *
record_name(struct domain_step *s, const struct registry_row *row)
{
	struct str own = row->values[SETTINGS_DELEGATE];
	struct mtasts_dname name, host;

	if (own.p == NULL)
		own = str_of(s->defaults.delegate);
	if (own.len == 0 ||
	    mtasts_dname_parse(own.p, own.len, &host, NULL, NULL) !=
		MTASTS_OK ||
	    host.len > ZONE_NAME_DELEGATE_LEN ||
	    mtasts_dname_parse(row->name.p, row->name.len, &name, NULL, NULL) !=
		MTASTS_OK)
		return arena_printf(s->job->arena, ZONE_NAME_STS "%" STR_FMT,
		    STR_ARG(row->name));
	return zone_name_delegate(s->job->arena, &name, &host);
}

enum mtasts_err
domain_step_change(struct domain_step *s, const struct registry_row *before,
    const struct registry_row *now, enum domain_did did,
    struct domain_change **out)
{
	struct domain_change *c = arena_zalloc(s->job->arena, 1, sizeof(*c));

	if (c == NULL)
		return MTASTS_ENOMEM;
	c->did = did;
	c->name = arena_dup(s->job->arena, now->name);
	c->target = arena_dup(s->job->arena, now->target);
	c->old_id = id_text(s, before);
	c->new_id = id_text(s, now);
	c->mode = now->policy.mode;
	c->until_at = now->until_at;
	c->ttl_s = s->defaults.ttl_s;
	c->delegate = delegate_of(s, now->added_at != 0 ? now : before);
	c->record = record_name(s, now);
	if (c->delegate == NULL || c->record == NULL || c->name == NULL ||
	    c->target == NULL || c->old_id == NULL || c->new_id == NULL)
		return MTASTS_ENOMEM;
	*s->result->last = c;
	s->result->last = &c->next;
	s->result->counts[did]++;
	if (out != NULL)
		*out = c;
	return MTASTS_OK;
}

/* Rows being collected. */
struct collect {
	struct arena *arena;
	struct domain_rows rows;
	size_t cap;
	enum mtasts_err err;
};

/* take_row - keep one more row; the array grows in the arena, too */
static bool
take_row(void *arg, const struct registry_row *row)
{
	struct collect *c = arg;

	if (c->rows.count == c->cap) {
		size_t cap = c->cap == 0 ? 64 : c->cap * 2;
		struct registry_row *v =
		    arena_zalloc(c->arena, cap, sizeof(*v));

		if (v == NULL) {
			c->err = MTASTS_ENOMEM;
			return false;
		}
		if (c->cap > 0)
			memcpy(v, c->rows.v, c->cap * sizeof(*v));
		c->rows.v = v;
		c->cap = cap;
	}
	c->err = registry_dup(row, c->arena, &c->rows.v[c->rows.count]);
	if (c->err == MTASTS_OK)
		c->rows.count++;
	return c->err == MTASTS_OK;
}

enum mtasts_err
domain_step_rows(
    struct domain_step *s, struct arena *a, struct domain_rows *out)
{
	struct collect c = { .arena = a };
	enum mtasts_err err = registry_each(s->r, take_row, &c);

	if (!err)
		err = c.err;
	if (!err)
		*out = c.rows;
	return err;
}
