/*
 * dns.c - answers to questions
 *
 * As a resolver (where is LAB_WHERE_RESOLVER): everything that the world has,
 * aliases followed, AD for domains that are signed, as a validating resolver on
 * loopback would say it. As a name server: what belongs to its domain, AA. The
 * question comes back as it was written, upper and lower case too.
 */
#include "dns.h"
#include "serve.h"
#include "scan.h"

#include <stdio.h>

#define HEAD_LEN    12
#define CHAIN_MAX   12
#define UDP_MIN	    512
#define UDP_MAX	    1232
#define OPT_MAX	    32 /* room kept for it */
#define OWNER_QNAME 0xc00c

enum {
	RCODE_OK = 0,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_NOTIMP = 4,
	RCODE_REFUSED = 5
};

/* A question, and the answer that grows behind it. */
struct asked {
	const struct dns_place *place;
	char name[256]; /* lower case, no final dot */
	unsigned type;
	bool edns, dnssec_ok;
	uint8_t *out;
	size_t question_end; /* in out */
	size_t len, max;
	bool full; /* something did not fit */
	unsigned answers, authority;
	unsigned rcode;
	bool secure, silent, bogus;
};

/* put - append bytes */
static void
put(struct asked *a, const void *p, size_t len)
{
	if (len > a->max - a->len) {
		a->full = true;
		return;
	}
	memcpy(a->out + a->len, p, len);
	a->len += len;
}

/* put_u16 - append a number */
static void
put_u16(struct asked *a, unsigned n)
{
	uint8_t b[2] = { (uint8_t)(n >> 8), (uint8_t)n };

	put(a, b, 2);
}

/* put_name - append a name in labels */
static void
put_name(struct asked *a, const char *name)
{
	struct str rest = str_of(name), label;

	while (rest.len > 0) {
		uint8_t len;

		str_cut(rest, '.', &label, &rest);
		len = (uint8_t)label.len;
		put(a, &len, 1);
		put(a, label.p, label.len);
	}
	put(a, "", 1);
}

/* put_rr - append a record; owner null: the name that was asked for */
static void
put_rr(struct asked *a, const char *owner, const struct lab_rr *rr)
{
	if (owner == NULL)
		put_u16(a, OWNER_QNAME);
	else
		put_name(a, owner);
	put_u16(a, rr->type);
	put_u16(a, 1);
	put_u16(a, rr->ttl_s >> 16);
	put_u16(a, rr->ttl_s & 0xffff);
	put_u16(a, (unsigned)rr->data.len);
	put(a, rr->data.p, rr->data.len);
}

/* wire_name - a name in labels as text in lower case; bytes of it, 0: bad */
static size_t
wire_name(struct str in, size_t from, char text[256])
{
	const uint8_t *p = (const uint8_t *)in.p;
	size_t at = from, len = 0;

	while (at < in.len && p[at] != 0) {
		size_t label = p[at++];

		if (label > 63 || at + label > in.len || len + label > 253)
			return 0;
		if (len > 0)
			text[len++] = '.';
		for (size_t i = 0; i < label; i++)
			text[len++] = ascii_lower((char)p[at + i]);
		at += label;
	}
	text[len] = '\0';
	return at < in.len ? at + 1 - from : 0;
}

/* read_edns - what the OPT record behind the question says, if there is one */
static void
read_edns(struct asked *a, struct str in)
{
	const uint8_t *p = (const uint8_t *)in.p + a->question_end;
	unsigned room;

	if (in.len < a->question_end + 11 || in.p[11] == 0 || p[0] != 0 ||
	    p[1] != 0 || p[2] != LAB_TYPE_OPT)
		return;
	a->edns = true;
	a->dnssec_ok = (p[7] & 0x80) != 0;
	room = (unsigned)p[3] << 8 | p[4];
	if (room > a->max)
		a->max = room < UDP_MAX ? room : UDP_MAX;
}

