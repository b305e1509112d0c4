/*
 * db_sqlite_file.c - the file of an SQLite store, looked at from outside:
 * found, made, compared and set aside, without SQLite.
 *
 * Files are 0640 unless the schema says otherwise; the folder is never made or
 * changed. A new file appears whole (made aside, then linked), so that an
 * empty one is a damaged one; nothing is ever begun afresh over a file that is
 * there.
 */
#include "store/db_sqlite_file.h"

#include "base/arena.h"
#include "base/timefmt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASIDE_TRIES 100 /* names of one second */

enum db_trouble
sqlite_sys_trouble(int err)
{
	switch (err) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return DB_FULL;
	case EACCES:
	case EPERM:
	case EROFS:
		return DB_DENIED;
	case ENOENT:
	case ENOTDIR:
		return DB_NO_FOLDER;
	default:
		return DB_IO;
	}
}

enum mtasts_err
sqlite_sys_fail(
    const struct db *like, const char *path, struct mtasts_diags *diags)
{
	db_trouble_at(diags, sqlite_sys_trouble(errno), like->schema->what,
	    path, strerror(errno));
	return MTASTS_ESTORE;
}

bool
sqlite_file_path(struct str folder, const struct db_schema *schema, char *path)
{
	size_t room = SQLITE_PATH_LEN - strlen(schema->file) - 2;

	if (folder.len > room || memchr(folder.p, '\0', folder.len) != NULL) {
		errno = ENAMETOOLONG;
		return false;
	}
	snprintf(path, SQLITE_PATH_LEN, "%" STR_FMT "/%s", STR_ARG(folder),
	    schema->file);
	return true;
}

/* folder_of - the folder of a path, which has a slash */
static const char *
folder_of(const char *path, char folder[SQLITE_PATH_LEN])
{
	snprintf(folder, SQLITE_PATH_LEN, "%s", path);
	*strrchr(folder, '/') = '\0';
	return *folder ? folder : "/";
}

