/*
 * metrics - counters, gauges and histograms in Prometheus' text format
 *
 * Made at start by one thread; afterwards any thread may add and set without
 * a lock. Formatting reads what is there at that moment.
 */
#ifndef MTASTS_BASE_METRICS_H
#define MTASTS_BASE_METRICS_H

#include "base/buf.h"

struct metrics;
struct metric;

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

/* metrics_new - an empty set; yours: metrics_free() */
struct metrics *metrics_new(void);

/* metrics_free - release the set and its metrics; null is fine */
void metrics_free(struct metrics *m);

/*
 * metrics_add - one time series
 *
 * name    such as "mtasts_host_requests_total", static
 * help    one line, static
 * labels  static text between the braces, such as "status=\"200\"", or ""
 *
 * Series of one name are printed together, in the order they were added, with
 * the help and kind of the first. A series that is there already is handed out
 * again, so that a room which is opened anew after a reload goes on counting.
 * The result belongs to the set; null when memory is short or about 1,000
 * series are there, and all functions accept null.
 */
struct metric *metrics_add(struct metrics *m, enum metric_kind kind,
    const char *name, const char *help, const char *labels);

/* metric_inc - add one */
void metric_inc(struct metric *c);

/* metric_sum - add n, which may be negative for a gauge */
void metric_sum(struct metric *c, int64_t n);

/* metric_set - set a gauge */
void metric_set(struct metric *c, int64_t value);

/* metric_value - read it; null is 0 */
int64_t metric_value(const struct metric *c);

/* Upper bounds of a histogram's buckets. */
struct metric_bounds {
	const int64_t *us; /* microseconds, ascending; static */
	size_t count; /* at most 32 */
};

/* METRIC_BOUNDS - an array as bounds, for the call */
#define METRIC_BOUNDS(array)            \
	(&(const struct metric_bounds){ \
	    .us = (array), .count = sizeof(array) / sizeof(*(array)) })

/*
 * metrics_add_histogram - a histogram of durations
 *
 * bounds are copied, what they point to is not; "+Inf" is added. Printed in
 * seconds as NAME_bucket{le=...}, NAME_sum, NAME_count. name, help, labels and
 * result as for metrics_add().
 */
struct metric *metrics_add_histogram(struct metrics *m, const char *name,
    const char *help, const char *labels, const struct metric_bounds *bounds);

/* metric_observe - one duration for a histogram */
void metric_observe(struct metric *h, int64_t us);

/* metrics_format - append the exposition text (version 0.0.4) */
void metrics_format(const struct metrics *m, struct buf *b);

#endif
