/*
 * judge_cert - the findings on certificates, written once
 *
 * The policy host and the mail servers have the same faults under other check
 * ids and names. Each table begins a block with this list; before it stand
 * PREFIX of the names, RFC, and the ids CHECK_TRUST, CHECK_NAME, CHECK_EXPIRY,
 * CHECK_KEY and CHECK_REVOKED. A row is: index, check, gravity, name, repair.
 */
#ifndef MTASTS_CORE_JUDGE_CERT_H
#define MTASTS_CORE_JUDGE_CERT_H

#include "core/judge_int.h"

/* clang-format off */
#define JUDGE_CERT_LIST(ROW)                                                   \
ROW(JUDGE_CERT_EXPIRED, EXPIRY, MTASTS_ERROR, "cert-expired",                  \
    "Renew the certificate and have the server load the new one; let both "    \
    "happen by themselves from now on.")                                       \
ROW(JUDGE_CERT_NOT_YET, EXPIRY, MTASTS_ERROR, "cert-not-yet",                  \
    "Install the certificate that is valid today.")                            \
ROW(JUDGE_CERT_SELF_SIGNED, TRUST, MTASTS_ERROR, "cert-self-signed",           \
    "Get a certificate of a public authority; several issue them for free.")   \
ROW(JUDGE_CERT_INCOMPLETE, TRUST, MTASTS_ERROR, "cert-incomplete",             \
    "Let the server send its issuer's certificate, too: configure the file "   \
    "with the full chain.")                                                    \
ROW(JUDGE_CERT_UNTRUSTED, TRUST, MTASTS_ERROR, "cert-untrusted",               \
    "Get a certificate of an authority that senders trust, and let the "       \
    "server send its issuers along.")                                          \
ROW(JUDGE_CERT_WEAK, KEY, MTASTS_ERROR, "cert-weak",                           \
    "Get a certificate with a stronger key and signature.")                    \
ROW(JUDGE_CERT_KEY, KEY, MTASTS_ERROR, "cert-key",                             \
    "Make a new key, RSA of 2048 bits or ECDSA of 256 bits at least, and "     \
    "have a certificate issued for it.")                                       \
ROW(JUDGE_CERT_HASH, KEY, MTASTS_ERROR, "cert-hash",                           \
    "Get a certificate that is signed with SHA-256 or better.")                \
ROW(JUDGE_CERT_PURPOSE, TRUST, MTASTS_ERROR, "cert-purpose",                   \
    "Get a certificate for a TLS server.")                                     \
ROW(JUDGE_CERT_INVALID, TRUST, MTASTS_ERROR, "cert-invalid",                   \
    "Install the certificate and its issuers anew, or get another one.")       \
ROW(JUDGE_CERT_REVOKED, REVOKED, MTASTS_ERROR, "cert-revoked",                 \
    "Get a new certificate for a new key at once.")                            \
ROW(JUDGE_CERT_ORDER, TRUST, MTASTS_WARNING, "cert-order",                     \
    "Send the server's certificate first, then its issuer, then that one's, "  \
    "and nothing else.")                                                       \
ROW(JUDGE_CERT_NAME, NAME, MTASTS_ERROR, "cert-name",                          \
    "Get a certificate that has the host's name among its DNS names "          \
    "(subject alternative names).")                                            \
ROW(JUDGE_CERT_CN, NAME, MTASTS_ERROR, "cert-cn",                              \
    "Get a certificate that has the name among its DNS names (subject "        \
    "alternative names), too.")                                                \
ROW(JUDGE_CERT_VERY_SOON, EXPIRY, MTASTS_WARNING, "cert-expires-very-soon",    \
    "Renew the certificate now, and find out why that did not happen by "      \
    "itself.")                                                                 \
ROW(JUDGE_CERT_SOON, EXPIRY, MTASTS_WARNING, "cert-expires-soon",              \
    "See that it is renewed in time and that the server loads the new one.")
/* clang-format on */

/* A row of a table, which the block begins. */
#define JUDGE_CERT_ROW(index, check, gravity, name_, fix_) \
	[index] = {                                        \
		.id = CHECK_##check,                       \
		.name = PREFIX name_,                      \
		.severity = gravity,                       \
		.fatal = (gravity) == MTASTS_ERROR,        \
		.rfc = RFC,                                \
		.fix = fix_,                               \
	},

#endif
