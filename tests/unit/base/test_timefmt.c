/*
 * test_timefmt.c - the calendar, durations and sizes
 */
#include "base/timefmt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void
test_instants(void **state)
{
	static const struct {
		int64_t at;
		const char *rfc3339, *id, *http;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z", "19700101T000000",
		    "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ 784111777, "1994-11-06T08:49:37Z", "19941106T084937",
		    "Sun, 06 Nov 1994 08:49:37 GMT" },
		{ 951782400, "2000-02-29T00:00:00Z", "20000229T000000",
		    "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ 951868799, "2000-02-29T23:59:59Z", "20000229T235959",
		    "Tue, 29 Feb 2000 23:59:59 GMT" },
		{ 1769903999, "2026-01-31T23:59:59Z", "20260131T235959",
		    "Sat, 31 Jan 2026 23:59:59 GMT" },
		{ 1709164800, "2024-02-29T00:00:00Z", "20240229T000000",
		    "Thu, 29 Feb 2024 00:00:00 GMT" },
		{ 2147483648, "2038-01-19T03:14:08Z", "20380119T031408",
		    "Tue, 19 Jan 2038 03:14:08 GMT" },
		/* no leap year */
		{ 4107542400, "2100-03-01T00:00:00Z", "21000301T000000",
		    "Mon, 01 Mar 2100 00:00:00 GMT" },
		{ 253402300799, "9999-12-31T23:59:59Z", "99991231T235959",
		    "Fri, 31 Dec 9999 23:59:59 GMT" },
	};
	struct timefmt f;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t at = -1;

		assert_string_equal(
		    timefmt_rfc3339(&f, rows[i].at), rows[i].rfc3339);
		assert_string_equal(timefmt_id(&f, rows[i].at), rows[i].id);
		assert_string_equal(timefmt_http(&f, rows[i].at), rows[i].http);
		assert_int_equal(
		    timefmt_parse_rfc3339(str_of(rows[i].rfc3339), &at),
		    MTASTS_OK);
		assert_true(at == rows[i].at);
		at = -1;
		assert_int_equal(
		    timefmt_parse_id(str_of(rows[i].id), &at), MTASTS_OK);
		assert_true(at == rows[i].at);
	}
}

