/*
 * test_certplan - when certificates are renewed, tried again, allowed
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/certplan.h"

#include <stdio.h>

#define DAY   INT64_C(86400)
#define START INT64_C(1800000000)
#define NAMES 300

/* name_of - of one of many */
static struct str
name_of(char text[40], unsigned i)
{
	return str_make(
	    text, (size_t)snprintf(text, 40, "mta-sts.d%u.example", i));
}

/* lifetimes of authorities: 90 days, 45, 6, a year, and nonsense */
static void
test_due(void **state)
{
	static const int64_t lives[] = { 90, 45, 6, 397 };
	char text[40];

	for (size_t k = 0; k < sizeof(lives) / sizeof(*lives); k++) {
		int64_t life = lives[k] * DAY, low = INT64_MAX, high = 0;
		struct certplan_cert cert = { START, START + life };

		for (unsigned i = 0; i < NAMES; i++) {
			int64_t due = certplan_due(&cert, name_of(text, i));

			assert_true(due <= cert.not_after_at - life / 3);
			assert_true(
			    due > cert.not_after_at - life / 3 - life / 30);
			assert_int_equal(
			    due, certplan_due(&cert, name_of(text, i)));
			low = due < low ? due : low;
			high = due > high ? due : high;
		}
		/* They spread over nearly all of it. */
		assert_true(high - low > life / 30 * 9 / 10);
	}
}

static void
test_due_odd(void **state)
{
	struct certplan_cert none = { 0 }, turned = { START + 5, START },
			     point = { START, START };

	assert_int_equal(certplan_due(&none, STR("a")), 0);
	assert_int_equal(certplan_due(&turned, STR("a")), START);
	assert_int_equal(certplan_due(&point, STR("a")), START);
}

static void
test_age(void **state)
{
	struct certplan_cert cert = { START, START + 90 * DAY }, none = { 0 };
	static const struct {
		int64_t day;
		const char *name;
	} rows[] = { { 0, "fine" }, { 60, "fine" }, { 61, "due" },
		{ 75, "due" }, { 76, "soon" }, { 84, "soon" }, { 85, "urgent" },
		{ 90, "urgent" }, { 91, "expired" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(certplan_age_name(certplan_age(
					&cert, START + rows[i].day * DAY)),
		    rows[i].name);
	assert_int_equal(certplan_age(&none, START), CERTPLAN_MISSING);
}

static void
test_retry(void **state)
{
	static const struct {
		unsigned failures;
		int64_t wait, max;
	} rows[] = { { 1, 300, CERTPLAN_RETRY_MAX_S },
		{ 2, 600, CERTPLAN_RETRY_MAX_S },
		{ 3, 1200, CERTPLAN_RETRY_MAX_S },
		{ 9, 76800, CERTPLAN_RETRY_MAX_S },
		{ 10, 86400, CERTPLAN_RETRY_MAX_S },
		{ 4000000000u, 86400, CERTPLAN_RETRY_MAX_S },
		{ 5, 3600, CERTPLAN_LOOK_MAX_S } };
	char text[40];

	for (size_t k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
		int64_t low = INT64_MAX, high = 0, wait = rows[k].wait;

		for (unsigned i = 0; i < NAMES; i++) {
			int64_t n = certplan_retry(name_of(text, i),
					rows[k].failures, START, rows[k].max) -
			    START;

			assert_true(n >= wait - wait / 10);
			assert_true(n <= wait + wait / 10);
			low = n < low ? n : low;
			high = n > high ? n : high;
		}
		assert_true(high > low);
	}
}

/* slots against orders that are played one after the other */
static void
test_slot_played(void **state)
{
	static const struct {
		int64_t orders, per_s;
		size_t before;
		int64_t apart;
	} rows[] = { { 250, 10800, 0, 0 }, { 3, 100, 2, 10 }, { 1, 60, 1, 5 },
		{ 5, 50, 5, 1 }, { 4, 1000, 9, 100 }, { 7, 30, 20, 1 } };

	for (size_t k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
		int64_t at[1200], now = START;
		struct certplan_rate rate = { rows[k].orders, rows[k].per_s, at,
			rows[k].before };
		struct certplan_rate first;

		for (size_t i = 0; i < rate.count; i++)
			at[i] =
			    START - (int64_t)(rate.count - i) * rows[k].apart;
		first = rate;
		for (uint64_t n = 0; n < 600; n++) {
			int64_t slot = certplan_slot(&rate, now, 0);

			assert_int_equal(slot, certplan_slot(&first, START, n));
			now = slot;
			at[rate.count++] = slot;
			/* In no window are there more than allowed. */
			if (n >= (uint64_t)rate.orders)
				assert_true(slot -
					at[rate.count - 1 -
					    (size_t)rate.orders] >=
				    rate.per_s);
		}
	}
}

/* a clock that was set back; a rate that was made smaller */
static void
test_slot_odd(void **state)
{
	const int64_t ahead[] = { START + 99999, START + 100000 };
	const int64_t many[] = { START - 4, START - 3, START - 2, START - 1 };
	struct certplan_rate rate = { 2, 60, ahead, 2 };

	assert_int_equal(certplan_slot(&rate, START, 0), START + 60);
	rate = (struct certplan_rate){ 2, 60, many, 4 };
	assert_int_equal(certplan_slot(&rate, START, 0), START + 58);
	assert_int_equal(certplan_slot(&rate, START, 1), START + 59);
	assert_int_equal(certplan_slot(&rate, START, 2), START + 118);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_due_odd),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_slot_played),
		cmocka_unit_test(test_slot_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
