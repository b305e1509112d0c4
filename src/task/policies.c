/*
 * policies.c - the cached policies in memory, in step with their file
 *
 * RFC 8461 section 3.3. Memory is what counts; the file follows:
 * policies_changes.c says with what, policies_disk.c and policies_thread.c how,
 * policies_notes.c what comes back. Knows nothing of DNS, fetches and
 * decisions.
 *
 * BUGS: with more policies than there was room made for, all of them move once
 * to a larger table, which keeps the loop for a tenth of a second a million.
 */
#include "task/policies.h"

#include "base/arena.h"
#include "task/policies_int.h"

#include <unistd.h>

#define WRITE_MS 200 /* changes are gathered so long */
#define TOUCH_MS 30000 /* touched ones so long */
#define CLOSE_MS 5000 /* for writing what is left */

void
policies_hand_over(struct policies *p)
{
	struct disk_batch *batch;

	if (p->disk == NULL || p->flying > 0)
		return;
	batch = changes_batch(&p->changes);
	if (batch == NULL)
		return;
	p->flying = batch->puts + batch->drops;
	disk_write(p->disk, batch);
}

void
policies_write_later(struct policies *p)
{
	if (p->write_soon || p->disk == NULL)
		return;
	p->write_soon = true;
	loop_timer_start(p->write_timer, WRITE_MS);
}

/* on_write - changes were gathered long enough */
static void
on_write(void *ctx)
{
	struct policies *p = ctx;

	p->write_soon = false;
	policies_hand_over(p);
	/* Behind a batch that is out the rest follows; without one: again. */
	if (p->flying == 0 && changes_waiting(&p->changes))
		policies_write_later(p);
	policies_show(p);
}

/* on_touch - what was touched may be written now */
static void
on_touch(void *ctx)
{
	struct policies *p = ctx;

	p->touch_soon = false;
	p->changes.touched_due = true;
	policies_write_later(p);
}

/* on_notes - the disk has something to tell; one at a time, others wait */
static void
on_notes(void *ctx)
{
	struct policies *p = ctx;
	struct disk_note *note;
	uint64_t one;

	if (read(disk_fd(p->disk), &one, sizeof(one)) < 0)
		return;
	note = disk_take(p->disk);
	if (note != NULL)
		policies_take_note(p, note);
}

/* on_flush - a flush that had nothing to wait for */
static void
on_flush(void *ctx)
{
	struct policies *p = ctx;

	if (p->disk == NULL || (p->flying == 0 && p->trouble == NULL))
		policies_end_flushes(p, p->disk == NULL);
	else if (p->trouble != NULL)
		policies_end_flushes(p, true);
}

/* add_metrics - as they are called in the manual */
static void
add_metrics(struct policies *p, struct metrics *m)
{
	if (m == NULL)
		return;
	p->count = metrics_add(m, METRIC_GAUGE, "mtasts_policies",
	    "Cached policies in memory.", "");
	p->ok = metrics_add(m, METRIC_GAUGE, "mtasts_policies_store_ok",
	    "1 when policies.db could be used at the last try.", "");
	p->unsaved = metrics_add(m, METRIC_GAUGE, "mtasts_policies_unsaved",
	    "Cached policies that are not on disk yet.", "");
	p->corrupt =
	    metrics_add(m, METRIC_COUNTER, "mtasts_policies_corrupt_total",
		"Damaged files that were given up for a fresh one.", "");
	p->skipped = metrics_add(m, METRIC_GAUGE,
	    "mtasts_policies_rows_skipped",
	    "Rows of policies.db that made no sense when it was loaded.", "");
	metric_set(p->ok, 1);
}

/* may_wait - a file that cannot be opened now, but perhaps later? */
static bool
may_wait(enum mtasts_err err, const struct mtasts_diags *diags)
{
	enum db_trouble trouble = db_trouble_found(diags);

	return err == MTASTS_ESTORE &&
	    (trouble == DB_FULL || trouble == DB_BUSY || trouble == DB_IO);
}

