/*
 * fuzz_import.c - the export file: whatever is read can be written, and what
 * was written reads back as the same bytes
 */
#include "core/export.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* format - the file as a document; must not fail */
static struct buf
format(const struct export_file *f)
{
	struct buf b;

	buf_init(&b, 64u << 20);
	export_format(f, &b);
	if (buf_error(&b) != MTASTS_OK)
		abort();
	return b;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct export_file *f = NULL, *again = NULL;
	struct buf one, two;
	enum mtasts_err err;

	err =
	    export_parse(str_make((const char *)data, size), "fuzz", &f, diags);
	/* Refused means told why. */
	if (err == MTASTS_ESYNTAX && diag_errors(diags) == 0)
		abort();
	if (err == MTASTS_OK && diag_errors(diags) != 0)
		abort();
	mtasts_diags_free(diags);
	if (err != MTASTS_OK)
		return 0;
	for (size_t i = 0; i < f->count; i++)
		if (export_find(f, str_of(f->domains[i].name)) == NULL)
			abort();
	one = format(f);
	if (export_parse(buf_str(&one), "again", &again, NULL) != MTASTS_OK)
		abort();
	two = format(again);
	if (!str_eq(buf_str(&one), buf_str(&two)))
		abort();
	buf_free(&one);
	buf_free(&two);
	export_free(f);
	export_free(again);
	return 0;
}
