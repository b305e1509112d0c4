/*
 * uacme - what the program uacme says when it fails
 *
 * It writes lines for people, and prints problem documents of the authority
 * (RFC 8555 section 6.7) as they came. Of all that one sentence is told.
 */
#ifndef MTASTS_CORE_UACME_H
#define MTASTS_CORE_UACME_H

#include "base/str.h"

/* What it is about, as far as it matters what is done next. */
enum uacme_cause {
	UACME_OTHER = 0,
	UACME_LIMITED, /* too many orders: rateLimited, status 429 */
	UACME_NO_ACCOUNT, /* the authority does not know ours */
	UACME_HAS_ACCOUNT, /* it does: one was made before */
	UACME_NONCE, /* its nonces ran out while we worked: at once again */
	UACME_UNREACHABLE, /* no connection, or no answer that makes sense */
	UACME_UNTRUSTED, /* its own certificate is none that we trust */
	UACME_DECLINED /* no challenge could be answered here */
};

struct uacme_said {
	enum uacme_cause cause;
	struct str why; /* a span of what it said; empty: nothing */
};

/* uacme_read - find out what its standard error tells; any bytes */
void uacme_read(struct str text, struct uacme_said *out);

#endif
