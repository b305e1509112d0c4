/*
 * test_domain_live - taking over what another tool publishes
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/scratch.h"
#include "task/domain.h"

#define NAME STR("a.example")
#define NOW  INT64_C(1800000000)
#define BODY                                                \
	"version: STSv1\nmode: enforce\nmx: mx.a.example\n" \
	"mx: *.b.example\nmax_age: 86400\n"
#define YEAR_S 31557600

static struct scratch dir;
static struct arena *arena;
static struct mtasts_diags *diags;
static struct domain_job job;
static struct domain_result result;

static int
set_up(void **state)
{
	arena = arena_new(1u << 24);
	diags = mtasts_diags_new();
	if (arena == NULL || diags == NULL || scratch_open(&dir) != 0)
		return -1;
	job = (struct domain_job){
		.arena = arena, .diags = diags, .now_at = NOW
	};
	return registry_open(dir.path, REGISTRY_WRITE, &job.registry, NULL);
}

static int
tear_down(void **state)
{
	registry_close(job.registry);
	arena_free(arena);
	mtasts_diags_free(diags);
	scratch_close(&dir);
	return 0;
}

/* add - take over this */
static enum mtasts_err
add(const char *id, const char *body, uint32_t previous_s)
{
	struct domain_live live = { str_of(id), str_of(body), previous_s };

	return domain_add_live(
	    &job, NAME, &live, (struct domain_edits){ NULL, 0 }, &result);
}

/* show - all about it */
static struct domain_view
show(void)
{
	struct domain_view v;

	assert_int_equal(domain_show(&job, NAME, &v), MTASTS_OK);
	return v;
}

static void
test_same(void **state)
{
	struct domain_view v;
	struct domain_edit edit = { SETTINGS_TTL, false, STR("1h") };

	assert_int_equal(add("abc123", BODY, YEAR_S), MTASTS_OK);
	assert_int_equal(result.counts[DOMAIN_ADDED], 1);
	v = show();
	assert_true(str_eq(v.row.policy.body, STR(BODY)));
	assert_true(str_eq(v.row.policy.id, STR("abc123")));
	assert_int_equal(v.merged.mode, MTASTS_MODE_ENFORCE);
	assert_int_equal(v.merged.max_age_s, 86400);
	assert_int_equal(v.merged.mx.count, 2);
	assert_string_equal(v.merged.mx.v[1], "*.b.example");
	/* What does not change the meaning does not change the id. */
	assert_int_equal(
	    domain_set(&job, NAME, (struct domain_edits){ &edit, 1 }, &result),
	    MTASTS_OK);
	assert_true(str_eq(show().row.policy.id, STR("abc123")));
	/* What does, does. */
	edit = (struct domain_edit){ SETTINGS_MAX_AGE, false, STR("2d") };
	assert_int_equal(
	    domain_set(&job, NAME, (struct domain_edits){ &edit, 1 }, &result),
	    MTASTS_OK);
	assert_true(str_eq(show().row.policy.id, STR("20270115T080000")));
	/* REQ: OPS-4. A removal waits for what may have been before. */
	assert_int_equal(domain_remove(&job, NAME, false, &result), MTASTS_OK);
	assert_int_equal(result.first->until_at, NOW + YEAR_S + 3600);
	assert_int_equal(result.first->enforce_at, NOW + YEAR_S + 3600);
}

static void
test_previous(void **state)
{
	/* Nothing before can last longer. */
	assert_int_equal(add("abc123", BODY, 86400), MTASTS_OK);
	assert_int_equal(show().policy_count, 1);
	assert_int_equal(domain_remove(&job, NAME, false, &result), MTASTS_OK);
	assert_int_equal(result.first->until_at, NOW + 86400 + 300);
	/* Being removed it may be taken up again. */
	job.now_at += 10;
	assert_int_equal(add("abc123", BODY, 86401), MTASTS_OK);
	assert_int_equal(show().row.removing_at, 0);
	assert_int_equal(domain_remove(&job, NAME, false, &result), MTASTS_OK);
	assert_int_equal(result.first->until_at, NOW + 10 + 86401 + 300);
}

static void
test_refused(void **state)
{
	struct domain_live live = { STR("1"), STR(BODY), 0 };
	struct domain_edit edit = { SETTINGS_MODE, false, STR("testing") };

	assert_int_equal(
	    add("1", "version: STSv1\nmode: on\n", 0), MTASTS_EPOLICY);
	assert_true(mtasts_diags_count(diags) > 0);
	assert_int_equal(domain_add_live(&job, NAME, &live,
			     (struct domain_edits){ &edit, 1 }, &result),
	    MTASTS_ESYNTAX);
	job.dry_run = true;
	assert_int_equal(add("1", BODY, 0), MTASTS_OK);
	job.dry_run = false;
	assert_int_equal(add("1", BODY, 0), MTASTS_OK);
	assert_int_equal(add("1", BODY, 0), MTASTS_EEXIST);
	/* Once other bytes had this id here: senders would be misled. */
	assert_int_equal(domain_remove(&job, NAME, true, &result), MTASTS_OK);
	assert_int_equal(
	    add("1", "version: STSv1\nmode: none\nmax_age: 60\n", 0),
	    MTASTS_EPOLICY);
	assert_int_equal(
	    add("2", "version: STSv1\nmode: none\nmax_age: 60\n", 0),
	    MTASTS_OK);
	assert_int_equal(show().merged.mode, MTASTS_MODE_NONE);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = { CASE(test_same),
		CASE(test_previous), CASE(test_refused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
