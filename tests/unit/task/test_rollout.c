/*
 * test_rollout - roll-outs in the registry, and what is safe to be enforced
 *
 * What was seen is made by hand: an audit with just the facts that count.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/bench_registry.h"
#include "store/registry_publish.h"
#include "store/registry_rollout.h"
#include "task/rollout.h"

#include <stdio.h>

#define DAY  INT64_C(86400)
#define HOUR INT64_C(3600)

/* What is seen of the names of a test. */
static struct audit audits[4];
static struct live_mx hosts[4];
static const struct audit *seen[4];
static size_t seen_count;
static struct rollout_plan plan;
static struct rollout_evidence evidence;
static struct rollout_result rolled;
static bool looked_open; /* what is published is not found out */

static int
set_up(void **state)
{
	seen_count = 0;
	looked_open = false;
	evidence = (struct rollout_evidence){ .published_at = 0 };
	rollout_plan_default(&plan);
	return bench_open(state);
}

/* see - a healthy domain with one MX; all of its audits are of now */
static struct audit *
see(const char *domain, const char *mx)
{
	struct audit *a = &audits[seen_count];

	hosts[seen_count] = (struct live_mx){ mx, LIVE_WORKS, LIVE_FINE, "" };
	*a = (struct audit){ .domain = domain, .at = now_at };
	a->live = (struct live){ .known = true,
		.mx_why = "",
		.mx_same = true,
		.mx_count = 1,
		.mx = &hosts[seen_count],
		.host = LIVE_WORKS,
		.host_why = "",
		.published_id = "",
		.published_why = "no record yet" };
	seen[seen_count++] = a;
	return a;
}

/* served_id - of a domain, in a buffer of our own */
static const char *
served_id(const char *name)
{
	static char id[40];
	struct registry_row row;

	assert_int_equal(
	    registry_find(reg, str_of(name), arena, &row), MTASTS_OK);
	snprintf(id, sizeof(id), "%" STR_FMT, STR_ARG(row.policy.id));
	return id;
}

/* served_mode - of a domain */
static enum mtasts_mode
served_mode(const char *name)
{
	struct registry_row row;

	assert_int_equal(
	    registry_find(reg, str_of(name), arena, &row), MTASTS_OK);
	return row.policy.mode;
}

/* start - the roll-out of a domain */
static enum mtasts_err
start(const char *name)
{
	struct domain_job j = job();

	return rollout_start(&j, str_of(name), &plan, &rolled);
}

/* look - with what is seen; all of it now, and published when it says so */
static enum mtasts_err
look(const char *name, bool published)
{
	struct domain_job j = job();

	for (size_t i = 0; i < seen_count; i++)
		audits[i].at = now_at;
	audits[0].live.published = published ? LIVE_WORKS : LIVE_FAILS;
	if (looked_open)
		audits[0].live.published = LIVE_OPEN;
	audits[0].live.published_id = arena_dup(arena, str_of(served_id(name)));
	evidence.looks = (struct safe_looks){ seen, seen_count };
	return rollout_look(&j, str_of(name), &evidence, &rolled);
}

/* goes - the last look led to this */
static void
goes(enum rollout_action action, enum rollout_reason reason)
{
	assert_string_equal(rollout_reason_name(rolled.verdict.reason),
	    rollout_reason_name(reason));
	assert_int_equal(rolled.verdict.action, action);
}

/* enforced - a domain in stage enforce-day, published and seen */
static void
enforced(void)
{
	must(do_add("a.example", "mx=m.example"));
	force = true;
	must(do_set("a.example", "mode=enforce max-age=1d"));
	force = false;
	must(start("a.example"));
	see("a.example", "m.example");
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_TIME);
}

