/*
 * timefmt - instants and durations as text
 *
 * Times are seconds since 1970 UTC. No clock is read here.
 */
#ifndef MTASTS_BASE_TIMEFMT_H
#define MTASTS_BASE_TIMEFMT_H

#include "base/str.h"
#include "mtasts/err.h"

/* Room for every text of this file, terminator included. */
struct timefmt {
	char text[40];
};

/*
 * timefmt_rfc3339 - "2026-01-31T23:59:59Z"; out is returned as text
 *
 * As in all functions here, an instant before the year 0 or after 9999 is
 * shown as the first or last second of those.
 */
const char *timefmt_rfc3339(struct timefmt *out, int64_t at);

/* timefmt_id - "20260131T235959", the form of our policy ids */
const char *timefmt_id(struct timefmt *out, int64_t at);

/* timefmt_http - "Sat, 31 Jan 2026 23:59:59 GMT" (RFC 9110 section 5.6.7) */
const char *timefmt_http(struct timefmt *out, int64_t at);

/*
 * timefmt_parse_rfc3339 - seconds of a date and time with zone
 *
 * Fractions are cut. ESYNTAX when it is not RFC 3339 section 5.6, out of the
 * years 1970 to 9999, or a leap second (:60).
 */
enum mtasts_err timefmt_parse_rfc3339(
    struct str s, int64_t *at) MTASTS_MUST_CHECK;

/* timefmt_parse_id - the instant of an id of ours; ESYNTAX for other ids */
enum mtasts_err timefmt_parse_id(struct str s, int64_t *at) MTASTS_MUST_CHECK;

/*
 * timefmt_parse_duration - milliseconds of "90", "1500ms", "5s", "10m", "4h",
 * "14d", "1w", or a sum such as "1d12h"
 *
 * A bare number is seconds. ESYNTAX, or ELIMIT past 100 years.
 */
enum mtasts_err timefmt_parse_duration(
    struct str s, int64_t *ms) MTASTS_MUST_CHECK;

/*
 * timefmt_duration - the exact text that parses back, in the largest unit that
 * divides it: "1w", "36h", "90s"; "0s" for zero and less
 */
const char *timefmt_duration(struct timefmt *out, int64_t ms);

/*
 * timefmt_ago - for people: "3 days", "2 hours", "5 seconds"; rounded down,
 * less than zero is zero
 */
const char *timefmt_ago(struct timefmt *out, int64_t seconds);

/*
 * timefmt_parse_size - bytes of "512", "8k", "16m", "1g" (1024 based), of
 * either case; ESYNTAX, or ELIMIT past int64_t
 */
enum mtasts_err timefmt_parse_size(
    struct str s, int64_t *bytes) MTASTS_MUST_CHECK;

/*
 * timefmt_size - the exact text that parses back, in the largest unit that
 * divides it: "16m"; "0" for less than zero
 */
const char *timefmt_size(struct timefmt *out, int64_t bytes);

#endif
