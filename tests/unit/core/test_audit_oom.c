/*
 * test_audit_oom - each allocation fails once: nothing leaks, and no check is
 * told to pass that had a finding
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/arena.h"
#include "core/audit.h"
#include "support/oom.h"

static const struct diag_rule rule = { .id = "F06",
	.name = "some-error",
	.severity = MTASTS_ERROR,
	.rfc = "",
	.fix = "Mend it." };

/* judge_some - note one of everything, often enough to fill chunks */
static void
judge_some(struct audit *a)
{
	struct diag_place at = { .file = "mx.example.org", .line = 7 };

	for (unsigned i = 0; i < 20; i++) {
		audit_seen(a, "F06", "seen %u", i);
		audit_seen(a, "F08", "seen %u", i);
	}
	audit_skip(a, "D01", "Not looked at.");
	audit_unknown(a, "D03", "Away.");
	for (unsigned i = 0; i < 20; i++)
		diag_add(a->diags, &rule, at, "This is wrong.");
}

/* write_json - whole, or the buffer tells of it */
static void
write_json(const struct audit *a)
{
	struct js_writer w;
	struct js *js;
	struct buf b;

	buf_init(&b, 1u << 20);
	js_begin(&w, &b, false);
	audit_json(a, &w);
	if (buf_error(&b) == MTASTS_OK) {
		oom.left = 0;
		assert_int_equal(
		    js_parse(buf_str(&b), "", &js, NULL), MTASTS_OK);
		assert_int_equal(js_len(js_get(js, "second_opinions")), 4);
		js_free(js);
	}
	buf_free(&b);
}

/* run - once; what became of it is right, or ENOMEM */
static void
run(void)
{
	struct audit *a = audit_new("example.org", NULL, 1);
	const struct audit_check *c;

	if (a == NULL) {
		assert_int_equal(oom.failed, 1);
		return;
	}
	judge_some(a);
	if (audit_end(a) == MTASTS_OK) {
		c = audit_get(a, "F06");
		assert_int_equal(c->status, AUDIT_FAIL);
		assert_int_equal(c->finding_count, 20);
		assert_string_equal(c->place, "mx.example.org, line 7");
		assert_int_equal(audit_get(a, "D01")->status, AUDIT_SKIP);
		assert_true(audit_get(a, "D03")->unknown);
		assert_int_equal(a->result, AUDIT_RESULT_FAIL);
		write_json(a);
	} else
		assert_int_equal(oom.failed, 1);
	audit_free(a);
}

/* test_each - until none is left to fail */
static void
test_each(void **state)
{
	unsigned n = 0;

	do {
		oom.failed = 0;
		oom.left = ++n;
		run();
	} while (oom.failed > 0);
	oom.left = 0;
	assert_true(n > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
