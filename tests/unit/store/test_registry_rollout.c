/*
 * test_registry_rollout - what is remembered of roll-outs and of MX hosts
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/registry_publish.h"
#include "store/registry_rollout.h"
#include "support/scratch.h"

#include <stdio.h>

static struct scratch dir;
static struct registry *reg;
static struct arena *arena;
static char told[4000];

static int
set_up(void **state)
{
	told[0] = '\0';
	arena = arena_new(1u << 20);
	if (arena == NULL || scratch_open(&dir) != 0)
		return -1;
	return registry_open(dir.path, REGISTRY_WRITE, &reg, NULL);
}

static int
tear_down(void **state)
{
	registry_close(reg);
	arena_free(arena);
	scratch_close(&dir);
	return 0;
}

/* reopen - as after kill -9: what was committed is there */
static void
reopen(void)
{
	registry_close(reg);
	assert_int_equal(
	    registry_open(dir.path, REGISTRY_WRITE, &reg, NULL), MTASTS_OK);
}

/* put_domain - a registered name */
static void
put_domain(const char *name, const char *target, int64_t removing_at)
{
	struct registry_row row = { .name = str_of(name),
		.target = str_of(target),
		.added_at = 1,
		.removing_at = removing_at };

	assert_int_equal(registry_put(reg, &row), MTASTS_OK);
}

/* put_live - what it serves was seen everywhere */
static void
put_live(const char *name)
{
	struct registry_published p = { .domain = str_of(name),
		.live_id = STR("20260101T000000"),
		.live_at = 1 };

	assert_int_equal(registry_put_published(reg, &p, true), MTASTS_OK);
}

/* whole - a roll-out in which every field has a value of its own */
static struct registry_rollout
whole(const char *domain)
{
	return (struct registry_rollout){ .domain = str_of(domain),
		.state = { ROLLOUT_WEEK, true, true, 1, 2, 3, 4, 5, 6, 7, 8 },
		.plan = { 9, 10, 11, true },
		.reason = ROLLOUT_REPORTED,
		.why = STR("it is so"),
		.published_id = STR("20260101T000000"),
		.next_at = 12 };
}

static void
every_field(void **state)
{
	struct registry_rollout a = whole("a.example"), b;

	put_domain("a.example", "", 0);
	assert_int_equal(
	    registry_find_rollout(reg, a.domain, arena, &b), MTASTS_ENOENT);
	assert_int_equal(registry_put_rollout(reg, &a), MTASTS_OK);
	reopen();
	assert_int_equal(
	    registry_find_rollout(reg, a.domain, arena, &b), MTASTS_OK);
	assert_true(str_eq(b.domain, a.domain));
	assert_int_equal(b.state.stage, ROLLOUT_WEEK);
	assert_true(b.state.paused);
	assert_true(b.state.alarm);
	assert_int_equal(b.state.begun_at, 1);
	assert_int_equal(b.state.stage_at, 2);
	assert_int_equal(b.state.published_at, 3);
	assert_int_equal(b.state.ok_at, 4);
	assert_int_equal(b.state.looked_at, 5);
	assert_int_equal(b.state.passed_at, 6);
	assert_int_equal(b.state.failing_at, 7);
	assert_int_equal(b.state.plain_at, 8);
	assert_int_equal(b.plan.testing_s, 9);
	assert_int_equal(b.plan.day_s, 10);
	assert_int_equal(b.plan.week_s, 11);
	assert_true(b.plan.auto_back);
	assert_int_equal(b.reason, ROLLOUT_REPORTED);
	assert_true(str_eq(b.why, a.why));
	assert_true(str_eq(b.published_id, a.published_id));
	assert_int_equal(b.next_at, 12);
	/* Replaced, not added. */
	a.next_at = 13;
	a.why = a.published_id = (struct str){ NULL, 0 };
	assert_int_equal(registry_put_rollout(reg, &a), MTASTS_OK);
	assert_int_equal(
	    registry_find_rollout(reg, a.domain, arena, &b), MTASTS_OK);
	assert_int_equal(b.next_at, 13);
	assert_int_equal(b.why.len, 0);
}

/* tell - for registry_each_rollout() */
static bool
tell(void *arg, const struct registry_rollout *row)
{
	snprintf(told + strlen(told), sizeof(told) - strlen(told),
	    "%" STR_FMT " ", STR_ARG(row->domain));
	return true;
}

