/*
 * judge_mx.c - M01, M02, M05, M06: the mail servers that DNS names
 *
 * Judged by the policy's text even when a sender would not take it: whoever
 * mends the certificate of the policy host next wants to know. The patterns'
 * side of it, M03 and M04, is in judge_pattern.
 *
 * RFC 8461 section 4.1, RFC 5321 section 5.1, RFC 7505.
 */
#include "core/judge_mx_int.h"

#include "core/mx_provider.h"
#include "mtasts/dname.h"
#include "mtasts/match.h"

#include <stdio.h>

#define STS  "RFC 8461 section 4.1"
#define SMTP "RFC 5321 section 5.1"

#define ROW(index, check, gravity, name_, rfc_, fix_) \
	[index] = {                                   \
		.id = check,                          \
		.name = name_,                        \
		.severity = gravity,                  \
		.rfc = rfc_,                          \
		.fix = fix_,                          \
	},

/* clang-format off */
const struct diag_rule judge_mx_rules[] = {
ROW(MX_NULL, "M01", MTASTS_INFO, "mx-null", "RFC 7505 section 3",
	"Nothing need be done, if the domain is to take no mail.")
ROW(MX_IMPLICIT, "M01", MTASTS_WARNING, "mx-implicit", SMTP,
	"Publish an MX record that names the mail server.")
ROW(MX_NONE, "M01", MTASTS_ERROR, "mx-none", SMTP,
	"Publish an MX record that names the mail server.")
ROW(MX_NO_DOMAIN, "M01", MTASTS_ERROR, "mx-no-domain", SMTP,
	"Look whether the name is typed right; if it is, register the "
	"domain.")
ROW(MX_BOGUS, "M01", MTASTS_ERROR, "mx-bogus", "RFC 7672 section 2.1.1",
	"Mend the DNSSEC of the zone: sign it anew, or correct the DS record "
	"at the registrar.")
ROW(MX_UNMATCHED, "M02", MTASTS_ERROR, "mx-unmatched", STS,
	"Add a line mx with the name to the policy, and change the id of the "
	"record.")
ROW(MX_STALE, "M03", MTASTS_WARNING, "mx-stale", STS,
	"Delete the line from the policy, unless the host is to become an MX "
	"host again.")
ROW(MX_WILDCARD_UNUSED, "M04", MTASTS_WARNING, "mx-wildcard-unused", STS,
	"Delete the line from the policy, or correct it: a * stands for one "
	"label exactly.")
ROW(MX_WILDCARD_FOREIGN, "M04", MTASTS_WARNING, "mx-wildcard-foreign", STS,
	"Delete the line from the policy: it trusts hosts of a domain where "
	"none of yours is.")
ROW(MX_WILDCARD_BROAD, "M04", MTASTS_INFO, "mx-wildcard-broad", STS,
	"Write the host's name in its place, unless its name changes often.")
ROW(MX_PROVIDER, "M05", MTASTS_INFO, "mx-provider", STS,
	"Put these lines into the policy when you make one.")
ROW(MX_PROVIDER_MORE, "M05", MTASTS_WARNING, "mx-provider-lines", STS,
	"Add the line to the policy, so that mail goes on when the provider "
	"or you begin to use that host.")
ROW(MX_CNAME, "M06", MTASTS_WARNING, "mx-cname", SMTP,
	"Name the host at the end of the CNAME in the MX record.")
ROW(MX_NO_ADDRESS, "M06", MTASTS_ERROR, "mx-no-address", SMTP,
	"Give the host an address, or delete the MX record.")
ROW(MX_ADDRESS_BOGUS, "M06", MTASTS_ERROR, "mx-address-bogus",
	"RFC 7672 section 2.1.1",
	"Mend the DNSSEC of the host's zone.")
ROW(MX_TWICE, "M06", MTASTS_WARNING, "mx-duplicate", SMTP,
	"Delete all but one of these MX records.")
ROW(MX_IP, "M06", MTASTS_ERROR, "mx-is-address", SMTP,
	"Give the mail server a name, and name it in the MX record.")
ROW(MX_BAD_NAME, "M06", MTASTS_ERROR, "mx-host-bad-name", SMTP,
	"Name the host in the MX record by letters, digits and hyphens.")
[MX_RULES] = { .id = NULL },
};
/* clang-format on */

