/*
 * publisher_ctl - what mtasts-publisher tells and is told on its control socket
 *
 * One JSON object on a line asks (io/ctl):
 *
 *   {"do":"status"}
 *       {"version","pid","started","uptime_s","registry","domains":{...},
 *       "rollouts":{...},"certificates":{...}}
 *   {"do":"poke"}, {"do":"poke","domain":D}
 *       The registry was changed, perhaps for D: it is looked at now.
 *   {"do":"publish","domain":D,"force":B,"follow":B}
 *       Begins now, or joins what is under way. {"step":S} as each begins, then
 *       {"end","step","id","changed","why","fix","next"}; with "follow" on and
 *       on until it is live, or somebody has to do something. Only for the
 *       administrator (ctl_admin()).
 */
#ifndef MTASTS_SVC_PUBLISHER_CTL_H
#define MTASTS_SVC_PUBLISHER_CTL_H

#include "io/ctl.h"
#include "svc/publisher_certs.h"
#include "svc/publisher_jobs.h"
#include "svc/publisher_looks.h"
#include "svc/publisher_store.h"

struct pubctl;

/* What it tells from, and works on. All borrowed. */
struct pubctl_conf {
	const struct svc *svc;
	const struct pubstore *store;
	struct pubcerts *certs;
	struct pubjobs *jobs;
	struct publooks *looks;
	void (*poke)(void *ctx); /* look at the registry */
	void *ctx;
};

/*
 * pubctl_open - listen at publisher.control; "": at none
 *
 * *out: yours, pubctl_close(). Errors of ctl_open(), with findings.
 */
enum mtasts_err pubctl_open(const struct pubctl_conf *conf, struct pubctl **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* pubctl_close - end all calls, release; null is fine */
void pubctl_close(struct pubctl *c);

/* pubctl_step, pubctl_done - for those who wait; as struct pubjobs_ear */
void pubctl_step(struct pubctl *c, const char *domain, enum publish_step step);
void pubctl_done(struct pubctl *c, const struct publish_result *result);

#endif
