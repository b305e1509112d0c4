/*
 * judge_host.c - P01 to P03, P08 to P13: can the policy be fetched?
 *
 * Every address is judged by itself: senders ask any one of them. What the
 * certificate and the head say beyond that is in judge_host_tls; whether the
 * body is a policy, in judge_file.
 *
 * RFC 8461 section 3.3.
 */
#include "core/judge_host_int.h"

#include "core/host_rules.h"

#include <stdio.h>

#define SLOW_MS	  5000
#define MERGED_AT 6 /* addresses, from which on like ones share a finding */

/* skip_from - skip all P checks from the given number on */
static void
skip_from(struct audit *a, unsigned from, bool unknown, const char *why)
{
	char id[4] = "P00";

	for (unsigned n = from; n <= 16; n++) {
		id[1] = (char)('0' + n / 10);
		id[2] = (char)('0' + n % 10);
		if (unknown)
			audit_unknown(a, id, "%s", why);
		else
			audit_skip(a, id, "%s", why);
	}
}

/* --- P01 --- */

/* count_refused - addresses that nobody outside can reach */
static size_t
count_refused(const struct seen *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->addr_count; i++)
		n += s->addr[i].refused != NULL;
	return n;
}

/* find_refused - say it of each of them */
static void
find_refused(const struct seen *s, struct audit *a, enum host_rule rule)
{
	struct judge_text who;

	for (size_t i = 0; i < s->addr_count; i++) {
		const struct seen_addr *addr = &s->addr[i];

		if (addr->refused == NULL)
			continue;
		judge_who(&who, s->policy_host, addr->text, 0);
		judge_find(a, &judge_host_rules[rule],
		    (struct judge_at){ .who = who.text },
		    "The policy host has %s, %s, which nobody can reach from "
		    "outside.",
		    addr->text, addr->refused);
	}
}

/* find_half - one of the two lookups failed, the other one has addresses */
static void
find_half(const struct seen *s, struct audit *a)
{
	const struct dnsfact *const two[] = { s->host_a, s->host_aaaa };
	struct judge_at at = { .who = s->policy_host };

	for (size_t i = 0; i < 2; i++)
		if (two[i] != NULL && dnsfact_failed(two[i]))
			judge_find(a, &judge_host_rules[HOST_HALF], at,
			    "The lookup of the %s records of %s failed: %s.",
			    i == 0 ? "A" : "AAAA", s->policy_host,
			    two[i]->end == DNSFACT_BOGUS
				? "DNSSEC validation failed"
				: dnsfact_end_name(two[i]->end));
}

/* failed - the lookup that failed, preferring a bogus one; or null */
static const struct dnsfact *
failed(const struct seen *s)
{
	const struct dnsfact *a = s->host_a, *aaaa = s->host_aaaa;

	if (aaaa != NULL && aaaa->end == DNSFACT_BOGUS)
		return aaaa;
	if (a != NULL && dnsfact_failed(a))
		return a;
	return aaaa != NULL && dnsfact_failed(aaaa) ? aaaa : NULL;
}

/* unknown_address - P01 and what follows: the lookup failed */
static void
unknown_address(const struct seen *s, struct audit *a, const struct dnsfact *f)
{
	bool said = f != NULL && f->why[0] != '\0';
	struct judge_text why;

	snprintf(why.text, sizeof(why.text),
	    "The address of %.253s could not be looked up%s%.100s.",
	    s->policy_host, said ? ": " : "", said ? f->why : "");
	skip_from(a, 1, true, why.text);
}

