/*
 * tsigkey - keys of TSIG, as DNS servers and their tools write them
 *
 * RFC 8945. Three forms: BIND's statement key, Knot's YAML (as keymgr -t
 * prints it), and ALGORITHM:NAME:SECRET (as nsupdate -y and knsupdate -y take
 * it). Exactly one key.
 */
#ifndef MTASTS_IO_TSIGKEY_H
#define MTASTS_IO_TSIGKEY_H

#include "io/secret.h"

struct tsigkey {
	char name[255]; /* A-labels, no final dot */
	char algorithm[16]; /* "hmac-sha256" */
	char secret[700]; /* base64 of at most 512 bytes */
};

/*
 * tsigkey_parse - read one of the forms
 *
 * file is for findings. ECONF with a finding, which never has a byte of the
 * text in it. *out is to be wiped: tsigkey_wipe().
 */
enum mtasts_err tsigkey_parse(struct str text, const char *file,
    struct tsigkey *out, struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* tsigkey_read - the key of a file; see secret_read() */
enum mtasts_err tsigkey_read(const char *name, struct tsigkey *out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* tsigkey_wipe - it is needed no more */
void tsigkey_wipe(struct tsigkey *key);

/* tsigkey_rules - every finding of this room, a null at the end */
extern const struct diag_rule *const tsigkey_rules[];

#endif
