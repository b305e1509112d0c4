/*
 * test_policies.c - policies in memory and their file: what is put is there
 * after the next start, whatever happens to the file meanwhile
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "support/scratch.h"
#include "task/policies.h"

#define AT INT64_C(1767225600) /* 2026-01-01 */

static struct scratch dir;
static struct loop *loop;
static struct log *log_;
static struct metrics *metrics;
static int log_fd;

/* begin - the loop and all else that policies stand on */
static void
begin(void)
{
	assert_int_equal(loop_new(&loop), MTASTS_OK);
	metrics = metrics_new();
	log_fd = open(
	    scratch_file(&dir, "log"), O_CREAT | O_WRONLY | O_APPEND, 0600);
	assert_true(log_fd >= 0);
	log_ = log_new(log_fd, LOG_LEVEL_INFO);
	assert_non_null(log_);
}

/* end - without it */
static void
end(void)
{
	loop_free(loop);
	metrics_free(metrics);
	log_free(log_);
	close(log_fd);
}

/* set_up - a fresh folder, and a loop */
static int
set_up(void **state)
{
	if (scratch_open(&dir) != 0)
		return -1;
	begin();
	return 0;
}

/* tear_down - without both */
static int
tear_down(void **state)
{
	end();
	scratch_close(&dir);
	return 0;
}

/* try_open - open the folder's policies; the first finding's slug or "" */
static enum mtasts_err
try_open(struct policies **p, char slug[64])
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct policies_conf conf = {
		.url = dir.path,
		.seed = { 1, 2 },
		.loop = loop,
		.log = log_,
	};
	enum mtasts_err err;

	metrics_free(metrics);
	conf.metrics = metrics = metrics_new();
	err = policies_open(&conf, p, diags);
	snprintf(slug, 64, "%s",
	    mtasts_diags_count(diags) > 0 ? mtasts_diags_get(diags, 0)->name
					  : "");
	mtasts_diags_free(diags);
	return err;
}

/* must_open - without any trouble */
static struct policies *
must_open(void)
{
	struct policies *p = NULL;
	char slug[64];

	assert_int_equal(try_open(&p, slug), MTASTS_OK);
	assert_string_equal(slug, "");
	return p;
}

/* on_stop - end the loop's run */
static void
on_stop(void *ctx)
{
	*(bool *)ctx = true;
	loop_stop(loop);
}

/* What is waited for. */
struct until {
	struct policies *p;
	bool (*holds)(struct policies *p);
	int64_t deadline_ms;
	bool held;
};

/* on_look - does it hold now? */
static void
on_look(void *ctx)
{
	struct until *u = ctx;

	u->held = u->holds(u->p);
	if (u->held || loop_now_ms() > u->deadline_ms)
		loop_stop(loop);
}

/* run_until - let the loop run until something holds, for so long */
static bool
run_until(
    struct policies *p, bool (*holds)(struct policies *p), int64_t timeout_ms)
{
	struct until u = { p, holds, loop_now_ms() + timeout_ms, false };
	struct loop_watch *timer = loop_timer(loop, on_look, &u);

	loop_timer_every(timer, 5);
	assert_int_equal(loop_run(loop), MTASTS_OK);
	loop_watch_close(timer);
	return u.held;
}

/* is_loaded, is_fine, is_troubled, never - for run_until() */
static bool
is_loaded(struct policies *p)
{
	return policies_loaded(p);
}

static bool
is_fine(struct policies *p)
{
	return policies_trouble(p) == NULL;
}

static bool
is_troubled(struct policies *p)
{
	return policies_trouble(p) != NULL;
}

static bool
never(struct policies *p)
{
	return false;
}

/* open_loaded - open, and wait until all is there */
static struct policies *
open_loaded(void)
{
	struct policies *p = must_open();

	assert_true(run_until(p, is_loaded, 10000));
	return p;
}

/* flush - until all is on disk or that failed */
static void
flush(struct policies *p)
{
	bool done = false;

	policies_flush(p, on_stop, &done);
	assert_false(done);
	assert_int_equal(loop_run(loop), MTASTS_OK);
	assert_true(done);
}