static void
step_by_step(void **state)
{
	char id[40];

	must(do_add("a.example", "mx=m.example max-age=2w"));
	must(start("a.example"));
	assert_int_equal(served_mode("a.example"), MTASTS_MODE_TESTING);
	assert_int_equal(rolled.change.counts[DOMAIN_CHANGED], 1);
	snprintf(id, sizeof(id), "%s", served_id("a.example"));
	see("a.example", "m.example");
	must(look("a.example", false));
	goes(ROLLOUT_WAIT, ROLLOUT_UNPUBLISHED);
	assert_string_equal(rolled.why, "no record yet");
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_TIME);
	now_at += 13 * DAY;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_TIME);
	assert_string_equal(served_id("a.example"), id);
	now_at += DAY;
	must(look("a.example", true));
	goes(ROLLOUT_STEP, ROLLOUT_BY_PLAN);
	assert_int_equal(served_mode("a.example"), MTASTS_MODE_ENFORCE);
	assert_string_not_equal(served_id("a.example"), id);
	assert_int_equal(rolled.state.published_at, 0);
	/* The id of the step before is still out there: it does not count. */
	audits[0].live.published = LIVE_WORKS;
	audits[0].live.published_id = id;
	evidence.looks = (struct safe_looks){ seen, seen_count };
	{
		struct domain_job j = job();

		must(rollout_look(&j, STR("a.example"), &evidence, &rolled));
	}
	goes(ROLLOUT_WAIT, ROLLOUT_UNPUBLISHED);
}

static void
published_by_the_daemons_word(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(start("a.example"));
	see("a.example", "m.example");
	evidence.published_at = now_at + HOUR;
	now_at += DAY;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_TIME);
	assert_int_equal(
	    rolled.verdict.step_at, evidence.published_at + 14 * DAY);
}

static void
what_is_published_fails(void **state)
{
	static const struct check check = { .id = "P05" };
	const struct audit_check failed = { .check = &check,
		.status = AUDIT_FAIL,
		.message = "The certificate is not for it." };

	must(do_add("a.example", "mx=m.example"));
	must(start("a.example"));
	see("a.example", "m.example");
	evidence.published_at = now_at;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_TIME);
	assert_false(rolled.broken);
	/* Nobody's mail waits for it: the time stands, without an alarm. */
	audits[0].check = &failed;
	audits[0].count = 1;
	now_at += DAY;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_UNPUBLISHED);
	assert_true(rolled.broken);
	assert_string_equal(
	    rolled.why, "check P05 fails: The certificate is not for it.");
	/* The publisher's word does not help where we see otherwise. */
	audits[0].count = 0;
	must(look("a.example", false));
	goes(ROLLOUT_WAIT, ROLLOUT_UNPUBLISHED);
	evidence.published_at = 0;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_TIME);
	assert_int_equal(rolled.verdict.step_at, now_at + 14 * DAY);
}

static void
what_is_published_cannot_be_seen(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(start("a.example"));
	see("a.example", "m.example");
	must(look("a.example", true));
	now_at += 14 * DAY;
	looked_open = true;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_NOT_SEEN);
	looked_open = false;
	must(look("a.example", true));
	goes(ROLLOUT_STEP, ROLLOUT_BY_PLAN);
}

static void
no_mail_is_no_alarm(void **state)
{
	enforced();
	audits[0].live.null_mx = true;
	audits[0].live.mx_count = 0;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_NOT_SEEN);
	assert_false(rolled.state.alarm);
}

static void
what_cannot_begin(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(do_alias("b.example", "a.example"));
	must(do_add("n.example", "mode=none"));
	assert_int_equal(start("nobody.example"), MTASTS_ENOENT);
	assert_string_equal(finding(), "domain-unknown");
	assert_int_equal(start("b.example"), MTASTS_EINVAL);
	assert_string_equal(finding(), "domain-is-alias");
	assert_int_equal(start("n.example"), MTASTS_EINVAL);
	assert_string_equal(finding(), "rollout-mode-none");
	must(start("a.example"));
	assert_int_equal(start("a.example"), MTASTS_EEXIST);
	assert_string_equal(finding(), "rollout-there");
	must(do_remove("n.example", false));
	assert_int_equal(start("n.example"), MTASTS_EINVAL);
	assert_int_equal(look("n.example", true), MTASTS_EINVAL);
}

static void
enforced_is_taken_up(void **state)
{
	char id[40];

	force = true;
	must(do_add("a.example", "mx=m.example mode=enforce max-age=1w"));
	must(do_add("b.example", "mx=m.example mode=enforce max-age=10d"));
	force = false;
	snprintf(id, sizeof(id), "%s", served_id("a.example"));
	must(start("a.example"));
	assert_int_equal(rolled.state.stage, ROLLOUT_WEEK);
	assert_string_equal(served_id("a.example"), id);
	/* Down to the stage's max_age: senders forget the sooner. */
	must(start("b.example"));
	assert_int_equal(rolled.state.stage, ROLLOUT_WEEK);
	assert_int_equal(served_mode("b.example"), MTASTS_MODE_ENFORCE);
}

