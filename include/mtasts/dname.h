/*
 * mtasts/dname.h - domain names as MTA-STS uses them
 */
#ifndef MTASTS_DNAME_H
#define MTASTS_DNAME_H

#include "mtasts/err.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A name: A-labels in lower case, no final dot, terminated. */
struct mtasts_dname {
	char text[254];
	unsigned char len;
};

/* What was unusual about a name that was read; bits. */
enum mtasts_dname_note {
	MTASTS_DNAME_FINAL_DOT = 1,
	MTASTS_DNAME_UPPER_CASE = 2,
	MTASTS_DNAME_U_LABEL = 4,
	MTASTS_DNAME_UNDERSCORE = 8
};

/* Why a text is no domain name. */
enum mtasts_dname_fault {
	MTASTS_DNAME_FINE = 0,
	MTASTS_DNAME_EMPTY,
	MTASTS_DNAME_EMPTY_LABEL,
	MTASTS_DNAME_LONG_LABEL,
	MTASTS_DNAME_LONG,
	MTASTS_DNAME_HYPHEN, /* a label begins or ends with a hyphen */
	MTASTS_DNAME_CHARACTER, /* a byte no host name may have */
	MTASTS_DNAME_IP, /* an IP address or address literal */
	MTASTS_DNAME_IDNA /* a U-label that IDNA2008 does not allow */
};

/*
 * mtasts_dname_parse - read a domain name as people write it
 *
 * RFC 5321 section 4.1.2, RFC 5891 section 5. text, len: borrowed, any bytes.
 * Upper case, a final dot, U-labels (UTF-8) and underscores are accepted and
 * noted. *out on success; *notes and *fault may be null.
 *
 * Returns MTASTS_OK; ESYNTAX with *fault saying why; ENOMEM.
 */
enum mtasts_err mtasts_dname_parse(const char *text, size_t len,
    struct mtasts_dname *out, unsigned *notes,
    enum mtasts_dname_fault *fault) MTASTS_MUST_CHECK;

/* mtasts_dname_fault_text - a phrase such as "has an empty label" */
const char *mtasts_dname_fault_text(enum mtasts_dname_fault fault);

/*
 * mtasts_dname_is_public_suffix - may strangers register names below it?
 *
 * By the public suffix list, private section included: "com", "co.uk".
 */
int mtasts_dname_is_public_suffix(const struct mtasts_dname *name);

#ifdef __cplusplus
}
#endif

#endif