/* sync_folder - names that were made or changed survive a power cut */
static void
sync_folder(const char *path)
{
	char folder[SQLITE_PATH_LEN];
	int fd =
	    open(folder_of(path, folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!fsync(fd);
		close(fd);
	}
}

/* The file's name ends so, or it is one of its companions. */
static const char *const ends[] = { "-wal", "-shm", "-journal", "" };
#define ENDS (sizeof(ends) / sizeof(*ends))

/* remove_all - a file and its companions; from is 1 to spare the file */
static void
remove_all(const char *path, bool file_too)
{
	char name[SQLITE_PATH_LEN + 40];

	for (size_t i = 0; i < ENDS - !file_too; i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

enum mtasts_err
sqlite_file_make(const char *path, const struct db *like,
    sqlite_file_fill *fill, struct mtasts_diags *diags)
{
	unsigned mode = like->schema->mode ? like->schema->mode : 0640;
	char aside[SQLITE_PATH_LEN + 24];
	enum mtasts_err err;
	int fd;

	snprintf(aside, sizeof(aside), "%s.new-%ld", path, (long)getpid());
	remove_all(aside, true); /* of one who had our number and died */
	fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return sqlite_sys_fail(like, path, diags);
	err = fchmod(fd, mode) == 0 ? MTASTS_OK
				    : sqlite_sys_fail(like, path, diags);
	close(fd);
	if (!err)
		err = fill(aside, like, diags);
	/* A log whose file is gone would be played into the new one. */
	if (!err && like->schema->bulk && access(path, F_OK) != 0)
		remove_all(path, false);
	if (!err && link(aside, path) != 0 && errno != EEXIST)
		err = sqlite_sys_fail(like, path, diags);
	remove_all(aside, true);
	if (!err)
		sync_folder(path);
	return err;
}

enum mtasts_err
sqlite_file_look(
    const char *path, const struct db *like, struct mtasts_diags *diags)
{
	int rights = like->access == DB_WRITE ? R_OK | W_OK : R_OK;
	char folder[SQLITE_PATH_LEN];
	struct stat st;

	if (stat(folder_of(path, folder), &st) != 0)
		return sqlite_sys_fail(like, path, diags);
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return sqlite_sys_fail(like, path, diags);
	}
	if (stat(path, &st) != 0)
		return errno == ENOENT ? MTASTS_ENOENT
				       : sqlite_sys_fail(like, path, diags);
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		return access(path, rights) == 0
		    ? MTASTS_OK
		    : sqlite_sys_fail(like, path, diags);
	db_trouble_at(diags, S_ISREG(st.st_mode) ? DB_EMPTY : DB_NOT_DB,
	    like->schema->what, path, "");
	return MTASTS_ESTORE;
}

/* mix - fold what stat() tells of a file's content into a number */
static uint64_t
mix(uint64_t h, const struct stat *st)
{
	const int64_t facts[] = { st->st_size, st->st_mtim.tv_sec,
		st->st_mtim.tv_nsec };

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		h = (h ^ (uint64_t)facts[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ (h >> 32);
}

/* look_at - what stat() tells of a companion; all zero when it is not there */
static void
look_at(const char *path, const char *end, struct stat *st)
{
	char name[SQLITE_PATH_LEN + 8];

	snprintf(name, sizeof(name), "%s%s", path, end);
	if (stat(name, st) != 0)
		memset(st, 0, sizeof(*st));
}

void
sqlite_files_see(struct sqlite_files *seen, const char *path)
{
	struct stat st;

	*seen = (struct sqlite_files){ 0 };
	look_at(path, "", &st);
	seen->dev = st.st_dev;
	seen->ino = st.st_ino;
}

/* same_companion - still the one that was seen first, if one was? */
static bool
same_companion(ino_t *seen, const struct stat *now)
{
	if (*seen == 0)
		*seen = now->st_ino;
	return *seen == now->st_ino;
}

bool
sqlite_files_same(
    struct sqlite_files *seen, const char *path, bool writer, int64_t *version)
{
	struct stat file, log, index;

	look_at(path, "", &file);
	if (file.st_ino == 0 || file.st_ino != seen->ino ||
	    file.st_dev != seen->dev)
		return false;
	look_at(path, "-wal", &log);
	*version = (int64_t)mix(mix(1, &file), &log);
	if (!writer)
		return true;
	/*
	 * What is written to a log without a name is lost with the process,
	 * and two who share no -shm do not see each other's locks.
	 */
	look_at(path, "-shm", &index);
	return same_companion(&seen->wal, &log) &&
	    same_companion(&seen->shm, &index);
}

/* free_name - a name for a damaged file that nothing has yet */
static bool
free_name(const char *path, int64_t now_at, char *out, size_t size)
{
	struct timefmt at;
	char log[SQLITE_PATH_LEN + 48];

	for (unsigned i = 0; i < ASIDE_TRIES; i++) {
		if (i == 0)
			snprintf(out, size, "%s.corrupt-%s", path,
			    timefmt_id(&at, now_at));
		else
			snprintf(out, size, "%s.corrupt-%s.%u", path,
			    timefmt_id(&at, now_at), i);
		snprintf(log, sizeof(log), "%s-wal", out);
		if (access(out, F_OK) != 0 && access(log, F_OK) != 0)
			return true;
	}
	errno = EEXIST;
	return false;
}

enum mtasts_err
sqlite_file_set_aside(struct str folder, const struct db_schema *schema,
    int64_t now_at, char **moved, struct mtasts_diags *diags)
{
	const struct db like = { .schema = schema };
	char path[SQLITE_PATH_LEN], to[SQLITE_PATH_LEN + 40];
	char from_name[SQLITE_PATH_LEN + 8], to_name[SQLITE_PATH_LEN + 48];
	char *name;

	if (!sqlite_file_path(folder, schema, path))
		return sqlite_sys_fail(&like, "", diags);
	if (!free_name(path, now_at, to, sizeof(to)))
		return sqlite_sys_fail(&like, path, diags);
	name = mem_strdup(str_of(to));
	if (name == NULL)
		return MTASTS_ENOMEM;
	/* The file last: a log must never stay behind without it. */
	for (size_t i = 0; i < ENDS; i++) {
		snprintf(from_name, sizeof(from_name), "%s%s", path, ends[i]);
		snprintf(to_name, sizeof(to_name), "%s%s", to, ends[i]);
		if (rename(from_name, to_name) == 0 || errno == ENOENT)
			continue;
		mem_free(name);
		return sqlite_sys_fail(&like, path, diags);
	}
	sync_folder(path);
	*moved = name;
	return MTASTS_OK;
}
