/*
 * scan - generated domains, all healthy: d0.scan.test, d1.scan.test, ...
 */
#ifndef LAB_SCAN_H
#define LAB_SCAN_H

#include "names.h"

#define SCAN_ADDRS 250 /* of policy hosts, and of mail servers */

/* What a generated name has. */
struct scan_room {
	struct lab_name name;
	struct lab_rr rr[2];
	char data[2][64];
};

/* scan_name - what DNS knows of a generated name; null: nothing */
const struct lab_name *scan_name(
    const struct lab *lab, const char *name, struct scan_room *room);

/* scan_address - the i-th of policy hosts or mail servers, "127.8.0.1" */
void scan_address(enum lab_role role, unsigned i, char text[16]);

/* scan_server - the server of a generated name, or null */
const struct lab_server *scan_server(const struct lab *lab, const char *name);

/* scan_body - the policy of a generated name that a server has */
void scan_body(const char *name, struct buf *b);

#endif
