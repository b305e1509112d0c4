/*
 * timefmt.c - instants and durations as text
 *
 * The calendar is computed here: no time zone data base, no locale, no libc
 * state. Days are counted in the proleptic Gregorian calendar with years that
 * begin in March, so that the leap day is the last of its year. There are no
 * leap seconds: a text with second 60 is refused. RFC 3339, RFC 9110.
 */
#include "base/timefmt.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define DAY_S	  ((int64_t)86400)
#define ERA_DAYS  146097 /* of 400 years */
#define EPOCH_DAY 719468 /* 1970-01-01, from 0000-03-01 */
#define AT_MIN	  (-62167219200) /* 0000-01-01T00:00:00Z */
#define AT_MAX	  253402300799 /* 9999-12-31T23:59:59Z */
#define MS_MAX	  (INT64_C(36525) * 86400 * 1000) /* 100 years */

/* A date and time of day in UTC. */
struct civil {
	int year, month, day; /* month and day from 1 */
	int hour, minute, second;
	int weekday; /* 0 is Sunday */
};

/* A unit of a quantity, and how it is written. */
struct unit {
	const char *name;
	int64_t size;
};

/* Two letters before one. What is written is the first of its size. */
static const struct unit durations[] = {
	{ "w", 7 * DAY_S * 1000 },
	{ "d", DAY_S * 1000 },
	{ "h", 3600 * 1000 },
	{ "ms", 1 },
	{ "m", 60 * 1000 },
	{ "s", 1000 },
	{ NULL, 0 },
};
static const struct unit sizes[] = {
	{ "g", 1 << 30 },
	{ "m", 1 << 20 },
	{ "k", 1 << 10 },
	{ "G", 1 << 30 },
	{ "M", 1 << 20 },
	{ "K", 1 << 10 },
	{ NULL, 0 },
};

static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
	"Sat" };
static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* put - format into out, which has room for every text of this file */
static const char *__attribute__((format(printf, 2, 3)))
put(struct timefmt *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(out->text, sizeof(out->text), fmt, ap);
	va_end(ap);
	return out->text;
}

/* civil_of - the date and time of an instant, held within 0000 to 9999 */
static struct civil
civil_of(int64_t at)
{
	struct civil c;
	int64_t z, era, day, year, month, s;

	if (at < AT_MIN)
		at = AT_MIN;
	if (at > AT_MAX)
		at = AT_MAX;
	/* Counted from an era before all of ours: nothing is negative. */
	s = at + (EPOCH_DAY + ERA_DAYS) * DAY_S;
	z = s / DAY_S;
	s %= DAY_S;
	era = z / ERA_DAYS;
	day = z % ERA_DAYS;
	/* Leap days: every 4 years, not in 100, but at the era's end. */
	year = (day - day / 1460 + day / 36524 - day / (ERA_DAYS - 1)) / 365;
	day -= 365 * year + year / 4 - year / 100;
	/* Five months from March on have 153 days. */
	month = (5 * day + 2) / 153;
	c.day = (int)(day - (153 * month + 2) / 5 + 1);
	c.month = (int)(month < 10 ? month + 3 : month - 9);
	c.year = (int)(year + (era - 1) * 400 + (c.month <= 2));
	c.hour = (int)(s / 3600);
	c.minute = (int)(s / 60 % 60);
	c.second = (int)(s % 60);
	c.weekday = (int)((z + 3) % 7); /* day 0 was a Wednesday */
	return c;
}

