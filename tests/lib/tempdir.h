/*
 * tempdir - a folder of a test's own, removed with all that is in it
 */
#ifndef MTASTS_TESTS_LIB_TEMPDIR_H
#define MTASTS_TESTS_LIB_TEMPDIR_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct tempdir {
	char path[64];
};

/* tempdir_make - make it; ends the program when it cannot */
static inline void
tempdir_make(struct tempdir *t)
{
	snprintf(t->path, sizeof(t->path), "/tmp/mtasts-test-XXXXXX");
	if (mkdtemp(t->path) == NULL) {
		perror("mkdtemp");
		abort();
	}
}

/* tempdir_remove_one - for nftw() */
static inline int
tempdir_remove_one(
    const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* tempdir_remove - remove it */
static inline void
tempdir_remove(struct tempdir *t)
{
	(void)nftw(t->path, tempdir_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
