/*
 * destkey - the destination that an MTA asks about
 *
 * Postfix hands over the next hop as it is written in its tables: a domain,
 * "[host]", "host:port", "[host]:port", an address literal, or on its way up
 * the parents ".example.org". RFC 8461 section 3.4: behind a smart host the
 * policy domain is the smart host's.
 */
#ifndef MTASTS_CORE_DESTKEY_H
#define MTASTS_CORE_DESTKEY_H

#include "base/str.h"
#include "mtasts/dname.h"

enum destkey_kind {
	DESTKEY_DOMAIN = 0, /* the rest of the struct is filled */
	DESTKEY_PARENT, /* begins with a dot: never a policy domain */
	DESTKEY_ADDRESS, /* an IP address, bare or as a literal */
	DESTKEY_BAD /* no name: *fault says why */
};

#define DESTKEY_PORT 25

/* Longest canonical key: "[" name "]:65535". */
#define DESTKEY_MAX (253 + 9)

struct destkey {
	struct mtasts_dname domain; /* policy domain, A-labels */
	bool brackets; /* no MX lookup: the host itself */
	unsigned port; /* of SMTP, DESTKEY_PORT when none is given */
	/* canonical, terminated: "example.com", "[host]", "host:587" */
	char text[DESTKEY_MAX + 1];
	size_t len;
};

/*
 * destkey_parse - read what an MTA asks for
 *
 * Any bytes. U-labels are converted, case and a final dot removed; names over
 * LIMIT_POLICY_DOMAIN_LEN are BAD. A port is 1 to 65535 or "smtp",
 * "submission", "submissions", "smtps"; 25 is left out of the canonical key.
 * *out holds a destination for DESTKEY_DOMAIN only; fault may be null.
 * Allocates only for U-labels; without memory the key is BAD and *fault
 * MTASTS_DNAME_FINE.
 */
enum destkey_kind destkey_parse(
    struct str key, struct destkey *out, enum mtasts_dname_fault *fault);

#endif
