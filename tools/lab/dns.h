/*
 * dns - answers to questions, as a resolver and as authoritative servers
 */
#ifndef LAB_DNS_H
#define LAB_DNS_H

#include "names.h"

#define DNS_MESSAGE_MAX 65535

/* Who is asked. */
struct dns_place {
	struct lab *lab;
	unsigned where; /* LAB_WHERE_*, one bit */
	const struct lab_domain *domain; /* of a name server; else null */
};

/*
 * dns_answer - the answer to a message
 *
 * out has room for DNS_MESSAGE_MAX bytes. tcp: it may be long. Returns its
 * length; 0: there is none.
 */
size_t dns_answer(
    const struct dns_place *place, struct str in, uint8_t *out, bool tcp);

/* dns_udp_start - a thread for all UDP sockets, until lab->stop_fd says so */
pthread_t dns_udp_start(struct lab *lab);

#endif
