/*
 * seen_tls - spoiling the mail servers of a seen_world
 *
 * Probes that ended in some way, and TLSA records that fit or do not.
 */
#ifndef TESTS_SUPPORT_SEEN_TLS_H
#define TESTS_SUPPORT_SEEN_TLS_H

#include "support/seen_world.h"

/* seen_tls_probe - of an address of an MX host, to be spoilt */
static inline struct probefact *
seen_tls_probe(struct seen_world *w, size_t mx, size_t addr)
{
	return w->mx[mx].addr[addr].probe;
}

/* seen_tls_cert - the certificate that it shows, to be spoilt */
static inline struct certfact *
seen_tls_cert(struct seen_world *w, size_t mx, size_t addr)
{
	return (struct certfact *)seen_tls_probe(w, mx, addr)->tls->cert;
}

/* seen_tls_end - the look at an address ended so */
static inline void
seen_tls_end(struct seen_world *w, size_t mx, size_t addr,
    enum probefact_end end, const char *why)
{
	struct probefact *p = seen_tls_probe(w, mx, addr);

	p->end = end;
	p->why = why;
	if (end != PROBEFACT_AFTER_TLS)
		p->tls = NULL;
}

/* seen_tls_all - all looks ended so */
static inline void
seen_tls_all(struct seen_world *w, enum probefact_end end, const char *why)
{
	for (size_t i = 0; i < w->s.mx_count; i++)
		for (size_t k = 0; k < w->mx[i].addr_count; k++)
			seen_tls_end(w, i, k, end, why);
}

/* seen_tls_hash - what the certificate of an address hashes to */
static inline void
seen_tls_hash(struct seen_world *w, size_t mx, size_t addr, int byte)
{
	struct certfact *cert = seen_tls_cert(w, mx, addr);

	memset(cert->of_spki.sha256, byte, sizeof(cert->of_spki.sha256));
}

/*
 * seen_tls_tlsa - signed records "3 1 1" of an MX host, a letter each
 *
 * The certificates of the host fit 'a'; a digit is a usage that mail has not.
 */
static inline void
seen_tls_tlsa(struct seen_world *w, size_t mx, const char *letters)
{
	struct seen_mx *host = &w->mx[mx];
	size_t n = strlen(letters);
	struct dnsfact_record *r = seen_world_zalloc(w, n, sizeof(*r));
	struct dnsfact *fact =
	    seen_world_dns(w, host->name, DNSTYPE_TLSA, DNSFACT_FOUND);

	host->dane.result = (struct dane_result){ .dane = DANE_UNUSABLE,
		.address_secure = true };
	for (size_t i = 0; i < n; i++) {
		char *data = seen_world_zalloc(w, 1, 32);
		bool bad = letters[i] < 'a';

		memset(data, letters[i], 32);
		r[i].tlsa.data = str_make(data, 32);
		r[i].tlsa.usage = bad ? 1 : 3;
		r[i].tlsa.selector = r[i].tlsa.matching = 1;
		if (bad)
			host->dane.result.unusable++;
		else
			host->dane.result.usable++;
	}
	if (host->dane.result.usable > 0)
		host->dane.result.dane = DANE_USABLE;
	else
		strcpy(host->dane.result.why, "usage 1 is none for mail");
	for (size_t i = 0; i < host->addr_count; i++)
		if (host->addr[i].probe != NULL &&
		    host->addr[i].probe->tls != NULL)
			seen_tls_hash(w, mx, i, 'a');
	fact->secure = true;
	fact->count = n;
	fact->records = r;
	host->tlsa = fact;
	w->s.mx->secure = true;
}

/* seen_tls_dane - records that fit, at both hosts */
static inline void
seen_tls_dane(struct seen_world *w)
{
	seen_tls_tlsa(w, 0, "a");
	seen_tls_tlsa(w, 1, "a");
}

#endif
