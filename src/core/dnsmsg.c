/*
 * dnsmsg.c - a DNS response, from bytes to facts
 *
 * The C library takes the message apart (ns_initparse and its like check every
 * length and pointer); which of its records answer the question is decided
 * here. Knows nothing of servers, sockets and DNSSEC.
 *
 * ns_* give names as text in which bytes that no zone file could hold are
 * escaped ("\." and "\009"), so that two names are the same exactly when their
 * texts are, but for the case of A-Z.
 *
 * Bounds: two walks over the answer, one over the other sections; CNAMES_SEEN
 * aliases, DNSFACT_RECORDS_MAX records, ARENA_MAX bytes.
 *
 * RFC 1035 section 4, RFC 2181 sections 5.4.1 and 8, RFC 2308 section 5, RFC
 * 6698 section 2.1, RFC 8659 section 4.1, RFC 6891 section 6.1.3.
 */
#include "core/dnsmsg.h"

#include "base/arena.h"

#include <arpa/nameser.h>

/* The text of a name has up to four bytes for each of its own. */
#define ARENA_MAX   (4u << 20)
#define CNAMES_SEEN (4u * DNSFACT_CNAMES_MAX)

/* An alias somewhere in the answer. */
struct alias {
	const char *owner;
	const char *target;
	uint32_t ttl_s;
};

/* The state of one reading. */
struct reader {
	ns_msg msg;
	const char *name; /* that was asked for, then its alias's target */
	enum dnstype type;
	struct arena *arena;
	struct dnsfact *fact;
	struct dnsfact_record *records;
	struct alias aliases[CNAMES_SEEN];
	size_t alias_count;
	const char **chain; /* of the fact; null while it has no CNAME */
	enum dnsfact_end end; /* with why: how it failed */
	const char *why;
};

/* fault - the message makes no sense */
static enum mtasts_err
fault(struct reader *r, const char *why)
{
	r->end = DNSFACT_MALFORMED;
	r->why = why;
	return MTASTS_ESYNTAX;
}

/* same_name - two texts of names */
static bool
same_name(const char *a, const char *b)
{
	return str_eq_nocase(str_of(a), str_of(b));
}

/* is_below - is the name the zone's own, or one below it? */
static bool
is_below(const char *name, const char *zone)
{
	struct str n = str_of(name), z = str_of(zone);
	size_t dot, i;

	if (z.len == 0 || str_eq_nocase(n, z))
		return true;
	if (n.len <= z.len + 1)
		return false;
	dot = n.len - z.len - 1;
	/* A dot behind an odd number of backslashes is one of the label's. */
	for (i = dot; i > 0 && n.p[i - 1] == '\\'; i--)
		continue;
	return n.p[dot] == '.' && (dot - i) % 2 == 0 &&
	    str_eq_nocase(str_sub(n, dot + 1, z.len), z);
}

/* keep_name - a copy in lower case; the root is the empty name */
static const char *
keep_name(struct reader *r, const char *text)
{
	char *copy = arena_dup(
	    r->arena, strcmp(text, ".") == 0 ? STR("") : str_of(text));

	for (char *p = copy; p != NULL && *p != '\0'; p++)
		*p = ascii_lower(*p);
	return copy;
}

/*
 * get_record - the i-th of a section
 *
 * In order of i this costs no search. That all are there was seen at the
 * start, but not that their names parse.
 */
static enum mtasts_err
get_record(struct reader *r, ns_sect section, int i, ns_rr *rr)
{
	if (ns_parserr(&r->msg, section, i, rr) != 0)
		return fault(r, "the name of a record does not parse");
	if (strcmp(rr->name, ".") == 0)
		rr->name[0] = '\0';
	return MTASTS_OK;
}

/* is_a - is it of this type, and of the Internet? */
static bool
is_a(const ns_rr *rr, unsigned type)
{
	return (unsigned)ns_rr_type(*rr) == type && ns_rr_class(*rr) == ns_c_in;
}

/* take_ttl - the lowest counts; with the top bit set it is 0 (RFC 2181) */
static void
take_ttl(struct reader *r, uint32_t ttl_s)
{
	if (ttl_s > INT32_MAX)
		ttl_s = 0;
	if (ttl_s < r->fact->ttl_s)
		r->fact->ttl_s = ttl_s;
}

/* rdata_name - a name at an offset that ends where the record does */
static enum mtasts_err
rdata_name(struct reader *r, const ns_rr *rr, uint16_t offset, const char **out)
{
	char text[NS_MAXDNAME];
	int n = -1;

	if (ns_rr_rdlen(*rr) > offset)
		n = ns_name_uncompress(ns_msg_base(r->msg), ns_msg_end(r->msg),
		    ns_rr_rdata(*rr) + offset, text, sizeof(text));
	if (n < 0 || n != ns_rr_rdlen(*rr) - offset)
		return fault(r, "a name in a record does not parse");
	*out = keep_name(r, text);
	return *out != NULL ? MTASTS_OK : MTASTS_ENOMEM;
}

