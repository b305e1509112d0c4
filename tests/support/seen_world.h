/*
 * seen_world - what was seen of a domain, built by hand
 *
 * seen_world_open() gives example.com, at which everything is as it should be;
 * a test spoils one thing and looks at the results. All facts live in the
 * world's arena, so none is ever freed on its own. Include after cmocka.
 */
#ifndef TESTS_SUPPORT_SEEN_WORLD_H
#define TESTS_SUPPORT_SEEN_WORLD_H

#include "base/arena.h"
#include "core/judge.h"

#include <stdlib.h>

#define SEEN_WORLD_AT  1767225600 /* 2026-01-01T00:00:00Z */
#define SEEN_WORLD_DAY 86400
#define SEEN_WORLD_TXT "v=STSv1; id=20260101T000000;"
#define SEEN_WORLD_RPT "v=TLSRPTv1; rua=mailto:tls@reports.example;"
#define SEEN_WORLD_POLICY                                         \
	"version: STSv1\r\nmode: enforce\r\nmax_age: 2592000\r\n" \
	"mx: mx1.example.com\r\nmx: mx2.example.com\r\n"

struct seen_world {
	struct seen s;
	struct arena *arena;
	struct seen_mx mx[SEEN_MX_MAX]; /* s.mxs */
};

/* seen_world_dup - a text in the world's arena */
static inline const char *
seen_world_dup(struct seen_world *w, const char *text)
{
	char *copy = arena_dup(w->arena, str_of(text));

	if (copy == NULL)
		abort();
	return copy;
}

/* seen_world_zalloc - cleared memory of the world */
static inline void *
seen_world_zalloc(struct seen_world *w, size_t count, size_t size)
{
	void *p = arena_zalloc(w->arena, count, size);

	if (p == NULL)
		abort();
	return p;
}

/* seen_world_dns - an answer without records: NODATA, NXDOMAIN, a failure */
static inline struct dnsfact *
seen_world_dns(struct seen_world *w, const char *name, enum dnstype type,
    enum dnsfact_end end)
{
	struct dnsfact *fact = seen_world_zalloc(w, 1, sizeof(*fact));

	fact->end = end;
	fact->type = type;
	fact->ttl_s = 3600;
	fact->canonical = seen_world_dup(w, name);
	fact->why = dnsfact_failed(fact) ? "as the test wants" : "";
	return fact;
}

/* seen_world_caa - "issue letsencrypt.org", "128 issue ;" as a CAA record */
static inline struct dnsfact_record
seen_world_caa(struct seen_world *w, const char *text)
{
	struct str rest = str_of(seen_world_dup(w, text)), word;
	struct dnsfact_record r = { 0 };
	uint64_t flags;

	str_cut(rest, ' ', &word, NULL);
	if (str_u64(word, 255, &flags)) {
		r.caa.flags = (uint8_t)flags;
		str_cut(rest, ' ', NULL, &rest);
	}
	str_cut(rest, ' ', &r.caa.tag, &r.caa.value);
	return r;
}

/* seen_world_record - the text of one record, by type */
static inline struct dnsfact_record
seen_world_record(struct seen_world *w, enum dnstype type, const char *text)
{
	struct dnsfact_record r = { 0 };
	struct ipnet_addr addr;

	switch (type) {
	case DNSTYPE_TXT:
		r.txt = str_of(seen_world_dup(w, text));
		break;
	case DNSTYPE_MX:
		r.mx.name = seen_world_dup(w, text);
		r.mx.preference = *text != '\0' ? 10 : 0;
		break;
	case DNSTYPE_A:
	case DNSTYPE_AAAA:
		if (!ipnet_addr_parse(str_of(text), &addr))
			abort();
		memcpy(r.ip, addr.b + (type == DNSTYPE_A ? 12 : 0),
		    type == DNSTYPE_A ? 4 : 16);
		break;
	case DNSTYPE_CAA:
		r = seen_world_caa(w, text);
		break;
	default:
		r.ns = seen_world_dup(w, text);
		break;
	}
	return r;
}

/* seen_world_found - an answer with records; the last text is null */
static inline struct dnsfact *
seen_world_found(struct seen_world *w, const char *name, enum dnstype type,
    const char *const *texts)
{
	struct dnsfact *fact = seen_world_dns(w, name, type, DNSFACT_FOUND);
	struct dnsfact_record *list;
	size_t n = 0;

	while (texts[n] != NULL)
		n++;
	list = seen_world_zalloc(w, n, sizeof(*list));
	for (size_t i = 0; i < n; i++)
		list[i] = seen_world_record(w, type, texts[i]);
	fact->count = n;
	fact->records = list;
	return fact;
}

