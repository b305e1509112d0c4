/*
 * judge_rpt - T01 to T06: who is told of failures, and does it reach him?
 *
 * What the reader of the record finds is taken over. The addresses are looked
 * at as far as one can without sending a report to anybody.
 *
 * RFC 8460 section 3, RFC 5321 section 5.1, RFC 7505.
 */
#include "core/judge_txt.h"

#include <stdio.h>

#define S3     "RFC 8460 section 3"
#define ABSENT "tlsrpt-absent"

enum rpt_rule {
	RPT_BOGUS = 0,
	RPT_HOST_GONE,
	RPT_HOST_BOGUS,
	RPT_HOST_DEAD,
	RPT_HOST_CERT,
	RPT_MAIL_NULL,
	RPT_MAIL_GONE,
	RPT_MAIL_BOGUS,
	RPT_MAIL_SAME,
	RPT_OLD_NAME,
	RPT_APEX,
	RPT_NONE_POLICY,
	RPT_NONE_DANE,
	RPT_RULES
};

/* clang-format off */
const struct diag_rule judge_rpt_rules[RPT_RULES + 1] = {
[RPT_BOGUS] = { "T01", "tlsrpt-bogus", MTASTS_ERROR, false,
	"RFC 4035 section 5.5",
	"Sign the zone anew, and see that the DS records of the parent zone "
	"fit its keys." },
[RPT_HOST_GONE] = { "T03", "rua-no-address", MTASTS_WARNING, false, S3,
	"Give the host an address, or name another one in rua." },
[RPT_HOST_BOGUS] = { "T03", "rua-host-bogus", MTASTS_WARNING, false,
	"RFC 4035 section 5.5",
	"Have the zone of the host signed anew, or name another one in "
	"rua." },
[RPT_HOST_DEAD] = { "T03", "rua-no-tls", MTASTS_WARNING, false, S3,
	"Bring the server back, or name another one in rua." },
[RPT_HOST_CERT] = { "T03", "rua-cert", MTASTS_WARNING, false, S3,
	"Renew the certificate of the host that takes the reports, with its "
	"name and with the whole chain." },
[RPT_MAIL_NULL] = { "T04", "rua-null-mx", MTASTS_ERROR, false,
	"RFC 7505 section 3",
	"Name an address at a domain that accepts mail." },
[RPT_MAIL_GONE] = { "T04", "rua-no-mail-server", MTASTS_ERROR, false,
	"RFC 5321 section 5.1",
	"Name an address at a domain that has a mail server." },
[RPT_MAIL_BOGUS] = { "T04", "rua-mail-bogus", MTASTS_WARNING, false,
	"RFC 4035 section 5.5",
	"Have the zone of the mail domain signed anew, or name another "
	"address in rua." },
[RPT_MAIL_SAME] = { "T04", "rua-same-policy", MTASTS_INFO, false,
	"RFC 8460 section 3",
	"Add a second address to rua, at a domain with other mail servers or "
	"by HTTPS." },
[RPT_OLD_NAME] = { "T05", "tlsrpt-old-name", MTASTS_WARNING, false, S3,
	"Move the record to _smtp._tls in front of the mail domain; the name "
	"_smtp-tlsrpt was in a draft only." },
[RPT_APEX] = { "T05", "tlsrpt-apex", MTASTS_WARNING, false, S3,
	"Move the record to _smtp._tls in front of the mail domain." },
[RPT_NONE_POLICY] = { "T06", "no-reports", MTASTS_WARNING, false,
	"RFC 8460 section 1",
	"Publish the record _smtp._tls with an address that somebody or some "
	"program reads: \"mtasts dns\" prints one." },
[RPT_NONE_DANE] = { "T06", "no-reports-dane", MTASTS_INFO, false,
	"RFC 8460 section 1",
	"Publish the record _smtp._tls: senders report failures of DANE, "
	"too." },
};
/* clang-format on */