/* keep_bytes - a span of the record's own bytes */
static enum mtasts_err
keep_bytes(struct reader *r, const ns_rr *rr, uint16_t offset, struct str *out)
{
	struct str bytes =
	    str_sub(str_make((const char *)ns_rr_rdata(*rr), ns_rr_rdlen(*rr)),
		offset, ns_rr_rdlen(*rr));

	out->p = arena_dup(r->arena, bytes);
	out->len = bytes.len;
	return out->p != NULL ? MTASTS_OK : MTASTS_ENOMEM;
}

/* read_txt - the strings of a record with nothing between (RFC 8461 3.1) */
static enum mtasts_err
read_txt(struct reader *r, const ns_rr *rr, struct dnsfact_record *out)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	size_t left = ns_rr_rdlen(*rr), len = 0;
	char *text = arena_alloc(r->arena, left + 1);

	if (text == NULL)
		return MTASTS_ENOMEM;
	if (left == 0)
		return fault(r, "a TXT record has no string");
	while (left > 0) {
		size_t n = *p;

		if (n >= left)
			return fault(r, "a string of a TXT record is cut off");
		memcpy(text + len, p + 1, n);
		len += n;
		p += n + 1;
		left -= n + 1;
	}
	out->txt = str_make(text, len);
	return MTASTS_OK;
}

/* read_ip - an address of so many bytes */
static enum mtasts_err
read_ip(
    struct reader *r, const ns_rr *rr, size_t size, struct dnsfact_record *out)
{
	if (ns_rr_rdlen(*rr) != size)
		return fault(r, "an address has a wrong length");
	memcpy(out->ip, ns_rr_rdata(*rr), size);
	return MTASTS_OK;
}

/* read_tlsa - three numbers and the data (RFC 6698 section 2.1) */
static enum mtasts_err
read_tlsa(struct reader *r, const ns_rr *rr, struct dnsfact_record *out)
{
	const unsigned char *p = ns_rr_rdata(*rr);

	if (ns_rr_rdlen(*rr) < 3)
		return fault(r, "a TLSA record is too short");
	out->tlsa.usage = p[0];
	out->tlsa.selector = p[1];
	out->tlsa.matching = p[2];
	return keep_bytes(r, rr, 3, &out->tlsa.data);
}

/* read_caa - flags, a tag with its length, and the value (RFC 8659 4.1) */
static enum mtasts_err
read_caa(struct reader *r, const ns_rr *rr, struct dnsfact_record *out)
{
	const unsigned char *p = ns_rr_rdata(*rr);
	uint16_t tag_len;
	struct str rest;
	enum mtasts_err err;

	if (ns_rr_rdlen(*rr) < 3)
		return fault(r, "a CAA record is too short");
	tag_len = p[1];
	if (tag_len == 0 || tag_len > ns_rr_rdlen(*rr) - 2)
		return fault(r, "the tag of a CAA record has a wrong length");
	err = keep_bytes(r, rr, 2, &rest);
	if (err)
		return err;
	out->caa.flags = p[0];
	out->caa.tag = str_sub(rest, 0, tag_len);
	out->caa.value = str_sub(rest, tag_len, rest.len);
	return MTASTS_OK;
}

/* read_record - one record of the type that was asked for */
static enum mtasts_err
read_record(struct reader *r, const ns_rr *rr, struct dnsfact_record *out)
{
	switch (r->type) {
	case DNSTYPE_A:
		return read_ip(r, rr, 4, out);
	case DNSTYPE_AAAA:
		return read_ip(r, rr, 16, out);
	case DNSTYPE_NS:
		return rdata_name(r, rr, 0, &out->ns);
	case DNSTYPE_CNAME:
		return rdata_name(r, rr, 0, &out->cname);
	case DNSTYPE_MX:
		if (ns_rr_rdlen(*rr) < 3)
			return fault(r, "an MX record is too short");
		out->mx.preference =
		    (uint16_t)(ns_rr_rdata(*rr)[0] << 8 | ns_rr_rdata(*rr)[1]);
		return rdata_name(r, rr, 2, &out->mx.name);
	case DNSTYPE_TXT:
		return read_txt(r, rr, out);
	case DNSTYPE_TLSA:
		return read_tlsa(r, rr, out);
	case DNSTYPE_CAA:
		return read_caa(r, rr, out);
	case DNSTYPE_DNSKEY:
		break; /* that there is one is all that is asked */
	}
	return MTASTS_OK;
}

