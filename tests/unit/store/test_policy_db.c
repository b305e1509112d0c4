/*
 * test_policy_db.c - the file of cached policies: rows there and back, rows
 * that make no sense, damaged files set aside, others left alone
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>

#include "base/arena.h"
#include "core/limits.h"
#include "store/policy_db.h"
#include "support/scratch.h"

#define AT INT64_C(1767225600) /* 2026-01-01 */

static struct scratch dir;

/* set_up - a fresh folder */
static int
set_up(void **state)
{
	return scratch_open(&dir);
}

/* tear_down - without the folder */
static int
tear_down(void **state)
{
	scratch_close(&dir);
	return 0;
}

/* plain - a row as it should be */
static struct cached_row
plain(const char *domain)
{
	return (struct cached_row){
		.domain = str_of(domain),
		.id = STR("20260101T000000"),
		.text = STR("version: STSv1\r\nmode: enforce\r\n"),
		.error = STR("connection refused"),
		.mode = MTASTS_MODE_ENFORCE,
		.max_age_s = 604800,
		.first_at = AT,
		.fetched_at = AT + 1,
		.used_at = AT + 2,
		.tried_at = AT + 3,
		.next_at = AT + 4,
		.failures = 5,
		.end = FETCHFACT_CONNECT,
	};
}

/* open_file - open it; *moved is the name a damaged one got, "" for none */
static struct policy_db *
open_file(char moved[256], char slug[64])
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct policy_db *p = NULL;
	char *name = NULL;
	enum mtasts_err err;

	err = policy_db_open(dir.path, AT, &p, &name, diags);
	snprintf(moved, 256, "%s", name != NULL ? name : "");
	mem_free(name);
	snprintf(slug, 64, "%s",
	    mtasts_diags_count(diags) > 0 ? mtasts_diags_get(diags, 0)->name
					  : "");
	assert_int_equal(err == MTASTS_OK, p != NULL);
	if (p == NULL)
		assert_string_not_equal(slug, "");
	mtasts_diags_free(diags);
	return p;
}

/* must_open - without any trouble */
static struct policy_db *
must_open(void)
{
	char moved[256], slug[64];
	struct policy_db *p = open_file(moved, slug);

	assert_non_null(p);
	assert_string_equal(slug, "");
	assert_string_equal(moved, "");
	return p;
}

/* save - one row in a transaction of its own */
static void
save(struct policy_db *p, const struct cached_row *row)
{
	assert_int_equal(policy_db_begin(p), MTASTS_OK);
	assert_int_equal(policy_db_put(p, row), MTASTS_OK);
	assert_int_equal(policy_db_commit(p), MTASTS_OK);
}

/* count - rows in the file */
static int64_t
count(struct policy_db *p)
{
	int64_t n = -1;

	assert_int_equal(policy_db_count(p, &n), MTASTS_OK);
	return n;
}

