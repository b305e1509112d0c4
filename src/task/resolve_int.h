/*
 * resolve_int - what the files of resolve share; nobody else includes it
 *
 * Who does what: resolve.c opens and closes, and answers what is known;
 * resolve_entry.c keeps the destinations; resolve_run.c drives core/decide
 * over DNS and HTTPS, resolve_ask.c starts its lookups and fetches,
 * resolve_save.c saves what they bring; resolve_wait.c keeps who waits, and
 * until when; resolve_ready.c puts decisions into replies; resolve_tell.c
 * counts and logs; resolve_refresh.c looks after the policies;
 * resolve_explain.c tells what is known, and forgets it.
 *
 * An entry is a destination in use. While something is found out for it, it
 * has a run; a run has those who wait for it. Entries without a run can be
 * forgotten at any time, those with one cannot.
 */
#ifndef MTASTS_TASK_RESOLVE_INT_H
#define MTASTS_TASK_RESOLVE_INT_H

#include "task/resolve.h"

#include "base/map.h"

#include <sys/queue.h>

#define RESOLVE_DESTS	    100000 /* destinations remembered, unless told */
#define RESOLVE_DEST_BYTES  ((size_t)192 << 20) /* of all of them, about */
#define RESOLVE_WAITS	    100000
#define RESOLVE_RUNS	    2048 /* found out at a time; more wait their turn */
#define RESOLVE_REFRESHES   32 /* of these for the daily refresh */
#define RESOLVE_EXPLAIN_MS  30000
#define RESOLVE_JSON_MAX    ((size_t)4 << 20) /* bytes of an explanation */
#define RESOLVE_TICK_MS	    250
#define RESOLVE_ROUND_TICKS 240 /* all policies are looked at in a minute */

/*
 * What resolve reaches out with: io/dns, io/fetch and the clocks; tests have
 * others.
 */
struct resolve_world {
	struct dns_ask *(*dns_start)(struct dns *dns, const char *name,
	    enum dnstype type, dns_callback *cb, void *ctx);
	void (*dns_cancel)(struct dns_ask *ask);
	enum dns_validation (*dns_validation)(const struct dns *dns);
	struct fetch *(*fetch_start)(
	    struct fetcher *f, const char *host, fetch_callback *cb, void *ctx);
	void (*fetch_cancel)(struct fetch *fetch);
	int64_t (*time_s)(void); /* wall clock: policies' times */
	int64_t (*now_ms)(void); /* never jumps: deadlines */
};

/* A reply that was made before. */
struct ready {
	enum reply_status status;
	enum decision_kind kind;
	enum decision_reason reason;
	bool dane; /* made with DANE */
	uint32_t generation; /* of the destination */
	uint32_t epoch; /* of the configuration */
	int64_t made_at, until_at; /* holds from, and before */
	uint64_t serial; /* of a run: holds as long as that is out, too */
	uint32_t len;
	char data[];
};

struct entry {
	struct dest *dest; /* its key.text is the key in the map */
	struct run *run; /* null: nothing is being found out */
	struct entry *kin; /* the next one of the same policy domain */
	TAILQ_ENTRY(entry) age;
	struct ready *ready[DIALECT_COUNT];
	size_t size; /* as it was counted last */
	bool used; /* since the last look for one to forget */
	bool asked; /* by anybody but the refresh */
};
TAILQ_HEAD(entry_list, entry);

/* Who waits together: all of a class can be answered at the same moment. */
enum wait_class {
	WAIT_STS = 0, /* dialects without DANE */
	WAIT_DANE,
	WAIT_END, /* explanations: when the run has ended */
	WAIT_NEXT, /* for the next run: to renew */
	WAIT_CLASSES
};

/* Which deadline: all of a list wait equally long, so that it is sorted. */
enum wait_clock { WAIT_LONG = 0, WAIT_SHORT, WAIT_OTHER, WAIT_CLOCKS };

struct resolve_wait {
	struct resolve *r;
	struct run *run; /* null: told soon, see fault */
	TAILQ_ENTRY(resolve_wait) next; /* of its run and class */
	TAILQ_ENTRY(resolve_wait) later; /* of its clock */
	enum wait_class class;
	enum wait_clock clock;
	int64_t began_ms, deadline_ms;
	struct resolve_ask ask; /* spans point into bytes */
	resolve_callback *cb;
	resolve_explain_callback *explain; /* or this one */
	void *ctx;
	bool soon; /* in r->soon */
	bool renew; /* an explanation, with everything asked again */
	const char *fault; /* the key is no domain: a phrase */
	char bytes[]; /* key, host */
};
TAILQ_HEAD(wait_list, resolve_wait);

/* A lookup or fetch that is out. */
struct question {
	LIST_ENTRY(question) next;
	struct run *run;
	unsigned tag;
	bool fetch;
	enum dnstype type;
	union {
		struct dns_ask *ask;
		struct fetch *get;
	};
};

