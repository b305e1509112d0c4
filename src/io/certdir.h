/*
 * certdir - writing a certificate and its key as one
 *
 * The pair is written beside its place and then exchanged for the old one in
 * a single step, so that neither a reader nor a crash meets half of it.
 */
#ifndef MTASTS_IO_CERTDIR_H
#define MTASTS_IO_CERTDIR_H

#include "base/diag.h"
#include "mtasts/err.h"

struct certdir_pair {
	const char
	    *name; /* folder: a checked host name, no slash, no dot first */
	const char *group; /* may read them; unknown: that of the folder */
	struct str chain;
	struct str key;
};

/*
 * certdir_put - write FOLDER/NAME/fullchain.pem and privkey.pem
 *
 * folder    its last part is made when it is not there
 * *changed  false when these very bytes are there already
 *
 * Files get mode 0640, their folder 0750, owned as FOLDER is, and the group.
 * Other files in FOLDER/NAME stay; then, and where the file system cannot
 * exchange folders, key and certificate are renamed one after the other.
 * Several writers wait for each other. What a killed one left is removed.
 *
 * ESYS (errno) with a finding; what was there is untouched then.
 */
enum mtasts_err certdir_put(const char *folder, const struct certdir_pair *pair,
    bool *changed, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

#endif
