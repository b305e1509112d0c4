/*
 * judge_dane.c - S09 and S10: do TLSA records and mail servers fit?
 *
 * Whether records count was found out by core/dane; here they are held against
 * what each address showed. RFC 7672 sections 2.2 and 3.1.
 */
#include "core/judge_smtp_int.h"

/* fits - one of the usable records fits what was shown */
static bool
fits(
    const struct seen *s, const struct dnsfact *tlsa, const struct tlsfact *tls)
{
	for (size_t i = 0; i < tlsa->count; i++)
		if (dane_tlsa_usable(&tlsa->records[i]) &&
		    tlsfact_matches(tls, &tlsa->records[i], s->at))
			return true;
	return false;
}

/* shows - does a certificate of the host fit this record? */
static bool
shows(const struct seen *s, const struct seen_mx *mx,
    const struct dnsfact_record *record)
{
	for (size_t i = 0; i < mx->addr_count; i++) {
		const struct probefact *p = mx->addr[i].probe;

		if (p != NULL && p->tls != NULL &&
		    tlsfact_matches(p->tls, record, s->at))
			return true;
	}
	return false;
}

/* no_tls - a server that talked, but gave no TLS for good */
static bool
no_tls(const struct probefact *p)
{
	return p->tls == NULL && probefact_talked(p) &&
	    p->end != PROBEFACT_BUSY && p->end != PROBEFACT_STARTTLS_LATER;
}

/* judge_shown - each address against the records; how many were seen */
static size_t
judge_shown(const struct seen *s, struct audit *a, const struct seen_mx *mx)
{
	size_t seen = 0;
	struct judge_text who;

	for (size_t i = 0; i < mx->addr_count; i++) {
		const struct probefact *p = mx->addr[i].probe;
		size_t more = smtp_alike(mx, i);
		struct judge_at at;

		if (p == NULL || more == SIZE_MAX)
			continue;
		seen += p->tls != NULL;
		at = (struct judge_at){ .who = judge_who(&who, mx->name,
					    mx->addr[i].text, more) };
		if (p->tls != NULL && !fits(s, mx->tlsa, p->tls))
			judge_find(a, &judge_smtp_rules[SMTP_TLSA_MISMATCH], at,
			    "No TLSA record of %s fits the certificate that it "
			    "shows: mail from senders with DANE waits.",
			    mx->name);
		else if (no_tls(p))
			judge_find(a, &judge_smtp_rules[SMTP_TLSA_NO_TLS], at,
			    "%s has TLSA records, but offers no TLS that "
			    "works: mail from senders with DANE waits.",
			    mx->name);
	}
	return seen;
}

/* find_spare - usable records that fit nothing, while others do */
static void
find_spare(const struct seen *s, struct audit *a, const struct seen_mx *mx)
{
	size_t spare = 0, good = 0;

	for (size_t i = 0; i < mx->tlsa->count; i++) {
		const struct dnsfact_record *r = &mx->tlsa->records[i];

		if (!dane_tlsa_usable(r))
			continue;
		if (shows(s, mx, r))
			good++;
		else
			spare++;
	}
	if (good > 0 && spare > 0)
		judge_find(a, &judge_smtp_rules[SMTP_TLSA_SPARE],
		    (struct judge_at){ .who = mx->name },
		    "%zu of %zu TLSA records of %s fit%s no certificate that "
		    "it shows now, as when keys are about to change.",
		    spare, good + spare, mx->name, spare == 1 ? "s" : "");
}

/* find_disagreement - DANE says yes, MTA-STS says no */
static void
find_disagreement(
    const struct seen *s, struct audit *a, const struct seen_mx *mx)
{
	struct judge_at at = { .who = mx->name };

	if (!judge_hard(s) || !seen_mx_dane(mx, s->at))
		return;
	if (!judge_fits(s, mx))
		judge_find(a, &judge_smtp_rules[SMTP_TLSA_DISAGREE], at,
		    "%s passes DANE, but no mx line of the policy lets it in.",
		    mx->name);
	else if (!seen_mx_works(mx))
		judge_find(a, &judge_smtp_rules[SMTP_TLSA_DISAGREE], at,
		    "%s passes DANE, but not the certificate check of "
		    "MTA-STS.",
		    mx->name);
}

/* judge_usable - S09 of a host whose records count; false: nothing to hold
 * them against */
static bool
judge_usable(const struct seen *s, struct audit *a, const struct seen_mx *mx)
{
	const struct dane_result *r = &mx->dane.result;

	audit_seen(a, "S09", "%s: %u usable", mx->name, r->usable);
	if (r->unusable > 0)
		judge_find(a, &judge_smtp_rules[SMTP_TLSA_SOME_UNUSABLE],
		    (struct judge_at){ .who = mx->name },
		    "%u of the TLSA records of %s cannot be used for mail.",
		    r->unusable, mx->name);
	if (mx->tlsa == NULL || judge_shown(s, a, mx) == 0)
		return false;
	find_spare(s, a, mx);
	find_disagreement(s, a, mx);
	return true;
}

