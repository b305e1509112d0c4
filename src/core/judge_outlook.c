/*
 * judge_outlook.c - what becomes of mail for the domain now
 *
 * One sentence for senders that enforce MTA-STS, one for those with DANE; of a
 * sender that has no policy from before. Facts only, no advice.
 *
 * RFC 8461 section 5, RFC 7672 section 2.2.
 */
#include "core/judge_int.h"

#include "base/arena.h"

/* tell - set an outlook and its sentence */
#define tell(a, field, outlook, ...)                                       \
	do {                                                               \
		(a)->field = outlook;                                      \
		(a)->field##_text = arena_printf((a)->arena, __VA_ARGS__); \
		if ((a)->field##_text == NULL) {                           \
			(a)->field##_text = "";                            \
			(a)->short_of_memory = true;                       \
		}                                                          \
	} while (0)

/* How the hosts do that a sender may use. */
struct hosts {
	size_t all;
	size_t good;
	size_t any; /* DANE: delivered to without a check */
	size_t unsure; /* not found out */
};

/* is_open - was nothing found out at this address? */
static bool
is_open(const struct seen *s, const struct seen_mx_addr *addr)
{
	const struct probefact *p = addr->probe;

	if (p == NULL)
		return addr->refused == NULL;
	return p->end == PROBEFACT_OURS || p->end == PROBEFACT_BUSY ||
	    p->end == PROBEFACT_STARTTLS_LATER ||
	    (p->end == PROBEFACT_UNREACHABLE && judge_blocked(s)) ||
	    (p->end == PROBEFACT_TIMEOUT && judge_blocked(s));
}

/*
 * host_open - could it not be told whether the host works?
 *
 * What one address showed stands for those that could not be tried from here.
 */
static bool
host_open(const struct seen *s, const struct seen_mx *mx)
{
	size_t unsure = 0;

	if ((mx->a != NULL && dnsfact_failed(mx->a)) ||
	    (mx->aaaa != NULL && dnsfact_failed(mx->aaaa)) ||
	    (s->no_smtp && mx->addr_count > 0))
		return true;
	for (size_t i = 0; i < mx->addr_count; i++)
		unsure += is_open(s, &mx->addr[i]);
	return mx->addr_count > 0 && unsure == mx->addr_count;
}

/* --- MTA-STS --- */

/* count_sts - the hosts by the policy */
static struct hosts
count_sts(const struct seen *s)
{
	struct hosts h = { .all = s->mx_count };

	for (size_t i = 0; i < s->mx_count; i++) {
		const struct seen_mx *mx = &s->mxs[i];

		if (!judge_fits(s, mx))
			continue;
		if (seen_mx_works(mx))
			h.good++;
		else
			h.unsure += host_open(s, mx);
	}
	return h;
}

/* tell_enforce - of a policy that is enforced */
static void
tell_enforce(const struct seen *s, struct audit *a)
{
	struct hosts h = count_sts(s);

	if (h.all == 0)
		tell(a, sender, AUDIT_UNKNOWN,
		    "A sender would enforce the policy, but it is not known to "
		    "which hosts.");
	else if (h.good > 0 && h.good == h.all)
		tell(a, sender, AUDIT_DELIVER_TLS,
		    h.all == 1 ? "A sender delivers over TLS with a valid "
				 "certificate, or not at all."
			       : "A sender delivers over TLS with a valid "
				 "certificate to any of the %zu MX hosts, or "
				 "not at all.",
		    h.all);
	else if (h.good > 0)
		tell(a, sender, AUDIT_DELIVER_TLS,
		    "A sender delivers over TLS with a valid certificate, but "
		    "only to %zu of %zu MX hosts.",
		    h.good, h.all);
	else if (h.unsure > 0)
		tell(a, sender, AUDIT_UNKNOWN,
		    "A sender enforces the policy; whether an MX host passes "
		    "could not be found out from here.");
	else
		tell(a, sender, AUDIT_DEFER,
		    "A sender delivers nothing: no MX host passes the policy. "
		    "Mail waits, and comes back after some days.");
}

/* tell_mode - of a policy that senders take */
static void
tell_mode(const struct seen *s, struct audit *a)
{
	switch (s->policy->mode) {
	case MTASTS_MODE_ENFORCE:
		tell_enforce(s, a);
		return;
	case MTASTS_MODE_TESTING:
		tell(a, sender, AUDIT_DELIVER_ANY,
		    "A sender delivers to whoever answers and reports what "
		    "would have failed: the policy is in mode testing.");
		return;
	case MTASTS_MODE_NONE:
		tell(a, sender, AUDIT_DELIVER_ANY,
		    "A sender delivers to whoever answers: the policy is in "
		    "mode none.");
		return;
	}
}

/* fetch_open - was it us who could not fetch the policy? */
static bool
fetch_open(const struct seen *s)
{
	const struct dnsfact *a = s->host_a, *aaaa = s->host_aaaa;

	for (size_t i = 0; i < s->addr_count; i++) {
		const struct seen_addr *addr = &s->addr[i];

		if (addr->refused == NULL &&
		    (addr->got == NULL || addr->got->end == FETCHFACT_OURS ||
			addr->got->end == FETCHFACT_PROXY))
			return true;
	}
	return s->addr_count == 0 &&
	    (a == NULL || dnsfact_failed(a) || aaaa == NULL ||
		dnsfact_failed(aaaa));
}