/* script - SQL by another connection, such as an administrator's */
static void
script(const char *sql)
{
	sqlite3 *h = NULL;

	assert_int_equal(
	    sqlite3_open(scratch_file(&dir, "policies.db"), &h), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(h);
}

static void
test_there_and_back(void **state)
{
	struct policy_db *p = must_open();
	struct cached_row row = plain("example.com"), back;
	struct cached *c = NULL;
	struct stat st;

	assert_int_equal(
	    policy_db_get(p, STR("example.com"), &c), MTASTS_ENOENT);
	save(p, &row);
	assert_int_equal(stat(scratch_file(&dir, "policies.db"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(scratch_file(&dir, "policies.db-wal"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	policy_db_close(p);
	p = must_open();
	assert_int_equal(policy_db_get(p, STR("example.com"), &c), MTASTS_OK);
	cached_row_of(c, &back);
	assert_true(str_eq(back.domain, row.domain));
	assert_true(str_eq(back.id, row.id));
	assert_true(str_eq(back.text, row.text));
	assert_true(str_eq(back.error, row.error));
	assert_int_equal(back.mode, row.mode);
	assert_int_equal(back.max_age_s, row.max_age_s);
	assert_int_equal(back.first_at, row.first_at);
	assert_int_equal(back.fetched_at, row.fetched_at);
	assert_int_equal(back.used_at, row.used_at);
	assert_int_equal(back.tried_at, row.tried_at);
	assert_int_equal(back.next_at, row.next_at);
	assert_int_equal(back.failures, row.failures);
	assert_int_equal(back.end, row.end);
	mem_free(c);
	/* Newer texts take its place; an empty one is no NULL. */
	row.error = str_make(NULL, 0);
	row.mode = MTASTS_MODE_NONE;
	save(p, &row);
	assert_int_equal(policy_db_get(p, row.domain, &c), MTASTS_OK);
	assert_int_equal(cached_error(c).len, 0);
	assert_int_equal(c->mode, MTASTS_MODE_NONE);
	mem_free(c);
	assert_int_equal(count(p), 1);
	assert_int_equal(policy_db_delete(p, row.domain), MTASTS_OK);
	assert_int_equal(policy_db_delete(p, row.domain), MTASTS_OK);
	assert_int_equal(count(p), 0);
	row.mode = (enum mtasts_mode)9;
	assert_int_equal(policy_db_put(p, &row), MTASTS_EINVAL);
	assert_int_equal(policy_db_same(p), MTASTS_OK);
	policy_db_close(p);
	policy_db_close(NULL);
}

static void
test_all_or_nothing(void **state)
{
	struct policy_db *p = must_open();
	struct cached_row a = plain("a.example"), b = plain("b.example");

	save(p, &a);
	assert_int_equal(policy_db_begin(p), MTASTS_OK);
	assert_int_equal(policy_db_put(p, &b), MTASTS_OK);
	assert_int_equal(policy_db_delete(p, a.domain), MTASTS_OK);
	policy_db_rollback(p);
	policy_db_rollback(p);
	assert_int_equal(count(p), 1);
	policy_db_close(p);
}

/* What a walk met. */
struct walk {
	struct policy_db *p;
	size_t seen, stop_after;
	bool writes;
};

/* on_row - count it; and, when asked to, write amid the walk */
static bool
on_row(void *ctx, const struct cached_row *row)
{
	struct walk *w = ctx;
	struct cached_row more = plain("zzz.example");

	assert_true(cached_row_valid(row));
	w->seen++;
	if (w->writes && w->seen % 100 == 0) {
		assert_int_equal(policy_db_begin(w->p), MTASTS_OK);
		assert_int_equal(policy_db_put(w->p, &more), MTASTS_OK);
		assert_int_equal(
		    policy_db_delete(w->p, STR("d00001.example")), MTASTS_OK);
		if (w->seen % 200 == 0)
			policy_db_rollback(w->p);
		else
			assert_int_equal(policy_db_commit(w->p), MTASTS_OK);
	}
	return w->seen != w->stop_after;
}

static void
test_walk(void **state)
{
	struct policy_db *p = must_open();
	struct walk w = { .p = p };
	struct cached_row row;
	char name[32];
	size_t bad = 99;

	assert_int_equal(policy_db_begin(p), MTASTS_OK);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "d%05d.example", i);
		row = plain(name);
		assert_int_equal(policy_db_put(p, &row), MTASTS_OK);
	}
	assert_int_equal(policy_db_commit(p), MTASTS_OK);
	assert_int_equal(policy_db_load(p, on_row, &w, &bad), MTASTS_OK);
	assert_int_equal(w.seen, 1000);
	assert_int_equal(bad, 0);
	w = (struct walk){ .p = p, .stop_after = 7 };
	assert_int_equal(policy_db_load(p, on_row, &w, NULL), MTASTS_OK);
	assert_int_equal(w.seen, 7);
	/* Written, committed and undone in the middle of it. */
	w = (struct walk){ .p = p, .writes = true };
	assert_int_equal(policy_db_load(p, on_row, &w, &bad), MTASTS_OK);
	assert_in_range(w.seen, 1000, 1001);
	assert_int_equal(count(p), 1000);
	policy_db_close(p);
}

static void
test_rows_that_make_no_sense(void **state)
{
	static const char *const changes[] = {
		"mode = 9",
		"mode = -1",
		"mode = 4294967296",
		"mode = 'enforce'",
		"mode = 1.5",
		"max_age_s = -1",
		"max_age_s = 9223372036854775807",
		"max_age_s = 4294967297",
		"first_at = -5",
		"fetched_at = -9223372036854775807 - 1",
		"fetched_at = 9223372036854775807",
		"used_at = 'yesterday'",
		"tried_at = x'00'",
		"next_at = -1",
		"failures = -1",
		"failures = 65536",
		"last_end = -1",
		"last_end = 'ok'",
		"domain = x'6162'",
		"domain = ''",
		"domain = 'UPPER.example'",
		"domain = 'a' || char(10) || 'b'",
		"domain = replace(printf('%250s', ''), ' ', 'a')",
		"id = 'not an id'",
		"id = x'41'",
		"id = replace(printf('%33s', ''), ' ', 'a')",
		"body = x'76'",
		"body = replace(printf('%65537s', ''), ' ', 'a')",
		"error = x'00ff'",
	};
	struct cached_row row = plain("bad.example");
	struct policy_db *p = must_open();
	struct cached *c = NULL;
	struct walk w;
	char sql[200];
	size_t bad;

	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		struct cached_row good = plain("good.example");

		script("DELETE FROM policy");
		save(p, &row);
		snprintf(sql, sizeof(sql), "UPDATE policy SET %s", changes[i]);
		script(sql);
		save(p, &good);
		w = (struct walk){ .p = p };
		assert_int_equal(
		    policy_db_load(p, on_row, &w, &bad), MTASTS_OK);
		if (w.seen != 1 || bad != 1)
			fail_msg(
			    "%s: %zu seen, %zu bad", changes[i], w.seen, bad);
		assert_int_equal(
		    policy_db_get(p, row.domain, &c), MTASTS_ENOENT);
	}
	/* What a later version may know is no reason to lose a policy. */
	script("DELETE FROM policy");
	save(p, &row);
	script("UPDATE policy SET last_end = 77, error = x'1b5b' || 'a'");
	script("UPDATE policy SET error = CAST(error AS TEXT)");
	assert_int_equal(policy_db_get(p, row.domain, &c), MTASTS_OK);
	assert_int_equal(c->end, FETCHFACT_OURS);
	assert_string_equal(cached_error(c).p, "?[a");
	mem_free(c);
	policy_db_close(p);
}

/* spoil - overwrite bytes of the file; a short file is cut there */
static void
spoil(off_t from, size_t len, bool cut)
{
	int fd = open(scratch_file(&dir, "policies.db"), O_WRONLY);
	char bytes[4096];

	assert_true(fd >= 0);
	memset(bytes, 0xa5, sizeof(bytes));
	for (size_t n = 0; n < len; n += sizeof(bytes))
		assert_true(pwrite(fd, bytes, sizeof(bytes), from + (off_t)n) ==
		    sizeof(bytes));
	if (cut)
		assert_int_equal(ftruncate(fd, from), 0);
	close(fd);
}

/* make_filled - a closed file of some pages, all of it in the file itself */
static void
make_filled(void)
{
	struct policy_db *p = must_open();
	struct cached_row row;
	char name[32];

	assert_int_equal(policy_db_begin(p), MTASTS_OK);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "d%05d.example", i);
		row = plain(name);
		assert_int_equal(policy_db_put(p, &row), MTASTS_OK);
	}
	assert_int_equal(policy_db_commit(p), MTASTS_OK);
	policy_db_close(p);
	script("PRAGMA wal_checkpoint(TRUNCATE)");
}

/* matching - how many names in the folder begin so */
static size_t
matching(const char *prefix)
{
	DIR *d = opendir(dir.path);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += strncmp(e->d_name, prefix, strlen(prefix)) == 0;
	closedir(d);
	return n;
}

/* damage - how a file is spoilt before it is opened */
enum damage {
	GARBAGE,
	ZEROS,
	NO_BYTES,
	CUT_SHORT,
	CUT_HALF,
	SCHEMA_PAGE,
	NO_TABLE,
	NO_KEY,
	NO_COLUMN,
	A_FOLDER
};

/* do_damage - so */
static void
do_damage(enum damage how)
{
	char zeros[8192] = { 0 };

	switch (how) {
	case GARBAGE:
		spoil(0, 8192, false);
		break;
	case ZEROS:
		scratch_write(&dir, "policies.db", zeros, sizeof(zeros));
		break;
	case NO_BYTES:
		spoil(0, 0, true);
		break;
	case CUT_SHORT:
		spoil(100, 0, true);
		break;
	case CUT_HALF:
		spoil(4096, 0, true);
		break;
	case SCHEMA_PAGE:
		spoil(100, 3996, false);
		break;
	case NO_TABLE:
		script("DROP TABLE policy");
		break;
	case NO_KEY:
		script("CREATE TABLE x AS SELECT * FROM policy;"
		       "DROP TABLE policy; ALTER TABLE x RENAME TO policy");
		break;
	case NO_COLUMN:
		script("ALTER TABLE policy DROP COLUMN failures");
		break;
	case A_FOLDER:
		unlink(scratch_file(&dir, "policies.db"));
		mkdir(scratch_file(&dir, "policies.db"), 0700);
		break;
	}
	scratch_write(&dir, "policies.db-shm", zeros, 0);
}

static void
test_damaged_files_are_set_aside(void **state)
{
	static const struct {
		enum damage how;
		const char *finding;
	} rows[] = {
		{ GARBAGE, "store-not-a-database" },
		{ ZEROS, "store-not-a-database" },
		{ NO_BYTES, "store-empty" },
		{ CUT_SHORT, "store-corrupt" },
		{ CUT_HALF, "store-corrupt" },
		{ SCHEMA_PAGE, "store-corrupt" },
		{ NO_TABLE, "store-refused" },
		{ NO_KEY, "store-refused" },
		{ NO_COLUMN, "store-refused" },
		{ A_FOLDER, "store-not-a-database" },
	};
	char moved[256], slug[64], name[300];
	struct cached_row row = plain("example.com");
	struct policy_db *p;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(tear_down(NULL), 0);
		assert_int_equal(set_up(NULL), 0);
		make_filled();
		do_damage(rows[i].how);
		p = open_file(moved, slug);
		if (p == NULL || strcmp(slug, rows[i].finding) != 0)
			fail_msg("%zu: %s", i, slug);
		assert_non_null(
		    strstr(moved, "/policies.db.corrupt-20260101T000000"));
		assert_int_equal(access(moved, F_OK), 0);
		snprintf(name, sizeof(name), "%s-shm", moved);
		/* SQLite removes it from a file that it could open. */
		if (rows[i].how <= NO_BYTES && access(name, F_OK) != 0)
			fail_msg("%zu: no %s", i, name);
		assert_int_equal(count(p), 0);
		save(p, &row);
		policy_db_close(p);
		p = must_open();
		assert_int_equal(count(p), 1);
		policy_db_close(p);
	}
}

