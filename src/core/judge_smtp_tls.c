/*
 * judge_smtp_tls.c - S04 to S08: the TLS of mail servers
 *
 * With a policy that asks for it, a certificate that does not count keeps mail
 * away and is an error; without one, mail is delivered all the same, and it is
 * a warning.
 *
 * RFC 8461 section 4.2, RFC 9325 for versions and ciphers.
 */
#include "core/judge_smtp_int.h"

#define DH_BITS 2048

/* One address being judged. */
struct part {
	const struct seen *s;
	struct audit *a;
	const struct seen_mx *mx;
	const struct probefact *probe;
	struct judge_at at;
};

/* first_tls - the first address of a host that showed TLS, or null */
static const struct seen_mx_addr *
first_tls(const struct seen_mx *mx)
{
	for (size_t i = 0; i < mx->addr_count; i++)
		if (mx->addr[i].probe != NULL && mx->addr[i].probe->tls != NULL)
			return &mx->addr[i];
	return NULL;
}

/* --- S04 --- */

/* find_parameters - of one handshake */
static void
find_parameters(const struct part *p)
{
	const struct tlsfact *tls = p->probe->tls;

	if (tls->weak_cipher)
		judge_find(p->a, &judge_smtp_rules[SMTP_CIPHER], p->at,
		    "The server chose the weak cipher %s.", tls->cipher);
	if (!tls->forward_secret)
		judge_find(p->a, &judge_smtp_rules[SMTP_NO_SECRECY], p->at,
		    "The server chose the cipher %s, without forward secrecy: "
		    "whoever gets the key later can read recorded mail.",
		    tls->cipher);
	if (tls->kex_bits > 0 && tls->kex_bits < DH_BITS)
		judge_find(p->a, &judge_smtp_rules[SMTP_DH], p->at,
		    "The Diffie-Hellman group has %u bits only.",
		    tls->kex_bits);
	if (!tls->safe_renegotiation)
		judge_find(p->a, &judge_smtp_rules[SMTP_RENEGOTIATION], p->at,
		    "The server does not renegotiate safely.");
	if (tls->compressed)
		judge_find(p->a, &judge_smtp_rules[SMTP_COMPRESSION], p->at,
		    "The server compresses within TLS, which gives secrets "
		    "away.");
}

/* failed_tls - the first address at which the handshake failed, or null */
static const struct seen_mx_addr *
failed_tls(const struct seen_mx *mx)
{
	for (size_t i = 0; i < mx->addr_count; i++)
		if (mx->addr[i].probe != NULL &&
		    mx->addr[i].probe->end == PROBEFACT_TLS)
			return &mx->addr[i];
	return NULL;
}

bool
smtp_old_only(const struct seen_mx *mx)
{
	return mx->old_tls != NULL && mx->old_tls->tls != NULL &&
	    first_tls(mx) == NULL && failed_tls(mx) != NULL;
}

/* find_old - what a client of TLS 1.0 and 1.1 sees */
static void
find_old(struct audit *a, const struct seen_mx *mx)
{
	const struct probefact *old = mx->old_tls;
	bool only = smtp_old_only(mx);
	const struct seen_mx_addr *addr = only ? failed_tls(mx) : first_tls(mx);
	struct judge_text who;

	if (old == NULL || old->tls == NULL || addr == NULL)
		return;
	judge_find(a, &judge_smtp_rules[only ? SMTP_OLD_ONLY : SMTP_OLD],
	    (struct judge_at){
		.who = judge_who(&who, mx->name, addr->text, 0) },
	    only ? "The server speaks %s, but neither TLS 1.2 nor 1.3."
		 : "The server still takes %s, which is out of date.",
	    old->tls->version);
}

/* --- S05 to S07 --- */

/* judge_address - of one address that showed TLS */
static void
judge_address(const struct part *p)
{
	struct judge_cert_of of = { .rules = judge_smtp_rules,
		.host = p->mx->name,
		.who = p->at.who,
		.soft = !judge_hard(p->s),
		.now_at = p->s->at };

	find_parameters(p);
	judge_cert(p->a, &of, p->probe->tls);
}

