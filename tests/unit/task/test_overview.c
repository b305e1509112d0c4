/*
 * test_overview - what is known of many names, joined
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/scratch.h"
#include "task/overview.h"

#define NOW INT64_C(1800000000)

static struct scratch dir;
static struct arena *arena;
static struct domain_job job;

static int
set_up(void **state)
{
	arena = arena_new(1u << 26);
	if (arena == NULL || scratch_open(&dir) != 0)
		return -1;
	job = (struct domain_job){ .arena = arena, .now_at = NOW };
	return registry_open(dir.path, REGISTRY_WRITE, &job.registry, NULL);
}

static int
tear_down(void **state)
{
	registry_close(job.registry);
	arena_free(arena);
	scratch_close(&dir);
	return 0;
}

/* add - a domain in mode testing */
static void
add(const char *name)
{
	struct domain_edit mx = { SETTINGS_MX, false, STR("mx.example") };
	struct domain_result r;

	assert_int_equal(
	    domain_add(&job, str_of(name), (struct domain_edits){ &mx, 1 }, &r),
	    MTASTS_OK);
}

/* published - what publishing left */
static void
published(const char *name, const char *live_id, const char *end,
    const char *dns, const char *why)
{
	struct registry_published p = { .domain = str_of(name),
		.live_id = str_of(live_id),
		.end = str_of(end),
		.dns = str_of(dns),
		.why = str_of(why),
		.fix = str_of(why[0] != '\0' ? "Do it" : ""),
		.tried_at = NOW - 1 };

	assert_int_equal(
	    registry_put_published(job.registry, &p, false), MTASTS_OK);
}

/* rollout - what a roll-out left */
static void
rollout(const char *name, struct rollout_state state, const char *why)
{
	struct registry_rollout r = { .domain = str_of(name),
		.state = state,
		.reason = ROLLOUT_FAILING,
		.why = str_of(why) };

	rollout_plan_default(&r.plan);
	assert_int_equal(registry_put_rollout(job.registry, &r), MTASTS_OK);
}

/* on_name - a line of text */
static bool
on_name(void *arg, const struct overview *o)
{
	char *text = arg;
	size_t len = strlen(text);

	snprintf(text + len, 2000 - len, "%.*s|%s|%s|%s|%s|%s|%s\n",
	    STR_ARG(o->row->name), domain_state_name(o->state),
	    overview_policy_name(o->policy), o->dns, o->mx, o->rollout, o->why);
	return true;
}

/* list - of those that a filter lets through */
static const char *
list(struct overview_filter filter)
{
	static char text[2000];

	text[0] = '\0';
	assert_int_equal(
	    overview_list(&job, &filter, on_name, text), MTASTS_OK);
	return text;
}

#define ALL ((struct overview_filter){ .part = STR("") })

static void
test_joined(void **state)
{
	struct registry_cert cert = { .domain = STR("c.example"),
		.state = REGISTRY_CERT_ISSUED,
		.not_after_at = NOW + 86400,
		.tried_at = 1 };
	struct domain_result r;

	assert_string_equal(list(ALL), "");
	add("c.example");
	add("a.example");
	add("b.example");
	add("d.example");
	assert_int_equal(
	    domain_alias(&job, STR("z.example"), STR("b.example"), &r), 0);
	published("a.example", "20270115T080000", "live", "same", "");
	published("b.example", "1", "problem", "foreign", "theirs is there");
	published("z.example", "", "by hand", "", "no address");
	assert_int_equal(registry_put_cert(job.registry, &cert), MTASTS_OK);
	rollout("b.example",
	    (struct rollout_state){
		.stage = ROLLOUT_TESTING, .looked_at = 9, .passed_at = 9 },
	    "");
	rollout("d.example",
	    (struct rollout_state){ .stage = ROLLOUT_DAY,
		.alarm = true,
		.looked_at = 9,
		.passed_at = 8,
		.failing_at = 9 },
	    "mx.example has no STARTTLS");
	assert_string_equal(list(ALL),
	    "a.example|served|live|in step|||\n"
	    "b.example|served|waits|foreign|ok|testing|theirs is there\n"
	    "c.example|served|new|?|||its certificate runs out within days\n"
	    "d.example|served|new|?|fail|enforce-day alarm|mx.example has no "
	    "STARTTLS\n"
	    "z.example|served|new|by hand|||no address\n");
	assert_string_equal(
	    list((struct overview_filter){ .part = STR("A.EX") }),
	    "a.example|served|live|in step|||\n");
	assert_string_equal(list((struct overview_filter){
				.part = STR(""), .state = "foreign" }),
	    "b.example|served|waits|foreign|ok|testing|theirs is there\n");
	assert_string_equal(list((struct overview_filter){
				.part = STR("b.ex"), .state = "in-step" }),
	    "");
	assert_string_equal(
	    list((struct overview_filter){
		.part = STR("a"), .problems = true, .mode = "none" }),
	    "");
}

static void
test_one(void **state)
{
	struct domain_view view;
	struct overview o;

	add("a.example");
	rollout("a.example",
	    (struct rollout_state){ .stage = ROLLOUT_DAY,
		.alarm = true,
		.looked_at = 9,
		.failing_at = 9 },
	    "");
	assert_int_equal(domain_show(&job, STR("a.example"), &view), 0);
	assert_int_equal(overview_of(&job, &view, &o), MTASTS_OK);
	assert_string_equal(o.rollout, "enforce-day alarm");
	assert_string_equal(o.why, rollout_reason_text(ROLLOUT_FAILING));
	assert_string_equal(o.fix,
	    "Mend it, or go back to testing: mtasts rollout back a.example");
	assert_true(overview_is(&o, "SERVED"));
	assert_true(overview_is_state("by-hand"));
	assert_true(overview_is_state("needs-mx"));
	assert_false(overview_is_state("needs"));
	assert_false(overview_is_state(""));
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = { CASE(test_joined), CASE(test_one) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
