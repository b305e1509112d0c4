/*
 * judge_host_tls.c - P03 to P07, P14 to P16: the policy host's certificate,
 * and what it does beside serving the policy
 *
 * RFC 8461 sections 3.3 and 10.2, RFC 7633, RFC 9111 section 5.2.2.1.
 */
#include "core/judge_host_int.h"

#include "base/timefmt.h"

#define DAY_S 86400u

/* find_staple - what it says of revocation */
static void
find_staple(const struct host_part *p, const struct tlsfact *tls)
{
	struct judge_at at = { .who = p->who };

	if (tls->must_staple && tls->staple == TLSFACT_STAPLE_NONE)
		judge_find(p->a, &judge_host_rules[HOST_NO_STAPLE], at,
		    "The certificate demands that the server sends proof of "
		    "its validity (must-staple), but none is sent.");
	else if (tls->must_staple && tls->staple == TLSFACT_STAPLE_BAD)
		judge_find(p->a, &judge_host_rules[HOST_NO_STAPLE], at,
		    "The certificate demands that the server sends proof of "
		    "its validity (must-staple), but what is sent is out of "
		    "date or unreadable.");
	else if (tls->staple == TLSFACT_STAPLE_BAD)
		judge_find(p->a, &judge_host_rules[HOST_BAD_STAPLE], at,
		    "The server sends an OCSP answer that is out of date, "
		    "unreadable or about another certificate.");
}

void
judge_host_tls(const struct host_part *p, const struct tlsfact *tls)
{
	struct judge_cert_of of = { .rules = judge_host_rules,
		.host = p->s->policy_host,
		.who = p->who,
		.now_at = p->s->at };

	judge_cert(p->a, &of, tls);
	find_staple(p, tls);
}

/* say_tls - the phrases, by the address that counts */
static void
say_tls(struct audit *a, const struct tlsfact *tls)
{
	static const char *const staple[] = {
		[TLSFACT_STAPLE_NONE] = "no OCSP answer is sent along",
		[TLSFACT_STAPLE_GOOD] = "an OCSP answer says it is good",
		[TLSFACT_STAPLE_REVOKED] = "revoked",
		[TLSFACT_STAPLE_BAD] = "a bad OCSP answer",
	};
	const struct certfact *own = tls->count > 0 ? &tls->cert[0] : NULL;
	struct judge_text date;
	struct buf names;

	audit_seen(a, "P03", "%s, %s", tls->version, tls->cipher);
	audit_seen(a, "P16", "%s", staple[tls->staple]);
	buf_init(&names, 2048);
	tlsfact_put_names(tls, &names);
	if (buf_error(&names) == MTASTS_OK && names.p != NULL)
		audit_seen(a, "P05", "%s", names.p);
	buf_free(&names);
	if (own == NULL)
		return;
	audit_seen(a, "P04", "issued by %s%s%s", own->issuer,
	    own->issuer_org[0] != '\0' ? ", " : "", own->issuer_org);
	audit_seen(a, "P06", "until %s", judge_date(&date, own->not_after_at));
}

/* judge_sni - P07: what a client sees that says no name */
static void
judge_sni(const struct seen *s, struct audit *a, const struct tlsfact *with)
{
	const struct tlsfact *without;
	struct judge_text who;
	struct buf names;

	if (s->host_no_sni == NULL) {
		audit_skip(a, "P07", "It was not looked at.");
		return;
	}
	without = s->host_no_sni->tls;
	if (without == NULL) {
		audit_seen(a, "P07", "without a name there is no handshake");
		return;
	}
	if (judge_cert_same(with, without)) {
		audit_seen(a, "P07", "the same certificate without a name");
		return;
	}
	buf_init(&names, 2048);
	tlsfact_put_names(without, &names);
	judge_find(a, &judge_host_rules[HOST_NO_SNI],
	    (struct judge_at){
		.who = judge_who(&who, s->policy_host, s->best->text, 0) },
	    "A client that does not say which name it wants (SNI) gets another "
	    "certificate, for %s.",
	    names.p != NULL ? names.p : "others");
	buf_free(&names);
}

