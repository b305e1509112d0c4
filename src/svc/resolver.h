/*
 * resolver - mtasts-resolver's duty: answering MTAs on local sockets
 *
 * Puts listeners, DNS, HTTPS, the cached policies and task/resolve together,
 * and lets them follow the configuration. It reads and writes one file, the
 * cached policies.
 */
#ifndef MTASTS_SVC_RESOLVER_H
#define MTASTS_SVC_RESOLVER_H

#include "svc/svc.h"

extern const struct svc_duty resolver_duty;

#endif
