/*
 * test_stsrec - _mta-sts records: which one counts, and what the others were
 */
#include "core/txtrec_rules.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/records.h"

#define ID32 "a2345678901234567890123456789012"
#define LQUO "\xe2\x80\x9c"
#define RQUO "\xe2\x80\x9d"

#define NONE	MTASTS_VERDICT_NONE
#define INVALID MTASTS_VERDICT_INVALID
#define VALID	MTASTS_VERDICT_VALID

static const struct records_row rows[] = {
	/* REQ: TXT-1 TXT-2 TXT-3 */
	{ { "v=STSv1; id=20250101T000000;" }, VALID, "20250101T000000", "",
	    "" },
	{ { "v=STSv1;id=a" }, VALID, "a", "", "" },
	{ { "v=STSv1; id=" ID32 }, VALID, ID32, "", "" },
	/* REQ: TXT-11 */
	{ { "v=STSv1\t ; \t id=Ab9 \t;\t" }, VALID, "Ab9",
	    "sts-space-before-semicolon 1:8", "" },
	{ { "v=STSv1;; id=x" }, INVALID, NULL, "sts-field-empty 1:9",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x;;" }, INVALID, NULL, "sts-field-empty 1:15",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x " }, INVALID, NULL, "sts-end-blank 1:14",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1; id = x" }, INVALID, NULL, "sts-field-blank 1:12",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1; id= x ;" }, INVALID, NULL, "sts-field-blank 1:12",
	    "v=STSv1; id=x;" },
	/* REQ: TXT-4 TXT-9 OPS-6 */
	{ { "v=STSv1; note=a/b,c:d; id=x; a-b_c.d=9" }, VALID, "x",
	    "sts-field-unknown 1:10, sts-field-unknown 1:30", "" },
	{ { "v=STSv1; id=x; 1%=a" }, INVALID, NULL, "sts-field-name 1:17",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x; b" ID32 "=a" }, INVALID, NULL,
	    "sts-field-name 1:48", "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x; note=" }, INVALID, NULL, "sts-value-empty 1:20",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x; note=two words" }, INVALID, NULL,
	    "sts-value-character 1:24", "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x; note=a=b" }, INVALID, NULL,
	    "sts-value-character 1:22", "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x; note=\xc3\xa9" }, INVALID, NULL,
	    "sts-not-ascii 1:21", "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x; note" }, INVALID, NULL, "sts-field-word 1:16",
	    "v=STSv1; id=x;" },
	/* REQ: TXT-10 */
	{ { "v=STSv1; id=x; id=y; v=STSv2;" }, VALID, "x",
	    "sts-field-repeated 1:16, sts-field-repeated 1:22", "" },
	{ { "v=STSv1; id=x; id=" }, INVALID, NULL, "sts-value-empty 1:18",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x-; id=y" }, INVALID, NULL,
	    "sts-id-character 1:14, sts-field-repeated 1:17",
	    "v=STSv1; id=x;" },

	/* REQ: TXT-3 */
	{ { "v=STSv1;" }, INVALID, NULL, "sts-id-missing 1:9",
	    "v=STSv1; id=20250101T000000;" },
	{ { "v=STSv1; note=x" }, INVALID, NULL,
	    "sts-field-unknown 1:10, sts-id-missing 1:16",
	    "v=STSv1; id=20250101T000000;" },
	{ { "v=STSv1; id=;" }, INVALID, NULL, "sts-value-empty 1:12",
	    "v=STSv1; id=20250101T000000;" },
	{ { "v=STSv1; id=" ID32 "3;" }, INVALID, NULL, "sts-id-long 1:45",
	    "v=STSv1; id=" ID32 ";" },
	{ { "v=STSv1; id=2025-01-01T00:00:00;" }, INVALID, NULL,
	    "sts-id-character 1:17", "v=STSv1; id=20250101T000000;" },
	{ { "v=STSv1; id=q+8/Zg==" }, INVALID, NULL, "sts-id-character 1:14",
	    "v=STSv1; id=q8Zg;" },
	{ { "v=STSv1; id=x include=y;" }, INVALID, NULL,
	    "sts-id-character 1:14", "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x note=y; more=z" }, INVALID, NULL,
	    "sts-id-character 1:14, sts-field-unknown 1:23", "v=STSv1; id=x;" },
	{ { "v=STSv1; ID=x;" }, INVALID, NULL, "sts-id-name 1:10",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1; Id=x; id=y" }, VALID, "y", "sts-field-unknown 1:10", "" },
	{ { "v=STSv1; id:x;" }, INVALID, NULL,
	    "sts-field-word 1:10, sts-id-missing 1:15", "v=STSv1; id=x;" },
	{ { "v=STSv1; id=\"x\";" }, INVALID, NULL, "sts-quotes 1:13",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x" RQUO }, INVALID, NULL, "sts-not-ascii 1:14",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1; id=x\xc2\xa0; a=b" }, INVALID, NULL,
	    "sts-not-ascii 1:14, sts-field-unknown 1:18", "v=STSv1; id=x;" },

	/* REQ: TXT-7 TXT-8 */
	{ { NULL }, NONE, NULL, "sts-absent 0:0", "" },
	{ { "" }, NONE, NULL, "sts-blank 1:1", "" },
	{ { " \t" }, NONE, NULL, "sts-blank 1:1", "" },
	{ { "word=abc", "v=STSv1; id=x" }, VALID, "x", "sts-ignored 1:1", "" },
	{ { "v=STSv1; id=x", "\"v=STSv1; id=y\"" }, VALID, "x",
	    "sts-ignored 2:1", "" },
	{ { "v=STSv2; id=y", "v=STSv1; id=x" }, VALID, "x", "sts-ignored 1:3",
	    "" },
	{ { "v=STSv1; id=x", "v=STSv1; id=x" }, INVALID, NULL,
	    "sts-several 2:1", "" },
	{ { "v=STSv1; id=x", "word", "v=STSv1; broken" }, INVALID, NULL,
	    "sts-ignored 2:1, sts-several 3:1", "" },
	/* erratum 6285: with a blank it counts, so these are two */
	{ { "v=STSv1 ; id=x", "v=STSv1; id=y" }, INVALID, NULL,
	    "sts-several 2:1", "" },

	/* Near misses: none of these counts, and each is told why. */
	{ { "\"v=STSv1; id=x;\"" }, NONE, NULL, "sts-quotes 1:1",
	    "v=STSv1; id=x;" },
	{ { "'v=STSv1; id=x'" }, NONE, NULL, "sts-quotes 1:1",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1\\; id=x\\;" }, NONE, NULL, "sts-quotes 1:8",
	    "v=STSv1; id=x;" },
	{ { LQUO "v=STSv1; id=x;" RQUO }, NONE, NULL, "sts-not-ascii 1:1",
	    "v=STSv1; id=x;" },
	{ { "\xef\xbb\xbfv=STSv1; id=x" }, NONE, NULL, "sts-not-ascii 1:1",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1\xc2\xa0; id=x" }, NONE, NULL, "sts-not-ascii 1:8",
	    "v=STSv1; id=x;" },
	{ { "_mta-sts.example.org. 3600 IN TXT \"v=STSv1; id=x;\"" }, NONE,
	    NULL, "sts-zone-line 1:1", "v=STSv1; id=x;" },
	{ { "300 IN TXT ( \"v=STSv1; \" \"id=x;\" )" }, NONE, NULL,
	    "sts-zone-line 1:1", "v=STSv1; id=x;" },
	{ { " v=STSv1; id=x" }, NONE, NULL, "sts-leading-blank 1:1",
	    "v=STSv1; id=x;" },
	{ { "V=STSv1; id=x" }, NONE, NULL, "sts-version-case 1:1",
	    "v=STSv1; id=x;" },
	{ { "v=stsv1; id=x" }, NONE, NULL, "sts-version-case 1:3",
	    "v=STSv1; id=x;" },
	{ { "v = STSv1; id=x" }, NONE, NULL, "sts-version-form 1:1",
	    "v=STSv1; id=x;" },
	{ { "v:STSv1; id:x" }, NONE, NULL, "sts-version-form 1:1",
	    "v=STSv1; id=x;" },
	{ { "v-STSv1 id=x;" }, NONE, NULL, "sts-version-form 1:1",
	    "v=STSv1; id=x;" },
	{ { "version=STSv1; id=x" }, NONE, NULL, "sts-version-form 1:1",
	    "v=STSv1; id=x;" },
	{ { "STSv1; id=x" }, NONE, NULL, "sts-version-form 1:1",
	    "v=STSv1; id=x;" },
	{ { "v=STSv2; id=x" }, NONE, NULL, "sts-version-word 1:3",
	    "v=STSv1; id=x;" },
	{ { "v=STSv10; id=x" }, NONE, NULL, "sts-version-word 1:3",
	    "v=STSv1; id=x;" },
	{ { "v=STS; id=x" }, NONE, NULL, "sts-version-word 1:3",
	    "v=STSv1; id=x;" },
	{ { "v=MTASTSv1; id=x" }, NONE, NULL, "sts-version-word 1:3",
	    "v=STSv1; id=x;" },
	{ { "v=TSv1; id=x" }, NONE, NULL, "sts-version-word 1:3",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1" }, NONE, NULL, "sts-version-alone 1:8",
	    "v=STSv1; id=20250101T000000;" },
	{ { "v=STSv1, id=x" }, NONE, NULL, "sts-no-semicolon 1:8",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1 id=x" }, NONE, NULL, "sts-no-semicolon 1:8",
	    "v=STSv1; id=x;" },
	{ { "v=STSv1id=x" }, NONE, NULL, "sts-no-semicolon 1:8",
	    "v=STSv1; id=20250101T000000;" },
	{ { "id=x; v=STSv1;" }, NONE, NULL, "sts-order 1:9", "v=STSv1; id=x;" },
	{ { "v=spf1 -all v=STSv1; id=x" }, NONE, NULL, "sts-order 1:15",
	    "v=STSv1; id=x;" },
	{ { "id=x;" }, NONE, NULL, "sts-no-version 1:1", "v=STSv1; id=x;" },
	{ { "ID: x" }, NONE, NULL, "sts-no-version 1:1", "v=STSv1; id=x;" },
	{ { "version: STSv1 mode: enforce mx: mx.example.org max_age: 86400" },
	    NONE, NULL, "sts-policy-file 1:1", "v=STSv1; id=20250101T000000;" },
	{ { "v=TLSRPTv1; rua=mailto:tls@example.org" }, NONE, NULL,
	    "sts-other-kind 1:1", "" },
	{ { "v=spf1 -all", "v=DMARC1; p=none", "v=DKIM1; p=" }, NONE, NULL,
	    "sts-unrelated 1:1, sts-unrelated 2:1, sts-unrelated 3:1", "" },
	{ { "v=BIMI1; l=", "some-verification=abc", "identity=1" }, NONE, NULL,
	    "sts-unrelated 1:1, sts-unrelated 2:1, sts-unrelated 3:1", "" },
	{ { "v", "v=", "i\xff\xfe" }, NONE, NULL,
	    "sts-unrelated 1:1, sts-unrelated 2:1, sts-unrelated 3:1", "" },
};

