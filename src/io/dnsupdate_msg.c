/*
 * dnsupdate_msg.c - the messages of dynamic updates, signed and read
 *
 * RFC 2136 sections 2 and 3, RFC 8945. The only room that knows ldns, which
 * signs, checks signatures and knows bytes from records. No sockets here: ldns
 * would wait on its own ones.
 *
 * BUGS: ldns decodes the secret for each signature into memory that it
 * releases without overwriting.
 */
#include "io/dnsupdate_int.h"

#include "base/arena.h"
#include "base/buf.h"

#include <ldns/ldns.h>
#include <stdio.h>

#define FUDGE_S	    300 /* RFC 8945 section 10 */
#define STRING_MAX  255 /* bytes of a character-string */
#define MAC_FIELD   3 /* of a TSIG record: its MAC */
#define ERROR_FIELD 5 /* and its error */

/* The errors of TSIG: RFC 8945 section 3. */
enum { TSIG_BAD_SIG = 16, TSIG_BAD_KEY = 17, TSIG_BAD_TIME = 18 };

/* dname - a name as ldns has it; null: none, or no memory */
static ldns_rdf *
dname(struct str name)
{
	char text[260];

	if (name.len == 0 || name.len > 255)
		return NULL;
	snprintf(text, sizeof(text), "%" STR_FMT ".", STR_ARG(name));
	return ldns_dname_new_frm_str(text);
}

/* new_rr - without data */
static ldns_rr *
new_rr(const struct dnschange *set, ldns_rr_class class_, uint32_t ttl_s)
{
	ldns_rdf *owner = dname(str_of(set->name));
	ldns_rr *rr = owner != NULL ? ldns_rr_new() : NULL;

	if (rr == NULL) {
		ldns_rdf_deep_free(owner);
		return NULL;
	}
	ldns_rr_set_owner(rr, owner);
	ldns_rr_set_type(rr, (ldns_rr_type)set->type);
	ldns_rr_set_class(rr, class_);
	ldns_rr_set_ttl(rr, ttl_s);
	return rr;
}

/* push_strings - a text as character-strings */
static bool
push_strings(ldns_rr *rr, struct str text)
{
	unsigned char string[STRING_MAX + 1];
	struct str part;
	ldns_rdf *rdf;

	do {
		part = str_sub(text, 0, STRING_MAX);
		text = str_sub(text, part.len, text.len);
		string[0] = (unsigned char)part.len;
		if (part.len > 0)
			memcpy(string + 1, part.p, part.len);
		rdf = ldns_rdf_new_frm_data(
		    LDNS_RDF_TYPE_STR, part.len + 1, string);
		if (rdf == NULL || !ldns_rr_push_rdf(rr, rdf)) {
			ldns_rdf_deep_free(rdf);
			return false;
		}
	} while (text.len > 0);
	return true;
}

/* push_data - the data of a record of our types */
static bool
push_data(ldns_rr *rr, enum dnstype type, struct str value)
{
	char text[64];
	ldns_rdf *rdf;

	if (type == DNSTYPE_TXT)
		return push_strings(rr, value);
	if (type == DNSTYPE_CNAME) {
		rdf = dname(value);
	} else {
		snprintf(text, sizeof(text), "%" STR_FMT, STR_ARG(value));
		rdf = ldns_rdf_new_frm_str(
		    type == DNSTYPE_A ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA,
		    text);
	}
	if (rdf == NULL || !ldns_rr_push_rdf(rr, rdf)) {
		ldns_rdf_deep_free(rdf);
		return false;
	}
	return true;
}

/* add - a record to a list; value null: without data */
static bool
add(ldns_rr_list *list, const struct dnschange *set, ldns_rr_class class_,
    uint32_t ttl_s, const struct str *value)
{
	ldns_rr *rr = new_rr(set, class_, ttl_s);

	if (rr == NULL)
		return false;
	if ((value != NULL && !push_data(rr, set->type, *value)) ||
	    !ldns_rr_list_push_rr(list, rr)) {
		ldns_rr_free(rr);
		return false;
	}
	return true;
}

/* add_exact - what must be there, as the server has it: TTL 0 */
static bool
add_exact(ldns_rr_list *list, const ldns_rr_list *records)
{
	ldns_rr *rr;

	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++) {
		rr = ldns_rr_clone(ldns_rr_list_rr(records, i));
		if (rr == NULL)
			return false;
		ldns_rr_set_ttl(rr, 0);
		if (!ldns_rr_list_push_rr(list, rr)) {
			ldns_rr_free(rr);
			return false;
		}
	}
	return true;
}

/* add_needs - RFC 2136 section 2.4: this RRset exactly, or none at all */
static bool
add_needs(ldns_rr_list *list, const struct dnschange *set,
    const struct dnsupdate_exact *exact)
{
	bool good = true;

	if (set->old_count == 0)
		return add(list, set, LDNS_RR_CLASS_NONE, 0, NULL);
	if (exact != NULL && exact->records != NULL)
		return add_exact(list, exact->records);
	for (size_t i = 0; good && i < set->old_count; i++)
		good = add(list, set, LDNS_RR_CLASS_IN, 0, &set->old[i]);
	return good;
}

