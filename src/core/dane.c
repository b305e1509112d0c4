/*
 * dane - what DANE says of one MX host
 *
 * RFC 7672 sections 2.1, 2.2.2, 2.2.3 and 3.1; RFC 6698 section 2.1. The order
 * of the lookups is the standard's: addresses first, since the servers of
 * unsigned zones often fail at TLSA questions, and only where a signature was
 * seen on the way are TLSA records asked for. Knows no socket, no clock and
 * nothing of the domain's other hosts.
 *
 * A phase has questions that are due and questions that are out; when the last
 * one of it was answered the next phase begins.
 */
#include "core/dane.h"

#include "core/limits.h"

#include <stdio.h>

enum phase {
	PHASE_ADDRESS = 0, /* A and AAAA */
	PHASE_CNAME, /* is the first CNAME signed? */
	PHASE_EXPANDED, /* TLSA at the end of the CNAMEs */
	PHASE_ORIGINAL, /* TLSA at the host's own name */
	PHASE_DONE
};

/* Bits of the questions that are due or out. */
enum ask { ASK_A = 1, ASK_AAAA = 2, ASK_CNAME = 4, ASK_TLSA = 8 };

static const enum dnstype ask_types[] = { DNSTYPE_A, DNSTYPE_AAAA,
	DNSTYPE_CNAME, DNSTYPE_TLSA };

#define ASKS (sizeof(ask_types) / sizeof(ask_types[0]))

const char *
dane_class_name(enum dane_class c)
{
	switch (c) {
	case DANE_OPEN:
		return "open";
	case DANE_NONE:
		return "none";
	case DANE_USABLE:
		return "usable";
	case DANE_UNUSABLE:
		return "unusable";
	case DANE_ERROR:
		return "error";
	case DANE_GONE:
		return "gone";
	}
	return "?";
}

/* finish - the result is there; a reason stays where the class has one */
static void
finish(struct dane_host *h, enum dane_class c)
{
	h->state = PHASE_DONE;
	h->due = 0;
	h->pending = 0;
	h->result.dane = c;
	h->result.address_secure = h->secure;
	if (c != DANE_ERROR && c != DANE_UNUSABLE)
		h->result.why[0] = '\0';
	if (h->result.ttl_s == UINT32_MAX)
		h->result.ttl_s = 0;
}

/* base_of - the candidate for the TLSA base domain in this phase */
static const char *
base_of(const struct dane_host *h)
{
	return h->state == PHASE_EXPANDED ? h->expanded : h->name;
}

/* tlsa_name - "_25._tcp." and the name; false when that is no DNS name */
static bool
tlsa_name(const struct dane_host *h, char out[254 + 16])
{
	int len = snprintf(
	    out, 254 + 16, "_%u._tcp.%s", h->port & 0xffff, base_of(h));

	return len > 0 && len <= LIMIT_DNAME_LEN;
}

/* ask_tlsa - go on to a candidate, or past it when its name is too long */
static void
ask_tlsa(struct dane_host *h, enum phase phase)
{
	char name[254 + 16];

	h->state = (uint8_t)phase;
	if (tlsa_name(h, name))
		h->due = ASK_TLSA;
	else if (phase == PHASE_EXPANDED)
		ask_tlsa(h, PHASE_ORIGINAL);
	else
		finish(h, DANE_NONE);
}

void
dane_begin(struct dane_host *h, const char *name, unsigned port)
{
	struct str s = str_sub(str_of(name), 0, sizeof(h->name) - 1);

	memset(h, 0, sizeof(*h));
	memcpy(h->name, s.p, s.len);
	h->port = port;
	h->due = ASK_A | ASK_AAAA;
	h->result.ttl_s = UINT32_MAX;
}

bool
dane_next(struct dane_host *h, struct dane_question *q)
{
	unsigned i, bit;

	for (i = 0; i < ASKS; i++)
		if (h->due & 1U << i)
			break;
	if (i == ASKS)
		return false;
	bit = 1U << i;
	h->due = (uint8_t)(h->due & ~bit);
	h->pending = (uint8_t)(h->pending | bit);
	q->type = ask_types[i];
	if (bit == ASK_TLSA)
		(void)tlsa_name(h, q->name);
	else
		snprintf(q->name, sizeof(q->name), "%s", h->name);
	return true;
}

/* note_failure - keep why a lookup failed, if it is the first that did */
static void
note_failure(struct dane_host *h, const struct dnsfact *fact)
{
	const char *tlsa = fact->type == DNSTYPE_TLSA ? "TLSA records of " : "";
	const char *what = fact->type == DNSTYPE_TLSA ? base_of(h) : h->name;
	size_t len;

	if (h->result.why[0] != '\0')
		return;
	/* Over 200 bytes is cut: the beginning says what matters. */
	len = (size_t)snprintf(h->result.why, sizeof(h->result.why),
	    "%s lookup: %s", dnstype_name(fact->type),
	    dnsfact_end_name(fact->end));
	if (fact->why[0] != '\0')
		len += (size_t)snprintf(h->result.why + len,
		    sizeof(h->result.why) - len, " (%.80s)", fact->why);
	if (len < sizeof(h->result.why))
		snprintf(h->result.why + len, sizeof(h->result.why) - len,
		    ", %s%.80s", tlsa, what);
}

