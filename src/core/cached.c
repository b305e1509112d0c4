/*
 * cached.c - one cached policy as one block of memory
 *
 * RFC 8461 section 3.3. The texts stand behind the numbers, each terminated:
 * domain, id, error, policy. What is in a block was checked when it was made,
 * so that nothing that reads one needs to doubt it; rows of a file on disk come
 * this way, too. Knows neither the file nor who keeps the blocks.
 */
#include "core/cached.h"

#include "base/arena.h"
#include "core/limits.h"

#define TIME_MAX INT64_C(253402300799) /* the last second of 9999 */

/* is_domain - letters of a normalised name, as many as may be */
static bool
is_domain(struct str s)
{
	if (s.len == 0 || s.len > LIMIT_POLICY_DOMAIN_LEN)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!ascii_alnum(c) && c != '-' && c != '_' && c != '.')
			return false;
		if (c != ascii_lower(c))
			return false;
	}
	return s.p[0] != '.' && s.p[s.len - 1] != '.';
}

/* is_id - letters and digits, or nothing */
static bool
is_id(struct str s)
{
	if (s.len > LIMIT_ID_LEN)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_alnum(s.p[i]))
			return false;
	return true;
}

/* is_time - between 1970 and 9999, so that sums of two never overflow */
static bool
is_time(int64_t at)
{
	return at >= 0 && at <= TIME_MAX;
}

bool
cached_row_valid(const struct cached_row *row)
{
	return is_domain(row->domain) && is_id(row->id) &&
	    row->text.len <= LIMIT_POLICY_LEN &&
	    (unsigned)row->mode <= MTASTS_MODE_ENFORCE &&
	    (unsigned)row->end < FETCHFACT_ENDS &&
	    row->max_age_s <= LIMIT_MAX_AGE_S && is_time(row->first_at) &&
	    is_time(row->fetched_at) && is_time(row->used_at) &&
	    is_time(row->tried_at) && is_time(row->next_at);
}

/* put - a text and its NUL; returns the place behind them */
static char *
put(char *p, struct str s)
{
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	return p + s.len + 1;
}

/* cut_error - as much of an error as is kept, whole characters only */
static struct str
cut_error(struct str error)
{
	struct str cut = str_sub(error, 0, CACHED_ERROR_LEN);

	if (cut.len == error.len)
		return cut;
	/* Not in the middle of a character: its later bytes are 10xxxxxx. */
	while (cut.len > 0 && ((unsigned char)error.p[cut.len] & 0xc0) == 0x80)
		cut.len--;
	return cut;
}

/* tame - what could do harm on a terminal becomes a question mark */
static void
tame(char *p, size_t len)
{
	bool utf8 = str_utf8(str_make(p, len));

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c < ' ' || c == 0x7f || (c > 0x7f && !utf8))
			p[i] = '?';
	}
}

struct cached *
cached_new(const struct cached_row *row)
{
	struct str error = cut_error(row->error);
	struct cached *c;
	char *p;

	if (!cached_row_valid(row))
		return NULL;
	c = mem_alloc(sizeof(*c) + row->domain.len + row->id.len + error.len +
	    row->text.len + 4);
	if (c == NULL)
		return NULL;
	*c = (struct cached){
		.first_at = row->first_at,
		.fetched_at = row->fetched_at,
		.used_at = row->used_at,
		.tried_at = row->tried_at,
		.next_at = row->next_at,
		.max_age_s = row->max_age_s,
		.text_len = (uint32_t)row->text.len,
		.failures = row->failures < UINT16_MAX ? (uint16_t)row->failures
						       : UINT16_MAX,
		.error_len = (uint16_t)error.len,
		.domain_len = (uint8_t)row->domain.len,
		.id_len = (uint8_t)row->id.len,
		.mode = (uint8_t)row->mode,
		.end = (uint8_t)row->end,
	};
	p = put(c->bytes, row->domain);
	p = put(p, row->id);
	put(put(p, error), row->text);
	tame(p, error.len);
	return c;
}

size_t
cached_size(const struct cached *c)
{
	return sizeof(*c) + c->domain_len + c->id_len + c->error_len +
	    c->text_len + 4;
}

struct cached *
cached_copy(const struct cached *c)
{
	struct cached *copy = mem_alloc(cached_size(c));

	if (copy != NULL)
		memcpy(copy, c, cached_size(c));
	return copy;
}

void
cached_row_of(const struct cached *c, struct cached_row *out)
{
	*out = (struct cached_row){
		.domain = cached_domain(c),
		.id = cached_id(c),
		.text = cached_text(c),
		.error = cached_error(c),
		.mode = (enum mtasts_mode)c->mode,
		.max_age_s = c->max_age_s,
		.first_at = c->first_at,
		.fetched_at = c->fetched_at,
		.used_at = c->used_at,
		.tried_at = c->tried_at,
		.next_at = c->next_at,
		.failures = c->failures,
		.end = (enum fetchfact_end)c->end,
	};
}

struct str
cached_domain(const struct cached *c)
{
	return str_make(c->bytes, c->domain_len);
}

struct str
cached_id(const struct cached *c)
{
	return str_make(c->bytes + c->domain_len + 1, c->id_len);
}

struct str
cached_error(const struct cached *c)
{
	return str_make(c->bytes + c->domain_len + c->id_len + 2, c->error_len);
}

struct str
cached_text(const struct cached *c)
{
	return str_make(c->bytes + c->domain_len + c->id_len + c->error_len + 3,
	    c->text_len);
}

bool
cached_fresh(const struct cached *c, int64_t now_at)
{
	return now_at <= cached_until(c);
}

int64_t
cached_until(const struct cached *c)
{
	return c->fetched_at + c->max_age_s;
}
