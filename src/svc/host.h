/*
 * host - the duty of mtasts-host: /.well-known/mta-sts.txt for all domains
 *
 * RFC 8461 sections 3.2, 3.3 and 7.1, the policy host's side.
 */
#ifndef MTASTS_SVC_HOST_H
#define MTASTS_SVC_HOST_H

#include "svc/svc.h"

extern const struct svc_duty host_duty;

#endif
