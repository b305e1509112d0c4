/*
 * fuzz_policyrow - rows of policies.db with any numbers, texts and types
 *
 * A row either makes no sense, or becomes a block that says the same; and what
 * is read from the file, whatever types its columns hold, is such a row.
 */
#include "base/arena.h"
#include "core/limits.h"
#include "fuzz.h"
#include "store/policy_db.h"

#include <stdio.h>
#include <unistd.h>

/* The bytes that are left. */
struct input {
	const uint8_t *p;
	size_t len;
};

/* number - the next bytes as a number, the lowest first; 0 past the end */
static uint64_t
number(struct input *in, size_t bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bytes && in->len > 0; i++) {
		n |= (uint64_t)*in->p++ << (8 * i);
		in->len--;
	}
	return n;
}

/* text - the next bytes, as many as there are */
static struct str
text(struct input *in, size_t len)
{
	struct str s = str_sub(str_make((const char *)in->p, in->len), 0, len);

	in->p += s.len;
	in->len -= s.len;
	return s;
}

/* read_row - a row of any values */
static struct cached_row
read_row(struct input *in)
{
	struct cached_row row = {
		.mode = (enum mtasts_mode)number(in, 1),
		.end = (enum fetchfact_end)number(in, 1),
		.max_age_s = (uint32_t)number(in, 4),
		.failures = (unsigned)number(in, 4),
		.first_at = (int64_t)number(in, 8),
		.fetched_at = (int64_t)number(in, 8),
		.used_at = (int64_t)number(in, 8),
		.tried_at = (int64_t)number(in, 8),
		.next_at = (int64_t)number(in, 8),
	};

	row.domain = text(in, number(in, 1));
	row.id = text(in, number(in, 1));
	row.error = text(in, number(in, 2));
	row.text = text(in, in->len);
	return row;
}

/* same_numbers - of two rows, but for failures, which have a bound */
static bool
same_numbers(const struct cached_row *a, const struct cached_row *b)
{
	return a->mode == b->mode && a->end == b->end &&
	    a->max_age_s == b->max_age_s && a->first_at == b->first_at &&
	    a->fetched_at == b->fetched_at && a->used_at == b->used_at &&
	    a->tried_at == b->tried_at && a->next_at == b->next_at;
}

/* check_block - it says what the row said, and makes itself again */
static void
check_block(const struct cached *c, const struct cached_row *row)
{
	struct cached_row back;
	struct cached *again;

	cached_row_of(c, &back);
	require(cached_row_valid(&back));
	require(same_numbers(row, &back));
	require(str_eq(back.domain, row->domain));
	require(str_eq(back.id, row->id));
	require(str_eq(back.text, row->text));
	require(back.error.len <= row->error.len);
	require(back.error.len <= CACHED_ERROR_LEN);
	require(strlen(back.error.p) == back.error.len);
	require(back.text.p[back.text.len] == '\0');
	require(cached_until(c) >= c->fetched_at);
	require(cached_fresh(c, c->fetched_at));
	require(!cached_fresh(c, cached_until(c) + 1));
	again = cached_new(&back);
	require(again != NULL);
	require(cached_size(again) == cached_size(c));
	require(memcmp(again, c, cached_size(c)) == 0);
	mem_free(again);
}

/* open_file - a file that has no name any more; kept for all inputs */
static struct policy_db *
open_file(void)
{
	static const char *const names[] = { "policies.db", "policies.db-wal",
		"policies.db-shm" };
	static struct policy_db *db;
	char folder[] = "/tmp/mtasts-fuzz-XXXXXX", path[80];
	char *moved = NULL;

	if (db != NULL)
		return db;
	require(mkdtemp(folder) != NULL);
	require(policy_db_open(folder, 0, &db, &moved, NULL) == MTASTS_OK);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	return db;
}

/* on_row - a row that was read: it must make a block */
static bool
on_row(void *ctx, const struct cached_row *row)
{
	struct cached *c = cached_new(row);

	require(c != NULL);
	check_block(c, row);
	mem_free(c);
	++*(size_t *)ctx;
	return true;
}

/* value - of a column: the number, or the text of other bytes */
static struct db_value
value(struct input *in, uint64_t types, unsigned column, int64_t n)
{
	if ((types >> column & 1) == 0)
		return db_int(n);
	return db_text(text(in, number(in, 1)));
}

/* check_stored - what somebody else wrote into the file */
static void
check_stored(const struct cached_row *row, struct input in)
{
	static const char sql[] =
	    "INSERT INTO policy (domain, id, mode, max_age_s, first_at,"
	    " fetched_at, used_at, tried_at, next_at, failures, last_end,"
	    " error, body) VALUES"
	    " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
	struct policy_db *p = open_file();
	struct db *db = policy_db_handle(p);
	uint64_t types = number(&in, 2);
	struct cached *c = NULL;
	size_t good = 0, bad = 0;
	enum mtasts_err err;

	require(policy_db_begin(p) == MTASTS_OK);
	err = db_run(db, sql,
	    DB_ARGS(db_text(row->domain), db_text(row->id),
		value(&in, types, 0, (int64_t)number(&in, 8)),
		value(&in, types, 1, row->max_age_s),
		value(&in, types, 2, row->first_at),
		value(&in, types, 3, row->fetched_at),
		value(&in, types, 4, row->used_at),
		value(&in, types, 5, row->tried_at),
		value(&in, types, 6, row->next_at),
		value(&in, types, 7, row->failures),
		value(&in, types, 8, (int64_t)row->end), db_text(row->error),
		db_text(row->text)));
	if (!err) {
		require(policy_db_load(p, on_row, &good, &bad) == MTASTS_OK);
		require(good + bad == 1);
		err = policy_db_get(p, row->domain, &c);
		require(err == (good ? MTASTS_OK : MTASTS_ENOENT));
		mem_free(c);
	}
	policy_db_rollback(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct cached_row row = read_row(&in);
	struct cached *c = cached_new(&row);

	require((c != NULL) == cached_row_valid(&row));
	if (c != NULL)
		check_block(c, &row);
	mem_free(c);
	in = (struct input){ data, size };
	check_stored(&row, in);
	return 0;
}