/* find - a finding of one host */
#define find(a, rule, who_, ...)                                               \
	judge_find(a, &judge_mx_rules[rule], (struct judge_at){ .who = who_ }, \
	    __VA_ARGS__)

/* --- M01 --- */

/* no_hosts - why there is no host to look at */
static void
no_hosts(const struct seen *s, struct audit *a)
{
	bool hard = s->rec_verdict != MTASTS_VERDICT_NONE || judge_hard(s);
	struct judge_at at = { .who = NULL, .soft = !hard };

	if (s->mx == NULL ||
	    (dnsfact_failed(s->mx) && s->mx->end != DNSFACT_BOGUS))
		audit_unknown(a, "M01",
		    "The MX records could not be looked up%s%s.",
		    s->mx != NULL && s->mx->why[0] != '\0' ? ": " : "",
		    s->mx != NULL ? s->mx->why : "");
	else if (s->mx->end == DNSFACT_BOGUS)
		judge_find(a, &judge_mx_rules[MX_BOGUS], at,
		    "The MX records fail DNSSEC validation: senders that "
		    "validate cannot deliver.");
	else if (s->null_mx)
		judge_find(a, &judge_mx_rules[MX_NULL], at,
		    "The domain takes no mail: it has a null MX record.");
	else if (s->mx->end == DNSFACT_NXDOMAIN)
		judge_find(a, &judge_mx_rules[MX_NO_DOMAIN], at,
		    "There is no domain %s in DNS (NXDOMAIN).", s->domain);
	else
		judge_find(a, &judge_mx_rules[MX_NONE], at,
		    "The domain has neither an MX record nor an address of its "
		    "own, so no mail can reach it.");
}

/* has_address - could its addresses be looked up, and are there any? */
static bool
has_address(const struct seen_mx *mx)
{
	return (mx->a != NULL && mx->a->end == DNSFACT_FOUND) ||
	    (mx->aaaa != NULL && mx->aaaa->end == DNSFACT_FOUND);
}

/* nothing_there - the one host is the domain itself, which has no address */
static bool
nothing_there(const struct seen *s)
{
	const struct seen_mx *mx = s->mx_count == 1 ? &s->mxs[0] : NULL;

	return mx != NULL && mx->implicit && !has_address(mx) &&
	    (mx->a == NULL || !dnsfact_failed(mx->a)) &&
	    (mx->aaaa == NULL || !dnsfact_failed(mx->aaaa));
}

