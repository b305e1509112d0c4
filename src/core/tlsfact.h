/*
 * tlsfact - what one TLS handshake showed: parameters, chain, trust
 *
 * Facts only: io/chain finds them out with the TLS library, the checks of
 * core/judge draw conclusions. One object in an arena, shared by counting.
 * RFC 9525 (names), RFC 7672 section 3 (what TLSA records are compared with).
 */
#ifndef MTASTS_CORE_TLSFACT_H
#define MTASTS_CORE_TLSFACT_H

#include "base/buf.h"
#include "core/dnsfact.h"

#define TLSFACT_CERTS_MAX 10 /* certificates of a chain that are kept */
#define TLSFACT_NAMES_MAX 100 /* dNSNames that are kept */

/* Is there a chain from the first certificate to a root? Names aside. */
enum tlsfact_trust {
	TLSFACT_TRUSTED = 0,
	TLSFACT_EXPIRED, /* one of the chain */
	TLSFACT_NOT_YET, /* one of the chain is not valid yet */
	TLSFACT_SELF_SIGNED, /* the server's own is its own issuer */
	TLSFACT_INCOMPLETE, /* an issuer was neither sent nor is it a root */
	TLSFACT_UNKNOWN_ROOT, /* complete, but nobody trusts the last one */
	TLSFACT_WEAK, /* a key or signature too weak to count */
	TLSFACT_PURPOSE, /* not for servers, or an issuer that is no CA */
	TLSFACT_INVALID, /* anything else; "why" tells */
	TLSFACT_TRUSTS
};

/* What the server says of revocation (RFC 6066 section 8, RFC 7633). */
enum tlsfact_staple {
	TLSFACT_STAPLE_NONE = 0, /* nothing was sent */
	TLSFACT_STAPLE_GOOD,
	TLSFACT_STAPLE_REVOKED,
	TLSFACT_STAPLE_BAD /* unreadable, expired, or of another certificate */
};

/* Hashes that TLSA records are compared with: of all of it, and of the key. */
struct tlsfact_hashes {
	uint8_t sha256[32], sha512[64];
};

/* One certificate as it was sent. Texts are printable, never null. */
struct certfact {
	const char *subject; /* common name, else organisation, else "" */
	const char *issuer; /* the same of its issuer */
	const char *issuer_org; /* the issuer's organisation, or "" */
	int64_t not_before_at, not_after_at; /* seconds UTC, both included */
	const char *key; /* "RSA", "EC", "ED25519", ... */
	unsigned key_bits;
	const char *hash; /* of its signature: "SHA256", "SHA1"; "" if none */
	bool self_signed; /* subject and issuer are the same name */
	bool signed_by_next; /* the certificate behind it signed it */
	struct str der, spki; /* whole, and SubjectPublicKeyInfo */
	struct tlsfact_hashes of_der, of_spki;
};

struct tlsfact {
	const char *version; /* "TLSv1.3" */
	const char *cipher; /* OpenSSL's name */
	const char *group; /* of the key exchange, "" when none is known */
	unsigned kex_bits; /* security of a DH group; 0: not DH or unknown */
	bool forward_secret;
	bool weak_cipher; /* RC4, 3DES, NULL, export, MD5 */
	bool safe_renegotiation; /* RFC 5746; true with TLS 1.3 */
	bool compressed;

	size_t sent; /* certificates that came; "count" of them are kept */
	size_t count;
	const struct certfact *cert; /* the server's first */
	bool in_order; /* each is followed by its issuer */
	enum tlsfact_trust trust;
	const char *why; /* a phrase when not TRUSTED, else "" */
	bool names_host; /* a dNSName fits the name asked for */
	bool cn_fits; /* the common name would; nobody may use it */
	size_t name_count;
	const char *const *names; /* dNSNames, lower case */

	bool must_staple;
	enum tlsfact_staple staple;

	struct arena *arena;
	unsigned holders;
};

/* tlsfact_hold - one more owner, who calls tlsfact_free() too; returns it */
struct tlsfact *tlsfact_hold(struct tlsfact *fact);

/* tlsfact_free - give up ownership; null is fine */
void tlsfact_free(struct tlsfact *fact);

/* tlsfact_trust_name - "trusted", "expired", "self-signed", ... */
const char *tlsfact_trust_name(enum tlsfact_trust trust);

/* tlsfact_valid - would a sender accept it: trusted, and the name fits? */
bool tlsfact_valid(const struct tlsfact *fact);

/*
 * tlsfact_put_names - whom the certificate is for, for people
 *
 * "a.example, b.example and 3 more", or "no host: it has no dNSName".
 */
void tlsfact_put_names(const struct tlsfact *fact, struct buf *b);

/*
 * tlsfact_matches - does this TLSA record fit what was shown?
 *
 * RFC 7672 section 3.1: usage 3 compares the server's certificate; usage 2 one
 * of the chain above it, all below being signed by the next, valid at now_at,
 * and naming the host. Other usages never fit.
 */
bool tlsfact_matches(const struct tlsfact *fact,
    const struct dnsfact_record *tlsa, int64_t now_at);

#endif
