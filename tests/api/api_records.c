/*
 * api_records - the library as its users see it: one header, one .so
 *
 * Names, matching and the two TXT records; the policy file has its own.
 */
#include <mtasts/mtasts.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* test_version - it is the version that was built */
static void
test_version(void **state)
{
	assert_string_equal(mtasts_version(), MTASTS_VERSION);
}

/* test_names - every enum has its words, unknown numbers too */
static void
test_names(void **state)
{
	assert_string_equal(mtasts_verdict_name(MTASTS_VERDICT_NONE), "none");
	assert_string_equal(
	    mtasts_verdict_name(MTASTS_VERDICT_INVALID), "invalid");
	assert_string_equal(
	    mtasts_verdict_name(MTASTS_VERDICT_USABLE), "usable");
	assert_string_equal(mtasts_verdict_name(MTASTS_VERDICT_VALID), "valid");
	assert_string_equal(
	    mtasts_verdict_name((enum mtasts_verdict)99), "invalid");
	assert_string_equal(mtasts_severity_name(MTASTS_WARNING), "warning");
	assert_non_null(mtasts_strerror((enum mtasts_err)9999));
	assert_true(mtasts_err_temporary(MTASTS_ETIMEOUT));
	assert_false(mtasts_err_temporary(MTASTS_ERECORD));
}

/* test_dname - a name as people write it */
static void
test_dname(void **state)
{
	static const char text[] = "MX.b\xc3\xbc"
				   "cher.Example.";
	enum mtasts_dname_fault fault;
	struct mtasts_dname name;
	unsigned notes;

	assert_int_equal(
	    mtasts_dname_parse(text, sizeof(text) - 1, &name, &notes, &fault),
	    MTASTS_OK);
	assert_string_equal(name.text, "mx.xn--bcher-kva.example");
	assert_int_equal(notes, MTASTS_DNAME_U_LABEL | MTASTS_DNAME_FINAL_DOT);
	assert_false(mtasts_dname_is_public_suffix(&name));
	assert_int_equal(mtasts_dname_parse("a b", 3, &name, &notes, &fault),
	    MTASTS_ESYNTAX);
	assert_int_equal(fault, MTASTS_DNAME_CHARACTER);
	assert_non_null(mtasts_dname_fault_text(fault));
}

/* test_match - a host and a pattern */
static void
test_match(void **state)
{
	assert_true(mtasts_match("mx.example.org.", "*.Example.org"));
	assert_false(mtasts_match("example.org", "*.example.org"));
}

/* test_stsrec - the record among others */
static void
test_stsrec(void **state)
{
	struct mtasts_txt txt[] = { { "word", 4 },
		{ "v=STSv1; id=20250101;", 21 } };
	struct mtasts_diags *diags = mtasts_diags_new();
	const struct mtasts_finding *f;
	struct mtasts_stsrec rec;

	assert_non_null(diags);
	assert_int_equal(
	    mtasts_stsrec_parse(txt, 2, &rec, diags), MTASTS_VERDICT_VALID);
	assert_string_equal(rec.id, "20250101");
	assert_int_equal(rec.record, 2);
	assert_int_equal(mtasts_diags_count(diags), 1);
	f = mtasts_diags_get(diags, 0);
	assert_string_equal(f->id, "D04");
	assert_int_equal(f->record, 1);
	assert_int_equal(f->severity, MTASTS_WARNING);
	assert_int_equal(
	    mtasts_stsrec_parse(txt, 1, &rec, NULL), MTASTS_VERDICT_NONE);
	mtasts_diags_free(diags);
}

/* test_rptrec - addresses that the caller owns */
static void
test_rptrec(void **state)
{
	static const char text[] =
	    "v=TLSRPTv1; rua=mailto:tls@example.org,https://example.org/r";
	struct mtasts_txt txt = { text, sizeof(text) - 1 };
	struct mtasts_rptrec *rec = NULL;

	assert_int_equal(
	    mtasts_rptrec_parse(&txt, 1, &rec, NULL), MTASTS_VERDICT_VALID);
	assert_int_equal(rec->rua_count, 2);
	assert_string_equal(rec->rua[0], "mailto:tls@example.org");
	assert_string_equal(rec->rua[1], "https://example.org/r");
	mtasts_rptrec_free(rec);
	txt.len = 10;
	assert_int_equal(
	    mtasts_rptrec_parse(&txt, 1, &rec, NULL), MTASTS_VERDICT_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_dname),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_stsrec),
		cmocka_unit_test(test_rptrec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
