/*
 * dnsprint - a fact of DNS as one line of text
 *
 *   found ttl=300 cnames=1 secure b.example: "v=STSv1; id=1;" "x"
 *   timeout: no answer
 */
#ifndef TESTS_SUPPORT_DNSPRINT_H
#define TESTS_SUPPORT_DNSPRINT_H

#include "base/buf.h"
#include "core/dnsfact.h"

#include <arpa/inet.h>

/* dnsprint_record - one record, blanks between its parts */
static inline void
dnsprint_record(
    struct buf *b, enum dnstype type, const struct dnsfact_record *r)
{
	char ip[INET6_ADDRSTRLEN];

	switch (type) {
	case DNSTYPE_A:
	case DNSTYPE_AAAA:
		buf_puts(b,
		    inet_ntop(type == DNSTYPE_A ? AF_INET : AF_INET6, r->ip, ip,
			sizeof(ip)));
		break;
	case DNSTYPE_NS:
		buf_puts(b, r->ns);
		break;
	case DNSTYPE_CNAME:
		buf_puts(b, r->cname);
		break;
	case DNSTYPE_MX:
		buf_putf(b, "%u/%s", r->mx.preference, r->mx.name);
		break;
	case DNSTYPE_TXT:
		buf_putc(b, '"');
		buf_printable(b, r->txt, 60);
		buf_putc(b, '"');
		break;
	case DNSTYPE_TLSA:
		buf_putf(b, "%u/%u/%u/", r->tlsa.usage, r->tlsa.selector,
		    r->tlsa.matching);
		for (size_t i = 0; i < r->tlsa.data.len; i++)
			buf_putf(b, "%02x", (uint8_t)r->tlsa.data.p[i]);
		break;
	case DNSTYPE_CAA:
		buf_putf(b, "%u/", r->caa.flags);
		buf_printable(b, r->caa.tag, 60);
		buf_putc(b, '/');
		buf_printable(b, r->caa.value, 60);
		break;
	case DNSTYPE_DNSKEY:
		buf_puts(b, "key");
	}
}

/* dnsprint - append the line, without its end; 5 records at most */
static inline void
dnsprint(struct buf *b, const struct dnsfact *fact)
{
	buf_puts(b, dnsfact_end_name(fact->end));
	if (dnsfact_failed(fact)) {
		buf_putf(b, ": %s", fact->why);
		return;
	}
	buf_putf(b, " ttl=%u cnames=%u%s %s:", fact->ttl_s, fact->cnames,
	    fact->secure ? " secure" : "", fact->canonical);
	for (size_t i = 0; i < fact->count && i < 5; i++) {
		buf_putc(b, ' ');
		dnsprint_record(b, fact->type, &fact->records[i]);
	}
	if (fact->count > 5)
		buf_putf(b, " and %zu more", fact->count - 5);
}

#endif
