/*
 * test_registry_db.c - names, policies and history of the registry's tables
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "store/registry_db.h"
#include "support/scratch.h"

static struct scratch dir;
static struct registry *reg;
static struct arena *arena;

/* set_up - an empty registry */
static int
set_up(void **state)
{
	arena = arena_new(64u << 20);
	if (arena == NULL || scratch_open(&dir) != 0)
		return -1;
	return registry_open(dir.path, REGISTRY_WRITE, &reg, NULL);
}

/* tear_down - without it */
static int
tear_down(void **state)
{
	registry_close(reg);
	arena_free(arena);
	scratch_close(&dir);
	return 0;
}

/* put - a name; target null for a domain */
static void
put(const char *name, const char *target)
{
	struct registry_row row = {
		.name = str_of(name),
		.target = str_of(target),
		.added_at = 100,
	};

	assert_int_equal(registry_put(reg, &row), MTASTS_OK);
}

/* policy - a policy of these facts */
static struct registry_policy
policy(const char *id, const char *body, enum mtasts_mode mode, int64_t at)
{
	return (struct registry_policy){
		.id = str_of(id),
		.body = str_of(body),
		.mode = mode,
		.max_age_s = 1000,
		.mx_count = 1,
		.first_at = at,
	};
}

/* serve - a name serves a policy from a time on */
static void
serve(const char *name, const char *id, const char *body, int64_t at)
{
	struct registry_policy p = policy(id, body, MTASTS_MODE_ENFORCE, at);

	assert_int_equal(registry_serve(reg, str_of(name), &p, at), MTASTS_OK);
}

/* A listing of what a walk gave. */
struct listing {
	char text[2000];
	size_t stop_after;
	size_t seen;
};

/* note - append a line; false when enough were seen */
static bool
note(struct listing *l, const char *fmt, ...)
{
	size_t len = strlen(l->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->text + len, sizeof(l->text) - len, fmt, ap);
	va_end(ap);
	return ++l->seen != l->stop_after;
}

static bool
note_served(void *arg, const struct registry_served *s)
{
	return note(arg, "%.*s %.*s %.*s %s %lld\n", STR_ARG(s->domain),
	    STR_ARG(s->id), STR_ARG(s->body), mtasts_mode_name(s->mode),
	    (long long)s->since_at);
}

static bool
note_row(void *arg, const struct registry_row *row)
{
	return note(arg, "%.*s>%.*s %.*s\n", STR_ARG(row->name),
	    STR_ARG(row->target), STR_ARG(row->policy.id));
}

static bool
note_policy(void *arg, const struct registry_policy *p)
{
	return note(arg, "%.*s %lld-%lld\n", STR_ARG(p->id),
	    (long long)p->first_at, (long long)p->replaced_at);
}

static bool
note_history(
    void *arg, const struct registry_row *row, const struct registry_policy *p)
{
	return note(arg, "%.*s %.*s %lld\n", STR_ARG(row->name),
	    p ? (int)p->id.len : 1, p ? p->id.p : "-",
	    (long long)row->added_at);
}

static bool
note_name(void *arg, struct str name)
{
	return note(arg, "%.*s\n", STR_ARG(name));
}

static void
served_rows(void **state)
{
	struct listing all = { .text = "" };
	struct listing one = { .stop_after = 1 };

	put("b.example", NULL);
	put("a.example", NULL);
	put("empty.example", NULL);
	put("c.example", "b.example");
	serve("b.example", "2", "body b", 10);
	serve("c.example", "2", "body b", 11);
	serve("a.example", "1", "body a", 12);
	assert_int_equal(
	    registry_each_served(reg, note_served, &all), MTASTS_OK);
	assert_string_equal(all.text,
	    "a.example 1 body a enforce 12\n"
	    "b.example 2 body b enforce 10\n"
	    "c.example 2 body b enforce 11\n");
	assert_int_equal(
	    registry_each_served(reg, note_served, &one), MTASTS_OK);
	assert_int_equal(one.seen, 1);
}

