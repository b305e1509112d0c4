/*
 * dial.c - TCP connections that do not block while they are made
 *
 * Which addresses may be asked is the caller's matter.
 */
#include "io/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* fill - the address as the system wants it; its length */
static socklen_t
fill(struct sockaddr_storage *sa, const struct ipnet_addr *addr, unsigned port)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)sa;
	struct sockaddr_in *v4 = (struct sockaddr_in *)sa;

	*sa = (struct sockaddr_storage){ 0 };
	if (ipnet_addr_is_v4(addr)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		memcpy(&v4->sin_addr, addr->b + 12, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	memcpy(&v6->sin6_addr, addr->b, 16);
	return sizeof(*v6);
}

int
dial_start(const struct ipnet_addr *addr, unsigned port)
{
	struct sockaddr_storage sa;
	socklen_t len = fill(&sa, addr, port);
	int on = 1, error;
	int fd =
	    socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (struct sockaddr *)&sa, len) == 0 ||
	    errno == EINPROGRESS)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
dial_error(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return errno;
	return error;
}

bool
dial_no_way(int error)
{
	return error == ENETUNREACH || error == EADDRNOTAVAIL ||
	    error == EAFNOSUPPORT || error == EHOSTUNREACH || error == EACCES ||
	    error == EPERM;
}

bool
dial_has_way(const struct ipnet_addr *addr)
{
	struct sockaddr_storage sa;
	socklen_t len = fill(&sa, addr, 53);
	int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool has;

	if (fd < 0)
		return false;
	/* Of datagrams it only chooses a route. */
	has = connect(fd, (struct sockaddr *)&sa, len) == 0 ||
	    !dial_no_way(errno);
	close(fd);
	return has;
}
