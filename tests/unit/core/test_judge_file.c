/*
 * test_judge_file - F01 to F15: the findings of the reader as results
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/judge_case.h"
#include "support/policy_case.h"

#define FINE "version: STSv1\nmode: enforce\nmx: mx.example.com\n"
#define AGE  "max_age: 2592000\n"

/* One text, and what the check says of it. */
struct text_row {
	const char *text;
	const char *id, *status, *finding, *says;
};

/* clang-format off */
static const struct text_row texts[] = {
{ SEEN_WORLD_POLICY, "F01", "pass", "", "bytes" },
{ SEEN_WORLD_POLICY, "F02", "pass", "", "CR LF" },
{ FINE AGE, "F02", "pass", "", "lines end with LF" },
{ FINE "max_age: 2592000\r\n", "F02", "info", "mixed-line-ends",
	"CR LF and LF" },
{ FINE AGE, "F06", "pass", "", "mode enforce" },
{ FINE AGE, "F07", "pass", "", "2592000" },
{ FINE AGE, "F08", "pass", "", "30 days" },
{ FINE AGE, "F09", "pass", "", "1 mx line" },
{ FINE AGE, "F10", "pass", "", "mx.example.com" },
{ "version: STSv1\nmode: none\nmax_age: 86400\n", "F09", "pass", "",
	"needs no mx" },
{ "\xef\xbb\xbf" FINE AGE, "F01", "fail", "utf-8-bom", "" },
{ "\n" FINE AGE, "F03", "fail", "empty-line", "" },
{ "# mine\n" FINE AGE, "F04", "fail", "comment", "" },
{ "mode: enforce\nmx: a.example\n" AGE, "F05", "fail", "version-missing", "" },
{ "version: STSv1\nmode: enforced\nmx: a.example\n" AGE, "F06", "fail",
	"mode-unknown", "" },
{ FINE, "F07", "fail", "max-age-missing", "" },
{ FINE, "F08", "skip", "", "see F07" },
{ FINE "max_age: 3600\n", "F08", "warn", "max-age-under-a-day", "" },
{ "version: STSv1\nmode: enforce\n" AGE, "F09", "fail", "mx-missing", "" },
{ FINE "mx: mx.example.com:25\n" AGE, "F10", "fail", "mx-port", "" },
{ FINE "mx: *.com\n" AGE, "F11", "warn", "mx-public-suffix", "" },
{ FINE "mode: testing\n" AGE, "F12", "warn", "key-repeated", "" },
{ FINE "nmx: b.example.com\n" AGE, "F13", "warn", "key-near-miss", "" },
{ FINE "mx: mail.your_domain\n" AGE, "F14", "fail", "mx-placeholder", "" },
{ FINE AGE "Mode: testing\n", "F15", "warn", "key-case", "" },
{ "<html><body>Not found</body></html>\n", "F03", "skip", "", "see P13" },
{ "<html><body>Not found</body></html>\n", "P13", "fail", "html-page", "" },
{ "", "F06", "skip", "", "see P13" },
{ "version: STSv1\rmode: enforce\r", "F02", "fail", "bare-cr", "" },
{ "version: STSv1\rmode: enforce\r", "F06", "skip", "", "see F02" },
};
/* clang-format on */

/* of_text - the row that is being looked at */
static const struct text_row *of_text;

static void
serve(struct seen_world *w)
{
	seen_world_policy(w, of_text->text);
}

/* test_texts - a text each */
static void
test_texts(void **state)
{
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct judge_row row = { texts[i].text, serve, texts[i].id,
			texts[i].status, texts[i].finding, texts[i].says };

		of_text = &texts[i];
		wrong += !judge_case_check(&row, judge_file);
	}
	assert_int_equal(wrong, 0);
}

static void
no_file(struct seen_world *w)
{
	seen_world_no_policy(w);
}

static void
no_sts(struct seen_world *w)
{
	seen_world_no_policy(w);
	seen_world_sts(w,
	    seen_world_dns(
		w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_NXDOMAIN));
	w->s.host_a = seen_world_dns(
	    w, "mta-sts.example.com", DNSTYPE_A, DNSFACT_NXDOMAIN);
	w->s.best = NULL;
}

static void
nul(struct seen_world *w)
{
	static const char text[] = "version: STSv1\n\0mode: enforce\n";

	seen_world_body(w, str_make(text, sizeof(text) - 1));
}

/* test_rows - no file, and one that no C string can be */
static void
test_rows(void **state)
{
	static const struct judge_row rows[] = {
		{ "no file", no_file, "F01", "skip", "", "No policy file" },
		{ "no file", no_file, "F15", "skip", "", "No policy file" },
		{ "no MTA-STS", no_sts, "F06", "skip", "",
		    "no MTA-STS record" },
		{ "NUL", nul, "F01", "fail", "nul-byte", "" },
		{ "NUL", nul, "F05", "skip", "", "see F01" },
	};

	judge_case_rows(rows, sizeof(rows) / sizeof(*rows), judge_file);
}

/* test_nothing - what was not fetched does not pass */
static void
test_nothing(void **state)
{
	judge_case_nothing("F", judge_file);
}

/* cell - the n-th cell of a table's row, from 0; false when it has none */
static bool
cell(struct str row, unsigned n, struct str *out)
{
	bool more = str_cut(row, '|', NULL, &row);

	for (; more && n > 0; n--)
		more = str_cut(row, '|', NULL, &row);
	if (!more)
		return false;
	str_cut(row, '|', out, NULL);
	*out = str_trim(*out);
	return true;
}

/* results - the audit of a policy file alone */
static struct audit *
results(struct str text)
{
	struct seen_world w;
	struct audit *a;

	seen_world_open(&w);
	seen_world_body(&w, text);
	a = audit_new(w.s.domain, NULL, w.s.at);
	assert_non_null(a);
	judge_file(&w.s, a);
	assert_int_equal(audit_end(a), MTASTS_OK);
	seen_world_close(&w);
	return a;
}

/* real_file - does the strict grammar agree with the results of one file? */
static bool
real_file(struct str name, bool valid)
{
	char path[512], *text;
	struct audit *a;
	size_t len;
	bool right;

	snprintf(
	    path, sizeof(path), "corpus/policies/%" STR_FMT, STR_ARG(name));
	text = policy_case_shared(path, &len);
	assert_non_null(text);
	a = results(str_make(text, len));
	right = (audit_count(a, AUDIT_FAIL) == 0) == valid;
	for (size_t i = 0; i < a->count; i++)
		right &= judge_case_sound(&a->check[i]) == NULL;
	if (!right)
		print_error("%" STR_FMT "\n", STR_ARG(name));
	audit_free(a);
	free(text);
	return right;
}

/* test_real_files - those that people publish */
static void
test_real_files(void **state)
{
	size_t len, files = 0, wrong = 0;
	struct str rest, line, name, strict;
	char *table;

	if (!policy_case_has_shared("corpus/policies/README.md"))
		skip();
	table = policy_case_shared("corpus/policies/README.md", &len);
	rest = str_make(table, len);
	while (str_line(&rest, &line, NULL)) {
		if (!cell(line, 0, &name) || !cell(line, 5, &strict) ||
		    !str_ends(name, STR(".txt")))
			continue;
		files++;
		wrong += !real_file(name, str_eq(strict, STR("ok")));
	}
	free(table);
	assert_true(files > 100);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_real_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
