/*
 * zone_name - the names around a domain that MTA-STS and TLS-RPT use
 *
 * RFC 8461 sections 3.1 and 3.3, RFC 8460 section 3. Pure.
 */
#ifndef MTASTS_CORE_ZONE_NAME_H
#define MTASTS_CORE_ZONE_NAME_H

#include "base/arena.h"
#include "base/diag.h"
#include "mtasts/dname.h"

#define ZONE_NAME_HOST	 "mta-sts."
#define ZONE_NAME_STS	 "_mta-sts."
#define ZONE_NAME_TLSRPT "_smtp._tls."

/* Longest HOST to delegate to: 32 digits and "._mta-sts." still go before. */
#define ZONE_NAME_DELEGATE_LEN 211

/*
 * zone_name_check - may this domain be published at all?
 *
 * RFC 8461 section 3.1: "_mta-sts." and the name must be a domain name. False
 * with a finding when it is too long; true with a warning when only the longer
 * "_smtp._tls." does not fit any more. diags may be null.
 */
bool zone_name_check(
    const struct mtasts_dname *domain, struct mtasts_diags *diags);

/* zone_name_tlsrpt_fits - is "_smtp._tls." and the domain a domain name? */
bool zone_name_tlsrpt_fits(const struct mtasts_dname *domain);

/*
 * zone_name_delegate - the provider's name for a domain: "D._mta-sts.HOST"
 *
 * When that is over 253 bytes D becomes the 32 hexadecimal digits of its
 * SipHash-2-4-128 under the key of the bytes 0 to 15; anyone can work it out:
 *
 *   printf %s D | openssl mac -macopt size:16 \
 *       -macopt hexkey:000102030405060708090a0b0c0d0e0f -in /dev/stdin SIPHASH
 *
 * host is at most ZONE_NAME_DELEGATE_LEN bytes long. Null: no memory.
 */
const char *zone_name_delegate(struct arena *a,
    const struct mtasts_dname *domain, const struct mtasts_dname *host);

/*
 * zone_name_registrable - the part of a name just below its public suffix
 *
 * The best guess of the zone that a name is in. A span of *name; the whole
 * when there is nothing above it but a suffix.
 */
struct str zone_name_registrable(const struct mtasts_dname *name);

/* zone_name_below - is the name the zone itself or anywhere below it? */
bool zone_name_below(struct str name, struct str zone);

/*
 * zone_name_relative - the labels of a name before those of its zone
 *
 * "@" for the zone itself. The name must be in the zone.
 */
struct str zone_name_relative(struct str name, struct str zone);

/* zone_name_rules - every finding of this room, a null at the end */
extern const struct diag_rule *const zone_name_rules[];

#endif
