/*
 * test_rptrec - _smtp._tls records: which one counts, and where reports go
 */
#include "core/limits.h"
#include "core/txtrec_rules.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/records.h"

#define EXAMPLE "v=TLSRPTv1; rua=mailto:tls-reports@example.org;"
#define AB	"v=TLSRPTv1; rua=mailto:a@b.example;"

#define NONE	MTASTS_VERDICT_NONE
#define INVALID MTASTS_VERDICT_INVALID
#define VALID	MTASTS_VERDICT_VALID

static const struct records_row rows[] = {
	/* REQ: P1 P2 V1 */
	{ { "v=TLSRPTv1; rua=mailto:a@b.example" }, VALID, "mailto:a@b.example",
	    "", "" },
	{ { "v=TLSRPTv1;rua=https://tls.example.org/v1?a=b;" }, VALID,
	    "https://tls.example.org/v1?a=b", "", "" },
	{ { "v=TLSRPTv1; rua=mailto:a@b.example , https://c.example:8443/ ;" },
	    VALID, "mailto:a@b.example https://c.example:8443/", "", "" },
	{ { "v=TLSRPTv1; rua=MAILTO:a@b.example,mailto:c@d?subject=x" }, VALID,
	    "MAILTO:a@b.example mailto:c@d?subject=x", "", "" },
	{ { "v=TLSRPTv1 ;rua=mailto:a@b.example" }, VALID, "mailto:a@b.example",
	    "tlsrpt-space-before-semicolon 1:11", "" },
	/* REQ: P3 */
	{ { "v=TLSRPTv1; rua=mailto:a%21b%2Cc@d.example" }, VALID,
	    "mailto:a%21b%2Cc@d.example", "", "" },
	{ { "v=TLSRPTv1; rua=mailto:a!b@c.example" }, INVALID, NULL,
	    "tlsrpt-rua-unencoded 1:25",
	    "v=TLSRPTv1; rua=mailto:a%21b@c.example;" },
	{ { "v=TLSRPTv1; rua=https://b.example/a!b" }, INVALID, NULL,
	    "tlsrpt-rua-unencoded 1:36",
	    "v=TLSRPTv1; rua=https://b.example/a%21b;" },
	{ { "v=TLSRPTv1; rua=https://b.example/a;b" }, INVALID, NULL,
	    "tlsrpt-field-word 1:37", "v=TLSRPTv1; rua=https://b.example/a;" },
	/* REQ: V3 */
	{ { "v=TLSRPTv1; rua=mailto:a@b.example; ext=1; v=TLSRPTv2" }, VALID,
	    "mailto:a@b.example",
	    "tlsrpt-field-unknown 1:37, tlsrpt-field-repeated 1:44", "" },
	{ { "v=TLSRPTv1; ext=1; rua=mailto:a@b.example" }, VALID,
	    "mailto:a@b.example",
	    "tlsrpt-field-unknown 1:13, tlsrpt-rua-late 1:20", "" },
	{ { "v=TLSRPTv1; rua=mailto:a@b; rua=mailto:c@d" }, VALID,
	    "mailto:a@b mailto:c@d", "tlsrpt-rua-repeated 1:29", "" },
	{ { "v=TLSRPTv1; rua=mailto:a@b.example; 1%=a" }, INVALID, NULL,
	    "tlsrpt-field-name 1:38", AB },
	{ { "v=TLSRPTv1; rua=mailto:a@b.example; x=" }, INVALID, NULL,
	    "tlsrpt-value-empty 1:38", AB },
	{ { "v=TLSRPTv1; rua=mailto:a@b.example; x=\x01" }, INVALID, NULL,
	    "tlsrpt-value-character 1:39", AB },
	{ { "v=TLSRPTv1; rua=mailto:a@b.example;;" }, INVALID, NULL,
	    "tlsrpt-field-empty 1:36", AB },
	{ { "v=TLSRPTv1; rua=mailto:a@b.example " }, INVALID, NULL,
	    "tlsrpt-end-blank 1:35", AB },
	{ { "v=TLSRPTv1; rua = mailto:a@b.example" }, INVALID, NULL,
	    "tlsrpt-field-blank 1:16", AB },

	/* What is written in rua instead of addresses. */
	{ { "v=TLSRPTv1;" }, INVALID, NULL, "tlsrpt-rua-missing 1:12",
	    EXAMPLE },
	{ { "v=TLSRPTv1; mailto:a@b.example" }, INVALID, NULL,
	    "tlsrpt-field-word 1:13, tlsrpt-rua-missing 1:31", AB },
	{ { "v=TLSRPTv1; rua=" }, INVALID, NULL, "tlsrpt-value-empty 1:16",
	    EXAMPLE },
	{ { "v=TLSRPTv1; ruf=mailto:a@b.example" }, INVALID, NULL,
	    "tlsrpt-rua-name 1:13", AB },
	{ { "v=TLSRPTv1; RUA=mailto:a@b.example" }, INVALID, NULL,
	    "tlsrpt-rua-name 1:13", AB },
	{ { "v=TLSRPTv1; ruf=mailto:a@b; rua=mailto:c@d" }, VALID, "mailto:c@d",
	    "tlsrpt-rua-late 1:29, tlsrpt-field-unknown 1:13", "" },
	{ { "v=TLSRPTv1; rua=a@b.example" }, INVALID, NULL,
	    "tlsrpt-rua-no-scheme 1:17", AB },
	{ { "v=TLSRPTv1; rua=mailto:c@d,a@b.example" }, INVALID, NULL,
	    "tlsrpt-rua-no-scheme 1:28",
	    "v=TLSRPTv1; rua=mailto:c@d,mailto:a@b.example;" },
	{ { "v=TLSRPTv1; rua=http://b.example/r" }, INVALID, NULL,
	    "tlsrpt-rua-scheme 1:17, tlsrpt-rua-none 1:35",
	    "v=TLSRPTv1; rua=https://b.example/r;" },
	{ { "v=TLSRPTv1; rua=http://b.example/r,mailto:a@b" }, VALID,
	    "mailto:a@b", "tlsrpt-rua-scheme 1:17", "" },
	{ { "v=TLSRPTv1; rua=tel:1" }, INVALID, NULL,
	    "tlsrpt-rua-scheme 1:17, tlsrpt-rua-none 1:22", EXAMPLE },
	{ { "v=TLSRPTv1; rua=mailto:a@b.example!10m" }, INVALID, NULL,
	    "tlsrpt-rua-size 1:35", AB },
	{ { "v=TLSRPTv1; rua=mailto:a@b.example," }, INVALID, NULL,
	    "tlsrpt-rua-empty 1:36", AB },
	{ { "v=TLSRPTv1; rua=mailto:a@b,,mailto:c@d" }, INVALID, NULL,
	    "tlsrpt-rua-empty 1:28", "v=TLSRPTv1; rua=mailto:a@b,mailto:c@d;" },
	{ { "v=TLSRPTv1; rua=mailto:a@b mailto:c@d" }, INVALID, NULL,
	    "tlsrpt-rua-blank 1:27", "v=TLSRPTv1; rua=mailto:a@b,mailto:c@d;" },
	{ { "v=TLSRPTv1; rua=mailto:<a@b.example>" }, INVALID, NULL,
	    "tlsrpt-rua-character 1:24", AB },
	{ { "v=TLSRPTv1; rua=\"mailto:a@b.example\"" }, INVALID, NULL,
	    "tlsrpt-quotes 1:17", AB },
	{ { "v=TLSRPTv1; rua=mailto:\xe2\x80\x9c"
	    "a@b.example\xe2\x80\x9d" },
	    INVALID, NULL, "tlsrpt-not-ascii 1:24", AB },
	{ { "v=TLSRPTv1; rua=mailto:100%@b.example" }, INVALID, NULL,
	    "tlsrpt-rua-percent 1:27", EXAMPLE },
	{ { "v=TLSRPTv1; rua=mailto:b.example" }, INVALID, NULL,
	    "tlsrpt-rua-address 1:24", EXAMPLE },
	{ { "v=TLSRPTv1; rua=mailto://a@b.example" }, INVALID, NULL,
	    "tlsrpt-rua-address 1:24", AB },
	{ { "v=TLSRPTv1; rua=https:/b.example" }, INVALID, NULL,
	    "tlsrpt-rua-host 1:23", EXAMPLE },

	/* REQ: V2 */
	{ { NULL }, NONE, NULL, "tlsrpt-absent 0:0", "" },
	{ { "" }, NONE, NULL, "tlsrpt-blank 1:1", "" },
	{ { "word", "v=TLSRPTv1; rua=mailto:a@b" }, VALID, "mailto:a@b",
	    "tlsrpt-ignored 1:1", "" },
	{ { "v=TLSRPTv1; rua=mailto:a@b", "v=TLSRPTv1; rua=mailto:a@b" },
	    INVALID, NULL, "tlsrpt-several 2:1", "" },

	/* Near misses: none of these counts, and each is told why. */
	{ { "v=TLSRPTv1" }, NONE, NULL, "tlsrpt-version-alone 1:11", EXAMPLE },
	{ { "v=TLSRPTv1 rua=mailto:a@b.example" }, NONE, NULL,
	    "tlsrpt-no-semicolon 1:11", AB },
	{ { "v=TLSRPT1; rua=mailto:a@b.example" }, NONE, NULL,
	    "tlsrpt-version-word 1:3", AB },
	{ { "v=TLS-RPTv1; rua=mailto:a@b.example" }, NONE, NULL,
	    "tlsrpt-version-word 1:3", AB },
	{ { "v=tlsrptv1; rua=mailto:a@b.example" }, NONE, NULL,
	    "tlsrpt-version-case 1:3", AB },
	{ { "v: TLSRPTv1; rua: mailto:a@b.example" }, NONE, NULL,
	    "tlsrpt-version-form 1:1", AB },
	{ { "\"v=TLSRPTv1; rua=mailto:a@b.example\"" }, NONE, NULL,
	    "tlsrpt-quotes 1:1", AB },
	{ { "_smtp._tls IN TXT (\"v=TLSRPTv1;rua=mailto:a@b.example\")" }, NONE,
	    NULL, "tlsrpt-zone-line 1:1", AB },
	{ { " v=TLSRPTv1; rua=mailto:a@b.example" }, NONE, NULL,
	    "tlsrpt-leading-blank 1:1", AB },
	{ { "rua=mailto:a@b.example; v=TLSRPTv1" }, NONE, NULL,
	    "tlsrpt-order 1:27", AB },
	{ { "rua=mailto:a@b.example" }, NONE, NULL, "tlsrpt-no-version 1:1",
	    AB },
	{ { "version: TLSRPTv1 mode: x" }, NONE, NULL, "tlsrpt-policy-file 1:1",
	    EXAMPLE },
	{ { "v=STSv1; id=x;" }, NONE, NULL, "tlsrpt-other-kind 1:1", "" },
	{ { "v=DMARC1; p=none; rua=mailto:a@b.example" }, NONE, NULL,
	    "tlsrpt-unrelated 1:1", "" },
};

