/*
 * fetchfact - what one fetch of a policy told
 *
 * RFC 8461 section 3.3. Facts only: io/fetch finds them out; whether the body
 * is a policy is mtasts_policy_parse()'s matter.
 */
#ifndef MTASTS_CORE_FETCHFACT_H
#define MTASTS_CORE_FETCHFACT_H

#include "core/tlsfact.h"

/* How a fetch ended. The values are stored: add at the end, never change. */
enum fetchfact_end {
	FETCHFACT_OK = 0, /* 200, text/plain, whole: there is a body */
	/* the policy host was not reached */
	FETCHFACT_DNS = 1, /* its addresses could not be looked up */
	FETCHFACT_NO_ADDRESS = 2, /* it has none */
	FETCHFACT_PRIVATE = 3, /* only addresses that are refused */
	FETCHFACT_CONNECT = 4, /* refused or unreachable */
	FETCHFACT_TIMEOUT = 5, /* at any point */
	FETCHFACT_PROXY = 6, /* our own proxy refused or failed */
	/* TLS */
	FETCHFACT_TLS = 7, /* no handshake: version, alert, no TLS at all */
	FETCHFACT_CERT_EXPIRED = 8, /* or not yet valid */
	FETCHFACT_CERT_NAME = 9, /* no dNSName fits the policy host */
	FETCHFACT_CERT_UNTRUSTED = 10, /* no chain to a root */
	/* HTTP */
	FETCHFACT_STATUS = 11, /* not 200 */
	FETCHFACT_REDIRECT = 12, /* 3xx: never followed */
	FETCHFACT_TYPE = 13, /* absent, or not text/plain */
	FETCHFACT_ENCODING = 14, /* a content coding that was not asked for */
	FETCHFACT_TOO_LARGE = 15, /* body or head */
	FETCHFACT_CUT = 16, /* ended before the end that was announced */
	FETCHFACT_HTTP = 17, /* no HTTP, or broken */
	/* what came was no policy; set by who parses it */
	FETCHFACT_POLICY = 18,
	FETCHFACT_OURS = 19, /* memory, descriptors: says nothing of them */
	FETCHFACT_ENDS
};

struct fetchfact {
	enum fetchfact_end end;
	int status; /* HTTP's, 0 when there was none */
	/*
	 * At most LIMIT_POLICY_LEN bytes, for OK. Of a look also for TYPE and
	 * ENCODING, then as much as came; p is null when there is none.
	 */
	struct str body;
	const char *why; /* one sentence without final dot, printable: what
			  * happened, with numbers; "" for OK. Of a look
			  * without the address */
	const char *address; /* "192.0.2.1" tried last, or "" */
	int64_t took_ms;
	/*
	 * Of a look at one address (fetch_start_at()), else null: there "end"
	 * is about HTTP whatever the certificate is, which "tls" tells; null
	 * when no handshake was finished. Values of the head are printable and
	 * cut, null when it has none.
	 */
	bool connected; /* TCP was, at least */
	struct tlsfact *tls;
	const char *type, *location, *hsts, *cache_control;
	struct arena *arena; /* of a kept one */
};

/*
 * fetchfact_keep - a copy of a fact that was lent, body and all
 *
 * Yours: fetchfact_free(). Null when memory is short.
 */
struct fetchfact *fetchfact_keep(const struct fetchfact *fact);

/* fetchfact_free - release a kept one; null is fine */
void fetchfact_free(struct fetchfact *fact);

/* fetchfact_end_name - "ok", "dns", "cert-expired", ...: for logs, metrics */
const char *fetchfact_end_name(enum fetchfact_end end);

/*
 * fetchfact_result_type - the TLSRPT result type (RFC 8460 section 4.3)
 *
 * "sts-policy-fetch-error", "sts-policy-invalid" or "sts-webpki-invalid";
 * null for OK and OURS.
 */
const char *fetchfact_result_type(enum fetchfact_end end);

/* What a response's head says, as far as it decides. */
struct fetchfact_head {
	int status;
	struct str content_type; /* p is null when there is none */
	bool several_content_types;
	struct str content_encoding; /* p is null when there is none */
};

/*
 * fetchfact_judge - what a response's head means before its body is read
 *
 * OK when the body may be read; else why, in *why as a static or scratch text
 * of at most 200 bytes written to scratch. RFC 8461 sections 3.2 (media type),
 * 3.3 (only 200; redirects are not followed).
 */
enum fetchfact_end fetchfact_judge(
    const struct fetchfact_head *head, char scratch[200], const char **why);

#endif
