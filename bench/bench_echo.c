/*
 * bench_echo - the bare limit of a socketmap server: bytes in, bytes out
 *
 * bench_echo tcp:PORT|unix:PATH REPLY
 *
 * REPLY is a file whose bytes are the answer to whatever is read: one read,
 * one write for each question, epoll, one thread, nothing else. Listens on
 * loopback; runs until it is ended.
 */
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* open_listener - a listening socket for tcp:PORT or unix:PATH, or -1 */
static int
open_listener(const char *text)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct str s = str_of(text);
	uint64_t port;
	int fd, on = 1;

	if (str_starts(s, STR("unix:"))) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", text + 5);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (bind(fd, (struct sockaddr *)&un, sizeof(un)) != 0)
			return -1;
		return listen(fd, 4096) == 0 ? fd : -1;
	}
	if (!str_starts(s, STR("tcp:")) ||
	    !str_u64(str_sub(s, 4, s.len), 65535, &port))
		return -1;
	in.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&in, sizeof(in)) != 0)
		return -1;
	return listen(fd, 4096) == 0 ? fd : -1;
}

/* serve - until something fails */
static int
serve(int listener, const char *reply, size_t len)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = listener };
	struct epoll_event got[64];
	int ep = epoll_create1(0), n, i, fd;
	char in[4096];

	epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev);
	while ((n = epoll_wait(ep, got, 64, -1)) >= 0 || errno == EINTR) {
		for (i = 0; i < n; i++) {
			fd = got[i].data.fd;
			if (fd == listener) {
				ev.data.fd = accept(listener, NULL, NULL);
				epoll_ctl(ep, EPOLL_CTL_ADD, ev.data.fd, &ev);
			} else if (read(fd, in, sizeof(in)) <= 0 ||
			    write(fd, reply, len) != (ssize_t)len) {
				close(fd);
			}
		}
	}
	return 1;
}

int
main(int argc, char **argv)
{
	static char reply[100000];
	FILE *f = argc == 3 ? fopen(argv[2], "rb") : NULL;
	size_t len = f != NULL ? fread(reply, 1, sizeof(reply), f) : 0;
	int listener = argc == 3 ? open_listener(argv[1]) : -1;

	if (len == 0 || listener < 0) {
		fprintf(stderr, "usage: bench_echo tcp:PORT|unix:PATH REPLY\n");
		return 2;
	}
	fclose(f);
	return serve(listener, reply, len);
}
