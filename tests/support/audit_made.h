/*
 * audit_made - results of checks, made by hand, for tests of what shows them
 *
 * Not made by core/audit, so that texts of checks may change and the files of
 * tests/vectors/check stay.
 */
#ifndef TESTS_SUPPORT_AUDIT_MADE_H
#define TESTS_SUPPORT_AUDIT_MADE_H

#include "core/audit.h"

#define MADE_AT	    INT64_C(1796083200) /* 2026-12-01T00:00:00Z */
#define MADE_DAY    86400
#define MADE_CHECKS 15
#define MADE_MANY   12

static const struct check made_checks[MADE_CHECKS] = {
	{ .id = "D01",
	    .title = "The record is there",
	    .why = "Senders look for it first." },
	{ .id = "D02",
	    .title = "The record can be looked up",
	    .why = "Without it all is lost." },
	{ .id = "D03", .title = "There is one record", .why = "Two are none." },
	{ .id = "D05",
	    .title = "The record is at its place",
	    .why = "Elsewhere nobody looks." },
	{ .id = "D12",
	    .title = "The zone is signed",
	    .why = "Only then DANE counts." },
	{ .id = "P02",
	    .title = "Every address answers",
	    .why = "Senders try one of them." },
	{ .id = "P06",
	    .title = "The certificate is valid for long enough",
	    .why = "It ends." },
	{ .id = "F06",
	    .title = "The mode is one of three",
	    .why = "Else it is none." },
	{ .id = "F08",
	    .title = "max_age is long enough",
	    .why = "Else nobody remembers." },
	{ .id = "M02",
	    .title = "Every mail server fits the policy",
	    .why = "Else mail waits." },
	{ .id = "S01",
	    .title = "Every mail server can be reached",
	    .why = "Else mail waits." },
	{ .id = "S05",
	    .title = "Certificates lead to a known root",
	    .why = "Else mail waits." },
	{ .id = "T01",
	    .title = "Reports are asked for",
	    .why = "Else nobody tells you." },
	{ .id = "O01",
	    .title = "Testing does not last for ever",
	    .why = "It protects nobody." },
	{ .id = "O04",
	    .title = "The CA may renew the certificate",
	    .why = "Else it ends." },
};

/* A domain and all that its results are made of. */
struct made {
	struct audit a;
	struct audit_check check[MADE_CHECKS];
	struct mtasts_finding finding[4 + MADE_MANY];
	const struct mtasts_finding *list[4 + MADE_MANY];
};

static const struct audit_advice made_advice[] = {
	{ "Netherlands", "List of standards", "https://nl.example/list",
	    "STARTTLS and DANE on every mail server", ADVICE_NOT_MET },
	{ "United Kingdom", "Guidance on mail", "https://uk.example/a(b)",
	    "MTA-STS in mode enforce, and reports", ADVICE_MET },
	{ "Canada", "Requirements", "https://ca.example/",
	    "TLS 1.2 or newer on every mail server, and nothing that is known "
	    "to be weak",
	    ADVICE_UNKNOWN },
};

/* made_check - the result of a check of this id, to be changed */
static inline struct audit_check *
made_check(struct made *m, const char *id)
{
	for (size_t i = 0; i < MADE_CHECKS; i++)
		if (strcmp(made_checks[i].id, id) == 0)
			return &m->check[i];
	return NULL;
}

/* made_fine - a domain at which all is well */
static inline void
made_fine(struct made *m, const char *domain)
{
	*m = (struct made){ .a = { .domain = domain,
				.at = MADE_AT,
				.took_ms = 1234,
				.result = AUDIT_RESULT_PASS,
				.sender = AUDIT_DELIVER_TLS,
				.dane = AUDIT_DELIVER_ANY,
				.sender_text =
				    "Mail goes over authenticated TLS.",
				.dane_text = "There is no DANE here.",
				.next = "Nothing to mend.",
				.mode = "enforce",
				.max_age_s = 604800,
				.host_cert_until_at = MADE_AT + 60 * MADE_DAY,
				.mx_cert_until_at = MADE_AT + 50 * MADE_DAY,
				.count = MADE_CHECKS } };
	m->a.check = m->check;
	for (size_t i = 0; i < MADE_CHECKS; i++)
		m->check[i] = (struct audit_check){ .check = &made_checks[i],
			.status = AUDIT_PASS,
			.seen = "",
			.message = made_checks[i].title,
			.place = "",
			.fix = "",
			.rfc = "",
			.name = "",
			.finding = m->list };
	made_check(m, "D01")->seen = "v=STSv1; id=20261101T000000;";
	made_check(m, "F06")->seen = "enforce";
	for (size_t i = 0; i < 4 + MADE_MANY; i++)
		m->list[i] = &m->finding[i];
}

/* made_found - n findings from the first on belong to a check */
static inline void
made_found(struct made *m, const char *id, size_t first, size_t n)
{
	static const enum audit_status status[] = { [MTASTS_INFO] = AUDIT_INFO,
		[MTASTS_WARNING] = AUDIT_WARN,
		[MTASTS_ERROR] = AUDIT_FAIL };
	struct audit_check *c = made_check(m, id);
	const struct mtasts_finding *worst = m->list[first];

	for (size_t i = first; i < first + n; i++)
		m->finding[i].id = c->check->id;
	c->finding = &m->list[first];
	c->finding_count = n;
	c->status = status[worst->severity];
	c->message = worst->message;
	c->place = worst->file;
	c->fix = worst->fix;
	c->rfc = worst->rfc;
	c->name = worst->name;
}

