/*
 * records.h - what tests of the two TXT records share; include after cmocka
 *
 * Findings are compared as one line of text, "NAME RECORD:COLUMN" each, so
 * that a table row shows all that is expected.
 */
#ifndef TESTS_SUPPORT_RECORDS_H
#define TESTS_SUPPORT_RECORDS_H

#include "base/buf.h"
#include "base/diag.h"
#include "mtasts/record.h"

/* Records of one answer, at most; the last is followed by a null. */
#define RECORDS_MAX 4

/* An answer, and all that is to come of it. */
struct records_row {
	const char *text[RECORDS_MAX];
	enum mtasts_verdict verdict;
	const char *value; /* the id, or the addresses; null: none */
	const char *findings;
	const char *suggested; /* the record to publish instead, or "" */
};

/* The rows of one kind of record, and how to read it. */
struct records_table {
	const struct records_row *rows;
	size_t count;
	/*
	 * Appends the value to b, or "untouched" when the result is as it was
	 * before.
	 */
	enum mtasts_verdict (*read)(const struct mtasts_txt *txt, size_t count,
	    struct mtasts_diags *diags, struct buf *b);
	const struct diag_rule *rules;
	size_t rule_count;
	const char *const *elsewhere; /* rules without a row; ends with null */
};

/* records_fill - the answer of a table row; returns how many records */
static inline size_t
records_fill(const char *const text[RECORDS_MAX], struct mtasts_txt *txt)
{
	size_t n;

	for (n = 0; n < RECORDS_MAX && text[n] != NULL; n++)
		txt[n] = (struct mtasts_txt){ text[n], strlen(text[n]) };
	return n;
}

/* records_findings - append all findings as one line */
static inline void
records_findings(const struct mtasts_diags *diags, struct buf *b)
{
	size_t i;

	buf_put(b, "", 0);
	for (i = 0; i < mtasts_diags_count(diags); i++) {
		const struct mtasts_finding *f = mtasts_diags_get(diags, i);

		buf_putf(b, "%s%s %u:%u", i ? ", " : "", f->name, f->record,
		    f->column);
	}
}

/* records_suggested - the record that the findings say to publish, or "" */
static inline const char *
records_suggested(const struct mtasts_diags *diags)
{
	static const char mark[] = "Publish: ";
	const char *at;
	size_t i;

	for (i = 0; i < mtasts_diags_count(diags); i++) {
		at = strstr(mtasts_diags_get(diags, i)->fix, mark);
		if (at != NULL)
			return at + sizeof(mark) - 1;
	}
	return "";
}

/* records_check_row - one row; with and without a list of findings */
static inline void
records_check_row(
    const struct records_table *table, const struct records_row *row)
{
	struct mtasts_txt txt[RECORDS_MAX];
	size_t count = records_fill(row->text, txt);
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_verdict verdict;
	struct buf found, value, silent;

	buf_init(&found, 4096);
	buf_init(&value, 4096);
	buf_init(&silent, 4096);
	verdict = table->read(txt, count, diags, &value);
	records_findings(diags, &found);
	if (verdict != row->verdict)
		fail_msg("%s: %s", row->text[0], mtasts_verdict_name(verdict));
	if (strcmp(found.p, row->findings) != 0)
		fail_msg("%s: findings %s", row->text[0], found.p);
	if (strcmp(records_suggested(diags), row->suggested) != 0)
		fail_msg("%s: %s", row->text[0], records_suggested(diags));
	assert_string_equal(value.p, row->value ? row->value : "untouched");
	assert_int_equal(verdict, table->read(txt, count, NULL, &silent));
	assert_string_equal(silent.p, value.p);
	/* No verdict but VALID without a reason, and no error beside it. */
	assert_true(
	    verdict == MTASTS_VERDICT_VALID || mtasts_diags_count(diags) > 0);
	assert_true(verdict != MTASTS_VERDICT_VALID || diag_errors(diags) == 0);
	assert_true(
	    verdict != MTASTS_VERDICT_INVALID || diag_errors(diags) > 0);
	buf_free(&found);
	buf_free(&value);
	buf_free(&silent);
	mtasts_diags_free(diags);
}

/* records_check_rows - verdict, value, findings and suggestion of every row */
static inline void
records_check_rows(const struct records_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		records_check_row(table, &table->rows[i]);
}

/* records_check_suggestions - each is a valid record without findings */
static inline void
records_check_suggestions(const struct records_table *table)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_txt txt;
	struct buf value;

	buf_init(&value, 65536);
	for (size_t i = 0; i < table->count; i++) {
		txt.text = table->rows[i].suggested;
		txt.len = strlen(txt.text);
		if (txt.len > 0 &&
		    table->read(&txt, 1, diags, &value) != MTASTS_VERDICT_VALID)
			fail_msg("%s", txt.text);
	}
	assert_int_equal(mtasts_diags_count(diags), 0);
	buf_free(&value);
	mtasts_diags_free(diags);
}

/* records_has_row - is the rule found in a row, or tested elsewhere? */
static inline bool
records_has_row(const struct records_table *table, const char *name)
{
	for (size_t i = 0; table->elsewhere[i] != NULL; i++)
		if (strcmp(table->elsewhere[i], name) == 0)
			return true;
	for (size_t i = 0; i < table->count; i++)
		if (strstr(table->rows[i].findings, name) != NULL)
			return true;
	return false;
}

/* records_check_rules - every rule is found in a row, or tested elsewhere */
static inline void
records_check_rules(const struct records_table *table)
{
	for (size_t i = 0; i < table->rule_count; i++)
		if (!records_has_row(table, table->rules[i].name))
			fail_msg("no row for %s", table->rules[i].name);
}

#endif
