/*
 * fuzz_records.h - what the fuzz targets of the two TXT records share
 */
#ifndef FUZZ_RECORDS_H
#define FUZZ_RECORDS_H

#include "base/buf.h"
#include "base/diag.h"
#include "fuzz.h"
#include "mtasts/record.h"

#define RECORDS_MAX 16

/* split - the input's lines, each a record; returns how many */
static inline size_t
split(const uint8_t *data, size_t size, struct mtasts_txt txt[RECORDS_MAX])
{
	struct str line, rest = str_make((const char *)data, size);
	size_t n = 0;

	while (n < RECORDS_MAX && str_line(&rest, &line, NULL))
		txt[n++] = (struct mtasts_txt){ line.p, line.len };
	return n;
}

/* check_findings - whole, in bounds, and errors exactly where they must be */
static inline void
check_findings(enum mtasts_verdict verdict, const struct mtasts_txt *txt,
    size_t count, const struct mtasts_diags *diags)
{
	const struct mtasts_finding *f;
	size_t i;

	for (i = 0; (f = mtasts_diags_get(diags, i)) != NULL; i++) {
		require(f->message[0] != '\0' && f->fix[0] != '\0');
		require(f->record <= count);
		if (f->record > 0)
			require(f->column > 0 &&
			    f->column <= txt[f->record - 1].len + 1);
	}
	if (verdict == MTASTS_VERDICT_VALID)
		require(diag_errors(diags) == 0);
	else
		require(mtasts_diags_count(diags) > 0);
	if (verdict == MTASTS_VERDICT_INVALID)
		require(diag_errors(diags) > 0);
}

/* suggestion - the record that the findings say to publish; or no text */
static inline struct mtasts_txt
suggestion(const struct mtasts_diags *diags)
{
	static const char mark[] = "Publish: ";
	const struct mtasts_finding *f;
	const char *at;
	size_t i;

	for (i = 0; (f = mtasts_diags_get(diags, i)) != NULL; i++) {
		at = strstr(f->fix, mark);
		if (at != NULL)
			return (struct mtasts_txt){ at + sizeof(mark) - 1,
				strlen(at + sizeof(mark) - 1) };
	}
	return (struct mtasts_txt){ NULL, 0 };
}

#endif
