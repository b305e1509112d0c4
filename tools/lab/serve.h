/*
 * serve - listeners, and a thread for each connection that is open
 */
#ifndef LAB_SERVE_H
#define LAB_SERVE_H

#include "lab.h"

struct ssl_st;

/* An address and port that is listened on. */
struct lab_listener {
	struct lab *lab;
	enum lab_role role;
	unsigned where; /* of DNS: LAB_WHERE_* */
	const struct lab_domain *domain; /* of a name server */
	const struct lab_server *server; /* null: the SNI decides */
	int fd;
	struct lab_listener *next;
};

/* One connection; for the functions below it ends when the world does. */
struct lab_conn {
	struct lab *lab;
	const struct lab_listener *at;
	const struct lab_server *server; /* null until it is known */
	int fd;
	struct ssl_st *ssl; /* null: in the clear */
	char sni[256]; /* lower case, "" none */
	bool reset; /* close it without a word */
	struct lab_conn *next; /* while it waits for a thread */
};

/* conn_read - bytes that came, at most len; 0: the end, or 30 s of nothing */
size_t conn_read(struct lab_conn *c, char *p, size_t len);

/* conn_write - all of it; false: the end */
bool conn_write(struct lab_conn *c, const char *p, size_t len);

/* conn_puts - the same of a string */
bool conn_puts(struct lab_conn *c, const char *text);

/* conn_wait - readable (or writable) in time? */
bool conn_wait(struct lab_conn *c, bool write, int ms);

/* conn_sleep - let time pass; false: the world ends */
bool conn_sleep(struct lab_conn *c, int ms);

/* serve_open - listen everywhere; the last listener points to the others */
struct lab_listener *serve_open(struct lab *lab);

/* serve_port - where a role listens */
unsigned serve_port(const struct lab *lab, enum lab_role role);

/* serve_udp - a UDP socket at the port of DNS of an address */
int serve_udp(struct lab *lab, const char *address);

/* serve_run - accept until a signal comes on signal_fd */
void serve_run(struct lab *lab, struct lab_listener *all, int signal_fd);

/* serve_close - end all connections, release */
void serve_close(struct lab *lab, struct lab_listener *all);

#endif