/* no_policy - why a sender has none; false when it has one */
static bool
no_policy(const struct seen *s, struct audit *a)
{
	if (s->sts != NULL && dnsfact_failed(s->sts))
		tell(a, sender, AUDIT_UNKNOWN,
		    "The record _mta-sts could not be looked up; a sender that "
		    "cannot either delivers to whoever answers, unless it "
		    "knows the policy from before.");
	else if (s->rec_verdict == MTASTS_VERDICT_NONE)
		tell(a, sender, AUDIT_DELIVER_ANY,
		    "A sender delivers to whoever answers: the domain has no "
		    "valid MTA-STS record.");
	else if (s->rec_verdict != MTASTS_VERDICT_VALID)
		tell(a, sender, AUDIT_DELIVER_ANY,
		    "A sender delivers to whoever answers: the MTA-STS record "
		    "does not count.");
	else if (s->policy == NULL && fetch_open(s))
		tell(a, sender, AUDIT_UNKNOWN,
		    "The policy could not be fetched from here.");
	else if (s->policy == NULL)
		tell(a, sender, AUDIT_DELIVER_ANY,
		    "Mail is delivered to whoever answers, without "
		    "protection: %s. Only senders that learned an earlier "
		    "policy keep to that until it runs out.",
		    s->text_policy != NULL
			? "the policy host serves a policy, but not in a way "
			  "that senders accept"
			: "senders get no policy that counts from its host");
	else
		return false;
	return true;
}

void
judge_sum_sender(const struct seen *s, struct audit *a)
{
	if (s->null_mx)
		tell(a, sender, AUDIT_UNKNOWN,
		    "A sender delivers nothing: the domain takes no mail.");
	else if (!no_policy(s, a))
		tell_mode(s, a);
}

/* --- DANE --- */

/* shown - did an address show TLS? */
static bool
shown(const struct seen_mx *mx)
{
	for (size_t i = 0; i < mx->addr_count; i++)
		if (mx->addr[i].probe != NULL && mx->addr[i].probe->tls != NULL)
			return true;
	return false;
}

/* count_dane - the hosts by their TLSA records */
static struct hosts
count_dane(const struct seen *s)
{
	struct hosts h = { 0 };

	for (size_t i = 0; i < s->mx_count; i++) {
		const struct seen_mx *mx = &s->mxs[i];
		enum dane_class c = mx->dane.result.dane;

		h.all += c != DANE_GONE;
		h.any += c == DANE_NONE || c == DANE_UNUSABLE;
		if (c == DANE_OPEN ||
		    (c == DANE_ERROR && !mx->dane.result.address_secure))
			h.unsure++;
		else if (c == DANE_USABLE && shown(mx))
			h.good += seen_mx_dane(mx, s->at);
		else if (c == DANE_USABLE)
			h.unsure += host_open(s, mx);
	}
	return h;
}

/* tell_dane - by the hosts */
static void
tell_dane(struct audit *a, const struct hosts *h)
{
	if (h->any > 0 && h->any == h->all)
		tell(a, dane, AUDIT_DELIVER_ANY,
		    "A sender with DANE delivers to whoever answers: there are "
		    "no TLSA records that count.");
	else if (h->any > 0)
		tell(a, dane, AUDIT_DELIVER_ANY,
		    "A sender with DANE checks some of the %zu MX hosts; at %zu "
		    "of them it delivers to whoever answers.",
		    h->all, h->any);
	else if (h->good > 0 && h->good == h->all)
		tell(a, dane, AUDIT_DELIVER_TLS,
		    "A sender with DANE delivers over TLS that the TLSA "
		    "records vouch for, or not at all.");
	else if (h->good > 0)
		tell(a, dane, AUDIT_DELIVER_TLS,
		    "A sender with DANE delivers over TLS that the TLSA "
		    "records vouch for, but only to %zu of %zu MX hosts.",
		    h->good, h->all);
	else if (h->unsure > 0)
		tell(a, dane, AUDIT_UNKNOWN,
		    "Whether an MX host passes DANE could not be found out "
		    "from here.");
	else
		tell(a, dane, AUDIT_DEFER,
		    "A sender with DANE delivers nothing: no MX host passes. "
		    "Mail waits, and comes back after some days.");
}

void
judge_sum_dane(const struct seen *s, struct audit *a)
{
	struct hosts h = count_dane(s);

	if (s->null_mx)
		tell(a, dane, AUDIT_UNKNOWN,
		    "A sender delivers nothing: the domain takes no mail.");
	else if (!s->dnssec)
		tell(a, dane, AUDIT_UNKNOWN,
		    "What a sender with DANE does cannot be told: the resolver "
		    "here does not validate DNSSEC.");
	else if (s->mx != NULL && s->mx->end == DNSFACT_BOGUS)
		tell(a, dane, AUDIT_DEFER,
		    "A sender with DANE delivers nothing: the MX records fail "
		    "DNSSEC validation.");
	else if (s->mx == NULL || dnsfact_failed(s->mx) || h.all == 0)
		tell(a, dane, AUDIT_UNKNOWN,
		    "What a sender with DANE does cannot be told: the MX hosts "
		    "are not known.");
	else if (!s->mx->secure)
		tell(a, dane, AUDIT_DELIVER_ANY,
		    "A sender with DANE delivers to whoever answers: the MX "
		    "records are not signed with DNSSEC.");
	else
		tell_dane(a, &h);
}
