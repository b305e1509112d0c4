/*
 * judge_sts_way.c - D10 to D14: how the record is reached, and is it ours?
 *
 * CNAMEs, time to live, what each authoritative name server says, signatures;
 * and for a domain of the registry, whether record and policy are the ones
 * that it wants.
 *
 * RFC 8461 sections 3.1, 8.1 and 8.2.
 */
#include "core/judge_sts.h"

#include "base/timefmt.h"

#include <stdio.h>

#define TTL_LONG_S  86400u
#define TTL_SHORT_S 60u
#define LINKS_MANY  3u /* CNAMEs; more are too many */

static const struct judge_at of_domain;

/* chain_text - "a.example, b.example": where the CNAMEs lead */
static const char *
chain_text(struct judge_text *out, const struct dnsfact *fact)
{
	struct buf b;

	buf_init(&b, sizeof(out->text) - 1);
	for (unsigned i = 0; fact->chain != NULL && i < fact->cnames; i++)
		buf_putf(&b, "%s%s", i > 0 ? ", " : "", fact->chain[i]);
	/* What does not fit leaves the end, which counts. */
	snprintf(out->text, sizeof(out->text), "%.399s",
	    buf_error(&b) == MTASTS_OK && b.len > 0 ? b.p : fact->canonical);
	buf_free(&b);
	return out->text;
}

/* check_cnames - D10 */
static void
check_cnames(const struct seen *s, struct audit *a)
{
	const struct dnsfact *fact = s->sts;
	struct judge_text way, why;

	if (fact->end == DNSFACT_MALFORMED &&
	    str_find(str_of(fact->why), STR("CNAME")) < strlen(fact->why)) {
		judge_find(a, sts_rule(STS_CNAME_LOOP), of_domain,
		    "The CNAMEs of _mta-sts.%s lead nowhere: %s.", s->domain,
		    fact->why);
		return;
	}
	if (dnsfact_failed(fact))
		return;
	if (fact->cnames == 0) {
		if (fact->end == DNSFACT_FOUND)
			audit_seen(a, "D10", "there is no CNAME");
		return;
	}
	chain_text(&way, fact);
	audit_seen(a, "D10", "it leads to %s", way.text);
	if (fact->end != DNSFACT_FOUND)
		judge_find(a, sts_rule(STS_CNAME_DANGLING), of_domain,
		    "The CNAME of _mta-sts.%s leads to %s, and there %s.",
		    s->domain, way.text, judge_no_answer(&why, fact));
	else if (fact->cnames > LINKS_MANY)
		judge_find(a, sts_rule(STS_CNAME_LONG), of_domain,
		    "%u CNAMEs one after the other lead to the record: %s.",
		    fact->cnames, way.text);
}

/* check_ttl - D11: how long an answer is remembered */
static void
check_ttl(const struct seen *s, struct audit *a)
{
	struct timefmt ttl;

	if (s->sts->end != DNSFACT_FOUND)
		return;
	timefmt_ago(&ttl, s->sts->ttl_s);
	audit_seen(a, "D11", "time to live %u s", s->sts->ttl_s);
	if (s->sts->ttl_s > TTL_LONG_S)
		judge_find(a, sts_rule(STS_TTL_LONG), of_domain,
		    "The record may be remembered for %s (%u s); for so long "
		    "senders may miss that the policy has changed.",
		    ttl.text, s->sts->ttl_s);
	/* A resolver on the way counts the time down. */
	else if (s->ns_count > 0 && judge_found(s->ns[0].sts) &&
	    s->ns[0].sts->ttl_s < TTL_SHORT_S)
		judge_find(a, sts_rule(STS_TTL_SHORT), of_domain,
		    "The record may be remembered for %u s only.",
		    s->ns[0].sts->ttl_s);
}

/* has - is the text among the records? */
static bool
has(const struct dnsfact *fact, struct str txt)
{
	for (size_t i = 0; i < fact->count; i++)
		if (str_eq(fact->records[i].txt, txt))
			return true;
	return false;
}

/* same - do two answers say the same, in whatever order? */
static bool
same(const struct dnsfact *a, const struct dnsfact *b)
{
	bool a_alias = a->cnames > 0 && a->chain != NULL;
	bool b_alias = b->cnames > 0 && b->chain != NULL;

	/* Only some servers know where the alias leads to. */
	if (a_alias && b_alias)
		return strcmp(a->chain[0], b->chain[0]) == 0;
	if (a_alias != b_alias || judge_found(a) != judge_found(b))
		return false;
	if (!judge_found(a))
		return true;
	for (size_t i = 0; i < a->count; i++)
		if (!has(b, a->records[i].txt))
			return false;
	for (size_t i = 0; i < b->count; i++)
		if (!has(a, b->records[i].txt))
			return false;
	return true;
}

