/*
 * judge_smtp_int - what the files of judge_smtp share
 *
 * Not for other rooms.
 */
#ifndef MTASTS_CORE_JUDGE_SMTP_INT_H
#define MTASTS_CORE_JUDGE_SMTP_INT_H

#include "core/judge_int.h"

/* Indices of judge_smtp_rules, behind those of enum judge_cert. */
enum smtp_rule {
	SMTP_PRIVATE = JUDGE_CERTS,
	SMTP_SOME_PRIVATE,
	SMTP_UNSEEN,
	SMTP_REFUSED,
	SMTP_DEAD,
	SMTP_SILENT,
	SMTP_REJECTED,
	SMTP_NO_SMTP,
	SMTP_EHLO,
	SMTP_CLOSED,
	SMTP_NO_STARTTLS,
	SMTP_STARTTLS_NEVER,
	SMTP_INJECTED,
	SMTP_TLS,
	SMTP_TLS_LATE,
	SMTP_AFTER_TLS,
	SMTP_BUSY,
	SMTP_LATER,
	SMTP_STRIPPED,
	SMTP_EARLY,
	SMTP_OLD_ONLY,
	SMTP_OLD,
	SMTP_CIPHER,
	SMTP_NO_SECRECY,
	SMTP_DH,
	SMTP_RENEGOTIATION,
	SMTP_COMPRESSION,
	SMTP_NO_SNI,
	SMTP_DIFFERS,
	SMTP_TLSA_MISMATCH,
	SMTP_TLSA_ERROR,
	SMTP_TLSA_NO_TLS,
	SMTP_TLSA_UNUSABLE,
	SMTP_TLSA_SOME_UNUSABLE,
	SMTP_TLSA_SPARE,
	SMTP_TLSA_SOME,
	SMTP_TLSA_DISAGREE,
	SMTP_TLSA_UNSIGNED,
	SMTP_TLSA_ADDRESS,
	SMTP_TLSA_MX,
	SMTP_REQUIRETLS,
	SMTP_RULES
};

/* smtp_alike - how many addresses behind this one show the same
 *
 * 0 while there are few addresses; SIZE_MAX when it was told with an earlier
 * one.
 */
size_t smtp_alike(const struct seen_mx *mx, size_t at);

/* smtp_old_only - does the host speak TLS, but no version of now? */
bool smtp_old_only(const struct seen_mx *mx);

/* judge_smtp_tls - S04 to S08, once a mail server showed TLS */
void judge_smtp_tls(const struct seen *s, struct audit *a);

/* judge_dane - S09 and S10 */
void judge_dane(const struct seen *s, struct audit *a);

#endif
