/*
 * tlskeys_place - one folder with a certificate
 *
 * Knows the two file names and nothing of sessions; never reads a key.
 */
#include "io/tlskeys_place.h"

#include "base/arena.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* ctime_ns - when contents, owner or mode changed last, in one number */
static int64_t
ctime_ns(const struct stat *st)
{
	return (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

enum mtasts_err
tlskeys_sig_read(const char *dir, struct tlskeys_sig *out)
{
	static const char *const names[] = { TLSKEYS_CERT_FILE,
		TLSKEYS_KEY_FILE };
	char path[TLSKEYS_DIR_MAX + 16];
	struct tlskeys_sig sig;
	struct stat st;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", dir, names[i]) >=
		    (int)sizeof(path))
			return MTASTS_ENOENT;
		if (stat(path, &st) != 0)
			return errno == ENOENT || errno == ENOTDIR
			    ? MTASTS_ENOENT
			    : MTASTS_ESYS;
		sig.file[i].ctime_ns = ctime_ns(&st);
		sig.file[i].size = (int64_t)st.st_size;
		sig.file[i].inode = (uint64_t)st.st_ino;
	}
	*out = sig;
	return MTASTS_OK;
}

bool
tlskeys_sig_eq(const struct tlskeys_sig *a, const struct tlskeys_sig *b)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		if (a->file[i].ctime_ns != b->file[i].ctime_ns ||
		    a->file[i].size != b->file[i].size ||
		    a->file[i].inode != b->file[i].inode)
			return false;
	}
	return true;
}

/* place_new - a place in one block; cert null: nothing that can be used */
static struct tlskeys_place *
place_new(struct str dir, const struct x509 *cert)
{
	size_t count = cert != NULL ? x509_name_count(cert) : 0;
	size_t i, len = dir.len + 1;
	struct tlskeys_place *place;
	char *text;

	for (i = 0; i < count; i++)
		len += x509_name(cert, i).len;
	place =
	    mem_zalloc(1, sizeof(*place) + count * sizeof(struct str) + len);
	if (place == NULL)
		return NULL;
	place->owners = 1;
	place->names = (struct str *)(place + 1);
	place->name_count = count;
	text = (char *)(place->names + count);
	place->dir = memcpy(text, dir.p, dir.len);
	text += dir.len + 1;
	for (i = 0; i < count; i++) {
		struct str name = x509_name(cert, i);

		memcpy(text, name.p, name.len);
		place->names[i] = str_make(text, name.len);
		text += name.len;
	}
	place->base = str_make(place->dir, dir.len);
	while ((i = str_chr(place->base, '/')) < place->base.len)
		place->base = str_sub(place->base, i + 1, place->base.len);
	return place;
}

void
tlskeys_place_drop(struct tlskeys_place *place)
{
	if (place != NULL && --place->owners == 0)
		mem_free(place);
}

struct tlskeys_place *
tlskeys_place_read(const struct tlskeys_scan *scan, const char *dir,
    const struct tlskeys_sig *sig)
{
	char path[TLSKEYS_DIR_MAX + 16];
	struct mtasts_diags *diags = mtasts_diags_new();
	struct tlskeys_place *place = NULL;
	struct x509 *cert = NULL;
	enum mtasts_err err;
	struct buf pem;

	buf_init(&pem, X509_FILE_MAX);
	snprintf(path, sizeof(path), "%s/" TLSKEYS_CERT_FILE, dir);
	err = x509_read_file(path, &pem, diags);
	if (err == MTASTS_OK)
		err = x509_parse(scan->pool, buf_str(&pem), path, &cert, diags);
	if (err != MTASTS_OK)
		log_findings(scan->log, "certificate-unusable", diags);
	/* Our own need says nothing about the files: not to be kept. */
	if (err != MTASTS_ENOMEM)
		place = place_new(str_of(dir), cert);
	if (place != NULL)
		place->sig = *sig;
	if (place != NULL && cert != NULL) {
		place->not_before_at = x509_not_before(cert);
		place->not_after_at = x509_not_after(cert);
	}
	x509_free(cert);
	buf_free(&pem);
	mtasts_diags_free(diags);
	return place;
}

bool
tlskeys_place_valid(const struct tlskeys_place *place, int64_t at)
{
	return place != NULL && at >= place->not_before_at &&
	    at <= place->not_after_at;
}
