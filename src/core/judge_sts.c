/*
 * judge_sts - D01 to D09: is there a record _mta-sts, and does it count?
 *
 * What the reader of the record finds is taken over. Here is said what it
 * means that there is none, which depends on what else there is: a policy
 * host without a record is a mistake, a domain with DANE needs none.
 *
 * RFC 8461 section 3.1.
 */
#include "core/judge_sts.h"

#include <stdio.h>

#define S31 "RFC 8461 section 3.1"

/* clang-format off */
const struct diag_rule judge_sts_rules[STS_RULES + 1] = {
[STS_MISSING] = { "D01", "sts-missing", MTASTS_WARNING, false, S31,
	"Publish the policy file first, in mode testing, and then the TXT "
	"record: \"mtasts dns\" prints what to enter." },
[STS_MISSING_DANE] = { "D01", "sts-missing-dane", MTASTS_INFO, false,
	"RFC 8461 section 2",
	"Think of a policy, too: several large senders know MTA-STS and not "
	"DANE." },
[STS_NO_MAIL] = { "D01", "sts-no-mail", MTASTS_INFO, false,
	"RFC 7505 section 3",
	"Nothing need be done: a domain that accepts no mail needs no "
	"policy." },
[STS_HALF] = { "D01", "sts-half", MTASTS_ERROR, false, S31,
	"Publish the TXT record, or take the policy file down if the domain "
	"is not to have MTA-STS." },
[STS_HOST_ALONE] = { "D01", "sts-host-alone", MTASTS_WARNING, false, S31,
	"If the domain is to have MTA-STS, publish the TXT record once the "
	"policy file is served; if not, remove the name mta-sts, unless a "
	"wildcard makes it." },
[STS_BOGUS] = { "D02", "sts-bogus", MTASTS_ERROR, false,
	"RFC 4035 section 5.5",
	"Sign the zone anew, and see that the DS records of the parent zone "
	"fit its keys." },
[STS_MISPLACED] = { "D05", "sts-misplaced", MTASTS_ERROR, false, S31,
	"Move the record to _mta-sts in front of the mail domain." },
[STS_CNAME_DANGLING] = { "D10", "sts-cname-dangling", MTASTS_ERROR, false,
	S31,
	"Have the provider publish the record at the end of the CNAME, or "
	"replace the CNAME by the TXT record itself." },
[STS_CNAME_LOOP] = { "D10", "sts-cname-loop", MTASTS_ERROR, false,
	"RFC 1034 section 3.6.2",
	"Let the CNAME lead straight to the name that has the TXT record." },
[STS_CNAME_LONG] = { "D10", "sts-cname-long", MTASTS_WARNING, false,
	"RFC 1034 section 3.6.2",
	"Let the first CNAME lead straight to the last name: every link is "
	"one more that can break." },
[STS_TTL_LONG] = { "D11", "sts-ttl-long", MTASTS_WARNING, false,
	"RFC 8461 section 8.1",
	"Set the time to live of the TXT record to an hour or less, so that "
	"senders see a new id soon." },
[STS_TTL_SHORT] = { "D11", "sts-ttl-short", MTASTS_INFO, false, "",
	"Set the time to live of the TXT record to five minutes or more: "
	"shorter ones only make work." },
[STS_NS_DIFFERS] = { "D11", "sts-ns-differs", MTASTS_ERROR, false,
	"RFC 1034 section 4.3.5",
	"See that the zone is transferred to this name server, or enter the "
	"record there, too." },
[STS_NS_SILENT] = { "D11", "sts-ns-silent", MTASTS_WARNING, false,
	"RFC 2182 section 3",
	"Bring the name server back, or take it out of the NS records." },
[STS_NS_NO_ADDRESS] = { "D11", "sts-ns-no-address", MTASTS_WARNING, false,
	"RFC 1912 section 2.8",
	"Give the name server an address, or take it out of the NS "
	"records." },
[STS_CACHED] = { "D11", "sts-cached", MTASTS_INFO, false,
	"RFC 8461 section 8.1",
	"Wait until the old answer has run out, and keep what it speaks of "
	"working until then." },
[STS_UNSIGNED] = { "D12", "sts-unsigned", MTASTS_INFO, false,
	"RFC 8461 section 10.1",
	"Sign the zone with DNSSEC if your name servers can; MTA-STS does "
	"not need it." },
[STS_ID_OLD] = { "D13", "sts-id-old", MTASTS_ERROR, false,
	"RFC 8461 section 8.1",
	"Publish the new id: \"mtasts dns\" prints the record." },
[STS_ID_FOREIGN] = { "D13", "sts-id-foreign", MTASTS_ERROR, false,
	"RFC 8461 section 8.1",
	"Find out who else publishes the record; then publish the one that "
	"\"mtasts dns\" prints." },
[STS_TEXT_OLD] = { "D14", "policy-text-old", MTASTS_ERROR, false,
	"RFC 8461 section 8.1",
	"Have the policy host serve the new text, then change the policy "
	"once more, so that it gets an id that no sender has seen." },
[STS_TEXT_FOREIGN] = { "D14", "policy-text-foreign", MTASTS_ERROR, false,
	"RFC 8461 section 8.1",
	"Let the address of the policy host lead to the server that follows "
	"the registry." },
};
/* clang-format on */

static const struct judge_at of_domain;

/* What cannot be said without the record. */
static const char *const of_record[] = { "D03", "D04", "D05", "D06", "D07",
	"D08", "D09", "D10", "D11", "D12", NULL };