/* say_absent - T01: the reader's finding, with the name of the record */
static void
say_absent(
    const struct seen *s, struct audit *a, const struct mtasts_diags *diags)
{
	const struct mtasts_finding *f;
	struct judge_text why;

	for (size_t i = 0; (f = mtasts_diags_get(diags, i)) != NULL; i++) {
		struct diag_rule rule = { .id = f->id,
			.name = f->name,
			.severity = f->severity,
			.rfc = f->rfc };

		if (strcmp(f->name, ABSENT) != 0)
			continue;
		judge_find(a, &rule, (struct judge_at){ .fix = f->fix },
		    "There is no record _smtp._tls.%s (%s), so nobody reports "
		    "failures.",
		    s->domain, judge_no_answer(&why, s->rpt));
	}
}

/* read_record - T01, T02 and T05 of an answer that came */
static void
read_record(const struct seen *s, struct audit *a)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_rptrec *rec = NULL;
	const struct mtasts_txt *txt;
	enum mtasts_verdict verdict;
	struct diag_quote q;
	size_t count;

	if (diags == NULL) {
		a->short_of_memory = true;
		return;
	}
	txt = judge_txts(a, s->rpt, &count);
	verdict = mtasts_rptrec_parse(txt, count, &rec, diags);
	if (verdict == MTASTS_VERDICT_VALID)
		audit_seen(a, "T01", "%s",
		    diag_quote(&q, s->rpt->records[rec->record - 1].txt));
	else if (verdict == MTASTS_VERDICT_NONE)
		audit_skip(a, "T02", "There is no TLSRPT record.");
	for (size_t i = 0; rec != NULL && i < rec->rua_count && i < 5; i++)
		audit_seen(a, "T02", "%s", diag_quote(&q, str_of(rec->rua[i])));
	judge_copy(a, diags, ABSENT);
	say_absent(s, a, diags);
	mtasts_rptrec_free(rec);
	mtasts_diags_free(diags);
}

/* check_record - T01 and T02 */
static void
check_record(const struct seen *s, struct audit *a)
{
	struct judge_text what;

	if (s->rpt == NULL) {
		judge_skip(a, (const char *const[]){ "T01", "T02", NULL },
		    "The record was not looked up.");
		return;
	}
	if (!dnsfact_failed(s->rpt)) {
		read_record(s, a);
		return;
	}
	snprintf(what.text, sizeof(what.text),
	    "the TXT record _smtp._tls.%.253s", s->domain);
	judge_lookup(a, s->rpt, &judge_rpt_rules[RPT_BOGUS], what.text);
	audit_skip(a, "T02", "The lookup of the record failed: see T01.");
}

/* check_cert - T03: what the host for reports showed of its certificate */
static void
check_cert(const struct seen_rua *rua, struct audit *a)
{
	const struct tlsfact *tls = rua->tls->tls;
	struct judge_at at = { .who = rua->host };
	struct judge_text date;

	if (tlsfact_valid(tls)) {
		audit_seen(a, "T03",
		    "%s: %s, certificate valid until %s; no report was sent "
		    "to try it",
		    rua->host, tls->version,
		    tls->count > 0
			? judge_date(&date, tls->cert[0].not_after_at)
			: "?");
		return;
	}
	judge_find(a, &judge_rpt_rules[RPT_HOST_CERT], at,
	    "Senders may refuse to post reports to %s: its certificate is not "
	    "valid (%s).",
	    rua->host,
	    tls->trust != TLSFACT_TRUSTED ? tls->why
					  : "it is for another name");
}