/* Two in one second: none is written over. */
static void
test_set_aside_twice(void **state)
{
	char moved[256], slug[64];
	struct policy_db *p;
	char *name = NULL;

	make_filled();
	do_damage(GARBAGE);
	p = open_file(moved, slug);
	assert_int_equal(
	    policy_db_reset(dir.path, AT, &p, &name, NULL), MTASTS_OK);
	assert_non_null(name);
	assert_string_not_equal(name, moved);
	mem_free(name);
	assert_int_equal(count(p), 0);
	policy_db_close(p);
	assert_int_equal(matching("policies.db.corrupt-"), 5);
	assert_int_equal(matching("policies.db.new-"), 0);
}

static void
test_others_are_left_alone(void **state)
{
	static const struct {
		const char *sql, *finding;
	} rows[] = {
		{ "PRAGMA user_version = 99", "store-newer" },
		{ "PRAGMA application_id = 5", "store-foreign" },
		{ "PRAGMA application_id = 0", "store-foreign" },
	};
	char moved[256], slug[64];
	sqlite3 *h = NULL;
	sqlite3_stmt *st;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(tear_down(NULL), 0);
		assert_int_equal(set_up(NULL), 0);
		make_filled();
		script(rows[i].sql);
		assert_null(open_file(moved, slug));
		assert_string_equal(slug, rows[i].finding);
		assert_string_equal(moved, "");
		sqlite3_open(scratch_file(&dir, "policies.db"), &h);
		sqlite3_prepare_v2(
		    h, "SELECT count(*) FROM policy", -1, &st, NULL);
		assert_int_equal(sqlite3_step(st), SQLITE_ROW);
		assert_int_equal(sqlite3_column_int(st, 0), 500);
		sqlite3_finalize(st);
		sqlite3_close(h);
	}
	assert_int_equal(tear_down(NULL), 0);
	assert_null(open_file(moved, slug));
	assert_string_equal(slug, "store-no-folder");
	assert_int_equal(set_up(NULL), 0);
}

