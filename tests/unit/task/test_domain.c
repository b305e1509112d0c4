/*
 * test_domain.c - the jobs of the registry, one after another as people do
 * them: ids, aliases, removal, defaults, refusals
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/bench_registry.h"

/* 2025-02-27T00:00:00Z */
#define T0   INT64_C(1740614400)
#define DAY  86400
#define WEEK 604800

static void
add_serves_a_policy(void **state)
{
	must(do_add("Example.ORG.", "mx=mail.example.org"));
	/* REQ: TXT-3 POL-2 POL-6 */
	assert_string_equal(served("example.org"),
	    "20250227T000000 version: STSv1\r\nmode: testing\r\n"
	    "mx: mail.example.org\r\nmax_age: 604800\r\n");
	assert_int_equal(result.counts[DOMAIN_ADDED], 1);
	assert_string_equal(result.first->name, "example.org");
	assert_string_equal(result.first->old_id, "");
	assert_string_equal(result.first->new_id, "20250227T000000");
	assert_int_equal(result.first->ttl_s, 300);
	assert_string_equal(result.after[SETTINGS_MX], "mail.example.org");
	assert_null(result.after[SETTINGS_MODE]);
}

static void
names_are_a_labels(void **state)
{
	/* REQ: POL-8 */
	must(do_add("b\xc3\xbc"
		    "cher.example",
	    "mx=m\xc3\xa4il.example"));
	assert_string_equal(served("xn--bcher-kva.example"),
	    "20250227T000000 version: STSv1\r\nmode: testing\r\n"
	    "mx: xn--mil-qla.example\r\nmax_age: 604800\r\n");
}

static void
refused_at_add(void **state)
{
	char name[300];

	must(do_add("here.example", "mx=mx.example"));
	refuses(do_add("here.example", "mx=mx.example"), MTASTS_EEXIST,
	    "domain-exists");
	/* REQ: POL-5 */
	refuses(do_add("a.example", ""), MTASTS_EPOLICY, "domain-no-mx");
	refuses(do_add("a.example", "mode=testing"), MTASTS_EPOLICY,
	    "domain-no-mx");
	refuses(do_add("a..example", "mx=m.example"), MTASTS_ESYNTAX,
	    "domain-name");
	refuses(do_add("user@a.example", "mx=m.example"), MTASTS_ESYNTAX,
	    "domain-name");
	refuses(
	    do_add("192.0.2.1", "mx=m.example"), MTASTS_ESYNTAX, "domain-name");
	refuses(do_add("a.example", "mode=enforce mx=m.example"),
	    MTASTS_EPOLICY, "domain-enforce-unchecked");
	refuses(do_add("a.example", "mod=enforce"), MTASTS_ESYNTAX, "set-key");
	refuses(do_add("a.example", "enforce"), MTASTS_ESYNTAX, "word");
	/* Names whose "_mta-sts." would not fit in DNS. */
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	name[245] = '\0';
	refuses(
	    do_add(name, "mx=m.example"), MTASTS_ESYNTAX, "domain-name-long");
	name[244] = '\0';
	must(do_add(name, "mx=m.example"));
	/* Mostly a slip, but a name like others. */
	must(do_add("mta-sts.a.example", "mx=m.example"));
	assert_string_equal(finding(), "domain-name-prefix");
	assert_int_equal(count_names(), 3);
}

