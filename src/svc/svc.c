/*
 * svc.c - the skeleton that every daemon shares
 *
 * Start, reload and end of a process; nothing of what it is for. Users,
 * restarts, core dumps and sandboxes are the supervisor's.
 *
 * BUGS: a stop hook that blocks delays the end, not a second signal: that one
 * finds its default action restored.
 */
#include "svc/svc.h"
#include "io/conf_table.h"
#include "io/loop.h"
#include "io/notify.h"
#include "io/stdfd.h"
#include "svc/svc_args.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALUE_MAX 65536 /* bytes of an option's value that are compared */
#define FILES_MAX 1048576 /* descriptors; some systems offer a billion */

/* A running daemon. */
struct daemon {
	struct svc svc; /* what the duty sees; first, see daemon_of() */
	const struct svc_duty *duty;
	const struct svc_args *args;
	const char *path; /* of the configuration; null: built-in values */
	void *ctx; /* the duty's */
	struct conf *conf;
	struct conf *started_with; /* what only a restart changes */
	struct loop_watch *hup, *term, *intr, *timer;
	bool failed; /* the duty could not go on */
	bool had_text; /* the file was not empty when it was read last */
	struct metric *reload_ok;
};

static const struct diag_rule config_emptied = {
	.id = "conf",
	.name = "config-emptied",
	.severity = MTASTS_ERROR,
	.rfc = "",
	.fix = "Write the file again; a restart takes an empty one.",
};

/* daemon_of - the daemon around what its duty sees */
static struct daemon *
daemon_of(struct svc *svc)
{
	return (struct daemon *)svc;
}

/*
 * emptied - is the file empty that was not before?
 *
 * A full disk or an editor at work leaves such files. All of it being built-in
 * values, it would be in order, and without any rule.
 */
static bool
emptied(struct daemon *d)
{
	struct stat st;
	bool has_text = d->path != NULL && stat(d->path, &st) == 0 &&
	    (!S_ISREG(st.st_mode) || st.st_size > 0);

	if (d->had_text && !has_text)
		return true;
	d->had_text = has_text;
	return false;
}

/* load - read and check the configuration; null after logging its faults */
static struct conf *
load(struct daemon *d)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_err err = MTASTS_OK;
	struct conf *conf = NULL;

	if (d->path == NULL && access(CONF_DEFAULT_FILE, F_OK) == 0)
		d->path = CONF_DEFAULT_FILE;
	if (emptied(d))
		diag_add(diags, &config_emptied, (struct diag_place){ 0 },
		    "%s is empty now, or gone", d->path);
	if (d->path != NULL)
		err = conf_load(d->path, &conf, diags);
	else if ((conf = conf_new()) == NULL)
		err = MTASTS_ENOMEM;
	if (err == MTASTS_OK && d->duty->check != NULL)
		d->duty->check(conf, diags);
	log_findings(d->svc.log, "config", diags);
	if (err == MTASTS_OK && diag_errors(diags) == 0)
		goto out;
	conf_free(conf);
	conf = NULL;
	log_event(d->svc.log, LOG_LEVEL_ERROR, "config-refused",
	    err == MTASTS_ENOENT ? "no-such-file" : "file",
	    d->path != NULL ? d->path : "built-in");
out:
	mtasts_diags_free(diags);
	return conf;
}

/* use - conf is in force from now on */
static void
use(struct daemon *d, struct conf *conf)
{
	d->conf = conf;
	d->svc.conf = conf;
	log_set_level(d->svc.log,
	    d->args->level >= 0 ? (enum log_level)d->args->level
				: (enum log_level)conf->log.level);
}

/* tell_waiting - log the options that are new and take a restart */
static void
tell_waiting(struct daemon *d, const struct conf *old)
{
	const struct conf_option *row;

	for (row = conf_options; row->section != NULL; row++) {
		struct log_line line;
		struct buf then, now;

		buf_init(&then, VALUE_MAX);
		buf_init(&now, VALUE_MAX);
		conf_put_value(old, row, &then);
		conf_put_value(d->conf, row, &now);
		if (!row->live && !str_eq(buf_str(&then), buf_str(&now))) {
			log_begin(&line, d->svc.log, LOG_LEVEL_WARN,
			    "restart-needed");
			log_cstr(&line, "section", row->section);
			log_cstr(&line, "option", row->name);
			log_str(&line, "running", buf_str(&then));
			log_str(&line, "configured", buf_str(&now));
			log_end(&line);
		}
		buf_free(&then);
		buf_free(&now);
	}
}

/* on_hangup - SIGHUP: read the configuration anew */
static void
on_hangup(void *ctx)
{
	struct daemon *d = ctx;
	struct conf *old = d->conf, *conf;

	notify_reloading();
	conf = load(d);
	metric_set(d->reload_ok, conf != NULL);
	if (conf == NULL) {
		log_event(d->svc.log, LOG_LEVEL_ERROR, "reload-failed", "kept",
		    "the old configuration stays in force");
		notify_status("running; the new configuration was refused");
		notify_ready();
		return;
	}
	use(d, conf);
	if (d->duty->reload != NULL)
		d->duty->reload(d->ctx, conf);
	tell_waiting(d, d->started_with);
	if (old != d->started_with)
		conf_free(old);
	log_event(d->svc.log, LOG_LEVEL_INFO, "reloaded", "file", d->path);
	notify_status("running");
	notify_ready();
}

