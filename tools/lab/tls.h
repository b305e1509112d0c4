/*
 * tls - handshakes of servers, good and bad
 */
#ifndef LAB_TLS_H
#define LAB_TLS_H

#include "serve.h"

/* tls_open - contexts for every profile */
void tls_open(struct lab *lab);

/* tls_close - release */
void tls_close(struct lab *lab);

/* tls_accept - the handshake of a new connection; the SNI finds its server */
bool tls_accept(struct lab_conn *c);

/* tls_end - say goodbye, release; a connection in the clear is fine */
void tls_end(struct lab_conn *c);

#endif