/*
 * fill - both lists; false when something is no record
 *
 * All that goes goes first, as a CNAME cannot stand beside other records.
 */
static bool
fill(const struct dnsupdate_want *want, const struct dnsupdate_exact *exact,
    ldns_rr_list *needs, ldns_rr_list *updates)
{
	const struct dnschange *set = want->sets;
	bool good = true;
	size_t i, j;

	for (i = 0; good && i < want->count; i++) {
		good =
		    add_needs(needs, &set[i], exact != NULL ? &exact[i] : NULL);
		if (good && set[i].old_count > 0)
			good =
			    add(updates, &set[i], LDNS_RR_CLASS_ANY, 0, NULL);
	}
	for (i = 0; i < want->count; i++)
		for (j = 0; good && j < set[i].new_count; j++)
			good = add(updates, &set[i], LDNS_RR_CLASS_IN,
			    set[i].ttl_s, &set[i].new_[j]);
	return good;
}

/* sign - the packet as bytes; the packet is released */
static enum mtasts_err
sign(ldns_pkt *pkt, const struct tsigkey *key, struct dnsupdate_msg *out)
{
	char name[260], algorithm[32];
	ldns_rdf *mac = NULL;
	uint8_t *wire = NULL;
	size_t len = 0;

	ldns_pkt_set_random_id(pkt);
	ldns_pkt_set_rd(pkt, false);
	snprintf(name, sizeof(name), "%s.", key->name);
	snprintf(algorithm, sizeof(algorithm), "%s.", key->algorithm);
	if (ldns_pkt_tsig_sign(pkt, name, key->secret, FUDGE_S, algorithm,
		NULL) == LDNS_STATUS_OK)
		mac =
		    ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(pkt), MAC_FIELD));
	if (mac != NULL && ldns_pkt2wire(&wire, pkt, &len) == LDNS_STATUS_OK) {
		*out = (struct dnsupdate_msg){ .wire = wire,
			.len = len,
			.mac = mac,
			.id = ldns_pkt_id(pkt) };
		mac = NULL;
	}
	ldns_rdf_deep_free(mac);
	ldns_pkt_free(pkt);
	return wire != NULL ? MTASTS_OK : MTASTS_ENOMEM;
}

enum mtasts_err
dnsupdate_msg_update(const struct dnsupdate_want *want,
    const struct dnsupdate_exact *exact, struct dnsupdate_msg *out)
{
	ldns_rr_list *needs = ldns_rr_list_new();
	ldns_rr_list *updates = ldns_rr_list_new();
	ldns_rdf *zone = dname(str_of(want->zone));
	enum mtasts_err err = MTASTS_EINVAL;
	ldns_pkt *pkt = NULL;

	if (needs == NULL || updates == NULL)
		err = MTASTS_ENOMEM;
	else if (zone != NULL && fill(want, exact, needs, updates))
		pkt = ldns_update_pkt_new(
		    zone, LDNS_RR_CLASS_IN, needs, updates, NULL);
	if (pkt != NULL)
		err = sign(pkt, want->key, out);
	else
		ldns_rdf_deep_free(zone);
	ldns_rr_list_deep_free(needs);
	ldns_rr_list_deep_free(updates);
	return err;
}

enum mtasts_err
dnsupdate_msg_ask(const struct dnsupdate_want *want,
    const struct dnschange *set, struct dnsupdate_msg *out)
{
	ldns_rdf *name = dname(str_of(set->name));
	ldns_pkt *pkt = NULL;

	if (name != NULL)
		pkt = ldns_pkt_query_new(
		    name, (ldns_rr_type)set->type, LDNS_RR_CLASS_IN, 0);
	if (pkt == NULL) {
		ldns_rdf_deep_free(name);
		return MTASTS_EINVAL;
	}
	return sign(pkt, want->key, out);
}

/* tsig_error - the error in an answer's TSIG record; 0: none */
static unsigned
tsig_error(const ldns_pkt *pkt)
{
	const ldns_rr *tsig = ldns_pkt_tsig(pkt);

	if (tsig == NULL || ldns_rr_rd_count(tsig) <= ERROR_FIELD ||
	    ldns_rdf_size(ldns_rr_rdf(tsig, ERROR_FIELD)) != 2)
		return 0;
	return ldns_rdf2native_int16(ldns_rr_rdf(tsig, ERROR_FIELD));
}

/* by_code - what an answer's code means */
static enum dnschange_end
by_code(const ldns_pkt *pkt)
{
	switch (tsig_error(pkt)) {
	case 0:
		break;
	case TSIG_BAD_TIME:
		return DNSCHANGE_BAD_TIME;
	default:
		return DNSCHANGE_BAD_KEY;
	}
	switch (ldns_pkt_get_rcode(pkt)) {
	case LDNS_RCODE_NOERROR:
		return DNSCHANGE_DONE;
	case LDNS_RCODE_NXDOMAIN:
	case LDNS_RCODE_YXDOMAIN:
	case LDNS_RCODE_YXRRSET:
	case LDNS_RCODE_NXRRSET:
		return DNSCHANGE_CHANGED;
	case LDNS_RCODE_NOTAUTH:
	case LDNS_RCODE_NOTZONE:
		return DNSCHANGE_NOT_AUTH;
	case LDNS_RCODE_REFUSED:
		return DNSCHANGE_REFUSED;
	default:
		return DNSCHANGE_FAILED;
	}
}

