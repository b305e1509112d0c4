/*
 * https - policy hosts, as the world has them
 */
#ifndef LAB_HTTPS_H
#define LAB_HTTPS_H

#include "serve.h"

/* https_talk - a connection at the port of HTTPS */
void https_talk(struct lab_conn *c);

/* https_talk_plain - a connection at the port of HTTP */
void https_talk_plain(struct lab_conn *c);

#endif
