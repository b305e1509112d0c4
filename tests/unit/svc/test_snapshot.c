/*
 * test_snapshot.c - the table of served policies follows the registry
 */
#include "svc/snapshot.h"

#include "io/loop.h"
#include "task/domain.h"
#include "support/scratch.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define POLICY                                                         \
	"version: STSv1\r\nmode: testing\r\nmx: mail.example.test\r\n" \
	"max_age: 604800\r\n"

/* A registry that is written, and the watch that reads it. */
struct world {
	struct scratch scratch;
	struct registry *registry;
	struct metrics *metrics;
	struct snapshot_watch *watch;
};

/* write_registry - open the registry for writing when it is not yet */
static void
write_registry(struct world *w)
{
	if (w->registry == NULL)
		assert_int_equal(registry_open(w->scratch.path, REGISTRY_WRITE,
				     &w->registry, NULL),
		    MTASTS_OK);
}

/* add - register a domain with one mx, as an operator does */
static void
add(struct world *w, const char *name)
{
	struct domain_edit edit = { .key = SETTINGS_MX,
		.value = STR("mail.example.test") };
	struct domain_edits edits = { &edit, 1 };
	struct domain_job job = { .arena = arena_new(1 << 20),
		.now_at = 1767225600 };
	struct domain_result result;

	write_registry(w);
	job.registry = w->registry;
	assert_int_equal(
	    domain_add(&job, str_of(name), edits, &result), MTASTS_OK);
	arena_free(job.arena);
}

/* open_watch - begin to watch */
static enum mtasts_err
open_watch(struct world *w)
{
	struct snapshot_conf conf = {
		.url = w->scratch.path,
		.poll_ms = 20,
		.seed = { 1, 2 },
		.metrics = w->metrics,
	};

	return snapshot_watch_open(&conf, &w->watch);
}

/* serves - is this text served for the domain now? null: none at all */
static bool
serves(struct world *w, const char *domain, const char *text)
{
	struct snapshot *snap = snapshot_get(w->watch);
	struct str body = { NULL, 0 };
	bool found = snap != NULL && snapshot_find(snap, str_of(domain), &body);
	bool right =
	    text == NULL ? !found : found && str_eq(body, str_of(text));

	snapshot_put(snap);
	return right;
}

/* comes - wait until it is served, within the second that is promised */
static bool
comes(struct world *w, const char *domain, const char *text)
{
	int64_t end = loop_now_ms() + 1000;

	while (!serves(w, domain, text))
		if (loop_now_ms() > end)
			return false;
	return true;
}

static int
setup(void **state)
{
	struct world *w = test_calloc(1, sizeof(*w));

	*state = w;
	w->metrics = metrics_new();
	return scratch_open(&w->scratch);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	snapshot_watch_close(w->watch);
	registry_close(w->registry);
	metrics_free(w->metrics);
	scratch_close(&w->scratch);
	test_free(w);
	return 0;
}

/* REQ: POL-1 OPS-1 */
static void
test_follows(void **state)
{
	struct world *w = *state;
	struct snapshot *old;
	struct str body;

	add(w, "one.test");
	assert_int_equal(open_watch(w), MTASTS_OK);
	assert_true(serves(w, "one.test", POLICY));
	assert_true(serves(w, "two.test", NULL));
	old = snapshot_get(w->watch);
	add(w, "two.test");
	assert_true(comes(w, "two.test", POLICY));
	/* Who borrowed the old table still has it. */
	assert_true(snapshot_find(old, STR("one.test"), &body));
	assert_false(snapshot_find(old, STR("two.test"), &body));
	snapshot_put(old);
	assert_int_equal(snapshot_age_s(w->watch), 0);
}

static void
test_begins_without(void **state)
{
	struct world *w = *state;

	assert_int_equal(open_watch(w), MTASTS_OK);
	assert_null(snapshot_get(w->watch));
	assert_int_equal(snapshot_age_s(w->watch), -1);
	add(w, "late.test");
	assert_true(comes(w, "late.test", POLICY));
}

/* The file is taken away: the last good table stays; a new one is found. */
static void
test_goes_away(void **state)
{
	struct world *w = *state;
	char from[600], to[600];

	add(w, "one.test");
	assert_int_equal(open_watch(w), MTASTS_OK);
	registry_close(w->registry);
	w->registry = NULL;
	snprintf(from, sizeof(from), "%s/registry.db", w->scratch.path);
	snprintf(to, sizeof(to), "%s/away", w->scratch.path);
	assert_int_equal(rename(from, to), 0);
	while (snapshot_age_s(w->watch) == 0)
		;
	assert_true(serves(w, "one.test", POLICY));
	assert_int_equal(rename(to, from), 0);
	while (snapshot_age_s(w->watch) != 0)
		;
	add(w, "two.test");
	assert_true(comes(w, "two.test", POLICY));
}

static void
test_hopeless(void **state)
{
	static const char junk[] = "this is no database, and never was one\n";
	struct world *w = *state;
	char text[4096];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = junk[i % (sizeof(junk) - 1)];
	assert_int_equal(
	    scratch_write(&w->scratch, "registry.db", text, sizeof(text)), 0);
	assert_int_equal(open_watch(w), MTASTS_ESTORE);
	assert_null(w->watch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_follows, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_begins_without, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_goes_away, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hopeless, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
