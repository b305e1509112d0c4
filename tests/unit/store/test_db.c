/*
 * test_db.c - opening, migrating and using a database file, and every way it
 * can fail, each with the finding that says what to do
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>

#include "store/db.h"
#include "support/scratch.h"

static const char *const one_step[] = {
	"CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, n BIGINT)",
};
static const char *const two_steps[] = {
	"CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, n BIGINT)",
	"ALTER TABLE t ADD COLUMN more TEXT; CREATE TABLE u (x BIGINT)",
};
static const char *const bad_step[] = {
	"CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, n BIGINT)",
	"CREATE TABLE u (x BIGINT); CREATE TABLE t (oops)",
};

#define SCHEMA(mark_, count_, steps)                                     \
	{                                                                \
		.file = "test.db", .what = "test file", .mark = (mark_), \
		.count = (count_), .migrations = (steps)                 \
	}
static const struct db_schema v1 = SCHEMA(7, 1, one_step);
static const struct db_schema v2 = SCHEMA(7, 2, two_steps);
static const struct db_schema broken = SCHEMA(7, 2, bad_step);
static const struct db_schema other = SCHEMA(8, 1, one_step);

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

/* open_as - open the folder's file; the slug of the finding, or "" */
static enum mtasts_err
open_as(const struct db_schema *schema, enum db_access access, struct db **db,
    char slug[64])
{
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_err err;

	err = db_open(dir.path, schema, access, db, diags);
	snprintf(slug, 64, "%s",
	    mtasts_diags_count(diags) > 0 ? mtasts_diags_get(diags, 0)->name
					  : "");
	mtasts_diags_free(diags);
	return err;
}

/* must_open - open it, or the test fails */
static struct db *
must_open(const struct db_schema *schema, enum db_access access)
{
	struct db *db = NULL;
	char slug[64];

	assert_int_equal(open_as(schema, access, &db, slug), MTASTS_OK);
	assert_string_equal(slug, "");
	return db;
}

/* must_fail - opening fails with this code and finding */
static void
must_fail(const struct db_schema *schema, enum db_access access,
    enum mtasts_err want, const char *finding)
{
	struct db *db = NULL;
	char slug[64];

	assert_int_equal(open_as(schema, access, &db, slug), want);
	assert_string_equal(slug, finding);
	assert_null(db);
}

/* put - one row */
static enum mtasts_err
put(struct db *db, const char *key, int64_t n)
{
	static const char sql[] =
	    "INSERT INTO t (n, k) VALUES ($2, $1)"
	    " ON CONFLICT (k) DO UPDATE SET n = excluded.n";

	return db_run(db, sql, DB_ARGS(db_text(str_of(key)), db_int(n)));
}

/* get - the number of a key, or -1 */
static int64_t
get(struct db *db, const char *key)
{
	static const char sql[] = "SELECT n FROM t WHERE k = $1";
	struct db_stmt *s;
	int64_t n = -1;
	bool row = false;

	assert_int_equal(
	    db_start(db, sql, DB_ARGS(db_text(str_of(key))), &s), MTASTS_OK);
	assert_int_equal(db_next(s, &row), MTASTS_OK);
	if (row)
		n = db_get_int(s, 0);
	db_end(s);
	return n;
}