/* no_address - the name leads nowhere: why */
static void
no_address(const struct seen *s, struct audit *a)
{
	struct judge_at at = { .who = s->policy_host };
	const struct dnsfact *f = failed(s);

	if (f != NULL && f->end == DNSFACT_BOGUS) {
		judge_find(a, &judge_host_rules[HOST_BOGUS], at,
		    "The address of %s fails DNSSEC validation, so many "
		    "senders cannot find it.",
		    s->policy_host);
		skip_from(
		    a, 2, false, "The policy host's address is not known.");
	} else if (f != NULL || (s->host_a == NULL && s->host_aaaa == NULL)) {
		unknown_address(s, a, f);
	} else {
		bool gone =
		    s->host_a != NULL && s->host_a->end == DNSFACT_NXDOMAIN;

		judge_find(a, &judge_host_rules[HOST_NO_ADDRESS], at,
		    gone ? "There is no host %s in DNS (NXDOMAIN)."
			 : "The name %s is in DNS, but has neither A nor AAAA "
			   "records.",
		    s->policy_host);
		skip_from(a, 2, false, "The policy host has no address.");
	}
}

/* judge_addresses - P01; false when there is nothing to go on with */
static bool
judge_addresses(const struct seen *s, struct audit *a)
{
	size_t refused = count_refused(s);

	if (s->addr_count == 0) {
		no_address(s, a);
		return false;
	}
	find_half(s, a);
	find_refused(
	    s, a, refused == s->addr_count ? HOST_PRIVATE : HOST_SOME_PRIVATE);
	for (size_t i = 0; i < s->addr_count; i++)
		audit_seen(a, "P01", "%s", s->addr[i].text);
	if (s->addr_more > 0)
		audit_seen(a, "P01", "%zu more, not looked at", s->addr_more);
	if (refused == s->addr_count)
		skip_from(
		    a, 2, false, "The policy host has no public address.");
	return refused < s->addr_count;
}

/* --- P02 --- */

/* Whether anything is known of an address. */
enum state { UNSEEN, DEAD, ALIVE };

/* state_of - did something answer there? */
static enum state
state_of(const struct seen_addr *addr)
{
	if (addr->got == NULL || addr->got->end == FETCHFACT_OURS ||
	    addr->got->end == FETCHFACT_PROXY)
		return UNSEEN;
	if (addr->got->end == FETCHFACT_CONNECT)
		return DEAD;
	/* Late after the handshake is P12's matter. */
	if (addr->got->end == FETCHFACT_TIMEOUT && addr->got->tls == NULL)
		return DEAD;
	return ALIVE;
}

/* count_state - addresses of a family (any: -1) in a state */
static size_t
count_state(const struct seen *s, int v4, enum state state)
{
	size_t n = 0;

	for (size_t i = 0; i < s->addr_count; i++)
		n += s->addr[i].refused == NULL &&
		    state_of(&s->addr[i]) == state &&
		    (v4 < 0 || ipnet_addr_is_v4(&s->addr[i].addr) == (v4 == 1));
	return n;
}

/* dead_rule - how grave a dead address is, others being alive or not */
static enum host_rule
dead_rule(const struct seen *s, const struct seen_addr *addr)
{
	if (count_state(s, -1, ALIVE) + count_state(s, -1, UNSEEN) == 0)
		return HOST_DEAD;
	if (!ipnet_addr_is_v4(&addr->addr) && count_state(s, 0, ALIVE) > 0 &&
	    count_state(s, 1, ALIVE) > 0)
		return HOST_ADDRESS_WEAK;
	return HOST_ADDRESS_DEAD;
}

/* find_dead - each address that does not answer */
static void
find_dead(const struct seen *s, struct audit *a)
{
	struct judge_text who, why;

	for (size_t i = 0; i < s->addr_count; i++) {
		const struct seen_addr *addr = &s->addr[i];

		if (addr->refused != NULL || state_of(addr) != DEAD)
			continue;
		judge_who(&who, s->policy_host, addr->text, 0);
		judge_find(a, &judge_host_rules[dead_rule(s, addr)],
		    (struct judge_at){ .who = who.text }, "%s",
		    judge_said(&why, addr->got->why));
	}
}