static void
a_year_stays_a_year(void **state)
{
	char id[40];

	force = true;
	must(do_add("a.example", "mx=m.example mode=enforce max-age=365d"));
	force = false;
	snprintf(id, sizeof(id), "%s", served_id("a.example"));
	must(start("a.example"));
	assert_int_equal(rolled.state.stage, ROLLOUT_MONTH);
	assert_string_equal(served_id("a.example"), id);
	see("a.example", "m.example");
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_COMPLETE);
}

static void
dry_run_changes_nothing(void **state)
{
	struct registry_rollout row;

	must(do_add("a.example", "mx=m.example"));
	dry_run = true;
	must(start("a.example"));
	assert_int_equal(rolled.calendar.at[ROLLOUT_DAY], now_at + 14 * DAY);
	assert_int_equal(rolled.calendar.at[ROLLOUT_WEEK], now_at + 21 * DAY);
	assert_int_equal(rolled.calendar.at[ROLLOUT_MONTH], now_at + 35 * DAY);
	assert_int_equal(
	    registry_find_rollout(reg, STR("a.example"), arena, &row),
	    MTASTS_ENOENT);
}

static void
alarm_and_the_way_back(void **state)
{
	struct domain_job j;

	enforced();
	hosts[0] = (struct live_mx){ "m.example", LIVE_FAILS, LIVE_EXPIRED,
		"the certificate has expired" };
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_FAILING);
	assert_true(rolled.verdict.alarm_begins);
	assert_string_equal(rolled.why,
	    "the MX host m.example fails: the certificate has expired");
	assert_string_equal(finding(), "safe-mx-certificate");
	must(look("a.example", true));
	assert_false(rolled.verdict.alarm_begins);
	assert_true(rolled.state.alarm);
	now_at += 2 * HOUR;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_FAILING);
	j = job();
	must(rollout_return(&j, STR("a.example"), &plan, &rolled));
	assert_int_equal(rolled.state.stage, ROLLOUT_TESTING);
	assert_false(rolled.state.alarm);
	assert_int_equal(served_mode("a.example"), MTASTS_MODE_TESTING);
}

static void
back_by_itself_when_wanted(void **state)
{
	plan.auto_back = true;
	enforced();
	/* One MX fits nothing, but only one resolver says so. */
	hosts[0].name = "other.example";
	audits[0].live.mx_same = false;
	must(look("a.example", true));
	now_at += 2 * HOUR;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_FAILING);
	audits[0].live.mx_same = true;
	must(look("a.example", true));
	now_at += HOUR;
	must(look("a.example", true));
	goes(ROLLOUT_BACK, ROLLOUT_FAILING);
	assert_int_equal(served_mode("a.example"), MTASTS_MODE_TESTING);
}

static void
back_without_a_rollout(void **state)
{
	struct domain_job j;

	force = true;
	must(do_add("a.example", "mx=m.example mode=enforce"));
	force = false;
	j = job();
	must(rollout_return(&j, STR("a.example"), &plan, &rolled));
	assert_int_equal(served_mode("a.example"), MTASTS_MODE_TESTING);
	assert_int_equal(rolled.state.stage, ROLLOUT_TESTING);
}

static void
changed_by_hand(void **state)
{
	enforced();
	must(do_set("a.example", "max-age=2w"));
	now_at += 30 * DAY;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_FOREIGN);
}

static void
aliases_have_to_be_seen(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(do_alias("b.example", "a.example"));
	must(start("a.example"));
	see("a.example", "m.example");
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_NOT_SEEN);
	assert_string_equal(finding(), "rollout-alias-unseen");
	see("b.example", "m.example");
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_TIME);
	hosts[1].name = "elsewhere.example";
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_FAILING);
}

