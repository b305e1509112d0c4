/*
 * tsv.h - reading the tables of test vectors beside the project
 *
 * The tables belong to nobody's code: they are read through MTASTS_SHARED and
 * the test is skipped where they are not. Include after cmocka.
 */
#ifndef TESTS_SUPPORT_TSV_H
#define TESTS_SUPPORT_TSV_H

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

#define TSV_COLUMNS 8

/* tsv_open - the table of this name, or null after saying why not */
static inline FILE *
tsv_open(const char *name)
{
	const char *shared = getenv("MTASTS_SHARED");
	char path[4096];
	FILE *f;

	if (shared == NULL) {
		printf("skipped: MTASTS_SHARED is not set\n");
		return NULL;
	}
	snprintf(path, sizeof(path), "%s/corpus/vectors/%s", shared, name);
	f = fopen(path, "r");
	if (f == NULL)
		printf("skipped: no %s\n", path);
	return f;
}

/* tsv_next - the next row; comments and empty lines are passed over */
static inline bool
tsv_next(FILE *f, char *line, size_t size, struct str column[TSV_COLUMNS])
{
	while (fgets(line, (int)size, f) != NULL) {
		struct str rest = str_of(line);
		size_t i;

		if (str_ends(rest, STR("\n")))
			rest.len--;
		if (rest.len == 0 || str_starts(rest, STR("#")))
			continue;
		for (i = 0; i < TSV_COLUMNS; i++)
			str_cut(rest, '\t', &column[i], &rest);
		return true;
	}
	return false;
}

/* tsv_check - check every row of a table; for a cmocka test of its own */
static inline void
tsv_check(const char *name, void (*check)(const struct str column[TSV_COLUMNS]))
{
	struct str column[TSV_COLUMNS];
	char line[16384];
	unsigned rows = 0;
	FILE *f = tsv_open(name);

	if (f == NULL)
		skip();
	while (tsv_next(f, line, sizeof(line), column)) {
		check(column);
		rows++;
	}
	fclose(f);
	printf("%u rows\n", rows);
	assert_true(rows > 0);
}

#endif
