/*
 * rptrec - the TXT record _smtp._tls: v=TLSRPTv1 and rua addresses
 *
 * RFC 8460 section 3. The grammar allows rua anywhere and more than once; all
 * its addresses count then. An address outside the grammar makes the record
 * malformed; one of a scheme that nobody sends reports to is left out. Must
 * not know DNS: joining the character-strings is done before.
 */
#include "mtasts/record.h"

#include "base/arena.h"
#include "core/limits.h"
#include "core/txtrec_rules.h"

/* For TXTREC_RULE: the checks by kind. */
#define RFC	     "RFC 8460 section 3"
#define PREFIX	     "tlsrpt-"
#define CHECK_EXISTS "T01"
#define CHECK_ONE    "T01"
#define CHECK_BESIDE "T01"
#define CHECK_SYNTAX "T01"
#define CHECK_FIELD  "T01"
#define CHECK_QUOTES "T01"
#define CHECK_RUA    "T02"
#define CHECK_PLACE  "T05"

/* clang-format off */
const struct diag_rule rptrec_rules[RPTREC_RULES] = {
TXTREC_RULE_LIST(TXTREC_RULE)
TXTREC_RULE(RPTREC_RUA_MISSING, RUA, MTASTS_ERROR, "rua-missing",
	"Add the field rua with a mailto: or https: address.")
TXTREC_RULE(RPTREC_RUA_NAME, RUA, MTASTS_ERROR, "rua-name",
	"Write the field's name as rua, in small letters.")
TXTREC_RULE(RPTREC_RUA_NONE, RUA, MTASTS_ERROR, "rua-none",
	"Give at least one address that begins with mailto: or https:.")
TXTREC_RULE(RPTREC_RUA_SCHEME, RUA, MTASTS_WARNING, "rua-scheme",
	"Use an address that begins with mailto: or https:.")
TXTREC_RULE(RPTREC_RUA_REPEATED, RUA, MTASTS_WARNING, "rua-repeated",
	"Put all addresses into one field rua, with commas between: some "
	"senders read only the first.")
TXTREC_RULE(RPTREC_RUA_LATE, RUA, MTASTS_WARNING, "rua-late",
	"Put rua right behind the version: some senders read no other place.")
TXTREC_RULE(RPTREC_RUA_MANY, RUA, MTASTS_WARNING, "rua-many",
	"Give one or two addresses: senders may pick any of them.")

TXTREC_RULE(RPTREC_FAULT + RUA_EMPTY, RUA, MTASTS_ERROR, "rua-empty",
	"Leave out the comma that has no address at its side.")
TXTREC_RULE(RPTREC_FAULT + RUA_NO_SCHEME, RUA, MTASTS_ERROR, "rua-no-scheme",
	"Put mailto: in front of a mail address and https: in front of a "
	"web address.")
TXTREC_RULE(RPTREC_FAULT + RUA_SIZE, RUA, MTASTS_ERROR, "rua-size",
	"Remove the exclamation mark and the size behind it.")
TXTREC_RULE(RPTREC_FAULT + RUA_UNENCODED, RUA, MTASTS_ERROR, "rua-unencoded",
	"Write %21 for the exclamation mark.")
TXTREC_RULE(RPTREC_FAULT + RUA_BLANK, RUA, MTASTS_ERROR, "rua-blank",
	"Put commas between addresses and no blanks inside of them.")
TXTREC_RULE(RPTREC_FAULT + RUA_PERCENT, RUA, MTASTS_ERROR, "rua-percent",
	"Write %25 for a percent sign.")
TXTREC_RULE(RPTREC_FAULT + RUA_CHARACTER, RUA, MTASTS_ERROR, "rua-character",
	"Write the bare address, without brackets and the like.")
TXTREC_RULE(RPTREC_FAULT + RUA_ADDRESS, RUA, MTASTS_ERROR, "rua-address",
	"Put one mail address behind mailto:.")
TXTREC_RULE(RPTREC_FAULT + RUA_HOST, RUA, MTASTS_ERROR, "rua-host",
	"Put // and a host name behind https:.")
};
/* clang-format on */

