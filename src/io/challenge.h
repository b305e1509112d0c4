/*
 * challenge - what certification authorities will come to look at
 *
 * RFC 8555 section 8, RFC 8737. Whoever orders a certificate says beforehand
 * what is to be answered for which name; the policy host answers it to whoever
 * asks. In memory alone, bounded in number and in time. Any thread.
 */
#ifndef MTASTS_IO_CHALLENGE_H
#define MTASTS_IO_CHALLENGE_H

#include "base/buf.h"
#include "base/metrics.h"

struct ssl_st;
struct challenges;

#define CHALLENGE_MAX	  10000 /* pending at a time */
#define CHALLENGE_LIFE_MS INT64_C(3600000) /* then it is forgotten */

enum challenge_type { CHALLENGE_HTTP = 0, CHALLENGE_ALPN, CHALLENGE_DNS };

/* challenge_type_name - "http-01", "tls-alpn-01", "dns-01" */
const char *challenge_type_name(enum challenge_type type);

/* challenge_type_find - the type of a name; false when there is none */
bool challenge_type_find(struct str name, enum challenge_type *type);

/* One challenge; all spans are borrowed. */
struct challenge {
	enum challenge_type type;
	struct str name; /* the host that is to get a certificate */
	struct str token;
	/*
	 * The key authorization for http-01, else the base64url text of its
	 * SHA-256 digest.
	 */
	struct str auth;
};

/* challenge_fault - a phrase that says why it cannot be one; null: it can */
const char *challenge_fault(const struct challenge *ch);

struct challenges_conf {
	uint64_t seed[2];
	unsigned max; /* 0: CHALLENGE_MAX */
	int64_t life_ms; /* 0: CHALLENGE_LIFE_MS */
	struct metrics *metrics; /* may be null */
};

/* challenges_open - none pending. *out: yours, challenges_close(). ENOMEM */
enum mtasts_err challenges_open(const struct challenges_conf *conf,
    struct challenges **out) MTASTS_MUST_CHECK;

/* challenges_close - forget all; nobody uses it any more; null is fine */
void challenges_close(struct challenges *c);

/*
 * challenges_begin - it may be looked at from now on
 *
 * In place of one of the same name and token (tls-alpn-01: name alone). EINVAL
 * when challenge_fault(), or for dns-01, which no host answers; ELIMIT when
 * there are too many; ETLS, ENOMEM.
 */
enum mtasts_err challenges_begin(struct challenges *c,
    const struct challenge *ch, int64_t now_ms) MTASTS_MUST_CHECK;

/* challenges_done - forget it; false when it was not pending */
bool challenges_done(struct challenges *c, const struct challenge *ch);

/* challenges_count - pending, those that are too old included */
size_t challenges_count(struct challenges *c);

/* challenges_any - is there one? Costs one load, for those who ask often */
bool challenges_any(const struct challenges *c);

/*
 * challenges_answer - append the key authorization for a host and a token
 *
 * host in any case. False when none is pending: *out is untouched then.
 */
bool challenges_answer(struct challenges *c, const struct challenge *asked,
    int64_t now_ms, struct buf *out);

/*
 * challenges_use - give a TLS session the certificate that answers for a name
 *
 * RFC 8737 section 3: self-signed, for this name alone, with the extension
 * acmeIdentifier. name in lower case. False when none is pending.
 */
bool challenges_use(
    struct challenges *c, struct ssl_st *ssl, struct str name, int64_t now_ms);

#endif