/* read_rua - for the rows: the addresses with blanks between */
static enum mtasts_verdict
read_rua(const struct mtasts_txt *txt, size_t count, struct mtasts_diags *diags,
    struct buf *b)
{
	struct mtasts_rptrec *rec = NULL;
	enum mtasts_verdict verdict =
	    mtasts_rptrec_parse(txt, count, &rec, diags);

	if (rec == NULL)
		buf_puts(b, "untouched");
	for (size_t i = 0; rec != NULL && i < rec->rua_count; i++)
		buf_putf(b, "%s%s", i ? " " : "", rec->rua[i]);
	mtasts_rptrec_free(rec);
	return verdict;
}

/* Rules that test_limits and test_many break. */
static const char *const elsewhere[] = { "tlsrpt-many", "tlsrpt-long",
	"tlsrpt-rua-many", NULL };

static const struct records_table table = {
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.read = read_rua,
	.rules = rptrec_rules,
	.rule_count = RPTREC_RULES,
	.elsewhere = elsewhere,
};

/* test_rows - verdict, addresses, findings and suggestion of every row */
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

/* test_own_memory - the record outlives the text it was read from */
static void
test_own_memory(void **state)
{
	char text[] = "v=TLSRPTv1; rua=mailto:a@b";
	struct mtasts_txt txt[] = { { "x", 1 }, { text, sizeof(text) - 1 } };
	struct mtasts_rptrec *rec = NULL;

	assert_int_equal(mtasts_rptrec_parse(txt, 2, &rec, NULL), VALID);
	memset(text, 'x', sizeof(text));
	assert_int_equal(rec->record, 2);
	assert_string_equal(rec->rua[0], "mailto:a@b");
	mtasts_rptrec_free(rec);
	mtasts_rptrec_free(NULL);
}

