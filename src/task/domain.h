/*
 * domain - the one way to change the registry
 *
 * RFC 8461 sections 3.1, 8.1 and 8.3. Each function is one job in one
 * transaction: all of it or nothing. The id of a domain's policy changes
 * exactly when the meaning of what it serves does (settings_same_meaning()),
 * and never names other bytes of that domain again. What a person did wrong
 * and what is refused for safety's sake are findings.
 */
#ifndef MTASTS_TASK_DOMAIN_H
#define MTASTS_TASK_DOMAIN_H

#include "core/export.h"
#include "core/safe.h"
#include "store/registry_db.h"

/*
 * What was seen of domains, for jobs that begin mode enforce or drop an mx in
 * it. A job that collects refuses nothing for the sake of safety, and says
 * which names are to be looked at; it is to be a dry run.
 */
struct domain_looks {
	struct safe_looks seen;
	bool collect;
	const char **wanted; /* in the job's arena, each once */
	size_t wanted_count, wanted_room;
};

/* What every job works with; all borrowed. */
struct domain_job {
	struct registry *registry;
	struct arena *arena; /* results live in it */
	struct mtasts_diags *diags;
	int64_t now_at;
	bool force; /* do what is refused for safety's sake */
	bool dry_run; /* find out all, change nothing */
	/* Null: nobody looks. Then what needs a look needs force. */
	struct domain_looks *looks;
};

/* One change of a setting; value borrowed. */
struct domain_edit {
	enum settings_key key;
	bool drop; /* back to the default */
	struct str value;
};

struct domain_edits {
	const struct domain_edit *v;
	size_t count;
};

/* What a job did to a name. */
enum domain_did {
	DOMAIN_SAME = 0, /* nothing */
	DOMAIN_ADDED,
	DOMAIN_CHANGED,
	DOMAIN_KEPT, /* its settings give no policy: the old one stays */
	DOMAIN_REMOVING, /* serves mode none until until_at */
	DOMAIN_REMOVED,
	DOMAIN_DIDS
};

struct domain_change {
	enum domain_did did;
	const char *name;
	const char *target; /* "" unless it is an alias now */
	const char *old_id; /* "" when it served nothing */
	const char *new_id; /* as old_id when the meaning is the same */
	enum mtasts_mode mode; /* served now */
	int64_t until_at; /* when what it served has run out everywhere */
	int64_t enforce_at; /* the same for mode enforce; 0: never served */
	uint32_t ttl_s; /* of its DNS records */
	const char *delegate; /* its owner's records lead there; "" */
	const char *record; /* name of the TXT record that has the id */
	struct domain_change *next;
};

/* What a job did. Strings live in the job's arena. */
struct domain_result {
	struct domain_change *first, **last;
	size_t counts[DOMAIN_DIDS];
	/* Settings as texts, by key; null: not given (the default holds). */
	const char *before[SETTINGS_COUNT];
	const char *after[SETTINGS_COUNT];
};

/* domain_did_name - "unchanged", "added", "changed", "kept" ... */
const char *domain_did_name(enum domain_did did);

/*
 * domain_read_edit - read one word KEY=VALUE; KEY=default drops the key
 *
 * The value itself is read when it is used. ESYNTAX with a finding.
 */
