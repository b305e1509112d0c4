/*
 * resolver_conn_int - what the files of resolver_conn share; nobody else
 * includes it
 *
 * Who does what: resolver_accept.c takes connections in, watches the time and
 * lets them go; resolver_conn.c is one connection from its first byte to its
 * last; resolver_talk.c is what is said on it.
 */
#ifndef MTASTS_SVC_RESOLVER_CONN_INT_H
#define MTASTS_SVC_RESOLVER_CONN_INT_H

#include "svc/resolver_conn.h"

#include <sys/queue.h>

/* Not yet whole requests: the longest netstring, its length, its comma. */
#define CONN_REST_MAX (SOCKETMAP_MAX + 16)
#define CONN_READ_LEN 16384 /* asked of a socket at once */
/* Bytes of replies at which requests wait until they have been taken. */
#define CONN_OUT_LEN	65536
#define CONN_IDLE_MS	300000
#define CONN_REQUEST_MS 30000
#define CONN_SEND_MS	30000
#define CONN_ACCEPTS	32 /* per round, then others have their turn */
#define CONN_PAUSE_MS	100 /* no accept when descriptors are short */
#define CONN_SWEEP_MS	1000
#define CONN_LISTENERS	64
#define CONN_COMPLAINTS 5 /* logged a second, of all connections */

struct conn {
	struct conns *set;
	TAILQ_ENTRY(conn) next;
	struct loop_watch *watch;
	struct resolve_wait *wait; /* null: none of its questions waits */
	int fd;
	int what; /* that the watch waits for */
	enum socketmap_protocol protocol; /* of the question that waits */
	bool at_end; /* the client sends no more */
	bool closing; /* no further request is read */
	bool told; /* that its requests are bad */
	char *rest; /* input that is not dealt with yet, or null */
	size_t rest_len;
	char *out; /* replies the socket would not take, or null */
	size_t out_len, out_sent;
	int64_t active_ms; /* something came or went last */
	int64_t rest_ms; /* an unfinished request began; 0: none has */
	int64_t asked_us; /* the question that waits came */
};
TAILQ_HEAD(conn_list, conn);

/* A socket that connections are accepted on. */
struct conn_listener {
	struct conns *set;
	struct loop_watch *watch;
	int fd;
};

/* What is counted. */
struct conn_tell {
	struct metric *open, *accepted, *full, *timeouts;
	struct metric *broken, *refused, *unknown;
	struct metric *took_known, *took;
};

struct conns {
	struct conns_conf conf;
	struct conn_list all;
	size_t count;
	struct conn_listener listeners[CONN_LISTENERS];
	size_t listener_count;
	struct loop_watch *sweep, *pause;
	bool stopping;
	loop_callback *done;
	void *done_ctx;
	struct conn_tell tell;
	struct buf out; /* replies being made; empty between events */
	int64_t told_s; /* complaints were logged in this second: so many */
	unsigned told_count;
	size_t known; /* of these: answers that were known */
	int64_t now_us; /* when the event that is dealt with began */
	char in[CONN_REST_MAX + CONN_READ_LEN];
	char scratch[SOCKETMAP_MAX];
};

/*
 * conn_take_one - deal with one request at the beginning of the input
 *
 * Its reply goes behind those that are to be sent, or it waits. Returns the
 * bytes that are done with; 0: there is no whole request.
 */
size_t conn_take_one(struct conn *c, struct str in);

/* conn_frame - a reply behind those that are to be sent */
void conn_frame(struct conns *set, enum socketmap_protocol protocol,
    const struct resolve_reply *reply);

/* conn_on_reply - the question that waited is answered; ctx is the conn */
void conn_on_reply(void *ctx, const struct resolve_reply *reply);

/* conn_open - serve a socket, which is then owned; false: no memory */
bool conn_open(struct conns *set, int fd);

/* conn_close - at once */
void conn_close(struct conn *c);

/* conn_idle - nobody waits for anything on it */
static inline bool
conn_idle(const struct conn *c)
{
	return c->wait == NULL && c->out == NULL;
}

/* conn_closed - one is gone: what an end waits for */
void conn_closed(struct conns *set);

#endif