/* find_no_sni - what a sender sees that says no name */
static void
find_no_sni(struct audit *a, const struct seen_mx *mx)
{
	const struct probefact *without = mx->no_sni;
	const struct seen_mx_addr *addr = first_tls(mx);
	struct judge_at at = { .who = mx->name };
	struct judge_text who;
	struct buf names;

	if (addr == NULL || without == NULL || !tlsfact_valid(addr->probe->tls))
		return;
	at.who = judge_who(&who, mx->name, addr->text, 0);
	if (without->tls == NULL &&
	    (without->end == PROBEFACT_TLS ||
		without->end == PROBEFACT_TLS_LATE))
		judge_find(a, &judge_smtp_rules[SMTP_NO_SNI], at,
		    "A sender that does not say which name it wants (SNI) gets "
		    "no TLS.");
	if (without->tls == NULL || tlsfact_valid(without->tls))
		return;
	buf_init(&names, 2048);
	tlsfact_put_names(without->tls, &names);
	judge_find(a, &judge_smtp_rules[SMTP_NO_SNI], at,
	    "A sender that does not say which name it wants (SNI) gets another "
	    "certificate, for %s.",
	    names.p != NULL ? names.p : "others");
	buf_free(&names);
}

/* --- S08 --- */

/* judge_same - is the certificate good at some addresses only? */
static void
judge_same(struct audit *a, const struct seen_mx *mx)
{
	const struct seen_mx_addr *good = NULL, *bad = NULL;
	size_t n = 0;

	for (size_t i = 0; i < mx->addr_count; i++) {
		const struct seen_mx_addr *addr = &mx->addr[i];

		if (addr->probe == NULL || addr->probe->tls == NULL)
			continue;
		n++;
		if (tlsfact_valid(addr->probe->tls))
			good = good != NULL ? good : addr;
		else
			bad = bad != NULL ? bad : addr;
	}
	if (good != NULL && bad != NULL)
		judge_find(a, &judge_smtp_rules[SMTP_DIFFERS],
		    (struct judge_at){ .who = mx->name },
		    "The certificate of %s is valid at %s, but not at %s.",
		    mx->name, good->text, bad->text);
	if (n > 1)
		audit_seen(a, "S08", "%s: %zu addresses", mx->name, n);
}

/* --- */

/* earliest - the first end of a certificate of a mail server; 0: none */
static int64_t
earliest(const struct seen *s)
{
	int64_t at = 0;

	for (size_t i = 0; i < s->mx_count; i++) {
		const struct seen_mx_addr *addr = first_tls(&s->mxs[i]);
		const struct tlsfact *tls =
		    addr != NULL ? addr->probe->tls : NULL;

		if (tls != NULL && tls->count > 0 &&
		    (at == 0 || tls->cert[0].not_after_at < at))
			at = tls->cert[0].not_after_at;
	}
	return at;
}

/* say_seen - the phrases, by the first host that has TLS */
static void
say_seen(const struct seen *s, struct audit *a)
{
	const struct seen_mx_addr *addr = NULL;
	const struct tlsfact *tls;
	struct judge_text date;
	struct buf names;

	for (size_t i = 0; i < s->mx_count && addr == NULL; i++)
		addr = first_tls(&s->mxs[i]);
	if (addr == NULL)
		return;
	tls = addr->probe->tls;
	audit_seen(a, "S04", "%s, %s", tls->version, tls->cipher);
	if (tls->count > 0)
		audit_seen(a, "S05", "issued by %s", tls->cert[0].issuer);
	if (earliest(s) != 0)
		audit_seen(
		    a, "S07", "until %s", judge_date(&date, earliest(s)));
	buf_init(&names, 2048);
	tlsfact_put_names(tls, &names);
	if (buf_error(&names) == MTASTS_OK && names.p != NULL)
		audit_seen(a, "S06", "%s", names.p);
	buf_free(&names);
}

/* judge_one - of one host */
static void
judge_one(const struct seen *s, struct audit *a, const struct seen_mx *mx)
{
	struct judge_text who;

	for (size_t i = 0; i < mx->addr_count; i++) {
		struct part p = { s, a, mx, mx->addr[i].probe, { 0 } };
		size_t more = smtp_alike(mx, i);

		if (p.probe == NULL || p.probe->tls == NULL || more == SIZE_MAX)
			continue;
		p.at.who = judge_who(&who, mx->name, mx->addr[i].text, more);
		judge_address(&p);
	}
	find_old(a, mx);
	find_no_sni(a, mx);
	judge_same(a, mx);
}

void
judge_smtp_tls(const struct seen *s, struct audit *a)
{
	for (size_t i = 0; i < s->mx_count; i++)
		judge_one(s, a, &s->mxs[i]);
	say_seen(s, a);
}
