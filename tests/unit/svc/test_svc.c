/*
 * test_svc.c - the skeleton of a daemon: arguments, signals, readiness
 *
 * Each case runs svc_main() in a child process and listens to it as systemd
 * would, on NOTIFY_SOCKET.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "svc/svc.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a test's duty behaves. */
enum manner { MANNER_FINE, MANNER_NO_START, MANNER_NEVER_STOPS };

/* A folder with a configuration and a socket that hears the daemon. */
struct stage {
	char folder[64];
	char conf[128];
	char log[128];
	int notify;
};

/* duty_check - a duty's own check: one worker is too few here */
static void
duty_check(const struct conf *conf, struct mtasts_diags *diags)
{
	static const struct diag_rule rule = { .id = "T01",
		.name = "too-few",
		.severity = MTASTS_ERROR,
		.rfc = "",
		.fix = "Have more." };

	if (conf->host.workers == 1)
		diag_add(diags, &rule, (struct diag_place){ 0 }, "too few");
}

/* duty_start - begins, and leaves a mark in the log */
static enum mtasts_err
duty_start(struct svc *svc, void **ctx)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	log_event(svc->log, LOG_LEVEL_INFO, "duty-start", "files",
	    limit.rlim_cur >= 1048576 || limit.rlim_cur == limit.rlim_max
		? "raised"
		: "low");
	*ctx = svc;
	return MTASTS_OK;
}

/* duty_no_start - cannot begin */
static enum mtasts_err
duty_no_start(struct svc *svc, void **ctx)
{
	return MTASTS_ESYS;
}

/* duty_reload - says what it was given */
static void
duty_reload(void *ctx, const struct conf *conf)
{
	struct svc *svc = ctx;
	char text[32];

	snprintf(text, sizeof(text), "%d", (int)conf->host.workers);
	log_event(svc->log, LOG_LEVEL_INFO, "duty-reload", "workers",
	    svc->conf == conf ? text : "stale");
}

/* duty_stop - is finished at once */
static void
duty_stop(void *ctx)
{
	svc_done(ctx);
}

/* duty_stop_never - never is */
static void
duty_stop_never(void *ctx)
{
}

/* duty_close - leaves a mark */
static void
duty_close(void *ctx)
{
	struct svc *svc = ctx;

	log_event(svc->log, LOG_LEVEL_INFO, "duty-close", NULL, NULL);
}

