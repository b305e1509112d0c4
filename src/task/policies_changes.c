/*
 * policies_changes.c - which policies are to be written, and in which order
 *
 * Every map here borrows its keys from blocks in memory, so that whoever
 * replaces or releases a block comes here first. Knows neither thread nor file.
 */
#include "task/policies_changes.h"

#include "base/arena.h"

/* set_init - an empty generation */
static void
set_init(struct changes_set *set, const uint64_t seed[2])
{
	map_init(&set->puts, seed);
	map_init(&set->drops, seed);
}

/* set_free - release a generation; it is empty again */
static void
set_free(struct changes_set *set)
{
	size_t pos = 0;
	void *name;

	while (map_next(&set->drops, &pos, NULL, &name))
		mem_free(name);
	map_free(&set->drops);
	map_free(&set->puts);
}

/* set_empty - is nothing in it? */
static bool
set_empty(const struct changes_set *set)
{
	return set->puts.count == 0 && set->drops.count == 0;
}

void
changes_init(struct changes *ch, const struct map *all, const uint64_t seed[2])
{
	*ch = (struct changes){ .all = all };
	set_init(&ch->now, seed);
	set_init(&ch->next, seed);
	map_init(&ch->touched, seed);
}

void
changes_free(struct changes *ch)
{
	set_free(&ch->now);
	set_free(&ch->next);
	map_free(&ch->touched);
}

/* undrop - the domain is not to be deleted any more */
static void
undrop(struct changes *ch, struct str domain)
{
	mem_free(map_del(&ch->now.drops, domain));
	mem_free(map_del(&ch->next.drops, domain));
}

enum mtasts_err
changes_put(struct changes *ch, struct cached *block)
{
	struct str domain = cached_domain(block);
	struct changes_set *set =
	    map_get(&ch->now.puts, domain) != NULL ? &ch->now : &ch->next;
	enum mtasts_err err = map_put(&set->puts, domain, block, NULL);

	if (err)
		return err;
	map_del(&ch->touched, domain);
	undrop(ch, domain);
	return MTASTS_OK;
}

void
changes_touch(struct changes *ch, struct cached *block)
{
	struct str domain = cached_domain(block);

	if (map_get(&ch->now.puts, domain) == NULL &&
	    map_get(&ch->next.puts, domain) == NULL)
		(void)!map_put(&ch->touched, domain, block, NULL);
}

void
changes_forget(struct changes *ch, struct str domain)
{
	map_del(&ch->now.puts, domain);
	map_del(&ch->next.puts, domain);
	map_del(&ch->touched, domain);
}

enum mtasts_err
changes_drop(struct changes *ch, struct str domain)
{
	enum mtasts_err err;
	char *name, *before = NULL;

	changes_forget(ch, domain);
	name = mem_strdup(domain);
	if (name == NULL)
		return MTASTS_ENOMEM;
	err = map_put(&ch->next.drops, str_make(name, domain.len), name,
	    (void **)&before);
	mem_free(err ? name : before);
	return err;
}

void
changes_sweep(struct changes *ch)
{
	ch->sweep = true;
	ch->sweep_pos = 0;
	ch->sweep_slots = ch->all->slots;
}

bool
changes_waiting(const struct changes *ch)
{
	return !set_empty(&ch->now) || !set_empty(&ch->next) || ch->sweep ||
	    (ch->touched_due && ch->touched.count > 0);
}

size_t
changes_count(const struct changes *ch)
{
	if (ch->sweep)
		return ch->all->count + ch->now.drops.count +
		    ch->next.drops.count;
	return ch->now.puts.count + ch->now.drops.count + ch->next.puts.count +
	    ch->next.drops.count;
}

uint64_t
changes_last(const struct changes *ch)
{
	return ch->generation + !set_empty(&ch->next);
}

bool
changes_written(const struct changes *ch, uint64_t generation)
{
	if (ch->sweep || (ch->touched_due && ch->touched.count > 0))
		return false;
	return ch->generation > generation ||
	    (ch->generation == generation && set_empty(&ch->now));
}

/* full - no room for one more change */
static bool
full(const struct disk_batch *b)
{
	return b->puts == DISK_BATCH_MAX || b->drops == DISK_BATCH_MAX ||
	    b->bytes >= DISK_BATCH_BYTES;
}

/* add_put - a copy of a block; false when memory is short */
static bool
add_put(struct disk_batch *b, const struct cached *block)
{
	struct cached *copy = cached_copy(block);

	if (copy == NULL)
		return false;
	b->put[b->puts++] = copy;
	b->bytes += cached_size(copy);
	return true;
}

/* take_drops - deletions first: nothing else of the generation names them */
static void
take_drops(struct changes_set *set, struct disk_batch *b)
{
	size_t pos = 0;
	struct str key;
	void *name;

	while (!full(b) && map_next(&set->drops, &pos, &key, &name)) {
		map_del(&set->drops, key);
		b->drop[b->drops++] = name;
	}
	if (set->drops.count == 0)
		map_free(&set->drops);
}

/* take - copies from a map that empties; *pos is where the walk stands */
static void
take(struct map *from, size_t *pos, struct disk_batch *b)
{
	struct str key;
	void *block;

	while (!full(b)) {
		size_t before = *pos;

		if (!map_next(from, pos, &key, &block)) {
			*pos = 0;
			break;
		}
		if (!add_put(b, block)) {
			*pos = before;
			break;
		}
		map_del(from, key);
	}
	/* Small again: a large one takes long to walk through. */
	if (from->count == 0) {
		map_free(from);
		*pos = 0;
	}
}

/* take_sweep - copies of what is in memory, wherever the walk stands */
static void
take_sweep(struct changes *ch, struct disk_batch *b)
{
	void *block;

	/* The table was made larger: its order is another one. */
	if (ch->sweep_slots != ch->all->slots)
		changes_sweep(ch);
	while (!full(b)) {
		size_t before = ch->sweep_pos;

		if (!map_next(ch->all, &ch->sweep_pos, NULL, &block)) {
			ch->sweep = false;
			return;
		}
		if (!add_put(b, block)) {
			ch->sweep_pos = before;
			return;
		}
	}
}

/* turn - the next generation begins when this one is done */
static void
turn(struct changes *ch)
{
	struct changes_set empty = ch->now;

	if (!set_empty(&ch->now) || set_empty(&ch->next))
		return;
	ch->now = ch->next;
	ch->next = empty;
	ch->now_pos = 0;
	ch->generation++;
}

struct disk_batch *
changes_batch(struct changes *ch)
{
	struct disk_batch *b;

	if (!changes_waiting(ch))
		return NULL;
	b = mem_alloc(sizeof(*b));
	if (b == NULL)
		return NULL;
	b->puts = b->drops = b->bytes = 0;
	turn(ch);
	take_drops(&ch->now, b);
	take(&ch->now.puts, &ch->now_pos, b);
	if (ch->sweep)
		take_sweep(ch, b);
	if (ch->touched_due)
		take(&ch->touched, &ch->touched_pos, b);
	if (ch->touched.count == 0)
		ch->touched_due = false;
	if (b->puts + b->drops > 0)
		return b;
	disk_batch_free(b);
	return NULL;
}
