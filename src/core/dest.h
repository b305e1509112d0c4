/*
 * dest - what is remembered of one destination while it is in use
 *
 * The facts that verdicts are made of: the last TXT answer, the cached policy,
 * the MX hosts and what DANE says of each, and when each is to be asked again.
 * core/decide alone changes it. Pure: time comes as a parameter. The cached
 * policy outlives it (store/policy_db); all else is forgotten at the end.
 */
#ifndef MTASTS_CORE_DEST_H
#define MTASTS_CORE_DEST_H

#include "base/json.h"
#include "core/cached.h"
#include "core/dane.h"
#include "core/destkey.h"

#define DEST_MX_MAX 100 /* MX hosts looked at; more are not counted */

/* The last TXT answer. */
enum dest_txt_state {
	DEST_TXT_UNKNOWN = 0, /* never asked */
	DEST_TXT_NONE, /* no record, or no valid one: no policy */
	DEST_TXT_VALID,
	DEST_TXT_FAILED /* the lookup failed */
};

struct dest_txt {
	enum dest_txt_state state;
	char id[33];
	int64_t asked_at;
	int64_t until_at; /* ask again on use after this */
	char why[200]; /* what was wrong with it, or "" */
};

/* The last fetch that failed: back-off counts per id (FET-7). */
struct dest_failure {
	enum fetchfact_end end; /* FETCHFACT_OK: none */
	char id[33]; /* the TXT id at that time */
	int64_t at;
	int64_t until_at; /* no fetch for this id before */
	char why[200];
	/* Name servers may disagree: the other id that failed last. */
	char other_id[33];
	int64_t other_until_at;
};

struct dest_mx {
	char *name; /* A-labels, lower case, terminated */
	uint16_t preference;
	bool current; /* in the last answer */
	int64_t seen_at; /* in an answer last */
	/* What DANE says; the machine itself lives in the run only. */
	enum dane_class dane;
	unsigned usable, unusable; /* TLSA records */
	char *base; /* TLSA base domain that counted; null: none */
	char *why; /* for ERROR and UNUSABLE; null: nothing to say */
	int64_t dane_until_at; /* holds until; 0: to be found out */
};

enum dest_mx_state {
	DEST_MX_UNKNOWN = 0,
	DEST_MX_FOUND, /* records, or the domain itself without any */
	DEST_MX_NULL, /* RFC 7505: takes no mail */
	DEST_MX_FAILED
};

struct dest {
	struct destkey key;
	struct dest_txt txt;
	struct dest_failure failure;
	struct cached *policy; /* fresh or not; null: none. Owned by dest
				* unless policy_borrowed */
	struct mtasts_policy *parsed; /* of policy; made on first use */
	bool policy_borrowed;
	bool once; /* max_age under a minute: applies for one, never stored */
	int64_t fetched_at; /* last fetch of any outcome: one a minute */

	enum dest_mx_state mx_state;
	bool mx_secure;
	int64_t mx_until_at; /* the answer holds until */
	uint32_t mx_ttl_s;
	char mx_why[200];
	size_t mx_count; /* at most DEST_MX_MAX */
	/* Those of the last answer first; then by preference, then name. */
	struct dest_mx *mx;
	/* Of the last answer: no host names, or more than DEST_MX_MAX. */
	unsigned mx_left_out;
	int64_t dane_seen_at; /* a DANE verdict was last given; 0: never */
	bool mixed_noted; /* DECIDE_MIXED_UNCHECKED was said */
	uint32_t generation; /* differs after every change */
};

/*
 * dest_new - a destination of which nothing is known yet
 *
 * Yours: dest_free(). Null when memory is short.
 */
struct dest *dest_new(const struct destkey *key);

/* dest_free - release; null is fine */
void dest_free(struct dest *d);

/* dest_free_mx - release a list of MX hosts and all that is in it */
void dest_free_mx(struct dest_mx *mx, size_t count);

/*
 * dest_set_policy - this is its cached policy now
 *
 * borrowed: the block stays the caller's and outlives the destination or the
 * next dest_set_policy(); else the destination owns it. Null: there is none.
 * With the block that it has already only the owner changes, and what was
 * made of it stays: so a store takes a block over.
 */
void dest_set_policy(struct dest *d, struct cached *policy, bool borrowed);

/* dest_size - bytes it takes, about: to bound how many are kept */
size_t dest_size(const struct dest *d);

/*
 * dest_explain - all that is known, as members of an open JSON object
 *
 * Contract of "mtasts query --json" and docs/query.schema.json:
 * "domain", "key", "txt": {"state","id","asked","until","why"},
 * "policy": null or {"id","mode","max_age","mx":[],"first","fetched","used",
 * "until","next","fresh","failures","error","text"},
 * "failure": null or {"cause","result_type","at","until","why"},
 * "mx": {"state","secure","until","why","hosts":[{"name","preference",
 * "current","fits","dane","tlsa_base","usable","unusable","why","until"}]}.
 * Times are RFC 3339. "fits": does the name fit the cached policy?; null
 * without one.
 */
void dest_explain(const struct dest *d, int64_t now_at, struct js_writer *w);

#endif
