/*
 * tlskeys_look - one look at the disk for one name
 *
 * Runs in the thread of a handshake, at most once a second for a name that is
 * in use: two stat() when nothing changed, half a millisecond of reading when
 * something did. The name was checked to be a host name before it came here,
 * so it cannot lead out of the folders.
 */
#include "io/tlskeys_int.h"

#include "base/arena.h"

#include <stdio.h>

/* cause_of - why a certificate could not be loaded */
static enum tlskeys_cause
cause_of(enum mtasts_err err)
{
	if (err == MTASTS_ENOENT)
		return TLSKEYS_UNKNOWN;
	return err == MTASTS_ETLS ? TLSKEYS_MISMATCH : TLSKEYS_UNREADABLE;
}

/* names_key - does the certificate name this host, or have this wildcard? */
static bool
names_key(const struct x509 *cert, struct str key)
{
	size_t i;

	if (!str_starts(key, STR("*.")))
		return x509_names_host(cert, key);
	for (i = 0; i < x509_name_count(cert); i++)
		if (str_eq(x509_name(cert, i), key))
			return true;
	return false;
}

/* read_dir - read what is in look->dir, unless it is as it was */
static void
read_dir(struct tlskeys *keys, struct tlskeys_look *look)
{
	char chain[TLSKEYS_DIR_MAX + 16], key[TLSKEYS_DIR_MAX + 16];
	struct x509 *cert = NULL;
	enum mtasts_err err = tlskeys_sig_read(look->dir, &look->sig);

	look->cause = cause_of(err);
	if (err != MTASTS_OK)
		return;
	if (look->had && look->same_dir &&
	    tlskeys_sig_eq(&look->sig, &look->old_sig)) {
		look->cause = TLSKEYS_FINE;
		return;
	}
	snprintf(chain, sizeof(chain), "%s/" TLSKEYS_CERT_FILE, look->dir);
	snprintf(key, sizeof(key), "%s/" TLSKEYS_KEY_FILE, look->dir);
	err = x509_load(keys->pool, chain, key, &cert, look->diags);
	metric_inc(err == MTASTS_OK ? keys->load_ok : keys->load_failed);
	if (err != MTASTS_OK) {
		look->cause = cause_of(err);
	} else if (!names_key(cert, look->name)) {
		look->cause = TLSKEYS_UNKNOWN;
		x509_free(cert);
	} else {
		look->cause = TLSKEYS_FINE;
		look->cert = cert;
	}
}

/* try_folders - look for NAME in every folder, while there is no index */
static void
try_folders(struct tlskeys *keys, struct tlskeys_look *look)
{
	size_t i;

	for (i = 0; i < keys->folder_count && look->cert == NULL; i++) {
		if (snprintf(look->dir, sizeof(look->dir), "%s/%" STR_FMT,
			keys->folders[i],
			STR_ARG(look->name)) < (int)sizeof(look->dir))
			read_dir(keys, look);
	}
}

void
tlskeys_look_run(struct tlskeys *keys, struct tlskeys_look *look)
{
	look->cause = TLSKEYS_UNKNOWN;
	look->cert = NULL;
	look->dir_copy = NULL;
	look->diags = mtasts_diags_new();
	if (look->direct)
		try_folders(keys, look);
	else if (look->dir[0] != '\0')
		read_dir(keys, look);
	if (look->cert == NULL)
		return;
	look->dir_copy = mem_strdup(str_of(look->dir));
	if (look->dir_copy == NULL) {
		x509_free(look->cert);
		look->cert = NULL;
		look->cause = TLSKEYS_UNREADABLE;
	}
}

void
tlskeys_look_end(struct tlskeys_look *look)
{
	x509_free(look->cert);
	mem_free(look->dir_copy);
	mtasts_diags_free(look->diags);
}