/* skip_rest - M02 to M06 when there are no hosts */
static void
skip_rest(struct audit *a, bool unknown)
{
	static const char *const ids[] = { "M02", "M03", "M04", "M05", "M06" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (unknown)
			audit_unknown(
			    a, ids[i], "The mail servers were not found out.");
		else
			audit_skip(a, ids[i], "The domain has no mail server.");
}

/* judge_hosts - M01; false when there is none to look at */
static bool
judge_hosts(const struct seen *s, struct audit *a)
{
	if (s->null_mx || s->mx_count == 0 || nothing_there(s)) {
		no_hosts(s, a);
		skip_rest(a, s->mx == NULL || dnsfact_failed(s->mx));
		return false;
	}
	if (s->mxs[0].implicit)
		find(a, MX_IMPLICIT, s->domain,
		    "The domain has no MX record; senders try %s itself.",
		    s->domain);
	for (size_t i = 0; i < s->mx_count && !s->mxs[0].implicit; i++)
		audit_seen(
		    a, "M01", "%u %s", s->mxs[i].preference, s->mxs[i].name);
	if (s->mx_more > 0)
		audit_seen(a, "M01", "%zu more, not looked at", s->mx_more);
	return true;
}

/* --- M02 --- */

/* judge_matches - does every MX host fit a line? */
static void
judge_matches(const struct seen *s, struct audit *a)
{
	const struct mtasts_policy *policy = s->text_policy;
	size_t fits = 0;
	char fix[600];

	for (size_t i = 0; i < s->mx_count; i++) {
		const struct seen_mx *mx = &s->mxs[i];

		if (judge_fits(s, mx)) {
			fits++;
			continue;
		}
		snprintf(fix, sizeof(fix),
		    "Add the line \"mx: %s\" to the policy, and change the id "
		    "of the record.",
		    mx->name);
		judge_find(a, &judge_mx_rules[MX_UNMATCHED],
		    (struct judge_at){ .who = mx->name,
			.fix = fix,
			.soft = policy->mode != MTASTS_MODE_ENFORCE },
		    "The MX host %s fits no mx line of the policy%s.", mx->name,
		    policy->mode == MTASTS_MODE_ENFORCE
			? ", so senders deliver no mail to it"
			: "");
	}
	audit_seen(a, "M02", "%zu of %zu fit", fits, s->mx_count);
	if (s->policy == NULL)
		audit_seen(a, "M02",
		    "by the text of a policy that senders do not take now");
}

/* judge_policy - M02 to M04, which need a policy */
static void
judge_policy(const struct seen *s, struct audit *a)
{
	static const char *const ids[] = { "M02", "M03", "M04" };
	const char *why = NULL;

	if (s->text_policy == NULL)
		why = "There is no policy that could be read.";
	else if (s->text_policy->mode == MTASTS_MODE_NONE)
		why = "The policy's mode is none: its mx lines do not count.";
	for (size_t i = 0; i < 3 && why != NULL; i++)
		audit_skip(a, ids[i], "%s", why);
	if (why != NULL)
		return;
	judge_matches(s, a);
	judge_patterns(s, a);
}

/* --- M05 --- */

/* known - does the policy's text have a line that lets this one in? */
static bool
known(const struct mtasts_policy *policy, const char *line)
{
	for (size_t i = 0; i < policy->mx_count; i++)
		if (strcmp(policy->mx[i], line) == 0 ||
		    (line[0] != '*' && mtasts_match(line, policy->mx[i])))
			return true;
	return false;
}

/* put_lines - what a policy should have, in quotes */
static void
put_lines(const struct mx_provider *p, const char *name, struct buf *b)
{
	struct str parent;

	for (size_t i = 0; p->line[i] != NULL; i++)
		buf_putf(b, "%s\"mx: %s\"", i > 0 ? ", " : "", p->line[i]);
	if (p->line[0] != NULL)
		return;
	str_cut(str_of(name), '.', NULL, &parent);
	buf_putf(b, "\"mx: *.%" STR_FMT "\"", STR_ARG(parent));
}

/* find_provider - the lines that a policy to come should have */
static void
find_provider(
    struct audit *a, const struct mx_provider *p, const struct seen_mx *mx)
{
	struct buf b;

	buf_init(&b, 2048);
	put_lines(p, mx->name, &b);
	if (buf_error(&b) == MTASTS_OK)
		find(a, MX_PROVIDER, mx->name,
		    "The mail servers are those of %s; a policy for them has "
		    "%s.",
		    p->name, b.p);
	else
		a->short_of_memory = true;
	buf_free(&b);
}

/* in_use - is it an MX host of the domain? Then M02 speaks of it */
static bool
in_use(const struct seen *s, const char *name)
{
	for (size_t i = 0; i < s->mx_count; i++)
		if (strcmp(s->mxs[i].name, name) == 0)
			return true;
	return false;
}

/* find_missing - names of the provider that the policy does not let in */
static void
find_missing(const struct seen *s, struct audit *a, const struct mx_provider *p)
{
	char fix[400];

	for (size_t i = 0; p->line[i] != NULL; i++) {
		if (p->line[i][0] == '*' || in_use(s, p->line[i]) ||
		    known(s->text_policy, p->line[i]))
			continue;
		snprintf(fix, sizeof(fix),
		    "Add the line \"mx: %s\" to the policy, so that mail goes "
		    "on when that host is used.",
		    p->line[i]);
		judge_find(a, &judge_mx_rules[MX_PROVIDER_MORE],
		    (struct judge_at){ .fix = fix },
		    "%s has its customers use the host %s, too, which the "
		    "policy does not let in.",
		    p->name, p->line[i]);
	}
}

/* told - was the set met at an earlier host? */
static bool
told(const struct seen *s, size_t at, const struct mx_provider *p)
{
	for (size_t i = 0; i < at; i++)
		if (mx_provider_find(s->mxs[i].name) == p)
			return true;
	return false;
}

/* judge_providers - whose hosts are they? */
static void
judge_providers(const struct seen *s, struct audit *a)
{
	bool any = false;

	for (size_t i = 0; i < s->mx_count; i++) {
		const struct mx_provider *p = mx_provider_find(s->mxs[i].name);

		if (p == NULL || told(s, i, p))
			continue;
		any = true;
		audit_seen(a, "M05", "%s", p->name);
		if (s->text_policy == NULL)
			find_provider(a, p, &s->mxs[i]);
		else if (judge_hard(s))
			find_missing(s, a, p);
	}
	if (!any)
		audit_seen(a, "M05", "none that is known here");
}

/* --- M06 --- */

/* find_name - the name is none that a mail server can have */
static bool
find_name(struct audit *a, const struct seen_mx *mx)
{
	enum mtasts_dname_fault fault = MTASTS_DNAME_FINE;
	struct mtasts_dname name;
	struct ipnet_addr addr;
	struct diag_quote q;
	enum mtasts_err err;

	err =
	    mtasts_dname_parse(mx->name, strlen(mx->name), &name, NULL, &fault);
	if (fault == MTASTS_DNAME_IP ||
	    ipnet_addr_parse(str_of(mx->name), &addr)) {
		find(a, MX_IP, mx->name,
		    "The MX record names the address %s, not a host.",
		    diag_quote(&q, str_of(mx->name)));
		return true;
	}
	if (err != MTASTS_ESYNTAX)
		return false;
	find(a, MX_BAD_NAME, mx->name,
	    "The MX record names %s, which is no name of a host: it %s.",
	    diag_quote(&q, str_of(mx->name)), mtasts_dname_fault_text(fault));
	return true;
}

/* fails - did a lookup of its addresses end so? */
static bool
fails(const struct seen_mx *mx, bool bogus)
{
	const struct dnsfact *const two[] = { mx->a, mx->aaaa };

	for (size_t i = 0; i < 2; i++)
		if (two[i] != NULL && dnsfact_failed(two[i]) &&
		    (two[i]->end == DNSFACT_BOGUS) == bogus)
			return true;
	return false;
}

/* find_address - the name leads to no address */
static void
find_address(const struct seen *s, struct audit *a, const struct seen_mx *mx)
{
	struct judge_at at = { .who = mx->name };

	for (size_t i = 0; i < s->mx_count; i++)
		at.soft |= has_address(&s->mxs[i]);
	if (has_address(mx) || (mx->a == NULL && mx->aaaa == NULL))
		return;
	if (fails(mx, true))
		judge_find(a, &judge_mx_rules[MX_ADDRESS_BOGUS], at,
		    "The address of %s fails DNSSEC validation.", mx->name);
	else if (fails(mx, false))
		audit_unknown(a, "M06",
		    "The address of %s could not be looked up.", mx->name);
	else
		judge_find(a, &judge_mx_rules[MX_NO_ADDRESS], at,
		    mx->a != NULL && mx->a->end == DNSFACT_NXDOMAIN
			? "There is no host %s in DNS (NXDOMAIN), yet an MX "
			  "record names it."
			: "The MX host %s has no address.",
		    mx->name);
}

/* end_of_chain - where a CNAME leads, or null */
static const char *
end_of_chain(const struct seen_mx *mx)
{
	if (mx->a != NULL && mx->a->cnames > 0)
		return mx->a->canonical;
	return mx->aaaa != NULL && mx->aaaa->cnames > 0 ? mx->aaaa->canonical
							: NULL;
}

/* judge_one - M06 of one */
static void
judge_one(const struct seen *s, struct audit *a, const struct seen_mx *mx)
{
	const char *end = end_of_chain(mx);

	if (mx->times > 1)
		find(a, MX_TWICE, mx->name,
		    "%u MX records name the host %s; one is enough.", mx->times,
		    mx->name);
	if (find_name(a, mx))
		return;
	/* The domain itself may well be one. */
	if (end != NULL && !mx->implicit)
		find(a, MX_CNAME, mx->name,
		    "The MX host %s is an alias (CNAME) of %s.", mx->name, end);
	find_address(s, a, mx);
}

void
judge_mx(const struct seen *s, struct audit *a)
{
	if (!judge_hosts(s, a))
		return;
	judge_policy(s, a);
	judge_providers(s, a);
	for (size_t i = 0; i < s->mx_count; i++)
		judge_one(s, a, &s->mxs[i]);
}
