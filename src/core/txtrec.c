/*
 * txtrec - what the two TXT records share beyond their grammar
 *
 * RFC 8461 section 3.1, RFC 8460 section 3. Which records count is decided
 * here by the letter, the same for every reader; findings come behind the
 * decision and never change it. Must not know the fields of either record.
 */
#include "core/txtrec.h"

#include "core/limits.h"
#include "core/nearmiss.h"

#include <stdio.h>

/* Room for a repair and the record that it suggests. */
#define FIX_MAX 480

/* Characters that word processors and web pages leave in a text. */
static const struct {
	struct str bytes;
	const char *name;
} byte_names[] = {
	{ { "\"", 1 }, "a quotation mark" },
	{ { "'", 1 }, "an apostrophe" },
	{ { "`", 1 }, "a backquote" },
	{ { "\\", 1 }, "a backslash" },
	{ { " ", 1 }, "a blank" },
	{ { "\t", 1 }, "a tab" },
	{ { "\n", 1 }, "a line end" },
	{ { "\r", 1 }, "a line end" },
	{ { "\xe2\x80\x98", 3 }, "a curly quotation mark" },
	{ { "\xe2\x80\x99", 3 }, "a curly quotation mark" },
	{ { "\xe2\x80\x9a", 3 }, "a curly quotation mark" },
	{ { "\xe2\x80\x9c", 3 }, "a curly quotation mark" },
	{ { "\xe2\x80\x9d", 3 }, "a curly quotation mark" },
	{ { "\xe2\x80\x9e", 3 }, "a curly quotation mark" },
	{ { "\xc2\xab", 2 }, "an angle quotation mark" },
	{ { "\xc2\xbb", 2 }, "an angle quotation mark" },
	{ { "\xc2\xa0", 2 }, "a no-break space" },
	{ { "\xc2\xad", 2 }, "a soft hyphen" },
	{ { "\xe2\x80\x8b", 3 }, "an invisible zero-width space" },
	{ { "\xe2\x80\x90", 3 }, "a typographic hyphen" },
	{ { "\xe2\x80\x91", 3 }, "a typographic hyphen" },
	{ { "\xe2\x80\x93", 3 }, "a dash" },
	{ { "\xe2\x80\x94", 3 }, "a dash" },
	{ { "\xef\xbb\xbf", 3 }, "an invisible byte order mark" },
	{ { "\xef\xbc\x9b", 3 }, "a wide semicolon" },
	{ { "\xef\xbc\x9d", 3 }, "a wide equals sign" },
};

const char *
txtrec_byte_name(struct str s)
{
	size_t i;

	for (i = 0; i < sizeof(byte_names) / sizeof(byte_names[0]); i++)
		if (str_starts(s, byte_names[i].bytes))
			return byte_names[i].name;
	return (unsigned char)s.p[0] > 127 ? "a character beyond ASCII" : NULL;
}

/* put_fix - the rule's repair, and the record that is to be published */
static void
put_fix(struct buf *b, const struct txtkind *kind, const struct diag_rule *rule,
    struct str text)
{
	buf_puts(b, rule->fix);
	buf_puts(b, " Publish: ");
	kind->suggest(str_sub(text, 0, LIMIT_TXT_LEN), b);
}

/* add - a finding, with a suggestion when the text was meant as this kind */
static void
add(const struct txtrec *rec, const struct diag_rule *rule, unsigned column,
    bool suggest, const char *message)
{
	struct diag_place at = { .record = rec->record, .column = column };
	struct buf b;

	if (rec->diags == NULL)
		return;
	buf_init(&b, FIX_MAX);
	if (suggest)
		put_fix(&b, rec->kind, rule, rec->text);
	/* A suggestion that does not fit is left out. */
	if (suggest && buf_error(&b) == MTASTS_OK)
		diag_add_fix(rec->diags, rule, at, b.p, "%s", message);
	else
		diag_add(rec->diags, rule, at, "%s", message);
	buf_free(&b);
}

void
txtrec_add(struct txtrec *rec, const struct diag_rule *rule, unsigned column,
    const char *fmt, ...)
{
	bool error = rule->severity == MTASTS_ERROR, first = !rec->bad;
	char message[512];
	va_list ap;

	rec->bad = rec->bad || error;
	if (rec->diags == NULL)
		return;
	/* The first error is always told: it is the reason of the verdict. */
	if (rec->findings >= TXTREC_FINDINGS_MAX && !(error && first))
		return;
	rec->findings++;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	/* One suggestion mends all that is wrong with the record. */
	add(rec, rule, column, error && first, message);
}

