/*
 * domain_step - what the jobs of task/domain are made of, for them alone
 */
#ifndef MTASTS_TASK_DOMAIN_STEP_H
#define MTASTS_TASK_DOMAIN_STEP_H

#include "task/domain.h"

/* A job under way: a transaction is open. */
struct domain_step {
	const struct domain_job *job;
	struct registry *r;
	struct domain_result *result;
	struct settings given; /* the defaults that were set */
	struct settings defaults; /* complete */
	bool unsafe; /* a domain did not follow the defaults: needs force */
	const char *file; /* of an import, and the line of the entry */
	unsigned line;
};

/* domain_step_begin - open the transaction, read the defaults */
enum mtasts_err domain_step_begin(struct domain_step *s,
    const struct domain_job *job,
    struct domain_result *result) MTASTS_MUST_CHECK;

/*
 * domain_step_end - commit when all went well and it is no dry run
 *
 * Else nothing is changed. Returns err, or why the commit failed.
 */
enum mtasts_err domain_step_end(
    struct domain_step *s, enum mtasts_err err) MTASTS_MUST_CHECK;

/* domain_step_defaults - these defaults hold from now on; not stored here */
void domain_step_defaults(struct domain_step *s, const struct settings *given);

/* domain_step_refuse - add a finding; returns err */
enum mtasts_err domain_step_refuse(struct domain_step *s, enum mtasts_err err,
    enum domain_rule rule, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* domain_step_find - a name as people write it, in the registry; or ENOENT */
enum mtasts_err domain_step_find(struct domain_step *s, struct str name,
    struct registry_row *row) MTASTS_MUST_CHECK;

/* domain_step_edit - apply all edits; every bad one is a finding */
enum mtasts_err domain_step_edit(struct domain_step *s,
    struct domain_edits edits, struct settings *settings) MTASTS_MUST_CHECK;

/* domain_step_note - the texts of settings before and after, for the result */
enum mtasts_err domain_step_note(struct domain_step *s,
    const struct settings *before,
    const struct settings *after) MTASTS_MUST_CHECK;

/*
 * domain_step_change - what became of a row, appended to the result
 *
 * before is the row as it was; its policy gives the old id.
 */
enum mtasts_err domain_step_change(struct domain_step *s,
    const struct registry_row *before, const struct registry_row *now,
    enum domain_did did, struct domain_change **out) MTASTS_MUST_CHECK;

/*
 * domain_step_merge - what holds for a row: its own settings over the defaults
 *
 * With the mx that were found where they are not given; as long as none was,
 * those that are served. What is enforced never loses an mx by such a list.
 */
enum mtasts_err domain_step_merge(struct domain_step *s,
    const struct registry_row *row, const struct settings *own,
    struct settings *out) MTASTS_MUST_CHECK;

/*
 * domain_step_store - keep the settings of a domain, serve what follows
 *
 * Appends the change to the result, as "did" or DOMAIN_CHANGED.
 */
enum mtasts_err domain_step_store(struct domain_step *s,
    struct registry_row *row, const struct settings *own,
    enum domain_did did) MTASTS_MUST_CHECK;

/* domain_step_own - a domain of its own that stays; else a refusal */
enum mtasts_err domain_step_own(struct domain_step *s, struct str name,
    struct registry_row *row) MTASTS_MUST_CHECK;

/*
 * domain_step_safe - may the row serve this? EPOLICY, ETIMEOUT with findings
 *
 * served  what it serves; null: nothing
 */
enum mtasts_err domain_step_safe(struct domain_step *s,
    const struct registry_row *row, const struct settings *merged,
    const struct mtasts_policy *served) MTASTS_MUST_CHECK;

/* domain_step_safe_alias - may it follow a domain that is enforced? As above */
enum mtasts_err domain_step_safe_alias(struct domain_step *s,
    const struct registry_row *alias,
    const struct registry_row *target) MTASTS_MUST_CHECK;

/* domain_step_served - the mx of the policy that a row serves; in the arena */
enum mtasts_err domain_step_served(struct domain_step *s,
    const struct registry_row *row,
    struct settings_list *out) MTASTS_MUST_CHECK;

/* domain_step_names - a row's own name and those of its aliases */
enum mtasts_err domain_step_names(struct domain_step *s, struct str domain,
    struct domain_names *out) MTASTS_MUST_CHECK;

/* domain_step_looks - of what was seen, that of these names; in the arena */
enum mtasts_err domain_step_looks(struct domain_step *s,
    const struct safe_looks *seen, const struct domain_names *names,
    struct safe_looks *out) MTASTS_MUST_CHECK;

/* domain_step_unsafe - was something refused for the sake of safety? */
static inline bool
domain_step_unsafe(enum mtasts_err err)
{
	return err == MTASTS_EPOLICY || err == MTASTS_ETIMEOUT;
}

/* domain_step_none - the settings of a name that is being removed */
void domain_step_none(struct settings *out);

/*
 * domain_step_serve - bring what a domain serves in step with its settings
 *
 * row     as stored; its policy is brought up to date
 * merged  what holds for it now; complete
 *
 * When the meaning differs: a new id, served by the domain and all aliases.
 * EPOLICY with a finding when that needs force.
 */
enum mtasts_err domain_step_serve(struct domain_step *s,
    struct registry_row *row, const struct settings *merged) MTASTS_MUST_CHECK;

/*
 * domain_step_adopt - a domain and all its aliases serve this policy now
 *
 * Whatever its id is; p->first_at is kept. The row is brought up to date.
 */
enum mtasts_err domain_step_adopt(struct domain_step *s,
    struct registry_row *row,
    const struct registry_policy *p) MTASTS_MUST_CHECK;

/*
 * domain_step_follow - an alias, stored already, serves its target's policy
 *
 * Both rows' policies are brought up to date: when the alias once served other
 * bytes under the target's id, the target gets a new one.
 */
enum mtasts_err domain_step_follow(struct domain_step *s,
    struct registry_row *alias, struct registry_row *target) MTASTS_MUST_CHECK;

/*
 * domain_step_remove - begin the removal of a name, or finish it
 *
 * See domain_remove(). The row has no aliases.
 */
enum mtasts_err domain_step_remove(struct domain_step *s,
    struct registry_row *row, bool at_once) MTASTS_MUST_CHECK;

/* All names of the registry. */
struct domain_rows {
	struct registry_row *v;
	size_t count;
};

/* domain_step_rows - read them all, copied into an arena */
enum mtasts_err domain_step_rows(struct domain_step *s, struct arena *a,
    struct domain_rows *out) MTASTS_MUST_CHECK;

/*
 * domain_step_follow_defaults - every domain serves what the defaults give it
 *
 * Those that cannot keep their policy, each with a finding; where only force is
 * missing s->unsafe is set, too.
 * leave, when given, tells the names that are not to be looked at.
 */
enum mtasts_err domain_step_follow_defaults(struct domain_step *s,
    bool (*leave)(const void *arg, struct str name),
    const void *arg) MTASTS_MUST_CHECK;

#endif