/* read_question - false: nothing that could be answered */
static bool
read_question(struct asked *a, struct str in)
{
	const uint8_t *p = (const uint8_t *)in.p;
	size_t len;

	if (in.len < HEAD_LEN + 5 || (p[2] & 0x80) != 0 || p[4] != 0 ||
	    p[5] != 1)
		return false;
	len = wire_name(in, HEAD_LEN, a->name);
	if (len == 0 || HEAD_LEN + len + 4 > in.len)
		return false;
	a->question_end = HEAD_LEN + len + 4;
	if (a->question_end > a->max)
		return false;
	a->type = (unsigned)p[HEAD_LEN + len] << 8 | p[HEAD_LEN + len + 1];
	memcpy(a->out, in.p, a->question_end);
	a->len = a->question_end;
	read_edns(a, in);
	return true;
}

/* target_of - the name in the data of a CNAME record */
static bool
target_of(const struct lab_rr *rr, char text[256])
{
	return wire_name(rr->data, 0, text) != 0;
}

/* fault - does the name answer with one? */
static bool
fault(struct asked *a, const struct lab_name *n)
{
	if (n->fault == FAULT_NONE || n->fault == FAULT_LOOP ||
	    (n->fault_type != 0 && n->fault_type != a->type) ||
	    a->place->domain != NULL)
		return false;
	a->len = a->question_end;
	a->answers = 0;
	a->secure = false;
	a->silent = n->fault == FAULT_TIMEOUT;
	a->bogus = n->fault == FAULT_BOGUS;
	a->rcode = n->fault == FAULT_NXDOMAIN ? RCODE_NXDOMAIN
	    : n->fault == FAULT_REFUSED	      ? RCODE_REFUSED
					      : RCODE_SERVFAIL;
	return true;
}

/* soa - who says that there is nothing */
static void
soa(struct asked *a, const struct lab_domain *domain)
{
	const struct lab_name *n = domain == NULL
	    ? NULL
	    : names_find(a->place->lab, str_of(domain->name));

	for (const struct lab_rr *rr = n != NULL ? n->rrs : NULL; rr != NULL;
	     rr = rr->next) {
		if (rr->type != LAB_TYPE_SOA)
			continue;
		put_rr(a, domain->name, rr);
		a->authority = 1;
	}
}

/* wildcard - what "*" below the closest name that is there has; or null */
static const struct lab_name *
wildcard(const struct lab *lab, const char *name)
{
	struct str rest = str_of(name);
	char star[260];

	while (str_cut(rest, '.', NULL, &rest)) {
		if (names_find(lab, rest) == NULL)
			continue;
		snprintf(star, sizeof(star), "*.%" STR_FMT, STR_ARG(rest));
		return names_find(lab, str_of(star));
	}
	return NULL;
}

/*
 * sought - what is known of a name, or null
 *
 * Mail servers are at port 25 for the world, whatever port they have here:
 * TLSA records at "_8643._tcp" are those at "_25._tcp".
 */
static const struct lab_name *
sought(const struct lab *lab, const char *name, struct scan_room *room)
{
	const struct lab_name *n;
	char port[16], real[264];

	snprintf(port, sizeof(port), "_%u.", serve_port(lab, ROLE_SMTP));
	if (str_starts(str_of(name), str_of(port))) {
		snprintf(real, sizeof(real), "_25.%s", name + strlen(port));
		return names_find(lab, str_of(real));
	}
	n = names_find(lab, str_of(name));
	if (n == NULL)
		n = scan_name(lab, name, room);
	return n != NULL ? n : wildcard(lab, name);
}

