/*
 * publisher - the duty of mtasts-publisher
 *
 * Keeps what registered domains publish in step: name, certificate, policy and
 * record. Writes the registry, the certificates and DNS; asks DNS, policy hosts
 * and the certification authority.
 */
#ifndef MTASTS_SVC_PUBLISHER_H
#define MTASTS_SVC_PUBLISHER_H

#include "svc/svc.h"

extern const struct svc_duty publisher_duty;

#endif
