/*
 * fuzz_rptrec - _smtp._tls records: one per line of the input
 *
 * A valid one written anew has the same addresses; what is suggested instead
 * of a broken one is valid.
 */
#include "fuzz_records.h"

/* check_rua - the addresses in one field read back as the same */
static void
check_rua(const struct mtasts_rptrec *rec)
{
	struct mtasts_rptrec *again = NULL;
	struct mtasts_txt txt;
	struct buf b;
	size_t i;

	require(rec->rua_count > 0);
	buf_init(&b, 2 * 65536);
	buf_puts(&b, "v=TLSRPTv1; rua=");
	for (i = 0; i < rec->rua_count; i++) {
		buf_puts(&b, i ? "," : "");
		buf_puts(&b, rec->rua[i]);
	}
	require(buf_error(&b) == MTASTS_OK);
	txt = (struct mtasts_txt){ b.p, b.len };
	if (b.len <= 65535) {
		require(mtasts_rptrec_parse(&txt, 1, &again, NULL) ==
		    MTASTS_VERDICT_VALID);
		require(again->rua_count == rec->rua_count);
		for (i = 0; i < rec->rua_count; i++)
			require(strcmp(again->rua[i], rec->rua[i]) == 0);
	}
	mtasts_rptrec_free(again);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mtasts_txt txt[RECORDS_MAX], better;
	size_t count = split(data, size, txt);
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_rptrec *rec = NULL, *silent = NULL, *other = NULL;
	enum mtasts_verdict verdict;

	require(diags != NULL);
	verdict = mtasts_rptrec_parse(txt, count, &rec, diags);
	require(mtasts_rptrec_parse(txt, count, &silent, NULL) == verdict);
	require((rec != NULL) == (verdict == MTASTS_VERDICT_VALID));
	check_findings(verdict, txt, count, diags);
	if (rec != NULL)
		check_rua(rec);
	better = suggestion(diags);
	if (better.text != NULL)
		require(mtasts_rptrec_parse(&better, 1, &other, NULL) ==
		    MTASTS_VERDICT_VALID);
	mtasts_rptrec_free(rec);
	mtasts_rptrec_free(silent);
	mtasts_rptrec_free(other);
	mtasts_diags_free(diags);
	return 0;
}
