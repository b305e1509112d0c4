/*
 * test_diag.c - findings; and the words of mtasts/err.h
 */
#include "base/diag.h"

#include "mtasts/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct diag_rule rule_error = { "F06", "mode-unknown",
	MTASTS_ERROR, true, "RFC 8461 section 3.2", "Write another mode." };
static const struct diag_rule rule_info = { "", "note", MTASTS_INFO, false, "",
	"" };

static const struct diag_place nowhere;

static void
test_add(void **state)
{
	struct mtasts_diags *d = mtasts_diags_new();
	const struct mtasts_finding *f;

	assert_int_equal(mtasts_diags_count(d), 0);
	assert_null(mtasts_diags_get(d, 0));
	diag_add(d, &rule_error, (struct diag_place){ "a.txt", 3, 1, 7 },
	    "The mode is %s%d.", "x", 1);
	diag_add(d, &rule_info, nowhere, "%s", "");
	assert_int_equal(mtasts_diags_count(d), 2);
	assert_int_equal(diag_errors(d), 1);
	assert_int_equal(mtasts_diags_dropped(d), 0);
	f = mtasts_diags_get(d, 0);
	assert_string_equal(f->id, "F06");
	assert_string_equal(f->name, "mode-unknown");
	assert_int_equal(f->severity, MTASTS_ERROR);
	assert_string_equal(f->file, "a.txt");
	assert_int_equal(f->line, 3);
	assert_int_equal(f->record, 1);
	assert_int_equal(f->column, 7);
	assert_string_equal(f->message, "The mode is x1.");
	assert_string_equal(f->fix, "Write another mode.");
	assert_string_equal(f->rfc, "RFC 8461 section 3.2");
	f = mtasts_diags_get(d, 1);
	assert_string_equal(f->file, "");
	assert_string_equal(f->message, "");
	assert_string_equal(f->fix, "");
	assert_int_equal(f->line, 0);
	assert_null(mtasts_diags_get(d, 2));
	assert_null(mtasts_diags_get(d, SIZE_MAX));
	mtasts_diags_free(d);
}

static void
test_null(void **state)
{
	struct mtasts_diags *d = mtasts_diags_new();

	diag_add(NULL, &rule_error, nowhere, "x");
	diag_add_fix(NULL, &rule_error, nowhere, "y", "x");
	assert_int_equal(mtasts_diags_count(NULL), 0);
	assert_int_equal(mtasts_diags_dropped(NULL), 0);
	assert_int_equal(diag_errors(NULL), 0);
	assert_null(mtasts_diags_get(NULL, 0));
	mtasts_diags_free(NULL);
	diag_move(d, NULL);
	diag_move(NULL, NULL);
	diag_add(d, &rule_error, nowhere, "x");
	diag_move(NULL, d);
	assert_int_equal(mtasts_diags_count(d), 0);
	mtasts_diags_free(d);
}

/* What strangers wrote reaches no terminal as it is. */
static void
test_texts_are_printable(void **state)
{
	struct mtasts_diags *d = mtasts_diags_new();
	char file[] = "f\x1b[2J", fix[] = "fix\r\n";
	const struct mtasts_finding *f;

	diag_add_fix(d, &rule_error, (struct diag_place){ .file = file }, fix,
	    "seen: %s", "\x1b]0;title\a \xe2\x80\xae \\x00 \xff");
	memset(file, 'z', sizeof(file) - 1); /* both were borrowed */
	memset(fix, 'z', sizeof(fix) - 1);
	f = mtasts_diags_get(d, 0);
	assert_string_equal(f->file, "f\\x1B[2J");
	assert_string_equal(f->fix, "fix\\r\\n");
	/* Backslashes stay single: quotes were escaped already. */
	assert_string_equal(
	    f->message, "seen: \\x1B]0;title\\x07 \\xE2\\x80\\xAE \\x00 \\xFF");
	mtasts_diags_free(d);
}