static void
test_out_of_range(void **state)
{
	static const struct {
		int64_t at;
		const char *want;
	} rows[] = {
		{ -1, "1969-12-31T23:59:59Z" },
		{ -68169600, "1967-11-04T00:00:00Z" },
		{ -2203891200, "1900-03-01T00:00:00Z" },
		{ -62167219200, "0000-01-01T00:00:00Z" },
		{ -62167219201, "0000-01-01T00:00:00Z" },
		{ INT64_MIN, "0000-01-01T00:00:00Z" },
		{ 253402300800, "9999-12-31T23:59:59Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
	};
	struct timefmt f;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(
		    timefmt_rfc3339(&f, rows[i].at), rows[i].want);
}

/* Every day from 1970 to 2599 is what libc's calendar says. */
static void
test_against_libc(void **state)
{
	struct timefmt f;

	for (int64_t at = 43199; at < 630 * 31556952LL; at += 86400) {
		time_t t = (time_t)at;
		struct tm tm;
		char want[40];
		int64_t back;

		assert_non_null(gmtime_r(&t, &tm));
		strftime(want, sizeof(want), "%a, %d %b %Y %T GMT", &tm);
		assert_string_equal(timefmt_http(&f, at), want);
		assert_int_equal(
		    timefmt_parse_id(str_of(timefmt_id(&f, at)), &back),
		    MTASTS_OK);
		assert_true(back == at);
	}
}

static void
test_parse_rfc3339(void **state)
{
	static const struct {
		const char *s;
		int64_t want;
	} rows[] = {
		{ "1970-01-01t00:00:01z", 1 },
		{ "1970-01-01T01:00:00+01:00", 0 },
		{ "1969-12-31T23:00:00-01:00", -1 },
		{ "1970-01-01T00:00:00.9999999999999999999Z", 0 },
		{ "1970-01-01T00:00:00.5-00:30", 1800 },
		{ "1970-01-01T00:00:00-00:00", 0 },
		{ "2016-04-01T00:00:00Z", 1459468800 },
		{ "2016-03-31T23:59:59.999Z", 1459468799 },
		{ "9999-12-31T23:59:59+23:59", 253402214459 },
		{ "1970-01-01T00:00:00+00:01", -1 },
		{ "9999-12-31T23:59:59-00:01", -1 },
		{ "2016-12-31T23:59:60Z", -1 }, /* leap second */
		{ "2016-12-31T23:59:61Z", -1 },
		{ "2016-12-31T23:60:00Z", -1 },
		{ "2016-12-31T24:00:00Z", -1 },
		{ "2016-02-30T00:00:00Z", -1 },
		{ "2015-02-29T00:00:00Z", -1 },
		{ "2100-02-29T00:00:00Z", -1 },
		{ "2016-04-31T00:00:00Z", -1 },
		{ "2016-00-01T00:00:00Z", -1 },
		{ "2016-13-01T00:00:00Z", -1 },
		{ "2016-01-00T00:00:00Z", -1 },
		{ "0000-01-01T00:00:00Z", -1 },
		{ "2016-01-01T00:00:00", -1 },
		{ "2016-01-01T00:00:00+0100", -1 },
		{ "2016-01-01T00:00:00+24:00", -1 },
		{ "2016-01-01T00:00:00+00:60", -1 },
		{ "2016-01-01T00:00:00.Z", -1 },
		{ "2016-01-01T00:00Z", -1 },
		{ "2016-01-01 00:00:00Z", -1 },
		{ "2016-01-01", -1 },
		{ "16-01-01T00:00:00Z", -1 },
		{ "2016-1-1T00:00:00Z", -1 },
		{ "20160101T000000Z", -1 },
		{ "2016-01-01T00:00:00ZZ", -1 },
		{ "2016-01-01T00:00:00Z ", -1 },
		{ " 2016-01-01T00:00:00Z", -1 },
		{ "+016-01-01T00:00:00Z", -1 },
		{ "10000-01-01T00:00:00Z", -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t at = 4711;
		enum mtasts_err err =
		    timefmt_parse_rfc3339(str_of(rows[i].s), &at);

		assert_int_equal(
		    err, rows[i].want < 0 ? MTASTS_ESYNTAX : MTASTS_OK);
		assert_true(at == (rows[i].want < 0 ? 4711 : rows[i].want));
	}
}

static void
test_parse_id(void **state)
{
	static const char *const refused[] = { "", "20260131", "20260131T",
		"20260131T2359", "20260131T235959Z", "20260131235959",
		"20260131t235959", "20260132T000000", "20260229T000000",
		"20260131T235960", "19691231T235959", "2026013aT000000",
		"1234567890", "abc" };

	for (size_t i = 0; i < COUNT(refused); i++) {
		int64_t at = 4711;

		assert_int_equal(
		    timefmt_parse_id(str_of(refused[i]), &at), MTASTS_ESYNTAX);
		assert_int_equal(at, 4711);
	}
}

static void
test_parse_duration(void **state)
{
	static const struct {
		const char *s;
		enum mtasts_err err;
		int64_t ms;
	} rows[] = {
		{ "0", MTASTS_OK, 0 },
		{ "90", MTASTS_OK, 90000 },
		{ "1500ms", MTASTS_OK, 1500 },
		{ "5s", MTASTS_OK, 5000 },
		{ "10m", MTASTS_OK, 600000 },
		{ "4h", MTASTS_OK, 14400000 },
		{ "14d", MTASTS_OK, 1209600000 },
		{ "1w", MTASTS_OK, 604800000 },
		{ "1d12h", MTASTS_OK, 129600000 },
		{ "1w2d3h4m5s6ms", MTASTS_OK, 788645006 },
		{ "1m1ms", MTASTS_OK, 60001 },
		{ "00000000000000000000000000001s", MTASTS_OK, 1000 },
		{ "36525d", MTASTS_OK, 3155760000000 },
		{ "3155760000", MTASTS_OK, 3155760000000 },
		{ "3155760001", MTASTS_ELIMIT, 0 },
		{ "36525d1ms", MTASTS_ELIMIT, 0 },
		{ "36526d", MTASTS_ELIMIT, 0 },
		{ "99999999999999999999999w", MTASTS_ELIMIT, 0 },
		{ "99999999999999999999999", MTASTS_ELIMIT, 0 },
		/* Bad syntax weighs more than a large number. */
		{ "36526dx", MTASTS_ESYNTAX, 0 },
		{ "36526d1", MTASTS_ESYNTAX, 0 },
		{ "", MTASTS_ESYNTAX, 0 },
		{ "s", MTASTS_ESYNTAX, 0 },
		{ "1x", MTASTS_ESYNTAX, 0 },
		{ "1d12", MTASTS_ESYNTAX, 0 },
		{ "1 d", MTASTS_ESYNTAX, 0 },
		{ "1d ", MTASTS_ESYNTAX, 0 },
		{ "-1s", MTASTS_ESYNTAX, 0 },
		{ "1.5h", MTASTS_ESYNTAX, 0 },
		{ "1M", MTASTS_ESYNTAX, 0 }, /* a month? */
		{ "1mss", MTASTS_ESYNTAX, 0 },
		{ "1y", MTASTS_ESYNTAX, 0 },
		{ "P1D", MTASTS_ESYNTAX, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms = 4711;

		assert_int_equal(timefmt_parse_duration(str_of(rows[i].s), &ms),
		    rows[i].err);
		assert_true(
		    ms == (rows[i].err == MTASTS_OK ? rows[i].ms : 4711));
	}
}

static void
test_duration(void **state)
{
	static const struct {
		int64_t ms;
		const char *want;
	} rows[] = {
		{ 0, "0s" },
		{ 1, "1ms" },
		{ 1500, "1500ms" },
		{ 1000, "1s" },
		{ 90000, "90s" },
		{ 60000, "1m" },
		{ 3600000, "1h" },
		{ 129600000, "36h" },
		{ 86400000, "1d" },
		{ 604800000, "1w" },
		{ 1209600000, "2w" },
		{ 777600000, "9d" },
		{ -5, "0s" },
	};
	struct timefmt f;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms = -1;

		assert_string_equal(
		    timefmt_duration(&f, rows[i].ms), rows[i].want);
		assert_int_equal(
		    timefmt_parse_duration(str_of(f.text), &ms), MTASTS_OK);
		assert_true(ms == (rows[i].ms < 0 ? 0 : rows[i].ms));
	}
	timefmt_duration(&f, INT64_MAX);
	assert_true(strlen(f.text) < sizeof(f.text));
}

static void
test_ago(void **state)
{
	static const struct {
		int64_t s;
		const char *want;
	} rows[] = {
		{ -1, "0 seconds" },
		{ 0, "0 seconds" },
		{ 1, "1 second" },
		{ 59, "59 seconds" },
		{ 60, "1 minute" },
		{ 119, "1 minute" },
		{ 120, "2 minutes" },
		{ 3599, "59 minutes" },
		{ 3600, "1 hour" },
		{ 7200, "2 hours" },
		{ 86399, "23 hours" },
		{ 86400, "1 day" },
		{ 3 * 86400 + 5, "3 days" },
		{ INT64_MAX, "106751991167300 days" },
		{ INT64_MIN, "0 seconds" },
	};
	struct timefmt f;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(timefmt_ago(&f, rows[i].s), rows[i].want);
}

static void
test_size(void **state)
{
	static const struct {
		const char *s;
		enum mtasts_err err;
		int64_t bytes;
		const char *back; /* null: s itself */
	} rows[] = {
		{ "0", MTASTS_OK, 0, NULL },
		{ "512", MTASTS_OK, 512, NULL },
		{ "8k", MTASTS_OK, 8192, NULL },
		{ "8K", MTASTS_OK, 8192, "8k" },
		{ "16m", MTASTS_OK, 16777216, NULL },
		{ "1g", MTASTS_OK, 1073741824, NULL },
		{ "1G", MTASTS_OK, 1073741824, "1g" },
		{ "1024", MTASTS_OK, 1024, "1k" },
		{ "1025", MTASTS_OK, 1025, NULL },
		{ "0k", MTASTS_OK, 0, "0" },
		{ "1536k", MTASTS_OK, 1572864, NULL },
		{ "8589934591g", MTASTS_OK, 9223372035781033984, NULL },
		{ "9223372036854775807", MTASTS_OK, INT64_MAX, NULL },
		{ "9223372036854775808", MTASTS_ELIMIT, 0, NULL },
		{ "8589934592g", MTASTS_ELIMIT, 0, NULL },
		{ "", MTASTS_ESYNTAX, 0, NULL },
		{ "k", MTASTS_ESYNTAX, 0, NULL },
		{ "1kb", MTASTS_ESYNTAX, 0, NULL },
		{ "1k1", MTASTS_ESYNTAX, 0, NULL },
		{ "1t", MTASTS_ESYNTAX, 0, NULL },
		{ "-1", MTASTS_ESYNTAX, 0, NULL },
		{ "1.5m", MTASTS_ESYNTAX, 0, NULL },
		{ "1 k", MTASTS_ESYNTAX, 0, NULL },
	};
	struct timefmt f;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t n = 4711;

		assert_int_equal(
		    timefmt_parse_size(str_of(rows[i].s), &n), rows[i].err);
		assert_true(
		    n == (rows[i].err == MTASTS_OK ? rows[i].bytes : 4711));
		if (rows[i].err == MTASTS_OK)
			assert_string_equal(timefmt_size(&f, n),
			    rows[i].back == NULL ? rows[i].s : rows[i].back);
	}
	assert_string_equal(timefmt_size(&f, -1), "0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instants),
		cmocka_unit_test(test_out_of_range),
		cmocka_unit_test(test_against_libc),
		cmocka_unit_test(test_parse_rfc3339),
		cmocka_unit_test(test_parse_id),
		cmocka_unit_test(test_parse_duration),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_ago),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