static void
paused(void **state)
{
	struct domain_job j;

	enforced();
	j = job();
	must(rollout_pause(&j, STR("a.example"), &rolled));
	now_at += 30 * DAY;
	must(look("a.example", true));
	goes(ROLLOUT_WAIT, ROLLOUT_PAUSED);
	j = job();
	must(rollout_resume(&j, STR("a.example"), &rolled));
	assert_false(rolled.state.paused);
	must(look("a.example", true));
	goes(ROLLOUT_STEP, ROLLOUT_BY_PLAN);
	j = job();
	assert_int_equal(
	    rollout_pause(&j, STR("b.example"), &rolled), MTASTS_ENOENT);
}

/* put_live - what a domain serves was seen everywhere by the publisher */
static void
put_live(const char *name)
{
	struct registry_published p = { .domain = str_of(name),
		.live_id = STR("20260101T000000"),
		.live_at = 1 };

	assert_int_equal(registry_put_published(reg, &p, true), MTASTS_OK);
}

static void
who_is_due(void **state)
{
	struct rollout_due due;

	must(rollout_due(reg, now_at, &due));
	assert_string_equal(due.domain, "");
	must(do_add("a.example", "mx=m.example"));
	must(do_add("b.example", "mx=m.example"));
	must(start("b.example"));
	must(rollout_due(reg, now_at, &due));
	assert_string_equal(due.domain, "");
	put_live("a.example");
	put_live("b.example");
	must(rollout_due(reg, now_at, &due));
	assert_string_equal(due.domain, "b.example");
	see("b.example", "m.example");
	must(look("b.example", true));
	must(start("a.example"));
	must(rollout_due(reg, now_at, &due));
	assert_string_equal(due.domain, "a.example");
	seen_count = 0;
	see("a.example", "m.example");
	must(look("a.example", false));
	must(rollout_due(reg, now_at, &due));
	assert_string_equal(due.domain, "a.example");
	assert_int_equal(due.at, now_at + HOUR);
	/* The clock was set back: look, rather than wait for years. */
	must(rollout_due(reg, now_at - 100 * DAY, &due));
	assert_int_equal(due.at, now_at - 100 * DAY);
	/* What is removed is looked at no more, and forgotten. */
	must(do_remove("a.example", false));
	must(rollout_due(reg, now_at, &due));
	assert_string_equal(due.domain, "b.example");
	must(do_add("a.example", "mx=m.example"));
	must(start("a.example"));
}

/* Items of a walk. */
static char listed[400];

static bool
on_item(void *arg, const struct rollout_item *item)
{
	snprintf(listed + strlen(listed), sizeof(listed) - strlen(listed),
	    "%s %s;", item->domain, rollout_stage_name(item->state->stage));
	for (size_t i = 0; i < item->event_count; i++)
		snprintf(listed + strlen(listed),
		    sizeof(listed) - strlen(listed), " %s",
		    item->event[i].what);
	return true;
}

static void
how_it_stands(void **state)
{
	struct domain_job j;

	enforced();
	must(do_add("z.example", "mx=m.example"));
	must(start("z.example"));
	j = job();
	listed[0] = '\0';
	must(rollout_status(&j, STR(""), on_item, NULL));
	assert_string_equal(listed, "a.example enforce-day;z.example testing;");
	hosts[0].state = LIVE_FAILS;
	must(look("a.example", true));
	j = job();
	listed[0] = '\0';
	must(rollout_status(&j, STR("A.example"), on_item, NULL));
	assert_string_equal(listed, "a.example enforce-day; start alarm");
	j = job();
	assert_int_equal(
	    rollout_status(&j, STR("x.example"), on_item, NULL), MTASTS_ENOENT);
}

static void
history_is_bounded(void **state)
{
	struct domain_job j;

	must(do_add("a.example", "mx=m.example"));
	must(start("a.example"));
	for (int i = 0; i < REGISTRY_ROLLOUT_EVENTS; i++) {
		j = job();
		must(i % 2 == 0
			? rollout_pause(&j, STR("a.example"), &rolled)
			: rollout_resume(&j, STR("a.example"), &rolled));
	}
	j = job();
	listed[0] = '\0';
	must(rollout_status(&j, STR("a.example"), on_item, NULL));
	assert_null(strstr(listed, "start"));
	assert_non_null(strstr(listed, "; pause resume"));
}

/* --- what is safe --- */