static void
id_follows_the_meaning(void **state)
{
	/* REQ: TXT-3 OPS-1 */
	static const struct {
		const char *words;
		const char *id;
	} rows[] = {
		{ "mx=b.example,a.example", "20250227T000000" },
		{ "mx=A.example.,b.example,a.example", "20250227T000000" },
		{ "rua=mailto:r@example.org ttl=60", "20250227T000000" },
		{ "mode=testing max-age=7d", "20250227T000000" },
		{ "mx=default", "" },
		{ "max-age=2w", "20250227T000001" },
		{ "mx=a.example,b.example,c.example", "20250227T000002" },
		{ "mx=a.example,b.example", "20250227T000003" },
		{ "mode=none", "20250227T000004" },
		/* Of a policy that says none, mx says nothing. */
		{ "mx=c.example", "20250227T000004" },
		{ "mx=default", "20250227T000004" },
	};

	must(do_add("a.example", "mx=a.example,b.example"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char before[1000];

		snprintf(before, sizeof(before), "%s", served("a.example"));
		if (*rows[i].id == '\0') {
			refuses(do_set("a.example", rows[i].words),
			    MTASTS_EPOLICY, "domain-no-mx");
			assert_string_equal(served("a.example"), before);
			continue;
		}
		must(do_set("a.example", rows[i].words));
		assert_memory_equal(served("a.example"), rows[i].id, 15);
		/* Same id, same bytes. */
		if (memcmp(before, rows[i].id, 15) == 0)
			assert_string_equal(served("a.example"), before);
		else
			assert_string_not_equal(served("a.example"), before);
	}
	every_id_has_one_body();
}

static void
id_never_goes_back(void **state)
{
	must(do_add("a.example", "mx=m1.example"));
	now_at = T0 - 1000 * DAY;
	must(do_set("a.example", "mx=m2.example"));
	assert_memory_equal(served("a.example"), "20250227T000001", 15);
	now_at = T0 + 100;
	must(do_set("a.example", "mx=m1.example"));
	assert_memory_equal(served("a.example"), "20250227T000140", 15);
	/* Back to old bytes is a change, too. */
	must(do_set("a.example", "mx=m2.example"));
	assert_memory_equal(served("a.example"), "20250227T000141", 15);
	every_id_has_one_body();
}

static void
id_outlives_the_domain(void **state)
{
	must(do_add("a.example", "mx=m1.example"));
	must(do_remove("a.example", true));
	assert_string_equal(served("a.example"), "");
	must(do_add("a.example", "mx=m2.example"));
	assert_memory_equal(served("a.example"), "20250227T000001", 15);
	every_id_has_one_body();
}

static void
set_tells_what_changed(void **state)
{
	must(do_add("a.example", "mx=m.example ttl=1h"));
	now_at += 5;
	must(do_set("a.example", "mode=none ttl=default"));
	assert_int_equal(result.counts[DOMAIN_CHANGED], 1);
	assert_string_equal(result.first->old_id, "20250227T000000");
	assert_string_equal(result.first->new_id, "20250227T000005");
	assert_int_equal(result.first->mode, MTASTS_MODE_NONE);
	assert_int_equal(result.first->ttl_s, 300);
	assert_string_equal(result.before[SETTINGS_TTL], "1h");
	assert_null(result.after[SETTINGS_TTL]);
	assert_null(result.before[SETTINGS_MODE]);
	assert_string_equal(result.after[SETTINGS_MODE], "none");
	must(do_set("a.example", "mode=none"));
	assert_int_equal(result.counts[DOMAIN_SAME], 1);
	assert_string_equal(result.first->new_id, "20250227T000005");
	refuses(
	    do_set("b.example", "mode=none"), MTASTS_ENOENT, "domain-unknown");
	/* All faults of one command at once. */
	refuses(do_set("a.example", "mode=maybe max-age=forever ttl=x"),
	    MTASTS_ESYNTAX, "set-mode");
	assert_int_equal(mtasts_diags_count(diags), 3);
}

static void
dry_run_changes_nothing(void **state)
{
	char before[1000];

	must(do_add("a.example", "mx=m.example"));
	snprintf(before, sizeof(before), "%s", served("a.example"));
	dry_run = true;
	must(do_set("a.example", "mode=none"));
	assert_string_equal(result.first->new_id, "20250227T000001");
	must(do_remove("a.example", true));
	must(do_add("b.example", "mx=m.example"));
	must(do_defaults("max-age=2w"));
	assert_int_equal(result.counts[DOMAIN_CHANGED], 1);
	dry_run = false;
	assert_string_equal(served("a.example"), before);
	assert_int_equal(count_names(), 1);
}

static void
enforce_needs_force(void **state)
{
	must(do_add("a.example", "mx=m1.example,m2.example"));
	refuses(do_set("a.example", "mode=enforce"), MTASTS_EPOLICY,
	    "domain-enforce-unchecked");
	refuses(do_defaults("mode=enforce"), MTASTS_EPOLICY,
	    "domain-enforce-unchecked");
	force = true;
	must(do_set("a.example", "mode=enforce"));
	force = false;
	/* What takes no MX away needs none. */
	must(do_set("a.example", "max-age=4w"));
	must(do_set("a.example", "mx=m1.example,m2.example,m3.example"));
	/* REQ: OPS-2 */
	refuses(do_set("a.example", "mx=m1.example,m3.example"), MTASTS_EPOLICY,
	    "domain-enforce-unchecked");
	/* The MX hosts of an alias count like those of its target. */
	refuses(do_alias("x.example", "a.example"), MTASTS_EPOLICY,
	    "domain-enforce-unchecked");
	force = true;
	must(do_alias("x.example", "a.example"));
	force = false;
	must(do_set("a.example", "mode=testing mx=m1.example"));
}

static void
aliases_follow(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	now_at += 10;
	must(do_alias("alias.example", "a.example"));
	assert_string_equal(result.first->target, "a.example");
	assert_string_equal(result.first->new_id, "20250227T000000");
	assert_string_equal(served("alias.example"), served("a.example"));
	must(do_set("a.example", "mode=none"));
	assert_memory_equal(served("alias.example"), "20250227T000010", 15);
	assert_string_equal(served("alias.example"), served("a.example"));
	must(do_alias("alias.example", "a.example"));
	assert_int_equal(result.counts[DOMAIN_SAME], 1);
	/* Moved to another domain. */
	must(do_add("b.example", "mx=m.example"));
	must(do_alias("alias.example", "b.example"));
	assert_string_equal(served("alias.example"), served("b.example"));
	every_id_has_one_body();
}

static void
aliases_refused(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(do_add("b.example", "mx=m.example"));
	must(do_alias("x.example", "a.example"));
	refuses(
	    do_alias("y.example", "y.example"), MTASTS_ENOENT, "alias-target");
	refuses(
	    do_alias("a.example", "A.example"), MTASTS_EINVAL, "alias-self");
	refuses(do_alias("y.example", "x.example"), MTASTS_EINVAL,
	    "alias-of-alias");
	refuses(do_alias("y.example", "nope.example"), MTASTS_ENOENT,
	    "alias-target");
	refuses(
	    do_alias("b.example", "a.example"), MTASTS_EEXIST, "domain-exists");
	refuses(
	    do_alias("a.example", "b.example"), MTASTS_EEXIST, "domain-exists");
	force = true;
	refuses(do_alias("a.example", "b.example"), MTASTS_EINVAL,
	    "domain-has-aliases");
	force = false;
	refuses(
	    do_remove("a.example", false), MTASTS_EINVAL, "domain-has-aliases");
	refuses(
	    do_remove("a.example", true), MTASTS_EINVAL, "domain-has-aliases");
	refuses(
	    do_set("x.example", "mode=none"), MTASTS_EINVAL, "domain-is-alias");
	refuses(do_add("x.example", "mx=m.example"), MTASTS_EEXIST,
	    "domain-is-alias");
	refuses(
	    do_remove("nope.example", false), MTASTS_ENOENT, "domain-unknown");
	must(do_remove("b.example", false));
	refuses(do_alias("y.example", "b.example"), MTASTS_EINVAL,
	    "domain-is-being-removed");
	refuses(do_set("b.example", "mode=none"), MTASTS_EINVAL,
	    "domain-is-being-removed");
}

static void
conversions(void **state)
{
	/* The same second, other bytes: two policies of one id. */
	must(do_add("a.example", "mx=m.example"));
	must(do_add("b.example", "mx=other.example"));
	force = true;
	must(do_alias("b.example", "a.example"));
	/* Who knows b.example by that id must see a new one. */
	assert_memory_equal(served("a.example"), "20250227T000001", 15);
	assert_string_equal(served("b.example"), served("a.example"));
	assert_int_equal(result.counts[DOMAIN_CHANGED], 2);
	must(do_add("b.example", "mx=other.example"));
	assert_memory_equal(served("b.example"), "20250227T000002", 15);
	must(do_alias("b.example", "a.example"));
	assert_string_equal(served("b.example"), served("a.example"));
	every_id_has_one_body();
}

static void
removal(void **state)
{
	/* REQ: OPS-4 */
	must(do_add("a.example", "mx=m.example max-age=4w ttl=1h"));
	now_at += 10;
	must(do_set("a.example", "max-age=1d"));
	now_at += DAY;
	must(do_remove("a.example", false));
	assert_int_equal(result.counts[DOMAIN_REMOVING], 1);
	/* The four weeks count from when they were replaced. */
	assert_int_equal(result.first->until_at, T0 + 10 + 4 * WEEK + 3600);
	assert_int_equal(result.first->enforce_at, 0);
	assert_string_equal(served("a.example"),
	    "20250228T000010 version: STSv1\r\nmode: none\r\n"
	    "max_age: 86400\r\n");
	/* Again, too early: nothing. */
	must(do_remove("a.example", false));
	assert_int_equal(result.counts[DOMAIN_SAME], 1);
	assert_int_equal(result.first->until_at, T0 + 10 + 4 * WEEK + 3600);
	/* Defaults pass it by. */
	must(do_defaults("max-age=2w"));
	assert_int_equal(result.counts[DOMAIN_CHANGED], 0);
	now_at = T0 + 10 + 4 * WEEK + 3600;
	must(do_remove("a.example", false));
	assert_int_equal(result.counts[DOMAIN_REMOVED], 1);
	assert_string_equal(served("a.example"), "");
	assert_int_equal(count_names(), 0);
}

static void
removal_taken_back(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(do_remove("a.example", false));
	must(do_add("a.example", "mx=m.example"));
	assert_memory_equal(served("a.example"), "20250227T000002", 15);
	assert_int_equal(view("a.example")->row.removing_at, 0);
	every_id_has_one_body();
}

static void
removal_of_alias(void **state)
{
	must(do_add("a.example", "mx=m.example max-age=2w ttl=60"));
	must(do_alias("x.example", "a.example"));
	now_at += 100;
	must(do_remove("x.example", false));
	assert_int_equal(result.first->until_at, T0 + 100 + 2 * WEEK + 60);
	assert_string_equal(served("x.example"),
	    "20250227T000140 version: STSv1\r\nmode: none\r\n"
	    "max_age: 86400\r\n");
	/* It follows no more, and its target may go. */
	must(do_set("a.example", "max-age=3w"));
	assert_memory_equal(served("x.example"), "20250227T000140", 15);
	must(do_remove("a.example", false));
}

static void
removal_at_once(void **state)
{
	force = true;
	must(do_add("a.example", "mx=m.example mode=enforce max-age=2w"));
	force = false;
	now_at += DAY;
	must(do_set("a.example", "mode=testing max-age=4w"));
	now_at += DAY;
	must(do_remove("a.example", true));
	assert_int_equal(result.counts[DOMAIN_REMOVED], 1);
	/* Mail is deferred by whoever still holds the enforce policy. */
	assert_int_equal(result.first->enforce_at, T0 + DAY + 2 * WEEK + 300);
	assert_int_equal(result.first->until_at, T0 + 2 * DAY + 4 * WEEK + 300);
	assert_int_equal(count_names(), 0);
}

static void
defaults_reach_all(void **state)
{
	must(do_defaults("mx=default.example"));
	must(do_add("a.example", ""));
	must(do_add("b.example", "max-age=1w"));
	must(do_add("c.example", "mx=own.example"));
	must(do_alias("x.example", "a.example"));
	now_at += 60;
	must(do_defaults("max-age=2w"));
	assert_int_equal(result.counts[DOMAIN_CHANGED], 2);
	assert_memory_equal(served("a.example"), "20250227T000100", 15);
	assert_string_equal(served("x.example"), served("a.example"));
	assert_memory_equal(served("b.example"), "20250227T000000", 15);
	assert_memory_equal(served("c.example"), "20250227T000100", 15);
	/* Without mx there, two domains have none: they keep theirs. */
	must(do_defaults("mx=default"));
	assert_int_equal(result.counts[DOMAIN_KEPT], 2);
	assert_string_equal(finding(), "domain-keeps-policy");
	assert_memory_equal(served("a.example"), "20250227T000100", 15);
	assert_int_equal(view("a.example")->state, DOMAIN_NEEDS_MX);
	assert_int_equal(view("c.example")->state, DOMAIN_SERVED);
	assert_int_equal(view("x.example")->state, DOMAIN_SERVED);
	must(do_defaults("mx=default.example"));
	assert_int_equal(result.counts[DOMAIN_KEPT], 0);
	assert_int_equal(result.counts[DOMAIN_CHANGED], 0);
	assert_memory_equal(served("a.example"), "20250227T000100", 15);
	every_id_has_one_body();
}

static void
defaults_keep_what_is_unsafe(void **state)
{
	force = true;
	must(do_defaults("mx=a.example,b.example"));
	must(do_add("one.example", "mode=enforce"));
	must(do_add("two.example", "mode=enforce"));
	must(do_add("three.example", ""));
	force = false;
	now_at += 60;
	/* Two would lose an mx they enforce: those keep theirs. */
	must(do_defaults("mx=b.example"));
	assert_int_equal(result.counts[DOMAIN_KEPT], 2);
	assert_int_equal(result.counts[DOMAIN_CHANGED], 1);
	assert_int_equal(mtasts_diags_count(diags), 2);
	assert_string_equal(finding(), "domain-enforce-unchecked");
	assert_memory_equal(served("one.example"), "20250227T000000", 15);
	assert_memory_equal(served("two.example"), "20250227T000000", 15);
	assert_memory_equal(served("three.example"), "20250227T000100", 15);
	/* All that mode enforce would be new for are told; nothing is done. */
	must(do_add("four.example", ""));
	refuses(do_defaults("mode=enforce"), MTASTS_EPOLICY,
	    "domain-enforce-unchecked");
	assert_int_equal(mtasts_diags_count(diags), 4);
	assert_int_equal(
	    view("four.example")->merged.mode, MTASTS_MODE_TESTING);
	must(do_set("one.example", "mx=a.example,b.example"));
	must(do_set("two.example", "mx=a.example,b.example"));
	must(do_set("three.example", "mode=testing"));
	must(do_set("four.example", "mode=testing"));
	refuses(do_defaults("mode=enforce"), MTASTS_EPOLICY,
	    "domain-enforce-unchecked");
	assert_int_equal(mtasts_diags_count(diags), 1);
	force = true;
	must(do_defaults("mode=enforce"));
	force = false;
	must(do_defaults("mode=enforce ttl=60"));
	every_id_has_one_body();
}

static void
show_tells_all(void **state)
{
	const struct domain_view *v;

	must(do_defaults("rua=mailto:r@example.net"));
	must(do_add("a.example", "mx=m.example"));
	now_at += 5;
	must(do_set("a.example", "mode=none"));
	must(do_alias("x.example", "a.example"));
	v = view("A.EXAMPLE");
	assert_int_equal(v->state, DOMAIN_SERVED);
	assert_int_equal(v->alias_count, 1);
	assert_string_equal(v->aliases[0], "x.example");
	assert_int_equal(v->policy_count, 2);
	assert_int_equal(v->policies[0].replaced_at, T0 + 5);
	assert_int_equal(v->merged.mode, MTASTS_MODE_NONE);
	assert_string_equal(v->merged.rua.v[0], "mailto:r@example.net");
	assert_int_equal(v->own.set, 1u << SETTINGS_MODE | 1u << SETTINGS_MX);
	v = view("x.example");
	assert_int_equal(v->policy_count, 1);
	assert_int_equal(v->merged.mode, MTASTS_MODE_NONE);
	assert_int_equal(job_show("nope.example"), MTASTS_ENOENT);
	assert_string_equal(finding(), "domain-unknown");
}

static void
lists_filter(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(do_add("b.example", "mx=m.example"));
	must(do_alias("x.test", "b.example"));
	must(do_remove("a.example", false));
	assert_string_equal(
	    names(""), "a.example:removing b.example:served x.test:served ");
	assert_string_equal(names("B.EX"), "b.example:served x.test:served ");
	assert_string_equal(names("zzz"), "");
	now_at += 100 * WEEK;
	assert_string_equal(names("a.ex"), "a.example:run out ");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(add_serves_a_policy),
		TEST(names_are_a_labels),
		TEST(refused_at_add),
		TEST(id_follows_the_meaning),
		TEST(id_never_goes_back),
		TEST(id_outlives_the_domain),
		TEST(set_tells_what_changed),
		TEST(dry_run_changes_nothing),
		TEST(enforce_needs_force),
		TEST(aliases_follow),
		TEST(aliases_refused),
		TEST(conversions),
		TEST(removal),
		TEST(removal_taken_back),
		TEST(removal_of_alias),
		TEST(removal_at_once),
		TEST(defaults_reach_all),
		TEST(defaults_keep_what_is_unsafe),
		TEST(show_tells_all),
		TEST(lists_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
