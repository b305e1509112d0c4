/*
 * limits - the bounds of the standards and ours, with units, in one place
 */
#ifndef MTASTS_CORE_LIMITS_H
#define MTASTS_CORE_LIMITS_H

/* RFC 1035 section 2.3.4, text form without the final dot, bytes */
#define LIMIT_DNAME_LEN 253
#define LIMIT_LABEL_LEN 63

/* "_mta-sts." + name must still fit in LIMIT_DNAME_LEN */
#define LIMIT_POLICY_DOMAIN_LEN 244

/* RFC 8461 section 3.1 and 3.2 */
#define LIMIT_ID_LEN	  32 /* characters of a policy id */
#define LIMIT_EXT_NAME	  32 /* characters of an extension's name */
#define LIMIT_MAX_AGE_S	  31557600 /* seconds: one year */
#define LIMIT_MAX_AGE_LEN 10 /* digits */

/* RFC 8461 section 3.3: suggested cap of a policy body, bytes */
#define LIMIT_POLICY_LEN 65536

/* Ours: mx patterns kept of one policy */
#define LIMIT_MX_COUNT 1000

/* Ours: a TXT record's joined text, bytes (64 KiB is DNS's own bound) */
#define LIMIT_TXT_LEN 65535

/* Ours: TXT records looked at in one answer */
#define LIMIT_TXT_COUNT 1000

/* Ours: report addresses of one TLSRPT record */
#define LIMIT_RUA_COUNT 100

#endif
