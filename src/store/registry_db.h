/*
 * registry_db - hosted domains, their settings and what they served
 *
 * RFC 8461 sections 3.1, 8.1 and 8.3: the id names one instance of a policy,
 * and a removed policy must be remembered until it ran out everywhere.
 * Returns errors; neither logs nor waits.
 */
#ifndef MTASTS_STORE_REGISTRY_DB_H
#define MTASTS_STORE_REGISTRY_DB_H

#include "base/arena.h"
#include "core/settings.h"

struct registry;

enum registry_access {
	REGISTRY_READ,
	REGISTRY_WRITE, /* creates the file and migrates it when needed */
	/*
	 * As REGISTRY_WRITE, but one that is not there is ENOENT: for a
	 * daemon. What vanished must not be begun afresh, with no policy in it.
	 */
	REGISTRY_KEEP,
	/*
	 * For registry_each_served() and registry_version() alone: also of a
	 * file that an older program wrote, since who serves policies must not
	 * wait for who writes them.
	 */
	REGISTRY_SERVE
};

/*
 * registry_open - open the registry that a URL names
 *
 * url  "sqlite:/folder", a bare folder
 *
 * EINVAL for an unknown kind of URL; ENOENT when reading and there is none
 * yet; ESTORE when it is corrupt, newer than this program, or not to be read:
 * findings say which and what to do.
 */