/* SEEN_WORLD_FOUND - the same with the texts in place */
#define SEEN_WORLD_FOUND(w, name, type, ...) \
	seen_world_found(                    \
	    w, name, type, (const char *const[]){ __VA_ARGS__, NULL })

/* seen_world_tls - a handshake in which all is well, valid for host */
static inline struct tlsfact *
seen_world_tls(struct seen_world *w, const char *host)
{
	struct tlsfact *fact = seen_world_zalloc(w, 1, sizeof(*fact));
	struct certfact *cert = seen_world_zalloc(w, 2, sizeof(*cert));
	const char **names = seen_world_zalloc(w, 1, sizeof(*names));

	names[0] = seen_world_dup(w, host);
	for (size_t i = 0; i < 2; i++)
		cert[i] = (struct certfact){
			.subject = i == 0 ? names[0] : "Lab CA",
			.issuer = "Lab CA",
			.issuer_org = "Lab",
			.not_before_at = SEEN_WORLD_AT - 30 * SEEN_WORLD_DAY,
			.not_after_at = SEEN_WORLD_AT + 60 * SEEN_WORLD_DAY,
			.key = "EC",
			.key_bits = 256,
			.hash = "SHA256",
			.signed_by_next = i == 0,
			.der = STR("der"),
			.spki = STR("spki"),
		};
	*fact = (struct tlsfact){
		.version = "TLSv1.3",
		.cipher = "TLS_AES_256_GCM_SHA384",
		.group = "X25519",
		.forward_secret = true,
		.safe_renegotiation = true,
		.sent = 2,
		.count = 2,
		.cert = cert,
		.in_order = true,
		.trust = TLSFACT_TRUSTED,
		.why = "",
		.names_host = true,
		.name_count = 1,
		.names = names,
	};
	return fact;
}

/* seen_world_probe - a mail server at which all is well; tls may be null */
static inline struct probefact *
seen_world_probe(struct seen_world *w, const char *address, struct tlsfact *tls)
{
	struct probefact *fact = seen_world_zalloc(w, 1, sizeof(*fact));
	unsigned ext =
	    PROBEFACT_PIPELINING | PROBEFACT_SIZE | PROBEFACT_8BITMIME;

	*fact = (struct probefact){
		.end = tls != NULL ? PROBEFACT_OK : PROBEFACT_NO_STARTTLS,
		.why = tls != NULL ? "" : "STARTTLS is not offered",
		.greeting_code = 220,
		.greeting = "mx ESMTP",
		.ext_clear = ext | (tls != NULL ? PROBEFACT_STARTTLS : 0),
		.ext_tls = tls != NULL ? ext : 0,
		.tls = tls,
		.took_ms = 20,
	};
	strncpy(fact->address, address, sizeof(fact->address) - 1);
	return fact;
}

/* seen_world_fetch - a policy host's answer, 200 with this body */
static inline struct fetchfact *
seen_world_fetch(struct seen_world *w, const char *address, const char *body)
{
	struct fetchfact *fact = seen_world_zalloc(w, 1, sizeof(*fact));

	*fact = (struct fetchfact){
		.end = FETCHFACT_OK,
		.status = 200,
		.body = str_of(seen_world_dup(w, body)),
		.why = "",
		.address = seen_world_dup(w, address),
		.took_ms = 30,
		.tls = seen_world_tls(w, w->s.policy_host),
		.type = "text/plain",
	};
	return fact;
}

/* seen_world_no_policy - forget the policy and what was found in it */
static inline void
seen_world_no_policy(struct seen_world *w)
{
	mtasts_policy_free(w->s.policy);
	mtasts_policy_free(w->s.text_policy);
	mtasts_diags_free(w->s.text_diags);
	w->s.policy = w->s.text_policy = NULL;
	w->s.text_diags = NULL;
}