static void
replacing_makes_history(void **state)
{
	struct registry_policy old =
	    policy("0", "body 0", MTASTS_MODE_TESTING, 1);
	struct listing l = { .text = "" }, again = { .text = "" };
	struct registry_ran_out out;

	put("a.example", NULL);
	serve("a.example", "1", "body 1", 10);
	serve("a.example", "2", "body 2", 20);
	/* The clock stepped back: nothing ends before it began. */
	serve("a.example", "3", "body 3", 15);
	assert_int_equal(
	    registry_each_policy(reg, STR("a.example"), note_policy, &l),
	    MTASTS_OK);
	assert_string_equal(l.text, "1 10-20\n2 20-20\n3 15-0\n");
	/* REQ: OPS-4 */
	assert_int_equal(
	    registry_ran_out(reg, STR("a.example"), &out), MTASTS_OK);
	assert_int_equal(out.all_at, 1020);
	assert_int_equal(out.enforce_at, 1020);
	/* History from elsewhere, once. */
	old.replaced_at = 5000;
	assert_int_equal(
	    registry_remember(reg, STR("a.example"), &old), MTASTS_OK);
	assert_int_equal(
	    registry_remember(reg, STR("a.example"), &old), MTASTS_OK);
	assert_int_equal(
	    registry_ran_out(reg, STR("a.example"), &out), MTASTS_OK);
	assert_int_equal(out.all_at, 6000);
	assert_int_equal(out.enforce_at, 1020);
	/* The same id again: taken up, not doubled. */
	serve("a.example", "1", "body 1", 30);
	assert_int_equal(
	    registry_each_policy(reg, STR("a.example"), note_policy, &again),
	    MTASTS_OK);
	assert_string_equal(again.text, "2 20-20\n3 15-30\n0 1-5000\n1 10-0\n");
	assert_int_equal(
	    registry_ran_out(reg, STR("none.example"), &out), MTASTS_OK);
	assert_int_equal(out.all_at, 0);
}

static void
names_and_aliases(void **state)
{
	struct listing all = { .text = "" }, al = { .text = "" };
	struct listing group = { .text = "" };
	struct registry_row row;

	put("a.example", NULL);
	put("x.example", "a.example");
	put("b.example", "a.example");
	serve("a.example", "1", "body", 1);
	serve("b.example", "7", "body", 1);
	assert_int_equal(registry_each(reg, note_row, &all), MTASTS_OK);
	assert_string_equal(all.text,
	    "a.example> 1\nb.example>a.example 7\nx.example>a.example \n");
	assert_int_equal(
	    registry_each_alias(reg, STR("a.example"), note_name, &al),
	    MTASTS_OK);
	assert_string_equal(al.text, "b.example\nx.example\n");
	assert_int_equal(registry_each_group_policy(
			     reg, STR("a.example"), note_policy, &group),
	    MTASTS_OK);
	assert_int_equal(group.seen, 2);
	assert_int_equal(
	    registry_find(reg, STR("b.example"), arena, &row), MTASTS_OK);
	assert_true(str_eq(row.target, STR("a.example")));
	assert_true(row.served && str_eq(row.policy.id, STR("7")));
	assert_int_equal(
	    registry_find(reg, STR("zz"), arena, &row), MTASTS_ENOENT);
	assert_int_equal(registry_delete(reg, STR("x.example")), MTASTS_OK);
	assert_int_equal(
	    registry_find(reg, STR("x.example"), arena, &row), MTASTS_ENOENT);
	/* The schema itself keeps a target that has aliases. */
	assert_int_equal(registry_delete(reg, STR("a.example")), MTASTS_ESTORE);
}

static void
history_of_all(void **state)
{
	struct listing l = { .text = "" };

	put("a.example", NULL);
	put("b.example", NULL);
	put("gone.example", NULL);
	serve("b.example", "1", "x", 1);
	serve("b.example", "2", "y", 2);
	serve("gone.example", "9", "z", 3);
	assert_int_equal(
	    registry_unserve(reg, STR("gone.example"), 4), MTASTS_OK);
	assert_int_equal(registry_delete(reg, STR("gone.example")), MTASTS_OK);
	assert_int_equal(
	    registry_each_history(reg, note_history, &l), MTASTS_OK);
	assert_string_equal(l.text,
	    "a.example - 100\nb.example 1 100\nb.example 2 100\n"
	    "gone.example 9 0\n");
}

