/*
 * registry_db - hosted domains, their settings and what they served
 *
 * RFC 8461 sections 3.1, 8.1 and 8.3: the id names one instance of a policy,
 * and a removed policy must be remembered until it ran out everywhere.
 * Returns errors; neither logs nor waits.
 */
#ifndef MTASTS_STORE_REGISTRY_DB_H
#define MTASTS_STORE_REGISTRY_DB_H

#include "core/settings.h"

struct registry;

enum registry_access {
	REGISTRY_READ,
	REGISTRY_WRITE /* creates the file and migrates it when needed */
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

#endif
