/*
 * smtp - mail servers, as the world has them
 */
#ifndef LAB_SMTP_H
#define LAB_SMTP_H

#include "serve.h"

/* smtp_talk - a connection */
void smtp_talk(struct lab_conn *c);

#endif
