/*
 * test_dest - who owns the policy of a destination, and how it is explained
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/decide_bench.h"

/* policy - a cached one, made by hand */
static struct cached *
policy(const char *text)
{
	struct cached_row row = { .domain = STR("example.com"),
		.id = STR("1"),
		.text = str_of(text),
		.error = STR("connection refused"),
		.mode = MTASTS_MODE_ENFORCE,
		.max_age_s = 604800,
		.first_at = BENCH_NOW,
		.fetched_at = BENCH_NOW,
		.used_at = BENCH_NOW,
		.tried_at = BENCH_NOW,
		.next_at = BENCH_NOW + 86400,
		.failures = 1,
		.end = FETCHFACT_CONNECT };
	struct cached *c = cached_new(&row);

	assert_non_null(c);
	return c;
}

/* example - the destination example.com */
static struct dest *
example(void)
{
	struct destkey key;
	struct dest *d;

	assert_int_equal(
	    destkey_parse(STR("Example.COM"), &key, NULL), DESTKEY_DOMAIN);
	d = dest_new(&key);
	assert_non_null(d);
	return d;
}

static void
test_owners(void **state)
{
	struct cached *mine = policy(BENCH_POLICY), *own = policy("x");
	struct dest *d = example();
	uint32_t generation = d->generation;

	dest_free(NULL);
	assert_string_equal(d->key.text, "example.com");
	dest_set_policy(d, mine, true);
	assert_true(d->generation != generation);
	assert_ptr_equal(d->policy, mine);
	/* The borrowed one is not released, an own one is. */
	dest_set_policy(d, own, false);
	assert_false(d->policy_borrowed);
	dest_set_policy(d, NULL, false);
	assert_null(d->policy);
	/* Handed over and taken back, the block is the same. */
	dest_set_policy(d, mine, false);
	dest_set_policy(d, mine, true);
	dest_free(d);
	assert_string_equal(cached_id(mine).p, "1");
	mem_free(mine);
}

static void
test_size(void **state)
{
	struct cached *c = policy(BENCH_POLICY);
	struct dest *d = example();
	size_t empty = dest_size(d);

	assert_true(empty >= sizeof(*d));
	dest_set_policy(d, c, true);
	assert_int_equal(dest_size(d), empty);
	dest_set_policy(d, c, false);
	assert_true(dest_size(d) > empty + c->text_len);
	dest_free(d);
}

/* explained - the JSON of a destination */
static const char *
explained(const struct dest *d, struct buf *b)
{
	struct js_writer w;

	buf_init(b, 100000);
	js_begin(&w, b, false);
	js_object(&w);
	dest_explain(d, BENCH_NOW + 10, &w);
	js_end_object(&w);
	assert_int_equal(buf_error(b), MTASTS_OK);
	return b->p;
}

static void
test_explain_nothing(void **state)
{
	struct dest *d = example();
	struct buf b;

	assert_string_equal(explained(d, &b),
	    "{\"domain\":\"example.com\",\"key\":\"example.com\",\"txt\":"
	    "{\"state\":\"unknown\",\"id\":null,\"asked\":null,\"until\":null,"
	    "\"why\":null},\"policy\":null,\"failure\":null,\"mx\":{\"state\":"
	    "\"unknown\",\"secure\":false,\"until\":null,\"why\":null,"
	    "\"hosts\":[]}}");
	buf_free(&b);
	dest_free(d);
}

static void
test_explain_all(void **state)
{
	static const char *const two[] = { "mx1.example.com",
		"mx.elsewhere.example" };
	struct buf b;

	bench.dest = example();
	dest_set_policy(bench.dest, policy(BENCH_POLICY), false);
	assert_true(bench_start("example.com", true));
	bench_txt("v=STSv1; id=1;");
	bench_mx(two, 2, true);
	bench_address(two[0], true);
	bench_tlsa("_25._tcp.mx1.example.com");
	bench_dns(bench_take(DNSTYPE_A, two[1]), NULL);
	bench_dns(bench_take(DNSTYPE_AAAA, two[1]), NULL);
	assert_true(
	    dest_size(bench.dest) > sizeof(*bench.dest) + strlen(BENCH_POLICY));
	assert_string_equal(explained(bench.dest, &b),
	    "{\"domain\":\"example.com\",\"key\":\"example.com\",\"txt\":"
	    "{\"state\":\"valid\",\"id\":\"1\",\"asked\":"
	    "\"2026-01-01T00:00:00Z\",\"until\":\"2026-01-01T00:05:00Z\","
	    "\"why\":null},\"policy\":{\"id\":\"1\",\"mode\":\"enforce\","
	    "\"max_age\":604800,\"mx\":[\"mx1.example.com\","
	    "\"*.mx.example.net\"],\"first\":\"2026-01-01T00:00:00Z\","
	    "\"fetched\":\"2026-01-01T00:00:00Z\",\"used\":"
	    "\"2026-01-01T00:00:00Z\",\"until\":\"2026-01-08T00:00:00Z\","
	    "\"next\":\"2026-01-02T00:00:00Z\",\"fresh\":true,\"failures\":1,"
	    "\"error\":\"connection refused\",\"text\":\"version: "
	    "STSv1\\nmode: enforce\\nmx: mx1.example.com\\nmx: "
	    "*.mx.example.net\\nmax_age: 604800\\n\"},\"failure\":{\"cause\":"
	    "\"connect\",\"result_type\":\"sts-policy-fetch-error\",\"at\":"
	    "\"2026-01-01T00:00:00Z\",\"until\":\"2026-01-02T00:00:00Z\","
	    "\"why\":\"connection refused\"},\"mx\":{\"state\":\"found\","
	    "\"secure\":true,\"until\":\"2026-01-01T00:05:00Z\",\"why\":null,"
	    "\"hosts\":[{\"name\":\"mx1.example.com\",\"preference\":0,"
	    "\"current\":true,\"fits\":true,\"dane\":\"usable\","
	    "\"tlsa_base\":\"mx1.example.com\",\"usable\":1,\"unusable\":0,"
	    "\"why\":null,\"until\":\"2026-01-01T00:05:00Z\"},{\"name\":"
	    "\"mx.elsewhere.example\",\"preference\":10,\"current\":true,"
	    "\"fits\":false,\"dane\":\"error\",\"tlsa_base\":null,\"usable\":0,"
	    "\"unusable\":0,\"why\":\"A lookup: servfail (the lookup was not "
	    "possible), mx.elsewhere.example\",\"until\":"
	    "\"2026-01-01T00:00:30Z\"}]}}");
	buf_free(&b);
	bench_clear();
}

/* A policy of less than a minute is shown to apply as long as it does. */
static void
test_explain_once(void **state)
{
	static const char text[] =
	    "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmax_age: 0\n";
	struct buf b;

	bench.dest = example();
	assert_true(bench_start("example.com", false));
	bench_txt("v=STSv1; id=1;");
	bench_fetched(text);
	explained(bench.dest, &b);
	assert_non_null(strstr(b.p, "\"until\":\"2026-01-01T00:00:59Z\""));
	assert_non_null(strstr(b.p, "\"fresh\":true"));
	buf_free(&b);
	bench_clear();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_explain_nothing),
		cmocka_unit_test(test_explain_all),
		cmocka_unit_test(test_explain_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
