/*
 * replay.c - run a fuzz target over the files of a folder, once each
 *
 * This is how the seed corpora run in every test run, without clang. A folder
 * without a file is an error: a test that reads nothing proves nothing.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>

/* replay_file - hand one file's bytes to the target */
static int
replay_file(const char *dir, const char *name)
{
	char path[4096];
	uint8_t *data = NULL;
	size_t size = 0;
	FILE *f;
	int rc = -1;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (f == NULL) {
		perror(path);
		return -1;
	}
	/* The exact size, so that a read past the end is seen. */
	if (fseek(f, 0, SEEK_END) == 0) {
		size = (size_t)ftell(f);
		rewind(f);
		data = malloc(size ? size : 1);
	}
	if (data != NULL && fread(data, 1, size, f) == size) {
		LLVMFuzzerTestOneInput(data, size);
		rc = 0;
	}
	free(data);
	fclose(f);
	return rc;
}

int
main(int argc, char **argv)
{
	struct dirent *e;
	unsigned count = 0;
	int failed = 0;
	DIR *d;

	d = argc == 2 ? opendir(argv[1]) : NULL;
	if (d == NULL) {
		fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
		return 2;
	}
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		failed |= replay_file(argv[1], e->d_name);
		count++;
	}
	closedir(d);
	printf("%u seeds\n", count);
	return failed || count == 0;
}
