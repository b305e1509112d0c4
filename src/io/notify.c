/*
 * notify - telling systemd how we are
 *
 * One datagram to the socket named in NOTIFY_SOCKET; a name that begins with
 * @ is in the abstract namespace.
 */
#include "io/notify.h"

#include "base/str.h"
#include "io/loop.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* tell - send one message; false when nobody listens */
static bool
tell(struct str message)
{
	struct str path = str_of(getenv("NOTIFY_SOCKET"));
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	socklen_t len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len);
	ssize_t n;
	int fd;

	if (path.len < 2 || path.len >= sizeof(sa.sun_path) ||
	    (path.p[0] != '/' && path.p[0] != '@'))
		return false;
	memcpy(sa.sun_path, path.p, path.len);
	if (sa.sun_path[0] == '@')
		sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	n = sendto(fd, message.p, message.len, MSG_NOSIGNAL | MSG_DONTWAIT,
	    (const struct sockaddr *)&sa, len);
	close(fd);
	return n == (ssize_t)message.len;
}

bool
notify_ready(void)
{
	return tell(STR("READY=1"));
}

bool
notify_reloading(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)loop_now_us());
	return tell(str_of(text));
}

bool
notify_stopping(void)
{
	return tell(STR("STOPPING=1"));
}

bool
notify_status(const char *status)
{
	struct str line = str_of(status);
	char text[256];

	str_cut(line, '\n', &line, NULL);
	line = str_sub(line, 0, 200);
	snprintf(text, sizeof(text), "STATUS=%" STR_FMT, STR_ARG(line));
	return tell(str_of(text));
}