/* says - what a name server says of the record, a phrase */
static const char *
says(struct judge_text *out, const struct dnsfact *fact)
{
	struct diag_quote q;

	if (fact->cnames > 0 && fact->chain != NULL)
		snprintf(out->text, sizeof(out->text), "a CNAME to %.253s",
		    fact->chain[0]);
	else if (!judge_found(fact))
		snprintf(out->text, sizeof(out->text), "that there is none");
	else
		snprintf(out->text, sizeof(out->text), "\"%.380s\"",
		    diag_quote(&q, fact->records[0].txt));
	return out->text;
}

/* answered - has this name server said anything of the record? */
static bool
answered(const struct seen_ns *ns)
{
	return ns->sts != NULL && !dnsfact_failed(ns->sts);
}

/* most_said - the answer that most name servers give; null: none answered */
static const struct dnsfact *
most_said(const struct seen *s)
{
	const struct dnsfact *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < s->ns_count; i++) {
		size_t n = 0;

		for (size_t k = 0; k < s->ns_count; k++)
			n += answered(&s->ns[i]) && answered(&s->ns[k]) &&
			    same(s->ns[i].sts, s->ns[k].sts);
		if (n > most) {
			most = n;
			best = s->ns[i].sts;
		}
	}
	return best;
}

/* ns_who - "ns1.example.org [192.0.2.53]", or the name alone */
static const char *
ns_who(struct judge_text *out, const struct seen_ns *ns)
{
	if (ns->text[0] != '\0')
		return judge_who(out, ns->name, ns->text, 0);
	snprintf(out->text, sizeof(out->text), "%.253s", ns->name);
	return out->text;
}

/* is_v6 - was it asked over IPv6? */
static bool
is_v6(const struct seen_ns *ns)
{
	return strchr(ns->text, ':') != NULL;
}

/*
 * not_ours - may it be us who do not reach this name server?
 *
 * From many a machine no address of IPv6 can be reached.
 */
static bool
not_ours(const struct seen *s, const struct seen_ns *ns)
{
	if (!is_v6(ns))
		return true;
	for (size_t i = 0; i < s->ns_count; i++)
		if (is_v6(&s->ns[i]) && answered(&s->ns[i]))
			return true;
	return false;
}

/* untold - of a name server nothing is known, perhaps for our own reasons */
static bool
untold(const struct seen *s, struct audit *a, const struct seen_ns *ns)
{
	if (ns->text[0] == '\0' && judge_lost(ns->address)) {
		audit_seen(a, "D11",
		    "the address of the name server %s could not be looked up",
		    ns->name);
		return true;
	}
	if (ns->text[0] == '\0' || !judge_lost(ns->sts) || not_ours(s, ns))
		return false;
	audit_seen(a, "D11", "%s [%s] could not be asked over IPv6 from here",
	    ns->name, ns->text);
	return true;
}

/* check_server - D11: one authoritative name server beside the others */
static void
check_server(
    struct audit *a, const struct seen_ns *ns, const struct dnsfact *most)
{
	struct judge_text who, this, others;
	struct judge_at at = { .who = ns_who(&who, ns) };

	if (ns->text[0] == '\0') {
		judge_find(a, sts_rule(STS_NS_NO_ADDRESS), at,
		    "The name server %s has no address (%s).", ns->name,
		    judge_no_answer(&this, ns->address));
	} else if (judge_lost(ns->sts)) {
		judge_find(a, sts_rule(STS_NS_SILENT), at,
		    "The name server %s did not answer when asked for the "
		    "record%s%.200s.",
		    who.text, ns->sts->why[0] != '\0' ? ": " : "",
		    ns->sts->why);
	} else if (ns->sts != NULL && most != NULL && !same(ns->sts, most)) {
		judge_find(a, sts_rule(STS_NS_DIFFERS), at,
		    "The name server %s says %s, while others say %s.",
		    who.text, says(&this, ns->sts), says(&others, most));
	}
}

