/*
 * enc - base64, hexadecimal, percent
 */
#ifndef MTASTS_BASE_ENC_H
#define MTASTS_BASE_ENC_H

#include "base/buf.h"

/* enc_base64 - append RFC 4648 section 4 text, padded, without line breaks */
void enc_base64(struct buf *b, const void *p, size_t len);

/*
 * enc_base64_decode - the bytes of strict RFC 4648 section 4 text
 *
 * ESYNTAX on any other byte, wrong padding or stray bits; *b keeps what came
 * before.
 */
enum mtasts_err enc_base64_decode(
    struct buf *b, struct str text) MTASTS_MUST_CHECK;

/* enc_base64url - RFC 4648 section 5, without padding */
void enc_base64url(struct buf *b, const void *p, size_t len);

/* enc_hex - lower-case hexadecimal */
void enc_hex(struct buf *b, const void *p, size_t len);

/* enc_hex_decode - pairs of hexadecimal digits of either case; or ESYNTAX */
enum mtasts_err enc_hex_decode(
    struct buf *b, struct str text) MTASTS_MUST_CHECK;

/*
 * enc_percent - percent-encode what is not unreserved (RFC 3986 section 2.3)
 * nor in "keep"
 */
void enc_percent(struct buf *b, struct str s, const char *keep);

/* enc_percent_decode - replace %HH; ESYNTAX on a broken escape */
enum mtasts_err enc_percent_decode(
    struct buf *b, struct str s) MTASTS_MUST_CHECK;

#endif
