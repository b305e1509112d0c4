/*
 * snapshot.c - the table of served policies
 *
 * Built once and never changed; readers count their references, so a request
 * that began with the old table ends with it. Texts that are equal are kept
 * once: most of ten thousand domains serve the same bytes. Knows nothing of
 * HTTP, and not when a table is built: that is snapshot_watch.c.
 */
#include "svc/snapshot.h"

#include "base/arena.h"
#include "base/map.h"
#include "store/registry_db.h"

#include <stdatomic.h>

/* Bytes of all names and texts: ten million domains would not fit. */
#define SNAPSHOT_MAX ((size_t)1 << 30)

struct snapshot {
	atomic_int refs;
	struct arena *arena;
	struct map bodies; /* domain -> struct str, in the arena */
};

/* One table while it is built. */
struct build {
	struct snapshot *snap;
	struct map texts; /* text -> struct str, to keep equal ones once */
	enum mtasts_err err;
};

/* snapshot_new - an empty table with one reference; null: no memory */
static struct snapshot *
snapshot_new(const uint64_t seed[2])
{
	struct snapshot *snap = mem_zalloc(1, sizeof(*snap));

	if (snap == NULL)
		return NULL;
	snap->arena = arena_new(SNAPSHOT_MAX);
	if (snap->arena == NULL) {
		mem_free(snap);
		return NULL;
	}
	atomic_init(&snap->refs, 1);
	map_init(&snap->bodies, seed);
	return snap;
}

void
snapshot_put(struct snapshot *snap)
{
	if (snap == NULL || atomic_fetch_sub(&snap->refs, 1) != 1)
		return;
	map_free(&snap->bodies);
	arena_free(snap->arena);
	mem_free(snap);
}

/* keep_text - the one copy of a text in the arena; null: no memory */
static struct str *
keep_text(struct build *build, struct str text)
{
	struct str *kept = map_get(&build->texts, text);

	if (kept != NULL)
		return kept;
	kept = arena_alloc(build->snap->arena, sizeof(*kept));
	if (kept == NULL)
		return NULL;
	kept->p = arena_dup(build->snap->arena, text);
	kept->len = text.len;
	if (kept->p == NULL ||
	    map_put(&build->texts, *kept, kept, NULL) != MTASTS_OK)
		return NULL;
	return kept;
}

/* add_row - take one served policy into the table being built */
static bool
add_row(void *arg, const struct registry_served *row)
{
	struct build *build = arg;
	struct str *text = keep_text(build, row->body);
	char *name = arena_dup(build->snap->arena, row->domain);

	build->err = MTASTS_ENOMEM;
	if (text != NULL && name != NULL)
		build->err = map_put(&build->snap->bodies,
		    str_make(name, row->domain.len), text, NULL);
	return build->err == MTASTS_OK;
}

enum mtasts_err
snapshot_read(
    struct registry *registry, const uint64_t seed[2], struct snapshot **out)
{
	struct build build = { .err = MTASTS_OK };
	enum mtasts_err err;

	build.snap = snapshot_new(seed);
	if (build.snap == NULL)
		return MTASTS_ENOMEM;
	map_init(&build.texts, seed);
	err = registry_each_served(registry, add_row, &build);
	if (err == MTASTS_OK)
		err = build.err;
	map_free(&build.texts);
	if (err != MTASTS_OK) {
		snapshot_put(build.snap);
		return err;
	}
	*out = build.snap;
	return MTASTS_OK;
}

struct snapshot *
snapshot_hold(struct snapshot *snap)
{
	atomic_fetch_add(&snap->refs, 1);
	return snap;
}

bool
snapshot_find(const struct snapshot *snap, struct str domain, struct str *body)
{
	const struct str *found = map_get(&snap->bodies, domain);

	if (found == NULL)
		return false;
	*body = *found;
	return true;
}

size_t
snapshot_count(const struct snapshot *snap)
{
	return snap->bodies.count;
}