/* max_age - of a Cache-Control value; false when it has none */
static bool
max_age(const char *value, uint64_t *seconds)
{
	struct str rest = str_of(value), item;
	bool more;

	do {
		more = str_cut(rest, ',', &item, &rest);
		item = str_trim(item);
		if (str_starts_nocase(item, STR("max-age=")) &&
		    str_u64(str_sub(item, 8, item.len), UINT32_MAX, seconds))
			return true;
	} while (more);
	return false;
}

/* judge_caching - P14: for how long caches between may keep an old policy */
static void
judge_caching(const struct seen *s, struct audit *a, const char *value)
{
	const struct mtasts_policy *policy = s->text_policy;
	struct judge_at at = { .who = s->policy_host };
	struct timefmt kept;
	uint64_t seconds;

	if (value == NULL || !max_age(value, &seconds) || seconds <= DAY_S)
		return;
	timefmt_ago(&kept, (int64_t)seconds);
	if (policy != NULL && seconds > policy->max_age_s)
		judge_find(a, &judge_host_rules[HOST_CACHED_LONG], at,
		    "Caches may keep the file for %s, longer than the policy "
		    "itself holds.",
		    kept.text);
	else
		judge_find(a, &judge_host_rules[HOST_CACHED], at,
		    "Caches may keep the file for %s.", kept.text);
}

/* judge_plain - P14: is it there without TLS, too? */
static void
judge_plain(const struct seen *s, struct audit *a, const struct fetchfact *got)
{
	const struct fetchfact *plain = s->host_plain;

	if (plain != NULL && plain->end == FETCHFACT_OK &&
	    str_eq(plain->body, got->body))
		judge_find(a, &judge_host_rules[HOST_PLAIN],
		    (struct judge_at){ .who = s->policy_host },
		    "The policy is there over http without TLS, too.");
	else if (plain != NULL && plain->end == FETCHFACT_REDIRECT)
		audit_seen(a, "P14", "http redirects");
	if (got->hsts != NULL)
		audit_seen(a, "P14", "HSTS");
	if (got->cache_control != NULL)
		audit_seen(a, "P14", "Cache-Control: %s", got->cache_control);
	judge_caching(s, a, got->cache_control);
}

/* judge_same - P15: do all addresses serve the same bytes? */
static void
judge_same(const struct seen *s, struct audit *a)
{
	const struct seen_addr *first = NULL;
	size_t bodies = 0;
	struct judge_text who;

	for (size_t i = 0; i < s->addr_count; i++) {
		const struct seen_addr *addr = &s->addr[i];

		if (addr->got == NULL || addr->got->end != FETCHFACT_OK)
			continue;
		bodies++;
		if (first == NULL)
			first = addr;
		else if (!str_eq(first->got->body, addr->got->body))
			judge_find(a, &judge_host_rules[HOST_DIFFERS],
			    (struct judge_at){
				.who = judge_who(
				    &who, s->policy_host, addr->text, 0) },
			    "It serves another file (%zu bytes) than %s (%zu "
			    "bytes).",
			    addr->got->body.len, first->text,
			    first->got->body.len);
	}
	if (bodies == 1)
		audit_seen(a, "P15", "one address serves it");
	else if (bodies > 1)
		audit_seen(a, "P15", "%zu addresses were compared", bodies);
}

void
judge_host_beside(const struct seen *s, struct audit *a)
{
	const struct fetchfact *got = s->best != NULL ? s->best->got : NULL;

	if (got != NULL && got->tls != NULL) {
		say_tls(a, got->tls);
		judge_sni(s, a, got->tls);
	}
	if (got != NULL && got->end == FETCHFACT_OK)
		judge_plain(s, a, got);
	judge_same(s, a);
}
