/*
 * doctor - is the local MTA set up to ask mtasts-resolver?
 *
 * What the three doctors share: a list of checks with what to do, lines to
 * paste, and the question over the MTA's own socket.
 */
#ifndef MTASTS_CLI_DOCTOR_H
#define MTASTS_CLI_DOCTOR_H

#include "base/arena.h"
#include "cli/cmd.h"
#include "io/conf.h"

enum doctor_result { DOCTOR_PASS = 0, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_SKIP };

struct doctor_check;
struct doctor_line;

struct doctor {
	struct cmd_env *env;
	const struct conf *conf;
	struct arena *arena;
	const char *mta; /* "Postfix" */
	const char *version; /* or null */
	const char *file; /* where the lines belong: "main.cf" */
	struct doctor_check *first, **last;
	struct doctor_line *lines, **last_line;
	size_t count[DOCTOR_SKIP + 1];
	bool failed; /* memory was short */
};

/* doctor_begin - CMD_FINE, or a status after a message */
enum cmd_status doctor_begin(
    struct doctor *d, struct cmd_env *env, const char *mta, const char *file);

/*
 * doctor_say - one check's result
 *
 * name  a word: "version"
 * fix   a sentence, or null: copied
 */
void doctor_say(struct doctor *d, enum doctor_result result, const char *name,
    const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* doctor_line - a line to paste into the MTA's configuration */
void doctor_line(struct doctor *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* doctor_end - print, release; the exit status */
enum cmd_status doctor_end(struct doctor *d);

/* doctor_give_up - the same when the MTA cannot be looked at: CMD_UNKNOWN */
enum cmd_status doctor_give_up(struct doctor *d);

/*
 * doctor_run - what a program prints; null when it cannot be run
 *
 * In the arena. A program that is not there is no message: *missing. Other
 * trouble is told.
 */
const char *doctor_run(
    struct doctor *d, const char *const *argv, bool *missing);

/* doctor_listens_tcp - does mtasts-resolver listen on this TCP address? */
bool doctor_listens_tcp(const struct doctor *d, struct str host, uint64_t port);

/* doctor_listens_unix - and on this socket file, from the system's root? */
bool doctor_listens_unix(const struct doctor *d, const char *path);

/* What is asked over the MTA's socket. */
struct doctor_probe {
	const char *address; /* as io/mapask */
	const char *map; /* null: the line protocol */
	const char *domain; /* --probe, or null */
};

/* doctor_probe - ask, and say what came */
void doctor_probe(struct doctor *d, const struct doctor_probe *probe);

/* doctor_resolver - does mtasts-resolver run, and does DNSSEC work for it? */
void doctor_resolver(struct doctor *d);

/* doctor_postfix - all checks of Postfix; the exit status */
enum cmd_status doctor_postfix(
    struct cmd_env *env, const struct cmd_args *args);

/* doctor_exim - all checks of Exim; the exit status */
enum cmd_status doctor_exim(struct cmd_env *env, const struct cmd_args *args);

/* doctor_sendmail - all checks of sendmail; the exit status */
enum cmd_status doctor_sendmail(
    struct cmd_env *env, const struct cmd_args *args);

#endif