/* add_extended - the upper bits that EDNS keeps (RFC 6891 section 6.1.3) */
static enum mtasts_err
add_extended(struct reader *r, unsigned *code)
{
	enum mtasts_err err;
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(r->msg, ns_s_ar); i++) {
		err = get_record(r, ns_s_ar, i, &rr);
		if (err)
			return err;
		if (ns_rr_type(rr) == ns_t_opt && rr.name[0] == '\0')
			*code |= ns_rr_ttl(rr) >> 24 << 4;
	}
	return MTASTS_OK;
}

/* check_code - response codes that say that nothing is known */
static enum mtasts_err
check_code(struct reader *r)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
		"NXRRSET", "NOTAUTH", "NOTZONE" };
	unsigned code = (unsigned)ns_msg_getflag(r->msg, ns_f_rcode);
	enum mtasts_err err = add_extended(r, &code);

	if (err)
		return err;
	if (code == ns_r_noerror || code == ns_r_nxdomain)
		return MTASTS_OK;
	r->end = DNSFACT_SERVFAIL;
	r->why = code < sizeof(names) / sizeof(*names)
	    ? arena_printf(r->arena, "the server answered %s", names[code])
	    : arena_printf(r->arena, "the server answered code %u", code);
	return r->why != NULL ? MTASTS_ESYNTAX : MTASTS_ENOMEM;
}

/* check_question - it is the answer to ours? */
static enum mtasts_err
check_question(struct reader *r)
{
	enum mtasts_err err;
	ns_rr rr;

	if (ns_msg_count(r->msg, ns_s_qd) != 1)
		return fault(r, "the answer has not exactly one question");
	err = get_record(r, ns_s_qd, 0, &rr);
	if (!err && (!is_a(&rr, r->type) || !same_name(rr.name, r->name)))
		err = fault(r, "the answer is to another question");
	return err;
}

/* check_head - what must hold before the answer is looked at */
static enum mtasts_err
check_head(struct reader *r, struct str msg)
{
	enum mtasts_err err;

	if (msg.len > NS_MAXMSG ||
	    ns_initparse((const unsigned char *)msg.p, (int)msg.len, &r->msg) !=
		0)
		return fault(r, "the message does not parse");
	if (ns_msg_getflag(r->msg, ns_f_qr) == 0)
		return fault(r, "the message is no response");
	if (ns_msg_getflag(r->msg, ns_f_opcode) != ns_o_query)
		return fault(r, "the message is no answer to a query");
	err = check_code(r);
	if (!err)
		err = check_question(r);
	if (!err && ns_msg_getflag(r->msg, ns_f_tc) != 0)
		err = fault(r, "the answer is cut off");
	return err;
}

/* gather_aliases - all CNAMEs of the answer: they come in any order */
static enum mtasts_err
gather_aliases(struct reader *r)
{
	enum mtasts_err err = MTASTS_OK;
	struct alias *a;
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(r->msg, ns_s_an) && !err; i++) {
		err = get_record(r, ns_s_an, i, &rr);
		if (err || !is_a(&rr, ns_t_cname))
			continue;
		if (r->alias_count == CNAMES_SEEN)
			return fault(r, "the answer has too many CNAMEs");
		a = &r->aliases[r->alias_count++];
		a->ttl_s = ns_rr_ttl(rr);
		a->owner = keep_name(r, rr.name);
		err = a->owner == NULL ? MTASTS_ENOMEM
				       : rdata_name(r, &rr, 0, &a->target);
	}
	return err;
}

/* alias_of - the first CNAME of a name, or null */
static const struct alias *
alias_of(const struct reader *r)
{
	for (size_t i = 0; i < r->alias_count; i++)
		if (same_name(r->aliases[i].owner, r->name))
			return &r->aliases[i];
	return NULL;
}

/* note_link - one more CNAME of the chain */
static enum mtasts_err
note_link(struct reader *r, const struct alias *a)
{
	struct dnsfact *fact = r->fact;

	if (fact->cnames == DNSFACT_CNAMES_MAX)
		return fault(r, "the CNAME chain is too long, or a loop");
	if (r->chain == NULL)
		r->chain = arena_zalloc(
		    r->arena, DNSFACT_CNAMES_MAX, sizeof(*r->chain));
	if (r->chain == NULL)
		return MTASTS_ENOMEM;
	r->chain[fact->cnames++] = a->target;
	fact->chain = r->chain;
	take_ttl(r, a->ttl_s);
	r->name = a->target;
	return MTASTS_OK;
}

