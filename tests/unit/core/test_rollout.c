/*
 * test_rollout - names, stages and the calendar; the rest is in tests/rollout
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/rollout.h"

#define T0  INT64_C(1767225600)
#define DAY INT64_C(86400)

static void
stages(void **state)
{
	static const struct {
		enum mtasts_mode mode;
		uint32_t max_age_s;
		enum rollout_stage stage;
	} rows[] = {
		{ MTASTS_MODE_NONE, 604800, ROLLOUT_NONE },
		{ MTASTS_MODE_TESTING, 604800, ROLLOUT_TESTING },
		{ MTASTS_MODE_ENFORCE, 60, ROLLOUT_DAY },
		{ MTASTS_MODE_ENFORCE, 86400, ROLLOUT_DAY },
		{ MTASTS_MODE_ENFORCE, 604799, ROLLOUT_DAY },
		{ MTASTS_MODE_ENFORCE, 604800, ROLLOUT_WEEK },
		{ MTASTS_MODE_ENFORCE, 2592000, ROLLOUT_MONTH },
		{ MTASTS_MODE_ENFORCE, 31557600, ROLLOUT_MONTH },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
		    rollout_stage_of(rows[i].mode, rows[i].max_age_s),
		    rows[i].stage);
	for (unsigned i = 0; i < ROLLOUT_STAGES; i++) {
		enum rollout_stage stage = (enum rollout_stage)i, found;

		assert_true(rollout_stage_find(
		    str_of(rollout_stage_name(stage)), &found));
		assert_int_equal(found, stage);
		if (stage != ROLLOUT_NONE)
			assert_int_equal(rollout_stage_of(rollout_mode(stage),
					     rollout_max_age(stage)),
			    stage);
	}
	assert_true(rollout_fits(ROLLOUT_WEEK, MTASTS_MODE_ENFORCE, 604800));
	assert_false(rollout_fits(ROLLOUT_WEEK, MTASTS_MODE_ENFORCE, 604801));
	assert_false(rollout_fits(ROLLOUT_WEEK, MTASTS_MODE_TESTING, 604800));
	assert_true(rollout_fits(ROLLOUT_MONTH, MTASTS_MODE_ENFORCE, 31557600));
	assert_false(rollout_fits(ROLLOUT_MONTH, MTASTS_MODE_ENFORCE, 2591999));
	assert_false(
	    rollout_stage_find(STR("enforce"), &(enum rollout_stage){ 0 }));
}

static void
words(void **state)
{
	for (unsigned i = 0; i < ROLLOUT_REASONS; i++) {
		enum rollout_reason reason = (enum rollout_reason)i;

		assert_true(strlen(rollout_reason_name(reason)) > 2);
		assert_true(strlen(rollout_reason_text(reason)) > 8);
	}
	assert_string_equal(rollout_action_name(ROLLOUT_BACK), "back");
}

static void
calendar(void **state)
{
	struct rollout_calendar c;
	struct rollout_state s;
	struct rollout_plan plan;

	rollout_plan_default(&plan);
	rollout_begin(&s, ROLLOUT_TESTING, T0, T0);
	rollout_calendar(&plan, &s, T0, &c);
	assert_int_equal(c.at[ROLLOUT_TESTING], 0);
	assert_int_equal(c.at[ROLLOUT_DAY], T0 + 14 * DAY);
	assert_int_equal(c.at[ROLLOUT_WEEK], T0 + 21 * DAY);
	assert_int_equal(c.at[ROLLOUT_MONTH], T0 + 35 * DAY);
	/* The time has run; what is overdue comes now. */
	rollout_calendar(&plan, &s, T0 + 20 * DAY, &c);
	assert_int_equal(c.at[ROLLOUT_DAY], T0 + 20 * DAY);
	assert_int_equal(c.at[ROLLOUT_WEEK], T0 + 27 * DAY);
	/* Not published: it would begin now. */
	s.published_at = 0;
	rollout_calendar(&plan, &s, T0 + 20 * DAY, &c);
	assert_int_equal(c.at[ROLLOUT_DAY], T0 + 34 * DAY);
	rollout_begin(&s, ROLLOUT_MONTH, T0, T0);
	rollout_calendar(&plan, &s, T0, &c);
	assert_int_equal(c.at[ROLLOUT_MONTH], 0);
}

static void
clock_was_ahead(void **state)
{
	struct rollout_seen seen = { .at = T0,
		.outcome = ROLLOUT_PASSES,
		.published_at = T0 + 2000 * DAY };
	struct rollout_verdict v;
	struct rollout_state s;
	struct rollout_plan plan;

	rollout_plan_default(&plan);
	rollout_begin(&s, ROLLOUT_TESTING, T0, T0 + 2000 * DAY);
	s.ok_at = T0 + 2000 * DAY;
	rollout_judge(&plan, &s, &seen, T0, &v);
	assert_int_equal(v.reason, ROLLOUT_TIME);
	/* The wait begins now, neither in years nor at once. */
	assert_int_equal(v.step_at, T0 + 14 * DAY);
	seen.at = T0 + 14 * DAY;
	seen.published_at = T0;
	rollout_judge(&plan, &s, &seen, T0 + 14 * DAY - 1, &v);
	assert_int_equal(v.action, ROLLOUT_WAIT);
	rollout_judge(&plan, &s, &seen, T0 + 14 * DAY, &v);
	assert_int_equal(v.action, ROLLOUT_STEP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages),
		cmocka_unit_test(words),
		cmocka_unit_test(calendar),
		cmocka_unit_test(clock_was_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
