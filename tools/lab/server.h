/*
 * server - the servers of a domain, as lines of the world file change them
 */
#ifndef LAB_SERVER_H
#define LAB_SERVER_H

#include "names.h"

/* server_new - a healthy one; a second of that place is the first again */
struct lab_server *server_new(struct lab *lab, struct lab_domain *domain,
    enum lab_role role, const char *address);

/* server_words - what is special about it */
void server_words(
    struct lab *lab, struct lab_server *server, struct lab_words words);

/* server_usual - what all have that nobody said anything about */
void server_usual(struct lab_server *server, enum lab_role role);

/* server_ready - certificates, names, and the body of those without one */
void server_ready(struct lab *lab, struct lab_server *server);

#endif