/* set - one setting, which must be good */
static void
set(struct settings *s, enum settings_key key, const char *value)
{
	assert_int_equal(
	    settings_put(s, arena, key, str_of(value), NULL), MTASTS_OK);
}

static void
settings_round_trip(void **state)
{
	struct registry_row row = { .name = STR("a.example"), .added_at = 1 };
	struct settings s = { .host = "" }, back, defaults;
	struct registry_row found;

	assert_int_equal(registry_defaults(reg, arena, &defaults), MTASTS_OK);
	assert_int_equal(defaults.set, 0);
	set(&s, SETTINGS_MODE, "enforce");
	set(&s, SETTINGS_MAX_AGE, "1w");
	set(&s, SETTINGS_TTL, "300");
	set(&s, SETTINGS_ADDRESSES, "192.0.2.1");
	set(&s, SETTINGS_RUA, "");
	assert_int_equal(registry_put_defaults(reg, &s), MTASTS_OK);
	assert_int_equal(registry_put_defaults(reg, &s), MTASTS_OK);
	assert_int_equal(registry_defaults(reg, arena, &defaults), MTASTS_OK);
	assert_int_equal(defaults.set, s.set);
	assert_int_equal(defaults.max_age_s, 604800);
	assert_string_equal(defaults.addresses.v[0], "192.0.2.1");
	assert_int_equal(defaults.rua.count, 0);
	assert_int_equal(registry_set_values(&row, &s, arena), MTASTS_OK);
	assert_int_equal(registry_put(reg, &row), MTASTS_OK);
	assert_int_equal(
	    registry_find(reg, row.name, arena, &found), MTASTS_OK);
	assert_int_equal(
	    registry_settings(reg, &found, arena, &back), MTASTS_OK);
	assert_int_equal(back.set, s.set);
	assert_int_equal(back.mode, MTASTS_MODE_ENFORCE);
}

static void
hand_made_nonsense_is_told(void **state)
{
	struct registry_row row = { .name = STR("a.example") };
	struct mtasts_diags *diags = mtasts_diags_new();
	struct settings s;

	row.values[SETTINGS_MODE] = STR("perhaps");
	assert_int_equal(
	    registry_settings(reg, &row, arena, &s), MTASTS_ESTORE);
	registry_explain(reg, diags);
	assert_string_equal(mtasts_diags_get(diags, 0)->name, "store-corrupt");
	assert_non_null(
	    strstr(mtasts_diags_get(diags, 0)->message, "a.example"));
	mtasts_diags_free(diags);
}

static void
readers_see_commits(void **state)
{
	struct listing before = { .text = "" }, after = { .text = "" };
	struct registry *r = NULL;
	int64_t v1, v2;

	assert_int_equal(
	    registry_open(dir.path, REGISTRY_READ, &r, NULL), MTASTS_OK);
	assert_int_equal(registry_version(r, &v1), MTASTS_OK);
	assert_int_equal(registry_begin(reg, REGISTRY_WRITE), MTASTS_OK);
	put("a.example", NULL);
	serve("a.example", "1", "x", 1);
	assert_int_equal(
	    registry_each_served(r, note_served, &before), MTASTS_OK);
	assert_int_equal(before.seen, 0);
	assert_int_equal(registry_commit(reg), MTASTS_OK);
	assert_int_equal(registry_version(r, &v2), MTASTS_OK);
	assert_true(v1 != v2);
	assert_int_equal(
	    registry_each_served(r, note_served, &after), MTASTS_OK);
	assert_int_equal(after.seen, 1);
	registry_close(r);
}

static void
every_commit_differs(void **state)
{
	int64_t seen[50];

	/* Faster than any file system's clock. */
	for (int i = 0; i < 50; i++) {
		assert_int_equal(
		    registry_begin(reg, REGISTRY_WRITE), MTASTS_OK);
		put("a.example", NULL);
		assert_int_equal(registry_commit(reg), MTASTS_OK);
		assert_int_equal(registry_version(reg, &seen[i]), MTASTS_OK);
		for (int k = 0; k < i; k++)
			assert_true(seen[i] != seen[k]);
	}
	/* Nothing happens, nothing differs. */
	assert_int_equal(registry_version(reg, &seen[0]), MTASTS_OK);
	assert_true(seen[0] == seen[49]);
}