/* check_servers - D11: do all authoritative name servers agree? */
static void
check_servers(const struct seen *s, struct audit *a)
{
	const struct dnsfact *most = most_said(s);
	struct judge_text now, old;
	size_t asked = 0;

	for (size_t i = 0; i < s->ns_count; i++) {
		if (!untold(s, a, &s->ns[i]))
			check_server(a, &s->ns[i], most);
		asked += answered(&s->ns[i]);
	}
	if (asked == 0) {
		audit_skip(a, "D11",
		    "No authoritative name server could be asked from here.");
		return;
	}
	audit_seen(a, "D11", "%zu name server%s of %s answered", asked,
	    asked == 1 ? "" : "s", s->ns_zone != NULL ? s->ns_zone : "it");
	if (!dnsfact_failed(s->sts) && !same(s->sts, most) &&
	    audit_worst(a, "D11") != AUDIT_FAIL)
		judge_find(a, sts_rule(STS_CACHED), of_domain,
		    "Resolvers still have an old answer, %s, for up to %u s; "
		    "the name servers say %s.",
		    says(&old, s->sts), s->sts->ttl_s, says(&now, most));
}

/* check_signed - D12 */
static void
check_signed(const struct seen *s, struct audit *a)
{
	if (!judge_found(s->sts))
		return;
	if (!s->dnssec)
		audit_skip(a, "D12",
		    "Signatures cannot be checked here: the resolver in use "
		    "does not validate DNSSEC.");
	else if (s->sts->secure)
		audit_seen(a, "D12", "signed, and the signatures are right");
	else
		judge_find(a, sts_rule(STS_UNSIGNED), of_domain,
		    "The record is not signed with DNSSEC; somebody on the way "
		    "can hide it from senders that never saw the policy.");
}

void
judge_sts_way(const struct seen *s, struct audit *a)
{
	if (s->sts == NULL)
		return;
	check_cnames(s, a);
	check_ttl(s, a);
	/* Without a record anywhere there is nothing to agree about. */
	if (judge_found(s->sts) || most_said(s) != NULL)
		check_servers(s, a);
	else if (!dnsfact_failed(s->sts))
		audit_skip(a, "D11",
		    "No authoritative name server could be asked from here.");
	check_signed(s, a);
}

/* check_id - D13 */
static void
check_id(const struct seen *s, struct audit *a)
{
	if (s->rec_verdict != MTASTS_VERDICT_VALID) {
		audit_skip(a, "D13", "There is no valid record in DNS.");
		return;
	}
	audit_seen(a, "D13", "id %s", s->rec.id);
	if (strcmp(s->rec.id, s->own.id) == 0)
		return;
	if (s->own.id_was_ours)
		judge_find(a, sts_rule(STS_ID_OLD), of_domain,
		    "DNS still shows the id %s of an earlier policy; the one "
		    "of now is %s, and senders do not learn of it.",
		    s->rec.id, s->own.id);
	else
		judge_find(a, sts_rule(STS_ID_FOREIGN), of_domain,
		    "DNS shows the id %s, which the registry never gave; it "
		    "wants %s.",
		    s->rec.id, s->own.id);
}

/* check_text - D14 */
static void
check_text(const struct seen *s, struct audit *a)
{
	struct str text;

	if (s->best == NULL || s->best->got == NULL || s->text_diags == NULL) {
		audit_skip(a, "D14", "No policy file came from its host.");
		return;
	}
	text = s->best->got->body;
	if (str_eq(text, s->own.text)) {
		audit_seen(a, "D14", "the text of the registry is served");
		return;
	}
	if (s->own.text_was_ours && s->rec_verdict == MTASTS_VERDICT_VALID &&
	    s->own.id_was_ours && strcmp(s->rec.id, s->own.id) != 0)
		audit_seen(a, "D14",
		    "an earlier text is served, and DNS shows an earlier id");
	else if (s->own.text_was_ours)
		judge_find(a, sts_rule(STS_TEXT_OLD), of_domain,
		    "The policy host serves an earlier text than the id in DNS "
		    "announces: senders keep the wrong one under the new id.");
	else
		judge_find(a, sts_rule(STS_TEXT_FOREIGN), of_domain,
		    "The policy host serves a text that is not the "
		    "registry's.");
}

void
judge_sts_own(const struct seen *s, struct audit *a)
{
	if (!s->own.registered) {
		judge_skip(a, (const char *const[]){ "D13", "D14", NULL },
		    "This is only looked at for domains of the registry "
		    "here.");
		return;
	}
	check_id(s, a);
	check_text(s, a);
}
