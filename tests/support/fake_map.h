/*
 * fake_map - a socket that answers every client the same, for cmocka
 *
 * Reads something, writes the answer, closes; in a thread of its own.
 */
#ifndef TESTS_SUPPORT_FAKE_MAP_H
#define TESTS_SUPPORT_FAKE_MAP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct fake_map {
	int fd;
	unsigned port; /* of TCP */
	const char *answer; /* null: none, until the client goes */
	char heard[1024]; /* what the last client said */
	pthread_t thread;
};

/* fake_map_run - the thread */
static inline void *
fake_map_run(void *ctx)
{
	struct fake_map *m = ctx;
	ssize_t n;
	int c;

	while ((c = accept(m->fd, NULL, NULL)) >= 0) {
		n = recv(c, m->heard, sizeof(m->heard) - 1, 0);
		m->heard[n > 0 ? n : 0] = '\0';
		if (m->answer != NULL)
			send(c, m->answer, strlen(m->answer), MSG_NOSIGNAL);
		else
			while (recv(c, &n, 1, 0) > 0)
				;
		close(c);
	}
	return NULL;
}

/* fake_map_open - path null: on a TCP port of loopback */
static inline void
fake_map_open(struct fake_map *m, const char *path, const char *answer)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	memset(m, 0, sizeof(*m));
	m->answer = answer;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	m->fd = socket(path != NULL ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
	if (path != NULL) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
		assert_int_equal(
		    bind(m->fd, (struct sockaddr *)&un, sizeof(un)), 0);
	} else {
		assert_int_equal(
		    bind(m->fd, (struct sockaddr *)&in, sizeof(in)), 0);
		getsockname(m->fd, (struct sockaddr *)&in, &len);
		m->port = ntohs(in.sin_port);
	}
	assert_int_equal(listen(m->fd, 8), 0);
	assert_int_equal(pthread_create(&m->thread, NULL, fake_map_run, m), 0);
}

/* fake_map_close - end it */
static inline void
fake_map_close(struct fake_map *m)
{
	shutdown(m->fd, SHUT_RDWR);
	pthread_join(m->thread, NULL);
	close(m->fd);
}

#endif
