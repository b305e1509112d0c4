/*
 * httpd_int - what the files of httpd share; nobody else includes it
 *
 * Who does what: httpd.c starts and stops; httpd_worker.c is a thread's loop,
 * accepts and keeps the timers; httpd_conn.c is one connection from its first
 * byte to its last; httpd_tls.c is TLS; httpd_peer.c counts by address;
 * httpd_reply.c writes answers; httpd_stat.c counts and logs; httpd_limits.c
 * has the bounds.
 *
 * A connection belongs to one worker and is touched by its thread alone. What
 * workers share is atomic, or behind the lock in httpd_peer.c.
 */
#ifndef MTASTS_IO_HTTPD_INT_H
#define MTASTS_IO_HTTPD_INT_H

#include "io/httpd.h"

#include "base/map.h"
#include "core/ipnet.h"

#include <pthread.h>
#include <stdatomic.h>

#define HTTPD_LISTENERS	   64
#define HTTPD_FLUSH_LEN	   65536 /* bytes of answers, then send */
#define HTTPD_REPLY_MAX	   (32u << 20) /* bytes of one answer */
#define HTTPD_OUT_MAX	   (2 * HTTPD_REPLY_MAX)
#define HTTPD_READ_LEN	   16384 /* asked of a socket at once */
#define HTTPD_ACCEPTS	   4 /* per round, then others have their turn */
#define HTTPD_DRAIN_LEN	   (256u << 10) /* read and dropped at the end */
#define HTTPD_DRAIN_MS	   2000
#define HTTPD_PAUSE_MS	   100 /* no accept after EMFILE */
#define HTTPD_LOG_FLUSH_MS 500
#define HTTPD_SPARE_CONNS  256 /* kept per worker for the next ones */

struct ssl_st;
struct ssl_ctx_st;
struct bio_method_st;
struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;
struct httpd_tickets;

/* Connections of one address (IPv6: one /64). In peers.map while n > 0. */
struct peer_count {
	struct ipnet_addr key;
	unsigned n;
};

struct peers {
	pthread_mutex_t lock;
	struct map map; /* key -> struct peer_count */
};

/* The bounds in force: see httpd_limits.c. */
struct limits {
	atomic_uint refs;
	unsigned max_connections;
	unsigned max_per_address; /* 0: no bound */
	unsigned max_requests; /* 0: no bound */
	size_t max_header;
	int64_t first_byte_ms;
	int64_t idle_ms;
	bool access_log;
	size_t trusted_count;
	struct ipnet trusted[]; /* proxies of ours */
};

/* What a connection waits for. All of one phase wait equally long. */
enum phase {
	PHASE_FIRST = 0, /* handshake and first head */
	PHASE_HEAD, /* the rest of a later head */
	PHASE_IDLE, /* a next request */
	PHASE_SEND, /* room in the socket's buffer */
	PHASE_DRAIN, /* the peer's end, after an error */
	PHASE_COUNT
};

/* Why a handshake failed; order of the metrics. */
enum tls_cause {
	TLS_UNKNOWN_NAME = 0, /* no certificate for the SNI */
	TLS_NO_NAME, /* no SNI, and no certificate for that */
	TLS_PROTOCOL, /* not TLS, too old, nothing in common */
	TLS_ALERT, /* the client refused us, such as our certificate */
	TLS_TIMEOUT,
	TLS_CLOSED, /* the client went away */
	TLS_OTHER,
	TLS_CAUSE_COUNT
};

/* Why a connection or request was turned away; order of the metrics. */
enum refusal {
	REFUSED_LIMIT = 0, /* max_connections */
	REFUSED_ADDRESS, /* max_per_address */
	REFUSED_FILES, /* no descriptor left */
	REFUSED_COUNT
};

#define HTTPD_STATUS_COUNT 16

struct httpd_stat {
	struct metric *requests[HTTPD_STATUS_COUNT];
	struct metric *handshakes;
	struct metric *handshake_failures[TLS_CAUSE_COUNT];
	struct metric *open;
	struct metric *refused[REFUSED_COUNT];
	struct metric *idle_closed; /* to make room for others */
	struct metric *timeouts[PHASE_COUNT];
	struct metric *pauses;
};

/* What an epoll event points to. */
enum watch_kind { WATCH_WAKE = 0, WATCH_LISTEN, WATCH_CONN };
struct watch {
	enum watch_kind kind;
};

struct listener_watch {
	struct watch watch;
	const struct httpd_listener *listener;
};

struct worker;

