/*
 * inspect_int - what the files of the room inspect share, and nobody else
 *
 * inspect.c opens, begins and ends; inspect_ask.c asks DNS; inspect_gate.c
 * lets only so many connections go to one address; inspect_look.c probes, and
 * remembers what came of it; inspect_dead.c remembers where nobody answers;
 * inspect_sts.c, inspect_host.c, inspect_mx.c,
 * inspect_servers.c and inspect_rest.c know what there is to be seen of a
 * domain.
 *
 * Everything that is under way for a domain counts in "pending"; a step that
 * is called when something has come may begin more. When nothing is pending
 * any more, all has been seen.
 */
#ifndef MTASTS_TASK_INSPECT_INT_H
#define MTASTS_TASK_INSPECT_INT_H

#include "task/inspect.h"

#include "base/arena.h"
#include "base/map.h"
#include "core/limits.h"

#include <sys/queue.h>

#define INSPECT_PER_ADDRESS 2
#define INSPECT_REMEMBERED  2000 /* looks that are kept for others */
#define INSPECT_SERVER_ASKS 4 /* at one authoritative server at once */

struct inspect;
struct server;

/* ---- one at a time: inspect_gate.c ---- */

struct gate;

/* A place in the queue before an address. */
struct turn {
	TAILQ_ENTRY(turn) link;
	struct gate *gate; /* null: it neither waits nor is inside */
	bool inside;
	void (*begin)(void *ctx); /* it may go now */
	void *ctx;
};

TAILQ_HEAD(turns, turn);

struct gate {
	struct ipnet_addr addr; /* the key, too */
	struct inspector *ins;
	unsigned inside;
	bool pumping; /* somebody is being let in */
	struct turns waiting;
};

/* gate_enter - begin() is called when there is room, perhaps at once; ENOMEM */
enum mtasts_err gate_enter(struct inspector *ins, const struct ipnet_addr *addr,
    struct turn *turn) MTASTS_MUST_CHECK;

/* gate_leave - done, or not wanted any more; fine when it never entered */
void gate_leave(struct turn *turn);

/* gates_free - release all; nobody is inside any more */
void gates_free(struct inspector *ins);

/* ---- where nobody answers: inspect_dead.c ---- */

/* dead_note_probe, dead_note_fetch - how a connection to a port ended */
void dead_note_probe(struct inspector *ins, const struct ipnet_addr *addr,
    unsigned port, struct probefact *fact);
void dead_note_fetch(struct inspector *ins, const struct ipnet_addr *addr,
    unsigned port, const struct fetchfact *fact);

/*
 * dead_probe, dead_fetch - what the last of several ended with, to be told to
 * others without trying; borrowed. Null: try
 */
struct probefact *dead_probe(
    struct inspector *ins, const struct ipnet_addr *addr, unsigned port);
const struct fetchfact *dead_fetch(
    struct inspector *ins, const struct ipnet_addr *addr, unsigned port);

/* deads_free - forget all */
void deads_free(struct inspector *ins);

/* ---- looks that are shared: inspect_look.c ---- */

/* look_done - the fact is in *where now, or null when memory is short */
typedef void inspect_step(struct inspect *in, void *arg);

/* Somebody who wants to know what a look shows. */
struct look_wait {
	TAILQ_ENTRY(look_wait) link; /* of the look's waiters */
	LIST_ENTRY(look_wait) mine; /* of the domain's */
	struct look *look;
	struct inspect *in;
	struct probefact **where;
	inspect_step *then;
	void *arg;
};

/* look_start - have it probed, or be told what is known; counts as pending */
void look_start(struct inspect *in, const struct probe_want *want,
    struct probefact **where, inspect_step *then, void *arg);

/* look_cancel - the step will not be called */
void look_cancel(struct look_wait *wait);

/* looks_free - release all; nobody waits any more */
void looks_free(struct inspector *ins);

/* ---- DNS: inspect_ask.c ---- */

/* ask_step - an answer has come; fact is borrowed for the call */
typedef void ask_step(
    struct inspect *in, void *arg, const struct dnsfact *fact);

struct inspect_ask {
	LIST_ENTRY(inspect_ask) link;
	struct inspect *in;
	struct dns_ask *ask;
	struct server *server; /* asked directly, or null */
	struct dnsfact **where;
	ask_step *then;
	void *arg;
};

