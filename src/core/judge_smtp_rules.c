/*
 * judge_smtp_rules.c - what can be wrong with a mail server
 *
 * RFC 8461 section 4.2, RFC 3207, RFC 5321, RFC 7672, RFC 8689, RFC 9325 for
 * TLS. Where it is seen is for judge_smtp, judge_smtp_tls and judge_dane.
 */
#include "core/judge_smtp_int.h"

#include "core/judge_cert.h"

/* For JUDGE_CERT_ROW. */
#define RFC	      "RFC 8461 section 4.2"
#define PREFIX	      "mx-"
#define CHECK_TRUST   "S05"
#define CHECK_REVOKED "S05"
#define CHECK_NAME    "S06"
#define CHECK_EXPIRY  "S07"
#define CHECK_KEY     "S07"

#define SMTP "RFC 5321 section 4.3.2"
#define TLS  "RFC 3207 section 4"
#define BCP  "RFC 9325 section 3"
#define DANE "RFC 7672 section 3.1"

#define ROW(index, check, gravity, name_, rfc_, fix_) \
	[index] = {                                   \
		.id = check,                          \
		.name = name_,                        \
		.severity = gravity,                  \
		.rfc = rfc_,                          \
		.fix = fix_,                          \
	},

/* clang-format off */
const struct diag_rule judge_smtp_rules[] = {
JUDGE_CERT_LIST(JUDGE_CERT_ROW)
ROW(SMTP_PRIVATE, "S01", MTASTS_ERROR, "mx-private", SMTP,
	"Give the mail server a public address.")
ROW(SMTP_SOME_PRIVATE, "S01", MTASTS_WARNING, "mx-some-private", SMTP,
	"Delete the record with that address from the public DNS.")
ROW(SMTP_UNSEEN, "S01", MTASTS_INFO, "mx-address-not-tried", "",
	"Look again from a machine that can reach such addresses.")
ROW(SMTP_REFUSED, "S01", MTASTS_ERROR, "mx-refused", SMTP,
	"Let the mail server listen on port 25 of this address, or delete "
	"its record.")
ROW(SMTP_DEAD, "S01", MTASTS_ERROR, "mx-unreachable", SMTP,
	"Let the mail server listen on port 25 of this address and the "
	"firewall pass connections to it, or delete its record.")
ROW(SMTP_SILENT, "S02", MTASTS_ERROR, "mx-silent", SMTP,
	"Let the mail server greet within a minute; see whether it waits for "
	"a lookup or a filter.")
ROW(SMTP_REJECTED, "S02", MTASTS_ERROR, "mx-rejected", SMTP,
	"Let the mail server take connections from all senders.")
ROW(SMTP_NO_SMTP, "S02", MTASTS_ERROR, "mx-no-smtp", SMTP,
	"Let a mail server answer on port 25.")
ROW(SMTP_EHLO, "S02", MTASTS_ERROR, "mx-ehlo", SMTP,
	"Let the mail server take EHLO: without it there is no TLS.")
ROW(SMTP_CLOSED, "S02", MTASTS_ERROR, "mx-closed", SMTP,
	"See in the mail server's log why it closes connections.")
ROW(SMTP_NO_STARTTLS, "S02", MTASTS_ERROR, "mx-no-starttls", TLS,
	"Give the mail server a certificate and switch TLS on; if it is on, "
	"see whether a firewall takes STARTTLS out of the reply.")
ROW(SMTP_STARTTLS_NEVER, "S02", MTASTS_ERROR, "mx-starttls-refused", TLS,
	"See in the mail server's log why TLS cannot be begun; often it "
	"cannot read its key.")
ROW(SMTP_INJECTED, "S02", MTASTS_ERROR, "mx-injected", TLS,
	"Update the mail server, and look for a device on the way that "
	"changes the connection.")
ROW(SMTP_TLS, "S02", MTASTS_ERROR, "mx-tls", TLS,
	"See in the mail server's log why the handshake fails; let it offer "
	"TLS 1.2 and 1.3.")
ROW(SMTP_TLS_LATE, "S02", MTASTS_ERROR, "mx-tls-late", TLS,
	"See what the mail server waits for, and whether a firewall drops "
	"large packets.")
ROW(SMTP_AFTER_TLS, "S02", MTASTS_ERROR, "mx-after-tls", TLS,
	"See in the mail server's log why it takes no EHLO over TLS.")
ROW(SMTP_BUSY, "S03", MTASTS_WARNING, "mx-busy", SMTP,
	"Look again later; if it stays so, see in the mail server's log why "
	"it turns senders away.")
ROW(SMTP_LATER, "S03", MTASTS_WARNING, "mx-starttls-later", TLS,
	"See in the mail server's log why TLS is not available now.")
ROW(SMTP_STRIPPED, "S03", MTASTS_WARNING, "mx-extensions-gone", TLS,
	"Let the mail server offer the same over TLS as before it.")
ROW(SMTP_EARLY, "S03", MTASTS_WARNING, "mx-early", SMTP,
	"Let the mail server speak only when it is its turn; see whether a "
	"filter in front of it answers, too.")
ROW(SMTP_OLD_ONLY, "S04", MTASTS_ERROR, "mx-tls-old-only",
	"RFC 8461 section 4",
	"Let the mail server offer TLS 1.2 and 1.3.")
ROW(SMTP_OLD, "S04", MTASTS_WARNING, "mx-tls-old", BCP,
	"Switch TLS 1.0 and 1.1 off, if no old sender needs them.")
ROW(SMTP_CIPHER, "S04", MTASTS_WARNING, "mx-cipher-weak", BCP,
	"Switch the old ciphers off.")
ROW(SMTP_NO_SECRECY, "S04", MTASTS_WARNING, "mx-no-forward-secrecy", BCP,
	"Let the mail server prefer ciphers with ECDHE.")
ROW(SMTP_DH, "S04", MTASTS_WARNING, "mx-dh-small", BCP,
	"Use a Diffie-Hellman group of 2048 bits, or ECDHE alone.")
ROW(SMTP_RENEGOTIATION, "S04", MTASTS_WARNING, "mx-renegotiation",
	"RFC 5746 section 3.6", "Update the mail server's TLS library.")
ROW(SMTP_COMPRESSION, "S04", MTASTS_WARNING, "mx-compression", BCP,
	"Switch TLS compression off.")
ROW(SMTP_NO_SNI, "S06", MTASTS_INFO, "mx-no-sni", RFC,
	"Make the certificate with the MX host's name the default one, for "
	"senders that say no name.")
ROW(SMTP_DIFFERS, "S08", MTASTS_ERROR, "mx-addresses-differ", RFC,
	"Install the good certificate on all machines behind the name.")
ROW(SMTP_TLSA_MISMATCH, "S09", MTASTS_ERROR, "tlsa-mismatch", DANE,
	"Publish a TLSA record for the certificate in use, or go back to the "
	"one that the records are for; publish new records before a new "
	"certificate.")
ROW(SMTP_TLSA_ERROR, "S09", MTASTS_ERROR, "tlsa-lookup",
	"RFC 7672 section 2.1.2",
	"Let the name servers of the mail server's zone answer for TLSA "
	"records, even when there are none.")
ROW(SMTP_TLSA_NO_TLS, "S09", MTASTS_ERROR, "tlsa-no-tls",
	"RFC 7672 section 2.2",
	"Switch STARTTLS on, or delete the TLSA records.")
ROW(SMTP_TLSA_UNUSABLE, "S09", MTASTS_WARNING, "tlsa-unusable", DANE,
	"Publish a record with usage 3, selector 1 and matching type 1 "
	"(\"3 1 1\").")
ROW(SMTP_TLSA_SOME_UNUSABLE, "S09", MTASTS_INFO, "tlsa-some-unusable", DANE,
	"Delete the TLSA records that no sender of mail can use.")
ROW(SMTP_TLSA_SPARE, "S09", MTASTS_INFO, "tlsa-spare", DANE,
	"Leave it while you change keys; else delete it.")
ROW(SMTP_TLSA_SOME, "S09", MTASTS_INFO, "tlsa-some-hosts",
	"RFC 7672 section 2.2",
	"Publish TLSA records for all MX hosts.")
ROW(SMTP_TLSA_DISAGREE, "S09", MTASTS_WARNING, "tlsa-sts-disagree",
	"RFC 8461 section 2",
	"Let the mail server pass both: a certificate of a public authority "
	"that fits the TLSA records, on a host that the policy lets in.")
ROW(SMTP_TLSA_UNSIGNED, "S10", MTASTS_WARNING, "tlsa-unsigned",
	"RFC 7672 section 2.1.1",
	"Sign the zone of the mail server with DNSSEC, or delete the TLSA "
	"records.")
ROW(SMTP_TLSA_ADDRESS, "S10", MTASTS_WARNING, "tlsa-address-unsigned",
	"RFC 7672 section 2.2.2",
	"Sign the zone with the mail server's address, too.")
ROW(SMTP_TLSA_MX, "S10", MTASTS_WARNING, "tlsa-mx-unsigned",
	"RFC 7672 section 2.2.1",
	"Sign the domain's own zone with DNSSEC.")
ROW(SMTP_REQUIRETLS, "S11", MTASTS_INFO, "mx-requiretls-some",
	"RFC 8689 section 2",
	"Let all of the mail servers offer REQUIRETLS, or none.")
[SMTP_RULES] = { .id = NULL },
};
/* clang-format on */
