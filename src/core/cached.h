/*
 * cached - one cached policy: what survives a restart
 *
 * RFC 8461 section 3.3. One block of memory per policy, since a resolver may
 * hold a million; the policy itself stays as raw text and is parsed when it is
 * used. store/policy_db keeps the same fields on disk.
 */
#ifndef MTASTS_CORE_CACHED_H
#define MTASTS_CORE_CACHED_H

#include "core/fetchfact.h"
#include "mtasts/policy.h"

#define CACHED_ERROR_LEN 300 /* bytes kept of why the last try failed */

/* The fields of a cached policy. Spans are borrowed. Times: seconds of 1970. */
struct cached_row {
	struct str domain; /* policy domain, normalised */
	struct str id; /* of the TXT record it was fetched for */
	struct str text; /* raw, as fetched: what mtasts_policy_parse() takes */
	struct str error; /* why the last try failed, printable; empty: it
			   * did not */
	enum mtasts_mode mode;
	uint32_t max_age_s;
	int64_t first_at; /* this text was first fetched */
	int64_t fetched_at; /* last successful fetch: validity counts from it */
	int64_t used_at; /* asked for last; kept to the hour */
	int64_t tried_at; /* last fetch, successful or not */
	int64_t next_at; /* next fetch of the daily refresh */
	unsigned failures; /* tries that failed since fetched_at */
	enum fetchfact_end end; /* of the last try */
};

struct cached {
	int64_t first_at, fetched_at, used_at, tried_at, next_at;
	uint32_t max_age_s;
	uint32_t text_len;
	uint16_t failures;
	uint16_t error_len;
	uint8_t domain_len, id_len, mode, end;
	char bytes[]; /* domain, id, error, text; each terminated */
};

/*
 * cached_row_valid - may a block be made of these fields?
 *
 * Not when the domain is empty, over LIMIT_POLICY_DOMAIN_LEN or not in normal
 * form, the id over LIMIT_ID_LEN or with other than letters and digits, the
 * text over LIMIT_POLICY_LEN, mode or end unknown, max_age over
 * LIMIT_MAX_AGE_S, a time before 1970 or after the year 9999.
 */
bool cached_row_valid(const struct cached_row *row);

/*
 * cached_new - a block with these fields
 *
 * Yours: mem_free(). Null when memory is short or they are not valid: rows
 * come from a file, all bounds are checked here. An error is cut at
 * CACHED_ERROR_LEN bytes and made printable.
 */
struct cached *cached_new(const struct cached_row *row);

/* cached_copy - a second block of the same bytes; yours; null: no memory */
struct cached *cached_copy(const struct cached *c);

/* cached_size - bytes of a block */
size_t cached_size(const struct cached *c);

/* cached_row_of - the fields of a block; spans are borrowed from it */
void cached_row_of(const struct cached *c, struct cached_row *out);

/* cached_domain, cached_id, cached_text, cached_error - borrowed spans */
struct str cached_domain(const struct cached *c);
struct str cached_id(const struct cached *c);
struct str cached_text(const struct cached *c);
struct str cached_error(const struct cached *c);

/*
 * cached_fresh - may it still be applied?
 *
 * From the last fetch on for max_age (RFC 8461 section 3.2). A fetch that lies
 * ahead of now_at counts as made now, for then the clock was set back: the
 * policy is fresh, with max_age to go at most. Whoever schedules by next_at
 * must not wait longer than usual for one that lies far ahead either.
 */
bool cached_fresh(const struct cached *c, int64_t now_at);

/* cached_until - the last second it is fresh, by its own clock */
int64_t cached_until(const struct cached *c);

#endif
