/*
 * zone_format - a list of records in the language of a DNS server or tool
 *
 * Each part of a zone (the customer's and the provider's, when delegated) is
 * loadable alone: a comment says whose it is, an empty line parts the two.
 *
 * bind               lines of a zone file, names absolute; also knot, NSD
 * pdnsutil           commands for a shell on a PowerDNS server
 * nsupdate           a script for nsupdate (RFC 2136); also knsupdate
 * powerdns-json      body of PATCH /api/v1/servers/localhost/zones/ZONE
 * dnscontrol         D_EXTEND() for dnsconfig.js
 * octodns            a YAML file of octoDNS
 * terraform          cloudflare_dns_record, provider version 5
 * terraform-route53  aws_route53_record
 * table              for the web form of a DNS provider: names relative to
 *                    the zone, texts without quotes
 *
 * Where the language can say so, an RRset is replaced, and a CNAME or address
 * that may not stand beside it is deleted first.
 */
#ifndef MTASTS_CORE_ZONE_FORMAT_H
#define MTASTS_CORE_ZONE_FORMAT_H

#include "base/buf.h"
#include "core/zone.h"

enum zone_format {
	ZONE_FORMAT_BIND = 0,
	ZONE_FORMAT_PDNSUTIL,
	ZONE_FORMAT_NSUPDATE,
	ZONE_FORMAT_POWERDNS_JSON,
	ZONE_FORMAT_DNSCONTROL,
	ZONE_FORMAT_OCTODNS,
	ZONE_FORMAT_TERRAFORM,
	ZONE_FORMAT_TERRAFORM_ROUTE53,
	ZONE_FORMAT_TABLE,
	ZONE_FORMATS
};

/* zone_format_name - "bind" and so on, as listed above */
const char *zone_format_name(enum zone_format format);

/* zone_format_find - the format of a name; false when there is none */
bool zone_format_find(struct str name, enum zone_format *format);

/* zone_format - append all parts; errors are the buffer's */
void zone_format(const struct zone *z, enum zone_format format, struct buf *b);

/* zone_format_part - append one part; nothing when the zone has no such part */
void zone_format_part(const struct zone *z, enum zone_format format,
    enum zone_part part, struct buf *b);

#endif
