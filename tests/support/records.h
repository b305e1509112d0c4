/*
 * records.h - what tests of the two TXT records share
 *
 * Findings are compared as one line of text, "NAME RECORD:COLUMN" each, so
 * that a table row shows all that is expected.
 */
#ifndef MTASTS_TESTS_RECORDS_H
#define MTASTS_TESTS_RECORDS_H

#include "base/buf.h"
#include "base/diag.h"
#include "mtasts/record.h"

/* Records of one answer, at most; the last is followed by a null. */
#define RECORDS_MAX 4

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

#endif
