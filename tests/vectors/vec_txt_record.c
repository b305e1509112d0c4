/*
 * vec_txt_record - answers for _mta-sts, as other implementations test them
 *
 * Each row has a JSON list of TXT records, each a list of character-strings,
 * and what RFC 8461 makes of it: "id=...", "error" or "none". Rows where the
 * design decided otherwise stand in a table here with the reason.
 */
#include "base/json.h"
#include "mtasts/record.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/tsv.h"

/* Ours where the reading of the table is another, or leaves it open. */
static const struct {
	const char *row;
	const char *want;
} decided[] = {
	/*
	 * "v=STSv10" and "v=STSv1" do not begin with the version and a
	 * semicolon: dropped like any other text, before their syntax matters.
	 */
	{ "T003", "none" },
	{ "T004", "none" },
	/* A lookup that failed has no answer to read; the caller decides. */
	{ "T029", "none" },
	/*
	 * Erratum 6285: the grammar allows a blank before the semicolon, so
	 * the record counts and these are two. Dropping it would let the same
	 * zone mean one policy to some senders and another to others.
	 */
	{ "T046", "error" },
};

/* want_of - what the row's verdict must be */
static struct str
want_of(struct str row, struct str reading)
{
	size_t i;

	for (i = 0; i < sizeof(decided) / sizeof(decided[0]); i++)
		if (str_eq(row, str_of(decided[i].row)))
			return str_of(decided[i].want);
	return reading;
}

/* REQ: TXT-5 */
/* join - one record's character-strings with nothing between */
static void
join(const struct js *strings, struct buf *b)
{
	struct str s;
	size_t i;

	buf_put(b, "", 0);
	for (i = 0; i < js_len(strings); i++) {
		assert_true(js_str(js_at(strings, i), &s));
		buf_put_str(b, s);
	}
}

/* check_row - read the answer and compare the verdict */
static void
check_row(const struct str column[TSV_COLUMNS])
{
	struct str row = column[0], want = want_of(row, column[4]);
	struct mtasts_stsrec rec = { .record = 0 };
	struct mtasts_txt txt[8];
	struct js *list = NULL;
	struct buf text[8], got;
	enum mtasts_verdict verdict;
	size_t i, n;

	assert_int_equal(js_parse(column[2], "row", &list, NULL), MTASTS_OK);
	n = js_len(list);
	assert_true(n <= 8);
	for (i = 0; i < n; i++) {
		buf_init(&text[i], 65536);
		join(js_at(list, i), &text[i]);
		txt[i] = (struct mtasts_txt){ text[i].p, text[i].len };
	}
	verdict = mtasts_stsrec_parse(txt, n, &rec, NULL);
	buf_init(&got, 100);
	if (verdict == MTASTS_VERDICT_VALID)
		buf_putf(&got, "id=%s", rec.id);
	else
		buf_puts(
		    &got, verdict == MTASTS_VERDICT_NONE ? "none" : "error");
	if (!str_eq(buf_str(&got), want))
		fail_msg("%" STR_FMT ": %s, not %" STR_FMT, STR_ARG(row), got.p,
		    STR_ARG(want));
	for (i = 0; i < n; i++)
		buf_free(&text[i]);
	buf_free(&got);
	js_free(list);
}

/* REQ: TXT-2 TXT-3 TXT-7 TXT-8 TXT-9 TXT-10 TXT-11 */
/* test_table - every row of txt_record.tsv */
static void
test_table(void **state)
{
	tsv_check("txt_record.tsv", check_row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
