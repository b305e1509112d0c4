/*
 * inspect - see all that a stranger can see of a domain
 *
 * Looks up, fetches and probes; core/judge says what it means. Any number of
 * domains at once on one loop. No address ever has more than per_address
 * connections of ours at a time; what a mail server showed is remembered for a
 * while, so that thousands of domains of one provider cost it one connection.
 */
#ifndef MTASTS_TASK_INSPECT_H
#define MTASTS_TASK_INSPECT_H

#include "core/ipspecial.h"
#include "core/seen.h"
#include "io/fetch.h"
#include "io/probe.h"

struct inspector;
struct inspect;

struct inspector_conf {
	struct loop *loop;
	struct dns *dns; /* borrowed, as all below */
	struct fetcher *fetcher;
	struct prober *prober;
	struct ipspecial_allowed allowed;
	unsigned smtp_port, https_port, http_port, dns_port;
	unsigned per_address; /* connections at once; 0: 2 */
	int64_t timeout_ms; /* of questions to authoritative servers */
	int64_t remember_ms; /* what a mail server showed; 0: nothing */
	bool no_smtp; /* connect to no mail server */
	bool mx_servers; /* ask each authoritative server for the MX records */
	uint64_t seed[2];
	/* Fills in what the registry knows; null: nothing. */
	void (*own)(void *ctx, const char *domain, struct seen *s);
	void *own_ctx;
};

/* inspect_callback - all that was seen; yours: seen_free(). Null: no memory */
typedef void inspect_callback(void *ctx, struct seen *seen);

/* inspector_open - *out: yours, inspector_close(). ENOMEM */
enum mtasts_err inspector_open(const struct inspector_conf *conf,
    struct inspector **out) MTASTS_MUST_CHECK;

/* inspector_close - cancel everything, release; null is fine */
void inspector_close(struct inspector *ins);

/*
 * inspect_start - look at a domain (A-labels, no final dot; copied)
 *
 * The callback comes once, from the loop, never before this returns. Null when
 * memory is short.
 */
struct inspect *inspect_start(
    struct inspector *ins, const char *domain, inspect_callback *cb, void *ctx);

/* inspect_cancel - the callback will not come; null is fine */
void inspect_cancel(struct inspect *inspect);

#endif