/* on_deadline - the end took too long */
static void
on_deadline(void *ctx)
{
	struct daemon *d = ctx;

	log_event(d->svc.log, LOG_LEVEL_WARN, "stop-cut-short", NULL, NULL);
	loop_stop(d->svc.loop);
}

/* on_stop - SIGTERM or SIGINT: end in order; the next one ends at once */
static void
on_stop(void *ctx)
{
	struct daemon *d = ctx;

	loop_watch_close(d->term);
	loop_watch_close(d->intr);
	loop_watch_close(d->hup);
	d->term = d->intr = d->hup = NULL;
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	notify_stopping();
	log_event(d->svc.log, LOG_LEVEL_INFO, "stopping", NULL, NULL);
	if (d->duty->stop == NULL) {
		loop_stop(d->svc.loop);
		return;
	}
	loop_timer_start(d->timer, SVC_STOP_MAX_MS);
	d->duty->stop(d->ctx);
}

void
svc_done(struct svc *svc)
{
	loop_stop(daemon_of(svc)->svc.loop);
}

void
svc_failed(struct svc *svc)
{
	daemon_of(svc)->failed = true;
	loop_stop(svc->loop);
}

/* raise_files - as many descriptors as the system lets us have */
static void
raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	if (limit.rlim_cur >= FILES_MAX || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur =
	    limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* add_metrics - what every daemon tells of itself */
static void
add_metrics(struct daemon *d)
{
	struct metrics *m = d->svc.metrics;

	metric_set(metrics_add(m, METRIC_GAUGE, "mtasts_build_info",
		       "Always 1; the version is a label.",
		       "version=\"" MTASTS_VERSION "\""),
	    1);
	metric_set(metrics_add(m, METRIC_GAUGE, "mtasts_start_time_seconds",
		       "When the program started, in seconds since 1970.", ""),
	    loop_time_s());
	d->reload_ok = metrics_add(m, METRIC_GAUGE, "mtasts_config_reload_ok",
	    "1 when the last reading of the configuration succeeded.", "");
	metric_set(d->reload_ok, 1);
}

/* open_loop - loop, signals and metrics */
static enum mtasts_err
open_loop(struct daemon *d)
{
	enum mtasts_err err = loop_new(&d->svc.loop);

	if (err != MTASTS_OK)
		return err;
	d->svc.metrics = metrics_new();
	d->hup = loop_signal(d->svc.loop, SIGHUP, on_hangup, d);
	d->term = loop_signal(d->svc.loop, SIGTERM, on_stop, d);
	d->intr = loop_signal(d->svc.loop, SIGINT, on_stop, d);
	d->timer = loop_timer(d->svc.loop, on_deadline, d);
	if (d->svc.metrics == NULL || d->hup == NULL || d->term == NULL ||
	    d->intr == NULL || d->timer == NULL)
		return MTASTS_ENOMEM;
	add_metrics(d);
	return MTASTS_OK;
}

/* close_loop - release what open_loop() made */
static void
close_loop(struct daemon *d)
{
	loop_watch_close(d->hup);
	loop_watch_close(d->term);
	loop_watch_close(d->intr);
	loop_watch_close(d->timer);
	metrics_free(d->svc.metrics);
	loop_free(d->svc.loop);
}

/* run - start the duty, wait for the end */
static enum mtasts_err
run(struct daemon *d)
{
	enum mtasts_err err = open_loop(d);

	if (err == MTASTS_OK)
		err = d->duty->start(&d->svc, &d->ctx);
	if (err != MTASTS_OK) {
		log_event(d->svc.log, LOG_LEVEL_ERROR, "start-failed", "reason",
		    mtasts_strerror(err));
		close_loop(d);
		return err;
	}
	log_event(
	    d->svc.log, LOG_LEVEL_INFO, "started", "version", MTASTS_VERSION);
	notify_status("running");
	notify_ready();
	err = loop_run(d->svc.loop);
	if (err != MTASTS_OK)
		log_event(d->svc.log, LOG_LEVEL_ERROR, "loop-failed", "reason",
		    mtasts_strerror(err));
	if (d->duty->close != NULL)
		d->duty->close(d->ctx);
	close_loop(d);
	log_event(d->svc.log, LOG_LEVEL_INFO, "ended", NULL, NULL);
	return err == MTASTS_OK && d->failed ? MTASTS_ESYS : err;
}

/* run_or_check - with the configuration read: check it only, or run */
static int
run_or_check(struct daemon *d)
{
	struct conf *conf = load(d);
	int status = 1;

	if (conf == NULL)
		return 1;
	if (d->args->check) {
		printf("%s: ok\n",
		    d->path != NULL ? d->path : "no file, built-in values");
		status = fflush(stdout) == 0 ? 0 : 1;
		conf_free(conf);
		return status;
	}
	use(d, conf);
	d->started_with = conf;
	status = run(d) == MTASTS_OK ? 0 : 1;
	if (d->conf != conf)
		conf_free(d->conf);
	conf_free(conf);
	return status;
}

int
svc_main(const struct svc_duty *duty, int argc, char **argv)
{
	struct svc_args args;
	struct daemon d = { .duty = duty, .args = &args };
	int status;

	if (!stdfd_hold())
		return 1;
	status = svc_args_parse(duty, argc, argv, &args);
	if (status >= 0)
		return status;
	signal(SIGPIPE, SIG_IGN);
	raise_files();
	d.path = args.config;
	d.svc.log = log_new(STDERR_FILENO, LOG_LEVEL_INFO);
	if (d.svc.log == NULL)
		return 1;
	status = run_or_check(&d);
	log_free(d.svc.log);
	return status;
}
