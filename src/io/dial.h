/*
 * dial - TCP connections that do not block while they are made
 */
#ifndef MTASTS_IO_DIAL_H
#define MTASTS_IO_DIAL_H

#include "core/ipnet.h"

/*
 * dial_start - a socket that connects to an address and port
 *
 * Non-blocking, without delay of small packets; yours: close(). It can be
 * written when it is connected, or is not going to be: dial_error(). -1 with
 * errno when it failed at once.
 */
int dial_start(const struct ipnet_addr *addr, unsigned port);

/* dial_error - errno of a connection that was begun; 0: it is there */
int dial_error(int fd);

/*
 * dial_no_way - does an error of dial_start() mean that we cannot get there?
 *
 * No address or route of this family, or our own firewall: nothing is known of
 * the host then.
 */
bool dial_no_way(int error);

/* dial_has_way - has this machine a route to the address? Sends nothing */
bool dial_has_way(const struct ipnet_addr *addr);

#endif
