/*
 * zone_code - records for the tools that keep DNS as code
 *
 * dnscontrol, octoDNS, Terraform. Called through zone_format().
 */
#ifndef MTASTS_CORE_ZONE_CODE_H
#define MTASTS_CORE_ZONE_CODE_H

#include "core/zone_walk.h"

/* zone_code_dnscontrol - D_EXTEND() finds the D() that holds the names */
void zone_code_dnscontrol(const struct zone_walk *w);

/* zone_code_octodns - names and keys in order, as octoDNS demands */
void zone_code_octodns(const struct zone_walk *w);

/* zone_code_cloudflare - Terraform: a resource per record, texts in quotes */
void zone_code_cloudflare(const struct zone_walk *w);

/* zone_code_route53 - Terraform: a resource per RRset, no outer quotes */
void zone_code_route53(const struct zone_walk *w);

#endif
