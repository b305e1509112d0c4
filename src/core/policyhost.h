/*
 * policyhost - what a request to the policy host asks for
 *
 * RFC 8461 section 3.3; the table "Served" of the design. From a parsed head
 * and the SNI to either the policy domain whose text is to be looked up, or a
 * status. Pure: no table of domains here.
 */
#ifndef MTASTS_CORE_POLICYHOST_H
#define MTASTS_CORE_POLICYHOST_H

#include "core/httphead.h"
#include "mtasts/dname.h"

struct policyhost_rules {
	int other_path_status; /* 404 or 403 */
};

/*
 * policyhost_route - decide on one request
 *
 * head   a head that httphead_parse() accepted
 * sni    name of the TLS session, lower case, or empty (plain HTTP, or none)
 * domain filled when the result is 200: the policy domain
 *
 * Returns 200: look the domain up and serve it, 404 when it is unknown; else
 * the status to send: 400, 403, 404, 405, 421, or 503 when memory is short.
 * has_body must be refused by the
 * caller's connection closing.
 */
int policyhost_route(const struct policyhost_rules *rules,
    const struct httphead *head, struct str sni, struct mtasts_dname *domain);

/* What an authority asks for: RFC 8555 section 8.3. Spans of the head. */
struct policyhost_challenge {
	struct str host; /* as sent, without port and final dot */
	struct str token;
};

#define POLICYHOST_TOKEN_MAX 128 /* bytes of a token */

/*
 * policyhost_token - can it be the token of a challenge?
 *
 * RFC 8555 section 8: base64url, here of at most POLICYHOST_TOKEN_MAX bytes.
 */
bool policyhost_token(struct str token);

/*
 * policyhost_challenge - does a request ask for the answer to a challenge?
 *
 * GET or HEAD of /.well-known/acme-challenge/TOKEN, TOKEN being one, at a host.
 */
bool policyhost_challenge(
    const struct httphead *head, struct policyhost_challenge *out);

#endif
