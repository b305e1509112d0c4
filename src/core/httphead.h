/*
 * httphead - the head of an HTTP/1 request
 *
 * Bytes in, request or status out. RFC 9112 to the letter where leniency has
 * been used for smuggling: bare LF, obs-fold, CL with TE, repeated or absurd
 * Content-Length, NUL, HTTP/0.9 are refused.
 */
#ifndef MTASTS_CORE_HTTPHEAD_H
#define MTASTS_CORE_HTTPHEAD_H

#include "base/str.h"

enum httphead_method {
	HTTPHEAD_GET = 0,
	HTTPHEAD_HEAD,
	HTTPHEAD_OTHER /* a valid token that is neither */
};

/* A parsed head. All spans point into the bytes that were parsed. */
struct httphead {
	enum httphead_method method;
	struct str method_text;
	struct str target; /* as sent */
	struct str path; /* without query; "/" for an empty one */
	struct str query; /* behind '?', empty when none */
	struct str uri_host; /* authority of an absolute-form; else empty */
	bool absolute;
	unsigned minor; /* 0 or 1 of HTTP/1.x */
	struct str host; /* value of Host; empty when absent */
	bool has_host;
	bool keep_alive; /* by version and Connection */
	bool has_body; /* Content-Length over 0 or Transfer-Encoding */
	struct str forwarded_for; /* last X-Forwarded-For value; or empty */
	struct str user_agent; /* or empty */
	size_t len; /* bytes of the head, final empty line included */
};

/*
 * httphead_parse - read one head from the beginning of the bytes
 *
 * bytes  what came so far; at most max are looked at
 * max    bytes that a head may have; past it: 431
 * out    filled when the result is 200
 *
 * Returns 0 when more bytes are needed; 200; or the status of the refusal:
 * 400, 431, 501 (Transfer-Encoding unknown) or 505. Never reads past bytes.
 */
int httphead_parse(struct str bytes, size_t max, struct httphead *out);

#endif
