/*
 * rua - one address that TLS reports are to be sent to
 *
 * RFC 8460 section 3 (URI of RFC 3986 with comma, exclamation mark and
 * semicolon encoded), RFC 6068 (mailto). Shared by the record's reader and the
 * settings.
 */
#ifndef MTASTS_CORE_RUA_H
#define MTASTS_CORE_RUA_H

#include "base/buf.h"

enum rua_scheme {
	RUA_MAILTO = 0,
	RUA_HTTPS,
	RUA_OTHER /* a URI that nobody sends reports to */
};

/* Why a text is no address for reports. */
enum rua_fault {
	RUA_FINE = 0,
	RUA_EMPTY,
	RUA_NO_SCHEME, /* "postmaster@example.org" */
	RUA_SIZE, /* "!10m", which DMARC once had */
	RUA_UNENCODED, /* comma, exclamation mark, semicolon */
	RUA_BLANK, /* blanks inside */
	RUA_PERCENT, /* "%" without two hexadecimal digits */
	RUA_CHARACTER, /* a byte that no URI has */
	RUA_ADDRESS, /* mailto: without an address */
	RUA_HOST /* https: without a host */
};

/*
 * rua_check - is it a URI that reports may be sent to?
 *
 * The span holds no blanks at its ends. *scheme is filled when the text has
 * one; *offset is the byte that the fault is about. Both may be
 * null. RUA_OTHER is no fault: RFC 8460 leaves it to the reader to skip it.
 */
enum rua_fault rua_check(
    struct str uri, enum rua_scheme *scheme, size_t *offset);

/* rua_fault_text - a phrase such as "has no mailto: or https: in front" */
const char *rua_fault_text(enum rua_fault fault);

/*
 * rua_salvage - the addresses that a text was meant to hold
 *
 * Appends up to five good URIs with commas between, made from whatever looks
 * like an address or a link in the text. Returns how many.
 */
unsigned rua_salvage(struct str text, struct buf *b);

#endif