/* What is to be looked up. */
struct inspect_question {
	const char *name;
	enum dnstype type;
	struct dnsfact **where; /* where to keep the answer; may be null */
	ask_step *then; /* called after that; may be null */
	void *arg;
};

/* inspect_ask - look it up; counts as pending */
void inspect_ask(struct inspect *in, const struct inspect_question *q);

/* inspect_ask_at - the same, of one authoritative server */
void inspect_ask_at(struct inspect *in, const struct inspect_question *q,
    const struct ipnet_addr *addr);

/* ask_cancel - the step will not be called */
void ask_cancel(struct inspect_ask *ask);

/* servers_free - release those that are left */
void servers_free(struct inspector *ins);

/* ---- what there is of a domain ---- */

/* One fetch from the policy host. */
struct inspect_fetch {
	LIST_ENTRY(inspect_fetch) link;
	struct inspect *in;
	struct turn turn;
	struct fetch *fetch;
	struct ipnet_addr addr;
	unsigned port;
	bool plain;
	struct fetchfact **where;
	inspect_step *then;
};

/* An address for reports under way. */
struct inspect_rua {
	struct seen_rua *rua;
	unsigned answers; /* of the two address lookups */
	unsigned tried; /* kinds of addresses */
	bool other_port; /* the URL names one: nobody is connected to */
	struct probefact *probe; /* of the try under way */
};

/* An MX host under way. */
struct inspect_mx {
	struct inspect *in;
	struct seen_mx *mx;
	unsigned addresses_left; /* of A and AAAA */
	unsigned looks_left; /* at its addresses */
	bool tlsa_asked; /* without DANE having wanted it */
};

struct inspect {
	LIST_ENTRY(inspect) link;
	struct inspector *ins;
	struct seen *seen;
	inspect_callback *cb;
	void *ctx;
	unsigned pending;
	bool failed; /* memory was short */
	struct loop_watch *timer; /* rings when nothing is pending */
	LIST_HEAD(, inspect_ask) asks;
	LIST_HEAD(, inspect_fetch) fetches;
	LIST_HEAD(, look_wait) waits;
	bool apex_asked;
	unsigned host_answers; /* of the two address lookups */
	unsigned host_fetches; /* under way */
	bool host_begun;
	struct inspect_mx *mxs;
	struct inspect_rua ruas[SEEN_RUA_MAX];
	const char *ns_name; /* whose NS records are asked for */
	const char *mx_ns_name; /* the same, for the MX records */
	const char *caa_name; /* whose CAA records come next, or null */
};

struct look;
TAILQ_HEAD(looks, look);
struct dead;
TAILQ_HEAD(dead_ages, dead);

struct inspector {
	struct inspector_conf conf;
	bool closing; /* nobody is let in any more */
	LIST_HEAD(, inspect) running;
	struct map gates; /* by address */
	struct map looks; /* by struct look_key */
	struct looks kept; /* of these, with a fact; the oldest first */
	size_t kept_count;
	struct map servers; /* by address */
	struct map deads; /* by address and port */
	struct dead_ages dead_ages; /* the longest untried first */
};

/* inspect_enter - something more is under way */
void inspect_enter(struct inspect *in);

/* inspect_leave - it has ended */
void inspect_leave(struct inspect *in);

/* inspect_refused - why the address may not be asked, or null */
const char *inspect_refused(
    const struct inspect *in, const struct ipnet_addr *addr);

/* inspect_apex - ask for the TXT records of the domain itself, once */
void inspect_apex(struct inspect *in);

/* inspect_begin_* - what can be asked for at once */
void inspect_begin_sts(struct inspect *in);
void inspect_begin_host(struct inspect *in);
void inspect_begin_mx(struct inspect *in);
void inspect_begin_servers(struct inspect *in);
void inspect_begin_rpt(struct inspect *in);

/* inspect_with_record - there is a valid record: look at the rest, too */
void inspect_with_record(struct inspect *in);

/* inspect_fetches - the record was read: now the policy host, if it is known */
void inspect_fetches(struct inspect *in);

/* fetch_abandon - end a fetch without telling anybody */
void fetch_abandon(struct inspect_fetch *f);

#endif
