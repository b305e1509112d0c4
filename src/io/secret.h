/*
 * secret - keys that stand in files
 *
 * Never in the database, the log, a message or on a command line. Who holds one
 * wipes it.
 */
#ifndef MTASTS_IO_SECRET_H
#define MTASTS_IO_SECRET_H

#include "base/diag.h"
#include "mtasts/err.h"

#define SECRET_MAX 16384 /* bytes of a file */

/* A file's bytes; a NUL follows. */
struct secret {
	char *text; /* null: none */
	size_t len;
};

/*
 * secret_read - all of a file that only its owner and group may read
 *
 * name  a path; or, without a slash, a file of the folder that
 *       $CREDENTIALS_DIRECTORY names
 * out   on success yours: secret_free()
 *
 * ECONF with a finding (not there, not to be read, readable for others, no
 * plain file, empty, too large); ENOMEM.
 */
enum mtasts_err secret_read(const char *name, struct secret *out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* secret_free - wipe and release; one that holds nothing is fine */
void secret_free(struct secret *s);

/* secret_wipe - overwrite, so that it is really done */
void secret_wipe(void *p, size_t len);

/* secret_line - without the blanks and line ends at its end; no copy */
struct str secret_line(const struct secret *s);

/* secret_rules - every finding of this room, a null at the end */
extern const struct diag_rule *const secret_rules[];

#endif
