/*
 * httpresp - one HTTP/1 response, from its first byte to its last
 *
 * For a client that sends one request on a connection and asks for it to be
 * closed. Bytes go in as they come; out comes a body that is whole, or the
 * reason why there is none, in the words of core/fetchfact. RFC 9112; what a
 * head means for a policy is fetchfact_judge()'s matter (RFC 8461 3.3).
 */
#ifndef MTASTS_CORE_HTTPRESP_H
#define MTASTS_CORE_HTTPRESP_H

#include "base/buf.h"
#include "core/fetchfact.h"

#define HTTPRESP_HEAD_MAX ((size_t)32768) /* bytes of all heads together */

enum httpresp_kind {
	HTTPRESP_POLICY = 0, /* to GET: head, judged, and body */
	HTTPRESP_TUNNEL, /* to CONNECT: it ends with its head */
	/*
	 * As POLICY, for people who want to see what it is: with status 200 the
	 * body is read even when TYPE or ENCODING is the end. Then it is as
	 * much as came, and as the cap allows.
	 */
	HTTPRESP_LOOK
};

/* What the lines of a head said; values longer than their room are cut. */
struct httpresp_head {
	bool has_type, several_types;
	bool has_encoding;
	bool has_length, several_lengths; /* several: that differ */
	bool has_transfer, several_transfers;
	bool has_location, has_hsts, has_cache_control;
	char type[128];
	char encoding[64];
	char location[128];
	char hsts[128]; /* Strict-Transport-Security; the first */
	char cache_control[128]; /* the first */
	char length[32];
	char transfer[32];
};

enum httpresp_phase {
	HTTPRESP_STATUS_LINE = 0,
	HTTPRESP_FIELDS,
	HTTPRESP_BODY, /* of the announced length */
	HTTPRESP_BODY_TO_CLOSE,
	HTTPRESP_CHUNK_SIZE,
	HTTPRESP_CHUNK,
	HTTPRESP_CHUNK_END,
	HTTPRESP_OVER
};

struct httpresp {
	/* The result, when it is over. */
	enum fetchfact_end end;
	int status; /* 0 while no status line was read */
	struct buf body; /* for FETCHFACT_OK; a look: see HTTPRESP_LOOK */
	struct buf why; /* for the others: one sentence without final dot,
			 * printable */
	/* Where it stands. */
	enum httpresp_kind kind;
	enum httpresp_phase phase;
	struct httpresp_head head;
	enum fetchfact_end head_end; /* of a look: whatever the body is */
	unsigned minor; /* of HTTP/1.x */
	bool folding_matters; /* the last field is one that is read */
	size_t head_len; /* bytes of heads so far */
	size_t left; /* bytes of the body or chunk that are to come */
	struct buf line; /* one that has not ended yet */
};

/* httpresp_init - before the first byte; release: httpresp_free() */
void httpresp_init(struct httpresp *r, enum httpresp_kind kind);

/* httpresp_free - release; nothing of it may be used any more */
void httpresp_free(struct httpresp *r);

/*
 * httpresp_feed - the next bytes
 *
 * True when the response is over: *bytes is then what was not needed, else
 * empty. The end and its reason do not depend on how the bytes are parted,
 * except for how much of them the reason quotes.
 */
bool httpresp_feed(struct httpresp *r, struct str *bytes);

/*
 * httpresp_closed - no byte comes any more; it is over
 *
 * cleanly   the peer said so itself (TLS close_notify); else it may have been
 *           anybody on the way, and a body that only the end delimits counts
 *           as cut
 */
void httpresp_closed(struct httpresp *r, bool cleanly);

#endif
