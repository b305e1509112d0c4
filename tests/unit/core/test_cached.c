/*
 * test_cached.c - a cached policy: fields there and back, bounds, freshness
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "core/cached.h"
#include "core/limits.h"

#define AT INT64_C(1767225600) /* 2026-01-01 */

static char long_text[LIMIT_POLICY_LEN + 1];

/* plain - a row as it should be */
static struct cached_row
plain(void)
{
	return (struct cached_row){
		.domain = STR("example.com"),
		.id = STR("20260101T000000"),
		.text = STR("version: STSv1\r\nmode: enforce\r\n"),
		.error = STR("connection refused"),
		.mode = MTASTS_MODE_ENFORCE,
		.max_age_s = 604800,
		.first_at = AT,
		.fetched_at = AT + 1,
		.used_at = AT + 2,
		.tried_at = AT + 3,
		.next_at = AT + 4,
		.failures = 5,
		.end = FETCHFACT_CONNECT,
	};
}

/* same - are two spans equal, null and empty alike? */
static void
same(struct str a, struct str b)
{
	assert_true(str_eq(a, b));
}

static void
test_there_and_back(void **state)
{
	struct cached_row row = plain(), back;
	struct cached *c = cached_new(&row), *copy;

	assert_non_null(c);
	copy = cached_copy(c);
	assert_non_null(copy);
	assert_memory_equal(c, copy, cached_size(c));
	mem_free(c);
	cached_row_of(copy, &back);
	same(back.domain, row.domain);
	same(back.id, row.id);
	same(back.text, row.text);
	same(back.error, row.error);
	same(cached_text(copy), row.text);
	assert_string_equal(cached_domain(copy).p, "example.com");
	assert_string_equal(cached_error(copy).p, "connection refused");
	assert_int_equal(back.mode, row.mode);
	assert_int_equal(back.max_age_s, row.max_age_s);
	assert_int_equal(back.first_at, row.first_at);
	assert_int_equal(back.fetched_at, row.fetched_at);
	assert_int_equal(back.used_at, row.used_at);
	assert_int_equal(back.tried_at, row.tried_at);
	assert_int_equal(back.next_at, row.next_at);
	assert_int_equal(back.failures, row.failures);
	assert_int_equal(back.end, row.end);
	mem_free(copy);
}

/* refused - this row becomes no block */
static void
refused(const struct cached_row *row)
{
	struct cached *c = cached_new(row);

	assert_null(c);
}

static void
test_texts_out_of_bounds(void **state)
{
	static const struct str domains[] = { STR(""), STR("Example.com"),
		STR("ex ample.com"), STR("example.com."), STR(".example.com"),
		STR("b\xc3\xbc"
		    "cher.example"),
		STR("a\0b"), STR("a}b"), STR("a\nb") };
	static const struct str ids[] = { STR("a b"), STR("a;"), STR("a\0"),
		STR("123456789012345678901234567890123") };
	struct cached_row row = plain();
	char name[LIMIT_POLICY_DOMAIN_LEN + 1];
	struct cached *c;

	for (size_t i = 0; i < sizeof(domains) / sizeof(*domains); i++) {
		row.domain = domains[i];
		refused(&row);
	}
	memset(name, 'a', sizeof(name));
	row.domain = str_make(name, sizeof(name));
	refused(&row);
	row.domain.len--;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		row.id = ids[i];
		refused(&row);
	}
	row.id = str_make(NULL, 0);
	row.text = str_make(long_text, sizeof(long_text));
	refused(&row);
	/* The largest that there may be. */
	row.text.len--;
	row.id = STR("12345678901234567890123456789012");
	c = cached_new(&row);
	assert_non_null(c);
	assert_int_equal(cached_text(c).len, LIMIT_POLICY_LEN);
	same(cached_domain(c), row.domain);
	same(cached_id(c), row.id);
	mem_free(c);
}

static void
test_numbers_out_of_bounds(void **state)
{
	struct cached_row row = plain();
	int64_t *const times[] = { &row.first_at, &row.fetched_at, &row.used_at,
		&row.tried_at, &row.next_at };
	struct cached *c;

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		row = plain();
		*times[i] = -1;
		refused(&row);
		*times[i] = INT64_MIN;
		refused(&row);
		*times[i] = INT64_MAX;
		refused(&row);
	}
	row = plain();
	row.mode = (enum mtasts_mode)9;
	refused(&row);
	row.mode = (enum mtasts_mode) - 1;
	refused(&row);
	row = plain();
	row.end = FETCHFACT_ENDS;
	refused(&row);
	row = plain();
	row.max_age_s = LIMIT_MAX_AGE_S + 1;
	refused(&row);
	row.max_age_s = LIMIT_MAX_AGE_S;
	row.failures = 1000000;
	c = cached_new(&row);
	assert_non_null(c);
	assert_int_equal(c->failures, UINT16_MAX);
	mem_free(c);
}

static void
test_errors_are_cut_and_tame(void **state)
{
	static const struct {
		struct str given, kept;
	} rows[] = {
		{ STR("a\033[31mb\nc\x7f"), STR("a?[31mb?c?") },
		{ STR("b\xc3\xbc"
		      "cher"),
		    STR("b\xc3\xbc"
			"cher") },
		{ STR("\xff\xfe"), STR("??") },
		{ STR("a\0b"), STR("a?b") },
	};
	struct cached_row row = plain();
	char many[CACHED_ERROR_LEN + 2];
	struct cached *c;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		row.error = rows[i].given;
		c = cached_new(&row);
		assert_non_null(c);
		same(cached_error(c), rows[i].kept);
		mem_free(c);
	}
	/* The last character that is whole. */
	memset(many, 'x', sizeof(many));
	memcpy(many + CACHED_ERROR_LEN - 1, "\xc3\xbc", 2);
	row.error = str_make(many, sizeof(many));
	c = cached_new(&row);
	assert_non_null(c);
	assert_int_equal(cached_error(c).len, CACHED_ERROR_LEN - 1);
	mem_free(c);
}

/* REQ: FET-16 */
static void
test_fresh(void **state)
{
	static const struct {
		int64_t after_s; /* the fetch */
		bool fresh;
	} rows[] = {
		{ 0, true },
		{ 604799, true },
		{ 604800, true },
		{ 604801, false },
		{ 31557600, false },
		/* the clock was set back */
		{ -1, true },
		{ -31557600, true },
	};
	struct cached_row row = plain();
	struct cached *c;

	row.tried_at = row.fetched_at + 1000; /* a failed try changes nothing */
	c = cached_new(&row);
	assert_non_null(c);
	assert_int_equal(cached_until(c), AT + 1 + 604800);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
		    cached_fresh(c, AT + 1 + rows[i].after_s), rows[i].fresh);
	mem_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_texts_out_of_bounds),
		cmocka_unit_test(test_numbers_out_of_bounds),
		cmocka_unit_test(test_errors_are_cut_and_tame),
		cmocka_unit_test(test_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
