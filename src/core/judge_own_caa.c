/*
 * judge_own_caa.c - O04: may the authority in use issue the next certificate?
 *
 * The certificate tells the authority's organisation; what CAA records say of
 * it is read by core/caa. The set that counts is that of the first name on the
 * way up.
 *
 * RFC 8659 sections 3 and 4.
 */
#include "core/judge_own.h"

#include "core/caa.h"

#include <stdio.h>

/* The certificate that is to be issued again. */
struct wanted {
	const char *org; /* of its issuer */
	const struct caa_authority *known; /* or null */
	bool wildcard; /* its name for the policy host is one */
};

/* means - does a record's issuer domain mean this authority? */
static bool
means(const void *ctx, struct str domain)
{
	const struct wanted *w = ctx;

	return w->known != NULL ? caa_is(w->known, domain)
				: caa_words_fit(w->org, domain);
}

/* conclude - the finding that follows, if any */
static void
conclude(struct audit *a, const struct wanted *w, const char *name,
    const struct caa_verdict *v)
{
	struct judge_at at = { .who = name };
	struct diag_quote q;

	if (!v->restricts || v->fits)
		audit_seen(
		    a, "O04", "the CAA records of %s allow %s", name, w->org);
	else if (v->all_forbid)
		judge_find(a, own_rule(OWN_CAA_FORBIDS), at,
		    "The CAA records of %s forbid every authority to issue, "
		    "so the certificate of %s cannot be renewed.",
		    name, w->org);
	else if (w->known == NULL)
		judge_find(a, own_rule(OWN_CAA_UNKNOWN), at,
		    "The CAA records of %s name %s; whether that is %s, which "
		    "issued the certificate, is not known here.",
		    name, diag_quote(&q, v->other), w->org);
	else
		judge_find(a, own_rule(OWN_CAA_OTHER), at,
		    "The CAA records of %s name %s and not %s, which issued "
		    "the certificate, so that it cannot be renewed there.",
		    name, diag_quote(&q, v->other), w->org);
}

/* check_critical - a tag that no authority can know */
static void
check_critical(struct audit *a, const struct caa_verdict *v, const char *name)
{
	struct diag_quote q;

	if (v->is_critical)
		judge_find(a, own_rule(OWN_CAA_CRITICAL),
		    (struct judge_at){ .who = name },
		    "A CAA record at %s says that no authority may issue that "
		    "does not know its tag, which is: %s",
		    name, diag_quote(&q, v->critical));
}

/* check_set - the set of one name; true when it is the one that counts */
static bool
check_set(
    const struct seen *s, struct audit *a, size_t i, const struct wanted *w)
{
	const struct dnsfact *fact = s->caa[i].fact;
	struct caa_question q = { means, w, w->wildcard, NULL, 0 };
	const char *name = s->caa[i].name;
	struct caa_verdict v;
	struct judge_text why;

	if (fact == NULL)
		return false;
	if (fact->end == DNSFACT_BOGUS) {
		judge_find(a, own_rule(OWN_CAA_BOGUS),
		    (struct judge_at){ .who = name },
		    "The CAA records of %s fail validation with DNSSEC, so "
		    "that authorities must not issue.",
		    name);
		return true;
	}
	if (dnsfact_failed(fact)) {
		audit_unknown(a, "O04",
		    "The lookup of the CAA records of %s failed: %s.", name,
		    judge_no_answer(&why, fact));
		return true;
	}
	if (!judge_found(fact))
		return false;
	caa_read(fact, &q, &v);
	check_critical(a, &v, name);
	conclude(a, w, name, &v);
	return true;
}

/* is_wildcard - does the host stand in the certificate by a wildcard only? */
static bool
is_wildcard(const struct tlsfact *tls, const char *host)
{
	for (size_t i = 0; i < tls->name_count; i++)
		if (strcmp(tls->names[i], host) == 0)
			return false;
	return tls->names_host;
}

void
judge_own_caa(const struct seen *s, struct audit *a)
{
	const struct tlsfact *tls = NULL;
	struct wanted w;

	if (s->best != NULL && s->best->got != NULL)
		tls = s->best->got->tls;
	if (tls == NULL || tls->count == 0 || s->caa_count == 0) {
		audit_skip(a, "O04",
		    tls == NULL || tls->count == 0
			? "No certificate of the policy host was seen."
			: "CAA records were not looked up.");
		return;
	}
	w.org = tls->cert[0].issuer_org[0] != '\0' ? tls->cert[0].issuer_org
						   : tls->cert[0].issuer;
	w.known = caa_of_org(w.org);
	w.wildcard = is_wildcard(tls, s->policy_host);
	for (size_t i = 0; i < s->caa_count; i++)
		if (check_set(s, a, i, &w))
			return;
	audit_seen(a, "O04",
	    "there are no CAA records: any authority may "
	    "issue");
}
