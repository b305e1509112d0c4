/*
 * scratch - a folder of a test's own, removed at its end
 */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	char path[128];
	char file[512]; /* scratch_file() */
};

/* scratch_open - make the folder; its group passes to what is made in it */
static inline int
scratch_open(struct scratch *s)
{
	snprintf(s->path, sizeof(s->path), "/tmp/mtasts-test-XXXXXX");
	if (mkdtemp(s->path) == NULL)
		return -1;
	return chmod(s->path, 02750);
}

/* scratch_file - the path of a name in the folder */
static inline const char *
scratch_file(struct scratch *s, const char *name)
{
	snprintf(s->file, sizeof(s->file), "%s/%s", s->path, name);
	return s->file;
}

/* scratch_write - make a file of these bytes */
static inline int
scratch_write(struct scratch *s, const char *name, const void *p, size_t len)
{
	FILE *f = fopen(scratch_file(s, name), "wb");
	size_t n;

	if (f == NULL)
		return -1;
	n = fwrite(p, 1, len, f);
	return fclose(f) == 0 && n == len ? 0 : -1;
}

/* scratch_remove_one - for nftw() */
static inline int
scratch_remove_one(
    const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* scratch_close - remove the folder and all that is in it */
static inline void
scratch_close(struct scratch *s)
{
	chmod(s->path, 0700);
	(void)nftw(s->path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
