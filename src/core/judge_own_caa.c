/*
 * judge_own_caa.c - O04: may the authority in use issue the next certificate?
 *
 * The certificate tells the authority's organisation, CAA records name
 * authorities by a domain; which belongs to which is written here for those
 * that are used most. For another one the words of its name are looked for in
 * the domain. The set that counts is that of the first name on the way up.
 *
 * RFC 8659 sections 3 and 4.
 */
#include "core/judge_own.h"

#include <stdio.h>

#define CRITICAL 128u

/* What stands in an issuer's organisation, and in CAA records for it. */
static const struct {
	const char *org; /* a part of it, any case */
	const char *domains[6];
} authorities[] = {
	{ "Let's Encrypt", { "letsencrypt.org" } },
	{ "DigiCert",
	    { "digicert.com", "www.digicert.com", "thawte.com", "geotrust.com",
		"rapidssl.com", "symantec.com" } },
	{ "Sectigo",
	    { "sectigo.com", "comodoca.com", "comodo.com", "usertrust.com",
		"trust-provider.com" } },
	{ "COMODO",
	    { "sectigo.com", "comodoca.com", "comodo.com", "usertrust.com",
		"trust-provider.com" } },
	{ "ZeroSSL", { "sectigo.com", "comodoca.com", "zerossl.com" } },
	{ "cPanel", { "sectigo.com", "comodoca.com" } },
	{ "GlobalSign", { "globalsign.com" } },
	{ "Google Trust Services", { "pki.goog", "google.com" } },
	{ "Buypass", { "buypass.com", "buypass.no" } },
	{ "Actalis", { "actalis.it" } },
	{ "Amazon",
	    { "amazon.com", "amazontrust.com", "awstrust.com",
		"amazonaws.com" } },
	{ "SSL Corp", { "ssl.com" } },
	{ "Unizeto", { "certum.pl", "certum.eu" } },
	{ "Asseco", { "certum.pl", "certum.eu" } },
	{ "Hellenic Academic", { "harica.gr" } },
	{ "Entrust", { "entrust.net", "affirmtrust.com" } },
	{ "GoDaddy", { "godaddy.com", "starfieldtech.com" } },
	{ "Starfield", { "starfieldtech.com", "godaddy.com" } },
	{ "IdenTrust", { "identrust.com" } },
	{ "SwissSign", { "swisssign.com" } },
	{ "D-Trust", { "d-trust.net" } },
	{ "Telekom", { "telesec.de" } },
	{ "QuoVadis", { "quovadisglobal.com", "digicert.com" } },
	{ "Microsoft", { "microsoft.com" } },
	{ "Apple", { "pki.apple.com" } },
};

#define AUTHORITIES (sizeof(authorities) / sizeof(*authorities))

/* The certificate that is to be issued again. */
struct wanted {
	const char *org; /* of its issuer */
	size_t known; /* among the authorities; or AUTHORITIES */
	bool wildcard; /* its name for the policy host is one */
};

/* What the records of the set that counts say. */
struct verdict {
	const char *name; /* where they stand */
	bool restricts; /* there is an issue or issuewild that counts */
	bool fits; /* one of those allows the authority */
	bool all_forbid; /* each is ";" */
	struct str other; /* an authority that is named */
};

/* known_as - which of the authorities it is */
static size_t
known_as(const char *org)
{
	struct str s = str_of(org);
	size_t i = 0;

	while (i < AUTHORITIES &&
	    str_find_nocase(s, str_of(authorities[i].org)) == s.len)
		i++;
	return i;
}

/* says_nothing - is it a word that many organisations have? */
static bool
says_nothing(struct str word)
{
	static const char *const words[] = { "inc", "ltd", "llc", "corp",
		"gmbh", "the", "limited", "company", "corporation", "trust",
		"services", "service", "security", "technologies", "network",
		"certificate", "certification", "authority", "ssl", "com",
		"org", "net" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_eq_nocase(word, str_of(words[i])))
			return true;
	return word.len < 3;
}

/* words_fit - does a telling word of the organisation stand in the domain? */
static bool
words_fit(const char *org, struct str domain)
{
	struct str rest = str_of(org);

	while (rest.len > 0) {
		size_t n = 0;

		while (n < rest.len && ascii_alnum(rest.p[n]))
			n++;
		if (!says_nothing(str_sub(rest, 0, n)) &&
		    str_find_nocase(domain, str_sub(rest, 0, n)) < domain.len)
			return true;
		rest = str_sub(rest, n + 1, rest.len);
	}
	return false;
}

/* allows - does a record's issuer domain mean this authority? */
static bool
allows(const struct wanted *w, struct str domain)
{
	const char *const *list;

	if (w->known == AUTHORITIES)
		return words_fit(w->org, domain);
	list = authorities[w->known].domains;
	for (size_t i = 0; i < 6 && list[i] != NULL; i++)
		if (str_eq_nocase(domain, str_of(list[i])))
			return true;
	return false;
}

