/*
 * dnsupdate_int - messages between the files of dnsupdate, for them alone
 */
#ifndef MTASTS_IO_DNSUPDATE_INT_H
#define MTASTS_IO_DNSUPDATE_INT_H

#include "io/dnsupdate.h"

/* A signed message, and what its answer is known by. */
struct dnsupdate_msg {
	unsigned char *wire; /* null: none */
	size_t len;
	void *mac; /* of the request */
	uint16_t id;
};

/* A set's records as the server has them, string by string. */
struct dnsupdate_exact {
	void *records; /* null: not asked */
};

/*
 * dnsupdate_msg_update - the message that does it
 *
 * exact has want->count elements, or is null. EINVAL when something is no
 * record; ENOMEM.
 */
enum mtasts_err dnsupdate_msg_update(const struct dnsupdate_want *want,
    const struct dnsupdate_exact *exact,
    struct dnsupdate_msg *out) MTASTS_MUST_CHECK;

/* dnsupdate_msg_ask - the question for a set's records */
enum mtasts_err dnsupdate_msg_ask(const struct dnsupdate_want *want,
    const struct dnschange *set, struct dnsupdate_msg *out) MTASTS_MUST_CHECK;

/* dnsupdate_msg_read - what the answer to an update says; no copy of it kept */
enum dnschange_end dnsupdate_msg_read(const struct dnsupdate_want *want,
    const struct dnsupdate_msg *msg, struct str answer);

/*
 * dnsupdate_msg_learn - the records in the answer to dnsupdate_msg_ask()
 *
 * DONE when they say what set->old says, string boundaries aside.
 */
enum dnschange_end dnsupdate_msg_learn(const struct dnsupdate_want *want,
    const struct dnschange *set, const struct dnsupdate_msg *msg,
    struct str answer, struct dnsupdate_exact *out);

/* dnsupdate_msg_free, dnsupdate_exact_free - release; empty ones are fine */
void dnsupdate_msg_free(struct dnsupdate_msg *msg);
void dnsupdate_exact_free(struct dnsupdate_exact *exact);

#endif