/* follow - from the name asked for to the end of the chain */
static enum mtasts_err
follow(struct reader *r)
{
	const struct alias *a;
	enum mtasts_err err;

	if (r->type == DNSTYPE_CNAME)
		return MTASTS_OK;
	err = gather_aliases(r);
	if (err)
		return err;
	while (!err && (a = alias_of(r)) != NULL)
		err = note_link(r, a);
	return err;
}

/* gather_records - the records at the end of the chain */
static enum mtasts_err
gather_records(struct reader *r)
{
	int count = ns_msg_count(r->msg, ns_s_an);
	struct dnsfact *fact = r->fact;
	enum mtasts_err err = MTASTS_OK;
	struct dnsfact_record *records;
	ns_rr rr;

	records = arena_zalloc(r->arena,
	    count < DNSFACT_RECORDS_MAX ? (size_t)count : DNSFACT_RECORDS_MAX,
	    sizeof(*records));
	if (records == NULL)
		return MTASTS_ENOMEM;
	for (int i = 0; i < count && !err; i++) {
		err = get_record(r, ns_s_an, i, &rr);
		if (err || !is_a(&rr, r->type) || !same_name(rr.name, r->name))
			continue;
		if (fact->count == DNSFACT_RECORDS_MAX)
			break;
		take_ttl(r, ns_rr_ttl(rr));
		err = read_record(r, &rr, &records[fact->count++]);
	}
	fact->records = records;
	return err;
}

/* soa_minimum - the last of a SOA's five numbers; false when it is none */
static bool
soa_minimum(const ns_rr *rr, uint32_t *out)
{
	const unsigned char *p = ns_rr_rdata(*rr), *end = p + ns_rr_rdlen(*rr);

	if (ns_name_skip(&p, end) != 0 || ns_name_skip(&p, end) != 0 ||
	    end - p != 20)
		return false;
	*out = (uint32_t)p[16] << 24 | (uint32_t)p[17] << 16 |
	    (uint32_t)p[18] << 8 | p[19];
	return true;
}

/* negative_ttl - how long nothing may be believed (RFC 2308 section 5) */
static enum mtasts_err
negative_ttl(struct reader *r)
{
	enum mtasts_err err;
	uint32_t minimum_s;
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(r->msg, ns_s_ns); i++) {
		err = get_record(r, ns_s_ns, i, &rr);
		if (err)
			return err;
		/* Only a zone that the name is in can speak for it. */
		if (!is_a(&rr, ns_t_soa) || !is_below(r->name, rr.name) ||
		    !soa_minimum(&rr, &minimum_s))
			continue;
		take_ttl(r, ns_rr_ttl(rr));
		take_ttl(r, minimum_s);
		return MTASTS_OK;
	}
	r->fact->ttl_s = 0;
	return MTASTS_OK;
}

/* read_answer - the message's own: check, follow, read */
static enum mtasts_err
read_answer(struct reader *r, struct str msg)
{
	struct dnsfact *fact = r->fact;
	enum mtasts_err err = check_head(r, msg);
	bool denied;

	if (!err)
		err = follow(r);
	if (!err)
		err = gather_records(r);
	if (err)
		return err;
	denied = ns_msg_getflag(r->msg, ns_f_rcode) == ns_r_nxdomain;
	if (fact->count > 0 && denied)
		return fault(r, "a name that is not there has records");
	if (fact->count == 0) {
		fact->end = denied ? DNSFACT_NXDOMAIN : DNSFACT_NODATA;
		err = negative_ttl(r);
		if (err)
			return err;
	}
	/* A target is kept already. */
	fact->canonical = fact->cnames > 0 ? r->name : keep_name(r, r->name);
	return fact->canonical != NULL ? MTASTS_OK : MTASTS_ENOMEM;
}

enum mtasts_err
dnsmsg_parse(
    struct str msg, const char *name, enum dnstype type, struct dnsfact **out)
{
	struct reader r = { .name = name, .type = type };
	struct dnsfact *failed;
	enum mtasts_err err = MTASTS_ENOMEM;

	r.arena = arena_new(ARENA_MAX);
	if (r.arena == NULL)
		return MTASTS_ENOMEM;
	r.fact = arena_alloc(r.arena, sizeof(*r.fact));
	if (r.fact != NULL) {
		*r.fact = (struct dnsfact){ .type = type,
			.ttl_s = UINT32_MAX,
			.why = "",
			.arena = r.arena };
		err = read_answer(&r, msg);
	}
	if (err == MTASTS_OK) {
		*out = r.fact;
		return MTASTS_OK;
	}
	if (err == MTASTS_ESYNTAX) {
		failed = dnsfact_new_failed(name, type, r.end, r.why);
		err = failed != NULL ? MTASTS_OK : MTASTS_ENOMEM;
		if (failed != NULL)
			*out = failed;
	}
	arena_free(r.arena);
	return err;
}
