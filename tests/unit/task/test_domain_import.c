/*
 * test_domain_import.c - import and export: moving, merging, pruning, refusing
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/bench_registry.h"

#define T0   INT64_C(1740614400) /* 2025-02-27T00:00:00Z */
#define WEEK 604800
#define F    "{\"format\":\"mtasts-registry-1\""

/* furnish - a registry with something of every kind */
static void
furnish(void)
{
	must(do_defaults("mx=m.example rua=mailto:r@example.org"));
	must(do_add("a.example", ""));
	must(do_add("b.example", "mode=none max-age=4w ttl=60"));
	must(do_alias("x.example", "a.example"));
	now_at += 1000;
	must(do_set("a.example", "max-age=2w"));
	force = true;
	must(do_add("e.example", "mode=enforce mx=e.example,f.example"));
	/* Other order, same meaning: the old bytes are served. */
	must(do_set("e.example", "mx=f.example,e.example"));
	force = false;
	must(do_add("gone.example", "mx=old.example"));
	must(do_remove("gone.example", true));
	must(do_add("going.example", ""));
	now_at += 1000;
	must(do_remove("going.example", false));
	must(do_add("kept.example", ""));
	must(do_defaults("mx=default"));
	assert_int_equal(result.counts[DOMAIN_KEPT], 2);
}

/* start_over - an empty registry in the same folder */
static void
start_over(void)
{
	registry_close(reg);
	scratch_close(&dir);
	assert_int_equal(scratch_open(&dir), 0);
	assert_int_equal(
	    registry_open(dir.path, REGISTRY_WRITE, &reg, NULL), MTASTS_OK);
}

static void
moved_whole(void **state)
{
	const char *before, *bodies;

	furnish();
	before = exported();
	bodies = served("e.example");
	start_over();
	now_at += 50 * WEEK;
	/* What is enforced there already needs no force here. */
	must(do_import(before, false));
	assert_string_equal(exported(), before);
	assert_string_equal(served("e.example"), bodies);
	assert_string_equal(served("gone.example"), "");
	/* Twice changes nothing, pruning neither. */
	must(do_import(before, false));
	assert_int_equal(result.counts[DOMAIN_ADDED], 0);
	assert_int_equal(result.counts[DOMAIN_CHANGED], 0);
	assert_int_equal(result.counts[DOMAIN_SAME], 6);
	must(do_import(before, true));
	assert_string_equal(exported(), before);
	/* The history still counts. */
	must(do_add("gone.example", "mx=new.example"));
	every_id_has_one_body();
}

static void
plain_list(void **state)
{
	/* Without mx from the defaults there is nothing to serve. */
	refuses(do_import("a.example\nb.example\n", false), MTASTS_ESYNTAX,
	    "domain-no-mx");
	assert_int_equal(mtasts_diags_count(diags), 2);
	assert_int_equal(mtasts_diags_get(diags, 1)->line, 2);
	assert_string_equal(mtasts_diags_get(diags, 1)->file, "file");
	assert_int_equal(count_names(), 0);
	must(do_defaults("mx=m.example"));
	must(do_add("b.example", "mx=own.example max-age=2w"));
	must(do_import("a.example\nB.example.\n# c.example\n", false));
	assert_int_equal(result.counts[DOMAIN_ADDED], 1);
	assert_int_equal(result.counts[DOMAIN_SAME], 1);
	assert_string_equal(names(""), "a.example:served b.example:served ");
	/* What is there keeps its settings. */
	assert_int_equal(view("b.example")->merged.max_age_s, 2 * WEEK);
	/* What is going stays, with the settings it had. */
	must(do_remove("b.example", false));
	must(do_import("a.example\nb.example\n", false));
	assert_string_equal(names(""), "a.example:served b.example:served ");
	assert_int_equal(view("b.example")->merged.max_age_s, 2 * WEEK);
	every_id_has_one_body();
}

