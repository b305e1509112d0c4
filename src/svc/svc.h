/*
 * svc - the skeleton that every daemon shares
 *
 * Command line, configuration, log, signals, readiness, orderly end: done here
 * once, so that a daemon is only its duty. A daemon stays in the foreground,
 * logs to standard error and leaves users and restarts to its supervisor.
 *
 *   --config FILE      read this instead of /etc/mtasts/mtasts.yaml
 *   --check            read the configuration, say what is wrong, end
 *   --log-level LEVEL  error, warn, info or debug; wins over the file's
 *   --version, --help
 *
 * SIGHUP reads the configuration anew; a bad file leaves the old one in force.
 * SIGTERM and SIGINT stop in order; a second one ends at once.
 */
#ifndef MTASTS_SVC_SVC_H
#define MTASTS_SVC_SVC_H

#include "base/metrics.h"
#include "io/conf.h"
#include "io/log.h"

struct loop;

/* What a duty works with. Lives until svc_main() returns. */
struct svc {
	const struct conf *conf; /* in force; never null */
	struct log *log;
	struct metrics *metrics;
	struct loop *loop; /* of the main thread */
};

/* How long an orderly end may take before it is cut short. */
#define SVC_STOP_MAX_MS 10000

/*
 * One daemon's duty. All calls come from the main thread, in this order:
 * start, then the loop runs and may call reload any number of times, then
 * stop, then close.
 */
struct svc_duty {
	const char *name; /* "mtasts-host" */
	const char *summary; /* one line for --help */

	/*
	 * check - findings about the configuration that only this duty knows
	 *
	 * May be null. Called after loading and before start or reload; an
	 * error refuses the configuration.
	 */
	void (*check)(const struct conf *conf, struct mtasts_diags *diags);

	/*
	 * start - open what it listens on, begin; *ctx is handed to the rest
	 *
	 * Says in the log what failed; the program then ends with status 1.
	 * close is not called after a failed start.
	 */
	enum mtasts_err (*start)(struct svc *svc, void **ctx);

	/*
	 * reload - conf is in force now
	 *
	 * May be null: then only the log level follows. svc->conf is already
	 * the new one; the old one is released when reload returns, so
	 * nothing of it may be kept.
	 */
	void (*reload)(void *ctx, const struct conf *conf);

	/*
	 * stop - take no new work; svc_done() when the last work is finished
	 *
	 * May be null: then there is nothing to wait for.
	 */
	void (*stop)(void *ctx);

	/* close - release everything; the loop does not run any more */
	void (*close)(void *ctx);
};

/*
 * svc_main - run a duty until a signal ends it
 *
 * Returns the exit status of the program: 0 after an orderly end, 1 when it
 * could not start, 2 for wrong usage. --check gives 0 or 1.
 */
int svc_main(const struct svc_duty *duty, int argc, char **argv);

/* svc_done - a duty's stop is finished; the loop ends */
void svc_done(struct svc *svc);

/* svc_failed - a duty cannot go on, and has said why; the status will be 1 */
void svc_failed(struct svc *svc);

#endif