/* put_conf - write the configuration of a stage */
static void
put_conf(const struct stage *s, const char *text)
{
	FILE *f = fopen(s->conf, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* open_stage - folder, configuration, notification socket */
static void
open_stage(struct stage *s, const char *conf)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct timeval patience = { 20, 0 };

	strcpy(s->folder, "/tmp/mtasts-svc-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	snprintf(s->conf, sizeof(s->conf), "%s/a.yaml", s->folder);
	snprintf(s->log, sizeof(s->log), "%s/log", s->folder);
	put_conf(s, conf);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/notify", s->folder);
	s->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(s->notify >= 0);
	assert_int_equal(
	    bind(s->notify, (struct sockaddr *)&sa, sizeof(sa)), 0);
	setsockopt(
	    s->notify, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setenv("NOTIFY_SOCKET", sa.sun_path, 1);
}

/* close_stage - remove everything */
static void
close_stage(struct stage *s)
{
	char command[128];

	close(s->notify);
	snprintf(command, sizeof(command), "rm -r '%s'", s->folder);
	assert_int_equal(system(command), 0);
	unsetenv("NOTIFY_SOCKET");
}

/* spawn - run a daemon in a child; an argument may be null */
static pid_t
spawn(
    const struct stage *s, enum manner manner, const char *one, const char *two)
{
	struct svc_duty duty = { "test-duty", "does nothing", duty_check,
		duty_start, duty_reload, duty_stop, duty_close };
	char name[] = "test-duty", opt[] = "--config", path[128], a[64], b[64];
	char *argv[] = { name, opt, path, a, b, NULL };
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	snprintf(path, sizeof(path), "%s", s->conf);
	snprintf(a, sizeof(a), "%s", one != NULL ? one : "");
	snprintf(b, sizeof(b), "%s", two != NULL ? two : "");
	if (manner == MANNER_NO_START)
		duty.start = duty_no_start;
	if (manner == MANNER_NEVER_STOPS)
		duty.stop = duty_stop_never;
	if (freopen(s->log, "a", stderr) == NULL ||
	    freopen(s->log, "a", stdout) == NULL)
		_exit(99);
	/* Not _exit(): leaks and coverage of the child count, too. */
	exit(svc_main(&duty, one == NULL ? 3 : two == NULL ? 4 : 5, argv));
}

/* expect_notice - wait for a notification that holds a text */
static void
expect_notice(const struct stage *s, const char *want)
{
	char text[512];
	ssize_t n;

	do {
		n = recv(s->notify, text, sizeof(text) - 1, 0);
		if (n < 0)
			fail_msg(
			    "no notification %s: %s", want, strerror(errno));
		text[n] = '\0';
	} while (strstr(text, want) == NULL);
}

/* expect_exit - wait for the end; the status, or minus the signal */
static void
expect_exit(pid_t pid, int want)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(
	    WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), want);
}

/* expect_log - the log holds a text (or, with "!" before it, does not) */
static void
expect_log(const struct stage *s, const char *want)
{
	static char text[65536];
	FILE *f = fopen(s->log, "r");
	bool wanted = want[0] != '!';

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	if ((strstr(text, want + !wanted) != NULL) != wanted)
		fail_msg(
		    "the log has %s%s: %s", wanted ? "no " : "", want, text);
}

/* start, a refused reload, a good one, an orderly end */
static void
test_life(void **state)
{
	struct stage s;
	pid_t pid;

	open_stage(&s, "host: { workers: 2 }\n");
	pid = spawn(&s, MANNER_FINE, NULL, NULL);
	expect_notice(&s, "READY=1");
	expect_log(&s, "duty-start files=raised");
	expect_log(&s, "started version=" MTASTS_VERSION);

	put_conf(&s, "host: { workers: 2, wrokers: 3 }\n");
	kill(pid, SIGHUP);
	expect_notice(&s, "RELOADING=1");
	expect_notice(&s, "READY=1");
	expect_log(&s, "a.yaml");
	expect_log(&s, "reload-failed");
	expect_log(&s, "!duty-reload");

	/* What only the duty can know refuses it too. */
	put_conf(&s, "host: { workers: 1 }\n");
	kill(pid, SIGHUP);
	expect_notice(&s, "READY=1");
	expect_log(&s, "too few");
	expect_log(&s, "!duty-reload");

	unlink(s.conf);
	kill(pid, SIGHUP);
	expect_notice(&s, "READY=1");
	expect_log(&s, "no-such-file");
	expect_log(&s, "!duty-reload");

	put_conf(&s, "host: { workers: 3 }\n");
	kill(pid, SIGHUP);
	expect_notice(&s, "RELOADING=1");
	expect_notice(&s, "READY=1");
	expect_log(&s, "duty-reload workers=3");
	/* This takes a restart, and nobody shall think otherwise. */
	expect_log(&s,
	    "warn restart-needed section=host option=workers running=2 "
	    "configured=3");
	expect_log(&s, "!option=level");
	expect_log(&s, "reloaded");

	kill(pid, SIGTERM);
	expect_notice(&s, "STOPPING=1");
	expect_exit(pid, 0);
	expect_log(&s, "duty-close");
	expect_log(&s, "ended");
	close_stage(&s);
}

/* a second signal ends what does not want to end */
static void
test_second_signal(void **state)
{
	struct stage s;
	pid_t pid;

	open_stage(&s, "");
	pid = spawn(&s, MANNER_NEVER_STOPS, NULL, NULL);
	expect_notice(&s, "READY=1");
	kill(pid, SIGINT);
	expect_notice(&s, "STOPPING=1");
	kill(pid, SIGTERM);
	expect_exit(pid, -SIGTERM);
	close_stage(&s);
}

/* A run that ends by itself. */
struct brief {
	const char *conf, *one, *two;
	int status;
	const char *says;
};

static const struct brief briefs[] = {
	{ "host: {}\n", "--check", NULL, 0, "a.yaml: ok" },
	{ "hots: {}\n", "--check", NULL, 1, "did you mean" },
	{ "host: { workers: 1 }\n", "--check", NULL, 1, "too few" },
	{ "hots: {}\n", NULL, NULL, 1, "config-refused" },
	{ "", "--help", NULL, 0, "test-duty - does nothing" },
	{ "", "-h", NULL, 0, "--log-level" },
	{ "", "--version", NULL, 0, "test-duty " MTASTS_VERSION "\n" },
	{ "", "--chekc", NULL, 2, "did you mean --check?" },
	{ "", "--check=1", NULL, 2, "no value belongs to '--check=1'" },
	{ "", "word", NULL, 2, "unknown argument 'word'" },
	{ "", "\033[1m", NULL, 2, "'\\x1B[1m'" },
	{ "", "--log-level", NULL, 2, "a value is missing" },
	{ "", "--log-level", "loud", 2, "no log level is called 'loud'" },
	{ "", "--log-level=debug", "--check", 0, "a.yaml: ok" },
	{ "", "--config=/does/not/exist", NULL, 1, "no-such-file" },
};

/* runs that end by themselves: checks, help, wrong usage */
static void
test_brief(void **state)
{
	struct stage s;
	pid_t pid;
	size_t i;

	for (i = 0; i < sizeof(briefs) / sizeof(briefs[0]); i++) {
		open_stage(&s, briefs[i].conf);
		pid = spawn(&s, MANNER_FINE, briefs[i].one, briefs[i].two);
		expect_exit(pid, briefs[i].status);
		expect_log(&s, briefs[i].says);
		close_stage(&s);
	}
}

/* a duty that cannot start ends the program */
static void
test_no_start(void **state)
{
	struct stage s;

	open_stage(&s, "");
	expect_exit(spawn(&s, MANNER_NO_START, NULL, NULL), 1);
	expect_log(&s, "start-failed");
	expect_log(&s, "!started");
	close_stage(&s);
}

/* --log-level wins over the file */
static void
test_level(void **state)
{
	struct stage s;
	pid_t pid;

	open_stage(&s, "log: { level: debug }\n");
	pid = spawn(&s, MANNER_FINE, "--log-level", "error");
	expect_notice(&s, "READY=1");
	kill(pid, SIGTERM);
	expect_exit(pid, 0);
	expect_log(&s, "!duty-start");
	close_stage(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_second_signal),
		cmocka_unit_test(test_brief),
		cmocka_unit_test(test_no_start),
		cmocka_unit_test(test_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