struct conn {
	struct watch watch;
	int fd; /* -1: not in use */
	struct conn *prev, *next; /* in the list of its phase */
	struct worker *worker;
	const struct httpd_listener *listener;
	enum phase phase;
	int64_t deadline_ms;
	int64_t begun_us; /* of this request, or the connection */
	uint32_t interest; /* epoll events now waited for; 0: not yet added */
	unsigned requests; /* answered */
	bool handshaken;
	bool challenge; /* an authority looks: RFC 8737 */
	bool name_refused; /* the certificate callback said no */
	bool answered; /* since the phase was set */
	bool kept_whole; /* "in" may hold a whole head */
	int after; /* enum step to go on with when all is sent */
	size_t drained;
	struct ipnet_addr peer;
	bool has_addr; /* false: a unix socket */
	bool trusted; /* a proxy of ours: count by X-Forwarded-For */
	struct peer_count *counted;
	struct ssl_st *ssl;
	struct buf in; /* a head that is not whole yet */
	struct buf out; /* what the socket did not take */
	size_t out_sent;
	char client[48]; /* the address that counts, as text */
	char sni[256];
	size_t sni_len;
};

struct conn_list {
	struct conn *first, *last;
};

struct worker {
	struct httpd *httpd;
	pthread_t thread;
	bool running;
	struct limits *limits; /* of this round */
	unsigned limits_seq;
	int epoll_fd, wake_fd;
	struct watch wake;
	struct listener_watch listeners[HTTPD_LISTENERS];
	bool accepting;
	int64_t accept_at_ms; /* when to accept again after a pause */
	int64_t now_ms; /* of this round of the loop */
	int64_t wake_ms; /* look at the timers then; INT64_MAX: never */
	int64_t log_flush_ms; /* access lines are held since before that */
	struct conn_list phases[PHASE_COUNT];
	unsigned conns;
	struct conn *spare; /* by next */
	unsigned spares;
	char *in; /* bytes being parsed */
	size_t in_cap;
	struct buf out; /* bytes to send of the connection being served */
	struct buf reply; /* the answer being written */
	struct buf scratch; /* the handler's */
	int64_t date_s;
	char date[64]; /* "Date: ...\r\n" */
};

struct httpd {
	struct httpd_conf conf;
	struct httpd_listener listeners[HTTPD_LISTENERS];
	unsigned listener_count;
	struct worker *workers;
	unsigned worker_count;
	bool started;
	struct peers peers;
	pthread_mutex_t limits_lock; /* of the next two, to change them */
	struct limits *limits;
	atomic_uint limits_seq;
	struct httpd_stat stat;
	struct ssl_ctx_st *ssl_ctx; /* null: no TLS */
	struct bio_method_st *bio;
	struct httpd_tickets *tickets;
	atomic_uint open;
	atomic_uint cut_off;
	atomic_bool stopping;
	_Atomic int64_t stop_ms; /* cut off what is open then */
	_Atomic int64_t pause_log_ms; /* when a pause was last logged */
};

/* ---- httpd_worker.c ---- */

/* httpd_worker_open - its descriptors and buffers; ESYS, ENOMEM */
enum mtasts_err httpd_worker_open(struct worker *w, struct httpd *h);

/* httpd_worker_close - release; the thread has ended */
void httpd_worker_close(struct worker *w);

/* httpd_worker_main - the thread */
void *httpd_worker_main(void *worker);

/* httpd_worker_phase - put a connection under the timer of a phase */
void httpd_worker_phase(struct conn *c, enum phase phase);

/* httpd_worker_watch - wait for these epoll events of a connection */
bool httpd_worker_watch(struct conn *c, uint32_t interest);

/* httpd_worker_release - a closed connection: out of the lists, for reuse */
void httpd_worker_release(struct conn *c);

/* ---- httpd_limits.c ---- */

/* httpd_limits_new - as configured; EINVAL with a finding; ENOMEM */
enum mtasts_err httpd_limits_new(const struct httpd_conf *conf,
    struct limits **out, struct mtasts_diags *diags);

/* httpd_limits_put - one owner less; null is fine */
void httpd_limits_put(struct limits *limits);

/* httpd_limits_follow - take over newer ones; false when there are none */
bool httpd_limits_follow(struct worker *w);

/* ---- httpd.c ---- */

/* httpd_wake - let every worker begin a round */
void httpd_wake(struct httpd *h);

/* ---- httpd_conn.c ---- */

/* httpd_conn_name - client is the peer itself, until a proxy says otherwise */
void httpd_conn_name(struct conn *c);

/* httpd_conn_serve - it is new or ready: go on as far as it goes */
void httpd_conn_serve(struct conn *c);

/* httpd_conn_expire - its phase has lasted too long */
void httpd_conn_expire(struct conn *c);

/* httpd_conn_dismiss - close an idle connection, telling the peer */
void httpd_conn_dismiss(struct conn *c);

