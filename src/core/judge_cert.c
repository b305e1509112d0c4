/*
 * judge_cert - findings on a certificate, of whichever host
 *
 * Whether a chain leads to a root was found out with the TLS library; here are
 * the words for it, and what is sound today but not for long.
 *
 * RFC 8461 sections 3.3 and 4.2, RFC 9525 section 6, RFC 6066 section 8.
 */
#include "core/judge_cert.h"

#include "base/timefmt.h"

#define DAY_S (int64_t)86400

/* One certificate being judged. */
struct cert {
	struct audit *a;
	const struct judge_cert_of *of;
	const struct tlsfact *tls;
	struct judge_at at;
};

/* rule - of a kind */
static const struct diag_rule *
rule(const struct cert *c, enum judge_cert kind)
{
	return &c->of->rules[kind];
}

/* leaf - the server's own, or null */
static const struct certfact *
leaf(const struct tlsfact *tls)
{
	return tls->count > 0 ? &tls->cert[0] : NULL;
}

/* issuer_of - whoever signed it, by a name for people */
static const char *
issuer_of(const struct certfact *cert)
{
	if (cert->issuer[0] != '\0')
		return cert->issuer;
	return cert->issuer_org[0] != '\0' ? cert->issuer_org
					   : "an issuer without name";
}

/* out_of_time - the certificate of the chain that is not valid now */
static const struct certfact *
out_of_time(const struct cert *c)
{
	for (size_t i = 0; i < c->tls->count; i++) {
		const struct certfact *cert = &c->tls->cert[i];

		if (cert->not_after_at < c->of->now_at ||
		    cert->not_before_at > c->of->now_at)
			return cert;
	}
	return leaf(c->tls);
}

/* find_time - one of the chain has expired, or is of the future */
static void
find_time(const struct cert *c, bool expired)
{
	const struct certfact *cert = out_of_time(c);
	enum judge_cert kind =
	    expired ? JUDGE_CERT_EXPIRED : JUDGE_CERT_NOT_YET;
	bool own = cert == leaf(c->tls);
	struct judge_text date;

	if (cert == NULL) {
		judge_find(c->a, rule(c, kind), c->at, "%s",
		    judge_said(&date, c->tls->why));
		return;
	}
	judge_date(&date, expired ? cert->not_after_at : cert->not_before_at);
	judge_find(c->a, rule(c, kind), c->at, "The certificate%s%s %s %s.",
	    own ? "" : " of its issuer ", own ? "" : cert->subject,
	    expired ? "expired on" : "is not valid before", date.text);
}

/* find_incomplete - the issuer is not there */
static void
find_incomplete(const struct cert *c)
{
	const struct certfact *last = NULL;

	if (c->tls->count > 0)
		last = &c->tls->cert[c->tls->count - 1];
	judge_find(c->a, rule(c, JUDGE_CERT_INCOMPLETE), c->at,
	    "The server sends %zu certificate%s, but not the one of %s, which "
	    "is needed to check %s.",
	    c->tls->sent, c->tls->sent == 1 ? "" : "s",
	    last != NULL ? issuer_of(last) : "its issuer",
	    c->tls->sent == 1 ? "it" : "them");
}

/* is_short - is the key too short? One of unknown length is not */
static bool
is_short(const struct certfact *cert)
{
	unsigned least_bits = 0;

	if (strcmp(cert->key, "RSA") == 0)
		least_bits = 2048;
	else if (strcmp(cert->key, "EC") == 0)
		least_bits = 224;
	return cert->key_bits > 0 && cert->key_bits < least_bits;
}

/* find_key - a key or signature of the server's own that is too weak */
static bool
find_key(const struct cert *c)
{
	const struct certfact *own = leaf(c->tls);
	bool found = false;

	if (own == NULL)
		return false;
	if (is_short(own)) {
		judge_find(c->a, rule(c, JUDGE_CERT_KEY), c->at,
		    "The key of the certificate is %s of %u bits; many senders "
		    "refuse that.",
		    own->key, own->key_bits);
		found = true;
	}
	/* What it says of itself proves nothing, with whatever hash. */
	if (!own->self_signed &&
	    (strcmp(own->hash, "SHA1") == 0 || strcmp(own->hash, "MD5") == 0)) {
		judge_find(c->a, rule(c, JUDGE_CERT_HASH), c->at,
		    "The certificate is signed with %s; many senders refuse "
		    "that.",
		    own->hash);
		found = true;
	}
	return found;
}

