/*
 * registry_rollout - how far each roll-out is, and what mx=auto has seen
 *
 * Part of the registry; for task/rollout and task/domain_mx alone. All changes
 * are made in a transaction that writes, so that a step and what is known of
 * it are kept together or not at all. ESTORE, ENOMEM, as everywhere here.
 */
#ifndef MTASTS_STORE_REGISTRY_ROLLOUT_H
#define MTASTS_STORE_REGISTRY_ROLLOUT_H

#include "core/mxauto.h"
#include "core/rollout.h"
#include "store/registry_db.h"

#define REGISTRY_ROLLOUT_EVENTS 100 /* that are kept of one domain */

/* The roll-out of one domain. */
struct registry_rollout {
	struct str domain;
	struct rollout_state state;
	struct rollout_plan plan;
	enum rollout_reason reason; /* why it waits, by the last look */
	struct str why; /* the first finding of it, a sentence; or empty */
	struct str published_id; /* that state.published_at is about */
	int64_t next_at; /* look then; 0: as soon as somebody can */
};

/* registry_find_rollout - copied into the arena; ENOENT when there is none */
enum mtasts_err registry_find_rollout(struct registry *r, struct str domain,
    struct arena *a, struct registry_rollout *out) MTASTS_MUST_CHECK;

/* registry_put_rollout - begin it, or replace what is known */
enum mtasts_err registry_put_rollout(
    struct registry *r, const struct registry_rollout *row) MTASTS_MUST_CHECK;

/*
 * registry_forget_rollout - the domain has none any more, and no MX are known
 *
 * When a domain goes away: what comes back under its name begins afresh.
 */
enum mtasts_err registry_forget_rollout(
    struct registry *r, struct str domain) MTASTS_MUST_CHECK;

/*
 * registry_each_rollout - call fn for every one of a registered domain
 *
 * In order of names; aliases and domains that are being removed have none.
 * Spans live during the call; fn returns false to stop.
 */
enum mtasts_err registry_each_rollout(struct registry *r,
    bool (*fn)(void *arg, const struct registry_rollout *row),
    void *arg) MTASTS_MUST_CHECK;

/*
 * registry_each_due_rollout - the same for those whose look comes first
 *
 * By next_at, at most count of them. What was never live is not: its time does
 * not run, and a look would tell what everybody knows.
 */
enum mtasts_err registry_each_due_rollout(struct registry *r, size_t count,
    bool (*fn)(void *arg, const struct registry_rollout *row),
    void *arg) MTASTS_MUST_CHECK;

/* Something that happened in a roll-out. */
struct registry_rollout_event {
	int64_t at;
	struct str what; /* "start", "step", "back", "alarm", ... */
	enum rollout_stage stage; /* after it */
	struct str text; /* a sentence, or empty */
};

/* registry_add_rollout_event - the oldest beyond the bound are forgotten */
enum mtasts_err registry_add_rollout_event(struct registry *r,
    struct str domain,
    const struct registry_rollout_event *event) MTASTS_MUST_CHECK;

/* registry_each_rollout_event - of a domain, oldest first */
enum mtasts_err registry_each_rollout_event(struct registry *r,
    struct str domain,
    bool (*fn)(void *arg, const struct registry_rollout_event *event),
    void *arg) MTASTS_MUST_CHECK;

/* registry_mx_state - what was seen of the MX of a name; empty when nothing */
enum mtasts_err registry_mx_state(struct registry *r, struct str name,
    struct mxauto_state *out) MTASTS_MUST_CHECK;

/* registry_put_mx_state - replace it; next_at: when to look again */
enum mtasts_err registry_put_mx_state(struct registry *r, struct str name,
    const struct mxauto_state *state, int64_t next_at) MTASTS_MUST_CHECK;

/*
 * registry_each_mx - the mx that were found for a domain and its aliases
 *
 * Each once, in order of names.
 */
enum mtasts_err registry_each_mx(struct registry *r, struct str domain,
    bool (*fn)(void *arg, struct str mx), void *arg) MTASTS_MUST_CHECK;

/* A name whose MX are followed, beside its domain's settings. */
struct registry_mx_due {
	struct str name;
	struct str target; /* of an alias, else empty */
	int64_t next_at; /* 0: never looked at */
};

/*
 * registry_each_mx_due - names with mx=auto or mx=certificates, the first due
 * first
 *
 * fallback: what the defaults say about mx, as their text; null for nothing.
 */
enum mtasts_err registry_each_mx_due(struct registry *r, struct str fallback,
    bool (*fn)(void *arg, const struct registry_mx_due *row),
    void *arg) MTASTS_MUST_CHECK;

#endif
