/*
 * test_registry_publish - how far publishing is, and whose turn it is
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/registry_publish.h"
#include "support/scratch.h"

static struct scratch dir;
static struct registry *reg;
static struct arena *arena;

static int
set_up(void **state)
{
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

/* put_domain - a registered name, or an alias */
static void
put_domain(const char *name, const char *target)
{
	struct registry_row row = {
		.name = str_of(name), .target = str_of(target), .added_at = 1
	};

	assert_int_equal(registry_put(reg, &row), MTASTS_OK);
}

/* serve - a policy of that id */
static void
serve(const char *name, const char *id)
{
	struct registry_policy p = {
		.id = str_of(id), .body = str_of(id), .mode = MTASTS_MODE_NONE
	};

	assert_int_equal(registry_serve(reg, str_of(name), &p, 5), MTASTS_OK);
}

/* find - what is known of a name */
static struct registry_published
find(const char *name)
{
	struct registry_published p;

	assert_int_equal(
	    registry_find_published(reg, str_of(name), arena, &p), MTASTS_OK);
	return p;
}

/* put - remember */
static void
put(const struct registry_published *p, bool settled)
{
	assert_int_equal(registry_begin(reg, REGISTRY_WRITE), MTASTS_OK);
	assert_int_equal(registry_put_published(reg, p, settled), MTASTS_OK);
	assert_int_equal(registry_commit(reg), MTASTS_OK);
}

/* settle - a name is live, and looked at again at a time */
static void
settle(const char *name, int64_t next_at)
{
	struct registry_published p = find(name);

	p.live_id = STR("1");
	p.next_at = next_at;
	put(&p, true);
}

/* on_due - for registry_each_due() */
static bool
on_due(void *arg, struct str domain, int64_t next_at)
{
	char *text = arg;
	size_t len = strlen(text);

	snprintf(text + len, 1000 - len, "%.*s %lld|", STR_ARG(domain),
	    (long long)next_at);
	return true;
}

/* due - the list as a text */
static const char *
due(bool settled)
{
	static char text[1000];

	text[0] = '\0';
	assert_int_equal(
	    registry_each_due(reg, settled, on_due, text), MTASTS_OK);
	return text;
}

/* on_row - for registry_each_published() */
static bool
on_row(void *arg, const struct registry_publishable *row)
{
	char *text = arg;
	size_t len = strlen(text);

	snprintf(text + len, 1000 - len, "%.*s %.*s %.*s %lld|",
	    STR_ARG(row->known.domain), STR_ARG(row->served_id),
	    STR_ARG(row->known.live_id), (long long)row->until_at);
	return true;
}

static void
test_row(void **state)
{
	struct registry_published p, got;

	put_domain("a.example", NULL);
	p = find("a.example");
	assert_int_equal(p.live_id.len, 0);
	assert_int_equal(p.end.len, 0);
	p.live_id = STR("20270102T030405");
	p.live_at = 1;
	p.step = STR("body");
	p.end = STR("problem");
	p.dns = STR("lagging");
	p.tried_at = 2;
	p.next_at = 3;
	p.since_at = 4;
	p.failures = 5;
	p.why = STR("it's \"old\"; 'there'");
	p.fix = STR("Look");
	p.cert_until_at = 6;
	put(&p, false);
	got = find("a.example");
	assert_true(str_eq(got.domain, STR("a.example")));
	assert_true(str_eq(got.live_id, p.live_id));
	assert_true(str_eq(got.step, p.step));
	assert_true(str_eq(got.end, p.end));
	assert_true(str_eq(got.dns, p.dns));
	assert_true(str_eq(got.why, p.why));
	assert_true(str_eq(got.fix, p.fix));
	assert_int_equal(got.live_at, 1);
	assert_int_equal(got.tried_at, 2);
	assert_int_equal(got.next_at, 3);
	assert_int_equal(got.since_at, 4);
	assert_int_equal(got.failures, 5);
	assert_int_equal(got.cert_until_at, 6);
	/* Of a name that nobody registered nothing is kept. */
	p.domain = STR("stranger.example");
	put(&p, true);
	assert_int_equal(find("stranger.example").live_id.len, 0);
	assert_string_equal(due(true), "");
}

static void
test_changes(void **state)
{
	struct settings none = { .host = "" };
	struct registry_published p;

	put_domain("a.example", NULL);
	put_domain("b.example", NULL);
	put_domain("z.example", "a.example");
	settle("a.example", 100);
	settle("b.example", 50);
	settle("z.example", 70);
	assert_string_equal(due(false), "");
	assert_string_equal(
	    due(true), "b.example 50|z.example 70|a.example 100|");
	/* A new policy, or a setting: it and its aliases are due. */
	serve("b.example", "2");
	assert_string_equal(due(false), "b.example 0|");
	put_domain("a.example", NULL);
	assert_string_equal(due(false), "a.example 0|b.example 0|z.example 0|");
	assert_string_equal(due(true), "");
	settle("a.example", 100);
	settle("b.example", 50);
	settle("z.example", 70);
	assert_int_equal(registry_put_defaults(reg, &none), MTASTS_OK);
	assert_string_equal(due(false), "a.example 0|b.example 0|z.example 0|");
	/* What was seen before a change does not settle it. */
	p = find("b.example");
	serve("b.example", "3");
	p.live_id = STR("2");
	p.next_at = 1000;
	put(&p, true);
	settle("a.example", 100);
	settle("z.example", 70);
	assert_string_equal(due(false), "b.example 0|");
	assert_true(str_eq(find("b.example").live_id, STR("2")));
}

static void
test_list(void **state)
{
	char text[1000] = "";
	struct registry_row gone = { .name = STR("b.example"),
		.added_at = 1,
		.removing_at = 2,
		.until_at = 3 };

	put_domain("a.example", NULL);
	serve("a.example", "1");
	assert_int_equal(registry_put(reg, &gone), MTASTS_OK);
	settle("a.example", 9);
	assert_int_equal(registry_each_published(reg, on_row, text), MTASTS_OK);
	assert_string_equal(text, "a.example 1 1 0|b.example   3|");
	/* A name that goes is forgotten, and begins afresh. */
	assert_int_equal(registry_delete(reg, STR("a.example")), MTASTS_OK);
	assert_string_equal(due(true), "");
	put_domain("a.example", NULL);
	assert_int_equal(find("a.example").live_id.len, 0);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = { CASE(test_row), CASE(test_changes),
		CASE(test_list) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
