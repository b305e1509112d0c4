/*
 * stsrec - the TXT record _mta-sts: v=STSv1 and an id
 *
 * RFC 8461 section 3.1. A malformed record means no policy for every reader,
 * so nothing is mended here, only explained. Must not know DNS: joining the
 * character-strings and following CNAMEs is done before.
 */
#include "mtasts/record.h"

#include "core/limits.h"
#include "core/txtrec_rules.h"

/* For TXTREC_RULE: the checks by kind. */
#define RFC	     "RFC 8461 section 3.1"
#define PREFIX	     "sts-"
#define CHECK_EXISTS "D01"
#define CHECK_ONE    "D03"
#define CHECK_BESIDE "D04"
#define CHECK_PLACE  "D05"
#define CHECK_SYNTAX "D06"
#define CHECK_ID     "D07"
#define CHECK_FIELD  "D08"
#define CHECK_QUOTES "D09"

/* clang-format off */
const struct diag_rule stsrec_rules[STSREC_RULES] = {
TXTREC_RULE_LIST(TXTREC_RULE)
TXTREC_RULE(STSREC_ID_MISSING, ID, MTASTS_ERROR, "id-missing",
	"Add the field id with letters and digits that change with every "
	"change of the policy.")
TXTREC_RULE(STSREC_ID_NAME, ID, MTASTS_ERROR, "id-name",
	"Write the field's name as id, in small letters.")
TXTREC_RULE(STSREC_ID_CHARACTER, ID, MTASTS_ERROR, "id-character",
	"Use letters and digits only in the id.")
TXTREC_RULE(STSREC_ID_LONG, ID, MTASTS_ERROR, "id-long",
	"Use at most 32 letters and digits as id.")
};
/* clang-format on */

/* The record while its fields are read. */
struct reading {
	struct txtrec rec;
	bool id_seen; /* rightly or wrongly written */
	struct str id;
	/* a field ID or Id: matters when there is no id */
	struct taglist_field wrong_case;
};

/* value_of - what stands behind "id" and = or : in a text, any way written */
static struct str
value_of(struct str text)
{
	size_t at, next;

	for (at = 0; at < text.len; at = next) {
		struct str rest;

		next = at +
		    str_find_nocase(str_sub(text, at, text.len), STR("id"));
		rest = str_trim_left(str_sub(text, next + 2, text.len));
		if (next < text.len &&
		    (next == 0 || !ascii_alnum(text.p[next - 1])) &&
		    rest.len > 0 && (rest.p[0] == '=' || rest.p[0] == ':'))
			return str_sub(rest, 1, rest.len);
		next++;
	}
	return str_make(NULL, 0);
}

/* suggest - v=STSv1 and what can be saved of the id */
static void
suggest(struct str text, struct buf *b)
{
	struct str value = value_of(text);
	size_t i, kept = 0;

	buf_puts(b, "v=STSv1; id=");
	for (i = 0; i < value.len && kept < LIMIT_ID_LEN; i++) {
		char c = value.p[i];

		if (ascii_alnum(c)) {
			buf_putc(b, c);
			kept++;
		} else if (c == ';' || c == ',' || (kept > 0 && ascii_wsp(c))) {
			break;
		}
	}
	if (kept == 0)
		buf_puts(b, "20250101T000000");
	buf_puts(b, ";");
}

static const struct txtkind kind = {
	.what = "MTA-STS",
	.owner = "_mta-sts",
	.version = { "v=STSv1", 7 },
	.word = { "STSv1", 5 },
	.stem = { "STS", 3 },
	.field = { "id", 2 },
	.rules = stsrec_rules,
	.suggest = suggest,
};

/* check_id - the value of the id that counts */
static void
check_id(struct reading *r, const struct taglist_field *f)
{
	struct diag_quote q;
	size_t i;

	r->id_seen = true;
	r->id = f->value;
	if (f->fault == TAGLIST_VALUE_EMPTY || f->fault == TAGLIST_NAME_BLANK) {
		txtrec_fault(&r->rec, f);
		return;
	}
	for (i = 0; i < f->value.len; i++)
		if (!ascii_alnum(f->value.p[i]))
			break;
	if (i < f->value.len)
		txtrec_bad_byte(
		    &r->rec, &stsrec_rules[STSREC_ID_CHARACTER], f, i);
	else if (f->value.len > LIMIT_ID_LEN)
		txtrec_add(&r->rec, &stsrec_rules[STSREC_ID_LONG],
		    f->value_column + LIMIT_ID_LEN,
		    "The id has %zu characters, more than 32: %s", f->value.len,
		    diag_quote(&q, f->value));
}

/* other_field - a field that is not the id that counts */
static void
other_field(struct reading *r, const struct taglist_field *f)
{
	txtrec_fault(&r->rec, f);
	if (f->fault == TAGLIST_NO_EQUALS)
		return;
	if (str_eq_nocase(f->name, STR("id")) && !str_eq(f->name, STR("id")))
		r->wrong_case = *f;
	else if (f->fault != TAGLIST_FINE)
		return;
	else if (str_eq(f->name, STR("id")) || str_eq(f->name, STR("v")))
		txtrec_repeated(&r->rec, f);
	else
		txtrec_unknown(&r->rec, f);
}

/* finish - what can be said only after the last field */
static void
finish(struct reading *r)
{
	struct diag_quote q;

	if (r->id_seen && r->wrong_case.column > 0)
		txtrec_unknown(&r->rec, &r->wrong_case);
	else if (r->wrong_case.column > 0)
		txtrec_add(&r->rec, &stsrec_rules[STSREC_ID_NAME],
		    r->wrong_case.column, "The field is called %s and not id.",
		    diag_quote(&q, r->wrong_case.name));
	else if (!r->id_seen)
		txtrec_add(&r->rec, &stsrec_rules[STSREC_ID_MISSING],
		    (unsigned)r->rec.text.len + 1, "There is no field id.");
}

enum mtasts_verdict
mtasts_stsrec_parse(const struct mtasts_txt *txt, size_t count,
    struct mtasts_stsrec *out, struct mtasts_diags *diags)
{
	struct reading r = { .id_seen = false };
	struct taglist list;
	struct taglist_field f;
	enum mtasts_verdict verdict;

	verdict = txtrec_choose(&kind, txt, count, diags, &r.rec);
	if (verdict != MTASTS_VERDICT_VALID)
		return verdict;
	txtrec_begin_fields(&r.rec, &list);
	while (txtrec_next_field(&r.rec, &list, &f)) {
		if (str_eq(f.name, STR("id")) && !r.id_seen &&
		    f.fault != TAGLIST_NO_EQUALS)
			check_id(&r, &f);
		else
			other_field(&r, &f);
		txtrec_end_blank(&r.rec, &f);
	}
	finish(&r);
	if (r.rec.bad)
		return MTASTS_VERDICT_INVALID;
	memcpy(out->id, r.id.p, r.id.len);
	out->id[r.id.len] = '\0';
	out->record = r.rec.record;
	return MTASTS_VERDICT_VALID;
}
