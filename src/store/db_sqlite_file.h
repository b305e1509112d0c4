/*
 * db_sqlite_file - the file of an SQLite store, for db_sqlite*.c alone
 */
#ifndef MTASTS_STORE_DB_SQLITE_FILE_H
#define MTASTS_STORE_DB_SQLITE_FILE_H

#include "store/db_engine.h"

#include <sys/types.h>

#define SQLITE_PATH_LEN 4096 /* room for a path, with its NUL */

/* Which files a handle uses; zero for a companion not seen so far. */
struct sqlite_files {
	dev_t dev;
	ino_t ino, wal, shm;
};

/* sqlite_file_fill - an empty file at path becomes a database of the schema */
typedef enum mtasts_err sqlite_file_fill(
    const char *path, const struct db *like, struct mtasts_diags *diags);

/* sqlite_sys_trouble - what an errno of a file call means */
enum db_trouble sqlite_sys_trouble(int err);

/* sqlite_sys_fail - errno of a file call as a finding; returns ESTORE */
enum mtasts_err sqlite_sys_fail(
    const struct db *like, const char *path, struct mtasts_diags *diags);

/*
 * sqlite_file_path - the path of a schema's file in a folder
 *
 * path has room for SQLITE_PATH_LEN bytes. False, with errno, when it is too
 * long.
 */
bool sqlite_file_path(
    struct str folder, const struct db_schema *schema, char *path);

/*
 * sqlite_file_look - what stands at the path before SQLite touches it
 *
 * ENOENT without a finding when nothing does; ESTORE with one when it cannot
 * be a database that may be opened.
 */
enum mtasts_err sqlite_file_look(const char *path, const struct db *like,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* sqlite_file_make - fill a file aside, put it in place unless one came */
enum mtasts_err sqlite_file_make(const char *path, const struct db *like,
    sqlite_file_fill *fill, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* sqlite_files_see - remember which file is opened */
void sqlite_files_see(struct sqlite_files *seen, const char *path);

/*
 * sqlite_files_same - is it still the same, for a writer with its companions?
 *
 * *version: a number that differs when file or log were changed.
 */
bool sqlite_files_same(
    struct sqlite_files *seen, const char *path, bool writer, int64_t *version);

/* sqlite_file_set_aside - see db_set_aside() */
enum mtasts_err sqlite_file_set_aside(struct str folder,
    const struct db_schema *schema, int64_t now_at, char **moved,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

#endif