/* suggest - v=TLSRPTv1 and the addresses that can be saved */
static void
suggest(struct str text, struct buf *b)
{
	buf_puts(b, "v=TLSRPTv1; rua=");
	if (rua_salvage(text, b) == 0)
		buf_puts(b, "mailto:tls-reports@example.org");
	buf_puts(b, ";");
}

static const struct txtkind kind = {
	.what = "TLSRPT",
	.owner = "_smtp._tls",
	.version = { "v=TLSRPTv1", 10 },
	.word = { "TLSRPTv1", 8 },
	.stem = { "TLS", 3 },
	.field = { "rua", 3 },
	.rules = rptrec_rules,
	.suggest = suggest,
};

/* The record while its fields are read. */
struct reading {
	struct txtrec rec;
	unsigned fields; /* behind the version */
	bool rua_seen; /* rightly or wrongly written */
	bool many_said;
	struct taglist_field near; /* "ruf": matters when there is no rua */
	size_t count;
	struct str rua[LIMIT_RUA_COUNT];
};

/* uri_fault - the finding of an address that is none */
static void
uri_fault(struct reading *r, const struct taglist_field *f, struct str uri,
    enum rua_fault fault, size_t offset)
{
	size_t start = (size_t)(uri.p - f->value.p);
	struct diag_quote q;

	if (fault == RUA_EMPTY)
		txtrec_add(&r->rec, &rptrec_rules[RPTREC_FAULT + fault],
		    f->value_column + (unsigned)start,
		    "A comma in rua has no address at its side.");
	else if (fault == RUA_CHARACTER &&
	    txtrec_byte_name(str_sub(uri, offset, uri.len)) != NULL)
		txtrec_bad_byte(&r->rec, &rptrec_rules[RPTREC_FAULT + fault], f,
		    start + offset);
	else
		txtrec_add(&r->rec, &rptrec_rules[RPTREC_FAULT + fault],
		    f->value_column + (unsigned)(start + offset),
		    "An address in rua %s: %s", rua_fault_text(fault),
		    diag_quote(&q, uri));
}

/* take_uri - one address of a rua field */
static void
take_uri(struct reading *r, const struct taglist_field *f, struct str uri)
{
	unsigned column = f->value_column + (unsigned)(uri.p - f->value.p);
	enum rua_scheme scheme = RUA_OTHER;
	enum rua_fault fault;
	struct diag_quote q;
	size_t offset;

	fault = rua_check(uri, &scheme, &offset);
	if (fault != RUA_FINE) {
		uri_fault(r, f, uri, fault, offset);
	} else if (scheme == RUA_OTHER) {
		txtrec_add(&r->rec, &rptrec_rules[RPTREC_RUA_SCHEME], column,
		    "An address in rua is neither mailto: nor https: and is "
		    "left out: %s",
		    diag_quote(&q, uri));
	} else if (r->count < LIMIT_RUA_COUNT) {
		r->rua[r->count++] = uri;
	} else if (!r->many_said) {
		r->many_said = true;
		txtrec_add(&r->rec, &rptrec_rules[RPTREC_RUA_MANY], column,
		    "There are more than %d addresses; the rest is left out.",
		    LIMIT_RUA_COUNT);
	}
}

/* take_rua - a field rua: addresses between commas */
static void
take_rua(struct reading *r, const struct taglist_field *f)
{
	struct str uri, rest = f->value;
	bool more;

	if (r->rua_seen)
		txtrec_add(&r->rec, &rptrec_rules[RPTREC_RUA_REPEATED],
		    f->column, "The field rua stands here again.");
	else if (r->fields > 1)
		txtrec_add(&r->rec, &rptrec_rules[RPTREC_RUA_LATE], f->column,
		    "The field rua is not the first behind the version.");
	r->rua_seen = true;
	if (f->fault == TAGLIST_VALUE_EMPTY || f->fault == TAGLIST_NAME_BLANK) {
		txtrec_fault(&r->rec, f);
		return;
	}
	do {
		more = str_cut(rest, ',', &uri, &rest);
		take_uri(r, f, str_trim(uri));
	} while (more);
}

