/*
 * tlskeys_index - scanning folders of certificates
 *
 * Reading 10,000 certificates takes seconds, looking whether they changed a
 * few milliseconds; so a scan takes over every place whose files are as they
 * were. Knows nothing of sessions, and never reads a key.
 *
 * BUGS: over TLSKEYS_PLACES_MAX places the rest is not seen, and said so.
 */
#include "io/tlskeys_index.h"

#include "base/arena.h"
#include "base/map.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>

/* A configured folder as it was when it was listed. */
struct folder_state {
	int failed; /* errno, or 0 */
	int64_t ctime_ns;
	uint64_t inode;
};

struct tlskeys_index {
	struct tlskeys_place **places;
	size_t count;
	size_t room;
	struct map by_dir; /* path -> place */
	struct map by_name; /* dNSName -> best place */
	struct folder_state *folders;
	size_t folder_count;
	bool full;
};

/* ctime_ns - when contents, owner or mode changed last, in one number */
static int64_t
ctime_ns(const struct stat *st)
{
	return (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

/* add_place - put a place into the index; owns it in any case */
static enum mtasts_err
add_place(struct tlskeys_index *index, struct tlskeys_place *place)
{
	struct tlskeys_place **grown;

	if (map_get(&index->by_dir, str_of(place->dir)) != NULL) {
		/* The same folder was configured twice. */
		tlskeys_place_drop(place);
		return MTASTS_OK;
	}
	if (index->count == index->room) {
		size_t room = index->room != 0 ? 2 * index->room : 64;

		grown = mem_grow(index->places, room, sizeof(*grown));
		if (grown == NULL)
			goto fail;
		index->places = grown;
		index->room = room;
	}
	if (map_put(&index->by_dir, str_of(place->dir), place, NULL) !=
	    MTASTS_OK)
		goto fail;
	index->places[index->count++] = place;
	return MTASTS_OK;
fail:
	tlskeys_place_drop(place);
	return MTASTS_ENOMEM;
}

/* visit - look at one folder that may hold both files */
static enum mtasts_err
visit(const struct tlskeys_scan *scan, const struct tlskeys_index *before,
    struct tlskeys_index *index, const char *dir)
{
	struct tlskeys_place *place = NULL;
	struct tlskeys_sig sig;

	if (atomic_load(scan->stop))
		return MTASTS_ETIMEOUT;
	if (tlskeys_sig_read(dir, &sig) != MTASTS_OK)
		return MTASTS_OK;
	if (index->count == TLSKEYS_PLACES_MAX) {
		index->full = true;
		return MTASTS_OK;
	}
	if (before != NULL)
		place = map_get(&before->by_dir, str_of(dir));
	if (place != NULL && tlskeys_sig_eq(&place->sig, &sig)) {
		place->owners++;
	} else {
		place = tlskeys_place_read(scan, dir, &sig);
		if (place == NULL)
			return MTASTS_ENOMEM;
	}
	return add_place(index, place);
}

/* folder_look - a configured folder as it is now */
static struct folder_state
folder_look(const char *path)
{
	struct folder_state now = { 0, 0, 0 };
	struct stat st;

	if (stat(path, &st) != 0)
		now.failed = errno;
	else {
		now.ctime_ns = ctime_ns(&st);
		now.inode = (uint64_t)st.st_ino;
	}
	return now;
}

/* list_folder - visit a configured folder and what is in it */
static enum mtasts_err
list_folder(const struct tlskeys_scan *scan, const struct tlskeys_index *before,
    struct tlskeys_index *index, size_t i)
{
	const char *folder = scan->folders[i];
	struct folder_state *state = &index->folders[i];
	char dir[TLSKEYS_DIR_MAX];
	enum mtasts_err err;
	struct dirent *entry;
	DIR *list;

	/* Looked at before it is listed: what comes later makes it stale. */
	*state = folder_look(folder);
	err = visit(scan, before, index, folder);
	list = err == MTASTS_OK ? opendir(folder) : NULL;
	if (err == MTASTS_OK && list == NULL) {
		state->failed = errno;
		/* Then the index that stands is better than an empty one. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			err = MTASTS_ENOMEM;
	}
	while (err == MTASTS_OK && list != NULL &&
	    (entry = readdir(list)) != NULL) {
		/* Names with a dot are files in the making. */
		if (entry->d_name[0] == '.' || entry->d_type == DT_REG ||
		    snprintf(dir, sizeof(dir), "%s/%s", folder,
			entry->d_name) >= (int)sizeof(dir))
			continue;
		err = visit(scan, before, index, dir);
	}
	if (list != NULL)
		closedir(list);
	return err;
}

/* say_failed - log a folder that cannot be read, once per change */
static void
say_failed(const struct tlskeys_scan *scan, const struct tlskeys_index *before,
    const struct tlskeys_index *index, size_t i)
{
	int failed = index->folders[i].failed;
	struct log_line line;

	if (failed == 0 ||
	    (before != NULL && before->folders[i].failed == failed))
		return;
	log_begin(
	    &line, scan->log, LOG_LEVEL_WARN, "certificate-folder-unreadable");
	log_cstr(&line, "folder", scan->folders[i]);
	log_cstr(&line, "error", strerror(failed));
	log_cstr(&line, "fix",
	    failed == ENOENT
		? "make it, or mend host.certificates; it is looked at again"
		: "let the group mtasts read it, or use \"mtasts cert import\"");
	log_end(&line);
}

/* better - should a serve the name rather than b? */
static bool
better(const struct tlskeys_place *a, const struct tlskeys_place *b,
    struct str name, int64_t at)
{
	bool a_valid = tlskeys_place_valid(a, at);
	bool b_valid = tlskeys_place_valid(b, at);
	bool a_own = str_eq(a->base, name), b_own = str_eq(b->base, name);

	if (a_valid != b_valid)
		return a_valid;
	if (a_valid && a_own != b_own)
		return a_own;
	return a->not_after_at > b->not_after_at;
}

/* index_names - choose the place of every name */
static enum mtasts_err
index_names(struct tlskeys_index *index, int64_t at)
{
	size_t i, k, pos = 0;
	enum mtasts_err err;
	struct str name;
	void *value;

	for (i = 0; i < index->count; i++) {
		struct tlskeys_place *place = index->places[i], *old;

		for (k = 0; k < place->name_count; k++) {
			name = place->names[k];
			old = map_get(&index->by_name, name);
			if (old != NULL && !better(place, old, name, at))
				continue;
			err = map_put(&index->by_name, name, place, NULL);
			if (err != MTASTS_OK)
				return err;
		}
	}
	for (i = 0; i < index->count; i++)
		index->places[i]->serves = false;
	while (map_next(&index->by_name, &pos, &name, &value))
		((struct tlskeys_place *)value)->serves = true;
	return MTASTS_OK;
}

/* index_new - an empty index */
static struct tlskeys_index *
index_new(size_t folder_count)
{
	struct tlskeys_index *index = mem_zalloc(1, sizeof(*index));
	uint64_t seed[2] = { 0, 0 };

	if (index == NULL)
		return NULL;
	/* Names in certificates may be a stranger's choice. */
	if (getrandom(seed, sizeof(seed), 0) < 0)
		seed[0] = (uint64_t)(uintptr_t)index;
	map_init(&index->by_dir, seed);
	map_init(&index->by_name, seed);
	index->folder_count = folder_count;
	index->folders = mem_zalloc(folder_count, sizeof(*index->folders));
	if (index->folders == NULL) {
		mem_free(index);
		return NULL;
	}
	return index;
}

enum mtasts_err
tlskeys_index_scan(const struct tlskeys_scan *scan,
    const struct tlskeys_index *before, struct tlskeys_index **out)
{
	struct tlskeys_index *index = index_new(scan->folder_count);
	enum mtasts_err err = MTASTS_OK;
	size_t i;

	if (index == NULL)
		return MTASTS_ENOMEM;
	for (i = 0; i < scan->folder_count && err == MTASTS_OK; i++) {
		err = list_folder(scan, before, index, i);
		if (err == MTASTS_OK)
			say_failed(scan, before, index, i);
	}
	if (err == MTASTS_OK)
		err = index_names(index, scan->at);
	if (index->full && (before == NULL || !before->full))
		log_event(scan->log, LOG_LEVEL_ERROR, "certificates-too-many",
		    "fix", "split the domains over several hosts");
	if (err == MTASTS_OK)
		*out = index;
	else
		tlskeys_index_free(index);
	return err;
}

void
tlskeys_index_free(struct tlskeys_index *index)
{
	size_t i;

	if (index == NULL)
		return;
	map_free(&index->by_name);
	map_free(&index->by_dir);
	for (i = 0; i < index->count; i++)
		tlskeys_place_drop(index->places[i]);
	mem_free(index->places);
	mem_free(index->folders);
	mem_free(index);
}

bool
tlskeys_index_stale(
    const struct tlskeys_index *index, const struct tlskeys_scan *scan)
{
	size_t i;

	for (i = 0; i < scan->folder_count; i++) {
		struct folder_state now = folder_look(scan->folders[i]);
		const struct folder_state *then = &index->folders[i];

		if (now.ctime_ns != then->ctime_ns || now.inode != then->inode)
			return true;
	}
	return false;
}

bool
tlskeys_index_same(const struct tlskeys_index *a, const struct tlskeys_index *b)
{
	size_t pos = 0;
	struct str name;
	void *place;

	if (a == NULL || b == NULL || a->by_name.count != b->by_name.count)
		return false;
	/* An unchanged place is the very same one. */
	while (map_next(&a->by_name, &pos, &name, &place)) {
		if (map_get(&b->by_name, name) != place)
			return false;
	}
	return true;
}

struct str
tlskeys_index_key(const struct tlskeys_index *index, struct str host,
    int64_t at, char text[TLSKEYS_KEY_MAX])
{
	const struct tlskeys_place *own = map_get(&index->by_name, host);
	const struct tlskeys_place *wild;
	struct str parent, key;

	if (tlskeys_place_valid(own, at) ||
	    !str_cut(host, '.', NULL, &parent) ||
	    parent.len > TLSKEYS_KEY_MAX - 2)
		return host;
	memcpy(text, "*.", 2);
	memcpy(text + 2, parent.p, parent.len);
	key = str_make(text, 2 + parent.len);
	wild = map_get(&index->by_name, key);
	if (wild == NULL || (own != NULL && !tlskeys_place_valid(wild, at)))
		return host;
	return key;
}

const struct tlskeys_place *
tlskeys_index_find(
    const struct tlskeys_index *index, struct str host, int64_t at)
{
	char text[TLSKEYS_KEY_MAX];

	return map_get(
	    &index->by_name, tlskeys_index_key(index, host, at, text));
}

const struct tlskeys_place *
tlskeys_index_folder(const struct tlskeys_index *index, const char *dir)
{
	return map_get(&index->by_dir, str_of(dir));
}

size_t
tlskeys_index_names(const struct tlskeys_index *index)
{
	return index->by_name.count;
}

size_t
tlskeys_index_count(const struct tlskeys_index *index)
{
	return index->count;
}

struct tlskeys_place *
tlskeys_index_place(const struct tlskeys_index *index, size_t i)
{
	return index->places[i];
}