/* read_id - for the rows: the id */
static enum mtasts_verdict
read_id(const struct mtasts_txt *txt, size_t count, struct mtasts_diags *diags,
    struct buf *b)
{
	struct mtasts_stsrec rec = { .id = "untouched" };
	enum mtasts_verdict verdict =
	    mtasts_stsrec_parse(txt, count, &rec, diags);

	buf_puts(b, rec.id);
	return verdict;
}

/* Rules that test_limits breaks. */
static const char *const elsewhere[] = { "sts-many", "sts-long", NULL };

static const struct records_table table = {
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.read = read_id,
	.rules = stsrec_rules,
	.rule_count = STSREC_RULES,
	.elsewhere = elsewhere,
};

/* test_rows - verdict, id, findings and suggestion of every row */
static void
test_rows(void **state)
{
	records_check_rows(&table);
}

/* test_suggestions - what is suggested is a valid record without findings */
static void
test_suggestions(void **state)
{
	records_check_suggestions(&table);
}

/* test_record_number - which record of the answer it was */
static void
test_record_number(void **state)
{
	struct mtasts_txt txt[] = { { "a", 1 }, { "b", 1 },
		{ "v=STSv1; id=x", 13 } };
	struct mtasts_stsrec rec;

	assert_int_equal(mtasts_stsrec_parse(txt, 3, &rec, NULL), VALID);
	assert_int_equal(rec.record, 3);
}

