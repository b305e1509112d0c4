/*
 * run.c - run another program and hear what it says
 *
 * No shell: words stay words. Bounded in time and in bytes, since what is run
 * may hang or chatter.
 */
#include "io/run.h"

#include "io/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK 16384

/* find - the path of a program; false when there is none */
static bool
find(const char *name, char *path, size_t size)
{
	const char *env = getenv("PATH");
	struct str rest, folder;
	char folders[8192];

	if (strchr(name, '/') != NULL) {
		snprintf(path, size, "%s", name);
		return access(path, X_OK) == 0;
	}
	/* MTAs live where users do not look. */
	snprintf(folders, sizeof(folders), "%s:/usr/sbin:/sbin:/usr/lib",
	    env != NULL ? env : "/usr/bin:/bin");
	for (rest = str_of(folders); rest.len > 0;) {
		str_cut(rest, ':', &folder, &rest);
		snprintf(path, size, "%" STR_FMT "/%s", STR_ARG(folder), name);
		if (folder.len > 0 && access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* spawn - start it with its output on a descriptor */
static enum mtasts_err
spawn(const char *path, const char *const *argv, int fd, pid_t *pid)
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	int rc;

	if (posix_spawn_file_actions_init(&files) != 0)
		return MTASTS_ENOMEM;
	if (posix_spawnattr_init(&attr) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return MTASTS_ENOMEM;
	}
	sigemptyset(&none);
	sigaddset(&none, SIGPIPE);
	/* Ours is ignored, and that would be inherited. */
	posix_spawnattr_setsigdefault(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(
	    &attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	rc = posix_spawn_file_actions_addopen(
	    &files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc =
		    posix_spawn_file_actions_adddup2(&files, fd, STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(
		    &files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (rc == 0)
		rc = posix_spawn(
		    pid, path, &files, &attr, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	errno = rc;
	return rc == 0 ? MTASTS_OK : rc == ENOENT ? MTASTS_ENOENT : MTASTS_ESYS;
}

/* hear - all that comes until the end */
static enum mtasts_err
hear(int fd, int64_t end_ms, struct buf *out)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char chunk[CHUNK];
	int64_t left;
	ssize_t n;

	for (;;) {
		left = end_ms - loop_now_ms();
		if (left <= 0)
			return MTASTS_ETIMEOUT;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR)
			return MTASTS_ESYS;
		if (n == 0)
			return MTASTS_OK;
		if (n > 0 && out != NULL)
			buf_put(out, chunk, (size_t)n);
		if (out != NULL && buf_error(out) != MTASTS_OK)
			return buf_error(out);
	}
}

/* reap - wait until it has ended, not for ever */
static enum mtasts_err
reap(pid_t pid, int64_t end_ms, int *status)
{
	int raw;

	while (waitpid(pid, &raw, WNOHANG) == 0) {
		if (loop_now_ms() > end_ms)
			return MTASTS_ETIMEOUT;
		poll(NULL, 0, 5);
	}
	*status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
	return MTASTS_OK;
}

enum mtasts_err
run_program(
    const char *const *argv, int64_t timeout_ms, struct buf *out, int *status)
{
	int64_t end_ms = loop_now_ms() + timeout_ms;
	char path[4096];
	enum mtasts_err err;
	pid_t pid = -1;
	int fds[2];

	if (!find(argv[0], path, sizeof(path)))
		return MTASTS_ENOENT;
	if (pipe2(fds, O_CLOEXEC) != 0)
		return MTASTS_ESYS;
	err = spawn(path, argv, fds[1], &pid);
	close(fds[1]);
	if (err == MTASTS_OK)
		err = hear(fds[0], end_ms, out);
	if (err == MTASTS_OK)
		err = reap(pid, end_ms, status);
	close(fds[0]);
	if (err != MTASTS_OK && pid > 0) {
		kill(-pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return err;
}