/* take_address - note what one of the two address lookups told */
static void
take_address(struct dane_host *h, const struct dnsfact *fact)
{
	bool a = fact->type == DNSTYPE_A;

	if (dnsfact_failed(fact)) {
		*(a ? &h->a_failed : &h->aaaa_failed) = true;
		note_failure(h, fact);
		return;
	}
	if (fact->end == DNSFACT_NXDOMAIN)
		h->absent = true;
	if (fact->end != DNSFACT_FOUND)
		return;
	*(a ? &h->a_found : &h->aaaa_found) = true;
	/*
	 * One signed answer suffices: it says that TLSA questions will be
	 * answered, and then its expansion is the one to be trusted.
	 */
	if (fact->secure && !h->secure) {
		h->secure = true;
		h->cname = fact->cnames > 0;
		snprintf(
		    h->expanded, sizeof(h->expanded), "%s", fact->canonical);
	} else if (!h->secure && fact->cnames > 0) {
		h->cname = true;
	}
}

/* after_address - RFC 7672 section 2.2.2, once both answers are there */
static void
after_address(struct dane_host *h)
{
	if (!h->a_found && !h->aaaa_found) {
		/* NXDOMAIN holds for all types, whatever the other said. */
		if (!h->absent && (h->a_failed || h->aaaa_failed))
			finish(h, DANE_ERROR);
		else
			finish(h, DANE_GONE);
		return;
	}
	/* What one of them failed with is of no matter: the other answered. */
	h->result.why[0] = '\0';
	if (h->secure && h->cname && strcmp(h->expanded, h->name) != 0) {
		ask_tlsa(h, PHASE_EXPANDED);
	} else if (h->secure) {
		ask_tlsa(h, PHASE_ORIGINAL);
	} else if (h->cname) {
		h->state = PHASE_CNAME;
		h->due = ASK_CNAME;
	} else {
		finish(h, DANE_NONE);
	}
}

/* take_cname - the first CNAME of an unsigned address: is it signed itself? */
static void
take_cname(struct dane_host *h, const struct dnsfact *fact)
{
	if (dnsfact_failed(fact)) {
		note_failure(h, fact);
		finish(h, DANE_ERROR);
	} else if (fact->secure) {
		/* The expansion is not signed: only the name itself counts. */
		ask_tlsa(h, PHASE_ORIGINAL);
	} else {
		finish(h, DANE_NONE);
	}
}

bool
dane_tlsa_usable(const struct dnsfact_record *record)
{
	size_t len = record->tlsa.data.len;

	if (record->tlsa.usage != 2 && record->tlsa.usage != 3)
		return false;
	if (record->tlsa.selector > 1)
		return false;
	switch (record->tlsa.matching) {
	case 0: /* the whole certificate or key */
		return len > 0;
	case 1: /* SHA2-256 */
		return len == 32;
	case 2: /* SHA2-512 */
		return len == 64;
	default:
		return false;
	}
}

/* judge_rrset - a secure RRset with records was found: it is the one */
static void
judge_rrset(struct dane_host *h, const struct dnsfact *fact)
{
	struct dane_result *r = &h->result;
	size_t i;

	for (i = 0; i < fact->count; i++)
		if (dane_tlsa_usable(&fact->records[i]))
			r->usable++;
		else
			r->unusable++;
	snprintf(r->base, sizeof(r->base), "%s", base_of(h));
	if (r->usable > 0) {
		finish(h, DANE_USABLE);
		return;
	}
	snprintf(r->why, sizeof(r->why),
	    "none of %u TLSA records has usage 2 or 3, a known selector and "
	    "matching type, and data of their length",
	    r->unusable);
	finish(h, DANE_UNUSABLE);
}

/* take_tlsa - the answer of one candidate (RFC 7672 section 2.2.3) */
static void
take_tlsa(struct dane_host *h, const struct dnsfact *fact)
{
	if (dnsfact_failed(fact)) {
		note_failure(h, fact);
		finish(h, DANE_ERROR);
	} else if (fact->end == DNSFACT_FOUND && fact->secure &&
	    fact->count > 0) {
		judge_rrset(h, fact);
	} else if (h->state == PHASE_EXPANDED) {
		ask_tlsa(h, PHASE_ORIGINAL);
	} else {
		finish(h, DANE_NONE);
	}
}

/* pending_bit - the bit of the question that this answers; 0: of none */
static unsigned
pending_bit(const struct dane_host *h, enum dnstype type)
{
	unsigned i;

	for (i = 0; i < ASKS; i++)
		if (ask_types[i] == type)
			return h->pending & 1U << i;
	return 0;
}

void
dane_answer(struct dane_host *h, const struct dnsfact *fact)
{
	unsigned bit = pending_bit(h, fact->type);

	if (bit == 0)
		return;
	h->pending = (uint8_t)(h->pending & ~bit);
	/* A failure has no lifetime of its own. */
	if (!dnsfact_failed(fact) && fact->ttl_s < h->result.ttl_s)
		h->result.ttl_s = fact->ttl_s;
	switch (bit) {
	case ASK_A:
	case ASK_AAAA:
		take_address(h, fact);
		if (h->due == 0 && h->pending == 0)
			after_address(h);
		break;
	case ASK_CNAME:
		take_cname(h, fact);
		break;
	default:
		take_tlsa(h, fact);
		break;
	}
}

bool
dane_done(const struct dane_host *h)
{
	return h->state == PHASE_DONE;
}