/* check_https - T03: one address for reports that is a URL */
static void
check_https(const struct seen_rua *rua, struct audit *a)
{
	struct judge_at at = { .who = rua->host };
	struct judge_text why;

	if (rua->tls != NULL && rua->tls->tls != NULL) {
		check_cert(rua, a);
	} else if (rua->tls != NULL && rua->tls->end == PROBEFACT_OURS) {
		audit_unknown(a, "T03", "%s could not be looked at: %s.",
		    rua->host, rua->tls->why);
	} else if (rua->tls != NULL) {
		judge_find(a, &judge_rpt_rules[RPT_HOST_DEAD], at,
		    "Senders cannot post reports to %s [%s]: %s.", rua->host,
		    rua->text, rua->tls->why);
	} else if ((rua->a != NULL && rua->a->end == DNSFACT_BOGUS) ||
	    (rua->aaaa != NULL && rua->aaaa->end == DNSFACT_BOGUS)) {
		judge_find(a, &judge_rpt_rules[RPT_HOST_BOGUS], at,
		    "The addresses of %s fail validation with DNSSEC.",
		    rua->host);
	} else if (judge_lost(rua->a) || judge_lost(rua->aaaa)) {
		audit_unknown(a, "T03", "The lookup of %s failed: %s.",
		    rua->host,
		    judge_no_answer(
			&why, judge_lost(rua->a) ? rua->a : rua->aaaa));
	} else if (rua->a != NULL && !judge_found(rua->a) &&
	    !judge_found(rua->aaaa)) {
		judge_find(a, &judge_rpt_rules[RPT_HOST_GONE], at,
		    "Senders cannot post reports to %s: it has no address "
		    "(%s).",
		    rua->host, judge_no_answer(&why, rua->a));
	} else {
		audit_skip(a, "T03", "%s was not connected to.", rua->host);
	}
}

/* below - is the name the domain itself or below it? */
static bool
below(const char *name, const char *domain)
{
	size_t n = strlen(name), d = strlen(domain);

	return n >= d && strcmp(name + n - d, domain) == 0 &&
	    (n == d || name[n - d - 1] == '.');
}

/* same_policy - T04: do all reports go where they report of? */
static void
same_policy(const struct seen *s, struct audit *a)
{
	const struct seen_rua *rua = &s->rua[0];

	/* By HTTPS they do not depend on the policy. */
	if (s->rua_count != 1 || rua->https || !judge_enforced(s) ||
	    !below(rua->host, s->domain))
		return;
	judge_find(a, &judge_rpt_rules[RPT_MAIL_SAME],
	    (struct judge_at){ .who = rua->host },
	    "All reports go to %s, under the policy that they tell of. "
	    "Senders may deliver reports where the policy forbids mail, but "
	    "not every one does.",
	    rua->host);
}

/* no_server - T04: a mail domain that has no MX records */
static void
no_server(const struct seen_rua *rua, struct audit *a)
{
	struct judge_text why;

	if (judge_found(rua->a) || judge_found(rua->aaaa))
		audit_seen(a, "T04", "%s is its own mail server", rua->host);
	else if (judge_lost(rua->a) || judge_lost(rua->aaaa))
		audit_unknown(a, "T04",
		    "The lookup of the address of %s failed.", rua->host);
	else
		judge_find(a, &judge_rpt_rules[RPT_MAIL_GONE],
		    (struct judge_at){ .who = rua->host },
		    "Reports by mail are lost: %s has no mail server (%s).",
		    rua->host, judge_no_answer(&why, rua->mx));
}

/* check_mail - T04: one address for reports that is a mailbox */
static void
check_mail(const struct seen_rua *rua, struct audit *a)
{
	struct judge_at at = { .who = rua->host };
	struct judge_text why;

	if (rua->mx == NULL)
		audit_skip(a, "T04", "The domain was not looked up.");
	else if (rua->mx->end == DNSFACT_BOGUS)
		judge_find(a, &judge_rpt_rules[RPT_MAIL_BOGUS], at,
		    "The MX records of %s fail validation with DNSSEC.",
		    rua->host);
	else if (dnsfact_failed(rua->mx))
		audit_unknown(a, "T04",
		    "The lookup of the MX records of %s failed: %s.", rua->host,
		    judge_no_answer(&why, rua->mx));
	else if (!judge_found(rua->mx))
		no_server(rua, a);
	else if (rua->mx->count == 1 && rua->mx->records[0].mx.name[0] == '\0')
		judge_find(a, &judge_rpt_rules[RPT_MAIL_NULL], at,
		    "Reports by mail are lost: %s says that it accepts no "
		    "mail.",
		    rua->host);
	else
		audit_seen(a, "T04", "%s has %zu mail server%s", rua->host,
		    rua->mx->count, rua->mx->count == 1 ? "" : "s");
}