/* block - a policy of a domain; version tells them apart */
static struct cached *
block(const char *domain, unsigned version)
{
	char text[120];
	struct cached_row row = {
		.domain = str_of(domain),
		.id = STR("1"),
		.mode = MTASTS_MODE_ENFORCE,
		.max_age_s = 604800,
		.fetched_at = AT + version,
		.used_at = AT,
	};

	snprintf(text, sizeof(text),
	    "version: STSv1\nmode: enforce\nmx: *.mail.example.net\n"
	    "max_age: 604800\nnumber: %u\n",
	    version);
	row.text = str_of(text);
	return cached_new(&row);
}

/* put - one policy */
static void
put(struct policies *p, const char *domain, unsigned version)
{
	struct cached *c = block(domain, version);

	assert_non_null(c);
	assert_int_equal(policies_put(p, c), MTASTS_OK);
	assert_ptr_equal(policies_get(p, str_of(domain)), c);
}

/* put_many - "d0" to "d<count - 1>" */
static void
put_many(struct policies *p, unsigned count, unsigned version)
{
	char name[32];

	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "d%u.example", i);
		put(p, name, version);
	}
}

/* version - of a domain's policy in memory; -1: there is none */
static int
version(struct policies *p, const char *domain)
{
	struct cached *c = policies_get(p, str_of(domain));

	return c == NULL ? -1 : (int)(c->fetched_at - AT);
}

/* metric - the value that is printed of one */
static long
metric(const char *name)
{
	struct buf b;
	char *at, want[80];
	long value = -1;

	buf_init(&b, 1u << 16);
	metrics_format(metrics, &b);
	snprintf(want, sizeof(want), "\n%s ", name);
	at = strstr(b.p, want);
	if (at != NULL)
		value = strtol(at + strlen(want), NULL, 10);
	buf_free(&b);
	return value;
}

/* logged - how many lines of the log hold a word */
static unsigned
logged(const char *word)
{
	FILE *f = fopen(scratch_file(&dir, "log"), "r");
	char line[4096];
	unsigned n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, word) != NULL;
	fclose(f);
	return n;
}

static unsigned said; /* troubles that the log told of before */

/* has_said - for run_until(): one more; it may be over already */
static bool
has_said(struct policies *p)
{
	return logged("policies-not-saved") > said;
}

/* script - SQL by another connection, which is returned open when asked for */
static void
script(const char *sql, sqlite3 **keep)
{
	sqlite3 *h = NULL;

	assert_int_equal(
	    sqlite3_open(scratch_file(&dir, "policies.db"), &h), SQLITE_OK);
	sqlite3_busy_timeout(h, 5000);
	assert_int_equal(sqlite3_exec(h, sql, NULL, NULL, NULL), SQLITE_OK);
	if (keep != NULL)
		*keep = h;
	else
		sqlite3_close(h);
}

