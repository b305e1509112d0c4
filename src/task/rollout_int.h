/*
 * rollout_int - what the files of task/rollout share, for them alone
 */
#ifndef MTASTS_TASK_ROLLOUT_INT_H
#define MTASTS_TASK_ROLLOUT_INT_H

#include "store/registry_rollout.h"
#include "task/domain_step.h"
#include "task/rollout.h"

/* A change of one roll-out: a transaction is open. */
struct rollout_job {
	struct domain_step s;
	struct rollout_result *out;
	struct registry_row row;
	struct settings own, merged;
	struct registry_rollout rollout;
	bool there; /* it was there before */
};

/* A look being judged. */
struct rollout_look {
	struct rollout_job j;
	const struct rollout_evidence *evidence;
	struct safe_looks looks; /* of the evidence, those of its names */
	struct rollout_seen seen;
	const struct audit *audit; /* of the domain itself, or null */
	enum live_state published; /* what the stage serves */
	bool broken; /* what is out there fails a check */
	struct mtasts_diags *found; /* what speaks against it */
};

/* rollout_see - l->seen and what goes with it, of the evidence */
enum mtasts_err rollout_see(struct rollout_look *l) MTASTS_MUST_CHECK;

/* rollout_refuse - add a finding; returns err */
enum mtasts_err rollout_refuse(struct domain_step *s, enum mtasts_err err,
    enum rollout_rule rule, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* rollout_find - the domain, its settings, and its roll-out if it has one */
enum mtasts_err rollout_find(
    struct rollout_job *j, struct str name) MTASTS_MUST_CHECK;

/* rollout_find_one - the same; ENOENT with a finding when it has none */
enum mtasts_err rollout_find_one(
    struct rollout_job *j, struct str name) MTASTS_MUST_CHECK;

/* rollout_serve - the domain serves what its stage says, under a new id */
enum mtasts_err rollout_serve(struct rollout_job *j) MTASTS_MUST_CHECK;

/* rollout_keep - into the registry; what: an event, or null */
enum mtasts_err rollout_keep(struct rollout_job *j, const char *what,
    const char *text) MTASTS_MUST_CHECK;

/* rollout_tell - fill in the result */
enum mtasts_err rollout_tell(struct rollout_job *j) MTASTS_MUST_CHECK;

#endif