/* still - commit, and make both files look as if nothing had happened */
static int64_t
still(int64_t *version)
{
	static const char *const names[] = { "registry.db", "registry.db-wal" };
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	struct stat st = { 0 };
	char path[PATH_MAX];

	assert_int_equal(registry_begin(reg, REGISTRY_WRITE), MTASTS_OK);
	put("a.example", NULL);
	assert_int_equal(registry_commit(reg), MTASTS_OK);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir.path, names[i]);
		assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
		assert_int_equal(stat(path, &st), 0);
	}
	assert_int_equal(registry_version(reg, version), MTASTS_OK);
	return st.st_size;
}

/*
 * Once the log is used again from its beginning its size stays, and a reader
 * who looks while a commit is on its way sees the time of the commit beside the
 * rows of before. The commits are counted for that.
 */
static void
commits_count_themselves(void **state)
{
	int64_t before = 0, after = 0, size = 0, same = 0;

	for (int i = 0; i < 2000 && same < 2; i++) {
		int64_t now = still(&after);

		same = now == size ? same + 1 : 0;
		if (same == 1)
			before = after;
		size = now;
	}
	assert_int_equal(same, 2);
	assert_true(before != after);
}

/* count_served - how many rows there are */
static bool
count_served(void *arg, const struct registry_served *s)
{
	*(size_t *)arg += s->body.len;
	return true;
}

static void
ten_thousand(void **state)
{
	struct timespec a, b;
	size_t bytes = 0;
	double ms;

	assert_int_equal(registry_begin(reg, REGISTRY_WRITE), MTASTS_OK);
	for (int i = 0; i < 10000; i++) {
		char name[64];

		snprintf(name, sizeof(name), "d%05d.example", i);
		put(name, NULL);
		serve(name, "20250227T000000",
		    "version: STSv1\r\nmode: enforce\r\n"
		    "mx: mail.example.org\r\nmax_age: 604800\r\n",
		    1);
	}
	assert_int_equal(registry_commit(reg), MTASTS_OK);
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(
	    registry_each_served(reg, count_served, &bytes), MTASTS_OK);
	clock_gettime(CLOCK_MONOTONIC, &b);
	ms = (double)(b.tv_sec - a.tv_sec) * 1e3 +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e6;
	print_message("10,000 served policies read in %.1f ms\n", ms);
	assert_int_equal(bytes, 10000 * 70);
	assert_true(ms < 1000); /* a bound that a busy machine keeps */
}

/* A name with a long past costs no more for each policy than a short one. */
static void
long_history(void **state)
{
	struct timespec from, to;
	char id[32];

	assert_int_equal(registry_begin(reg, REGISTRY_WRITE), MTASTS_OK);
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 20000; i++) {
		struct registry_policy p;

		snprintf(id, sizeof(id), "id%d", i / 2);
		p = policy(id, "body", MTASTS_MODE_TESTING, 100 + i);
		p.replaced_at = 101 + i;
		assert_int_equal(
		    registry_remember(reg, STR("a.test"), &p), MTASTS_OK);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(registry_commit(reg), MTASTS_OK);
	assert_true(to.tv_sec - from.tv_sec < 10);
	/* What was known already stays as it was. */
	assert_int_equal(registry_find_policy(reg, STR("a.test"), STR("id7"),
			     arena, &(struct registry_policy){ 0 }),
	    MTASTS_OK);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(served_rows),
		TEST(replacing_makes_history),
		TEST(names_and_aliases),
		TEST(history_of_all),
		TEST(settings_round_trip),
		TEST(hand_made_nonsense_is_told),
		TEST(readers_see_commits),
		TEST(every_commit_differs),
		TEST(commits_count_themselves),
		TEST(ten_thousand),
		TEST(long_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