/* made_skipped - a check was not looked at */
static inline void
made_skipped(struct made *m, const char *id, bool unknown, const char *why)
{
	struct audit_check *c = made_check(m, id);

	c->status = AUDIT_SKIP;
	c->unknown = unknown;
	c->message = why;
}

/* made_rest - of a broken domain, all but the failure */
static inline void
made_rest(struct made *m)
{
	m->finding[2] = (struct mtasts_finding){ .name = "zone-unsigned",
		.severity = MTASTS_INFO,
		.file = "",
		.message = "The zone is not signed, so that DANE cannot count.",
		.fix = "Have the zone signed.",
		.rfc = "RFC 7672 section 2.1" };
	m->finding[3] = (struct mtasts_finding){ .name = "cert-ends-soon",
		.severity = MTASTS_WARNING,
		.file = "mta-sts.example.org [192.0.2.1]",
		.message = "The certificate ends in 12 days.",
		.fix = "Look why it was not renewed.",
		.rfc = "" };
	made_found(m, "D12", 2, 1);
	made_found(m, "P06", 3, 1);
	made_skipped(m, "S01", true,
	    "No mail server could be reached on port 25; networks often block "
	    "it: run this on a mail server.");
	made_skipped(m, "S05", true,
	    "No mail server could be reached on port 25; networks often block "
	    "it: run this on a mail server.");
	made_skipped(
	    m, "O01", false, "Only of domains that are published here.");
	m->a.advice = made_advice;
	m->a.advice_count = sizeof(made_advice) / sizeof(*made_advice);
}

/* made_broken - one of everything */
static inline void
made_broken(struct made *m)
{
	static const char fix[] =
	    "Add the line \"mx: mx2.example.org\" to the policy, then change "
	    "the id in DNS.";

	made_fine(m, "example.org");
	m->finding[0] = (struct mtasts_finding){ .name = "mx-unmatched",
		.severity = MTASTS_ERROR,
		.file = "mx2.example.org",
		.message = "The mail server fits no mx line of the policy, so "
			   "that senders keep away from it.",
		.fix = fix,
		.rfc = "RFC 8461 section 4.1" };
	m->finding[1] = m->finding[0];
	m->finding[1].file = "mx3.example.org";
	/* It names its place itself. */
	m->finding[1].message =
	    "The mail server mx3.example.org fits no mx line, either.";
	made_found(m, "M02", 0, 2);
	made_rest(m);
	m->a.result = AUDIT_RESULT_FAIL;
	m->a.sender = AUDIT_DEFER;
	m->a.sender_text = "Mail waits: 2 of 3 mail servers fit no mx line of "
			   "the policy, and the third is away.";
	m->a.dane = AUDIT_UNKNOWN;
	m->a.dane_text = "Not known.";
	m->a.next = fix;
	m->a.next_of = made_check(m, "M02");
}

/* made_many - one check with more findings than anybody wants to read */
static inline void
made_many(struct made *m)
{
	made_fine(m, "many.example");
	for (size_t i = 0; i < MADE_MANY; i++)
		m->finding[i] = (struct mtasts_finding){ .name = "addr-dead",
			.severity =
			    i < MADE_MANY - 1 ? MTASTS_WARNING : MTASTS_INFO,
			.file = "",
			.line = (unsigned)i + 1,
			.column = 3,
			.message = "It does not answer.",
			.fix = "Have it answer, or take it from DNS.",
			.rfc = "" };
	made_found(m, "P02", 0, MADE_MANY);
	m->a.result = AUDIT_RESULT_WARN;
	m->a.next = "Look after the addresses.";
	m->a.next_of = made_check(m, "P02");
}

/* made_hostile - bytes that no text should have, in every place */
static inline void
made_hostile(struct made *m)
{
	static const char evil[] =
	    "<b>&amp;]]>\"'|`*_[x](http://evil.example) @you #1 \\ {} "
	    "\xff\xc3\x28\x01\x7f\xef\xbf\xbe \xe2\x80\xae \xf0\x9f\x93\xa7\n"
	    "# HELP x\ty";
	static const char host[] = "<mx>&\"'|\xff\x01]]>\\{\"}@you\n.example";

	made_fine(m, "a\"<&|\\.example");
	m->finding[0] = (struct mtasts_finding){ .name = "mx-unmatched",
		.severity = MTASTS_ERROR,
		.file = host,
		.record = 2,
		.message = evil,
		.fix = evil,
		.rfc = "RFC 8461" };
	made_found(m, "M02", 0, 1);
	made_skipped(m, "S05", true, evil);
	made_skipped(m, "O01", false, evil);
	made_check(m, "D01")->seen = evil;
	m->a.result = AUDIT_RESULT_FAIL;
	m->a.sender_text = m->a.dane_text = m->a.next = evil;
}

#endif