/* explain - say why a record was dropped; beside is the one that was not */
static void
explain(struct txtrec *rec, bool beside)
{
	const struct diag_rule *rule;
	struct nearmiss miss;
	struct diag_quote quote;
	char message[512];

	nearmiss_find(rec->kind, rec->text, &miss);
	rule = &rec->kind->rules[beside ? TXTREC_IGNORED : miss.rule];
	diag_quote(&quote, rec->text);
	if (miss.seen != NULL)
		snprintf(message, sizeof(message),
		    "The record does not count since %s: %s", miss.seen,
		    quote.text);
	else
		snprintf(message, sizeof(message),
		    "The record does not count since it has %s in it: %s",
		    miss.inside, quote.text);
	add(rec, rule, miss.column, miss.meant && !beside, message);
}

/* explain_all - say why each record was dropped that was */
static void
explain_all(const struct txtkind *kind, const struct mtasts_txt *txt,
    size_t count, struct mtasts_diags *diags, bool beside)
{
	size_t i;

	for (i = 0; diags != NULL && i < count; i++) {
		struct txtrec rec = {
			.kind = kind,
			.diags = diags,
			.text = str_make(txt[i].text, txt[i].len),
			.record = (unsigned)i + 1,
		};

		if (!taglist_version(rec.text, kind->version, NULL))
			explain(&rec, beside);
	}
}

/* add_answer - a finding about the whole answer */
static void
add_answer(const struct txtkind *kind, struct mtasts_diags *diags,
    enum txtrec_rule rule, const char *message)
{
	struct diag_place nowhere = { 0 };

	diag_add(diags, &kind->rules[rule], nowhere, "%s", message);
}

/* check_whole - what can be said of the record before its fields are read */
static void
check_whole(struct txtrec *rec, bool blank)
{
	const struct diag_rule *rules = rec->kind->rules;

	if (rec->text.len > LIMIT_TXT_LEN)
		txtrec_add(rec, &rules[TXTREC_LONG], LIMIT_TXT_LEN + 1,
		    "The record has %zu bytes, more than DNS can carry.",
		    rec->text.len);
	else if (blank)
		txtrec_add(rec, &rules[TXTREC_SPACE],
		    (unsigned)rec->kind->version.len + 1,
		    "Blanks stand before the first semicolon.");
}

/* pick - how many records begin with the version; *out is the last of them */
static size_t
pick(const struct txtkind *kind, const struct mtasts_txt *txt, size_t count,
    struct txtrec *out, bool *blank)
{
	size_t i, found = 0;

	for (i = 0; i < count; i++) {
		struct str text = str_make(txt[i].text, txt[i].len);

		if (!taglist_version(text, kind->version, blank))
			continue;
		out->text = text;
		out->record = (unsigned)i + 1;
		found++;
	}
	return found;
}

enum mtasts_verdict
txtrec_choose(const struct txtkind *kind, const struct mtasts_txt *txt,
    size_t count, struct mtasts_diags *diags, struct txtrec *out)
{
	struct txtrec rec = { .kind = kind, .diags = diags };
	bool blank = false;
	size_t found;

	if (count == 0) {
		add_answer(
		    kind, diags, TXTREC_ABSENT, "There is no TXT record.");
		return MTASTS_VERDICT_NONE;
	}
	if (count > LIMIT_TXT_COUNT) {
		add_answer(kind, diags, TXTREC_MANY,
		    "There are more TXT records than anybody reads.");
		return MTASTS_VERDICT_INVALID;
	}
	found = pick(kind, txt, count, &rec, &blank);
	if (found == 0) {
		explain_all(kind, txt, count, diags, false);
		return MTASTS_VERDICT_NONE;
	}
	explain_all(kind, txt, count, diags, true);
	if (found > 1) {
		rec.bad =
		    true; /* which of them to publish is not ours to say */
		txtrec_add(&rec, &kind->rules[TXTREC_SEVERAL], 1,
		    "%zu records begin with %s, so none of them counts.", found,
		    kind->version.p);
		return MTASTS_VERDICT_INVALID;
	}
	check_whole(&rec, blank);
	*out = rec;
	return rec.bad ? MTASTS_VERDICT_INVALID : MTASTS_VERDICT_VALID;
}