static void
enforce_by_what_was_seen(void **state)
{
	struct domain_looks l = { .collect = true };

	must(do_add("a.example", "mx=m.example"));
	must(do_alias("b.example", "a.example"));
	looks = &l;
	dry_run = true;
	must(do_set("a.example", "mode=enforce"));
	dry_run = false;
	l.collect = false;
	assert_int_equal(l.wanted_count, 2);
	assert_string_equal(l.wanted[0], "a.example");
	assert_string_equal(l.wanted[1], "b.example");
	see("a.example", "m.example");
	l.seen = (struct safe_looks){ seen, seen_count };
	refuses(do_set("a.example", "mode=enforce"), MTASTS_ETIMEOUT,
	    "domain-enforce-unchecked");
	see("b.example", "x.example");
	l.seen.count = 2;
	refuses(do_set("a.example", "mode=enforce"), MTASTS_EPOLICY,
	    "safe-mx-unmatched");
	hosts[1].name = "m.example";
	hosts[1].state = LIVE_OPEN;
	refuses(do_set("a.example", "mode=enforce"), MTASTS_ETIMEOUT,
	    "safe-mx-unseen");
	assert_int_equal(served_mode("a.example"), MTASTS_MODE_TESTING);
	hosts[1].state = LIVE_WORKS;
	must(do_set("a.example", "mode=enforce"));
	assert_int_equal(served_mode("a.example"), MTASTS_MODE_ENFORCE);
	/* To drop what is needed is as bad. */
	refuses(do_set("a.example", "mx=new.example"), MTASTS_EPOLICY,
	    "safe-mx-needed");
	must(do_set("a.example", "mx=new.example,m.example"));
	must(do_set("a.example", "mx=m.example"));
}

static void
an_alias_joins(void **state)
{
	struct domain_looks l = { .collect = false };

	force = true;
	must(do_add("a.example", "mx=m.example mode=enforce"));
	force = false;
	looks = &l;
	see("b.example", "x.example");
	/* It has no certificate for its policy host yet: no matter. */
	audits[0].live.host = LIVE_FAILS;
	l.seen = (struct safe_looks){ seen, 1 };
	refuses(do_alias("b.example", "a.example"), MTASTS_EPOLICY,
	    "safe-mx-unmatched");
	hosts[0].name = "m.example";
	must(do_alias("b.example", "a.example"));
}

static void
defaults_domain_by_domain(void **state)
{
	struct domain_looks l = { .collect = true };

	must(do_add("good.example", "mx=m.example"));
	must(do_add("bad.example", "mx=m.example"));
	must(do_add("never.example", "mx=m.example mode=testing"));
	looks = &l;
	dry_run = true;
	must(do_defaults("mode=enforce"));
	assert_int_equal(l.wanted_count, 2);
	dry_run = l.collect = false;
	see("good.example", "m.example");
	see("bad.example", "other.example");
	l.seen = (struct safe_looks){ seen, 2 };
	must(do_defaults("mode=enforce"));
	assert_int_equal(result.counts[DOMAIN_KEPT], 1);
	assert_int_equal(result.counts[DOMAIN_CHANGED], 1);
	assert_int_equal(served_mode("good.example"), MTASTS_MODE_ENFORCE);
	assert_int_equal(served_mode("bad.example"), MTASTS_MODE_TESTING);
	assert_int_equal(served_mode("never.example"), MTASTS_MODE_TESTING);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, bench_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(step_by_step),
		TEST(published_by_the_daemons_word),
		TEST(what_is_published_fails),
		TEST(what_is_published_cannot_be_seen),
		TEST(no_mail_is_no_alarm),
		TEST(what_cannot_begin),
		TEST(enforced_is_taken_up),
		TEST(a_year_stays_a_year),
		TEST(dry_run_changes_nothing),
		TEST(alarm_and_the_way_back),
		TEST(back_by_itself_when_wanted),
		TEST(back_without_a_rollout),
		TEST(changed_by_hand),
		TEST(aliases_have_to_be_seen),
		TEST(paused),
		TEST(who_is_due),
		TEST(how_it_stands),
		TEST(history_is_bounded),
		TEST(enforce_by_what_was_seen),
		TEST(an_alias_joins),
		TEST(defaults_domain_by_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