static void
creates_and_reads(void **state)
{
	struct stat st;
	struct db *w, *r;

	must_fail(&v1, DB_READ, MTASTS_ENOENT, "");
	w = must_open(&v1, DB_WRITE);
	assert_int_equal(stat(scratch_file(&dir, "test.db"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(stat(dir.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 02750);
	assert_int_equal(put(w, "a", 1), MTASTS_OK);
	assert_int_equal(put(w, "a", INT64_MIN), MTASTS_OK);
	r = must_open(&v1, DB_READ);
	assert_int_equal(get(r, "a"), INT64_MIN);
	assert_int_equal(get(r, "b"), -1);
	db_close(r);
	db_close(w);
	/* What a reader without rights to the folder needs stays. */
	assert_int_equal(access(scratch_file(&dir, "test.db-wal"), F_OK), 0);
	assert_int_equal(access(scratch_file(&dir, "test.db-shm"), F_OK), 0);
}

static void
no_leftovers_of_creation(void **state)
{
	unsigned files = 0;
	struct dirent *e;
	DIR *d;

	db_close(must_open(&v2, DB_WRITE));
	d = opendir(dir.path);
	while ((e = readdir(d)) != NULL)
		files += e->d_name[0] != '.';
	closedir(d);
	assert_int_equal(files, 3); /* test.db, -wal, -shm */
}

static void
texts_and_nulls(void **state)
{
	static const char sql[] = "INSERT INTO t (k, n) VALUES ($1, $2)";
	static const char back[] = "SELECT k, n FROM t ORDER BY k";
	struct db *db = must_open(&v1, DB_WRITE);
	struct db_stmt *s;
	bool row;

	assert_int_equal(
	    db_run(db, sql, DB_ARGS(db_text(STR("")), db_null())), MTASTS_OK);
	assert_int_equal(
	    db_run(db, sql, DB_ARGS(db_text(STR("a\0b")), db_int(-5))),
	    MTASTS_OK);
	assert_int_equal(db_start(db, back, DB_NO_ARGS, &s), MTASTS_OK);
	assert_int_equal(db_next(s, &row), MTASTS_OK);
	assert_true(row);
	assert_non_null(db_get_text(s, 0).p);
	assert_int_equal(db_get_text(s, 0).len, 0);
	assert_null(db_get_text(s, 1).p);
	assert_int_equal(db_next(s, &row), MTASTS_OK);
	assert_true(str_eq(db_get_text(s, 0), STR("a\0b")));
	assert_int_equal(db_get_int(s, 1), -5);
	assert_int_equal(db_next(s, &row), MTASTS_OK);
	assert_false(row);
	db_end(s);
	db_close(db);
}

static void
same_text_within_itself(void **state)
{
	static const char all[] = "SELECT k FROM t ORDER BY k";
	struct db *db = must_open(&v1, DB_WRITE);
	struct db_stmt *outer, *inner;
	unsigned seen = 0;
	bool row, row2;

	assert_int_equal(put(db, "a", 1), MTASTS_OK);
	assert_int_equal(put(db, "b", 2), MTASTS_OK);
	assert_int_equal(db_start(db, all, DB_NO_ARGS, &outer), MTASTS_OK);
	while (db_next(outer, &row) == MTASTS_OK && row) {
		assert_int_equal(
		    db_start(db, all, DB_NO_ARGS, &inner), MTASTS_OK);
		while (db_next(inner, &row2) == MTASTS_OK && row2)
			seen++;
		db_end(inner);
	}
	db_end(outer);
	assert_int_equal(seen, 4);
	db_close(db);
}

static void
transactions(void **state)
{
	struct db *db = must_open(&v1, DB_WRITE);

	assert_int_equal(db_begin(db, DB_WRITE), MTASTS_OK);
	assert_int_equal(put(db, "a", 1), MTASTS_OK);
	db_rollback(db);
	db_rollback(db); /* nothing to undo: fine */
	assert_int_equal(get(db, "a"), -1);
	assert_int_equal(db_begin(db, DB_WRITE), MTASTS_OK);
	assert_int_equal(put(db, "a", 2), MTASTS_OK);
	assert_int_equal(db_commit(db), MTASTS_OK);
	assert_int_equal(get(db, "a"), 2);
	/* Closing with a transaction open undoes it. */
	assert_int_equal(db_begin(db, DB_WRITE), MTASTS_OK);
	assert_int_equal(put(db, "a", 3), MTASTS_OK);
	db_close(db);
	db = must_open(&v1, DB_READ);
	assert_int_equal(get(db, "a"), 2);
	db_close(db);
}

static void
snapshot_is_consistent(void **state)
{
	struct db *w = must_open(&v1, DB_WRITE);
	struct db *r = must_open(&v1, DB_READ);

	assert_int_equal(put(w, "a", 1), MTASTS_OK);
	assert_int_equal(db_begin(r, DB_READ), MTASTS_OK);
	assert_int_equal(get(r, "a"), 1);
	assert_int_equal(put(w, "a", 2), MTASTS_OK);
	assert_int_equal(get(r, "a"), 1);
	assert_int_equal(db_commit(r), MTASTS_OK);
	assert_int_equal(get(r, "a"), 2);
	db_close(r);
	db_close(w);
}

static void
version_tells_of_commits(void **state)
{
	struct db *w = must_open(&v1, DB_WRITE);
	struct db *r = must_open(&v1, DB_READ);
	int64_t a, b, c;

	assert_int_equal(db_version(r, &a), MTASTS_OK);
	assert_int_equal(db_version(r, &b), MTASTS_OK);
	assert_true(a == b);
	assert_int_equal(put(w, "a", 1), MTASTS_OK);
	assert_int_equal(db_version(r, &c), MTASTS_OK);
	assert_true(b != c);
	usleep(20000); /* longer than a tick of the file system's clock */
	/* A handle also sees its own commits. */
	assert_int_equal(db_version(w, &a), MTASTS_OK);
	usleep(20000);
	assert_int_equal(put(w, "a", 2), MTASTS_OK);
	assert_int_equal(db_version(w, &b), MTASTS_OK);
	assert_true(a != b);
	db_close(r);
	db_close(w);
}

static void
must_be_there(void **state)
{
	struct db_schema kept = v1;
	struct db *db = NULL;

	kept.existing = true;
	assert_int_equal(
	    db_open(dir.path, &kept, DB_WRITE, &db, NULL), MTASTS_ENOENT);
	assert_int_equal(access(scratch_file(&dir, "test.db"), F_OK), -1);
	db_close(must_open(&v1, DB_WRITE));
	db = must_open(&kept, DB_WRITE);
	assert_int_equal(put(db, "a", 1), MTASTS_OK);
	db_close(db);
}

static void
version_tells_of_exchange(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct db *r;
	int64_t v;

	db_close(must_open(&v1, DB_WRITE));
	r = must_open(&v1, DB_READ);
	assert_int_equal(unlink(scratch_file(&dir, "test.db")), 0);
	assert_int_equal(db_version(r, &v), MTASTS_ESTORE);
	assert_int_equal(db_trouble(r), DB_REPLACED);
	db_explain(r, diags);
	assert_string_equal(mtasts_diags_get(diags, 0)->name, "store-replaced");
	mtasts_diags_free(diags);
	db_close(r);
}

static void
migrates_step_by_step(void **state)
{
	struct db *db = must_open(&v1, DB_WRITE);
	struct db_schema content = v2;

	assert_int_equal(put(db, "kept", 5), MTASTS_OK);
	db_close(db);
	must_fail(&v2, DB_READ, MTASTS_ESTORE, "store-older");
	/* Who needs no more than the first version has reads it. */
	content.oldest = 1;
	db = must_open(&content, DB_READ);
	assert_int_equal(get(db, "kept"), 5);
	db_close(db);
	content.oldest = 2;
	must_fail(&content, DB_READ, MTASTS_ESTORE, "store-older");
	db = must_open(&v2, DB_WRITE);
	assert_int_equal(get(db, "kept"), 5);
	assert_int_equal(
	    db_run(db, "UPDATE t SET more = 'x'", DB_NO_ARGS), MTASTS_OK);
	db_close(db);
	must_fail(&v1, DB_WRITE, MTASTS_ESTORE, "store-newer");
	must_fail(&v1, DB_READ, MTASTS_ESTORE, "store-newer");
	db_close(must_open(&v2, DB_READ));
}

static void
failed_migration_changes_nothing(void **state)
{
	struct db *db = must_open(&v1, DB_WRITE);

	assert_int_equal(put(db, "kept", 5), MTASTS_OK);
	db_close(db);
	must_fail(&broken, DB_WRITE, MTASTS_ESTORE, "store-refused");
	db = must_open(&v1, DB_WRITE);
	assert_int_equal(get(db, "kept"), 5);
	assert_int_equal(
	    db_run(db, "SELECT x FROM u", DB_NO_ARGS), MTASTS_ESTORE);
	db_close(db);
}

static void
failed_creation_leaves_no_file(void **state)
{
	must_fail(&broken, DB_WRITE, MTASTS_ESTORE, "store-refused");
	must_fail(&broken, DB_READ, MTASTS_ENOENT, "");
}

static void
refuses_other_files(void **state)
{
	char noise[3000];
	sqlite3 *h;

	/* Bytes that are no database; long and short. */
	memset(noise, 'x', sizeof(noise));
	assert_int_equal(scratch_write(&dir, "test.db", noise, 3000), 0);
	must_fail(&v1, DB_WRITE, MTASTS_ESTORE, "store-not-a-database");
	must_fail(&v1, DB_READ, MTASTS_ESTORE, "store-not-a-database");
	assert_int_equal(scratch_write(&dir, "test.db", "hello", 5), 0);
	must_fail(&v1, DB_WRITE, MTASTS_ESTORE, "store-not-a-database");
	/* An empty one was cut off: creation makes it whole. */
	assert_int_equal(scratch_write(&dir, "test.db", "", 0), 0);
	must_fail(&v1, DB_WRITE, MTASTS_ESTORE, "store-empty");
	must_fail(&v1, DB_READ, MTASTS_ESTORE, "store-empty");
	unlink(scratch_file(&dir, "test.db"));
	/* A folder. */
	assert_int_equal(mkdir(scratch_file(&dir, "test.db"), 0755), 0);
	must_fail(&v1, DB_WRITE, MTASTS_ESTORE, "store-not-a-database");
	rmdir(scratch_file(&dir, "test.db"));
	/* Another program's database, and another kind of ours. */
	assert_int_equal(
	    sqlite3_open(scratch_file(&dir, "test.db"), &h), SQLITE_OK);
	sqlite3_exec(h, "CREATE TABLE x (y)", NULL, NULL, NULL);
	sqlite3_close(h);
	must_fail(&v1, DB_WRITE, MTASTS_ESTORE, "store-foreign");
	unlink(scratch_file(&dir, "test.db"));
	db_close(must_open(&v1, DB_WRITE));
	must_fail(&other, DB_WRITE, MTASTS_ESTORE, "store-foreign");
}

static void
damage_is_told(void **state)
{
	static const char sql[] = "SELECT COUNT(*) FROM t WHERE n > 0";
	struct db *db = must_open(&v1, DB_WRITE);
	char key[600], noise[8192];
	struct db_stmt *s;
	enum mtasts_err err;
	bool row;
	FILE *f;

	assert_int_equal(db_begin(db, DB_WRITE), MTASTS_OK);
	for (int i = 0; i < 300; i++) {
		memset(key, 'k', sizeof(key) - 1);
		snprintf(key + 590, 10, "%d", i);
		assert_int_equal(put(db, key, i), MTASTS_OK);
	}
	assert_int_equal(db_commit(db), MTASTS_OK);
	assert_int_equal(
	    db_run(db, "PRAGMA wal_checkpoint(TRUNCATE)", DB_NO_ARGS),
	    MTASTS_OK);
	db_close(db);
	memset(noise, 0x5a, sizeof(noise));
	f = fopen(scratch_file(&dir, "test.db"), "r+b");
	for (long at = 4096; at < 200000; at += 8192) {
		fseek(f, at, SEEK_SET);
		fwrite(noise, 1, sizeof(noise), f);
	}
	fclose(f);
	db = must_open(&v1, DB_READ);
	err = db_start(db, sql, DB_NO_ARGS, &s);
	if (!err) {
		err = db_next(s, &row);
		db_end(s);
	}
	assert_int_equal(err, MTASTS_ESTORE);
	assert_int_equal(db_trouble(db), DB_CORRUPT);
	assert_int_equal(db_damaged(db, "odd"), MTASTS_ESTORE);
	db_close(db);
}

static void
wrong_places(void **state)
{
	static const struct {
		const char *url;
		enum mtasts_err err;
		const char *slug;
	} rows[] = {
		{ "postgresql://db/mtasts", MTASTS_EINVAL, "store-url" },
		{ "sqlite:", MTASTS_EINVAL, "store-url" },
		{ "", MTASTS_EINVAL, "store-url" },
		{ "mysql:x", MTASTS_EINVAL, "store-url" },
		{ "sqlite:/nonexistent/x", MTASTS_ESTORE, "store-no-folder" },
		{ "/nonexistent/x", MTASTS_ESTORE, "store-no-folder" },
		{ "nonexistent", MTASTS_ESTORE, "store-no-folder" },
		{ "./a:b", MTASTS_ESTORE, "store-no-folder" },
		{ "sqlite:/etc/passwd", MTASTS_ESTORE, "store-no-folder" },
	};
	struct db *db = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mtasts_diags *diags = mtasts_diags_new();

		assert_int_equal(
		    db_open(rows[i].url, &v1, DB_WRITE, &db, diags),
		    rows[i].err);
		assert_int_equal(mtasts_diags_count(diags), 1);
		assert_string_equal(
		    mtasts_diags_get(diags, 0)->name, rows[i].slug);
		mtasts_diags_free(diags);
	}
}

static void
folder_of_a_url(void **state)
{
	struct str folder;

	assert_true(db_folder("sqlite:/a/b", &folder));
	assert_true(str_eq(folder, STR("/a/b")));
	assert_true(db_folder("run/store", &folder));
	assert_true(str_eq(folder, STR("run/store")));
	assert_false(db_folder("postgresql://x", &folder));
}

static void
locked_for_a_bounded_time(void **state)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct db *a = must_open(&v1, DB_WRITE);
	struct db *b = must_open(&v1, DB_WRITE);

	assert_int_equal(put(a, "a", 1), MTASTS_OK);
	assert_int_equal(db_begin(a, DB_WRITE), MTASTS_OK);
	assert_int_equal(db_begin(b, DB_WRITE), MTASTS_ESTORE);
	assert_int_equal(db_trouble(b), DB_BUSY);
	db_explain(b, diags);
	assert_string_equal(mtasts_diags_get(diags, 0)->name, "store-busy");
	/* Readers do not wait for writers. */
	assert_int_equal(get(b, "a"), 1);
	assert_int_equal(db_commit(a), MTASTS_OK);
	assert_int_equal(db_begin(b, DB_WRITE), MTASTS_OK);
	db_rollback(b);
	mtasts_diags_free(diags);
	db_close(a);
	db_close(b);
}

/* as_nobody - run a step as a stranger to the folder; its verdict */
static int
as_nobody(int (*step)(void))
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgroups(0, NULL) || setgid(65534) || setuid(65534))
			_exit(99);
		_exit(step());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

/* expect - 0 when opening gives this finding ("" for success) */
static int
expect(enum db_access access, const char *finding)
{
	struct db *db = NULL;
	char slug[64];

	(void)!open_as(&v1, access, &db, slug);
	if (db != NULL && get(db, "a") != 1)
		return 2;
	db_close(db);
	if (strcmp(slug, finding) != 0)
		print_message("got %s, want %s\n", slug, finding);
	return strcmp(slug, finding) != 0;
}

static int
nobody_denied(void)
{
	return expect(DB_WRITE, "store-denied") +
	    expect(DB_READ, "store-denied");
}

static int
nobody_reads(void)
{
	return expect(DB_READ, "") + expect(DB_WRITE, "store-denied");
}

/* nobody_polls - an idle database looks idle to a reader without rights */
static int
nobody_polls(void)
{
	struct db *db = NULL;
	int64_t first, v;
	char slug[64];

	if (open_as(&v1, DB_READ, &db, slug) || db_version(db, &first))
		return 1;
	for (int i = 0; i < 5; i++)
		if (get(db, "a") != 1 || db_version(db, &v) || v != first)
			return 2;
	db_close(db);
	return 0;
}

static int
nobody_without_wal(void)
{
	return expect(DB_READ, "store-no-wal");
}

static void
permissions(void **state)
{
	struct db *db;

	if (geteuid() != 0) {
		print_message("skipped: needs root to become another user\n");
		skip();
	}
	db = must_open(&v1, DB_WRITE);
	assert_int_equal(put(db, "a", 1), MTASTS_OK);
	db_close(db);
	/* Nobody: neither folder nor file. */
	assert_int_equal(as_nobody(nobody_denied), 0);
	/* As the host: may read files and folder, may not write either. */
	chmod(dir.path, 0755);
	chmod(scratch_file(&dir, "test.db"), 0644);
	chmod(scratch_file(&dir, "test.db-wal"), 0644);
	chmod(scratch_file(&dir, "test.db-shm"), 0644);
	assert_int_equal(as_nobody(nobody_reads), 0);
	assert_int_equal(as_nobody(nobody_polls), 0);
	/* Someone tidied up. */
	unlink(scratch_file(&dir, "test.db-wal"));
	unlink(scratch_file(&dir, "test.db-shm"));
	assert_int_equal(as_nobody(nobody_without_wal), 0);
	/* The owner's next look heals it. */
	db = must_open(&v1, DB_WRITE);
	assert_int_equal(get(db, "a"), 1);
	db_close(db);
	chmod(scratch_file(&dir, "test.db-wal"), 0644);
	chmod(scratch_file(&dir, "test.db-shm"), 0644);
	assert_int_equal(as_nobody(nobody_reads), 0);
}

/* fill_up - write until the file may not grow; 0 when that was told well */
static int
fill_up(void)
{
	struct rlimit limit = { 300000, 300000 };
	struct db *db = NULL;
	enum mtasts_err err = MTASTS_OK;
	char slug[64], key[1000];

	signal(SIGXFSZ, SIG_IGN);
	if (open_as(&v1, DB_WRITE, &db, slug) != MTASTS_OK)
		return 2;
	setrlimit(RLIMIT_FSIZE, &limit);
	if (db_begin(db, DB_WRITE) != MTASTS_OK)
		return 3;
	for (int i = 0; i < 4000 && !err; i++) {
		memset(key, 'k', sizeof(key) - 1);
		snprintf(key + 980, 20, "%d", i);
		err = put(db, key, i);
	}
	if (!err)
		err = db_commit(db);
	if (err != MTASTS_ESTORE || db_trouble(db) != DB_FULL)
		return 4;
	db_rollback(db);
	if (db_trouble(db) != DB_FULL || get(db, "a") != 1)
		return 5;
	db_close(db);
	return 0;
}

static void
full_disk(void **state)
{
	struct db *db = must_open(&v1, DB_WRITE);
	int status = 1;
	pid_t pid;

	assert_int_equal(put(db, "a", 1), MTASTS_OK);
	db_close(db);
	pid = fork();
	if (pid == 0)
		_exit(fill_up());
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	db = must_open(&v1, DB_WRITE);
	assert_int_equal(get(db, "a"), 1);
	assert_int_equal(put(db, "b", 2), MTASTS_OK);
	db_close(db);
}

static void
every_trouble_has_a_rule(void **state)
{
	for (int i = 0; i < DB_TROUBLES; i++) {
		assert_non_null(db_rules[i].name);
		if (i != DB_FINE)
			assert_true(strlen(db_rules[i].fix) > 20);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
			    db_rules[i].name, db_rules[k].name);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(creates_and_reads),
		TEST(no_leftovers_of_creation),
		TEST(texts_and_nulls),
		TEST(same_text_within_itself),
		TEST(transactions),
		TEST(snapshot_is_consistent),
		TEST(version_tells_of_commits),
		TEST(must_be_there),
		TEST(version_tells_of_exchange),
		TEST(migrates_step_by_step),
		TEST(failed_migration_changes_nothing),
		TEST(failed_creation_leaves_no_file),
		TEST(refuses_other_files),
		TEST(damage_is_told),
		TEST(wrong_places),
		TEST(folder_of_a_url),
		TEST(locked_for_a_bounded_time),
		TEST(permissions),
		TEST(full_disk),
		TEST(every_trouble_has_a_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
