/*
 * listen - the one grammar of listening addresses, and opening them
 *
 *   [inet:]ADDR:PORT      "127.0.0.1:443"; ADDR may be * for every address
 *   [V6]:PORT             "[::1]:443"
 *   unix:PATH[,owner=NAME][,group=NAME][,mode=OCTAL]
 *   systemd:NAME          sockets of that FileDescriptorName= of systemd
 */
#ifndef MTASTS_IO_LISTEN_H
#define MTASTS_IO_LISTEN_H

#include "base/diag.h"
#include "mtasts/err.h"

#include <sys/socket.h>

enum listen_kind { LISTEN_INET = 0, LISTEN_UNIX, LISTEN_SYSTEMD };

/* One parsed address. */
struct listen_addr {
	enum listen_kind kind;
	struct sockaddr_storage sa; /* LISTEN_INET, LISTEN_UNIX */
	socklen_t sa_len;
	char owner[64]; /* LISTEN_UNIX: user name or number, or "" */
	char group[64];
	int mode; /* of the socket file; -1: as the umask says */
	char name[64]; /* LISTEN_SYSTEMD */
};

/*
 * listen_parse - read one address
 *
 * Pure. *out on success; ESYNTAX with a finding that says what is wrong.
 */
enum mtasts_err listen_parse(const char *text, struct listen_addr *out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* One open socket. */
struct listen_socket {
	int fd; /* listening, non-blocking, close-on-exec */
	bool is_unix;
	bool inherited; /* from systemd */
	char label[128]; /* the address as text, for the log */
	/* Of a socket file we made: it goes when the socket is closed. */
	uint64_t dev, ino;
};

struct listen_set {
	struct listen_socket *v;
	size_t count;
};

/* listen_init - an empty set; release: listen_close() */
void listen_init(struct listen_set *set);

/*
 * listen_open - open what one text names and append it to the set
 *
 * TCP: SO_REUSEADDR, IPV6_V6ONLY, TCP_NODELAY (inherited by connections). A
 * stale socket file is replaced only after a connect to it was refused.
 * systemd:NAME may append several sockets. On failure a finding says what to
 * do and the set is as before: ESYNTAX, ESYS, ENOENT (no such systemd name),
 * ENOMEM.
 */
enum mtasts_err listen_open(struct listen_set *set, const char *text,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* listen_close - close all, remove our socket files, empty the set */
void listen_close(struct listen_set *set);

/*
 * listen_port - the port a TCP socket is bound to; 0 for others
 *
 * For "127.0.0.1:0", where the system chooses.
 */
unsigned listen_port(const struct listen_socket *s);

#endif