void
txtrec_begin_fields(const struct txtrec *rec, struct taglist *list)
{
	struct taglist_field version;

	taglist_begin(list, rec->text);
	(void)taglist_next(list, &version);
}

bool
txtrec_next_field(
    const struct txtrec *rec, struct taglist *list, struct taglist_field *field)
{
	bool deaf = rec->diags == NULL || rec->findings >= TXTREC_FINDINGS_MAX;

	return !(rec->bad && deaf) && taglist_next(list, field);
}

void
txtrec_bad_byte(struct txtrec *rec, const struct diag_rule *rule,
    const struct taglist_field *field, size_t offset)
{
	const struct diag_rule *rules = rec->kind->rules;
	struct str at = str_sub(field->value, offset, field->value.len);
	const char *name = txtrec_byte_name(at);
	struct diag_quote tag, value;
	char c = at.p[0];

	if (c == '"' || c == '\'' || c == '`' || c == '\\')
		rule = &rules[TXTREC_QUOTES];
	else if ((unsigned char)c > 127)
		rule = &rules[TXTREC_NOT_ASCII];
	diag_quote(&tag, field->name);
	diag_quote(&value, field->value);
	if (ascii_wsp(c))
		txtrec_add(rec, rule, field->value_column + (unsigned)offset,
		    "The value of %s has a blank in it; a semicolon may be "
		    "missing: %s",
		    tag.text, value.text);
	else if (name != NULL)
		txtrec_add(rec, rule, field->value_column + (unsigned)offset,
		    "The value of %s has %s in it: %s", tag.text, name,
		    value.text);
	else
		txtrec_add(rec, rule, field->value_column + (unsigned)offset,
		    "The value of %s has the character \"%s\" in it: %s",
		    tag.text,
		    diag_quote(&(struct diag_quote){ 0 }, str_sub(at, 0, 1)),
		    value.text);
}

void
txtrec_fault(struct txtrec *rec, const struct taglist_field *f)
{
	const struct diag_rule *rules = rec->kind->rules;
	struct diag_quote q;
	unsigned at = f->fault_column;

	diag_quote(&q, f->text);
	switch (f->fault) {
	case TAGLIST_EMPTY:
		txtrec_add(rec, &rules[TXTREC_FIELD_EMPTY], at,
		    "Nothing stands between two semicolons.");
		break;
	case TAGLIST_NO_EQUALS:
		txtrec_add(rec, &rules[TXTREC_FIELD_WORD], at,
		    "A field has no equals sign: %s", q.text);
		break;
	case TAGLIST_NAME_BLANK:
		txtrec_add(rec, &rules[TXTREC_FIELD_BLANK], at,
		    "Blanks stand around an equals sign: %s", q.text);
		break;
	case TAGLIST_NAME:
		txtrec_add(rec, &rules[TXTREC_FIELD_NAME], at,
		    "A field's name is not allowed: %s", q.text);
		break;
	case TAGLIST_VALUE_EMPTY:
		txtrec_add(rec, &rules[TXTREC_VALUE_EMPTY], at,
		    "A field has no value: %s", q.text);
		break;
	case TAGLIST_VALUE:
		txtrec_bad_byte(rec, &rules[TXTREC_VALUE_BYTE], f,
		    taglist_bad_byte(f->value));
		break;
	case TAGLIST_FINE:
		break;
	}
}

void
txtrec_unknown(struct txtrec *rec, const struct taglist_field *f)
{
	struct diag_quote q;

	txtrec_add(rec, &rec->kind->rules[TXTREC_UNKNOWN], f->column,
	    "The field %s means nothing in this record.",
	    diag_quote(&q, f->name));
}

void
txtrec_repeated(struct txtrec *rec, const struct taglist_field *f)
{
	struct diag_quote q;

	txtrec_add(rec, &rec->kind->rules[TXTREC_REPEATED], f->column,
	    "The field %s stands here again.", diag_quote(&q, f->name));
}

void
txtrec_end_blank(struct txtrec *rec, const struct taglist_field *f)
{
	if (f->end_blank != 0)
		txtrec_add(rec, &rec->kind->rules[TXTREC_END_BLANK],
		    f->end_blank,
		    "Blanks stand at the end without a semicolon before them.");
}
