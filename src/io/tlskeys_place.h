/*
 * tlskeys_place - one folder with a certificate, as a scan sees it
 *
 * Part of the room tlskeys. The names and the validity of the certificate
 * without the certificate, and by what one sees that the files changed.
 */
#ifndef MTASTS_IO_TLSKEYS_PLACE_H
#define MTASTS_IO_TLSKEYS_PLACE_H

#include "io/log.h"
#include "io/x509.h"

#include <stdatomic.h>

#define TLSKEYS_CERT_FILE "fullchain.pem"
#define TLSKEYS_KEY_FILE  "privkey.pem"
#define TLSKEYS_DIR_MAX	  1024 /* bytes of the path of a place */

/* Both files as stat() shows them, links followed: changes are seen by it. */
struct tlskeys_sig {
	struct {
		int64_t ctime_ns;
		int64_t size;
		uint64_t inode;
	} file[2];
};

/* A folder with both files. Constant but for owners and warned_at. */
struct tlskeys_place {
	unsigned owners; /* indexes; all belong to the scanning thread */
	bool serves; /* the best one for at least one name */
	int64_t warned_at; /* of its end of validity */
	struct tlskeys_sig sig;
	int64_t not_before_at;
	int64_t not_after_at;
	const char *dir; /* path */
	struct str base; /* last part of it */
	struct str *names;
	size_t name_count; /* 0: no certificate that can be used */
};

/* What a scan works on. */
struct tlskeys_scan {
	const char *const *folders;
	size_t folder_count;
	struct x509_pool *pool;
	struct log *log;
	int64_t at; /* seconds UTC */
	const atomic_bool *stop; /* true: give up soon */
};

/*
 * tlskeys_sig_read - look at both files of a place
 *
 * ENOENT when one is not there, else ESYS.
 */
enum mtasts_err tlskeys_sig_read(
    const char *dir, struct tlskeys_sig *out) MTASTS_MUST_CHECK;

/* tlskeys_sig_eq - nothing changed */
bool tlskeys_sig_eq(const struct tlskeys_sig *a, const struct tlskeys_sig *b);

/*
 * tlskeys_place_read - read the certificate of a folder
 *
 * One that cannot be used is logged and gives a place without names. One owner,
 * who calls tlskeys_place_drop(). Null when memory or descriptors are short.
 * Blocks.
 */
struct tlskeys_place *tlskeys_place_read(const struct tlskeys_scan *scan,
    const char *dir, const struct tlskeys_sig *sig);

/* tlskeys_place_drop - one owner less; null is fine */
void tlskeys_place_drop(struct tlskeys_place *place);

/* tlskeys_place_valid - is there one, within its validity? */
bool tlskeys_place_valid(const struct tlskeys_place *place, int64_t at);

#endif
