/*
 * test_metrics.c - counters, gauges, histograms and their text
 */
#include "base/metrics.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROUNDS 20000

static void
test_format(void **state)
{
	struct metrics *m = metrics_new();
	struct metric *ok, *bad, *open;
	struct buf b;

	buf_init(&b, 10000);
	metrics_format(m, &b);
	assert_int_equal(b.len, 0);
	ok = metrics_add(m, METRIC_COUNTER, "mtasts_requests_total",
	    "Requests answered.", "status=\"200\"");
	open = metrics_add(
	    m, METRIC_GAUGE, "mtasts_open", "Open connections.", "");
	/* Late, and still under the heading of its name. */
	bad = metrics_add(m, METRIC_COUNTER, "mtasts_requests_total",
	    "Requests answered.", "status=\"404\"");
	metric_inc(ok);
	metric_sum(ok, 41);
	metric_inc(bad);
	metric_set(open, 7);
	metric_sum(open, -10);
	assert_int_equal(metric_value(ok), 42);
	assert_int_equal(metric_value(open), -3);
	metrics_format(m, &b);
	assert_string_equal(b.p,
	    "# HELP mtasts_requests_total Requests answered.\n"
	    "# TYPE mtasts_requests_total counter\n"
	    "mtasts_requests_total{status=\"200\"} 42\n"
	    "mtasts_requests_total{status=\"404\"} 1\n"
	    "# HELP mtasts_open Open connections.\n"
	    "# TYPE mtasts_open gauge\n"
	    "mtasts_open -3\n");
	metric_set(open, INT64_MIN);
	metric_set(ok, INT64_MAX);
	buf_clear(&b);
	metrics_format(m, &b);
	assert_non_null(strstr(b.p, " -9223372036854775808\n"));
	assert_non_null(strstr(b.p, " 9223372036854775807\n"));
	buf_free(&b);
	metrics_free(m);
}

static void
test_again(void **state)
{
	const struct metric_bounds none = { NULL, 0 };
	struct metrics *m = metrics_new();
	struct metric *c = metrics_add(m, METRIC_COUNTER, "a", "b", "x=\"1\"");
	struct metric *h = metrics_add_histogram(m, "h", "b", "", &none);

	assert_ptr_equal(
	    metrics_add(m, METRIC_COUNTER, "a", "b", "x=\"1\""), c);
	assert_ptr_not_equal(
	    metrics_add(m, METRIC_COUNTER, "a", "b", "x=\"2\""), c);
	assert_ptr_equal(metrics_add_histogram(m, "h", "b", "", &none), h);
	metrics_free(m);
}

static void
test_histogram(void **state)
{
	static const int64_t bounds[] = { 100, 2500, 1000000, 8000000 };
	const struct metric_bounds one = { bounds, 1 }, many = { bounds, 33 };
	struct metrics *m = metrics_new();
	struct metric *plain, *labelled;
	struct buf b;

	buf_init(&b, 10000);
	labelled = metrics_add_histogram(m, "mtasts_took_seconds", "Time.",
	    "from=\"dns\"", METRIC_BOUNDS(bounds));
	metric_observe(labelled, 0);
	metric_observe(labelled, 100); /* a bound belongs to its bucket */
	metric_observe(labelled, 101);
	metric_observe(labelled, 8000000);
	metric_observe(labelled, 8000001);
	/* Neither is for the other kind. */
	metric_observe(
	    metrics_add(m, METRIC_GAUGE, "mtasts_open", "Open.", ""), 5);
	metric_observe(NULL, 5);
	metrics_format(m, &b);
	assert_string_equal(b.p,
	    "# HELP mtasts_took_seconds Time.\n"
	    "# TYPE mtasts_took_seconds histogram\n"
	    "mtasts_took_seconds_bucket{from=\"dns\",le=\"0.0001\"} 2\n"
	    "mtasts_took_seconds_bucket{from=\"dns\",le=\"0.0025\"} 3\n"
	    "mtasts_took_seconds_bucket{from=\"dns\",le=\"1\"} 3\n"
	    "mtasts_took_seconds_bucket{from=\"dns\",le=\"8\"} 4\n"
	    "mtasts_took_seconds_bucket{from=\"dns\",le=\"+Inf\"} 5\n"
	    "mtasts_took_seconds_sum{from=\"dns\"} 16.000202\n"
	    "mtasts_took_seconds_count{from=\"dns\"} 5\n"
	    "# HELP mtasts_open Open.\n"
	    "# TYPE mtasts_open gauge\n"
	    "mtasts_open 0\n");
	metrics_free(m);
	buf_clear(&b);

	m = metrics_new();
	plain = metrics_add_histogram(m, "a_seconds", "A.", "", &one);
	metric_observe(plain, 250000);
	metrics_format(m, &b);
	assert_string_equal(b.p,
	    "# HELP a_seconds A.\n"
	    "# TYPE a_seconds histogram\n"
	    "a_seconds_bucket{le=\"0.0001\"} 0\n"
	    "a_seconds_bucket{le=\"+Inf\"} 1\n"
	    "a_seconds_sum 0.25\n"
	    "a_seconds_count 1\n");
	assert_null(metrics_add_histogram(m, "b", "B.", "", &many));
	assert_null(metrics_add_histogram(NULL, "b", "B.", "", &one));
	metrics_free(m);
	buf_free(&b);
}

static void
test_null(void **state)
{
	struct buf b;

	buf_init(&b, 100);
	assert_null(metrics_add(NULL, METRIC_GAUGE, "a", "b", ""));
	metric_inc(NULL);
	metric_sum(NULL, 1);
	metric_set(NULL, 1);
	assert_int_equal(metric_value(NULL), 0);
	metrics_format(NULL, &b);
	assert_int_equal(b.len, 0);
	metrics_free(NULL);
	buf_free(&b);
}

static void
test_bounded(void **state)
{
	static char labels[2000][16];
	struct metrics *m = metrics_new();
	unsigned n = 0;

	for (; n < 2000; n++) {
		snprintf(labels[n], sizeof(labels[n]), "n=\"%u\"", n);
		if (metrics_add(m, METRIC_GAUGE, "a", "b", labels[n]) == NULL)
			break;
	}
	assert_in_range(n, 500, 1999);
	metrics_free(m);
}

/* add_many - what one thread does */
static void *
add_many(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		metric_inc(arg);
		metric_sum(arg, 2);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct metrics *m = metrics_new();
	struct metric *c = metrics_add(m, METRIC_COUNTER, "a", "b", "");
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, add_many, c), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	assert_int_equal(metric_value(c), 4 * 3 * ROUNDS);
	metrics_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
