/*
 * chain_roots.c - the certificates of the authorities that are trusted
 *
 * One file of PEM, read once; a context keeps what was read.
 */
#include "io/chain.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct diag_rule no_roots = {
	.id = "conf",
	.name = "fetch-ca-file",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "RFC 8461 section 3.3",
	.fix = "Name a file of PEM certificates of the authorities to trust; "
	       "Debian's package ca-certificates brings "
	       "/etc/ssl/certs/ca-certificates.crt.",
};

enum mtasts_err
chain_read_roots(SSL_CTX *ctx, const char *path, struct mtasts_diags *diags)
{
	struct diag_place at = { .file = path != NULL ? path : "" };
	FILE *f = fopen(at.file, "re");
	enum mtasts_err err;

	if (f == NULL) {
		err = errno == ENOENT ? MTASTS_ENOENT : MTASTS_ESYS;
		diag_add(diags, &no_roots, at, "cannot be read: %s",
		    strerror(errno));
		return err;
	}
	fclose(f);
	ERR_clear_error();
	if (SSL_CTX_load_verify_file(ctx, at.file) == 1)
		return MTASTS_OK;
	diag_add(diags, &no_roots, at,
	    "holds no certificates that can be "
	    "read: %s",
	    ERR_reason_error_string(ERR_peek_last_error()));
	ERR_clear_error();
	return MTASTS_ESYNTAX;
}
