/*
 * stdfd.c - standard input, output and error are always taken
 */
#include "io/stdfd.h"

#include <fcntl.h>
#include <unistd.h>

bool
stdfd_hold(void)
{
	int fd, flags;

	/* From 0 upwards, since open() gives the lowest that is free. */
	for (fd = 0; fd <= 2; fd++) {
		flags = fd == 0 ? O_WRONLY : O_RDONLY;
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", flags) != fd)
			return false;
	}
	return true;
}