/* find_unseen - what we have no way to, once for all */
static void
find_unseen(const struct seen *s, struct audit *a)
{
	const struct seen_addr *first = NULL;
	struct judge_text who, why;
	size_t n = 0;

	for (size_t i = 0; i < s->addr_count; i++) {
		const struct seen_addr *addr = &s->addr[i];

		if (addr->refused != NULL || state_of(addr) != UNSEEN ||
		    addr->got == NULL)
			continue;
		first = first != NULL ? first : addr;
		n++;
	}
	if (n == 0)
		return;
	judge_who(&who, s->policy_host, first->text, n - 1);
	judge_find(a, &judge_host_rules[HOST_ADDRESS_UNSEEN],
	    (struct judge_at){ .who = who.text },
	    "%zu address%s could not be tried from here: %s", n,
	    n == 1 ? "" : "es", judge_said(&why, first->got->why));
}

/* judge_reached - P02; false when no address answered */
static bool
judge_reached(const struct seen *s, struct audit *a)
{
	size_t alive = count_state(s, -1, ALIVE);
	size_t all = s->addr_count - count_refused(s);
	bool ours = count_state(s, -1, DEAD) == 0;
	const char *why = "No address of the policy host answered.";

	find_dead(s, a);
	audit_seen(a, "P02", "%zu of %zu addresses answer", alive, all);
	if (alive > 0) {
		find_unseen(s, a);
		return true;
	}
	if (ours) {
		why = "The policy host cannot be reached from this machine.";
		audit_unknown(a, "P02", "%s", why);
	} else {
		find_unseen(s, a);
	}
	skip_from(a, 3, ours, why);
	return false;
}

/* --- P03, P08 to P13 --- */

/* wrong_end - the rule of a fetch that failed though something answered */
static const struct diag_rule *
wrong_end(const struct fetchfact *got)
{
	if (got->end == FETCHFACT_TIMEOUT)
		return &judge_host_rules[HOST_LATE];
	/* Nothing of a file was cut: there was no answer. */
	if (got->end == FETCHFACT_CUT && got->status == 0)
		return &judge_host_rules[HOST_HTTP];
	return host_rule(got->end);
}

/* judge_answer - of one address */
static void
judge_answer(const struct host_part *p, const struct seen_addr *addr)
{
	const struct fetchfact *got = addr->got;
	const struct diag_rule *rule = wrong_end(got);
	struct judge_at at = { .who = p->who };
	struct judge_text why;
	struct diag_quote to;

	if (got->end == FETCHFACT_REDIRECT && got->location != NULL)
		judge_find(p->a, rule, at,
		    "It answers with status %d and sends senders to %s.",
		    got->status, diag_quote(&to, str_of(got->location)));
	else if (rule != NULL)
		judge_find(p->a, rule, at, "%s", judge_said(&why, got->why));
	if (got->end != FETCHFACT_TIMEOUT && got->took_ms > SLOW_MS)
		judge_find(p->a, &judge_host_rules[HOST_SLOW], at,
		    "The answer took %lld seconds.",
		    (long long)(got->took_ms / 1000));
	if (got->tls != NULL)
		judge_host_tls(p, got->tls);
}

/* alike - would the same be said of both? */
static bool
alike(const struct seen_addr *a, const struct seen_addr *b)
{
	return a->refused == NULL && b->refused == NULL && a->got != NULL &&
	    b->got != NULL && a->got->end == b->got->end &&
	    a->got->status == b->got->status &&
	    judge_cert_same(a->got->tls, b->got->tls);
}

/* count_alike - how many behind this one; SIZE_MAX: it was told before */
static size_t
count_alike(const struct seen *s, size_t at)
{
	size_t n = 0;

	if (s->addr_count < MERGED_AT)
		return 0;
	for (size_t i = 0; i < at; i++)
		if (alike(&s->addr[i], &s->addr[at]))
			return SIZE_MAX;
	for (size_t i = at + 1; i < s->addr_count; i++)
		n += alike(&s->addr[i], &s->addr[at]);
	return n;
}