/* other_field - a field that is not rua */
static void
other_field(struct reading *r, const struct taglist_field *f)
{
	txtrec_fault(&r->rec, f);
	if (f->fault == TAGLIST_NO_EQUALS)
		return;
	if (str_distance(f->name, STR("rua")) <= 1)
		r->near = *f;
	else if (f->fault != TAGLIST_FINE)
		return;
	else if (str_eq(f->name, STR("v")))
		txtrec_repeated(&r->rec, f);
	else
		txtrec_unknown(&r->rec, f);
}

/* finish - what can be said only after the last field */
static void
finish(struct reading *r)
{
	unsigned end = (unsigned)r->rec.text.len + 1;
	struct diag_quote q;

	if (r->near.column > 0 && r->rua_seen)
		txtrec_unknown(&r->rec, &r->near);
	else if (r->near.column > 0)
		txtrec_add(&r->rec, &rptrec_rules[RPTREC_RUA_NAME],
		    r->near.column, "The field is called %s and not rua.",
		    diag_quote(&q, r->near.name));
	else if (!r->rua_seen)
		txtrec_add(&r->rec, &rptrec_rules[RPTREC_RUA_MISSING], end,
		    "There is no field rua, so nobody gets a report.");
	if (r->rua_seen && r->count == 0 && !r->rec.bad)
		txtrec_add(&r->rec, &rptrec_rules[RPTREC_RUA_NONE], end,
		    "No address in rua can get a report.");
}

/* read_fields - all behind the version; what is wrong marks the record */
static void
read_fields(struct reading *r)
{
	struct taglist_field f;
	struct taglist list;

	txtrec_begin_fields(&r->rec, &list);
	while (txtrec_next_field(&r->rec, &list, &f)) {
		r->fields++;
		if (str_eq(f.name, STR("rua")) && f.fault != TAGLIST_NO_EQUALS)
			take_rua(r, &f);
		else
			other_field(r, &f);
		txtrec_end_blank(&r->rec, &f);
	}
	finish(r);
}

/* The public face first: it is what *out points to. */
struct owned {
	struct mtasts_rptrec rec;
	struct arena *arena;
};

/* own - a copy of what was read, in an arena of its own; null when short */
static struct mtasts_rptrec *
own(const struct reading *r)
{
	struct arena *arena = arena_new(2 * LIMIT_TXT_LEN);
	struct owned *o;
	const char **rua;
	size_t i;

	if (arena == NULL)
		return NULL;
	o = arena_alloc(arena, sizeof(*o));
	rua = arena_zalloc(arena, r->count, sizeof(*rua));
	if (o == NULL || rua == NULL)
		goto fail;
	for (i = 0; i < r->count; i++) {
		rua[i] = arena_dup(arena, r->rua[i]);
		if (rua[i] == NULL)
			goto fail;
	}
	o->arena = arena;
	o->rec.rua_count = r->count;
	o->rec.rua = rua;
	o->rec.record = r->rec.record;
	return &o->rec;
fail:
	arena_free(arena);
	return NULL;
}

enum mtasts_verdict
mtasts_rptrec_parse(const struct mtasts_txt *txt, size_t count,
    struct mtasts_rptrec **out, struct mtasts_diags *diags)
{
	struct reading r = { .count = 0 };
	struct mtasts_rptrec *rec;
	enum mtasts_verdict verdict;

	verdict = txtrec_choose(&kind, txt, count, diags, &r.rec);
	if (verdict != MTASTS_VERDICT_VALID)
		return verdict;
	read_fields(&r);
	if (r.rec.bad)
		return MTASTS_VERDICT_INVALID;
	rec = own(&r);
	if (rec == NULL)
		return MTASTS_VERDICT_INVALID;
	*out = rec;
	return MTASTS_VERDICT_VALID;
}

void
mtasts_rptrec_free(struct mtasts_rptrec *rec)
{
	if (rec != NULL)
		arena_free(((struct owned *)rec)->arena);
}