struct run {
	struct resolve *r;
	struct entry *e;
	uint64_t serial; /* no other run has it */
	struct decide *decide; /* may be null until it has begun */
	struct decide_ask ask;
	LIST_HEAD(, question) questions;
	struct wait_list waits[WAIT_CLASSES];
	TAILQ_ENTRY(run) next; /* of r->queue, later of r->runs */
	bool queued; /* waits its turn */
	bool loading; /* waits for the policy to be read */
	bool begun; /* decide asks */
	bool stopped; /* had begun, will be restarted */
	bool failed; /* could not begin: no memory */
	bool stir; /* to be advanced in the next turn of the loop */
	bool busy; /* somebody is called back: not to be ended */
	bool refresh; /* begun by the sweep, whoever joined it */
	bool hosts_asked; /* DANE was asked of some MX */
	int64_t fetched_at; /* of the policy when a refresh began */
};
TAILQ_HEAD(run_list, run);

/* The series of /metrics: resolve_tell.c. */
struct tell {
	struct metric *question[DIALECT_COUNT][DECISION_KINDS];
	struct metric *hit, *miss;
	struct metric *temp[DECISION_REASONS];
	struct metric *dane[DANE_GONE + 1];
	struct metric *refresh_ok, *refresh_failed;
	struct metric *waiting, *running, *queued, *dests;
	struct metric *mode[3];
	struct metric *age[4];
	struct metric *dropped, *turned_away;
};

/* The walk over all policies: resolve_refresh.c. */
struct sweep {
	struct loop_watch *tick;
	size_t pos;
	size_t running; /* refreshes that are out */
	int64_t mode[3];
	int64_t age[4]; /* under 1, 2, 7 days; older */
};

struct resolve {
	struct resolve_conf conf;
	const struct resolve_world *world;
	struct map dests; /* key text -> struct entry */
	struct map domains; /* policy domain -> first struct entry of it */
	struct entry_list ages; /* the one to be forgotten next last */
	size_t bytes; /* of all entries, about */
	struct run_list runs, queue;
	size_t run_count;
	struct wait_list clocks[WAIT_CLOCKS];
	struct wait_list soon; /* answered in the next turn */
	size_t wait_count;
	struct loop_watch *timer; /* of deadlines, and of soon */
	int64_t timer_at; /* ms; INT64_MAX: not running */
	struct sweep sweep;
	struct tell tell;
	struct buf scratch; /* replies being made */
	struct buf json; /* explanations being made */
	uint64_t serial; /* of the last run */
	uint32_t epoch; /* of the configuration */
	bool dane[DIALECT_COUNT]; /* may replies carry a DANE level now? */
	bool any_dane; /* may any? */
	bool validates; /* DNSSEC has not been seen to fail, last heard */
	bool beginning; /* those in the queue are being begun */
	bool closing;
	uint64_t drawn; /* random numbers so far */
};

/* resolve_open_in - as resolve_open(), in another world; borrowed */
enum mtasts_err resolve_open_in(const struct resolve_conf *conf,
    const struct resolve_world *world, struct resolve **out) MTASTS_MUST_CHECK;

/*
 * resolve_look - has DNSSEC been seen to work by now?
 *
 * If it has been seen not to, no reply carries a DANE level, and replies made
 * before go. While that is being found out, for seconds after a start, DANE is
 * on: else the first questions after every start would go without. After a
 * reload what was known before holds so long.
 */
void resolve_look(struct resolve *r);

/* resolve_entry.c */

/* entry_find - the destination with this canonical key, or null */
struct entry *entry_find(struct resolve *r, struct str key);

/*
 * entry_get - the same, made when it is not there; null: no memory
 *
 * Others are forgotten when there are too many.
 */
struct entry *entry_get(struct resolve *r, const struct destkey *key);

/* entry_first - the first of a policy domain, or null; the others are kin */
struct entry *entry_first(struct resolve *r, struct str domain);

/* entry_free - forget one that has no run */
void entry_free(struct resolve *r, struct entry *e);

/*
 * entry_renew - forget all that is known of one, but not the destination
 *
 * It must not have a run that was begun. False: no memory, nothing was done.
 */
bool entry_renew(struct resolve *r, struct entry *e);

/* entry_weigh - count its size anew, after something was learned */
void entry_weigh(struct resolve *r, struct entry *e);

/* entry_policy - it borrows what the memory has of its policy domain */
void entry_policy(struct resolve *r, struct entry *e);

/* entry_unready - its replies that were made go */
void entry_unready(struct entry *e);

/* resolve_ask.c */

/* run_kick - start all lookups and fetches that may start now */
void run_kick(struct run *run);

/* run_hush - cancel those that are out */
void run_hush(struct run *run);

/* resolve_save.c */

/* run_save - let memory, file and kin follow a policy that was changed */
void run_save(struct run *run);

/* resolve_run.c */

/*
 * run_ask - have found out what is not known
 *
 * Begins a run or joins the one that is out; nobody is called back. The caller
 * ends with run_settle() or run_leave(), unless it lets somebody wait. Null: no
 * memory.
 */