/* seen_world_body - all addresses serve these bytes, and they are read */
static inline void
seen_world_body(struct seen_world *w, struct str text)
{
	struct mtasts_policy *copy = NULL;

	seen_world_no_policy(w);
	w->s.text_diags = mtasts_diags_new();
	for (size_t i = 0; i < w->s.addr_count; i++)
		if (w->s.addr[i].got != NULL)
			w->s.addr[i].got->body = text;
	if (mtasts_policy_parse(text.p, text.len, &w->s.text_policy,
		w->s.text_diags) == MTASTS_OK &&
	    mtasts_policy_parse(text.p, text.len, &copy, NULL) == MTASTS_OK)
		w->s.policy = copy;
}

/* seen_world_policy - the same with a text */
static inline void
seen_world_policy(struct seen_world *w, const char *text)
{
	seen_world_body(w, str_of(seen_world_dup(w, text)));
}

/* seen_world_txts - the first n TXT records of an answer, for a reader */
static inline const struct mtasts_txt *
seen_world_txts(struct seen_world *w, const struct dnsfact *fact, size_t n)
{
	struct mtasts_txt *txt = seen_world_zalloc(w, n, sizeof(*txt));

	for (size_t i = 0; i < n; i++)
		txt[i] = (struct mtasts_txt){ fact->records[i].txt.p,
			fact->records[i].txt.len };
	return txt;
}

/* seen_world_sts - what _mta-sts.example.com answers; read as inspect does */
static inline void
seen_world_sts(struct seen_world *w, struct dnsfact *fact)
{
	size_t n = fact->end == DNSFACT_FOUND ? fact->count : 0;
	const struct mtasts_txt *txt = seen_world_txts(w, fact, n);

	w->s.sts = fact;
	w->s.rec = (struct mtasts_stsrec){ .record = 0 };
	w->s.rec_verdict = mtasts_stsrec_parse(txt, n, &w->s.rec, NULL);
}

/* seen_world_rpt - what _smtp._tls.example.com answers */
static inline void
seen_world_rpt(struct seen_world *w, struct dnsfact *fact)
{
	size_t n = fact->end == DNSFACT_FOUND ? fact->count : 0;
	const struct mtasts_txt *txt = seen_world_txts(w, fact, n);

	mtasts_rptrec_free(w->s.rpt_rec);
	w->s.rpt_rec = NULL;
	w->s.rpt = fact;
	if (mtasts_rptrec_parse(txt, n, &w->s.rpt_rec, NULL) !=
	    MTASTS_VERDICT_VALID)
		w->s.rpt_rec = NULL;
}

/* seen_world_host_addr - one more address of the policy host, all well */
static inline struct seen_addr *
seen_world_host_addr(struct seen_world *w, const char *address)
{
	struct seen_addr *addr = &w->s.addr[w->s.addr_count++];

	if (!ipnet_addr_parse(str_of(address), &addr->addr))
		abort();
	strncpy(addr->text, address, sizeof(addr->text) - 1);
	addr->got = seen_world_fetch(w, address, SEEN_WORLD_POLICY);
	return addr;
}

/* seen_world_mx_addr - one more address of an MX host, as it should be */
static inline struct seen_mx_addr *
seen_world_mx_addr(
    struct seen_world *w, struct seen_mx *mx, const char *address)
{
	struct seen_mx_addr *addr = &mx->addr[mx->addr_count++];

	if (!ipnet_addr_parse(str_of(address), &addr->addr))
		abort();
	strncpy(addr->text, address, sizeof(addr->text) - 1);
	addr->probe = seen_world_probe(w, address, seen_world_tls(w, mx->name));
	return addr;
}

/* seen_world_mx - one more MX host with one address, as it should be */
static inline struct seen_mx *
seen_world_mx(struct seen_world *w, const char *name, const char *address)
{
	struct seen_mx *mx = &w->mx[w->s.mx_count++];

	*mx = (struct seen_mx){ .preference = 10, .times = 1 };
	strncpy(mx->name, name, sizeof(mx->name) - 1);
	mx->a = SEEN_WORLD_FOUND(w, name, DNSTYPE_A, address);
	mx->aaaa = seen_world_dns(w, name, DNSTYPE_AAAA, DNSFACT_NODATA);
	mx->tlsa = seen_world_dns(w, name, DNSTYPE_TLSA, DNSFACT_NODATA);
	dane_begin(&mx->dane, name, 25);
	mx->dane.result.dane = DANE_NONE;
	seen_world_mx_addr(w, mx, address);
	mx->no_sni = seen_world_probe(w, address, seen_world_tls(w, name));
	mx->old_tls = seen_world_probe(w, address, NULL);
	mx->old_tls->end = PROBEFACT_TLS;
	mx->old_tls->why = "the handshake failed";
	return mx;
}