/* open_disk - the file, and the thread behind it */
static enum mtasts_err
open_disk(struct policies *p, const char *url, struct mtasts_diags *diags)
{
	struct policy_db *db = NULL;
	char *moved = NULL;
	enum mtasts_err err;

	err = policy_db_open(url, loop_time_s(), &db, &moved, diags);
	if (moved != NULL) {
		log_findings(p->log, "policies", diags);
		policies_say_moved(p, moved);
	}
	mem_free(moved);
	if (may_wait(err, diags)) {
		policies_on_trouble(p, db_trouble_found(diags), diags);
		err = MTASTS_OK;
	}
	if (!err)
		err = disk_open(url, db, &p->disk);
	if (err) {
		policy_db_close(db);
		return err;
	}
	p->notes = loop_fd(p->loop, disk_fd(p->disk), LOOP_READ, on_notes, p);
	return p->notes != NULL ? MTASTS_OK : MTASTS_ENOMEM;
}

/* open_timers - those that write and flush */
static enum mtasts_err
open_timers(struct policies *p)
{
	p->write_timer = loop_timer(p->loop, on_write, p);
	p->touch_timer = loop_timer(p->loop, on_touch, p);
	p->flush_timer = loop_timer(p->loop, on_flush, p);
	return p->write_timer != NULL && p->touch_timer != NULL &&
		p->flush_timer != NULL
	    ? MTASTS_OK
	    : MTASTS_ENOMEM;
}

enum mtasts_err
policies_open(const struct policies_conf *conf, struct policies **out,
    struct mtasts_diags *diags)
{
	struct policies *p = mem_zalloc(1, sizeof(*p));
	struct mtasts_diags *why = mtasts_diags_new();
	enum mtasts_err err = MTASTS_ENOMEM;

	if (p == NULL || why == NULL)
		goto out;
	p->loop = conf->loop;
	p->log = conf->log;
	p->begun_ms = loop_now_ms();
	map_init(&p->all, conf->seed);
	map_init(&p->gone, conf->seed);
	changes_init(&p->changes, &p->all, conf->seed);
	add_metrics(p, conf->metrics);
	err = open_timers(p);
	if (!err && conf->url != NULL)
		err = open_disk(p, conf->url, why);
	p->loaded = conf->url == NULL;
	if (diags != NULL)
		diag_move(diags, why);
	if (!err) {
		*out = p;
		p = NULL;
	}
out:
	mtasts_diags_free(why);
	policies_close(p);
	return err;
}

/* write_rest - all that is not on disk, as long as there is time */
static void
write_rest(struct policies *p, int64_t deadline_ms)
{
	struct disk_note *note;

	disk_hurry(p->disk);
	p->changes.touched_due = true;
	for (;;) {
		policies_hand_over(p);
		if (p->flying == 0 && !changes_waiting(&p->changes))
			return;
		if (loop_now_ms() >= deadline_ms)
			return;
		disk_wait(p->disk, deadline_ms);
		while ((note = disk_take(p->disk)) != NULL)
			policies_take_note(p, note);
	}
}

/* close_disk - write what is left, end the thread */
static void
close_disk(struct policies *p)
{
	int64_t deadline_ms = loop_now_ms() + CLOSE_MS;
	struct disk_find *find;
	struct log_line line;
	size_t left;

	/* Nobody is called any more. */
	for (find = p->finds; find != NULL; find = find->after)
		find->done = NULL;
	write_rest(p, deadline_ms);
	left = changes_count(&p->changes) + p->flying;
	if (!disk_close(p->disk, deadline_ms))
		/* They may be in use for ever. */
		p->finds = NULL;
	if (left == 0)
		return;
	log_begin(&line, p->log, LOG_LEVEL_ERROR, "policies-lost");
	log_int(&line, "unsaved", (int64_t)left);
	log_cstr(&line, "trouble", p->trouble);
	log_end(&line);
}

void
policies_close(struct policies *p)
{
	struct disk_find *find;
	struct flush *f;
	size_t pos = 0;
	void *block;

	if (p == NULL)
		return;
	while ((f = p->flushes) != NULL) {
		p->flushes = f->next;
		mem_free(f);
	}
	loop_watch_close(p->notes);
	if (p->disk != NULL)
		close_disk(p);
	loop_watch_close(p->write_timer);
	loop_watch_close(p->touch_timer);
	loop_watch_close(p->flush_timer);
	while ((find = p->finds) != NULL) {
		p->finds = find->after;
		mem_free(find->row);
		mem_free(find);
	}
	changes_free(&p->changes);
	policies_forget_gone(p);
	while (map_next(&p->all, &pos, NULL, &block))
		mem_free(block);
	map_free(&p->all);
	mem_free(p);
}

