/*
 * certnames.c - the names in all certificates of some folders
 *
 * Reads public files only. Knows nothing of what the names are for.
 */
#include "io/certnames.h"

#include "io/x509.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>

/* Whom the names are told. */
struct telling {
	int64_t at;
	size_t left; /* folders that may still be looked into */
	bool (*fn)(void *arg, struct str name);
	void *arg;
	bool stop;
};

/* tell_names - of one certificate */
static void
tell_names(struct telling *t, const struct x509 *x)
{
	for (size_t i = 0; !t->stop && i < x509_name_count(x); i++)
		t->stop = !t->fn(t->arg, x509_name(x, i));
}

/* one_file - what cannot be read has no names */
static enum mtasts_err
one_file(struct telling *t, const char *path)
{
	struct x509 *x = NULL;
	enum mtasts_err err;
	struct buf pem;

	buf_init(&pem, X509_FILE_MAX + 1);
	err = x509_read_file(path, &pem, NULL);
	if (!err)
		err = x509_parse(NULL, buf_str(&pem), path, &x, NULL);
	if (!err && x509_valid_at(x, t->at))
		tell_names(t, x);
	x509_free(x);
	buf_free(&pem);
	return err == MTASTS_ENOMEM ? err : MTASTS_OK;
}

/* one_folder - all that stand in it */
static enum mtasts_err
one_folder(struct telling *t, const char *folder)
{
	DIR *dir = opendir(folder);
	enum mtasts_err err = MTASTS_OK;
	const struct dirent *e;
	char path[PATH_MAX];

	if (dir == NULL)
		return MTASTS_OK;
	while (!err && !t->stop && t->left > 0 && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.' ||
		    snprintf(path, sizeof(path), "%s/%s/fullchain.pem", folder,
			e->d_name) >= (int)sizeof(path))
			continue;
		t->left--;
		err = one_file(t, path);
	}
	closedir(dir);
	return err;
}

enum mtasts_err
certnames_each(const char *const *folders, size_t count, int64_t at,
    bool (*fn)(void *arg, struct str name), void *arg)
{
	struct telling t = { at, CERTNAMES_MAX, fn, arg, false };
	enum mtasts_err err = MTASTS_OK;

	for (size_t i = 0; !err && i < count; i++)
		err = one_folder(&t, folders[i]);
	return err;
}
