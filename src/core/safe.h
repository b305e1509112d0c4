/*
 * safe - may a policy be enforced, by what was seen of the domain?
 *
 * RFC 8461 sections 5 and 8.4: senders refuse to deliver to a host that fits no
 * mx, or that fails STARTTLS or its certificate check, once they know a policy
 * in mode enforce. Each reason against it is a finding with its repair. What
 * could not be found out is a reason, too, of its own kind. Pure.
 */
#ifndef MTASTS_CORE_SAFE_H
#define MTASTS_CORE_SAFE_H

#include "core/audit.h"
#include "core/settings.h"

/* In the order in which they weigh: the last holds. */
enum safe_verdict {
	SAFE_YES = 0,
	SAFE_UNKNOWN, /* nothing speaks against it, but not all was seen */
	SAFE_NO
};

/* What is wanted. */
struct safe_want {
	const char *domain; /* whose policy host it is */
	struct settings_list mx; /* of the policy to come */
	/* Of the policy that is enforced now; empty: none is. Then only what
	 * is dropped is looked for, and a failing host changes nothing. */
	struct settings_list dropped;
	/* It joins a policy that is enforced already, as an alias: of its own
	 * policy host nothing depends. */
	bool joins;
	/* Only mail servers count; somebody else looks at the policy host. No
	 * mail then is nothing bad, but nothing to go on with either. */
	bool mail_only;
};

/* What was seen: one audit of the domain, and of each of its aliases. */
struct safe_looks {
	const struct audit *const *v;
	size_t count;
};

/* safe_find - the audit of a domain, or null */
const struct audit *safe_find(
    const struct safe_looks *looks, const char *domain);

/*
 * safe_enforce - may senders enforce this policy from now on?
 *
 * looks  those of the domain and of all its aliases: each one's MX hosts count
 * diags  every reason is a finding; may be null
 */
enum safe_verdict safe_enforce(const struct safe_want *want,
    const struct safe_looks *looks, struct mtasts_diags *diags);

/*
 * safe_drop - may these mx go from a policy that is enforced?
 *
 * Not when a live MX host fits one of them and none that stays.
 */
enum safe_verdict safe_drop(const struct safe_want *want,
    const struct safe_looks *looks, struct mtasts_diags *diags);

/*
 * safe_plain - is there a fault that nobody between us and them can make up?
 *
 * A certificate of an MX host that has expired, or an MX host that fits none of
 * the list by the word of every authoritative server.
 */
bool safe_plain(const struct live *l, const struct settings_list *mx);

/* Why not; rules of the findings. */
enum safe_rule {
	SAFE_UNMATCHED = 0,
	SAFE_NO_TLS,
	SAFE_CERT,
	SAFE_NO_ADDRESS,
	SAFE_MX_OPEN,
	SAFE_BLOCKED,
	SAFE_MX_UNKNOWN,
	SAFE_MX_MORE,
	SAFE_NO_MAIL,
	SAFE_HOST,
	SAFE_HOST_OPEN,
	SAFE_NEEDED,
	SAFE_UNLOOKED,
	SAFE_RULES
};
extern const struct diag_rule safe_rules[SAFE_RULES + 1];

#endif
