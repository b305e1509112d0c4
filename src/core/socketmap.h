/*
 * socketmap - the bytes between an MTA and us, in three protocols
 *
 * The first byte tells: a digit begins a netstring (socketmap(5)), "get " a
 * line of tcp_table(5), "mode " or "mx " a line of our own for Exim's
 * readsocket. Pure: bytes in, a request or a refusal out.
 */
#ifndef MTASTS_CORE_SOCKETMAP_H
#define MTASTS_CORE_SOCKETMAP_H

#include "base/buf.h"
#include "core/reply.h"

#define SOCKETMAP_MAX	  10000 /* bytes of a request's content, as Postfix */
#define SOCKETMAP_TCP_MAX 4096 /* bytes of a tcp_table reply, with its LF */

enum socketmap_protocol {
	SOCKETMAP_NETSTRING = 0,
	SOCKETMAP_TCP_TABLE,
	SOCKETMAP_LINE
};

enum socketmap_verb { SOCKETMAP_LOOKUP = 0, SOCKETMAP_MODE, SOCKETMAP_MX };

/* A request; spans are borrowed from the input (or scratch for %XX). */
struct socketmap_request {
	enum socketmap_protocol protocol;
	enum socketmap_verb verb;
	struct str map; /* of a netstring; else empty */
	struct str key; /* the destination */
	struct str host; /* SOCKETMAP_MX */
	size_t used; /* bytes of the input that are done with */
	const char *why; /* REFUSED, BROKEN: a phrase; else "" */
};

enum socketmap_end {
	SOCKETMAP_MORE = 0, /* not whole yet */
	SOCKETMAP_REQUEST, /* go on after out->used bytes */
	SOCKETMAP_REFUSED, /* the same; answer PERM out->why */
	SOCKETMAP_BROKEN /* no way to go on: close; out->why for the log */
};

/*
 * socketmap_parse - take one request off the beginning of the input
 *
 * in       what has come so far, not empty
 * scratch  at least SOCKETMAP_MAX bytes, for decoded keys
 *
 * A netstring's length has at most 5 digits, no leading zero but "0"; over
 * SOCKETMAP_MAX, no comma at the end, no digit or colon: BROKEN; so is a line
 * of more than SOCKETMAP_MAX bytes. A netstring without a blank between name
 * and key, a line with bad %XX or without its words: REFUSED, and out->protocol
 * and out->verb tell how to answer. Lines end with LF or CRLF; at_end tells
 * that no more comes: an unfinished line of the line protocol then counts as
 * whole, and anything else that is unfinished stays MORE or is BROKEN.
 */
enum socketmap_end socketmap_parse(
    struct str in, bool at_end, char *scratch, struct socketmap_request *out);

/*
 * socketmap_frame - append a whole reply in the request's protocol
 *
 * Netstring "LEN:STATUS data,"; tcp_table "200 data\n" with %XX, "500 ...",
 * "400 ..." (TEMP, PERM), at most SOCKETMAP_TCP_MAX bytes or "400" with that
 * reason; line: data alone, without line end.
 */
void socketmap_frame(enum socketmap_protocol protocol, enum reply_status status,
    struct str data, struct buf *b);

#endif
