/*
 * host_rules - what can be wrong with a policy host
 *
 * RFC 8461 section 3.3, RFC 9525, RFC 7633 for stapling. Where it is seen is
 * for judge_host, and for those who fetch.
 */
#include "core/host_rules.h"

#include "core/judge_cert.h"
#include "core/judge_host_int.h"

/* For JUDGE_CERT_ROW, and for all others. */
#define RFC	      "RFC 8461 section 3.3"
#define PREFIX	      "policy-host-"
#define CHECK_TRUST   "P04"
#define CHECK_KEY     "P04"
#define CHECK_NAME    "P05"
#define CHECK_EXPIRY  "P06"
#define CHECK_REVOKED "P16"

#define ROW(index, check, gravity, name_, fix_)     \
	[index] = {                                 \
		.id = check,                        \
		.name = PREFIX name_,               \
		.severity = gravity,                \
		.fatal = (gravity) == MTASTS_ERROR, \
		.rfc = RFC,                         \
		.fix = fix_,                        \
	},

/* clang-format off */
const struct diag_rule judge_host_rules[] = {
JUDGE_CERT_LIST(JUDGE_CERT_ROW)
ROW(HOST_NO_ADDRESS, "P01", MTASTS_ERROR, "no-address",
	"Give the policy host an address in DNS.")
ROW(HOST_BOGUS, "P01", MTASTS_ERROR, "bogus",
	"Mend the DNSSEC of the zone: sign it anew, or correct the DS record "
	"at the registrar.")
ROW(HOST_HALF, "P01", MTASTS_WARNING, "half-looked-up",
	"Let the name servers answer questions for A and for AAAA records, "
	"even when there are none.")
ROW(HOST_PRIVATE, "P01", MTASTS_ERROR, "private",
	"Give the policy host a public address; in a laboratory say "
	"--allow-private.")
ROW(HOST_SOME_PRIVATE, "P01", MTASTS_WARNING, "some-private",
	"Delete the record with that address from the public DNS.")
ROW(HOST_DEAD, "P02", MTASTS_ERROR, "dead",
	"Let the web server listen on port 443 there, and let the firewall "
	"pass connections to it.")
ROW(HOST_ADDRESS_DEAD, "P02", MTASTS_ERROR, "address-dead",
	"Let the web server listen on port 443 of this address, too, or "
	"delete its record.")
ROW(HOST_ADDRESS_WEAK, "P02", MTASTS_WARNING, "address-dead-ipv6",
	"Let the web server listen on port 443 of this address, too, or "
	"delete its record.")
ROW(HOST_ADDRESS_UNSEEN, "P02", MTASTS_INFO, "address-not-tried",
	"Look again from a machine that can reach this address.")
ROW(HOST_TLS, "P03", MTASTS_ERROR, "tls",
	"See in the web server's log why the handshake fails; let it offer "
	"TLS 1.2 and 1.3.")
ROW(HOST_NO_SNI, "P07", MTASTS_INFO, "no-sni",
	"Nothing need be done: senders of policies say the name.")
ROW(HOST_STATUS, "P08", MTASTS_ERROR, "status",
	"Serve the policy at /.well-known/mta-sts.txt, with status 200.")
ROW(HOST_HTTP, "P08", MTASTS_ERROR, "http",
	"Let a web server answer there.")
ROW(HOST_REDIRECT, "P09", MTASTS_ERROR, "redirect",
	"Serve the policy itself at this address: senders follow no "
	"redirect.")
[HOST_TYPE] = { .id = "P10", .name = PREFIX "type",
	.severity = MTASTS_ERROR, .fatal = true,
	.rfc = "RFC 8461 section 3.2", .fix = "Send Content-Type: text/plain." },
ROW(HOST_TOO_LARGE, "P11", MTASTS_ERROR, "too-large",
	"Serve the policy alone: 64 kilobytes are the most that senders read.")
ROW(HOST_LATE, "P12", MTASTS_ERROR, "late",
	"Find out what the web server waits for; a file on its disk is best.")
ROW(HOST_SLOW, "P12", MTASTS_WARNING, "slow",
	"Find out what the web server waits for; a file on its disk is best.")
ROW(HOST_ENCODING, "P13", MTASTS_ERROR, "encoding",
	"Send the file as it is, not compressed.")
ROW(HOST_CUT, "P13", MTASTS_ERROR, "cut",
	"Let Content-Length and body fit each other.")
ROW(HOST_PLAIN, "P14", MTASTS_INFO, "plain-http",
	"Nothing need be done: senders never ask there.")
ROW(HOST_CACHED_LONG, "P14", MTASTS_WARNING, "cached-long",
	"Send Cache-Control with a max-age of a day at most, so that no old "
	"policy is handed out after a change.")
ROW(HOST_CACHED, "P14", MTASTS_INFO, "cached",
	"Send Cache-Control with a max-age of a day at most, so that no old "
	"policy is handed out after a change.")
ROW(HOST_DIFFERS, "P15", MTASTS_ERROR, "differs",
	"Put the same file on all machines behind the name.")
ROW(HOST_NO_STAPLE, "P16", MTASTS_ERROR, "staple-missing",
	"Switch OCSP stapling on, or get a certificate that does not demand "
	"it.")
ROW(HOST_BAD_STAPLE, "P16", MTASTS_WARNING, "staple-bad",
	"Let the web server fetch a fresh OCSP answer, or switch stapling "
	"off.")
[HOST_RULES] = { .id = NULL },
};
/* clang-format on */

const struct diag_rule *
host_rule(enum fetchfact_end end)
{
	/* 0: none; else the index and 1. */
	static const int by_end[FETCHFACT_ENDS] = {
		[FETCHFACT_NO_ADDRESS] = 1 + HOST_NO_ADDRESS,
		[FETCHFACT_PRIVATE] = 1 + HOST_PRIVATE,
		[FETCHFACT_TLS] = 1 + HOST_TLS,
		[FETCHFACT_CERT_EXPIRED] = 1 + JUDGE_CERT_EXPIRED,
		[FETCHFACT_CERT_NAME] = 1 + JUDGE_CERT_NAME,
		[FETCHFACT_CERT_UNTRUSTED] = 1 + JUDGE_CERT_UNTRUSTED,
		[FETCHFACT_STATUS] = 1 + HOST_STATUS,
		[FETCHFACT_REDIRECT] = 1 + HOST_REDIRECT,
		[FETCHFACT_TYPE] = 1 + HOST_TYPE,
		[FETCHFACT_ENCODING] = 1 + HOST_ENCODING,
		[FETCHFACT_TOO_LARGE] = 1 + HOST_TOO_LARGE,
		[FETCHFACT_CUT] = 1 + HOST_CUT,
		[FETCHFACT_HTTP] = 1 + HOST_HTTP,
	};

	if ((unsigned)end >= FETCHFACT_ENDS || by_end[end] == 0)
		return NULL;
	return &judge_host_rules[by_end[end] - 1];
}