/* check_addresses - T03 and T04 */
static void
check_addresses(const struct seen *s, struct audit *a)
{
	size_t https = 0;

	for (size_t i = 0; i < s->rua_count; i++) {
		https += s->rua[i].https;
		if (s->rua[i].https)
			check_https(&s->rua[i], a);
		else
			check_mail(&s->rua[i], a);
	}
	same_policy(s, a);
	if (s->rpt_rec == NULL)
		judge_skip(a, (const char *const[]){ "T03", "T04", NULL },
		    "There is no valid TLSRPT record.");
	if (https == 0)
		audit_skip(a, "T03", "No report is wanted by HTTPS.");
	if (https == s->rua_count)
		audit_skip(a, "T04", "No report is wanted by mail.");
}

/* check_places - T05 */
static void
check_places(const struct seen *s, struct audit *a)
{
	struct judge_text name;

	snprintf(
	    name.text, sizeof(name.text), "_smtp-tlsrpt.%.253s", s->domain);
	if (judge_txt_begins(s->rpt_old, STR("v=TLSRPTv1")).p != NULL)
		judge_find(a, &judge_rpt_rules[RPT_OLD_NAME],
		    (struct judge_at){ .who = name.text },
		    "There is a record at %s, where no sender looks.",
		    name.text);
	if (judge_txt_begins(s->sts_apex, STR("v=TLSRPTv1")).p != NULL)
		judge_find(a, &judge_rpt_rules[RPT_APEX],
		    (struct judge_at){ .who = s->domain },
		    "There is a TLSRPT record at %s itself, where no sender "
		    "looks.",
		    s->domain);
	if (s->rpt_old == NULL || dnsfact_failed(s->rpt_old))
		audit_skip(
		    a, "T05", "The name of the draft could not be looked up.");
}

/* check_together - T06 */
static void
check_together(const struct seen *s, struct audit *a)
{
	bool hard = judge_hard(s) && s->rec_verdict == MTASTS_VERDICT_VALID;
	/* One that is there, but wrong, need not be made. */
	bool wrong = audit_worst(a, "T01") == AUDIT_FAIL ||
	    audit_worst(a, "T02") == AUDIT_FAIL;
	const char *mend = wrong
	    ? "Mend the record _smtp._tls, as the other check of it says."
	    : NULL;

	if (s->rpt_rec != NULL)
		return;
	if (judge_lost(s->rpt) || s->rpt == NULL)
		audit_skip(a, "T06", "The lookup of the record failed.");
	else if (hard)
		judge_find(a, &judge_rpt_rules[RPT_NONE_POLICY],
		    (struct judge_at){ .fix = mend },
		    "The policy is in mode %s, but no valid record _smtp._tls "
		    "asks for reports: nobody tells you what fails.",
		    mtasts_mode_name(s->text_policy->mode));
	else if (judge_dane_all(s))
		judge_find(a, &judge_rpt_rules[RPT_NONE_DANE],
		    (struct judge_at){ .fix = mend },
		    "There are TLSA records, but no valid record _smtp._tls asks "
		    "for reports: nobody tells you what fails.");
	else
		audit_skip(a, "T06",
		    "There is neither a policy nor DANE to report of.");
}

void
judge_rpt(const struct seen *s, struct audit *a)
{
	check_record(s, a);
	check_addresses(s, a);
	check_places(s, a);
	check_together(s, a);
}
