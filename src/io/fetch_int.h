/*
 * fetch_int - what the files of the room fetch share, and nobody else
 *
 * fetch.c holds the queue and the deadlines; fetch_fact.c makes the result of
 * what has happened; fetch_open.c opens and closes; fetch_look.c finds the
 * addresses; fetch_conn.c is one try at one address; fetch_tls.c is its TLS;
 * fetch_proxy.c reads where the proxy is; fetch_stat.c counts.
 *
 * Everything happens in callbacks of the loop: neither fetch_start() nor what
 * OpenSSL calls ends a fetch. What a fetch is made of lives until its end.
 */
#ifndef MTASTS_IO_FETCH_INT_H
#define MTASTS_IO_FETCH_INT_H

#include "io/fetch.h"

#include "core/httpresp.h"
#include "core/ipspecial.h"
#include "core/limits.h"

struct ssl_st;
struct ssl_ctx_st;
struct bio_method_st;
struct fetch;

#define FETCH_WHY_MAX	1000 /* bytes of a reason */
#define FETCH_PER_KIND	8 /* addresses of one family that are tried */
#define FETCH_SHARE_MS	2000 /* for one step at one address, others waiting */
#define FETCH_SETTLE_MS 50 /* RFC 8305 section 3: A waits for AAAA */
#define FETCH_BYTES_MAX ((size_t)4 << 20) /* from one connection, TLS's too */

/* ---- fetch_proxy.c ---- */

struct fetch_proxy {
	char host[LIMIT_DNAME_LEN + 1]; /* a name, or an address as text; ""
					 * without proxy */
	struct ipnet_addr addr;
	bool is_addr;
	unsigned port;
};

/* fetch_proxy_parse - "http://HOST:PORT" or ""; false with a finding */
bool fetch_proxy_parse(
    const char *text, struct fetch_proxy *out, struct mtasts_diags *diags);

/* ---- fetch_stat.c ---- */

struct fetch_stat {
	struct metric *ends[FETCHFACT_ENDS];
	struct metric *in_flight;
	struct metric *seconds;
};

/* fetch_stat_open - make the series; m may be null */
void fetch_stat_open(struct fetch_stat *stat, struct metrics *m);

/* ---- fetch_look.c: the addresses ---- */

enum fetch_family { FETCH_V6 = 0, FETCH_V4, FETCH_FAMILIES };

/* One of the two lookups and what it brought. */
struct fetch_question {
	struct fetch *fetch;
	struct dns_ask *ask; /* null when it is answered */
	enum dnsfact_end end;
	char why[100]; /* when it failed */
	struct ipnet_addr v[FETCH_PER_KIND]; /* those that may be asked */
	size_t count;
	size_t next; /* of v, not yet given out */
};

struct fetch_look {
	struct fetch_question q[FETCH_FAMILIES];
	enum fetch_family turn; /* whose address comes next */
	unsigned refused; /* addresses left out */
	char refused_as[100]; /* the first of them, and why */
};

/* fetch_look_start - ask for both kinds of addresses; false: no memory */
bool fetch_look_start(struct fetch *fetch, const char *name);

/* fetch_look_cancel - no answer will come any more */
void fetch_look_cancel(struct fetch_look *look);

/* fetch_look_open - is an answer still to come? */
bool fetch_look_open(const struct fetch_look *look);

/* fetch_look_left - addresses not yet given out */
size_t fetch_look_left(const struct fetch_look *look);

/* fetch_look_next - the next address, kinds in turn; false: none is there */
bool fetch_look_next(struct fetch_look *look, struct ipnet_addr *out);

/* fetch_look_end - why there was no address to try; "why" as a phrase */
enum fetchfact_end fetch_look_end(
    const struct fetch_look *look, const char *name, struct buf *why);

/* ---- fetch_tls.c ---- */

/* What all connections share. */
struct fetch_tls {
	struct ssl_ctx_st *ctx; /* with the roots */
	struct ssl_ctx_st *look_ctx; /* of looks; shares the roots; null until
				      * there is one */
	struct bio_method_st *bio;
};

enum fetch_io { FETCH_IO_DONE = 0, FETCH_IO_WAIT, FETCH_IO_FAILED };

