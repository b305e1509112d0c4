/*
 * policies_notes.c - what happens to the policies in memory when their disk
 * tells something, and what is said about it
 *
 * Rows that are loaded never replace what was put meanwhile, nor bring back
 * what was dropped. What is wrong with the file is logged when it begins, when
 * it becomes something else, and again every ten minutes.
 */
#include "task/policies_int.h"

#include "base/arena.h"

#define SAY_AGAIN_MS 600000 /* a trouble that stays is mentioned so often */
#define RESERVE_MAX  (8u << 20) /* policies that room is made for */

void
policies_show(struct policies *p)
{
	metric_set(p->count, (int64_t)p->all.count);
	metric_set(
	    p->unsaved, (int64_t)(changes_count(&p->changes) + p->flying));
}

/* adopt - a row of the file, unless memory knows better; the block is taken */
static void
adopt(struct policies *p, struct cached *c)
{
	struct str domain = cached_domain(c);

	if (map_get(&p->all, domain) != NULL ||
	    map_get(&p->gone, domain) != NULL ||
	    map_put(&p->all, domain, c, NULL) != MTASTS_OK)
		mem_free(c);
}

void
policies_forget_gone(struct policies *p)
{
	size_t pos = 0;
	void *name;

	while (map_next(&p->gone, &pos, NULL, &name))
		mem_free(name);
	map_free(&p->gone);
}

/* on_loaded - the whole file was read */
static void
on_loaded(struct policies *p, size_t skipped)
{
	struct log_line line;

	p->loaded = true;
	policies_forget_gone(p);
	metric_set(p->skipped, (int64_t)skipped);
	log_begin(&line, p->log, skipped > 0 ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
	    "policies-loaded");
	log_int(&line, "policies", (int64_t)p->all.count);
	if (skipped > 0)
		log_int(&line, "senseless_rows_skipped", (int64_t)skipped);
	log_int(&line, "took_ms", loop_now_ms() - p->begun_ms);
	log_end(&line);
}

/* unlink_find - take it out of the list of those who asked */
static void
unlink_find(struct policies *p, struct disk_find *find)
{
	struct disk_find **at = &p->finds;

	while (*at != find)
		at = &(*at)->after;
	*at = find->after;
}

/* on_found - somebody's domain was read */
static void
on_found(struct policies *p, struct disk_find *find)
{
	loop_callback *done = find->done;
	void *ctx = find->ctx;

	unlink_find(p, find);
	/* Later than that it may have been dropped again. */
	if (find->row != NULL && p->loaded)
		mem_free(find->row);
	else if (find->row != NULL)
		adopt(p, find->row);
	mem_free(find);
	if (done != NULL)
		done(ctx);
}

void
policies_end_flushes(struct policies *p, bool all)
{
	struct flush **at = &p->flushes, *due = NULL, **last = &due, *f;

	while ((f = *at) != NULL) {
		if (!all && !changes_written(&p->changes, f->generation)) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		f->next = NULL;
		*last = f;
		last = &f->next;
	}
	/* A callback may flush again, but that one waits for its turn. */
	while ((f = due) != NULL) {
		due = f->next;
		f->done(f->ctx);
		mem_free(f);
	}
}

/* on_written - a batch is on disk: the next one, now or when it is worth it */
static void
on_written(struct policies *p)
{
	p->flying = 0;
	policies_end_flushes(p, false);
	if (p->flushes != NULL || changes_count(&p->changes) > DISK_BATCH_MAX)
		policies_hand_over(p);
	if (p->flying == 0 && changes_waiting(&p->changes))
		policies_write_later(p);
}

/* say_trouble - log what keeps the policies from being saved */
static void
say_trouble(struct policies *p, const struct mtasts_diags *diags)
{
	struct log_line line;

	p->said_ms = loop_now_ms();
	log_findings(p->log, "policies", diags);
	log_begin(&line, p->log, LOG_LEVEL_ERROR, "policies-not-saved");
	log_cstr(&line, "trouble", p->trouble);
	log_int(&line, "unsaved",
	    (int64_t)(changes_count(&p->changes) + p->flying));
	log_int(&line, "since_s", (p->said_ms - p->trouble_ms) / 1000);
	log_cstr(&line, "serving", "from memory; it is tried again");
	log_end(&line);
}

void
policies_on_trouble(struct policies *p, enum db_trouble trouble,
    const struct mtasts_diags *diags)
{
	const char *name =
	    trouble == DB_FINE ? "no-memory" : db_rules[trouble].name;
	int64_t now_ms = loop_now_ms();

	if (p->trouble == NULL)
		p->trouble_ms = now_ms;
	if (p->trouble != name || now_ms - p->said_ms >= SAY_AGAIN_MS) {
		p->trouble = name;
		say_trouble(p, diags);
	}
	metric_set(p->ok, 0);
	policies_end_flushes(p, true);
}

/* on_fine - the file can be used again */
static void
on_fine(struct policies *p)
{
	struct log_line line;

	metric_set(p->ok, 1);
	if (p->trouble == NULL)
		return;
	p->trouble = NULL;
	log_begin(&line, p->log, LOG_LEVEL_INFO, "policies-saved-again");
	log_int(&line, "after_s", (loop_now_ms() - p->trouble_ms) / 1000);
	log_end(&line);
}

void
policies_say_moved(struct policies *p, const char *moved)
{
	struct log_line line;

	metric_inc(p->corrupt);
	log_begin(&line, p->log, LOG_LEVEL_ERROR, "policies-corrupt");
	log_cstr(&line, "moved_to", moved);
	log_cstr(&line, "doing", "a fresh file was begun");
	log_cstr(&line, "fix",
	    "look for faults of the disk; remove the moved file when it is no "
	    "longer of interest");
	log_end(&line);
}

/* on_fresh - another file is in place: it gets all there is */
static void
on_fresh(struct policies *p, const struct disk_note *note)
{
	log_findings(p->log, "policies", note->diags);
	if (note->moved != NULL)
		policies_say_moved(p, note->moved);
	changes_sweep(&p->changes);
	policies_write_later(p);
}

/* on_count - make room for what comes, as far as it is plausible */
static void
on_count(struct policies *p, size_t count)
{
	size_t room = count < RESERVE_MAX ? count : RESERVE_MAX;

	/* Without it the table grows on the way. */
	(void)!map_reserve(&p->all, room);
}

void
policies_take_note(struct policies *p, struct disk_note *note)
{
	switch (note->kind) {
	case DISK_COUNT:
		on_count(p, note->count);
		break;
	case DISK_ROWS:
		for (size_t i = 0; i < note->count; i++)
			adopt(p, note->rows[i]);
		note->count = 0;
		break;
	case DISK_LOADED:
		on_loaded(p, note->count);
		break;
	case DISK_FOUND:
		on_found(p, note->find);
		break;
	case DISK_WRITTEN:
		on_written(p);
		break;
	case DISK_FRESH:
		on_fresh(p, note);
		break;
	case DISK_TROUBLE:
		policies_on_trouble(p, note->trouble, note->diags);
		break;
	case DISK_FINE:
		on_fine(p);
		break;
	}
	disk_done(p->disk, note);
	policies_show(p);
}