/* is_leap - has the year a 29th of February? */
static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* valid - is it on the calendar, in 1970 to 9999? */
static bool
valid(const struct civil *c)
{
	static const int last[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	if (c->year < 1970 || c->year > 9999)
		return false;
	if (c->month < 1 || c->month > 12 || c->day < 1)
		return false;
	if (c->day > last[c->month - 1] + (c->month == 2 && is_leap(c->year)))
		return false;
	return c->hour <= 23 && c->minute <= 59 && c->second <= 59;
}

/* instant_of - seconds of a valid date and time */
static int64_t
instant_of(const struct civil *c)
{
	int64_t year = c->year - (c->month <= 2);
	int64_t month = c->month > 2 ? c->month - 3 : c->month + 9;
	int64_t day = 365 * year + year / 4 - year / 100 + year / 400 +
	    (153 * month + 2) / 5 + c->day - 1 - EPOCH_DAY;

	return day * DAY_S + c->hour * 3600 + c->minute * 60 + c->second;
}

const char *
timefmt_rfc3339(struct timefmt *out, int64_t at)
{
	struct civil c = civil_of(at);

	return put(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month,
	    c.day, c.hour, c.minute, c.second);
}

const char *
timefmt_id(struct timefmt *out, int64_t at)
{
	struct civil c = civil_of(at);

	return put(out, "%04d%02d%02dT%02d%02d%02d", c.year, c.month, c.day,
	    c.hour, c.minute, c.second);
}

const char *
timefmt_http(struct timefmt *out, int64_t at)
{
	struct civil c = civil_of(at);

	return put(out, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[c.weekday],
	    c.day, months[c.month - 1], c.year, c.hour, c.minute, c.second);
}

/* take_char - take the byte c off *s */
static bool
take_char(struct str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	*s = str_sub(*s, 1, s->len);
	return true;
}

/* take_digits - take exactly n digits off *s */
static bool
take_digits(struct str *s, size_t n, int *out)
{
	uint64_t v;

	if (s->len < n || !str_u64(str_sub(*s, 0, n), 9999, &v))
		return false;
	*out = (int)v;
	*s = str_sub(*s, n, s->len);
	return true;
}

/* take_span - take the leading digits off *s; it may be empty */
static struct str
take_span(struct str *s)
{
	struct str digits = str_sub(*s, 0, 0);

	while (s->len > 0 && ascii_digit(s->p[0])) {
		digits.len++;
		*s = str_sub(*s, 1, s->len);
	}
	return digits;
}

/* take_zone - "Z" or "+hh:mm": seconds east of UTC */
static bool
take_zone(struct str *s, int *east_s)
{
	int hour, minute;
	bool west;

	*east_s = 0;
	if (take_char(s, 'Z') || take_char(s, 'z'))
		return true;
	west = take_char(s, '-');
	if (!west && !take_char(s, '+'))
		return false;
	if (!take_digits(s, 2, &hour) || !take_char(s, ':') ||
	    !take_digits(s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*east_s = (hour * 3600 + minute * 60) * (west ? -1 : 1);
	return true;
}

enum mtasts_err
timefmt_parse_rfc3339(struct str s, int64_t *at)
{
	struct civil c = { 0 };
	int east_s;
	int64_t t;

	if (!take_digits(&s, 4, &c.year) || !take_char(&s, '-') ||
	    !take_digits(&s, 2, &c.month) || !take_char(&s, '-') ||
	    !take_digits(&s, 2, &c.day))
		return MTASTS_ESYNTAX;
	if (!take_char(&s, 'T') && !take_char(&s, 't'))
		return MTASTS_ESYNTAX;
	if (!take_digits(&s, 2, &c.hour) || !take_char(&s, ':') ||
	    !take_digits(&s, 2, &c.minute) || !take_char(&s, ':') ||
	    !take_digits(&s, 2, &c.second) || !valid(&c))
		return MTASTS_ESYNTAX;
	if (take_char(&s, '.') && take_span(&s).len == 0)
		return MTASTS_ESYNTAX;
	if (!take_zone(&s, &east_s) || s.len > 0)
		return MTASTS_ESYNTAX;
	t = instant_of(&c) - east_s;
	if (t < 0 || t > AT_MAX)
		return MTASTS_ESYNTAX;
	*at = t;
	return MTASTS_OK;
}

enum mtasts_err
timefmt_parse_id(struct str s, int64_t *at)
{
	struct civil c = { 0 };

	if (!take_digits(&s, 4, &c.year) || !take_digits(&s, 2, &c.month) ||
	    !take_digits(&s, 2, &c.day) || !take_char(&s, 'T') ||
	    !take_digits(&s, 2, &c.hour) || !take_digits(&s, 2, &c.minute) ||
	    !take_digits(&s, 2, &c.second) || s.len > 0 || !valid(&c))
		return MTASTS_ESYNTAX;
	*at = instant_of(&c);
	return MTASTS_OK;
}

/* take_unit - take a unit's name off *s; its size, or 0 */
static int64_t
take_unit(struct str *s, const struct unit *units)
{
	for (; units->name != NULL; units++) {
		struct str name = str_of(units->name);

		if (str_starts(*s, name)) {
			*s = str_sub(*s, name.len, s->len);
			return units->size;
		}
	}
	return 0;
}

/* scaled - digits times size, if that is at most max */
static enum mtasts_err
scaled(struct str digits, int64_t size, int64_t max, int64_t *out)
{
	uint64_t v;

	if (!str_u64(digits, (uint64_t)(max / size), &v))
		return MTASTS_ELIMIT;
	*out = (int64_t)v * size;
	return MTASTS_OK;
}

enum mtasts_err
timefmt_parse_duration(struct str s, int64_t *ms)
{
	enum mtasts_err err = MTASTS_OK;
	int64_t sum = 0, part = 0, size;
	struct str digits = take_span(&s);

	if (digits.len > 0 && s.len == 0) {
		err = scaled(digits, 1000, MS_MAX, &sum);
	} else {
		do {
			enum mtasts_err e;

			size = take_unit(&s, durations);
			if (digits.len == 0 || size == 0)
				return MTASTS_ESYNTAX;
			e = scaled(digits, size, MS_MAX - sum, &part);
			if (e == MTASTS_OK)
				sum += part;
			else
				err = e; /* unless bad syntax follows */
			digits = take_span(&s);
		} while (digits.len > 0 || s.len > 0);
	}
	if (err == MTASTS_OK)
		*ms = sum;
	return err;
}

/* put_units - n in the largest unit that divides it */
static const char *
put_units(struct timefmt *out, int64_t n, const struct unit *units)
{
	const struct unit *best = NULL;

	for (; n != 0 && units->name != NULL; units++)
		if (n % units->size == 0 &&
		    (best == NULL || units->size > best->size))
			best = units;
	if (best == NULL)
		return put(out, "%" PRId64, n);
	return put(out, "%" PRId64 "%s", n / best->size, best->name);
}

const char *
timefmt_duration(struct timefmt *out, int64_t ms)
{
	return ms <= 0 ? put(out, "0s") : put_units(out, ms, durations);
}

const char *
timefmt_ago(struct timefmt *out, int64_t seconds)
{
	static const struct unit units[] = {
		{ "day", DAY_S },
		{ "hour", 3600 },
		{ "minute", 60 },
		{ "second", 1 },
	};
	const struct unit *u = units;
	int64_t n;

	if (seconds < 0)
		seconds = 0;
	while (u->size > 1 && seconds < u->size)
		u++;
	n = seconds / u->size;
	return put(out, "%" PRId64 " %s%s", n, u->name, n == 1 ? "" : "s");
}

enum mtasts_err
timefmt_parse_size(struct str s, int64_t *bytes)
{
	struct str digits = take_span(&s);
	int64_t size = s.len == 0 ? 1 : take_unit(&s, sizes);

	if (digits.len == 0 || size == 0 || s.len > 0)
		return MTASTS_ESYNTAX;
	return scaled(digits, size, INT64_MAX, bytes);
}

const char *
timefmt_size(struct timefmt *out, int64_t bytes)
{
	return put_units(out, bytes < 0 ? 0 : bytes, sizes);
}