static void
pruning(void **state)
{
	furnish();
	must(do_defaults("mx=m.example"));
	must(do_import("e.example\n", true));
	/* Aliases, domains, through mode none; what was going, too. */
	assert_int_equal(result.counts[DOMAIN_REMOVING], 4);
	assert_int_equal(result.counts[DOMAIN_REMOVED], 0);
	assert_string_equal(names(""),
	    "a.example:removing b.example:removing e.example:served "
	    "going.example:removing kept.example:removing "
	    "x.example:removing ");
	assert_memory_equal(
	    served("x.example") + 16, "version: STSv1\r\nmode: none", 26);
	now_at += 5 * WEEK;
	must(do_import("e.example\n", true));
	assert_int_equal(result.counts[DOMAIN_REMOVED], 5);
	assert_string_equal(names(""), "e.example:served ");
	every_id_has_one_body();
}

static void
pruning_all_needs_force(void **state)
{
	must(do_import("", true));
	must(do_add("a.example", "mx=m.example"));
	refuses(do_import("", true), MTASTS_ESYNTAX, "import-prunes-all");
	refuses(do_import(F "}", true), MTASTS_ESYNTAX, "import-prunes-all");
	assert_string_equal(names(""), "a.example:served ");
	must(do_import("", false));
	force = true;
	must(do_import("", true));
	assert_string_equal(names(""), "a.example:removing ");
	/* Nothing is left to be lost. */
	force = false;
	must(do_import("", true));
}

/* found - is there a finding of this name, at this line? */
static bool
found(const char *name, unsigned line)
{
	for (size_t i = 0; i < mtasts_diags_count(diags); i++)
		if (mtasts_diags_get(diags, i)->line == line &&
		    strcmp(mtasts_diags_get(diags, i)->name, name) == 0)
			return true;
	return false;
}

static void
all_faults_are_told(void **state)
{
	static const char text[] =
	    F ",\n\"domains\":["
	      "{\"name\":\"a.example\",\"settings\":{\"mode\":\"enforced\"}},\n"
	      "{\"name\":\"b.example\",\"alias_of\":\"no.example\"},\n"
	      "{\"name\":\"c.example\",\"settings\":{}},\n"
	      "{\"name\":\"d.example\",\"settings\":{\"mode\":\"enforce\","
	      "\"mx\":[\"m.example\"]}},\n"
	      "{\"name\":\"d.example\"},\n"
	      "{\"name\":\"e.example\",\"alias_of\":\"a.example\"}]}";

	must(do_add("old.example", "mx=m.example"));
	refuses(do_import(text, true), MTASTS_ESYNTAX, "set-mode");
	assert_true(found("set-mode", 2));
	assert_true(found("alias-target", 3));
	assert_true(found("domain-no-mx", 4));
	assert_true(found("domain-enforce-unchecked", 5));
	assert_true(found("import-twice", 6));
	/* a.example will be there when its fault is mended. */
	assert_false(found("alias-target", 7));
	assert_int_equal(mtasts_diags_count(diags), 5);
	assert_string_equal(names(""), "old.example:served ");
	/* Whose name cannot be read may be the target of others. */
	refuses(do_import(F ",\"domains\":[\n{\"nam\":\"a.example\"},\n"
			    "{\"name\":\"e.example\",\"alias_of\":"
			    "\"a.example\"},\n{\"name\":\"f.example\"}]}",
		    true),
	    MTASTS_ESYNTAX, "import-value");
	assert_true(found("domain-no-mx", 4));
	assert_int_equal(mtasts_diags_count(diags), 2);
	/* Wrong defaults would make faults where there are none. */
	refuses(do_import(F ",\"defaults\":{\"mx\":[\"a..b\"]},\"domains\":["
			    "{\"name\":\"f.example\"}]}",
		    false),
	    MTASTS_ESYNTAX, "set-mx");
	assert_int_equal(mtasts_diags_count(diags), 1);
	assert_string_equal(names(""), "old.example:served ");
}

static void
taking_up_needs_mx(void **state)
{
	must(do_defaults("mx=m.example"));
	must(do_add("a.example", ""));
	must(do_remove("a.example", false));
	must(do_defaults("mx=default"));
	/* Else it would go on with the mode none of its removal. */
	refuses(
	    do_import("a.example\n", false), MTASTS_ESYNTAX, "domain-no-mx");
	assert_string_equal(names(""), "a.example:removing ");
}

