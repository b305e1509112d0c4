/*
 * looker - looking at domains before something is decided about them
 *
 * For commands that change the registry: what check does, with the MX records
 * asked at every name server, and the results kept.
 */
#ifndef MTASTS_CLI_LOOKER_H
#define MTASTS_CLI_LOOKER_H

#include "cli/checker.h"
#include "cli/registry_cli.h"
#include "core/mxauto.h"

/* Rows of the option table of commands that look. */
#define LOOKER_OPTIONS                                                \
	NET_OPTIONS, { "http-port", "N", "port of plain HTTP (80)" }, \
	{                                                             \
		"dns-port", "N", "port of authoritative servers (53)" \
	}

struct looker;

/*
 * looker_open - everything that looking needs; *out yours, looker_close()
 *
 * The configuration must be loaded already when the registry is open: rights
 * are given up there. CMD_FINE, or a status after a message.
 */
enum cmd_status looker_open(
    struct cmd_env *env, const struct cmd_args *args, struct looker **out);

/* looker_close - release, with all that was seen; null is fine */
void looker_close(struct looker *l);

/*
 * looker_look - look at these domains, side by side
 *
 * *out is borrowed from the looker, until the next look. A domain for which
 * memory was short is not in it. CMD_UNKNOWN after a message when it was
 * interrupted.
 */
enum cmd_status looker_look(struct looker *l, const char *const *names,
    size_t count, struct safe_looks *out);

/* looker_mx - what mxauto needs of the last look at a name; borrowed */
const struct mxauto_seen *looker_mx(const struct looker *l, const char *name);

/* A job of task/domain that may need a look first. */
struct looker_job {
	enum mtasts_err (*run)(const struct domain_job *job, void *ctx,
	    struct domain_result *result);
	void *ctx;
};

/*
 * looker_run - run a job; look first at what it wants to know
 *
 * With --force nobody is looked at. *err is how the job ended, when CMD_FINE
 * is returned; else it was not run, and why was told.
 */
enum cmd_status looker_run(struct registry_cli *c, const struct cmd_args *args,
    const struct looker_job *job, struct domain_result *result,
    enum mtasts_err *err);

#endif