/* on_disk - rows that the file has now */
static int
on_disk(void)
{
	sqlite3 *h = NULL;
	sqlite3_stmt *s = NULL;
	int n = -1;

	sqlite3_open_v2(
	    scratch_file(&dir, "policies.db"), &h, SQLITE_OPEN_READONLY, NULL);
	if (sqlite3_prepare_v2(
		h, "SELECT count(*) FROM policy", -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(h);
	return n;
}

/* aside - damaged files in the folder */
static size_t
aside(void)
{
	DIR *d = opendir(dir.path);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += strstr(e->d_name, ".corrupt-") != NULL &&
		    strstr(e->d_name, "-wal") == NULL &&
		    strstr(e->d_name, "-shm") == NULL;
	closedir(d);
	return n;
}

static void
test_put_is_there_after_the_next_start(void **state)
{
	struct policies *p = open_loaded();
	size_t pos = 0, n = 0;

	put(p, "a.example", 1);
	put(p, "a.example", 2);
	put(p, "b.example", 1);
	put(p, "c.example", 1);
	assert_int_equal(metric("mtasts_policies_unsaved"), 3);
	assert_int_equal(metric("mtasts_policies"), 3);
	flush(p);
	assert_int_equal(metric("mtasts_policies_unsaved"), 0);
	assert_int_equal(on_disk(), 3);
	policies_drop(p, STR("b.example"));
	policies_drop(p, STR("never.example"));
	put(p, "c.example", 7);
	assert_null(policies_get(p, STR("b.example")));
	while (policies_next(p, &pos) != NULL)
		n++;
	assert_int_equal(n, 2);
	assert_int_equal(policies_count(p), 2);
	policies_close(p);
	p = open_loaded();
	assert_int_equal(policies_count(p), 2);
	assert_int_equal(version(p, "a.example"), 2);
	assert_int_equal(version(p, "b.example"), -1);
	assert_int_equal(version(p, "c.example"), 7);
	assert_true(str_starts(
	    cached_text(policies_get(p, STR("a.example"))), STR("version:")));
	/* Dropped and put again, put and dropped again, between two writes. */
	policies_drop(p, STR("a.example"));
	put(p, "a.example", 9);
	put(p, "d.example", 1);
	policies_drop(p, STR("d.example"));
	policies_close(p);
	p = open_loaded();
	assert_int_equal(policies_count(p), 2);
	assert_int_equal(version(p, "a.example"), 9);
	policies_close(p);
	policies_close(NULL);
}

/* Without anybody asking, and before a second is over. */
static void
test_written_within_a_second(void **state)
{
	struct policies *p = open_loaded();

	put_many(p, 3000, 1);
	assert_false(run_until(p, never, 900));
	assert_int_equal(on_disk(), 3000);
	assert_int_equal(metric("mtasts_policies_unsaved"), 0);
	policies_drop(p, STR("d1.example"));
	assert_false(run_until(p, never, 900));
	assert_int_equal(on_disk(), 2999);
	policies_close(p);
}

static void
test_touched_is_saved_lazily(void **state)
{
	struct policies *p = open_loaded();
	struct cached *c;

	put_many(p, 10, 1);
	flush(p);
	c = policies_get(p, STR("d3.example"));
	c->used_at = AT + 3600;
	policies_touch(p, c);
	assert_int_equal(metric("mtasts_policies_unsaved"), 0);
	flush(p);
	c = policies_get(p, STR("d4.example"));
	c->next_at = AT + 99;
	policies_touch(p, c);
	/* Gone before it was written. */
	c = policies_get(p, STR("d5.example"));
	policies_touch(p, c);
	policies_drop(p, STR("d5.example"));
	c = policies_get(p, STR("d6.example"));
	policies_touch(p, c);
	put(p, "d6.example", 2);
	policies_close(p);
	p = open_loaded();
	assert_int_equal(
	    policies_get(p, STR("d3.example"))->used_at, AT + 3600);
	assert_int_equal(policies_get(p, STR("d4.example"))->next_at, AT + 99);
	assert_int_equal(version(p, "d5.example"), -1);
	assert_int_equal(version(p, "d6.example"), 2);
	policies_close(p);
}

static void
test_memory_only(void **state)
{
	const struct policies_conf conf = { .loop = loop, .seed = { 3, 4 } };
	struct policies *p = NULL;
	bool done = false;

	assert_int_equal(policies_open(&conf, &p, NULL), MTASTS_OK);
	assert_true(policies_loaded(p));
	put_many(p, 100, 1);
	put(p, "d5.example", 2);
	policies_touch(p, policies_get(p, STR("d5.example")));
	policies_drop(p, STR("d6.example"));
	assert_false(policies_find(p, STR("d6.example"), on_stop, &done));
	flush(p);
	assert_int_equal(policies_count(p), 99);
	assert_null(policies_trouble(p));
	policies_close(p);
}

/* filled - a file of so many policies, closed */
static void
filled(unsigned count)
{
	struct policies *p = open_loaded();

	put_many(p, count, 1);
	policies_close(p);
	assert_int_equal(on_disk(), (int)count);
}

static void
test_found_while_loading(void **state)
{
	struct policies *p;
	bool done = false, other = false, cancelled = false;

	filled(20000);
	p = must_open();
	assert_false(policies_loaded(p));
	assert_true(policies_find(p, STR("d19999.example"), on_stop, &done));
	assert_true(policies_find(p, STR("none.example"), on_stop, &other));
	assert_true(
	    policies_find(p, STR("d19998.example"), on_stop, &cancelled));
	policies_cancel(p, on_stop, &cancelled);
	while (!done || !other)
		assert_int_equal(loop_run(loop), MTASTS_OK);
	assert_false(policies_loaded(p));
	assert_int_equal(version(p, "d19999.example"), 1);
	assert_int_equal(version(p, "none.example"), -1);
	assert_true(run_until(p, is_loaded, 20000));
	assert_false(cancelled);
	assert_int_equal(policies_count(p), 20000);
	assert_false(policies_find(p, STR("none.example"), on_stop, &other));
	policies_close(p);
	/* Closed in the middle, with somebody waiting. */
	p = must_open();
	assert_true(policies_find(p, STR("d1.example"), on_stop, &done));
	policies_close(p);
	assert_int_equal(on_disk(), 20000);
}

static void
test_memory_wins_over_what_is_loaded(void **state)
{
	struct policies *p;
	bool done = false;

	filled(20000);
	p = must_open();
	/* Last and first in the file. */
	put(p, "d0.example", 5);
	put(p, "d19999.example", 6);
	policies_drop(p, STR("d19998.example"));
	policies_drop(p, STR("d1.example"));
	policies_drop(p, STR("d19997.example"));
	put(p, "d19997.example", 7);
	assert_false(policies_find(p, STR("d1.example"), on_stop, &done));
	flush(p);
	/* Writing does not wait for the end of loading. */
	assert_true(run_until(p, is_loaded, 20000));
	assert_int_equal(policies_count(p), 19998);
	assert_int_equal(version(p, "d0.example"), 5);
	assert_int_equal(version(p, "d1.example"), -1);
	assert_int_equal(version(p, "d19997.example"), 7);
	assert_int_equal(version(p, "d19998.example"), -1);
	assert_int_equal(version(p, "d19999.example"), 6);
	policies_close(p);
	p = open_loaded();
	assert_int_equal(policies_count(p), 19998);
	assert_int_equal(version(p, "d19999.example"), 6);
	policies_close(p);
}

static void
test_senseless_rows_are_counted(void **state)
{
	struct policies *p;

	filled(10);
	script("UPDATE policy SET mode = 9 WHERE domain = 'd3.example';"
	       "UPDATE policy SET used_at = 'x' WHERE domain = 'd4.example'",
	    NULL);
	p = open_loaded();
	assert_int_equal(policies_count(p), 8);
	assert_int_equal(metric("mtasts_policies_rows_skipped"), 2);
	assert_int_equal(logged("senseless_rows_skipped=2"), 1);
	policies_close(p);
}

static void
test_damaged_at_start(void **state)
{
	struct policies *p = NULL;
	char slug[64], junk[9000];

	memset(junk, 'x', sizeof(junk));
	scratch_write(&dir, "policies.db", junk, sizeof(junk));
	assert_int_equal(try_open(&p, slug), MTASTS_OK);
	assert_string_equal(slug, "store-not-a-database");
	assert_int_equal(metric("mtasts_policies_corrupt_total"), 1);
	assert_int_equal(logged("policies-corrupt"), 1);
	assert_int_equal(logged("store-not-a-database"), 1);
	assert_int_equal(aside(), 1);
	assert_true(run_until(p, is_loaded, 10000));
	put(p, "a.example", 1);
	policies_close(p);
	assert_int_equal(on_disk(), 1);
}

static void
test_refused_at_start(void **state)
{
	static const struct {
		const char *sql, *finding;
	} rows[] = {
		{ "PRAGMA user_version = 99", "store-newer" },
		{ "PRAGMA application_id = 77", "store-foreign" },
	};
	struct policies *p = NULL;
	char slug[64];

	filled(5);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		script(rows[i].sql, NULL);
		assert_int_equal(try_open(&p, slug), MTASTS_ESTORE);
		assert_string_equal(slug, rows[i].finding);
		assert_null(p);
		assert_int_equal(on_disk(), 5);
	}
	assert_int_equal(aside(), 0);
	scratch_close(&dir);
	assert_int_equal(try_open(&p, slug), MTASTS_ESTORE);
	assert_string_equal(slug, "store-no-folder");
}

/* One page of leaves is damaged: seen only when it is loaded. */
static void
test_damage_met_while_loading(void **state)
{
	struct policies *p;
	char junk[4096 * 4];
	int fd;

	filled(20000);
	script("PRAGMA wal_checkpoint(TRUNCATE)", NULL);
	memset(junk, 0xff, sizeof(junk));
	fd = open(scratch_file(&dir, "policies.db"), O_WRONLY);
	for (off_t at = 400; at < 600; at += 4)
		assert_true(pwrite(fd, junk, sizeof(junk), at * 4096) > 0);
	close(fd);
	p = must_open();
	put(p, "new.example", 1);
	assert_true(run_until(p, is_loaded, 20000));
	/* What could be read before is not lost. */
	assert_in_range(policies_count(p), 100, 20000);
	assert_int_equal(metric("mtasts_policies_corrupt_total"), 1);
	assert_int_equal(aside(), 1);
	flush(p);
	assert_true(run_until(p, is_fine, 5000));
	flush(p);
	assert_int_equal(on_disk(), (int)policies_count(p));
	policies_close(p);
}

static void
test_damage_while_running(void **state)
{
	struct policies *p = open_loaded();
	char junk[4096];
	int fd;

	put_many(p, 5000, 1);
	flush(p);
	/* Somebody else's commit, so that pages are read again. */
	script("UPDATE policy SET failures = 1; PRAGMA wal_checkpoint", NULL);
	memset(junk, 0xff, sizeof(junk));
	fd = open(scratch_file(&dir, "policies.db"), O_WRONLY);
	for (off_t at = 1; at < 60; at++)
		assert_true(pwrite(fd, junk, sizeof(junk), at * 4096) > 0);
	close(fd);
	said = logged("policies-not-saved");
	put(p, "after.example", 1);
	assert_true(run_until(p, has_said, 5000));
	assert_true(run_until(p, is_fine, 10000));
	flush(p);
	assert_int_equal(metric("mtasts_policies_corrupt_total"), 1);
	assert_int_equal(metric("mtasts_policies_store_ok"), 1);
	assert_int_equal(aside(), 1);
	assert_int_equal(on_disk(), 5001);
	policies_close(p);
	p = open_loaded();
	assert_int_equal(policies_count(p), 5001);
	policies_close(p);
}

/* Any of the files is removed: a fresh one gets all that is in memory. */
static void
test_removed_while_running(void **state)
{
	static const char *const names[] = { "policies.db", "policies.db-wal",
		"policies.db-shm" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct policies *p = open_loaded();

		put_many(p, 2500, 1);
		flush(p);
		assert_int_equal(unlink(scratch_file(&dir, names[i])), 0);
		said = logged("policies-not-saved");
		put(p, "after.example", 1);
		assert_true(run_until(p, has_said, 5000));
		assert_true(run_until(p, is_fine, 5000));
		flush(p);
		assert_int_equal(on_disk(), 2501);
		assert_int_equal(aside(), 0);
		policies_close(p);
		p = open_loaded();
		assert_int_equal(policies_count(p), 2501);
		policies_close(p);
	}
	assert_true(logged("store-replaced") >= 3);
}

static void
test_locked_by_another(void **state)
{
	struct policies *p = open_loaded();
	sqlite3 *holder = NULL;
	bool done = false;

	put_many(p, 10, 1);
	flush(p);
	script("BEGIN IMMEDIATE; DELETE FROM policy", &holder);
	put_many(p, 20, 2);
	assert_true(run_until(p, is_troubled, 5000));
	assert_string_equal(policies_trouble(p), "store-busy");
	assert_int_equal(metric("mtasts_policies_store_ok"), 0);
	assert_int_equal(metric("mtasts_policies_unsaved"), 20);
	/* Memory goes on; a flush says that it is over, not that it worked. */
	assert_int_equal(version(p, "d15.example"), 2);
	policies_flush(p, on_stop, &done);
	assert_int_equal(loop_run(loop), MTASTS_OK);
	assert_true(done);
	/* Said once, however often it is tried. */
	assert_false(run_until(p, is_fine, 3500));
	assert_int_equal(logged("policies-not-saved"), 1);
	sqlite3_close(holder);
	assert_true(run_until(p, is_fine, 10000));
	assert_int_equal(logged("policies-saved-again"), 1);
	flush(p);
	assert_int_equal(metric("mtasts_policies_unsaved"), 0);
	assert_int_equal(on_disk(), 20);
	policies_close(p);
}

/* A limit on file sizes stands for a full disk. */
static void
test_full_disk(void **state)
{
	struct policies *p = open_loaded();
	struct rlimit before, small;

	put_many(p, 100, 1);
	flush(p);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 200000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	put_many(p, 5000, 2);
	assert_true(run_until(p, is_troubled, 5000));
	assert_string_equal(policies_trouble(p), "store-full");
	assert_int_equal(policies_count(p), 5000);
	/* More is put and dropped meanwhile. */
	put_many(p, 6000, 3);
	policies_drop(p, STR("d0.example"));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(run_until(p, is_fine, 10000));
	flush(p);
	assert_int_equal(on_disk(), 5999);
	policies_close(p);
	signal(SIGXFSZ, SIG_DFL);
	p = open_loaded();
	assert_int_equal(policies_count(p), 5999);
	assert_int_equal(version(p, "d4999.example"), 3);
	policies_close(p);
}

/* What cannot be written at the end is told, after five seconds. */
static void
test_close_does_not_hang(void **state)
{
	struct policies *p = open_loaded();
	sqlite3 *holder = NULL;
	int64_t begun_ms;

	flush(p);
	script("BEGIN IMMEDIATE", &holder);
	put_many(p, 7, 1);
	begun_ms = loop_now_ms();
	policies_close(p);
	assert_in_range(loop_now_ms() - begun_ms, 4000, 8000);
	assert_int_equal(logged("policies-lost unsaved=7"), 1);
	sqlite3_close(holder);
	p = open_loaded();
	assert_int_equal(policies_count(p), 0);
	policies_close(p);
}

/* count_done - how often it was called */
static void
count_done(void *ctx)
{
	++*(unsigned *)ctx;
}

static void
test_flush_waits_for_what_was_put_before(void **state)
{
	struct policies *p = open_loaded();
	unsigned done = 0;

	policies_flush(p, count_done, &done);
	put_many(p, 5000, 1);
	policies_flush(p, count_done, &done);
	put_many(p, 10, 2);
	policies_flush(p, count_done, &done);
	assert_int_equal(done, 0);
	flush(p);
	assert_int_equal(done, 3);
	assert_int_equal(on_disk(), 5000);
	policies_close(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		T(test_put_is_there_after_the_next_start),
		T(test_written_within_a_second),
		T(test_touched_is_saved_lazily),
		T(test_memory_only),
		T(test_found_while_loading),
		T(test_memory_wins_over_what_is_loaded),
		T(test_senseless_rows_are_counted),
		T(test_damaged_at_start),
		T(test_refused_at_start),
		T(test_damage_met_while_loading),
		T(test_damage_while_running),
		T(test_removed_while_running),
		T(test_locked_by_another),
		T(test_full_disk),
		T(test_close_does_not_hang),
		T(test_flush_waits_for_what_was_put_before),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
