/*
 * tlsfact.c - what one TLS handshake showed: words, ownership, TLSA
 *
 * RFC 7672 section 3.1, RFC 7671 section 5: which TLSA record fits a chain.
 * Knows no TLS library: signatures were checked and hashes made by whoever
 * looked.
 */
#include "core/tlsfact.h"

#include "base/arena.h"

#define NAMES_SHOWN 5 /* dNSNames in a sentence */
#define NAME_SHOWN  80 /* bytes of each */

/* As they stand in a TLSA record. */
enum { USAGE_TA = 2, USAGE_EE = 3 };
enum { SELECTOR_ALL = 0, SELECTOR_KEY = 1 };
enum { MATCHING_FULL = 0, MATCHING_SHA256 = 1, MATCHING_SHA512 = 2 };

static const char *const trust_names[TLSFACT_TRUSTS] = {
	[TLSFACT_TRUSTED] = "trusted",
	[TLSFACT_EXPIRED] = "expired",
	[TLSFACT_NOT_YET] = "not-yet",
	[TLSFACT_SELF_SIGNED] = "self-signed",
	[TLSFACT_INCOMPLETE] = "incomplete",
	[TLSFACT_UNKNOWN_ROOT] = "unknown-root",
	[TLSFACT_WEAK] = "weak",
	[TLSFACT_PURPOSE] = "purpose",
	[TLSFACT_INVALID] = "invalid",
};

struct tlsfact *
tlsfact_hold(struct tlsfact *fact)
{
	fact->holders++;
	return fact;
}

void
tlsfact_free(struct tlsfact *fact)
{
	if (fact == NULL)
		return;
	if (fact->holders > 0)
		fact->holders--;
	else
		arena_free(fact->arena);
}

const char *
tlsfact_trust_name(enum tlsfact_trust trust)
{
	return (unsigned)trust < TLSFACT_TRUSTS ? trust_names[trust] : "?";
}

bool
tlsfact_valid(const struct tlsfact *fact)
{
	return fact->trust == TLSFACT_TRUSTED && fact->names_host;
}

void
tlsfact_put_names(const struct tlsfact *fact, struct buf *b)
{
	size_t i;

	if (fact->name_count == 0)
		buf_puts(b, "no host: it has no dNSName");
	for (i = 0; i < fact->name_count && i < NAMES_SHOWN; i++) {
		if (i > 0)
			buf_puts(b, i + 1 == fact->name_count ? " and " : ", ");
		/* Escaped already when it was read. */
		buf_clean(b, str_of(fact->names[i]), NAME_SHOWN);
	}
	if (fact->name_count > NAMES_SHOWN)
		buf_putf(b, " and %zu more", fact->name_count - NAMES_SHOWN);
}

/* same - do these bytes equal the record's? */
static bool
same(const void *p, size_t len, struct str data)
{
	return str_eq(str_make(p, len), data);
}

/* fits - is this the certificate, or key, that the record speaks of? */
static bool
fits(const struct certfact *cert, const struct dnsfact_record *r)
{
	bool key = r->tlsa.selector == SELECTOR_KEY;
	const struct tlsfact_hashes *of = key ? &cert->of_spki : &cert->of_der;
	struct str data = r->tlsa.data, whole = key ? cert->spki : cert->der;

	if (!key && r->tlsa.selector != SELECTOR_ALL)
		return false;
	switch (r->tlsa.matching) {
	case MATCHING_FULL:
		return whole.len > 0 && str_eq(whole, data);
	case MATCHING_SHA256:
		return same(of->sha256, sizeof(of->sha256), data);
	case MATCHING_SHA512:
		return same(of->sha512, sizeof(of->sha512), data);
	default:
		return false;
	}
}

/* in_time - is it valid now? */
static bool
in_time(const struct certfact *cert, int64_t now_at)
{
	return cert->not_before_at <= now_at && now_at <= cert->not_after_at;
}

/*
 * fits_above - does an issuer fit, with a sound way down to the server's own?
 *
 * RFC 7671 section 5.2: below the trust anchor all is checked as ever.
 */
static bool
fits_above(
    const struct tlsfact *fact, const struct dnsfact_record *r, int64_t now_at)
{
	size_t i;

	if (!fact->names_host)
		return false;
	for (i = 0; i < fact->count && in_time(&fact->cert[i], now_at); i++) {
		if (i > 0 && fits(&fact->cert[i], r))
			return true;
		if (!fact->cert[i].signed_by_next)
			return false;
	}
	return false;
}

bool
tlsfact_matches(const struct tlsfact *fact, const struct dnsfact_record *tlsa,
    int64_t now_at)
{
	switch (tlsa->tlsa.usage) {
	case USAGE_EE:
		/* Neither names nor dates matter (RFC 7672 section 3.1.1). */
		return fact->count > 0 && fits(&fact->cert[0], tlsa);
	case USAGE_TA:
		return fits_above(fact, tlsa, now_at);
	default:
		return false;
	}
}