static void
test_message_is_cut(void **state)
{
	/* pad letters, then what stands at the edge */
	static const struct {
		int pad;
		const char *rest;
		size_t want;
	} rows[] = {
		{ 500, "", 500 },
		{ 499, "x", 500 },
		{ 500, "x", 500 },
		{ 900, "x", 500 },
		{ 5000, "x", 500 },
		{ 494, "\x01\x01", 500 },
		{ 497, "\xe2\x82\xac", 500 },
		{ 496, "\xe2\x82\xac\xe2\x82\xac", 499 },
		{ 495, "\xe2\x82\xac\xe2\x82\xac", 498 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mtasts_diags *d = mtasts_diags_new();
		struct str m;

		diag_add(d, &rule_info, nowhere, "%0*d%s", rows[i].pad, 0,
		    rows[i].rest);
		m = str_of(mtasts_diags_get(d, 0)->message);
		assert_int_equal(m.len, rows[i].want);
		assert_true(str_utf8(m));
		if (rows[i].pad + strlen(rows[i].rest) > 500)
			assert_true(str_ends(m, STR("...")));
		mtasts_diags_free(d);
	}
}

static void
test_full(void **state)
{
	struct mtasts_diags *d = mtasts_diags_new();
	const struct mtasts_finding *first;

	diag_add(d, &rule_error, nowhere, "0");
	first = mtasts_diags_get(d, 0);
	for (int i = 1; i < 1005; i++)
		diag_add(d, &rule_error, nowhere, "%d", i);
	assert_int_equal(mtasts_diags_count(d), 1000);
	assert_int_equal(mtasts_diags_dropped(d), 5);
	assert_int_equal(diag_errors(d), 1000);
	assert_string_equal(mtasts_diags_get(d, 999)->message, "999");
	/* A finding stays where it is while the list grows. */
	assert_ptr_equal(mtasts_diags_get(d, 0), first);
	mtasts_diags_free(d);
}

static void
test_file_is_shared(void **state)
{
	struct mtasts_diags *d = mtasts_diags_new();
	char name[] = "one";

	diag_add(d, &rule_info, (struct diag_place){ .file = "one" }, "a");
	diag_add(d, &rule_info, (struct diag_place){ .file = name }, "b");
	diag_add(d, &rule_info, (struct diag_place){ .file = "two" }, "c");
	assert_ptr_equal(
	    mtasts_diags_get(d, 0)->file, mtasts_diags_get(d, 1)->file);
	assert_string_equal(mtasts_diags_get(d, 2)->file, "two");
	mtasts_diags_free(d);
}

static void
test_move(void **state)
{
	struct mtasts_diags *to = mtasts_diags_new();
	struct mtasts_diags *from = mtasts_diags_new();
	const struct mtasts_finding *f;

	diag_add(to, &rule_info, nowhere, "first");
	diag_add(from, &rule_error, (struct diag_place){ .file = "f" }, "2nd");
	diag_add_fix(from, &rule_info, nowhere, "do \\x00 it", "third");
	diag_move(to, to);
	diag_move(to, from);
	assert_int_equal(mtasts_diags_count(from), 0);
	assert_int_equal(diag_errors(from), 0);
	diag_add(from, &rule_info, nowhere, "usable again");
	mtasts_diags_free(from);
	assert_int_equal(mtasts_diags_count(to), 3);
	assert_int_equal(diag_errors(to), 1);
	f = mtasts_diags_get(to, 1);
	assert_string_equal(f->message, "2nd");
	assert_string_equal(f->file, "f");
	assert_string_equal(f->fix, "Write another mode.");
	assert_string_equal(mtasts_diags_get(to, 2)->fix, "do \\x00 it");
	mtasts_diags_free(to);
}

static void
test_move_counts_dropped(void **state)
{
	struct mtasts_diags *to = mtasts_diags_new();
	struct mtasts_diags *from = mtasts_diags_new();

	for (int i = 0; i < 1003; i++)
		diag_add(from, &rule_info, nowhere, "%d", i);
	for (int i = 0; i < 999; i++)
		diag_add(to, &rule_info, nowhere, "%d", i);
	diag_move(to, from);
	assert_int_equal(mtasts_diags_count(to), 1000);
	assert_int_equal(mtasts_diags_dropped(to), 999 + 3);
	assert_int_equal(mtasts_diags_dropped(from), 0);
	mtasts_diags_free(to);
	mtasts_diags_free(from);
}

static void
test_quote(void **state)
{
	static const struct {
		struct str in;
		const char *want;
	} rows[] = {
		{ { NULL, 0 }, "" },
		{ STR("mx: a b"), "mx: a b" },
		{ STR("a\\\n"), "a\\\\\\n" },
		{ STR("1234567890123456789012345678901234567890"
		      "12345678901234567890"),
		    "1234567890123456789012345678901234567890"
		    "12345678901234567890" },
		{ STR("1234567890123456789012345678901234567890"
		      "123456789012345678901"),
		    "1234567890123456789012345678901234567890"
		    "12345678901234567890..." },
	};
	struct diag_quote q;
	char worst[100];

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(diag_quote(&q, rows[i].in), rows[i].want);
	memset(worst, 0xff, sizeof(worst));
	assert_int_equal(
	    strlen(diag_quote(&q, str_make(worst, sizeof(worst)))), 243);
}

static void
test_words(void **state)
{
	static const char *const severities[] = { "info", "warning", "error" };

	for (int i = 0; i < 3; i++)
		assert_string_equal(
		    mtasts_severity_name((enum mtasts_severity)i),
		    severities[i]);
	assert_string_equal(
	    mtasts_severity_name((enum mtasts_severity)99), "error");
}

static void
test_strerror(void **state)
{
	static const enum mtasts_err temporary[] = { MTASTS_ENOMEM, MTASTS_EDNS,
		MTASTS_ETIMEOUT, MTASTS_ETLS, MTASTS_EHTTP, MTASTS_ESYS,
		MTASTS_ESTORE };
	bool want[MTASTS_ECONF + 1] = { false };

	for (size_t i = 0; i < COUNT(temporary); i++)
		want[temporary[i]] = true;
	for (int i = 0; i <= MTASTS_ECONF; i++) {
		enum mtasts_err e = (enum mtasts_err)i;

		assert_true(strlen(mtasts_strerror(e)) > 3);
		assert_string_not_equal(mtasts_strerror(e), "unknown error");
		assert_int_equal(mtasts_err_temporary(e), want[i]);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(mtasts_strerror(e),
			    mtasts_strerror((enum mtasts_err)j));
	}
	assert_string_equal(
	    mtasts_strerror((enum mtasts_err)(MTASTS_ECONF + 1)),
	    "unknown error");
	assert_string_equal(
	    mtasts_strerror((enum mtasts_err) - 1), "unknown error");
	assert_false(mtasts_err_temporary((enum mtasts_err) - 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_texts_are_printable),
		cmocka_unit_test(test_message_is_cut),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_file_is_shared),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_move_counts_dropped),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_strerror),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