/* find_trust - why no chain leads to a root */
static void
find_trust(const struct cert *c, bool key_told)
{
	const struct certfact *own = leaf(c->tls);
	struct judge_text why;

	judge_said(&why, c->tls->why);
	switch (c->tls->trust) {
	case TLSFACT_TRUSTED:
	case TLSFACT_TRUSTS:
		return;
	case TLSFACT_EXPIRED:
	case TLSFACT_NOT_YET:
		find_time(c, c->tls->trust == TLSFACT_EXPIRED);
		return;
	case TLSFACT_SELF_SIGNED:
		judge_find(c->a, rule(c, JUDGE_CERT_SELF_SIGNED), c->at,
		    "The server has signed its certificate itself; senders "
		    "trust public authorities only.");
		return;
	case TLSFACT_INCOMPLETE:
		find_incomplete(c);
		return;
	case TLSFACT_UNKNOWN_ROOT:
		judge_find(c->a, rule(c, JUDGE_CERT_UNTRUSTED), c->at,
		    "The certificate comes from %s, which senders do not "
		    "trust.",
		    own != NULL ? issuer_of(own) : "an authority");
		return;
	case TLSFACT_WEAK:
		if (!key_told)
			judge_find(c->a, rule(c, JUDGE_CERT_WEAK), c->at, "%s",
			    why.text);
		return;
	case TLSFACT_PURPOSE:
		judge_find(
		    c->a, rule(c, JUDGE_CERT_PURPOSE), c->at, "%s", why.text);
		return;
	case TLSFACT_INVALID:
		judge_find(
		    c->a, rule(c, JUDGE_CERT_INVALID), c->at, "%s", why.text);
		return;
	}
}

/* find_name - it is for somebody else */
static void
find_name(const struct cert *c)
{
	struct buf names;

	if (c->tls->names_host)
		return;
	if (c->tls->cn_fits) {
		judge_find(c->a, rule(c, JUDGE_CERT_CN), c->at,
		    "The certificate has %s as its common name (CN) only, which "
		    "senders do not look at.",
		    c->of->host);
		return;
	}
	buf_init(&names, 2048);
	tlsfact_put_names(c->tls, &names);
	judge_find(c->a, rule(c, JUDGE_CERT_NAME), c->at,
	    "The certificate is not for %s; it is for %s.", c->of->host,
	    buf_error(&names) == MTASTS_OK && names.p != NULL ? names.p
							      : "others");
	buf_free(&names);
}

/* least - the smaller one */
static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * find_soon - it will expire before long
 *
 * Certificates of a few days are renewed later than those of months, so what is
 * soon goes by their whole life.
 */
static void
find_soon(const struct cert *c)
{
	const struct certfact *own = leaf(c->tls);
	enum judge_cert kind = JUDGE_CERT_SOON;
	int64_t life, left;
	struct judge_text date;
	struct timefmt in;

	if (own == NULL || own->not_before_at > c->of->now_at ||
	    own->not_after_at < c->of->now_at)
		return;
	life = own->not_after_at - own->not_before_at;
	left = own->not_after_at - c->of->now_at;
	if (left < least(7 * DAY_S, life / 6))
		kind = JUDGE_CERT_VERY_SOON;
	else if (left >= least(21 * DAY_S, life / 4))
		return;
	judge_find(c->a, rule(c, kind), c->at,
	    "The certificate expires in %s, on %s.", timefmt_ago(&in, left),
	    judge_date(&date, own->not_after_at));
}

void
judge_cert(
    struct audit *a, const struct judge_cert_of *of, const struct tlsfact *tls)
{
	struct cert c = { a, of, tls, { .who = of->who, .soft = of->soft } };
	bool key_told = find_key(&c);

	find_trust(&c, key_told);
	if (tls->trust == TLSFACT_TRUSTED && !tls->in_order)
		judge_find(a, &of->rules[JUDGE_CERT_ORDER], c.at,
		    "The certificates are sent in another order than they "
		    "signed each other, or with others among them.");
	find_name(&c);
	find_soon(&c);
	if (tls->staple == TLSFACT_STAPLE_REVOKED)
		judge_find(a, &of->rules[JUDGE_CERT_REVOKED], c.at,
		    "Its issuer has revoked the certificate.");
}

bool
judge_cert_same(const struct tlsfact *a, const struct tlsfact *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->count == 0 || b->count == 0)
		return a->count == b->count;
	return str_eq(a->cert[0].der, b->cert[0].der);
}