/* has_tag - is there a record of this tag? */
static bool
has_tag(const struct dnsfact *fact, struct str tag)
{
	for (size_t i = 0; i < fact->count; i++)
		if (str_eq_nocase(fact->records[i].caa.tag, tag))
			return true;
	return false;
}

/* read_set - what the records say about this authority */
static void
read_set(const struct dnsfact *fact, const struct wanted *w, struct verdict *v)
{
	/* issuewild goes before issue, for wildcards alone. */
	struct str tag = w->wildcard && has_tag(fact, STR("issuewild"))
	    ? STR("issuewild")
	    : STR("issue");

	v->all_forbid = true;
	for (size_t i = 0; i < fact->count; i++) {
		struct str domain = fact->records[i].caa.value;

		if (!str_eq_nocase(fact->records[i].caa.tag, tag))
			continue;
		str_cut(domain, ';', &domain, NULL);
		domain = str_trim(domain);
		v->restricts = true;
		if (domain.len == 0)
			continue;
		v->all_forbid = false;
		v->fits |= allows(w, domain);
		if (v->other.len == 0)
			v->other = domain;
	}
}

/* check_critical - tags that no authority can know */
static void
check_critical(struct audit *a, const struct dnsfact *fact, const char *name)
{
	static const char *const tags[] = { "issue", "issuewild", "iodef",
		"issuemail", "issuevmc", "contactemail", "contactphone" };
	struct diag_quote q;

	for (size_t i = 0; i < fact->count; i++) {
		struct str tag = fact->records[i].caa.tag;
		bool known = false;

		for (size_t k = 0; k < sizeof(tags) / sizeof(*tags); k++)
			known |= str_eq_nocase(tag, str_of(tags[k]));
		if (known || (fact->records[i].caa.flags & CRITICAL) == 0)
			continue;
		judge_find(a, own_rule(OWN_CAA_CRITICAL),
		    (struct judge_at){ .who = name },
		    "A CAA record at %s says that no authority may issue that "
		    "does not know its tag, which is: %s",
		    name, diag_quote(&q, tag));
		return; /* one is enough */
	}
}

/* conclude - the finding that follows, if any */
static void
conclude(struct audit *a, const struct wanted *w, const struct verdict *v)
{
	struct judge_at at = { .who = v->name };
	struct diag_quote q;

	if (!v->restricts || v->fits)
		audit_seen(a, "O04", "the CAA records of %s allow %s", v->name,
		    w->org);
	else if (v->all_forbid)
		judge_find(a, own_rule(OWN_CAA_FORBIDS), at,
		    "The CAA records of %s forbid every authority to issue, "
		    "so the certificate of %s cannot be renewed.",
		    v->name, w->org);
	else if (w->known == AUTHORITIES)
		judge_find(a, own_rule(OWN_CAA_UNKNOWN), at,
		    "The CAA records of %s name %s; whether that is %s, which "
		    "issued the certificate, is not known here.",
		    v->name, diag_quote(&q, v->other), w->org);
	else
		judge_find(a, own_rule(OWN_CAA_OTHER), at,
		    "The CAA records of %s name %s and not %s, which issued "
		    "the certificate, so that it cannot be renewed there.",
		    v->name, diag_quote(&q, v->other), w->org);
}

/* check_set - the set of one name; true when it is the one that counts */
static bool
check_set(
    const struct seen *s, struct audit *a, size_t i, const struct wanted *w)
{
	const struct dnsfact *fact = s->caa[i].fact;
	struct verdict v = { .name = s->caa[i].name };
	struct judge_text why;

	if (fact == NULL)
		return false;
	if (fact->end == DNSFACT_BOGUS) {
		judge_find(a, own_rule(OWN_CAA_BOGUS),
		    (struct judge_at){ .who = v.name },
		    "The CAA records of %s fail validation with DNSSEC, so "
		    "that authorities must not issue.",
		    v.name);
		return true;
	}
	if (dnsfact_failed(fact)) {
		audit_unknown(a, "O04",
		    "The lookup of the CAA records of %s failed: %s.", v.name,
		    judge_no_answer(&why, fact));
		return true;
	}
	if (!judge_found(fact))
		return false;
	check_critical(a, fact, v.name);
	read_set(fact, w, &v);
	conclude(a, w, &v);
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
	w.known = known_as(w.org);
	w.wildcard = is_wildcard(tls, s->policy_host);
	for (size_t i = 0; i < s->caa_count; i++)
		if (check_set(s, a, i, &w))
			return;
	audit_seen(a, "O04",
	    "there are no CAA records: any authority may "
	    "issue");
}