/* seen_world_mail - two MX hosts, as they should be */
static inline void
seen_world_mail(struct seen_world *w)
{
	w->s.mx = SEEN_WORLD_FOUND(
	    w, "example.com", DNSTYPE_MX, "mx1.example.com", "mx2.example.com");
	w->s.mxs = w->mx;
	seen_world_mx(w, "mx1.example.com", "192.0.2.25");
	seen_world_mx(w, "mx2.example.com", "192.0.2.26");
}

/* seen_world_around - name servers, report address, CAA, as they should be */
static inline void
seen_world_around(struct seen_world *w)
{
	struct seen *s = &w->s;

	s->ns_zone = "example.com";
	s->ns_set = SEEN_WORLD_FOUND(
	    w, "example.com", DNSTYPE_NS, "ns1.example.com", "ns2.example.com");
	s->ns_count = 2;
	for (size_t i = 0; i < s->ns_count; i++) {
		struct seen_ns *ns = &s->ns[i];

		strcpy(
		    ns->name, i == 0 ? "ns1.example.com" : "ns2.example.com");
		strcpy(ns->text, i == 0 ? "192.0.2.53" : "192.0.2.54");
		ns->address =
		    SEEN_WORLD_FOUND(w, ns->name, DNSTYPE_A, ns->text);
		ns->sts = SEEN_WORLD_FOUND(
		    w, "_mta-sts.example.com", DNSTYPE_TXT, SEEN_WORLD_TXT);
	}
	s->rua_count = 1;
	s->rua[0] = (struct seen_rua){ .uri = "mailto:tls@reports.example" };
	strcpy(s->rua[0].host, "reports.example");
	s->rua[0].mx = SEEN_WORLD_FOUND(
	    w, "reports.example", DNSTYPE_MX, "mx.reports.example");
	s->caa_count = 3;
	strcpy(s->caa[0].name, "mta-sts.example.com");
	strcpy(s->caa[1].name, "example.com");
	strcpy(s->caa[2].name, "com");
	for (size_t i = 0; i < s->caa_count; i++)
		s->caa[i].fact = seen_world_dns(
		    w, s->caa[i].name, DNSTYPE_CAA, DNSFACT_NODATA);
}

/* seen_world_open - example.com, at which all is well; seen_world_close() */
static inline void
seen_world_open(struct seen_world *w)
{
	struct seen *s = &w->s;

	memset(w, 0, sizeof(*w));
	w->arena = arena_new(1 << 24);
	if (w->arena == NULL)
		abort();
	s->domain = "example.com";
	s->policy_host = "mta-sts.example.com";
	s->at = SEEN_WORLD_AT;
	s->dnssec = true;
	seen_world_sts(w,
	    SEEN_WORLD_FOUND(
		w, "_mta-sts.example.com", DNSTYPE_TXT, SEEN_WORLD_TXT));
	s->host_a =
	    SEEN_WORLD_FOUND(w, "mta-sts.example.com", DNSTYPE_A, "192.0.2.80");
	s->host_aaaa = seen_world_dns(
	    w, "mta-sts.example.com", DNSTYPE_AAAA, DNSFACT_NODATA);
	s->best = seen_world_host_addr(w, "192.0.2.80");
	seen_world_policy(w, SEEN_WORLD_POLICY);
	s->host_no_sni = seen_world_probe(
	    w, "192.0.2.80", seen_world_tls(w, "mta-sts.example.com"));
	seen_world_mail(w);
	seen_world_rpt(w,
	    SEEN_WORLD_FOUND(
		w, "_smtp._tls.example.com", DNSTYPE_TXT, SEEN_WORLD_RPT));
	s->rpt_old = seen_world_dns(
	    w, "_smtp-tlsrpt.example.com", DNSTYPE_TXT, DNSFACT_NXDOMAIN);
	seen_world_around(w);
}

/* seen_world_close - release all of it */
static inline void
seen_world_close(struct seen_world *w)
{
	seen_world_no_policy(w);
	mtasts_rptrec_free(w->s.rpt_rec);
	arena_free(w->arena);
}

/* seen_world_finding - the finding of this name, or null */
static inline const struct mtasts_finding *
seen_world_finding(const struct audit *a, const char *name)
{
	const struct mtasts_finding *f;

	for (size_t i = 0; (f = mtasts_diags_get(a->diags, i)) != NULL; i++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

#endif
