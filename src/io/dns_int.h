/*
 * dns_int - what the files of dns share; nobody else includes it
 *
 * Who does what: dns.c keeps the asks: their turn, their time, their end;
 * dns_conf.c reads the configuration; dns_proof.c finds out whether validation
 * works; dns_unbound.c and dns_cares.c are the engines that ask the network.
 *
 * An ask is what a caller waits for. While an engine works on it, it has a
 * query, which outlives it: neither library can be made to forget a question,
 * so a query whose ask was cancelled or came to its time stays until its
 * engine lets go of it.
 */
#ifndef MTASTS_IO_DNS_INT_H
#define MTASTS_IO_DNS_INT_H

#include "io/dns.h"

#include <netinet/in.h>
#include <sys/queue.h>

#define DNS_SERVERS_MAX 16
#define DNS_ASKS_MAX	4096 /* in flight, unless the caller knows better */
/* Queries without an ask may be so many times more. */
#define DNS_LEFT_FACTOR 4
#define DNS_RESOLV_CONF "/etc/resolv.conf"

struct dns_server {
	char ip[INET6_ADDRSTRLEN];
	unsigned port;
	bool v6;
	bool loopback;
};

struct dns_servers {
	struct dns_server v[DNS_SERVERS_MAX];
	size_t count;
};

/* What stat() tells of the trust anchor file; all zero without one. */
struct dns_stamp {
	uint64_t dev, ino;
	int64_t size, changed_s, changed_ns;
};

/* What an engine works on. */
struct dns_query {
	LIST_ENTRY(dns_query) link;
	struct dns *dns;
	struct dns_ask *ask; /* null: nobody waits for it any more */
};

enum dns_ask_state { DNS_ASK_QUEUED = 0, DNS_ASK_RUNS, DNS_ASK_DONE };

struct dns_ask {
	TAILQ_ENTRY(dns_ask) age; /* in dns->open, until it is done */
	TAILQ_ENTRY(dns_ask) turn; /* in dns->queue or dns->done */
	struct dns *dns;
	struct dns_query *query; /* while it runs */
	struct dnsfact *fact; /* when it is done; null: memory was short */
	dns_callback *cb;
	void *ctx;
	int64_t deadline_ms;
	int64_t begun_us;
	enum dns_ask_state state;
	enum dnstype type;
	char name[]; /* without final dot; "": the root */
};

TAILQ_HEAD(dns_asks, dns_ask);
LIST_HEAD(dns_queries, dns_query);

/* One library that asks the network. */
struct dns_engine {
	const char *name;
	bool proves; /* its answers can be secure */
	/* open - make dns->state; a finding says what is wrong */
	enum mtasts_err (*open)(struct dns *dns, const struct dns_conf *conf,
	    const struct dns_servers *servers, struct mtasts_diags *diags);
	/* close - end all queries, release dns->state */
	void (*close)(struct dns *dns);
	/* start - begin; dns_answer() or dns_fail() once, even at once */
	void (*start)(
	    struct dns_query *query, const char *name, enum dnstype type);
};

/* Does validation work? See dns_proof.c. */
struct dns_proof {
	enum dns_validation state;
	struct loop_watch *timer;
	struct dns_ask *ask;
	int64_t said_ms; /* when the log was told; 0: never */
	bool tried; /* asked, and something came of it */
	bool heard; /* some lookup was answered: DNS is not just dead */
	struct metric *works;
	char name[256]; /* whose keys are asked for */
};

struct dns {
	struct loop *loop;
	struct log *log;
	int64_t timeout_ms;
	unsigned max_asks;
	const struct dns_engine *engine;
	void *state; /* the engine's */
	struct dns_servers servers; /* it was opened with */
	struct dns_stamp anchor;

	struct dns_asks open; /* not done, oldest first */
	struct dns_asks queue; /* of these, whose turn has not come */
	struct dns_asks done; /* to be called back */
	struct dns_queries queries;
	size_t done_count;
	unsigned run_count; /* asks that have a query */
	unsigned query_count;
	bool *closed; /* set by dns_close() while calling back */
	struct loop_watch *deliver, *deadline;
	bool deliver_armed, deadline_armed;

	struct dns_proof proof;
	struct metric *ends[DNSFACT_ENDS];
	struct metric *in_flight;
	struct metric *seconds;
};

extern const struct dns_engine dns_unbound;
extern const struct dns_engine dns_cares;
extern const struct dns_engine dns_cares_direct;

/*
 * dns_answer - a message has come; the query is gone afterwards
 *
 * For engines, any time. secure: validated, or the server says so.
 */
void dns_answer(struct dns_query *query, struct str msg, bool secure);

/* dns_fail - none will come; the query is gone afterwards */
void dns_fail(struct dns_query *query, enum dnsfact_end end, const char *why);

/*
 * dns_conf_servers - the servers to ask, "system" looked up
 *
 * resolv_conf  path of the file that "system" means; without any server in it
 *              127.0.0.1 is asked (resolv.conf(5))
 *
 * ECONF with a finding.
 */
enum mtasts_err dns_conf_servers(const struct dns_conf *conf,
    const char *resolv_conf, struct dns_servers *out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * dns_conf_anchor - the name that a trust anchor file has an anchor for
 *
 * The first, if there are several; name gets it without final dot. ENOENT,
 * ESYS, ECONF with a finding.
 */
enum mtasts_err dns_conf_anchor(const char *path, char name[256],
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* dns_conf_stamp - of the trust anchor file, when the backend has one */
struct dns_stamp dns_conf_stamp(const struct dns_conf *conf);

/*
 * dns_conf_same - does the configuration mean these servers and this file?
 *
 * True also when it means nothing at all.
 */
bool dns_conf_same(const struct dns_conf *conf, const char *resolv_conf,
    const struct dns_servers *servers, const struct dns_stamp *anchor);

/* dns_conf_no_anchor - the finding that an anchor file does not parse: ECONF */
enum mtasts_err dns_conf_no_anchor(
    const char *path, struct mtasts_diags *diags);

/* dns_proof_open - begin to find out; ENOMEM */
enum mtasts_err dns_proof_open(
    struct dns *dns, struct metrics *metrics) MTASTS_MUST_CHECK;

/* dns_proof_close - stop; for dns_close() */
void dns_proof_close(struct dns *dns);

/* dns_proof_seen - an answer has come, for whatever was asked */
void dns_proof_seen(struct dns *dns, const struct dnsfact *fact);

#endif
