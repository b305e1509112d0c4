/*
 * records - what a registered domain has to publish in DNS
 *
 * From the registry to what core/zone makes records of. Reads only.
 */
#ifndef MTASTS_TASK_RECORDS_H
#define MTASTS_TASK_RECORDS_H

#include "core/zone.h"

struct registry;

struct records {
	struct arena *arena;
	struct settings defaults; /* complete */
	struct settings own; /* of the domain, or of an alias's target */
	struct mtasts_dname domain;
	struct mtasts_dname target; /* of an alias; its len is 0 otherwise */
	struct mtasts_dname delegate; /* by the settings; len 0: none */
	struct str id; /* of the policy served now */
};

/*
 * records_read - look a domain up in the registry
 *
 * url  of the registry; see registry_open()
 * out  on success yours: records_free()
 *
 * Returns MTASTS_OK; ENOENT when the domain, or the registry, is not there, or
 * when the domain has no policy to serve; EINVAL for a bad URL; ESTORE when
 * the registry cannot be read; ENOMEM. Findings say what to do, but for
 * ENOMEM. diags may be null.
 */
enum mtasts_err records_read(const char *url, const struct mtasts_dname *domain,
    struct records **out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * records_read_in - the same from an open registry, outside of transactions
 *
 * Findings as above; those of ESTORE by registry_explain().
 */
enum mtasts_err records_read_in(struct registry *db,
    const struct mtasts_dname *domain, struct records **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* records_free - release; null is fine */
void records_free(struct records *r);

/* records_source - fill in what zone_plan() needs; all of it points into r */
void records_source(const struct records *r, struct zone_source *src);

#endif