/* httpd_conn_close - at once; the connection is gone afterwards */
void httpd_conn_close(struct conn *c);

/* ---- httpd_tls.c ---- */

enum tls_result {
	TLS_DONE, /* the handshake is complete */
	TLS_WAIT, /* for bytes of the peer */
	TLS_FAILED, /* an alert may be in worker->out */
	TLS_PLAIN /* the peer speaks HTTP without TLS */
};

/* httpd_tls_open - the context that all sessions share; ETLS, ENOMEM */
enum mtasts_err httpd_tls_open(struct httpd *h);

/* httpd_tls_close - release it; fine when it was never opened */
void httpd_tls_close(struct httpd *h);

/* httpd_tls_begin - a session for a new connection; false: no memory */
bool httpd_tls_begin(struct conn *c);

/* httpd_tls_accept - go on with the handshake */
enum tls_result httpd_tls_accept(struct conn *c);

/*
 * httpd_tls_read - bytes of the peer
 *
 * More than 0: so many; 0: the peer ended; -1: none now; -2: broken.
 */
int httpd_tls_read(struct conn *c, char *p, size_t len);

/* httpd_tls_looked - an authority has seen what it came for: say goodbye */
bool httpd_tls_looked(struct conn *c);

/* httpd_tls_pending - has OpenSSL bytes that the socket no longer shows? */
bool httpd_tls_pending(const struct conn *c);

/* httpd_tls_write - encrypt into worker->out; false when broken */
bool httpd_tls_write(struct conn *c, struct str bytes);

/* httpd_tls_bye - close_notify into worker->out */
void httpd_tls_bye(struct conn *c);

/* httpd_tls_end - release the session */
void httpd_tls_end(struct conn *c);

/* httpd_tls_version - "TLSv1.3", static */
const char *httpd_tls_version(const struct conn *c);

/* ---- httpd_ticket.c ---- */

/* httpd_ticket_open - the first key; ETLS, ENOMEM */
enum mtasts_err httpd_ticket_open(struct httpd *h);

/* httpd_ticket_close - forget the keys */
void httpd_ticket_close(struct httpd *h);

/* httpd_ticket_key - OpenSSL's callback: which key seals or opens a ticket */
int httpd_ticket_key(struct ssl_st *ssl, unsigned char *name, unsigned char *iv,
    struct evp_cipher_ctx_st *cipher, struct evp_mac_ctx_st *mac, int seal);

/* ---- httpd_peer.c ---- */

struct sockaddr_storage;

/* httpd_peer_open - begin to count; ESYS without randomness */
enum mtasts_err httpd_peer_open(struct peers *p);

/* httpd_peer_close - release; nobody is counted any more */
void httpd_peer_close(struct peers *p);

/* httpd_peer_of - the address of a socket's peer; false when it has none */
bool httpd_peer_of(const struct sockaddr_storage *sa, struct ipnet_addr *out);

/* httpd_peer_trusted - is it a proxy of ours? */
bool httpd_peer_trusted(
    const struct limits *limits, const struct ipnet_addr *addr);

/*
 * httpd_peer_forwarded - the last address of the list that is no proxy of ours
 *
 * False when the last item is no address.
 */
bool httpd_peer_forwarded(
    const struct limits *limits, struct str list, struct ipnet_addr *out);

/*
 * httpd_peer_take - count one more connection of an address
 *
 * False when there are max already; 0: no bound. *out may be null: nothing was
 * counted.
 */
bool httpd_peer_take(struct peers *p, unsigned max,
    const struct ipnet_addr *addr, struct peer_count **out);

/* httpd_peer_move - count for another address instead; false: too many */
bool httpd_peer_move(struct peers *p, unsigned max,
    const struct ipnet_addr *addr, struct peer_count **counted);

/* httpd_peer_drop - one fewer; null is fine */
void httpd_peer_drop(struct peers *p, struct peer_count *count);

/* ---- httpd_reply.c ---- */

/*
 * httpd_reply_format - the whole answer into worker->reply
 *
 * head may be null. *body_len: bytes of the body written. False: no memory.
 */
bool httpd_reply_format(struct worker *w, const struct httphead *head,
    const struct httpd_response *rsp, bool close, size_t *body_len);

/* httpd_reply_reason - the phrase of a status; never null */
const char *httpd_reply_reason(int status);

/* ---- httpd_stat.c ---- */

/* httpd_stat_open - add all series */
void httpd_stat_open(struct httpd_stat *s, struct metrics *m);

/* httpd_stat_request - count and log one answered request; head may be null */
void httpd_stat_request(
    struct conn *c, const struct httphead *head, int status, size_t body_len);

#endif
