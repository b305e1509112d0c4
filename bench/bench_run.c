/*
 * bench_run - run a command, and say what it took
 *
 *	bench_run FILE COMMAND [WORD...]
 *
 * Its standard output goes to FILE.out, its errors to FILE.err. FILE itself
 * gets one line: CPU seconds (its children's too), seconds by the clock, peak
 * memory in MB. Ends with the command's status.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* fail - say what did not work, and end */
static void
fail(const char *what)
{
	perror(what);
	exit(125);
}

/* redirect - a descriptor to FILE.SUFFIX */
static void
redirect(int fd, const char *file, const char *suffix)
{
	char path[1024];
	int to;

	snprintf(path, sizeof(path), "%s.%s", file, suffix);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (to < 0 || dup2(to, fd) < 0)
		fail(path);
	close(to);
}

/* seconds - of the clock that never jumps */
static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* of - a span of CPU time in seconds */
static double
of(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	double begun = seconds(), wall;
	struct rusage used;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3) {
		fprintf(stderr, "usage: bench_run FILE COMMAND [WORD...]\n");
		return 125;
	}
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		redirect(1, argv[1], "out");
		redirect(2, argv[1], "err");
		execvp(argv[2], argv + 2);
		fail(argv[2]);
	}
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	wall = seconds() - begun;
	getrusage(RUSAGE_CHILDREN, &used);
	f = fopen(argv[1], "w");
	if (f == NULL)
		fail(argv[1]);
	fprintf(f, "%.3f %.3f %.0f\n", of(&used.ru_utime) + of(&used.ru_stime),
	    wall, (double)used.ru_maxrss / 1024);
	fclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}
