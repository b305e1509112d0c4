/*
 * judge_nation - which recommendations of countries the domain meets
 *
 * Only what the documents ask of a receiving mail server and can be seen from
 * outside. Each row says in a phrase what is asked and computes it from the
 * results and from what was seen; nothing here is a finding: whom a document
 * binds is not for us to say.
 */
#include "core/judge_txt.h"

#include "base/arena.h"

typedef int met_function(const struct seen *s, const struct audit *a);

/* starttls - does every MX host take mail over TLS? As check S02 says */
static int
starttls(const struct seen *s, const struct audit *a)
{
	const struct audit_check *c = audit_get(a, "S02");

	if (c == NULL || c->status == AUDIT_SKIP || s->mx_count == 0)
		return ADVICE_UNKNOWN;
	return c->status == AUDIT_FAIL ? ADVICE_NOT_MET : ADVICE_MET;
}

/* dane - STARTTLS, and TLSA records that hold */
static int
dane(const struct seen *s, const struct audit *a)
{
	int tls = starttls(s, a);

	if (tls == ADVICE_NOT_MET)
		return tls;
	if (!s->dnssec || s->mx_count == 0 || judge_lost(s->mx))
		return ADVICE_UNKNOWN;
	for (size_t i = 0; i < s->mx_count; i++)
		if (s->mxs[i].dane.result.dane == DANE_ERROR ||
		    s->mxs[i].dane.result.dane == DANE_OPEN)
			return ADVICE_UNKNOWN;
	return judge_dane_all(s) ? tls : ADVICE_NOT_MET;
}

/* enforce - a policy in mode enforce that senders use, and reports */
static int
enforce(const struct seen *s, const struct audit *a)
{
	if (s->sts == NULL || dnsfact_failed(s->sts) || judge_lost(s->rpt))
		return ADVICE_UNKNOWN;
	return judge_enforced(s) && s->rpt_rec != NULL ? ADVICE_MET
						       : ADVICE_NOT_MET;
}

/* is_weak - did an address settle for a cipher that is to be off? */
static bool
is_weak(const struct probefact *p)
{
	return p != NULL && p->tls != NULL && p->tls->weak_cipher;
}

/* no_weak - STARTTLS, and no server takes a weak cipher that is offered */
static int
no_weak(const struct seen *s, const struct audit *a)
{
	int tls = starttls(s, a);
	bool asked = true;

	for (size_t i = 0; i < s->mx_count; i++) {
		const struct seen_mx *mx = &s->mxs[i];

		if (is_weak(mx->old_tls))
			return ADVICE_NOT_MET;
		for (size_t k = 0; k < mx->addr_count; k++)
			if (is_weak(mx->addr[k].probe))
				return ADVICE_NOT_MET;
		asked &=
		    mx->old_tls != NULL && mx->old_tls->end != PROBEFACT_OURS;
	}
	return tls == ADVICE_MET && !asked ? ADVICE_UNKNOWN : tls;
}

/* is_old - did an address speak a version that is too old? */
static bool
is_old(const struct probefact *p)
{
	return p != NULL && p->tls != NULL &&
	    (strcmp(p->tls->version, "TLSv1") == 0 ||
		strcmp(p->tls->version, "TLSv1.1") == 0);
}

/* modern - STARTTLS with TLS 1.2 or later at every address */
static int
modern(const struct seen *s, const struct audit *a)
{
	for (size_t i = 0; i < s->mx_count; i++)
		for (size_t k = 0; k < s->mxs[i].addr_count; k++)
			if (is_old(s->mxs[i].addr[k].probe))
				return ADVICE_NOT_MET;
	return starttls(s, a);
}

static const struct {
	const char *country, *document, *url, *text;
	met_function *met;
} rows[] = {
	{ "Netherlands", "Forum Standaardisatie: STARTTLS and DANE",
	    "https://www.forumstandaardisatie.nl/open-standaarden/"
	    "starttls-en-dane",
	    "STARTTLS together with DANE on mail servers that receive", dane },
	{ "United Kingdom", "Set up government email services securely",
	    "https://www.gov.uk/guidance/"
	    "set-up-government-email-services-securely",
	    "TLS 1.2 or later on mail servers", modern },
	{ "United Kingdom", "Set up TLS-RPT and MTA-STS",
	    "https://www.security.gov.uk/policy-and-guidance/"
	    "set-up-tls-rpt-and-mta-sts",
	    "MTA-STS in mode enforce, with TLS-RPT", enforce },
	{ "United States", "Binding Operational Directive 18-01",
	    "https://www.cisa.gov/news-events/directives/"
	    "bod-18-01-enhance-email-and-web-security",
	    "STARTTLS on all mail servers, RC4 and 3DES off (SSLv2 and SSLv3, "
	    "which are to be off, too, are not tried)",
	    no_weak },
	{ "Canada", "Quick guide to email configuration (ITSAP.60.003)",
	    "https://www.cyber.gc.ca/en/guidance/"
	    "quick-guide-email-configuration",
	    "TLS between mail servers", starttls },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

void
judge_nation(const struct seen *s, struct audit *a)
{
	struct audit_advice *list;

	/* Nothing is asked of a domain that wants no mail. */
	if (s->null_mx)
		return;
	list = arena_zalloc(a->arena, ROWS, sizeof(*list));
	if (list == NULL) {
		a->short_of_memory = true;
		return;
	}
	for (size_t i = 0; i < ROWS; i++) {
		list[i].country = rows[i].country;
		list[i].document = rows[i].document;
		list[i].url = rows[i].url;
		list[i].text = rows[i].text;
		switch (rows[i].met(s, a)) {
		case ADVICE_MET:
			list[i].met = ADVICE_MET;
			break;
		case ADVICE_NOT_MET:
			list[i].met = ADVICE_NOT_MET;
			break;
		default:
			list[i].met = ADVICE_UNKNOWN;
			break;
		}
	}
	a->advice = list;
	a->advice_count = ROWS;
}
