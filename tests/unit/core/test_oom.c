/*
 * test_oom - each allocation of reading a record fails once: nothing crashes,
 * nothing leaks, and the verdict never gets better for it
 */
#include "base/diag.h"
#include "mtasts/record.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/oom.h"

/* An answer with a finding and a suggestion in it. */
static const struct mtasts_txt sts[] = { { "\"v=STSv1; id=x;\"", 16 },
	{ "v=STSv1; id=x y", 15 } };
static const struct mtasts_txt rpt[] = { { "word", 4 },
	{ "v=TLSRPTv1; rua=mailto:a@b,https://c/", 37 } };
static const struct mtasts_txt bad_rpt[] = { { "v=TLSRPTv1; rua=a@b", 19 } };

/* sts_verdict - the same whether findings could be kept or not */
static void
sts_verdict(void)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_stsrec rec;

	assert_int_equal(
	    mtasts_stsrec_parse(sts, 2, &rec, diags), MTASTS_VERDICT_INVALID);
	assert_int_equal(
	    mtasts_stsrec_parse(sts, 1, &rec, diags), MTASTS_VERDICT_NONE);
	mtasts_diags_free(diags);
}

/* rpt_verdict - a record, or none of it and INVALID */
static void
rpt_verdict(void)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct mtasts_rptrec *rec = NULL;

	assert_int_equal(mtasts_rptrec_parse(bad_rpt, 1, &rec, diags),
	    MTASTS_VERDICT_INVALID);
	assert_null(rec);
	if (mtasts_rptrec_parse(rpt, 2, &rec, diags) == MTASTS_VERDICT_VALID) {
		assert_int_equal(rec->rua_count, 2);
		assert_string_equal(rec->rua[1], "https://c/");
	} else {
		assert_null(rec);
		assert_int_equal(oom.failed, 1);
	}
	mtasts_rptrec_free(rec);
	mtasts_diags_free(diags);
}

/* each - run a scene with every one of its allocations failing once */
static void
each(void (*scene)(void))
{
	unsigned n;

	for (n = 1; n < 1000; n++) {
		oom.left = n;
		oom.failed = 0;
		scene();
		oom.left = 0;
		if (oom.failed == 0)
			break;
	}
	assert_true(n > 2 && n < 1000);
}

/* test_stsrec - findings may be lost, the verdict may not */
static void
test_stsrec(void **state)
{
	each(sts_verdict);
}

/* test_rptrec - the addresses are copied whole or not at all */
static void
test_rptrec(void **state)
{
	each(rpt_verdict);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stsrec),
		cmocka_unit_test(test_rptrec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