/* host_there - has the policy host an address? */
static bool
host_there(const struct seen *s)
{
	return judge_found(s->host_a) || judge_found(s->host_aaaa);
}

/* missing - which of the ways to have no record it is */
static enum sts_rule
missing(const struct seen *s)
{
	if (s->text_policy != NULL)
		return STS_HALF;
	if (s->null_mx)
		return STS_NO_MAIL;
	if (judge_dane_all(s))
		return STS_MISSING_DANE;
	return host_there(s) ? STS_HOST_ALONE : STS_MISSING;
}

/* say_missing - D01: no record was meant to be one */
static void
say_missing(const struct seen *s, struct audit *a)
{
	static const char *const means[] = {
		[STS_MISSING] = "so senders do not know that mail to the "
				"domain should be protected",
		[STS_MISSING_DANE] = "but DANE protects mail from senders "
				     "that know it",
		[STS_NO_MAIL] = "and the domain accepts no mail",
		[STS_HALF] = "but a policy is served: half of MTA-STS is "
			     "there, and no sender looks at it",
		[STS_HOST_ALONE] = "though the policy host has an address, so "
				   "senders do not know that mail to the "
				   "domain should be protected",
	};
	enum sts_rule which = missing(s);
	struct judge_text why;

	judge_find(a, sts_rule(which), of_domain,
	    "There is no MTA-STS record at _mta-sts.%s (%s), %s.", s->domain,
	    judge_no_answer(&why, s->sts), means[which]);
}

/* misplaced - D05: a record that stands where nobody looks */
static bool
misplaced(struct audit *a, const struct dnsfact *fact, const char *name)
{
	struct str txt = judge_txt_begins(fact, STR("v=STSv1"));
	struct judge_text at;
	struct diag_quote q;

	if (txt.p == NULL)
		return false;
	snprintf(at.text, sizeof(at.text), "%s", name);
	judge_find(a, sts_rule(STS_MISPLACED),
	    (struct judge_at){ .who = at.text },
	    "The record stands at %s, where no sender looks: %s", name,
	    diag_quote(&q, txt));
	return true;
}

/* look_elsewhere - D05: the places where records are put by mistake */
static bool
look_elsewhere(const struct seen *s, struct audit *a)
{
	struct judge_text under;
	bool found;

	snprintf(under.text, sizeof(under.text), "_mta_sts.%.253s", s->domain);
	found = misplaced(a, s->sts_apex, s->domain);
	found |= misplaced(a, s->sts_plain, s->policy_host);
	found |= misplaced(a, s->sts_under, under.text);
	return found;
}

/* say_none - D01: no record counts, and none was meant to */
static void
say_none(const struct seen *s, struct audit *a, bool elsewhere)
{
	if (elsewhere)
		audit_skip(a, "D01",
		    "The record stands where no sender looks: see D05.");
	else if (s->sts->cnames > 0 && s->sts->end != DNSFACT_FOUND)
		audit_skip(a, "D01", "The CNAME leads to no record: see D10.");
	else
		say_missing(s, a);
	judge_skip(a, of_record, "There is no MTA-STS record.");
}

/* read_record - D01 and D03 to D09 of an answer that came */
static void
read_record(const struct seen *s, struct audit *a)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_verdict verdict;
	struct mtasts_stsrec rec;
	const struct mtasts_txt *txt;
	bool elsewhere = false;
	struct diag_quote q;
	size_t count;

	if (diags == NULL) {
		a->short_of_memory = true;
		return;
	}
	txt = judge_txts(a, s->sts, &count);
	verdict = mtasts_stsrec_parse(txt, count, &rec, diags);
	if (verdict == MTASTS_VERDICT_VALID)
		audit_seen(a, "D01", "%s",
		    diag_quote(&q, s->sts->records[rec.record - 1].txt));
	else
		elsewhere = look_elsewhere(s, a);
	if (verdict == MTASTS_VERDICT_VALID)
		audit_seen(a, "D07", "id %s", rec.id);
	if (verdict == MTASTS_VERDICT_NONE && diag_errors(diags) == 0)
		say_none(s, a, elsewhere);
	judge_copy(a, diags, "sts-absent");
	mtasts_diags_free(diags);
}

/* lookup_failed - D02, and what follows from it */
static void
lookup_failed(const struct seen *s, struct audit *a)
{
	struct judge_text what;

	snprintf(what.text, sizeof(what.text), "the TXT record _mta-sts.%.253s",
	    s->domain);
	judge_lookup(a, s->sts, sts_rule(STS_BOGUS), what.text);
	if (judge_lost(s->mx))
		audit_seen(a, "D02",
		    "the lookup of the MX records failed, too: see whether "
		    "DNS works for the domain, and from here");
	else if (s->mx != NULL)
		audit_seen(a, "D02", "the MX records were answered");
	audit_skip(a, "D01", "The lookup of the record failed: see D02.");
	judge_skip(a, of_record, "The lookup of the record failed: see D02.");
}

void
judge_sts(const struct seen *s, struct audit *a)
{
	if (s->sts == NULL) {
		judge_skip(a, (const char *const[]){ "D01", "D02", NULL },
		    "The record was not looked up.");
		judge_skip(a, of_record, "The record was not looked up.");
	} else if (dnsfact_failed(s->sts)) {
		lookup_failed(s, a);
	} else {
		audit_seen(a, "D02", "%s, %zu TXT record%s",
		    dnsfact_end_name(s->sts->end), s->sts->count,
		    s->sts->count == 1 ? "" : "s");
		read_record(s, a);
	}
	judge_sts_way(s, a);
	judge_sts_own(s, a);
}