static void
pruning_keeps_what_aliases_need(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(do_alias("x.example", "a.example"));
	refuses(do_import("x.example\n", true), MTASTS_ESYNTAX, "alias-target");
	assert_string_equal(names(""), "a.example:served x.example:served ");
}

static void
settings_are_declared(void **state)
{
	must(do_add("a.example", "mx=m.example max-age=4w ttl=60"));
	now_at += 60;
	must(do_import(F ",\"domains\":[{\"name\":\"a.example\",\"settings\":"
			 "{\"mx\":[\"m.example\"],\"max-age\":\"4w\"}}]}",
	    false));
	/* The TTL is no part of the policy. */
	assert_int_equal(result.counts[DOMAIN_CHANGED], 1);
	assert_string_equal(result.first->old_id, result.first->new_id);
	assert_int_equal(view("a.example")->merged.ttl_s, 300);
	must(do_import(F ",\"domains\":[{\"name\":\"a.example\",\"settings\":"
			 "{\"mx\":[\"m.example\"]}}]}",
	    false));
	assert_string_equal(result.first->new_id, "20250227T000100");
	refuses(
	    do_import(F ",\"domains\":[{\"name\":\"a.example\",\"settings\":"
			"{\"mx\":[\"m.example\"],\"mode\":\"enforce\"}}]}",
		false),
	    MTASTS_ESYNTAX, "domain-enforce-unchecked");
	force = true;
	must(do_import(F ",\"domains\":[{\"name\":\"a.example\",\"settings\":"
			 "{\"mx\":[\"m.example\"],\"mode\":\"enforce\"}}]}",
	    false));
	every_id_has_one_body();
}

#define BODY_A \
	"version: STSv1\\r\\nmode: testing\\r\\nmx: m.example\\r\\nmax_age: 604800\\r\\n"
#define BODY_B \
	"version: STSv1\\r\\nmode: testing\\r\\nmx: n.example\\r\\nmax_age: 604800\\r\\n"
#define P(id, rest, body)                                               \
	"{\"id\":\"" id "\",\"first_at\":\"2025-01-01T00:00:00Z\"" rest \
	",\"body\":\"" body "\"}"
#define GONE ",\"replaced_at\":\"2025-02-01T00:00:00Z\""
#define D(policies)                                                     \
	F ",\"domains\":[{\"name\":\"a.example\",\"settings\":{\"mx\":" \
	  "[\"m.example\"]},\"policies\":[" policies "]}]}"

static void
ids_are_taken_over(void **state)
{
	/* An id of another tool's form, for the very policy we would serve. */
	must(do_import(D(P("abc1", "", BODY_A)), false));
	assert_memory_equal(served("a.example"), "abc1 version", 12);
	now_at += 60;
	must(do_set("a.example", "max-age=2w"));
	assert_memory_equal(served("a.example"), "20250227T000100", 15);
	/* The old file again: its id is known, and is not served again. */
	must(do_import(D(P("abc1", "", BODY_A)), false));
	assert_memory_equal(served("a.example"), "20250227T000101", 15);
	every_id_has_one_body();
}

static void
a_newer_id_wins(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(do_alias("x.example", "a.example"));
	must(do_import(
	    D(P("old", GONE, BODY_B) "," P("new", "", BODY_A)), false));
	assert_memory_equal(served("a.example"), "new version", 11);
	assert_string_equal(served("x.example"), served("a.example"));
	assert_int_equal(view("a.example")->policy_count, 3);
	assert_int_equal(view("a.example")->policies[0].replaced_at, T0);
}

static void
what_is_not_wanted_is_history(void **state)
{
	/* The served policy of the file does not fit its settings. */
	must(do_import(D(P("abc1", "", BODY_B)), false));
	assert_memory_equal(served("a.example"), "20250227T000000", 15);
	assert_int_equal(view("a.example")->policy_count, 2);
	assert_string_equal(bench_view.policies[0].id.p, "abc1");
	assert_int_equal(bench_view.policies[0].replaced_at, T0);
}

