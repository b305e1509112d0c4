/*
 * host_ctl - what mtasts-host is told on its control socket
 *
 * One JSON object on a line asks (io/ctl):
 *
 *   {"do":"challenge","method":M,"type":T,"ident":NAME,"token":T,"auth":A}
 *
 * M is begin, done or failed, as uacme calls its hooks; begin announces what
 * an authority will come to see, the other two take it back. Only for the
 * administrator (ctl_admin()).
 *
 *   {"do":"status"}    {"version","pid","challenges"}
 */
#ifndef MTASTS_SVC_HOST_CTL_H
#define MTASTS_SVC_HOST_CTL_H

#include "base/diag.h"
#include "io/challenge.h"
#include "svc/svc.h"

struct host_ctl;

/*
 * host_ctl_open - listen at host.control
 *
 * *out: yours, host_ctl_close(). Errors of ctl_open(), with findings.
 */
enum mtasts_err host_ctl_open(const struct svc *svc,
    struct challenges *challenges, struct host_ctl **out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* host_ctl_close - release; null is fine */
void host_ctl_close(struct host_ctl *h);

#endif
