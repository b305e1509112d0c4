/*
 * settings - what one domain publishes, and the defaults for all
 *
 * A domain's settings hold only what differs from the defaults; merged they
 * give the served policy and the DNS records. Pure values: the registry stores
 * them, the command line writes them as KEY=VALUE words.
 */
#ifndef MTASTS_CORE_SETTINGS_H
#define MTASTS_CORE_SETTINGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "mtasts/policy.h"

enum settings_key {
	SETTINGS_MODE = 0,
	SETTINGS_MX,
	SETTINGS_MAX_AGE,
	SETTINGS_RUA,
	SETTINGS_HOST, /* policy host's name, target of CNAMEs */
	SETTINGS_ADDRESSES, /* or its addresses, for A and AAAA */
	SETTINGS_TTL, /* of the records to publish */
	SETTINGS_DELEGATE, /* provider's name that the records lead to */
	SETTINGS_COUNT
};

/* A list of terminated strings; memory belongs to the settings' arena. */
struct settings_list {
	const char *const *v;
	size_t count;
};

/* Where the mx of a policy come from. */
enum settings_mx {
	SETTINGS_MX_GIVEN = 0, /* the list */
	SETTINGS_MX_AUTO, /* the domain's MX records, followed by rules */
	SETTINGS_MX_CERTIFICATES /* the names in the host's certificates */
};

struct settings {
	unsigned set; /* bit per settings_key: given here */
	enum mtasts_mode mode;
	uint32_t max_age_s;
	uint32_t ttl_s;
	const char *host; /* A-label name, or "" */
	const char *delegate; /* the same; not "": three CNAMEs lead there */
	enum settings_mx mx_from;
	/* Normalised patterns. When they are not GIVEN here: none in what was
	 * set; what was found, for a policy that is made. */
	struct settings_list mx;
	struct settings_list rua; /* URIs */
	struct settings_list addresses; /* IPv4 and IPv6, canonical text */
};

/* settings_key_name - "mode", "mx", "max-age", "rua", "host", "addresses",
 * "ttl", "delegate" */
const char *settings_key_name(enum settings_key key);

/* settings_key_find - the key of a name; false when there is none */
bool settings_key_find(struct str name, enum settings_key *key);

/*
 * settings_key_seek - the key of a name, or a finding with the nearest one
 *
 * As settings_key_find(), for words that people wrote.
 */
bool settings_key_seek(
    struct str name, enum settings_key *key, struct mtasts_diags *diags);

/* settings_builtin - the defaults of the defaults: testing, 604800, TTL 300 */
void settings_builtin(struct settings *out);

/*
 * settings_put - set one key from text, as people write it
 *
 * Lists are separated by commas, blanks or line ends; empty items are
 * dropped. max-age and ttl take "604800", "7d", "1w". Strings are copied into
 * the arena. ESYNTAX with findings when the value is bad; *s is then
 * untouched. The words "auto" and "certificates" for mx set mx_from.
 */
enum mtasts_err settings_put(struct settings *s, struct arena *a,
    enum settings_key key, struct str value,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* settings_mx_name - "auto", "certificates"; "" when it is a list */
const char *settings_mx_name(enum settings_mx from);

/* settings_drop - the key is not given here any more */
void settings_drop(struct settings *s, enum settings_key key);

/* settings_get - append the value of one key as text settings_put() reads */
void settings_get(
    const struct settings *s, enum settings_key key, struct buf *b);

/* settings_merge - what holds: "over" where given, else "under"; all bits set */
void settings_merge(const struct settings *under, const struct settings *over,
    struct settings *out);

/* settings_complete - do merged settings give a policy: none, or with mx? */
bool settings_complete(const struct settings *merged);

/*
 * settings_same_meaning - would senders do the same by a policy as by these?
 *
 * The meaning of a policy is its mode, its max_age and, unless the mode is
 * none, the set of its mx patterns: their order and repetitions, line ends and
 * unknown fields say nothing. Only a change of meaning makes a new id; for all
 * else the bytes that are served stay as they are.
 */
bool settings_same_meaning(
    const struct settings *merged, const struct mtasts_policy *policy);

/*
 * settings_policy - the policy text that merged settings serve
 *
 * CRLF line ends; version, mode, mx (not in mode none), max_age. False when
 * mode needs mx and there is none: nothing is served then, and *b is untouched.
 */
bool settings_policy(const struct settings *merged, struct buf *b);

#endif
