/*
 * ask - asking the running mtasts-resolver, or mtasts-publisher
 */
#ifndef MTASTS_CLI_ASK_H
#define MTASTS_CLI_ASK_H

#include "base/json.h"
#include "cli/cmd.h"

/* A request being written; begin, add members with w, send. */
struct ask {
	struct cmd_env *env;
	bool publisher; /* it is asked, not the resolver */
	int64_t silence_ms; /* how long it may say nothing; 0: 30 s */
	struct js_writer w;
	struct buf request;
};

/* ask_begin - {"do":WHAT, ...; release: ask_send() or ask_free() */
void ask_begin(struct ask *a, struct cmd_env *env, const char *what);

/* ask_publisher - the same for mtasts-publisher */
void ask_publisher(struct ask *a, struct cmd_env *env, const char *what);

/* ask_free - release without sending */
void ask_free(struct ask *a);

/*
 * ask_send - send it, hear the answer; releases the request
 *
 * line   each line; borrowed for the call; false ends it early
 *
 * MTASTS_OK; ENOENT when no daemon is there, without a message: see
 * ask_nobody(). EINVAL, ESYS, ...: told, the command cannot go on.
 */
enum mtasts_err ask_send(struct ask *a,
    bool (*line)(void *ctx, struct str text, const struct js *js),
    void *ctx) MTASTS_MUST_CHECK;

/*
 * ask_one - the same for an answer of one line; *out yours, js_free()
 *
 * ESYNTAX, told, when there is none.
 */
enum mtasts_err ask_one(struct ask *a, struct js **out) MTASTS_MUST_CHECK;

/*
 * ask_poke - the registry was changed: let mtasts-publisher look at it now
 *
 * When it runs here and works on this registry; it would see by itself within
 * a second. domain, or null: what was changed does not wait for its turn.
 * Never waits for long, never fails, says nothing.
 */
void ask_poke(struct cmd_env *env, const char *domain);

/* ask_nobody - say that mtasts-resolver does not run, and what to do */
void ask_nobody(struct cmd_env *env);

#endif
