/*
 * resolver_ctl - what mtasts-resolver tells on its control socket
 *
 * One JSON object asks, lines of JSON answer (io/ctl):
 *
 *   {"do":"query","key":K,"renew":false}  all that is known and decided
 *   {"do":"refresh","domain":D}           the same, with everything asked anew
 *   {"do":"reply","map":M,"key":K}        {"reply":"OK secure ..."}
 *   {"do":"list"}                         a line for each cached policy
 *   {"do":"show","domain":D}              that line with "first" and "text"
 *   {"do":"purge","domain":D}, {"do":"purge","all":true}    {"purged":N}
 *   {"do":"status"}                       the daemon itself
 *
 * To purge, refresh or renew takes an administrator (ctl_admin()).
 */
#ifndef MTASTS_SVC_RESOLVER_CTL_H
#define MTASTS_SVC_RESOLVER_CTL_H

#include "io/ctl.h"
#include "svc/resolver_conn.h"

/* What the answers are made of; all borrowed. */
struct resolver_facts {
	struct resolve *resolve;
	struct policies *policies;
	const struct conns *conns;
	const struct listen_set *sockets;
	struct log *log;
	int64_t started_at; /* seconds of 1970 */
	int64_t started_ms; /* of the clock that never jumps */
};

/* resolver_request - answer one call; what ctl_conf.request wants */
void resolver_request(void *ctx, struct ctl_call *call, const struct js *js);

#endif