/* The log of a file that is gone is not played into the new one. */
static void
test_log_left_behind(void **state)
{
	struct policy_db *p = must_open();
	struct cached_row row = plain("old.example");
	char wal[600];

	save(p, &row);
	/* As a process leaves it that was killed. */
	snprintf(wal, sizeof(wal), "cp %s/policies.db-wal %s/kept", dir.path,
	    dir.path);
	assert_int_equal(system(wal), 0);
	policy_db_close(p);
	unlink(scratch_file(&dir, "policies.db"));
	snprintf(wal, sizeof(wal), "cp %s/kept %s/policies.db-wal", dir.path,
	    dir.path);
	assert_int_equal(system(wal), 0);
	p = must_open();
	assert_int_equal(count(p), 0);
	policy_db_close(p);
}

static void
test_exchanged_files_are_seen(void **state)
{
	static const char *const names[] = { "policies.db", "policies.db-wal",
		"policies.db-shm" };
	struct cached_row row = plain("example.com");

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct policy_db *p = must_open();

		save(p, &row);
		assert_int_equal(policy_db_same(p), MTASTS_OK);
		assert_int_equal(unlink(scratch_file(&dir, names[i])), 0);
		assert_int_equal(policy_db_same(p), MTASTS_ESTORE);
		assert_int_equal(db_trouble(policy_db_handle(p)), DB_REPLACED);
		policy_db_close(p);
	}
}

/* damaged - what a fresh file mends, and what it does not */
static void
test_which_troubles_are_damage(void **state)
{
	static const enum db_trouble damage[] = { DB_EMPTY, DB_NOT_DB,
		DB_CORRUPT, DB_REFUSED };
	size_t n = 0;

	for (int i = 0; i < DB_TROUBLES; i++)
		n += policy_db_is_damaged((enum db_trouble)i);
	assert_int_equal(n, sizeof(damage) / sizeof(*damage));
	for (size_t i = 0; i < n; i++)
		assert_true(policy_db_is_damaged(damage[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_there_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_all_or_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_walk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_rows_that_make_no_sense, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_damaged_files_are_set_aside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_set_aside_twice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_others_are_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_log_left_behind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_exchanged_files_are_seen, set_up, tear_down),
		cmocka_unit_test(test_which_troubles_are_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
