/*
 * stepclock.c - a wall clock that a test can step, for a program that runs
 *
 * Preloaded. The seconds in the file that STEPCLOCK names (eight bytes) are
 * added to the time of day; clocks that never jump are left alone. It asks the
 * kernel itself, so that sanitizers, which stand before it, can call it at any
 * time; libfaketime does not go with them.
 *
 * With STEPCLOCK_ONLY=time it is time() alone that is stepped: for a peer that
 * waits by the kernel's clock for what it has planned by its own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *step;
static int only_time;

/* find_step - map the file; without one the clock is right */
static __attribute__((constructor)) void
find_step(void)
{
	const char *path = getenv("STEPCLOCK");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *p = MAP_FAILED;

	only_time = getenv("STEPCLOCK_ONLY") != NULL;
	if (fd >= 0) {
		p = mmap(NULL, sizeof(*step), PROT_READ, MAP_SHARED, fd, 0);
		close(fd);
	}
	if (p != MAP_FAILED)
		step = p;
}

int
clock_gettime(clockid_t id, struct timespec *out)
{
	int rc = (int)syscall(SYS_clock_gettime, id, out);

	if (rc == 0 && step != NULL && !only_time &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		out->tv_sec += *step;
	return rc;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;
	int rc = clock_gettime(CLOCK_REALTIME, &now);

	(void)zone;
	if (rc == 0) {
		out->tv_sec = now.tv_sec;
		out->tv_usec = now.tv_nsec / 1000;
	}
	return rc;
}

time_t
time(time_t *out)
{
	struct timespec now;

	if (syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) != 0)
		return -1;
	if (step != NULL)
		now.tv_sec += *step;
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}
