/*
 * judge_host_int - what the files of judge_host share
 *
 * Not for other rooms.
 */
#ifndef MTASTS_CORE_JUDGE_HOST_INT_H
#define MTASTS_CORE_JUDGE_HOST_INT_H

#include "core/judge_int.h"

/* Indices of judge_host_rules, behind those of enum judge_cert. */
enum host_rule {
	HOST_NO_ADDRESS = JUDGE_CERTS,
	HOST_BOGUS,
	HOST_HALF,
	HOST_PRIVATE,
	HOST_SOME_PRIVATE,
	HOST_DEAD,
	HOST_ADDRESS_DEAD,
	HOST_ADDRESS_WEAK,
	HOST_ADDRESS_UNSEEN,
	HOST_TLS,
	HOST_NO_SNI,
	HOST_STATUS,
	HOST_HTTP,
	HOST_REDIRECT,
	HOST_TYPE,
	HOST_TOO_LARGE,
	HOST_LATE,
	HOST_SLOW,
	HOST_ENCODING,
	HOST_CUT,
	HOST_PLAIN,
	HOST_CACHED_LONG,
	HOST_CACHED,
	HOST_DIFFERS,
	HOST_NO_STAPLE,
	HOST_BAD_STAPLE,
	HOST_RULES
};

/* One address of the policy host being judged. */
struct host_part {
	const struct seen *s;
	struct audit *a;
	const char *who;
};

/* judge_host_tls - P04 to P06, P16: what one address showed */
void judge_host_tls(const struct host_part *p, const struct tlsfact *tls);

/* judge_host_beside - P07, P14, P15: what was seen beside it */
void judge_host_beside(const struct seen *s, struct audit *a);

#endif
