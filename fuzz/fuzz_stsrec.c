/*
 * fuzz_stsrec - _mta-sts records: one per line of the input
 *
 * A valid one written anew is read as the same; what is suggested instead of a
 * broken one is valid.
 */
#include "fuzz_records.h"

/* check_id - the id is one, and reads back */
static void
check_id(const char *id)
{
	struct mtasts_stsrec again;
	struct mtasts_txt txt;
	struct buf b;
	size_t i;

	require(id[0] != '\0' && strlen(id) <= 32);
	for (i = 0; id[i] != '\0'; i++)
		require(ascii_alnum(id[i]));
	buf_init(&b, 100);
	buf_putf(&b, "v=STSv1; id=%s;", id);
	require(buf_error(&b) == MTASTS_OK);
	txt = (struct mtasts_txt){ b.p, b.len };
	require(
	    mtasts_stsrec_parse(&txt, 1, &again, NULL) == MTASTS_VERDICT_VALID);
	require(strcmp(again.id, id) == 0);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mtasts_txt txt[RECORDS_MAX], better;
	size_t count = split(data, size, txt);
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_stsrec rec, silent;
	enum mtasts_verdict verdict;

	require(diags != NULL);
	verdict = mtasts_stsrec_parse(txt, count, &rec, diags);
	require(mtasts_stsrec_parse(txt, count, &silent, NULL) == verdict);
	check_findings(verdict, txt, count, diags);
	if (verdict == MTASTS_VERDICT_VALID)
		check_id(rec.id);
	better = suggestion(diags);
	if (better.text != NULL)
		require(mtasts_stsrec_parse(&better, 1, &rec, NULL) ==
		    MTASTS_VERDICT_VALID);
	mtasts_diags_free(diags);
	return 0;
}
