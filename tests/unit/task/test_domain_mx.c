/*
 * test_domain_mx - policies that follow the MX records, in the registry
 *
 * What the rules are is test_mxauto's matter.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/mxauto.h"
#include "support/bench_registry.h"
#include "task/domain_mx.h"

#include <stdio.h>

#define DAY INT64_C(86400)

static struct domain_mx_result mx;

/* refresh - names that all work, as a signed zone says them */
static enum mtasts_err
refresh(const char *domain, const char *names)
{
	static struct mxauto_host hosts[8];
	static char text[400];
	struct mxauto_seen seen = { .at = now_at,
		.usable = names[0] != '\0',
		.secure = true,
		.why = names[0] != '\0' ? "" : "nobody answers",
		.host = hosts };
	struct domain_job j = job();
	char *save = NULL;

	snprintf(text, sizeof(text), "%s", names);
	for (char *w = strtok_r(text, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		hosts[seen.count++] = (struct mxauto_host){ w, true, false };
	return domain_refresh_mx(&j, str_of(domain), &seen, &mx);
}

/* body - what a name serves, its line ends as blanks; "" for nothing */
static const char *
body(const char *name)
{
	static char text[1000];
	struct registry_row row;

	assert_int_equal(
	    registry_find(reg, str_of(name), arena, &row), MTASTS_OK);
	if (!row.served)
		return "";
	snprintf(text, sizeof(text), "%" STR_FMT, STR_ARG(row.policy.body));
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	return text;
}

/* serves - the policy has just these mx */
static void
serves(const char *name, const char *mxs)
{
	char wanted[400] = "";
	char copy[400], *save = NULL;
	const char *at = body(name);

	snprintf(copy, sizeof(copy), "%s", mxs);
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		snprintf(wanted + strlen(wanted),
		    sizeof(wanted) - strlen(wanted), "mx: %s  ", w);
	at = strstr(at, "mx: ");
	assert_non_null(at);
	if (strncmp(at, wanted, strlen(wanted)) != 0 ||
	    strncmp(at + strlen(wanted), "max_age", 7) != 0)
		fail_msg("%s serves %s", name, at);
}

static void
nothing_is_served_before_a_look(void **state)
{
	must(do_add("a.example", "mx=auto"));
	assert_string_equal(body("a.example"), "");
	must(refresh("a.example", ""));
	assert_string_equal(mx.trouble, "nobody answers");
	assert_string_equal(finding(), "mx-auto-trouble");
	assert_string_equal(body("a.example"), "");
	must(refresh("a.example", "m1.example m2.example"));
	serves("a.example", "m1.example m2.example");
	assert_int_equal(mx.done.added, 2);
	assert_int_equal(mx.from, SETTINGS_MX_AUTO);
	assert_int_equal(mx.list.count, 2);
	assert_non_null(mx.change.first);
}

static void
a_change_is_a_new_id(void **state)
{
	char id[40];
	struct registry_row row;

	must(do_add("a.example", "mx=auto"));
	must(refresh("a.example", "m1.example"));
	must(registry_find(reg, STR("a.example"), arena, &row));
	snprintf(id, sizeof(id), "%" STR_FMT, STR_ARG(row.policy.id));
	now_at += DAY;
	must(refresh("a.example", "m1.example"));
	must(registry_find(reg, STR("a.example"), arena, &row));
	assert_true(str_eq(row.policy.id, str_of(id)));
	must(refresh("a.example", "m1.example m2.example"));
	must(registry_find(reg, STR("a.example"), arena, &row));
	assert_false(str_eq(row.policy.id, str_of(id)));
}

static void
given_by_hand(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	assert_int_equal(refresh("a.example", "m2.example"), MTASTS_EINVAL);
	assert_string_equal(finding(), "domain-mx-given");
	serves("a.example", "m.example");
	assert_int_equal(refresh("b.example", "m2.example"), MTASTS_ENOENT);
}

static void
from_given_to_auto(void **state)
{
	must(do_add("a.example", "mx=m1.example,old.example"));
	must(do_set("a.example", "mx=auto"));
	/* Nothing is known yet: what is served stays. */
	serves("a.example", "m1.example old.example");
	must(refresh("a.example", "m1.example m2.example"));
	/* And what is gone stays for a while. */
	serves("a.example", "m1.example m2.example old.example");
	now_at += 2 * DAY;
	must(refresh("a.example", "m1.example m2.example"));
	serves("a.example", "m1.example m2.example");
	/* Back to a list by hand. */
	must(do_set("a.example", "mx=m9.example"));
	serves("a.example", "m9.example");
}

static void
enforced_only_grows(void **state)
{
	force = true;
	must(do_add("a.example", "mx=*.wide.example,m1.example mode=enforce"));
	force = false;
	must(do_set("a.example", "mx=auto"));
	must(refresh("a.example", "m1.example m2.example"));
	serves("a.example", "m1.example m2.example *.wide.example");
	now_at += 30 * DAY;
	must(refresh("a.example", "m2.example"));
	serves("a.example", "m1.example m2.example *.wide.example");
}

static void
to_enforce_needs_a_look(void **state)
{
	must(do_add("a.example", "mx=auto"));
	must(refresh("a.example", "m1.example"));
	refuses(do_set("a.example", "mode=enforce"), MTASTS_EPOLICY,
	    "domain-enforce-unchecked");
	/* Enforce from the first: what was seen is kept, nothing is served. */
	must(do_add("b.example", "mx=auto mode=enforce"));
	must(refresh("b.example", "m1.example"));
	assert_true(mx.kept);
	assert_string_equal(body("b.example"), "");
	force = true;
	must(refresh("b.example", "m1.example"));
	serves("b.example", "m1.example");
}

static void
aliases_add_theirs(void **state)
{
	must(do_add("a.example", "mx=auto"));
	must(refresh("a.example", "m1.example"));
	must(do_alias("b.example", "a.example"));
	must(refresh("b.example", "x.example"));
	assert_string_equal(mx.name, "b.example");
	serves("a.example", "m1.example x.example");
	serves("b.example", "m1.example x.example");
}

static void
the_default_may_be_auto(void **state)
{
	struct domain_mx_due due;

	must(domain_mx_next(reg, &due));
	assert_string_equal(due.name, "");
	must(do_defaults("mx=auto"));
	must(do_add("a.example", ""));
	must(do_add("b.example", "mx=m.example"));
	must(do_alias("c.example", "a.example"));
	must(domain_mx_next(reg, &due));
	assert_string_equal(due.name, "a.example");
	assert_int_equal(due.at, 0);
	must(refresh("a.example", "m1.example"));
	must(domain_mx_next(reg, &due));
	assert_string_equal(due.name, "c.example");
	must(refresh("c.example", "m1.example"));
	must(domain_mx_next(reg, &due));
	assert_string_equal(due.name, "a.example");
	assert_int_equal(due.at, mx.done.next_at);
	must(do_remove("c.example", true));
	must(do_remove("a.example", true));
	must(domain_mx_next(reg, &due));
	assert_string_equal(due.name, "");
}

static void
where_they_come_from(void **state)
{
	struct domain_job j;
	enum settings_mx from;

	must(do_add("a.example", "mx=certificates"));
	must(do_alias("b.example", "a.example"));
	j = job();
	must(domain_mx_from(&j, STR("b.example"), &from));
	assert_int_equal(from, SETTINGS_MX_CERTIFICATES);
	assert_int_equal(
	    domain_mx_from(&j, STR("x.example"), &from), MTASTS_ENOENT);
}

static void
folders_that_are_not_there(void **state)
{
	const char *const folders[] = { "/nonexistent/certificates" };
	struct mxauto_seen *seen = NULL;

	must(domain_mx_certificates(folders, 1, now_at, &seen));
	assert_false(seen->usable);
	mxauto_seen_free(seen);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, bench_open, bench_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_served_before_a_look),
		TEST(a_change_is_a_new_id),
		TEST(given_by_hand),
		TEST(from_given_to_auto),
		TEST(enforced_only_grows),
		TEST(to_enforce_needs_a_look),
		TEST(aliases_add_theirs),
		TEST(the_default_may_be_auto),
		TEST(where_they_come_from),
		TEST(folders_that_are_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
