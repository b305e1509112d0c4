/*
 * world - reads the file that says what the laboratory has
 */
#ifndef LAB_WORLD_H
#define LAB_WORLD_H

#include "lab.h"

/*
 * world_read - domains, their DNS, their servers and certificates
 *
 * A fault in the file ends the program, with its line. The authority is open.
 */
void world_read(struct lab *lab, const char *path);

/* world_finish - the generated domains, and what all have in common */
void world_finish(struct lab *lab);

/*
 * world_zones - write the zones into a folder
 *
 * DOMAIN.zone for each domain, test.zone and root.zone above them; "signed"
 * names the domains to be signed, "bogus" the names whose records must not fit
 * their signatures.
 */
void world_zones(struct lab *lab, const char *folder);

#endif
