/*
 * certs - putting a certificate where mtasts-host finds it
 *
 * ACME clients keep theirs readable for root alone; a copy that the host may
 * read is made after each renewal. Both files change as one: a reader that
 * opens both, and a machine that dies in between, finds a pair that fits.
 */
#ifndef MTASTS_TASK_CERTS_H
#define MTASTS_TASK_CERTS_H

#include "base/diag.h"
#include "mtasts/err.h"

#define CERTS_GROUP "mtasts" /* may read the keys */

struct certs_import {
	const char *folder; /* host.certificates; its last part may be new */
	const char *name; /* of the folder in it, or null: from the names */
	const char *chain_path; /* certificate and issuers, PEM */
	const char *key_path; /* PEM, without passphrase */
	int64_t at; /* now, seconds UTC */
	bool force; /* even when it is expired */
};

/* What was done. All texts live in the arena. */
struct certs_report {
	struct arena *arena;
	const char *dir; /* where it is now */
	const char *const *names; /* dNSNames */
	size_t name_count;
	const char *issuer;
	int64_t not_after_at;
	bool changed; /* false: the same pair was there already */
};

/*
 * certs_import - check a certificate and its key, and copy them
 *
 * Writes FOLDER/NAME/fullchain.pem and privkey.pem: mode 0640, in a folder
 * 0750, of FOLDER's owner and the group "mtasts" when there is one.
 *
 * out    on success yours: certs_report_free()
 * diags  what is wrong, also what is only worth a warning
 *
 * ENOENT, ELIMIT, ESYNTAX, ETLS (key of another certificate) as x509_load();
 * EINVAL when the name cannot be a folder's, or the certificate is expired;
 * ESYS; ENOMEM. After a failure the old pair is as it was.
 */
enum mtasts_err certs_import(const struct certs_import *in,
    struct certs_report *out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* certs_report_free - release; one cleared by its caller is fine */
void certs_report_free(struct certs_report *report);

#endif
