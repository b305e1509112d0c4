/*
 * resolver_conn - the connections of MTAs to the resolver
 *
 * All three protocols of core/socketmap on every listener, told apart by what
 * a client sends. One thread, no allocation for an idle connection beyond
 * itself. Bounded: connections, bytes of a request, bytes of replies not yet
 * taken, time of a half-sent request, of a reply not taken, of doing nothing.
 * Requests of one connection are answered in their order, one at a time.
 */
#ifndef MTASTS_SVC_RESOLVER_CONN_H
#define MTASTS_SVC_RESOLVER_CONN_H

#include "io/listen.h"
#include "task/resolve.h"

struct conns;

struct conns_conf {
	unsigned max; /* connections; past it the one longest idle goes */
	bool has_unknown; /* map names that are not known stand for... */
	enum dialect unknown; /* ...this one; else they are refused */
	/* How long a client may take; 0: the usual times. */
	int64_t idle_ms; /* between questions: 5 min; Postfix takes 10 s */
	int64_t request_ms; /* from a question's first byte to its last: 30 s */
	int64_t send_ms; /* to take some of an answer: 30 s */
	struct resolve *resolve; /* borrowed */
	struct loop *loop;
	struct log *log;
	struct metrics *metrics;
};

/* conns_open - nothing is accepted yet. *out: yours, conns_close() */
enum mtasts_err conns_open(
    const struct conns_conf *conf, struct conns **out) MTASTS_MUST_CHECK;

/* conns_listen - accept on these sockets; borrowed until conns_stop() */
enum mtasts_err conns_listen(
    struct conns *set, const struct listen_set *sockets) MTASTS_MUST_CHECK;

/* conns_follow - other limits and names from now on; resolve stays */
void conns_follow(struct conns *set, const struct conns_conf *conf);

/*
 * conns_stop - accept no more, close whoever waits for nothing
 *
 * done(ctx) is called when the last connection has had its answer and is
 * closed; perhaps before this returns.
 */
void conns_stop(struct conns *set, loop_callback *done, void *ctx);

/* conns_close - close all, release; null is fine */
void conns_close(struct conns *set);

/* conns_count - connections open now */
size_t conns_count(const struct conns *set);

#endif
