/*
 * rule - what the administrator wants for one destination
 *
 * "*" is the default, ".suffix" all names below it, a name only itself; the
 * longest wins. A rule that has run out is as if it were not there.
 */
#ifndef MTASTS_CORE_RULE_H
#define MTASTS_CORE_RULE_H

#include "base/str.h"
#include "mtasts/err.h"

enum rule_sts {
	RULE_OPTIONAL = 0, /* as the standards say */
	RULE_REQUIRE, /* a policy or complete DANE, else TEMP */
	RULE_DISABLE /* no MTA-STS; DANE stays */
};

struct rule {
	const char *name; /* "*", ".suffix" or a name: normalised */
	enum rule_sts sts;
	const char *reply; /* answered as it is, or "" */
	const char *reason; /* the administrator's note, or "" */
	int64_t until_at; /* last second it holds; 0: for ever */
};

/* Warn so long before a rule runs out. */
#define RULE_WARN_S (7 * 86400)

struct rule_set;

/*
 * rule_set_new - rules to look up in; copied
 *
 * Names must be normalised: A-labels, lower case. Yours: rule_set_free().
 * EEXIST when a name is there twice; ENOMEM.
 */
enum mtasts_err rule_set_new(const struct rule *rules, size_t count,
    const uint64_t seed[2], struct rule_set **out) MTASTS_MUST_CHECK;

/* rule_set_free - release; null is fine */
void rule_set_free(struct rule_set *set);

/*
 * rule_find - the rule for a policy domain at this time, or null
 *
 * Borrowed from the set. A null set has none.
 */
const struct rule *rule_find(
    const struct rule_set *set, struct str domain, int64_t now_at);

/*
 * rule_check_reply - is this a reply that Postfix can parse?
 *
 * For the configuration: "secure match=..." and the like; a known level
 * first, known attribute names, no control bytes, braces paired. Null when it
 * is fine, else a phrase that says what is wrong.
 */
const char *rule_check_reply(struct str reply);

/* rule_sts_name - "optional", "require", "disable" */
const char *rule_sts_name(enum rule_sts sts);

#endif