enum mtasts_err domain_read_edit(struct str word, struct domain_edit *out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * domain_add - a new domain with settings that differ from the defaults
 *
 * One that is being removed is taken up again. Errors of this and the other
 * jobs, each with findings: ESYNTAX (a bad name or value), EEXIST, ENOENT,
 * EPOLICY (no policy could be served, or what was looked at speaks against
 * mode enforce), ETIMEOUT (it could not be looked at), EINVAL (such a thing
 * cannot be done), ESTORE. ENOMEM.
 */
enum mtasts_err domain_add(const struct domain_job *job, struct str name,
    struct domain_edits edits, struct domain_result *out) MTASTS_MUST_CHECK;

/* A policy that is published already, by another tool; all borrowed. */
struct domain_live {
	struct str id; /* that the record has */
	struct str body; /* as it was fetched */
	uint32_t previous_max_age_s; /* of what may have been served before */
};

/*
 * domain_add_live - a new domain that goes on with what is published
 *
 * The same bytes under the same id; mode, mx and max-age become its settings.
 * An earlier policy of previous_max_age_s is remembered, so that a removal
 * waits for it. EPOLICY when the body is no policy; else as domain_add().
 */
enum mtasts_err domain_add_live(const struct domain_job *job, struct str name,
    const struct domain_live *live, struct domain_edits edits,
    struct domain_result *out) MTASTS_MUST_CHECK;

/* domain_set - change settings of a domain */
enum mtasts_err domain_set(const struct domain_job *job, struct str name,
    struct domain_edits edits, struct domain_result *out) MTASTS_MUST_CHECK;

/*
 * domain_alias - a name serves the policy of another domain from now on
 *
 * An alias may be moved to another target; a domain of its own becomes an
 * alias only with force.
 */
enum mtasts_err domain_alias(const struct domain_job *job, struct str name,
    struct str target, struct domain_result *out) MTASTS_MUST_CHECK;

/*
 * domain_remove - take a domain or an alias out
 *
 * RFC 8461 section 8.3: it serves mode none for a day's max_age until all that
 * it ever served has run out; removing it again after that deletes it. With
 * "at_once" it is deleted now: the change tells until when senders may still
 * hold what it served, and defer mail.
 */
enum mtasts_err domain_remove(const struct domain_job *job, struct str name,
    bool at_once, struct domain_result *out) MTASTS_MUST_CHECK;

/*
 * domain_defaults_set - change the defaults of all domains
 *
 * Every domain whose policy changes gets a new id. Those that would have no
 * policy any more, or whose change needs force, keep the old one: DOMAIN_KEPT,
 * each with a finding. To begin enforcing by default is refused when nobody
 * looks, without force.
 */
enum mtasts_err domain_defaults_set(const struct domain_job *job,
    struct domain_edits edits, struct domain_result *out) MTASTS_MUST_CHECK;

struct domain_import {
	const struct export_file *file;
	const char *name; /* of the file, for findings */
	bool prune; /* remove what the file lacks, as domain_remove() does */
};

/*
 * domain_import - bring the registry in step with a file
 *
 * A plain list adds the names that are missing. An export sets the settings of
 * its domains, takes over ids, bodies and history where they are new, and its
 * defaults. Doing it twice changes nothing more. One bad entry refuses the
 * whole file, after all faults were found; one that export_parse_some() found
 * faulty does, too. Pruning all there is needs force.
 */
enum mtasts_err domain_import(const struct domain_job *job,
    const struct domain_import *import,
    struct domain_result *out) MTASTS_MUST_CHECK;

/* domain_export - all of the registry; *out is yours: export_free() */
enum mtasts_err domain_export(
    const struct domain_job *job, struct export_file **out) MTASTS_MUST_CHECK;

/* Names: those of a list. In the job's arena. */
struct domain_names {
	const char **v;
	size_t count, room;
};

/*
 * domain_group - a domain and all its aliases, the domain first
 *
 * For an alias: its target's. Whoever decides about a policy looks at all of
 * them. ENOENT with a finding.
 */
enum mtasts_err domain_group(const struct domain_job *job, struct str name,
    struct domain_names *out) MTASTS_MUST_CHECK;

/* How a name is. */
enum domain_state {
	DOMAIN_SERVED = 0,
	DOMAIN_NEEDS_MX, /* settings give no policy; an old one is served */
	DOMAIN_NOT_SERVED, /* and there is none, or no mx was found yet */
	DOMAIN_BEING_REMOVED,
	DOMAIN_RUN_OUT /* being removed, and all it served has run out */
};

/* domain_state_name - "served", "needs mx", "not served" ... */
const char *domain_state_name(enum domain_state state);

/* One line of a list; the row's spans live during the call. */
struct domain_item {
	const struct registry_row *row;
	enum domain_state state;
};

/*
 * domain_list - call fn for every name that has the filter in it, in order
 *
 * filter is a part of a name or of an alias's target, any case; empty: all.
 */
enum mtasts_err domain_list(const struct domain_job *job, struct str filter,
    bool (*fn)(void *arg, const struct domain_item *item),
    void *arg) MTASTS_MUST_CHECK;

/* All about one name. Everything lives in the job's arena. */
struct domain_view {
	struct registry_row row;
	enum domain_state state;
	struct settings given; /* the defaults that were set */
	struct settings defaults; /* complete: given over the built-in ones */
	struct settings own; /* the domain's, for an alias its target's */
	struct settings merged; /* what holds */
	const char **aliases;
	size_t alias_count;
	struct registry_policy *policies; /* oldest first */
	size_t policy_count;
};

/* domain_show - all about one name; ENOENT with a finding */
enum mtasts_err domain_show(const struct domain_job *job, struct str name,
    struct domain_view *out) MTASTS_MUST_CHECK;

/* domain_defaults - the defaults that were set; strings in the job's arena */
enum mtasts_err domain_defaults(
    const struct domain_job *job, struct settings *out) MTASTS_MUST_CHECK;

/* What a job can refuse or warn of. */
enum domain_rule {
	DOMAIN_WORD = 0,
	DOMAIN_UNKNOWN,
	DOMAIN_EXISTS,
	DOMAIN_NO_MX,
	DOMAIN_ENFORCE,
	DOMAIN_NOT_SAFE,
	DOMAIN_ALIAS_SELF,
	DOMAIN_ALIAS_CHAIN,
	DOMAIN_ALIAS_TARGET,
	DOMAIN_HAS_ALIASES,
	DOMAIN_IS_ALIAS,
	DOMAIN_IS_REMOVING,
	DOMAIN_KEEPS,
	DOMAIN_ID_REUSED,
	DOMAIN_PRUNES_ALL,
	DOMAIN_MX_GIVEN,
	DOMAIN_RULES
};
extern const struct diag_rule domain_rules[DOMAIN_RULES];

#endif
