/*
 * live - what of a domain decides whether a policy may be enforced
 *
 * A part of an audit: which MX hosts there are now, whether mail reaches each
 * over TLS with a valid certificate, whether the policy host could be senders'
 * choice, and whether what the registry wants is out there. Facts for
 * core/safe and core/rollout; texts live in the audit's arena.
 */
#ifndef MTASTS_CORE_LIVE_H
#define MTASTS_CORE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum live_state {
	LIVE_OPEN = 0, /* it could not be found out */
	LIVE_WORKS,
	LIVE_FAILS
};

/* What is wrong with a host; of LIVE_OPEN: why nothing is known. */
enum live_fault {
	LIVE_FINE = 0,
	LIVE_NO_ADDRESS, /* none, or none that can be reached from outside */
	LIVE_NO_TLS, /* no STARTTLS, or the handshake fails */
	LIVE_EXPIRED, /* the certificate */
	LIVE_BAD_CERT, /* the certificate, in any other way */
	LIVE_UNSEEN, /* no answer that tells */
	LIVE_BLOCKED /* no mail server answers us: port 25 is blocked here */
};

struct live_mx {
	const char *name;
	enum live_state state;
	enum live_fault fault;
	const char *why; /* a sentence without full stop; "" when it works */
};

struct live {
	bool known; /* the MX records were looked up: */
	const char *mx_why; /* else why not, a phrase */
	bool null_mx; /* the domain takes no mail */
	bool mx_same; /* each authoritative server says the same */
	size_t mx_more; /* hosts that were not looked at */
	size_t mx_count;
	const struct live_mx *mx;

	enum live_state host; /* the policy host's certificate */
	const char *host_why; /* a sentence without full stop, or "" */

	/* The registry's id at all authoritative servers, and its text at the
	 * policy host; of a domain that is not registered: open. */
	enum live_state published;
	const char *published_id; /* that was looked for; "" */
	const char *published_why; /* when it does not work: a sentence */
};

/* live_find - a host by its name, or null */
const struct live_mx *live_find(const struct live *l, const char *name);

#endif
