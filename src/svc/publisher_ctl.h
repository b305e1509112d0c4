/*
 * publisher_ctl - what mtasts-publisher tells and is told on its control socket
 *
 * One JSON object on a line asks (io/ctl):
 *
 *   {"do":"status"}   {"version","pid","started","uptime_s","registry",
 *                      "certificates":{...}}
 *   {"do":"poke"}     the registry was changed: it is looked at now
 */
#ifndef MTASTS_SVC_PUBLISHER_CTL_H
#define MTASTS_SVC_PUBLISHER_CTL_H

#include "io/ctl.h"
#include "svc/publisher_certs.h"
#include "svc/publisher_store.h"

/* What is told from; must stay where it is. */
struct pubctl_facts {
	struct log *log;
	const struct pubstore *store;
	struct pubcerts *certs;
	void (*poke)(void *ctx); /* look at the registry */
	void *ctx;
	int64_t started_at;
	int64_t started_ms;
};

/* pubctl_request - for struct ctl_conf; ctx is the facts */
void pubctl_request(void *ctx, struct ctl_call *call, const struct js *js);

#endif
