/*
 * seen - all that was seen of a domain, before anybody judges it
 *
 * Makes the object and releases all facts it holds. The few questions answered
 * here are asked by several judges: does this host, this address do what a
 * sender needs? Looks nothing up.
 *
 * RFC 8461 sections 3.3 and 4.1, RFC 7672 section 3.1.
 */
#include "core/seen.h"

#include "base/arena.h"

#define ARENA_MAX (4u << 20)

struct seen *
seen_new(const char *domain, int64_t at)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct seen *s;

	if (arena == NULL)
		return NULL;
	s = arena_alloc(arena, sizeof(*s));
	if (s != NULL) {
		s->domain = arena_dup(arena, str_of(domain));
		s->policy_host = arena_printf(arena, "mta-sts.%s", domain);
		s->at = at;
		s->arena = arena;
	}
	if (s == NULL || s->domain == NULL || s->policy_host == NULL) {
		arena_free(arena);
		return NULL;
	}
	return s;
}

/* free_record - of the record, around it and of its name servers */
static void
free_record(struct seen *s)
{
	dnsfact_free(s->sts);
	dnsfact_free(s->sts_apex);
	dnsfact_free(s->sts_plain);
	dnsfact_free(s->sts_under);
	dnsfact_free(s->ns_set);
	for (size_t i = 0; i < s->ns_count; i++) {
		dnsfact_free(s->ns[i].address);
		dnsfact_free(s->ns[i].sts);
	}
}

/* free_host - of the policy host and what it serves */
static void
free_host(struct seen *s)
{
	dnsfact_free(s->host_a);
	dnsfact_free(s->host_aaaa);
	for (size_t i = 0; i < s->addr_count; i++)
		fetchfact_free(s->addr[i].got);
	probefact_free(s->host_no_sni);
	fetchfact_free(s->host_plain);
	/* One reading may serve as both. */
	if (s->text_policy != s->policy)
		mtasts_policy_free(s->text_policy);
	mtasts_policy_free(s->policy);
	mtasts_diags_free(s->text_diags);
}

/* free_mx - of one mail server */
static void
free_mx(struct seen_mx *mx)
{
	dnsfact_free(mx->a);
	dnsfact_free(mx->aaaa);
	dnsfact_free(mx->tlsa);
	for (size_t i = 0; i < mx->addr_count; i++)
		probefact_free(mx->addr[i].probe);
	probefact_free(mx->no_sni);
	probefact_free(mx->old_tls);
}

/* free_reports - of the addresses for reports */
static void
free_reports(struct seen *s)
{
	dnsfact_free(s->rpt);
	dnsfact_free(s->rpt_old);
	mtasts_rptrec_free(s->rpt_rec);
	for (size_t i = 0; i < s->rua_count; i++) {
		dnsfact_free(s->rua[i].mx);
		dnsfact_free(s->rua[i].a);
		dnsfact_free(s->rua[i].aaaa);
		probefact_free(s->rua[i].tls);
	}
}

void
seen_free(struct seen *s)
{
	if (s == NULL)
		return;
	free_record(s);
	free_host(s);
	dnsfact_free(s->mx);
	for (size_t i = 0; i < s->mx_count; i++)
		free_mx(&s->mxs[i]);
	dnsfact_free(s->mx_ns_set);
	for (size_t i = 0; i < s->mx_ns_count; i++) {
		dnsfact_free(s->mx_ns[i].address);
		dnsfact_free(s->mx_ns[i].mx);
	}
	free_reports(s);
	for (size_t i = 0; i < s->caa_count; i++)
		dnsfact_free(s->caa[i].fact);
	for (size_t i = 0; i < s->sub_count; i++) {
		dnsfact_free(s->sub[i].mx);
		dnsfact_free(s->sub[i].sts);
	}
	arena_free(s->arena);
}

bool
seen_host_valid(const struct seen_addr *addr)
{
	const struct fetchfact *got = addr->got;

	return got != NULL && got->end == FETCHFACT_OK && got->tls != NULL &&
	    tlsfact_valid(got->tls);
}

bool
seen_mx_works(const struct seen_mx *mx)
{
	for (size_t i = 0; i < mx->addr_count; i++) {
		const struct probefact *p = mx->addr[i].probe;

		if (p != NULL && p->end == PROBEFACT_OK && p->tls != NULL &&
		    tlsfact_valid(p->tls))
			return true;
	}
	return false;
}

/* fits - does one of the records fit what was shown? */
static bool
fits(const struct dnsfact *tlsa, const struct tlsfact *tls, int64_t now_at)
{
	for (size_t i = 0; i < tlsa->count; i++) {
		if (dane_tlsa_usable(&tlsa->records[i]) &&
		    tlsfact_matches(tls, &tlsa->records[i], now_at))
			return true;
	}
	return false;
}

bool
seen_mx_dane(const struct seen_mx *mx, int64_t now_at)
{
	bool shown = false;

	if (mx->dane.result.dane != DANE_USABLE || mx->tlsa == NULL)
		return false;
	for (size_t i = 0; i < mx->addr_count; i++) {
		const struct probefact *p = mx->addr[i].probe;

		if (p == NULL || p->tls == NULL)
			continue;
		if (fits(mx->tlsa, p->tls, now_at))
			return true;
		shown = true;
	}
	return !shown;
}