enum mtasts_err registry_open(const char *url, enum registry_access access,
    struct registry **out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* registry_close - release; null is fine */
void registry_close(struct registry *r);

/* One policy that is to be served now. */
struct registry_served {
	struct str domain; /* policy domain: an alias has a row of its own */
	struct str id;
	struct str body;
	enum mtasts_mode mode;
	int64_t since_at;
};

/*
 * registry_each_served - call fn for every domain that has a policy to serve
 *
 * In one read transaction: a consistent snapshot. The spans live during the
 * call of fn only; fn returns false to stop. Order is by domain.
 */
enum mtasts_err registry_each_served(struct registry *r,
    bool (*fn)(void *arg, const struct registry_served *row),
    void *arg) MTASTS_MUST_CHECK;

/*
 * registry_version - a number that differs after anyone's commit
 *
 * Cheap: meant to be polled several times a second. ESTORE when the database
 * is away or locked.
 */
enum mtasts_err registry_version(
    struct registry *r, int64_t *version) MTASTS_MUST_CHECK;

/*
 * registry_still - is it still of the version that this program knows?
 *
 * For who keeps it open for long. ESTORE when a later program was there.
 */
enum mtasts_err registry_still(struct registry *r) MTASTS_MUST_CHECK;

/*
 * registry_explain - add the finding of the last failed call
 *
 * None when it failed for want of memory, or did not fail.
 */
void registry_explain(const struct registry *r, struct mtasts_diags *diags);

/* registry_folder - the folder a URL names; false for other kinds of store */
bool registry_folder(const char *url, struct str *folder);

/*
 * What follows is for task/domain, the one room that changes the registry. All
 * changes happen between registry_begin(REGISTRY_WRITE) and registry_commit().
 * Functions return ESTORE or ENOMEM when the database fails, and say it
 * through registry_explain().
 */

/* registry_begin - start a transaction; writing takes the lock at once */
enum mtasts_err registry_begin(
    struct registry *r, enum registry_access access) MTASTS_MUST_CHECK;

/* registry_commit - make it last, all of it or nothing */
enum mtasts_err registry_commit(struct registry *r) MTASTS_MUST_CHECK;

/* registry_rollback - undo; fine when no transaction is open */
void registry_rollback(struct registry *r);

/* registry_defaults - what was set for all domains; strings in the arena */
enum mtasts_err registry_defaults(struct registry *r, struct arena *a,
    struct settings *out) MTASTS_MUST_CHECK;

/* registry_put_defaults - replace them */
enum mtasts_err registry_put_defaults(
    struct registry *r, const struct settings *s) MTASTS_MUST_CHECK;

/* A policy that a name serves, or has served. */
struct registry_policy {
	struct str id;
	struct str body;
	enum mtasts_mode mode;
	uint32_t max_age_s;
	uint32_t mx_count;
	int64_t first_at;
	int64_t replaced_at; /* 0: it is served now */
};

/* A name of the registry: a domain or an alias of one. */
struct registry_row {
	struct str name; /* A-labels */
	struct str target; /* the domain it is an alias of, or empty */
	int64_t added_at;
	int64_t removing_at; /* 0: it stays; else mode none is served since */
	int64_t until_at; /* and until then */
	/* Settings that differ, as settings_put() reads them; null: none. */
	struct str values[SETTINGS_COUNT];
	bool served; /* there is a policy: */
	struct registry_policy policy;
};

/* registry_settings - read the settings of a row; strings in the arena */
enum mtasts_err registry_settings(struct registry *r,
    const struct registry_row *row, struct arena *a,
    struct settings *out) MTASTS_MUST_CHECK;

/* registry_set_values - the texts of settings into a row; in the arena */
enum mtasts_err registry_set_values(struct registry_row *row,
    const struct settings *s, struct arena *a) MTASTS_MUST_CHECK;

/* registry_dup - copy a row's spans into the arena */
enum mtasts_err registry_dup(const struct registry_row *row, struct arena *a,
    struct registry_row *out) MTASTS_MUST_CHECK;

/* registry_find - one name, copied into the arena; ENOENT */
enum mtasts_err registry_find(struct registry *r, struct str name,
    struct arena *a, struct registry_row *out) MTASTS_MUST_CHECK;

/*
 * registry_each - call fn for every name in order
 *
 * Spans live during the call of fn only; fn returns false to stop. It must not
 * change the registry.
 */
enum mtasts_err registry_each(struct registry *r,
    bool (*fn)(void *arg, const struct registry_row *row),
    void *arg) MTASTS_MUST_CHECK;

/* registry_each_alias - call fn for every alias of a domain, in order */
enum mtasts_err registry_each_alias(struct registry *r, struct str target,
    bool (*fn)(void *arg, struct str name), void *arg) MTASTS_MUST_CHECK;

/*
 * registry_each_astray - call fn for every alias whose target cannot be one
 *
 * The target is missing, an alias itself, or being removed. For checking a
 * large change before its commit.
 */
enum mtasts_err registry_each_astray(struct registry *r,
    bool (*fn)(void *arg, const struct registry_row *row),
    void *arg) MTASTS_MUST_CHECK;

/* registry_put - add or replace a name; its policies stay as they are */
enum mtasts_err registry_put(
    struct registry *r, const struct registry_row *row) MTASTS_MUST_CHECK;

/* registry_delete - forget a name; its policies stay, as history */
enum mtasts_err registry_delete(
    struct registry *r, struct str name) MTASTS_MUST_CHECK;

/*
 * registry_serve - a name serves this policy now, at the time "at"
 *
 * What it served before is replaced at that time; p->first_at is kept as it
 * is. A policy that it served earlier under the same id (the body must be the
 * same) is taken up again.
 */
enum mtasts_err registry_serve(struct registry *r, struct str name,
    const struct registry_policy *p, int64_t at) MTASTS_MUST_CHECK;

/* registry_unserve - a name serves nothing from then on */
enum mtasts_err registry_unserve(
    struct registry *r, struct str name, int64_t at) MTASTS_MUST_CHECK;

/*
 * registry_remember - add a policy that was served before, as history
 *
 * p->replaced_at is not 0. Nothing happens when it has one with that id.
 */
enum mtasts_err registry_remember(struct registry *r, struct str name,
    const struct registry_policy *p) MTASTS_MUST_CHECK;

/*
 * registry_each_policy - every policy of a name, oldest first
 *
 * Names that are in the registry no more have policies, too.
 */
enum mtasts_err registry_each_policy(struct registry *r, struct str name,
    bool (*fn)(void *arg, const struct registry_policy *p),
    void *arg) MTASTS_MUST_CHECK;

/* registry_find_policy - one of them, copied into the arena; or ENOENT */
enum mtasts_err registry_find_policy(struct registry *r, struct str name,
    struct str id, struct arena *a,
    struct registry_policy *out) MTASTS_MUST_CHECK;

/* registry_each_group_policy - those of a domain and of all its aliases */
enum mtasts_err registry_each_group_policy(struct registry *r, struct str name,
    bool (*fn)(void *arg, const struct registry_policy *p),
    void *arg) MTASTS_MUST_CHECK;

/*
 * registry_each_history - every name in order, with every policy of it
 *
 * policy is null for a name that never served any; a name with several is
 * told several times in a row. After the names come the former ones, that have
 * policies only: of their row only the name is set, added_at being 0.
 */
enum mtasts_err registry_each_history(struct registry *r,
    bool (*fn)(void *arg, const struct registry_row *row,
	const struct registry_policy *policy),
    void *arg) MTASTS_MUST_CHECK;

/* Until when senders may hold what a name served. */
struct registry_ran_out {
	int64_t all_at; /* any policy; 0: none was ever replaced */
	int64_t enforce_at; /* one of mode enforce; 0: none */
};

/*
 * registry_ran_out - when the replaced policies of a name run out
 *
 * RFC 8461 section 8.3: the latest of when each was replaced, plus its max_age.
 */
enum mtasts_err registry_ran_out(struct registry *r, struct str name,
    struct registry_ran_out *out) MTASTS_MUST_CHECK;

#endif
