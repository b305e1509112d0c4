/*
 * domain_mx - mx=auto and mx=certificates: the list that a policy is made of
 *
 * RFC 8461 sections 3.2 and 8.1. What was seen is put beside what is remembered
 * by core/mxauto; when the list has become another one the domain and its
 * aliases serve it, under a new id. Part of task/domain: one transaction.
 */
#ifndef MTASTS_TASK_DOMAIN_MX_H
#define MTASTS_TASK_DOMAIN_MX_H

#include "core/mxauto.h"
#include "task/domain.h"

/* What a look at the MX of a name led to. Strings live in the job's arena. */
struct domain_mx_result {
	const char *name;
	enum settings_mx from;
	struct mxauto_done done;
	bool kept; /* the list changed, the policy could not: see findings */
	const char *trouble; /* why nothing changes now; "" */
	int64_t trouble_at; /* since when */
	struct domain_names list; /* the mx that were found */
	struct domain_result change; /* of the policy */
};

/*
 * domain_refresh_mx - follow the MX records of a domain, or of an alias
 *
 * seen  of mxauto_see() with mx=auto, of domain_mx_certificates() else
 *
 * What was refused, and why, are findings. EINVAL with a finding when its mx
 * are given by hand; ENOENT, ELIMIT, ESTORE, ENOMEM.
 */
enum mtasts_err domain_refresh_mx(const struct domain_job *job, struct str name,
    const struct mxauto_seen *seen,
    struct domain_mx_result *out) MTASTS_MUST_CHECK;

/* domain_mx_from - where the mx of a name come from; ENOENT with a finding */
enum mtasts_err domain_mx_from(const struct domain_job *job, struct str name,
    enum settings_mx *out) MTASTS_MUST_CHECK;

/*
 * domain_mx_certificates - the names in the host's certificates, as seen
 *
 * folders  of the configuration, host.certificates; what cannot be read there
 *          is passed over: the host does not serve it either
 *
 * Reads files. *out: yours, mxauto_seen_free(). ENOMEM.
 */
enum mtasts_err domain_mx_certificates(const char *const *folders, size_t count,
    int64_t now_at, struct mxauto_seen **out) MTASTS_MUST_CHECK;

/* Whose MX are to be looked at, and when. */
struct domain_mx_due {
	char name[256]; /* "" when no name follows its MX */
	int64_t at; /* in the past: it is due */
};

/*
 * domain_mx_each_due - call fn for the names whose turn is first, in order
 *
 * For who looks at many side by side; fn returns false to stop. ESTORE, ENOMEM.
 */
enum mtasts_err domain_mx_each_due(struct registry *r,
    bool (*fn)(void *ctx, const struct domain_mx_due *due),
    void *ctx) MTASTS_MUST_CHECK;

/* domain_mx_next - the name whose turn is first; for a daemon */
enum mtasts_err domain_mx_next(
    struct registry *r, struct domain_mx_due *out) MTASTS_MUST_CHECK;

#endif