struct run *run_ask(
    struct resolve *r, struct entry *e, enum decide_purpose purpose, bool dane);

/* run_ready - can a question in a dialect with or without DANE be answered? */
bool run_ready(const struct run *run, bool dane);

/*
 * run_look - while it waits its turn, see what is known already
 *
 * So that a cached policy answers, however many are being looked up.
 */
void run_look(struct run *run);

/* run_idle - is nothing left to be found out? */
bool run_idle(const struct run *run);

/* run_waits - does anybody wait for it? */
bool run_waits(const struct run *run);

/* run_advance - ask on, answer who can be answered, end it when it is done */
void run_advance(struct run *run);

/* run_settle - when it is done: answer whoever still waits, end it */
void run_settle(struct run *run);

/*
 * run_leave - the same for a question that is answered without waiting
 *
 * Nobody is called back before control is in the loop again: the asker's
 * buffers are in use. When somebody waits, it ends in the next turn.
 */
void run_leave(struct run *run);

/* run_later - advance it in the next turn of the loop */
void run_later(struct run *run);

/* run_is_unwanted - has it not begun, and does nobody need it any more? */
bool run_is_unwanted(const struct run *run);

/* run_unwanted - somebody waits no more: end it if it is done or unwanted */
void run_unwanted(struct run *run);

/* run_quit - no answer of what it asked will come; run_restart() follows */
void run_quit(struct run *run);

/* run_restart - from the beginning: what is in force has changed */
void run_restart(struct run *run);

/* run_stir - advance those that were restarted */
void run_stir(struct resolve *r);

/* run_fail - TEMP for everybody who waits; then end it */
void run_fail(struct run *run);

/* run_drop - end it at once; nobody may wait for it */
void run_drop(struct run *run);

/* run_decide - the decision by what is known now, with DANE or without */
void run_decide(
    struct run *run, bool dane, int64_t now_at, struct decision *out);

/* resolve_wait.c */

/* wait_new - with copies of the question; not in any list yet; or null */
struct resolve_wait *wait_new(struct resolve *r, const struct resolve_ask *ask);

/* wait_free - release; it must be in no list */
void wait_free(struct resolve_wait *w);

/* wait_arm - let the timer run out at this time at the latest */
void wait_arm(struct resolve *r, int64_t at_ms);

/* wait_add - it waits for this run, until its deadline */
void wait_add(struct resolve_wait *w, struct run *run, enum wait_class class);

/* wait_soon - it is told in the next turn of the loop */
void wait_soon(struct resolve_wait *w);

/* wait_remove - out of all lists */
void wait_remove(struct resolve_wait *w);

/* wait_move - into another class of the same run */
void wait_move(struct resolve_wait *w, enum wait_class class);

/* wait_answer - take it out, tell it what is known, release it */
void wait_answer(struct resolve_wait *w);

/* wait_fail - the same with trouble of our own */
void wait_fail(struct resolve_wait *w);

/*
 * wait_begin - have found out what it asks, and let it wait for that
 *
 * It is in no list before. False: no memory, it still is in none.
 */
bool wait_begin(struct resolve_wait *w);

/* wait_timeout - answer whose time is up; what the timer calls */
void wait_timeout(void *ctx);

/* resolve_ready.c */

/* ready_get - the reply made before, when it still holds; or null */
const struct ready *ready_get(const struct resolve *r, const struct entry *e,
    enum dialect dialect, int64_t now_at);

/* ready_fits - may it be given to somebody who takes so many bytes? */
bool ready_fits(const struct ready *ready, size_t max);

/*
 * ready_make - the reply to a question by what is known now
 *
 * Kept when it may be given again. out->data is borrowed until the next call.
 */
void ready_make(struct run *run, const struct resolve_ask *ask, bool dane,
    struct resolve_reply *out);

/* ready_temp - TEMP for trouble of our own */
void ready_temp(const struct resolve_ask *ask, struct resolve_reply *out);

/* ready_refuse - the reply to a key that is no policy domain */
void ready_refuse(const struct resolve_ask *ask, struct resolve_reply *out);

/* resolve_tell.c */

/* tell_open - add the series; m may be null */
void tell_open(struct tell *t, struct metrics *m);

/* tell_reply - count and log an answer that took so long */
void tell_reply(struct resolve *r, const struct resolve_ask *ask,
    const struct resolve_reply *reply, int64_t took_ms);

/* tell_counts - the gauges of what is going on */
void tell_counts(struct resolve *r);

/* tell_hosts - count what DANE said of the MX hosts */
void tell_hosts(struct resolve *r, const struct dest *d);

/* resolve_refresh.c */

/* sweep_tick - look at some more of the policies; what a timer calls */
void sweep_tick(void *ctx);

/* sweep_ended - a refresh has ended */
void sweep_ended(struct run *run);

/* resolve_explain.c */

/* explain_answer - tell a wait what is known; run null: why nothing is */
void explain_answer(struct resolve_wait *w, struct run *run);

#endif
