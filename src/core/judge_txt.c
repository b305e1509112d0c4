/*
 * judge_txt - what the judges of TXT records and of the policy file share
 *
 * The readers of records and policy have findings of their own, which become
 * the audit's. What a lookup that brought nothing means is said here in the
 * same words for all.
 */
#include "core/judge_txt.h"

#include "base/arena.h"

#include <stdio.h>

#define EACH	 10u /* findings of one rule that are taken over */
#define LIST_MAX 1000u /* what a list of findings holds: mtasts/diag.h */

/* starts_any - does it begin with one of these words? */
static bool
starts_any(struct str s, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (str_starts(s, str_of(words[i])))
			return true;
	return false;
}

/* sentence - a reader's clause as a sentence, where that is sure to be right */
static void
sentence(struct buf *b, const char *text)
{
	static const char *const words[] = { "the ", "a ", "this ", "there ",
		"line ", "lines ", "unknown ", NULL };
	/* Keys of the policy are never capital letters. */
	static const char *const keys[] = { "version ", "mode ", "mx ",
		"max_age ", NULL };
	struct str s = str_of(text);

	if (starts_any(s, keys)) {
		buf_puts(b, "The ");
	} else if (starts_any(s, words)) {
		buf_putc(b, (char)(s.p[0] - 'a' + 'A'));
		s = str_sub(s, 1, s.len);
	}
	buf_put_str(b, s);
	/* What stands behind a colon is a quotation, but for a question. */
	if (!str_ends(s, STR(".")) &&
	    (str_find(s, STR(": ")) == s.len || str_find(s, STR("? ")) < s.len))
		buf_putc(b, '.');
}

/* enough - have so many of this rule gone before? */
static bool
enough(const struct mtasts_diags *from, size_t i)
{
	const char *name = mtasts_diags_get(from, i)->name;
	size_t before = 0;

	for (size_t k = 0; k < i && before < EACH; k++)
		before += strcmp(mtasts_diags_get(from, k)->name, name) == 0;
	return before == EACH;
}

void
judge_copy(struct audit *a, const struct mtasts_diags *from, const char *but)
{
	const struct mtasts_finding *f;
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; (f = mtasts_diags_get(from, i)) != NULL; i++) {
		/* id, name and rfc are constant texts of the reader's rule. */
		struct diag_rule rule = { .id = f->id,
			.name = f->name,
			.severity = f->severity,
			.rfc = f->rfc,
			.fix = "" };
		struct diag_place at = { .file = f->file,
			.line = f->line,
			.record = f->record,
			.column = f->column };

		if ((but != NULL && strcmp(f->name, but) == 0) ||
		    enough(from, i))
			continue;
		buf_clear(&b);
		sentence(&b, f->message);
		if (buf_error(&b) == MTASTS_OK)
			diag_add_fix(a->diags, &rule, at, f->fix, "%s", b.p);
		else
			a->short_of_memory = true;
	}
	buf_free(&b);
	if (mtasts_diags_dropped(from) > 0 &&
	    mtasts_diags_count(from) < LIST_MAX)
		a->short_of_memory = true;
}

const struct mtasts_txt *
judge_txts(struct audit *a, const struct dnsfact *fact, size_t *count)
{
	struct mtasts_txt *txt;

	*count = 0;
	if (!judge_found(fact))
		return NULL;
	txt = arena_zalloc(a->arena, fact->count, sizeof(*txt));
	if (txt == NULL) {
		a->short_of_memory = true;
		return NULL;
	}
	for (size_t i = 0; i < fact->count; i++)
		txt[i] = (struct mtasts_txt){ fact->records[i].txt.p,
			fact->records[i].txt.len };
	*count = fact->count;
	return txt;
}

struct str
judge_txt_begins(const struct dnsfact *fact, struct str begin)
{
	for (size_t i = 0; judge_found(fact) && i < fact->count; i++)
		if (str_starts(fact->records[i].txt, begin))
			return fact->records[i].txt;
	return str_make(NULL, 0);
}

const char *
judge_no_answer(struct judge_text *out, const struct dnsfact *fact)
{
	static const char *const clauses[DNSFACT_ENDS] = {
		[DNSFACT_FOUND] = "there are records of other kinds only",
		[DNSFACT_NODATA] = "the name has no record of this type",
		[DNSFACT_NXDOMAIN] = "the name does not exist",
		[DNSFACT_BOGUS] = "its DNSSEC signatures are wrong",
		[DNSFACT_SERVFAIL] = "its name servers gave no answer",
		[DNSFACT_TIMEOUT] = "no answer came in time",
		[DNSFACT_MALFORMED] = "the answer makes no sense",
	};
	const char *clause = fact == NULL || fact->end >= DNSFACT_ENDS
	    ? "it was not looked up"
	    : clauses[fact->end];

	if (judge_lost(fact) && fact->why[0] != '\0')
		snprintf(out->text, sizeof(out->text), "%s (%.200s)", clause,
		    fact->why);
	else
		snprintf(out->text, sizeof(out->text), "%s", clause);
	return out->text;
}

void
judge_lookup(struct audit *a, const struct dnsfact *fact,
    const struct diag_rule *bogus, const char *what)
{
	struct judge_text why;

	judge_no_answer(&why, fact);
	if (fact->end == DNSFACT_BOGUS)
		judge_find(a, bogus, (struct judge_at){ 0 },
		    "The lookup of %s fails for everybody who checks DNSSEC: "
		    "%s.",
		    what, why.text);
	else
		audit_unknown(a, bogus->id,
		    "The lookup of %s failed: %s. Whether that is their fault "
		    "or ours cannot be told from here.",
		    what, why.text);
}

void
judge_skip(struct audit *a, const char *const *ids, const char *reason)
{
	for (size_t i = 0; ids[i] != NULL; i++)
		audit_skip(a, ids[i], "%s", reason);
}

bool
judge_absent(const struct seen *s)
{
	return s->sts != NULL && !dnsfact_failed(s->sts) &&
	    s->rec_verdict == MTASTS_VERDICT_NONE && !judge_found(s->host_a) &&
	    !judge_found(s->host_aaaa) && !judge_lost(s->host_a) &&
	    !judge_lost(s->host_aaaa);
}

bool
judge_dane_all(const struct seen *s)
{
	size_t there = 0;

	for (size_t i = 0; i < s->mx_count; i++) {
		if (s->mxs[i].dane.result.dane == DANE_GONE)
			continue;
		if (!seen_mx_dane(&s->mxs[i], s->at))
			return false;
		there++;
	}
	return there > 0;
}