bool
policies_loaded(const struct policies *p)
{
	return p->loaded;
}

struct cached *
policies_get(struct policies *p, struct str domain)
{
	return map_get(&p->all, domain);
}

bool
policies_find(
    struct policies *p, struct str domain, loop_callback *done, void *ctx)
{
	struct disk_find *find;

	if (p->loaded || domain.len == 0 ||
	    domain.len > LIMIT_POLICY_DOMAIN_LEN ||
	    map_get(&p->all, domain) != NULL ||
	    map_get(&p->gone, domain) != NULL)
		return false;
	find = mem_zalloc(1, sizeof(*find));
	if (find == NULL)
		return false;
	find->done = done;
	find->ctx = ctx;
	find->len = domain.len;
	memcpy(find->domain, domain.p, domain.len);
	find->after = p->finds;
	p->finds = find;
	disk_find(p->disk, find);
	return true;
}

void
policies_cancel(struct policies *p, loop_callback *done, void *ctx)
{
	struct disk_find *find;

	for (find = p->finds; find != NULL; find = find->after)
		if (find->done == done && find->ctx == ctx)
			find->done = NULL;
}

enum mtasts_err
policies_put(struct policies *p, struct cached *policy)
{
	struct str domain = cached_domain(policy);
	void *before = NULL;
	enum mtasts_err err = MTASTS_OK;

	if (p->disk != NULL)
		err = changes_put(&p->changes, policy);
	if (err)
		return err;
	err = map_put(&p->all, domain, policy, &before);
	if (err) {
		/* Only a name that was not there can fail. */
		changes_forget(&p->changes, domain);
		return err;
	}
	if (before != policy)
		mem_free(before);
	policies_write_later(p);
	policies_show(p);
	return MTASTS_OK;
}

void
policies_touch(struct policies *p, struct cached *policy)
{
	if (p->disk == NULL)
		return;
	changes_touch(&p->changes, policy);
	if (p->touch_soon)
		return;
	p->touch_soon = true;
	loop_timer_start(p->touch_timer, TOUCH_MS);
}

/* bury - a row of this domain that is still to be loaded shall not come */
static void
bury(struct policies *p, struct str domain)
{
	char *name = mem_strdup(domain);

	if (name == NULL || map_get(&p->gone, domain) != NULL ||
	    map_put(&p->gone, str_make(name, domain.len), name, NULL) !=
		MTASTS_OK)
		mem_free(name);
}

void
policies_drop(struct policies *p, struct str domain)
{
	struct cached *c = map_get(&p->all, domain);

	if (p->loaded && c == NULL)
		return;
	if (!p->loaded)
		bury(p, domain);
	if (p->disk != NULL && changes_drop(&p->changes, domain) != MTASTS_OK)
		log_event(p->log, LOG_LEVEL_ERROR, "policies-not-dropped",
		    "reason", "memory is short: it stays in the file");
	map_del(&p->all, domain);
	mem_free(c);
	policies_write_later(p);
	policies_show(p);
}

struct cached *
policies_next(struct policies *p, size_t *pos)
{
	void *block;

	return map_next(&p->all, pos, NULL, &block) ? block : NULL;
}

size_t
policies_count(const struct policies *p)
{
	return p->all.count;
}

void
policies_flush(struct policies *p, loop_callback *done, void *ctx)
{
	struct flush *f = mem_zalloc(1, sizeof(*f)), **last = &p->flushes;

	if (f == NULL) {
		/* Early, but without memory nothing better can be done. */
		(void)!loop_post(p->loop, done, ctx);
		return;
	}
	f->done = done;
	f->ctx = ctx;
	f->generation = changes_last(&p->changes);
	while (*last != NULL)
		last = &(*last)->next;
	*last = f;
	p->changes.touched_due = true;
	policies_hand_over(p);
	policies_write_later(p);
	loop_timer_start(p->flush_timer, 0);
}

const char *
policies_trouble(const struct policies *p)
{
	return p->trouble;
}