/* judge_answers - of all addresses that answered */
static void
judge_answers(const struct seen *s, struct audit *a)
{
	struct judge_text who;

	for (size_t i = 0; i < s->addr_count; i++) {
		struct host_part p = { .s = s, .a = a };
		size_t more = count_alike(s, i);

		if (s->addr[i].refused != NULL || more == SIZE_MAX ||
		    state_of(&s->addr[i]) != ALIVE)
			continue;
		p.who = judge_who(&who, s->policy_host, s->addr[i].text, more);
		judge_answer(&p, &s->addr[i]);
	}
}

/* any_end - did a fetch at any address get so far? */
static bool
any_end(const struct seen *s, bool (*far)(const struct fetchfact *got))
{
	for (size_t i = 0; i < s->addr_count; i++)
		if (s->addr[i].got != NULL && far(s->addr[i].got))
			return true;
	return false;
}

/* had_tls - it came to an end of the handshake */
static bool
had_tls(const struct fetchfact *got)
{
	return got->tls != NULL;
}

/* had_http - it came to a status */
static bool
had_http(const struct fetchfact *got)
{
	return got->status != 0;
}

/* had_body - it came to a file, for a sender or not */
static bool
had_body(const struct fetchfact *got)
{
	return got->end == FETCHFACT_OK || got->end == FETCHFACT_TYPE ||
	    got->end == FETCHFACT_ENCODING || got->end == FETCHFACT_TOO_LARGE ||
	    (got->end == FETCHFACT_CUT && got->status != 0);
}

/* skip_unseen - what could not be looked at since it did not come so far */
static void
skip_unseen(const struct seen *s, struct audit *a)
{
	static const char *const tls[] = { "P04", "P05", "P06", "P07", "P08",
		"P16" };
	static const char *const http[] = { "P09", "P12" };
	static const char *const body[] = { "P10", "P11", "P13", "P14", "P15" };
	size_t i;

	for (i = 0; i < sizeof(tls) / sizeof(*tls); i++)
		if (!any_end(s, had_tls))
			audit_skip(a, tls[i],
			    "No TLS connection to the policy host was made.");
	for (i = 0; i < sizeof(http) / sizeof(*http); i++)
		if (!any_end(s, had_http))
			audit_skip(a, http[i],
			    "The policy host did not answer a request.");
	for (i = 0; i < sizeof(body) / sizeof(*body); i++)
		if (!any_end(s, had_body))
			audit_skip(a, body[i],
			    "The policy host did not serve a file.");
}

/* say_seen - the phrases, by the address that counts */
static void
say_seen(const struct seen *s, struct audit *a)
{
	const struct fetchfact *got = s->best != NULL ? s->best->got : NULL;
	struct diag_quote type;

	if (got == NULL)
		return;
	if (got->status != 0)
		audit_seen(a, "P08", "status %d", got->status);
	if (got->type != NULL)
		audit_seen(
		    a, "P10", "%s", diag_quote(&type, str_of(got->type)));
	if (got->end == FETCHFACT_OK)
		audit_seen(a, "P11", "%zu bytes", got->body.len);
	audit_seen(a, "P12", "%lld ms", (long long)got->took_ms);
}

/* no_domain - neither record nor host: nobody has begun with MTA-STS here */
static bool
no_domain(const struct seen *s)
{
	if (s->rec_verdict != MTASTS_VERDICT_NONE || s->sts == NULL ||
	    dnsfact_failed(s->sts))
		return false;
	/* A wildcard in DNS leads to some web server: that is no beginning. */
	return !any_end(s, had_body);
}

void
judge_host(const struct seen *s, struct audit *a)
{
	if (no_domain(s)) {
		skip_from(a, 1, false, "The domain has no MTA-STS record.");
		return;
	}
	if (!judge_addresses(s, a) || !judge_reached(s, a))
		return;
	judge_answers(s, a);
	judge_host_beside(s, a);
	skip_unseen(s, a);
	say_seen(s, a);
}
