/*
 * judge_int - what the judges of hosts and mail servers share
 *
 * Not for other rooms.
 */
#ifndef MTASTS_CORE_JUDGE_INT_H
#define MTASTS_CORE_JUDGE_INT_H

#include "core/judge.h"

/* A short text in the making; printable if what it is made of is. */
struct judge_text {
	char text[400];
};

/* Of whom a finding speaks, and how. */
struct judge_at {
	const char *who; /* "mx.example.org [192.0.2.1]"; null: the domain */
	const char *fix; /* a repair for this case; null: the rule's */
	bool soft; /* here an error is a warning */
};

/* judge_find - note a finding */
void judge_find(struct audit *a, const struct diag_rule *rule,
    struct judge_at at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * judge_who - "HOST [ADDRESS]", with "and N more" when "more" is not 0
 *
 * out is filled and returned as text.
 */
const char *judge_who(
    struct judge_text *out, const char *host, const char *address, size_t more);

/* judge_said - a phrase as a sentence: capital first, full stop last */
const char *judge_said(struct judge_text *out, const char *why);

/* judge_date - "2026-03-31" */
const char *judge_date(struct judge_text *out, int64_t at);

/* judge_hard - is a policy published that asks for TLS, testing or enforce? */
bool judge_hard(const struct seen *s);

/* judge_enforced - do senders enforce a policy of the domain now? */
bool judge_enforced(const struct seen *s);

/*
 * judge_blocked - is it us who reach no mail server?
 *
 * Addresses were tried, and none of any host answered in whatever way.
 */
bool judge_blocked(const struct seen *s);

/* judge_fits - does the policy's text let the MX host in? */
bool judge_fits(const struct seen *s, const struct seen_mx *mx);

/* What can be wrong with a certificate. */
enum judge_cert {
	JUDGE_CERT_EXPIRED = 0,
	JUDGE_CERT_NOT_YET,
	JUDGE_CERT_SELF_SIGNED,
	JUDGE_CERT_INCOMPLETE,
	JUDGE_CERT_UNTRUSTED,
	JUDGE_CERT_WEAK,
	JUDGE_CERT_KEY,
	JUDGE_CERT_HASH,
	JUDGE_CERT_PURPOSE,
	JUDGE_CERT_INVALID,
	JUDGE_CERT_REVOKED,
	JUDGE_CERT_ORDER,
	JUDGE_CERT_NAME,
	JUDGE_CERT_CN,
	JUDGE_CERT_VERY_SOON,
	JUDGE_CERT_SOON,
	JUDGE_CERTS
};

/* Whose certificate it is. */
struct judge_cert_of {
	const struct diag_rule *rules; /* by enum judge_cert */
	const char *host; /* whose name it should have */
	const char *who;
	bool soft;
	int64_t now_at;
};

/* judge_cert - findings on what a handshake showed */
void judge_cert(
    struct audit *a, const struct judge_cert_of *of, const struct tlsfact *tls);

/* judge_cert_same - is it the same certificate of the server? Null: none */
bool judge_cert_same(const struct tlsfact *a, const struct tlsfact *b);

/* judge_live - the facts of a->live */
void judge_live(const struct seen *s, struct audit *a);

/* judge_sum_sender, judge_sum_dane - what senders of either kind do now */
void judge_sum_sender(const struct seen *s, struct audit *a);
void judge_sum_dane(const struct seen *s, struct audit *a);

#endif
