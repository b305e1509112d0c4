/*
 * dnsmsg - a DNS response, from bytes to facts
 *
 * RFC 1035, RFC 2308 section 5 (negative answers), RFC 6698 section 2.1, RFC
 * 8659 section 4.1. The bytes come from whoever answers on the way: everything
 * is checked, nothing is believed but what answers the question asked.
 */
#ifndef MTASTS_CORE_DNSMSG_H
#define MTASTS_CORE_DNSMSG_H

#include "core/dnsfact.h"
#include "mtasts/err.h"

/*
 * dnsmsg_parse - read the answer to one question
 *
 * msg        a whole message as it comes from the network
 * name       what was asked for: A-labels (underscores allowed), no final dot
 * out        on MTASTS_OK: yours, dnsfact_free(); secure is false
 *
 * CNAMEs are followed inside the answer section; a loop, a chain over
 * DNSFACT_CNAMES_MAX, another question than ours, a truncated message (TC)
 * and records that do not parse give DNSFACT_MALFORMED; response codes other
 * than 0 and 3, EDNS's included, give DNSFACT_SERVFAIL with the code's name
 * in why. A chain that ends in nothing is NODATA or NXDOMAIN as the code says.
 *
 * The order of the CNAMEs does not matter; of several at one name the first
 * counts. Records of other owners, classes and types are ignored; a DNAME needs
 * no care, since the CNAME made from it stands beside it. Names are printable
 * ASCII without blanks, in lower case, without final dot; a byte that cannot
 * be written so is escaped as in zone files ("\." or "\009"), which
 * mtasts_dname_parse() refuses like all else that is no host name. TTLs with
 * the top bit set count as 0 (RFC 2181 section 8); without a SOA of a zone that
 * holds the name a negative answer's is 0. DNSKEY records are only counted.
 *
 * Returns MTASTS_OK or ENOMEM.
 */
enum mtasts_err dnsmsg_parse(struct str msg, const char *name,
    enum dnstype type, struct dnsfact **out) MTASTS_MUST_CHECK;

#endif