static void
an_id_is_not_taken_from_an_alias(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(
	    do_import(F ",\"former\":[{\"name\":\"x.example\",\"policies\":[" P(
			  "new", GONE, BODY_B) "]}]}",
		false));
	must(do_alias("x.example", "a.example"));
	must(do_import(D(P("new", "", BODY_A)), false));
	/* x.example had another policy by that name. */
	assert_memory_equal(served("a.example"), "20250227T000000", 15);
	assert_string_equal(served("x.example"), served("a.example"));
	every_id_has_one_body();
}

static void
refused_as_a_whole(void **state)
{
	static const struct {
		const char *text;
		const char *finding;
		unsigned line;
	} rows[] = {
		{ F ",\"domains\":[{\"name\":\"new.example\",\"settings\":"
		    "{\"mx\":\"m.example\"}},\n{\"name\":\"b.example\"}]}",
		    "domain-no-mx", 2 },
		{ F ",\"domains\":[{\"name\":\"new.example\",\"settings\":"
		    "{\"mx\":\"m.example\"}},\n{\"name\":\"a.example\","
		    "\"settings\":{\"mx\":\"m.example\"},\"policies\":[" P(
			"20250227T000000", GONE, BODY_B) "]}]}",
		    "import-id-reused", 2 },
		{ F ",\"domains\":[\n{\"name\":\"x.example\",\"alias_of\":"
		    "\"nope.example\"}]}",
		    "alias-target", 2 },
		{ F ",\"domains\":[\n{\"name\":\"x.example\",\"alias_of\":"
		    "\"x.example\"}]}",
		    "alias-target", 2 },
		{ F ",\"domains\":[{\"name\":\"x.example\",\"alias_of\":"
		    "\"a.example\"},\n{\"name\":\"y.example\",\"alias_of\":"
		    "\"x.example\"}]}",
		    "alias-target", 2 },
		{ F ",\"defaults\":{\"mode\":\"enforce\"}}",
		    "domain-enforce-unchecked", 0 },
	};
	const char *before;

	must(do_add("a.example", "mx=m.example"));
	before = exported();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		refuses(do_import(rows[i].text, false), MTASTS_ESYNTAX,
		    rows[i].finding);
		assert_int_equal(
		    mtasts_diags_get(diags, 0)->line, rows[i].line);
		assert_string_equal(exported(), before);
	}
}

static void
defaults_of_a_file_reach_all(void **state)
{
	must(do_add("a.example", "mx=m.example"));
	must(do_add("b.example", "mx=m.example max-age=1w"));
	must(do_import(F ",\"defaults\":{\"max-age\":86400}}", false));
	assert_int_equal(result.counts[DOMAIN_CHANGED], 1);
	assert_int_equal(view("a.example")->row.policy.max_age_s, 86400);
	assert_int_equal(view("b.example")->row.policy.max_age_s, WEEK);
}

static void
aliases_from_a_file(void **state)
{
	/* The alias stands first, its target after it. */
	must(do_import(F ",\"domains\":[{\"name\":\"x.example\",\"alias_of\":"
			 "\"a.example\"},{\"name\":\"a.example\","
			 "\"settings\":{\"mx\":\"m.example\"}}]}",
	    false));
	assert_int_equal(result.counts[DOMAIN_ADDED], 2);
	assert_string_equal(served("x.example"), served("a.example"));
	/* The two change places. */
	now_at += 60;
	must(do_import(F ",\"domains\":[{\"name\":\"a.example\",\"alias_of\":"
			 "\"x.example\"},{\"name\":\"x.example\","
			 "\"settings\":{\"mx\":\"n.example\"}}]}",
	    false));
	assert_string_equal(served("x.example"), served("a.example"));
	assert_memory_equal(served("x.example"), "20250227T000100", 15);
	every_id_has_one_body();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(moved_whole),
		TEST(plain_list),
		TEST(pruning),
		TEST(pruning_keeps_what_aliases_need),
		TEST(pruning_all_needs_force),
		TEST(all_faults_are_told),
		TEST(taking_up_needs_mx),
		TEST(settings_are_declared),
		TEST(ids_are_taken_over),
		TEST(a_newer_id_wins),
		TEST(what_is_not_wanted_is_history),
		TEST(an_id_is_not_taken_from_an_alias),
		TEST(refused_as_a_whole),
		TEST(defaults_of_a_file_reach_all),
		TEST(aliases_from_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
