/*
 * caa - which authorities may issue, by the CAA records of a name
 *
 * A certificate tells its authority's organisation, a configuration the URL of
 * a directory, and CAA records name authorities by a domain: which belongs to
 * which is written here for those that are used most. For another one the words
 * of its name are looked for in the domain. Knows no lookup.
 */
#include "core/caa.h"

#define CRITICAL 128u

static const struct caa_authority authorities[] = {
	{ "Let's Encrypt", "letsencrypt.org", { "letsencrypt.org" } },
	{ "DigiCert", "digicert.com",
	    { "digicert.com", "www.digicert.com", "thawte.com", "geotrust.com",
		"rapidssl.com", "symantec.com" } },
	{ "Sectigo", "sectigo.com",
	    { "sectigo.com", "comodoca.com", "comodo.com", "usertrust.com",
		"trust-provider.com" } },
	{ "COMODO", NULL,
	    { "sectigo.com", "comodoca.com", "comodo.com", "usertrust.com",
		"trust-provider.com" } },
	{ "ZeroSSL", "acme.zerossl.com",
	    { "sectigo.com", "comodoca.com", "zerossl.com" } },
	{ "cPanel", NULL, { "sectigo.com", "comodoca.com" } },
	{ "GlobalSign", "globalsign.com", { "globalsign.com" } },
	{ "Google Trust Services", "pki.goog", { "pki.goog", "google.com" } },
	{ "Buypass", "buypass.com", { "buypass.com", "buypass.no" } },
	{ "Actalis", "actalis.com", { "actalis.it" } },
	{ "Amazon", NULL,
	    { "amazon.com", "amazontrust.com", "awstrust.com",
		"amazonaws.com" } },
	{ "SSL Corp", "ssl.com", { "ssl.com" } },
	{ "Unizeto", NULL, { "certum.pl", "certum.eu" } },
	{ "Asseco", NULL, { "certum.pl", "certum.eu" } },
	{ "Hellenic Academic", "harica.gr", { "harica.gr" } },
	{ "Entrust", "entrust.net", { "entrust.net", "affirmtrust.com" } },
	{ "GoDaddy", NULL, { "godaddy.com", "starfieldtech.com" } },
	{ "Starfield", NULL, { "starfieldtech.com", "godaddy.com" } },
	{ "IdenTrust", NULL, { "identrust.com" } },
	{ "SwissSign", NULL, { "swisssign.com" } },
	{ "D-Trust", NULL, { "d-trust.net" } },
	{ "Telekom", NULL, { "telesec.de" } },
	{ "QuoVadis", NULL, { "quovadisglobal.com", "digicert.com" } },
	{ "Microsoft", NULL, { "microsoft.com" } },
	{ "Apple", NULL, { "pki.apple.com" } },
};

#define AUTHORITIES (sizeof(authorities) / sizeof(*authorities))

const struct caa_authority *
caa_of_org(const char *org)
{
	struct str s = str_of(org);

	for (size_t i = 0; i < AUTHORITIES; i++)
		if (str_find_nocase(s, str_of(authorities[i].org)) < s.len)
			return &authorities[i];
	return NULL;
}

/* is_below - is the host the name, or a name below it? */
static bool
is_below(struct str host, struct str name)
{
	if (host.len < name.len ||
	    !str_eq_nocase(str_sub(host, host.len - name.len, name.len), name))
		return false;
	return host.len == name.len || host.p[host.len - name.len - 1] == '.';
}

const struct caa_authority *
caa_of_directory(struct str url)
{
	struct str host = url;

	if (str_starts_nocase(url, STR("https://")))
		host = str_sub(url, sizeof("https://") - 1, url.len);
	str_cut(host, '/', &host, NULL);
	str_cut(host, ':', &host, NULL);
	for (size_t i = 0; i < AUTHORITIES; i++)
		if (authorities[i].directory != NULL &&
		    is_below(host, str_of(authorities[i].directory)))
			return &authorities[i];
	return NULL;
}

bool
caa_is(const struct caa_authority *authority, struct str domain)
{
	const char *const *list = authority->domains;

	for (size_t i = 0; i < CAA_AUTHORITY_NAMES && list[i] != NULL; i++)
		if (str_eq_nocase(domain, str_of(list[i])))
			return true;
	return false;
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

bool
caa_words_fit(const char *org, struct str domain)
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

/* has_tag - is there a record of this tag? */
static bool
has_tag(const struct dnsfact *fact, struct str tag)
{
	for (size_t i = 0; i < fact->count; i++)
		if (str_eq_nocase(fact->records[i].caa.tag, tag))
			return true;
	return false;
}

/* next_parameter - take "tag=value" off what stands behind an issuer */
static bool
next_parameter(struct str *rest, struct str *tag, struct str *value)
{
	struct str one;

	if (rest->len == 0)
		return false;
	str_cut(*rest, ';', &one, rest);
	str_cut(one, '=', tag, value);
	*tag = str_trim(*tag);
	*value = str_trim(*value);
	return true;
}

/* method_fits - may one of the methods be used? RFC 8657 section 4 */
static bool
method_fits(struct str parameters, const struct caa_question *q)
{
	struct str tag, value, method;

	while (next_parameter(&parameters, &tag, &value)) {
		if (!str_eq_nocase(tag, STR("validationmethods")) ||
		    q->method_count == 0)
			continue;
		while (value.len > 0) {
			str_cut(value, ',', &method, &value);
			for (size_t i = 0; i < q->method_count; i++)
				if (str_eq(method, str_of(q->methods[i])))
					return true;
		}
		return false;
	}
	return true;
}

/* find_critical - a tag that no authority can know */
static void
find_critical(const struct dnsfact *fact, struct caa_verdict *v)
{
	static const char *const tags[] = { "issue", "issuewild", "iodef",
		"issuemail", "issuevmc", "contactemail", "contactphone" };

	for (size_t i = 0; i < fact->count; i++) {
		struct str tag = fact->records[i].caa.tag;
		bool known = false;

		for (size_t k = 0; k < sizeof(tags) / sizeof(*tags); k++)
			known |= str_eq_nocase(tag, str_of(tags[k]));
		if (known || (fact->records[i].caa.flags & CRITICAL) == 0)
			continue;
		v->is_critical = true;
		v->critical = tag;
		return;
	}
}

/* read_record - one issue or issuewild */
static void
read_record(
    struct str value, const struct caa_question *q, struct caa_verdict *v)
{
	struct str domain, parameters;

	str_cut(value, ';', &domain, &parameters);
	domain = str_trim(domain);
	v->restricts = true;
	if (domain.len == 0)
		return;
	v->all_forbid = false;
	if (v->other.len == 0)
		v->other = domain;
	if (!q->means(q->ctx, domain))
		return;
	if (method_fits(parameters, q))
		v->fits = true;
	else
		v->method = true;
}

void
caa_read(const struct dnsfact *fact, const struct caa_question *q,
    struct caa_verdict *out)
{
	/* issuewild goes before issue, for wildcards alone. */
	struct str tag = q->wildcard && has_tag(fact, STR("issuewild"))
	    ? STR("issuewild")
	    : STR("issue");

	*out = (struct caa_verdict){ .all_forbid = true };
	find_critical(fact, out);
	for (size_t i = 0; i < fact->count; i++)
		if (str_eq_nocase(fact->records[i].caa.tag, tag))
			read_record(fact->records[i].caa.value, q, out);
}