/* test_bytes - NUL and length are bytes like others */
static void
test_bytes(void **state)
{
	struct mtasts_txt nul = { "v=STSv1; id=a\0b;", 16 };
	struct mtasts_txt cut = { "v=STSv1; id=abc", 13 };
	struct mtasts_stsrec rec;

	assert_int_equal(mtasts_stsrec_parse(&nul, 1, &rec, NULL), INVALID);
	assert_int_equal(mtasts_stsrec_parse(&cut, 1, &rec, NULL), VALID);
	assert_string_equal(rec.id, "a");
}

/* test_limits - more records, and longer ones, than DNS can carry */
static void
test_limits(void **state)
{
	static struct mtasts_txt txt[1001];
	static char text[70000] = "v=STSv1; id=x; a=";
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_stsrec rec;
	size_t i;

	for (i = 0; i < 1001; i++)
		txt[i] = (struct mtasts_txt){ "word", 4 };
	txt[5] = (struct mtasts_txt){ "v=STSv1; id=x", 13 };
	assert_int_equal(mtasts_stsrec_parse(txt, 1001, &rec, diags), INVALID);
	assert_string_equal(mtasts_diags_get(diags, 0)->name, "sts-many");
	assert_int_equal(mtasts_stsrec_parse(txt, 1000, &rec, NULL), VALID);
	mtasts_diags_free(diags);

	diags = mtasts_diags_new();
	memset(text + 17, 'a', sizeof(text) - 17);
	txt[0] = (struct mtasts_txt){ text, 65535 };
	assert_int_equal(mtasts_stsrec_parse(txt, 1, &rec, diags), VALID);
	txt[0].len = 65536;
	assert_int_equal(mtasts_stsrec_parse(txt, 1, &rec, diags), INVALID);
	assert_string_equal(mtasts_diags_get(diags, 1)->name, "sts-long");
	mtasts_diags_free(diags);
}

/* test_many_findings - a record of nothing but faults has some of them told */
static void
test_many_findings(void **state)
{
	static char text[65535];
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_txt txt = { text, sizeof(text) };
	struct mtasts_stsrec rec;

	memset(text, ';', sizeof(text));
	memcpy(text, "v=STSv1", 7);
	assert_int_equal(mtasts_stsrec_parse(&txt, 1, &rec, diags), INVALID);
	assert_int_equal(mtasts_diags_count(diags), 20);
	mtasts_diags_free(diags);

	/* warnings do not crowd out the one error */
	diags = mtasts_diags_new();
	for (size_t i = 7; i + 4 < sizeof(text); i += 4)
		memcpy(text + i, ";a=b", 4);
	text[sizeof(text) - 1] = ' ';
	assert_int_equal(mtasts_stsrec_parse(&txt, 1, &rec, diags), INVALID);
	assert_int_equal(diag_errors(diags), 1);
	mtasts_diags_free(diags);
}

/* test_every_rule - each finding is made by a row, or by a test above */
static void
test_every_rule(void **state)
{
	records_check_rules(&table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_suggestions),
		cmocka_unit_test(test_record_number),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_many_findings),
		cmocka_unit_test(test_every_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
