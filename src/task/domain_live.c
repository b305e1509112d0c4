/*
 * domain_live.c - taking over a policy that another tool publishes
 *
 * RFC 8461 sections 3.1 and 8.3. Bytes and id stay as they are, so that no
 * sender sees a difference when the name moves here; what may have been served
 * before that, and for how long senders remember it, goes into the history, so
 * that a removal waits for it.
 */
#include "task/domain.h"

#include "core/limits.h"
#include "task/domain_step.h"

#define PREVIOUS_ID "previous" /* of what nobody knows the id of */

/* check_edits - what the policy says cannot be said otherwise */
static enum mtasts_err
check_edits(struct domain_step *s, struct domain_edits edits)
{
	for (size_t i = 0; i < edits.count; i++) {
		enum settings_key key = edits.v[i].key;

		if (key == SETTINGS_MODE || key == SETTINGS_MX ||
		    key == SETTINGS_MAX_AGE)
			return domain_step_refuse(s, MTASTS_ESYNTAX,
			    DOMAIN_WORD,
			    "%s is taken over with the policy; change it "
			    "afterwards with \"mtasts domain set\"",
			    settings_key_name(key));
	}
	return MTASTS_OK;
}

/* put - one setting from a text */
static enum mtasts_err
put(struct domain_step *s, struct settings *own, enum settings_key key,
    struct str value)
{
	return settings_put(own, s->job->arena, key, value, s->job->diags);
}

/* read_settings - what the policy means, as settings */
static enum mtasts_err
read_settings(struct domain_step *s, const struct mtasts_policy *policy,
    struct settings *own)
{
	enum mtasts_err err;
	struct buf b;

	err =
	    put(s, own, SETTINGS_MODE, str_of(mtasts_mode_name(policy->mode)));
	buf_init(&b, LIMIT_POLICY_LEN);
	buf_putf(&b, "%lu", (unsigned long)policy->max_age_s);
	if (!err)
		err = put(s, own, SETTINGS_MAX_AGE, buf_str(&b));
	buf_clear(&b);
	for (size_t i = 0; i < policy->mx_count; i++)
		buf_putf(&b, "%s%s", i > 0 ? "," : "", policy->mx[i]);
	if (!err)
		err = buf_error(&b);
	if (!err && policy->mx_count > 0)
		err = put(s, own, SETTINGS_MX, buf_str(&b));
	buf_free(&b);
	return err;
}

/*
 * remember_previous - what was served before, for as long as it may be held
 *
 * Nobody knows what that was: the worst it can have been is the same, enforced.
 */
static enum mtasts_err
remember_previous(struct domain_step *s, const struct registry_row *row,
    const struct settings *merged, uint32_t max_age_s)
{
	struct registry_policy p = { .id = STR(PREVIOUS_ID),
		.max_age_s = max_age_s,
		.first_at = s->job->now_at,
		.replaced_at = s->job->now_at };
	struct settings before = *merged;
	enum mtasts_err err = MTASTS_OK;
	struct buf b;

	if (max_age_s <= merged->max_age_s)
		return MTASTS_OK;
	before.max_age_s = max_age_s;
	if (before.mx.count > 0)
		before.mode = MTASTS_MODE_ENFORCE;
	p.mode = before.mode;
	p.mx_count = (uint32_t)before.mx.count;
	buf_init(&b, LIMIT_POLICY_LEN);
	if (settings_policy(&before, &b)) {
		p.body = buf_str(&b);
		err = buf_error(&b);
		if (!err)
			err = registry_remember(s->r, row->name, &p);
	}
	buf_free(&b);
	return err;
}

/* check_id - no other bytes were ever served here under the id */
static enum mtasts_err
check_id(struct domain_step *s, const struct registry_row *row,
    const struct domain_live *live)
{
	struct registry_policy known;
	enum mtasts_err err = registry_find_policy(
	    s->r, row->name, live->id, s->job->arena, &known);

	if (err == MTASTS_ENOENT)
		return MTASTS_OK;
	if (err || str_eq(known.body, live->body))
		return err;
	return domain_step_refuse(s, MTASTS_EPOLICY, DOMAIN_ID_REUSED,
	    "%" STR_FMT " served other bytes here under the id %" STR_FMT
	    " before",
	    STR_ARG(row->name), STR_ARG(live->id));
}

/* adopt - settings, history, and the very policy */
static enum mtasts_err
adopt(struct domain_step *s, struct registry_row *row,
    const struct domain_live *live, const struct mtasts_policy *policy,
    const struct settings *own)
{
	const struct registry_row before = *row;
	struct registry_policy p = { .id = live->id,
		.body = live->body,
		.mode = policy->mode,
		.max_age_s = policy->max_age_s,
		.mx_count = (uint32_t)policy->mx_count,
		.first_at = s->job->now_at };
	struct domain_change *c = NULL;
	struct settings merged;
	enum mtasts_err err;

	settings_merge(&s->defaults, own, &merged);
	err = registry_set_values(row, own, s->job->arena);
	if (!err)
		err = registry_put(s->r, row);
	if (!err)
		err = remember_previous(
		    s, row, &merged, live->previous_max_age_s);
	if (!err)
		err = domain_step_adopt(s, row, &p);
	if (!err)
		err = domain_step_change(s, &before, row, DOMAIN_ADDED, &c);
	if (!err)
		c->ttl_s = merged.ttl_s;
	return err;
}

/* find_new - a name that is not there yet, or is being removed */
static enum mtasts_err
find_new(struct domain_step *s, struct str name, struct registry_row *row)
{
	enum mtasts_err err = domain_step_find(s, name, row);

	if (err == MTASTS_OK && row->removing_at == 0)
		return domain_step_refuse(s, MTASTS_EEXIST, DOMAIN_EXISTS,
		    "%" STR_FMT " is in the registry already",
		    STR_ARG(row->name));
	if (err == MTASTS_ENOENT) {
		row->added_at = s->job->now_at;
		err = MTASTS_OK;
	}
	row->target = str_of("");
	row->removing_at = row->until_at = 0;
	return err;
}

/* add_live - see domain_add_live(); within the transaction */
static enum mtasts_err
add_live(struct domain_step *s, struct str name, const struct domain_live *live,
    struct domain_edits edits)
{
	const struct settings nothing = { .host = "" };
	struct settings own = { .host = "" };
	struct mtasts_policy *policy = NULL;
	struct registry_row row;
	enum mtasts_err err = find_new(s, name, &row);

	if (!err)
		err = check_edits(s, edits);
	if (!err)
		err = domain_step_edit(s, edits, &own);
	if (!err)
		err = mtasts_policy_parse(
		    live->body.p, live->body.len, &policy, s->job->diags);
	if (!err)
		err = check_id(s, &row, live);
	if (!err)
		err = read_settings(s, policy, &own);
	if (!err)
		err = domain_step_note(s, &nothing, &own);
	if (!err)
		err = adopt(s, &row, live, policy, &own);
	mtasts_policy_free(policy);
	return err;
}

enum mtasts_err
domain_add_live(const struct domain_job *job, struct str name,
    const struct domain_live *live, struct domain_edits edits,
    struct domain_result *out)
{
	struct domain_step s;
	enum mtasts_err err = domain_step_begin(&s, job, out);

	return err ? err : domain_step_end(&s, add_live(&s, name, live, edits));
}