/* fetch_tls_open - read the roots; errors as fetcher_open() */
enum mtasts_err fetch_tls_open(struct fetch_tls *tls, const char *ca_file,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* fetch_tls_close - release */
void fetch_tls_close(struct fetch_tls *tls);

/* ---- fetch_conn.c: one try at one address ---- */

enum fetch_step {
	FETCH_IDLE = 0,
	FETCH_CONNECT,
	FETCH_TUNNEL, /* CONNECT was sent to the proxy */
	FETCH_HANDSHAKE,
	FETCH_ANSWER /* the request was sent */
};

struct fetch_conn {
	enum fetch_step step;
	struct ipnet_addr addr; /* the host's, or the proxy's */
	int fd;
	struct loop_watch *watch;
	int watched; /* LOOP_READ and LOOP_WRITE */
	struct ssl_st *ssl;
	struct buf out; /* not yet sent */
	size_t sent; /* of it */
	size_t received; /* bytes, TLS's own too */
	bool flooded; /* past FETCH_BYTES_MAX */
	bool at_eof; /* the peer has ended TCP */
	int io_errno; /* of the last failed call */
	struct httpresp resp;
	/* What is wrong with the certificate; OK: nothing was found. */
	enum fetchfact_end cert_end;
	struct buf cert_why;
};

/*
 * fetch_conn_start - begin to connect to an address
 *
 * False when it failed at once, and fetch_failed() knows why.
 */
bool fetch_conn_start(struct fetch *fetch, const struct ipnet_addr *addr);

/* fetch_conn_close - release what a try holds; may be called again */
void fetch_conn_close(struct fetch_conn *c);

/* fetch_conn_answers - has the first byte of an answer come? */
bool fetch_conn_answers(const struct fetch_conn *c);

/*
 * fetch_conn_late - describe what a try was waiting for when its time ended
 *
 * ms is how long it was given.
 */
enum fetchfact_end fetch_conn_late(
    const struct fetch *fetch, int64_t ms, struct buf *why);

/* fetch_tls_begin - TLS over the connected socket, for the policy host */
bool fetch_tls_begin(struct fetch *fetch);

/* fetch_tls_handshake - go on; FAILED: fetch_failed() knows why */
enum fetch_io fetch_tls_handshake(struct fetch *fetch);

/* fetch_tls_write - all of it goes into c->out; false: no memory */
bool fetch_tls_write(struct fetch_conn *c, struct str bytes);

/*
 * fetch_tls_read - up to size bytes, their number in *len
 *
 * FAILED also stands for the end of the connection: *clean tells whether the
 * peer announced it.
 */
enum fetch_io fetch_tls_read(
    struct fetch_conn *c, char *p, size_t size, size_t *len, bool *clean);

/* fetch_tls_end - say good bye into c->out if it is worth it, release */
void fetch_tls_end(struct fetch_conn *c);

/* ---- fetch_fact.c ---- */

/* What the head of an answer says, printable. */
struct fetch_words {
	struct buf type, location, hsts, cache_control;
};

/*
 * fetch_fact - what the callback is told; borrows from the fetch and the words
 *
 * words gets what is needed of it; release: fetch_words_free().
 */
struct fetchfact fetch_fact(struct fetch *fetch, struct fetch_words *words);

/* fetch_words_free - release */
void fetch_words_free(struct fetch_words *words);

/* fetch_log - one line: good news only for those who debug */
void fetch_log(const struct fetch *fetch, const struct fetchfact *fact);

/* ---- fetch.c ---- */

/* What the timer of a fetch rings for. */
enum fetch_alarm {
	FETCH_BEGIN = 0, /* it is its turn */
	FETCH_REFUSED, /* there was no room for it */
	FETCH_SETTLED, /* go with the addresses that are there */
	FETCH_SHARE, /* the try has had its time */
	FETCH_DEADLINE
};

struct fetch {
	struct fetcher *f;
	struct fetch *next, **link; /* in f->waiting or f->running */
	bool runs; /* holds one of the places */
	fetch_callback *cb;
	void *ctx;
	char host[LIMIT_DNAME_LEN + 1];
	unsigned port; /* of the host */
	bool is_look; /* at one address, by fetch_start_at() */
	bool plain; /* without TLS */
	bool connected; /* at least once */
	struct ipnet_addr at; /* of a look */
	struct tlsfact *tls; /* of a look, when the handshake was finished */
	int64_t started_ms;
	int64_t deadline_ms;
	struct loop_watch *timer;
	enum fetch_alarm alarm;
	int64_t alarm_set_ms;
	struct fetch_look look;
	struct fetch_conn conn;
	unsigned tried; /* addresses */
	/* The gravest failure so far, the later of equals. */
	enum fetchfact_end end; /* OK: none */
	int status;
	char address[IPNET_TEXT_LEN];
	struct buf why;
};

struct fetch_queue {
	struct fetch *first, **last;
	unsigned count;
};

struct fetcher {
	struct loop *loop;
	struct dns *dns;
	struct log *log;
	unsigned port;
	int64_t timeout_ms;
	unsigned max_fetches, max_waiting;
	struct ipnet *nets; /* of "allowed" */
	struct ipspecial_allowed allowed;
	struct fetch_proxy proxy;
	struct fetch_tls tls;
	struct fetch_stat stat;
	struct fetch_queue waiting, running;
};

/* fetch_has_proxy - is our proxy in between, and not an address of the host? */
static inline bool
fetch_has_proxy(const struct fetch *fetch)
{
	return !fetch->is_look && fetch->f->proxy.host[0] != '\0';
}

/*
 * fetch_failed - a try at an address failed; the reason is kept if it counts
 *
 * why is a sentence that the address will be put in front of. Does not go on:
 * fetch_go_on() does.
 */
void fetch_failed(struct fetch *fetch, enum fetchfact_end end, int status,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * fetch_go_on - the next address, or the end
 *
 * The fetch may be gone when it returns.
 */
void fetch_go_on(struct fetch *fetch);

/* fetch_done - the end, with conn's response; the fetch is gone afterwards */
void fetch_done(struct fetch *fetch);

/*
 * fetch_arm - ring at that time of loop_now_ms(), or at the deadline if that
 * is earlier; there is one alarm at a time
 */
void fetch_arm(struct fetch *fetch, enum fetch_alarm alarm, int64_t at_ms);

/* fetch_arm_share - give a step of a try its share of what is left */
void fetch_arm_share(struct fetch *fetch);

/* fetch_addresses_came - a lookup has ended; perhaps a try begins */
void fetch_addresses_came(struct fetch *fetch);

#endif