/* test_many - more addresses than are kept */
static void
test_many(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_rptrec *rec = NULL;
	struct mtasts_txt txt;
	struct buf b;
	int i;

	buf_init(&b, 65536);
	buf_puts(&b, "v=TLSRPTv1; rua=mailto:a@b");
	for (i = 0; i < LIMIT_RUA_COUNT + 10; i++)
		buf_puts(&b, ",mailto:a@b");
	txt.text = b.p;
	txt.len = b.len;
	assert_int_equal(mtasts_rptrec_parse(&txt, 1, &rec, diags), VALID);
	assert_int_equal(rec->rua_count, LIMIT_RUA_COUNT);
	assert_int_equal(mtasts_diags_count(diags), 1);
	assert_string_equal(
	    mtasts_diags_get(diags, 0)->name, "tlsrpt-rua-many");
	mtasts_rptrec_free(rec);
	mtasts_diags_free(diags);
	buf_free(&b);
}

/* test_limits - more records, and longer ones, than DNS can carry */
static void
test_limits(void **state)
{
	static struct mtasts_txt txt[1001];
	static char text[65536];
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_rptrec *rec = NULL;
	size_t i;

	for (i = 0; i < 1001; i++)
		txt[i] =
		    (struct mtasts_txt){ "v=TLSRPTv1; rua=mailto:a@b", 26 };
	assert_int_equal(mtasts_rptrec_parse(txt, 1001, &rec, diags), INVALID);
	memset(text, 'a', sizeof(text));
	memcpy(text, "v=TLSRPTv1; rua=mailto:", 23);
	txt[0] = (struct mtasts_txt){ text, sizeof(text) };
	assert_int_equal(mtasts_rptrec_parse(txt, 1, &rec, diags), INVALID);
	assert_null(rec);
	assert_string_equal(mtasts_diags_get(diags, 0)->name, "tlsrpt-many");
	assert_string_equal(mtasts_diags_get(diags, 1)->name, "tlsrpt-long");
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
		cmocka_unit_test(test_own_memory),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_every_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
