/*
 * What a domain of the registry publishes: settings, id, target of an alias.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/lab_registry.h"
#include "support/scratch.h"
#include "task/records.h"

static struct scratch dir;

static int
set_up(void **state)
{
	assert_int_equal(scratch_open(&dir), 0);
	lab_registry_fill(
	    dir.path, "host=policy.example.net rua=mailto:r@example.net");
	return 0;
}

static int
tear_down(void **state)
{
	scratch_close(&dir);
	return 0;
}

static enum mtasts_err
look_up(const char *url, const char *name, struct records **out,
    struct mtasts_diags *diags)
{
	struct mtasts_dname d;

	assert_int_equal(
	    mtasts_dname_parse(name, strlen(name), &d, NULL, NULL), 0);
	return records_read(url, &d, out, diags);
}

static void
test_domain(void **state)
{
	struct zone_source src;
	struct records *r = NULL;

	assert_int_equal(look_up(dir.path, "example.com", &r, NULL), 0);
	records_source(r, &src);
	assert_string_equal(src.domain->text, "example.com");
	assert_null(src.alias_of);
	assert_true(str_eq(src.id, STR(REGISTRY_ID)));
	assert_string_equal(src.defaults->host, "policy.example.net");
	assert_int_equal(src.defaults->ttl_s, 300);
	assert_int_equal(src.own->set, 0);
	assert_null(src.delegate);
	records_free(r);
	assert_int_equal(look_up(dir.path, "own.example", &r, NULL), 0);
	records_source(r, &src);
	assert_true(str_eq(src.id, STR(REGISTRY_OTHER_ID)));
	assert_int_equal(src.own->ttl_s, 60);
	assert_string_equal(src.own->addresses.v[0], "192.0.2.1");
	records_free(r);
	records_free(NULL);
}

static void
test_alias(void **state)
{
	struct zone_source src;
	struct records *r = NULL;

	assert_int_equal(look_up(dir.path, "alias.example", &r, NULL), 0);
	records_source(r, &src);
	assert_string_equal(src.domain->text, "alias.example");
	assert_string_equal(src.alias_of->text, "example.com");
	assert_true(str_eq(src.id, STR(REGISTRY_ID)));
	records_free(r);
}

/* What is wrong, and the words that mend it. */
static void
test_refusals(void **state)
{
	static const struct {
		const char *name;
		const char *finding;
		const char *fix;
	} rows[] = {
		{ "unknown.example", "records-unknown",
		    "mtasts domain add unknown.example" },
		{ "empty.example", "records-unserved",
		    "mtasts domain set empty.example mx=" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mtasts_diags *diags = mtasts_diags_new();
		struct records *r = NULL;
		const struct mtasts_finding *f;

		assert_int_equal(
		    look_up(dir.path, rows[i].name, &r, diags), MTASTS_ENOENT);
		assert_null(r);
		assert_int_equal(mtasts_diags_count(diags), 1);
		f = mtasts_diags_get(diags, 0);
		assert_string_equal(f->name, rows[i].finding);
		assert_non_null(strstr(f->fix, rows[i].fix));
		mtasts_diags_free(diags);
	}
}

static void
test_no_registry(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct records *r = NULL;
	struct scratch empty;

	assert_int_equal(scratch_open(&empty), 0);
	assert_int_equal(
	    look_up(empty.path, "example.com", &r, diags), MTASTS_ENOENT);
	assert_true(mtasts_diags_count(diags) > 0);
	scratch_close(&empty);
	assert_int_not_equal(look_up(empty.path, "example.com", &r, diags), 0);
	assert_int_equal(
	    look_up("mysql://x", "example.com", &r, diags), MTASTS_EINVAL);
	assert_null(r);
	mtasts_diags_free(diags);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_registry),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
