/*
 * test_audit_out_oom - each allocation of a report fails once: nothing leaks,
 * and output that lacks a part is never told to be whole
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/arena.h"
#include "cli/audit_out.h"
#include "support/audit_made.h"
#include "support/oom.h"

#include <stdlib.h>

#define OUT_MAX (1u << 20)

/* What a run printed, in memory of the test's own. */
struct printed {
	char *text;
	size_t len;
	enum cmd_status status;
};

/* print - two domains in a format; counts[0] allocations until one fails */
static void
print(const char *format, const struct made *made, struct printed *p)
{
	struct audit_out_conf conf = { .format = audit_format_find(format),
		.verbose = true };
	struct cmd_env env = { .width = 80 };
	struct audit_out *out;
	char line[512];

	env.out = fmemopen(p->text, OUT_MAX, "w");
	env.err = fmemopen(line, sizeof(line), "w");
	assert_non_null(env.out);
	assert_non_null(env.err);
	/* Buffers of streams are not ours to test. */
	setvbuf(env.out, NULL, _IONBF, 0);
	setvbuf(env.err, NULL, _IONBF, 0);
	oom.failed = 0;
	out = audit_out_open(&env, &conf);
	if (out != NULL) {
		audit_out_put(out, &made[0].a);
		audit_out_put(out, &made[1].a);
	}
	p->status = audit_out_close(out);
	p->len = (size_t)ftell(env.out);
	fclose(env.out);
	fclose(env.err);
}

/* each - fail one allocation after the other */
static void
each(const char *format, const struct made *made)
{
	struct printed whole = { .text = test_calloc(1, OUT_MAX) };
	struct printed part = { .text = test_calloc(1, OUT_MAX) };
	enum cmd_status fine = strcmp(format, "nagios") == 0 ? 2 : 1;
	unsigned n = 0;

	oom.left = 0;
	print(format, made, &whole);
	assert_int_equal(whole.status, fine);
	do {
		oom.left = ++n;
		print(format, made, &part);
		if (part.status == fine) {
			if (part.len != whole.len ||
			    memcmp(part.text, whole.text, whole.len) != 0)
				fail_msg("%s: allocation %u", format, n);
		} else
			assert_int_equal(part.status, CMD_UNKNOWN);
	} while (oom.failed > 0);
	oom.left = 0;
	assert_true(n > 2);
	test_free(whole.text);
	test_free(part.text);
}

/* test_each - all formats */
static void
test_each(void **state)
{
	static const char *const formats[] = { "text", "json", "junit", "sarif",
		"nagios", "prometheus", "markdown" };
	struct made *made = test_calloc(2, sizeof(*made));

	made_broken(&made[0]);
	made_fine(&made[1], "fine.example");
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		each(formats[i], made);
	test_free(made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