/* look - the records of one name; true: *name is where an alias leads */
static bool
look(struct asked *a, char name[256], bool first)
{
	const struct lab *lab = a->place->lab;
	const struct lab_domain *domain = names_domain(lab, str_of(name));
	const struct lab_rr *alias = NULL;
	struct scan_room room;
	const struct lab_name *n = sought(lab, name, &room);
	unsigned before = a->answers;

	a->secure &= domain == NULL || domain->is_signed;
	if (n != NULL && fault(a, n))
		return false;
	for (const struct lab_rr *rr = n != NULL ? n->rrs : NULL; rr != NULL;
	     rr = rr->next) {
		if ((rr->where & a->place->where) == 0)
			continue;
		if (rr->type != a->type && rr->type != LAB_TYPE_CNAME)
			continue;
		put_rr(a, first ? NULL : name, rr);
		a->answers++;
		if (rr->type != a->type)
			alias = rr;
	}
	if (a->answers == before) {
		a->rcode = n == NULL ? RCODE_NXDOMAIN : RCODE_OK;
		soa(a, domain);
	}
	return alias != NULL && target_of(alias, name);
}

/* inside - is this name of the zone that the server has? */
static bool
inside(const struct dns_place *place, const char *name)
{
	return place->domain == NULL ||
	    names_domain(place->lab, str_of(name)) == place->domain;
}

/* follow - the name and what its aliases lead to */
static void
follow(struct asked *a)
{
	const struct lab_name *n;
	char name[256];
	unsigned links = 0;

	memcpy(name, a->name, sizeof(name));
	if (!inside(a->place, name)) {
		a->rcode = RCODE_REFUSED;
		return;
	}
	a->secure = true;
	while (look(a, name, links == 0)) {
		if (!inside(a->place, name))
			return;
		if (++links < CHAIN_MAX)
			continue;
		n = names_find(a->place->lab, str_of(a->name));
		if (n != NULL && n->fault == FAULT_LOOP)
			return;
		/* A loop: resolvers give up. */
		a->rcode = RCODE_SERVFAIL;
		a->len = a->question_end;
		a->answers = 0;
		return;
	}
}

/* put_opt - the OPT record, with the reason of a failure */
static void
put_opt(struct asked *a)
{
	static const uint8_t reason[6] = { 0, 15, 0, 2, 0, 6 };

	a->max += OPT_MAX;
	put(a, "", 1);
	put_u16(a, LAB_TYPE_OPT);
	put_u16(a, UDP_MAX);
	put_u16(a, 0);
	put_u16(a, a->dnssec_ok ? 0x8000 : 0);
	put_u16(a, a->bogus ? sizeof(reason) : 0);
	if (a->bogus)
		put(a, reason, sizeof(reason));
}

/* finish - the head, and OPT */
static void
finish(struct asked *a)
{
	bool resolver = a->place->domain == NULL;
	uint8_t *p = a->out;

	if (a->full) {
		a->len = a->question_end;
		a->answers = a->authority = 0;
	}
	if (a->edns)
		put_opt(a);
	p[2] = (uint8_t)(0x80 | (p[2] & 0x79) | (resolver ? 0 : 4) |
	    (a->full ? 2 : 0));
	p[3] = (uint8_t)((resolver ? 0x80 : 0) | a->rcode |
	    (resolver && a->secure && !a->full ? 0x20 : 0));
	p[6] = 0;
	p[7] = (uint8_t)a->answers;
	p[8] = 0;
	p[9] = (uint8_t)a->authority;
	p[10] = 0;
	p[11] = a->edns;
}

size_t
dns_answer(const struct dns_place *place, struct str in, uint8_t *out, bool tcp)
{
	struct asked a = { .place = place, .out = out };

	a.max = (tcp ? DNS_MESSAGE_MAX : UDP_MIN) - OPT_MAX;
	if (!read_question(&a, in))
		return 0;
	if (!tcp && a.edns)
		a.max -= OPT_MAX;
	if ((in.p[2] & 0x78) != 0)
		a.rcode = RCODE_NOTIMP;
	else
		follow(&a);
	if (a.silent)
		return 0;
	finish(&a);
	return a.len;
}
