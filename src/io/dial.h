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

#endif