/* find_failed - S09: the lookup failed, so the host counts as unreachable */
static void
find_failed(struct audit *a, const struct seen_mx *mx)
{
	struct judge_text why;

	judge_said(&why, mx->dane.result.why);
	if (mx->dane.result.address_secure)
		judge_find(a, &judge_smtp_rules[SMTP_TLSA_ERROR],
		    (struct judge_at){ .who = mx->name },
		    "The TLSA records of %s cannot be looked up, so mail from "
		    "senders with DANE waits. %s",
		    mx->name, why.text);
	else
		audit_unknown(a, "S09",
		    "What DANE says of %s was not found out: %s", mx->name,
		    why.text);
}

/* judge_one - S09 of one host; false when its records could not be compared */
static bool
judge_one(const struct seen *s, struct audit *a, const struct seen_mx *mx)
{
	struct judge_text why;

	switch (mx->dane.result.dane) {
	case DANE_USABLE:
		return judge_usable(s, a, mx);
	case DANE_UNUSABLE:
		judge_find(a, &judge_smtp_rules[SMTP_TLSA_UNUSABLE],
		    (struct judge_at){ .who = mx->name },
		    "No TLSA record of %s can be used for mail, so senders "
		    "with DANE use TLS without a check. %s",
		    mx->name, judge_said(&why, mx->dane.result.why));
		return true;
	case DANE_ERROR:
		find_failed(a, mx);
		return true;
	case DANE_OPEN:
	case DANE_NONE:
	case DANE_GONE:
		break;
	}
	return true;
}

/* judge_signed - S10: do the host's records count? */
static void
judge_signed(const struct seen *s, struct audit *a, const struct seen_mx *mx)
{
	struct judge_at at = { .who = mx->name };

	if (mx->tlsa == NULL || mx->tlsa->end != DNSFACT_FOUND)
		return;
	if (!mx->tlsa->secure)
		judge_find(a, &judge_smtp_rules[SMTP_TLSA_UNSIGNED], at,
		    "The TLSA records of %s are not signed with DNSSEC, so "
		    "senders must not use them.",
		    mx->name);
	else if (!mx->dane.result.address_secure)
		judge_find(a, &judge_smtp_rules[SMTP_TLSA_ADDRESS], at,
		    "The TLSA records of %s are signed, but its address is "
		    "not, so senders must not use them.",
		    mx->name);
	else if (s->mx != NULL && !s->mx->secure)
		judge_find(a, &judge_smtp_rules[SMTP_TLSA_MX], at,
		    "%s has signed TLSA records, but the domain's MX records "
		    "are not signed: somebody could name other hosts.",
		    mx->name);
}

/* count_tlsa - hosts with TLSA records, signed or not */
static size_t
count_tlsa(const struct seen *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->mx_count; i++)
		n += s->mxs[i].tlsa != NULL &&
		    s->mxs[i].tlsa->end == DNSFACT_FOUND;
	return n;
}

/* count_class - hosts of a class */
static size_t
count_class(const struct seen *s, enum dane_class c)
{
	size_t n = 0;

	for (size_t i = 0; i < s->mx_count; i++)
		n += s->mxs[i].dane.result.dane == c;
	return n;
}

/* nothing - no host has records, or it cannot be told what they are worth */
static bool
nothing(const struct seen *s, struct audit *a)
{
	static const char *const ids[] = { "S09", "S10" };
	bool any = count_tlsa(s) > 0;

	if (s->dnssec && (any || count_class(s, DANE_ERROR) > 0))
		return false;
	for (size_t i = 0; i < 2; i++)
		if (any)
			audit_unknown(a, ids[i],
			    "The resolver here does not validate DNSSEC, so "
			    "nobody can tell whether the TLSA records count.");
		else
			audit_skip(a, ids[i],
			    s->dnssec ? "No MX host has TLSA records."
				      : "DNSSEC cannot be had here.");
	return true;
}

void
judge_dane(const struct seen *s, struct audit *a)
{
	size_t usable = count_class(s, DANE_USABLE), compared = 0;
	bool connected = !s->no_smtp;

	if (nothing(s, a))
		return;
	for (size_t i = 0; i < s->mx_count; i++) {
		compared += judge_one(s, a, &s->mxs[i]);
		judge_signed(s, a, &s->mxs[i]);
	}
	if (count_tlsa(s) == 0)
		audit_skip(a, "S10", "No MX host has TLSA records.");
	else if (usable == 0)
		audit_skip(a, "S09", "No MX host has TLSA records that count.");
	if (usable > 0 && count_class(s, DANE_NONE) > 0)
		judge_find(a, &judge_smtp_rules[SMTP_TLSA_SOME],
		    (struct judge_at){ .who = NULL },
		    "Only %zu of %zu MX hosts have TLSA records that count; "
		    "DANE does not protect the others.",
		    usable, s->mx_count);
	if (compared == s->mx_count)
		return;
	if (connected)
		audit_unknown(a, "S09",
		    "Not all certificates could be seen, to hold the TLSA "
		    "records against.");
	else
		audit_skip(a, "S09",
		    "No mail server was to be connected to, so there are no "
		    "certificates to hold the TLSA records against.");
}