static void
only_domains_that_stay(void **state)
{
	struct registry_rollout row = whole("b.example");

	put_domain("a.example", "", 0);
	put_domain("b.example", "", 0);
	put_domain("alias.example", "a.example", 0);
	put_domain("going.example", "", 77);
	row.next_at = 5;
	assert_int_equal(registry_put_rollout(reg, &row), MTASTS_OK);
	row = whole("a.example");
	assert_int_equal(registry_put_rollout(reg, &row), MTASTS_OK);
	row = whole("alias.example");
	row.next_at = 1;
	assert_int_equal(registry_put_rollout(reg, &row), MTASTS_OK);
	row = whole("going.example");
	row.next_at = 1;
	assert_int_equal(registry_put_rollout(reg, &row), MTASTS_OK);
	row = whole("nowhere.example");
	assert_int_equal(registry_put_rollout(reg, &row), MTASTS_OK);
	assert_int_equal(registry_each_rollout(reg, tell, NULL), MTASTS_OK);
	assert_string_equal(told, "a.example b.example ");
	/* Its time does not run before it is published. */
	told[0] = '\0';
	assert_int_equal(
	    registry_each_due_rollout(reg, 9, tell, NULL), MTASTS_OK);
	assert_string_equal(told, "");
	put_live("a.example");
	put_live("b.example");
	put_live("going.example");
	assert_int_equal(
	    registry_each_due_rollout(reg, 1, tell, NULL), MTASTS_OK);
	assert_string_equal(told, "b.example ");
	assert_int_equal(
	    registry_forget_rollout(reg, STR("b.example")), MTASTS_OK);
	told[0] = '\0';
	assert_int_equal(
	    registry_each_due_rollout(reg, 9, tell, NULL), MTASTS_OK);
	assert_string_equal(told, "a.example ");
}

/* tell_event - for registry_each_rollout_event() */
static bool
tell_event(void *arg, const struct registry_rollout_event *e)
{
	int64_t *last = arg;

	assert_true(e->at > *last);
	*last = e->at;
	snprintf(told, sizeof(told), "%" STR_FMT " %s %" STR_FMT,
	    STR_ARG(e->what), rollout_stage_name(e->stage), STR_ARG(e->text));
	return true;
}

static void
events_are_bounded(void **state)
{
	struct registry_rollout_event e = { 0, STR("alarm"), ROLLOUT_DAY,
		STR("why") };
	int64_t last = 20;

	for (e.at = 1; e.at <= REGISTRY_ROLLOUT_EVENTS + 20; e.at++)
		assert_int_equal(
		    registry_add_rollout_event(reg, STR("a.example"), &e),
		    MTASTS_OK);
	assert_int_equal(registry_each_rollout_event(
			     reg, STR("a.example"), tell_event, &last),
	    MTASTS_OK);
	assert_int_equal(last, REGISTRY_ROLLOUT_EVENTS + 20);
	assert_string_equal(told, "alarm enforce-day why");
}

/* tell_mx - for registry_each_mx() */
static bool
tell_mx(void *arg, struct str mx)
{
	snprintf(told + strlen(told), sizeof(told) - strlen(told),
	    "%" STR_FMT " ", STR_ARG(mx));
	return true;
}

/* put_mx - the state of a name: mx in the list, and one that waits */
static void
put_mx(const char *name, const char *mx, const char *waiting)
{
	struct mxauto_state s = { .looked_at = 1,
		.same_at = 2,
		.trouble_at = 3,
		.trouble = "nobody answers",
		.count = 2 };

	snprintf(s.entry[0].name, sizeof(s.entry[0].name), "%s", mx);
	s.entry[0].since_at = 4;
	s.entry[0].seen_at = 5;
	s.entry[0].gone_at = 6;
	s.entry[0].until_at = 7;
	snprintf(s.entry[1].name, sizeof(s.entry[1].name), "%s", waiting);
	assert_int_equal(
	    registry_put_mx_state(reg, str_of(name), &s, 8), MTASTS_OK);
}

static void
mx_hosts(void **state)
{
	struct mxauto_state s;

	put_domain("a.example", "", 0);
	put_domain("b.example", "a.example", 0);
	put_domain("c.example", "", 0);
	put_mx("a.example", "m1", "m9");
	put_mx("b.example", "m2", "m1");
	put_mx("c.example", "m3", "m4");
	reopen();
	assert_int_equal(
	    registry_mx_state(reg, STR("a.example"), &s), MTASTS_OK);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.looked_at, 1);
	assert_int_equal(s.same_at, 2);
	assert_int_equal(s.trouble_at, 3);
	assert_string_equal(s.trouble, "nobody answers");
	assert_string_equal(s.entry[0].name, "m1");
	assert_int_equal(s.entry[0].since_at, 4);
	assert_int_equal(s.entry[0].seen_at, 5);
	assert_int_equal(s.entry[0].gone_at, 6);
	assert_int_equal(s.entry[0].until_at, 7);
	assert_false(mxauto_in(&s.entry[1]));
	assert_int_equal(
	    registry_mx_state(reg, STR("x.example"), &s), MTASTS_OK);
	assert_int_equal(s.count, 0);
	/* An alias adds its own; what waits is not in the list. */
	assert_int_equal(
	    registry_each_mx(reg, STR("a.example"), tell_mx, NULL), MTASTS_OK);
	assert_string_equal(told, "m1 m2 ");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_field),
		TEST(only_domains_that_stay),
		TEST(events_are_bounded),
		TEST(mx_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
