/*
 * overview - how each registered name is, in one line
 *
 * For lists: what the registry says, how far publishing is, what is known of
 * certificates and of roll-outs, joined by a few statements whatever their
 * number. Asks nobody and nothing but the registry: what is told here was seen
 * when it was looked at last.
 */
#ifndef MTASTS_TASK_OVERVIEW_H
#define MTASTS_TASK_OVERVIEW_H

#include "store/registry_db_certs.h"
#include "store/registry_publish.h"
#include "store/registry_rollout.h"
#include "task/domain.h"

/* How a policy stands to what strangers see. */
enum overview_policy {
	OVERVIEW_NONE = 0, /* nothing is served */
	OVERVIEW_NEW, /* it was never seen to be live */
	OVERVIEW_WAITS, /* an earlier one is live, this one is not yet */
	OVERVIEW_LIVE,
	OVERVIEW_POLICIES
};

/* overview_policy_name - "none", "new", "waits", "live" */
const char *overview_policy_name(enum overview_policy policy);

/* One name; all borrowed for the call. */
struct overview {
	const struct registry_row *row;
	enum domain_state state;
	enum overview_policy policy;
	struct registry_published published; /* texts may be at null */
	struct registry_cert cert; /* the same */
	const char *dns; /* "in step", "by hand", "lags", "foreign" ..., "?" */
	int64_t cert_until_at; /* by the fetch, else by the order; 0: unknown */
	const char *mx; /* by the roll-out's last look: "ok", "fail", "?"; "" */
	const char *rollout; /* "testing", "enforce-day alarm" ...; "" */
	/* Somebody has to do something: a sentence and a repair; else "". */
	const char *why, *fix;
};

/* Which are told. */
struct overview_filter {
	struct str part; /* of the name, or of its target; empty: all */
	bool problems; /* those that need somebody */
	const char *mode; /* "testing", ...: served now; null: all */
	const char *state; /* a word of overview_is(); null: all */
};

/*
 * overview_is - is a name in this state?
 *
 * A word of domain_state_name(), publish_end_name(), overview_policy_name() or
 * of "dns", blanks written as "-".
 */
bool overview_is(const struct overview *o, const char *state);

/* overview_is_state - is it a word of overview_is()? */
bool overview_is_state(const char *state);

/* overview_states - all words of overview_is(), with ", " between them */
const char *overview_states(void);

/*
 * overview_list - call fn for every name that the filter lets through
 *
 * In order; fn returns false to stop. ESTORE, ENOMEM as domain_list().
 */
enum mtasts_err overview_list(const struct domain_job *job,
    const struct overview_filter *filter,
    bool (*fn)(void *arg, const struct overview *o),
    void *arg) MTASTS_MUST_CHECK;

/* overview_of - that of one name, of a view; in the job's arena */
enum mtasts_err overview_of(const struct domain_job *job,
    const struct domain_view *view, struct overview *out) MTASTS_MUST_CHECK;

#endif