/* take - an answer that is to this message; null: it makes no sense */
static ldns_pkt *
take(const struct dnsupdate_msg *msg, struct str answer)
{
	ldns_pkt *pkt = NULL;

	if (ldns_wire2pkt(&pkt, (const uint8_t *)answer.p, answer.len) !=
	    LDNS_STATUS_OK)
		return NULL;
	if (ldns_pkt_qr(pkt) && ldns_pkt_id(pkt) == msg->id)
		return pkt;
	ldns_pkt_free(pkt);
	return NULL;
}

/* judge - the code of an answer; good news must be signed */
static enum dnschange_end
judge(const struct dnsupdate_want *want, const struct dnsupdate_msg *msg,
    ldns_pkt *pkt, struct str answer)
{
	enum dnschange_end end = by_code(pkt);
	ldns_rr *tsig = ldns_pkt_tsig(pkt);
	char name[260];

	if (end != DNSCHANGE_DONE)
		return end;
	snprintf(name, sizeof(name), "%s.", want->key->name);
	end = tsig != NULL &&
		ldns_pkt_tsig_verify(pkt, (const uint8_t *)answer.p, answer.len,
		    name, want->key->secret, msg->mac)
	    ? DNSCHANGE_DONE
	    : DNSCHANGE_UNSIGNED;
	/* Of an algorithm that it does not know, ldns forgets the record. */
	if (ldns_pkt_tsig(pkt) == NULL)
		ldns_pkt_set_tsig(pkt, tsig);
	return end;
}

enum dnschange_end
dnsupdate_msg_read(const struct dnsupdate_want *want,
    const struct dnsupdate_msg *msg, struct str answer)
{
	ldns_pkt *pkt = take(msg, answer);
	enum dnschange_end end;

	if (pkt == NULL)
		return DNSCHANGE_FAILED;
	end = judge(want, msg, pkt, answer);
	ldns_pkt_free(pkt);
	return end;
}

/* joined - the strings of a record, with nothing between */
static bool
joined(const ldns_rr *rr, struct buf *b)
{
	const ldns_rdf *rdf;

	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		rdf = ldns_rr_rdf(rr, i);
		if (ldns_rdf_size(rdf) < 1)
			return false;
		buf_put(b, ldns_rdf_data(rdf) + 1, ldns_rdf_size(rdf) - 1);
	}
	return buf_error(b) == MTASTS_OK;
}

/* is_old - does a record say what one of the set's old ones says? */
static bool
is_old(const ldns_rr *rr, const struct dnschange *set)
{
	bool found = false;
	struct buf b;

	buf_init(&b, 65536);
	buf_puts(&b, "");
	if (joined(rr, &b))
		for (size_t i = 0; !found && i < set->old_count; i++)
			found = str_eq(buf_str(&b), set->old[i]);
	buf_free(&b);
	return found;
}

enum dnschange_end
dnsupdate_msg_learn(const struct dnsupdate_want *want,
    const struct dnschange *set, const struct dnsupdate_msg *msg,
    struct str answer, struct dnsupdate_exact *out)
{
	ldns_pkt *pkt = take(msg, answer);
	enum dnschange_end end = DNSCHANGE_FAILED;
	ldns_rr_list *records = NULL;
	ldns_rdf *name = NULL;

	if (pkt == NULL)
		return end;
	end = judge(want, msg, pkt, answer);
	name = dname(str_of(set->name));
	if (end == DNSCHANGE_DONE && name != NULL)
		records = ldns_pkt_rr_list_by_name_and_type(
		    pkt, name, (ldns_rr_type)set->type, LDNS_SECTION_ANSWER);
	if (end == DNSCHANGE_DONE &&
	    ldns_rr_list_rr_count(records) != set->old_count)
		end = DNSCHANGE_CHANGED;
	for (size_t i = 0; end == DNSCHANGE_DONE && i < set->old_count; i++)
		if (!is_old(ldns_rr_list_rr(records, i), set))
			end = DNSCHANGE_CHANGED;
	if (end == DNSCHANGE_DONE) {
		out->records = records;
		records = NULL;
	}
	ldns_rr_list_deep_free(records);
	ldns_rdf_deep_free(name);
	ldns_pkt_free(pkt);
	return end;
}

void
dnsupdate_msg_free(struct dnsupdate_msg *msg)
{
	mem_free(msg->wire);
	ldns_rdf_deep_free(msg->mac);
	*msg = (struct dnsupdate_msg){ .wire = NULL };
}

void
dnsupdate_exact_free(struct dnsupdate_exact *exact)
{
	ldns_rr_list_deep_free(exact->records);
	exact->records = NULL;
}
