/*
 * registry_push - what was written into DNS, so that others' edits are seen
 *
 * Part of the registry; for task/push alone. A value that stands in DNS, is
 * not wanted, and is none of these was written by somebody else. Values are
 * remembered before they are written, so that a crash between cannot make our
 * own ones foreign. No key and no secret is ever among them.
 */
#ifndef MTASTS_STORE_REGISTRY_PUSH_H
#define MTASTS_STORE_REGISTRY_PUSH_H

#include "store/registry_db.h"

/* Values of one name and type that are remembered. */
#define REGISTRY_PUSH_KEEP 64

/* One value that was written, or was going to be. */
struct registry_pushed {
	struct str domain; /* for whom */
	struct str name; /* of the record; A-labels, no final dot */
	struct str type; /* "CNAME", "A", "AAAA" or "TXT" */
	struct str value; /* a name, an address, a text */
	int64_t at; /* when last */
};

/*
 * registry_each_pushed - call fn for all that was written for a domain
 *
 * By name. Spans live during the call; fn returns false to stop, and must not
 * change the registry. ESTORE, ENOMEM, as all here.
 */
enum mtasts_err registry_each_pushed(struct registry *r, struct str domain,
    bool (*fn)(void *arg, const struct registry_pushed *row),
    void *arg) MTASTS_MUST_CHECK;

/* One value that was written at a name, whomever for. */
struct registry_pushed_value {
	struct str type, value; /* as above */
	bool own; /* for the domain in question */
	bool others; /* for others */
};

/* Where values are looked for, and for whom. */
struct registry_pushed_place {
	struct str name; /* of records */
	struct str domain;
};

/*
 * registry_each_pushed_at - call fn once for each value written at a name
 *
 * A provider's record is that of a hundred thousand domains: what it costs
 * goes by the number of values, and not of domains.
 */
enum mtasts_err registry_each_pushed_at(struct registry *r,
    const struct registry_pushed_place *place,
    bool (*fn)(void *arg, const struct registry_pushed_value *value),
    void *arg) MTASTS_MUST_CHECK;

/*
 * registry_push_remember - a value is going to be written; in a transaction
 *
 * Of each name and type the last REGISTRY_PUSH_KEEP of a domain are kept.
 */
enum mtasts_err registry_push_remember(
    struct registry *r, const struct registry_pushed *row) MTASTS_MUST_CHECK;

/* registry_push_forget - what was written for a domain at a name is gone */
enum mtasts_err registry_push_forget(
    struct registry *r, struct str domain, struct str name) MTASTS_MUST_CHECK;

#endif
