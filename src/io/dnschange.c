/*
 * dnschange.c - how writing into DNS ended, in words
 */
#include "io/dnschange.h"

static const struct {
	const char *name, *text, *fix;
} ends[DNSCHANGE_ENDS] = {
	[DNSCHANGE_DONE] = { "done", "has it now", "" },
	[DNSCHANGE_CHANGED] = { "changed",
	    "has other records than before: somebody changed them meanwhile",
	    "Look who else writes there (mtasts dns diff DOMAIN), then push "
	    "again." },
	[DNSCHANGE_BAD_KEY] = { "bad-key",
	    "does not accept the key: it has another secret for it, does not "
	    "know it, or has no rule that lets it write here",
	    "Compare name, algorithm and secret of key-file with those of the "
	    "server, and see that the zone lets this key update these names "
	    "(Knot: acl; BIND: update-policy)." },
	[DNSCHANGE_BAD_TIME] = { "bad-time",
	    "says that its clock and ours differ by minutes",
	    "Set the clocks of both machines (NTP)." },
	[DNSCHANGE_NOT_AUTH] = { "not-auth",
	    "has no such zone as its primary, or the key may not write there",
	    "Name the primary as server, and let the key update these names "
	    "(Knot: acl update-owner-name; BIND: update-policy)." },
	[DNSCHANGE_REFUSED] = { "refused", "refuses",
	    "Let the zone take updates, and the key write these names (Knot: "
	    "acl; BIND: update-policy; PowerDNS: TSIG-ALLOW-DNSUPDATE)." },
	[DNSCHANGE_FAILED] = { "failed", "could not do it",
	    "Look into the log of the DNS server, then push again." },
	[DNSCHANGE_UNSIGNED] = { "unsigned",
	    "answers without a signature that fits",
	    "See that it is the server that is meant, and its key." },
	[DNSCHANGE_TIMEOUT] = { "timeout", "did not answer in time",
	    "See that it runs and can be reached, then push again." },
	[DNSCHANGE_UNREACHABLE] = { "unreachable", "cannot be reached",
	    "See that it runs, listens on TCP and lets this machine in." },
};

const char *
dnschange_end_name(enum dnschange_end end)
{
	return ends[end].name;
}

const char *
dnschange_end_text(enum dnschange_end end)
{
	return ends[end].text;
}

const char *
dnschange_end_fix(enum dnschange_end end)
{
	return ends[end].fix;
}
